"""Notebooks of a course: what students get, and what their instructor keeps.

The students' notebook has the set-up cell for Colab, the text of each task, a cell to write in, and a cell that
checks; no solution, no hidden case. The cell to write in begins with `# EXERCISE id`, and its metadata say the same:
one of the two mostly survives Colab (`ganlab.course.graft`). The instructor's notebook adds solutions, points, what
the check should print, and how long it takes.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ganlab.checks import describe
from ganlab.checks.report import PASSED, Report
from ganlab.course.assignments import Chapter, Task, book, misconception, setup
from ganlab.course.run_problems import described

_ORIGIN = re.compile(r"^# COURSE (\w+) CHAPTER ([\w-]+)(?: FOR (\S.*))?$", re.MULTILINE)
_HOW = """\
Write your answers into the cells that begin with `# EXERCISE`, and keep that line. Add cells wherever you like.
The check below each answer says at once what it thinks of it; the grader looks at more, so let it convince *you*.
When you are done, save the notebook (in Colab: *File*, *Download*, *Download .ipynb*) and hand in that file."""


def student_notebook(course: str, origin: str, chapter: Chapter, tasks: Sequence[Task]) -> dict[str, Any]:
    """Return the notebook that is handed out.

    Parameters
    ----------
    course : str
        Its name, as students see it.
    origin : str
        The line that `origin_line` made; `origin_of` finds it again in what is handed in.
    chapter : Chapter
        Where the tasks are from.
    tasks : sequence of Task
        What is asked, in this order.

    Returns
    -------
    dict
        Notebook JSON of format 4.5.
    """
    parts = [part for number, task in enumerate(tasks, 1) for part in _asked(number, task)]
    return _notebook([*_opening(course, origin, chapter), *parts], origin)


def instructor_notebook(course: str, origin: str, chapter: Chapter, tasks: Sequence[Task]) -> dict[str, Any]:
    """Return the notebook with solutions; making it tries each reference once, with the seed of this course.

    The solution of a run is a link that reaches its goals; without Node it is there, but was not replayed.

    Raises
    ------
    ValueError
        If a reference does not pass all of its cases.
    """
    parts = [part for number, task in enumerate(tasks, 1) for part in _solved(number, task)]
    opening = _markdown("for-instructors", "**For instructors: with solutions. Do not hand out.**")
    return _notebook([opening, *_opening(course, origin, chapter), *parts], origin)


def as_text(notebook: Mapping[str, Any]) -> str:
    """Return a notebook as it is written into a file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def origin_line(course_id: str, chapter: str, student: str = "") -> str:
    """Return the comment that says where a notebook comes from.

    Examples
    --------
    >>> origin_line("3fa2", "04-the-game", "Ada")
    '# COURSE 3fa2 CHAPTER 04-the-game FOR Ada'
    """
    return f"# COURSE {course_id} CHAPTER {chapter}" + (f" FOR {student}" if student else "")


def origin_of(notebook: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the course's id, chapter and student that a notebook names in its metadata or its set-up cell.

    Parameters
    ----------
    notebook : mapping
        What `json.load` gave; it may hold anything.

    Returns
    -------
    tuple of str
        Empty where nothing is said.
    """
    metadata = notebook.get("metadata")
    ours = metadata.get("ganlab") if isinstance(metadata, Mapping) else None
    texts = [ours.get("origin") if isinstance(ours, Mapping) else None]
    given = notebook.get("cells")
    for cell in given if isinstance(given, list) else []:
        source = cell.get("source") if isinstance(cell, Mapping) else None
        texts.append("".join(map(str, source)) if isinstance(source, list) else source)
    found = next((m for text in texts if isinstance(text, str) and (m := _ORIGIN.search(text))), None)
    return (found[1], found[2], found[3] or "") if found else ("", "", "")


def _opening(course: str, origin: str, chapter: Chapter) -> list[dict[str, Any]]:
    where = f"the page [{chapter.title}]({chapter.page}) of [the book]({book()})"
    head = f"# {chapter.title}\n\n**{course}.** These tasks belong to {where}.\n\n{_HOW}"
    code = f"# @title Set-up: run this cell first\n{origin}\n{setup()}\n\nimport torch\n\nimport ganlab"
    form = {"cellView": "form", "jupyter": {"source_hidden": True}}
    return [_markdown("opening", head), _code("set-up", code, form)]


def _asked(number: int, task: Task) -> list[dict[str, Any]]:
    stub = f"# EXERCISE {task.id}\n{task.exercise.stub.strip()}"
    return [
        _markdown(f"{task.id}-text", f"## {_title(number, task)}\n\n{task.text}"),
        _code(f"{task.id}-answer", stub, {"ganlab": {"exercise": task.id}}),
        _code(f"{task.id}-check", task.check, {"ganlab": {"check": task.id}}),
    ]


def _solved(number: int, task: Task) -> list[dict[str, Any]]:
    start = time.perf_counter()
    shown, how = _replayed(task) if task.mark else tried(task)
    seconds = time.perf_counter() - start
    text, answer, check = _asked(number, task)
    answer["source"] = f"# EXERCISE {task.id}\n{task.exercise.reference.strip()}"
    check["outputs"] = [{"output_type": "stream", "name": "stdout", "text": f"{shown}\n"}]
    return [text, answer, check, _markdown(f"{task.id}-notes", _notes(task, f"{how} {seconds:.1f} s"))]


def tried(task: Task) -> tuple[str, str]:
    """Run the reference with the seed of the course; return what its check prints, and what took how long.

    Raises
    ------
    ValueError
        If it does not pass all of its cases.
    """
    report = task.exercise.run(*task.exercise.solve(task.exercise.reference), seed=task.seed)
    if report.status != PASSED:
        raise ValueError(f"{task.id}: the reference does not pass with seed {task.seed}: {describe(report)}")
    visible = {case.name for case in task.exercise.visible or task.exercise.cases}
    seen = [result for result in report.results if result.case in visible]
    return describe(Report(task.id, task.title, seen)), f"seed of this course: {task.seed}; the reference takes"


def _replayed(task: Task) -> tuple[str, str]:
    """Replay the link that is stored as a solution; return what its check prints, and what took how long."""
    scored = task.mark(task.exercise.reference)
    if not scored.unmarked and scored.points < scored.out_of:
        raise ValueError(f"{task.id}: the stored link does not reach the goals: {described(scored)}")
    ours = "a link that reaches the goals; another may too, since a run is judged by what its replay shows"
    return described(scored), f"{ours}; {'not replayed here, after' if scored.unmarked else 'its replay takes'}"


def _notes(task: Task, tried: str) -> str:
    cases = [
        f"| {_cell(case.title)} | {case.points:g} | {'' if case.visible else 'hidden'} |"
        for case in task.exercise.cases
    ]
    mistakes = dict.fromkeys(f"- {each.title}{_place(each.misconception)}" for each in task.exercise.mistakes)
    recognised = ["", "**Mistakes that are recognised**", "", *mistakes] if mistakes else []
    table = ["| A right answer: | points | |", "| :--- | ---: | :--- |", *cases]
    own = task.weight is not None and task.weight != task.exercise.out_of
    scaled = f"; their sum counts {_points(task.weight)} in this course" if own else ""
    return "\n".join([f"**Points** ({tried}{scaled})", "", *table, *recognised])


def _place(key: str) -> str:
    """Return in brackets where the book explains a misconception; nothing without a key."""
    known = misconception(key)
    where = f"[{known.title}]({known.page})" if known.page else known.title or key
    return f" ({where})" if where else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _title(number: int, task: Task) -> str:
    return f"{number}. {task.title} ({_points(task.out_of)})"


def _points(count: float) -> str:
    return f"{count:g} point{'s' * (count != 1)}"


def _markdown(name: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def _code(name: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    cell = {"cell_type": "code", "id": name, "metadata": metadata, "source": source}
    return cell | {"execution_count": None, "outputs": []}


def _notebook(cells: list[dict[str, Any]], origin: str) -> dict[str, Any]:
    python = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": python, "language_info": {"name": "python"}, "ganlab": {"origin": origin}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
