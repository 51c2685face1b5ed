"""Digits: the recipe that turns noise into handwritten digits within a minute on two CPU cores.

Every part is taught in a chapter and lives in its own module; here they come together: a small convolutional pair,
Algorithm 1 with the non-saturating loss and one batch of fakes for both players, R1 on real images now and then, and
learning rates that are high for a quarter of the budget and then fall to a twentieth. Chapter 10 writes the whole
recipe out and compares.

The budget is a time or a number of steps; with a number of steps the result is the same to the last bit on one CPU.
On a GPU networks, images and random numbers live on the card and minibatches are larger, since small ones are expected
to leave it idle. No step waits for the card; only the look at the losses does, once in `CHECK_EVERY` steps. None of
this was measured on a card yet.

One recipe for one data set: other images want other settings.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from tqdm.auto import tqdm

from ganlab import saving
from ganlab.arguments import (
    BATCH,
    DEVICE,
    DEVICE_NAME,
    FLAG,
    FUNCTION,
    PATH,
    TEXT,
    count,
    instance,
    number,
    optional,
    takes,
)
from ganlab.data import mnist
from ganlab.latent import sample_z
from ganlab.losses import nonsaturating_d, nonsaturating_g
from ganlab.networks import DCDiscriminator, DCGenerator, init_dcgan
from ganlab.players import PLAYERS, History, Players
from ganlab.seeds import generator, seed_everything
from ganlab.steps import discriminator_step, r1_step
from ganlab.training import Progress, checkpointed, load_checkpoint, rounds

BATCH_SIZE, GPU_BATCH_SIZE = 64, 256
SECONDS, GPU_SECONDS = 60.0, 20.0
R1_GAMMA, R1_EVERY = 1.0, 16  # one penalty step in sixteen, sixteen times as strong

SEED = count(least=0, most=2**32 - 1, cure="take a small whole number such as 0")
BUDGET = {
    "seconds": optional(number(above=0, cure="the budget must be positive: try seconds=60")),
    "steps": optional(count(cure="the budget must be positive: try steps=2500")),
}


MODEL = "model"
PLAIN = instance(DCGenerator, "a DCGenerator", cure="save other networks with torch.save(G.state_dict(), path)")


@dataclass
class TrainedGAN:
    """A generator of digits and how it came to be.

    Attributes
    ----------
    G : DCGenerator
        In evaluation mode, so that an image depends on its own latent vector alone.
    history : History
        Losses of the run.
    source : str
        The data set, as `data.Digits.source` names it.

    Raises
    ------
    ValueError
        If `G` is no `DCGenerator` (compiled or not): others could not be loaded again.

    Examples
    --------
    >>> TrainedGAN(DCGenerator()).sample(5, seed=1).shape
    torch.Size([5, 1, 28, 28])
    """

    G: DCGenerator
    history: History = field(default_factory=History)
    source: str = "untrained"

    def __post_init__(self) -> None:
        """Refuse what could not be loaded again."""
        PLAIN("G", _plain(self.G))
        instance(History, "a History", cure="leave it out for an untrained one")("history", self.history)
        TEXT("source", self.source)
        self.G.eval()

    @takes(n=count(), seed=SEED)
    @torch.no_grad()
    def sample(self, n: int, *, seed: int = 0) -> Tensor:
        """Draw n images, float32 of shape (n, 1, 28, 28) in [-1, 1], on the CPU; equal seeds, equal images."""
        self.G.eval()
        device = next(self.G.parameters()).device
        z = sample_z(n, self.G.z_dim, generator=generator(seed))  # drawn on the CPU: the same for every device
        return torch.cat([self.G(part.to(device)).float().cpu() for part in z.split(1000)])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write weights, losses and source to one file, all or nothing; a compiled G is saved as a plain one."""
        state = {"G": _plain(self.G).state_dict(), "losses": self.history.losses, "source": self.source}
        _rebuilt(state["G"])  # what cannot be loaded again is told now
        saving.write_whole(state, path, kind=MODEL)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "TrainedGAN":
        """Read what `save` wrote, onto the CPU, with the sizes and the dtype that were saved.

        Parameters
        ----------
        path : path
            The file.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not one that `save` wrote; the message says what was found.
        """
        state = saving.read(path, kind=MODEL)
        try:
            trained = cls(_rebuilt(state["G"]), source=state["source"])
            trained.history.losses = state["losses"]
        except (KeyError, ValueError) as error:
            raise ValueError(
                f"{path} must be a model that TrainedGAN.save wrote, got {error}; name another file"
            ) from error
        return trained


def _plain(network: nn.Module) -> nn.Module:
    """The network itself, without what torch.compile puts around it."""
    return getattr(network, "_orig_mod", network)


def _rebuilt(state: dict[str, Tensor]) -> DCGenerator:
    """Build the generator with these weights; their shapes tell its sizes."""
    dense = state.get("layers.0.weight") if isinstance(state, dict) else None
    if not isinstance(dense, Tensor) or dense.dim() != 2 or len(dense) < 98:
        raise ValueError("weights of another network than a DCGenerator")
    G = DCGenerator(dense.shape[1], width=len(dense) // (2 * 7 * 7)).to(dense.dtype)
    if apart := saving.difference(G, state):
        raise ValueError(apart)
    G.load_state_dict(state)
    return G


@takes(**BUDGET, seed=SEED, device=optional(DEVICE), progress=FLAG, checkpoint=optional(PATH))
def train_digits(
    *,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    device: torch.device | str | None = None,
    progress: bool = True,
    checkpoint: str | os.PathLike[str] | None = None,
) -> TrainedGAN:
    """Train a generator of digits on MNIST for so many seconds, or for so many steps.

    An interruption (`KeyboardInterrupt`) ends the training early; what was learned so far is returned.

    Parameters
    ----------
    seconds : float, optional
        Time to train, positive; by default 60 on a CPU and 20 on a GPU. The result depends on the machine's speed.
    steps : int, optional
        Number of steps in place of a time: the result is then reproducible. 2 500 take about a minute on two cores.
    seed : int
        Decides initial weights, minibatches and noise.
    device : torch.device or str, optional
        By default a CUDA GPU if there is one, else the CPU.
    progress : bool
        Show a progress bar. The environment variable `TQDM_DISABLE=1` hides it too.
    checkpoint : path, optional
        File that keeps the state of the run, at most 30 seconds old; needs `steps`. If it exists, the run goes on
        from it, on a CPU with the same numbers as if it had never stopped.

    Returns
    -------
    TrainedGAN

    Raises
    ------
    ValueError
        If the budget is not positive, a checkpoint is asked for without `steps`, its file is of another run, or an
        argument is of another kind.

    Notes
    -----
    Layers this small gain half as much again from a second thread, and lose far more if another program keeps that
    core busy: then `torch.set_num_threads(1)` is the faster way. The number of threads changes the last bits.

    Examples
    --------
    >>> trained = train_digits(seconds=60)    # doctest: +SKIP
    >>> trained.sample(16).shape              # doctest: +SKIP
    torch.Size([16, 1, 28, 28])
    """
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if seconds is None:
        seconds = SECONDS if device.type == "cpu" else GPU_SECONDS
    if checkpoint is not None and steps is None:
        raise ValueError("a run of so many seconds cannot be resumed exactly; give steps, for example steps=2500")
    images, _, source = mnist(device=device)

    n = batch_size(device)

    def play_round(players: Players) -> tuple[Tensor, Tensor]:
        picks = torch.randint(len(images), (n,), generator=players.generator, device=device)
        return shared_round(players, images[picks])

    _keep_memory()
    used = _budget(seconds, steps)
    players = digit_players(used, seed=seed, device=device)
    run = rounds(players, play_round, steps=steps or sys.maxsize)
    if checkpoint is not None:
        load_checkpoint(players, checkpoint)
        run = checkpointed(run, players, checkpoint)
    _follow(run, used, hidden=not progress or bool(os.environ.get("TQDM_DISABLE")))
    return TrainedGAN(players.G.eval(), players.history, source)


@takes(device=DEVICE_NAME)
def batch_size(device: torch.device | str) -> int:
    """Images in a minibatch of the recipe: 64 on a CPU, 256 on a GPU.

    Examples
    --------
    >>> batch_size("cpu")
    64
    """
    return BATCH_SIZE if torch.device(device).type == "cpu" else GPU_BATCH_SIZE


@takes(used=FUNCTION, seed=SEED, device=DEVICE)
def digit_players(used: Callable[[int], float], *, seed: int = 0, device: torch.device | str = "cpu") -> Players:
    """Build the two networks of the recipe, their optimisers and their schedules.

    Parameters
    ----------
    used : callable
        `used(step)` is the fraction of the budget that is used up, from 0 to 1: it sets the learning rates.
    seed : int
        Decides initial weights, minibatches and noise.
    device : torch.device or str
        Where the networks live.
    """
    seed_everything(seed)
    G, D = (init_dcgan(network, std=0.05).to(device) for network in (DCGenerator(), DCDiscriminator()))
    fused = torch.device(device).type != "meta"  # faster, where there is something to compute
    opt_g = Adam(G.parameters(), lr=3e-3, betas=(0.0, 0.99), fused=fused)
    opt_d = Adam(D.parameters(), lr=4e-3, betas=(0.0, 0.99), fused=fused)
    schedules = tuple(LambdaLR(opt, lambda step: learning_rate(used(step))) for opt in (opt_g, opt_d))
    return Players(G, D, opt_g, opt_d, z_dim=G.z_dim, generator=generator(seed, device), schedules=schedules)


@takes(used=number(least=0))
def learning_rate(used: float) -> float:
    """Factor of the learning rates: 1 for the first quarter of the budget, then a straight line down to 0.05.

    Parameters
    ----------
    used : float
        Fraction of the budget that is used up, at least 0; a late step may find it a little over 1.

    Examples
    --------
    >>> [round(learning_rate(used), 3) for used in (0.2, 0.625, 1.0)]
    [1.0, 0.525, 0.05]
    """
    return 1.0 if used < 0.25 else max(0.05, 1 - 0.95 * (used - 0.25) / 0.75)


@takes(players=PLAYERS, real=BATCH)
def shared_round(players: Players, real: Tensor) -> tuple[Tensor, Tensor]:
    """Play the recipe's round: Algorithm 1 with k = 1, in which both halves use the same fakes.

    D moves first, as ever; then the D that has moved judges the same fakes again, and G follows. So G runs once and
    not twice. D sees real and fake images in one pass, which needs a D without BatchNorm, and G's half computes no
    gradient for D's weights, where nobody would use it. Each half has the gradient of the plain step with the same z.

    Parameters
    ----------
    players : Players
        Changed in place. Their step count says when R1 is due.
    real : Tensor of shape (n, ...)
        Real examples; as many fakes are drawn.

    Returns
    -------
    tuple of Tensor
        Losses of D and of G, each before its player moved, detached.

    References
    ----------
    Goodfellow et al. (2014), Algorithm 1, with one minibatch of noise in place of two; R1: Mescheder, Geiger and
    Nowozin (2018), eq. 9, every few steps: Karras et al. (2020a), section 3.1.

    Examples
    --------
    >>> players = digit_players(lambda step: step / 2500)
    >>> [loss.shape for loss in shared_round(players, torch.zeros(4, 1, 28, 28))]
    [torch.Size([]), torch.Size([])]
    """
    G, D = players.G, players.D
    _r1_when_due(players, D, real)

    fake = G(players.draw_z(len(real)))
    real_logits, fake_logits = D(torch.cat([real, fake.detach()])).chunk(2)
    d_loss = nonsaturating_d(real_logits, fake_logits)
    players.opt_d.zero_grad()
    d_loss.backward()
    players.opt_d.step()

    g_loss = nonsaturating_g(D(fake))
    players.opt_g.zero_grad()
    g_loss.backward(inputs=list(G.parameters()))
    players.opt_g.step()
    return d_loss.detach(), g_loss.detach()


@takes(players=PLAYERS)
def lazy_r1_step(players: Players) -> Callable[..., Tensor]:
    """Return a plain step of D with the recipe's penalty: down R1 every few steps, then down its loss.

    With `steps.generator_step` it makes the recipe's round in two halves that stand alone, each with fresh noise, for
    those who must wrap each half: for several devices, or for labels.

    Parameters
    ----------
    players : Players
        Their step count says when the penalty is due.

    Returns
    -------
    callable
        Takes and returns what `steps.discriminator_step` does; the `d_step` of `training.train`.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), eq. 9; every few steps: Karras et al. (2020a), section 3.1.

    Examples
    --------
    >>> players = digit_players(lambda step: step / 2500)
    >>> real = torch.zeros(4, 1, 28, 28)
    >>> d_step = lazy_r1_step(players)
    >>> d_step(players.G, players.D, players.opt_d, real, players.draw_z(4)).shape
    torch.Size([])
    """

    def d_step(G: nn.Module, D: nn.Module, opt_d: Optimizer, real: Tensor, z: Tensor) -> Tensor:
        _r1_when_due(players, D, real)
        return discriminator_step(G, D, opt_d, real, z)

    return d_step


def _r1_when_due(players: Players, D: nn.Module, real: Tensor) -> None:
    """Move D down R1 at real images once in `R1_EVERY` steps; D may be the players' own in a wrapper, with labels."""
    if players.step % R1_EVERY == 0:
        r1_step(D, players.opt_d, real, gamma=R1_GAMMA, every=R1_EVERY)


def _keep_memory() -> None:
    """Make the C library keep freed memory for the next step, in place of handing it back to the system.

    glibc hands the top of its heap back when twice the largest block that was ever freed lies unused there. What a
    step holds is just around that much, so its pages come and go, and each time the system clears them anew. One
    block, a little below the 32 MB up to which glibc learns, moves the limit to 60 MB. Elsewhere it changes nothing.
    """
    torch.empty(30 * 2**20, dtype=torch.uint8)


def _budget(seconds: float, steps: int | None) -> Callable[[int], float]:
    """Return the function that tells which fraction of the budget is used up after so many steps."""
    if steps is not None:
        return lambda step: step / steps
    start = time.monotonic()
    return lambda step: (time.monotonic() - start) / seconds


def _follow(run: Iterator[Progress], used: Callable[[int], float], *, hidden: bool) -> None:
    """Train until the budget is used up or the reader interrupts, with a progress bar."""
    with tqdm(total=100, disable=hidden, bar_format="{percentage:3.0f} %|{bar}| {elapsed} {desc}") as bar:
        try:
            for report in run:
                bar.set_description_str(f"step {report.step}", refresh=False)
                bar.update(100 * min(1.0, used(report.step)) - bar.n)
                if used(report.step) >= 1:
                    break
        except KeyboardInterrupt:
            bar.set_description_str("interrupted")
