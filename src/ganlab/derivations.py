"""Derivations: a chain of equal expressions, checked step by step.

A derivation says that its first line equals its last because each line equals the one before. `check_steps` takes
the lines as SymPy expressions, which it compares as formulas, or as numbers, tensors and arrays, which it compares
as numbers. A wrong sign then has a name: that of the step in which it was made.
"""

import math
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlab.arguments import WrongType, number, refuse, takes
from ganlab.seeds import generator

POINTS = 8  # at which two formulas are compared that SymPy cannot simplify to one
WIDEST = 46  # characters of a value that are shown, so that a line fits the column of the page


def _steps(name: str, value: Any) -> None:
    """Take a dictionary of at least two named values."""
    expected = "a dictionary that gives each step's name its value"
    if not isinstance(value, dict):
        refuse(name, expected, value, 'pass {"start": a, "insert D*": b}', error=WrongType)
    if len(value) < 2:
        refuse(name, f"{expected}, of at least two steps", value, "add the line that the first one is equal to")
    for key, each in value.items():
        if not isinstance(key, str) or not key.strip():
            refuse(name, "named by texts", key, 'say in two or three words what is done, such as "insert D*"')
        if not _is_formula(each):
            _numbers(f"{name}[{key!r}]", each)


@takes(steps=_steps, tolerance=number(least=0, cure="1e-6 is fine for float64, 1e-4 for float32"))
def check_steps(steps: dict[str, Any], *, tolerance: float = 1e-6) -> None:
    r"""Check that each step of a derivation equals the one before, and print one line a step.

    Two SymPy expressions agree if their difference simplifies to zero. Where SymPy does not get so far, they are
    compared at 8 random points, and the line says so; a symbol is drawn from (0, 1), one that is declared real or
    negative from (-1, 1) or (-1, 0). Anything else is compared as numbers: every pair may differ by
    `tolerance * (1 + size)`, where size is the larger of the two. NaN agrees with nothing.

    Parameters
    ----------
    steps : dict
        The name of each step and its value, in order: SymPy expressions, numbers, tensors or arrays. Shapes must be
        equal, or broadcast.
    tolerance : float
        How far two numbers may be apart; at least 0. Where SymPy simplifies the difference to zero it has no meaning.

    Raises
    ------
    AssertionError
        At the first step that differs from the one before; names both and gives both values. The lines up to there
        are printed.
    ValueError
        If there are fewer than two steps, or a value is no formula and no number.

    Examples
    --------
    >>> p, q = torch.tensor([0.2, 0.8]), torch.tensor([0.5, 0.5])
    >>> best = p / (p + q)
    >>> value = (p * best.log() + q * (1 - best).log()).sum()
    >>> m = (p + q) / 2
    >>> kl_p, kl_q = (p * (p / m).log()).sum(), (q * (q / m).log()).sum()
    >>> check_steps({"V at D*": value, "two KL and log 4": kl_p + kl_q - math.log(4)})
    V at D*           = -1.284951
    two KL and log 4  = -1.284951  agrees

    >>> check_steps({"sum": 0.1 + 0.2, "wrong sign": 0.1 - 0.2})
    Traceback (most recent call last):
    AssertionError: "wrong sign" differs from "sum": -0.100000 is not 0.300000 (off by 0.4)

    >>> import sympy
    >>> s = sympy.Symbol("s", real=True)
    >>> check_steps({"log sigmoid": sympy.log(1 / (1 + sympy.exp(-s))), "softplus": -sympy.log(1 + sympy.exp(-s))})
    log sigmoid  = log(1/(1 + exp(-s)))
    softplus     = -log(1 + exp(-s))  agrees
    """
    width = max(map(len, steps))
    (first, value), *_ = steps.items()
    print(f"{first:{width}}  = {_shown(value)}")
    for (before, a), (name, b) in pairwise(steps.items()):
        verdict, wrong = _compare(a, b, tolerance)
        if wrong:
            print(f"{name:{width}}  = {_shown(b)}  differs")
            raise AssertionError(f'"{name}" differs from "{before}": {wrong}')
        print(f"{name:{width}}  = {_shown(b)}  {verdict}")


def _compare(a: Any, b: Any, tolerance: float) -> tuple[str, str]:
    """Return the verdict on two values, and what is wrong if they differ."""
    if _is_formula(a) or _is_formula(b):
        return _compare_formulas(a, b, tolerance)
    return "agrees", _difference(_numbers("a", a), _numbers("b", b), tolerance)


def _is_formula(value: Any) -> bool:
    """Tell whether a value is SymPy's, without loading SymPy for those who do not use it."""
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(value, sympy.Basic | sympy.MatrixBase)


# Numbers.


def _numbers(name: str, value: Any) -> Tensor:
    """Return float64 numbers, or complex ones."""
    if isinstance(value, Tensor):
        found = value.detach().cpu()
    else:
        try:
            array = np.asarray(value)
        except (TypeError, ValueError):
            array = np.empty(0, dtype=object)
        if array.dtype.kind not in "biufc":
            refuse(name, "a SymPy expression, a number, a tensor or an array", value, "compute its value first")
        found = torch.as_tensor(array)
    if found.numel() == 0:
        refuse(name, "one number or more", value, "it is empty: look at what selected its elements")
    return found.to(torch.complex128 if found.is_complex() else torch.float64)


def _difference(a: Tensor, b: Tensor, tolerance: float) -> str:
    """Say where two tensors differ, or nothing."""
    try:
        a, b = torch.broadcast_tensors(a, b)
    except RuntimeError:
        return f"shape {tuple(b.shape)} does not fit {tuple(a.shape)}"
    same = a == b  # infinities of one sign too
    size = torch.maximum(a.abs(), b.abs())
    near = (a - b).abs() <= tolerance * (1 + size)
    wrong = ~(same | (near & size.isfinite()))
    if not wrong.any():
        return ""
    at = tuple(wrong.nonzero()[0].tolist())
    where = f" at index {at if len(at) > 1 else at[0]}" if at else ""
    x, y = a[at].item(), b[at].item()
    return f"{_digits(y)} is not {_digits(x)}{where} (off by {abs(x - y):.3g})"


# Formulas.


def _compare_formulas(a: Any, b: Any, tolerance: float) -> tuple[str, str]:
    import sympy

    try:
        a, b = (sympy.sympify(each if _is_formula(each) else _numbers("value", each).tolist()) for each in (a, b))
        gap = sympy.simplify(a - b)
    except (TypeError, ValueError, sympy.SympifyError) as error:
        return "", f"{_shown(b)} cannot be compared with {_shown(a)} ({error})"
    if all(each == 0 for each in _entries(gap)):
        return "agrees", ""
    wrong = _at_points(a, b, tolerance)
    if wrong is None:
        return "", f"{_shown(b)} is not {_shown(a)}: the difference {_shown(gap)} is not 0"
    return f"agrees at {POINTS} random points", wrong


def _entries(formula: Any) -> list[Any]:
    return list(formula) if getattr(formula, "is_Matrix", False) else [formula]


def _at_points(a: Any, b: Any, tolerance: float) -> str | None:
    """Compare at random points; None if the formulas have no values there."""
    compared = 0
    for point in _points(a, b):
        for left, right in zip(_entries(a), _entries(b), strict=True):
            values = [_value(each, point) for each in (left, right)]
            if any(value is None for value in values):
                continue
            compared += 1
            if wrong := _difference(*(torch.tensor(v, dtype=torch.complex128) for v in values), tolerance):
                at = ", ".join(f"{symbol} = {value}" for symbol, value in point.items())
                return wrong + (f" for {at}" if at else "")
    return "" if compared else None


def _points(a: Any, b: Any) -> Iterator[dict[Any, Any]]:
    """Yield values for the symbols that fit what is assumed of them."""
    symbols = sorted(a.free_symbols | b.free_symbols, key=str)
    rng = generator(0)
    for _ in range(POINTS):
        sizes = 0.1 + 0.8 * torch.rand(len(symbols), generator=rng)
        signs = 1 - 2 * torch.randint(2, sizes.shape, generator=rng)
        at = zip(symbols, sizes.tolist(), signs.tolist(), strict=True)
        yield {symbol: _random(symbol, size, sign) for symbol, size, sign in at}


def _random(symbol: Any, size: float, sign: int) -> Any:
    """Return a number that a symbol can stand for: a probability may be meant unless a sign is declared."""
    import sympy

    free = symbol.is_real and not (symbol.is_nonnegative or symbol.is_nonpositive)
    sign = sign if free else -1 if symbol.is_nonpositive else 1
    return int(sign) * (math.ceil(3 * size) if symbol.is_integer else sympy.Rational(round(1000 * size), 1000))


def _value(formula: Any, point: dict[Any, Any]) -> complex | None:
    """Return the value of a formula at a point, or None where it has none."""
    try:
        value = complex(formula.subs(point).doit().evalf(20))
    except (TypeError, ValueError):
        return None
    return value


# What is printed.


def _shown(value: Any) -> str:
    if _is_formula(value):
        text = str(value)
        return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
    numbers = _numbers("value", value)
    if numbers.dim() == 0:
        return _digits(numbers.item())
    few = [_digits(each) for each in numbers.flatten()[:3].tolist()]
    return f"[{', '.join(few)}{', …' if numbers.numel() > 3 else ''}]"


def _digits(value: complex) -> str:
    if isinstance(value, complex):
        return _digits(value.real) if value.imag == 0 else f"{value:.6g}"
    usual = value == 0 or 1e-3 <= abs(value) < 1e6
    return f"{value:.6f}" if usual else f"{value:.6g}"
