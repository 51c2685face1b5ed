"""Guards: what keeps an answer from disturbing the notebook it is checked in.

`forked_randomness` puts the random state back, `overhearing` catches prints and warnings, `within` limits the time.
These are guards against accidents, not against an answer that means harm.
"""

import ctypes
import io
import random
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from types import FrameType

import numpy as np
import torch

_KEPT_CHARACTERS = 4000
_TRIES_TO_STOP = 20
_SECONDS_FOR_IMPORTS = 60


class TimeUp(BaseException):
    """Raised inside an answer that runs too long; not an `Exception`, so that `except Exception` lets it pass."""


def seed_all(seed: int) -> None:
    """Seed torch, NumPy and Python's `random`."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)


@contextmanager
def forked_randomness() -> Iterator[None]:
    """Put the random state of torch, NumPy and Python back at the end."""
    numbers, choices = np.random.get_state(), random.getstate()
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=devices):
        try:
            yield
        finally:
            np.random.set_state(numbers)
            random.setstate(choices)


class Heard(io.TextIOBase):
    """A text stream that keeps the first few thousand characters and counts the lines of the rest."""

    def __init__(self) -> None:
        self.text, self.lines, self.warned = "", 0, []

    def write(self, text: str) -> int:
        """Keep what still fits."""
        self.lines += text.count("\n")
        self.text += text[: _KEPT_CHARACTERS - len(self.text)]
        return len(text)

    def close(self) -> None:
        """Stay open: an answer that closes its output may still print."""


@contextmanager
def overhearing() -> Iterator[Heard]:
    """Catch what is printed and warned, and hand it over at the end."""
    heard = Heard()
    with redirect_stdout(heard), redirect_stderr(heard), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield heard
    heard.warned += dict.fromkeys(str(warning.message) for warning in caught)


@dataclass(frozen=True)
class Overrun:
    """Work that ran too long: where it was when its time was up, innermost first, and whether it could be stopped."""

    frames: list[FrameType]
    stopped: bool


def within(seconds: float, work: Callable[[], None]) -> Overrun | None:
    """Run `work` in a thread of its own; if it takes too long, stop it or, where that fails, leave it behind.

    An import under way is waited for: stopped half-way, the module would be broken for the rest of the session, and
    the first optimiser of a session imports for seconds.

    Parameters
    ----------
    seconds : float
        The limit.
    work : callable
        Takes nothing and returns nothing; what it found must be stored where the caller sees it.

    Returns
    -------
    Overrun or None
        None if `work` ended in time.

    Raises
    ------
    BaseException
        What `work` raised.
    """
    raised: list[BaseException] = []
    thread = threading.Thread(target=_collecting(work, raised), daemon=True)
    thread.start()
    frames = None
    try:
        thread.join(seconds)
        _await_import(thread)
        frames = _frames(thread) if thread.is_alive() else None
    finally:
        stopped = _stop(thread)
    if frames is not None:
        return Overrun(frames, stopped)
    if raised:
        raise raised[0]
    return None


def _collecting(work: Callable[[], None], raised: list[BaseException]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    return run


def _frames(thread: threading.Thread) -> list[FrameType]:
    frame, frames = sys._current_frames().get(thread.ident), []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames


def _await_import(thread: threading.Thread) -> None:
    end = time.monotonic() + _SECONDS_FOR_IMPORTS
    while time.monotonic() < end and any(
        frame.f_code.co_filename.startswith("<frozen importlib") for frame in _frames(thread)
    ):
        thread.join(0.1)


def _stop(thread: threading.Thread) -> bool:
    """Raise `TimeUp` in the thread until it ends, once is not enough for a bare `except`; tell whether it ended."""
    for _ in range(_TRIES_TO_STOP):
        if not thread.is_alive():
            break
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeUp))
        thread.join(0.05)
    return not thread.is_alive()
