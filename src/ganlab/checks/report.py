"""What came out of a check: plain records that can be stored as JSON, and the text a reader sees.

The text is plain so that it reads the same in JupyterLab, in Colab and on a printed page; a sign and a word carry
the verdict, never a colour.
"""

from dataclasses import asdict, dataclass, field
from textwrap import fill
from typing import Any

PASSED, FAILED, NOT_WRITTEN, NOT_RUN = "passed", "failed", "not written", "not run"

_SHOWN_LINES = 5
_WIDTH = 72  # fits an exercise box of the book


@dataclass(frozen=True)
class Result:
    """What one case found: what was seen, what was expected, a hint, and the line of the reader's code."""

    case: str
    title: str
    points: float
    status: str
    saw: str = ""
    expected: str = ""
    hint: str = ""
    line: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Report:
    """The results of all cases of an exercise, with what the answer printed and warned meanwhile."""

    exercise: str
    title: str
    results: list[Result]
    printed: str = ""
    printed_lines: int = 0
    warned: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """*passed*, *failed* or *not written*."""
        found = [result.status for result in self.results]
        if NOT_WRITTEN in found:
            return NOT_WRITTEN
        return PASSED if found and set(found) == {PASSED} else FAILED

    @property
    def points(self) -> float:
        """Points of the cases that passed; none for an answer that is not written."""
        return 0 if self.status == NOT_WRITTEN else sum(r.points for r in self.results if r.status == PASSED)

    @property
    def problem(self) -> Result | None:
        """The first case that failed."""
        return next((result for result in self.results if result.status == FAILED), None)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as strings, numbers, lists and dictionaries, ready for `json.dumps`."""
        return {**asdict(self), "status": self.status, "points": self.points}


def describe(report: Report) -> str:
    """Return the text a reader sees: the verdict, the first problem, and what the answer printed."""
    verdict = {PASSED: _praise, FAILED: _problem, NOT_WRITTEN: _invitation}[report.status](report)
    return "\n".join([*verdict, *_heard(report)])


def _invitation(report: Report) -> list[str]:
    hint = next(result.hint for result in report.results if result.status == NOT_WRITTEN)
    return [f"○ {report.exercise}: not written yet.", f"  {hint}"]


def _praise(report: Report) -> list[str]:
    n = len(report.results)
    remarks = dict.fromkeys(result.remark for result in report.results if result.remark)
    checks = f"all {n} checks pass" if n > 1 else "the check passes"
    return [f"✓ {report.exercise}: right, {checks}.", *(_row("remark", remark) for remark in remarks)]


def _problem(report: Report) -> list[str]:
    problem, n = report.problem, len(report.results)
    passed = sum(result.status == PASSED for result in report.results)
    return [
        f"✗ {report.exercise}: not right yet, {passed} of {n} checks pass.",
        *(
            _row(label, text)
            for label, text in (
                ("fails", problem.title),
                ("seen", problem.saw),
                ("expected", problem.expected),
                ("hint", problem.hint),
                ("at", problem.line),
            )
            if text
        ),
    ]


def _heard(report: Report) -> list[str]:
    lines = report.printed.splitlines()[:_SHOWN_LINES]
    hidden = report.printed_lines - len(lines)
    rows = ["  your code printed:", *(f"    | {line[:_WIDTH]}" for line in lines)] if lines else []
    rows += [f"    | … ({hidden} more)"] if hidden > 0 else []
    return rows + [_row("warning", warning) for warning in report.warned[:_SHOWN_LINES]]


def _row(label: str, text: str) -> str:
    return fill(text, _WIDTH, initial_indent=f"  {label:<10}", subsequent_indent=" " * 12)
