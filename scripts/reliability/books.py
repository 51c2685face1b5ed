"""Builds of a small book, with the real configuration and extensions: four pages, two of which run a cell."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from scenarios import (
    ASCII,
    LONG,
    ODD,
    ROOT,
    TOKEN,
    environment,
    failed,
    in_the_past,
    offline,
    processes,
    read_only,
    run,
    scenario,
    small_disk,
    succeeded,
    wait_for,
)

PARTS = ("conf.py", "_config.yml", "requirements.txt", "src", "scripts", "benchmarks/claims")
OF_THE_BOOK = ("_ext", "_static", "_templates", "references.bib")
PAGE = "chapters/01-one"
KERNEL = (
    "jupytext:\n  text_representation:\n    format_name: myst\nkernelspec:\n  name: python3\n  display_name: Python 3\n"
)
# How long the cells ran, and the sums in addresses of styles, which Sphinx knows from the second build on.
TIMES = re.compile(rb"Running: [\w ]* when this copy was built|\?v=[0-9a-f]{8}")
CELL = """
```{code-cell} ipython3
from ganlab import losses
print("a cell of PAGE ran:", losses.__name__)
```
"""


class Book:
    """A checkout with the pages of tests/book/connected in place of the book's."""

    def __init__(self, path: Path):
        self.path, self.build_folder = path, path / "_build"
        for name in PARTS:
            _copy(ROOT / name, path / name)
        for name in OF_THE_BOOK:
            _copy(ROOT / "book" / name, path / "book" / name)
        _copy(ROOT / "tests" / "book" / "connected", path / "book")
        (path / "book" / "_toc.yml").rename(path / "_toc.yml")
        for page in (path / "book" / "chapters").glob("*.md"):
            text = page.read_text(encoding="utf-8").replace("---\n", f"---\n{KERNEL}", 1)
            page.write_text(text + CELL.replace("PAGE", page.stem), encoding="utf-8")

    def command(self, wrapper: Sequence[object] = ()) -> list[object]:
        """Return the command of the Makefile."""
        sphinx = [sys.executable, "-m", "sphinx", "-c", ".", "-d", self.build_folder / "doctrees"]
        return [*wrapper, *sphinx, "-n", "-W", "--keep-going", "-b", "html", "book", self.build_folder / "html"]

    def build(self, *, wrapper: Sequence[object] = (), **variables: str) -> subprocess.CompletedProcess[str]:
        """Build the site."""
        return run(self.command(wrapper), cwd=self.path, PYTHONPATH=str(self.path / "src"), **variables)

    def start(self, token: str) -> subprocess.Popen[bytes]:
        """Begin to build, and return the process."""
        variables = environment(PYTHONPATH=str(self.path / "src"), **{TOKEN: token})
        command = list(map(str, self.command()))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=self.path, env=variables, **quiet)

    def page(self, name: str = PAGE) -> str:
        """Return the HTML of a page."""
        return (self.build_folder / "html" / f"{name}.html").read_text(encoding="utf-8")

    def site(self) -> dict[str, str]:
        """Return a hash of each file of the site; seconds and the index of words do not count."""
        html = self.build_folder / "html"
        files = sorted(path for path in html.rglob("*") if path.is_file() and path.name != "searchindex.js")
        return {
            str(path.relative_to(html)): hashlib.sha256(TIMES.sub(b"", path.read_bytes())).hexdigest() for path in files
        }


def _hash(path: Path) -> str:
    return hashlib.sha256(TIMES.sub(b"", path.read_bytes())).hexdigest()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=without)
    else:
        shutil.copy(source, target)


@cache
def undisturbed(place: Path) -> Book:
    """Return a book that was built while nothing happened to it."""
    book = Book(place / "undisturbed" / "checkout")
    succeeded(book.build())
    assert "a cell of 01-one ran: ganlab.losses" in book.page()
    return book


def is_whole(book: Book, place: Path) -> None:
    """Assert that a site is, file by file, the one that nothing happened to."""
    site, expected = book.site(), undisturbed(place.parent).site()
    assert site == expected, sorted({*site.items()} ^ {*expected.items()})[:10]


def kilobytes(folder: Path) -> int:
    """Return what a folder takes on a small disk."""
    return sum(4 * -(-path.stat().st_size // 4096) for path in folder.rglob("*") if path.is_file())


@scenario("build, disk full", "fails and says so; with space again the same command gives the whole site")
def full_disk(place: Path) -> None:
    """Run out of space among what the chapters printed, among the styles, and near the end."""
    book = Book(place / "checkout")
    with small_disk(book.build_folder, "20k") as disk:
        failed(book.build(), "is full")
        for size in ("5m", f"{kilobytes(undisturbed(place.parent).build_folder) - 200}k"):
            disk.resize(size)
            failed(book.build(), "No space left on device")
        disk.resize("64m")
        succeeded(book.build())
        is_whole(book, place)


@scenario("build, killed while a chapter runs", "no process of it stays; the same command gives the whole site")
def killed_while_running(place: Path) -> None:
    """Kill when the kernels are there."""
    book, token = Book(place / "checkout"), uuid.uuid4().hex
    building = book.start(token)
    wait_for(lambda: len(processes(token)) >= 4)  # the build, its workers, a kernel
    _kill(building, token)
    succeeded(book.build())
    is_whole(book, place)


@scenario("build, killed while it writes pages", "the half page that it left is written again; the site is whole")
def killed_while_writing(place: Path) -> None:
    """Kill at the first page, and cut that in half, as a kill may."""
    book, token = Book(place / "checkout"), uuid.uuid4().hex
    building, first = book.start(token), book.build_folder / "html" / f"{PAGE}.html"
    wait_for(lambda: building.poll() is not None or first.exists())
    _kill(building, token)
    os.truncate(first, 1000)
    succeeded(book.build())
    is_whole(book, place)


def _kill(building: subprocess.Popen[bytes], token: str) -> None:
    assert building.poll() is None, "it ended before it could be killed"
    building.kill()
    building.wait()
    wait_for(lambda: not processes(token), 60)


@scenario("build, cache damaged", "what is missing, cut short or no database runs again; the site is whole")
def damaged_cache(place: Path) -> None:
    """Cut a notebook, remove another, spoil the database."""
    book = Book(place / "checkout")
    succeeded(book.build())
    cut, removed = sorted((book.build_folder / "executed").glob("*/executed/*/base.ipynb"))
    os.truncate(cut, 100)
    removed.unlink()
    _build_anew(book, place)
    (database,) = (book.build_folder / "executed").glob("*/global.db")
    database.write_bytes(b"no database")
    _build_anew(book, place)


def _build_anew(book: Book, place: Path) -> None:
    for name in ("doctrees", "html"):
        shutil.rmtree(book.build_folder / name)
    succeeded(book.build())
    is_whole(book, place)


@scenario("two builds at once", "one waits for the other; both succeed, and the site is whole")
def two_at_once(place: Path) -> None:
    """Start two in the same checkout."""
    book = Book(place / "checkout")
    both = [book.start("two"), book.start("two")]
    assert [building.wait() for building in both] == [0, 0]
    is_whole(book, place)


@scenario("build without network", "the site is whole: nothing is asked of anybody")
def no_network(place: Path) -> None:
    """Build where there is no network but the machine's own."""
    book = Book(place / "checkout")
    succeeded(book.build(wrapper=offline()))
    is_whole(book, place)


@scenario(
    "build, checkout read-only", "says that _build cannot be written; built into another folder, the site is whole"
)
def read_only_checkout(place: Path) -> None:
    """Try in the checkout, then beside it."""
    book = Book(place / "checkout")
    wrapper = read_only(book.path)
    failed(book.build(wrapper=wrapper), "Read-only file system", "_build")
    book.build_folder = place / "elsewhere"
    succeeded(book.build(wrapper=wrapper))
    is_whole(book, place)


@scenario("build, clock in the past", "the site is whole, and a page that is then edited shows the edit")
def clock_in_the_past(place: Path) -> None:
    """Build today, edit in 2001, build in 2001."""
    book = Book(place / "checkout")
    succeeded(book.build())
    page = book.path / "book" / f"{PAGE}.md"
    before = page.read_text(encoding="utf-8")
    page.write_text(before.replace("Two networks play", "Three networks play"), encoding="utf-8")
    os.utime(page, (981_173_106, 981_173_106))
    succeeded(book.build(wrapper=in_the_past()))
    assert "Three networks play" in book.page()
    page.write_text(before, encoding="utf-8")
    os.utime(page, (981_173_106, 981_173_106))
    succeeded(book.build(wrapper=in_the_past()))
    is_whole(book, place)


@scenario("build, SOURCE_DATE_EPOCH in 1970", "the site is the same, byte by byte")
def date_of_the_sources(place: Path) -> None:
    """Build as packagers do."""
    book = Book(place / "checkout")
    succeeded(book.build(SOURCE_DATE_EPOCH="0"))
    is_whole(book, place)


@scenario("build, LC_ALL=C without UTF-8", "the site is the same, byte by byte")
def no_locale(place: Path) -> None:
    """Build where Python takes texts for ASCII."""
    book = Book(place / "checkout")
    succeeded(book.build(**ASCII))
    is_whole(book, place)


@scenario(f"build in a folder called {ODD}", "the site is the same, byte by byte")
def odd_path(place: Path) -> None:
    """Build where the path has what shells, make and web addresses read as something else."""
    book = Book(place / ODD / "checkout")
    succeeded(book.build())
    is_whole(book, place)


@scenario(f"build under a path of {len(LONG)} characters and more", "the site is the same, byte by byte")
def long_path(place: Path) -> None:
    """Build far down."""
    book = Book(place / LONG / "checkout")
    succeeded(book.build())
    is_whole(book, place)


@scenario(f"build under a path of {2 * len(LONG)} characters and more", "says that SQLite cannot open it, and the cure")
def too_long_path(place: Path) -> None:
    """Build farther down."""
    failed(Book(place / LONG / LONG / "checkout").build(), "SQLite opens up to 504", "a shorter path")
