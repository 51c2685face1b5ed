"""Statements: the code of a notebook, cell by cell, as top-level statements with the names they bind and need.

Nothing is executed. A cell that Python cannot read is read again without what only a notebook understands (magics,
shell commands, questions), and then piece by piece, so that one slip does not hide the rest of the cell.
"""

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import RLock
from typing import Any

MARKER = re.compile(r"^[ \t]*#[ \t]*EXERCISE[ \t:]+(\w+)", re.MULTILINE)
MOST_CHARACTERS = 500_000  # of code in a notebook; chapters of the book have some 50 000

#: What reading hostile or broken source raises; nested too deeply, it overflows the parser.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")
_MAGIC = re.compile(r"^(?P<indent>[ \t]*)(?:[%!?].*|[\w., ]+=[ \t]*[%!].*|[\w.]+\?{1,2}[ \t]*)$")
_GOES_ON = re.compile(r"(else|elif|except|finally)\b|[)\]}#]")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BINDINGS = (*_DEFINITIONS, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
_BLOCKS = (ast.If, ast.Try)
_CHANGING = {
    *("add", "append", "clear", "discard", "extend", "insert", "pop"),
    *("remove", "reverse", "setdefault", "sort", "update"),
}


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook: its position, its text, and the exercises that metadata and marker say it answers."""

    index: int
    source: str
    metadata: str = ""
    is_code: bool = True

    @property
    def marker(self) -> str:
        """The id in its first comment `# EXERCISE id`, or nothing."""
        found = MARKER.search(self.source)
        return found[1] if found else ""


@dataclass(frozen=True, eq=False)
class Statement:
    """A top-level statement: its place in the notebook, its text, and its syntax tree."""

    cell: int
    place: int
    source: str
    node: ast.stmt

    @cached_property
    def _names(self) -> tuple[frozenset[str], frozenset[str]]:
        table = symtable.symtable(self.source, "cell", "exec")
        binds = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
        needs = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
        return frozenset(binds), frozenset(needs.union(*(_globals(child) for child in table.get_children())))

    @property
    def binds(self) -> frozenset[str]:
        """The names that it gives a value."""
        return self._names[0]

    @property
    def needs(self) -> frozenset[str]:
        """The names of the notebook that it uses, at once or when a function of it is called."""
        return self._names[1]

    @property
    def is_binding(self) -> bool:
        """Whether it does nothing but bind names: a definition, an import, a value; also under `if` and `try`."""
        return _binds_only(self.node)

    @property
    def is_import(self) -> bool:
        """Whether it imports."""
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    @property
    def is_definition(self) -> bool:
        """Whether it defines a function or class, which needs its names only when it is called."""
        return isinstance(self.node, _DEFINITIONS)

    @cached_property
    def changes(self) -> frozenset[str]:
        """The names whose value it changes without binding them anew: `a[0] = 1`, `a += [1]`, `a.append(1)`."""
        return frozenset(_changed(self.node))


def cells(notebook: Mapping[str, Any]) -> list[Cell]:
    """Return the cells with code, or with the marker of an exercise, of a notebook that may hold anything.

    Raises
    ------
    ValueError
        If there is far more code than anybody writes.
    """
    given = notebook.get("cells")
    found = []
    for index, cell in enumerate(given if isinstance(given, list) else []):
        if isinstance(cell, Mapping):
            each = Cell(index, _text(cell.get("source")), _exercise(cell), cell.get("cell_type") == "code")
            found += [each] if each.is_code or each.marker or each.metadata else []
    if (size := sum(len(cell.source) for cell in found)) > MOST_CHARACTERS:
        raise ValueError(f"the notebook holds {size:,} characters of code; up to {MOST_CHARACTERS:,} are read")
    return found


def _text(source: Any) -> str:
    lines = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair


def _exercise(cell: Mapping[str, Any]) -> str:
    """Return the exercise that the cell's metadata name, or nothing."""
    metadata = cell.get("metadata")
    ours = metadata.get("ganlab") if isinstance(metadata, Mapping) else None
    name = ours.get("exercise") if isinstance(ours, Mapping) else None
    return name if isinstance(name, str) else ""


def read(cell: Cell, place: int = 0) -> tuple[list[Statement], str]:
    """Return the statements of a cell, numbered from `place`, and what is wrong with it, if anything."""
    for source in (cell.source, without_magics(cell.source)):
        try:
            return list(_statements(cell.index, place, source)), ""
        except UNREADABLE as error:
            wrong = _told(error, source)
    found: list[Statement] = []
    for part in _parts(source):
        try:
            found += _statements(cell.index, place + len(found), part)
        except UNREADABLE:
            continue
    return found, wrong


def without_magics(source: str) -> str:
    """Return the source without what only a notebook understands; the number of lines stays."""
    first, _, rest = source.lstrip("\n").partition("\n")
    if first.startswith("%%"):
        return "\n" + rest if first.startswith(_PYTHON_MAGICS) else ""
    return "\n".join(_MAGIC.sub(r"\g<indent>pass", line) for line in source.split("\n"))


#: Held while a notebook is read: where two threads parse, Python may lose count of its depth (CPython issue 106905),
#: and warnings that one of them silences stay silent for the other.
READING = RLock()


def parse(source: str) -> ast.Module:
    """Return the syntax tree, without the warnings that an odd escape would print."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def is_builtin(name: str) -> bool:
    """Tell whether Python itself knows the name."""
    return hasattr(builtins, name) or name in ("__name__", "__file__", "__doc__")


def _statements(cell: int, place: int, source: str) -> Iterator[Statement]:
    lines = source.split("\n")
    body = parse(source).body
    for i, node in enumerate(body):
        statement = Statement(cell, place + i, _segment(body, i, lines), node)
        _ = statement.binds  # what Python's parser lets pass and its symbol table does not shows here
        yield statement


def _segment(body: list[ast.stmt], i: int, lines: list[str]) -> str:
    """Return the lines of a statement with its comments, or its tree in words where it shares a line."""
    first, last = _span(body[i])
    before, after = body[max(i - 1, 0) : i], body[i + 1 : i + 2]
    shares = any(_span(each)[1] >= first for each in before) or any(_span(each)[0] <= last for each in after)
    return ast.unparse(body[i]) if shares else "\n".join(lines[first - 1 : last])


def _span(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)]), node.end_lineno or node.lineno


def _parts(source: str) -> list[str]:
    """Cut where a line begins at the margin, but not before `else`, a closing bracket or what a decorator decorates."""
    parts: list[list[str]] = [[]]
    for line in source.split("\n"):
        decorated = bool(parts[-1]) and parts[-1][-1].startswith("@")
        if line[:1].strip() and not _GOES_ON.match(line) and not decorated:
            parts.append([])
        parts[-1].append(line)
    return ["\n".join(part) for part in parts]


def _told(error: Exception | MemoryError, source: str) -> str:
    if not isinstance(error, SyntaxError):
        return "it is nested too deeply to be read"
    lines = source.split("\n")
    number = min(max(error.lineno or 1, 1), len(lines))
    return f"line {number}, `{lines[number - 1].strip()[:80]}`: {error.msg}"


def _globals(table: symtable.SymbolTable) -> set[str]:
    own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return own.union(*(_globals(child) for child in table.get_children()))


def _binds_only(node: ast.stmt) -> bool:
    if isinstance(node, _BLOCKS):
        branches = [node.body, node.orelse, getattr(node, "finalbody", [])]
        branches += [handler.body for handler in getattr(node, "handlers", [])]
        return all(_binds_only(each) or isinstance(each, ast.Pass) for branch in branches for each in branch)
    if isinstance(node, ast.Assign):
        return all(_is_plain(target) for target in node.targets)
    return isinstance(node, _BINDINGS)


def _is_plain(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_is_plain, target.elts))
    return isinstance(target, ast.Name) or (isinstance(target, ast.Starred) and _is_plain(target.value))


def _changed(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, _DEFINITIONS):
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            yield from _base(node)
        elif isinstance(node, ast.AugAssign):
            yield from _base(node.target)
        elif isinstance(node, ast.Call) and isinstance(call := node.func, ast.Attribute):
            yield from _base(call) if call.attr in _CHANGING or call.attr.endswith("_") else ()


def _base(node: ast.expr) -> Iterator[str]:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
