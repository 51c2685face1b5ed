"""House style that a machine can check: public functions are typed, documented, and short."""

import ast
import statistics
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "ganlab"
FUNCTIONS = [
    (path.relative_to(SOURCE), node)
    for path in sorted(SOURCE.rglob("*.py"))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    if isinstance(node, ast.FunctionDef)
]


def public_api():
    """Functions and methods that a reader can call: no nested ones, no setters, no exercise cases."""
    for path in sorted(SOURCE.rglob("*.py")):
        if path.parent.name in ("checks", "exercises"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        public = (node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))
        for scope in [tree, *public]:
            for node in scope.body:
                setter = any(ast.unparse(d).endswith(".setter") for d in getattr(node, "decorator_list", []))
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not setter:
                    yield path.relative_to(SOURCE), node


PUBLIC = list(public_api())


def code_lines(node: ast.FunctionDef) -> int:
    """Lines of a function without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return 1 + (body[-1].end_lineno - body[0].lineno + 1 if body else 0)


def test_no_function_is_longer_than_forty_lines():
    long = [
        f"{path}:{node.lineno} {node.name}: {code_lines(node)}" for path, node in FUNCTIONS if code_lines(node) > 40
    ]
    assert not long, long


def test_median_function_is_at_most_ten_lines():
    assert statistics.median(code_lines(node) for _, node in FUNCTIONS) <= 10


def test_public_functions_have_type_hints():
    untyped = []
    for path, node in PUBLIC:
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        missing = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        if missing or node.returns is None:
            untyped.append(f"{path}:{node.lineno} {node.name} {missing or 'return'}")
    assert not untyped, untyped


def test_public_functions_have_docstrings():
    bare = [f"{path}:{node.lineno} {node.name}" for path, node in PUBLIC if not ast.get_docstring(node)]
    assert not bare, bare
