"""The folder in which ganlab keeps what it downloads, and what takes its place when nothing can be written there."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path

from ganlab.data.notices import warn

__all__ = ["cache_dir", "writable_cache"]


def cache_dir() -> Path:
    r"""Return the folder in which ganlab keeps what it downloads.

    It is named by the environment variable ``GANLAB_CACHE``; without that, it is the place that the system has for
    caches: ``~/.cache/ganlab`` on Linux (or below ``XDG_CACHE_HOME``), ``~/Library/Caches/ganlab`` on macOS,
    ``AppData\Local\ganlab\ganlab\Cache`` on Windows. The folder may be deleted at any time.

    Returns
    -------
    Path
        It need not exist.

    Examples
    --------
    >>> cache_dir().is_absolute()
    True
    """
    if given := os.environ.get("GANLAB_CACHE", "").strip():
        return Path(given).expanduser().absolute()
    import pooch

    return pooch.os_cache("ganlab").expanduser().absolute()


def writable_cache() -> Path:
    """Return the cache, or, when nothing can be written there, a folder that lives as long as this process."""
    return _cache_or_temporary(cache_dir())


@functools.cache
def _cache_or_temporary(cache: Path) -> Path:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=cache).close()
        return cache
    except OSError as error:
        temporary = Path(tempfile.mkdtemp(prefix="ganlab-"))
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        warn(
            f"{cache} cannot be written ({error.strerror}), so downloads last only as long as this session."
            " To keep them, set GANLAB_CACHE to a folder of yours."
        )
        return temporary
