"""Exercises of chapter 2, Marco Polo: the density of G(z), and one step of feedback by hand."""

import math

import torch
from torch import Tensor, nn

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number, show, tensor
from ganlab.checks.traces import untouched

_NO_WAY_BACK = "the hints are used as numbers: nothing goes backward"
_ABS = "the absolute value takes the sign away"

pushforward_density = Exercise(
    "pushforward_density",
    "The density of G(z) for a monotone G",
    stub='''
import math

import torch


def pushforward_density(G, z):
    """Return the density of x = G(z) at the points G(z), shape (n,).

    The noise is standard normal.

    z has shape (n,); G acts on each entry, and is increasing or decreasing.
    """
    raise NotImplementedError
''',
    reference='''
import math

import torch


def pushforward_density(G, z):
    """Return the density of x = G(z) at the points G(z), shape (n,).

    The noise is standard normal.

    z has shape (n,); G acts on each entry, and is increasing or decreasing.
    """
    p_z = torch.exp(-z**2 / 2) / math.sqrt(2 * math.pi)
    z = z.clone().requires_grad_()
    (slope,) = torch.autograd.grad(G(z).sum(), z)
    return p_z / slope.abs()
''',
    equivalent={
        "return p_z / slope.abs() -> return p_z.div_(slope.abs())": "p_z is the function's own tensor",
        "swap: p_z = torch.exp(-z ** 2 / 2) / math.sqrt(2 * math.pi) / z = z.clone().requires_grad_()": (
            "p(z) is the same number, with its graph attached"
        ),
        "slope, = torch.autograd.grad(G(z).sum(), z) -> slope, = torch.autograd.grad(-G(z).sum(), z)": _ABS,
        "slope, = torch.autograd.grad(G(z).sum(), z) -> slope, = torch.autograd.grad((-G(z)).sum(), z)": _ABS,
    },
)


def _z(low: float = -3, high: float = 3) -> Tensor:
    return torch.linspace(low, high, 61, dtype=torch.float64)


def _normal(x: Tensor, mu: float, sigma: float) -> Tensor:
    return torch.exp(-(((x - mu) / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi))


def _density(pushforward_density, G, z: Tensor) -> Tensor:
    return tensor(pushforward_density(G, z.clone()), "the density", shape=tuple(z.shape)).detach()


@pushforward_density.case(hint="The standard normal density is exp(-z²/2) / sqrt(2 pi).")
def identity_keeps_the_noise(pushforward_density):
    """G(z) = z leaves the standard normal density as it is."""
    near(
        _density(pushforward_density, lambda z: 1 * z, _z()),
        _normal(_z(), 0, 1),
        "with G(z) = z the density",
        tolerance=1e-3,
    )


@pushforward_density.case(
    points=2,
    hint="Where G stretches by 1.5, the same mass lies on 1.5 times the length: divide p(z) by the slope of G.",
)
def stretching_thins_out(pushforward_density):
    """G(z) = 3 + 1.5 z gives a Gaussian with mean 3 and deviation 1.5."""
    target = _normal(3 + 1.5 * _z(), 3, 1.5)
    near(
        _density(pushforward_density, lambda z: 3 + 1.5 * z, _z()),
        target,
        "with G(z) = 3 + 1.5 z the density",
        tolerance=1e-3,
    )


@pushforward_density.case(hint="A density is never negative: length is the absolute value of the slope.")
def decreasing_generator(pushforward_density):
    """A decreasing G, G(z) = 1 - 2 z, has a positive density too."""
    target = _normal(1 - 2 * _z(), 1, 2)
    near(
        _density(pushforward_density, lambda z: 1 - 2 * z, _z()),
        target,
        "with G(z) = 1 - 2 z the density",
        tolerance=1e-3,
    )


@pushforward_density.case(hint="The slope of a curved G differs from point to point: take it at each z.")
def log_normal(pushforward_density):
    """G(z) = exp(z) gives the log-normal density."""
    x = torch.exp(_z(-2, 2))
    target = _normal(x.log(), 0, 1) / x
    near(_density(pushforward_density, torch.exp, _z(-2, 2)), target, "with G(z) = exp(z) the density", tolerance=1e-3)


@pushforward_density.case(hint="The mass of G(z) is the mass of z: stretch and thickness cancel.")
def integrates_to_one(pushforward_density):
    """The density integrates to 1, here for G(z) = z + tanh(3 z)."""

    def G(z: Tensor) -> Tensor:
        return z + torch.tanh(3 * z)

    z = torch.linspace(-6, 6, 4001, dtype=torch.float64)
    mass = torch.trapezoid(_density(pushforward_density, G, z), G(z))
    near(mass, 1.0, "the integral of the density over x", tolerance=1e-3)


@pushforward_density.case(hint="The slope belongs to the point z alone, wherever its neighbours in the batch are.")
def each_point_for_itself(pushforward_density):
    """The density at a point does not depend on the other points: in any order, and for one point alone."""
    for z in (_z(-2, 2)[torch.randperm(61)], _z(0.7, 1.3)[:1]):
        x = torch.exp(-z)
        target = _normal(z, 0, 1) / x
        found = _density(pushforward_density, lambda z: torch.exp(-z), z)
        near(found, target, f"with G(z) = exp(-z) the density for {len(z)} z", tolerance=1e-3)


class _Scale(nn.Module):
    """A generator with a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(1.5, dtype=torch.float64))

    def forward(self, z: Tensor) -> Tensor:
        return self.weight * z


@pushforward_density.case()
def leaves_z_and_the_generator_alone(pushforward_density):
    """Neither z nor the weights of G are changed, nor is a gradient left there."""
    z, G = _z(), _Scale()
    with untouched(z=z, G=G, weight_of_G=G.weight):
        pushforward_density(G, z)


pushforward_density.mistake(
    "T6",
    "gives p(z), as if G moved no mass",
    ("p_z / slope.abs()", "p_z"),
    caught_by="stretching_thins_out",
    says="divide p(z) by the slope",
)
pushforward_density.mistake(
    "T6",
    "multiplies by the slope",
    ("p_z / slope", "p_z * slope"),
    caught_by="stretching_thins_out",
    says="1.5 times the length",
)
pushforward_density.mistake(
    "T6", "forgets the absolute value", (".abs()", ""), caught_by="decreasing_generator", says="never negative"
)
pushforward_density.mistake(
    "T6",
    "evaluates the noise density at x",
    ("p_z = torch.exp(-z**2 / 2)", "p_z = torch.exp(-G(z)**2 / 2)"),
    caught_by="stretching_thins_out",
    says="3 + 1.5 z",
)
pushforward_density.mistake(
    "T6",
    "forgets the normalising constant",
    (" / math.sqrt(2 * math.pi)", ""),
    caught_by="identity_keeps_the_noise",
    says="sqrt(2 pi)",
)
pushforward_density.mistake(
    "T6",
    "uses one mean slope for all points",
    ("slope.abs()", "slope.abs().mean()"),
    caught_by="log_normal",
    says="at each z",
)
pushforward_density.mistake(
    "E7",
    "asks G for a density, which it does not have",
    ("return p_z / slope.abs()", "return G.log_prob(G(z)).exp()"),
    caught_by="identity_keeps_the_noise",
    says="log_prob",
)
_AUTOGRAD = "torch.autograd.grad(G(z).sum(), z)"
pushforward_density.mistake(
    "T6",
    "takes the slope from neighbouring points",
    (f"(slope,) = {_AUTOGRAD}", "(slope,) = torch.gradient(G(z), spacing=(z,), edge_order=2)"),
    caught_by="each_point_for_itself",
    says="wherever its neighbours",
)
pushforward_density.mistake(
    "T6",
    "takes the slope at x instead of z",
    ("z = z.clone().requires_grad_()", "z = G(z).clone().requires_grad_()"),
    caught_by="log_normal",
    says="at each z",
)
pushforward_density.mistake(
    "T6",
    "one slope for all: the ratio of the spreads",
    (f"(slope,) = {_AUTOGRAD}", "slope = G(z).std() / z.std()"),
    caught_by="log_normal",
    says="at each z",
)
pushforward_density.mistake(
    "T6",
    "a slope over a step of 1",
    (f"(slope,) = {_AUTOGRAD}", "slope = G(z + 1) - G(z)"),
    caught_by="log_normal",
    says="at each z",
)
pushforward_density.mistake(
    "E7",
    "fits a Gaussian to the samples",
    ("return p_z / slope.abs()", "return torch.distributions.Normal(G(z).mean(), G(z).std()).log_prob(G(z)).exp()"),
    caught_by="identity_keeps_the_noise",
    says="exp(-z²/2)",
)
pushforward_density.mistake(
    "U6",
    "asks the caller's z for gradients",
    ("z.clone().requires_grad_()", "z.requires_grad_()"),
    caught_by="leaves_z_and_the_generator_alone",
    says="Work on a copy",
)
pushforward_density.mistake(
    "U6",
    "goes backward, which leaves gradients in G",
    (f"    (slope,) = {_AUTOGRAD}\n", "    G(z).sum().backward()\n    slope = z.grad\n"),
    caught_by="leaves_z_and_the_generator_alone",
    says="returns gradients and stores none",
)
pushforward_density.mistake(
    "T6",
    "returns the logarithm of the density",
    ("return p_z / slope.abs()", "return (p_z / slope.abs()).log()"),
    caught_by="identity_keeps_the_noise",
    says="the density is -",
)


feedback_step = Exercise(
    "feedback_step",
    "One step of feedback by hand",
    stub='''
def feedback_step(mu, sigma, z, hint, lr):
    """Move G(z) = mu + sigma z one step; return the new mu and sigma.

    z has shape (n,). hint(x) says for each x in which direction, and
    how strongly, it should move.
    """
    raise NotImplementedError
''',
    reference='''
def feedback_step(mu, sigma, z, hint, lr):
    """Move G(z) = mu + sigma z one step; return the new mu and sigma.

    z has shape (n,). hint(x) says for each x in which direction, and
    how strongly, it should move.
    """
    push = hint(mu + sigma * z)
    return mu + lr * push.mean(), sigma + lr * (push * z).mean()
''',
    equivalent={
        "no_grad: push = hint(mu + sigma * z)": _NO_WAY_BACK,
        "push = hint(mu + sigma * z) -> push = hint(mu + sigma * z).detach()": _NO_WAY_BACK,
    },
)


def _noise(n: int = 1000) -> Tensor:
    """Noise whose mean is exactly 0 and whose mean square is exactly 1."""
    z = torch.randn(n, dtype=torch.float64)
    return (z - z.mean()) / z.std(correction=0)


def _step(feedback_step, mu: float, sigma: float, z: Tensor, hint, lr: float = 0.1) -> tuple[float, float]:
    mu, sigma = items(feedback_step(mu, sigma, z.clone(), hint, lr), 2, "two numbers, the new mu and the new sigma")
    return number(mu, "the new mu"), number(sigma, "the new sigma")


def _ratio_hint(mu: float, sigma: float):
    """Return what a perfect D hints: the slope of log p_data - log p_g, data N(3, 1.5²), G at (mu, sigma)."""
    return lambda x: (x - mu) / sigma**2 - (x - 3) / 1.5**2


@feedback_step.case(hint="Write return new_mu, new_sigma.")
def returns_mu_and_sigma(feedback_step):
    """It returns two numbers, the new mu and the new sigma."""
    _step(feedback_step, 0.0, 1.0, _noise(), torch.ones_like)


@feedback_step.case(hint="Each sample is x = mu + sigma z; ask hint(x), not hint(z).")
def asks_at_the_samples(feedback_step):
    """The hint is asked at the generated points x = mu + sigma z."""
    asked, z = [], _noise()

    def hint(x: Tensor) -> Tensor:
        asked.append(x.detach().clone())
        return torch.zeros_like(x)

    _step(feedback_step, 2.0, 0.5, z, hint)
    if not asked:
        raise Finding("hint was never called", "hint(x) for x = mu + sigma z")
    points, samples = torch.cat([x.flatten() for x in asked]), 2 + 0.5 * z
    if len(points) % len(samples):
        raise Finding(f"hint was asked at {len(points)} points in all", f"at each of the {len(samples)} samples")
    for x in points.split(len(samples)):  # in one call or one by one, once or for mu and sigma each
        near(x, samples, "x in hint(x), with mu = 2 and sigma = 0.5,")


@feedback_step.case(points=2, hint="mu moves by lr times the mean hint. Weighed by z, equal hints cancel: sigma stays.")
def all_pushed_right(feedback_step):
    """If every x is told to go right by 1, mu grows by lr and sigma stays."""
    mu, sigma = _step(feedback_step, 2.0, 0.5, _noise(), torch.ones_like)
    flipped = {1.9: "mu went left: the hint points to where x should go, so add it."}
    near(mu, 2.1, "mu after a hint of +1 everywhere, from mu = 2 with lr = 0.1,", hints=flipped)
    near(sigma, 0.5, "sigma after the same hint, from sigma = 0.5,")


@feedback_step.case(
    points=2,
    hint="If sigma grows by 1, x moves by z: weigh each hint, with its full size, by its z; then take the mean.",
)
def pushed_apart(feedback_step):
    """If every x is told to go away from the middle by z, sigma grows by lr and mu stays."""
    mu, sigma = _step(feedback_step, 2.0, 0.5, _noise(), lambda x: (x - 2) / 0.5)
    near(sigma, 0.6, "sigma after the hint (x - mu) / sigma, from sigma = 0.5 with lr = 0.1,")
    near(mu, 2.0, "mu after the hint (x - mu) / sigma, from mu = 2,")


@feedback_step.case(hint="Use the size of each hint, not only its sign.")
def follows_the_kl_gradient(feedback_step):
    """With the hints of a perfect discriminator it is one gradient step on KL(p_g || p_data)."""
    for mu, sigma in ((0.0, 1.0), (-1.0, 0.5), (5.0, 3.0)):
        new_mu, new_sigma = _step(feedback_step, mu, sigma, _noise(), _ratio_hint(mu, sigma))
        near(new_mu, mu - 0.1 * (mu - 3) / 1.5**2, f"mu after one step from mu = {mu:g}, sigma = {sigma:g},")
        near(new_sigma, sigma - 0.1 * (sigma / 1.5**2 - 1 / sigma), f"sigma after one step from sigma = {sigma:g}")


@feedback_step.case(
    points=2, hint="The new mu is mu + lr * mean(hint), the new sigma is sigma + lr * mean(hint * z), as they stand."
)
def any_noise_and_any_hint(feedback_step):
    """Also for few z whose mean is not 0, for curved hints and another lr, each moves by the mean of its pushes."""
    for lr, z in ((0.5, (1.0, -0.5, 2.0)), (0.01, (0.3, 4.0, -1.0, -1.5, 0.2)), (2.0, (-1.0, -2.0))):
        z, mu, sigma = torch.tensor(z, dtype=torch.float64), 1.0, 0.5
        push = torch.sin(3 * (mu + sigma * z)) + (mu + sigma * z) ** 2
        wanted = mu + lr * push.mean().item(), sigma + lr * (push * z).mean().item()
        new_mu, new_sigma = _step(feedback_step, mu, sigma, z, lambda x: torch.sin(3 * x) + x**2, lr)
        given = f"for z = {show(z)}, hint(x) = sin(3x) + x², mu = 1, sigma = 0.5, lr = {lr:g}"
        near(new_mu, wanted[0], f"{given} the new mu", hints=_mu_hints(mu, lr, push))
        near(new_sigma, wanted[1], f"{given} the new sigma", hints=_sigma_hints(sigma, lr, push, z))


def _mu_hints(mu: float, lr: float, push: Tensor) -> dict[float, str]:
    return {
        mu + lr * push.median().item(): "That is the median hint: take the mean.",
        mu + 0.1 * push.mean().item(): "Is the learning rate 0.1 written into the function? Use lr.",
    }


_NEGATIVE = "A sigma below 0 is none too small: sigma z and -sigma z have one distribution. Let the step go through 0."


def _sigma_hints(sigma: float, lr: float, push: Tensor, z: Tensor) -> dict[float, str]:
    both = (push * z).mean()
    return {
        0.0: _NEGATIVE,
        sigma: _NEGATIVE,
        abs(sigma + lr * both.item()): _NEGATIVE,
        sigma + lr * (both - push.mean() * z.mean()).item(): "Is something centred? Weigh each hint by z as it is.",
        sigma + lr * (both / (z * z).mean()).item(): "Is the sum divided by the squares of z? Take the mean over n.",
        sigma + lr * (push * z.sign()).mean().item(): "Weigh each hint by z with its size, not only its sign.",
    }


@feedback_step.case(hint="Small steps, always along the hints: in the end nobody is told to move.")
def arrives(feedback_step):
    """After 40 steps with lr = 0.5 the generator has reached the data N(3, 1.5²)."""
    mu, sigma, z = 0.0, 1.0, _noise(200)
    for _ in range(40):
        mu, sigma = _step(feedback_step, mu, sigma, z, _ratio_hint(mu, sigma), lr=0.5)
    if not (abs(mu - 3) < 0.01 and abs(sigma - 1.5) < 0.01):
        raise Finding(f"mu = {show(mu)} and sigma = {show(sigma)} after 40 steps", "mu = 3 and sigma = 1.5")


@feedback_step.case(hint="Operators such as *= and methods that end in _ write into the tensor itself.")
def leaves_the_noise_alone(feedback_step):
    """The noise, what hint returned, and all else in the notebook, stays as it was."""
    z, returned = _noise(10), []

    def hint(x: Tensor) -> Tensor:
        returned.append((torch.sin(x), torch.sin(x)))
        return returned[-1][0]

    with untouched(z=z):
        feedback_step(2.0, 0.5, z, hint, 0.1)
    for used, before in returned:
        near(used, before.detach(), "what hint returned, after the call,")


feedback_step.mistake(
    "E5",
    "goes against the hints: descent for ascent",
    ("mu + lr * push", "mu - lr * push"),
    ("sigma + lr", "sigma - lr"),
    caught_by="all_pushed_right",
    says="mu went left",
)
feedback_step.mistake(
    "E15",
    "hears only good or bad, not the size of the hint",
    ("hint(mu + sigma * z)", "hint(mu + sigma * z).sign()"),
    caught_by="pushed_apart",
    says="sigma after the hint",
)
feedback_step.mistake(
    "T7",
    "asks for hints at the noise",
    ("hint(mu + sigma * z)", "hint(z)"),
    caught_by="asks_at_the_samples",
    says="not hint(z)",
)
feedback_step.mistake(
    "T4",
    "moves the spread like the mean",
    ("(push * z).mean()", "push.mean()"),
    caught_by="all_pushed_right",
    says="sigma after the same hint",
)
feedback_step.mistake(
    "E10",
    "moves by the distance of the samples, not by the hint",
    ("mu + lr * push.mean()", "mu + lr * (mu + sigma * z).abs().mean()"),
    caught_by="all_pushed_right",
    says="mu after a hint of +1 everywhere",
)
feedback_step.mistake(
    "T13", "adds up the batch", ("push.mean()", "push.sum()"), caught_by="all_pushed_right", says="the mean hint"
)
feedback_step.mistake(
    "T4",
    "moves only the mean",
    (", sigma + lr * (push * z).mean()", ", sigma"),
    caught_by="pushed_apart",
    says="weigh each hint",
)
_ALL = """    push = hint(mu + sigma * z)
    return mu + lr * push.mean(), sigma + lr * (push * z).mean()
"""
feedback_step.mistake(
    "T4",
    "weighs each hint by the distance from the mean, sigma z",
    ("(push * z)", "(push * sigma * z)"),
    caught_by="pushed_apart",
    says="by its z",
)
feedback_step.mistake(
    "T4",
    "centres the hints before it weighs them",
    ("(push * z)", "((push - push.mean()) * z)"),
    caught_by="any_noise_and_any_hint",
    says="Is something centred?",
)
feedback_step.mistake(
    "T4",
    "fits a line through the hints",
    ("(push * z).mean()", "(push * z).mean() / (z * z).mean()"),
    caught_by="any_noise_and_any_hint",
    says="divided by the squares of z",
)
feedback_step.mistake(
    "T14",
    "asks again after mu has moved",
    (
        _ALL,
        _ALL.replace(
            "return mu + lr * push.mean(),",
            "mu = mu + lr * push.mean()\n    push = hint(mu + sigma * z)\n    return mu,",
        ),
    ),
    caught_by="any_noise_and_any_hint",
    says="the new sigma",
)
feedback_step.mistake(
    "T13",
    "has the learning rate built in",
    ("mu + lr * push", "mu + 0.1 * push"),
    caught_by="any_noise_and_any_hint",
    says="Use lr",
)
feedback_step.mistake(
    "T4",
    "keeps sigma positive",
    ("sigma + lr * (push * z).mean()", "abs(sigma + lr * (push * z).mean())"),
    caught_by="any_noise_and_any_hint",
    says="Let the step go through 0",
)
feedback_step.mistake(
    "T13",
    "follows the median hint",
    ("push.mean()", "push.median()"),
    caught_by="pushed_apart",
    says="mu after the hint",
)
feedback_step.mistake(
    "T7",
    "makes the samples inside the caller's noise",
    (
        _ALL,
        _ALL.replace("push = hint(mu + sigma * z)", "push = hint(z.mul_(sigma).add_(mu))").replace(
            "push * z", "push * (z - mu) / sigma"
        ),
    ),
    caught_by="leaves_the_noise_alone",
    says="changed z itself",
)
feedback_step.mistake(
    "T7",
    "weighs the hints in place",
    ("(push * z).mean()", "push.mul_(z).mean()"),
    caught_by="leaves_the_noise_alone",
    says="what hint returned, after the call",
)
