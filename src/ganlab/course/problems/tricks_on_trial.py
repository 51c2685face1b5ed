"""Problems of chapter 12, tricks on trial: how many seeds a trial needs, and a comparison that was not fair."""

import math
from collections.abc import Callable, Sequence
from functools import cache

import torch
from scipy.stats import norm, t
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import items, near, number
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_SEEDS_NEEDED = Wording(
    text="""
Before you spend a week of computing on a trial of tricks, you want to know how many seeds it takes. A small pilot has
given you the logarithms of the ratios, $\\log(b_i / a_i)$, of one trick on a few seeds; assume that all tricks scatter
as this one does.

The trial should be able to see an effect of «percent» %: the interval of each trick may reach at most
$\\log «ratio»$ to either side of its mean. The chance that *any* of the intervals misses its truth may be at most
«level» over all tricks together, as in *Many tricks*.

Return the least number of seeds, from 2 to 500, whose interval is that short, or 0 if 500 are not enough. Take the
standard deviation of the pilot, the one with $n - 1$, for that of the trial.
""",
    stub='''
import numpy as np
from scipy.stats import t


def seeds_needed(log_ratios, tricks):
    """Return the least number of seeds, from 2 to 500, or 0.

    log_ratios, shape (seeds of the pilot,), holds log(with / without) of one
    trick; tricks is how many will be tried. Intervals reach log(«ratio») at
    most to each side; all together miss with a chance of «level» at most.
    """
    raise NotImplementedError
''',
    answer="""
seeds = np.arange(2, 501)
quantile = t.ppf(1 - «level» / tricks / 2, seeds - 1)
reach = quantile * log_ratios.std().item() / seeds**0.5
enough = seeds[reach <= np.log(«ratio»)]
return int(enough[0]) if len(enough) > 0 else 0
""",
    mistakes=[
        ("U20", "takes the normal quantile, as if the spread were known",
         [("t.ppf(1 - «level» / tricks / 2, seeds - 1)", "t.ppf(1 - «level» / tricks / 2, 10**9)")],
         "one_trick", "Student's t"),
        ("U20", "tests each trick as if it were the only one", [(" / tricks / 2", " / 2")], "many_tricks", "shared"),
        ("U20", "lets the interval miss on one side only", [(" / tricks / 2", " / tricks")], "one_trick", "two ends"),
        ("U20", "asks for the whole length instead of one side",
         [("np.log(«ratio»)]", "np.log(«ratio») / 2]")], "one_trick", "to each side"),
        ("U20", "compares a logarithm with a percentage", [("np.log(«ratio»)", "(«ratio» - 1)")],
         "one_trick", "log(«ratio»)"),
        ("U20", "takes the variance for the standard deviation", [("log_ratios.std()", "log_ratios.var()")],
         "one_trick", "standard deviation"),
        ("U20", "divides by the number of seeds instead of its root", [("seeds**0.5", "seeds")],
         "one_trick", "root"),
        ("U20", "has one degree of freedom too many", [("seeds - 1)", "seeds)")], "one_trick", "r - 1"),
        ("U20", "divides the spread by n instead of n - 1",
         [("log_ratios.std()", "log_ratios.std(correction=0)")], "one_trick", "n - 1"),
    ],
    equivalent={
        "seeds = np.arange(2, 501) -> seeds = np.arange(1, 501)": "one seed has no spread: no interval",
        "seeds = np.arange(2, 501) -> seeds = np.arange(-2, 501)": "numbers below 2 have no interval",
        "enough = seeds[reach <= np.log(«ratio»)] -> enough = seeds[reach < np.log(«ratio»)]": "never just as long",
        "no_grad: return int(enough[0]) if len(enough) > 0 else 0": "whole numbers have no gradient",
    },
)  # fmt: skip


def seeds_needed(draw: Draw) -> Problem:
    """Plan the number of seeds from a pilot."""
    ratio, level = draw.choice([1.15, 1.2, 1.25, 1.3, 1.4]), draw.choice([0.01, 0.02, 0.05, 0.1])
    drawn = {"ratio": ratio, "percent": round(100 * (ratio - 1)), "level": level}
    problem = posed("seeds_needed", "How many seeds does the trial need?", _SEEDS_NEEDED, drawn)
    pilot = [draw.randrange(-40, 25) / 100 for _ in range(4)]
    _seeds_visible(problem.exercise, ratio, level, [*pilot, 0.35])
    _seeds_hidden(problem.exercise, ratio, level)
    return problem


def _least(spread: float, quantile: Callable[[int], float], reach: float, power: float = 0.5) -> int:
    """The least number of seeds by trying one after the other, in doubled steps and then by halving."""
    low, high = 1, 500

    def enough(r: int) -> bool:
        return quantile(r) * spread / r**power <= reach

    if not enough(high):
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


@cache
def _t(miss: float, seeds: int) -> float:
    """The quantile for a mean over so many seeds."""
    return t.ppf(1 - miss, seeds - 1)


def _needed(spread: float, tricks: int, ratio: float, level: float) -> int:
    return _least(spread, lambda r: _t(level / tricks / 2, r), math.log(ratio))


def _trials(seeds_needed: Callable, pilots: Sequence[tuple[Tensor, int]], terms: tuple, what: str) -> None:
    ratio, level = terms
    found = torch.tensor(
        [number(seeds_needed(pilot.clone(), tricks), "the number of seeds") for pilot, tricks in pilots]
    )

    def by(rule: Callable[[float, int], int]) -> Tensor:
        return torch.tensor([float(rule(pilot.std().item(), tricks)) for pilot, tricks in pilots])

    log, right = math.log(ratio), by(lambda s, k: _needed(s, k, ratio, level))
    hints = (
        {}
        if torch.equal(found, right)
        else {
            by(lambda s, k: _least(s, lambda r: norm.ppf(1 - level / k / 2), log)): "Few seeds ask for Student's t.",
            by(lambda s, k: _needed(s, 1, ratio, level)): "The chance to miss is shared by all tricks.",
            by(lambda s, k: _least(s, lambda r: _t(level / k, r), log)): "An interval has two ends to miss at.",
            by(lambda s, k: _least(s, lambda r: _t(level / k / 2, r + 1), log)): "There are r - 1 degrees of freedom.",
            by(
                lambda s, k: _needed(s * s, k, ratio, level)
            ): "Is that the variance? The standard deviation is its root.",
        }
    )
    near(found, right, what, hints=hints)


def _seeds_visible(exercise: Exercise, ratio: float, level: float, pilot: list[float]) -> None:
    told = (
        f"The reach is a quantile times the standard deviation (with n - 1) over the root of the number of seeds, "
        f"and at most log({ratio}) to each side."
    )

    @exercise.case(points=2, hint=told)
    def one_trick(seeds_needed):
        """For one trick the number of seeds is right, whether the pilot scatters much or little."""
        base = torch.tensor(pilot, dtype=torch.float64)
        base = base / base.std()
        pilots = [(scale * math.log(ratio) * base, 1) for scale in (0.4, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2, 4.0)]
        _trials(
            seeds_needed, pilots, (ratio, level), f"for one trick and spreads of 0.4 to 4 times log({ratio}) the number"
        )

    @exercise.case(hint="The chance to miss is shared by all tricks, so each gets a part of it.")
    def many_tricks(seeds_needed):
        """More tricks need more seeds."""
        base = torch.tensor(pilot, dtype=torch.float64)
        pilots = [(0.4 * base / base.std(), tricks) for tricks in (2, 8, 40)]
        _trials(seeds_needed, pilots, (ratio, level), "for 2, 8 and 40 tricks and a spread of 0.4, the number")


def _seeds_hidden(exercise: Exercise, ratio: float, level: float) -> None:
    @exercise.case(points=2, visible=False, hint="The number of seeds of the pilot does not matter, only its spread.")
    def other_pilots(seeds_needed):
        """Other pilots, with other means and numbers of seeds, are judged by their spread."""
        pilots = []
        for n, tricks in ((3, 5), (8, 1), (20, 12), (6, 100)):
            pilot = torch.randn(n, dtype=torch.float64)
            spread = 0.1 + 0.5 * torch.rand(()).item()
            pilots.append((spread * pilot / pilot.std() + torch.randn(()).double(), tricks))
        _trials(seeds_needed, pilots, (ratio, level), "for 5, 1, 12 and 100 tricks the number")

    @exercise.case(visible=False, hint="The number is from 2 to 500; where 500 are not enough it is 0.")
    def the_ends(seeds_needed):
        """The least possible number is 2, the largest 500, and beyond it the answer is 0."""
        base, pilots = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64), []
        for seeds, by in ((2, 0.9), (500, 0.9999), (500, 1.0001), (500, 5.0)):
            spread = by * math.log(ratio) * seeds**0.5 / t.ppf(1 - level / 2, seeds - 1)
            pilots.append((spread * base, 1))
        _trials(seeds_needed, pilots, (ratio, level), "for spreads that need 2, 500, 501 and far more, the number")

    @exercise.case(visible=False)
    def leaves_the_pilot_alone(seeds_needed):
        """The pilot is not changed."""
        pilot = torch.tensor([0.1, -0.2, 0.3])
        with untouched(log_ratios=pilot):
            seeds_needed(pilot, 3)


_FAIR_RATIO = Wording(
    text="""
A colleague has tried a trick at several learning rates, and a baseline at the same rates. The score is «score»,
so **«good»** scores are good. Some seeds were set aside for the search of the rate, the others are fresh. This is
her comparison:

```python
rate = fresh[1].mean(dim=1).«arg»()
ratios = fresh[1, rate] / fresh[0, rate]
return rate, ratios.mean()
```

It runs, and it is unfair in more than one way. Repair it, so that

- baseline and trick get **the same search**, each for its own rate, on the seeds that were set aside for it; the rate
  whose **quantile «q»** over those seeds is best is chosen (0.5 would be the median; `quantile` with its usual
  interpolation);
- the fresh seeds decide, and nothing else does;
- the effect is a ratio, trick / baseline: the *logarithms* of the ratios of single seeds are averaged, and the mean is
  turned back into a ratio.
""",
    stub='''
import torch


def fair_ratio(tuning, fresh):
    """Return the rate of the baseline, that of the trick, and the ratio.

    tuning and fresh, shape (2, rates, seeds), hold scores: first those of the
    baseline, then those with the trick. «Good» scores are good. Rates are
    given by their place, 0 for the first one.
    """
    raise NotImplementedError  # delete this line, repair the others
    rate = fresh[1].mean(dim=1).«arg»()
    ratios = fresh[1, rate] / fresh[0, rate]
    return rate, ratios.mean()
''',
    answer="""
mine, theirs = tuning.quantile(«q», dim=2).«arg»(dim=1).tolist()
ratios = fresh[1, theirs] / fresh[0, mine]
return mine, theirs, ratios.log().mean().exp()
""",
    mistakes=[
        ("U20", "searches the rate on the seeds that decide", [("tuning.quantile", "fresh.quantile")],
         "search_and_trial_disagree", "set aside"),
        ("U20", "gives the baseline the rate of the trick",
         [("ratios = ", "mine = theirs\n    ratios = ")], "each_its_own_rate", "own rate"),
        ("U20", "does not search a rate for the baseline",
         [("ratios = ", "mine = tuning.shape[1] // 2\n    ratios = ")], "each_its_own_rate", "own rate"),
        ("U20", "averages the ratios themselves", [("ratios.log().mean().exp()", "ratios.mean()")],
         "logarithms_are_averaged", "logarithms"),
        ("U20", "divides the mean scores",
         [("ratios.log().mean().exp()", "fresh[1, theirs].mean() / fresh[0, mine].mean()")],
         "logarithms_are_averaged", "seed by seed"),
        ("U20", "turns the ratio round", [("fresh[1, theirs] / fresh[0, mine]", "fresh[0, mine] / fresh[1, theirs]")],
         "each_its_own_rate", "trick / baseline"),
        ("U20", "shows the best seed", [("ratios.log().mean().exp()", "ratios.«best»()")],
         "logarithms_are_averaged", "all seeds"),
        ("U20", "takes the worst rate for the best", [(".«arg»(dim=1)", ".«wrong»(dim=1)")],
         "each_its_own_rate", "«good» scores"),
        ("U20", "chooses by one seed", [("tuning.quantile(«q», dim=2)", "tuning[:, :, 0]")],
         "search_and_trial_disagree", "quantile «q»"),
        ("U20", "chooses by the mean", [("tuning.quantile(«q», dim=2)", "tuning.mean(dim=2)")],
         "search_and_trial_disagree", "quantile «q»"),
    ],
    equivalent={
        "mine, theirs = tuning.quantile(«q», dim=2).«arg»(dim=1).tolist() -> "
        "mine, theirs = tuning.quantile(«q», dim=2).«arg»(dim=-1).tolist()": "the last of two dimensions is 1",
        "mine, theirs = tuning.quantile(«q», dim=2).«arg»(dim=1).tolist() -> "
        "mine, theirs = tuning.quantile(«q», dim=2).«arg»(dim=1)": "a place in a tensor is a place, too",
        "ratios = fresh[1, theirs] / fresh[0, mine] -> ratios = fresh[-1, theirs] / fresh[0, mine]": (
            "of two rows the last is the second"
        ),
    },
)  # fmt: skip


def fair_ratio(draw: Draw) -> Problem:
    """Repair a comparison that searched for one side only, on the seeds that decide."""
    low, bad = draw.choice([True, False]), draw.choice([0.1, 0.2, 0.25, 0.3])
    q = 1 - bad if low else bad
    drawn = {"good": "low" if low else "high", "Good": "Low" if low else "High", "q": q}
    names = ("arg", "wrong", "best")
    drawn |= dict(zip(names, ("argmin", "argmax", "min") if low else ("argmax", "argmin", "max"), strict=True))
    drawn["score"] = "the digit score" if low else "the share of good samples"
    problem = posed("fair_ratio", "A comparison that was not fair", _FAIR_RATIO, drawn)
    _ratio_visible(problem.exercise, q, low)
    _ratio_hidden(problem.exercise, q, low)
    return problem


def _best_rate(scores: Tensor, q: float, low: bool) -> int:
    """The place of the best rate, from sorted lists."""
    worth = []
    for row in scores.tolist():
        ranked, at = sorted(row), q * (len(row) - 1)
        below = min(int(at), len(row) - 2)
        worth.append(ranked[below] + (at - below) * (ranked[below + 1] - ranked[below]))
    return worth.index(min(worth) if low else max(worth))


def _fair(fair_ratio: Callable, tuning: Tensor, fresh: Tensor, terms: tuple[float, bool], what: str) -> None:
    found = items(fair_ratio(tuning.clone(), fresh.clone()), 3, "two rates and a ratio")
    mine, theirs = (_best_rate(each, *terms) for each in tuning)
    for part, right, whose in zip(found, (mine, theirs), ("the baseline", "the trick"), strict=False):
        near(number(part, "the rate"), right, f"{what}: the rate of {whose}")
    log = (fresh[1, theirs] / fresh[0, mine]).log().mean().item()
    hints = {math.exp(-log): "The ratio is trick / baseline."}
    near(number(found[2], "the ratio"), math.exp(log), f"{what}: the ratio", tolerance=1e-6, hints=hints)


def _ratio_visible(exercise: Exercise, q: float, low: bool) -> None:
    good = "low" if low else "high"

    @exercise.case(points=2, hint=f"Each recipe gets its own rate by the same search; {good} scores are good.")
    def each_its_own_rate(fair_ratio):
        """Baseline and trick have their best scores at different rates."""
        steps = torch.tensor([1.0, 1.3, 1.5, 1.8, 2.2], dtype=torch.float64)
        for shift in (1, 2):
            base = torch.stack([steps, steps.roll(shift)])[:, :, None]
            scores = base * torch.tensor([1.0, 1.1, 1.2], dtype=torch.float64)
            scores[1] *= 0.8
            _fair(fair_ratio, scores, 0.9 * scores, (q, low), "the same scores on both sets of seeds")

    @exercise.case(hint="Average the logarithms of the ratios, seed by seed and over all seeds.")
    def logarithms_are_averaged(fair_ratio):
        """A ratio of 4 on one seed and of 1/4 on another are no effect together."""
        one = torch.ones(1, 3, 2, dtype=torch.float64) * (1 + 0.1 * torch.arange(3.0))[:, None]
        times = torch.tensor([4.0, 0.25], dtype=torch.float64)
        scores = torch.cat([one, one * times])
        _fair(fair_ratio, torch.cat([one, one]), scores, (q, low), "ratios of 4 and 1/4")
        scores = torch.cat([one / torch.tensor([1.0, 3.0]), one * times])
        _fair(fair_ratio, torch.cat([one, one]), scores, (q, low), "ratios of 4 and 3/4")


def _ratio_hidden(exercise: Exercise, q: float, low: bool) -> None:
    told = f"The seeds that were set aside choose, by the quantile {q} of all of them; the fresh ones decide."

    @exercise.case(points=2, visible=False, hint=told)
    def search_and_trial_disagree(fair_ratio):
        """Where the seeds of the search and the fresh ones favour different rates, each does its own part."""
        for rates, seeds in ((3, 5), (7, 9), (9, 3), (12, 6), (20, 4)):
            tuning = (1.5 * torch.randn(2, rates, seeds, dtype=torch.float64)).exp()
            fresh = (0.7 * torch.randn(2, rates, seeds + 2, dtype=torch.float64)).exp()
            _fair(fair_ratio, tuning, fresh, (q, low), f"random scores at {rates} rates")

    @exercise.case(visible=False)
    def leaves_the_scores_alone(fair_ratio):
        """No score is changed."""
        tuning, fresh = torch.rand(2, 3, 3) + 1, torch.rand(2, 3, 3) + 1
        with untouched(tuning=tuning, fresh=fresh):
            fair_ratio(tuning, fresh)
