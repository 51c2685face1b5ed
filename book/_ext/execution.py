"""Run the chapters before Sphinx reads them: one kernel per processor, and nothing twice.

myst-nb runs a page when it reads it, one after the other, and takes what jupyter-cache holds. This extension
fills that cache first. It adds what jupyter-cache does not see: a change in the helper package or in the pins
runs the book again, a change of a caption or an alt text does not.
"""

import hashlib
import json
import multiprocessing
import os
import shutil
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.cache import db
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from reader_paths import make_absolute
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger(__name__)

SETTINGS = ("GANLAB_DATA", "GANLAB_SEED_OFFSET")  # variables that change what a chapter computes
STAND_IN = ("(offline)", "could not be downloaded")  # what ganlab.data says when it gives the stand-in digits
DAMAGED = ("no such table", "no such column", "not a database", "malformed")  # what SQLite says of a file
LONGEST = 504  # bytes in the path of a database that SQLite opens
KERNEL = Path(__file__).with_name("kernel")  # what the kernels load beside the chapters
HEARTBEAT = 20  # seconds between two signs of life


def _engine(address: str) -> Engine:
    """Open a database whose path may hold anything.

    jupyter-cache writes the path into an address, where SQLAlchemy reads `?` and `%20` as something else.
    """
    return create_engine(URL.create("sqlite", database=address.removeprefix("sqlite:///")))


db.create_engine = _engine


class Page(NamedTuple):
    """A page with code, as myst-nb reads it."""

    docname: str
    path: str
    notebook: NotebookNode


class Outcome(NamedTuple):
    """What came of running a page; `error` is the traceback, or empty."""

    notebook: NotebookNode
    seconds: float
    error: str


def fingerprint(root: Path) -> str:
    """Hash everything outside a page that decides its outputs: package, pins, settings, what kernels load."""
    digest = hashlib.sha256(repr([os.environ.get(name) for name in SETTINGS]).encode())
    sources = [p for p in (root / "src" / "ganlab").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    for path in (root / "requirements.txt", *sorted(sources)):
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    for path in sorted(KERNEL.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def key_cache(app: Sphinx, config: Config) -> None:
    """Give each state of the package its own cache folder; Sphinx re-reads all pages when the folder changes."""
    make_absolute()  # before the settings are hashed
    config.nb_execution_cache_path = str(Path(app.outdir).parent / "executed" / fingerprint(Path(app.confdir)))


def run_pages(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run those of the pages about to be read whose code has no stored outputs."""
    if app.config.nb_execution_mode != "cache":
        return
    _check_length(folder := Path(app.config.nb_execution_cache_path))
    with _explained(folder):
        cache = _intact_cache(folder)
        waiting = [page for name in docnames if (page := _page(env, name)) and not _stored(cache, page)]
        failed = _run(cache, waiting, app.config.nb_execution_timeout) if waiting else {}
    for docname, error in failed.items():
        _report(Path(app.outdir).parent / "reports" / f"{docname}.log", error)
    if failed:
        raise ExtensionError(f"cells failed in {', '.join(failed)}; tracebacks are above and in _build/reports")


def _check_length(folder: Path) -> None:
    if (length := len(os.fsencode(folder / db.DB_NAME))) > LONGEST:
        raise ExtensionError(
            f"{folder} cannot be used: the database in it has a path of {length} bytes, and SQLite opens up to "
            f"{LONGEST}. Build in a folder with a shorter path"
        )


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """Pass on why the cache cannot be used; what jupyter-cache says, "it may need to be cleared", does not help."""
    try:
        yield
    except (RuntimeError, OSError, SQLAlchemyError) as error:
        cure = "Free space if the disk is full; else delete it"
        raise ExtensionError(f"{folder} cannot be used: {_reason(error)}. {cure}") from error


def _reason(error: BaseException) -> str:
    """Return what the error says from which it all came."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return str(error)


def _intact_cache(folder: Path) -> JupyterCacheAbstract:
    """Return the cache, without what a killed build or a full disk left in it: whatever is missing runs again."""
    try:
        cache = get_cache(folder)
        records = cache.list_cache_records()
    except (RuntimeError, SQLAlchemyError) as error:
        if not any(words in _reason(error) for words in DAMAGED):  # a full disk, say: nothing is thrown away
            raise
        logger.info("%s is damaged and made anew: the chapters run again", folder)
        shutil.rmtree(folder)
        return get_cache(folder)
    damaged = [record for record in records if not _is_whole(folder / "executed" / record.hashkey / "base.ipynb")]
    NbCacheRecord.remove_records([record.pk for record in damaged], cache.db)
    kept = {record.hashkey for record in records} - {record.hashkey for record in damaged}
    for left in (folder / "executed").glob("*"):
        if left.name not in kept:
            shutil.rmtree(left)
    return cache


def _is_whole(path: Path) -> bool:
    """Tell whether a file is there and a notebook to its end."""
    try:
        return "cells" in json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return False


def _page(env: BuildEnvironment, docname: str) -> Page | None:
    path = str(env.doc2path(docname))
    text = Path(path).read_text(encoding="utf-8")
    reader = create_nb_reader(path, env.myst_config, env.mystnb_config, text)
    return reader and Page(docname, path, reader.read(text))


def _stored(cache: JupyterCacheAbstract, page: Page) -> bool:
    """Tell whether outputs for this code are stored; adopt those of the same code under other captions."""
    try:
        cache.match_cache_notebook(page.notebook)
        return True
    except KeyError:
        same = [r for r in cache.list_cache_records() if r.data.get("code") == _code(page.notebook)]
    if same:
        _adopt(page.notebook, cache.get_cache_bundle(same[-1].pk).nb)
        _store(cache, page, page.notebook, same[-1].data["execution_seconds"])
    return bool(same)


def _adopt(notebook: NotebookNode, ran: NotebookNode) -> None:
    """Take over what an earlier run of the same code left: outputs, and the language that colours the code."""
    notebook.metadata["language_info"] = ran.metadata["language_info"]
    for cell, done in zip(_code_cells(notebook), _code_cells(ran), strict=True):
        cell.outputs, cell.execution_count = done.outputs, done.execution_count


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _code(notebook: NotebookNode) -> str:
    """Hash what the kernel sees of a page: sources, and the tags that change how a cell is run."""
    cells = [(cell.source, sorted(cell.metadata.get("tags", []))) for cell in _code_cells(notebook)]
    return hashlib.sha256(repr((notebook.metadata.get("kernelspec"), cells)).encode()).hexdigest()


def _store(cache: JupyterCacheAbstract, page: Page, notebook: NotebookNode, seconds: float) -> None:
    data = {"execution_seconds": seconds, "code": _code(page.notebook)}
    cache.cache_notebook_bundle(CacheBundleIn(notebook, page.path, data=data), check_validity=False, overwrite=True)


def _run(cache: JupyterCacheAbstract, pages: list[Page], timeout: int) -> dict[str, str]:
    """Run pages side by side, and return the tracebacks of those that failed."""
    # One thread a kernel: two kernels with two threads each are slower than one after the other on two processors,
    # and sums then come out the same however many kernels run.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    jobs = min(len(pages), os.cpu_count() or 1, 8)
    logger.info("running %d pages, %d at a time: %s", len(pages), jobs, ", ".join(p.docname for p in pages))
    with ProcessPoolExecutor(jobs, initializer=_end_with, initargs=(os.getpid(),)) as pool:
        # The later chapters train longest: start them first.
        running = {pool.submit(_execute, page.notebook, timeout): page for page in reversed(pages)}
        try:
            return _collect(cache, running)
        except KeyboardInterrupt:
            # nbclient would first finish its cells; a kernel ends by itself when the process that started it is gone.
            for worker in multiprocessing.active_children():
                worker.kill()
            raise


def _end_with(builder: int) -> None:
    """End this process as soon as the build is gone: one that was killed cannot say so, and chapters run on."""

    def watch() -> None:
        while os.getppid() == builder:
            time.sleep(1)
        os._exit(1)  # nbclient would catch a signal; the kernel ends by itself when this process is gone

    threading.Thread(target=watch, daemon=True).start()


def _collect(cache: JupyterCacheAbstract, running: dict[Future, Page]) -> dict[str, str]:
    """Store each page as it ends; return the tracebacks of those that failed."""
    failed = {}
    while running:
        for future in _ended(running):
            page = running.pop(future)
            outcome = _outcome(future, page)
            logger.info("  %s %s after %.0f s", page.docname, "FAILED" if outcome.error else "ran", outcome.seconds)
            if outcome.error:
                failed[page.docname] = outcome.error
            else:
                _store(cache, page, outcome.notebook, outcome.seconds)
    return failed


def _ended(running: dict[Future, Page]) -> set[Future]:
    """Wait for the next page to end, with a sign of life now and then."""
    ended, _ = wait(running, timeout=HEARTBEAT, return_when=FIRST_COMPLETED)
    if not ended:
        names = [page.docname for future, page in running.items() if future.running()]
        logger.info("  … still running: %s", ", ".join(sorted(names)))
    return ended


def _outcome(future: Future, page: Page) -> Outcome:
    if error := future.exception():  # the kernel died, or never started
        return Outcome(page.notebook, 0.0, "".join(traceback.format_exception(error)))
    return future.result()


def _execute(notebook: NotebookNode, timeout: int) -> Outcome:
    """Run one page in a throw-away folder (in a process of its own)."""
    os.environ.setdefault("TQDM_DISABLE", "1")  # a progress bar would stand in the page for ever, at 0 %
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(KERNEL), os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as folder:
        options = ["--log-level=ERROR", "--ext=dark_figures"]  # ipykernel warns about every kernel's transport
        how = {"extra_arguments": options, "store_widget_state": False}  # pages show labs as elements, not as widgets
        ran = single_nb_execution(notebook, cwd=folder, timeout=timeout, allow_errors=False, **how)
    for cell in _code_cells(ran.nb):
        cell.outputs = joined(cell.outputs)
    return Outcome(ran.nb, ran.time, ran.exc_string or "")


def joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join what a cell printed: where a kernel cuts it differs from run to run, and myst-nb ends a line at each cut."""
    found: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type != "stream":
            found.append(output)
        elif output.name in streams:
            streams[output.name].text += output.text
        else:
            streams[output.name] = output
            found.append(output)
    return found


def _report(path: Path, error: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(error, encoding="utf-8")
    logger.error("%s", error, color="red")


def forget_stand_in(app: Sphinx, error: Exception | None) -> None:
    """Drop outputs made from the stand-in digits, so that the next build looks for the real ones again."""
    try:
        _forget_stand_in(get_cache(app.config.nb_execution_cache_path))
    except Exception:
        if error is None:  # otherwise that is what counts, and is most likely the reason of this one, too
            raise


def _forget_stand_in(cache: JupyterCacheAbstract) -> None:
    for record in cache.list_cache_records():
        shown = str([cell.get("outputs") for cell in cache.get_cache_bundle(record.pk).nb.cells])
        if any(words in shown for words in STAND_IN):
            cache.remove_cache(record.pk)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the runner."""
    app.connect("config-inited", key_cache)
    app.connect("env-before-read-docs", run_pages)
    app.connect("build-finished", forget_stand_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
