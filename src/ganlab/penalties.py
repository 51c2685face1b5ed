"""Penalties: ways to keep a discriminator smooth.

One primitive, the norm of the gradient of D with respect to its input, and what the literature builds from it. All
of them need a discriminator that treats the examples of a batch apart: with BatchNorm in D the gradient "of one
example" also holds what that example does to the others, so the penalties refuse such a network.
"""

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


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

    Examples
    --------
    >>> x = torch.zeros(2, 2, requires_grad=True)
    >>> gradient_norm(x @ torch.tensor([3.0, 4.0]), x).tolist()
    [5.0, 5.0]
    """
    # The sum separates the examples: each logit depends on its own x alone.
    (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return gradient.flatten(1).norm(dim=1)


def r1_penalty(D: nn.Module, real: Tensor) -> Tensor:
    """Squared gradient norm at real examples, batch mean: E||grad D(x)||^2.

    Parameters
    ----------
    D : Module
        Maps `(n, ...)` to logits of shape `(n,)` or `(n, 1)`; no BatchNorm.
    real : Tensor of shape (n, ...)
        Real examples.

    Raises
    ------
    ValueError
        If `D` contains BatchNorm.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), eq. 9, without the factor gamma / 2.

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


def gradient_penalty(
    critic: nn.Module, real: Tensor, fake: Tensor, *, generator: torch.Generator | None = None
) -> Tensor:
    """(||grad f(x_hat)|| - 1)^2 at random points between real and fake examples, batch mean.

    Parameters
    ----------
    critic : Module
        Maps `(n, ...)` to outputs of shape `(n,)` or `(n, 1)`; no BatchNorm.
    real, fake : Tensor of one shape (n, ...)
        Real and generated examples.
    generator : torch.Generator, optional
        Draws one mixing weight per example, uniform in [0, 1).

    Raises
    ------
    ValueError
        If `critic` contains BatchNorm, or the shapes differ.

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
    if real.shape != fake.shape:
        raise ValueError(
            f"real and fake must have one shape, got {tuple(real.shape)} and {tuple(fake.shape)}; cut the larger batch"
        )
    # One weight per example: a weight per pixel would leave the segment between the two images.
    t = torch.rand(len(real), *[1] * (real.dim() - 1), device=real.device, generator=generator)
    x_hat = (t * real + (1 - t) * fake).detach().requires_grad_()
    return (gradient_norm(critic(x_hat), x_hat) - 1).square().mean()


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
        If `bound` is not positive.

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
    if not bound > 0:
        raise ValueError(f"bound must be positive, got {bound}; the paper uses 0.01")
    for parameter in critic.parameters():
        parameter.clamp_(-bound, bound)


def _require_separate_examples(D: nn.Module) -> None:
    if any(isinstance(module, _BatchNorm) for module in D.modules()):
        raise ValueError(
            "a gradient penalty needs a discriminator without BatchNorm, which mixes the examples of a batch; "
            "use LayerNorm or no normalisation (Gulrajani et al., 2017, section 4)"
        )
