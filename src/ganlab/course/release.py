"""Release: the notebooks of a chapter, written into the folder of a course."""

from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from ganlab.course.assignments import Chapter
from ganlab.course.files import store
from ganlab.course.folder import Course
from ganlab.course.notebooks import as_text, instructor_notebook, origin_line, student_notebook
from ganlab.course.own import prove


class Released(NamedTuple):
    """What was written: the notebooks to hand out, and for each the one with solutions, in the same order."""

    students: list[Path]
    instructors: list[Path]


def release(course: Course, chapter: Chapter) -> Released:
    """Write the notebook to hand out, and the instructor's; with own variants, both for each student.

    Returns
    -------
    Released
        Where they are.

    Raises
    ------
    ValueError
        If each student is to get an own variant and the settings list nobody, if a reference does not pass, or if a
        problem of the instructor's own does not do what it says.
    """
    if course.per_student and not course.students:
        raise ValueError(f"per_student is true, but `students` in {course.path / 'course.toml'} lists nobody")
    whose = tqdm(course.students, unit="student") if course.per_student else [""]
    pairs = [_released(course, chapter, student) for student in whose]
    (course.path / "submissions" / chapter.slug).mkdir(parents=True, exist_ok=True)
    return Released(*map(list, zip(*pairs, strict=True)))


def _released(course: Course, chapter: Chapter, student: str) -> tuple[Path, Path]:
    """Write the two notebooks of one student, or of all; the solutions first, since they may turn out to be none."""
    origin, tasks = origin_line(course.id, chapter.slug, student), course.tasks(chapter, student)
    for task in tasks:
        if task.source:
            prove(task)
    solved = _stored(course, "instructor", chapter, student, instructor_notebook(course.name, origin, chapter, tasks))
    return _stored(course, "release", chapter, student, student_notebook(course.name, origin, chapter, tasks)), solved


def _stored(course: Course, folder: str, chapter: Chapter, student: str, notebook: dict[str, Any]) -> Path:
    one_for_all = course.path / folder / f"{chapter.slug}.ipynb"
    path = course.place(folder, chapter.slug, student, ".ipynb") if student else one_for_all
    store(path, as_text(notebook))
    return path
