"""Training: Algorithm 1 as a loop that reports and never prints.

`Players` holds all that changes during a run: two networks, two optimisers, the source of random numbers, the
history. `train` is a Python generator: it makes one step, hands out a `Progress`, and goes on when asked. So the
caller decides what to show, when to stop, and when to save; interrupting it leaves players that can be used.

Checkpoints hold the state of every part. A run that was killed and resumed continues with the same numbers, to the
last bit on a CPU.

The whole recipe for digits, built on this module, is `ganlab.digits`.
"""

import math
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ganlab.averaging import EMA
from ganlab.latent import sample_z
from ganlab.steps import discriminator_step, generator_step

SampleReal = Callable[[int, torch.Generator], Tensor]

CHECK_EVERY = 50  # steps between two looks at the numbers: a look makes a GPU wait


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


class History:
    """Losses of a run, one value a step.

    Examples
    --------
    >>> history = History()
    >>> history.append(torch.tensor(1.4), torch.tensor(0.7))
    >>> len(history), history.g_loss.round(2)
    (1, array([0.7], dtype=float32))
    """

    def __init__(self) -> None:
        self._losses: list[Tensor] = []

    def append(self, d_loss: Tensor, g_loss: Tensor) -> None:
        """Store the two losses of a step; they stay on their device until somebody looks."""
        self._losses.append(torch.stack([d_loss, g_loss]))

    def __len__(self) -> int:
        return len(self._losses)

    @property
    def losses(self) -> Tensor:
        """All losses, shape (steps, 2): discriminator, generator."""
        return torch.stack(self._losses).cpu() if self._losses else torch.empty(0, 2)

    @losses.setter
    def losses(self, values: Tensor) -> None:
        self._losses = list(values)

    @property
    def d_loss(self) -> np.ndarray:
        """Discriminator losses, shape (steps,)."""
        return self.losses[:, 0].numpy()

    @property
    def g_loss(self) -> np.ndarray:
        """Generator losses, shape (steps,)."""
        return self.losses[:, 1].numpy()


@dataclass
class Players:
    """Two networks, their optimisers, and everything else that changes in a run.

    Parameters
    ----------
    G, D : Module
        Generator (with an attribute `z_dim`, or give it here) and discriminator, which returns logits.
    opt_g, opt_d : Optimizer
        Each owns the parameters of its network only.
    z_dim : int
        Coordinates of a latent vector.
    generator : torch.Generator
        Draws minibatches and noise; on the device of the networks.
    ema : EMA, optional
        Follows G.
    schedules : tuple of LRScheduler
        Stepped once after each step of training.

    Examples
    --------
    >>> from ganlab.seeds import generator
    >>> G, D = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> players = Players(G, D, torch.optim.SGD(G.parameters(), 0.1), torch.optim.SGD(D.parameters(), 0.1),
    ...                   z_dim=1, generator=generator(0))
    >>> players.step
    0
    """

    G: nn.Module
    D: nn.Module
    opt_g: Optimizer
    opt_d: Optimizer
    z_dim: int
    generator: torch.Generator
    ema: EMA | None = None
    schedules: tuple[LRScheduler, ...] = ()
    history: History = field(default_factory=History)

    @property
    def step(self) -> int:
        """Steps made so far."""
        return len(self.history)

    def draw_z(self, n: int) -> Tensor:
        """Draw fresh noise, shape (n, z_dim), from the players' own source."""
        return sample_z(n, self.z_dim, generator=self.generator, device=self.generator.device)

    def state_dict(self) -> dict[str, Any]:
        """Return all that a checkpoint needs, as tensors, numbers, lists and dictionaries."""
        return {
            "parts": {name: part.state_dict() for name, part in self._parts().items()},
            "schedules": [schedule.state_dict() for schedule in self.schedules],
            "losses": self.history.losses,
            "generator": self.generator.get_state(),
            "global_rng": torch.get_rng_state(),  # dropout draws from it
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state that `state_dict` returned.

        Raises
        ------
        ValueError
            If the state is of players with other parts (for example without an EMA).
        """
        parts = self._parts()
        if set(parts) != set(state["parts"]) or len(self.schedules) != len(state["schedules"]):
            raise ValueError(
                f"the checkpoint holds {sorted(state['parts'])} and {len(state['schedules'])} schedules, these "
                f"players have {sorted(parts)} and {len(self.schedules)}; build them as in the saved run"
            )
        for name, part in parts.items():
            part.load_state_dict(state["parts"][name])
        for schedule, saved in zip(self.schedules, state["schedules"], strict=True):
            schedule.load_state_dict(saved)
        self.history.losses = state["losses"]
        self.generator.set_state(state["generator"])
        torch.set_rng_state(state["global_rng"])

    def _parts(self) -> dict[str, Any]:
        parts = {"G": self.G, "D": self.D, "opt_g": self.opt_g, "opt_d": self.opt_d}
        return parts if self.ema is None else {**parts, "ema": self.ema.module}


PlayRound = Callable[[Players], tuple[Tensor, Tensor]]


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
        If a loss is not finite, or no gradient reaches G through D any more.
    ValueError
        If `batch_size` or `k` is below 1.

    References
    ----------
    Goodfellow et al. (2014), Algorithm 1.

    Examples
    --------
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
    if min(batch_size, k) < 1:
        raise ValueError(f"batch_size and k must be at least 1, got {batch_size} and {k}")

    def algorithm_1(players: Players) -> tuple[Tensor, Tensor]:
        G, D = players.G, players.D
        for _ in range(k):
            real = sample_real(batch_size, players.generator)
            d_loss = d_step(G, D, players.opt_d, real, players.draw_z(batch_size))
        return d_loss, g_step(G, D, players.opt_g, players.draw_z(batch_size))

    yield from rounds(players, algorithm_1, steps=steps)


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
        If a loss is not finite, or no gradient reaches G through D any more.

    Examples
    --------
    >>> from ganlab.seeds import generator
    >>> G, D = nn.Linear(1, 1), nn.Linear(1, 1)
    >>> players = Players(G, D, torch.optim.SGD(G.parameters(), 0.1), torch.optim.SGD(D.parameters(), 0.1),
    ...                   z_dim=1, generator=generator(0))
    >>> at_rest = lambda players: (torch.tensor(1.0), torch.tensor(2.0))
    >>> [progress.step for progress in rounds(players, at_rest, steps=2)]
    [1, 2]
    """
    while players.step < steps:
        d_loss, g_loss = play_round(players)

        for schedule in players.schedules:
            schedule.step()
        if players.ema is not None:
            players.ema.update(players.G)
        players.history.append(d_loss, g_loss)
        if players.step % CHECK_EVERY == 0 or players.step == steps:
            _check_health(players, d_loss, g_loss)
        yield Progress(players.step, steps, d_loss, g_loss)


def _check_health(players: Players, d_loss: Tensor, g_loss: Tensor) -> None:
    """Raise if the last step shows that nothing can be learned any more."""
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
    write_whole(players.state_dict(), path)


def write_whole(state: dict[str, Any], path: str | os.PathLike[str]) -> None:
    """Write a state with `torch.save`, all or nothing: a kill or a full disk leaves the old file as it was.

    Parameters
    ----------
    state : dict
        What `torch.save` takes.
    path : path
        File to write, in a folder that exists.
    """
    path = Path(path)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load_checkpoint(players: Players, path: str | os.PathLike[str]) -> bool:
    """Continue from a checkpoint if there is one.

    Parameters
    ----------
    players : Players
        Built as in the saved run; their state is replaced.
    path : path
        File that `save_checkpoint` wrote.

    Returns
    -------
    bool
        False if there is no such file: a first run and a resumed one are then the same code.

    Raises
    ------
    ValueError
        If the file is not a checkpoint of such players.
    """
    path = Path(path)
    if not path.exists():
        return False
    try:
        state = torch.load(path, weights_only=True, map_location=players.generator.device)
        # Generator states are kept on the CPU whatever device they belong to.
        state["generator"], state["global_rng"] = state["generator"].cpu(), state["global_rng"].cpu()
    except Exception as error:
        raise ValueError(f"{path} is not a checkpoint or is damaged; delete it to start afresh") from error
    players.load_state_dict(state)
    return True


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
        Least time between two checkpoints.

    Yields
    ------
    Progress

    Examples
    --------
    Resume and go on in one line each::

        load_checkpoint(players, "run.pt")
        for progress in checkpointed(train(players, sample_real, steps=2500), players, "run.pt"):
            ...
    """
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
