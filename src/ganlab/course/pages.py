"""Pages: what feedback and report share; how untrusted text is shown, what things are called, and how HTML is written.

A page is one file. It asks for nothing: its policy (`Content-Security-Policy`) lets a browser load no file and run no
script, whatever a submission may have smuggled into a text.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ganlab.checks.report import FAILED, NOT_WRITTEN, PASSED
from ganlab.course.files import store
from ganlab.course.records import LOST, NOT_ATTEMPTED, CaseResult, Scored

TEMPLATES = Path(__file__).with_name("templates")

#: States of an answer, as `state` gives them: the sign and the words that a reader sees.
STATES = {
    "right": ("✓", "right"),
    "partly": ("◐", "partly right"),
    "wrong": ("✗", "not right yet"),
    "stopped": ("!", "not marked"),
    "unwritten": ("○", "not attempted"),
    "lost": ("○", "not found"),
}

_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_SHOWN = 2000  # characters of one text; what a check says is far shorter
_DIRECTIONS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SIGNS = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"} | {0x7F: "␡"}
_VISIBLE = _SIGNS | dict.fromkeys((*range(0x80, 0xA0), *_DIRECTIONS), "\N{REPLACEMENT CHARACTER}")


class Named(Protocol):
    """Something of the book: its title and the address of its place; both may be empty."""

    title: str
    page: str


class Book(Protocol):
    """What a page wants to know of the book; the module `ganlab.course.assignments` is one."""

    def chapter(self, name: str) -> Named:
        """Return a chapter; a ValueError says that there is no such chapter."""

    def misconception(self, key: str) -> Named:
        """Return what a key such as `E13` stands for."""


class Place(NamedTuple):
    """Where the book explains something: title, address, and the page in words, such as: chapter 4, “The game”."""

    title: str
    page: str
    where: str


def plain(text: str, most: int = _SHOWN) -> str:
    """Return a text as it may be shown: control characters as signs, nothing that turns the direction, not endless.

    Examples
    --------
    >>> plain("\\x1b[31mred")
    '␛[31mred'
    """
    text = str(text).encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    rest = len(text) - most
    return text[:most].translate(_VISIBLE) + (f"… ({rest} more characters)" if rest > 0 else "")


def number(value: float) -> str:
    """Return a number of points as it is written: at most two decimals, none of them idle.

    Examples
    --------
    >>> number(2.0), number(1 / 3)
    ('2', '0.33')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def counted(count: int) -> str:
    """Return a count as it is written in a sentence.

    Examples
    --------
    >>> counted(9), counted(31)
    ('nine', '31')
    """
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def state(scored: Scored) -> str:
    """Return what became of an answer: a key of `STATES`."""
    found = {case.status for case in scored.cases}
    if scored.decided:
        return "right" if scored.points >= scored.out_of else "partly" if scored.points > 0 else "wrong"
    if scored.recovered == LOST:
        return "lost"
    if NOT_WRITTEN in found or scored.note == NOT_ATTEMPTED:
        return "unwritten"
    if not found & {PASSED, FAILED} or (found == {PASSED} and scored.points < scored.out_of):
        return "stopped" if scored.note else "unwritten"
    if found == {PASSED}:
        return "right"
    return "partly" if scored.points > 0 else "wrong"


def first_problem(scored: Scored) -> CaseResult | None:
    """Return the first case that failed: what a reader hears of first; none if a person found the answer right."""
    if scored.decided and state(scored) == "right":
        return None
    return next((case for case in scored.cases if case.status == FAILED), None)


def chapter_name(slug: str, book: Book | None = None) -> str:
    """Return how a chapter is called, with its number; without the book, the words of its slug.

    Examples
    --------
    >>> chapter_name("06-first-gan"), chapter_name("clinic")
    ('Chapter 6: First GAN', 'Clinic')
    """
    digits, words = re.fullmatch(r"(?:(\d+)-)?(.*)", slug, re.DOTALL).groups()
    title = _title(slug, book) or re.sub(r"\b[Gg]an(s?)\b", r"GAN\1", words.replace("-", " ").capitalize())
    return f"Chapter {int(digits)}: {title}" if digits else title


def place(key: str, book: Book | None) -> Place | None:
    """Return where the book explains a misconception, if there is a book that knows it."""
    named = book.misconception(key) if book and key else None
    if not named or not named.title:
        return None
    page = named.page if re.match(r"(https?|file)://", named.page) else ""
    slug = page.partition("#")[0].rpartition("/")[2].removesuffix(".html")
    name = chapter_name(slug, book) if slug else ""
    where = re.sub(r"^Chapter (\d+): (.*)", r"chapter \1, “\2”", name)
    return Place(named.title, page, where if where.startswith("chapter ") or not where else f"the page “{where}”")


def _title(slug: str, book: Book | None) -> str:
    try:
        return book.chapter(slug).title if book else ""
    except ValueError:  # a page that is no chapter
        return ""


def write(template: str, path: str | os.PathLike[str], **values: Any) -> None:
    """Write a page to a file; folders are made, and a reader of the file never sees half of it.

    Raises
    ------
    ImportError
        If jinja2 is missing.
    """
    try:
        import jinja2  # only here: all but the pages does without it
    except ImportError as error:
        raise ImportError("pages are written with jinja2, which is missing; pip install 'ganlab[course]'") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": plain, "number": number}
    store(path, environment.get_template(template).render(values, states=STATES))


def listed(words: Iterable[str]) -> str:
    """Return words as a sentence lists them.

    Examples
    --------
    >>> listed(["one right", "two lost", "one not attempted"])
    'one right, two lost and one not attempted'
    """
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last
