"""The built site, and Chromium without network."""

import json
import shutil
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

from visits import AROUND, VISITORS, visited

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"], *(page["file"] for part in TOC["parts"] for page in part["chapters"])]
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
OTHERS = [
    "search",
    "genindex",
    "everything",
]  # "everything" is tests/book/everything: constructs for later chapters, too


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `page` or `chapter` runs once for each in the contents, `any_page` for all others too.

    One that takes `kind_of_page` runs for all as well, but most are left to `pytest -m slow`: they differ in their text
    alone (visits.py).
    """
    every = PAGES + OTHERS
    kinds = [pytest.param(page, marks=() if page in AROUND else pytest.mark.slow) for page in every]
    for name, values in {"page": PAGES, "chapter": CHAPTERS, "any_page": every, "kind_of_page": kinds}.items():
        own = any(name in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
        if name in metafunc.fixturenames and not own:
            metafunc.parametrize(name, values)


@pytest.fixture(params=[0, 5000])
def offset(request, monkeypatch) -> int:
    """The seeds of the page, and others: what is played with its code holds for both."""
    monkeypatch.setenv("GANLAB_SEED_OFFSET", str(request.param))
    return request.param


def _build(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-c", ".", "-n", "-W", "--keep-going", "-b", "html", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"the book does not build; run `make book` and read its output:\n{done.stderr[-4000:]}"


def _is_built() -> bool:
    """Tell whether the site is newer than all that it may be made of, as after `make html`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", ".", ":!tests", ":!labs", ":!notebooks"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    index, sources = ROOT / "_build" / "html" / "searchindex.js", [ROOT / name for name in listed.stdout.splitlines()]
    if listed.returncode or not index.is_file() or not all(source.is_file() for source in sources):
        return False
    return max(source.stat().st_mtime for source in sources) < index.stat().st_mtime


def _build_site(_: Path) -> None:
    if not _is_built():
        _build(["-d", "_build/doctrees", "book", "_build/html"])  # as in the Makefile


@pytest.fixture(scope="session")
def site(once) -> Path:
    """The folder with the built book; half a minute when little changed, minutes when chapters must run."""
    once("site", _build_site)
    return ROOT / "_build" / "html"


def _small_book(root: Path, name: str) -> None:
    """Build a folder of pages beside this file with the book's own settings."""
    source = root / "source"
    shutil.copytree(Path(__file__).with_name(name), source)
    _build(["-D", f"external_toc_path={source / '_toc.yml'}", str(source), str(root / "html")])


@pytest.fixture(scope="session")
def everything(once) -> Path:
    """The page of tests/book/everything."""
    return once("everything", lambda root: _small_book(root, "everything")) / "html" / "index.html"


@pytest.fixture(scope="session")
def connected(once) -> Path:
    """The site of tests/book/connected: pages that lead to each other."""
    return once("connected", lambda root: _small_book(root, "connected")) / "html"


@pytest.fixture(scope="session")
def address(site, everything):
    """A function of a page's name: its file."""
    return lambda name: everything if name == "everything" else site / f"{name}.html"


@pytest.fixture(scope="session")
def soup(address):
    """A function of a page's name: its parsed HTML."""
    return cache(lambda name: BeautifulSoup(address(name).read_text(encoding="utf-8"), "html.parser"))


@pytest.fixture(scope="session")
def anchors(soup):
    """A function of a page's name: the ids on it."""
    return cache(lambda name: {element["id"] for element in soup(name).find_all(id=True)})


@pytest.fixture(scope="session")
def known(once):
    """`known(name, find)`: what `find()` returned, in whichever process of a run asked first."""

    def answer(name, find):
        def make(folder):
            (folder / "found.json").write_text(json.dumps(find()), encoding="utf-8")

        return json.loads((once(name, make) / "found.json").read_text(encoding="utf-8"))

    return answer


@pytest.fixture(scope="session")
def visitors(chromium):
    """The browsers of the visitors, without network."""
    made = {name: chromium.new_context(offline=True, **options) for name, options in VISITORS.items()}
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="session")
def visit(visitors, address, known):
    """A function of a page's name and a visitor's: what the visitor finds (visits.py).

    `axe`: also what axe-core finds, which is asked on the pages of `AROUND` in the same visit.
    """

    @cache
    def found(page, visitor, *, axe=False):
        axe |= page in AROUND
        look = partial(visited, visitors[visitor], VISITORS[visitor]["color_scheme"], address(page), axe=axe)
        return known(f"{visitor}-{'axe-' * axe}{page.replace('/', '-')}", look)

    return found
