"""Shared by all tests: one thread, so that times and numbers do not depend on the load; one browser; Node.

The tests may run in several processes at once (`pytest -n 2`, as `make test` does): what they share is made by one.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from filelock import FileLock

# Tests are imported by path: what they share is found here.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent / "labs"))

from bridge import ask_node

if TYPE_CHECKING:
    from playwright.sync_api import Browser

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --font-render-hinting=none"  # words as wide as on a screen
)

torch.set_num_threads(1)


@pytest.fixture(params=[0, 1, 2])
def seed(request) -> int:
    """Three seeds: a property holds for each."""
    torch.manual_seed(request.param)
    return request.param


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    """The one folder of all processes of a run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def alone(shared) -> Callable[[str], FileLock]:
    """`with alone(name):` one process of a run at a time."""
    return lambda name: FileLock(shared / f"{name}.lock")


@pytest.fixture(scope="session")
def once(shared, alone) -> Callable[[str, Callable[[Path], None]], Path]:
    """`once(name, make)`: a folder that `make(folder)` has filled, in whichever process of a run asked first."""

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with alone(name):
            if not done.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                done.touch()
        return folder

    return made


def chromium_path() -> str:
    """Where the browser is: CHROMIUM, a path or the name of a program, or one of the usual names."""
    given = os.environ.get("CHROMIUM", "").strip()
    names = [os.path.expanduser(given)] if given else ["chromium", "chromium-browser", "google-chrome"]
    path = next(filter(None, map(shutil.which, names)), None)
    assert path, f"no Chromium (CHROMIUM={given!r}): install Debian's `chromium`, or set CHROMIUM to a browser's path"
    return os.path.abspath(path)


@pytest.fixture(scope="session")
def launch() -> "Iterator[Callable[[str], Browser]]":
    """`launch(path)`: a headless browser that asks for nothing on its own; Playwright runs once in a process."""
    from playwright.sync_api import sync_playwright  # only here: the unit tests do without it

    with sync_playwright() as playwright:
        yield lambda path="": playwright.chromium.launch(executable_path=path or chromium_path(), args=QUIET.split())


@pytest.fixture(scope="session")
def chromium(launch) -> "Iterator[Browser]":
    """Chromium without windows, menus and tabs to draw, if Debian's package is there: it takes a quarter less time."""
    shell = None if os.environ.get("CHROMIUM") else shutil.which("chromium-headless-shell")
    browser = launch(shell or "")
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def node():
    """`node(command, cases)`: what the shipped bundle of the labs answers."""
    return ask_node
