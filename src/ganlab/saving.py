"""Saving: states in files, written whole and read with care; a state is loaded all or nothing.

Files are those of `torch.save`. The first entry of each says that it is ours and of which kind, within the first few
hundred bytes, so that even a damaged one can be told from a stranger's. They are read with `weights_only=True`, which
runs no code from the file; a file that needs more is none of ours.
"""

import copy
import os
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganlab.arguments import PATH, TEXT, instance, takes
from ganlab.forms import foreign_form

MARK = "ganlab"  # the first key of a state; its value is the kind
HEAD = 512  # bytes in which the mark lies
COMPILED = "_orig_mod."  # what torch.compile puts before the names of weights

#: State of an optimiser that has its weight's shape.
LIKE_WEIGHTS = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer", "square_avg", "grad_avg", "sum")


@takes(state=instance(dict, "a dictionary", cure="pass what state_dict() returns"), path=PATH, kind=TEXT)
def write_whole(state: dict[str, Any], path: str | os.PathLike[str], *, kind: str = "state") -> None:
    """Write a state with `torch.save`, all or nothing: a kill or a full disk leaves the old file as it was.

    Parameters
    ----------
    state : dict
        What `torch.save` takes.
    path : path
        File to write, in a folder that exists.
    kind : str
        What the file holds, for those who read it.

    Raises
    ------
    FileNotFoundError, OSError
        If there is no such folder, or the disk is full.
    """
    path = Path(path)
    _require_place(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            torch.save({MARK: kind, **state}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@takes(path=PATH, kind=TEXT)
def read(path: str | os.PathLike[str], *, kind: str) -> dict[str, Any]:
    """Read a state that `write_whole` wrote, onto the CPU.

    Parameters
    ----------
    path : path
        The file.
    kind : str
        What it has to hold. A file without a mark (of a plain `torch.save`) may hold anything.

    Returns
    -------
    dict
        The state, without the mark.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is a stranger's, damaged, or holds something else; the message says what was found.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}; look at the path, or at the folder the program runs in")
    if path.is_dir():
        raise ValueError(f"{path} must be a file, got a folder; name the {kind} in it")
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.startswith((b"PK\x03\x04", b"\x80")):
        raise ValueError(
            f"{path} must be a {kind} of ganlab, got {_found(path, head)}; it was left alone: name another file"
        )
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
    except Exception:  # PyTorch's own message advises to switch the safety off: it is not passed on
        raise ValueError(_unreadable(path, head, kind)) from None
    found = state.pop(MARK, kind) if isinstance(state, dict) else type(state).__name__
    if found != kind:
        raise ValueError(f"{path} must be a {kind} of ganlab, got a {found}; name another file")
    return state


def is_ours(head: bytes) -> bool:
    """Tell whether a file that begins so was written by `write_whole`."""
    return head.startswith(b"PK\x03\x04") and MARK.encode() in head


def load_all(targets: dict[str, Any], states: dict[str, Any]) -> None:
    """Load a state into each target, or into none: if one refuses, the others get back what they had.

    Parameters
    ----------
    targets : dict
        Name to network, optimiser, schedule: whatever has `state_dict` and `load_state_dict`.
    states : dict
        Name to state.

    Raises
    ------
    ValueError
        If a target refuses its state.
    """
    before = {name: copy.deepcopy(target.state_dict()) for name, target in targets.items()}
    try:
        for name, target in targets.items():
            target.load_state_dict(states[name])
    except Exception as error:
        for name, target in targets.items():
            target.load_state_dict(before[name])
        raise ValueError(f"{name} must be as in the saved run, got a state that it refuses ({error})") from error


def difference(target: Any, saved: Any) -> str:
    """Say in which way a target could not go on from a saved state; nothing if it can.

    Parameters
    ----------
    target : Module, Optimizer or LRScheduler
        Left as it is.
    saved : dict
        The state that would be loaded.
    """
    if not isinstance(saved, dict):
        return f"no state but {type(saved).__name__}"
    if isinstance(target, nn.Module):
        return _of_networks(target.state_dict(), saved)
    if isinstance(target, Optimizer):
        return _of_optimizers(target, saved)
    return "" if target.state_dict().keys() == saved.keys() else "another kind of schedule"


def _of_networks(own: dict[str, Any], saved: dict[str, Any]) -> str:
    if own.keys() != saved.keys() and _plain(own) == _plain(saved):
        compiled = "saved compiled" if any(COMPILED in name for name in saved) else "saved not compiled"
        return (
            f"the same architecture {compiled} ({COMPILED}), here the other way: use torch.compile in both or in none"
        )
    for name in [*own, *saved]:
        ours, theirs = _described(own.get(name)), _described(saved.get(name))
        if ours != theirs:
            return f"another architecture ({name}: saved {theirs}, here {ours})"
    return ""


def _of_optimizers(target: Optimizer, saved: dict[str, Any]) -> str:
    own = target.state_dict()
    try:
        sizes = [[len(group["params"]) for group in state["param_groups"]] for state in (own, saved)]
        shapes = [(saved["state"].get(i, {}), p.shape) for i, p in enumerate(_weights(target))]
        apart = [name for state, shape in shapes for name in LIKE_WEIGHTS if _misfits(state.get(name), shape)]
    except (KeyError, TypeError, AttributeError):
        return "no state of an optimiser"
    if sizes[0] != sizes[1]:
        return f"an optimiser of other weights ({sizes[1]} in its groups, here {sizes[0]})"
    return f"an optimiser of other weights ({apart[0]} has another shape)" if apart else ""


def _weights(target: Optimizer) -> list[Tensor]:
    return [weight for group in target.param_groups for weight in group["params"]]


def _misfits(value: Any, shape: torch.Size) -> bool:
    return isinstance(value, Tensor) and value.shape != shape


def _plain(state: dict[str, Any]) -> set[str]:
    return {name.replace(COMPILED, "") for name in state}


def _described(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{tuple(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    return "nothing" if value is None else type(value).__name__


def _require_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path} must be in a folder that exists, got {path.parent}; make the folder first")
    if path.is_dir():
        raise ValueError(f"{path} must be a file, got a folder; add the file's name")


def _unreadable(path: Path, head: bytes, kind: str) -> str:
    if is_ours(head):
        return (
            f"{path} must be a whole {kind}, got one of ganlab that is damaged or cut short; delete it to start afresh"
        )
    return (
        f"{path} must be a {kind} of ganlab, got {_found(path, head)} that is damaged, or not of numbers alone; "
        "it was left alone: name another file"
    )


def _found(path: Path, head: bytes) -> str:
    return foreign_form(head, path.stat().st_size).found
