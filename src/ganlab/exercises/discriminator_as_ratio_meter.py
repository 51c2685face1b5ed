"""Exercises of chapter 3, the discriminator as a ratio meter: cross-entropy, the best answer, and unequal shares."""

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import differentiable, near, tensor
from ganlab.checks.traces import untouched

_LOG_2 = math.log(2)

bce_with_logits = Exercise(
    "bce_with_logits",
    "Binary cross-entropy from logits",
    stub='''
import torch
from torch.nn.functional import softplus


def bce_with_logits(logits, labels):
    """Return the mean of -y log D - (1 - y) log(1 - D), D = sigmoid(logit).

    Both have shape (n, 1). A label is 1 for real, 0 for fake, or between.
    The loss is right to five digits for logits from -1000 to 1000.
    """
    raise NotImplementedError
''',
    reference='''
import torch
from torch.nn.functional import softplus


def bce_with_logits(logits, labels):
    """Return the mean of -y log D - (1 - y) log(1 - D), D = sigmoid(logit).

    Both have shape (n, 1). A label is 1 for real, 0 for fake, or between.
    The loss is right to five digits for logits from -1000 to 1000.
    """
    if_real, if_fake = softplus(-logits), softplus(logits)
    return (labels * if_real + (1 - labels) * if_fake).mean()
''',
)


def _column(*values: float) -> Tensor:
    """Logits as D gives them: no leaf, so that writing into them is possible."""
    return 1 * torch.tensor(values, dtype=torch.float32)[:, None].requires_grad_()


def _labels(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)[:, None]


_MIXED, _THEIR_LABELS = (2.0, -0.5, 4.0, -3.0, 0.5), (1.0, 0.0, 0.0, 1.0, 0.25)


def _mixed_losses() -> Tensor:
    s, y = torch.tensor(_MIXED), torch.tensor(_THEIR_LABELS)
    return softplus(s) - s * y


@bce_with_logits.case(hint="Take the mean over the batch, and keep tensors all the way.")
def one_loss_with_gradient(bce_with_logits):
    """It returns one number that can go backward."""
    differentiable(bce_with_logits(_column(0.5, 1.0, -1.0), _labels(1, 0, 1)), "the loss of three examples")


@bce_with_logits.case(hint="At D = 1/2 both labels cost -log(1/2).")
def undecided_costs_log_two(bce_with_logits):
    """With all logits 0 the loss is log 2 = 0.6931, whatever the labels."""
    hints = {
        -_LOG_2: "The sign is flipped: the loss is minus the log-likelihood.",
        4 * _LOG_2: "That is 4 times as much, for a batch of 4: take the mean, not the sum.",
        2 * _LOG_2: "Are both losses added, or one mean for each label? Asked for is one mean over all examples.",
        1.0: "That is the loss in bits; log is the natural logarithm.",
        0.25: "That is the mean squared error of D; asked for is a cross-entropy.",
        0.724077: "Is the sigmoid applied twice? Once is in softplus.",
    }
    near(bce_with_logits(_column(0, 0, 0, 0), _labels(1, 0, 0, 1)), _LOG_2, "the loss with all logits 0", hints=hints)


@bce_with_logits.case(points=2, hint="-log D = softplus(-s) counts with weight y, softplus(s) with 1 - y.")
def each_label_has_its_loss(bce_with_logits):
    """Logit 2 costs 0.1269 if the label is 1, and 2.1269 if it is 0."""
    real = {2.126928: "Real is 1 here: with label 1 the loss is -log D, which is small for a large logit."}
    fake = {0.126928: "With label 0 the loss is -log(1 - D), which is large for a large logit."}
    for label, cost, hints in ((1.0, 0.126928, real), (0.0, 2.126928, fake)):
        found = bce_with_logits(_column(2.0), _labels(label))
        near(found, cost, f"the loss of logit 2 with label {label:g}", hints=hints)


@bce_with_logits.case(points=2, hint="First the loss of each example with its own label, then the mean over all.")
def mean_over_mixed_examples(bce_with_logits):
    """Five examples with the labels 1, 0, 0, 1 and 0.25 cost the mean of their losses."""
    losses, s, y = _mixed_losses(), torch.tensor(_MIXED), torch.tensor(_THEIR_LABELS)
    hard = torch.where(y > 0.5, softplus(-s), softplus(s))
    hints = {
        losses.sum().item(): "Take the mean, not the sum.",
        losses.median().item(): "That is the median: every example counts, so take the mean.",
        hard.mean().item(): "A label between 0 and 1 weighs both losses: y times the one, 1 - y times the other.",
    }
    found = bce_with_logits(_column(*_MIXED), _labels(*_THEIR_LABELS))
    near(found, losses.mean().item(), "the loss of five examples", hints=hints)


@bce_with_logits.case(points=2, hint="Its slope in each logit is (sigmoid(s) - y) / n, also at s = 0.")
def slope_is_answer_minus_label(bce_with_logits):
    """The slope is (D - y) / n at every logit, and -1/2 at logit 0 with label 1."""
    for logits, labels in ((_MIXED, _THEIR_LABELS), ((0.0,), (1.0,)), ((0.0,), (0.0,))):
        s, y = _column(*logits), _labels(*labels)
        wanted = (torch.sigmoid(s) - y).detach().flatten() / len(s)
        (slopes,) = torch.autograd.grad(differentiable(bce_with_logits(s, y), "the loss"), s)
        kink = {
            torch.full_like(wanted, -labels[0]): "max(s, 0) has a kink at 0, where clamp and relu choose one side.",
            torch.full_like(wanted, 1 - labels[0]): "max(s, 0) has a kink at 0, where clamp and relu choose one side.",
        }
        hints = kink if logits == (0.0,) else {}
        near(slopes.flatten(), wanted, f"with logits {logits} and labels {labels} the slope", hints=hints)


@bce_with_logits.case(points=2, hint="Keep the sigmoid inside the logarithm: softplus stays exact for every logit.")
def stable_for_sure_mistakes(bce_with_logits):
    """Logit -1000 for a real and 1000 for a fake cost 1000 each, and still pull."""
    s = _column(-1000.0, 1000.0)
    value = differentiable(bce_with_logits(s, _labels(1, 0)), "the loss")
    hints = {100.0: "100 is where binary_cross_entropy cuts its logarithm off; the slope is 0 there."}
    near(value, 1000.0, "the loss of logits -1000 and 1000 with labels 1 and 0", hints=hints)
    (slopes,) = torch.autograd.grad(value, s)
    near(slopes.flatten(), torch.tensor([-0.5, 0.5]), "the slopes at the logits -1000 and 1000")


@bce_with_logits.case(
    hint="Do not subtract two numbers close to 12: weigh softplus(-s) and softplus(s), whose own precision is high."
)
def small_losses_keep_their_digits(bce_with_logits):
    """Logit 12 with label 1, and -12 with label 0, cost 6.14419e-6, right to five digits."""
    for logit, label in ((12.0, 1.0), (-12.0, 0.0)):
        found = tensor(bce_with_logits(_column(logit), _labels(label)), "the loss", shape=()).detach().double().item()
        what = f"with logit {logit:g} and label {label:g}, the loss divided by its exact value"
        near(found / math.log1p(math.exp(-12)), 1.0, what, tolerance=1e-5)


@bce_with_logits.case()
def leaves_logits_and_labels_alone(bce_with_logits):
    """The logits, the labels, and all else in the notebook stay as they were."""
    s, y = _column(*_MIXED), _labels(*_THEIR_LABELS)
    with untouched(logits=s, labels=y):
        bce_with_logits(s, y)


_SUM = "labels * if_real + (1 - labels) * if_fake"
_PAIR = "if_real, if_fake = softplus(-logits), softplus(logits)"
_RESULT = f"({_SUM}).mean()"
bce_with_logits.mistake(
    "U5",
    "swaps the labels",
    (_PAIR, "if_fake, if_real = softplus(-logits), softplus(logits)"),
    caught_by="each_label_has_its_loss",
    says="Real is 1 here",
)
bce_with_logits.mistake(
    "U23", "uses log D for both labels", (_SUM, "if_real"), caught_by="each_label_has_its_loss", says="With label 0"
)
bce_with_logits.mistake(
    "E25",
    "minimises the likelihood",
    (_RESULT, f"-({_SUM}).mean()"),
    caught_by="undecided_costs_log_two",
    says="The sign is flipped",
)
bce_with_logits.mistake(
    "T8", "adds both losses", (_SUM, "if_real + if_fake"), caught_by="undecided_costs_log_two", says="both losses added"
)
bce_with_logits.mistake(
    "T12",
    "one mean for each label, as in the loss of D",
    (_RESULT, "if_real[labels == 1].mean() + if_fake[labels == 0].mean()"),
    caught_by="undecided_costs_log_two",
    says="one mean over all",
)
bce_with_logits.mistake(
    "T12",
    "sums over the batch",
    (_RESULT, f"({_SUM}).sum()"),
    caught_by="undecided_costs_log_two",
    says="the mean, not the sum",
)
bce_with_logits.mistake(
    "T12", "forgets the mean", (_RESULT, _SUM), caught_by="one_loss_with_gradient", says="is the .mean() missing?"
)
bce_with_logits.mistake(
    "U6",
    "returns a plain number",
    (_RESULT, f"({_SUM}).mean().item()"),
    caught_by="one_loss_with_gradient",
    says="leave out .item()",
)
bce_with_logits.mistake(
    "T18",
    "takes the logarithm of the sigmoid",
    (_PAIR, "if_real, if_fake = -torch.log(torch.sigmoid(logits)), -torch.log(1 - torch.sigmoid(logits))"),
    caught_by="stable_for_sure_mistakes",
    says="Keep the sigmoid inside",
)
bce_with_logits.mistake(
    "E24",
    "adds a small number inside the logarithm",
    (
        _PAIR,
        "D = torch.sigmoid(logits)\n    if_real, if_fake = -torch.log(D + 1e-8), -torch.log(1 - D + 1e-8)",
    ),
    caught_by="stable_for_sure_mistakes",
    says="softplus stays exact",
)
bce_with_logits.mistake(
    "E24",
    "sigmoid, then the cross-entropy that is cut off",
    (
        f"{_PAIR}\n    return {_RESULT}",
        "return torch.nn.functional.binary_cross_entropy(torch.sigmoid(logits), labels)",
    ),
    caught_by="stable_for_sure_mistakes",
    says="cuts its logarithm off",
)
bce_with_logits.mistake(
    "T18",
    "types in log(1 + exp(s))",
    (_PAIR, "if_real, if_fake = torch.log(1 + torch.exp(-logits)), torch.log(1 + torch.exp(logits))"),
    caught_by="stable_for_sure_mistakes",
    says="softplus stays exact",
)
bce_with_logits.mistake(
    "T18",
    "applies the sigmoid twice",
    (_PAIR, "D = torch.sigmoid(logits)\n    if_real, if_fake = softplus(-D), softplus(D)"),
    caught_by="undecided_costs_log_two",
    says="Is the sigmoid applied twice?",
)
bce_with_logits.mistake(
    "T18",
    "softplus(s) - s y, which cancels",
    (_SUM, "if_fake - logits * labels"),
    caught_by="small_losses_keep_their_digits",
    says="two numbers close to 12",
)
bce_with_logits.mistake(
    "T18",
    "the last line of the derivation, with the kink at 0",
    (_SUM, "logits.clamp(min=0) - logits * labels + torch.log1p(torch.exp(-logits.abs()))"),
    caught_by="slope_is_answer_minus_label",
    says="has a kink at 0",
)
bce_with_logits.mistake(
    "U18",
    "rounds the label",
    (_SUM, "torch.where(labels > 0.5, if_real, if_fake)"),
    caught_by="mean_over_mixed_examples",
    says="weighs both losses",
)
bce_with_logits.mistake(
    "E8",
    "the squared error of D",
    (_RESULT, "(torch.sigmoid(logits) - labels).square().mean()"),
    caught_by="undecided_costs_log_two",
    says="mean squared error",
)
bce_with_logits.mistake(
    "T11",
    "measures in bits",
    (_RESULT, f"{_RESULT} / torch.log(torch.tensor(2.0))"),
    caught_by="undecided_costs_log_two",
    says="in bits",
)
bce_with_logits.mistake(
    "T12",
    "takes the median",
    (_RESULT, f"({_SUM}).median()"),
    caught_by="mean_over_mixed_examples",
    says="That is the median",
)
bce_with_logits.mistake(
    "U6",
    "flips the labels in place",
    (f"return {_RESULT}", "labels.neg_().add_(1)\n    return ((1 - labels) * if_real + labels * if_fake).mean()"),
    caught_by="leaves_logits_and_labels_alone",
    says="changed labels itself",
)


d_star = Exercise(
    "d_star",
    "The best discriminator from two log-densities",
    stub='''
import torch


def d_star(log_p_data, log_p_g):
    """Return D*(x), the probability that x is real, shape (n,).

    The arguments are the logarithms of both densities at n points. They can
    be as low as -1000, where the densities themselves are rounded to zero.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def d_star(log_p_data, log_p_g):
    """Return D*(x), the probability that x is real, shape (n,).

    The arguments are the logarithms of both densities at n points. They can
    be as low as -1000, where the densities themselves are rounded to zero.
    """
    return torch.sigmoid(log_p_data - log_p_g)
''',
)
_P, _Q = (0.3, 0.1, 0.2, 0.6, 0.05), (0.1, 0.3, 0.2, 0.2, 0.95)
_BEST = tuple(p / (p + q) for p, q in zip(_P, _Q, strict=True))


def _logs(*densities: float) -> Tensor:
    return torch.tensor(densities, dtype=torch.float64).log()


def _answers(d_star, log_p: Tensor, log_q: Tensor) -> Tensor:
    return tensor(d_star(log_p.clone(), log_q.clone()), "D*", shape=tuple(log_p.shape))


@d_star.case(hint="Where real and fake are equally frequent, half of the examples are real.")
def one_half_where_both_are_equal(d_star):
    """Where the densities are equal, D* is 1/2, however large they are."""
    for size in (0.5, 0.001):
        logs = _logs(size, size, size)
        hints = {
            torch.zeros(3): "That is the logit; D* is its sigmoid.",
            torch.ones(3): "That is the ratio p_data / p_g; D* compares p_data with the sum.",
        }
        near(_answers(d_star, logs, logs), torch.full((3,), 0.5), f"with both densities {size:g} D*", hints=hints)


@d_star.case(points=2, hint="D* = p_data / (p_data + p_g).")
def share_of_real_at_each_point(d_star):
    """At five points with different densities, D* is the share of real examples."""
    best, p, q = torch.tensor(_BEST), torch.tensor(_P), torch.tensor(_Q)
    hints = {
        1 - best: "That is the share of fakes: real is 1 in this book.",
        (p / q).log(): "That is the logit; D* is its sigmoid.",
        p / q: "That is the ratio p_data / p_g; D* compares p_data with the sum of both.",
        p.log() / (p.log() + q.log()): "The sum is one of densities, p = exp(log p), not of logs.",
        p: "That is the density of the data. D* compares it with that of the generator.",
        torch.tanh((p / q).log()): "tanh has values from -1 to 1; a probability comes from the sigmoid.",
        ((p > q).float() + (p >= q).float()) / 2: "A verdict is less than D* knows: give the probability.",
        torch.softmax((p / q).log(), 0): "The probabilities of the two labels add up to 1 at each x, not over all x.",
    }
    near(_answers(d_star, _logs(*_P), _logs(*_Q)), best, "for five points D*", hints=hints)


@d_star.case(points=2, hint="Multiplying both densities by one factor leaves the ratio, and so D*, as it is.")
def knows_no_size(d_star):
    """Both densities a million times smaller: D* stays."""
    less = math.log(1e6)
    found = _answers(d_star, _logs(*_P) - less, _logs(*_Q) - less)
    near(found, torch.tensor(_BEST), "with both densities divided by a million D*")


@d_star.case(
    points=2,
    hint="exp(-1000) is rounded to 0, and 0 / 0 is no number. Subtract the logarithms instead.",
)
def right_in_the_far_tails(d_star):
    """With log-densities around -1000, or 1500 apart, D* is right as well."""
    log_p = torch.tensor([-1000.0, -1000.0, -10.0, -1500.0, -900.0], dtype=torch.float64)
    log_q = torch.tensor([-1000.0, -1002.0, -1500.0, -10.0, -899.0], dtype=torch.float64)
    wanted = torch.tensor([0.5, 0.880797, 1.0, 0.0, 0.268941])
    near(_answers(d_star, log_p, log_q), wanted, "far out D*")


@d_star.case(hint="D* at one point depends on the densities at this point alone.")
def each_place_for_itself(d_star):
    """A single point, and the same points in another order, get the same answers."""
    order = torch.randperm(5)
    found = _answers(d_star, _logs(*_P)[order], _logs(*_Q)[order])
    near(found, torch.tensor(_BEST)[order], "for the same points in another order D*")
    near(_answers(d_star, _logs(*_P[:1]), _logs(*_Q[:1])), torch.tensor(_BEST[:1]), "for one point alone D*")


@d_star.case()
def leaves_both_densities_alone(d_star):
    """The log-densities stay as they were."""
    log_p, log_q = _logs(*_P), _logs(*_Q)
    with untouched(log_p_data=log_p, log_p_g=log_q):
        d_star(log_p, log_q)


_BODY = "torch.sigmoid(log_p_data - log_p_g)"
_RATIO = "p, q = log_p_data.exp(), log_p_g.exp()\n    return"
d_star.mistake(
    "U5",
    "gives the share of fakes",
    (_BODY, "torch.sigmoid(log_p_g - log_p_data)"),
    caught_by="share_of_real_at_each_point",
    says="share of fakes",
)
d_star.mistake(
    "T8",
    "returns the logit",
    (_BODY, "log_p_data - log_p_g"),
    caught_by="one_half_where_both_are_equal",
    says="the logit",
)
d_star.mistake(
    "T8",
    "returns the ratio",
    (_BODY, "torch.exp(log_p_data - log_p_g)"),
    caught_by="one_half_where_both_are_equal",
    says="compares p_data with the sum",
)
d_star.mistake(
    "E7",
    "returns the density of the data",
    (_BODY, "log_p_data.exp()"),
    caught_by="one_half_where_both_are_equal",
    says="equally frequent",
)
d_star.mistake(
    "T8",
    "divides logarithms",
    (_BODY, "log_p_data / (log_p_data + log_p_g)"),
    caught_by="share_of_real_at_each_point",
    says="not of logs",
)
d_star.mistake(
    "T18",
    "divides densities, which are zero far out",
    (f"return {_BODY}", f"{_RATIO} p / (p + q)"),
    caught_by="right_in_the_far_tails",
    says="0 / 0 is no number",
)
d_star.mistake(
    "T18",
    "adds a small number to the sum",
    (f"return {_BODY}", f"{_RATIO} p / (p + q + 1e-8)"),
    caught_by="knows_no_size",
    says="one factor",
)
d_star.mistake(
    "T18",
    "cuts the densities off from below",
    (f"return {_BODY}", f"{_RATIO} p.clamp(min=1e-12) / (p.clamp(min=1e-12) + q.clamp(min=1e-12))"),
    caught_by="right_in_the_far_tails",
    says="Subtract the logarithms",
)
d_star.mistake(
    "T18",
    "takes tanh, halved and shifted, with the wrong slope",
    (_BODY, "(1 + torch.tanh(log_p_data - log_p_g)) / 2"),
    caught_by="share_of_real_at_each_point",
    says="D* = p_data / (p_data + p_g)",
)
d_star.mistake(
    "E20",
    "gives a verdict",
    (_BODY, "((log_p_data > log_p_g).double() + (log_p_data >= log_p_g).double()) / 2"),
    caught_by="share_of_real_at_each_point",
    says="less than D* knows",
)
d_star.mistake(
    "T8",
    "lets the points compete",
    (_BODY, "torch.softmax(log_p_data - log_p_g, dim=0)"),
    caught_by="one_half_where_both_are_equal",
    says="half of the examples",
)
d_star.mistake(
    "T8",
    "normalises over the points first",
    (_BODY, "torch.sigmoid(log_p_data.log_softmax(0) - log_p_g.log_softmax(0))"),
    caught_by="share_of_real_at_each_point",
    says="D* = p_data / (p_data + p_g)",
)
d_star.mistake(
    "U6",
    "subtracts in place",
    (_BODY, "log_p_data.sub_(log_p_g).sigmoid()"),
    caught_by="leaves_both_densities_alone",
    says="changed log_p_data itself",
)


density_ratio = Exercise(
    "density_ratio",
    "The density ratio when real and fake are not 1:1",
    stub='''
import torch


def density_ratio(logits, real_share):
    """Return p_data(x) / p_g(x), read off a perfect D, shape (n, 1).

    D was trained on one mean over all its examples, real and fake together.
    logits are what it returns, shape (n, 1), before any sigmoid;
    real_share is the share of real examples, above 0 and below 1.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def density_ratio(logits, real_share):
    """Return p_data(x) / p_g(x), read off a perfect D, shape (n, 1).

    D was trained on one mean over all its examples, real and fake together.
    logits are what it returns, shape (n, 1), before any sigmoid;
    real_share is the share of real examples, above 0 and below 1.
    """
    odds = real_share / (1 - real_share)
    return torch.exp(logits) / odds
''',
)
_RATIOS = (0.25, 1.0, 3.0, 0.1, 40.0)


def _biased(share: float, *ratios: float) -> Tensor:
    """Logits of a perfect D that saw that share of real examples."""
    return (torch.tensor(ratios, dtype=torch.float64).log() + math.log(share / (1 - share)))[:, None]


def _read(density_ratio, logits: Tensor, share: float) -> Tensor:
    return tensor(density_ratio(logits.clone(), share), "the ratio", shape=tuple(logits.shape))


def _ratio_column(*ratios: float) -> Tensor:
    return torch.tensor(ratios)[:, None]


@density_ratio.case(hint="The ratio is exp(logit) = D / (1 - D) if half of the examples are real.")
def equal_shares(density_ratio):
    """With equally many real and fake examples the ratio is exp(logit)."""
    ratios = torch.tensor(_RATIOS)
    hints = {
        ratios.log()[:, None]: "That is the logarithm of the ratio.",
        (ratios / (1 + ratios))[:, None]: "That is D, the share of real examples at x.",
        (1 / ratios)[:, None]: "That is p_g / p_data: real goes on top.",
    }
    found = _read(density_ratio, _biased(0.5, *_RATIOS), 0.5)
    near(found, _ratio_column(*_RATIOS), "with a share of 0.5 the ratio", hints=hints)


@density_ratio.case(points=2, hint="The logit of D is log(p_data / p_g) + log(r / (1 - r)): take the second term away.")
def four_real_to_one_fake(density_ratio):
    """With 80 % real examples D leans to real, and the ratio is a quarter of exp(logit)."""
    logits = _biased(0.8, *_RATIOS)
    hints = {
        4 * _ratio_column(*_RATIOS): "That is exp(logit). D saw four times as many real examples: divide by 4.",
        16 * _ratio_column(*_RATIOS): "The correction goes the wrong way: D says *real* too often, so lower the ratio.",
        5 * _ratio_column(*_RATIOS): "r is the share of real examples; what counts is r / (1 - r), real to fake.",
    }
    near(_read(density_ratio, logits, 0.8), _ratio_column(*_RATIOS), "with a share of 0.8 the ratio", hints=hints)


@density_ratio.case(hint="The same formula holds for any share r: divide by r / (1 - r).")
def any_share(density_ratio):
    """With 10 %, 37 % or 99 % real examples, the ratio is the same."""
    for share in (0.1, 0.37, 0.99):
        found = _read(density_ratio, _biased(share, *_RATIOS), share)
        near(found, _ratio_column(*_RATIOS), f"with a share of {share:g} the ratio")


@density_ratio.case(points=2, hint="D / (1 - D) divides by 0 where D is rounded to 1; exp(logit) is the same.")
def large_ratios_in_single_precision(density_ratio):
    """In float32, at logits of 20 and -20, the ratios are right to four digits."""
    logits = torch.tensor([[20.0], [-20.0]])
    found = _read(density_ratio, logits, 0.5).double()
    near(found / logits.double().exp(), torch.ones(2, 1), "at the logits 20 and -20 the ratio, divided by exp(logit),")


@density_ratio.case(hint="Each x has its ratio, whatever the others are.")
def one_by_one(density_ratio):
    """One example alone, and the examples in another order, have the same ratios."""
    order = torch.randperm(5)
    found = _read(density_ratio, _biased(0.8, *_RATIOS)[order], 0.8)
    near(found, _ratio_column(*_RATIOS)[order], "in another order the ratio")
    near(_read(density_ratio, _biased(0.8, 3.0), 0.8), _ratio_column(3.0), "for one example the ratio")


@density_ratio.case()
def leaves_logits_alone(density_ratio):
    """The logits stay as they were."""
    logits = _biased(0.8, *_RATIOS)
    with untouched(logits=logits):
        density_ratio(logits, 0.8)


_ODDS, _EXP = "real_share / (1 - real_share)", "torch.exp(logits) / odds"
density_ratio.mistake(
    "T8",
    "forgets the shares",
    (_EXP, "torch.exp(logits)"),
    caught_by="four_real_to_one_fake",
    says="divide by 4",
)
density_ratio.mistake(
    "T8",
    "corrects the wrong way",
    (_EXP, "torch.exp(logits) * odds"),
    caught_by="four_real_to_one_fake",
    says="goes the wrong way",
)
density_ratio.mistake(
    "T8",
    "divides by the share instead of the odds",
    (_ODDS, "2 * real_share"),
    caught_by="four_real_to_one_fake",
    says="take the second term away",
)
density_ratio.mistake(
    "T8",
    "multiplies by the share of fakes alone",
    (_EXP, "2 * torch.exp(logits) * (1 - real_share)"),
    caught_by="four_real_to_one_fake",
    says="take the second term away",
)
density_ratio.mistake(
    "T18",
    "goes through the sigmoid, which is rounded",
    (_EXP, "torch.sigmoid(logits) / (1 - torch.sigmoid(logits)) / odds"),
    caught_by="large_ratios_in_single_precision",
    says="rounded to 1",
)
density_ratio.mistake(
    "T18",
    "takes the logits for probabilities",
    (_EXP, "logits / (1 - logits) / odds"),
    caught_by="equal_shares",
    says="exp(logit) = D / (1 - D)",
)
density_ratio.mistake(
    "E7",
    "returns D",
    (_EXP, "torch.sigmoid(logits) / odds"),
    caught_by="equal_shares",
    says="the share of real examples at x",
)
density_ratio.mistake(
    "U5", "turns the ratio over", (_EXP, "odds / torch.exp(logits)"), caught_by="equal_shares", says="real goes on top"
)
density_ratio.mistake(
    "T8",
    "returns the logarithm",
    ("import torch\n", "import math\n\nimport torch\n"),
    (_EXP, "logits - math.log(odds)"),
    caught_by="equal_shares",
    says="the logarithm of the ratio",
)
density_ratio.mistake(
    "T8",
    "estimates the share from the answers",
    (_ODDS, "torch.sigmoid(logits).mean() / (1 - torch.sigmoid(logits).mean())"),
    caught_by="equal_shares",
    says="exp(logit)",
)
density_ratio.mistake(
    "T8",
    "makes the ratios add up to one",
    (_EXP, "torch.softmax(logits, dim=0) / odds"),
    caught_by="equal_shares",
    says="exp(logit)",
)
density_ratio.mistake(
    "U6",
    "takes the exponential in place",
    ("torch.exp(logits)", "logits.exp_()"),
    caught_by="leaves_logits_alone",
    says="changed logits itself",
)
