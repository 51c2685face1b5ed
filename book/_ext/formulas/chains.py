r"""Whether each line of a derivation agrees with the one before, in several random worlds.

`where` says what the notation does not: a definition (`m(x) = …`, `L = …`), a range (`a > 0`, `a, b \in (0, 1)`,
`y \in \{0, 1\}`, `k \in \mathbb{N}`, `a \in \mathbb{R}`), a velocity (`\dot x = -y`), or any smooth function
(`g \colon \mathbb{R} \to \mathbb{R}`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import lark
import torch
from derivation_source import Chain
from notebook_math import expand

from formulas.reading import FUNCTIONS, Reader, Unreadable, parsed
from formulas.tree import Formula, Name, Several, Sum
from formulas.values import Definition, Domain, Unknown, evaluate
from formulas.world import World

Meanings = dict[str, Definition | Domain]

SEEDS = range(4)
TOLERANCE = 1e-7
FAILURES = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)  # whatever TeX may bring
LARGEST = 3.0  # where a range has no end


@dataclass(frozen=True)
class Line:
    """A formula of a chain and how it is related to the one before."""

    relation: str
    tex: str


def lines_of(chain: Chain, macros: dict) -> list[Line]:
    """Return what is evaluated: the TeX without macros, and nothing where the author says that it cannot be."""
    steps = [chain.start, *chain.steps]
    return [Line(step.relation, "" if step.unevaluated else expand(step.tex.text, macros)) for step in steps]


@dataclass(frozen=True)
class Disagreement:
    """What is wrong with a line; -1 is `where`."""

    line: int
    text: str


def check(lines: Sequence[Line], where: str = "") -> list[Disagreement]:
    r"""Return what is wrong with a chain: nothing, if each line agrees with the one before in every world.

    Parameters
    ----------
    lines : sequence of Line
        The start, which has no relation, and the steps; a line without TeX is not evaluated, and what follows is
        compared with the last that was.
    where : str
        One statement a line.

    Examples
    --------
    >>> check([Line("", r"\log a^2"), Line("=", r"2 \log a")], "a > 0")
    []
    >>> check([Line("", "1 + h^2"), Line("=", "1 - h^2")])[0].line
    1
    """
    try:
        meanings = statements(where)
    except (Unreadable, Unknown) as error:
        return [Disagreement(-1, f"in `where`: {error}")]
    formulas, found = read_lines(lines, meanings)
    for world in map(World, () if found else SEEDS):
        found = compare(lines, formulas, meanings, world)
        if found:
            break
    return found


def read_lines(lines: Sequence[Line], meanings: Meanings) -> tuple[dict[int, Formula], list[Disagreement]]:
    """Return the formulas of the lines that are evaluated, and what cannot be read."""
    reader = Reader(functions_of(meanings))
    formulas, found = {}, []
    for number, line in enumerate(lines):
        try:
            if line.tex.strip():
                formulas[number] = reader.sum(parsed(line.tex, "start").children[0])
        except Unreadable as error:
            found.append(Disagreement(number, str(error)))
    return formulas, found


def compare(
    lines: Sequence[Line], formulas: dict[int, Formula], meanings: Meanings, world: World
) -> list[Disagreement]:
    """Return the first disagreement in one world."""
    before = None
    for number, formula in formulas.items():
        try:
            value = number_of(formula, meanings, world)
        except Unknown as error:
            return [Disagreement(number, str(error))]
        except FAILURES as error:
            return [Disagreement(number, f"the build cannot evaluate it ({type(error).__name__}: {error})")]
        if text := wrong(lines[number].relation, before, value):
            return [Disagreement(number, text)]
        before = value
    return []


def number_of(formula: Formula, meanings: Meanings, world: World) -> float:
    """Return the value of a formula that is a number."""
    value = evaluate(formula, world, meanings)
    if value.numel() != 1:
        raise Unknown("the line is no single number; bind or define its variables")
    return float(value)


def wrong(relation: str, before: float | None, value: float) -> str:
    """Say how a value fails its relation to the one before, or nothing."""
    if not abs(value) < torch.inf:
        return f"it has no value ({value}) for some numbers; narrow the range of its symbols in `where`"
    if before is None:
        return ""
    gap, room = value - before, TOLERANCE * (1 + max(abs(value), abs(before)))
    fits = {"=": abs(gap) <= room, r"\l": gap >= -room, r"\g": gap <= room}[relation[:2]]
    sign = {"=": "is not", r"\l": "is not at most", r"\g": "is not at least"}[relation[:2]]
    return "" if fits else f"the line before is {before:.9g}, and that {sign} {value:.9g}"


# What `where` says.


def statements(where: str) -> Meanings:
    """Return what each name means."""
    trees = [parsed(line, "statement").children[0] for line in where.splitlines() if line.strip()]
    items = [item for tree in trees for item in tree.children if isinstance(item, lark.Tree)]
    heads = [_head(item.children[0]) for item in items]
    functions = set(FUNCTIONS)
    for (name, parameters), item in zip(heads, items, strict=True):
        is_function = parameters or (len(item.children) > 1 and item.children[1] in (":", r"\colon"))
        functions = functions | {name} if is_function else functions - {name}
    reader, meanings, waiting = Reader(functions), {}, []
    for (name, parameters), item in zip(heads, items, strict=True):
        if len(item.children) == 1:
            waiting.append(name)
            continue
        meaning = _meaning(parameters, item, reader)
        key = _head(item.children[2])[0] if str(item.children[0].children[0].data) == "number" else name
        meanings |= dict.fromkeys([*waiting, _middle(item) or key], meaning)
        waiting = []
    if waiting:
        raise Unreadable(f"{waiting[0]} stands there without a meaning; write for example {waiting[0]} > 0")
    return meanings


def functions_of(meanings: Meanings) -> frozenset[str]:
    """Return the names of all functions."""
    ours = {k for k, m in meanings.items() if (m.function if isinstance(m, Domain) else m.parameters)}
    return frozenset((FUNCTIONS - meanings.keys()) | ours)


def _head(tree: lark.Tree) -> tuple[str, tuple[str, ...]]:
    """Return the name on the left of a statement, and its parameters."""
    reader = Reader(frozenset())
    factors = tree.children[0].children[0].children if len(tree.children) == 1 else ()
    if len(factors) == 2 and isinstance(factors[1].children[0], lark.Tree) and factors[1].children[0].data == "round":
        parameters = tuple(each.key for each in reader.items(factors[1].children[0]) if isinstance(each, Name))
    else:
        parameters = ()
    name = reader.named(factors[0])[0] if factors else None
    return (name.key if isinstance(name, Name) else ""), parameters


def _middle(item: lark.Tree) -> str:
    """Return the name in `0 < a < 1`."""
    return _head(item.children[2])[0] if len(item.children) == 5 and item.children[1] not in (":", r"\colon") else ""


def _meaning(parameters: tuple[str, ...], item: lark.Tree, reader: Reader) -> Definition | Domain:
    first, relation, *rest = item.children
    if relation == "=" and len(rest) == 1:
        return Definition(parameters, reader.sum(rest[0]))
    if relation in (":", r"\colon") and len(rest) == 3:
        return _range(rest[2], reader, function=True)
    if relation == r"\in":
        return _range(rest[0], reader)
    if len(rest) == 3:
        return Domain(_number(first, reader), _number(rest[2], reader))
    bound = _number(rest[0], reader)
    above = relation in (">", r"\gt", r"\ge", r"\geq")
    return Domain(bound + 0.2, bound + LARGEST) if above else Domain(bound - LARGEST, bound - 0.2)


def _range(tree: lark.Tree, reader: Reader, *, function: bool = False) -> Domain:
    r"""Return the numbers of `\mathbb{R}`, `\mathbb{N}`, `(0, 1)` or `\{0, 1\}`."""
    text = "".join(str(token) for token in tree.scan_values(lambda token: isinstance(token, lark.Token)))
    if text in (r"\mathbb{N}", r"\mathbb{Z}"):
        return Domain(1, 5, whole=True)
    if text == r"\mathbb{R}":
        return Domain(function=function)
    group = tree.children[0].children[0].children[0].children[0]
    ends = [_value(each) for each in reader.items(group)] if isinstance(group, lark.Tree) else []
    if isinstance(group, lark.Tree) and group.data == "set" and ends:
        return Domain(values=tuple(ends))
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise Unreadable(rf"the range {text} is none of \mathbb{{R}}, \mathbb{{N}}, (0, 1), \{{0, 1\}}")
    (low, high), inside = ends, 0.06
    return Domain(low + inside * (high - low), high - inside * (high - low), function=function)


def _number(tree: lark.Tree, reader: Reader) -> float:
    return _value(reader.sum(tree))


def _value(formula: Formula) -> float:
    if isinstance(formula, Name) and formula.key == r"\infty":
        return LARGEST
    if isinstance(formula, Sum) and formula.terms[0][1] == Name(r"\infty"):
        return -LARGEST
    if isinstance(formula, Several):
        raise Unreadable("a range has two ends")
    return float(evaluate(formula, World(0), {}))
