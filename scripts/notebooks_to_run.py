"""Name the notebooks that hold more than the build of the book has run, for nbval.

    python scripts/notebooks_to_run.py      # one path a line, the last chapters first

The build runs each page from top to bottom in a kernel. A notebook has the cells of its page, without the solutions;
so it has run, too, if its cells are cells of the page in the same order, and nothing in them hangs on a solution: what
a solution does is to import, to define and to check, and no later cell of the notebook reads a name that only the
solution gave. A notebook whose page computes in a solution has to run itself. (Outputs that a notebook stores are
compared with those of the build when it is tested to be fresh; cells for the notebook alone have tests of their own,
tests/notebooks/test_own_cells.py.)

(That all of them run where only the package is installed is tried weekly, by try_package.py.)
"""

import ast
import re
import symtable
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
TITLE = re.compile(r"# @title .*\n")  # above code that is folded in Colab
FIRST = 1  # the cell that installs what is missing stands in every notebook and on no page


def must_run(page: NotebookNode, notebook: NotebookNode) -> str:
    """Return why the notebook has to run itself, or nothing."""
    tested = [cell.source.strip() for cell in code(page) if "notebook-only" in tags(cell)]
    ran = [cell.source.strip() for cell in code(page) if "skip-execution" not in tags(cell)]
    own = [TITLE.sub("", cell.source, count=1).strip() for cell in code(notebook)[FIRST:]]
    own = [source for source in own if source not in tested]
    if new := [source for source in own if source not in ran]:
        return f"has a cell of its own: {new[0].splitlines()[0]}"
    following = iter(own)
    waiting = next(following, None)
    given: set[str] = set()  # names that at this place only a solution gives
    imports: set[str] = set()  # of the notebook so far
    for source in ran:
        tree = ast.parse(TransformerManager().transform_cell(source))
        if source == waiting:
            if read := names(source, read=True) & given:
                return f"reads {', '.join(sorted(read))} of a solution"
            given -= names(source, read=False)
            imports |= set(map(ast.unparse, filter(is_import, tree.body)))
            waiting = next(following, None)
        elif computes := [node for node in tree.body if not is_inert(node)]:
            return f"its page alone runs {ast.unparse(computes[0]).splitlines()[0]}"
        else:
            new = [node for node in tree.body if not (is_import(node) and ast.unparse(node) in imports)]
            given |= names(ast.unparse(ast.Module(new, [])), read=False)
    return "" if waiting is None else f"has another order: {waiting.splitlines()[0]}"


def code(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells with code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def tags(cell: NotebookNode) -> list[str]:
    """Return the tags of a cell."""
    return cell.metadata.get("tags", [])


def is_import(node: ast.stmt) -> bool:
    """Tell whether a statement imports."""
    return isinstance(node, ast.Import | ast.ImportFrom)


def is_inert(node: ast.stmt) -> bool:
    """Tell whether a statement leaves nothing behind but names: it imports, defines, or has an answer checked.

    `ganlab.check` leaves random numbers and settings as they were.
    """
    match node:
        case ast.FunctionDef():
            outside: list[ast.AST] = [*node.decorator_list, node.args]
        case ast.Assign(targets=[ast.Name()]) | ast.AugAssign(target=ast.Name()):
            outside = [node.value]
        case ast.Expr(ast.Call(ast.Attribute(ast.Name("ganlab"), "check"))):
            outside = [*node.value.args]
        case _:
            return is_import(node)
    return not any(isinstance(part, ast.Call | ast.NamedExpr) for each in outside for part in ast.walk(each))


def names(source: str, *, read: bool) -> set[str]:
    """Return the global names that a cell reads anywhere, or those that it binds at its top."""
    top = symtable.symtable(TransformerManager().transform_cell(source), "cell", "exec")
    if not read:
        return {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    inner = {symbol.get_name() for table in below(top) for symbol in table.get_symbols() if symbol.is_global()}
    return inner | {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}


def below(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """Yield the scopes inside a scope."""
    for child in table.get_children():
        yield child
        yield from below(child)


def main() -> None:
    """Print their paths."""
    pages = {path.stem: path for path in (ROOT / "book").rglob("*.md")}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"), reverse=True):
        if must_run(jupytext.read(pages[path.stem]), nbformat.read(path, as_version=4)):
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
