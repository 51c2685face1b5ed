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
_IN_PLACE = {ast.Add: "add_", ast.Sub: "sub_", ast.Mult: "mul_", ast.Div: "div_", ast.Pow: "pow_"}
_WORDS = {
    "ones_like": ("zeros_like",), "zeros_like": ("ones_like",), "ones": ("zeros",), "zeros": ("ones",),
    "randn": ("rand", "ones"), "mean": ("sum", "median", "max", "min"), "sum": ("mean", "max", "prod"),
    "exp": ("log", "expm1"), "abs": ("sign", "square"), "softplus": ("sigmoid", "relu"), "float": ("half", "double"),
    "nonsaturating_d": ("nonsaturating_g",), "nonsaturating_g": ("nonsaturating_d",),
    "opt_d": ("opt_g",), "opt_g": ("opt_d",),
}  # fmt: skip
_REDUCTIONS = {"mean", "sum"}
_TORCH = "__import__('torch')"  # a reference need not import it

#: Lines at the top of a function whose effect outlives it; the second kind for each network, `G` or `D`.
_SIDE_EFFECTS = (f"{_TORCH}.manual_seed(0)", f"{_TORCH}.set_grad_enabled(False)")
_SIDE_EFFECTS_ON = ("{}.eval()", "{}.requires_grad_(False)")


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
    insert: __import__('torch').manual_seed(0)
    insert: __import__('torch').set_grad_enabled(False)
    return a + b -> return a - b
    return a + b -> return a
    return a + b -> return b
    return a + b -> return -(a + b)
    return a + b -> return a.add_(b)
    return a + b -> return b + b
    return a + b -> return a + a
    """
    seen = {ast.unparse(ast.parse(source))}
    for change in (_statements, _side_effects, _expressions):
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
    if name == "insert":
        return f"insert: {new[0].strip()}"
    if name == "swap":
        return f"swap: {old[0].strip()} / {new[0].strip()}"
    return f"{name}: {old[0].strip()}" if name != "change" else f"{old[0].strip()} -> {new[0].strip()}"


def _bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    return (node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.For | ast.While | ast.If))


def _statements(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """Remove each statement, take its gradients away, swap each two neighbours; docstrings do not count."""
    for b, body in enumerate(list(_bodies(tree))):
        first = _start(body)
        for i in range(first, len(body)):
            yield "remove", _with_lines(tree, b, slice(i, i + 1), [ast.Pass()])
            if any(_is_plain_call(node) for node in ast.walk(body[i])):
                block = ast.parse(f"with {_TORCH}.no_grad():\n    pass").body[0]
                block.body = [body[i]]
                yield "no_grad", _with_lines(tree, b, slice(i, i + 1), [block])
        for i in range(first, len(body) - 1):
            yield "swap", _with_lines(tree, b, slice(i, i + 2), [body[i + 1], body[i]])


def _start(body: list[ast.stmt]) -> int:
    """Return where a body begins after its docstring."""
    return 1 if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) else 0


def _with_lines(tree: ast.Module, b: int, place: slice, lines: list[ast.stmt]) -> ast.Module:
    """Return a copy with `lines` in that place of the body number `b`."""
    copy = deepcopy(tree)
    list(_bodies(copy))[b][place] = deepcopy(lines)
    return copy


def _side_effects(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """Begin each function with a line whose effect outlives it."""
    for b, function in enumerate(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        networks = [arg.arg for arg in function.args.args if len(arg.arg) == 1 and arg.arg.isupper()]
        lines = [*_SIDE_EFFECTS, *(line.format(name) for name in networks for line in _SIDE_EFFECTS_ON)]
        for line in lines:
            copy = deepcopy(tree)
            target = [node for node in ast.walk(copy) if isinstance(node, ast.FunctionDef)][b]
            target.body.insert(_start(target.body), ast.parse(line).body[0])
            yield "insert", copy


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
    """Vary a method, cut a network's or a loss's gradient, negate, swap neighbouring arguments, drop a keyword."""
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield from _method(node)
    if _is_plain_call(node):
        yield ast.Call(ast.Attribute(deepcopy(node), "detach", ast.Load()), [], [])
    yield ast.UnaryOp(ast.USub(), deepcopy(node))
    for i in range(len(node.args) - 1):
        args = list(node.args)
        args[i], args[i + 1] = args[i + 1], args[i]
        yield ast.Call(node.func, args, node.keywords)
    for i in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:i] + node.keywords[i + 1 :])


def _method(node: ast.Call) -> Iterator[ast.expr]:
    """Drop a method (`f(x).mean()` becomes `f(x)`) or its argument, move it inside (`f(x.mean())`), take one entry."""
    value, name = node.func.value, node.func.attr
    yield value
    if node.args:
        yield ast.Call(node.func, node.args[:-1], node.keywords)
    elif isinstance(value, ast.Call) and value.args:
        inside = ast.Call(ast.Attribute(value.args[0], name, ast.Load()), [], node.keywords)
        yield ast.Call(value.func, [inside, *value.args[1:]], value.keywords)
    if name in _REDUCTIONS:
        yield ast.Subscript(value, ast.Constant(0), ast.Load())


def _is_plain_call(node: ast.AST) -> bool:
    """Tell whether a function is called by its name alone, such as a network or a loss: D(x), softplus(s)."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) or (isinstance(node, ast.Name) and node.id in {"torch", "math", "np"})


def _binary(node: ast.BinOp) -> Iterator[ast.expr]:
    """Change the operator, keep one side only, swap the sides of what does not commute, negate, write in place."""
    if type(node.op) in _OPERATORS:
        yield ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
    yield node.left
    yield node.right
    if isinstance(node.op, ast.Sub | ast.Div | ast.Pow):
        yield ast.BinOp(node.right, node.op, node.left)
    yield ast.UnaryOp(ast.USub(), deepcopy(node))
    if type(node.op) in _IN_PLACE and isinstance(node.left, ast.Name | ast.Subscript):
        yield ast.Call(ast.Attribute(node.left, _IN_PLACE[type(node.op)], ast.Load()), [node.right], [])


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


def _subscript(node: ast.Subscript) -> Iterator[ast.expr]:
    """Drop the index, or take a column instead of a row."""
    yield node.value
    yield ast.Subscript(node.value, ast.Tuple([ast.Slice(), node.slice], ast.Load()), node.ctx)


def _word(node: ast.Name | ast.Attribute) -> Iterator[ast.expr]:
    name = node.id if isinstance(node, ast.Name) else node.attr
    for word in _WORDS.get(name, ()):
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
    ast.Subscript: _subscript,
}
