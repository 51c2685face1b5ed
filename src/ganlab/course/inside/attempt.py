"""Attempt: one answer, run and tried on the cases, in a process of its own that ends afterwards.

Nothing here is a class and nothing is kept in a module: an answer finds both.
"""

import functools
import json
import linecache
import sys
import traceback
from _thread import _count as count_threads
from collections.abc import Callable
from types import FunctionType
from typing import Any

from ganlab.checks.exercise import Exercise
from ganlab.checks.guard import overhearing, within

_HERE, _LONGEST = "ganlab.course", 2000
_run, _dumps = Exercise.run, json.dumps


def attempt(
    exercise: Exercise,
    order: dict[str, Any],
    heard: Callable[[], list[str]],
    broken: Callable[[], list[str]],
    line: tuple[Callable[[str], None], Callable[[], str]],
) -> None:
    """Run an answer and say what was found: a line that begins with the token, and JSON.

    Parameters
    ----------
    exercise : Exercise
        What was asked, without reference and mistakes.
    order : dict
        `source`, `token`, `seed`, and `do`: *first* tries the answer, then waits for known answers to try as well;
        *again* tries it as it is and as one that returns nothing.
    heard, broken : callable
        What `watch` and `seal` return.
    line : pair of callables
        Write a line to the grader, read one from it.
    """
    token, (say, hear) = order.pop("token"), line
    threads = count_threads()
    _put_away()

    def tell(**found: Any) -> None:
        running = max(0, count_threads() - threads)
        say(f"{token} {_dumps({**found, 'broken': broken(), 'heard': heard(), 'threads': running})}\n")

    answers, note = _solved(exercise, order["source"])
    if note:
        tell(note=note)
        return
    if order["do"] == "again":
        reports = [_tried(exercise, answers, order["seed"], broken=each) for each in (False, True)]
        tell(note="", report=reports[0], sabotaged=reports[1])
        return
    tell(note="", report=_tried(exercise, answers, order["seed"]))
    known = json.loads(hear() or "[]")
    tell(known=[_known(exercise, source) for source in known])


def _put_away() -> None:
    """Take what judges out of reach of an import."""
    for name in [name for name in sys.modules if name.startswith(_HERE)]:
        del sys.modules[name]
    vars(sys.modules["ganlab"]).pop("course", None)


def _solved(exercise: Exercise, source: str) -> tuple[tuple[Any, ...], str]:
    """Run the source; return what it defines, or why there is nothing to try."""
    filename, namespace = f"<{exercise.id}>", {"__name__": exercise.id}
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    try:
        with overhearing():
            overrun = within(exercise.seconds, lambda: exec(compile(source, filename, "exec"), namespace))
    except BaseException as error:
        return (), _told(error, filename)
    if overrun is not None:
        return (), "ran too long: the code outside the functions did not end"
    missing = [name for name in exercise.names if name not in namespace]
    return tuple(map(namespace.get, exercise.names)), f"does not define {', '.join(missing)}" if missing else ""


def _told(error: BaseException, filename: str) -> str:
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == filename]
    if isinstance(error, SyntaxError) and error.filename == filename:
        lines = [error.lineno]
    text = f"stopped with {type(error).__name__}: {error}".rstrip(": ")
    return f"{text[:400]} (line {lines[-1]})" if lines else text[:400]


def _known(exercise: Exercise, source: str) -> dict[str, Any]:
    try:
        return _tried(exercise, exercise.solve(source), 0)
    except Exception:  # the answer left things such that it cannot even run
        return {}


def _tried(exercise: Exercise, answers: tuple[Any, ...], seed: int, *, broken: bool = False) -> dict[str, Any]:
    report = _run(exercise, *(_veiled(answer, broken) for answer in answers), seed=seed)
    return {"results": [{name: _short(value) for name, value in vars(row).items()} for row in report.results]}


def _short(value: Any) -> Any:
    return value[:_LONGEST] if isinstance(value, str) else value


def _veiled(answer: Any, broken: bool) -> Any:
    """Return the answer behind a function that looks the same whether or not it spoils what the answer returns."""
    if type(answer) is not FunctionType:
        return object() if broken else answer

    @functools.wraps(answer)
    def veiled(*arguments: Any) -> Any:
        value = answer(*arguments)
        return None if broken else value

    return veiled
