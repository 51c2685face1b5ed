"""Toy distributions whose density is known, so that a GAN's result can be checked against the truth.

Each has `sample(n, generator=)` and `log_density(x)`. Gaussian mixtures cover nearly all: one bump, two bumps, a
ring, a grid, and spirals (many small bumps along a curve). `Dirac` is a point mass.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ganlab.arguments import SOURCE, count, either, number, optional, sequence, takes, tensor

MEANS = tensor(("k", "d"), finite=True, cure="for one dimension use means[:, None]")
STD = number(above=0, cure="0.5 is a broad mode, 0.02 a narrow one; without any width take Dirac")
STDS = either(STD, tensor((), ("k",), finite=True))
WEIGHTS = tensor(("k",), finite=True, cure="give one probability for each component")
POINTS = tensor(("n", "d"), cure="a point is a row: for one dimension use x[:, None]")


class GaussianMixture:
    """Mixture of round Gaussians: sum_k w_k N(mean_k, std_k^2 I).

    Parameters
    ----------
    means : Tensor of shape (k, d)
        Centres of the components, called modes in this book.
    std : float or Tensor of shape (k,)
        Standard deviations, positive.
    weights : Tensor of shape (k,), optional
        Probabilities of the components; equal by default; scaled to sum to 1.

    Raises
    ------
    ValueError
        If `means` is not a matrix, a standard deviation or a weight is not positive, or there is not one of them for
        each component.

    Examples
    --------
    >>> mixture = GaussianMixture(torch.tensor([[-2.0], [2.0]]), std=0.5)
    >>> mixture.sample(3).shape
    torch.Size([3, 1])
    """

    @takes(means=MEANS, std=STDS, weights=optional(WEIGHTS))
    def __init__(self, means: Tensor, std: float | Tensor, weights: Tensor | None = None) -> None:
        self.means = means.float()
        self.std = _one_for_each("std", std, self.means)
        weights = _one_for_each("weights", 1.0 if weights is None else weights, self.means)
        self.weights = weights / weights.sum()

    @property
    def dim(self) -> int:
        """Number of coordinates d of a sample."""
        return self.means.shape[1]

    @takes(n=count(), generator=optional(SOURCE))
    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw n samples: first a component, then a point of it.

        Parameters
        ----------
        n : int
            Number of samples, at least 1.
        generator : torch.Generator, optional
            Source of random numbers; the samples live where it does, by default where the means do.

        Returns
        -------
        Tensor of shape (n, d)
        """
        place = _place(self.means, generator)
        means, std, weights = self.means.to(place), self.std.to(place), self.weights.to(place)
        component = torch.multinomial(weights, n, replacement=True, generator=generator)
        noise = torch.randn(n, self.dim, generator=generator, device=place)
        return means[component] + std[component, None] * noise

    @takes(x=POINTS)
    def log_density(self, x: Tensor) -> Tensor:
        """Return log p(x).

        Parameters
        ----------
        x : Tensor of shape (n, d)
            Points.

        Returns
        -------
        Tensor of shape (n,)
            In nats.

        Raises
        ------
        ValueError
            If the points have another number of coordinates.
        """
        _require_columns(x, self.dim)
        std = self.std.to(x)
        squares = (x[:, None, :] - self.means.to(x)).square().sum(dim=-1) / std.square()
        log_norm = self.dim * (std.log() + 0.5 * math.log(2 * math.pi))
        return torch.logsumexp(self.weights.to(x).log() - log_norm - 0.5 * squares, dim=1)


class Dirac:
    """All mass at one point: the simplest data set on which a GAN can fail to converge.

    Parameters
    ----------
    point : sequence of float
        Coordinates, at least one.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), section 2.

    Examples
    --------
    >>> Dirac([0.0]).sample(2)
    tensor([[0.],
            [0.]])
    """

    @takes(point=sequence(number(), cure="a point is a list, such as [0.0] on a line"))
    def __init__(self, point: Sequence[float] = (0.0,)) -> None:
        self.point = torch.tensor(point, dtype=torch.float32)

    @takes(n=count(), generator=optional(SOURCE))
    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Return the point n times, shape (n, d), where `generator` lives; no random number is drawn."""
        return self.point.to(_place(self.point, generator)).repeat(n, 1)

    @takes(x=POINTS)
    def log_density(self, x: Tensor) -> Tensor:
        """Return the log of the probability of x, shape (n,): 0 at the point, -inf elsewhere.

        A point mass has no density in the usual sense; this is the density with respect to counting points.
        """
        _require_columns(x, len(self.point))
        return torch.where((x == self.point.to(x)).all(dim=1), 0.0, -torch.inf)


@takes(mean=number(), std=STD)
def gaussian(mean: float = 3.0, std: float = 1.5) -> GaussianMixture:
    """One 1-D Gaussian N(mean, std^2), the target of the book's first GAN.

    Parameters
    ----------
    mean, std : float
        Centre and standard deviation; std is positive.

    Examples
    --------
    >>> gaussian(0.0, 1.0).log_density(torch.zeros(1, 1)).item()    # -log sqrt(2 pi)
    -0.9189...
    """
    return GaussianMixture(torch.tensor([[mean]], dtype=torch.float32), std)


@takes(means=sequence(number()), std=STD, weights=optional(sequence(number())))
def gaussian_mixture(means: Sequence[float], std: float, weights: Sequence[float] | None = None) -> GaussianMixture:
    """Mixture of 1-D Gaussians.

    Parameters
    ----------
    means : sequence of float
        Centres.
    std : float
        Common standard deviation, positive.
    weights : sequence of float, optional
        Probabilities; equal by default.

    Examples
    --------
    >>> gaussian_mixture([-2, 2], std=0.5).sample(4).shape
    torch.Size([4, 1])
    """
    return GaussianMixture(
        torch.tensor(means, dtype=torch.float32)[:, None],
        std,
        None if weights is None else torch.tensor(weights, dtype=torch.float32),
    )


@takes(n_modes=count(), radius=number(least=0), std=STD)
def ring(n_modes: int = 8, *, radius: float = 2.0, std: float = 0.02) -> GaussianMixture:
    """Gaussians evenly spaced on a circle, n_modes different ones.

    The angle 2 pi itself is left out, since it is the angle 0 again: a well-known demo that keeps both has one mode
    twice and so only n_modes - 1 of them.

    Parameters
    ----------
    n_modes : int
        Number of modes.
    radius, std : float
        Radius of the circle, standard deviation of each mode.

    References
    ----------
    Metz et al. (2017), section 3.1.

    Examples
    --------
    >>> len(ring(8).means.round(decimals=3).unique(dim=0))
    8
    """
    angles = torch.arange(n_modes) * (2 * math.pi / n_modes)
    return GaussianMixture(radius * torch.stack([angles.cos(), angles.sin()], dim=1), std)


@takes(side=count(), spacing=number(above=0), std=STD)
def grid(side: int = 5, *, spacing: float = 1.0, std: float = 0.05) -> GaussianMixture:
    """Gaussians on a square grid around the origin, side x side of them.

    Parameters
    ----------
    side : int
        Modes along each axis.
    spacing, std : float
        Distance between neighbours, standard deviation of each mode.

    References
    ----------
    Lin et al. (2018), section 4.1, with their spacing of 2 made 1.

    Examples
    --------
    >>> len(grid(5).means)
    25
    """
    ticks = (torch.arange(side) - (side - 1) / 2) * spacing
    return GaussianMixture(torch.cartesian_prod(ticks, ticks), std)


@takes(n_arms=count(), turns=number(), std=STD)
def spirals(n_arms: int = 2, *, turns: float = 1.0, std: float = 0.05) -> GaussianMixture:
    """Spiral arms from near the centre to radius 2: 100 small Gaussians along each arm.

    Parameters
    ----------
    n_arms : int
        Number of arms, evenly rotated.
    turns : float
        Full turns of an arm.
    std : float
        Thickness of an arm.

    Examples
    --------
    >>> spirals(2).sample(10).shape
    torch.Size([10, 2])
    """
    t = torch.linspace(0.2, 1.0, 100).repeat(n_arms)
    start = torch.arange(n_arms).repeat_interleave(100) * (2 * math.pi / n_arms)
    angle = start + 2 * math.pi * turns * t
    return GaussianMixture(2 * t[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1), std)


def _one_for_each(name: str, value: float | Tensor, means: Tensor) -> Tensor:
    """Return a positive number for each component, as float32 beside the means."""
    value = torch.as_tensor(value, dtype=torch.float32, device=means.device)
    if value.dim() == 1 and len(value) != len(means):
        raise ValueError(
            f"{name} must be one for each of the {len(means)} components, got {len(value)}; give one for each"
        )
    if not value.is_meta and not (value > 0).all():
        raise ValueError(f"{name} must be positive, got {value.min().item():g}; leave out a component that has none")
    return value.expand(len(means))


def _place(tensor: Tensor, generator: torch.Generator | None) -> torch.device:
    """Where samples live: with their source of random numbers, else with the tensor; meta tensors stay meta."""
    return tensor.device if generator is None or tensor.is_meta else generator.device


def _require_columns(x: Tensor, dim: int) -> None:
    if x.shape[1] != dim:
        raise ValueError(f"points must have {dim} coordinates, got {x.shape[1]}; select them, for example x[:, :{dim}]")
