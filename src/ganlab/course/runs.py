"""Runs: a run of a lab that a student hands in, replayed by the grader.

A lab's link holds the settings that a run began with and what was done since. The labs compute alike everywhere, to
the last bit, so the link is the run: `replay` does it again in Node with the bundle that this package ships, and what
is measured comes from that replay. A link can claim nothing: the weights that the link of a long run carries, for
those who would not wait, are not looked at.

A link is text from outside. What the lab does not admit refuses all of it, it may not be long, and its replay is
limited in steps and in time. Nothing of a student's code runs: of an answer only a text in quotes is read.
"""

import ast
import json
import math
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ganlab.arguments import TEXT, number, takes
from ganlab.checks.exercise import Case, Exercise
from ganlab.checks.report import FAILED, NOT_RUN, NOT_WRITTEN, PASSED
from ganlab.course.records import NEEDS_LOOK, NOT_ATTEMPTED, CaseResult, Scored, one_line
from ganlab.course.statements import READING
from ganlab.course.variants import Draw

SCRIPT = Path(__file__).parents[1] / "static" / "replay.mjs"
OLDEST_NODE = 20
LONGEST_LINK, LONGEST_SOURCE = 20_000, 200_000
MOST_ACTIONS = 100_000
_BESIDE = 1000  # actions and changes that a run may have beside its steps
_MEMORY_MB = 512
_PATIENCE = 20  # how much longer than its own work a process may take on a busy machine


class LinkRefused(ValueError):
    """A link that is no run of a lab; the message says what is wrong with it."""


class CannotReplay(RuntimeError):
    """The replay did not take place or did not end; this says nothing about the link."""


class Look(NamedTuple):
    """What a lab measured at a step; None where it is no number."""

    step: int
    measured: Mapping[str, float | None]


@dataclass(frozen=True)
class Run:
    """A run that was replayed.

    Parameters
    ----------
    lab : str
        Name of the lab, such as `gan-lab-2d`.
    seed : int
        0 where chance plays no part.
    settings : mapping
        All of them, as they were at step 0.
    changes : tuple of pairs
        Settings that were changed later, in order, with their new values.
    actions : mapping
        How often each button was pressed; playing presses `step`.
    step : int
        The last step.
    measured : mapping
        The lab's metrics at the last step: `modes` and `good` (the share of samples near a mode) in the plane, `mu`,
        `sigma` and `kl` on a line, `radius_simultaneous` and `radius_alternating` in the Dirac-GAN, and others.
    looks : tuple of Look
        What was measured on the way.
    state : mapping
        The lab's whole state at the end, weights included.
    """

    lab: str
    seed: int
    settings: Mapping[str, Any]
    changes: tuple[tuple[str, Any], ...]
    actions: Mapping[str, int]
    step: int
    measured: Mapping[str, float | None]
    looks: tuple[Look, ...]
    state: Mapping[str, Any]


@takes(link=TEXT, seconds=number(above=0))
def replay(link: str, *, lab: str | None = None, seconds: float = 60, most: int = MOST_ACTIONS, every: int = 50) -> Run:
    """Do the run of a link again, in Node, with the labs that this package ships.

    Parameters
    ----------
    link : str
        What the button *Link* of a lab gives; only what follows `#lab=` counts.
    lab : str, optional
        The lab that was asked for; without it, the link must be of one lab that trains.
    seconds : float
        Time of the processor after which the replay is ended; a clock on the wall ends what takes 20 times as long.
    most : int
        Most steps and changes of settings that are replayed.
    every : int
        Number of steps between two looks.

    Returns
    -------
    Run
        What was set, what was done, and what came of it.

    Raises
    ------
    LinkRefused
        If the link is no run of the lab: too long, of another lab, with a setting that is not known or out of range.
    CannotReplay
        If there is no Node of version 20 or later, or if the time is over.

    Examples
    --------
    >>> replay("#lab=" + "x" * 30_000)
    Traceback (most recent call last):
    ganlab.course.runs.LinkRefused: The link has 30005 characters; at most 20000 are read.
    """
    link = link.strip()
    if len(link) > LONGEST_LINK:
        raise LinkRefused(f"The link has {len(link)} characters; at most {LONGEST_LINK} are read.")
    request = {"link": link, "most": most, "every": every, "seconds": seconds} | ({"lab": lab} if lab else {})
    answer = _ask(json.dumps(request), _PATIENCE * seconds)
    if "late" in answer:
        raise CannotReplay(f"its replay takes more than {seconds:g} seconds")
    if "refused" in answer:
        raise LinkRefused(one_line(" ".join(answer["refused"][:3])))
    return _run(answer["run"])


def _run(told: Mapping[str, Any]) -> Run:
    actions: dict[str, int] = {}
    for entry in told["log"]:
        if "action" in entry:
            actions[entry["action"]] = actions.get(entry["action"], 0) + entry["count"]
    changes = tuple((entry["key"], entry["value"]) for entry in told["log"] if "key" in entry)
    state = told["state"]
    looks = tuple(Look(look["step"], look["metrics"]) for look in told["looks"])
    return Run(
        told["lab"], told["seed"], told["start"], changes, actions, state["step"], state["metrics"], looks, state
    )


# Node.


def node() -> str:
    """Return the path of a Node that can replay a link.

    Raises
    ------
    CannotReplay
        If there is none.
    """
    path = shutil.which("node")
    found = _version(path) if path else 0
    if not path or found < OLDEST_NODE:
        here = f"here is version {found}" if found else "none is installed here"
        raise CannotReplay(f"a link is replayed with Node {OLDEST_NODE} or later, and {here} (https://nodejs.org)")
    return path


@cache
def _version(path: str) -> int:
    """Return the main version of a Node, 0 if it does not say."""
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return 0
    found = re.match(r"v(\d{1,4})\.", said)
    return int(found[1]) if found else 0


def _ask(request: str, seconds: float) -> dict[str, Any]:
    """Return what the script says; Node is killed after so many seconds, whatever it does."""
    command = [node(), f"--max-old-space-size={_MEMORY_MB}", str(SCRIPT)]
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("NODE_")}
    try:
        done = subprocess.run(
            command, input=request, capture_output=True, encoding="utf-8", timeout=seconds, env=quiet, check=True
        )
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise CannotReplay(f"its replay did not end within {seconds:g} seconds") from None
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise CannotReplay(f"Node could not replay it: {one_line(last[0])}") from None
    except OSError as error:
        raise CannotReplay(f"Node cannot be started: {error.strerror}") from None
    except ValueError:  # what it says is no JSON, or no text
        raise CannotReplay("Node could not replay it: its answer cannot be read") from None


# What a task asks of a run.


@dataclass(frozen=True)
class Goal:
    """What has to hold at the end of a run.

    Parameters
    ----------
    name : str
        Of its case.
    title : str
        The goal in a sentence.
    metric : str
        What is measured, as in `Run.measured`.
    unit : str
        Words for a number of it, after the number.
    least, most : float
        The range that is asked for.
    points : float
        What it counts.
    hint : str
        Shown to who misses it.
    """

    name: str
    title: str
    metric: str
    unit: str
    least: float = -math.inf
    most: float = math.inf
    points: float = 1
    hint: str = ""

    @property
    def wanted(self) -> str:
        """The range in words."""
        if math.isinf(self.most):
            return f"at least {self.least:g} {self.unit}"
        return f"at most {self.most:g} {self.unit}"

    def holds(self, look: Look) -> bool:
        """Tell whether it holds at a look; what is no number does not."""
        value = look.measured.get(self.metric)
        return value is not None and self.least <= value <= self.most

    def seen(self, look: Look) -> str:
        """Return what was measured, in words."""
        value = look.measured.get(self.metric)
        return f"at step {look.step} " + ("there is no number" if value is None else f"{value:.3g} {self.unit}")


@dataclass(frozen=True)
class RunTask:
    """A task that is answered by a run of a lab.

    Parameters
    ----------
    id, chapter, title, text : str
        As in `ganlab.course.assignments.Task`.
    draw : Draw
        What the seed and the numbers were drawn from.
    lab : str
        Name of the lab.
    seed : int
        The seed that the run must have; 0 where chance plays no part.
    fixed : mapping
        Settings that must have these values from the first step to the last.
    within : int
        Most steps.
    goals : tuple of Goal
        What must hold at the end.
    held : int
        Number of last steps through which it must hold, too, at every look.
    every : int
        Number of steps between two looks.
    solution : str
        A link that reaches all goals.
    """

    id: str
    chapter: str
    title: str
    text: str
    draw: Draw
    lab: str
    fixed: Mapping[str, Any]
    within: int
    goals: tuple[Goal, ...]
    solution: str
    seed: int = 0
    held: int = 0
    every: int = 50

    @property
    def name(self) -> str:
        """The variable that holds the link."""
        return f"{self.id}_link"

    @property
    def out_of(self) -> float:
        """What all goals count together."""
        return sum(goal.points for goal in self.goals)

    @property
    def exercise(self) -> Exercise:
        """The task in the form that notebooks and `graft` read: a stub, a reference and cases with points.

        Its cases cannot be run; `judge_run` decides them.
        """
        stub = f'{self.name} = ""  # between the quotes: the link of your run'
        cases = [Case(name, title, _by_replay, points, hint) for name, title, points, hint in self.rows()]
        return Exercise(self.id, self.title, stub, f'{self.name} = "{self.solution}"', cases=cases)

    def rows(self) -> Iterator[tuple[str, str, float, str]]:
        """Yield name, title, points and hint of each case: first what every run must be, then the goals."""
        yield "replays", "It is the link of a run that the lab can replay", 0, _LINK_HINT
        yield "own", "The run has the seed of the task", 0, "Another seed is another run: set yours, and run again."
        yield "settings", "The settings that the task fixes are kept from the first step to the last", 0, _FIXED_HINT
        yield "in_time", f"It takes at most {self.within} steps", 0, "Press Reset, and stop earlier."
        for goal in self.goals:
            yield goal.name, goal.title, goal.points, goal.hint


_LINK_HINT = "Press Link below the lab when the run is where you want it, and paste what it gives, whole."
_FIXED_HINT = "Also a change that is taken back belongs to the run. Press Reset and begin again with these settings."


def _by_replay(*_: Any) -> None:
    raise NotImplementedError("a run is judged by ganlab.course.runs.judge_run")


# The mark.


class _Miss(Exception):
    """A case fails: what was seen and what was expected."""

    def __init__(self, saw: str, expected: str) -> None:
        super().__init__(saw)
        self.saw, self.expected = saw, expected


def judge_run(source: str, task: RunTask, *, seconds: float = 60) -> Scored:
    """Return what a run that was handed in is worth.

    Parameters
    ----------
    source : str
        Source text of the answer, such as `graft` finds it. It is parsed, not run.
    task : RunTask
        What was asked.
    seconds : float
        Time of the processor after which the replay is ended.

    Returns
    -------
    Scored
        The goals count if the run is the one that was asked for. Where no replay took place, no case was run and
        the note begins with `NEEDS_LOOK`: the mark is up to a person. It raises nothing for anything in `source`.
    """
    try:
        link = link_in(source, task.name)
    except _Miss as miss:
        return _scored(task, {"replays": miss})
    if not link:
        rows = tuple(_case(row, NOT_WRITTEN) for row in task.rows())
        return Scored(task.id, task.title, 0.0, task.out_of, rows, note=NOT_ATTEMPTED)
    most = task.within + _BESIDE
    try:
        run = replay(link, lab=task.lab, seconds=seconds, most=most, every=task.every)
    except LinkRefused as refused:
        return _scored(task, {"replays": _Miss(str(refused), f"a link of {task.lab}")})
    except CannotReplay as why:
        rows = tuple(_case(row, NOT_RUN) for row in task.rows())
        return Scored(task.id, task.title, 0.0, task.out_of, rows, note=f"{NEEDS_LOOK}: {why}")
    return _scored(task, dict(_misses(run, task)))


def link_in(source: str, name: str) -> str:
    """Return the text that an answer binds to a name, the last one if there are several; nothing if there is none."""
    if len(source) > LONGEST_SOURCE:
        raise _Miss(f"the answer has {len(source)} characters", "a link in quotes")
    try:
        with READING:
            body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _Miss("Python cannot read the answer", f'{name} = "…", with the link between the quotes') from None
    bound = [node.value for node in body if name in _targets(node) and node.value is not None]
    if not bound:
        return ""
    try:
        link = ast.literal_eval(bound[-1])
    except (ValueError, TypeError, RecursionError, MemoryError):
        link = None
    if not isinstance(link, str):
        raise _Miss(f"{name} is no text in quotes", f'{name} = "…", with the link between the quotes')
    return link.strip()


def _targets(node: ast.stmt) -> list[str]:
    """Return the names that a statement of the form `name = value` or `name: type = value` binds."""
    targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
    return [target.id for target in targets if isinstance(target, ast.Name) and not isinstance(node, ast.Delete)]


def _misses(run: Run, task: RunTask) -> Iterator[tuple[str, _Miss]]:
    """Yield the cases that fail, by name; goals are looked at only if the run is the one that was asked for."""
    checks = (("own", _seed_misses), ("settings", _setting_misses), ("in_time", _time_misses))
    for name, check in checks:
        for saw, expected in check(run, task):
            yield name, _Miss(saw, expected)
            return
    for goal in task.goals:
        if miss := missed(goal, run, task):
            yield goal.name, miss


def _seed_misses(run: Run, task: RunTask) -> Iterator[tuple[str, str]]:
    if run.seed != task.seed:
        yield f"seed = {run.seed}", f"seed = {task.seed}"


def _setting_misses(run: Run, task: RunTask) -> Iterator[tuple[str, str]]:
    for key, wanted in task.fixed.items():
        later = [value for changed, value in run.changes if changed == key]
        for value, when in [(run.settings[key], "at the start"), *((value, "later in the run") for value in later)]:
            if value != wanted:
                yield f"{key} = {value} {when}", f"{key} = {wanted} throughout"
    if other := sorted(set(run.actions) - {"step", "sub"}):
        yield f"players moved one at a time ({', '.join(other)})", "whole steps, by Step or Play"


def _time_misses(run: Run, task: RunTask) -> Iterator[tuple[str, str]]:
    if run.step > task.within:
        yield f"{run.step} steps", f"at most {task.within}"
    if run.step <= task.held:
        yield f"{run.step} steps", f"more than {task.held}, through which the goals must hold"


def missed(goal: Goal, run: Run, task: RunTask) -> _Miss | None:
    """Return how a run misses a goal: at its end, or else at the last look at which it does; None if it does not."""
    looks = [look for look in run.looks if run.step - task.held <= look.step < run.step]
    for look in (Look(run.step, run.measured), *reversed(looks)):
        if not goal.holds(look):
            since = f" in each of the last {task.held} steps" if task.held else ""
            return _Miss(goal.seen(look), goal.wanted + since)
    return None


def _scored(task: RunTask, misses: Mapping[str, _Miss]) -> Scored:
    """Return the record; after a run that is not the one asked for, nothing further is decided."""
    rows: list[CaseResult] = []
    goals = {goal.name for goal in task.goals}
    decided = True
    for row in task.rows():
        miss = misses.get(row[0])
        status = NOT_RUN if not decided else FAILED if miss else PASSED
        rows.append(_case(row, status, miss))
        decided = decided and (miss is None or row[0] in goals)
    points = sum(row.points for row in rows if row.status == PASSED)
    return Scored(task.id, task.title, points, task.out_of, tuple(rows))


def _case(row: tuple[str, str, float, str], status: str, miss: _Miss | None = None) -> CaseResult:
    name, title, points, hint = row
    if miss is None:
        return CaseResult(name, title, points, status, hidden=False)
    return CaseResult(name, title, points, status, hidden=False, saw=miss.saw, expected=miss.expected, hint=hint)
