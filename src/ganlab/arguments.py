"""Arguments: what a public function takes, declared beside it and checked before its first line.

    @takes(n=count(), bound=number(above=0, cure="0.5 is strong, 2 is weak truncation"))
    def truncated_z(n, *, bound): ...

A *kind* (`count`, `number`, `tensor`, …) makes a check of one argument: a function of its name and value that returns
nothing, or raises `ValueError` (a value that does not fit) or `WrongType` (not even the type does). The message says
what was expected, what was given, and the cure. Relations between arguments have functions of their own (`same_shape`,
`one_device`), which a function calls in its first lines. Defaults are not checked.

Types, shapes and dtypes are known without a look at the numbers. A look (`finite`, `low`, `high`) makes a GPU wait, so
losses, penalties and steps take none; functions take it where data come in: metrics, plots, distributions. Tensors on
PyTorch's `meta` device have no numbers, so there no look is taken either.
"""

import functools
import inspect
import math
import os
import re
import reprlib
from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import Any, NoReturn, ParamSpec, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedTensorMixin
from torch.optim import Optimizer

Check = Callable[[str, Any], None]
Size = int | str | EllipsisType
P, R = ParamSpec("P"), TypeVar("R")

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
REALS = (*FLOATS, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
MISFIT = re.compile(r"\bmat[12]\b|\bdim|sizes?\b|shapes?\b|\b[dD]type|scalar type|device|channels|[0-9]-?D\b|same type")
MOST = 2**31 - 1  # as many examples as nobody has


class WrongType(TypeError, ValueError):
    """An argument of another type; a `ValueError` as well, so that one `except` meets every refusal."""


def takes(**kinds: Check) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that checks the arguments it names, whether they come by position or by name.

    Parameters
    ----------
    **kinds : callable
        A check for each argument, `check(name, value)`.

    Examples
    --------
    >>> @takes(n=count())
    ... def ones(n):
    ...     return [1] * n
    >>> ones(2)
    [1, 1]
    >>> ones(0)
    Traceback (most recent call last):
    ValueError: n must be a whole number of at least 1, got 0; take for example n=1
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        order = [(name, kinds.get(name)) for name in inspect.signature(function).parameters]
        assert kinds.keys() <= dict(order).keys(), f"{function.__qualname__} lacks one of {[*kinds]}"

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            for (name, check), value in zip(order, args, strict=False):
                if check is not None:
                    check(name, value)
            for name, value in kwargs.items():
                if name in kinds:
                    kinds[name](name, value)
            return function(*args, **kwargs)

        checked.kinds = kinds
        return checked

    return decorate


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function with errors from inside the networks that it calls told as ours, with all sizes.

    PyTorch says that two matrices cannot be multiplied; whose they are, only the caller of the network knows.
    """
    names = list(inspect.signature(function).parameters)

    @functools.wraps(function)
    def telling(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except (RuntimeError, TypeError, AttributeError, IndexError) as error:
            first = str(error).partition("\n")[0]
            foreign = isinstance(error, RuntimeError) and not MISFIT.search(first)
            if isinstance(error, ValueError) or foreign or type(error).__module__ != "builtins":
                raise  # told already, or no matter of sizes: memory, divergence, another process
            passed = {**dict(zip(names, args, strict=False)), **kwargs}
            said = ", ".join(f"{name} = {given(value)}" for name, value in passed.items() if name != "self")
            raise ValueError(
                f"{function.__qualname__} must get functions and tensors that fit each other, got {said}: "
                f"{first}; compare sizes, dtypes and devices with what the networks take"
            ) from error

    return telling


# Kinds of one argument.


def count(*, least: int = 1, most: int = MOST, cure: str = "") -> Check:
    """Take a whole number, Python's or NumPy's, from `least` to `most`; True is none."""
    limit = f"of at least {least}" if most == MOST else f"from {least} to {most}"
    expected = f"a whole number {limit}"

    def check(name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            refuse(name, expected, value, cure or _plainly(value, "int"), error=WrongType)
        if not least <= value <= most:
            refuse(name, expected, value, cure or f"take for example {name}={max(least, min(1, most))}")

    return check


def number(
    *, above: float | None = None, least: float | None = None, most: float | None = None, cure: str = ""
) -> Check:
    """Take a finite number, Python's or NumPy's, within the given limits; True is none."""
    limits = {"above": above, "at least": least, "at most": most}
    said = " and ".join(f"{word} {limit:g}" for word, limit in limits.items() if limit is not None)
    expected = "a positive, finite number" if limits == {"above": 0, "at least": None, "at most": None} else (
        f"a finite number {said}".rstrip()
    )  # fmt: skip
    if None not in (least, most):
        expected = f"a number in [{least:g}, {most:g}]"

    def check(name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            refuse(name, expected, value, cure or _plainly(value, "float"), error=WrongType)
        too_low = (above is not None and not value > above) or (least is not None and not value >= least)
        if too_low or (most is not None and not value <= most) or not _is_finite(value):
            refuse(name, expected, value, cure or "look at how it was computed")

    return check


def tensor(
    *shapes: tuple[Size, ...],
    dtypes: Sequence[torch.dtype] = FLOATS,
    finite: bool = False,
    low: float = -math.inf,
    high: float = math.inf,
    cure: str = "",
) -> Check:
    """Take a dense, not empty tensor of one of the shapes and dtypes, whose numbers lie in [low, high].

    A size is a number, a letter for any number, or an ellipsis for any sizes in its place; no shape is any shape.
    """
    expected = f"a {_dtypes(dtypes)} tensor" + (" of shape " + " or ".join(map(_shape, shapes)) if shapes else "")

    def check(name: str, value: Any) -> None:
        if not isinstance(value, Tensor):
            refuse(name, expected, value, _to_tensor(name, value), error=WrongType)
        if value.dtype not in dtypes:
            refuse(name, expected, value, _to_dtype(name, value, dtypes, cure), error=WrongType)
        if value.layout is not torch.strided or value.is_nested:
            refuse(name, f"{expected}, stored densely", value, f"pass {name}.to_dense()", error=WrongType)
        if 0 in value.shape:
            refuse(name, expected, value, "it is empty: look at what selected its rows")
        if shapes and not any(_fits(value.shape, shape) for shape in shapes):
            refuse(name, expected, value, cure or _to_shape(name, value.shape, shapes))
        if finite or low > -math.inf or high < math.inf:
            _look(name, value, finite=finite, low=low, high=high, cure=cure)

    return check


def array(
    *shapes: tuple[Size, ...],
    finite: bool = False,
    low: float = -math.inf,
    high: float = math.inf,
    cure: str = "",
) -> Check:
    """Take real numbers with one of the shapes: a tensor, a NumPy array or a sequence; integers too."""
    as_tensor = tensor(*shapes, dtypes=REALS, finite=finite, low=low, high=high, cure=cure)
    expected = "an array of real numbers" + (" of shape " + " or ".join(map(_shape, shapes)) if shapes else "")

    def check(name: str, value: Any) -> None:
        if not isinstance(value, Tensor):
            value = _from_numpy(name, value, expected)
        if value.is_meta:
            refuse(name, expected, value, "tensors on the meta device hold no numbers; compute on a real device")
        as_tensor(name, value)

    return check


def either(check_number: Check, check_tensor: Check) -> Check:
    """Take a number of the one kind or a tensor of the other."""
    return lambda name, value: (check_tensor if isinstance(value, Tensor) else check_number)(name, value)


def optional(check: Check) -> Check:
    """Take None too."""
    return lambda name, value: None if value is None else check(name, value)


def sequence(check: Check, *, least: int = 1, cure: str = "") -> Check:
    """Take a list or tuple of at least so many values, each of the given kind."""
    expected = f"a list or tuple of at least {least} {'value' if least == 1 else 'values'}"

    def check_all(name: str, value: Any) -> None:
        if not isinstance(value, list | tuple):
            fix = f"pass {name}.tolist()" if isinstance(value, Tensor | np.ndarray) else f"pass [{given(value)}]"
            refuse(name, expected, value, cure or fix, error=WrongType)
        if len(value) < least:
            refuse(name, expected, value, cure or "add what is missing")
        for index, each in enumerate(value):
            check(f"{name}[{index}]", each)

    return check_all


def instance(wanted: type | tuple[type, ...], expected: str, *, cure: str) -> Check:
    """Take an object of a class."""

    def check(name: str, value: Any) -> None:
        if not isinstance(value, wanted):
            refuse(name, expected, value, cure, error=WrongType)

    return check


def choice(*names: str) -> Check:
    """Take one of some words."""

    def check(name: str, value: Any) -> None:
        if not isinstance(value, str) or value not in names:
            refuse(name, "one of " + ", ".join(map(repr, names)), value, f"take for example {names[0]!r}")

    return check


def _function(name: str, value: Any) -> None:
    """Take anything that can be called: a network is a function too."""
    if not callable(value):
        refuse(name, "a function or a network", value, "pass the function itself, not its result", error=WrongType)


def _device_name(name: str, value: Any) -> None:
    """Take the name of a device, here or elsewhere."""
    expected, cure = "a device such as 'cpu' or 'cuda'", "take 'cpu', or leave it out"
    if not isinstance(value, str | torch.device):
        refuse(name, expected, value, cure, error=WrongType)
    try:
        torch.device(value)
    except RuntimeError:
        refuse(name, expected, value, cure)


def _device(name: str, value: Any) -> None:
    """Take a device that is here."""
    _device_name(name, value)
    where = torch.device(value)
    if where.type in ("cpu", "meta"):
        return
    found = torch.cuda.device_count() if where.type == "cuda" else _device_count(where.type)
    if (where.index or 0) >= found:
        refuse(
            name, f"a device that is here ({found} of type {where.type} found)", value, "take 'cpu', or leave it out"
        )


def _path(name: str, value: Any) -> None:
    """Take a path, as text or as an object of `pathlib`."""
    if not isinstance(value, str | os.PathLike) or not isinstance(os.fspath(value), str):
        refuse(name, "a path", value, "pass text such as 'run.pt', or a pathlib.Path", error=WrongType)
    if not os.fspath(value) or "\0" in os.fspath(value):
        refuse(name, "a path", value, "name a file, for example 'run.pt'")


# Relations between arguments.


def same_shape(*, cure: str, **tensors: Tensor) -> None:
    """Raise unless all tensors have one shape."""
    if len({value.shape for value in tensors.values()}) > 1:
        raise ValueError(f"{_listed(tensors)} must have one shape, got {_shapes(tensors)}; {cure}")


def same_columns(*, cure: str, **tensors: Tensor) -> None:
    """Raise unless all tensors have equally many columns."""
    if len({value.shape[1:] for value in tensors.values()}) > 1:
        raise ValueError(f"{_listed(tensors)} must have equally many columns, got {_shapes(tensors)}; {cure}")


def one_device(**tensors: Tensor) -> None:
    """Raise unless all tensors live on one device."""
    if len({value.device for value in tensors.values()}) > 1:
        places = " and ".join(str(value.device) for value in tensors.values())
        last = [*tensors][-1]
        raise ValueError(f"{_listed(tensors)} must live on one device, got {places}; move one with {last}.to(device)")


def source_fits(source: torch.Generator | None, place: torch.device | str) -> None:
    """Raise unless a source of random numbers can fill tensors on a device; `meta` computes nothing, so any fits."""
    wanted = torch.device(place).type
    if source is not None and source.device.type != wanted != "meta":
        raise ValueError(
            f"generator must be on the device of the numbers, {wanted}, got one on {source.device}; "
            f"make it with ganlab.seeds.generator(seed, {wanted!r})"
        )


def for_network(name: str, value: Tensor, weight: Tensor) -> None:
    """Raise unless a network with such a weight can take a tensor: one device, one dtype (or autocast)."""
    if value.dtype != weight.dtype and not torch.is_autocast_enabled(value.device.type):
        raise ValueError(
            f"{name} must have the dtype of the network's weights, {weight.dtype}, got {value.dtype}; "
            f"pass {name}.to({weight.dtype}), or convert the network"
        )
    if value.device != weight.device:
        raise ValueError(
            f"{name} must be where the network is, on {weight.device}, got {value.device}; pass {name}.to(device)"
        )


def labels_fit(labels: Tensor, examples: Tensor, n_classes: int) -> None:
    """Raise unless there is one label in 0 … n_classes - 1 for each example; no GPU waits for the look at them."""
    if len(labels) != len(examples):
        raise ValueError(f"labels must be one for each of {len(examples)} examples, got {len(labels)}; cut the longer")
    one_device(examples=examples, labels=labels)
    if labels.device.type == "cpu" and not 0 <= labels.min() <= labels.max() < n_classes:
        raise ValueError(
            f"labels must lie in 0 … {n_classes - 1}, got {labels.min()} to {labels.max()}; "
            "build the network with more classes (n_classes=…)"
        )


def require_sizes(name: str, network: nn.Module) -> None:
    """Raise if a network has lazy layers, whose weights do not exist yet."""
    if any(isinstance(value, UninitializedTensorMixin) for value in (*network.parameters(), *network.buffers())):
        raise ValueError(f"{name} must know its sizes, got lazy layers that have not run; call it on a batch before")


# What messages are made of.


def refuse(name: str, expected: str, value: Any, cure: str, *, error: type[Exception] = ValueError) -> NoReturn:
    """Raise with what was expected, what was given, and the cure."""
    raise error(f"{name} must be {expected}, got {given(value)}; {cure}")


def given(value: Any) -> str:
    """Say what a value is, in a few words."""
    if isinstance(value, Tensor):
        place = "" if value.device.type == "cpu" else f" on {value.device.type}"
        kind = "" if value.layout is torch.strided else "sparse "
        return f"a {kind}{str(value.dtype).removeprefix('torch.')} tensor of shape {tuple(value.shape)}{place}"
    if isinstance(value, np.ndarray):
        return f"a NumPy array of {value.dtype} with shape {value.shape}"
    if isinstance(value, nn.Module):
        return f"the network {type(value).__name__}"
    if value is None or isinstance(value, bool | int | float | complex | str | np.generic):
        return reprlib.repr(value)
    return f"{' '.join(reprlib.repr(value).split())} ({type(value).__name__})"


def _look(name: str, value: Tensor, *, finite: bool, low: float, high: float, cure: str) -> None:
    """Look at the numbers, once for all."""
    if value.is_meta:
        return
    value = value.detach()
    if finite and not torch.isfinite(value).all():
        bad = "NaN" if value.isnan().any() else "infinity"
        raise ValueError(
            f"{name} must be finite, got {bad} among its numbers; {cure or 'look at where they come from'}"
        )
    least, most = value.min().item(), value.max().item()
    slack = 1e-3 if high < math.inf else 0.0  # images come out of rounding and resampling
    if not low - slack <= least <= most <= high + slack:  # not: catches NaN too
        limits = f"at least {low:g}" if high == math.inf else f"in [{low:g}, {high:g}]"
        raise ValueError(f"{name} must lie {limits}, got {least:.3g} to {most:.3g}; {cure or 'rescale it'}")


def _from_numpy(name: str, value: Any, expected: str) -> Tensor:
    try:
        numbers = np.asarray(value)
    except (TypeError, ValueError):
        numbers = np.empty(0, dtype=object)
    if numbers.dtype.kind not in "iuf":
        refuse(name, expected, value, "pass a tensor, a NumPy array or a list of numbers", error=WrongType)
    return torch.from_numpy(numbers.astype(np.float64))


def _fits(sizes: torch.Size, shape: tuple[Size, ...]) -> bool:
    if ... in shape:
        at = shape.index(...)
        head, tail = shape[:at], shape[at + 1 :]
        enough = len(sizes) >= len(head) + len(tail)
        return enough and _fits(sizes[:at], head) and _fits(sizes[len(sizes) - len(tail) :], tail)
    return len(sizes) == len(shape) and all(
        isinstance(want, str) or size == want for size, want in zip(sizes, shape, strict=True)
    )


def _shape(shape: Sequence[Size]) -> str:
    inside = ", ".join("..." if size is ... else str(size) for size in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def _shapes(tensors: dict[str, Tensor]) -> str:
    return " and ".join(str(tuple(value.shape)) for value in tensors.values())


def _listed(tensors: dict[str, Tensor]) -> str:
    return " and ".join(tensors)


def _dtypes(dtypes: Sequence[torch.dtype]) -> str:
    if dtypes is FLOATS:
        return "floating-point"
    return " or ".join(str(dtype).removeprefix("torch.") for dtype in dtypes) if len(dtypes) < 4 else "real"


def _to_tensor(name: str, value: Any) -> str:
    return f"pass torch.as_tensor({name})" if isinstance(value, np.ndarray | list | tuple) else "pass a tensor"


def _to_dtype(name: str, value: Tensor, dtypes: Sequence[torch.dtype], cure: str) -> str:
    if value.is_complex():
        return f"take {name}.real or {name}.abs()"
    wanted = str(dtypes[0]).removeprefix("torch.")
    return cure if cure and value.dtype == torch.uint8 else f"pass {name}.to(torch.{wanted})"


def _to_shape(name: str, sizes: torch.Size, shapes: Sequence[tuple[Size, ...]]) -> str:
    if any(len(shape) == len(sizes) + 1 for shape in shapes):
        return f"add the missing dimension, for example with {name}[:, None]"
    return f"select or reshape, for example with {name}.flatten(1)"


def _plainly(value: Any, kind: str) -> str:
    """How to make a plain number of something that holds one."""
    if isinstance(value, Tensor) and value.dim() == 0:
        return "pass its .item()"
    return f"pass a plain {kind}"


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond the floats
        return False


def _device_count(kind: str) -> int:
    backend = getattr(torch, kind, None)
    return backend.device_count() if hasattr(backend, "device_count") else 0


# Kinds that many modules share.

FUNCTION, DEVICE, DEVICE_NAME, PATH = _function, _device, _device_name, _path
TEXT = instance(str, "text", cure="put it in quotes")
FLAG = instance(bool, "True or False", cure="pass True or False")
MODULE = instance(nn.Module, "a network (torch.nn.Module)", cure="pass the network itself, for example mlp([2, 8, 1])")
OPTIMIZER = instance(
    Optimizer, "an optimiser (torch.optim)", cure="make one, for example torch.optim.Adam(D.parameters(), lr=1e-3)"
)
SOURCE = instance(
    torch.Generator, "a source of random numbers (torch.Generator)", cure="make one with ganlab.seeds.generator(0)"
)

#: Logits of a minibatch, one for each example; a single one may come without dimension.
LOGITS = tensor((), ("n",), ("n", 1), cure="a discriminator returns one logit for each example: end it in Linear(…, 1)")
#: A minibatch of anything, one example a row.
BATCH = tensor(("n", ...), cure="the first dimension counts the examples: add it with [None]")
#: Latent vectors.
LATENT = tensor(("n", "z_dim"), cure="a single vector becomes a row with z[None]")
