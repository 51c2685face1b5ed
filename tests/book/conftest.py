"""The built site, and Chromium without network."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"], *(page["file"] for part in TOC["parts"] for page in part["chapters"])]
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
BUILD = "-q -c . -d _build/doctrees -n -W --keep-going -b html book _build/html"  # as in the Makefile
QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `page` or `chapter` runs once for each in the contents."""
    for name, values in {"page": PAGES, "chapter": CHAPTERS}.items():
        own = any(name in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
        if name in metafunc.fixturenames and not own:
            metafunc.parametrize(name, values)


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder with the built book; seconds when nothing changed, minutes when chapters must run."""
    done = subprocess.run([sys.executable, "-m", "sphinx", *BUILD.split()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"the book does not build; run `make book` and read its output:\n{done.stderr[-4000:]}"
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def soup(site):
    """A function of a page's name: its parsed HTML."""
    return cache(lambda name: BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless browser that asks for nothing on its own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "no Chromium: install Debian's `chromium`, or set CHROMIUM to a browser's path"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET.split())
        yield browser
        browser.close()
