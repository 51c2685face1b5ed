"""Latent vectors: where a generator's variety comes from.

Noise z is standard normal throughout the book. In many dimensions such vectors lie close to a sphere of radius
sqrt(z_dim), which is why a path between two of them had better follow the sphere (`slerp`) than cut through its
inside (`lerp`), where the generator has seen few examples.
"""

import torch
from torch import Tensor

from ganlab.arguments import DEVICE, SOURCE, count, either, number, one_device, optional, same_shape, source_fits, takes
from ganlab.arguments import tensor as vectors

ENDS = vectors((..., "z_dim"))
POSITION = either(number(), vectors(finite=True))


@takes(n=count(), z_dim=count(), generator=optional(SOURCE), device=optional(DEVICE))
def sample_z(
    n: int, z_dim: int, *, generator: torch.Generator | None = None, device: torch.device | str | None = None
) -> Tensor:
    """Draw n standard normal latent vectors.

    Parameters
    ----------
    n, z_dim : int
        Number of vectors and of their coordinates, both positive.
    generator : torch.Generator, optional
        Source of random numbers, on `device`.
    device : torch.device or str, optional
        Where the vectors live; by default where the source is, else the CPU.

    Returns
    -------
    Tensor of shape (n, z_dim)

    Raises
    ------
    ValueError
        If `n` or `z_dim` is below 1, or the source is on another device.

    Examples
    --------
    >>> sample_z(3, 64).shape
    torch.Size([3, 64])
    """
    device = _place(generator, device)
    return torch.randn(n, z_dim, generator=generator, device=device)


@takes(
    n=count(),
    z_dim=count(),
    bound=number(above=0, cure="0.5 is strong, 2 is weak truncation"),
    generator=optional(SOURCE),
    device=optional(DEVICE),
)
def truncated_z(
    n: int,
    z_dim: int,
    *,
    bound: float,
    generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
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
        Source of random numbers, on `device`.
    device : torch.device or str, optional
        Where the vectors live; by default where the source is, else the CPU.

    Returns
    -------
    Tensor of shape (n, z_dim)

    Raises
    ------
    ValueError
        If `n`, `z_dim` or `bound` is not positive, or the source is on another device.

    References
    ----------
    Brock, Donahue and Simonyan (2019), section 3.1.

    Examples
    --------
    >>> truncated_z(100, 8, bound=0.5).abs().max().item() <= 0.5
    True
    """
    device = _place(generator, device)
    # Inverse transform: uniform between the two tail probabilities, then the normal quantile.
    tail = torch.special.ndtr(torch.tensor(-float(bound), dtype=torch.float64))
    u = torch.rand(n, z_dim, generator=generator, device=device, dtype=torch.float64)
    return torch.special.ndtri(tail + (1 - 2 * tail) * u).clamp(-bound, bound).float()


@takes(start=ENDS, end=ENDS, t=POSITION)
def lerp(start: Tensor, end: Tensor, t: Tensor | float) -> Tensor:
    """Straight line between two latent vectors: (1 - t) start + t end.

    Parameters
    ----------
    start, end : Tensor of one shape (..., z_dim)
        Ends of the path.
    t : Tensor or float
        Position: 0 at the start, 1 at the end, beyond them further along; a tensor of shape (m, 1) gives a path of m
        vectors.

    Raises
    ------
    ValueError
        If the two ends differ in shape or device, or `t` is not finite or does not fit them.

    Examples
    --------
    >>> lerp(torch.zeros(2), torch.ones(2), 0.25)
    tensor([0.2500, 0.2500])
    """
    _require_path(start, end, t)
    return start + (end - start) * t


@takes(start=ENDS, end=ENDS, t=POSITION)
def slerp(start: Tensor, end: Tensor, t: Tensor | float) -> Tensor:
    """Great circle between two latent vectors, so that lengths between theirs are kept.

    With the angle omega between the two: (sin((1 - t) omega) start + sin(t omega) end) / sin omega. Vectors that
    point (almost) the same way are joined by a straight line, to which the formula tends.

    Parameters
    ----------
    start, end : Tensor of one shape (..., z_dim)
        Ends of the path, not zero.
    t : Tensor or float
        Position: 0 at the start, 1 at the end, beyond them further along; a tensor of shape (m, 1) gives a path of m
        vectors.

    Raises
    ------
    ValueError
        If the two vectors point in opposite directions: every great circle would do; if one of them is zero and
        points nowhere; and as for `lerp`.

    References
    ----------
    White (2016), section 2.1.

    Examples
    --------
    >>> middle = slerp(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), 0.5)
    >>> round(middle.norm().item(), 4)
    1.0
    """
    _require_path(start, end, t)
    cosine = torch.nn.functional.cosine_similarity(start, end, dim=-1).unsqueeze(-1).clamp(-1, 1)
    _require_great_circle(start, end, cosine)
    omega = torch.arccos(cosine)
    t = torch.as_tensor(t, dtype=start.dtype, device=start.device)
    path = (torch.sin((1 - t) * omega) * start + torch.sin(t * omega) * end) / torch.sin(omega)
    return torch.where(omega < 1e-3, lerp(start, end, t), path)


def _place(generator: torch.Generator | None, device: torch.device | str | None) -> torch.device | str:
    """Where to draw: on the device that was asked for, else where the source is, else on the CPU."""
    if device is None:
        return "cpu" if generator is None else generator.device
    source_fits(generator, device)
    return device


def _require_path(start: Tensor, end: Tensor, t: Tensor | float) -> None:
    same_shape(start=start, end=end, cure="for many paths stack their starts, and stack their ends")
    one_device(start=start, end=end)
    if isinstance(t, Tensor):
        one_device(start=start, t=t)
        try:
            torch.broadcast_shapes(start.shape, t.shape)
        except RuntimeError:
            raise ValueError(
                f"t must be one number or a column (m, 1) that fits the ends, got shapes {tuple(t.shape)} and "
                f"{tuple(start.shape)}; pass t[:, None], and start[:, None] where start holds many vectors"
            ) from None


def _require_great_circle(start: Tensor, end: Tensor, cosine: Tensor) -> None:
    if start.is_meta:
        return  # no numbers to look at
    if not torch.minimum(start.norm(dim=-1), end.norm(dim=-1)).gt(0).all():
        raise ValueError("start and end must point somewhere, got a zero vector or NaN; draw them with sample_z")
    if (cosine < -1 + 1e-6).any():
        raise ValueError("start and end point in opposite directions, got no single great circle; go by a third point")
