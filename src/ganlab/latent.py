"""Latent vectors: where a generator's variety comes from.

Noise z is standard normal throughout the book. In many dimensions such vectors lie close to a sphere of radius
sqrt(z_dim), which is why a path between two of them had better follow the sphere (`slerp`) than cut through its
inside (`lerp`), where the generator has seen few examples.
"""

import torch
from torch import Tensor


def sample_z(
    n: int, z_dim: int, *, generator: torch.Generator | None = None, device: torch.device | str = "cpu"
) -> Tensor:
    """Draw n standard normal latent vectors.

    Parameters
    ----------
    n, z_dim : int
        Number of vectors and of their coordinates, both positive.
    generator : torch.Generator, optional
        Source of random numbers, on `device`.
    device : torch.device or str
        Where the vectors live.

    Returns
    -------
    Tensor of shape (n, z_dim)

    Examples
    --------
    >>> sample_z(3, 64).shape
    torch.Size([3, 64])
    """
    return torch.randn(n, z_dim, generator=generator, device=device)


def truncated_z(n: int, z_dim: int, *, bound: float, generator: torch.Generator | None = None) -> Tensor:
    """Draw latent vectors whose coordinates stay within [-bound, bound] (the truncation trick).

    A small bound trades variety for typical samples. Each coordinate follows the standard normal distribution given
    that it lies in the interval.

    Parameters
    ----------
    n, z_dim : int
        Number of vectors and of their coordinates.
    bound : float
        Largest absolute value, positive.
    generator : torch.Generator, optional
        Source of random numbers.

    Returns
    -------
    Tensor of shape (n, z_dim)

    Raises
    ------
    ValueError
        If `bound` is not positive.

    References
    ----------
    Brock, Donahue and Simonyan (2019), section 3.1.

    Examples
    --------
    >>> truncated_z(100, 8, bound=0.5).abs().max().item() <= 0.5
    True
    """
    if not bound > 0:
        raise ValueError(f"bound must be positive, got {bound}; 0.5 is strong, 2 is weak truncation")
    # Inverse transform: uniform between the two tail probabilities, then the normal quantile.
    tail = torch.special.ndtr(torch.tensor(-float(bound), dtype=torch.float64))
    u = torch.rand(n, z_dim, generator=generator, dtype=torch.float64)
    return torch.special.ndtri(tail + (1 - 2 * tail) * u).clamp(-bound, bound).float()


def lerp(start: Tensor, end: Tensor, t: Tensor | float) -> Tensor:
    """Straight line between two latent vectors: (1 - t) start + t end.

    Parameters
    ----------
    start, end : Tensor of one shape (..., z_dim)
        Ends of the path.
    t : Tensor or float
        Position in [0, 1]; a tensor of shape (m, 1) gives a path of m vectors.

    Examples
    --------
    >>> lerp(torch.zeros(2), torch.ones(2), 0.25)
    tensor([0.2500, 0.2500])
    """
    return start + (end - start) * t


def slerp(start: Tensor, end: Tensor, t: Tensor | float) -> Tensor:
    """Great circle between two latent vectors, so that lengths between theirs are kept.

    With the angle omega between the two: (sin((1 - t) omega) start + sin(t omega) end) / sin omega. Vectors that
    point (almost) the same way are joined by a straight line, to which the formula tends.

    Parameters
    ----------
    start, end : Tensor of one shape (..., z_dim)
        Ends of the path, not zero.
    t : Tensor or float
        Position in [0, 1]; a tensor of shape (m, 1) gives a path of m vectors.

    Raises
    ------
    ValueError
        If the two vectors point in opposite directions: every great circle would do.

    References
    ----------
    White (2016), section 2.1.

    Examples
    --------
    >>> middle = slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), 0.5)
    >>> round(middle.norm().item(), 4)
    1.0
    """
    cosine = torch.nn.functional.cosine_similarity(start, end, dim=-1).unsqueeze(-1).clamp(-1, 1)
    if (cosine < -1 + 1e-6).any():
        raise ValueError("start and end point in opposite directions; go through a third point")
    omega = torch.arccos(cosine)
    t = torch.as_tensor(t, dtype=start.dtype, device=start.device)
    path = (torch.sin((1 - t) * omega) * start + torch.sin(t * omega) * end) / torch.sin(omega)
    return torch.where(omega < 1e-3, lerp(start, end, t), path)
