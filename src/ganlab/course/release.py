"""Release: the notebooks of a chapter, written into the folder of a course."""

import json
from pathlib import Path

from ganlab.course.assignments import Chapter
from ganlab.course.files import store
from ganlab.course.folder import Course
from ganlab.course.notebooks import instructor_notebook, origin_line, student_notebook


def release(course: Course, chapter: Chapter) -> list[Path]:
    """Write the notebook to hand out, and the instructor's; with own variants, a notebook for each student.

    Returns
    -------
    list of Path
        What was written, the instructor's notebook last.

    Raises
    ------
    ValueError
        If each student is to get an own variant and the settings list nobody, or if a reference does not pass.
    """
    if course.per_student and not course.students:
        raise ValueError(f"per_student is true, but `students` in {course.path / 'course.toml'} lists nobody")
    instructors = course.path / "instructor" / f"{chapter.slug}.ipynb"
    origin = origin_line(course.id, chapter.slug)
    solved = instructor_notebook(course.name, origin, chapter, course.tasks(chapter))
    written = [_released(course, chapter, student) for student in (course.students if course.per_student else [""])]
    (course.path / "submissions" / chapter.slug).mkdir(parents=True, exist_ok=True)
    store(instructors, json.dumps(solved, indent=1, ensure_ascii=False) + "\n")
    return [*written, instructors]


def _released(course: Course, chapter: Chapter, student: str) -> Path:
    origin = origin_line(course.id, chapter.slug, student)
    notebook = student_notebook(course.name, origin, chapter, course.tasks(chapter, student))
    one_for_all = course.path / "release" / f"{chapter.slug}.ipynb"
    path = course.place("release", chapter.slug, student, ".ipynb") if student else one_for_all
    store(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    return path
