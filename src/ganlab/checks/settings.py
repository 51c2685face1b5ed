"""Settings: the switches that hold for the whole session, which an answer may use but not leave behind.

`kept_settings` puts them back, so that an answer cannot disturb the notebook, nor one case the next. Whether an answer
left one changed is told by `ganlab.checks.traces`.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class Setting:
    """A switch: its name, how it is read and written, and what to do instead of leaving it changed."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]
    cure: str = "Leave it to the cell that calls the function."


#: torch keeps the first and the third for each thread, the others for the whole session.
SETTINGS = (
    Setting(
        "whether torch follows gradients",
        torch.is_grad_enabled,
        torch.set_grad_enabled,
        "Use `with torch.no_grad():`, which ends with its block.",
    ),
    Setting(
        "torch's default dtype",
        torch.get_default_dtype,
        torch.set_default_dtype,
        "Name the dtype where a tensor is made: dtype=real.dtype.",
    ),
    Setting(
        "torch's default device",
        torch.get_default_device,
        torch.set_default_device,
        "Name the device where a tensor is made: device=real.device.",
    ),
    Setting("torch's deterministic mode", torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    Setting("torch's anomaly detection", torch.is_anomaly_enabled, torch.set_anomaly_enabled),
    Setting("torch's number of threads", torch.get_num_threads, torch.set_num_threads),
    Setting("NumPy's treatment of errors", np.geterr, lambda before: np.seterr(**before)),
    Setting("Python's recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
)


def changed_settings(before: list[Any]) -> list[tuple[Setting, Any]]:
    """Return each setting that differs from `before`, with what it was."""
    return [(each, value) for each, value in zip(SETTINGS, before, strict=True) if each.read() != value]


def read_settings() -> list[Any]:
    """Return what each setting is."""
    return [setting.read() for setting in SETTINGS]


@contextmanager
def kept_settings() -> Iterator[None]:
    """Put every setting back at the end."""
    before = read_settings()
    try:
        yield
    finally:
        for setting, value in changed_settings(before):
            setting.write(value)
