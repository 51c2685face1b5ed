"""Expectations: the words in which cases are written.

Each function takes what an answer returned, makes sure that it is of the right kind, and hands it on as a plain float,
bool or tensor; what is wrong is raised as a `Finding` in the reader's words. Values are taken by their exact type, so
an object that lies about `==` or `<` never takes part in a comparison.
"""

from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

#: Exact types: a subclass may lie about == and <.
_NUMBERS = {int, float} | {np.dtype(code).type for code in np.typecodes["AllInteger"] + np.typecodes["Float"]}
_TENSORS = (Tensor, nn.Parameter)


class Finding(Exception):
    """A problem in an answer: what was seen, what was expected, and a hint."""

    def __init__(self, saw: str, expected: str = "", hint: str = "", line: str = "") -> None:
        super().__init__(saw)
        self.saw, self.expected, self.hint, self.line = saw, expected, hint, line


class NotWritten(Exception):
    """The answer is still the untouched stub."""


def kind(value: Any) -> str:
    """Name a value as a reader would: *None*, *a tensor of shape (8, 1)*, *a float*."""
    if type(value) in _TENSORS:
        return f"a {_dtype(value)} tensor of shape {tuple(value.shape)}"
    if type(value) is np.ndarray:
        return f"a NumPy array of shape {value.shape}"
    if type(value) in (tuple, list):
        return f"a {type(value).__name__} of {len(value)}"
    if type(value) in (float, int, bool, str):
        return f"a plain {type(value).__name__}"
    if isinstance(value, FunctionType):
        return f"the function {value.__name__}"
    return "None" if value is None else f"a value of type {type(value).__name__}"


def items(value: Any, n: int, what: str) -> Sequence[Any]:
    """Return `value` if it is a tuple or list of `n`; `what` names what is asked for."""
    if type(value) not in (tuple, list) or len(value) != n:
        raise Finding(f"your answer gives {kind(value)}", what)
    return value


def tensor(value: Any, what: str, *, shape: tuple[int, ...] | None = None, hint: str = "") -> Tensor:
    """Return `value` if it is a tensor of that shape; it may still carry its gradient."""
    if type(value) not in _TENSORS:
        raise Finding(f"{what} is {kind(value)}", "a tensor", _tensor_hint(value) or hint)
    if shape is not None and tuple(value.shape) != shape:
        raise Finding(f"{what} has shape {tuple(value.shape)}", f"shape {shape}", hint)
    return value


def differentiable(value: Any, what: str) -> Tensor:
    """Return `value` if it is one number, in a tensor that still knows how it was computed."""
    if type(value) in _NUMBERS:
        raise Finding(f"{what} is {kind(value)}", "a tensor", _GRADIENT_HINT)
    scalar = tensor(value, what, shape=(), hint=_scalar_hint(value))
    if not scalar.requires_grad:
        raise Finding(f"{what} carries no gradient", "a tensor that can go backward", _GRADIENT_HINT)
    return scalar


def number(value: Any, what: str) -> float:
    """Return one number as a plain float."""
    if type(value) in _NUMBERS:
        return float(value)
    if type(_item(value)) in (int, float):
        return float(_item(value))
    if type(value) in _TENSORS:
        raise Finding(f"{what} has shape {tuple(value.shape)}", "one number, shape ()", _scalar_hint(value))
    raise Finding(f"{what} is {kind(value)}", "one number")


def truth(value: Any, what: str) -> bool:
    """Return True or False as a plain bool."""
    if type(value) in (bool, np.bool_):
        return bool(value)
    if type(_item(value)) is bool:
        return _item(value)
    raise Finding(f"{what} is {kind(value)}", "True or False", "A comparison such as a > b gives one of them.")


def _item(value: Any) -> Any:
    """Return what stands in a tensor or array of shape (), as Python has it."""
    return value.item() if type(value) in (*_TENSORS, np.ndarray) and value.shape == () else None


def near(
    value: Any,
    target: float | Tensor,
    what: str,
    *,
    tolerance: float = 1e-4,
    hints: Mapping[float | Tensor, str] | None = None,
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
    hints : mapping from float, or from Tensor, to str
        What a certain wrong value tells about the mistake.

    Raises
    ------
    Finding
        If the value is not there yet.
    """
    if isinstance(target, Tensor):
        found = tensor(value, what, shape=tuple(target.shape)).detach().cpu().double()
    else:
        found = number(value, what)
    if not _close(found, target, tolerance):
        hint = next((hint for wrong, hint in (hints or {}).items() if _close(found, wrong, tolerance)), "")
        raise Finding(*_difference(found, target, what), hint)


def _difference(found: float | Tensor, target: float | Tensor, what: str) -> tuple[str, str]:
    """Say what was seen and what was expected; of a large tensor, at the place where they differ most."""
    if not isinstance(found, Tensor) or found.numel() <= 6:
        return f"{what} is {show(found)}", show(target)
    worst = _error(found, target).nan_to_num(torch.inf).argmax().item()
    value, wanted = (show(values.flatten()[worst].item()) for values in (found, target))
    return f"{what} is {value} at place {worst + 1} of {found.numel()}", wanted


def show(value: float | Tensor) -> str:
    """Write a number with five digits, and of a tensor the first six."""
    if not isinstance(value, Tensor):
        return f"{value + 0.0:.5g}"  # no minus before a zero
    numbers = ", ".join(f"{v:.4g}" for v in value.detach().flatten()[:6].tolist())
    return f"[{numbers}{', …' if value.numel() > 6 else ''}]"


def _close(found: float | Tensor, target: float | Tensor, tolerance: float) -> bool:
    return bool((_error(found, target) <= tolerance).all())


def _error(found: float | Tensor, target: float | Tensor) -> Tensor:
    found, target = (torch.as_tensor(value, dtype=torch.float64) for value in (found, target))
    return (found - target).abs() / (1 + target.abs())


def _dtype(value: Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def _scalar_hint(value: Tensor) -> str:
    if type(value) not in _TENSORS or value.shape == ():
        return ""
    if value.numel() > 1:
        return "One number for the whole batch: is the .mean() missing?"
    return "One number has shape (): .mean() makes it, or .squeeze()."


def _tensor_hint(value: Any) -> str:
    if type(value) is np.ndarray:
        return "torch.from_numpy(…) makes a tensor of an array."
    return "torch.tensor(…) makes a tensor of numbers." if type(value) in (list, tuple, *_NUMBERS) else ""


_GRADIENT_HINT = "The way back is cut: leave out .item(), .detach() and torch.tensor(...)."
