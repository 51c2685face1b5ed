"""Exercises of chapter 12: smoothed labels in a loss, a running average of weights, verdicts with intervals, a plan."""

import copy
import math

import torch
from scipy.stats import t
from torch import Tensor, nn
from torch.nn.functional import softplus

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, differentiable, kind, near
from ganlab.checks.traces import untouched

smoothed_d_loss = Exercise(
    "smoothed_d_loss",
    "The loss of D with one-sided smoothing",
    stub='''
from torch.nn.functional import softplus


def smoothed_d_loss(real_logits, fake_logits, target):
    """Return D's loss with the label `target` on real images, 0 on fakes.

    Logits have shape (n, 1). The loss is a sum of two batch means.
    """
    raise NotImplementedError
''',
    reference='''
from torch.nn.functional import softplus


def smoothed_d_loss(real_logits, fake_logits, target):
    """Return D's loss with the label `target` on real images, 0 on fakes.

    Logits have shape (n, 1). The loss is a sum of two batch means.
    """
    other = 1 - target
    real = target * softplus(-real_logits) + other * softplus(real_logits)
    return real.mean() + softplus(fake_logits).mean()
''',
)


def _column(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).reshape(-1, 1).requires_grad_()


_REAL, _FAKE = (2.0, -1.0, 0.5, 3.0), (1.0, -2.0, 0.25)


def _right(real: Tensor, fake: Tensor, target: float, on_fakes: float = 0.0) -> float:
    """D's loss with these labels on real images and on fakes."""
    halves = (
        label * softplus(-logits) + (1 - label) * softplus(logits)
        for logits, label in ((real, target), (fake, on_fakes))
    )
    return sum(half.mean() for half in halves).item()


@smoothed_d_loss.case(hint="With target 1 nothing is smoothed: the loss is that of the first GAN.")
def no_smoothing(smoothed_d_loss):
    """With target 1 it is the plain loss, the sum of both halves."""
    real, fake = _column(*_REAL), _column(*_FAKE)
    plain = _right(real, fake, 1.0)
    both = torch.cat([softplus(-real), softplus(fake)]).mean().item()
    hints = {
        plain / 2: "That is half the loss: add the two halves.",
        both: "That is one mean over all images: take the mean of each half, then add.",
        _right(real, fake, 0.0, 1.0): "The labels are exchanged: target belongs to real images, 0 to fakes.",
    }
    near(smoothed_d_loss(real, fake, 1.0), plain, "the loss with target 1", hints=hints)


@smoothed_d_loss.case(
    points=2, hint="With a label between 0 and 1 both terms of the cross-entropy count: y log D + (1 - y) log(1 - D)."
)
def smoothed_real_half(smoothed_d_loss):
    """With target 0.9 the real half weighs log D with 0.9 and log(1 - D) with 0.1."""
    real, fake = _column(*_REAL), _column(*_FAKE)
    hints = {
        _right(real, fake, 0.9, 0.1): "That smooths both sides: a label above 0 on fakes rewards D for them.",
        _right(real, fake, 1.0, 0.1): "The wrong side is smoothed: target belongs to real images.",
        _right(real, fake, 1.0): "The target has no effect: use it in the real half.",
        _right(real, fake, 0.1): "The two weights are exchanged: target goes with softplus(-s), which is -log D.",
        (0.9 * softplus(-real).mean() + softplus(fake).mean()).item(): (
            "That scales the loss of real images. A label of 0.9 also punishes D for being sure: the part 1 - target "
            "of the weight moves to softplus(s)."
        ),
    }
    near(smoothed_d_loss(real, fake, 0.9), _right(real, fake, 0.9), "the loss with target 0.9", hints=hints)


@smoothed_d_loss.case(hint="The target is an argument: no number of your own in its place.")
def any_target(smoothed_d_loss):
    """Targets 0.7 and 0.5 count as they are given."""
    real, fake = _column(*_REAL), _column(*_FAKE)
    for target in (0.7, 0.5):
        near(smoothed_d_loss(real, fake, target), _right(real, fake, target), f"the loss with target {target}")


@smoothed_d_loss.case(hint="The slope of the real half in a logit is (D - target) / n.")
def best_logit_is_finite(smoothed_d_loss):
    """At D = target the real half is flat: smoothing stops D from growing ever surer."""
    real, fake = _column(math.log(9), 0.0, -3.0), _column(*_FAKE)
    loss = differentiable(smoothed_d_loss(real, fake, 0.9), "the loss")
    slopes = torch.autograd.grad(loss, [real, fake], allow_unused=True, materialize_grads=True)
    near(slopes[0], (real.sigmoid() - 0.9).detach() / 3, "the slope at real logits with D = 0.9, 0.5 and 0.05")
    near(slopes[1], fake.sigmoid().detach() / 3, "the slope at three fake logits")


@smoothed_d_loss.case(hint="log(sigmoid(s)) is log(0) far out; softplus stays exact.")
def far_out_logits(smoothed_d_loss):
    """Logits of 1000 and -1000, also in float32, give a finite loss."""
    loss = smoothed_d_loss(torch.tensor([[1000.0], [-1000.0]]), torch.tensor([[-1000.0]]), 0.9)
    near(loss, 500.0, "the loss of real logits 1000 and -1000")


@smoothed_d_loss.case()
def leaves_the_logits_alone(smoothed_d_loss):
    """The logits are not changed."""
    real, fake = _column(*_REAL).detach(), _column(*_FAKE).detach()
    with untouched(real_logits=real, fake_logits=fake):
        smoothed_d_loss(real, fake, 0.9)


_MIX = "other = 1 - target\n    real = target * softplus(-real_logits) + other * softplus(real_logits)"
_SUM = "return real.mean() + softplus(fake_logits).mean()"
for _key, _title, _edits, _case, _says in (
    (
        "U18",
        "smooths both sides",
        [
            (
                _SUM,
                "fake = (1 - target) * softplus(-fake_logits) + target * softplus(fake_logits)\n"
                "    return real.mean() + fake.mean()",
            )
        ],
        "smoothed_real_half",
        "rewards D",
    ),
    (
        "E17",
        "multiplies the loss of real images by the target",
        [(_MIX, "real = target * softplus(-real_logits)")],
        "smoothed_real_half",
        "punishes D for being sure",
    ),
    (
        "U18",
        "smooths the fakes in place of the real images",
        [
            (_MIX, "real = softplus(-real_logits)"),
            (
                _SUM,
                "fake = (1 - target) * softplus(-fake_logits) + target * softplus(fake_logits)\n"
                "    return real.mean() + fake.mean()",
            ),
        ],
        "smoothed_real_half",
        "wrong side",
    ),
    (
        "E17",
        "exchanges the two weights",
        [(_MIX, "real = (1 - target) * softplus(-real_logits) + target * softplus(real_logits)")],
        "no_smoothing",
        "plain loss",
    ),
    ("U4", "ignores the target", [(_MIX, "real = softplus(-real_logits)")], "smoothed_real_half", "no effect"),
    (
        "E17",
        "writes 0.9 in place of the target",
        [(_MIX, _MIX.replace("target *", "0.9 *").replace("1 - target", "0.1"))],
        "no_smoothing",
        "nothing is smoothed",
    ),
    (
        "T12",
        "averages the two halves",
        [(_SUM, "return (real.mean() + softplus(fake_logits).mean()) / 2")],
        "no_smoothing",
        "half the loss",
    ),
    (
        "U5",
        "labels fakes with the target and real images with 0",
        [("softplus(fake_logits).mean()", "softplus(-fake_logits).mean()"), (_MIX, "real = softplus(real_logits)")],
        "no_smoothing",
        "exchanged",
    ),
    (
        "T12",
        "takes the logarithm of a rounded probability",
        [
            (
                _MIX,
                "D = real_logits.sigmoid()\n    real = -target * D.log() - (1 - target) * (1 - D).log()",
            )
        ],
        "far_out_logits",
        "softplus stays exact",
    ),
):
    smoothed_d_loss.mistake(_key, _title, *_edits, caught_by=_case, says=_says)


_THROWN = "the weight has been written; what becomes of the expression does not matter"

ema_update = Exercise(
    "ema_update",
    "One update of a running average of weights",
    stub='''
import torch


def ema_update(average, G, decay):
    """Move the weights of `average` towards those of G; return it.

    A weight becomes decay * old + (1 - decay) * new, in place; buffers
    are copied.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def ema_update(average, G, decay):
    """Move the weights of `average` towards those of G; return it.

    A weight becomes decay * old + (1 - decay) * new, in place; buffers
    are copied.
    """
    with torch.no_grad():
        for old, new in zip(average.parameters(), G.parameters()):
            old.mul_(decay).add_(new, alpha=1 - decay)
        for old, new in zip(average.buffers(), G.buffers()):
            old.copy_(new)
    return average
''',
    equivalent={
        "no_grad: with torch.no_grad():": "it is there already",
        "old.mul_(decay).add_(new, alpha=1 - decay) -> -old.mul_(decay).add_(new, alpha=1 - decay)": _THROWN,
        "old.copy_(new) -> -old.copy_(new)": _THROWN,
    },
)


def _networks() -> tuple[nn.Module, nn.Module]:
    """An average and a generator with BatchNorm, whose numbers all differ."""
    networks = [nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)).double() for _ in range(2)]
    for network in networks:
        for number_ in [*network.parameters(), *network.buffers()]:
            number_.data = (torch.randn(number_.shape, dtype=torch.float64) * 3).abs().to(number_.dtype) + 1
    return networks[0], networks[1]


def _weights(network: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@ema_update.case(points=2, hint="decay weighs the old average, 1 - decay the new weight.")
def weights_are_mixed(ema_update):
    """With decay 0.9 every weight keeps nine tenths of the average and takes one tenth of G."""
    average, G = _networks()
    old, new = _weights(average), _weights(G)
    ema_update(average, G, 0.9)
    hints = {
        old: "Nothing has changed: write into the weights, with add_, lerp_ or copy_; `old = …` only renames.",
        new: "That is a copy of G: the old average is forgotten.",
        0.1 * old + 0.9 * new: "The two are exchanged: decay belongs to the old average.",
        0.9 * old + 0.9 * new: "The new weight counts 1 - decay.",
        old + 0.1 * new: "The old average counts decay, or it would grow without end.",
    }
    near(_weights(average), 0.9 * old + 0.1 * new, "the average after one update", hints=hints)


@ema_update.case(hint="The average follows G; G itself trains on and must not notice.")
def generator_stays(ema_update):
    """G keeps its weights, flags and modes."""
    average, G = _networks()
    before = copy.deepcopy(G.state_dict())
    with untouched(average=average, G=G):
        ema_update(average, G, 0.9)
    for name, value in before.items():
        near(G.state_dict()[name].double(), value.double(), f"G's {name} after the update", tolerance=1e-12)


@ema_update.case(hint="BatchNorm's running statistics are buffers: loop over them too, and copy.")
def buffers_are_copied(ema_update):
    """The average takes G's running statistics as they are."""
    average, G = _networks()
    ema_update(average, G, 0.9)
    for (name, found), target in zip(average.named_buffers(), G.buffers(), strict=True):
        near(found.double(), target.double(), f"the average's {name}")


@ema_update.case(hint="After n updates towards a fixed G the distance has shrunk by decay to the power n.")
def many_updates(ema_update):
    """Ten updates towards a G that rests leave decay to the power 10 of the distance."""
    average, G = _networks()
    old, new = _weights(average), _weights(G)
    for _ in range(10):
        ema_update(average, G, 0.5)
    near(_weights(average), new + 0.5**10 * (old - new), "the average after ten updates with decay 0.5", tolerance=1e-6)


@ema_update.case(hint="Write return average.")
def average_is_returned(ema_update):
    """What comes back is the average itself."""
    average, G = _networks()
    if ema_update(average, G, 0.9) is not average:
        raise Finding("what is returned is not the network `average`", "the average, changed in place")


_MOVE = "old.mul_(decay).add_(new, alpha=1 - decay)"
for _key, _title, _edits, _case, _says in (
    (
        "T14",
        "exchanges the weights",
        [(_MOVE, "old.mul_(1 - decay).add_(new, alpha=decay)")],
        "weights_are_mixed",
        "are exchanged",
    ),
    (
        "T14",
        "renames in place of writing",
        [(_MOVE, "old = decay * old + (1 - decay) * new")],
        "weights_are_mixed",
        "only renames",
    ),
    ("T14", "copies G", [(_MOVE, "old.copy_(new)")], "weights_are_mixed", "copy of G"),
    (
        "T14",
        "adds with weight decay twice",
        [(_MOVE, "old.mul_(decay).add_(new, alpha=decay)")],
        "weights_are_mixed",
        "counts 1 - decay",
    ),
    (
        "T14",
        "forgets to shrink the old average",
        [(_MOVE, "old.add_(new, alpha=1 - decay)")],
        "weights_are_mixed",
        "grow",
    ),
    (
        "T14",
        "moves G to the average",
        [(_MOVE, "new.mul_(1 - decay).add_(old, alpha=decay)")],
        "weights_are_mixed",
        "Nothing",
    ),
    (
        "T14",
        "moves both",
        [(_MOVE, f"{_MOVE}\n            new.copy_(old)")],
        "generator_stays",
        "must not notice",
    ),
    ("U9", "forgets the buffers", [("old.copy_(new)", "pass")], "buffers_are_copied", "running statistics"),
    (
        "U9",
        "averages the buffers too",
        [("old.copy_(new)", "old.copy_(decay * old + (1 - decay) * new)")],
        "buffers_are_copied",
        "copy",
    ),
    ("U6", "works with gradients", [("with torch.no_grad():", "if True:")], "weights_are_mixed", "in-place"),
    ("T14", "returns G", [("return average", "return G")], "average_is_returned", "return average"),
    (
        "U9",
        "puts the average into training mode",
        [("with torch.no_grad():", "average.train(not average.training)\n    with torch.no_grad():")],
        "generator_stays",
        "mode",
    ),
):
    ema_update.mistake(_key, _title, *_edits, caught_by=_case, says=_says)


_HALF = "half = quantile * log_ratios.std(dim=1) / seeds**0.5"
_LOOP = "for middle, reach in zip(log_ratios.mean(dim=1), half):"
_WORD = "word = 'helps' if middle < -reach else 'harms' if middle > reach else 'undecided'"

verdicts = Exercise(
    "verdicts",
    "What a trial of many tricks has decided",
    stub='''
from scipy.stats import t


def verdicts(log_ratios, level):
    """Return "helps", "harms" or "undecided" for each trick, in a list.

    log_ratios, shape (tricks, seeds), holds log(score with / score without);
    a low score is good. The chance that any interval misses its truth is
    at most `level` over all tricks together.
    """
    raise NotImplementedError
''',
    reference='''
from scipy.stats import t


def verdicts(log_ratios, level):
    """Return "helps", "harms" or "undecided" for each trick, in a list.

    log_ratios, shape (tricks, seeds), holds log(score with / score without);
    a low score is good. The chance that any interval misses its truth is
    at most `level` over all tricks together.
    """
    tricks, seeds = log_ratios.shape
    quantile = t.ppf(1 - level / tricks / 2, seeds - 1)
    half = quantile * log_ratios.std(dim=1) / seeds**0.5
    words = []
    for middle, reach in zip(log_ratios.mean(dim=1), half):
        word = (
            "helps"
            if middle < -reach
            else "harms"
            if middle > reach
            else "undecided"
        )
        words.append(word)
    return words
''',
    goals=(
        (1, "Count tricks and seeds"),
        (1, "Find the quantile for a level that all tricks share"),
        (1, "Turn it into the reach of each interval"),
        (4, "Ask of each interval whether it leaves 0 out, and on which side"),
        (1, "Return the words in order"),
    ),
    equivalent={
        f"no_grad: {_LOOP}": "nothing here has a gradient",
        f"swap: {_HALF.replace('seeds**0.5', 'seeds ** 0.5')} / words = []": "neither needs the other",
        f"{_LOOP} -> {_LOOP.replace('dim=1', 'dim=-1')}": "a table has two dimensions",
        f"{_HALF} -> {_HALF.replace('dim=1', 'dim=-1')}".replace("seeds**0.5", "seeds ** 0.5"): "as above",
        f"{_WORD} -> {_WORD.replace('middle <', 'middle <=')}": "an interval that ends in 0 exactly does not occur",
        f"{_WORD} -> {_WORD.replace('middle >', 'middle >=')}": "an interval that ends in 0 exactly does not occur",
    },
)


def _trick(middle: float, spread: float, seeds: int) -> Tensor:
    """Log ratios with exactly this mean and this standard deviation (n - 1)."""
    shape = torch.linspace(-1, 1, seeds, dtype=torch.float64)
    return middle + spread * (shape - shape.mean()) / shape.std()


def _edge(tricks: int, seeds: int, level: float = 0.05) -> float:
    """The mean, in standard deviations, from which a trick is decided."""
    return t.ppf(1 - level / tricks / 2, seeds - 1) / seeds**0.5


def _words(verdicts, rows: list[Tensor], targets: list[str], what: str, level: float = 0.05) -> None:
    found = verdicts(torch.stack(rows), level)
    if type(found) not in (list, tuple) or not all(type(word) is str for word in found):
        raise Finding(f"your answer gives {kind(found)}", "a list of words", "Return one word for each trick.")
    if list(found) != targets:
        raise Finding(f"{what}: {', '.join(map(repr, found))}", ", ".join(map(repr, targets)))


@verdicts.case(hint="The score falls if a trick helps: the logarithm of the ratio is below 0 then.")
def direction_of_an_effect(verdicts):
    """Clear effects: a lower score helps, a higher one harms, none is undecided."""
    rows = [_trick(middle, 0.1, 16) for middle in (-0.7, 0.7, 0.0)]
    _words(verdicts, rows, ["helps", "harms", "undecided"], "tricks that halve, double and keep the score")


@verdicts.case(points=2, hint="With five seeds the quantile of Student's t is much larger than 1.96.")
def few_seeds_need_students_t(verdicts):
    """One trick, five seeds: the edge is 1.24 standard deviations, not 0.88."""
    edge = _edge(1, 5)
    for factor, target in ((0.97, "undecided"), (1.03, "helps")):
        row = _trick(-0.2 * factor * edge, 0.2, 5)
        _words(verdicts, [row], [target], f"a mean of {-factor * edge:.2f} standard deviations over 5 seeds")


@verdicts.case(points=2, hint="Divide the level by the number of tricks: of twenty tests at 5 % one errs by chance.")
def many_tricks_share_the_level(verdicts):
    """Twenty tricks, five seeds: each interval may miss with 0.05 / 20 only."""
    edge = _edge(20, 5)
    rows = [_trick(0.0, 0.2, 5) for _ in range(20)]
    for factor, target in ((0.97, "undecided"), (1.03, "harms")):
        rows[7] = _trick(0.2 * factor * edge, 0.2, 5)
        targets = ["undecided"] * 20
        targets[7] = target
        _words(verdicts, rows, targets, f"twenty tricks, one with a mean of {factor * edge:.2f} standard deviations")


@verdicts.case(hint="The error of a mean falls with the root of the number of seeds.")
def more_seeds_decide_more(verdicts):
    """The same mean and spread is undecided with 4 seeds and decided with 64."""
    for seeds, target in ((4, "undecided"), (64, "helps")):
        _words(
            verdicts, [_trick(-0.1, 0.2, seeds)], [target], f"a mean of half a standard deviation over {seeds} seeds"
        )


@verdicts.case(hint="Both arguments count: compute the quantile from `level`.")
def other_levels(verdicts):
    """At level 0.5 an effect is decided that is not at 0.05."""
    row = _trick(-0.9 * _edge(1, 5), 1.0, 5)
    _words(verdicts, [row], ["undecided"], "the verdict at level 0.05", level=0.05)
    _words(verdicts, [row], ["helps"], "the verdict at level 0.5", level=0.5)


@verdicts.case()
def leaves_the_ratios_alone(verdicts):
    """The table is not changed."""
    table = torch.stack([_trick(-0.5, 0.1, 8), _trick(0.1, 0.3, 8)])
    with untouched(log_ratios=table):
        verdicts(table, 0.05)


_QUANTILE = "quantile = t.ppf(1 - level / tricks / 2, seeds - 1)"
for _title, _edits, _case, _says in (
    (
        "takes a higher score for a better one",
        [
            (
                '"helps"\n            if middle < -reach\n            else "harms"',
                '"harms"\n            if middle < -reach\n            else "helps"',
            )
        ],
        "direction_of_an_effect",
        "below 0",
    ),
    (
        "looks at the mean alone",
        [("middle < -reach", "middle < -1e-6"), ("middle > reach", "middle > 1e-6")],
        "few_seeds_need_students_t",
        "Student's t",
    ),
    ("uses 1.96 of the normal distribution", [(_QUANTILE, "quantile = 1.96")], "few_seeds_need_students_t", "1.96"),
    (
        "takes n degrees of freedom",
        [("seeds - 1)", "seeds)")],
        "few_seeds_need_students_t",
        "quantile",
    ),
    (
        "tests one side only",
        [("level / tricks / 2", "level / tricks")],
        "few_seeds_need_students_t",
        "quantile",
    ),
    (
        "forgets that there are many tricks",
        [("level / tricks / 2", "level / 2")],
        "many_tricks_share_the_level",
        "Divide the level",
    ),
    (
        "compares with the spread of single runs",
        [(_HALF, "half = quantile * log_ratios.std(dim=1)")],
        "few_seeds_need_students_t",
        "standard deviations",
    ),
    (
        "divides by the number of seeds, not by its root",
        [("seeds**0.5", "seeds")],
        "few_seeds_need_students_t",
        "standard deviations",
    ),
    ("ignores the level", [("level / tricks", "0.05 / tricks")], "other_levels", "Both arguments"),
    (
        "pools the spread of all tricks",
        [("log_ratios.std(dim=1)", "log_ratios.std().expand(tricks)")],
        "many_tricks_share_the_level",
        "undecided",
    ),
    ("returns one word for all", [("return words", "return words[0]")], "direction_of_an_effect", "one word for each"),
):
    verdicts.mistake("U20", _title, *_edits, caught_by=_case, says=_says)


fair_test = Exercise(
    "fair_test",
    "Design a fair test of a trick",
    stub="""
# Does "dropout in D" help on digits? Choose one letter for each question.
# seeds:    A the best of five runs   B five runs with, five without, on the
#           same seeds                C one run each, ten times as long
# rates:    A those of the baseline for both   B searched for the trick only
#           C the same small search for both
# length:   A until the digits look good   B equal steps, and equal time
#           reported beside                C until the loss rests
# measure:  A D's loss   B the digit score on the seeds used for tuning
#           C the digit score on fresh seeds
# report:   A every trick that was tried, with its interval   B the tricks
#           that helped                    C the mean alone
plan = ...
""",
    reference="""
# Does "dropout in D" help on digits? Choose one letter for each question.
# seeds:    A the best of five runs   B five runs with, five without, on the
#           same seeds                C one run each, ten times as long
# rates:    A those of the baseline for both   B searched for the trick only
#           C the same small search for both
# length:   A until the digits look good   B equal steps, and equal time
#           reported beside                C until the loss rests
# measure:  A D's loss   B the digit score on the seeds used for tuning
#           C the digit score on fresh seeds
# report:   A every trick that was tried, with its interval   B the tricks
#           that helped                    C the mean alone
plan = {"seeds": "B", "rates": "C", "length": "B"}
plan |= {"measure": "C", "report": "A"}
""",
)

_QUESTIONS = {
    "seeds": (
        "B",
        {
            "A": "The best of five runs measures luck: a method with more spread wins without being better.",
            "C": "One run says nothing about the spread, however long it is.",
        },
    ),
    "rates": (
        "C",
        {
            "A": "Rates that suit the baseline may not suit the trick: it is then judged untuned.",
            "B": "A search for the trick alone gives it an effort that the baseline did not get.",
        },
    ),
    "length": (
        "B",
        {
            "A": "Whoever decides by eye when to stop, decides the result.",
            "C": "The losses of a GAN come to rest long before the digits do, and a trick changes the loss itself.",
        },
    ),
    "measure": (
        "C",
        {
            "A": "Dropout changes D's loss by itself; it says nothing about the digits.",
            "B": "The setting was chosen on those seeds, so its score there is too good.",
        },
    ),
    "report": (
        "A",
        {
            "B": "Of twenty useless tricks one seems to help at 5 %: without the others nobody can tell.",
            "C": "A mean without its interval does not say whether five seeds decide anything.",
        },
    ),
}


def _choice(plan, name: str) -> None:
    right, reasons = _QUESTIONS[name]
    if type(plan) is not dict or not plan.keys() >= _QUESTIONS.keys():
        raise Finding(f"your answer gives {kind(plan)}", f"a dictionary with the keys {', '.join(_QUESTIONS)}")
    given = plan[name].strip().upper() if type(plan[name]) is str else plan[name]
    if given != right:
        hint = reasons.get(given, "Give one of the letters A, B, C.") if type(given) is str else "Give a letter."
        raise Finding(f"{name} is {plan[name]!r}", "another choice", hint)


@fair_test.case()
def seeds_show_the_spread(plan):
    """The runs show how much luck there is."""
    _choice(plan, "seeds")


@fair_test.case()
def equal_effort_of_tuning(plan):
    """Both sides get the same effort."""
    _choice(plan, "rates")


@fair_test.case()
def length_is_fixed_before(plan):
    """Nobody can stop a run when it suits."""
    _choice(plan, "length")


@fair_test.case()
def measure_is_independent(plan):
    """What is measured was not used for a choice, and the trick does not change it directly."""
    _choice(plan, "measure")


@fair_test.case()
def everything_is_reported(plan):
    """Readers can see what was tried and how sure it is."""
    _choice(plan, "report")


for _name, _wrong, _case, _says in (
    ("seeds", "A", "seeds_show_the_spread", "luck"),
    ("seeds", "C", "seeds_show_the_spread", "nothing about the spread"),
    ("rates", "A", "equal_effort_of_tuning", "untuned"),
    ("rates", "B", "equal_effort_of_tuning", "did not get"),
    ("length", "A", "length_is_fixed_before", "by eye"),
    ("length", "C", "length_is_fixed_before", "come to rest"),
    ("measure", "A", "measure_is_independent", "by itself"),
    ("measure", "B", "measure_is_independent", "too good"),
    ("report", "B", "everything_is_reported", "twenty useless tricks"),
    ("report", "C", "everything_is_reported", "interval"),
):
    _old = f'"{_name}": "{_QUESTIONS[_name][0]}"'
    fair_test.mistake("U20", f"{_name}: {_wrong}", (_old, f'"{_name}": "{_wrong}"'), caught_by=_case, says=_says)
