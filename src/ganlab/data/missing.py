"""A file is not where it should be: what lies there instead, and how it gets to its place."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ganlab.data.catalogue import COLLECTIONS, Collection, DataFile
from ganlab.forms import Finding

__all__ = ["look_around"]

_ENTRIES = 2000  # looked at, so that a root such as a home folder takes no longer than a moment
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".7z")
_ENDINGS = re.compile(r"([ _]?\(\d+\)|\.gz|\.bin|\.dat|\.idx|\.txt)+$")
_OTHER_SETS = {"emnist": "EMNIST", "kmnist": "KMNIST", "qmnist": "QMNIST", "notmnist": "notMNIST"}


def look_around(wanted: DataFile, collection: Collection, root: Path) -> Finding:
    """Say what lies under `root` in place of the file ``root/<collection>/raw/<name>``."""
    place = root / collection.folder / "raw" / wanted.name
    if os.path.islink(place):
        return Finding(f"{place} is a link that leads nowhere", "Point it to the file")
    if place.is_dir():
        return Finding(f"{place} is a folder with {_names(place)}", "Put the file itself in place of that folder")
    nearby = [root, *islice(_below(root), _ENTRIES)]
    alike = [path for path in nearby if _plain(path.name) == wanted.name and path.is_file()]
    if not alike:
        return _nearest_folder(place, root)
    best = min(alike, key=lambda path: (bool(_other_set(path, collection)), path.name != wanted.name, len(path.parts)))
    return Finding(f"there is {best}", _way(best, place, collection))


def _below(root: Path) -> Iterator[Path]:
    """Yield all that lies below a folder, nearest first."""
    folders = deque([root])
    while folders:
        for path in _inside(folders.popleft()):
            if path.is_dir() and not path.name.startswith("."):
                folders.append(path)
            yield path


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # a folder that may not be read shows us nothing
        return []


def _plain(name: str) -> str:
    """Bring the spellings in use to the published one: train-images.idx3-ubyte.gz, TRAIN_IMAGES_IDX3_UBYTE (1)."""
    return re.sub(r"[ ._]+", "-", _ENDINGS.sub("", name.casefold()))


def _other_set(path: Path, collection: Collection) -> str:
    """Name the other data set in whose folder a file lies, or nothing."""
    known = _OTHER_SETS | {folder.casefold(): other.source for folder, other in COLLECTIONS.items()}
    folders = [re.sub(r"[^a-z0-9]", "", part.casefold()) for part in path.parts[:-1]]
    sets = [known[folder] for folder in reversed(folders) if folder in known]
    return sets[0] if sets and sets[0] != collection.source else ""


def _way(path: Path, place: Path, collection: Collection) -> str:
    """Say how the file that was found becomes the file that is wanted."""
    if other := _other_set(path, collection):
        loader = next((c.loader for c in COLLECTIONS.values() if c.source == other), None)
        return f"Its folder is that of {other}" + (f", which {loader}() loads" if loader else "")
    steps = ["unpack"] if path.suffix == ".gz" else []
    steps += ["rename"] if path.name.removesuffix(".gz") != place.name else []
    if not steps and path.parts[-3:] == place.parts[-3:]:
        return f"The folder to name is {str(path.parents[2])!r}"
    steps += ["move"] if path.parent != place.parent else []
    return f"{' and '.join(steps).capitalize()} it, so that it becomes {place}"


def _nearest_folder(place: Path, root: Path) -> Finding:
    """Say what the nearest folder that exists has in it."""
    if not root.exists():
        return Finding(f"there is no folder {root}", "")
    folder = next(parent for parent in place.parents if parent.exists())
    if not folder.is_dir():
        return Finding(f"{folder} is a file, not a folder", "")
    packed = next((path.name for path in _inside(folder) if path.name.casefold().endswith(_ARCHIVES)), None)
    cure = f"Unpack {packed}, and put its files into {place.parent}" if packed else ""
    return Finding(f"the folder {folder} has {_names(folder)}", cure)


def _names(folder: Path) -> str:
    """List a few names."""
    names = [path.name for path in _inside(folder) if not path.name.startswith(".")]
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(names[:6]) + more + " in it" if names else "nothing in it"
