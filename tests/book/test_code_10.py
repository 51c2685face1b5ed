"""Code that chapter 10 shows: functions that depend on their arguments alone, loops that leave nothing behind."""

import ast
import builtins
import symtable
from pathlib import Path

import jupytext
import pytest

PAGE = Path(__file__).parents[2] / "book" / "chapters" / "10-digits.md"


def code(path):
    """Cells that run when the book is built, without stubs and without what stands on exercises' shoulders."""
    for cell in jupytext.read(path, fmt="md:myst").cells:
        if cell.cell_type == "code" and "skip-execution" not in cell.metadata.get("tags", []):
            yield cell.source


NAMELESS = ("lambda", "genexpr", "listcomp", "dictcomp", "setcomp")
CELLS = list(code(PAGE))
TREES = [ast.parse(source) for source in CELLS]
NODES = [node for tree in TREES for node in ast.walk(tree)]


def scopes(table):
    yield table
    for child in table.get_children():
        yield from scopes(child)


def borrowed(source):
    """Names that the functions of a cell take from the page."""
    for function in symtable.symtable(source, "cell", "exec").get_children():
        if function.get_type() == "function" and function.get_name() not in NAMELESS:
            for scope in scopes(function):
                yield from (symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global())


def targets(node):
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}


def test_functions_use_no_variable_of_the_page():
    made = {node.name for tree in TREES for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    made |= {alias.asname or alias.name for node in NODES if hasattr(node, "names") for alias in node.names}
    used = {name for source in CELLS for name in borrowed(source)}
    assert used <= made | set(dir(builtins)), used - made - set(dir(builtins))


def test_every_zip_is_strict():
    zips = [node for node in NODES if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "zip"]
    assert all("strict" in [keyword.arg for keyword in call.keywords] for call in zips)


@pytest.mark.parametrize("name", ["manual_seed", "default_rng"])
def test_seeds_come_from_ganlab(name):
    assert not [node for node in NODES if isinstance(node, ast.Attribute) and node.attr == name]


def test_no_loop_variable_is_used_after_its_loop():
    for tree in TREES:
        for number, loop in enumerate(tree.body):
            if isinstance(loop, ast.For):
                after = [node for statement in tree.body[number + 1 :] for node in ast.walk(statement)]
                bound = set().union(*(targets(statement) for statement in tree.body[number + 1 :]))
                read = {node.id for node in after if isinstance(node, ast.Name)} - bound
                assert not read & targets(loop.target), ast.unparse(loop.target)


def test_no_collection_changes_while_it_is_iterated():
    for loop in [node for node in NODES if isinstance(node, ast.For)]:
        iterated = {node.id for node in ast.walk(loop.iter) if isinstance(node, ast.Name)}
        inside = [node for statement in loop.body for node in ast.walk(statement)]
        stored = [n for n in inside if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)]
        assert not iterated & {getattr(node.value, "id", "") for node in stored}, ast.unparse(loop.iter)


def test_numbers_are_drawn_by_a_generator_of_the_device_that_they_fill():
    for call in [node for node in NODES if isinstance(node, ast.Call)]:
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if "device" in given and isinstance(given.get("generator"), ast.Call):
            assert ast.dump(given["device"]) == ast.dump(given["generator"].args[1])
