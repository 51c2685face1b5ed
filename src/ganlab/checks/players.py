"""Players: a small GAN that records what a training step does to it.

`play` runs a step on it and returns a `Round`: the noise that G was given, and for each optimiser step who took it,
with which gradient, and what both networks were at that moment. From the networks and the noise the right gradient is
computed again, by the formulas and not by the code of the package.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ganlab.checks.expect import Finding, items

_N = 512


@dataclass(frozen=True)
class Networks:
    """G and D frozen at one moment."""

    G: nn.Module
    D: nn.Module

    def d_loss(self, real: Tensor, z: Tensor) -> Tensor:
        """-log D(x) - log(1 - D(G(z)))."""
        return -_log_sigmoid(self.D(real)).mean() - _log_sigmoid(-self.D(self.G(z))).mean()

    def g_loss(self, z: Tensor) -> Tensor:
        """-log D(G(z))."""
        return -_log_sigmoid(self.D(self.G(z))).mean()

    def weights(self, player: str) -> Tensor:
        """Return the weights of that player, as one vector."""
        network = getattr(self, player)
        return _flat(network.parameters(), network)


@dataclass
class Step:
    """One call of an optimiser's `step`: who took it, what was there before, and the player's weights after it."""

    player: str
    gradient: Tensor
    networks: Networks
    g_has_gradient: bool
    after: Tensor | None = None


@dataclass
class Round:
    """What happened: the reals, the noise G was given, the steps taken."""

    real: Tensor
    noise: list[Tensor]
    steps: list[Step] = field(default_factory=list)

    def step_of(self, player: str) -> Step:
        """Return the first step of that player."""
        for step in self.steps:
            if step.player == player:
                return step
        raise Finding(f"{player} took no step", f"one step of {player}")


class _Listening(nn.Sequential):
    """A network that keeps what it is given, and in which mode it was."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(*layers)
        self.given: list[Tensor] = []
        self.modes: list[bool] = []

    def forward(self, x: Tensor) -> Tensor:
        self.given.append(x.detach().clone())
        self.modes.append(self.training)
        return super().forward(x)


class _Recorded(torch.optim.SGD):
    """Gradient descent that has each of its steps written down."""

    def __init__(self, player: str, network: nn.Module, record: Callable[[str, Tensor], Step]) -> None:
        super().__init__(network.parameters(), lr=0.5)
        self.player, self.network, self.record = player, network, record

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        step = self.record(self.player, _flat([p.grad for p in self.network.parameters()], self.network))
        super().step()
        step.after = _flat(self.network.parameters(), self.network)
        return loss


def play(
    train_step: Callable[..., Any], *, seed: int, rounds: int = 1, left: str = ""
) -> tuple[tuple[Any, Any], Round]:
    """Play rounds of `train_step(G, D, opt_g, opt_d, real)`; return its last pair of losses and what happened.

    `left` names the players that come with gradients of another time.
    """
    table = Table(seed)
    table.leave_gradients(left)
    for _ in range(rounds):
        losses = train_step(table.G, table.D, table.opt_g, table.opt_d, table.round.real.clone())
    return tuple(items(losses, 2, "two numbers, d_loss and g_loss")), table.round


class Table:
    """A game set up: two networks, their recording optimisers, and a batch of reals around 3."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(torch.initial_seed() + seed)
        self.G = _Listening(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
        self.D = _Listening(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
        self.round = Round(3 + 1.5 * torch.randn(_N, 1), self.G.given)
        self.opt_g, self.opt_d = _Recorded("G", self.G, self._record), _Recorded("D", self.D, self._record)
        self.start = deepcopy(Networks(self.G, self.D))

    def _record(self, player: str, gradient: Tensor) -> Step:
        step = Step(player, gradient, deepcopy(Networks(self.G, self.D)), self.g_has_gradient())
        self.round.steps.append(step)
        return step

    def leave_gradients(self, players: str) -> None:
        """Leave gradients of another time in the networks of these players, "D", "G" or both, as any loss may."""
        for player in players:
            for weight in getattr(self, player).parameters():
                weight.grad = torch.ones_like(weight)

    def g_has_gradient(self) -> bool:
        """Tell whether a gradient has reached G."""
        return any(p.grad is not None and bool(p.grad.any()) for p in self.G.parameters())

    def only_steps_move(self) -> None:
        """Find weights that changed other than by a step of their optimiser."""
        for player in "DG":
            weights = self.start.weights(player)
            for step in self.round.steps:
                _unmoved(player, weights, step.networks)
                weights = step.after if step.player == player else weights
            _unmoved(player, weights, Networks(self.G, self.D))

    def always_training(self) -> None:
        """Find a call of a network that was in eval mode."""
        for name, network in (("G", self.G), ("D", self.D)):
            if not all(network.modes):
                hint = "Both players train in this step: leave the mode alone."
                raise Finding(f"{name} was called in eval mode", f"{name} in train mode, as it was given", hint)


def _unmoved(player: str, weights: Tensor, networks: Networks) -> None:
    if not torch.equal(weights, networks.weights(player)):
        raise Finding(
            f"the weights of {player} changed outside its optimiser's step",
            "weights that only opt.step() moves",
            "Is something written into the weights, such as a clamp? That belongs to a Wasserstein GAN.",
        )


def d_gradients(nets: Networks, real: Tensor, z: Tensor, *, swapped: bool = False) -> Tensor:
    """Return the slope of D's loss; with reals and fakes swapped, that of the typical mistake."""
    fake = nets.G(z).detach()
    a, b = (fake, real) if swapped else (real, fake)
    loss = -_log_sigmoid(nets.D(a)).mean() - _log_sigmoid(-nets.D(b)).mean()
    return _flat(torch.autograd.grad(loss, list(nets.D.parameters())), nets.D)


def g_gradients(nets: Networks, z: Tensor, *, minimax: bool = False) -> Tensor:
    """Return the slope of G's non-saturating loss, or of the minimax loss."""
    loss = _log_sigmoid(-nets.D(nets.G(z))).mean() if minimax else nets.g_loss(z)
    return _flat(torch.autograd.grad(loss, list(nets.G.parameters())), nets.G)


def moved_along(found: Tensor, wanted: Tensor, player: str, hints: Mapping[str, Tensor]) -> None:
    """Compare the gradient a player stepped with against the right one, and name the mistake if it is a known one."""
    if _same(found, wanted):
        return
    hint = next((text for text, wrong in hints.items() if _same(found, wrong)), "")
    if not found.any():
        raise Finding(f"no gradient reached {player}", "the slope of its own loss", hint)
    cosine = torch.nn.functional.cosine_similarity(found, wanted, dim=0).item()
    if cosine < -0.999:
        raise Finding(
            f"{player} went exactly the opposite way",
            "down its loss",
            hint or "Is a sign flipped, or a label? D wants fakes to count as fake, G wants them to count as real.",
        )
    ratio = (found.norm() / wanted.norm()).item()
    saw = (
        f"{player} stepped with a gradient {ratio:.2f} times as long, at an angle of {_angle(cosine)}° to the right one"
    )
    raise Finding(saw, "the slope of its own loss", hint)


def _same(found: Tensor, wanted: Tensor) -> bool:
    return bool((found - wanted).norm() <= 1e-4 * (wanted.norm() + 1e-6))


def _angle(cosine: float) -> int:
    return round(torch.rad2deg(torch.acos(torch.tensor(cosine).clamp(-1, 1))).item())


def _log_sigmoid(s: Tensor) -> Tensor:
    return -torch.logaddexp(torch.zeros_like(s), -s)


def _flat(gradients: Any, network: nn.Module) -> Tensor:
    """Join the gradients of a network to one vector; a missing one counts as zero."""
    pairs = zip(gradients, network.parameters(), strict=True)
    return torch.cat([(torch.zeros_like(p) if g is None else g).detach().flatten() for g, p in pairs])
