"""Penalties: ways to keep a discriminator smooth.

One primitive, the norm of the gradient of D with respect to its input, and what the literature builds from it. All
of them need a discriminator that treats the examples of a batch apart: with BatchNorm in D the gradient "of one
example" also holds what that example does to the others, so the penalties refuse such a network. A discriminator may
be any function; what is inside a plain function cannot be seen, so there the reader has to know.

A penalty is a bare mean, without a strength. In a loss R1 is weighted by gamma / 2 and the gradient penalty by lambda;
gamma and lambda are what a reader sets, here as in `dynamics`, `steps.r1_step` and the labs.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ganlab.arguments import (
    BATCH,
    FUNCTION,
    LOGITS,
    MODULE,
    SOURCE,
    explained,
    number,
    one_device,
    optional,
    require_sizes,
    same_shape,
    source_fits,
    takes,
)

Critic = Callable[[Tensor], Tensor]


@takes(logits=LOGITS, x=BATCH)
def gradient_norm(logits: Tensor, x: Tensor) -> Tensor:
    """Norm of d D(x) / d x for each example, differentiable once more.

    Parameters
    ----------
    logits : Tensor of shape (n,) or (n, 1)
        D(x), still attached to `x`.
    x : Tensor of shape (n, ...)
        The examples, with `requires_grad`.

    Returns
    -------
    Tensor of shape (n,)
        Norms, at least 0. The norm's own gradient at 0 is 0, not NaN: `Tensor.norm` defines it so, whereas
        `sqrt(sum of squares)` would need a fudge term.

    Raises
    ------
    ValueError
        If there is not one logit for each example, or the logits were not computed from `x` with gradients.

    Examples
    --------
    >>> x = torch.zeros(2, 2, requires_grad=True)
    >>> gradient_norm(x @ torch.tensor([3.0, 4.0]), x).tolist()
    [5.0, 5.0]
    """
    if logits.numel() != len(x):
        raise ValueError(
            f"logits must be one for each of the {len(x)} examples, got {logits.numel()}; end D in one unit"
        )
    # The sum separates the examples: each logit depends on its own x alone.
    gradient = _gradient(logits.sum(), x)
    return gradient.reshape(len(x), -1).norm(dim=1)


@takes(D=FUNCTION, real=BATCH)
@explained
def r1_penalty(D: Critic, real: Tensor) -> Tensor:
    """Squared gradient norm at real examples, batch mean: E||grad D(x)||^2.

    Parameters
    ----------
    D : Module or function
        Maps `(n, ...)` to logits of shape `(n,)` or `(n, 1)`, each from its own example; no BatchNorm.
    real : Tensor of shape (n, ...)
        Real examples.

    Raises
    ------
    ValueError
        If `D` contains BatchNorm, or returns anything but one logit for each example, computed from it.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), eq. 9; the factor gamma / 2 belongs to the loss.

    Examples
    --------
    >>> D = nn.Linear(1, 1)
    >>> _ = nn.init.constant_(D.weight, 3.0)
    >>> r1_penalty(D, torch.randn(5, 1)).item()
    9.0
    """
    _require_separate_examples(D)
    x = real.detach().requires_grad_()
    return gradient_norm(D(x), x).square().mean()


@takes(critic=FUNCTION, real=BATCH, fake=BATCH, generator=optional(SOURCE))
@explained
def gradient_penalty(critic: Critic, real: Tensor, fake: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
    """(||grad f(x_hat)|| - 1)^2 at random points between real and fake examples, batch mean.

    Parameters
    ----------
    critic : Module or function
        Maps `(n, ...)` to outputs of shape `(n,)` or `(n, 1)`, each from its own example; no BatchNorm.
    real, fake : Tensor of one shape (n, ...)
        Real and generated examples.
    generator : torch.Generator, optional
        Draws one mixing weight per example, uniform in [0, 1); on the device of the examples.

    Raises
    ------
    ValueError
        If `critic` contains BatchNorm, or returns anything but one output for each example, computed from it; if
        shapes or devices differ.

    References
    ----------
    Gulrajani et al. (2017), eq. 3, without the factor lambda.

    Examples
    --------
    >>> critic = nn.Linear(2, 1)
    >>> _ = nn.init.zeros_(critic.weight)
    >>> gradient_penalty(critic, torch.randn(5, 2), torch.randn(5, 2)).item()
    1.0
    """
    _require_separate_examples(critic)
    same_shape(real=real, fake=fake, cure="cut the larger batch")
    one_device(real=real, fake=fake)
    source_fits(generator, real.device)
    # One weight per example: a weight per pixel would leave the segment between the two images.
    shape = [len(real), *[1] * (real.dim() - 1)]
    t = torch.rand(shape, device=real.device, dtype=real.dtype, generator=generator)
    x_hat = (t * real + (1 - t) * fake).detach().requires_grad_()
    return (gradient_norm(critic(x_hat), x_hat) - 1).square().mean()


@takes(critic=MODULE, bound=number(above=0, cure="the paper uses 0.01"))
@torch.no_grad()
def clip_weights(critic: nn.Module, bound: float) -> None:
    """Clamp every parameter of the critic into [-bound, bound], in place.

    A crude way to bound the Lipschitz constant; the bound on the constant depends on depth and width.

    Parameters
    ----------
    critic : Module
        Changed in place.
    bound : float
        Positive; the paper uses 0.01.

    Raises
    ------
    ValueError
        If `bound` is not positive, or a lazy layer does not know its sizes yet.

    References
    ----------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1, line 7.

    Examples
    --------
    >>> critic = nn.Linear(8, 8)
    >>> clip_weights(critic, 0.01)
    >>> critic.weight.abs().max().item() <= 0.01
    True
    """
    require_sizes("critic", critic)
    for parameter in critic.parameters():
        most = min(bound, torch.finfo(parameter.dtype).max)
        parameter.clamp_(-most, most)


def _gradient(total: Tensor, x: Tensor) -> Tensor:
    """Gradient of the sum of all logits with respect to the examples, which can be differentiated again."""
    gradient = torch.autograd.grad(total, x, create_graph=True, allow_unused=True)[0] if total.requires_grad else None
    if gradient is None:
        raise ValueError(
            "logits must be computed from x with gradients, got logits that do not depend on it; let x require "
            "gradients, leave detach() out of D, and call this outside torch.no_grad()"
        )
    return gradient


def _require_separate_examples(D: Critic) -> None:
    if isinstance(D, nn.Module) and any(isinstance(module, _BatchNorm) for module in D.modules()):
        raise ValueError(
            "a gradient penalty needs a discriminator without BatchNorm, which mixes the examples of a batch; "
            "use LayerNorm or no normalisation (Gulrajani et al., 2017, section 4)"
        )
