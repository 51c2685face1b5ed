"""Steps: one half of Algorithm 1 each.

The networks are functions and z is an argument, so a step can be tested with fixed numbers. A new algorithm gets a
new step, written in the chapter that teaches it; there are no flags here.

The three lines `zero_grad`, `backward`, `step` stand together on purpose: the generator's step also leaves gradients
in D, and the next discriminator step clears them before it computes its own.

Players are networks or other functions, batches are tensors with one example a row. All else is refused with
`ValueError` before anybody moves, and so are players and batches that do not fit each other. No step looks at a
number, which would make a GPU wait.
"""

from collections.abc import Callable

from torch import Tensor, nn
from torch.optim import Optimizer

from ganlab.arguments import BATCH, FUNCTION, OPTIMIZER, REALS, count, explained, number, takes, tensor
from ganlab.losses import nonsaturating_d, nonsaturating_g, relativistic_g
from ganlab.penalties import r1_penalty

Loss = Callable[..., Tensor]

NOISE = tensor(("n", ...), dtypes=REALS, cure="the first dimension counts the examples: add it with [None]")


@takes(G=FUNCTION, D=FUNCTION, opt_d=OPTIMIZER, real=BATCH, z=NOISE, loss=FUNCTION)
@explained
def discriminator_step(
    G: nn.Module, D: nn.Module, opt_d: Optimizer, real: Tensor, z: Tensor, *, loss: Loss = nonsaturating_d
) -> Tensor:
    """Move D one step down its loss with G held fixed (Algorithm 1, inner loop).

    Parameters
    ----------
    G, D : Module
        Generator and discriminator; D returns logits.
    opt_d : Optimizer
        Owns D's parameters only.
    real : Tensor of shape (n, ...)
        Real examples.
    z : Tensor of shape (n, z_dim)
        Fresh noise, or whatever else G takes, one row an example: a G that is a function may take indices.
    loss : callable
        `loss(real_logits, fake_logits)`, to be minimised.

    Returns
    -------
    Tensor
        The loss before the step, detached; `.item()` it when it is shown, not at every step.

    References
    ----------
    Goodfellow et al. (2014), Algorithm 1.

    Examples
    --------
    >>> import torch
    >>> G, D = nn.Linear(2, 1), nn.Linear(1, 1)
    >>> opt_d = torch.optim.SGD(D.parameters(), lr=0.1)
    >>> discriminator_step(G, D, opt_d, torch.ones(8, 1), torch.randn(8, 2)).shape
    torch.Size([])
    """
    fake = G(z).detach()  # G is fixed: no gradient reaches it
    d_loss = loss(D(real), D(fake))

    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()
    return d_loss.detach()


@takes(G=FUNCTION, D=FUNCTION, opt_g=OPTIMIZER, z=NOISE, loss=FUNCTION)
@explained
def generator_step(G: nn.Module, D: nn.Module, opt_g: Optimizer, z: Tensor, *, loss: Loss = nonsaturating_g) -> Tensor:
    """Move G one step down its loss through the current D (Algorithm 1, outer loop).

    Parameters
    ----------
    G, D : Module
        Generator and discriminator; D returns logits.
    opt_g : Optimizer
        Owns G's parameters only, so D stays as it is.
    z : Tensor of shape (n, z_dim)
        Fresh noise, or whatever else G takes, one row an example: a G that is a function may take indices.
    loss : callable
        `loss(fake_logits)`, to be minimised.

    Returns
    -------
    Tensor
        The loss before the step, detached.

    References
    ----------
    Goodfellow et al. (2014), Algorithm 1.

    Examples
    --------
    >>> import torch
    >>> G, D = nn.Linear(2, 1), nn.Linear(1, 1)
    >>> opt_g = torch.optim.SGD(G.parameters(), lr=0.1)
    >>> generator_step(G, D, opt_g, torch.randn(8, 2)).shape
    torch.Size([])
    """
    g_loss = loss(D(G(z)))  # no detach: the gradient passes through D

    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
    return g_loss.detach()


@takes(D=FUNCTION, opt_d=OPTIMIZER, real=BATCH, gamma=number(least=0), every=count())
@explained
def r1_step(D: nn.Module, opt_d: Optimizer, real: Tensor, *, gamma: float, every: int = 1) -> Tensor:
    """Move D one step down (gamma / 2) E||grad D(x)||^2, times `every` (lazy regularisation).

    Taken at every so many discriminator steps, and as many times as strong, it costs little and acts as if it were
    taken at each step.

    Parameters
    ----------
    D : Module
        Discriminator without BatchNorm.
    opt_d : Optimizer
        Owns D's parameters only.
    real : Tensor of shape (n, ...)
        Real examples.
    gamma : float
        Strength of the penalty, at least 0.
    every : int
        Discriminator steps from one call to the next, at least 1.

    Returns
    -------
    Tensor
        E||grad D(x)||^2 before the step, detached: what `penalties.r1_penalty` returns.

    Raises
    ------
    ValueError
        As `penalties.r1_penalty` does, and if `gamma` or `every` is too small.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), eq. 9; lazily: Karras et al. (2020a), section 3.1.

    Examples
    --------
    >>> import torch
    >>> D = nn.Linear(2, 1)
    >>> opt_d = torch.optim.SGD(D.parameters(), lr=0.1)
    >>> before = D.weight.norm().item()
    >>> _ = r1_step(D, opt_d, torch.randn(8, 2), gamma=1.0)
    >>> D.weight.norm().item() < before    # flatter
    True
    """
    penalty = r1_penalty(D, real)

    opt_d.zero_grad()
    (every * gamma / 2 * penalty).backward()
    opt_d.step()
    return penalty.detach()


@takes(G=FUNCTION, D=FUNCTION, opt_g=OPTIMIZER, real=BATCH, z=NOISE)
@explained
def relativistic_generator_step(G: nn.Module, D: nn.Module, opt_g: Optimizer, real: Tensor, z: Tensor) -> Tensor:
    """Move G one step down the relativistic loss, which compares each fake with a real example.

    Parameters
    ----------
    G, D : Module
        Generator and discriminator; D returns logits.
    opt_g : Optimizer
        Owns G's parameters only.
    real : Tensor of shape (n, ...)
        Real examples, as many as there are rows in `z`.
    z : Tensor of shape (n, z_dim)
        Fresh noise, or whatever else G takes, one row an example: a G that is a function may take indices.

    Returns
    -------
    Tensor
        The loss before the step, detached.

    References
    ----------
    Jolicoeur-Martineau (2019), section 4.1.

    Examples
    --------
    >>> import torch
    >>> G, D = nn.Linear(2, 1), nn.Linear(1, 1)
    >>> opt_g = torch.optim.SGD(G.parameters(), lr=0.1)
    >>> relativistic_generator_step(G, D, opt_g, torch.ones(8, 1), torch.randn(8, 2)).shape
    torch.Size([])
    """
    real_logits = D(real).detach()  # a constant for G
    return generator_step(G, D, opt_g, z, loss=lambda fake_logits: relativistic_g(fake_logits, real_logits))
