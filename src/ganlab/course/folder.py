"""Folder: where a course lives, and what it knows.

course.toml      name, secret, chapters, whether each student gets an own variant; for the instructor alone
problems/        problems of the instructor's own, see `ganlab.course.own`
release/         notebooks to hand out
instructor/      the same with solutions
submissions/     a place for what comes back, one folder a chapter
graded/          what each submission is worth, one JSON a student: from these, tables and pages are written
decisions/       what a person decided on submissions that needed a look
feedback/        a page for each student
grades.csv, report.html
"""

import hashlib
import json
import os
import re
import secrets
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from ganlab.course import assignments, names, own
from ganlab.course.assignments import Chapter, Task, nearest
from ganlab.course.files import store
from ganlab.course.submissions import shown
from ganlab.course.variants import Draw

SETTINGS = "course.toml"
FOLDERS = (own.FOLDER, "release", "instructor", "submissions", "graded", "decisions", "feedback")
_KINDS: dict[str, tuple[type, str]] = {
    "name": (str, "a text"),
    "secret": (str, "a text"),
    "per_student": (bool, "true or false"),
    "chapters": (list, "a list of chapters"),
    "students": (list, "a list of names"),
    "points": (dict, "a table of numbers by exercise"),
}
_TEXT = """\
# A course that is graded with `python -m ganlab.course`. Keep this file to yourself: with the secret one could work
# out what is drawn for the course.
name = {name}
secret = {secret}

# What is handed out. Of a chapter, all exercises or all problems; after a colon, some of them: "06-first-gan: d_loss"
chapters = {chapters}

# true: what is drawn differs from student to student, and `release` writes a notebook for each of `students`.
per_student = {per_student}
students = {students}

# What a task counts, where it should differ from the sum of its checks; such as: value = 10
[points]
"""


@dataclass(frozen=True)
class Course:
    """A course: its folder and its settings. Make one with `new`, read one with `open`."""

    path: Path
    name: str
    secret: str
    chapters: tuple[str, ...] = ()
    per_student: bool = False
    students: tuple[str, ...] = ()
    points: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def new(cls, path: str | os.PathLike[str], *, name: str = "", chapters: Sequence[str] = ()) -> Self:
        """Make the folder of a new course, with a secret of its own.

        Parameters
        ----------
        path : path
            A folder that is not there yet, or is empty.
        name : str
            As students see it; by default that of the folder.
        chapters : sequence of str
            Slugs or numbers, as `ganlab.course.assignments.chapter` reads them; after a colon, some of the tasks. By
            default all chapters with exercises.

        Raises
        ------
        ValueError
            If the folder holds something, or a chapter does not exist.
        """
        path = Path(path)
        book = assignments.chapters()
        known = [_entry(each, book) for each in chapters] or list(book)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise ValueError(f"{path} is there and not empty; choose the name of a new folder")
        given = {"name": shown(name or path.resolve().name) or "course", "secret": secrets.token_hex(16)}
        given |= {"chapters": list(dict.fromkeys(known)), "per_student": False, "students": []}
        settings = _TEXT.format(**{key: json.dumps(value, ensure_ascii=False) for key, value in given.items()})
        try:
            _lay_out(path, settings)
        except OSError:  # nothing half stays in the way of the same command
            for name in (SETTINGS, *FOLDERS):
                _remove(path / name)
            raise
        return cls.open(path)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Read a course.

        Raises
        ------
        ValueError
            If the folder is no course, or its settings or own problems cannot be used; the message says which.
        """
        path, settings = Path(path), Path(path, SETTINGS)
        if not settings.is_file():
            raise ValueError(
                f"{path} is no course: it has no {SETTINGS}; make one with: python -m ganlab.course new {path}"
            )
        try:
            given = tomllib.loads(settings.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{settings} cannot be read: {error}") from None
        _check(given, settings)
        lists = {key: tuple(map(str, given.get(key, ()))) for key in ("chapters", "students")}
        course = cls(path, **{key: given[key] for key in given if key not in lists}, **lists)
        try:
            course._check()
        except ValueError as error:
            raise ValueError(f"{settings}: {error}") from None
        return course

    @property
    def id(self) -> str:
        """A short name that notebooks carry, so that those of another course are noticed."""
        return hashlib.sha256(f"course {self.secret}".encode()).hexdigest()[:8]

    @cached_property
    def problems(self) -> dict[str, own.Own]:
        """The problems in the folder of the course, by name."""
        return own.find(self.path)

    @cached_property
    def known(self) -> dict[str, Chapter]:
        """All chapters by slug: those of the book, with the problems of the course."""
        return own.merged(assignments.chapters(), self.problems)

    @cached_property
    def parts(self) -> dict[str, Chapter]:
        """The chapters by slug, each with the tasks that this course hands out."""
        found = [assignments.chapter(each, self.known) for each in self.chapters]
        return {each.slug: each for each in found}

    def chapter(self, name: str) -> Chapter:
        """Return a chapter of the course, with the tasks that the course hands out.

        Raises
        ------
        ValueError
            If the book has no such chapter, or the course has not, or the course hands out other tasks.
        """
        found, settings = assignments.chapter(name, self.known), self.path / SETTINGS
        if found.slug not in self.parts:
            raise ValueError(f"{found.slug} is not in this course; add it to `chapters` in {settings}")
        ours = self.parts[found.slug]
        if ":" in name and found.tasks != ours.tasks:
            raise ValueError(
                f"this course hands out {', '.join(ours.tasks)} of {ours.slug}; to change that, write "
                f'"{_entry(name, self.known)}" into `chapters` in {settings}, which `release` and `grade` both follow'
            )
        return ours

    def tasks(self, chapter: Chapter, student: str = "") -> list[Task]:
        """Return the tasks of a chapter as this course, or one of its students, got them."""
        whose = self.listed(student) if self.per_student else ""
        found = [self._task(name, Draw.of(self.secret, whose, name)) for name in chapter.tasks]
        return [replace(task, weight=self.points.get(task.id)) for task in found]

    def _task(self, name: str, draw: Draw) -> Task:
        return self.problems[name].task(draw) if name in self.problems else assignments.task(name, draw)

    def listed(self, student: str) -> str:
        """Return a student as the list in the settings spells the name; or the name itself, if it is not there."""
        return names.listed(student, self.students)

    def place(self, folder: str, chapter: str, student: str, ending: str) -> Path:
        """Return a path for something of a student: readable, and inside the folder whatever the student is called."""
        readable = re.sub(r"\W+", "-", shown(student, 40)).strip("-")
        number = hashlib.sha256(student.encode("utf-8", "replace")).hexdigest()[:8]
        return self.path / folder / chapter / f"{readable or 'student'}-{number}{ending}"

    def _check(self) -> None:
        """Refuse settings that fit the book nowhere."""
        if len(self.parts) < len(self.chapters):
            slugs = [assignments.chapter(each, self.known).slug for each in self.chapters]
            twice = next(slug for slug in slugs if slugs.count(slug) > 1)
            raise ValueError(f"{twice} stands in `chapters` twice; name its tasks in one entry: {twice}: this, that")
        known = [name for each in self.known.values() for name in each.tasks]
        for name in self.points:
            if name not in known:
                handed_out = [name for each in self.parts.values() for name in each.tasks]
                raise ValueError(
                    f"no task is called {name!r}, as it stands in [points]{nearest(name, known, handed_out)}"
                )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep a second `grade` out of the course meanwhile.

        Raises
        ------
        ValueError
            If one is running.
        """
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        with open(self.path / ".lock", "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ValueError(f"{self.path} is being graded already; wait until that run ends, or stop it") from None
            yield


def _lay_out(path: Path, settings: str) -> None:
    """Make a course: the settings first, because with them alone it is one."""
    store(path / SETTINGS, settings)
    os.chmod(path / SETTINGS, 0o600)
    for folder in FOLDERS:
        (path / folder).mkdir(exist_ok=True)


def _remove(path: Path) -> None:
    """Remove a file or an empty folder, if it is there and may be removed."""
    with suppress(OSError):
        path.rmdir() if path.is_dir() else path.unlink()


def _entry(name: str, known: Mapping[str, Chapter]) -> str:
    """Return how a chapter, or a part of one, stands in the settings."""
    found = assignments.chapter(name, known)
    whole = known[found.slug].tasks == found.tasks
    return found.slug if whole else f"{found.slug}: {', '.join(found.tasks)}"


def _check(given: Mapping[str, Any], settings: Path) -> None:
    for key, value in given.items():
        if key not in _KINDS:
            raise ValueError(f"{settings}: nobody reads {key!r}; known are {', '.join(_KINDS)}")
        kind, words = _KINDS[key]
        if not isinstance(value, kind):
            raise ValueError(f"{settings}: {key} must be {words}, got {value!r}")
    if missing := [key for key in ("name", "secret") if not given.get(key)]:
        raise ValueError(f"{settings}: {' and '.join(missing)} must not be missing")
    for name, value in given.get("points", {}).items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise ValueError(f"{settings}: points of {name} must be a number of at least 0, got {value!r}")
