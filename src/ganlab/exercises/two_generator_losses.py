"""Exercises of chapter 5, two generator losses: values and slopes, labels in code, smoothing, and words as numbers."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number, tensor
from ganlab.checks.traces import untouched

#: The two lines of the first reference, as the mutation test writes them.
_FIRST = "minimax = (-softplus(s).mean(), -torch.sigmoid(s) / len(s))"
_SECOND = "nonsaturating = (softplus(-s).mean(), -torch.sigmoid(-s) / len(s))"
_BY_HAND = "the slopes are computed by hand, not by autograd"

generator_losses = Exercise(
    "generator_losses",
    "Both generator losses with their slopes",
    stub='''
import torch
from torch.nn.functional import softplus


def generator_losses(s):
    """Return two pairs, loss and slopes: minimax, then non-saturating.

    s holds the logits of n fakes, shape (n,). A loss is a batch mean; its
    slopes, shape (n,), are its derivatives in each logit, by formula.
    """
    raise NotImplementedError
''',
    reference='''
import torch
from torch.nn.functional import softplus


def generator_losses(s):
    """Return two pairs, loss and slopes: minimax, then non-saturating.

    s holds the logits of n fakes, shape (n,). A loss is a batch mean; its
    slopes, shape (n,), are its derivatives in each logit, by formula.
    """
    minimax = -softplus(s).mean(), -torch.sigmoid(s) / len(s)
    nonsaturating = softplus(-s).mean(), -torch.sigmoid(-s) / len(s)
    return minimax, nonsaturating
''',
    equivalent={
        f"no_grad: {_FIRST}": _BY_HAND,
        f"no_grad: {_SECOND}": _BY_HAND,
        f"{_FIRST} -> {_FIRST.replace('.mean', '.detach().mean')}": _BY_HAND,
        f"{_SECOND} -> {_SECOND.replace('.mean', '.detach().mean')}": _BY_HAND,
        f"swap: {_FIRST} / {_SECOND}": "the two games do not depend on each other",
    },
)

Loss = Callable[[Tensor], Any]
_NAMES = ("minimax", "non-saturating")
_MIXED = (1.0, -4.0, 3.0, 0.5, -0.5, 0.0, 2.0)


def _logits(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _pair_of(answer: Loss, s: Tensor, i: int) -> tuple[float, Tensor]:
    """Return loss and slopes of the minimax game (i = 0) or the non-saturating one (i = 1)."""
    both = items(answer(s.clone()), 2, "two pairs, of loss and slopes each")
    value, slopes = items(both[i], 2, f"a pair, the {_NAMES[i]} loss and its slopes")
    shape = "One slope for each fake: the derivative of the mean in each logit."
    slopes = tensor(slopes, f"what stands for the {_NAMES[i]} slopes", shape=tuple(s.shape), hint=shape)
    return number(value, f"the {_NAMES[i]} loss"), slopes.detach().double()


@generator_losses.case(hint="log(1 - 1/2) and -log(1/2).")
def losses_at_one_half(generator_losses):
    """With all logits 0, D says 1/2: the losses are -log 2 and log 2."""
    s, log_2 = _logits(0, 0, 0), math.log(2)
    for i, target in enumerate((-log_2, log_2)):
        hints = {
            -target: "The sign: log(1 - D) is negative, -log D is positive.",
            3 * target: "That is the sum over the batch: take the mean.",
            1 + log_2: "log(1 - D) is not 1 - log D.",
        }
        found, _ = _pair_of(generator_losses, s, i)
        near(found, target, f"the {_NAMES[i]} loss with all logits 0", hints=hints)


@generator_losses.case(points=2, hint="With D = sigmoid(s): log(1 - D) = -softplus(s) and -log D = softplus(-s).")
def losses_of_a_mixed_batch(generator_losses):
    """For seven different fakes each loss is the mean of log(1 - D), or of -log D."""
    s = _logits(*_MIXED)
    targets = -softplus(s).mean().item(), softplus(-s).mean().item()
    middles = -softplus(s.mean()).item(), softplus(-s.mean()).item()
    for i, (target, middle) in enumerate(zip(targets, middles, strict=True)):
        hints = {middle: "First the loss of each fake, then the mean."}
        found, _ = _pair_of(generator_losses, s, i)
        near(found, target, f"the {_NAMES[i]} loss of seven fakes", hints=hints)


def _difference_quotient(answer: Loss, s: Tensor, i: int) -> Tensor:
    """Slopes of the reader's own loss, by moving one logit at a time."""
    steps = 1e-5 * torch.eye(len(s), dtype=torch.float64)
    ends = [(_pair_of(answer, s + step, i)[0], _pair_of(answer, s - step, i)[0]) for step in steps]
    return torch.tensor([(up - down) / 2e-5 for up, down in ends], dtype=torch.float64)


@generator_losses.case(
    points=2,
    hint="The derivative of softplus(s) is sigmoid(s). "
    "And the loss is a mean: what does that do to the slope at one of n logits?",
)
def slopes_are_finite_differences(generator_losses):
    """Each slope is what the loss changes by, per unit, if that logit alone is moved a little."""
    s = _logits(*_MIXED)
    for i, name in enumerate(_NAMES):
        _, slopes = _pair_of(generator_losses, s, i)
        target = _difference_quotient(generator_losses, s, i)
        hints = {
            len(s) * target: "That is the slope of one fake's own loss; in the mean over n fakes each counts 1/n.",
            -target: "The sign: the loss falls as the logit rises, so its slope is negative.",
        }
        what = f"the {name} slopes, beside finite differences of your loss,"
        near(slopes, target, what, tolerance=1e-6, hints=hints)


@generator_losses.case(hint="Work with logits: log(sigmoid(s)) is log(0) for s = -1000, softplus stays exact.")
def far_out(generator_losses):
    """Logits of -1000 and 1000, also in float32, give finite losses and slopes."""
    s = torch.tensor([-1000.0, 1000.0])
    for i, (loss, slopes) in enumerate(((-500.0, (0.0, -0.5)), (500.0, (-0.5, 0.0)))):
        found, slopes_found = _pair_of(generator_losses, s, i)
        near(found, loss, f"the {_NAMES[i]} loss of logits -1000 and 1000")
        near(slopes_found, torch.tensor(slopes), f"the {_NAMES[i]} slopes at logits -1000 and 1000")


@generator_losses.case()
def leaves_the_logits_alone(generator_losses):
    """The logits, and all else in the notebook, stay as they were."""
    s = _logits(*_MIXED)
    with untouched(s=s):
        generator_losses(s)


_MINIMAX = "minimax = -softplus(s).mean(), -torch.sigmoid(s) / len(s)"
_OTHER = "nonsaturating = softplus(-s).mean(), -torch.sigmoid(-s) / len(s)"
generator_losses.mistake(
    "E24",
    "takes the value for the slope",
    (_MINIMAX, "minimax = -softplus(s).mean(), -softplus(s) / len(s)"),
    caught_by="slopes_are_finite_differences",
    says="The derivative of softplus(s) is sigmoid(s)",
)
generator_losses.mistake(
    "E5",
    "descends log D",
    (_OTHER, "nonsaturating = -softplus(-s).mean(), torch.sigmoid(-s) / len(s)"),
    caught_by="losses_at_one_half",
    says="-log D is positive",
)
generator_losses.mistake(
    "E1",
    "writes 1 - log D for log(1 - D)",
    (_MINIMAX, "minimax = 1 + softplus(-s).mean(), -torch.sigmoid(-s) / len(s)"),
    caught_by="losses_at_one_half",
    says="log(1 - D) is not 1 - log D",
)
generator_losses.mistake(
    "T12",
    "gives the slope of one fake's own loss",
    (_MINIMAX, "minimax = -softplus(s).mean(), -torch.sigmoid(s)"),
    caught_by="slopes_are_finite_differences",
    says="each counts 1/n",
)
generator_losses.mistake(
    "T13",
    "the slope with the sign of a step",
    (_OTHER, "nonsaturating = softplus(-s).mean(), torch.sigmoid(-s) / len(s)"),
    caught_by="slopes_are_finite_differences",
    says="its slope is negative",
)
generator_losses.mistake(
    "T12",
    "sums over the batch",
    (_OTHER, "nonsaturating = softplus(-s).sum(), -torch.sigmoid(-s)"),
    caught_by="losses_at_one_half",
    says="take the mean",
)
generator_losses.mistake(
    "E8",
    "minus the output of D, as in a Wasserstein GAN",
    (_OTHER, "nonsaturating = -s.mean(), -torch.ones_like(s) / len(s)"),
    caught_by="losses_at_one_half",
    says="-log(1/2)",
)
generator_losses.mistake(
    "T12",
    "the loss of the mean logit",
    (_OTHER, "nonsaturating = softplus(-s.mean()), -torch.sigmoid(-s.mean()).expand(len(s)) / len(s)"),
    caught_by="losses_of_a_mixed_batch",
    says="First the loss of each fake",
)
generator_losses.mistake(
    "U4",
    "one loss under both names",
    ("return minimax, nonsaturating", "return nonsaturating, nonsaturating"),
    caught_by="losses_at_one_half",
    says="log(1 - D) is negative",
)
generator_losses.mistake(
    "T18",
    "takes the logarithm of a sigmoid",
    (_OTHER, "nonsaturating = -torch.sigmoid(s).log().mean(), -torch.sigmoid(-s) / len(s)"),
    caught_by="far_out",
    says="log(0)",
)
generator_losses.mistake(
    "E13",
    "aims at D = 1/2",
    (_OTHER, "nonsaturating = (softplus(-s) + softplus(s)).mean() / 2, (torch.sigmoid(s) - 0.5) / len(s)"),
    caught_by="losses_of_a_mixed_batch",
    says="-log D = softplus(-s)",
)
generator_losses.mistake(
    "T12",
    "one mean slope for all",
    (_MINIMAX, "minimax = -softplus(s).mean(), -torch.sigmoid(s).mean()"),
    caught_by="losses_at_one_half",
    says="One slope for each fake",
)
generator_losses.mistake(
    "T18",
    "flips the sign inside the caller's tensor",
    (_OTHER, "nonsaturating = softplus(s.neg_()).mean(), -torch.sigmoid(s) / len(s)"),
    caught_by="leaves_the_logits_alone",
    says="changed s itself",
)


label_code = Exercise(
    "label_code",
    "Four rounds of labels, one right",
    stub="""
# What does each of the rounds A, B, C and D do to the fakes?
# "real": they move to where a trained D of this round finds data
# "fake": they move away from the data
# "stay": they do not move
outcome = ...
""",
    reference="""
# What does each of the rounds A, B, C and D do to the fakes?
# "real": they move to where a trained D of this round finds data
# "fake": they move away from the data
# "stay": they do not move
outcome = ["fake", "stay", "real", "fake"]
""",
)

_WORDS = ("real", "fake", "stay")
_TRUE = {"A": "fake", "B": "stay", "C": "real", "D": "fake"}
_TOLD = {
    ("A", "real"): "A gives the fakes the label *fake* in G's step, and G lowers that loss: it learns to be caught.",
    ("A", "stay"): "In A the gradient reaches G: nothing is detached in its step. Towards which label?",
    ("B", "real"): "The label in B is right, but .detach() cuts the only way from the loss to G.",
    ("B", "fake"): "No gradient at all reaches G in B: its fakes are detached in G's own step.",
    ("C", "fake"): "Label 1 for a fake is -log D(G(z)), which falls as D finds the fake more real.",
    ("C", "stay"): "C detaches in D's step only. In G's step the way back is open.",
    (
        "D",
        "real",
    ): "In D the labels are flipped in D's step too: this D answers 1 for fakes, and G asks for more of that.",
    ("D", "stay"): "In D the gradient reaches G. But what has this D learned to call 1?",
}


def _outcomes(outcome: Any) -> dict[str, str]:
    what = 'four words, for A, B, C and D, such as ["stay", "stay", "stay", "stay"]'
    words = [outcome[key] for key in "ABCD"] if type(outcome) is dict and set(outcome) == set("ABCD") else outcome
    for word in items(words, 4, what):
        if type(word) is not str or word.strip().lower() not in _WORDS:
            raise Finding(f"outcome has {word!r}", 'only "real", "fake" and "stay"')
    return {letter: word.strip().lower() for letter, word in zip("ABCD", words, strict=True)}


@label_code.case(hint="One word for each round, in order.")
def four_words(outcome):
    """There are four words, each of the three that are offered."""
    _outcomes(outcome)


@label_code.case(points=2, hint="Ask two things of each round: does the gradient reach G, and towards which label?")
def what_happens_to_the_fakes(outcome):
    """Each round does to the fakes what you say."""
    for letter, word in _outcomes(outcome).items():
        if word != _TRUE[letter]:
            raise Finding(f'you say "{word}" for {letter}', "something else", _TOLD[letter, word])


_OUTCOME = '["fake", "stay", "real", "fake"]'


def _said(letter: str, word: str) -> tuple[str, str]:
    words = [word if key == letter else right for key, right in _TRUE.items()]
    return _OUTCOME, str(words).replace("'", '"')


for _key, _title, _letter, _word, _says in (
    ("U4", "fakes with the label *fake* in the step of G", "A", "real", "learns to be caught"),
    ("U6", "thinks that G's step does not reach G", "A", "stay", "the gradient reaches G"),
    ("U6", "overlooks the detach in the step of G", "B", "real", "cuts the only way"),
    ("U6", "detached fakes that move away", "B", "fake", "No gradient at all"),
    ("U4", "finds real labels for fakes absurd", "C", "fake", "falls as D finds the fake more real"),
    ("U6", "takes the detach in the step of D for a fault", "C", "stay", "detaches in D's step only"),
    ("E4", "labels flipped for both players", "D", "real", "flipped in D's step too"),
    ("E14", "thinks that flipping twice changes nothing", "D", "stay", "learned to call 1"),
):
    label_code.mistake(_key, _title, _said(_letter, _word), caught_by="what_happens_to_the_fakes", says=_says)
label_code.mistake(
    "E13",
    "says that the fakes go to one half",
    _said("C", "half"),
    caught_by="four_words",
    says='only "real", "fake" and "stay"',
)
label_code.mistake(
    "U4", "names the right round only", (_OUTCOME, '"C"'), caught_by="four_words", says="for A, B, C and D"
)


smoothed_d_star = Exercise(
    "smoothed_d_star",
    "The best discriminator for smoothed labels",
    stub='''
import torch


def smoothed_d_star(log_p, log_q, alpha, beta):
    """Return the best D at each point, for labels alpha (real), beta (fake).

    log_p, log_q: log-densities of data and generator, shape (n,).
    """
    raise NotImplementedError
''',
    reference='''
import torch


def smoothed_d_star(log_p, log_q, alpha, beta):
    """Return the best D at each point, for labels alpha (real), beta (fake).

    log_p, log_q: log-densities of data and generator, shape (n,).
    """
    best = torch.sigmoid(log_p - log_q)
    return alpha * best + beta * (1 - best)
''',
)


def _densities() -> tuple[Tensor, Tensor]:
    return torch.tensor([0.3, 0.1, 0.02, 0.5]).double(), torch.tensor([0.1, 0.1, 0.4, 0.05]).double()


def _smoothed(answer: Callable[..., Any], log_p: Tensor, log_q: Tensor, alpha: float, beta: float) -> Tensor:
    found = answer(log_p.clone(), log_q.clone(), alpha, beta)
    return tensor(found, "D", shape=tuple(log_p.shape), hint="One probability for each point.").detach().double()


@smoothed_d_star.case(hint="p / (p + q), from chapter 3.")
def hard_labels(smoothed_d_star):
    """With the labels 1 and 0 it is p / (p + q)."""
    p, q = _densities()
    hints = {
        q / (p + q): "That is the probability of *fake*: real is 1 in this book.",
        (p / q).log(): "That is the logit.",
    }
    found = _smoothed(smoothed_d_star, p.log(), q.log(), 1.0, 0.0)
    near(found, p / (p + q), "D for labels 1 and 0", tolerance=1e-5, hints=hints)


@smoothed_d_star.case(hint="With beta = 0 only the real examples' share of the numerator is scaled: alpha p / (p + q).")
def one_sided(smoothed_d_star):
    """With the labels 0.9 and 0 it is 0.9 p / (p + q)."""
    p, q = _densities()
    hints = {0.9 * p / (0.9 * p + q): "The denominator stays p + q: an example with label 0.9 still counts as a whole."}
    found = _smoothed(smoothed_d_star, p.log(), q.log(), 0.9, 0.0)
    near(found, 0.9 * p / (p + q), "D for labels 0.9 and 0", tolerance=1e-5, hints=hints)


@smoothed_d_star.case(
    points=2, hint="Fakes with label beta vote *real* with a share beta: beta q joins the numerator, next to alpha p."
)
def minimises_the_cross_entropy(smoothed_d_star):
    """For any labels, no other D has a lower cross-entropy: its derivative there is 0."""
    p, q = _densities()
    for alpha, beta in ((0.9, 0.1), (0.8, 0.3), (0.6, 0.5), (0.2, 0.7)):
        target = (alpha * p + beta * q) / (p + q)
        wrong = (alpha * p + (1 - beta) * q) / (p + q)
        hints = {wrong: "beta is the label of a fake, the probability it gives to *real*: not 1 - beta."}
        found = _smoothed(smoothed_d_star, p.log(), q.log(), alpha, beta)
        near(found, target, f"D for labels {alpha} and {beta}", tolerance=1e-5, hints=hints)


@smoothed_d_star.case(
    hint="exp(-2000) is 0 in floating point, and 0 / 0 is not a number: use the sigmoid of the difference."
)
def where_both_densities_vanish(smoothed_d_star):
    """Far out, where both densities round to 0, D still depends on their ratio."""
    log_p = torch.tensor([-2000.0, -2000.0, -3000.0]).double()
    log_q = torch.tensor([-2001.0, -3000.0, -2000.0]).double()
    best = torch.tensor([1 / (1 + math.exp(-1)), 1.0, 0.0]).double()
    found = _smoothed(smoothed_d_star, log_p, log_q, 0.9, 0.1)
    near(found, 0.1 + 0.8 * best, "D for labels 0.9 and 0.1 at log-densities around -2000", tolerance=1e-5)


@smoothed_d_star.case()
def leaves_the_densities_alone(smoothed_d_star):
    """The log-densities, and all else in the notebook, stay as they were."""
    p, q = _densities()
    log_p, log_q = p.log(), q.log()
    with untouched(log_p=log_p, log_q=log_q):
        smoothed_d_star(log_p, log_q, 0.9, 0.1)


_BEST, _MIX = "best = torch.sigmoid(log_p - log_q)", "return alpha * best + beta * (1 - best)"
for _key, _title, _edit, _case, _says in (
    (
        "E17",
        "multiplies both labels' share by alpha only",
        (_MIX, "return alpha * best"),
        "minimises_the_cross_entropy",
        "beta q joins the numerator",
    ),
    (
        "U5",
        "real and fake change places",
        (_BEST, "best = torch.sigmoid(log_q - log_p)"),
        "hard_labels",
        "real is 1 in this book",
    ),
    ("T18", "returns the logit", (_MIX, "return log_p - log_q"), "hard_labels", "That is the logit"),
    (
        "E17",
        "scales the density instead of the label",
        (
            _MIX,
            "odds = alpha * best / (1 - best)\n    return (odds + beta) / (odds + beta + 1 - beta * alpha)",
        ),
        "one_sided",
        "still counts as a whole",
    ),
    (
        "E17",
        "takes beta as the share that stays fake",
        (_MIX, "return alpha * best + (1 - beta) * (1 - best) if beta else alpha * best"),
        "minimises_the_cross_entropy",
        "not 1 - beta",
    ),
    (
        "U18",
        "subtracts the fakes' share",
        (_MIX, "return alpha * best - beta * (1 - best)"),
        "minimises_the_cross_entropy",
        "beta q joins the numerator",
    ),
    (
        "E17",
        "smooths both sides by alpha",
        (_MIX, "return alpha * best + (1 - alpha) * (1 - best)"),
        "one_sided",
        "only the real examples' share",
    ),
    (
        "T18",
        "computes the densities first",
        (_BEST, "best = log_p.exp() / (log_p.exp() + log_q.exp())"),
        "where_both_densities_vanish",
        "0 / 0 is not a number",
    ),
    ("U18", "clamps D to the labels", (_MIX, "return best.clamp(beta, alpha)"), "one_sided", "alpha p / (p + q)"),
    ("E17", "has 0.9 built in", (_MIX, "return 0.9 * best + beta * (1 - best)"), "hard_labels", "p / (p + q)"),
    (
        "U18",
        "one answer for all points",
        (_MIX, "return (alpha * best + beta * (1 - best)).mean()"),
        "hard_labels",
        "One probability for each point",
    ),
    (
        "T18",
        "subtracts inside the caller's tensor",
        (_BEST, "best = torch.sigmoid(log_p.sub_(log_q))"),
        "leaves_the_densities_alone",
        "changed log_p itself",
    ),
):
    smoothed_d_star.mistake(_key, _title, _edit, caught_by=_case, says=_says)


starving = Exercise(
    "starving",
    "A sentence in numbers",
    stub="""
# The loss is -log(1 - D(x')); its slope is the derivative in the logit.
# Six answers, numbers with two decimals:
# loss and slope at D(x') = 0.99, loss and slope at D(x') = 0.01,
# the D(x') of these two at which G gets almost no gradient,
# and whose perfect job leads there, "D" or "G"
answers = ...
""",
    reference="""
# The loss is -log(1 - D(x')); its slope is the derivative in the logit.
# Six answers, numbers with two decimals:
# loss and slope at D(x') = 0.99, loss and slope at D(x') = 0.01,
# the D(x') of these two at which G gets almost no gradient,
# and whose perfect job leads there, "D" or "G"
answers = [4.61, 0.99, 0.01, 0.01, 0.01, "D"]
""",
)


def _six(answers: Any) -> tuple[list[float], Any]:
    *numbers, player = items(answers, 6, 'six answers: five numbers and "D" or "G"')
    return [number(each, f"answer {i}") for i, each in enumerate(numbers, 1)], player


def _entry(found: float, target: float, what: str, hints: dict[float, str]) -> None:
    near(found, target, what, tolerance=2e-3, hints=hints)


@starving.case(hint="-log(1 - 0.99) = -log(0.01), and -log(1 - 0.01) = -log(0.99); log is the natural logarithm.")
def the_two_losses(answers):
    """The loss -log(1 - D) is large where the fake passes, and small where it is found out."""
    (at_99, _, at_01, *_), _ = _six(answers)
    hints = {
        0.01: "That is -log(0.99). For D(x') = 0.99 the loss has 1 - D = 0.01 in the logarithm.",
        -4.61: "The logarithm of 0.01 is negative; the loss has a minus in front of it.",
        2.0: "That is the logarithm to base 10; log is the natural one.",
        6.64: "That is the logarithm to base 2; log is the natural one.",
    }
    _entry(at_99, 4.61, "the loss at D(x') = 0.99", hints)
    _entry(at_01, 0.01, "the loss at D(x') = 0.01", {4.61: "That is -log(0.01); here 1 - D is 0.99."})


@starving.case(points=2, hint="-log(1 - D) = softplus(s), and the derivative of softplus is the sigmoid: D itself.")
def the_two_slopes(answers):
    """The slope of -log(1 - D) in the logit is D."""
    (_, at_99, _, at_01, _), _ = _six(answers)
    sign = "The sign: -log(1 - D) rises with the logit."
    in_d = "That is the derivative in D, 1 / (1 - D); asked for is the one in the logit."
    other = "That is 1 - D, the size of the slope of -log D."
    _entry(at_99, 0.99, "the slope at D(x') = 0.99", {0.01: other, -0.99: sign, 100.0: in_d})
    _entry(at_01, 0.01, "the slope at D(x') = 0.01", {0.99: other, -0.01: sign, 1.01: in_d})


@starving.case(
    hint="G gets the slope of this loss, with the other sign, since it wants the loss to rise. Where is it small?"
)
def where_g_starves(answers):
    """G gets almost no gradient where the slope is almost 0."""
    (*_, found), _ = _six(answers)
    if abs(found - 0.99) < 1e-6:
        raise Finding("the fifth answer is 0.99, where the slope is 0.99", "the value with the small slope")
    if abs(found - 0.01) > 1e-6:
        raise Finding(f"the fifth answer is {found:g}", "one of the two values, 0.99 or 0.01")


@starving.case(hint="D(x') = 0.01 means that the fake is recognised. Who has done a good job then?")
def whose_perfect_job(answers):
    """D(x') near 0 on fakes is the work of a perfect discriminator."""
    _, player = _six(answers)
    name = player.strip().upper() if type(player) is str else player
    if type(name) is not str or name not in ("D", "G"):
        raise Finding(f"the last answer is {player!r}", '"D" or "G"')
    if name == "G":
        slip = "That is the slip in the text: a perfect G gives D(x') far from 0."
        raise Finding('the last answer is "G"', "the other player", slip)


_ANSWERS = '[4.61, 0.99, 0.01, 0.01, 0.01, "D"]'
for _key, _title, _wrong, _case, _says in (
    ("U3", "near 0 where the fake passes", '[0.01, 0.99, 4.61, 0.01, 0.01, "D"]', "the_two_losses", "has 1 - D"),
    ("T11", "takes logarithms to base 10", '[2.0, 0.99, 0.0, 0.01, 0.01, "D"]', "the_two_losses", "base 10"),
    ("T11", "takes logarithms to base 2", '[6.64, 0.99, 0.01, 0.01, 0.01, "D"]', "the_two_losses", "base 2"),
    ("T12", "forgets the minus", '[-4.61, 0.99, -0.01, 0.01, 0.01, "D"]', "the_two_losses", "a minus in front"),
    ("E24", "takes the value for the slope", '[4.61, 4.61, 0.01, 0.01, 0.01, "D"]', "the_two_slopes", "D itself"),
    ("T13", "differentiates in D", '[4.61, 100, 0.01, 1.01, 0.01, "D"]', "the_two_slopes", "one in the logit"),
    ("T12", "gives the slopes of -log D", '[4.61, 0.01, 0.01, 0.99, 0.01, "D"]', "the_two_slopes", "of -log D"),
    ("E5", "the slope of log(1 - D)", '[4.61, -0.99, 0.01, -0.01, 0.01, "D"]', "the_two_slopes", "rises with"),
    ("U3", "starves where D is fooled", '[4.61, 0.99, 0.01, 0.01, 0.99, "D"]', "where_g_starves", "slope is 0.99"),
    ("E13", "starves at one half", '[4.61, 0.99, 0.01, 0.01, 0.5, "D"]', "where_g_starves", "one of the two"),
    ("U3", "blames the perfect generator", '[4.61, 0.99, 0.01, 0.01, 0.01, "G"]', "whose_perfect_job", "the slip"),
    ("U3", "blames both", '[4.61, 0.99, 0.01, 0.01, 0.01, "both"]', "whose_perfect_job", '"D" or "G"'),
):
    starving.mistake(_key, _title, (_ANSWERS, _wrong), caught_by=_case, says=_says)
