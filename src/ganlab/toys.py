"""Toy distributions whose density is known, so that a GAN's result can be checked against the truth.

Each has `sample(n, generator=)` and `log_density(x)`. Gaussian mixtures cover nearly all: one bump, two bumps, a
ring, a grid, and spirals (many small bumps along a curve). `Dirac` is a point mass.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor


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
        If `means` is not a matrix, or a standard deviation or a weight is not positive.

    Examples
    --------
    >>> mixture = GaussianMixture(torch.tensor([[-2.0], [2.0]]), std=0.5)
    >>> mixture.sample(3).shape
    torch.Size([3, 1])
    """

    def __init__(self, means: Tensor, std: float | Tensor, weights: Tensor | None = None) -> None:
        if means.dim() != 2:
            raise ValueError(
                f"means must have shape (k, d), got {tuple(means.shape)}; for one dimension use means[:, None]"
            )
        self.means = means.float()
        self.std = torch.as_tensor(std, dtype=torch.float32).expand(len(means))
        weights = torch.ones(len(means)) if weights is None else weights.float()
        if not ((self.std > 0).all() and (weights > 0).all()):
            raise ValueError(f"std and weights must be positive, got std {std} and weights {weights.tolist()}")
        self.weights = weights / weights.sum()

    @property
    def dim(self) -> int:
        """Number of coordinates d of a sample."""
        return self.means.shape[1]

    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Draw n samples: first a component, then a point of it.

        Parameters
        ----------
        n : int
            Number of samples.
        generator : torch.Generator, optional
            Source of random numbers.

        Returns
        -------
        Tensor of shape (n, d)
        """
        component = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        noise = torch.randn(n, self.dim, generator=generator)
        return self.means[component] + self.std[component, None] * noise

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
        """
        std = self.std.to(x)
        squares = (x[:, None, :] - self.means.to(x)).square().sum(dim=-1) / std.square()
        log_norm = self.dim * (std.log() + 0.5 * math.log(2 * math.pi))
        return torch.logsumexp(self.weights.to(x).log() - log_norm - 0.5 * squares, dim=1)


class Dirac:
    """All mass at one point: the simplest data set on which a GAN can fail to converge.

    Parameters
    ----------
    point : sequence of float
        Coordinates.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), section 2.

    Examples
    --------
    >>> Dirac([0.0]).sample(2)
    tensor([[0.],
            [0.]])
    """

    def __init__(self, point: Sequence[float] = (0.0,)) -> None:
        self.point = torch.tensor(point, dtype=torch.float32)

    def sample(self, n: int, *, generator: torch.Generator | None = None) -> Tensor:
        """Return the point n times, shape (n, d); `generator` is accepted and not needed."""
        return self.point.repeat(n, 1)

    def log_density(self, x: Tensor) -> Tensor:
        """Return the log of the probability of x, shape (n,): 0 at the point, -inf elsewhere.

        A point mass has no density in the usual sense; this is the density with respect to counting points.
        """
        return torch.where((x == self.point.to(x)).all(dim=1), 0.0, -torch.inf)


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
    return GaussianMixture(torch.tensor([[mean]]), std)


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
        torch.tensor(means, dtype=torch.float32)[:, None], std, None if weights is None else torch.tensor(weights)
    )


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
