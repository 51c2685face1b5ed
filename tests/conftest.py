"""Shared by all tests: one thread, so that times and numbers do not depend on the load; one browser; Node."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent / "labs"))  # tests are imported by path: what they share is found here

from bridge import ask_node

if TYPE_CHECKING:
    from playwright.sync_api import Browser

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)

torch.set_num_threads(1)


@pytest.fixture(params=[0, 1, 2])
def seed(request) -> int:
    """Three seeds: a property holds for each."""
    torch.manual_seed(request.param)
    return request.param


def chromium_path() -> str:
    """Where the browser is: CHROMIUM, a path or the name of a program, or one of the usual names."""
    given = os.environ.get("CHROMIUM", "").strip()
    names = [os.path.expanduser(given)] if given else ["chromium", "chromium-browser", "google-chrome"]
    path = next(filter(None, map(shutil.which, names)), None)
    assert path, f"no Chromium (CHROMIUM={given!r}): install Debian's `chromium`, or set CHROMIUM to a browser's path"
    return os.path.abspath(path)


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """A headless browser that asks for nothing on its own; Playwright allows one at a time in a process."""
    from playwright.sync_api import sync_playwright  # only here: the unit tests do without it

    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET.split())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def node():
    """`node(command, cases)`: what the shipped bundle of the labs answers."""
    return ask_node
