"""A site is built whole, by one build at a time, from the pages as they are now.

Sphinx takes a page for written when its file is younger than its source. After a build that was killed, or whose disk
was full, that may be half a page, or one that leads to what has changed meanwhile; so a mark stands beside it until a
build has ended well, and where the mark is left, each page is written again. It takes a source for unchanged when its
date is no younger than the last reading. Clocks go back, and copies keep their dates; so the contents are compared.
It refuses to copy a style or a font over one that differs, be that half a file or an older version's; so all are
copied anew.
"""

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)

LOCK = ".lock"  # in the folder in which builds for several formats share what the chapters printed


def wait_for_others(app: Sphinx, config: Config) -> None:
    """Wait until no other process builds into this folder; the lock ends with the process that holds it."""
    lock = FileLock(Path(app.outdir).parent / LOCK, is_singleton=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        logger.info("another build is writing into %s: this one goes on when that one has ended", app.outdir.parent)
        lock.acquire()
    app.connect("build-finished", lambda *_: lock.release(), priority=1000)


def _mark(app: Sphinx) -> Path:
    """Return a file beside the folder of what is built: an EPUB takes in all that lies inside."""
    out = Path(app.outdir)
    return out.with_name(f".{out.name}-unfinished")


def begin(app: Sphinx) -> None:
    """Set the mark, and remember whether it was left by a build that did not end."""
    app.env.left_unfinished = _mark(app).exists()
    _mark(app).touch()


def changed(app: Sphinx, env: BuildEnvironment, *_: Collection[str]) -> list[str]:
    """Return the pages whose text is another one than at the last reading."""
    before = getattr(env, "texts", {})
    env.texts = {name: hashlib.sha256(Path(env.doc2path(name)).read_bytes()).hexdigest() for name in env.found_docs}
    return [name for name, text in env.texts.items() if before.get(name, text) != text]


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return all pages if the last build did not end well."""
    return sorted(env.found_docs) if env.left_unfinished else []


def clear_static(app: Sphinx, builder: Builder) -> None:
    """Remove styles, scripts and fonts, which Sphinx and its extensions copy from here on."""
    shutil.rmtree(Path(builder.outdir, "_static"), ignore_errors=True)


def end(app: Sphinx, error: Exception | None) -> None:
    """Remove the mark, unless something went wrong; a file that could not be written is a warning to Sphinx."""
    if error is None and not app._warncount:
        _mark(app).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Begin before all others and end after them."""
    app.connect("config-inited", wait_for_others, priority=1)
    app.connect("builder-inited", begin, priority=1)
    app.connect("env-get-outdated", changed)
    app.connect("env-updated", write_again)
    app.connect("write-started", clear_static)
    app.connect("build-finished", end, priority=999)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
