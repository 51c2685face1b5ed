"""Mutation: every one-place change of a piece of Python, what a reader may have got wrong in a single spot.

The tests, and an instructor with exercises of their own, use it to prove cases: each change of a reference must fail
one of them, or be listed in `Exercise.equivalent` with the reason why it leaves the answer right. It knows the words
of this book; it is no general mutation tester.

References
----------
DeMillo, Lipton and Sayward (1978), Hints on Test Data Selection: Help for the Practicing Programmer.
"""

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy

_OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult, ast.FloorDiv: ast.Div,
    ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
_STRICT = {ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt}
_WORDS = {
    "ones_like": "zeros_like", "zeros_like": "ones_like", "ones": "zeros", "zeros": "ones", "randn": "rand",
    "mean": "sum", "sum": "mean", "exp": "log",
    "nonsaturating_d": "nonsaturating_g", "nonsaturating_g": "nonsaturating_d",
    "opt_d": "opt_g", "opt_g": "opt_d",
}  # fmt: skip


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Yield every one-place change of `source`, each once.

    Parameters
    ----------
    source : str
        Python code.

    Yields
    ------
    description, source : str
        The line before and after, as `ast.unparse` writes it, and the changed code as a whole.

    Examples
    --------
    >>> for change, _ in mutants("def f(a, b): return a + b"):
    ...     print(change)
    remove: return a + b
    return a + b -> return a - b
    return a + b -> return a
    return a + b -> return b
    return a + b -> return -(a + b)
    return a + b -> return b + b
    return a + b -> return a + a
    """
    seen = {ast.unparse(ast.parse(source))}
    for change in (_statements, _expressions):
        for name, tree in change(ast.parse(source)):
            changed = ast.unparse(ast.fix_missing_locations(tree))
            if changed not in seen:
                seen.add(changed)
                yield _describe(name, ast.unparse(ast.parse(source)), changed), changed


def _describe(name: str, before: str, after: str) -> str:
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    if name == "swap":
        return f"swap: {old[0].strip()} / {new[0].strip()}"
    return f"remove: {old[0].strip()}" if name == "remove" else f"{old[0].strip()} -> {new[0].strip()}"


def _bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    return (node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.For | ast.While | ast.If))


def _statements(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """Remove each statement, swap each two neighbours; docstrings do not count."""
    for b, body in enumerate(list(_bodies(tree))):
        first = 1 if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) else 0
        for i in range(first, len(body)):
            copy = deepcopy(tree)
            list(_bodies(copy))[b][i : i + 1] = [ast.Pass()]
            yield "remove", copy
        for i in range(first, len(body) - 1):
            copy = deepcopy(tree)
            lines = list(_bodies(copy))[b]
            lines[i], lines[i + 1] = lines[i + 1], lines[i]
            yield "swap", copy


def _expressions(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """Replace each expression by each of its small variations."""
    names = sorted({arg.arg for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for arg in node.args.args})
    for i, node in enumerate(_places(tree)):
        for j in range(len(list(_variations(node, names)))):
            copy = deepcopy(tree)
            place = _places(copy)[i]
            yield "change", _Replace(place, list(_variations(place, names))[j]).visit(copy)


def _places(tree: ast.AST) -> list[ast.expr]:
    docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
    return [node for node in ast.walk(tree) if isinstance(node, ast.expr) and id(node) not in docs]


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else super().visit(node)


def _variations(node: ast.expr, names: list[str]) -> Iterator[ast.expr]:
    """Yield what may stand in the place of `node`."""
    for kind, vary in _VARIATIONS.items():
        if isinstance(node, kind):
            yield from vary(node)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        yield from (ast.Name(name, ast.Load()) for name in names if name != node.id)


def _call(node: ast.Call) -> Iterator[ast.expr]:
    """Drop a method (`x.mean()` becomes `x`), negate, swap neighbouring arguments, drop a keyword."""
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield node.func.value
    yield ast.UnaryOp(ast.USub(), deepcopy(node))
    for i in range(len(node.args) - 1):
        args = list(node.args)
        args[i], args[i + 1] = args[i + 1], args[i]
        yield ast.Call(node.func, args, node.keywords)
    for i in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1 :])


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) or (isinstance(node, ast.Name) and node.id in {"torch", "math", "np"})


def _binary(node: ast.BinOp) -> Iterator[ast.expr]:
    """Change the operator, keep one side only, swap the sides of what does not commute, negate."""
    if type(node.op) in _OPERATORS:
        yield ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
    yield node.left
    yield node.right
    if isinstance(node.op, ast.Sub | ast.Div | ast.Pow):
        yield ast.BinOp(node.right, node.op, node.left)
    yield ast.UnaryOp(ast.USub(), deepcopy(node))


def _compare(node: ast.Compare) -> Iterator[ast.expr]:
    for table in (_OPERATORS, _STRICT):
        if type(node.ops[0]) in table:
            yield ast.Compare(node.left, [table[type(node.ops[0])]()], node.comparators)


def _constant(node: ast.Constant) -> Iterator[ast.expr]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        changed = (node.value + 1, node.value - 1, -node.value, 2 * node.value)
        yield from (ast.Constant(value) for value in changed if value != node.value)


def _sequence(node: ast.Tuple | ast.List) -> Iterator[ast.expr]:
    """Swap neighbouring items, drop one."""
    for i in range(len(node.elts) - 1):
        items = list(node.elts)
        items[i], items[i + 1] = items[i + 1], items[i]
        yield type(node)(items, node.ctx)
    if isinstance(node.ctx, ast.Load):
        yield from (type(node)(node.elts[:i] + node.elts[i + 1 :], node.ctx) for i in range(len(node.elts)))


def _word(node: ast.Name | ast.Attribute) -> Iterator[ast.expr]:
    name = node.id if isinstance(node, ast.Name) else node.attr
    if name in _WORDS:
        word = _WORDS[name]
        yield ast.Name(word, node.ctx) if isinstance(node, ast.Name) else ast.Attribute(node.value, word, node.ctx)


_VARIATIONS: dict[type[ast.expr], Callable[..., Iterator[ast.expr]]] = {
    ast.Call: _call,
    ast.BinOp: _binary,
    ast.UnaryOp: lambda node: iter([node.operand]),
    ast.Compare: _compare,
    ast.Constant: _constant,
    ast.Tuple: _sequence,
    ast.List: _sequence,
    ast.Name: _word,
    ast.Attribute: _word,
    ast.Subscript: lambda node: iter([node.value]),
}
