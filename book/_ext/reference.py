"""The page *Reference*: every public name of the package, from its docstrings, and links between it and the chapters.

autodoc and napoleon read the package itself, so the page cannot be stale. This extension adds to each entry the
chapters that define or use the name; the first such mention in the text of one of these chapters becomes a link back.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chapter_numbers import CHAPTER
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode
from traitlets import TraitType

PAGE = "reference"
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OPTIONS = re.compile(r"\A(?::[\w-]+:[^\n]*\n)+|\A---\n.*?^---\n", re.MULTILINE | re.DOTALL)


def code(text: str) -> Iterator[ast.Module]:
    """Yield the parsed code cells of a page; what is no plain Python (a magic) is passed over."""
    for source in CELL.findall(text):
        try:
            yield ast.parse(OPTIONS.sub("", source))
        except SyntaxError:
            continue


def used(text: str) -> set[str]:
    """Return full names of the package that the code of a page imports or calls, "ganlab.losses.minimax_d".

    Examples
    --------
    >>> sorted(used("```{code-cell}\\nfrom ganlab import toys\\nx = toys.ring(8)\\n```\\n"))
    ['ganlab.toys', 'ganlab.toys.ring']
    """
    trees = list(code(text))
    imported = {}
    for node in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)):
        if node.module and node.module.split(".")[0] == "ganlab":
            imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    calls = {node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    owners = {"ganlab": "ganlab", **imported}
    return set(imported.values()) | {
        f"{owners[node.value.id]}.{node.attr}"
        for node in calls
        if isinstance(node.value, ast.Name) and node.value.id in owners
    }


def defined(text: str) -> set[str]:
    """Return the names of the functions and classes that the code of a page defines."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name for tree in code(text) for node in tree.body if isinstance(node, kinds)}


def names_by_chapter(env: BuildEnvironment) -> dict[int, tuple[set[str], set[str]]]:
    """Return the names that the code of each chapter defines, and those of the package that it uses."""
    found = {}
    for name in sorted(env.found_docs):
        if match := CHAPTER.match(name):
            text = Path(env.doc2path(name)).read_text(encoding="utf-8")
            found[int(match[1])] = defined(text), used(text)
    return found


def say_where(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Close the entry of a function or class with the chapters in which it is met."""
    if what not in ("function", "class"):
        return

    short = name.rpartition(".")[2]
    numbers = [n for n, (own, full) in app.env.names_by_chapter.items() if short in own or name in full]
    if numbers:
        lines += ["", f"*Met in* {', '.join(f':chapter:`{n}`' for n in numbers)}.", ""]


def skip(app: Sphinx, what: str, name: str, obj: Any, skipped: bool, options: Any) -> bool | None:
    """Leave out constants, and fields of named tuples and widgets: the docstring of the class says what they are."""
    constant = what == "module" and not (inspect.isclass(obj) or inspect.isroutine(obj))
    return True if constant or type(obj).__name__ == "_tuplegetter" or isinstance(obj, TraitType) else None


def link_back(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make a link of the first mention of each name in the text of a page whose code uses it."""
    if app.builder.format != "html" or docname == PAGE or PAGE not in app.env.found_docs:
        return
    objects = app.env.domains["py"].objects
    names = used(Path(app.env.doc2path(docname)).read_text(encoding="utf-8")) & objects.keys()
    by_mention = {form: name for name in names for form in _forms(name)}
    for literal in list(doctree.findall(nodes.literal)):
        name = by_mention.get(literal.astext().removesuffix("()"))
        if name in names and not _inside(literal, nodes.reference, nodes.title, nodes.caption):
            names.remove(name)
            entry = objects[name]
            link = make_refnode(app.builder, docname, entry.docname, entry.node_id, [literal.deepcopy()], name)
            literal.replace_self(link)


def _forms(name: str) -> list[str]:
    """Return the ways to write a name of the package: in full, with its module, alone."""
    parts = name.split(".")
    return [".".join(parts[start:]) for start in range(len(parts))]


def _inside(node: nodes.Node, *kinds: type[nodes.Node]) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def read_again(app: Sphinx, env: BuildEnvironment, *_: Any) -> list[str]:
    """Read the page again when a chapter meets other names than before: other words take seconds for nothing."""
    before = getattr(env, "names_by_chapter", None)
    env.names_by_chapter = names_by_chapter(env)
    return [PAGE] if PAGE in env.found_docs and env.names_by_chapter != before else []


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect what adds to autodoc, and the links."""
    app.connect("env-get-outdated", read_again)
    app.connect("autodoc-process-docstring", say_where, priority=600)  # after napoleon
    app.connect("autodoc-skip-member", skip)
    app.connect("doctree-resolved", link_back)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
