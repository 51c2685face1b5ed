"""The readable form of what `claims.py` measured: what every assert measured over all runs, and what was printed."""

import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from claim_recorder import margin, worst_first

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
INTRODUCTION = """# Claims under other seeds

Made by `make claims`; do not edit. Every page of the book that asserts something ran from its first cell to its last
under seeds that the page does not show (`GANLAB_SEED_OFFSET`). A run measures, of each assert, the value that comes
closest to its bound, or goes furthest beyond. *Mean ± s.d.* and *worst* are over the runs. *Room* is the distance from
the worst value to the bound in standard deviations: below 1 it is called thin, because one more run may well pass the
bound. Rows without a claim are asserts beside the claims. Where two measured things are compared, the measured value is
their difference and the bound is 0. Below each table stand the printed lines that differ from run to run, each number
with its range; the prose quotes such numbers."""
Run = dict[str, Any]  # what claims.measure returns


@dataclass
class Row:
    """What one assert of a page said in each run, about one of the things it measures (or about none)."""

    claim: str | None
    test: str
    what: str
    held: list[bool] = field(default_factory=list)
    measured: list[dict[str, Any]] = field(default_factory=list)

    @property
    def values(self) -> list[float]:
        """The measured numbers, one a run."""
        return [note["value"] for note in self.measured if note["value"] is not None]

    @property
    def worst(self) -> dict[str, Any]:
        """What came closest to its bound, or went furthest beyond."""
        return min(self.measured, key=worst_first)

    @property
    def spread(self) -> float:
        """Standard deviation over the runs."""
        return statistics.stdev(self.values) if len(self.values) > 1 else 0.0

    @property
    def room(self) -> float:
        """Margin of the worst run in standard deviations over the runs; infinite where nothing varies."""
        return margin(self.worst) / self.spread if self.spread else math.inf

    @property
    def verdict(self) -> str:
        """Empty, or what is wrong: an assert that fails, or a bound that the next run may well pass."""
        if not all(self.held):
            return f"holds in {sum(self.held)} of {len(self.held)}"
        return "thin" if not self.room >= 1 else ""


def rows_of(runs: Iterable[Run]) -> list[Row]:
    """Gather by assert and by what it measures."""
    rows: dict[tuple[Any, ...], Row] = {}
    for run in runs:
        for note in run["asserts"]:
            for measured in note["measured"] or [None]:
                what = f"{measured['what']} {measured['sense']}" if measured else ""
                row = rows.setdefault((note["claim"], note["test"], what), Row(note["claim"], note["test"], what))
                row.held.append(note["held"])
                row.measured += [measured] if measured else []
    return list(rows.values())


def held(claim: str, runs: list[Run]) -> int:
    """Count the runs in which every assert of a claim held."""
    return sum(all(note["held"] for note in run["asserts"] if note["claim"] == claim) for run in runs)


def section(page: str, runs: list[Run]) -> str:
    """Return the part of the table for one page."""
    whole = [run for run in runs if not run["error"]]
    rows = rows_of(whole)
    claims = dict.fromkeys(row.claim for row in rows if row.claim)
    seconds = statistics.median(run["seconds"] for run in runs)
    machines = {", ".join(f"{k} {v}" for k, v in run["machine"].items() if v is not None) for run in runs}
    return "\n".join(
        [
            f"## {page}",
            "",
            *(f"- `{claim}` holds in {held(claim, whole)}/{len(whole)}" for claim in claims),
            f"- measured from {min(run['date'] for run in runs)} to {max(run['date'] for run in runs)}, "
            f"about {seconds:.0f} s a run",
            *(f"- {machine}" for machine in sorted(machines)),
            *(f"- **offset {run['offset']} ended with {run['error']}**" for run in runs if run["error"]),
            "",
            "| claim | measured | bound | mean ± s.d. | worst | room | |",
            "|---|---|--:|--:|--:|--:|---|",
            *map(_line, sorted(rows, key=lambda row: row.claim is None)),
            *_prints(whole),
        ]
    )


def _prints(runs: list[Run]) -> list[str]:
    cells = zip(*(run["printed"] for run in runs), strict=True)  # by cell, then by run
    lines = [line for texts in cells for line in varying(texts)]
    return ["", "```text", *lines, "```"] if lines else []


def varying(texts: Iterable[str]) -> list[str]:
    """Return the lines that are not the same in all texts, with the range of each number in place of the number.

    Where the words differ too, return each variant and how often it comes.
    """
    found = []
    for lines in zip_longest(*(text.splitlines() for text in texts), fillvalue=""):
        counts = Counter(" ".join(line.split()) for line in lines)
        if len({NUMBER.sub("#", line) for line in counts}) > 1:
            found.append(" | ".join(f"{line or 'nothing'} ({n} runs)" for line, n in counts.most_common()))
        elif len(counts) > 1:
            found.append(_with_ranges(list(counts)))
    return found


def _with_ranges(lines: list[str]) -> str:
    """Put the range of each number into lines that differ in their numbers alone."""
    words, numbers = NUMBER.split(lines[0]), zip(*map(NUMBER.findall, lines), strict=True)
    return "".join(word + span for word, span in zip(words, [*map(_range, numbers), ""], strict=True))


def _range(numbers: Iterable[str]) -> str:
    low, *_, high = sorted([*numbers] * 2, key=float)
    return low if low == high else f"{low}…{high}"


def _line(row: Row) -> str:
    claim = f"`{row.claim.removeprefix('claim-')}`" if row.claim else "–"
    return f"| {' | '.join([claim, *cells_of(row), row.verdict])} |"


def cells_of(row: Row) -> list[str]:
    """Return what an assert compares, its bound, mean and spread, the worst value, and the room that this leaves."""
    if not row.measured:
        return [_code(row.test), "true", "", "", ""]
    sense, worst = row.worst["sense"], row.worst
    mean = f"{statistics.fmean(row.values):.3g} ± {row.spread:.2g}" if row.values else "–"
    room = "" if math.isinf(row.room) else f"{row.room:.1f}" if row.room < 100 else "> 100"
    return [_code(worst["what"]), f"{sense} {_number(worst['bound'])}", mean, _number(worst["value"]), room]


def _code(text: str) -> str:
    """In a table a bar must not end the cell."""
    return f"`{text}`".replace("|", "\\|")


def _number(value: float | None) -> str:
    return "no number" if value is None else f"{value:.4g}"
