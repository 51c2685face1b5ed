"""Distances between distributions, exactly, where the densities are known.

A density on a line is given by its logarithm on an even grid with spacing `dx`; a probability mass function is the
same with `dx=1`. Integrals are sums times `dx`, which is very accurate for smooth densities that vanish at both
ends of the grid.
"""

import math

import torch
from torch import Tensor

from ganlab.arguments import number, one_device, same_shape, takes, tensor

LOG_DENSITY = tensor(("m",), cure="give the log-densities of one grid as a vector, for example with .flatten()")
SAMPLES = tensor(
    ("n",), ("n", 1), finite=True, cure="the distance is one of numbers: pick a column, for example x[:, 0]"
)
AT_POINTS = tensor()
SPACING = number(above=0, cure="the spacing of the grid is x[1] - x[0], and 1 for probabilities")


@takes(log_p=LOG_DENSITY, log_q=LOG_DENSITY, dx=SPACING)
def kl(log_p: Tensor, log_q: Tensor, dx: float = 1.0) -> Tensor:
    """Kullback-Leibler divergence KL(p || q) = E_p[log p - log q].

    Swap the arguments for the reverse divergence. Infinite where p puts mass and q none.

    Parameters
    ----------
    log_p, log_q : Tensor of shape (m,)
        Log-densities on one grid; -inf where there is no mass.
    dx : float
        Spacing of the grid; 1 for probability mass functions.

    Returns
    -------
    Tensor
        Scalar in nats, at least 0 up to rounding.

    Raises
    ------
    ValueError
        If a density does not integrate to 1 within 1 %: the grid is too short or too coarse; if the grids differ, or
        `dx` is not positive.

    References
    ----------
    Goodfellow et al. (2014), section 4.1.

    Examples
    --------
    >>> p = torch.tensor([0.5, 0.5]).log()
    >>> kl(p, torch.tensor([0.25, 0.75]).log())
    tensor(0.1438)
    """
    _require_one_grid(log_p, log_q)
    _require_mass_one("p", log_p, dx)
    _require_mass_one("q", log_q, dx)
    p = log_p.exp()
    # 0 log 0 = 0: points without mass do not count, even where the difference of logs is not a number.
    return torch.where(p > 0, p * (log_p - log_q), 0.0).sum() * dx


@takes(log_p=LOG_DENSITY, log_q=LOG_DENSITY, dx=SPACING)
def jsd(log_p: Tensor, log_q: Tensor, dx: float = 1.0) -> Tensor:
    """Jensen-Shannon divergence: the mean KL divergence of p and of q to their midpoint.

    Parameters
    ----------
    log_p, log_q : Tensor of shape (m,)
        Log-densities on one grid.
    dx : float
        Spacing of the grid; 1 for probability mass functions.

    Returns
    -------
    Tensor
        Scalar in nats, between 0 (p = q) and log 2 (no overlap).

    Raises
    ------
    ValueError
        As `kl` does.

    References
    ----------
    Goodfellow et al. (2014), Theorem 1.

    Examples
    --------
    >>> jsd(torch.tensor([1.0, 0.0]).log(), torch.tensor([0.0, 1.0]).log())    # log 2
    tensor(0.6931)
    """
    _require_one_grid(log_p, log_q)
    log_m = torch.logaddexp(log_p, log_q) - math.log(2)
    return 0.5 * kl(log_p, log_m, dx) + 0.5 * kl(log_q, log_m, dx)


@takes(mean_p=number(), std_p=number(above=0), mean_q=number(), std_q=number(above=0))
def kl_gaussians(mean_p: float, std_p: float, mean_q: float, std_q: float) -> float:
    """KL(p || q) of two 1-D Gaussians in closed form.

    log(std_q / std_p) + (std_p^2 + (mean_p - mean_q)^2) / (2 std_q^2) - 1/2.

    Parameters
    ----------
    mean_p, std_p, mean_q, std_q : float
        Centres and standard deviations, the latter positive.

    Raises
    ------
    ValueError
        If a number is not finite, or a standard deviation not positive.

    Examples
    --------
    >>> kl_gaussians(1.0, 1.0, 0.0, 1.0)
    0.5
    """
    ratio, shift = std_p / std_q, (mean_p - mean_q) / std_q  # products, not powers: these overflow to inf
    return math.log(std_q) - math.log(std_p) + (ratio * ratio + shift * shift - 1) / 2


@takes(x=SAMPLES, y=SAMPLES)
def wasserstein1(x: Tensor, y: Tensor) -> Tensor:
    """Wasserstein-1 (Earth Mover) distance of two equally large 1-D samples, exactly.

    In one dimension the cheapest way to move one sample onto the other keeps the order: sort both and average the
    distances.

    Parameters
    ----------
    x, y : Tensor of n elements, shape (n,) or (n, 1)
        Samples.

    Returns
    -------
    Tensor
        Scalar, in the unit of the samples.

    Raises
    ------
    ValueError
        If the samples differ in size, are of more than one dimension, or not finite.

    References
    ----------
    Arjovsky, Chintala and Bottou (2017), eq. 1; in one dimension Vallender (1974).

    Examples
    --------
    >>> wasserstein1(torch.tensor([0.0, 1.0]), torch.tensor([6.0, 5.0]))
    tensor(5.)
    """
    if x.numel() != y.numel():
        raise ValueError(f"samples must be of one size, got {x.numel()} and {y.numel()}; cut the larger one")
    one_device(x=x, y=y)
    return (x.flatten().sort().values - y.flatten().sort().values).abs().mean()


@takes(log_p=LOG_DENSITY, log_q=LOG_DENSITY, dx=SPACING)
def wasserstein1_on_grid(log_p: Tensor, log_q: Tensor, dx: float = 1.0) -> Tensor:
    """Wasserstein-1 (Earth Mover) distance of two densities on one grid: the area between their distribution functions.

    Whatever mass p has more than q to the left of a place has to cross that place. Summed over all places, this is
    the least work of turning one density into the other.

    Parameters
    ----------
    log_p, log_q : Tensor of shape (m,)
        Log-densities on one even grid; -inf where there is no mass.
    dx : float
        Spacing of the grid; 1 for probability mass functions on whole numbers.

    Returns
    -------
    Tensor
        Scalar, at least 0, in the unit of the grid.

    Raises
    ------
    ValueError
        As `kl` does.

    References
    ----------
    Villani (2009), chapter 6; in one dimension Vallender (1974).

    Examples
    --------
    >>> p = torch.tensor([0.5, 0.5, 0.0, 0.0]).log()
    >>> wasserstein1_on_grid(p, p.roll(2))    # every grain moves by 2
    tensor(2.)
    """
    _require_one_grid(log_p, log_q)
    _require_mass_one("p", log_p, dx)
    _require_mass_one("q", log_q, dx)
    surplus_left = (log_p.exp() - log_q.exp()).cumsum(0) * dx
    return surplus_left.abs().sum() * dx


@takes(x=LOG_DENSITY, real=SAMPLES, fake=SAMPLES)
def exact_critic(x: Tensor, real: Tensor, fake: Tensor) -> Tensor:
    """Values of a best critic between two 1-D samples: 1-Lipschitz, with the largest difference of means.

    Its slope is sign(F_fake - F_real), where F is the share of a sample to the left: 1 where fakes have to move to the
    right, -1 where they have to move to the left, 0 where nothing has to pass. It is 0 at the leftmost sample and
    constant beyond both ends.

    Parameters
    ----------
    x : Tensor of shape (m,)
        Where to evaluate it.
    real, fake : Tensor of shape (n,) or (n, 1)
        Samples, which may differ in size.

    Returns
    -------
    Tensor of shape (m,)
        For samples of one size, the mean over `real` minus the mean over `fake` is `wasserstein1(real, fake)`.

    Raises
    ------
    ValueError
        If a sample is of more than one dimension, empty or not finite, or `x` is no vector.

    References
    ----------
    Villani (2009), Theorem 5.10 (Kantorovich duality) in one dimension.

    Examples
    --------
    >>> exact_critic(torch.tensor([0.0, 1.0, 2.0]), real=torch.tensor([2.0]), fake=torch.tensor([0.0]))
    tensor([0., 1., 2.])
    """
    one_device(x=x, real=real, fake=fake)
    points = torch.cat([real.flatten(), fake.flatten()]).sort().values
    counts = [torch.searchsorted(s.flatten().sort().values, points, right=True) for s in (fake, real)]
    slopes = (counts[0] * real.numel() - counts[1] * fake.numel())[:-1].sign()  # in whole numbers, so exact
    values = torch.cat([points.new_zeros(1), (slopes * points.diff()).cumsum(0)])
    x = x.clamp(points[0], points[-1])
    left = torch.searchsorted(points, x).clamp(1, len(points) - 1) - 1
    return values[left] + slopes[left] * (x - points[left])


@takes(log_p=AT_POINTS, log_q=AT_POINTS)
def optimal_logit(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Logit of the best discriminator between real p and fake q: log p(x) - log q(x).

    Parameters
    ----------
    log_p, log_q : Tensor of one shape
        Log-densities of data and of the generator at the same points.

    Raises
    ------
    ValueError
        If the shapes or devices differ.

    References
    ----------
    Goodfellow et al. (2014), Proposition 1.

    Examples
    --------
    >>> optimal_logit(torch.tensor(0.2).log(), torch.tensor(0.1).log())    # log 2
    tensor(0.6931)
    """
    _require_one_grid(log_p, log_q)
    return log_p - log_q


@takes(log_p=AT_POINTS, log_q=AT_POINTS)
def optimal_discriminator(log_p: Tensor, log_q: Tensor) -> Tensor:
    """D*(x) = p(x) / (p(x) + q(x)): the probability that x is real if both sides show equally many examples.

    Parameters
    ----------
    log_p, log_q : Tensor of one shape
        Log-densities of data and of the generator at the same points.

    Returns
    -------
    Tensor
        Same shape, values in [0, 1]; NaN where both densities are 0, since there any answer is best.

    Raises
    ------
    ValueError
        If the shapes or devices differ.

    References
    ----------
    Goodfellow et al. (2014), Proposition 1.

    Examples
    --------
    >>> optimal_discriminator(torch.tensor(0.3).log(), torch.tensor(0.1).log())
    tensor(0.7500)
    """
    return torch.sigmoid(optimal_logit(log_p, log_q))


def _require_one_grid(log_p: Tensor, log_q: Tensor) -> None:
    same_shape(log_p=log_p, log_q=log_q, cure="evaluate both at the same points")
    one_device(log_p=log_p, log_q=log_q)


def _require_mass_one(name: str, log_p: Tensor, dx: float) -> None:
    if log_p.is_meta:
        return  # no numbers to look at
    mass = log_p.exp().sum().item() * dx
    if not abs(mass - 1) < 0.01:
        raise ValueError(
            f"the density {name} must integrate to 1, got {mass:.4f} with dx={dx}; "
            "widen or refine the grid, or pass the spacing of the grid as dx"
        )
