"""Exercise, case, mistake: the three things a chapter module is written with.

An exercise keeps its stub and its reference as source text, because the text is what a reader sees and what the tests
change one place at a time; the functions in them are found by name.
"""

import ast
import linecache
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ganlab.checks.answer import Answer, Value, first_line_in
from ganlab.checks.expect import Finding, NotWritten
from ganlab.checks.guard import Overrun, forked_randomness, overhearing, seed_all, within
from ganlab.checks.report import FAILED, NOT_RUN, NOT_WRITTEN, PASSED, Report, Result
from ganlab.checks.settings import kept_settings
from ganlab.checks.sketches import Sketches


@dataclass(frozen=True)
class Case:
    """One property of a right answer.

    Parameters
    ----------
    name : str
        Identifies the case within its exercise.
    title : str
        The property in a sentence, as the reader sees it.
    test : callable
        Takes the answers; raises `Finding` if the property does not hold. A text that it returns is shown as a remark.
    points : float
        What the case counts in a grade.
    hint : str
        Shown when the finding has no hint of its own.
    visible : bool
        Whether `check` uses it; a hidden case is for graders only.
    """

    name: str
    title: str
    test: Callable[..., str | None]
    points: float = 1
    hint: str = ""
    visible: bool = True


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer: its source, the misconception behind it, the case that must catch it and what it says.

    Parameters
    ----------
    misconception : str
        Key in the book's lists of errors (E), questions (U) and topics (T).
    title : str
        The mistake in a few words.
    source : str
        A complete wrong answer.
    caught_by : str
        Name of the case that a reader hears of first.
    says : str
        Words that must appear in what the reader is told.
    """

    misconception: str
    title: str
    source: str
    caught_by: str
    says: str


@dataclass(eq=False)
class Exercise:
    """A task of the book with everything needed to pose it, check it and prove the check.

    Parameters
    ----------
    id : str
        The name given to `check`.
    title : str
        The task in a few words.
    stub : str
        What the reader starts from: functions that raise `NotImplementedError`, or values `name = ...`.
    reference : str
        A right answer, complete with its imports.
    seconds : float
        Time limit of all cases together.
    equivalent : dict
        Changes of the reference that leave it right, each with the reason; the keys are written as the mutation test
        prints them.
    goals : sequence of (int, str)
        The sub-goals of the reference in order: how many lines of its function's body serve each, and its words. Only
        for `ganlab.ladders`; a line is a statement, or the head of one.
    """

    id: str
    title: str
    stub: str
    reference: str
    seconds: float = 10.0
    equivalent: dict[str, str] = field(default_factory=dict)
    goals: Sequence[tuple[int, str]] = ()
    cases: list[Case] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stub, self.reference = self.stub.strip() + "\n", self.reference.strip() + "\n"

    def case(self, *, points: float = 1, hint: str = "", visible: bool = True) -> Callable[[Callable], Callable]:
        """Add the decorated function as a case; its docstring states the property."""

        def add(test: Callable[..., str | None]) -> Callable[..., str | None]:
            title = test.__doc__.strip().splitlines()[0]
            self.cases.append(Case(test.__name__, title, test, points, hint, visible))
            return test

        return add

    def mistake(self, misconception: str, title: str, *edits: tuple[str, str], caught_by: str, says: str) -> None:
        """Add the wrong answer that results from replacing parts of the reference.

        Parameters
        ----------
        misconception, title, caught_by, says : str
            See `Mistake`.
        *edits : pairs of str
            What stands in the reference, once, and what stands in the mistake.

        Raises
        ------
        ValueError
            If a part is not in the reference exactly once.
        """
        source = self.reference
        for right, wrong in edits:
            if source.count(right) != 1:
                raise ValueError(f"{self.id}: {right!r} must stand in the reference exactly once, to be replaced")
            source = source.replace(right, wrong)
        self.mistakes.append(Mistake(misconception, title, source, caught_by, says))

    @property
    def names(self) -> tuple[str, ...]:
        """The functions and values that the stub asks for, in order."""
        return tuple(name for node in ast.parse(self.stub).body for name in _defined(node))

    @property
    def visible(self) -> list[Case]:
        """The cases that `check` uses."""
        return [case for case in self.cases if case.visible]

    @property
    def out_of(self) -> float:
        """What all cases count together, hidden ones included."""
        return float(sum(case.points for case in self.cases))

    def solve(self, source: str) -> tuple[Any, ...]:
        """Run `source` in a fresh namespace and return what the exercise asks for.

        Parameters
        ----------
        source : str
            Python code that defines the names of the stub, such as `exercise.reference`.

        Returns
        -------
        tuple
            The answers, ready for `run`.
        """
        filename = f"<{self.id}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        namespace: dict[str, Any] = {"__name__": self.id}
        exec(compile(source, filename, "exec"), namespace)
        return tuple(namespace[name] for name in self.names)

    def run(self, *answers: Any, seed: int = 0, cases: Sequence[Case] | None = None) -> Report:
        """Try the answers on the cases; print nothing, raise nothing for a wrong answer, leave no trace.

        Parameters
        ----------
        *answers : Any
            One for each of `names`.
        seed : int
            Seeds the random numbers of every case.
        cases : sequence of Case
            By default all, hidden ones included.

        Returns
        -------
        Report
            One result a case, in order.

        Raises
        ------
        ValueError
            If the number of answers is wrong.
        """
        if len(answers) != len(self.names):
            asked = ", ".join(self.names)
            raise ValueError(
                f"{self.id} asks for {asked}: got {len(answers)} answers, expected {len(self.names)}; "
                f'write check("{self.id}", {asked})'
            )
        cases = self.cases if cases is None else cases
        results: list[Result] = []
        sketches = Sketches()
        with forked_randomness(), kept_settings(), sketches.collected(), overhearing() as heard:
            trials = (self._trial(case, answers, sketches, seed) for case in cases)
            overrun = within(self.seconds, lambda: _collect(results, trials))
        if overrun is not None and len(results) < len(cases):
            line = first_line_in(answers, overrun.frames)
            results.append(_endless(cases[len(results)], self.seconds, overrun, line))
        results += [_result(case, NOT_RUN) for case in cases[len(results) :]]
        return Report(self.id, self.title, results, heard.text, heard.lines, heard.warned)

    def _trial(self, case: Case, answers: Sequence[Any], sketches: Sketches, seed: int) -> Result:
        """Try one case from a fresh start, which the case before cannot have changed."""
        seed_all(seed)
        with kept_settings():
            return self._try(case, answers, sketches)

    def _try(self, case: Case, answers: Sequence[Any], sketches: Sketches) -> Result:
        try:
            pairs = zip(self._asked(), answers, strict=True)
            ready = [ask.ready(answer, sketches.first_only) for ask, answer in pairs]
            return _result(case, PASSED, remark=case.test(*ready) or "")
        except NotWritten as stub:
            return _result(case, NOT_WRITTEN, hint=str(stub))
        except Finding as found:
            hint = found.hint or case.hint
            return _result(case, FAILED, saw=found.saw, expected=found.expected, hint=hint, line=found.line)
        except Exception as error:  # an answer so unusual that the case itself stumbles over it
            saw = f"the check could not make sense of your answer ({type(error).__name__}: {error})"
            return _result(case, FAILED, saw=saw, hint=case.hint)

    def _asked(self) -> list[Answer | Value]:
        body = ast.parse(self.stub).body
        return [
            Answer(name, tuple(a.arg for a in node.args.args)) if isinstance(node, ast.FunctionDef) else Value(name)
            for node in body
            for name in _defined(node)
        ]


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    return [target.id for target in node.targets] if isinstance(node, ast.Assign) else []


def _result(case: Case, status: str, **found: str) -> Result:
    return Result(case.name, case.title, case.points, status, **found)


def _collect(results: list[Result], trials: Iterable[Result]) -> None:
    """Fill `results` as it goes, so that they are there even if the time runs out."""
    for result in trials:
        results.append(result)
        if result.status == NOT_WRITTEN:
            break


#: How it begins what a check saw of an answer that did not end.
STILL_RUNNING = "your code was still running after"

_STOPPED = (
    "and was stopped",
    "Is there a loop whose condition never becomes false? If the notebook stays slow, restart the kernel.",
)
_LEFT_BEHIND = (
    "and could not be stopped: it goes on in the background",
    "One long call, such as a sleep, ends only by itself, and a bare `except:` catches the stop as well. "
    "Restart the kernel to be rid of it.",
)


def _endless(case: Case, seconds: float, overrun: Overrun, line: str) -> Result:
    end, hint = _STOPPED if overrun.stopped else _LEFT_BEHIND
    saw = f"{STILL_RUNNING} {seconds:g} seconds {end}"
    return _result(case, FAILED, saw=saw, expected="an answer within a second or so", hint=hint, line=line)
