"""Table: points as CSV; one file for people, and one each for Canvas, Moodle and Gradescope.

What each column is, and where the headings come from:

`grades.csv`, for people (UTF-8 with a mark, which Excel needs for umlauts)
    `student`; one column for each exercise, named by its id, empty where a submission has no such exercise, could
    not be read, or waits for a person's mark; `total`, empty where a mark is missing (so are the points of that
    chapter in the files below); `out of`, what the chapters that were handed in count; `needs a look`, yes or no;
    `notes`, all of them, what a person has decided first, separated by " | ".
`grades-canvas.csv`, for *Gradebook → Import*
    `Student, ID, SIS User ID, SIS Login ID, Section`, in this order, which the import requires; then one column for
    each chapter. The row below the headings has the points that are possible. Canvas finds a person by ID, else by
    one of the SIS columns, else by name; so the student stands under `Student` and under `SIS Login ID`. A chapter
    is matched with the assignment of the same name, or becomes a new one.
`grades-moodle.csv`, for *Grades → Import → CSV file*
    `Identifier`, which one maps to e-mail address, username or ID number, whatever the files are named by; then one
    column for each chapter, mapped to a grade item or to a new one. Moodle stops at the first person whom it does
    not know, and an empty cell there would take the row for the person before, so none is empty.
`grades-gradescope.csv`
    `Name, SID, Email`, then, for each chapter, its points and `… - Max Points`: the headings of Gradescope's own
    download of grades. Gradescope has no import of points, only of rosters; the file is there to be joined with one.

The learning systems know people by login, e-mail or number, and the tool knows what the files are called. `people`
brings the two together: it reads a list that was exported from any of the three.

References
----------
Canvas: `lib/gradebook_importer.rb` of instructure/canvas-lms. Moodle: docs.moodle.org, *Grade import*, and
`grade/import/csv/classes/load_data.php`. Gradescope: guides.gradescope.com, *Adding Students and Staff*. Formulas in
cells: OWASP, *CSV Injection*.
"""

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab.arguments import PATH, instance, optional, sequence, takes
from ganlab.course import names, pages
from ganlab.course.feedback import GRADED
from ganlab.course.files import store
from ganlab.course.pages import Book
from ganlab.course.records import Graded, Scored

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = ("Identifier",)
GRADESCOPE = ("Name", "SID", "Email")

#: Where an exported list has what a file needs: our column, and the headings under which it may stand.
_KNOWN = {
    "Student": ("Student", "Name", "Full name"),
    "SIS User ID": ("SIS User ID", "SID", "ID number"),
    "SIS Login ID": ("SIS Login ID", "Username"),
    "Identifier": ("Email address", "Email", "ID number", "Username", "SIS Login ID", "Identifier"),
    "Name": ("Name", "Full name", "Student"),
    "SID": ("SID", "ID number", "SIS User ID"),
    "Email": ("Email", "Email address"),
}

_FORMULA = "=+-@\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
_NEW_CELL = re.compile(rf"(;[\s\"']*)(?=[{re.escape(_FORMULA)}])")  # where a semicolon separates cells

Row = Mapping[str, str]
PEOPLE = optional(instance(Mapping, "a dictionary of rows", cure="make it with ganlab.course.table.people"))


@dataclass(frozen=True)
class _Person:
    """A student with all submissions, one for each chapter."""

    name: str
    submissions: dict[str, Graded]

    def points(self, chapter: str) -> float | None:
        """Points of a chapter; None without a submission that could be read, or where a person has to give a mark."""
        graded = self.submissions.get(chapter)
        return _sum(graded.scored) if graded else None


def _sum(scored: Collection[Scored]) -> float | None:
    """Return the points of answers; None if there are no answers, or if a mark is missing."""
    if not scored or any(each.unmarked for each in scored):
        return None
    return sum(each.points for each in scored)


@takes(graded=sequence(GRADED, least=0), path=PATH, people=PEOPLE)
def write_grades(
    graded: Sequence[Graded],
    path: str | os.PathLike[str],
    *,
    book: Book | None = None,
    people: Mapping[str, Row] | None = None,
) -> None:
    """Write the points as CSV: the file for people, and beside it those for Canvas, Moodle and Gradescope.

    A text that a spreadsheet would take for a formula gets an apostrophe in front, line breaks and control characters
    become spaces or signs, and numbers stay numbers: at most four decimals, with a point.

    Parameters
    ----------
    graded : list or tuple of Graded
        The submissions, one of each student in a chapter; there may be none.
    path : str or PathLike
        The file for people, such as `grades.csv`; the others get `-canvas`, `-moodle` and `-gradescope` before the
        ending.
    book : Book, optional
        Knows the titles of chapters: `ganlab.course.assignments`.
    people : dict, optional
        For each student the row of an exported list, as `people` finds it. With it, the files of the learning systems
        hold those students alone who are in it.

    Raises
    ------
    ValueError
        If a student has two submissions of one chapter.
    TypeError
        If an argument is of another kind.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from ganlab.course.records import Scored
    >>> right = Scored("value", "The value of the game on a table", 7, 7, ())
    >>> graded = Graded("Ada", "ada.ipynb", "04-the-game", (right,), (), needs_look=False, seconds=1.0)
    >>> with TemporaryDirectory() as folder:
    ...     write_grades([graded], f"{folder}/grades.csv")
    ...     print(Path(folder, "grades-moodle.csv").read_text(encoding="utf-8").split())
    ['Identifier,Chapter', '4:', 'The', 'game', 'Ada,7']
    """
    path, persons = Path(path), _persons(graded)
    chapters = {slug: pages.chapter_name(slug, book) for slug in sorted({each.chapter for each in graded})}
    known = [(person, _row(person, people)) for person in persons if people is None or person.name in people]
    store(path, _csv(_for_people(persons, _out_of(graded))), encoding="utf-8-sig")
    for name, rows in [
        ("canvas", _canvas(known, chapters, _out_of(graded))),
        ("moodle", _moodle(known, chapters)),
        ("gradescope", _gradescope(known, chapters, _out_of(graded))),
    ]:
        store(path.with_name(f"{path.stem}-{name}{path.suffix or '.csv'}"), _csv(rows))


@takes(path=PATH, students=sequence(instance(str, "names", cure="pass what the records call the students")))
def people(path: str | os.PathLike[str], students: Sequence[str]) -> dict[str, dict[str, str]]:
    """Find students in a list that was exported from Canvas (gradebook), Moodle (grades) or Gradescope (roster).

    A student is the one person of the list one of whose cells is the student's name, or the part of an e-mail address
    before the @, as `ganlab.course.names` compares them: "Lovelace, Ada", "Ada Lovelace" and "lovelaceada" are one
    name. Case and accents do not count.

    Parameters
    ----------
    path : str or PathLike
        A CSV file in UTF-8, whose first row has the headings.
    students : list or tuple of str
        Names, as the records have them.

    Raises
    ------
    ValueError
        If the file is not UTF-8.

    Returns
    -------
    dict
        For each student who was found, the row by its headings. Who is not found, or fits two people, is left out.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "list.csv").write_text("Name,Email\\nAda Lovelace,al@uni.example\\n")
    ...     people(f"{folder}/list.csv", ["lovelaceada", "Bo"])
    {'lovelaceada': {'Name': 'Ada Lovelace', 'Email': 'al@uni.example'}}
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [_cleaned(row) for row in csv.DictReader(file)]
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be CSV in UTF-8, got other bytes ({error}); export it once more") from error
    found = {}
    for student in students:
        fitting = [row for row in rows if names.letters(student) in _names(row)]
        if len(fitting) == 1:
            found[student] = fitting[0]
    return found


def _cleaned(row: Mapping[str | None, Any]) -> dict[str, str]:
    """Leave out cells without a heading, and spaces around the others."""
    return {name.strip(): (cell or "").strip() for name, cell in row.items() if name}


def _full_name(row: Row) -> str:
    """Put together what Gradescope and Moodle keep apart."""
    parts = {name.title(): cell for name, cell in row.items()}
    return f"{parts.get('First Name', '')} {parts.get('Last Name', '')}".strip()


def _names(row: Row) -> set[str]:
    """Return all that a person of a list may be called."""
    return set().union(*map(names.forms, (*row.values(), _full_name(row))))


def _persons(graded: Iterable[Graded]) -> list[_Person]:
    found: dict[str, dict[str, Graded]] = {}
    for each in graded:
        submissions = found.setdefault(each.student, {})
        if each.chapter in submissions:
            two = f"{submissions[each.chapter].file!r} and {each.file!r}"
            raise ValueError(f"{each.student!r} has two submissions of {each.chapter}, {two}; keep one of them")
        submissions[each.chapter] = each
    return [_Person(name, found[name]) for name in sorted(found, key=lambda name: (names.letters(name), name))]


def _out_of(graded: Iterable[Graded]) -> dict[str, float]:
    """Return what each chapter counts: the most that a submission of it counts."""
    most: Counter[str] = Counter()
    for each in graded:
        most[each.chapter] = max(most[each.chapter], sum(scored.out_of for scored in each.scored))
    return dict(most)


def _row(person: _Person, people: Mapping[str, Row] | None) -> Row:
    """Return what the learning systems may know the person by."""
    if people is not None:
        return people[person.name]
    kind = "Email" if "@" in person.name else "SID"
    return dict.fromkeys(("Student", "SIS Login ID", "Identifier", "Name", kind), person.name)


def _get(row: Row, column: str) -> str:
    """Return what a row has under a column, or under one that means the same."""
    if column in ("Name", "Student") and (name := _full_name(row)):
        return name
    return next((row[name] for name in _KNOWN.get(column, (column,)) if row.get(name)), "")


def _for_people(persons: Sequence[_Person], out_of: Mapping[str, float]) -> list[list[Any]]:
    answers = {
        person.name: {scored.task: scored for graded in person.submissions.values() for scored in graded.scored}
        for person in persons
    }
    chapters = sorted({slug for person in persons for slug in person.submissions})
    in_order = (person.submissions[slug] for slug in chapters for person in persons if slug in person.submissions)
    tasks = list(dict.fromkeys(scored.task for graded in in_order for scored in graded.scored))
    rows: list[list[Any]] = [["student", *tasks, "total", "out of", "needs a look", "notes"]]
    for person in persons:
        found, graded = answers[person.name], person.submissions.values()
        points = [_sum([found[task]]) if task in found else "" for task in tasks]
        total = _sum(found.values())
        possible = sum(out_of[slug] for slug in person.submissions)
        look = "yes" if any(each.needs_look for each in graded) else "no"
        notes = " | ".join(note for each in graded for note in (each.decision, *each.notes) if note)
        rows.append([person.name, *points, total, possible, look, notes])
    return rows


def _canvas(
    known: Sequence[tuple[_Person, Row]], chapters: Mapping[str, str], out_of: Mapping[str, float]
) -> list[list[Any]]:
    possible = ["Points Possible", *[""] * (len(CANVAS) - 1), *(out_of[slug] for slug in chapters)]
    rows = [[*CANVAS, *chapters.values()], possible]
    for person, row in known:
        # A name with these words would be read as the row above.
        cells = [_get(row, name).replace("Points Possible", "Points possible") for name in CANVAS]
        rows.append([*cells, *map(person.points, chapters)])
    return rows


def _moodle(known: Sequence[tuple[_Person, Row]], chapters: Mapping[str, str]) -> list[list[Any]]:
    rows = [[_get(row, "Identifier"), *map(person.points, chapters)] for person, row in known]
    return [[*MOODLE, *chapters.values()], *(row for row in rows if row[0])]


def _gradescope(
    known: Sequence[tuple[_Person, Row]], chapters: Mapping[str, str], out_of: Mapping[str, float]
) -> list[list[Any]]:
    headings = [heading for name in chapters.values() for heading in (name, f"{name} - Max Points")]
    rows: list[list[Any]] = [[*GRADESCOPE, *headings]]
    for person, row in known:
        points = [value for slug in chapters for value in (person.points(slug), out_of[slug])]
        rows.append([*(_get(row, column) for column in GRADESCOPE), *points])
    return rows


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: Any) -> str:
    """Write a number as a number, nothing as nothing, and a text so that no spreadsheet computes with it."""
    if isinstance(value, int | float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    text = " ".join(pages.plain(value or "").split())
    text = _NEW_CELL.sub(r"\1'", text)
    return f"'{text}" if text.startswith(tuple(_FORMULA)) else text
