"""Exercises of chapter 6, the first GAN: the two losses, one round of Algorithm 1, and the order of the nine steps."""

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, differentiable, items, near, number
from ganlab.checks.players import Table, d_gradients, g_gradients, moved_along, play
from ganlab.checks.traces import untouched

_LOG_2 = 0.693147

d_loss = Exercise(
    "d_loss",
    "The discriminator loss from logits",
    stub='''
from torch.nn.functional import softplus


def discriminator_loss(real_logits, fake_logits):
    """Return -log D(x) - log(1 - D(G(z))), the sum of two batch means.

    D = sigmoid(logit); both arguments have shape (n, 1).
    """
    raise NotImplementedError
''',
    reference='''
from torch.nn.functional import softplus


def discriminator_loss(real_logits, fake_logits):
    """Return -log D(x) - log(1 - D(G(z))), the sum of two batch means.

    D = sigmoid(logit); both arguments have shape (n, 1).
    """
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()
''',
)


_MEAN_LAST = "First the loss of each example, then their mean: the loss of the mean logit is something else."
_NOT_THE_MEDIAN = "That is a median: every example counts, so take the mean."


def _logits(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).reshape(-1, 1).requires_grad_()


@d_loss.case(hint="Take the mean over the batch, and keep tensors all the way.")
def one_number_with_gradient(loss):
    """It returns one number that can go backward."""
    differentiable(loss(_logits(0.5, 1.0, -1.0), _logits(-0.5, 0.2, 0.1)), "the loss of three reals and three fakes")


@d_loss.case(hint="-log(1/2) for the reals and -log(1/2) for the fakes.")
def value_at_equilibrium(loss):
    """With all logits 0, D says 1/2 everywhere and the loss is 2 log 2 = 1.3863."""
    hints = {
        _LOG_2: "That is log 2: did you halve the sum, or leave out one half?",
        2 * 4 * _LOG_2: "That is 4 times as much, for a batch of 4: take the mean, not the sum.",
        1.0 + 2 * _LOG_2: "log(1 - D) is not 1 - log D: the 1 stands inside the logarithm.",
        -2 * _LOG_2: "The sign is flipped: D minimises minus the log-likelihood.",
        0.0: "A difference of outputs is the critic of a Wasserstein GAN; here it is -log D(x) - log(1 - D(G(z))).",
        1.0: "That is the least-squares loss, (D - 1)² for reals and D² for fakes; here it is a cross-entropy.",
        2.0: "That is the loss in bits, or the hinge loss; log is the natural logarithm, and the loss a cross-entropy.",
        0.474077 + 0.974077: "Is the sigmoid applied twice? Once is in softplus, or in the loss with logits.",
    }
    near(loss(_logits(0, 0, 0, 0), _logits(0, 0, 0, 0)), 2 * _LOG_2, "the loss with all logits 0", hints=hints)


@d_loss.case(points=2, hint="-log sigmoid(s) = softplus(-s) for a real, -log(1 - sigmoid(s)) = softplus(s) for a fake.")
def confident_values(loss):
    """With real logit 2 and fake logit -1 the loss is 0.1269 + 0.3133."""
    hints = {
        2.126928 + 1.313262: "Reals and fakes have changed places: D is to say *real* (large logits) to reals.",
        0.126928 + 1.313262: "The fake half looks at -log D(G(z)), that is G's wish; D wants -log(1 - D(G(z))).",
        2.126928 + 0.313262: "The real half has its sign flipped: -log sigmoid(s) = softplus(-s).",
        2 * 0.126928: "Both halves use the real logits.",
        2 * 0.313262: "Both halves use the fake logits.",
        0.126928
        + 0.2
        + 0.313262: "Is the label of the reals smoothed to 0.9? The loss asked for has the labels 1 and 0.",
    }
    near(
        loss(_logits(2.0), _logits(-1.0)), 0.126928 + 0.313262, "the loss with real logit 2, fake logit -1", hints=hints
    )


_REALS, _FAKES = (2.0, -0.5, 4.0), (-3.0, 0.5, 1.0, 3.0)


@d_loss.case(hint="Each half is the mean of its own batch, and the batches may differ in size.")
def batches_of_different_size(loss):
    """Three reals and four fakes, all different, give the sum of the two means."""
    real, fake = _logits(*_REALS).detach(), _logits(*_FAKES).detach()
    hints = {
        sum(softplus(mean).item() for mean in (-real.mean(), fake.mean())): _MEAN_LAST,
        sum(softplus(middle).item() for middle in (-real.median(), fake.median())): _NOT_THE_MEDIAN,
        sum(softplus(losses).median().item() for losses in (-real, fake)): _NOT_THE_MEDIAN,
    }
    target = softplus(-real).mean().item() + softplus(fake).mean().item()
    near(loss(_logits(*_REALS), _logits(*_FAKES)), target, "the loss of three reals and four fakes", hints=hints)


@d_loss.case(
    hint="D learns from both halves. To cut the fakes off from G is the business of the step, before D judges them."
)
def both_halves_pull(loss):
    """Every logit has its slope, -(1 - D) for a real and D for a fake, each divided by its batch."""
    real, fake = _logits(*_REALS), _logits(*_FAKES)
    value = differentiable(loss(real, fake), "the loss")
    found = torch.autograd.grad(value, [real, fake], allow_unused=True, materialize_grads=True)
    near(found[0].flatten(), -torch.sigmoid(-real).detach().flatten() / len(real), "the slopes at the three reals")
    near(found[1].flatten(), torch.sigmoid(fake).detach().flatten() / len(fake), "the slopes at the four fakes")


@d_loss.case(points=2, hint="Work with logits: log(sigmoid(s)) is log(0) for s = -1000, softplus stays exact.")
def stable_at_a_thousand(loss):
    """Logits of 1000 on the wrong side give the loss 2000, and a gradient that still pulls."""
    real, fake = _logits(-1000.0), _logits(1000.0)
    hints = {200.0: "100 each is where binary_cross_entropy clamps its logarithm; the gradient is 0 there."}
    value = differentiable(loss(real, fake), "the loss")
    near(value, 2000.0, "the loss with real logit -1000, fake logit 1000", hints=hints)
    slopes = torch.cat(torch.autograd.grad(value, [real, fake])).flatten()
    near(slopes, torch.tensor([-1.0, 1.0]), "the slope at real logit -1000 and fake logit 1000")


@d_loss.case(hint="D that is right and certain has nothing left to learn.")
def zero_when_right(loss):
    """Logits of 1000 on the right side give the loss 0."""
    near(loss(_logits(1000.0), _logits(-1000.0)), 0.0, "the loss with real logit 1000, fake logit -1000")


@d_loss.case()
def leaves_no_trace(loss):
    """The logits, and all else in the notebook, stay as they were."""
    real, fake = _outputs(*_REALS), _outputs(*_FAKES)
    with untouched(real_logits=real, fake_logits=fake):
        loss(real, fake)


def _outputs(*values: float) -> Tensor:
    """Logits as D gives them: no leaves, so that writing into them is possible."""
    return 1 * _logits(*values)


_BOTH = "softplus(-real_logits).mean() + softplus(fake_logits).mean()"
d_loss.mistake(
    "U2", "halves the sum", (_BOTH, f"({_BOTH}) / 2"), caught_by="value_at_equilibrium", says="did you halve the sum"
)
d_loss.mistake(
    "E1",
    "writes 1 - log D for log(1 - D)",
    (_BOTH, "softplus(-real_logits).mean() + (1 + softplus(-fake_logits)).mean()"),
    caught_by="value_at_equilibrium",
    says="the 1 stands inside the logarithm",
)
d_loss.mistake(
    "E8",
    "the difference of the outputs, as in a Wasserstein GAN",
    (_BOTH, "fake_logits.mean() - real_logits.mean()"),
    caught_by="value_at_equilibrium",
    says="critic of a Wasserstein GAN",
)
d_loss.mistake(
    "U5",
    "swaps reals and fakes",
    (_BOTH, "softplus(real_logits).mean() + softplus(-fake_logits).mean()"),
    caught_by="confident_values",
    says="have changed places",
)
d_loss.mistake(
    "U23",
    "maximises log D(G(z)) too",
    ("softplus(fake", "softplus(-fake"),
    caught_by="confident_values",
    says="G's wish",
)
d_loss.mistake(
    "E25",
    "minimises the likelihood instead of maximising it",
    (_BOTH, f"-({_BOTH})"),
    caught_by="value_at_equilibrium",
    says="The sign is flipped",
)
d_loss.mistake(
    "T12",
    "leaves out the fakes",
    (" + softplus(fake_logits).mean()", ""),
    caught_by="value_at_equilibrium",
    says="leave out one half",
)
d_loss.mistake(
    "T12",
    "sums over the batch",
    (_BOTH, "softplus(-real_logits).sum() + softplus(fake_logits).sum()"),
    caught_by="value_at_equilibrium",
    says="take the mean, not the sum",
)
d_loss.mistake(
    "T12",
    "forgets the mean",
    ("softplus(-real_logits).mean()", "softplus(-real_logits)"),
    caught_by="one_number_with_gradient",
    says="is the .mean() missing?",
)
d_loss.mistake(
    "T12",
    "one mean over both batches",
    ("import softplus", "import softplus\nimport torch"),
    (_BOTH, "2 * torch.cat([softplus(-real_logits), softplus(fake_logits)]).mean()"),
    caught_by="batches_of_different_size",
    says="the mean of its own batch",
)
d_loss.mistake(
    "T18",
    "takes the logarithm of a sigmoid",
    ("import softplus", "import logsigmoid\nfrom torch import log, sigmoid"),
    (_BOTH, "-log(sigmoid(real_logits)).mean() - log(1 - sigmoid(fake_logits)).mean()"),
    caught_by="stable_at_a_thousand",
    says="log(0)",
)
d_loss.mistake(
    "T18",
    "sigmoid, then the clamped cross-entropy",
    ("import softplus", "import binary_cross_entropy as bce\nfrom torch import ones_like, zeros_like"),
    (_BOTH, "bce(real_logits.sigmoid(), ones_like(real_logits)) + bce(fake_logits.sigmoid(), zeros_like(fake_logits))"),
    caught_by="stable_at_a_thousand",
    says="clamps its logarithm",
)
d_loss.mistake(
    "T18",
    "applies the sigmoid twice",
    (_BOTH, "softplus(-real_logits.sigmoid()).mean() + softplus(fake_logits.sigmoid()).mean()"),
    caught_by="value_at_equilibrium",
    says="Is the sigmoid applied twice?",
)
d_loss.mistake(
    "U6",
    "returns a plain number",
    (_BOTH, f"({_BOTH}).item()"),
    caught_by="one_number_with_gradient",
    says="leave out .item()",
)
d_loss.mistake(
    "T12",
    "forgets the return",
    (f"return {_BOTH}", f"loss = {_BOTH}"),
    caught_by="one_number_with_gradient",
    says="return statement missing",
)
d_loss.mistake(
    "T12",
    "the loss of the mean logit",
    (_BOTH, "softplus(-real_logits.mean()) + softplus(fake_logits.mean())"),
    caught_by="batches_of_different_size",
    says="First the loss of each example",
)
d_loss.mistake(
    "T12",
    "takes the median, so that outliers do not count",
    (_BOTH, "softplus(-real_logits).median() + softplus(fake_logits).median()"),
    caught_by="batches_of_different_size",
    says="every example counts",
)
d_loss.mistake(
    "T8",
    "adds the examples in pairs, as if the batches matched",
    (_BOTH, "(softplus(-real_logits) + softplus(fake_logits)).mean()"),
    caught_by="batches_of_different_size",
    says="have they to be alike?",
)
d_loss.mistake(
    "U6",
    "detaches the fake logits, so that D learns from reals only",
    ("softplus(fake_logits)", "softplus(fake_logits.detach())"),
    caught_by="both_halves_pull",
    says="before D judges them",
)
d_loss.mistake(
    "U18",
    "smooths the labels of the reals",
    (_BOTH, f"{_BOTH} + 0.1 * real_logits.mean()"),
    caught_by="confident_values",
    says="smoothed to 0.9",
)
d_loss.mistake(
    "T11",
    "measures in bits",
    ("import softplus", "import softplus\nfrom math import log"),
    (_BOTH, f"({_BOTH}) / log(2)"),
    caught_by="value_at_equilibrium",
    says="in bits",
)
d_loss.mistake(
    "E23",
    "the least-squares loss",
    (_BOTH, "((real_logits - 1) ** 2).mean() + (fake_logits**2).mean()"),
    caught_by="value_at_equilibrium",
    says="least-squares",
)
d_loss.mistake(
    "U4",
    "flips the sign inside the caller's tensor",
    (f"return {_BOTH}", f"real_logits *= -1\n    return {_BOTH.replace('-real', 'real')}"),
    caught_by="one_number_with_gradient",
    says="write into the tensor itself",
)
d_loss.mistake(
    "U20",
    "seeds, to get the same loss each time",
    ("import softplus", "import softplus\nimport torch"),
    (f"return {_BOTH}", f"torch.manual_seed(0)\n    return {_BOTH}"),
    caught_by="leaves_no_trace",
    says="sets torch's seed",
)


g_loss = Exercise(
    "g_loss",
    "The non-saturating generator loss",
    stub='''
from torch.nn.functional import softplus


def generator_loss(fake_logits):
    """Return -log D(G(z)), batch mean, from the logits, shape (n, 1)."""
    raise NotImplementedError
''',
    reference='''
from torch.nn.functional import softplus


def generator_loss(fake_logits):
    """Return -log D(G(z)), batch mean, from the logits, shape (n, 1)."""
    return softplus(-fake_logits).mean()
''',
)


@g_loss.case(hint="Take the mean over the batch, and keep tensors all the way.")
def one_number_that_reaches_g(loss):
    """It returns one number that can go backward, through D to G."""
    differentiable(loss(_logits(0.5, 1.0, -1.0)), "the loss of three fakes")


@g_loss.case(hint="-log(1/2).")
def value_when_undecided(loss):
    """With all logits 0, D says 1/2 and the loss is log 2 = 0.6931."""
    hints = {
        -_LOG_2: "That is log D or log(1 - D), without the minus: G descends -log D(G(z)).",
        4 * _LOG_2: "That is 4 times as much, for a batch of 4: take the mean, not the sum.",
        0.0: "Minus the output of D is the loss of a Wasserstein GAN; here it is -log D(G(z)).",
        1.0: "That is the loss in bits, or the least-squares loss; here it is -log D(G(z)), in nats.",
        1.0 + _LOG_2: "There is a 1 too many: the loss is -log D(G(z)), not 1 - log D(G(z)).",
        0.474077: "Is the sigmoid applied twice? Once is in softplus, or in the loss with logits.",
    }
    near(loss(_logits(0, 0, 0, 0)), _LOG_2, "the loss with all logits 0", hints=hints)


@g_loss.case(
    points=2, hint="The lower the loss, the more the fakes are taken for real: -log sigmoid(s) = softplus(-s)."
)
def small_when_d_is_fooled(loss):
    """A fake that D takes for real, logit 2, costs 0.1269."""
    hints = {
        2.126928: "That rewards G for being found out: G wants D(G(z)) to go to 1.",
        -2.126928: "That is log(1 - D(G(z))), the minimax loss; asked for is -log D(G(z)).",
        0.326928: "Is the label smoothed to 0.9? Asked for is -log D(G(z)), the label is 1.",
        1.126928: "Target 1/2 is what the equilibrium yields; G itself wants D(G(z)) to go to 1.",
    }
    near(loss(_logits(2.0)), 0.126928, "the loss with fake logit 2", hints=hints)


_MIXED = (1.0, -4.0, 3.0, 0.5, -0.5)


@g_loss.case(points=2, hint="Every fake counts alike: first the loss of each, then the mean over the batch.")
def mean_of_the_losses(loss):
    """Five fakes, all different, cost the mean of their five losses."""
    logits = _logits(*_MIXED).detach()
    losses = softplus(-logits)
    caught = logits < 0
    hints = {
        softplus(-logits.mean()).item(): _MEAN_LAST,
        losses.median().item(): _NOT_THE_MEDIAN,
        losses[0].item(): "That is the loss of the first fake alone: take the mean over the batch.",
        losses[-1].item(): "That is the loss of the last fake alone: take the mean over the batch.",
        losses.max().item(): "That is the loss of the worst fake alone: take the mean over the batch.",
        losses.min().item(): "That is the loss of the best fake alone: take the mean over the batch.",
        losses[caught].mean().item(): "Only the fakes that D has found out count here; take the mean over all of them.",
        -torch.sigmoid(logits).mean().log().item(): "First the logarithm of each D(G(z)), then the mean.",
    }
    near(loss(_logits(*_MIXED)), losses.mean().item(), "the loss of five fakes", hints=hints)


@g_loss.case(hint="The slope of a mean reaches every example: nothing is detached, sorted out or weighed.")
def every_fake_pulls(loss):
    """Each of five fakes has its slope, -(1 - D) / 5."""
    fake = _logits(*_MIXED)
    value = differentiable(loss(fake), "the loss")
    (slopes,) = torch.autograd.grad(value, fake)
    near(slopes.flatten(), -torch.sigmoid(-fake).detach().flatten() / len(fake), "the slopes at the five fakes")


@g_loss.case(points=2, hint="This is what non-saturating means: the slope is -(1 - D), not -D.")
def pulls_when_d_is_certain(loss):
    """At logit -8, where D is certain of a fake, the slope is -0.9997."""
    fake = _logits(-8.0)
    (slope,) = torch.autograd.grad(differentiable(loss(fake), "the loss"), fake)
    near(slope.item(), -0.999665, "the slope at fake logit -8", hints={-0.000335: "Here the minimax loss is flat."})


@g_loss.case(hint="Work with logits: log(sigmoid(s)) is log(0) for s = -1000, softplus stays exact.")
def stable_fakes_at_a_thousand(loss):
    """Logits of -1000 and 1000 give losses of 1000 and 0, and the first still pulls."""
    fake = _logits(-1000.0)
    value = differentiable(loss(fake), "the loss")
    near(
        value,
        1000.0,
        "the loss with fake logit -1000",
        hints={100.0: "A clamp at 100, as in binary_cross_entropy: beyond it the slope is 0."},
    )
    near(torch.autograd.grad(value, fake)[0].item(), -1.0, "the slope at fake logit -1000")
    near(loss(_logits(1000.0)), 0.0, "the loss with fake logit 1000")


@g_loss.case()
def leaves_no_trace_of_itself(loss):
    """The logits, and all else in the notebook, stay as they were."""
    fake = _outputs(*_MIXED)
    with untouched(fake_logits=fake):
        loss(fake)


_G = "softplus(-fake_logits).mean()"
g_loss.mistake(
    "E24",
    "the minimax loss, whose slope vanishes",
    (_G, "-softplus(fake_logits).mean()"),
    caught_by="value_when_undecided",
    says="without the minus",
)
g_loss.mistake(
    "E5", "ascends where it should descend", (_G, f"-{_G}"), caught_by="value_when_undecided", says="G descends"
)
g_loss.mistake(
    "U4",
    "wants the label fake for fakes",
    ("-fake_logits", "fake_logits"),
    caught_by="small_when_d_is_fooled",
    says="being found out",
)
g_loss.mistake(
    "E13",
    "aims at D = 1/2",
    (_G, f"({_G} + softplus(fake_logits).mean()) / 2"),
    caught_by="small_when_d_is_fooled",
    says="what the equilibrium yields",
)
g_loss.mistake(
    "E8",
    "minus the output, as in a Wasserstein GAN",
    (_G, "-fake_logits.mean()"),
    caught_by="value_when_undecided",
    says="Wasserstein",
)
g_loss.mistake("E1", "1 - log D", (_G, f"1 + {_G}"), caught_by="value_when_undecided", says="a 1 too many")
g_loss.mistake(
    "T18",
    "takes the logarithm of a sigmoid",
    (_G, "-fake_logits.sigmoid().log().mean()"),
    caught_by="stable_fakes_at_a_thousand",
    says="log(0)",
)
g_loss.mistake(
    "T18",
    "adds a small number to the logarithm",
    (_G, "-(fake_logits.sigmoid() + 1e-8).log().mean()"),
    caught_by="stable_fakes_at_a_thousand",
    says="log(0)",
)
g_loss.mistake(
    "T12",
    "forgets the mean",
    (_G, "softplus(-fake_logits)"),
    caught_by="one_number_that_reaches_g",
    says=".mean() missing",
)
g_loss.mistake(
    "T12",
    "sums over the batch",
    (_G, "softplus(-fake_logits).sum()"),
    caught_by="value_when_undecided",
    says="not the sum",
)
g_loss.mistake(
    "U6",
    "detaches the logits",
    ("-fake_logits", "-fake_logits.detach()"),
    caught_by="one_number_that_reaches_g",
    says="no gradient",
)
g_loss.mistake(
    "T12",
    "the loss of the mean logit",
    (_G, "softplus(-fake_logits.mean())"),
    caught_by="mean_of_the_losses",
    says="First the loss of each example",
)
g_loss.mistake(
    "T12",
    "the logarithm of the mean probability",
    (_G, "-fake_logits.sigmoid().mean().log()"),
    caught_by="mean_of_the_losses",
    says="First the logarithm",
)
g_loss.mistake(
    "T12",
    "looks at the first fake only",
    (_G, "softplus(-fake_logits)[0, 0]"),
    caught_by="mean_of_the_losses",
    says="the first fake alone",
)
g_loss.mistake(
    "T12",
    "takes the median",
    (_G, "softplus(-fake_logits).median()"),
    caught_by="mean_of_the_losses",
    says="every example counts",
)
g_loss.mistake(
    "T12",
    "trains on the worst fake only",
    (_G, "softplus(-fake_logits).max()"),
    caught_by="mean_of_the_losses",
    says="the worst fake alone",
)
g_loss.mistake(
    "E15",
    "trains only on the fakes that D found out",
    (_G, "softplus(-fake_logits[fake_logits <= 0]).sum() / max(1, (fake_logits <= 0).sum())"),
    caught_by="small_when_d_is_fooled",
    says="more the fakes are taken for real",
)
g_loss.mistake(
    "U18",
    "smooths the label",
    (_G, f"{_G} + 0.1 * fake_logits.mean()"),
    caught_by="small_when_d_is_fooled",
    says="smoothed to 0.9",
)
g_loss.mistake(
    "T11",
    "measures in bits",
    ("import softplus", "import softplus\nfrom math import log"),
    (_G, f"{_G} / log(2)"),
    caught_by="value_when_undecided",
    says="in bits",
)
g_loss.mistake(
    "E23",
    "the least-squares loss",
    (_G, "((fake_logits - 1) ** 2).mean()"),
    caught_by="value_when_undecided",
    says="least-squares",
)
g_loss.mistake(
    "T18",
    "clamps the logits, to be safe",
    (_G, "softplus(-fake_logits.clamp(-100, 100)).mean()"),
    caught_by="stable_fakes_at_a_thousand",
    says="beyond it the slope is 0",
)
g_loss.mistake(
    "T18",
    "the soft margin loss, which overflows",
    ("import softplus", "import soft_margin_loss\nfrom torch import ones_like"),
    (_G, "soft_margin_loss(fake_logits, ones_like(fake_logits))"),
    caught_by="stable_fakes_at_a_thousand",
    says="is inf",
)
g_loss.mistake(
    "U6",
    "detaches half of the fakes, to spare G",
    ("import softplus", "import softplus\nfrom torch import cat"),
    (_G, "softplus(-cat([fake_logits[:2], fake_logits[2:].detach()])).mean()"),
    caught_by="every_fake_pulls",
    says="nothing is detached",
)
g_loss.mistake(
    "U6",
    "switches gradients off for all that follows",
    ("import softplus", "import softplus\nimport torch"),
    (f"return {_G}", f"loss = {_G}\n    torch.set_grad_enabled(False)\n    return loss"),
    caught_by="leaves_no_trace_of_itself",
    says="ends with its block",
)


_SYMMETRIC = "standard normal noise is symmetric"
_ATTACHED = "the same number, with its graph attached"
_WIPED = "opt_g.zero_grad() wipes what D's half left in G; the reader is told so in a remark"
_TWICE = "the fakes are cut off from G already"
_IN_TIME = "zero_grad only has to come before backward"

train_step = Exercise(
    "train_step",
    "One round of Algorithm 1",
    seconds=30,  # the first optimiser of a session may take seconds to load
    stub='''
import torch
from ganlab.losses import nonsaturating_d, nonsaturating_g


def train_step(G, D, opt_g, opt_d, real):
    """Play one round: first D's half, then G's; return d_loss, g_loss.

    Each half draws fresh noise of shape (n, 1).
    """
    raise NotImplementedError
''',
    reference='''
import torch
from ganlab.losses import nonsaturating_d, nonsaturating_g


def train_step(G, D, opt_g, opt_d, real):
    """Play one round: first D's half, then G's; return d_loss, g_loss.

    Each half draws fresh noise of shape (n, 1).
    """
    fake = G(torch.randn(len(real), 1)).detach()
    d_loss = nonsaturating_d(D(real), D(fake))
    opt_d.zero_grad()
    d_loss.backward()
    opt_d.step()

    fake = G(torch.randn(len(real), 1))
    g_loss = nonsaturating_g(D(fake))
    opt_g.zero_grad()
    g_loss.backward()
    opt_g.step()
    return d_loss.detach(), g_loss.detach()
''',
    goals=(
        (1, "Draw fakes for D to learn from, cut off from G"),
        (1, "Write down the loss of D on reals and fakes"),
        (3, "Move D: clear old gradients, find new ones, step"),
        (1, "Draw fresh fakes, now with the way back to G left open"),
        (1, "Write down the loss of G, as judged by the D that has moved"),
        (3, "Move G in the same three moves"),
        (1, "Return both losses without their graphs"),
    ),
    equivalent={
        "fake = G(torch.randn(len(real), 1)).detach() -> fake = G(torch.randn(len(real), 1))": _WIPED,
        "fake = G(torch.randn(len(real), 1)).detach() -> fake = G(torch.randn(len(real), 1).detach())": _WIPED,
        "fake = G(torch.randn(len(real), 1)).detach() -> fake = G(torch.randn(len(real), 1)).detach().detach()": _TWICE,
        "no_grad: fake = G(torch.randn(len(real), 1)).detach()": _TWICE,
        "fake = G(torch.randn(len(real), 1)).detach() -> fake = G(-torch.randn(len(real), 1)).detach()": _SYMMETRIC,
        "fake = G(torch.randn(len(real), 1)) -> fake = G(-torch.randn(len(real), 1))": _SYMMETRIC,
        "return (d_loss.detach(), g_loss.detach()) -> return (d_loss, g_loss.detach())": _ATTACHED,
        "return (d_loss.detach(), g_loss.detach()) -> return (d_loss.detach(), g_loss)": _ATTACHED,
        "swap: d_loss = nonsaturating_d(D(real), D(fake)) / opt_d.zero_grad()": _IN_TIME,
        "swap: g_loss = nonsaturating_g(D(fake)) / opt_g.zero_grad()": _IN_TIME,
        "swap: opt_d.step() / fake = G(torch.randn(len(real), 1))": "D's step leaves G and its fakes as they are",
        "opt_d.zero_grad() -> D.zero_grad()": "opt_d owns the parameters of D",
        "opt_g.zero_grad() -> G.zero_grad()": "opt_g owns the parameters of G",
    },
)

_SEEDS = (1, 2, 3)


@train_step.case(hint="End with return d_loss.detach(), g_loss.detach().")
def returns_both_losses(train_step):
    """It returns two numbers, d_loss and g_loss."""
    (d_value, g_value), _ = play(train_step, seed=1)
    number(d_value, "d_loss"), number(g_value, "g_loss")


@train_step.case(
    hint="D's half ends with opt_d.step(), G's half with opt_g.step(): opt_d owns D only, opt_g owns G only."
)
def each_player_steps_once(train_step):
    """First D takes one step, then G takes one."""
    _, round_ = play(train_step, seed=1)
    if [step.player for step in round_.steps] != ["D", "G"]:
        taken = ", then ".join(step.player for step in round_.steps) or "nobody"
        raise Finding(f"the steps were taken by {taken}", "D, then G")


@train_step.case(hint="Step 6: new noise, then new fakes. Draw torch.randn(len(real), 1) again in G's half.")
def fresh_noise_for_each_half(train_step):
    """Each half draws its own noise, one z for each real."""
    for seed in _SEEDS:
        _, round_ = play(train_step, seed=seed)
        if len(round_.noise) != 2:
            raise Finding(f"G was called this often: {len(round_.noise)}", "2, once for D's half and once for G's")
        first, second = round_.noise
        if not first.shape == second.shape == round_.real.shape:
            shapes = f"{tuple(first.shape)} and {tuple(second.shape)}"
            raise Finding(f"z has the shapes {shapes}", f"{tuple(round_.real.shape)}, one z for each real")
        _unrelated(first, second, "the z of both halves")


@train_step.case()
def leaves_the_players_as_they_were(train_step):
    """Both networks are in train mode all along, and ready for the next round; only their steps move them."""
    table = Table(1)
    real = table.round.real
    with untouched(real=real, G=table.G, D=table.D, opt_g=table.opt_g, opt_d=table.opt_d):
        train_step(table.G, table.D, table.opt_g, table.opt_d, real)
    table.always_training()
    table.only_steps_move()


@train_step.case(hint="Draw z with torch.randn: one number for each real, again at every call, whatever the reals are.")
def noise_is_standard_normal(train_step):
    """The noise is standard normal, knows nothing of the reals, and is new in every round."""
    for seed in _SEEDS:
        _, round_ = play(train_step, seed=seed, rounds=2)
        for z in round_.noise:
            _standard_normal(z)
            _unrelated(z, round_.real, "z and the reals")
        for z in round_.noise[2:]:
            _unrelated(z, round_.noise[0], "the z of two rounds"), _unrelated(z, round_.noise[1], "the z of two rounds")


def _standard_normal(z: Tensor) -> None:
    """Five standard errors: right noise practically never fails."""
    mean, spread, inside = z.mean().item(), z.std().item(), (z.abs() < 1).double().mean().item()
    if abs(mean) > 5 / len(z) ** 0.5 or abs(spread - 1) > 5 / (2 * len(z)) ** 0.5:
        raise Finding(f"z has mean {mean:.2f} and deviation {spread:.2f}", "mean 0, deviation 1")
    if abs(inside - 0.683) > 5 * (0.683 * 0.317 / len(z)) ** 0.5 or z.abs().max() < 2:
        saw = f"{inside:.0%} of z lie between -1 and 1, and the largest |z| is {z.abs().max():.2f}"
        raise Finding(saw, "about 68% between -1 and 1, and some beyond 2, as for a Gaussian")
    if len(z.unique()) < 0.9 * len(z):
        raise Finding(f"only {len(z.unique())} of {len(z)} z are different", f"{len(z)} different z")


def _unrelated(a: Tensor, b: Tensor, what: str) -> None:
    """Find equal, shuffled, mirrored or correlated numbers; five standard errors."""
    if torch.equal(a, b):
        raise Finding(f"{what} are the same", "fresh noise")
    if torch.equal(a.abs().sort(0)[0], b.abs().sort(0)[0]):
        raise Finding(f"{what} are the same numbers in another order, or mirrored", "fresh noise")
    correlation = torch.corrcoef(torch.cat([a, b], 1).T)[0, 1].item()
    if abs(correlation) > 5 / len(a) ** 0.5:
        raise Finding(f"{what} are correlated, {correlation:.2f}", "fresh noise")


@train_step.case(points=2, hint="D descends nonsaturating_d(D(real), D(fake)).")
def d_goes_down_its_loss(train_step):
    """D moves straight down its own loss, on three seeds."""
    for seed in _SEEDS:
        _, round_ = play(train_step, seed=seed)
        step = round_.step_of("D")
        wanted = d_gradients(step.networks, round_.real, round_.noise[0])
        swapped = d_gradients(step.networks, round_.real, round_.noise[0], swapped=True)
        moved_along(step.gradient, wanted, "D", {"Reals and fakes have changed places in D's loss.": swapped})


@train_step.case(
    points=2, hint="G descends nonsaturating_g(D(G(z))): the gradient passes through D, so nothing is detached here."
)
def g_goes_down_through_d(train_step):
    """G moves straight down its own loss, through the D that has just stepped, on three seeds."""
    for seed in _SEEDS:
        _, round_ = play(train_step, seed=seed)
        step = round_.step_of("G")
        z = round_.noise[-1]
        early = g_gradients(round_.steps[0].networks, z)
        hints = {
            "That is the slope of the minimax loss log(1 - D(G(z))); asked for is -log D(G(z)).": g_gradients(
                step.networks, z, minimax=True
            ),
            "G was judged by D as it was before its step: compute G's loss after opt_d.step().": early,
        }
        moved_along(step.gradient, g_gradients(step.networks, z), "G", hints)


@train_step.case(points=2, hint="Gradients add up until they are cleared: opt.zero_grad() before each backward().")
def rounds_do_not_leak(train_step):
    """In a second round nothing is left of the gradients of the first, and in the first nothing of any before."""
    _, round_ = play(train_step, seed=1, rounds=2, left="DG")
    for n in (1, 2):
        (d_step, g_step), (d_noise, g_noise) = (each[2 * n - 2 : 2 * n] for each in (round_.steps, round_.noise))
        moved_along(d_step.gradient, d_gradients(d_step.networks, round_.real, d_noise), f"D in round {n}", {})
        moved_along(g_step.gradient, g_gradients(g_step.networks, g_noise), f"G in round {n}", {})


@train_step.case(hint="Return the losses that were stepped on, d_loss first; g_loss looks at fakes only.")
def reports_the_losses(train_step):
    """The two numbers are the losses at the moment of each step."""
    (d_value, g_value), round_ = play(train_step, seed=1)
    d_step, g_step = round_.steps
    near(d_value, d_step.networks.d_loss(round_.real, round_.noise[0]).item(), "d_loss")
    near(g_value, g_step.networks.g_loss(round_.noise[1]).item(), "g_loss")
    if round_.steps[0].g_has_gradient:
        return (
            "without .detach() in D's half the gradient also runs through G. opt_g.zero_grad() wipes it, "
            "so the result is right, but the work is for nothing."
        )
    return None


_NOISE = "fake = G(torch.randn(len(real), 1))\n    g_loss"
train_step.mistake(
    "U6",
    "detaches in G's half, so no gradient reaches G",
    (_NOISE, _NOISE.replace("1))", "1)).detach()")),
    caught_by="g_goes_down_through_d",
    says="nothing is detached here",
)
train_step.mistake(
    "U8",
    "computes G's loss before D moves",
    ("    opt_d.step()\n", ""),
    ("nonsaturating_g(D(fake))", "nonsaturating_g(D(fake))\n    opt_d.step()"),
    caught_by="returns_both_losses",
    says="after that step",
)
train_step.mistake(
    "U6",
    "steps both optimisers in G's half",
    ("opt_g.step()", "opt_g.step()\n    opt_d.step()"),
    caught_by="each_player_steps_once",
    says="D, then G, then D",
)
train_step.mistake(
    "U6", "steps D in G's half", ("opt_g.step()", "opt_d.step()"), caught_by="each_player_steps_once", says="D, then D"
)
train_step.mistake(
    "T15",
    "uses the same noise twice",
    ("    fake = G(torch.randn(len(real), 1)).detach()", "    z = torch.randn(len(real), 1)\n    fake = G(z).detach()"),
    (_NOISE, "fake = G(z)\n    g_loss"),
    caught_by="fresh_noise_for_each_half",
    says="the z of both halves are the same",
)
train_step.mistake(
    "T15",
    "uses the fakes of D's half again",
    (_NOISE, "g_loss"),
    caught_by="fresh_noise_for_each_half",
    says="G was called this often: 1",
)
train_step.mistake(
    "U6",
    "forgets zero_grad in D's half",
    ("    opt_d.zero_grad()\n", ""),
    caught_by="rounds_do_not_leak",
    says="Gradients add up",
)
train_step.mistake(
    "T13",
    "forgets zero_grad in G's half",
    ("    opt_g.zero_grad()\n", ""),
    caught_by="rounds_do_not_leak",
    says="Gradients add up",
)
train_step.mistake(
    "E5",
    "G ascends its loss",
    ("g_loss.backward()", "(-g_loss).backward()"),
    caught_by="g_goes_down_through_d",
    says="opposite way",
)
train_step.mistake(
    "U5",
    "swaps reals and fakes in D's loss",
    ("D(real), D(fake)", "D(fake), D(real)"),
    caught_by="d_goes_down_its_loss",
    says="have changed places",
)
train_step.mistake(
    "E24",
    "G descends the minimax loss",
    ("import nonsaturating_d, nonsaturating_g", "import minimax_g, nonsaturating_d"),
    ("nonsaturating_g(D(fake))", "minimax_g(D(fake))"),
    caught_by="g_goes_down_through_d",
    says="minimax",
)
train_step.mistake(
    "E4",
    "flips the labels of the reals too, in G's half",
    ("nonsaturating_g(D(fake))", "nonsaturating_g(D(fake)) + nonsaturating_g(-D(real))"),
    caught_by="reports_the_losses",
    says="g_loss is",
)
train_step.mistake(
    "U4",
    "trains G on the labels that D uses",
    ("nonsaturating_g(D(fake))", "nonsaturating_d(D(real), D(fake))"),
    caught_by="g_goes_down_through_d",
    says="opposite way",
)
train_step.mistake(
    "T14",
    "steps D only after G's backward has added to its gradients",
    ("    opt_d.step()\n", ""),
    ("    opt_g.step()\n", "    opt_d.step()\n    opt_g.step()\n"),
    caught_by="d_goes_down_its_loss",
    says="D",
)
train_step.mistake(
    "T6",
    "draws noise from [0, 1]",
    (_NOISE, _NOISE.replace("randn", "rand")),
    caught_by="noise_is_standard_normal",
    says="torch.randn",
)
_FIRST = "    fake = G(torch.randn(len(real), 1)).detach()"
_SECOND = "    fake = G(torch.randn(len(real), 1))\n"
train_step.mistake(
    "T15",
    "shuffles the noise of D's half instead of drawing new noise",
    (_FIRST, "    z = torch.randn(len(real), 1)\n    fake = G(z).detach()"),
    (_SECOND, "    fake = G(z[torch.randperm(len(z))])\n"),
    caught_by="fresh_noise_for_each_half",
    says="in another order",
)
train_step.mistake(
    "T15",
    "draws a number of fakes of its own",
    (_SECOND, _SECOND.replace("len(real)", "64")),
    caught_by="fresh_noise_for_each_half",
    says="one z for each real",
)
train_step.mistake(
    "T6",
    "draws uniform noise with mean 0 and deviation 1",
    (_SECOND, "    fake = G((torch.rand(len(real), 1) - 0.5) * 12**0.5)\n"),
    caught_by="noise_is_standard_normal",
    says="between -1 and 1",
)
train_step.mistake(
    "T9",
    "shows G the reals, standardised, as its noise",
    (_SECOND, "    fake = G((real - real.mean()) / real.std())\n"),
    caught_by="noise_is_standard_normal",
    says="z and the reals are correlated",
)
train_step.mistake(
    "U20",
    "seeds in every round, so that the noise is always the same",
    (_FIRST, "    torch.manual_seed(0)\n" + _FIRST),
    caught_by="leaves_the_players_as_they_were",
    says="sets torch's seed",
)
train_step.mistake(
    "U20",
    "draws D's noise from a generator that starts anew at every call",
    (_FIRST, _FIRST.replace(", 1)", ", 1, generator=torch.Generator().manual_seed(0))")),
    caught_by="noise_is_standard_normal",
    says="the z of two rounds are the same",
)
train_step.mistake(
    "T14",
    "one backward of the sum of both losses",
    ("    d_loss.backward()\n    opt_d.step()\n", ""),
    ("    g_loss.backward()\n", "    (d_loss + g_loss).backward()\n    opt_d.step()\n"),
    caught_by="d_goes_down_its_loss",
    says="D descends",
)
train_step.mistake(
    "T13",
    "clears the gradients between backward and step",
    ("    opt_d.zero_grad()\n    d_loss.backward()\n", "    d_loss.backward()\n    opt_d.zero_grad()\n"),
    caught_by="d_goes_down_its_loss",
    says="no gradient reached D",
)
train_step.mistake(
    "U6",
    "freezes D in G's half and never thaws it",
    ("    g_loss = ", "    D.requires_grad_(False)\n    g_loss = "),
    caught_by="leaves_the_players_as_they_were",
    says="has to thaw it",
)
train_step.mistake(
    "U9",
    "makes the fakes of D's half in eval mode",
    (_FIRST, "    G.eval()\n" + _FIRST + "\n    G.train()"),
    caught_by="leaves_the_players_as_they_were",
    says="G was called in eval mode",
)
train_step.mistake(
    "U9",
    "leaves D in eval mode",
    ("    opt_g.step()\n", "    opt_g.step()\n    D.eval()\n"),
    caught_by="leaves_the_players_as_they_were",
    says="left in another mode",
)
train_step.mistake(
    "E8",
    "clips the weights of D, as in a Wasserstein GAN",
    ("    opt_d.step()\n", "    opt_d.step()\n    for p in D.parameters():\n        p.data.clamp_(-0.1, 0.1)\n"),
    caught_by="leaves_the_players_as_they_were",
    says="belongs to a Wasserstein GAN",
)
train_step.mistake(
    "U1",
    "lowers the learning rate in every round",
    ("    opt_g.step()\n", "    opt_g.step()\n    opt_g.param_groups[0]['lr'] *= 0.99\n"),
    caught_by="leaves_the_players_as_they_were",
    says="set where the optimiser is made",
)
train_step.mistake(
    "U12",
    "noises the caller's reals in place",
    ("    opt_g.step()\n", "    opt_g.step()\n    real += 0.01 * torch.randn_like(real)\n"),
    caught_by="leaves_the_players_as_they_were",
    says="changed real itself",
)


_ORDER = "order = ['E', 'B', 'C', 'G', 'A', 'F', 'H', 'D', 'I']"

nine_steps = Exercise(
    "nine_steps",
    "The nine steps in order",
    stub="""
# A  move D down its loss
# B  take a batch of reals
# C  make fakes with G
# D  compute G's loss through D
# E  draw a batch of noise
# F  draw new noise
# G  compute D's loss on reals and fakes
# H  make new fakes with G
# I  move G down its loss
order = ...
""",
    reference="""
# A  move D down its loss
# B  take a batch of reals
# C  make fakes with G
# D  compute G's loss through D
# E  draw a batch of noise
# F  draw new noise
# G  compute D's loss on reals and fakes
# H  make new fakes with G
# I  move G down its loss
order = ["E", "B", "C", "G", "A", "F", "H", "D", "I"]
""",
    equivalent={
        f"{_ORDER} -> order = ['B', 'E', 'C', 'G', 'A', 'F', 'H', 'D', 'I']": "noise and reals do not need each other",
        f"{_ORDER} -> order = ['E', 'C', 'B', 'G', 'A', 'F', 'H', 'D', 'I']": "fakes do not need reals",
        f"{_ORDER} -> order = ['E', 'B', 'C', 'G', 'F', 'A', 'H', 'D', 'I']": "new noise does not need D",
    },
)

_STEPS = "EBCGAFHDI"
_BEFORE = (
    ("E", "C", "fakes are made from noise"),
    ("C", "G", "D's loss needs fakes"),
    ("B", "G", "D's loss needs reals"),
    ("G", "A", "D moves down a loss that has been computed"),
    ("E", "F", "the new noise comes after the first"),
    ("F", "H", "the new fakes are made from the new noise"),
    ("C", "H", "the new fakes come after the first"),
    ("H", "D", "G's loss judges the new fakes"),
    ("A", "D", "G is judged by the D that has just moved"),
    ("D", "I", "G moves down a loss that has been computed"),
)


@nine_steps.case(hint='Write them as a list of letters, ["E", …], or as one string.')
def each_letter_once(order):
    """Each of the nine letters stands once."""
    letters = _letters(order)
    if sorted(letters) != sorted(_STEPS):
        raise Finding(f"your order is {', '.join(letters)}", "each letter from A to I once")


@nine_steps.case(points=2)
def nothing_before_what_it_needs(order):
    """No step comes before what it needs."""
    letters = _letters(order)
    for first, then, why in _BEFORE:
        if letters.index(first) > letters.index(then):
            raise Finding(f"{then} stands before {first}", f"{first} before {then}", f"{why[0].upper()}{why[1:]}.")
    if letters != _STEPS:
        return f"the book takes the steps as {', '.join(_STEPS)}; yours computes the same."
    return None


def _letters(order) -> str:
    letters = order if type(order) is str else items(order, 9, "nine letters")
    if not all(type(letter) is str for letter in letters):
        raise Finding("your order holds something other than letters", "letters from A to I")
    if type(order) is not str and any(len(letter.strip()) != 1 for letter in letters):
        raise Finding("your list holds texts of more or less than one letter", 'one letter each, such as "E", "B"')
    return "".join(letters).replace(" ", "").replace(",", "").upper()


def _order(text: str) -> tuple[str, str]:
    return '["E", "B", "C", "G", "A", "F", "H", "D", "I"]', str(list(text)).replace("'", '"')


nine_steps.mistake(
    "T15", "G first", _order("FHDIEBCGA"), caught_by="nothing_before_what_it_needs", says="new noise comes after"
)
nine_steps.mistake(
    "T14",
    "both losses first, then both steps",
    _order("EBCGFHDAI"),
    caught_by="nothing_before_what_it_needs",
    says="D that has just moved",
)
nine_steps.mistake(
    "E16",
    "moves D before its loss is known",
    _order("EBCAGFHDI"),
    caught_by="nothing_before_what_it_needs",
    says="G before A",
)
nine_steps.mistake(
    "U6",
    "computes G's loss before the new fakes",
    _order("EBCGAFDHI"),
    caught_by="nothing_before_what_it_needs",
    says="judges the new fakes",
)
nine_steps.mistake(
    "T15", "leaves out the new noise", _order("EBCGAHDI"), caught_by="each_letter_once", says="nine letters"
)
nine_steps.mistake(
    "T15",
    "makes the new fakes from the old noise",
    _order("EBCGAHFDI"),
    caught_by="nothing_before_what_it_needs",
    says="F before H",
)
nine_steps.mistake(
    "T6",
    "makes fakes before there is noise",
    _order("BCEGAFHDI"),
    caught_by="nothing_before_what_it_needs",
    says="Fakes are made from noise",
)
nine_steps.mistake(
    "T8",
    "judges the fakes before there are reals",
    _order("ECGBAFHDI"),
    caught_by="nothing_before_what_it_needs",
    says="D's loss needs reals",
)
nine_steps.mistake(
    "E16",
    "moves G before its loss is known",
    _order("EBCGAFHID"),
    caught_by="nothing_before_what_it_needs",
    says="G moves down a loss",
)
nine_steps.mistake(
    "E12", "moves D twice", _order("EBCGAAFHD"), caught_by="each_letter_once", says="each letter from A to I once"
)
nine_steps.mistake(
    "T15",
    "writes each half as one text",
    ('["E", "B", "C", "G", "A", "F", "H", "D", "I"]', '["EBCGA", "FHDI", "", "", "", "", "", "", ""]'),
    caught_by="each_letter_once",
    says="one letter each",
)
