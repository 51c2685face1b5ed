"""Players: two networks and all else that changes in a run, held together and checked once.

What belongs to one run stands in one object, so that it can be saved and restored whole. Its parts have to belong
together: an optimiser that moves the wrong network, or a schedule of an optimiser that nobody uses, would train
something else than what was meant, and no loss would show it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from ganlab import saving
from ganlab.arguments import (
    MODULE,
    OPTIMIZER,
    SOURCE,
    count,
    given,
    instance,
    optional,
    sequence,
    source_fits,
    takes,
    tensor,
)
from ganlab.averaging import EMA, require_same_tensors
from ganlab.latent import sample_z

LOSS = tensor((), cure="a step returns its loss as one number, for example d_loss.detach()")
LOSSES = tensor(("steps", 2), cure="give both losses of each step: the discriminator's, then the generator's")


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
        """Store the two losses of a step, two scalars; they stay on their device until somebody looks."""
        LOSS("d_loss", d_loss)
        LOSS("g_loss", g_loss)
        self._losses.append(torch.stack([d_loss.detach(), g_loss.detach()]))

    def __len__(self) -> int:
        return len(self._losses)

    @property
    def losses(self) -> Tensor:
        """All losses, shape (steps, 2): discriminator, generator."""
        return torch.stack(self._losses).cpu() if self._losses else torch.empty(0, 2)

    @losses.setter
    def losses(self, values: Tensor) -> None:
        if not (isinstance(values, Tensor) and values.shape == (0, 2)):
            LOSSES("losses", values)
        self._losses = list(values)

    @property
    def d_loss(self) -> np.ndarray:
        """Discriminator losses, shape (steps,)."""
        return self.losses[:, 0].numpy()

    @property
    def g_loss(self) -> np.ndarray:
        """Generator losses, shape (steps,)."""
        return self.losses[:, 1].numpy()


NETWORKS = {"G": MODULE, "D": MODULE, "opt_g": OPTIMIZER, "opt_d": OPTIMIZER}
FOLLOWER = optional(instance(EMA, "an EMA of G", cure="make one with EMA(G, halflife_steps=…)"))
SCHEDULE = instance(
    LRScheduler, "a schedule (torch.optim.lr_scheduler)", cure="make one, for example LambdaLR(opt_d, …)"
)


@dataclass
class Players:
    """Two networks, their optimisers, and everything else that changes in a run.

    Parameters
    ----------
    G, D : Module
        Generator and discriminator, which returns logits; on one device, without common parameters.
    opt_g, opt_d : Optimizer
        Each owns parameters of its network only.
    z_dim : int
        Coordinates of a latent vector; if G has an attribute `z_dim`, the same number.
    generator : torch.Generator
        Draws minibatches and noise; on the device of the networks.
    ema : EMA, optional
        Follows G.
    schedules : tuple of LRScheduler
        Each of one of the two optimisers; stepped once after each step of training.
    history : History, optional
        Losses so far; empty by default.

    Raises
    ------
    ValueError
        If one of these sentences does not hold. A run would then train the wrong network, and nothing would show it.

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

    def __post_init__(self) -> None:
        """Refuse parts that do not belong together."""
        for name, check in PARTS.items():
            check(name, getattr(self, name))
        self.schedules = tuple(self.schedules)
        _require_own_networks(self)
        _require_one_place(self)
        _require_own_schedules(self)
        wanted = getattr(self.G, "z_dim", self.z_dim)
        if wanted != self.z_dim:
            raise ValueError(f"z_dim must be that of G, {wanted}, got {self.z_dim}; pass z_dim=G.z_dim")
        if self.ema is not None:
            require_same_tensors(self.ema.module, self.G)

    @property
    def step(self) -> int:
        """Steps made so far."""
        return len(self.history)

    @takes(n=count())
    def draw_z(self, n: int) -> Tensor:
        """Draw fresh noise, shape (n, z_dim), from the players' own source, where G lives."""
        return sample_z(n, self.z_dim, generator=self.generator, device=_place(self.G, self.generator.device))

    def state_dict(self) -> dict[str, Any]:
        """Return all that a checkpoint needs, as tensors, numbers, lists and dictionaries."""
        return {
            "kinds": self._kinds(),
            "parts": {name: part.state_dict() for name, part in self._parts().items()},
            "schedules": [schedule.state_dict() for schedule in self.schedules],
            "losses": self.history.losses,
            "generator": self.generator.get_state(),
            "global_rng": torch.get_rng_state(),  # dropout draws from it
        }

    @takes(state=instance(dict, "what state_dict returned", cure="read it with load_checkpoint"))
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a state that `state_dict` returned; if it does not fit, nothing changes.

        Parameters
        ----------
        state : dict
            Of players with the same architecture, optimisers, schedules, and with or without an EMA.

        Raises
        ------
        ValueError
            If the state is of players with other parts; the message says what differs.
        """
        _require_state(state)
        parts, saved = self._parts(), {**state["parts"], **_numbered(state["schedules"])}
        if parts.keys() != state["parts"].keys() or len(self.schedules) != len(state["schedules"]):
            raise ValueError(
                f"the saved players have {sorted(state['parts'])} and {len(state['schedules'])} schedules, got "
                f"{sorted(parts)} and {len(self.schedules)}; build them as in the saved run"
            )
        targets = {**parts, **_numbered(self.schedules)}
        self._require_same_kinds(state.get("kinds", {}))
        for name, target in targets.items():
            if apart := saving.difference(target, saved[name]):
                raise ValueError(f"{name} must be as in the saved run, got {apart}; build the players as it did")
        _require_source_state(state["generator"], self.generator)

        saving.load_all(targets, saved)
        self.history.losses = state["losses"].to(_place(self.G, self.generator.device))
        self.generator.set_state(state["generator"])
        torch.set_rng_state(state["global_rng"])

    def _parts(self) -> dict[str, Any]:
        parts = {"G": self.G, "D": self.D, "opt_g": self.opt_g, "opt_d": self.opt_d}
        return parts if self.ema is None else {**parts, "ema": self.ema.module}

    def _kinds(self) -> dict[str, str]:
        movers = {"opt_g": self.opt_g, "opt_d": self.opt_d, **_numbered(self.schedules)}
        return {name: type(part).__name__ for name, part in movers.items()}

    def _require_same_kinds(self, saved: dict[str, str]) -> None:
        for name, kind in self._kinds().items():
            if saved.get(name, kind) != kind:
                raise ValueError(f"{name} must be as in the saved run, {saved[name]}, got {kind}; build the players so")


PARTS = {
    **NETWORKS,
    "z_dim": count(),
    "generator": SOURCE,
    "ema": FOLLOWER,
    "schedules": sequence(SCHEDULE, least=0),
    "history": instance(History, "a History", cure="leave it out for a new run"),
}
#: Kind of argument: the players of a run.
PLAYERS = instance(Players, "the players (Players)", cure="put networks and optimisers together with Players(…)")


def _numbered(schedules: Iterable[Any]) -> dict[str, Any]:
    return {f"schedule {index}": schedule for index, schedule in enumerate(schedules)}


def _place(network: nn.Module, default: torch.device) -> torch.device:
    """Where a network lives; one without parameters lives where its noise does."""
    parameter = next(network.parameters(), None)
    return default if parameter is None else parameter.device


def _require_own_networks(players: Players) -> None:
    """Each optimiser has parameters of its own network, and of no other."""
    names = {"opt_g": "G", "opt_d": "D"}
    if players.opt_g is players.opt_d:
        raise ValueError("opt_g and opt_d must be two optimisers, got one for both; make one for each network")
    weights = {name: {id(p) for p in getattr(players, name).parameters()} for name in ("G", "D")}
    if weights["G"] & weights["D"]:
        raise ValueError("G and D must have no common parameters, got shared ones; give each network layers of its own")
    for optimizer, own in names.items():
        other = "D" if own == "G" else "G"
        owned = {id(p) for group in getattr(players, optimizer).param_groups for p in group["params"]}
        if strange := owned - weights[own]:
            whose = f"some of {other}" if strange & weights[other] else "some of neither network"
            raise ValueError(
                f"{optimizer} must own parameters of {own} only, got {whose}; "
                f"make it after the network, from {own}.parameters()"
            )


def _require_one_place(players: Players) -> None:
    """Both networks and the source of random numbers live on one device."""
    places = {str(p.device) for p in chain(players.G.parameters(), players.D.parameters())}
    if len(places) > 1:
        raise ValueError(
            f"G and D must live on one device, got {' and '.join(sorted(places))}; move both with .to(device)"
        )
    source_fits(players.generator, _place(players.G, players.generator.device))


def _require_own_schedules(players: Players) -> None:
    """Each schedule is of one of the two optimisers, and needs nothing but the number of steps."""
    for index, schedule in enumerate(players.schedules):
        if schedule.optimizer not in (players.opt_g, players.opt_d):
            raise ValueError(f"schedules[{index}] must be of opt_g or opt_d, got one of another; make it anew")
        if isinstance(schedule, ReduceLROnPlateau):
            raise ValueError(
                f"schedules[{index}] must need the number of steps only, got ReduceLROnPlateau, which waits for a loss "
                "to stop falling; the losses of a game do not: take LambdaLR"
            )


def _require_state(state: dict[str, Any]) -> None:
    """The state has the form of `Players.state_dict`."""
    wanted = {"parts": dict, "schedules": list, "losses": Tensor, "generator": Tensor, "global_rng": Tensor}
    for name, kind in wanted.items():
        if not isinstance(state.get(name), kind):
            raise ValueError(f"the state must hold {name!r}, got {given(state.get(name))}; pass a whole state_dict")
    History().losses = state["losses"]
    _require_source_state(state["global_rng"], torch.Generator())


def _require_source_state(state: Tensor, source: torch.Generator) -> None:
    try:
        torch.Generator(source.device).set_state(state)
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"the source of random numbers must be one on {source.device.type}, got a state that it refuses ({error}); "
            "resume on the kind of device that the run was on"
        ) from error
