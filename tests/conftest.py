"""Shared by all tests: one thread, so that times and numbers do not depend on the machine's load; one browser."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import torch

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


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """A headless browser that asks for nothing on its own; Playwright allows one at a time in a process."""
    from playwright.sync_api import sync_playwright  # only here: the unit tests do without it

    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "no Chromium: install Debian's `chromium`, or set CHROMIUM to a browser's path"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET.split())
        yield browser
        browser.close()
