r"""The derivations and the numbered formulas of a page, found in its Markdown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import derivation_source
import lark
import yaml
from derivation_source import Chain
from notebook_math import expand

from formulas.chains import Line, functions_of, statements
from formulas.reading import FUNCTIONS, Reader, parsed
from formulas.tree import Formula
from formulas.values import evaluate
from formulas.world import World

ROOT = Path(__file__).parents[3]

_DERIVATION = re.compile(r"^(`{3,}|:{3,})\{derivation\}[ \t]*(.*?)\n(?:---\n(.*?)^---\n)?(.*?)^\1[ \t]*$", re.M | re.S)
_NUMBERED = re.compile(r"^\$\$\s*\n?(.*?)\$\$ \(([\w-]+)\)", re.M | re.S)


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
        """What is evaluated: the TeX without macros, and nothing where the author says that it cannot be."""
        steps = [self.chain.start, *self.chain.steps]
        return [Line(step.relation, "" if step.unevaluated else expand(step.tex.text, macros())) for step in steps]


@dataclass(frozen=True)
class Equation:
    """A numbered formula of a page: statements, each one formula or several that are equal."""

    label: str
    page: str
    statements: tuple[tuple[tuple[str, Formula], ...], ...]
    where: Mapping = field(default_factory=dict)

    def sides(self, statement: int = 0) -> list[Formula]:
        """Return the formulas of one statement, from left to right."""
        return [formula for _, formula in self.statements[statement]]

    def value(self, world: World, *, statement: int = 0, side: int = -1) -> float:
        """Return the value of one side in a random world; the last one, unless told otherwise."""
        return float(evaluate(self.sides(statement)[side], world, self.where))


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


def formula(label: str, *, where: str = "", pages: Collection[Path] = ()) -> Equation:
    r"""Return the numbered formula with a label.

    Parameters
    ----------
    label : str
        What stands behind `$$`, such as `game-value-at-best`.
    where : str
        What the notation does not say, as in a derivation.
    pages : collection of Path
        Where to look; all pages of the book, unless told otherwise.

    Raises
    ------
    LookupError
        If no page has it, or two have.
    Unreadable
        If the build cannot read its TeX.
    """
    pages = pages or sorted((ROOT / "book").rglob("*.md"))
    found = [(path, tex) for path in pages for tex, name in _numbered(path) if name == label]
    if len(found) != 1:
        raise LookupError(f"{len(found)} formulas have the label {label}; write $$ … $$ ({label}) once")
    ((path, tex),) = found
    meanings = statements(where)
    return Equation(label, path.stem, equation(tex, functions_of(meanings)), meanings)


def _numbered(path: Path) -> list[tuple[str, str]]:
    return _NUMBERED.findall(path.read_text(encoding="utf-8"))


def equation(tex: str, functions: Collection[str] = FUNCTIONS) -> tuple[tuple[tuple[str, Formula], ...], ...]:
    r"""Read a numbered formula: statements with commas between them, and the point at the end is the sentence's.

    Examples
    --------
    >>> [len(statement) for statement in equation(r"s = \log x, \quad x = e^{s} .")]
    [2, 2]
    """
    tex = re.sub(r"\\text\{[^{}]*[^\w{}][^{}]*\}", ",", expand(tex, macros()))  # words between formulas
    tex = re.sub(r"[.,;\s]+((?:\\end\{\w+\})?\s*)$", r"\1", tex.strip())
    items = [item for item in parsed(tex, "statement").children[0].children if isinstance(item, lark.Tree)]
    reader = Reader(functions)
    return tuple(tuple(_related(item, reader)) for item in items)


def _related(item: lark.Tree, reader: Reader) -> Iterator[tuple[str, Formula]]:
    relations = ["", *(str(child) for child in item.children[1::2])]
    for relation, side in zip(relations, item.children[::2], strict=True):
        yield relation, reader.sum(side)
