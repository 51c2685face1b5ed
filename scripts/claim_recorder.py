"""Note what the asserts of a page measure, inside the kernel that runs the page.

IPython hands each cell's syntax tree to `Recorder` before it compiles it. Every assert that stands in the open then
notes whether it held, and of each comparison that must be true for it the value and the bound: `score` and 500 of
`assert score < 500`. A failed assert is noted and the cell goes on, so that one bound does not hide the next. At the
end of a cell the notes leave the kernel as an output of their own kind, `MIME`.

The page stays plain Python: what is measured is read from the asserts themselves, and no second list of bounds exists.
Asserts in functions, classes, `while` loops and `try` blocks may steer the program, so they are left alone.
"""

import ast
import math
import numbers
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import numpy as np

MIME = "application/x-ganlab-asserts+json"
NAME = "__recorder__"  # under which the cell's code finds the recorder
SENSES = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Recorder(ast.NodeTransformer):
    """Rewrites asserts (`visit`), and is what the rewritten ones call (`asserted`, `compared`)."""

    def __init__(self) -> None:
        self.notes: dict[str, dict[str, Any]] = {}
        self._current: dict[str, Any] = {}

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """Turn an assert into: with recorder.asserted("its text"): the assert, its comparisons measured."""
        block = ast.parse(f"with {NAME}.asserted({ast.unparse(node.test)!r}): pass").body[0]
        block.body = [ast.copy_location(ast.Assert(_measured(node.test), node.msg), node)]
        return ast.fix_missing_locations(ast.copy_location(block, node))

    def _left_alone(self, node: ast.AST) -> ast.AST:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = visit_While = visit_Try = _left_alone

    @contextmanager
    def asserted(self, test: str) -> Iterator[None]:
        """Note whether an assert holds, and swallow its failure; one that runs often holds if it always did."""
        self._current = self.notes.setdefault(test, {"test": test, "held": True, "message": "", "measured": {}})
        try:
            yield
        except AssertionError as failure:
            self._current |= {"held": False, "message": self._current["message"] or str(failure)}

    def compared(self, pairs: list[tuple[str, str] | None], senses: list[str], *operands: Any) -> Any:
        """Return what the chain of comparisons gives, and note each pair that measures something."""
        result: Any = True
        for pair, sense, (left, right) in zip(pairs, senses, pairwise(operands), strict=True):
            if pair is not None:
                self._note(pair, sense, left, right)
            result = result and COMPARE[sense](left, right)
        return result

    def close(self, what: str, allclose: Callable[..., bool], *pair: Any, **options: Any) -> bool:
        """Return what torch.allclose or numpy.allclose gives, and note the distance in units of the tolerance."""
        a, b = map(_array, pair)
        if a is not None and b is not None and a.size and b.size:
            tolerance = options.get("atol", 1e-8) + options.get("rtol", 1e-5) * abs(b)
            self._keep_worst(what, "<=", *np.broadcast_arrays(abs(a - b) / tolerance, np.ones(())))
        return allclose(*pair, **options)

    def _note(self, pair: tuple[str, str], sense: str, left: Any, right: Any) -> None:
        what, kind = pair
        a, b = _array(left), _array(right)
        if a is None or b is None or 0 in (a.size, b.size):
            return
        if kind == "left is the bound":
            a, b, sense = b, a, MIRRORED[sense]
        if kind == "difference":
            a, b = a - b, np.zeros(())
        self._keep_worst(what, sense, *np.broadcast_arrays(a, b))

    def _keep_worst(self, what: str, sense: str, values: np.ndarray, bounds: np.ndarray) -> None:
        """Keep the element that comes closest to its bound, or goes furthest beyond."""
        room = bounds - values if sense in ("<", "<=") else values - bounds
        at = room.argmin()  # the first nan, if there is one
        note = {"what": what, "sense": sense, "value": values.flat[at].item(), "bound": bounds.flat[at].item()}
        before = self._current["measured"].get(f"{what} {sense}", note)
        self._current["measured"][f"{what} {sense}"] = min(note, before, key=worst_first)

    def taken(self) -> list[dict[str, Any]]:
        """Return the notes since the last call, as JSON knows them."""
        notes, self.notes = list(self.notes.values()), {}
        for note in notes:
            note["measured"] = [_finite(measured) for measured in note["measured"].values()]
        return notes


def margin(measured: dict[str, Any]) -> float:
    """Return how far a value is on the right side of its bound; negative on the wrong side, nan if unknown."""
    value, bound = (math.nan if measured[key] is None else measured[key] for key in ("value", "bound"))
    return bound - value if measured["sense"] in ("<", "<=") else value - bound


def worst_first(measured: dict[str, Any]) -> tuple[bool, float]:
    """Sort by margin, but what is no number comes before all."""
    return not math.isnan(margin(measured)), margin(measured)


def watch(shell: Any, publish: Callable[..., None]) -> None:
    """Record every cell that `shell` runs from now on; `publish(data, raw=True)` sends a cell's notes."""
    recorder = shell.user_ns[NAME] = Recorder()
    shell.ast_transformers.append(recorder)

    def send(result: Any) -> None:
        if notes := recorder.taken():
            publish({MIME: notes}, raw=True)

    shell.events.register("post_run_cell", send)


def _measured(node: ast.expr) -> ast.expr:
    """Wrap the comparisons that must all be true if `node` is to be true."""
    match node:
        case ast.BoolOp(op=ast.And()):
            node.values = [_measured(value) for value in node.values]
        case ast.BinOp(op=ast.BitAnd()):
            node.left, node.right = _measured(node.left), _measured(node.right)
        case ast.Call(func=ast.Attribute(attr="all")):
            node.func.value = _measured(node.func.value)
        case ast.Call(func=ast.Name("all"), args=[ast.GeneratorExp() as generator]):
            generator.elt = _measured(generator.elt)
        case ast.Call(func=ast.Attribute(attr="allclose") as allclose, args=[left, right]):
            what = f"abs({ast.unparse(ast.BinOp(left, ast.Sub(), right))}) / tolerance"
            call = ast.parse(f"{NAME}.close({what!r})", mode="eval").body
            call.args += [allclose, left, right]
            call.keywords = node.keywords
            return call
        case ast.Compare(ops=ops) if all(type(op) in SENSES for op in ops):
            return _wrapped(node)
    return node


def _wrapped(node: ast.Compare) -> ast.Call:
    operands, senses = [node.left, *node.comparators], [SENSES[type(op)] for op in node.ops]
    pairs = [_pair(a, b) for a, b in pairwise(operands)]
    call = ast.parse(f"{NAME}.compared({pairs!r}, {senses!r})", mode="eval").body
    call.args += operands
    return call


def _pair(left: ast.expr, right: ast.expr) -> tuple[str, str] | None:
    """Say what a comparison measures: a value against a bound, or the difference of two values; None if nothing."""
    match _is_bound(left), _is_bound(right):
        case True, True:
            return None
        case True, False:
            return ast.unparse(right), "left is the bound"
        case False, True:
            return ast.unparse(left), "right is the bound"
    return ast.unparse(ast.BinOp(left, ast.Sub(), right)), "difference"


def _is_bound(node: ast.expr) -> bool:
    """A number that stands in the text: 500, 1.8**-0.5, math.log(4)."""
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)} <= {"math"}


def _array(value: Any) -> np.ndarray | None:
    """Return a number, an array or a tensor as an array of floats; None for anything else."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().double().numpy()
    if isinstance(value, numbers.Real | np.ndarray | np.generic) and np.asarray(value).dtype.kind in "biuf":
        return np.asarray(value, dtype=float)
    return None


def _finite(measured: dict[str, Any]) -> dict[str, Any]:
    """JSON has no nan and no infinity."""
    return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in measured.items()}
