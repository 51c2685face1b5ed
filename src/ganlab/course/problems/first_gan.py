"""Problems of chapter 6, the first GAN: a verdict on two recipes, and a round without automatic differentiation."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, kind, near
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_CHANCE = "chance = 2 * sum((math.comb(n, k) for k in range(most, n + 1))) / 2 ** n"
_VERDICT = Wording(
    text="""
You have trained with two recipes, A and B, and with the same seeds for both; `a[i]` and `b[i]` are the errors at the
end of the two runs with seed `i`. Smaller is better. A run that diverged has the error `nan`: it is worse than any
number, and two such runs are equally bad. Errors differ so much between seeds that means would say little, but each
seed lets us ask a question with a clear answer: which of the two runs was better?

If the recipes were equally good, each answer would be the toss of a fair coin, where seeds with equal errors do not
count. Let $p$ be the probability that so many coins split *at least as unevenly* as yours did, to either side. Return
`"A"` or `"B"`, whichever won more often, if $p$ is at most **«alpha»**; otherwise return `"undecided"`.
""",
    stub='''
import math

import torch


def verdict(a, b):
    """Return "A", "B" or "undecided".

    a and b, shape (n,), are errors of paired runs; nan: diverged.
    """
    raise NotImplementedError
''',
    answer="""
a, b = a.where(~a.isnan(), math.inf), b.where(~b.isnan(), math.inf)
wins, losses = int((a < b).sum()), int((b < a).sum())
n, most = wins + losses, max(wins, losses)
chance = 2 * sum(math.comb(n, k) for k in range(most, n + 1)) / 2**n
if chance > «alpha»:
    return "undecided"
return "A" if wins > losses else "B"
""",
    mistakes=[
        ("U20", "compares the means", [("if chance > «alpha»:", "if abs(a.mean() - b.mean()) < 1.0:"),
                                       ("wins > losses", "a.mean() < b.mean()")], "enough_wins", "coin"),
        ("U20", "lets the majority decide", [("chance > «alpha»", "wins == losses")], "enough_wins", "coin"),
        ("U20", "looks at one side only", [("chance = 2 * sum", "chance = sum")], "enough_wins", "either side"),
        ("U20", "takes the probability of exactly this split", [("range(most, n + 1)", "range(most, most + 1)")],
         "enough_wins", "at least as unevenly"),
        ("U20", "takes large errors for good", [("wins > losses", "wins < losses")],
         "enough_wins", "Smaller is better"),
        ("U20", "counts equal runs as wins of B", [("(b < a)", "(b <= a)")], "equal_runs", "do not count"),
        ("U20", "counts equal runs as tosses", [("n, most = wins + losses,", "n, most = len(a),")],
         "equal_runs", "do not count"),
        ("U20", "leaves out seeds of which one run diverged",
         [("a.where(~a.isnan(), math.inf), b.where(~b.isnan(), math.inf)",
           "a[~(a.isnan() | b.isnan())], b[~(a.isnan() | b.isnan())]")], "diverged_runs", "worse than any"),
        ("U20", "sorts the errors, so that seeds are no longer paired",
         [("    wins,", "    a, b = a.sort().values, b.sort().values\n    wins,")], "paired", "same seed"),
    ],
    equivalent={
        "no_grad: wins, losses = (int((a < b).sum()), int((b < a).sum()))": "counts have no gradient",
        "no_grad: n, most = (wins + losses, max(wins, losses))": "counts have no gradient",
        f"no_grad: {_CHANCE}": "counts have no gradient",
        "if chance > «alpha»: -> if chance >= «alpha»:": "a fraction of a power of 2 is never such a decimal number",
        "n, most = (wins + losses, max(wins, losses)) -> n, most = (wins + losses, max(losses, wins))": (
            "max takes any order"
        ),
        "return 'A' if wins > losses else 'B' -> return 'A' if wins >= losses else 'B'": "an even split is undecided",
        f"{_CHANCE} -> {_CHANCE.replace('n + 1', 'n + 2')}": "comb(n, n + 1) is 0",
    },
)  # fmt: skip


def verdict(draw: Draw) -> Problem:
    """Decide between two recipes by a sign test over paired seeds."""
    alpha = draw.choice([0.01, 0.02, 0.03, 0.04, 0.06, 0.08])
    problem = posed("verdict", "Is A better than B?", _VERDICT, {"alpha": alpha})
    _verdict_visible(problem.exercise, alpha, draw.choice(_telling(alpha)))
    _verdict_hidden(problem.exercise, alpha)
    return problem


def _needed(n: int, alpha: float) -> int:
    """The smallest number of wins of n that is a verdict."""
    return next(
        k for k in range(n // 2 + 1, n + 2) if 2 * sum(math.comb(n, i) for i in range(k, n + 1)) <= alpha * 2**n
    )


def _telling(alpha: float) -> list[int]:
    """Numbers of seeds at which one win less than needed would convince who forgets a side, or a part of the sum."""

    def tail(n: int, k: int) -> float:
        return 2 * sum(math.comb(n, i) for i in range(k, n + 1)) / 2**n

    less = {n: _needed(n, alpha) - 1 for n in range(10, 45)}
    return [n for n, k in less.items() if tail(n, k) <= 2 * alpha and tail(n, k) - tail(n, k + 1) <= alpha]


def _runs(wins: int, losses: int, ties: int = 0) -> tuple[Tensor, Tensor]:
    """Errors of paired runs of which A wins so many; the errors differ far more between seeds than between recipes."""
    better = torch.tensor([-1.0] * wins + [1.0] * losses + [0.0] * ties).double()
    better = better[torch.randperm(len(better))]
    b = 1 + torch.randperm(len(better)) + 0.5 * torch.rand(len(better), dtype=torch.float64)
    return b + 0.02 * better * (0.5 + torch.rand(len(better), dtype=torch.float64)), b


def _judged(answer: Callable[..., str], a: Tensor, b: Tensor, wanted: str, what: str, hint: str = "") -> None:
    found = answer(a.clone(), b.clone())
    if type(found) is not str:
        raise Finding(f"your verdict is {kind(found)}", 'one of "A", "B", "undecided"')
    if found != wanted:
        raise Finding(f"{what}: your verdict is {found[:20]!r}", repr(wanted), hint)


def _verdict_visible(exercise: Exercise, alpha: float, n: int) -> None:
    k = _needed(n, alpha)

    @exercise.case(
        points=2,
        hint="Smaller is better. Toss n coins: with which probability do they split at least as unevenly, to either "
        "side? That is a sum of binomial coefficients over 2^n, times 2. Size does not matter, only who won.",
    )
    def enough_wins(verdict):
        """From a certain number of wins on there is a verdict, and one win less is undecided."""
        for wins, wanted in ((k, "A"), (k - 1, "undecided"), (n, "A"), (n - k, "B"), (n - k + 1, "undecided")):
            _judged(verdict, *_runs(wins, n - wins), wanted, f"A wins {wins} of {n} seeds")

    @exercise.case(hint="Seeds with equal errors do not count, neither as wins nor as tosses.")
    def equal_runs(verdict):
        """Seeds in which both runs were equal do not count."""
        _judged(verdict, *_runs(k, n - k, 9), "A", f"A wins {k} of {n} seeds, and 9 are equal")
        _judged(verdict, *_runs(k - 1, n - k + 1, 9), "undecided", f"A wins {k - 1} of {n} seeds, and 9 are equal")
        _judged(verdict, *_runs(0, 0, 9), "undecided", "9 seeds, all equal")


def _verdict_hidden(exercise: Exercise, alpha: float) -> None:
    @exercise.case(visible=False, hint="A diverged run is worse than any number. Two of them are equally bad: a tie.")
    def diverged_runs(verdict):
        """Runs that diverged lose against all others, and two of them are equal."""
        n = 17
        k = _needed(n, alpha)
        a, b = _runs(k, n - k, 2)
        a, b = a.where(a <= b, math.nan), b.where(a >= b, math.nan)
        _judged(verdict, a, b, "A", f"B diverged on {k} of {n} seeds, A on the others")
        _judged(verdict, b, a, "B", f"A diverged on {k} of {n} seeds, B on the others")
        both = torch.cat([a, torch.full((8,), math.nan).double()]), torch.cat([b, torch.full((8,), math.nan).double()])
        _judged(verdict, *both, "A", "the same, and on 8 seeds both")

    @exercise.case(visible=False, hint="Compare the two runs of the same seed.")
    def paired(verdict):
        """Only runs with the same seed are compared, and it does not matter by how much one is better."""
        b = torch.arange(24.0).double()
        a = b - 0.1
        a[0] = 1000.0
        _judged(verdict, a, b, "A", "A is a little better on 23 seeds and far worse on one")
        _judged(verdict, b.roll(1), b, "A", "each error of A is the one of B with the seed before")

    @exercise.case(points=2, visible=False, hint="Work out from how many wins on there is a verdict.")
    def other_numbers(verdict):
        """The bound is right for 3 to 200 seeds."""
        for n in (3, 4, 9, 31, 80, 200):
            k = _needed(n, alpha)
            if k <= n:
                _judged(verdict, *_runs(n - k, k), "B", f"A wins {n - k} of {n} seeds")
            _judged(verdict, *_runs(k - 1, n - k + 1), "undecided", f"A wins {k - 1} of {n} seeds")

    @exercise.case(visible=False)
    def leaves_the_errors_alone(verdict):
        """The errors, and all else in the notebook, stay as they were."""
        a, b = torch.tensor([1.0, math.inf, 2.0, 0.5]), torch.tensor([2.0, 1.0, 3.0, 0.25])
        with untouched(a=a, b=b):
            verdict(a, b)


#: One round, and three groups of faults: in D's step, in what G asks, in G's step.
_ROUND = """
fake = mu + sigma * z_d
on_real, on_fake = torch.sigmoid(w * real + b), torch.sigmoid(w * fake + b)
w = w + «lr_d» * (((1 - on_real) * real).mean() - (on_fake * fake).mean())
b = b + «lr_d» * ((1 - on_real).mean() - on_fake.mean())
told = 1 - torch.sigmoid(w * (mu + sigma * z_g) + b)
mu = mu + «lr_g» * (told * w).mean()
sigma = sigma + «lr_g» * (told * w * z_g).mean()
return mu, sigma, w, b
"""
_FAULTS = (
    (
        ("T8", "weighs the real examples with D instead of 1 - D", ("((1 - on_real) * real)", "(on_real * real)")),
        ("E25", "pushes the logit of fakes up", ("mean() - (on_fake * fake)", "mean() + (on_fake * fake)")),
        ("E25", "moves the threshold up for fakes, too", (".mean() - on_fake.mean()", ".mean() + on_fake.mean()")),
    ),
    (
        ("U7", "asks D about the old noise", ("sigma * z_g) + b)", "sigma * z_d) + b)")),
        ("T14", "uses what D said before it learned", ("1 - torch.sigmoid(w * (mu + sigma * z_g) + b)", "1 - on_fake")),
        ("E14", "asks D about real examples", ("w * (mu + sigma * z_g) + b", "w * real + b")),
    ),
    (
        ("T12", "moves mu by the minimax weight D", ("(told * w).mean()", "((1 - told) * w).mean()")),
        ("T13", "moves sigma away from the data", ("sigma + «lr_g»", "sigma - «lr_g»")),
        ("T7", "moves sigma like mu", ("(told * w * z_g)", "(told * w)")),
    ),
)
_BY_HAND = Wording(
    text="""
Somebody has written one round of a GAN without automatic differentiation. The generator is $G(z) = \\mu + \\sigma z$,
the discriminator has the logit $wx + b$, both losses are those of the chapter (non-saturating for $G$), the learning
rate of $D$ is **«lr_d»** and that of $G$ **«lr_g»**. The order is that of the nine steps: $D$ moves first, with the
noise `z_d`; then $G$, with new noise `z_g`, against the $D$ that has just moved. Plain gradient descent, one step each.

Without the line that raises an error, the function runs, but there are **three faults** in it, each in a line of its
own. Work out the slopes of both losses in $w$, $b$, $\\mu$ and $\\sigma$ by hand, remove that line, and repair the
rest.
""",
    stub='''
import torch


def one_round(mu, sigma, w, b, real, z_d, z_g):
    """Play one round; return the new mu, sigma, w and b, tensors of shape ().

    real, z_d and z_g have the same shape (n,).
    """
    raise NotImplementedError  # remove this line, and repair the rest
''',
    answer=_ROUND,
    mistakes=[
        (key, title, [edit], "d_moves" if group == 0 else "g_moves", words)
        for group, words in enumerate(("slope of L_D", "the D that has just moved", "slope of L_G"))
        for key, title, edit in _FAULTS[group]
    ],
    equivalent={
        "swap: w = w + «lr_d» * (((1 - on_real) * real).mean() - (on_fake * fake).mean()) / "
        "b = b + «lr_d» * ((1 - on_real).mean() - on_fake.mean())": "neither needs the other",
        "swap: mu = mu + «lr_g» * (told * w).mean() / sigma = sigma + «lr_g» * (told * w * z_g).mean()": (
            "neither needs the other"
        ),
        "sigma = sigma + «lr_g» * (told * w * z_g).mean() -> sigma = sigma + «lr_g» * (told.mul_(w) * z_g).mean()": (
            "told is not used again"
        ),
    },
)  # fmt: skip


def by_hand(draw: Draw) -> Problem:
    """Repair three drawn faults in a round whose slopes are written out."""
    lr_d, lr_g = draw.choice([0.15, 0.2, 0.25, 0.3]), draw.choice([0.04, 0.05, 0.06, 0.08])
    body = _ROUND
    for group in _FAULTS:
        body = body.replace(*draw.choice(group)[2])
    faulty = _BY_HAND.stub.rstrip() + body.replace("\n", "\n    ").rstrip() + "\n"
    wording = Wording(_BY_HAND.text, faulty, _ROUND, _BY_HAND.mistakes, _BY_HAND.equivalent)
    problem = posed("by_hand", "A round by hand", wording, {"lr_d": lr_d, "lr_g": lr_g})
    start = [round(draw.uniform(*ends), 2) for ends in ((-2, -1), (0.6, 1.4), (0.3, 0.7), (-0.4, 0.4))]
    _by_hand_visible(problem.exercise, (lr_d, lr_g), start)
    _by_hand_hidden(problem.exercise, (lr_d, lr_g))
    return problem


def _played(rates: tuple[float, float], start: list[float], real: Tensor, z_d: Tensor, z_g: Tensor) -> list[Tensor]:
    """The same round with automatic differentiation."""
    mu, sigma, w, b = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in start)
    d_loss = softplus(-(w * real + b)).mean() + softplus(w * (mu + sigma * z_d) + b).mean()
    steps = torch.autograd.grad(d_loss, [w, b])
    w, b = (old - rates[0] * step for old, step in zip((w, b), steps, strict=True))
    steps = torch.autograd.grad(softplus(-(w * (mu + sigma * z_g) + b)).mean(), [mu, sigma])
    mu, sigma = (old - rates[1] * step for old, step in zip((mu, sigma), steps, strict=True))
    return [value.detach() for value in (mu, sigma, w, b)]


def _compare(answer: Callable[..., tuple], rates: tuple, start: list[float], n: int, which: slice) -> None:
    real, z_d, z_g = 3 + 1.5 * torch.randn(n).double(), torch.randn(n).double(), torch.randn(n).double()
    wanted = _played(rates, start, real, z_d, z_g)
    given = [torch.tensor(value, dtype=torch.float64) for value in start]
    found = items(answer(*given, real.clone(), z_d.clone(), z_g.clone()), 4, "four numbers, mu, sigma, w and b")
    names = ["mu", "sigma", "w", "b"]
    for name, mine, right in list(zip(names, found, wanted, strict=True))[which]:
        near(mine, right, f"from mu, sigma, w, b = {start} the new {name}", tolerance=1e-6)


def _by_hand_visible(exercise: Exercise, rates: tuple[float, float], start: list[float]) -> None:
    @exercise.case(points=2, hint="Differentiate: the slope of L_D in w is a mean over reals and one over fakes.")
    def d_moves(one_round):
        """D moves down its loss."""
        _compare(one_round, rates, start, 8, slice(2, 4))

    @exercise.case(
        points=2,
        hint="G asks the D that has just moved about fakes of its new noise; the slope of L_G in mu and in sigma "
        "follows by the chain rule.",
    )
    def g_moves(one_round):
        """G moves down its loss."""
        _compare(one_round, rates, start, 8, slice(0, 2))


def _by_hand_hidden(exercise: Exercise, rates: tuple[float, float]) -> None:
    @exercise.case(points=2, visible=False, hint="Compare with automatic differentiation, from other starts.")
    def elsewhere(one_round):
        """It agrees with automatic differentiation from many starts, for any number of examples."""
        for n in (1, 5, 64):
            start = (4 * torch.rand(4, dtype=torch.float64) - 2).tolist()
            _compare(one_round, rates, start, n, slice(0, 4))

    @exercise.case(visible=False, hint="sigmoid(1000) is 1, and nothing overflows: did you write exp yourself?")
    def a_steep_discriminator(one_round):
        """A discriminator as steep as 400 is no problem."""
        _compare(one_round, rates, [0.0, 0.5, 400.0, -3.0], 16, slice(0, 4))

    @exercise.case(visible=False, hint="Write w = w + …, not w += …, which changes the caller's number.")
    def leaves_everything_alone(one_round):
        """The numbers it was given, and all else in the notebook, stay as they were."""
        mu, sigma, w, b = (torch.tensor(value) for value in (1.0, 2.0, 0.5, -0.5))
        real, z_d, z_g = torch.tensor([1.0, 2.0]), torch.tensor([0.5, -1.0]), torch.tensor([1.5, 0.0])
        with untouched(mu=mu, sigma=sigma, w=w, b=b, real=real, z_d=z_d, z_g=z_g):
            one_round(mu, sigma, w, b, real, z_d, z_g)
