"""Records: what grading found, as plain data that is stored as JSON and read again.

`judge` makes `Scored`, `grade` puts the answers of one submission together as `Graded`; feedback, table and report
read nothing else. Texts come from submissions: escape them wherever they are shown.
"""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from ganlab.course.files import store

#: How a note begins where a person has to give the mark, where points are withheld, and where there is no answer.
NEEDS_LOOK, NOT_COUNTED, NOT_ATTEMPTED = "needs a look", "not counted", "not attempted"
#: How an answer was found.
METADATA, MARKER, NAME, LOST = "metadata", "marker", "name", "lost"


_LONGEST_TEXT = 600


def one_line(text: Any) -> str:
    """Return a text from outside as a record holds it: one line, nothing that acts on a terminal or reorders signs.

    It is still anything else, HTML for example: pages and tables escape it.

    Examples
    --------
    >>> one_line("\\x1b[31mred\\n\\u202egnp")
    '[31mred gnp'
    """
    words = " ".join(str(text)[: 4 * _LONGEST_TEXT].split())
    kept = "".join(letter for letter in words if unicodedata.category(letter)[0] != "C")
    return kept if len(kept) <= _LONGEST_TEXT else f"{kept[:_LONGEST_TEXT]}…"


class _Record:
    """A dataclass that goes through JSON and back."""

    def to_json(self) -> dict[str, Any]:
        """Return everything as dictionaries, lists, strings and numbers, ready for `json.dumps`."""
        return json.loads(json.dumps(asdict(self)))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the record that `to_json` gave `data`; keys that it does not know are left out."""
        known = {field.name for field in fields(cls)} & data.keys()
        return cls(**{name: _read(name, data[name]) for name in known})


@dataclass(frozen=True)
class CaseResult(_Record):
    """What one case found."""

    name: str  # of the case
    title: str  # the property in a sentence
    points: float  # what the case counts
    status: str  # "passed", "failed", "not run", "not written" (as in ganlab.checks.report)
    hidden: bool  # a hidden case: students see its title and hint only after grading
    saw: str = ""
    expected: str = ""
    hint: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Scored(_Record):
    """What one answer is worth."""

    task: str  # id
    title: str
    points: float  # clamped to [0, out_of]
    out_of: float
    cases: tuple[CaseResult, ...]
    recovered: str = METADATA  # how graft found it
    misconception: str = ""  # key such as "E13" of the Mistake whose case failed with its words, if any
    mistake: str = ""  # that mistake's title, in words
    note: str = ""  # why there is no mark ("not attempted", "ran too long", …)
    decided: bool = False  # whether a person has looked and decided on the points

    @property
    def unmarked(self) -> bool:
        """Whether a person has to give the mark: the points are none, rather than 0."""
        return self.note.startswith(NEEDS_LOOK) and not self.decided


@dataclass(frozen=True)
class Graded(_Record):
    """What one submission is worth."""

    student: str  # as the file says, cleaned
    file: str  # name of the submitted file
    chapter: str  # slug, such as "04-the-game"
    scored: tuple[Scored, ...]
    notes: tuple[str, ...]  # what was recovered how; what is odd
    needs_look: bool
    seconds: float
    decision: str = ""  # what a person decided on it, in words


@dataclass(frozen=True)
class Filed:
    """A record in its file, with two hashes: of all that it depends on, and of what was handed in."""

    fingerprint: str
    submission: str
    graded: Graded

    def write(self, path: Path) -> None:
        """Store it in one step."""
        parts = {"fingerprint": self.fingerprint, "submission": self.submission, "graded": self.graded.to_json()}
        store(path, json.dumps(parts, indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read one; a file that cannot be read is as if it were not there."""
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return cls(stored["fingerprint"], stored.get("submission", ""), Graded.from_json(stored["graded"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @classmethod
    def all(cls, folder: Path, chapter: str = "*") -> Iterator[Self]:
        """Yield the records of a chapter, or of all."""
        yield from filter(None, map(cls.read, sorted(folder.glob(f"{chapter}/*.json"))))


#: Fields that hold records of their own.
_PARTS: dict[str, type[_Record]] = {"cases": CaseResult, "scored": Scored}


def _read(name: str, value: Any) -> Any:
    if name in _PARTS:
        return tuple(_PARTS[name].from_json(part) for part in value)
    return tuple(value) if isinstance(value, list) else value
