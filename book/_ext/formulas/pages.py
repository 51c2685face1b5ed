r"""The derivations and the numbered formulas of a page, found in its Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import derivation_source
import lark
import yaml
from derivation_source import Chain
from notebook_math import expand

from formulas.chains import Line, functions_of, lines_of, statements
from formulas.reading import Reader, parsed, plain
from formulas.tree import Formula
from formulas.values import evaluate
from formulas.world import World

ROOT = Path(__file__).parents[3]

_DERIVATION = re.compile(r"^(`{3,}|:{3,})\{derivation\}[ \t]*(.*?)\n(?:---\n(.*?)^---\n)?(.*?)^\1[ \t]*$", re.M | re.S)
_NUMBERED = re.compile(r"^\$\$((?:(?!\$\$).)*)\$\$ \(([\w-]+)\)$", re.M | re.S)


@dataclass(frozen=True)
class Derivation:
    """A derivation of a page."""

    name: str
    title: str
    where: str
    chain: Chain
    line: int

    @property
    def lines(self) -> list[Line]:
        """What is evaluated."""
        return lines_of(self.chain, macros())


@dataclass(frozen=True)
class Equation:
    """A numbered formula of a page: statements, each one formula or several with relations between them."""

    label: str
    page: str
    items: tuple[lark.Tree, ...]
    where: Mapping = field(default_factory=dict)

    def relations(self, statement: int = 0) -> list[str]:
        """Return the relations of a statement, from left to right."""
        return [str(child) for child in self.items[statement].children[1::2]]

    def side(self, side: int = -1, statement: int = 0) -> Formula:
        """Return one side of a statement; others need not be such that the build can read them."""
        return Reader(functions_of(self.where)).sum(self.items[statement].children[::2][side])

    def value(self, world: World, side: int = -1, statement: int = 0) -> float:
        """Return the value of one side in a random world; the last one, unless told otherwise."""
        return float(evaluate(self.side(side, statement), world, self.where))


@cache
def macros() -> dict:
    """Return the book's macros."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return config["sphinx"]["config"]["mathjax3_config"]["tex"]["macros"]


def derivations(text: str) -> Iterator[Derivation]:
    """Yield the derivations of a page."""
    for match in _DERIVATION.finditer(text):
        options = yaml.safe_load(match[3] or "") or {}
        where = expand(options.get("where", ""), macros())
        chain = derivation_source.read(match[4].split("\n"))
        line = text.count("\n", 0, match.start()) + 1
        yield Derivation(str(options.get("name", "")), match[2], where, chain, line)


def formula(label: str, *, where: str = "", pages: Sequence[Path] = ()) -> Equation:
    r"""Return the numbered formula with a label.

    Parameters
    ----------
    label : str
        What stands behind `$$`, such as `game-value-at-best`.
    where : str
        What the notation does not say, as in a derivation.
    pages : sequence of Path
        Where to look; all pages of the book, unless told otherwise.

    Raises
    ------
    LookupError
        If no page has it, or two have.
    Unreadable
        If its TeX is not of the kind that the build reads.
    """
    pages = pages or sorted((ROOT / "book").rglob("*.md"))
    found = [(path, tex) for path in pages for tex, name in _numbered(path) if name == label]
    if len(found) != 1:
        raise LookupError(f"{len(found)} formulas have the label {label}; write $$ … $$ ({label}) once")
    ((path, tex),) = found
    meanings = statements(where)
    return Equation(label, path.stem, equation(tex), meanings)


def _numbered(path: Path) -> list[tuple[str, str]]:
    return _NUMBERED.findall(path.read_text(encoding="utf-8"))


def equation(tex: str) -> tuple[lark.Tree, ...]:
    r"""Cut a numbered formula in statements, between which stand commas or words; the last point is the sentence's.

    Examples
    --------
    >>> len(equation(r"s = \log x , \quad x = e^{s} ."))
    2
    """
    tex = re.sub(r"\\text\{[^{}]*[^\w{}][^{}]*\}", ",", expand(tex, macros()))  # words between formulas
    tex = re.sub(r"\s*,[\s,]*", ", ", plain(tex)).strip(" .,;\n")
    return tuple(item for item in parsed(tex, "statement").children[0].children if isinstance(item, lark.Tree))
