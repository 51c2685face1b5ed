"""What students and Colab do to a notebook, as methods of a copy of a released one."""

import copy
import json
from pathlib import Path

import pytest

from ganlab.course import assignments, notebooks

CHAPTER = "04-the-game"
ORIGIN = notebooks.origin_line("0c0ffee0", CHAPTER)


class Handed:
    """A notebook on its way back: `cells` are what a student sees, the methods what they do."""

    def __init__(self, tasks, origin=ORIGIN):
        chapter = assignments.chapter(tasks[0].chapter)
        self.tasks = {task.id: task for task in tasks}
        self.notebook = copy.deepcopy(notebooks.student_notebook("Demo", origin, chapter, tasks))

    @property
    def cells(self):
        return self.notebook["cells"]

    def at(self, name):
        return next(i for i, cell in enumerate(self.cells) if cell["id"] == name)

    def cell(self, task):
        return self.cells[self.at(f"{task}-answer")]

    def answer(self, task, source=None):
        """Write a right answer, or another one, below the marker."""
        source = self.tasks[task].exercise.reference if source is None else source
        self.cell(task)["source"] = f"# EXERCISE {task}\n{source}"
        return self

    def all_right(self):
        for task in self.tasks:
            self.answer(task)
        return self

    def mistake(self, task, title):
        source = next(each.source for each in self.tasks[task].exercise.mistakes if each.title == title)
        return self.answer(task, source)

    def insert(self, place, *sources, kind="code"):
        """Put cells of a student's own at a place: a position, or before the cell of that name."""
        place = self.at(place) if isinstance(place, str) else place
        new = [
            {"cell_type": kind, "id": f"own-{place}-{i}", "metadata": {}, "source": s} for i, s in enumerate(sources)
        ]
        self.cells[place:place] = new
        return self

    def delete(self, *names):
        self.notebook["cells"] = [cell for cell in self.cells if cell["id"] not in names]
        return self

    def duplicate(self, name, source=None):
        """Copy a cell, metadata and all, below itself; the copy may be edited."""
        twin = copy.deepcopy(self.cells[self.at(name)]) | {"id": f"{name}-copy"}
        self.cells.insert(self.at(name) + 1, twin | ({} if source is None else {"source": source}))
        return self

    def colab(self):
        """Save as Colab does: own ids, a badge on top, unknown metadata gone, sources as lists of lines."""
        self.notebook["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
        badge = '<a href="https://colab.research.google.com/github/x"><img src="badge.svg"/></a>'
        self.cells.insert(0, {"cell_type": "markdown", "metadata": {"id": "view-in-github"}, "source": [badge]})
        for i, cell in enumerate(self.cells):
            cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
            cell["metadata"] = {"id": f"aBc{i}"}
            cell.pop("id", None)
        self.notebook["nbformat_minor"] = 0
        return self

    def save(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.notebook), encoding="utf-8")
        return path


@pytest.fixture(scope="session")
def tasks():
    """The tasks of chapter 4."""
    return assignments.tasks(assignments.chapter(CHAPTER), "secret")


@pytest.fixture
def handed(tasks):
    """A fresh copy of the released notebook."""
    return Handed(tasks)


@pytest.fixture(scope="session")
def handed_of():
    """`handed_of(tasks, origin)`: a fresh copy of the notebook of other tasks."""
    return Handed
