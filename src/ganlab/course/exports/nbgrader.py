"""nbgrader: a course directory from which `nbgrader generate_assignment` makes the notebooks of students.

The first part writes that directory; the second is called by nbgrader 0.9.6 while it grades: `renamed`, `tidied` and
`recovered` by its configuration, `points` by the hidden part of each test cell. What they look after was measured:

- Anything on stderr gives a test cell 0 points, so stderr is ignored.
- A test cell whose last line is no number gives all points, so its last line is one.
- A notebook called *Copy of …* is skipped, a cell without metadata counts 0, a copied one stops the grading of all who
  come after: the answers are grafted into the released notebook.
- A kernel that Colab does not describe in full makes the notebook invalid: the grafting comes first.
- Feedback pages show the hidden part of a cell: the key is not in it, but in a file of the course directory.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ganlab.checks import describe
from ganlab.course import assignments
from ganlab.course.assignments import Chapter, Task
from ganlab.course.exports import Export, chosen, gradable, result, said
from ganlab.course.folder import Course
from ganlab.course.graft import graft
from ganlab.course.notebooks import as_text, origin_line, student_notebook
from ganlab.course.pages import TEMPLATES
from ganlab.course.variants import Draw

FOLDER, KEYS, CONFIG, OURS = "nbgrader", "ganlab_keys.json", "nbgrader_config.py", "ganlab_nbgrader_config.py"
_SECONDS_BESIDE_CASES = 60
_CONFIG = f"""\
# Settings of this nbgrader course; they are yours. An export does not touch this file once it is there.
c = get_config()
load_subconfig("{OURS}")
"""
_OURS = """\
# Written by `python -m ganlab.course export`, and written anew by the next one: put your settings elsewhere.
from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, DeduplicateIds, OverwriteCells, OverwriteKernelspec

from ganlab.course.exports.nbgrader import recovered

c = get_config()

# Without this, whatever an answer writes to stderr gives its test cell 0 points.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"[\\s\\S]"

# Seconds for a cell. The cases of an exercise have a limit of their own; its check and its hidden part run both.
c.Execute.timeout = {timeout}

# In the source the solution follows the stub; students get the stub alone.
c.ClearSolutions.code_stub = {{"python": ""}}

# Answers are put into the released notebook: metadata that are lost, cells that are copied, moved or gone, and a
# notebook with another name then cost nobody a point.
c.Autograde.pre_convert_hook = "ganlab.course.exports.nbgrader.renamed"
c.Autograde.post_convert_hook = "ganlab.course.exports.nbgrader.tidied"
c.Autograde.sanitize_preprocessors = [
    recovered, ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata
]
"""
_HIDDEN = """\
### BEGIN HIDDEN TESTS
from ganlab.course.exports import nbgrader

nbgrader.points({call})
### END HIDDEN TESTS"""


# What is written.


def export(course: Course, chapters: Sequence[Chapter]) -> Export:
    """Write chapters as assignments of an nbgrader course, into the folder `nbgrader` of the course.

    Returns
    -------
    Export
        Where it is, and what is to be said of each chapter.

    Raises
    ------
    ValueError
        If a chapter has nothing to export, or a reference does not pass.
    """
    parts = [(chapter, *chosen(course, chapter)) for chapter in chapters]  # before anything is written
    out, tasks = Export(course.path / FOLDER), gradable(course)
    for chapter, fitting, left_out in parts:
        name = f"source/{chapter.slug}/{chapter.slug}.ipynb"
        out.put(name, as_text(source_notebook(course, chapter, fitting)))
        out.chapters.append(said(chapter, out.root / name, fitting, left_out))
    out.put(KEYS, json.dumps({task.id: _asked(task) for task in tasks}, indent=1) + "\n")
    os.chmod(out.root / KEYS, 0o600)
    longest = max(task.exercise.seconds for task in tasks)
    out.put(OURS, _OURS.format(timeout=round(2 * longest + _SECONDS_BESIDE_CASES)))
    if not (out.root / CONFIG).exists():
        out.put(CONFIG, _CONFIG)
    text = (TEMPLATES / "nbgrader.md").read_text(encoding="utf-8")
    out.put("README.md", text.format(assignment=parts[0][0].slug, package=assignments.package()))
    return out


def source_notebook(course: Course, chapter: Chapter, tasks: Sequence[Task]) -> dict[str, Any]:
    """Return the notebook from which nbgrader makes that of the students: with solutions, and test cells with points.

    Parameters
    ----------
    course : Course
        Whose name and points are used.
    chapter : Chapter
        Where the tasks are from.
    tasks : sequence of Task
        What is asked, in this order.

    Returns
    -------
    dict
        Notebook JSON of format 4.5; its cells are those of `student_notebook`.
    """
    notebook = student_notebook(course.name, origin_line(course.id, chapter.slug), chapter, tasks)
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    cells["set-up"]["metadata"]["nbgrader"] = _kind("set-up", locked=True)
    for task in tasks:
        answer, check = cells[f"{task.id}-answer"], cells[f"{task.id}-check"]
        answer["metadata"]["nbgrader"] = _kind(f"{task.id}-answer", solution=True)
        answer["source"] += f"\n### BEGIN SOLUTION\n{task.exercise.reference.strip()}\n### END SOLUTION"
        check["metadata"]["nbgrader"] = _kind(task.id, grade=True, locked=True) | {"points": task.out_of}
        check["source"] += "\n" + _HIDDEN.format(call=", ".join([f'"{task.id}"', *task.exercise.names]))
    return notebook


def _kind(name: str, **flags: bool) -> dict[str, Any]:
    """Return what nbgrader wants to know of a cell, as its schema 3 says it."""
    none = {"grade": False, "locked": False, "solution": False, "task": False}
    return {"schema_version": 3, "grade_id": name, **none, **flags}


def _asked(task: Task) -> dict[str, Any]:
    return {"chapter": task.chapter, "key": task.draw.key, "points": task.out_of}


# What nbgrader calls.


def points(name: str, *answers: Any) -> float:
    """Try answers on all cases, print what was found, and return what they are worth; the last line of a test cell.

    Parameters
    ----------
    name : str
        The id of the task.
    *answers : Any
        What the task asks for.

    Returns
    -------
    float
        From 0 to what the task counts in the course.

    Raises
    ------
    ValueError
        If no keys are found above the working directory, or they are those of another course.
    """
    keys = _keys(Path.cwd())
    if name not in keys:
        raise ValueError(f"{name} is not in {KEYS}; export its chapter again")
    task, report = result(name, keys[name]["key"], answers)
    print(describe(report))
    worth, out_of = keys[name]["points"], task.out_of
    return float(report.points if worth == out_of else report.points / out_of * worth)


def recovered(notebook: Mapping[str, Any], resources: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the released notebook with the answers of a submission in it; nbgrader calls it as a preprocessor.

    Cells that a student added are not there, unless an answer needs what they define: then it stands above the answer.
    Of solution cells that are not ours, which an instructor added, the student's text is kept. A notebook of another
    kind stays as it is.
    """
    where = resources["nbgrader"]
    keys = _keys(Path.cwd())
    asked = {name: each["key"] for name, each in keys.items() if each["chapter"] == where["notebook"]}
    released = Path("release", where["assignment"], f"{where['notebook']}.ipynb")
    if not asked or not released.is_file():
        return notebook, resources
    answers = graft(notebook, [assignments.task(name, Draw(key)) for name, key in asked.items()]).answers
    clean = import_module("nbformat").read(released, as_version=4)  # nbgrader has it
    sources = {_graded(cell): cell["source"] for cell in notebook["cells"]}
    sources |= {f"{name}-answer": f"# EXERCISE {name}\n{source}" for name, source in answers.items()}
    for cell in clean["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = sources.get(_graded(cell), cell["source"])
    return clean, resources


def renamed(assignment: str, student: str, notebooks: list[str]) -> None:
    """Give the one notebook of a submission the name of the one that was released; nbgrader calls it beforehand.

    The file stays; a copy with the right name lies beside it until `tidied` is called.
    """
    released = sorted(each.name for each in Path("release", assignment).glob("*.ipynb"))
    if len(released) == len(notebooks) == 1 and Path(notebooks[0]).name != released[0]:
        right = Path(notebooks[0]).with_name(released[0])
        shutil.copyfile(notebooks[0], right)
        _copies.append(right)
        notebooks[:] = [str(right)]


def tidied(assignment: str, student: str, notebooks: list[str]) -> None:
    """Remove the copies that `renamed` made: a later submission with any name is then the only one again."""
    while _copies:
        _copies.pop().unlink(missing_ok=True)


_copies: list[Path] = []


def _graded(cell: Mapping[str, Any]) -> str | None:
    """Return nbgrader's name of a cell."""
    ours = cell["metadata"].get("nbgrader")
    return ours.get("grade_id") if isinstance(ours, Mapping) else None


def _keys(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the keys of the course directory; the outermost file counts, since the inner folders are a student's."""
    found = [path for each in (folder, *folder.parents) if (path := each / KEYS).is_file()]
    if not found:
        raise ValueError(f"no {KEYS} above {folder}; run nbgrader in the folder that was exported")
    return json.loads(found[-1].read_text(encoding="utf-8"))
