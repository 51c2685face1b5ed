"""Problems of chapter 3, the discriminator as a ratio meter: data seen through fakes, and an audit of a logit."""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number, show, tensor
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_UNSEEN = Wording(
    text="""
The data were deleted, and all that is left are $n$ fakes `x` and the logits `s` of the best discriminator on them. It
was trained with *one* mean over all examples, and nobody remembers which share of them was real (see *When real and
fake are not equally frequent*). What share of the *data* was above **«level»**?

A fake counts for as many data as the logit says there were at its place, relative to the fakes; the weights of all
fakes together have to be 1, which settles what is not known. Return two numbers: the share, and the largest weight of
a single fake, which tells how far the first number is to be trusted.

Logits may be as large as $\\pm 1000$.
""",
    stub='''
import torch


def unseen_share(x, s):
    """Return the share of the data above «level», and the largest weight.

    x, shape (n,), are fakes; s, shape (n,), are the logits of the best D.
    """
    raise NotImplementedError
''',
    answer="""
weight = torch.softmax(s, dim=0)
share = weight[x > «level»].sum()
return share.item(), weight.max().item()
""",
    mistakes=[
        ("T9", "counts the fakes", [("weight[x > «level»].sum()", "(x > «level»).double().mean()")],
         "three_to_one", "That is the share of the fakes"),
        ("T8", "weighs with D instead of D / (1 - D)", [("torch.softmax(s, dim=0)", "s.sigmoid() / s.sigmoid().sum()")],
         "three_to_one", "D / (1 - D)"),
        ("E15", "weighs the other way round", [("softmax(s,", "softmax(-s,")], "three_to_one", "the other way"),
        ("T8", "takes the logit itself for the ratio", [("torch.softmax(s, dim=0)", "(s + 1) / (s + 1).sum()")],
         "three_to_one", "exponential"),
        ("T8", "leaves the unknown share in", [("torch.softmax(s, dim=0)", "s.exp() / len(s)")],
         "three_to_one", "sum of the weights"),
        ("T8", "exponentiates first, which overflows", [("torch.softmax(s, dim=0)", "s.exp() / s.exp().sum()")],
         "huge_logits", "nan"),
        ("T3", "the share below", [("x > «level»", "x < «level»")], "alike", "above"),
        ("T8", "the largest logit instead of the largest weight", [("weight.max()", "s.max()")],
         "alike", "the largest weight"),
        ("T8", "weighs only those above", [("weight = torch.softmax(s, dim=0)",
                                            "weight = torch.softmax(s[x > «level»], dim=0)"),
                                           ("weight[x > «level»].sum()", "weight.mean()")],
         "alike", "all fakes"),
    ],
    equivalent={
        "weight = torch.softmax(s, dim=0) -> weight = torch.softmax(s, dim=-1)": "of one dimension, 0 is the last",
        "return (share.item(), weight.max().item()) -> return (share, weight.max().item())": "a tensor will do",
        "return (share.item(), weight.max().item()) -> return (share.item(), weight.max())": "a tensor will do",
    },
)  # fmt: skip


def unseen_share(draw: Draw) -> Problem:
    """Estimate a property of the data from fakes and their logits alone."""
    level = draw.choice([-1, 1]) * draw.randrange(2, 19) / 10
    problem = posed("unseen_share", "Data that nobody has seen", _UNSEEN, {"level": level})
    _unseen_visible(problem.exercise, level)
    _unseen_hidden(problem.exercise, level)
    return problem


def _double(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _both(answer: Callable[[Tensor, Tensor], tuple], x: Tensor, s: Tensor) -> tuple[float, float]:
    pair = items(answer(x.clone(), s.clone()), 2, "two numbers, the share and the largest weight")
    return number(pair[0], "the share"), number(pair[1], "the largest weight")


def _unseen_visible(exercise: Exercise, level: float) -> None:
    x = _double([level - 1, level - 0.5, level + 0.2, level - 0.1, level + 0.9])

    @exercise.case(hint="Weights of all fakes together are 1. Add up those of the fakes above the level.")
    def alike(unseen_share):
        """If all logits are alike, it is the share of the fakes above the level, and each weighs 1/n."""
        share, heaviest = _both(unseen_share, x, _double([0.0] * 5))
        near(share, 0.4, "with logits 0 the share above", hints={0.5: "Weigh all fakes, then add up those above."})
        near(heaviest, 0.2, "with logits 0 the largest weight")

    @exercise.case(points=2, hint="The logit is the log of the ratio p_data / p_g, up to a constant.")
    def three_to_one(unseen_share):
        """If the fakes above have the ratio 3 and the others 1, those above count three times."""
        log_3 = 1.0986122886681098
        share, heaviest = _both(unseen_share, x, _double([0.0, 0.0, log_3, 0.0, log_3]))
        hints = {
            0.4: "That is the share of the fakes, whatever the logits are.",
            1.5 / 3: "The weight is the ratio of the densities, D / (1 - D), and not D.",
            2 / 11: "The weights go the other way: a large logit says that there are many data.",
            6 / 5: "The unknown share multiplies all ratios: divide by the sum of the weights.",
            2 * (1 + log_3) / (5 + 2 * log_3): "The ratio is the exponential of the logit.",
        }
        near(share, 6 / 9, "the share", hints=hints)
        near(heaviest, 3 / 9, "the largest weight")


def _unseen_hidden(exercise: Exercise, level: float) -> None:
    @exercise.case(points=2, visible=False, hint="A constant added to all logits must not matter: divide by the sum.")
    def unknown_share_of_real(unseen_share):
        """On random fakes it does not depend on the share of real examples in the training of D."""
        for r in (0.5, 0.2, 0.9):
            x = level + torch.randn(40, dtype=torch.float64)
            s = 1.5 * (x - level) - 0.3 * (x - level) ** 2
            weight = s.exp() / s.exp().sum()
            share, heaviest = _both(unseen_share, x, s + torch.logit(torch.tensor(r)).item())
            near(share, (weight * (x > level)).sum().item(), f"with a share {r:g} of real examples, the share")
            near(heaviest, weight.max().item(), f"with a share {r:g} of real examples, the largest weight")

    @exercise.case(visible=False, hint="exp(1000) is infinite: subtract the largest logit first, as softmax does.")
    def huge_logits(unseen_share):
        """Logits of 1000 and of -1000 give numbers, not nan."""
        x = _double([level - 1, level + 1, level + 2])
        for base in (1000.0, -1000.0):
            share, heaviest = _both(unseen_share, x, _double([base, base - 0.6931471805599453, base - 2000]))
            near(share, 1 / 3, f"with logits around {base:g} the share")
            near(heaviest, 2 / 3, f"with logits around {base:g} the largest weight")

    @exercise.case(visible=False, hint="*Above* the level is x > level. No fake there: the share is 0.")
    def at_the_level(unseen_share):
        """Exactly at the level is not above it, and if no fake is above, the share is 0."""
        near(
            _both(unseen_share, _double([level, level + 1]), _double([0.0, 0.0]))[0],
            0.5,
            "the share, one at the level,",
        )
        near(_both(unseen_share, _double([level - 1, level - 2]), _double([3.0, 0.0]))[0], 0.0, "the share above all")

    @exercise.case(visible=False)
    def leaves_fakes_and_logits_alone(unseen_share):
        """Fakes and logits, and all else in the notebook, stay as they were."""
        x, s = _double([level, level + 1]), _double([0.5, -0.5])
        with untouched(x=x, s=s):
            unseen_share(x, s)


_LAST = "return (torch.minimum(real, fake) >= «least») & (off.abs() > «times» * sd)"
_AUDIT = Wording(
    text="""
A discriminator was trained with the loss $L_D$, the sum of two means. You audit it as in *How far can the reading be
trusted?*: fresh samples were sorted into bins that leave none out, `real` and `fake` are the counts of the bins, and
`s` is the logit that $D$ gives in each of them. This time there were not equally many real and fake samples.

Report in which bins $D$ is wrong. A bin is reported if and only if

- it holds **at least «least»** real ones and at least «least» fakes, and
- the logit of $D$ is more than **«times»** standard deviations away from the log-ratio that the counts show.

The standard deviation of the counted log-ratio is the one of the chapter, with the shares that were counted in the
place of $P$ and $Q$; mind that the two samples have their own sizes.
""",
    stub='''
import torch


def wrong_bins(real, fake, s):
    """Return True for each bin in which D is wrong, shape (n_bins,).

    real and fake, shape (n_bins,), are counts, s the logits of D.
    """
    raise NotImplementedError
''',
    answer="""
P, Q = real / real.sum(), fake / fake.sum()
sd = ((1 - P) / real + (1 - Q) / fake).sqrt()
off = (P / Q).log() - s
return (torch.minimum(real, fake) >= «least») & (off.abs() > «times» * sd)
""",
    mistakes=[
        ("T8", "forgets that there were more of one kind", [("(P / Q).log()", "(real / fake).log()")],
         "at_the_bound", "sizes of the two samples"),
        ("U20", "takes the variance for the standard deviation", [(").sqrt()", ")")], "at_the_bound", "square root"),
        ("U20", "adds standard deviations instead of variances",
         [("((1 - P) / real + (1 - Q) / fake).sqrt()", "((1 - P) / real).sqrt() + ((1 - Q) / fake).sqrt()")],
         "at_the_bound", "square root"),
        ("U20", "leaves the factors 1 - P and 1 - Q out", [("(1 - P)", "1"), ("(1 - Q)", "1")],
         "at_the_bound", "sd away"),
        ("U20", "reports bins with hardly any samples", [("(torch.minimum(real, fake) >= «least») & ", "")],
         "enough_samples", "at least"),
        ("U20", "asks for enough samples in sum", [("torch.minimum(real, fake)", "(real + fake)")],
         "enough_samples", "of each kind"),
        ("T8", "reports logits that are too small only", [("off.abs()", "off")], "at_the_bound", "either side"),
        ("E15", "reads the ratio upside down", [("(P / Q)", "(Q / P)")], "at_the_bound", "sizes of the two samples"),
        ("T8", "compares probabilities with logits", [("(P / Q).log() - s", "(P / (P + Q)) - s.sigmoid()")],
         "at_the_bound", "square root"),
        ("U20", "uses one size for both samples", [("fake / fake.sum()", "fake / real.sum()")],
         "at_the_bound", "sizes of the two samples"),
    ],
    equivalent={
        "swap: sd = ((1 - P) / real + (1 - Q) / fake).sqrt() / off = (P / Q).log() - s": "neither needs the other",
        "off = (P / Q).log() - s -> off = s - (P / Q).log()": "the absolute value takes the sign away",
        "off = (P / Q).log() - s -> off = -((P / Q).log() - s)": "the absolute value takes the sign away",
        "off = (P / Q).log() - s -> off = P.div_(Q).log() - s": "P is not used again",
        f"{_LAST} -> {_LAST.replace('abs() >', 'abs() >=')}": "rounding decides whether two numbers are equal",
        f"{_LAST} -> {_LAST.replace('real, fake', 'fake, real')}": "the smaller of two is the same in any order",
    },
)  # fmt: skip


def wrong_bins(draw: Draw) -> Problem:
    """Decide in which bins a discriminator's logit disagrees with the counts."""
    least, times = draw.randrange(5, 13), draw.choice([2.5, 3.0, 3.5, 4.0])
    problem = posed("wrong_bins", "The discriminator's audit", _AUDIT, {"least": least, "times": times})
    real = torch.tensor([draw.randrange(20, 90) for _ in range(4)])
    fake = torch.tensor([draw.randrange(150, 400) for _ in range(4)])
    _audit_visible(problem.exercise, least, times, (real, fake))
    _audit_hidden(problem.exercise, least, times)
    return problem


def _audited(answer: Callable[..., Tensor], real: Tensor, fake: Tensor, s: Tensor) -> list[bool]:
    found = tensor(answer(real.clone(), fake.clone(), s.clone()), "wrong_bins(…)", shape=tuple(real.shape))
    if found.dtype != torch.bool:
        raise Finding(f"wrong_bins(…) holds {show(found)}", "True or False for each bin")
    return found.tolist()


def _logits(real: Tensor, fake: Tensor, sds: list[float]) -> Tensor:
    """Logits that are so many standard deviations above what the counts show."""
    a, b, n, m = real.double(), fake.double(), real.sum(), fake.sum()
    return (a / n).log() - (b / m).log() + torch.tensor(sds).double() * (1 / a - 1 / n + 1 / b - 1 / m).sqrt()


def _report(answer: Callable[..., Tensor], counts: tuple[Tensor, Tensor], sds: list[float], wanted: list[bool]) -> None:
    """Ask about logits that are off by so many standard deviations."""
    found = _audited(answer, *counts, _logits(*counts, sds))
    if found != wanted:
        i = [a == b for a, b in zip(found, wanted, strict=True)].index(False)
        where = f"{counts[0][i]} real of {counts[0].sum()} and {counts[1][i]} fakes of {counts[1].sum()}"
        raise Finding(f"with {where}, and s {sds[i]:.2f} sd away, you say {found[i]}", str(wanted[i]))


def _audit_visible(exercise: Exercise, least: int, times: float, counts: tuple[Tensor, Tensor]) -> None:
    @exercise.case(
        points=2,
        hint="The log-ratio is of *shares*, so the sizes of the two samples enter. The variances of its two parts add; "
        "the standard deviation is the square root. A logit may be off to either side.",
    )
    def at_the_bound(wrong_bins):
        """A bin is reported from the bound on, to both sides."""
        _report(wrong_bins, counts, [0.0, 0.97 * times, 1.03 * times, -1.03 * times], [False, False, True, True])
        _report(wrong_bins, counts, [-1.03 * times, 0.0, -0.97 * times, 0.0], [True, False, False, False])

    @exercise.case(hint="A bin has to hold at least as many samples of each kind as the text says.")
    def enough_samples(wrong_bins):
        """Bins with too few samples of either kind are never reported."""
        few = torch.tensor([least - 1, 60, least, 60]), torch.tensor([300, least - 1, 300, 300])
        _report(wrong_bins, few, [2 * times, 2 * times, 2 * times, 0.0], [False, False, True, False])


def _audit_hidden(exercise: Exercise, least: int, times: float) -> None:
    @exercise.case(visible=False, hint="With few bins P and Q are not small: the factors 1 - P and 1 - Q count.")
    def few_bins(wrong_bins):
        """It is exact with two large bins, too."""
        counts = torch.tensor([900, 100]), torch.tensor([150, 50])
        _report(wrong_bins, counts, [1.03 * times, 0.97 * times], [True, False])
        _report(wrong_bins, counts, [-0.97 * times, -1.03 * times], [False, True])

    @exercise.case(points=2, visible=False, hint="Try counts of your own, and compute log-ratio and sd by hand.")
    def other_counts(wrong_bins):
        """On random counts it reports exactly the bins that it should."""
        for _ in range(3):
            counts = torch.randint(least, 100, (12,)), torch.randint(least, 900, (12,))
            sds = (torch.randint(0, 2, (12,)) * 0.1 + 0.95) * times * (torch.randint(0, 2, (12,)) * 2 - 1)
            _report(wrong_bins, counts, sds.tolist(), (sds.abs() > times).tolist())

    @exercise.case(
        visible=False, hint="log 0 and 1/0 are infinite, and their difference is nan: that bin says nothing."
    )
    def empty_bins(wrong_bins):
        """Empty bins are not reported, and do not disturb the others; exactly enough is enough."""
        counts = torch.tensor([0, 50, 0, least]), torch.tensor([0, 0, 70, least])
        sds = [0.0, 0.0, 0.0, 1.1 * times]
        found = _audited(wrong_bins, *counts, _logits(*counts, sds).nan_to_num(0.0, 9.0, -9.0))
        if found != [False, False, False, True]:
            raise Finding(f"with counts {counts[0].tolist()} and {counts[1].tolist()} you say {found}", "the last only")

    @exercise.case(visible=False)
    def leaves_the_counts_alone(wrong_bins):
        """Counts and logits, and all else in the notebook, stay as they were."""
        real, fake, s = torch.tensor([30, 40]), torch.tensor([20, 90]), _double([0.1, 0.2])
        with untouched(real=real, fake=fake, s=s):
            wrong_bins(real, fake, s)
        floats = real.double(), fake.double()
        with untouched(real=floats[0], fake=floats[1], s=s):
            wrong_bins(*floats, s)
