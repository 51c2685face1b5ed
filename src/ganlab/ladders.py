"""Ladders: help in steps with an exercise, made from its reference and its mistakes.

Four rungs lead from a worked answer to the blank cell: *read* it with its sub-goals named, put its lines in *order*,
*fill* one gap, *write*. Nothing is told twice. The lines are those of the reference; wrong lines and gaps are the
one-line differences between it and its mistakes; what is said about them is what the check says; which orders are
right is found by running them. Only the sub-goals are words of their own, `Exercise.goals`.

References
----------
Parsons and Haden (2006), Parson's Programming Puzzles: A Fun and Effective Learning Tool for First Programming Courses.
Morrison, Margulieux, Ericson and Guzdial (2016), Subgoals Help Students Solve Parsons Problems.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache
from hashlib import sha256
from io import StringIO
from textwrap import dedent, wrap
from tokenize import NEWLINE, TokenInfo, generate_tokens

from ganlab.checks import Exercise, Mistake, Result
from ganlab.exercises import load

FEWEST = 5  # lines of an answer that is worth a ladder
MOST_WRONG = 4  # wrong lines to choose from
MOST_CHOICES = 4  # lines for one gap
_WIDTH = 76  # of a comment, to fit the column of the page
_GAP = "____"
_STAND_INS = ("pass", "if True:")
_PATIENCE = 600.0  # seconds for a case: no order of lines runs for ever, and a busy machine must not make one wrong
_COUNTS = ("No", "One", "Two", "Three", "Four")


@dataclass(frozen=True)
class Body:
    """The function that an answer consists of: what stands above its body, and the lines of the body.

    A line is a whole statement, or the head of one such as `for …:`, with its indentation. Of two loops or other
    blocks side by side, which might change places as wholes, each is one line.
    """

    head: str
    lines: tuple[str, ...]

    @property
    def signature(self) -> str:
        """The line that begins with `def`."""
        return self.head[self.head.index("def ") :].partition(":\n")[0] + ":"

    def source(self, order: Sequence[int]) -> str:
        """Return the answer with its lines in another order, by their numbers from 0."""
        return self.with_lines([self.lines[i] for i in order])

    def with_lines(self, lines: Sequence[str]) -> str:
        """Return the answer with other lines."""
        return self.head + "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Slip:
    """A mistake in one line: at `place` the lines `right` are replaced by `wrong`; either may be empty."""

    mistake: Mistake
    place: int
    right: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class Ladder:
    """The first three rungs: a worked answer, and two questions as `ganlab.labs.Quiz` takes them.

    Attributes
    ----------
    read : str
        Python: the reference, each sub-goal a comment above its lines.
    order : str
        A question of the kind "arranging": the lines, shuffled among wrong ones.
    gapped : str
        Python: the function with one line missing.
    fill : str
        A question of the kind "single": which line fills the gap.
    keys : str
        The misconceptions behind the wrong lines, such as "T14, U6".
    """

    read: str
    order: str
    gapped: str
    fill: str
    keys: str


@cache
def ladder(name: str) -> Ladder:
    """Return the ladder of an exercise of the book.

    Parameters
    ----------
    name : str
        The id of an exercise, a key of `ganlab.exercises.EXERCISES`.

    Raises
    ------
    ValueError
        If there is no such exercise, or if it has no ladder: `build` says why.

    Examples
    --------
    >>> print(ladder("euler_sampler").gapped)
    def euler_sampler(v, z, passes):
        x, h = z, 1 / passes
        for step in range(passes):
            ____
            x = x + h * v(x, t)
        return x
    """
    return build(load(name))


def build(exercise: Exercise) -> Ladder:
    """Return the ladder of any exercise that has goals.

    Parameters
    ----------
    exercise : Exercise
        Its reference is one function with at least `FEWEST` lines, its `goals` go through all of them.

    Raises
    ------
    ValueError
        If the answer is no single function, has too few lines, or if the goals do not cover them.
    """
    body = body_of(exercise.reference)
    if len(body.lines) < FEWEST:
        raise ValueError(f"{exercise.id}: {len(body.lines)} lines need no ladder; it begins at {FEWEST}")
    if (counted := sum(count for count, _ in exercise.goals)) != len(body.lines):
        raise ValueError(f"{exercise.id}: its goals cover {counted} lines, its reference has {len(body.lines)}")
    wrong, gap = wrong_lines(exercise), gap_of(exercise)
    keys = dict.fromkeys(slip.mistake.misconception for slip in (*wrong, *gap))
    return Ladder(_read(exercise), _order(exercise, wrong), _gapped(body, gap), _fill(exercise, gap), ", ".join(keys))


# Lines.


@cache
def body_of(source: str) -> Body:
    """Take an answer apart.

    Parameters
    ----------
    source : str
        Python: imports, if any, and one function.

    Raises
    ------
    ValueError
        If it does not end with its only function.

    Examples
    --------
    >>> body_of("def f(x):\\n    for i in x:\\n        print(i)\\n").lines
    ('    for i in x:', '        print(i)')
    """
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if len(functions) != 1 or functions[0] is not tree.body[-1]:
        raise ValueError("a ladder needs an answer that ends with its only function")
    told = int(ast.get_docstring(functions[0]) is not None)
    first = functions[0].body[told].lineno if len(functions[0].body) > told else len(source.splitlines()) + 1
    lines = source.splitlines()
    whole = dict(_side_by_side(functions[0]))
    kept: list[tuple[int, int]] = []
    for a, b in _statements(source):
        if a >= first and not (kept and a <= kept[-1][1]):
            kept.append((a, whole.get(a, b)))
    head = "".join(f"{line}\n" for line in lines[: first - 1])
    return Body(head, tuple("\n".join(lines[a - 1 : b]) for a, b in kept))


def _side_by_side(function: ast.FunctionDef) -> Iterator[tuple[int, int]]:
    """Yield the first and the last line of each block that has another one beside it."""
    for node in ast.walk(function):
        for suite in (getattr(node, "body", []), getattr(node, "orelse", [])):
            blocks = [each for each in suite if hasattr(each, "body")] if isinstance(suite, list) else []
            if len(blocks) > 1:
                yield from ((each.lineno, each.end_lineno or each.lineno) for each in blocks)


def _statements(source: str) -> Iterator[tuple[int, int]]:
    """Yield the first and the last physical line of each logical one; comments and empty lines are none."""
    line: list[TokenInfo] = []
    for token in generate_tokens(StringIO(source).readline):
        if token.type == NEWLINE:
            yield line[0].start[0], token.start[0]
            line = []
        elif token.string.strip() and not token.string.startswith("#"):
            line.append(token)


def slips(exercise: Exercise) -> list[Slip]:
    """Return the mistakes that differ from the reference in one line: another one, one too many, or one missing."""
    return [slip for mistake in exercise.mistakes for slip in _slips(body_of(exercise.reference), mistake)]


def _slips(body: Body, mistake: Mistake) -> Iterator[Slip]:
    try:
        other = body_of(mistake.source)
    except ValueError:  # more functions than one: no slip
        return
    if other.head != body.head:
        return
    changes = SequenceMatcher(None, body.lines, other.lines, autojunk=False).get_opcodes()
    changes = [change for change in changes if change[0] != "equal"]
    if len(changes) == 1:
        _, i, end, j, other_end = changes[0]
        if max(end - i, other_end - j) == 1:
            yield Slip(mistake, i, body.lines[i:end], other.lines[j:other_end])


def wrong_lines(exercise: Exercise) -> list[Slip]:
    """Return the wrong lines to choose from: of different places first, and rather another line than one too many."""
    right = body_of(exercise.reference).lines
    most = min(MOST_WRONG, (len(right) + 1) // 2)
    usable = _distinct([slip for slip in slips(exercise) if _can_be_chosen(slip) and slip.wrong[0] not in right])
    seen: list[int] = []
    ranked = []
    for slip in usable:
        ranked.append((not slip.right, seen.count(slip.place), len(ranked), slip))
        seen.append(slip.place)
    return [slip for *_, slip in sorted(ranked, key=lambda each: each[:3])][:most]


def gap_of(exercise: Exercise) -> list[Slip]:
    """Return the slips in the line where most of them happen; that line becomes the gap."""
    replaced = [slip for slip in slips(exercise) if slip.right and _can_be_chosen(slip)]
    replaced = [slip for slip in replaced if not any("\n" in line for line in (*slip.right, *slip.wrong))]
    places = [slip.place for slip in replaced]
    return _distinct([slip for slip in replaced if slip.place == max(places, key=places.count)])[: MOST_CHOICES - 1]


def _can_be_chosen(slip: Slip) -> bool:
    """Tell whether there is a wrong line that somebody would write; `pass` only stands for one left out."""
    return bool(slip.wrong) and slip.wrong[0].strip() not in _STAND_INS


def _distinct(found: Sequence[Slip]) -> list[Slip]:
    return list({slip.wrong: slip for slip in reversed(found)}.values())[::-1]


# Orders.


def prerequisites(exercise: Exercise) -> list[dict[int, Result | None]]:
    """Return for each line the lines that must stand above it, with what fails if they do not.

    Two lines are tried in the other order, next to each other, wherever that is not excluded by lines in between. So
    an order is right exactly if each line stands below its prerequisites; a test compares that with running.

    Parameters
    ----------
    exercise : Exercise
        Its reference is one function.

    Returns
    -------
    list of dict
        One dictionary a line; its keys are the numbers of lines, from 0, its values the first result that fails, or
        None where the order is not even Python. What follows from other prerequisites is left out.
    """
    body = body_of(exercise.reference)
    above: list[set[int]] = [set() for _ in body.lines]
    direct: list[dict[int, Result | None]] = [{} for _ in body.lines]
    for distance in range(1, len(body.lines)):
        for late in range(distance, len(body.lines)):
            early = late - distance
            if any(early in above[between] for between in above[late]):
                above[late].add(early)
                continue
            passes, problem = _tried(exercise, body.source(_exchanged(early, late, above)))
            if not passes:
                above[late].add(early)
                direct[late][early] = problem
    return direct


def _exchanged(early: int, late: int, above: Sequence[set[int]]) -> list[int]:
    """Return all lines in an order that differs from a right one only in these two, which are neighbours."""
    between = range(early + 1, late)
    first = [k for k in between if early not in above[k]]
    then = [k for k in between if early in above[k]]
    return [*range(early), *first, late, early, *then, *range(late + 1, len(above))]


def _tried(exercise: Exercise, source: str) -> tuple[bool, Result | None]:
    """Return whether an answer passes, and if not, what fails."""
    try:
        answers = exercise.solve(source)
    except SyntaxError:
        return False, None
    patient = replace(exercise, seconds=_PATIENCE)
    problems = (patient.run(*answers, cases=[case]).problem for case in exercise.cases)
    problem = next(filter(None, problems), None)
    return problem is None, problem


# Rungs.


def _read(exercise: Exercise) -> str:
    body = body_of(exercise.reference)
    rest = iter(body.lines)
    text = body.head
    for number, (count, goal) in enumerate(exercise.goals, 1):
        lines = [next(rest) for _ in range(count)]
        comment = f"{lines[0][: _depth(lines[0])]}# "
        text += "" if text.rstrip().endswith((":", '"""')) else "\n"
        said = wrap(f"{number}. {goal}", _WIDTH, initial_indent=comment, subsequent_indent=f"{comment}   ")
        text += "".join(f"{line}\n" for line in (*said, *lines))
    return text.rstrip()


def _order(exercise: Exercise, wrong: Sequence[Slip]) -> str:
    body, needed = body_of(exercise.reference), prerequisites(exercise)
    wrong_ones = "lines are typical mistakes and do" if len(wrong) > 1 else "line is a typical mistake and does"
    count = f"{_COUNTS[len(wrong)]} {wrong_ones}"
    prompt = f"Make the body of `{body.signature}` from these lines. {count} not belong."
    options = [
        _option(
            f"{i + 1} after {' '.join(str(k + 1) for k in sorted(needed[i])) or 0}", line, _reason(exercise, needed, i)
        )
        for i, line in enumerate(body.lines)
    ]
    options += [_option(" ", slip.wrong[0], told(exercise, slip.mistake)) for slip in wrong]
    return "\n".join([prompt, "", *options])


def _gapped(body: Body, gap: Sequence[Slip]) -> str:
    lines = list(body.lines)
    place = gap[0].place
    lines[place] = lines[place][: _depth(lines[place])] + _GAP
    return "\n".join([body.signature, *lines])


def _fill(exercise: Exercise, gap: Sequence[Slip]) -> str:
    choices = [_option("x", gap[0].right[0].strip(), "")]
    choices += [_option(" ", slip.wrong[0].strip(), told(exercise, slip.mistake)) for slip in gap]
    choices.sort(key=lambda text: sha256(text.encode()).digest())
    return "\n".join(["Which line fills the gap?", "", *choices])


def _option(mark: str, code: str, reason: str) -> str:
    written = f"- [{mark}] `{code}`" if "\n" not in code else f"- [{mark}]\n  ```\n" + _shifted(code) + "\n  ```"
    return f"{written}\n  : {reason}" if reason else written


def _shifted(code: str) -> str:
    return "\n".join(f"  {line}" for line in code.splitlines())


# Words.


def told(exercise: Exercise, mistake: Mistake) -> str:
    """Return in Markdown what a mistake is called, which check fails, and the hint that goes with it."""
    return f"**{_capital(markdown(mistake.title))}.** {_failing(_tried(exercise, mistake.source)[1])}"


def _failing(problem: Result | None) -> str:
    assert problem is not None  # a mistake is Python, and is caught
    return f"This check fails: “{markdown(problem.title)}” {markdown(problem.hint)}".rstrip()


def _reason(exercise: Exercise, needed: Sequence[dict[int, Result | None]], late: int) -> str:
    """Say why a line cannot come earlier, and what it would mean to leave it out."""
    moved = _moved(exercise, needed)
    said = []
    for early, problem in sorted(needed[late].items()):
        mistake = moved.get((early, late))
        said.append(
            told(exercise, mistake) if mistake else _waits(exercise, early, late) or _clash(exercise, early, problem)
        )
    left_out = [slip.mistake for slip in slips(exercise) if slip.place == late and not slip.wrong]
    said += [f"Without it: {told(exercise, mistake)}" for mistake in left_out[:1]]
    return " ".join(said)


def _waits(exercise: Exercise, early: int, late: int) -> str:
    """Say what of the upper line the lower one needs, if that can be read off the code."""
    lines = body_of(exercise.reference).lines
    upper, lower = lines[early].strip(), lines[late].strip()
    cited = _cited(upper)
    if lines[early].endswith(":") and _depth(lines[late]) > _depth(lines[early]):
        return f"It belongs inside {cited}."
    names = sorted(_made(upper) & _used(lower))
    if names:
        return f"It uses {' and '.join(f'`{name}`' for name in names)} from the line {cited}."
    if _depth(lines[late]) < _depth(lines[early]):
        return f"The block with {cited} has to be complete before it."
    return ""


def _clash(exercise: Exercise, early: int, problem: Result | None) -> str:
    upper = _cited(body_of(exercise.reference).lines[early])
    otherwise = f"; otherwise this check fails: “{markdown(problem.title)}”" if problem else "."
    return f"It has to come after {upper}{otherwise}"


def _moved(exercise: Exercise, needed: Sequence[dict[int, Result | None]]) -> dict[tuple[int, int], Mistake]:
    """Return the mistakes that only move lines, by the first two lines that they exchange."""
    right = body_of(exercise.reference)
    found: dict[tuple[int, int], Mistake] = {}
    for mistake in exercise.mistakes:
        body = body_of(mistake.source)
        if body.head == right.head and body.lines != right.lines and sorted(body.lines) == sorted(right.lines):
            order = [right.lines.index(line) for line in body.lines]
            pairs = (
                (early, late) for at, late in enumerate(order) for early in sorted(needed[late]) if early in order[at:]
            )
            found.setdefault(next(pairs), mistake)
    return found


def _cited(line: str) -> str:
    first, *more = line.strip().splitlines()
    return f"`{first}`" + " …" * bool(more)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _parsed(line: str) -> ast.Module:
    return ast.parse(dedent(line) + (" pass" if line.endswith(":") else ""))


def _made(line: str) -> set[str]:
    names = {
        node.id for node in ast.walk(_parsed(line)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names | {node.name for node in ast.walk(_parsed(line)) if isinstance(node, ast.FunctionDef)}


def _used(line: str) -> set[str]:
    return {
        node.id for node in ast.walk(_parsed(line)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def markdown(text: str) -> str:
    """Return the words of a check as Markdown: emphasis and code stay, what would be markup by accident does not.

    Examples
    --------
    >>> print(markdown("where p_g is *largest*, in [0, 1]"))
    where p\\_g is *largest*, in \\[0, 1\\]
    """
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if i % 2 else re.sub(r"([\\_\[\]$<])", r"\\\1", part) for i, part in enumerate(parts))
