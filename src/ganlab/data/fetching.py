"""Fetching: the cache first, then one mirror after the other.

pooch downloads each packed file under a temporary name, compares its checksum, and renames it. So another process
sees the whole file or none, two that fetch at once replace a file by its equal, and an interruption leaves no half.
What is ours is the order of mirrors, the words, and what happens when no mirror answers (see `ganlab.data`).
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from torch import Tensor

from ganlab.data.cache import cache_dir, writable_cache
from ganlab.data.catalogue import Collection, DataFile
from ganlab.data.notices import warn
from ganlab.data.reading import to_tensor
from ganlab.forms import foreign_form

__all__ = ["NoMirror", "cached_or_fetched"]

_SECONDS_OF_SILENCE = 5  # before the next mirror is asked
_DAY = 86_400


class NoMirror(OSError):
    """No mirror answered with the right files; the message says what each did."""


def cached_or_fetched(collection: Collection, split: str) -> tuple[Tensor, Tensor]:
    """Return pixels (n, 28, 28) and labels (n,) as uint8; what the cache lacks, or has damaged, is downloaded.

    Raises
    ------
    NoMirror
        If files are missing and no mirror gives them.
    OSError
        If the disk is full.
    """
    folder = _where_intact(collection.split(split), collection.folder)
    if folder is None:
        folder = writable_cache() / collection.folder
        _fetch(collection, folder)
    images, labels = (_unpack(folder, file) for file in collection.split(split))
    return images, labels


def _where_intact(files: tuple[DataFile, ...], name: str) -> Path | None:
    """Return the folder that has the files; the cache itself is enough to read from, even if it cannot be written."""
    for cache in (cache_dir, writable_cache):
        folder = cache() / name
        if all(_intact(_packed(folder, file), file) for file in files):
            return folder
    return None


def _packed(folder: Path, file: DataFile) -> Path:
    return folder / f"{file.name}.gz"


def _unpack(folder: Path, file: DataFile) -> Tensor:
    return to_tensor(bytearray(gzip.decompress(_packed(folder, file).read_bytes())), file)


def _intact(path: Path, file: DataFile) -> bool:
    """Tell whether a file of our cache is there; one that is damaged is removed, and this is said."""
    if not path.exists():
        return False
    if path.is_file() and hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == file.md5:
        return True
    warn(f"{path} is damaged (its checksum is wrong). It is removed from the cache and fetched again.")
    with suppress(OSError):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return False


def _fetch(collection: Collection, folder: Path) -> None:
    """Bring all files of a collection into a folder, from the first mirror that has them."""
    _sweep(folder)
    refusals = []
    for mirror in collection.mirrors:
        try:
            with _explained_when_full(folder), _quiet_pooch():
                for file in collection.files:
                    _retrieve(mirror, file, folder)
            return
        except (OSError, ValueError) as error:
            # Errors of the network come from requests and have no number; one with a number is the disk's.
            if getattr(error, "errno", None) is not None:
                raise
            refusals.append(f"{mirror}: {_reason(error)}")
    raise NoMirror("; ".join(refusals))


def _retrieve(mirror: str, file: DataFile, folder: Path) -> None:
    """Download one packed file, unless it is there; shows a progress bar."""
    import pooch
    from tqdm.auto import tqdm

    def download(url: str, output: str, pooch_: Any) -> None:
        # pooch asks whether the bar is true, which to tqdm means a total that is not 0; the right one follows.
        with tqdm(desc=file.name, total=1, unit="B", unit_scale=True) as bar:
            fetch = pooch.HTTPDownloader(progressbar=bar, timeout=_SECONDS_OF_SILENCE, chunk_size=1 << 16)
            fetch(url, output, pooch_)
        _refuse_other_forms(Path(output))

    name = f"{file.name}.gz"
    pooch.retrieve(mirror + name, known_hash=f"md5:{file.md5}", fname=name, path=folder, downloader=download)


def _refuse_other_forms(path: Path) -> None:
    """Say what came in place of a packed file, such as the page of a network that wants a log-in."""
    with path.open("rb") as file:
        content = file.read(2000)
    if not content.startswith(b"\x1f\x8b"):
        raise ValueError(f"sent {foreign_form(content, path.stat().st_size).found}")


def _reason(error: Exception) -> str:
    """Shorten what requests and pooch say."""
    text = str(error)
    if "timed out" in text:
        return f"silent for {_SECONDS_OF_SILENCE} seconds"
    if "not yet valid" in text or "has expired" in text:
        return f"its certificate is not valid on {time.strftime('%Y-%m-%d')}, which this computer takes for today"
    if "Max retries" in text:
        return "no connection"
    return "sent another file (wrong checksum)" if "does not match the known hash" in text else text


def _sweep(folder: Path) -> None:
    """Remove what killed downloads left; a day old, because a younger one may still be running."""
    for left in folder.glob("tmp*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _DAY:
                left.unlink()


@contextmanager
def _quiet_pooch() -> Iterator[None]:
    """The bar says what is going on; pooch's own lines would put paths of this computer into a page."""
    import pooch

    logger = pooch.get_logger()
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _explained_when_full(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise OSError(
            error.errno,
            f"the disk is full: a download needs up to 31 MB under {folder}, and no half file was kept."
            " Free some space, or set GANLAB_CACHE to a folder on another disk",
        ) from error
