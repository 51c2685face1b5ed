"""Training: Algorithm 1 as a loop that reports and never prints.

`Players` (of `ganlab.players`) holds all that changes during a run. `train` is a Python generator: it makes one step,
hands out a `Progress`, and goes on when asked. So the caller decides what to show, when to stop, and when to save;
interrupting it leaves players that can be used.

Checkpoints hold the state of every part. A run that was killed and resumed continues with the same numbers, to the
last bit on a CPU.

The whole recipe for digits, built on this module, is `ganlab.digits`.
"""

import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ganlab import saving
from ganlab.arguments import FUNCTION, PATH, WrongType, count, given, number, refuse, takes
from ganlab.players import PLAYERS, History, Players
from ganlab.steps import discriminator_step, generator_step

__all__ = [
    "CHECK_EVERY",
    "History",
    "Players",
    "Progress",
    "TrainingDiverged",
    "checkpointed",
    "load_checkpoint",
    "rounds",
    "save_checkpoint",
    "train",
]

SampleReal = Callable[[int, torch.Generator], Tensor]

CHECK_EVERY = 50  # steps between two looks at the numbers: a look makes a GPU wait


STEPS = count(least=0, most=sys.maxsize)


class TrainingDiverged(RuntimeError):
    """A run that cannot recover; the message says at which step, what was seen, and what to try."""


class Progress(NamedTuple):
    """What `train` yields after each step.

    `step` counts from 1 to `steps`; the losses are detached scalars from before the step. A step is one round of
    Algorithm 1: k updates of D and one of G.
    """

    step: int
    steps: int
    d_loss: Tensor
    g_loss: Tensor


PlayRound = Callable[[Players], tuple[Tensor, Tensor]]


@takes(
    players=PLAYERS,
    sample_real=FUNCTION,
    steps=STEPS,
    batch_size=count(),
    k=count(),
    d_step=FUNCTION,
    g_step=FUNCTION,
)
def train(
    players: Players,
    sample_real: SampleReal,
    *,
    steps: int,
    batch_size: int = 64,
    k: int = 1,
    d_step: Callable[..., Tensor] = discriminator_step,
    g_step: Callable[..., Tensor] = generator_step,
) -> Iterator[Progress]:
    """Play Algorithm 1 until `players.step == steps`; yield a `Progress` after each step.

    A step updates D k times, each time with a fresh minibatch and fresh noise, then G once with fresh noise.

    Parameters
    ----------
    players : Players
        Changed in place; a run continues where they stand.
    sample_real : callable
        `sample_real(n, generator)` returns n real examples on the networks' device.
    steps : int
        Total number of steps, counted from the players' first.
    batch_size : int
        Examples in a minibatch.
    k : int
        Updates of D for each update of G, at least 1.
    d_step, g_step : callable
        The two halves, with the arguments of `steps.discriminator_step` and `steps.generator_step`. For another loss
        pass `functools.partial(discriminator_step, loss=hinge_d)`.

    Yields
    ------
    Progress

    Raises
    ------
    TrainingDiverged
        If a loss is not finite, or no gradient reaches G through D any more: seen at every 50th step and at the last.
    ValueError
        If `batch_size` or `k` is below 1, at the call; if `sample_real` returns anything but as many examples.

    References
    ----------
    Goodfellow et al. (2014), Algorithm 1.

    Examples
    --------
    >>> from torch import nn
    >>> from ganlab import seeds, toys
    >>> G, D = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> players = Players(G, D, torch.optim.SGD(G.parameters(), 0.1), torch.optim.SGD(D.parameters(), 0.1),
    ...                   z_dim=1, generator=seeds.generator(0))
    >>> target = toys.gaussian()
    >>> for progress in train(players, lambda n, g: target.sample(n, generator=g), steps=3):
    ...     print(progress.step, "of", progress.steps)
    1 of 3
    2 of 3
    3 of 3
    """

    def algorithm_1(players: Players) -> tuple[Tensor, Tensor]:
        G, D = players.G, players.D
        for _ in range(k):
            real = sample_real(batch_size, players.generator)
            _require_examples(real, batch_size)
            d_loss = d_step(G, D, players.opt_d, real, players.draw_z(batch_size))
        return d_loss, g_step(G, D, players.opt_g, players.draw_z(batch_size))

    return rounds(players, algorithm_1, steps=steps)


@takes(players=PLAYERS, play_round=FUNCTION, steps=STEPS)
def rounds(players: Players, play_round: PlayRound, *, steps: int) -> Iterator[Progress]:
    """Play rounds of any kind until `players.step == steps`; yield a `Progress` after each.

    Parameters
    ----------
    players : Players
        Changed in place; a run continues where they stand.
    play_round : callable
        `play_round(players)` moves both players and returns their losses, detached scalars: D's, then G's.
    steps : int
        Total number of rounds, counted from the players' first.

    Yields
    ------
    Progress

    Raises
    ------
    TrainingDiverged
        If a loss is not finite, or no gradient reaches G through D any more: seen at every 50th step and at the last.
    ValueError
        If `steps` is no number of steps, at the call; if `play_round` returns anything but two losses.

    Examples
    --------
    >>> from torch import nn
    >>> from ganlab.seeds import generator
    >>> G, D = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> players = Players(G, D, torch.optim.SGD(G.parameters(), 0.1), torch.optim.SGD(D.parameters(), 0.1),
    ...                   z_dim=1, generator=generator(0))
    >>> at_rest = lambda players: (torch.tensor(1.0), torch.tensor(2.0))
    >>> [progress.step for progress in rounds(players, at_rest, steps=2)]
    [1, 2]
    """
    return _rounds(players, play_round, steps)  # so that wrong arguments are told here, not at the first step


def _rounds(players: Players, play_round: PlayRound, steps: int) -> Iterator[Progress]:
    while players.step < steps:
        d_loss, g_loss = _both_losses(play_round(players))

        for schedule in players.schedules:
            schedule.step()
        if players.ema is not None:
            players.ema.update(players.G)
        players.history.append(d_loss, g_loss)
        if players.step % CHECK_EVERY == 0 or players.step == steps:
            _check_health(players, d_loss, g_loss)
        yield Progress(players.step, steps, d_loss, g_loss)


def _both_losses(played: Any) -> tuple[Tensor, Tensor]:
    if not isinstance(played, tuple | list) or len(played) != 2:
        raise ValueError(f"play_round must return two losses, got {given(played)}; return d_loss, g_loss")
    return played[0], played[1]


def _require_examples(real: Any, n: int) -> None:
    if not isinstance(real, Tensor) or real.dim() == 0 or len(real) != n:
        raise ValueError(
            f"sample_real must return a tensor with {n} examples, got {given(real)}; one row is one example"
        )


def _check_health(players: Players, d_loss: Tensor, g_loss: Tensor) -> None:
    """Raise if the last step shows that nothing can be learned any more."""
    if d_loss.is_meta:
        return  # no numbers to look at
    gradients = [p.grad.abs().max() for p in players.G.parameters() if p.grad is not None]
    steepest = torch.stack(gradients).max() if gradients else torch.ones_like(d_loss)
    losses, steepest = torch.stack([d_loss + g_loss, steepest]).tolist()  # one look, so a GPU waits once
    if not math.isfinite(losses):
        raise TrainingDiverged(
            f"step {players.step}: losses are {d_loss.item()} (D) and {g_loss.item()} (G); "
            "lower the learning rates, check that real data lie in [-1, 1], or add an R1 penalty"
        )
    if steepest == 0:
        raise TrainingDiverged(
            f"step {players.step}: the gradient that reaches G through D is exactly zero; D has collapsed or is "
            "certain of every sample. Lower D's learning rate, use the non-saturating loss, or add an R1 penalty"
        )


@takes(players=PLAYERS, path=PATH)
def save_checkpoint(players: Players, path: str | os.PathLike[str]) -> None:
    """Write the players' state to a file, all or nothing.

    The state goes to a temporary file in the same folder, which then takes the place of the old checkpoint in one
    move. A kill or a full disk leaves the old checkpoint as it was.

    Parameters
    ----------
    players : Players
        Left as they are.
    path : path
        File to write; its folder is made if missing.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    saving.write_whole(players.state_dict(), path, kind="checkpoint")


@takes(players=PLAYERS, path=PATH)
def load_checkpoint(players: Players, path: str | os.PathLike[str]) -> bool:
    """Continue from a checkpoint if there is one.

    Parameters
    ----------
    players : Players
        Built as in the saved run; their whole state is replaced, or none of it.
    path : path
        File that `save_checkpoint` wrote.

    Returns
    -------
    bool
        False if there is no such file: a first run and a resumed one are then the same code.

    Raises
    ------
    ValueError
        If the file is not a checkpoint of such players; the message names the file and what differs.
    """
    path = Path(path)
    if not path.exists():
        return False
    state = saving.read(path, kind="checkpoint")
    try:
        players.load_state_dict(state)
    except ValueError as error:
        raise ValueError(f"{path} is a checkpoint of other players: {error}, or name another file") from error
    return True


def _progress(name: str, value: Any) -> None:
    """Take what train returned, or another source of reports."""
    if not isinstance(value, Iterable) or isinstance(value, Tensor | str | bytes | dict):
        refuse(name, "the progress of a run", value, "pass what train returned", error=WrongType)


@takes(
    progress=_progress,
    players=PLAYERS,
    path=PATH,
    every_seconds=number(least=0),
)
def checkpointed(
    progress: Iterable[Progress], players: Players, path: str | os.PathLike[str], *, every_seconds: float = 30.0
) -> Iterator[Progress]:
    """Pass a run's progress on and save the players now and then, at the end, and when interrupted.

    A run that was killed resumes from the last save to the same last bit. An interruption that falls inside a step
    saves that half step: such a run goes on soundly, but not with the same numbers.

    Parameters
    ----------
    progress : iterable of Progress
        What `train` returned for `players`.
    players : Players
        The players of that run.
    path : path
        File for the checkpoint.
    every_seconds : float
        Least time between two checkpoints, at least 0.

    Yields
    ------
    Progress

    Raises
    ------
    ValueError
        If an argument is of another kind, at the call.

    Examples
    --------
    Resume and go on in one line each::

        load_checkpoint(players, "run.pt")
        for progress in checkpointed(train(players, sample_real, steps=2500), players, "run.pt"):
            ...
    """
    return _checkpointed(progress, players, path, every_seconds)


def _checkpointed(
    progress: Iterable[Progress], players: Players, path: str | os.PathLike[str], every_seconds: float
) -> Iterator[Progress]:
    saved = time.monotonic()
    try:
        for report in progress:
            if time.monotonic() - saved >= every_seconds:
                save_checkpoint(players, path)
                saved = time.monotonic()
            yield report
    except TrainingDiverged:
        raise  # the last good checkpoint is worth more than a broken state
    except BaseException:
        save_checkpoint(players, path)
        raise
    save_checkpoint(players, path)
