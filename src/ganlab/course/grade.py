"""Grade: from submissions to points, pages and tables; what was graded once is not graded again.

Each submission is read, grafted and judged in a sandbox of its own, several at once. Its record is stored as soon as
it is there, in one step, so that a run that was stopped, however roughly, goes on where it was. Tables and pages are
written from the records alone.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from tqdm import tqdm

import ganlab
from ganlab.course import assignments, feedback, report, table
from ganlab.course.assignments import Chapter, Task
from ganlab.course.decisions import decided
from ganlab.course.folder import Course
from ganlab.course.graft import Grafted, graft
from ganlab.course.judge import Judged, judge
from ganlab.course.notebooks import origin_of
from ganlab.course.own import prove
from ganlab.course.records import LOST, MARKER, NAME, Filed, Graded, Scored
from ganlab.course.sandbox import SandboxMissing
from ganlab.course.submissions import Submission, collect, read_notebook, shown

ABSENT = "not found in the notebook"


@dataclass(frozen=True)
class Outcome:
    """What a run of `grade` did.

    Parameters
    ----------
    graded : list of Graded
        All records of the chapter, those of earlier runs included.
    fresh : int
        How many submissions were graded now; the others were there, unchanged.
    earlier : list of str
        Students with a record whose submission is not among these.
    """

    graded: list[Graded]
    fresh: int
    earlier: list[str]


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def grader(package: Path = Path(ganlab.__file__).parent) -> str:
    """Return a hash of all code that grading uses, computed once: a changed grader grades anew.

    Examples
    --------
    >>> grader() == grader()
    True
    """
    code = [*package.rglob("*.py"), *package.glob("static/replay.mjs")]
    found = hashlib.sha256(ganlab.__version__.encode())
    for path in sorted(code):
        found.update(str(path.relative_to(package)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def grade(
    course: Course,
    chapter: Chapter,
    folder: str | os.PathLike[str],
    *,
    jobs: int = 0,
    unsafe: bool = False,
    people: str | os.PathLike[str] | None = None,
) -> Outcome:
    """Grade what is new or changed in a folder or ZIP of submissions, and write all tables and pages.

    Parameters
    ----------
    course : Course
        Where records, tables and pages go.
    chapter : Chapter
        What was handed out.
    folder : path
        A folder of notebooks, a folder with one folder a student, or the ZIP of a learning system.
    jobs : int
        How many submissions at once; 0 for as many as there are processors.
    unsafe : bool
        Run without a sandbox.
    people : path, optional
        A list of a learning system, see `ganlab.course.table.people`.

    Returns
    -------
    Outcome
        The records of the chapter.

    Raises
    ------
    ValueError
        If there are no submissions, if the course is being graded already, or if a problem of the instructor's own
        does not do what it says.
    """
    with course.alone(), tempfile.TemporaryDirectory(prefix="ganlab-submissions-") as workplace:
        found = collect(folder, chapter.slug, Path(workplace), course.students)
        waiting = [each for each in map(partial(_Waiting.of, course, chapter, unsafe), found) if not each.is_done()]
        for task in waiting[0].tasks if waiting else ():
            if task.source:
                prove(task)  # the file may have changed since the release, where all that is drawn was proved
        with ThreadPoolExecutor(jobs or processors()) as pool, tqdm(total=len(waiting), unit="submission") as bar:
            for _ in _ended(pool, waiting):
                bar.update()
        graded = records(course, chapter.slug)
        write_pages(course, graded)
        write_tables(course, people=people)
    now = {each.student for each in found}
    return Outcome(graded, len(waiting), [each.student for each in graded if each.student not in now])


def records(course: Course, chapter: str = "*") -> list[Graded]:
    """Return what is stored of a chapter, or of all, with what a person decided on it.

    A file that cannot be read is as if it were not there.
    """
    found = [decided(course, filed) for filed in Filed.all(course.path / "graded", chapter)]
    return sorted(found, key=lambda each: (each.chapter, each.student.casefold()))


def write_pages(course: Course, graded: Iterable[Graded]) -> None:
    """Write the page of each student."""
    for each in graded:
        path = course.place("feedback", each.chapter, each.student, ".html")
        feedback.write_feedback(course.name, each, path, book=assignments)


def write_tables(course: Course, *, people: str | os.PathLike[str] | None = None) -> None:
    """Write the tables of points and the report, from all records of the course."""
    graded = records(course)
    known = table.people(people, list(dict.fromkeys(each.student for each in graded))) if people else None
    table.write_grades(graded, course.path / "grades.csv", book=assignments, people=known)
    report.write_report(course.name, graded, course.path / "report.html", book=assignments)


# One submission.


@dataclass(frozen=True)
class _Waiting:
    """A submission, what it answers, where its record goes, and a text that changes with all that it depends on."""

    course: Course
    chapter: Chapter
    submission: Submission
    tasks: list[Task]
    unsafe: bool
    notebook: str  # hash of its bytes
    problem: str

    @classmethod
    def of(cls, course: Course, chapter: Chapter, unsafe: bool, submission: Submission) -> "_Waiting":
        """Look at a submission without keeping its notebook: hundreds wait at once."""
        key, problem, student = "", submission.problem, submission.student
        try:
            if submission.path is not None:
                notebook, key = read_notebook(submission.path)
                student = (course.per_student and origin_of(notebook)[2]) or student
        except ValueError as error:
            problem = str(error)
        return cls(course, chapter, submission, course.tasks(chapter, student), unsafe, key, problem)

    @property
    def path(self) -> Path:
        """Where the record goes."""
        return self.course.place("graded", self.chapter.slug, self.submission.student, ".json")

    @property
    def fingerprint(self) -> str:
        """A hash of the notebook, the tasks, what they count, and who grades."""
        asked = [
            [t.id, t.draw.key, t.weight, t.source, t.exercise.reference, [(c.name, c.points) for c in t.exercise.cases]]
            for t in self.tasks
        ]
        who = self.submission
        said = [who.student, who.file, *who.notes, *who.together, self.problem, self.notebook]
        parts = [grader(), said, asked, self.unsafe]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def is_done(self) -> bool:
        """Whether its record is there and nothing has changed."""
        filed = Filed.read(self.path)
        return filed is not None and filed.fingerprint == self.fingerprint

    @property
    def handed_in(self) -> str:
        """A hash of what was handed in, whatever the grader makes of it; decisions are about this."""
        return hashlib.sha256(json.dumps([self.notebook, self.problem]).encode()).hexdigest()

    def run(self) -> None:
        """Grade it and store the record; whatever happens, the others go on."""
        key = self.fingerprint
        try:
            graded = self._graded()
        except (SandboxMissing, ImportError):  # nothing can be graded on this machine as it is
            raise
        except Exception as error:
            graded, key = self._refused(f"it could not be graded ({type(error).__name__}: {error}); grade again"), ""
        if any(scored.unmarked for scored in graded.scored):
            key = ""  # Node may be there the next time
        Filed(key, self.handed_in, graded).write(self.path)

    def _graded(self) -> Graded:
        if self.problem or self.submission.path is None:
            return self._refused(self.problem)
        notebook, _ = read_notebook(self.submission.path)
        try:
            grafted = graft(notebook, self.tasks)
        except ValueError as error:
            return self._refused(str(error))
        foreign = list(_foreign(self.course, self.chapter, self.submission, origin_of(notebook)))
        judged = _judged(grafted.answers, self.tasks, self.unsafe)
        return self._told(grafted, judged, foreign)

    def _told(self, grafted: Grafted, judged: Judged, foreign: Sequence[str]) -> Graded:
        scored = tuple(_weighed(task, _merged(task, grafted, judged)) for task in self.tasks)
        notes = (*self.submission.notes, *foreign, *_ways(grafted), *grafted.notes, *judged.suspicions)
        look = bool(self.submission.notes or foreign or grafted.doubts or judged.suspicions)
        return self._record(scored, notes, look, judged.seconds)

    def _refused(self, problem: str) -> Graded:
        return self._record((), (problem, *self.submission.notes), True, 0.0)

    def _record(self, scored: tuple[Scored, ...], notes: tuple[str, ...], look: bool, seconds: float) -> Graded:
        who = self.submission
        group = [f"handed in together with {', '.join(who.together)}"] if who.together else []
        notes = tuple(shown(note, 500) for note in (*group, *notes))
        return Graded(who.student, who.file, self.chapter.slug, scored, notes, look, round(seconds, 2))


def _ended(pool: ThreadPoolExecutor, waiting: Iterable[_Waiting]) -> Iterator[None]:
    """Yield once for each submission that is graded; what has not begun is dropped when we are stopped."""
    try:
        for each in as_completed([pool.submit(one.run) for one in waiting]):
            yield each.result()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


def _judged(answers: Mapping[str, str], tasks: Sequence[Task], unsafe: bool) -> Judged:
    """Return what answers are worth: those that run, run in a sandbox; the others are marked here."""
    start = time.monotonic()
    marked = {task.id: task.mark(answers.get(task.id, "")) for task in tasks if task.mark}
    judged = judge(answers, [task for task in tasks if not task.mark], unsafe=unsafe)
    left = [f"{name}: {scored.note}" for name, scored in marked.items() if scored.unmarked]
    seconds = time.monotonic() - start
    return replace(judged, scored=judged.scored | marked, suspicions=judged.suspicions + left, seconds=seconds)


def _ways(grafted: Grafted) -> Iterator[str]:
    """Yield which answers were found otherwise than by the metadata of their cells."""
    for way, words in ((MARKER, "the line # EXERCISE"), (NAME, "the name of what they define")):
        if tasks := [task for task, found in grafted.recovered.items() if found == way]:
            yield f"found by {words}: {', '.join(tasks)}"


def _merged(task: Task, grafted: Grafted, judged: Judged) -> Scored:
    """Return what the judge says of an answer, with how it was found."""
    scored = replace(judged.scored[task.id], recovered=grafted.recovered[task.id])
    return replace(scored, note=ABSENT) if scored.recovered == LOST else scored


def _weighed(task: Task, scored: Scored) -> Scored:
    """Return what an answer counts in this course."""
    if task.weight is None or not scored.out_of:
        return scored
    return replace(scored, points=scored.points / scored.out_of * task.weight, out_of=task.weight)


def _foreign(course: Course, chapter: Chapter, submission: Submission, origin: tuple[str, str, str]) -> Iterator[str]:
    """Yield what is odd in where a notebook says that it comes from."""
    where, which, whose = origin
    if where and where != course.id:
        yield f"the notebook was made for another course ({where}, not {course.id})"
    if which and which != chapter.slug:
        yield f"the notebook is that of {which}, not of {chapter.slug}"
    group = map(course.listed, (submission.student, *submission.together))
    if whose and course.per_student and whose not in group:
        yield f"the notebook was made for {whose}"
