"""Losses of the two players, as functions of logits and nothing else.

A discriminator returns a logit s(x); its probability that x is real is sigma(s) = 1 / (1 + exp(-s)). Everything is
written with softplus(s) = log(1 + exp(s)), because -log sigma(s) = softplus(-s) and -log(1 - sigma(s)) = softplus(s)
hold exactly and stay finite for logits of any size.

The functions come in pairs, `*_d` for the discriminator and `*_g` for the generator. Both are to be minimised. A
discriminator loss is the *sum* of the mean over real and the mean over fake examples, as in the paper, so its
equilibrium value is 2 log 2 = 1.386 (many code bases halve it).

All arguments are floating-point tensors of logits of shape `(n,)` or `(n, 1)`, or `()` for a single one; all results
are scalars, in nats where a logarithm is involved. Other shapes and types are refused with `ValueError`. The numbers
are not looked at, which would make a GPU wait, so NaN gives NaN. Penalties on gradients are in `ganlab.penalties`.
"""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlab.arguments import LOGITS, number, one_device, same_shape, takes

PROBABILITY = number(
    least=0, most=1, cure="beyond [0, 1] the cross-entropy is unbounded below: use a smaller smoothing"
)
IN_PAIRS = "they are compared in pairs, so use batches of one size and shape"


@takes(logits=LOGITS, target=PROBABILITY)
def bce_with_logits(logits: Tensor, target: float) -> Tensor:
    """Binary cross-entropy to a constant target, batch mean: softplus(s) - target * s.

    Parameters
    ----------
    logits : Tensor of shape (n,) or (n, 1)
        Any real numbers.
    target : float
        Probability of the label *real*, in [0, 1]: 1 for real, 0 for fake, between them for a smoothed label.

    Raises
    ------
    ValueError
        If `target` is outside [0, 1]: the loss would have no lower bound.

    Examples
    --------
    >>> bce_with_logits(torch.zeros(4), 1.0)
    tensor(0.6931)
    """
    # Split so that target 1 is softplus(-s) to the last digit: softplus(s) - s would cancel for large s.
    return (target * softplus(-logits) + (1 - target) * softplus(logits)).mean()


@takes(real_logits=LOGITS, fake_logits=LOGITS)
def minimax_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Discriminator's side of the original game: -E[log D(x)] - E[log(1 - D(G(z)))].

    Parameters
    ----------
    real_logits, fake_logits : Tensor of shape (n,) or (n, 1)
        Logits of real and of generated examples.

    References
    ----------
    Goodfellow et al. (2014), eq. 1.

    Examples
    --------
    >>> minimax_d(torch.zeros(4), torch.zeros(4))    # 2 log 2: the discriminator cannot tell
    tensor(1.3863)
    """
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


@takes(fake_logits=LOGITS)
def minimax_g(fake_logits: Tensor) -> Tensor:
    """Generator's side of the original game: E[log(1 - D(G(z)))]; its slope is -sigma(s).

    Where the discriminator is sure that a sample is fake (s far below 0) the slope vanishes, so the generator learns
    nothing from it: chapter 5 shows what follows.

    Parameters
    ----------
    fake_logits : Tensor of shape (n,) or (n, 1)
        Logits of generated examples.

    References
    ----------
    Goodfellow et al. (2014), eq. 1.

    Examples
    --------
    >>> minimax_g(torch.zeros(4))    # -log 2 at equilibrium
    tensor(-0.6931)
    """
    return -softplus(fake_logits).mean()


@takes(real_logits=LOGITS, fake_logits=LOGITS)
def nonsaturating_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-log D(x) - log(1 - D(G(z))), batch means: the same as `minimax_d`.

    Only the generators of the two games differ. Goodfellow et al. (2014), eq. 1.

    Parameters
    ----------
    real_logits, fake_logits : Tensor of shape (n,) or (n, 1)
        Logits of real and of generated examples.

    Examples
    --------
    >>> nonsaturating_d(torch.full((4,), 1000.0), torch.full((4,), -1000.0))    # right and sure: no loss
    tensor(0.)
    """
    return minimax_d(real_logits, fake_logits)


@takes(fake_logits=LOGITS)
def nonsaturating_g(fake_logits: Tensor) -> Tensor:
    """-log D(G(z)), batch mean; its slope is -(1 - sigma(s)), close to -1 where D is sure of a fake.

    Parameters
    ----------
    fake_logits : Tensor of shape (n,) or (n, 1)
        Logits of generated examples.

    References
    ----------
    Goodfellow et al. (2014), section 3, last paragraph.

    Examples
    --------
    >>> nonsaturating_g(torch.zeros(4))    # log 2 at equilibrium
    tensor(0.6931)
    """
    return softplus(-fake_logits).mean()


@takes(fake_logits=LOGITS)
def maximum_likelihood_g(fake_logits: Tensor) -> Tensor:
    """-E[exp(s(G(z)))], batch mean: against the best D its gradient is that of KL(p_data || p_g).

    The slope, -exp(s), has no bound: a few fakes with a large logit outweigh all others. In float32 the loss is
    infinite for logits above 88.7.

    Parameters
    ----------
    fake_logits : Tensor of shape (n,) or (n, 1)
        Logits of generated examples.

    References
    ----------
    Goodfellow (2016), section 3.2.4, without its factor 1/2.

    Examples
    --------
    >>> maximum_likelihood_g(torch.zeros(4))    # -1 at equilibrium
    tensor(-1.)
    """
    return -fake_logits.exp().mean()


@takes(real_logits=LOGITS, fake_logits=LOGITS, real_target=PROBABILITY, fake_target=PROBABILITY)
def smoothed_d(
    real_logits: Tensor, fake_logits: Tensor, *, real_target: float = 0.9, fake_target: float = 0.0
) -> Tensor:
    """Cross-entropy to smoothed labels; one-sided (only the real label moves) by default.

    With targets alpha for real and beta for fake the best discriminator is
    D*(x) = (alpha p_data + beta p_g) / (p_data + p_g). A beta above 0 puts p_g into the numerator, so the current
    fakes are rewarded; this is why smoothing is one-sided.

    Parameters
    ----------
    real_logits, fake_logits : Tensor of shape (n,) or (n, 1)
        Logits of real and of generated examples.
    real_target, fake_target : float
        Targets in [0, 1], with `real_target > fake_target`.

    Raises
    ------
    ValueError
        If a target is outside [0, 1], or the real target is not above the fake one.

    References
    ----------
    Salimans et al. (2016), section 3.4; Goodfellow (2016), section 4.2.

    Examples
    --------
    >>> smoothed_d(torch.zeros(4), torch.zeros(4))
    tensor(1.3863)
    """
    if real_target <= fake_target:
        raise ValueError(
            f"real_target must be above fake_target, got {real_target} and {fake_target}; real is 1 in this book"
        )
    return bce_with_logits(real_logits, real_target) + bce_with_logits(fake_logits, fake_target)


@takes(real_logits=LOGITS, fake_logits=LOGITS)
def least_squares_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """1/2 E[(s(x) - 1)^2] + 1/2 E[s(G(z))^2]: regress real to 1 and fake to 0, without a sigmoid.

    Parameters
    ----------
    real_logits, fake_logits : Tensor of shape (n,) or (n, 1)
        Raw outputs of the discriminator.

    References
    ----------
    Mao et al. (2017), eq. 9 (a = 0, b = c = 1).

    Examples
    --------
    >>> least_squares_d(torch.ones(4), torch.zeros(4))
    tensor(0.)
    """
    return 0.5 * (real_logits - 1).square().mean() + 0.5 * fake_logits.square().mean()


@takes(fake_logits=LOGITS)
def least_squares_g(fake_logits: Tensor) -> Tensor:
    """1/2 E[(s(G(z)) - 1)^2]: pull fakes to the real side's target.

    Parameters
    ----------
    fake_logits : Tensor of shape (n,) or (n, 1)
        Raw outputs of the discriminator.

    References
    ----------
    Mao et al. (2017), eq. 9 (a = 0, b = c = 1).

    Examples
    --------
    >>> least_squares_g(torch.zeros(4))
    tensor(0.5000)
    """
    return 0.5 * (fake_logits - 1).square().mean()


@takes(real_logits=LOGITS, fake_logits=LOGITS)
def wasserstein_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Critic's loss E[f(G(z))] - E[f(x)]; minus this value estimates the Wasserstein-1 distance.

    It means a distance only if the critic f is kept 1-Lipschitz: by `penalties.clip_weights` (up to a factor) or
    `penalties.gradient_penalty`. It is negative for a critic that works.

    Parameters
    ----------
    real_logits, fake_logits : Tensor of shape (n,) or (n, 1)
        Outputs of the critic, any real numbers.

    References
    ----------
    Arjovsky, Chintala and Bottou (2017), eq. 2 and Algorithm 1.

    Examples
    --------
    >>> wasserstein_d(torch.tensor([3.0, -1.0]), torch.tensor([-2.0, 0.5]))
    tensor(-1.7500)
    """
    return fake_logits.mean() - real_logits.mean()


@takes(fake_logits=LOGITS)
def wasserstein_g(fake_logits: Tensor) -> Tensor:
    """Generator's loss -E[f(G(z))]: move fakes to where the critic is higher.

    Parameters
    ----------
    fake_logits : Tensor of shape (n,) or (n, 1)
        Outputs of the critic, any real numbers.

    References
    ----------
    Arjovsky, Chintala and Bottou (2017), Algorithm 1.

    Examples
    --------
    >>> wasserstein_g(torch.tensor([-2.0, 0.5]))
    tensor(0.7500)
    """
    return -fake_logits.mean()


@takes(real_logits=LOGITS, fake_logits=LOGITS)
def hinge_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """E[max(0, 1 - s(x))] + E[max(0, 1 + s(G(z)))]: examples beyond the margin no longer count.

    Parameters
    ----------
    real_logits, fake_logits : Tensor of shape (n,) or (n, 1)
        Raw outputs of the discriminator.

    References
    ----------
    Lim and Ye (2017), section 3; Miyato et al. (2018), eq. 16.

    Examples
    --------
    >>> hinge_d(torch.zeros(4), torch.zeros(4))
    tensor(2.)
    """
    return torch.relu(1 - real_logits).mean() + torch.relu(1 + fake_logits).mean()


@takes(fake_logits=LOGITS)
def hinge_g(fake_logits: Tensor) -> Tensor:
    """-E[s(G(z))]: the generator of the hinge game has no margin.

    Parameters
    ----------
    fake_logits : Tensor of shape (n,) or (n, 1)
        Raw outputs of the discriminator.

    References
    ----------
    Lim and Ye (2017), section 3; Miyato et al. (2018), eq. 17.

    Examples
    --------
    >>> hinge_g(torch.tensor([-2.0, 0.5]))
    tensor(0.7500)
    """
    return -fake_logits.mean()


@takes(real_logits=LOGITS, fake_logits=LOGITS)
def relativistic_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """E[softplus(-(s(x) - s(G(z))))] over pairs: is this real example more real than that fake one?

    Parameters
    ----------
    real_logits, fake_logits : Tensor of one shape, (n,) or (n, 1)
        Logits of real and of generated examples, paired by position.

    Raises
    ------
    ValueError
        If the shapes differ: the loss compares examples in pairs.

    References
    ----------
    Jolicoeur-Martineau (2019), section 4.1 (RSGAN); Huang et al. (2024), eq. 2.

    Examples
    --------
    >>> relativistic_d(torch.zeros(4), torch.zeros(4))
    tensor(0.6931)
    """
    one_device(real_logits=real_logits, fake_logits=fake_logits)
    same_shape(real_logits=real_logits, fake_logits=fake_logits, cure=IN_PAIRS)
    return softplus(fake_logits - real_logits).mean()


@takes(fake_logits=LOGITS, real_logits=LOGITS)
def relativistic_g(fake_logits: Tensor, real_logits: Tensor) -> Tensor:
    """E[softplus(s(x) - s(G(z)))] over pairs: fakes want to look more real than real examples.

    It needs the logits of real examples too, as the second argument; `steps.relativistic_generator_step` passes them.

    Parameters
    ----------
    fake_logits, real_logits : Tensor of one shape, (n,) or (n, 1)
        Logits of generated and of real examples, paired by position.

    Raises
    ------
    ValueError
        If the shapes differ: the loss compares examples in pairs.

    References
    ----------
    Jolicoeur-Martineau (2019), section 4.1 (RSGAN); Huang et al. (2024), eq. 2.

    Examples
    --------
    >>> relativistic_g(torch.full((4,), 1000.0), torch.zeros(4))
    tensor(0.)
    """
    one_device(real_logits=real_logits, fake_logits=fake_logits)
    same_shape(real_logits=real_logits, fake_logits=fake_logits, cure=IN_PAIRS)
    return softplus(real_logits - fake_logits).mean()
