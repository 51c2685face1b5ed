"""Judge: what answers are worth that nobody has read.

Each answer runs in a sandbox (`ganlab.course.sandbox`), in a process of its own: what it does to that process reaches
neither the other answers nor the grader. Of an exercise this process knows the cases, not the reference and not the
mistakes; the files with the solutions are not there. Points come from here: the process says no more than which cases
passed, in lines that begin with a one-time token.

The cases run in the answer's process, since they go backward through what it returns, so an answer can attack them.
This is what shows it:

- Modules, classes and our functions are compared before and after (`inside.seal`).
- Looking into frames, searching memory, changing code and calling C are refused and told (`inside.watch`).
- A second process tries the answer again with other random numbers, and once with all that it returns thrown away:
  then no case may pass.
- In the first process, after the answer has been judged, known mistakes are tried: each has to fail in its case. The
  reference has to pass.

An answer that changed the checks, spoke without the token, or passes where it must not, gets no points, and all that
was noticed is a suspicion for an instructor to look at.

What an attack could still do: it runs where the cases run, so one that is written against exactly these defences, with
memory read and written past the end of an array for example, can make all cases pass and hide it. It can read the
cases, hidden ones too, but has nobody to tell. And it can say all that Python can say on the way to a right answer:
nothing here knows who wrote it. Gaps in the kernel are gaps in the sandbox.
"""

import base64
import dataclasses
import functools
import hashlib
import io
import json
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ganlab.checks.exercise import Exercise, Mistake
from ganlab.checks.report import FAILED, NOT_RUN, NOT_WRITTEN, PASSED, Report, Result, describe
from ganlab.course.problems.problem import Wording
from ganlab.course.records import NOT_ATTEMPTED, NOT_COUNTED, CaseResult, Scored, one_line
from ganlab.course.sandbox import Limits, Sandbox, SandboxEnded

_LIMITS = Limits()
_LONGEST_SOURCE = 200_000
_SECONDS_BESIDE_CASES = 5
_STATUSES = (PASSED, FAILED, NOT_WRITTEN, NOT_RUN)
_BY_VALUE = ("ganlab.exercises", "ganlab.course")  # what is not there in the sandbox travels with the cases


class Task(Protocol):
    """What is judged: an exercise, its id, and the `seed` of its cases, 0 if there is none."""

    @property
    def id(self) -> str:
        """Key among the answers."""

    @property
    def exercise(self) -> Exercise:
        """What was asked."""


@dataclass(frozen=True)
class Judged:
    """What the answers of one submission are worth.

    Parameters
    ----------
    scored : dict
        By the id of the task, in the order of the tasks.
    suspicions : list of str
        What an instructor should look at, beginning with the id of the task.
    ended : str
        *done*, or why a sandbox was stopped.
    seconds : float
        How long it took.
    """

    scored: dict[str, Scored]
    suspicions: list[str]
    ended: str
    seconds: float


def judge(
    answers: Mapping[str, str], tasks: Sequence[Task], *, limits: Limits = _LIMITS, unsafe: bool = False
) -> Judged:
    """Run answers that nobody has read and score them; nothing that an answer does raises here.

    Parameters
    ----------
    answers : mapping from str to str
        The source of each answer, complete, by the id of its task; a missing one was not attempted.
    tasks : sequence of Task
        What was asked.
    limits : Limits
        What the answers may use together.
    unsafe : bool
        Run them in a plain process: they can read and write what you can.

    Returns
    -------
    Judged
        A record for each task.

    Raises
    ------
    SandboxMissing
        If there can be no sandbox on this machine; the message says what to do.
    RuntimeError
        If the sandbox does not start.
    """
    start, ended = time.monotonic(), "done"
    verdicts = dict(_unseen(answers, tasks))
    while waiting := [task for task in tasks if task.id not in verdicts]:
        how = _sitting(answers, waiting, verdicts, limits, unsafe)
        ended = ended if how == "done" else how
    scored = {task.id: verdicts[task.id][0] for task in tasks}
    suspicions = [f"{task.id}: {odd}" for task in tasks for odd in dict.fromkeys(verdicts[task.id][1])]
    return Judged(scored, suspicions, ended, time.monotonic() - start)


Verdict = tuple[Scored, list[str]]


def _unseen(answers: Mapping[str, str], tasks: Sequence[Task]) -> Iterator[tuple[str, Verdict]]:
    """Yield the verdicts for which nothing has to run."""
    for task in tasks:
        source = answers.get(task.id, "")
        if not source.strip():
            yield task.id, (_nothing(task, NOT_ATTEMPTED), [])
        elif len(source) > _LONGEST_SOURCE:
            yield task.id, (_nothing(task, "longer than any answer"), ["is longer than any answer"])


def _sitting(
    answers: Mapping[str, str], tasks: Sequence[Task], verdicts: dict[str, Verdict], limits: Limits, unsafe: bool
) -> str:
    """Judge one task after the other in one sandbox, until all are or the sandbox is stopped; tell which."""
    with Sandbox(_job(tasks), limits=limits, unsafe=unsafe) as sandbox:
        for task in tasks:
            try:
                verdicts[task.id] = _judged(sandbox, task, answers[task.id])
                sandbox.ask({"do": "end"})  # what is still running counts against this answer, not against the next
            except SandboxEnded as end:
                verdicts[task.id] = _nothing(task, str(end)), [f"the sandbox was given up: it {end}"]
                return str(end)
    return "done"


def _judged(sandbox: Sandbox, task: Task, source: str) -> Verdict:
    """Try an answer, and if it wins points, find out whether it won them fairly."""
    token = secrets.token_hex(16)
    first, odd = _said(sandbox, task, token, do="first", source=source, seed=_seed(task))
    if first is None or first.get("note"):
        note = first["note"] if first else odd[0]
        return _nothing(task, one_line(note)), odd
    report = _report(task.exercise, first.get("report"))
    if report is None:
        return _nothing(task, "said what no check says"), [*odd, "said what no check says"]
    scored = _scored(task, report)
    unfair = _unfair(first)
    if scored.points > 0 and not unfair:
        again, more = _again(sandbox, task, source, report, token)
        unfair, odd = again, odd + more
    if unfair:
        scored = _nothing(task, f"{NOT_COUNTED}, since it {unfair[0]}")
    return scored, odd + unfair


# What is sent.


def _job(tasks: Sequence[Task]) -> dict[str, Any]:
    """Return what the sandbox has to know before the first answer: the cases, and whose code they are."""
    packed = {task.id: _packed(task.exercise) for task in tasks}
    return {
        "exercises": {task: base64.b64encode(cases).decode() for task, cases in packed.items()},
        "files": sorted({file for task in tasks for file in _files(task.exercise)}),
    }


def _files(exercise: Exercise) -> Iterator[str]:
    return (case.test.__code__.co_filename for case in exercise.cases if hasattr(case.test, "__code__"))


def _packed(exercise: Exercise) -> bytes:
    """Return the exercise in bytes, its cases with all that they use of modules that the sandbox lacks."""
    try:
        import cloudpickle  # only who grades needs it
    except ImportError:
        raise ImportError("grading needs cloudpickle, which is not installed: pip install 'ganlab[course]'") from None
    away = {case.test.__module__ for case in exercise.cases} | {name for name in sys.modules if _is_away(name)}
    for name in away & sys.modules.keys():
        cloudpickle.register_pickle_by_value(sys.modules[name])

    class Packer(cloudpickle.Pickler):
        def reducer_override(self, thing: Any) -> Any:
            if isinstance(thing, Exercise) and (thing.mistakes or thing.reference.strip()):
                return _without_solutions(thing).__reduce_ex__(5)
            if isinstance(thing, Wording) and (thing.answer or thing.mistakes):
                return dataclasses.replace(thing, answer="", mistakes=(), equivalent={}).__reduce_ex__(5)
            if isinstance(thing, functools._lru_cache_wrapper):  # goes by its name alone, which is not there
                return functools.cache, (thing.__wrapped__,)
            return super().reducer_override(thing)

    stream = io.BytesIO()
    Packer(stream).dump(_without_solutions(exercise))
    return stream.getvalue()


def _is_away(module: str) -> bool:
    return module.startswith(_BY_VALUE) and not module.startswith("ganlab.course.inside")


def _without_solutions(exercise: Exercise) -> Exercise:
    return dataclasses.replace(exercise, reference="", mistakes=[], equivalent={})


# What comes back.


def _said(sandbox: Sandbox, task: Task, token: str, **order: Any) -> tuple[dict[str, Any] | None, list[str]]:
    """Give an order; return what was said with the token, if that is all there is, and what is odd about the reply."""
    seconds = 2 * task.exercise.seconds + _SECONDS_BESIDE_CASES
    return _read(sandbox.ask({**order, "task": task.id, "token": token, "seconds": seconds}), token)


def _seed(task: Task) -> int:
    return getattr(task, "seed", 0)


def _read(reply: Mapping[str, Any], token: str) -> tuple[dict[str, Any] | None, list[str]]:
    lines = reply["said"].splitlines()
    if any(not line.startswith(f"{token} ") for line in lines):
        return None, ["wrote into the pipe for results"]
    if reply["end"] or len(lines) != 1:
        return None, [reply["end"] or "said more than there is to say"]
    try:
        said = json.loads(lines[0].removeprefix(f"{token} "))
    except (ValueError, RecursionError):
        return None, ["wrote into the pipe for results"]
    return (said, _odd(said)) if isinstance(said, dict) else (None, ["wrote into the pipe for results"])


def _odd(said: Mapping[str, Any]) -> list[str]:
    """Return what was noticed that is no reason yet to refuse the points."""
    heard = [one_line(each) for each in _listed(said.get("heard"))]
    return heard + ["left a thread running"] * bool(said.get("threads"))


def _unfair(said: Mapping[str, Any]) -> list[str]:
    return [f"changed {one_line(each)}" for each in _listed(said.get("broken"))]


def _listed(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)][:20] if isinstance(value, list) else []


def _report(exercise: Exercise, said: Any) -> Report | None:
    """Return what the process reported, with titles and points as we know them; None if it is no report of ours."""
    results = said.get("results") if isinstance(said, dict) else None
    if not isinstance(results, list) or len(results) != len(exercise.cases):
        return None
    rows = []
    for case, result in zip(exercise.cases, results, strict=True):
        if not isinstance(result, dict) or result.get("case") != case.name or result.get("status") not in _STATUSES:
            return None
        words = {key: one_line(result.get(key, "")) for key in ("saw", "expected", "hint", "line", "remark")}
        rows.append(Result(case.name, case.title, case.points, result["status"], **words))
    return Report(exercise.id, exercise.title, rows)


# Whether it was fair.


def _again(sandbox: Sandbox, task: Task, source: str, report: Report, token: str) -> tuple[list[str], list[str]]:
    """Try the answer in another process and known answers in the first; return what is unfair and what odd."""
    unfair, odd = _second(sandbox, task, source, report)
    known, more = _known(sandbox, task, token)
    return unfair + known, odd + more


def _second(sandbox: Sandbox, task: Task, source: str, report: Report) -> tuple[list[str], list[str]]:
    seed = int.from_bytes(hashlib.sha256(f"{_seed(task)} again".encode()).digest()[:4])
    said, odd = _said(sandbox, task, secrets.token_hex(16), do="again", source=source, seed=seed)
    if said is None or said.get("note"):
        return [f"{odd[0] if odd else said['note']} when it was tried again"], odd
    straight, spoilt = (_report(task.exercise, said.get(key)) for key in ("report", "sabotaged"))
    if straight is None or spoilt is None:
        return ["said what no check says"], odd
    if [row.status for row in straight.results] != [row.status for row in report.results]:
        odd.append("passes other cases with other random numbers")
    free = [row.case for row in spoilt.results if row.status == PASSED]
    return _unfair(said) + [f"passes {case} without a result" for case in free], odd


def _known(sandbox: Sandbox, task: Task, token: str) -> tuple[list[str], list[str]]:
    """Try a mistake for each case, and the reference."""
    mistakes = list({mistake.caught_by: mistake for mistake in task.exercise.mistakes}.values())
    sources = [*(mistake.source for mistake in mistakes), task.exercise.reference]
    said, odd = _said(sandbox, task, token, do="known", sources=sources)
    if said is None:
        return [f"{odd[0]} when known answers were tried"], odd
    reports = [_report(task.exercise, each) for each in said.get("known", [])]
    if len(reports) != len(sources):
        return ["said what no check says"], odd
    pairs = zip(mistakes, reports, strict=False)
    missed = [mistake.title for mistake, found in pairs if found and not _is_caught(mistake, found)]
    if reports[-1] is None or reports[-1].status != PASSED:
        odd.append("left things such that a right answer fails")
    return _unfair(said) + [f"made a wrong answer pass ({title})" for title in missed], odd


def _is_caught(mistake: Mistake, report: Report) -> bool:
    return any(row.status == FAILED and row.case == mistake.caught_by for row in report.results)


# The record.


def _scored(task: Task, report: Report) -> Scored:
    mistake = _told_apart(task.exercise, report)
    return Scored(
        task.id,
        task.exercise.title,
        min(report.points, task.exercise.out_of),
        task.exercise.out_of,
        tuple(_row(task.exercise, row) for row in report.results),
        misconception=mistake.misconception if mistake else "",
        mistake=mistake.title if mistake else "",
        note=NOT_ATTEMPTED if report.status == NOT_WRITTEN else "",
    )


def _nothing(task: Task, note: str) -> Scored:
    rows = [Result(case.name, case.title, case.points, NOT_RUN) for case in task.exercise.cases]
    cases = tuple(_row(task.exercise, row) for row in rows)
    return Scored(task.id, task.exercise.title, 0.0, task.exercise.out_of, cases, note=note)


def _row(exercise: Exercise, row: Result) -> CaseResult:
    hidden = not next(case.visible for case in exercise.cases if case.name == row.case)
    words = {"saw": row.saw, "expected": row.expected, "hint": row.hint, "remark": row.remark}
    return CaseResult(row.case, row.title, float(row.points), row.status, hidden, **words)


def _told_apart(exercise: Exercise, report: Report) -> Mistake | None:
    """Return the known mistake whose case failed first and whose words were said."""
    if report.problem is None:
        return None
    told = " ".join(describe(report).split())
    fitting = (each for each in exercise.mistakes if each.caught_by == report.problem.case and each.says in told)
    return next(fitting, None)
