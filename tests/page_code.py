"""What a page of the book defines, without running the page."""

import ast
from pathlib import Path
from types import SimpleNamespace

import jupytext

BOOK = Path(__file__).parents[1] / "book"


def defined(page, *assigned):
    """What a page imports, all functions and classes that it defines, and what it assigns to these names."""
    cells = jupytext.read(BOOK / f"{page}.md", fmt="md:myst").cells
    found = [node for cell in cells if cell.cell_type == "code" for node in ast.parse(cell.source).body]
    kept = [node for node in found if _kept(node, set(assigned))]
    names = {}
    exec(compile(ast.Module(kept, []), f"{page}.md", "exec"), names)
    return SimpleNamespace(**{name: value for name, value in names.items() if not name.startswith("__")})


def _kept(node, assigned):
    if isinstance(node, ast.Assign):
        return any(isinstance(n, ast.Name) and n.id in assigned for target in node.targets for n in ast.walk(target))
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))
