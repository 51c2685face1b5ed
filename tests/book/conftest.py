"""The built site, and Chromium without network."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"], *(page["file"] for part in TOC["parts"] for page in part["chapters"])]
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
BUILD = "-q -c . -d _build/doctrees -n -W --keep-going -b html book _build/html"  # as in the Makefile


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
