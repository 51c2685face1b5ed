"""Traces: what a call leaves behind besides its result.

A right result with a side effect is wrong: the next cell meets a changed tensor, a network in the wrong mode, a frozen
weight, another seed. `untouched` compares what was given, and the settings of the session, before and after.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ganlab.checks.expect import Finding
from ganlab.checks.settings import changed_settings, read_settings

#: What may be left on a thing, `{}` being its name: what was seen, what was expected, the cure.
_TOLD = {
    "values": (
        "your function changed {} itself",
        "{} as it was",
        "Operators such as += and methods that end in _ write into the tensor itself, also through a row such as x[0]: "
        "make a new tensor.",
    ),
    "flag": (
        "your function changed {}.requires_grad",
        "{} as it was",
        "Work on a copy: {}.clone().requires_grad_().",
    ),
    "gradient": (
        "your function changed {}.grad",
        "{}.grad as it was",
        "backward() adds gradients wherever it goes, and zero_grad() wipes them: reach only what this step is about. "
        "torch.autograd.grad(…) returns gradients and stores none.",
    ),
    "modes": (
        "{} is left in another mode",
        "{} in the mode it was in, train or eval",
        "The next round trains too: .train() after every .eval(), or leave the mode alone.",
    ),
    "flags": (
        "weights of {} are left with another requires_grad",
        "all weights of {} as they were",
        "Who freezes a network has to thaw it: {}.requires_grad_(True).",
    ),
    "hooks": (
        "a hook is left on {}",
        "no more hooks than before",
        "Keep what register_…_hook returns and call its .remove().",
    ),
    "options": (
        "the settings of {} are changed",
        "{} as it was made",
        "A step uses its optimiser; the learning rate is set where the optimiser is made.",
    ),
}
_TOLD["writes"] = _TOLD["values"]
_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


@contextmanager
def untouched(**things: Any) -> Iterator[None]:
    """Find what the block leaves changed: on the things, which are named, and in the session.

    Parameters
    ----------
    **things : Tensor, Module or Optimizer
        A tensor keeps its values, its flag and its gradient; a network the modes, flags and hooks of its parts, but
        not its weights; an optimiser its options.

    Raises
    ------
    Finding
        For the first thing that is not as it was.
    """
    torch.manual_seed(torch.initial_seed() + 271828)  # a seed that nobody chooses, to see a function choose its own
    seed, settings = torch.initial_seed(), read_settings()
    before = {name: _looks(thing) for name, thing in things.items()}
    yield
    for setting, _ in changed_settings(settings):
        raise Finding(f"your function changed {setting.name}, for all that follows", "it as it was", setting.cure)
    if torch.initial_seed() != seed:
        hint = "Leave the seed alone: a function that seeds draws the same numbers at every call."
        raise Finding("your function sets torch's seed, for all that follows", "random numbers that go on", hint)
    for name, thing in things.items():
        _compare(name, before[name], _looks(thing))


def _compare(name: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    for look, value in before.items():
        if not _same(value, after[look]):
            raise Finding(*(text.format(name) for text in _TOLD[look]))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    return type(a) is type(b) and a == b


def _looks(thing: Any) -> dict[str, Any]:
    """Return what is compared of a thing, by the keys of `_TOLD`."""
    if isinstance(thing, Tensor):
        gradient = thing.grad.clone() if thing.is_leaf and thing.grad is not None else None
        return {
            "values": thing.detach().clone(),
            "writes": thing._version,  # also of what leaves the values as they are, by chance
            "flag": thing.requires_grad,
            "gradient": gradient,
        }
    if isinstance(thing, nn.Module):
        parts = list(thing.modules())
        return {
            "modes": [part.training for part in parts],
            "flags": [p.requires_grad for p in thing.parameters()],
            "hooks": [len(getattr(part, kind)) for part in parts for kind in _HOOKS],
        }
    options = [{k: v for k, v in group.items() if k != "params"} for group in thing.param_groups]
    return {"options": (options, [len(group["params"]) for group in thing.param_groups])}
