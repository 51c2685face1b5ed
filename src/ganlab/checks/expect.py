"""Expectations: the words in which cases are written.

Each function takes what an answer returned, makes sure that it is of the right kind, and hands it on as a plain float,
bool or tensor; what is wrong is raised as a `Finding` in the reader's words. Values are taken by their exact type, so
an object that lies about `==` or `<` never takes part in a comparison.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

_INTS = (int, np.int32, np.int64)
_FLOATS = (float, np.float32, np.float64)


class Finding(Exception):
    """A problem in an answer: what was seen, what was expected, and a hint."""

    def __init__(self, saw: str, expected: str = "", hint: str = "", line: str = "") -> None:
        super().__init__(saw)
        self.saw, self.expected, self.hint, self.line = saw, expected, hint, line


class NotWritten(Exception):
    """The answer is still the untouched stub."""


def kind(value: Any) -> str:
    """Name a value as a reader would: *None*, *a tensor of shape (8, 1)*, *a float*."""
    if type(value) is torch.Tensor:
        return f"a {_dtype(value)} tensor of shape {tuple(value.shape)}"
    if type(value) in (tuple, list):
        return f"a {type(value).__name__} of {len(value)}"
    if type(value) in (float, int, bool, str):
        return f"a plain {type(value).__name__}"
    return "None" if value is None else f"a value of type {type(value).__name__}"


def items(value: Any, n: int, what: str) -> Sequence[Any]:
    """Return `value` if it is a tuple or list of `n`; `what` names what is asked for."""
    if type(value) not in (tuple, list) or len(value) != n:
        raise Finding(f"your answer gives {kind(value)}", what)
    return value


def tensor(value: Any, what: str, *, shape: tuple[int, ...] | None = None, hint: str = "") -> Tensor:
    """Return `value` if it is a tensor of that shape; it may still carry its gradient."""
    if type(value) is not torch.Tensor:
        raise Finding(f"{what} is {kind(value)}", "a tensor", hint or _tensor_hint(value))
    if shape is not None and tuple(value.shape) != shape:
        raise Finding(f"{what} has shape {tuple(value.shape)}", f"shape {shape}", hint)
    return value


def differentiable(value: Any, what: str) -> Tensor:
    """Return `value` if it is one number, in a tensor that still knows how it was computed."""
    scalar = tensor(value, what, shape=(), hint="" if type(value) is not torch.Tensor else _scalar_hint(value))
    if not scalar.requires_grad:
        raise Finding(f"{what} carries no gradient", "a tensor that can go backward", _GRADIENT_HINT)
    return scalar


def number(value: Any, what: str) -> float:
    """Return one number as a plain float."""
    if type(value) in (*_INTS, *_FLOATS):
        return float(value)
    if type(value) is torch.Tensor and value.shape == ():
        return value.detach().item()
    if type(value) is torch.Tensor:
        raise Finding(f"{what} has shape {tuple(value.shape)}", "one number, shape ()", _scalar_hint(value))
    raise Finding(f"{what} is {kind(value)}", "one number")


def truth(value: Any, what: str) -> bool:
    """Return True or False as a plain bool."""
    if type(value) in (bool, np.bool_):
        return bool(value)
    if type(value) is torch.Tensor and value.shape == () and value.dtype == torch.bool:
        return value.item()
    raise Finding(f"{what} is {kind(value)}", "True or False", "A comparison such as a > b gives one of them.")


def near(
    value: Any, target: float | Tensor, what: str, *, tolerance: float = 1e-4, hints: Mapping[float, str] | None = None
) -> None:
    """Compare one number, or a tensor entry by entry, with its target, relative to 1 + |target|.

    Parameters
    ----------
    value : Any
        What the answer gave.
    target : float or Tensor
        What is expected.
    what : str
        Names the value in the message, with the input it belongs to.
    tolerance : float
        Largest error, relative to 1 + |target|.
    hints : mapping from float to str
        What a certain wrong number tells about the mistake.

    Raises
    ------
    Finding
        If the value is not there yet.
    """
    if isinstance(target, Tensor):
        _near_tensor(value, target, what, tolerance)
        return
    found = number(value, what)
    if not _close(found, target, tolerance):
        hint = next((h for wrong, h in (hints or {}).items() if _close(found, wrong, tolerance)), "")
        raise Finding(f"{what} is {show(found)}", show(target), hint)


def _near_tensor(value: Any, target: Tensor, what: str, tolerance: float) -> None:
    found = tensor(value, what, shape=tuple(target.shape)).detach().double()
    error = (found - target.double()).abs() / (1 + target.double().abs())
    if (error <= tolerance).all():
        return
    if found.numel() <= 6:
        raise Finding(f"{what} is {show(found)}", show(target))
    worst = error.nan_to_num(torch.inf).argmax().item()
    value, wanted = (show(values.flatten()[worst].item()) for values in (found, target))
    raise Finding(f"{what} is {value} at place {worst + 1} of {found.numel()}", wanted)


def show(value: float | Tensor) -> str:
    """Write a number with five digits, and of a tensor the first six."""
    if not isinstance(value, Tensor):
        return f"{value + 0.0:.5g}"  # no minus before a zero
    numbers = ", ".join(f"{v:.4g}" for v in value.detach().flatten()[:6].tolist())
    return f"[{numbers}{', …' if value.numel() > 6 else ''}]"


def _close(found: float, target: float, tolerance: float) -> bool:
    return abs(found - target) <= tolerance * (1 + abs(target))


def _dtype(value: Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def _scalar_hint(value: Tensor) -> str:
    return "One number for the whole batch: is the .mean() missing?" if value.numel() > 1 else ""


def _tensor_hint(value: Any) -> str:
    return _GRADIENT_HINT if type(value) in (*_INTS, *_FLOATS) else ""


_GRADIENT_HINT = "The way back is cut: leave out .item(), .detach() and torch.tensor(...)."
