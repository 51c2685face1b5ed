"""Graft: the answers of a notebook that Colab and its owner have changed, each as a source text that stands alone.

An answer is found by the metadata of its cell, else by the comment `# EXERCISE id`, else by the names that it defines.
Taken are its definitions, and the imports, helpers and values that these need wherever they stand; never the loops, so
that nobody's training runs again. Nothing is executed here, and what cannot be placed is said.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ganlab.course.assignments import Task
from ganlab.course.records import LOST, MARKER, METADATA, NAME
from ganlab.course.statements import (
    READING,
    UNREADABLE,
    Cell,
    Statement,
    cells,
    is_builtin,
    parse,
    read,
    without_magics,
)

#: What the set-up cell of a released notebook imports; an answer may use it even where that cell was deleted.
GIVEN = {"torch": "import torch", "ganlab": "import ganlab"}
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Grafted:
    """What was found in a notebook.

    Parameters
    ----------
    answers : dict
        Source text by task id; a task that was not found is missing, an untouched stub is there.
    recovered : dict
        How each task was found: "metadata", "marker", "name" or "lost".
    notes : tuple of str
        What is odd, in words; parts of the notebook may be quoted, so escape them.
    doubts : tuple of str
        Those of the notes that somebody should look at.
    """

    answers: dict[str, str]
    recovered: dict[str, str]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


def graft(notebook: Mapping[str, Any], tasks: Sequence[Task]) -> Grafted:
    """Return the answers to the tasks that a notebook holds.

    Parameters
    ----------
    notebook : mapping
        What `json.load` gave; it may hold anything.
    tasks : sequence of Task
        What the notebook asks.

    Returns
    -------
    Grafted
        Answers, how they were found, and what is odd.
    """
    with READING:
        return _grafted(_Page(cells(notebook), tasks), tasks)


def _grafted(page: "_Page", tasks: Sequence[Task]) -> Grafted:
    answers: dict[str, str] = {}
    recovered: dict[str, str] = {}
    for task in tasks:
        try:
            source, recovered[task.id] = page.answer(task)
        except UNREADABLE:  # thousands of helpers that lean on each other, say
            source, recovered[task.id] = "", LOST
            page.doubt(f"{task.id}: its code is nested too deeply to be read")
        if source.strip():
            answers[task.id] = source
    page.say_what_is_left(tasks, recovered)
    return Grafted(answers, recovered, tuple(dict.fromkeys(page.notes)), tuple(dict.fromkeys(page.doubts)))


class _Page:
    """The statements of a notebook, and the notes that are taken while answers are picked from them."""

    def __init__(self, found: list[Cell], tasks: Sequence[Task]) -> None:
        self.cells = {cell.index: cell for cell in found}
        self.statements: list[Statement] = []
        self.broken: dict[int, str] = {}
        self.notes: list[str] = []
        self.doubts: list[str] = []
        self.used: set[int] = set()
        for cell in found:
            self._read(cell)
        self.stubs = {name: node for task in tasks for name, node in _stubs(task).items()}
        self.checks = dict(self._checks())
        self._by_name: dict[str, list[Statement]] = {}
        for each in self.statements:
            for name in each.binds if each.is_binding else ():
                self._by_name.setdefault(name, []).append(each)

    def _read(self, cell: Cell) -> None:
        found, wrong = read(cell, len(self.statements))
        self.statements += found
        if wrong:
            self.broken[cell.index] = wrong
        if not cell.is_code and found:
            self.note(f"cell {cell.index + 1} is a text cell; it was read as code")

    def note(self, text: str) -> None:
        """Say what is odd."""
        self.notes.append(text)

    def doubt(self, text: str) -> None:
        """Say what somebody should look at."""
        self.notes.append(text)
        self.doubts.append(text)

    # Which statement is the answer.

    def answer(self, task: Task) -> tuple[str, str]:
        """Return the source of an answer, and how it was found."""
        names = task.exercise.names
        chosen = {name: self._chosen(task, name) for name in names}
        if not any(each and not self.is_stub(each) for each in chosen.values()) and (broken := self._broken(task)):
            return without_magics(broken.source), _how(broken, task)
        if not any(chosen.values()):
            return self._nameless(task)
        text = _Text(self, task)
        for name, statement in chosen.items():
            if statement is None:
                self.doubt(f"{task.id}: no cell defines {name}")
            else:
                text.add_answer(name, statement)
        found = [_how(self.cells[each.cell], task) for each in chosen.values() if each]
        return text.source, max(found, key=[METADATA, MARKER, NAME].index)

    def _chosen(self, task: Task, name: str) -> Statement | None:
        """Return the statement that binds a name of a task: the last one that is written, in a cell of its own."""
        found = self.binding(name)
        if all(map(self.is_stub, found)):
            found = self._checked_instead(task, name) or found or self._only_function(task)
        written = [each for each in found if not self.is_stub(each)]
        ranked = sorted(written or found, key=lambda each: (_how(self.cells[each.cell], task) != NAME, each.place))
        self._say_which(task, name, ranked)
        return ranked[-1] if ranked else None

    def binding(self, name: str) -> list[Statement]:
        """Return the statements that bind a name, in order."""
        return self._by_name.get(name, [])

    def is_stub(self, statement: Statement) -> bool:
        """Tell whether a statement is what a reader starts from, or as empty."""
        return any(_is_stub(statement.node, self.stubs[name]) for name in statement.binds & self.stubs.keys())

    def _checked_instead(self, task: Task, name: str) -> list[Statement]:
        """Return what the check was called with in the name's place."""
        passed = self.checks.get(task.id, ())
        place = task.exercise.names.index(name)
        return self.binding(passed[place]) if place < len(passed) and passed[place] != name else []

    def _only_function(self, task: Task) -> list[Statement]:
        """Return the function in the task's own cell, if there is one alone and one was asked for."""
        own = [each for each in self.statements if _how(self.cells[each.cell], task) != NAME]
        functions = [f for f in own if isinstance(f.node, ast.FunctionDef) and not f.binds & self.stubs.keys()]
        return functions if len(functions) == len(task.exercise.names) == 1 else []

    def _say_which(self, task: Task, name: str, ranked: list[Statement]) -> None:
        texts = {ast.dump(each.node) for each in ranked}
        if len(ranked) > 1 and len(texts) == 1:
            self.note(f"{task.id}: {name} stands there {len(ranked)} times, each time the same")
        elif len({each.cell for each in ranked}) > 1:
            where = f"cell {ranked[-1].cell + 1}"
            self.doubt(f"{task.id}: {name} is defined {len(texts)} times in different ways; graded was {where}")
        elif len(ranked) > 1:
            self.note(f"{task.id}: {name} is defined {len(ranked)} times in one cell; the last one counts")

    def _broken(self, task: Task) -> Cell | None:
        """Return a cell that Python cannot read and that was to answer the task: its owner will be told."""
        cells = [self.cells[index] for index in self.broken]
        own = [cell for cell in cells if _how(cell, task) != NAME]
        binds = re.compile(rf"^(def )?({'|'.join(task.exercise.names)}) *[(=]", re.MULTILINE)
        named = [cell for cell in cells if binds.search(cell.source)]
        return (own or named or [None])[-1]

    def _nameless(self, task: Task) -> tuple[str, str]:
        """Return the cell of a task that does not define what it should; or nothing, and say that it is lost."""
        names = ", ".join(task.exercise.names)
        own = [cell for cell in self.cells.values() if _how(cell, task) != NAME]
        if not own:
            self.doubt(f"{task.id}: lost; no cell has its id or its marker, or defines {names}")
            return "", LOST
        if any(each.cell == own[-1].index for each in self.statements):
            self.doubt(f"{task.id}: its cell is there, but does not define {names}")
        return own[-1].source if own[-1].is_code else "", _how(own[-1], task)

    # What is said at the end.

    def _checks(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield what each call `check("id", name, …)` was given, as written."""
        for statement in self.statements:
            if isinstance(statement.node, ast.Expr) and isinstance(call := statement.node.value, ast.Call):
                ends = getattr(call.func, "attr", getattr(call.func, "id", ""))
                if ends == "check" and call.args and isinstance(call.args[0], ast.Constant):
                    yield str(call.args[0].value), tuple(getattr(each, "id", "") for each in call.args[1:])

    def say_what_is_left(self, tasks: Sequence[Task], recovered: Mapping[str, str]) -> None:
        """Note broken cells, checks that are gone or changed, and functions that no task asks for."""
        for index, wrong in self.broken.items():
            self.note(f"cell {index + 1} has a syntax error in {wrong}")
        for task in tasks:
            if f'check("{task.id}"' not in task.check:
                continue  # an own problem of the course, which has none
            if task.id not in self.checks:
                self.note(f"{task.id}: its check was deleted or changed; it is not needed")
            elif self.checks[task.id] != task.exercise.names:
                self.note(f"{task.id}: its check was edited; it is not used")
        if LOST in recovered.values():
            self._say_spare(tasks)

    def _say_spare(self, tasks: Sequence[Task]) -> None:
        asked = {name for task in tasks for name in task.exercise.names}
        functions = [each for each in self.statements if isinstance(each.node, ast.FunctionDef)]
        spare = dict.fromkeys(f.node.name for f in functions if f.place not in self.used and not f.binds & asked)
        if spare:
            self.note(f"functions that no task asks for: {', '.join(name[:_LONGEST_NAME] for name in [*spare][:10])}")


@dataclass
class _Text:
    """The text of one answer while it is put together: what is needed comes before what needs it."""

    page: _Page
    task: Task
    parts: list[str] = field(default_factory=list)
    done: set[int] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)

    @property
    def source(self) -> str:
        """The whole text."""
        return "\n\n".join(sorted(self.parts, key=lambda part: not part.startswith("from __future__"))) + "\n"

    def add_answer(self, name: str, statement: Statement) -> None:
        """Add what binds a name of the task."""
        self.add(statement)
        if name not in statement.binds:
            other = min(statement.binds)
            self.parts.append(f"{name} = {other}")
            self.page.doubt(f"{self.task.id}: {other} was taken for {name}")
        self._say_unrun(statement)

    def add(self, statement: Statement) -> None:
        """Add a statement after what it needs, and before what changes its values."""
        if statement.place in self.done:
            return
        self.done.add(statement.place)
        self.page.used.add(statement.place)
        for name in sorted(statement.needs):
            self._need(name, statement)
        self.parts.append(statement.source)
        self.bound |= statement.binds
        if not statement.is_import and not statement.is_definition:
            for change in self._changes(statement):
                self.add(change)

    def _need(self, name: str, user: Statement) -> None:
        if name in user.binds and user.is_definition:
            return
        found = self._nearest(name, user)
        if found is not None:
            self.add(found)
        elif not is_builtin(name) and name not in self.bound:
            self._from_elsewhere(name)

    def _nearest(self, name: str, user: Statement) -> Statement | None:
        """Return what a name meant where it is used: the last binding up to there, else the last of all."""
        found = [each for each in self.page.binding(name) if each is not user]
        found = [each for each in found if not self.page.is_stub(each)] or found
        if user.is_definition:
            before = [each for each in found if each.cell <= user.cell]
        else:
            before = [each for each in found if each.place < user.place]
        return (before or found or [None])[-1]

    def _from_elsewhere(self, name: str) -> None:
        """Add what may define a name that no statement binds: what every notebook imports, or `import *`."""
        self.bound.add(name)
        if name in GIVEN:
            self.parts.append(GIVEN[name])
        elif any(name in each.binds for each in self.page.statements):
            self.page.doubt(f"{self.task.id}: uses {name[:_LONGEST_NAME]}, which is set in a block that is not run")
        for each in self.page.statements:
            if isinstance(each.node, ast.ImportFrom) and each.node.names[0].name == "*" and each.place not in self.done:
                self.done.add(each.place)
                self.parts.append(each.source)

    def _changes(self, binding: Statement) -> Iterator[Statement]:
        """Yield the statements that change what was bound, up to where it is bound anew."""
        for each in self.page.statements[binding.place + 1 :]:
            if each.is_binding and binding.binds <= each.binds:
                return
            if binding.binds & each.changes and _is_one_line(each.node):
                yield each

    def _say_unrun(self, answer: Statement) -> None:
        """Say if a value of the answer is changed by a loop or another block, which is not run."""
        for each in self.page.statements:
            if each.place in self.done or each.is_binding or _is_one_line(each.node):
                continue
            if touched := (each.changes | each.binds) & answer.binds:
                self.page.doubt(f"{self.task.id}: a block that is not run changes {', '.join(sorted(touched))}")


def _how(cell: Cell, task: Task) -> str:
    """Tell what says that a cell answers a task: its metadata, its marker, or nothing but a name in it."""
    if cell.metadata == task.id:
        return METADATA
    return MARKER if cell.marker == task.id else NAME


def _stubs(task: Task) -> dict[str, ast.stmt]:
    """Return what the reader starts from, by the name that it binds."""
    found: dict[str, ast.stmt] = {}
    for node in parse(task.exercise.stub).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
    return found


def _is_stub(node: ast.stmt, stub: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        body = _body(node)
        return not body or (isinstance(stub, ast.FunctionDef) and _same(body, _body(stub)))
    value = getattr(node, "value", None) or node  # `name: type` has none
    if isinstance(stub, ast.Assign) and _same([value], [stub.value]):
        return True
    return isinstance(value, ast.Constant) and value.value in (..., None)


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    """Return what a function does: without its text, `pass` and `...`."""
    return [node for node in function.body if not _is_idle(node)]


def _is_idle(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _same(one: Sequence[ast.AST], other: Sequence[ast.AST]) -> bool:
    return [ast.dump(node) for node in one] == [ast.dump(node) for node in other]


def _is_one_line(node: ast.stmt) -> bool:
    """Tell whether a statement is simple: no block in it that could run for long."""
    return isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Delete)
