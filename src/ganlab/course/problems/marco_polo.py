"""Problems of chapter 2, Marco Polo: how many calls it takes, and whether anybody answered at all."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, near, number, truth
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_LOOK = "    if abs(mu - («goal»)) < distance:\n            return n\n    "
_MOVE = "    mu = mu + lr * ((«goal») - mu) / «std»**2\n    "
_CALLS = Wording(
    text="""
The caller stands at `mu` and scatters her samples around it, $x = \\mu + \\sigma z$; her $\\sigma$ stays fixed in this
problem, and you are not told what it is. The data are normal with mean **«goal»** and standard deviation **«std»**.
She always gets the exact answer, the best logit of real against fake, and moves with the learning rate `lr` along the
mean hint, the mean slope of this logit over infinitely many samples, as in the chapter's *The exact answer*.

After how many moves is she, for the first time, *less* than `distance` away from «goal»? First find with pencil and
paper where one move takes her; the unknown $\\sigma$ drops out. Then predict:

- If she is there already, the answer is 0.
- If she never arrives, it is `math.inf`; what has not happened after 10 000 moves counts as never.
- A large `lr` carries her past the goal. That is no mistake, so count all the same.
""",
    stub='''
import math


def calls(mu, lr, distance):
    """Return the number of moves until |mu - «goal»| < distance, or math.inf."""
    raise NotImplementedError
''',
    answer="""
for n in range(10_001):
    if abs(mu - («goal»)) < distance:
        return n
    mu = mu + lr * ((«goal») - mu) / «std»**2
return math.inf
""",
    mistakes=[
        ("T9", "steps by the distance itself, as if the data had spread 1", [(" / «std»**2", "")],
         "one_move", "standard deviation of the data"),
        ("T9", "divides by the standard deviation instead of its square", [("«std»**2", "«std»")],
         "one_move", "squared"),
        ("T4", "looks only after the move",
         [(_LOOK + _MOVE, _MOVE + _LOOK)],
         "one_move", "half the distance"),
        ("T4", "moves away from the data", [("mu + lr", "mu - lr")], "one_move", "towards"),
        ("E10", "counts the move after arrival, too", [("        return n", "        return n + 1")],
         "one_move", "already"),
        ("T4", "expects to come from the left", [("abs(mu - («goal»))", "(«goal») - mu")],
         "from_the_right", "from the right"),
        ("T4", "stops when the goal is passed",
         [("abs(mu - («goal»)) < distance:",
           "abs(mu - («goal»)) < distance or (n and lr > «std»**2):")], "large_steps", "past the goal"),
        ("T4", "waits for ever, and then says how long it waited", [("return math.inf", "return n")],
         "never", "math.inf"),
    ],
    equivalent={
        f"for n in range(10001): -> for n in range({n}):": "the cases either end sooner or never"
        for n in (10000, 10002, 20002)
    }
    | {
        "no_grad: for n in range(10001):": "nothing here has a gradient",
        "no_grad: if abs(mu - «goal») < distance:": "nothing here has a gradient",
        "if abs(mu - «goal») < distance: -> if abs(«goal» - mu) < distance:": "a distance has no sign",
        "if abs(mu - «goal») < distance: -> if abs(-(mu - «goal»)) < distance:": "a distance has no sign",
    },
)  # fmt: skip


def calls(draw: Draw) -> Problem:
    """Predict the number of moves along the exact mean hint."""
    goal, std = draw.choice([-4, -3, -2, 2, 3, 4]), draw.choice([1.5, 2.0, 2.5, 3.0])
    problem = posed("calls", "How many calls?", _CALLS, {"goal": goal, "std": std})
    far = draw.choice([6.0, 7.0, 8.0, 9.0])
    _calls_visible(problem.exercise, goal, std, far)
    _calls_hidden(problem.exercise, goal, std)
    return problem


def _needed(gap: float, rate: float, distance: float) -> int:
    """Moves until a gap that each move multiplies by 1 - rate is below the distance."""
    return max(0, math.floor(math.log(distance / abs(gap)) / math.log(abs(1 - rate))) + 1)


def _counted(calls: Callable[..., float], mu: float, lr: float, distance: float) -> float:
    return number(calls(mu, lr, distance), f"calls({mu:g}, {lr:g}, {distance:g})")


def _calls_visible(exercise: Exercise, goal: float, std: float, far: float) -> None:
    @exercise.case(hint="The slope of log p_data at x is (mean - x) / std². What does the caller's own density add?")
    def one_move(calls):
        """A learning rate of half the squared spread halves the distance."""
        what = f"calls({goal - far:g}, {std**2 / 2:g}, {far / 1.5:g})"
        if _counted(calls, goal, 0.1, 1.0) != 0:
            raise Finding(f"calls({goal:g}, 0.1, 1) is not 0", "0 moves", "She is there already.")
        hint = (
            "The mean hint points towards the data, grows with the distance, and is divided by the squared standard "
            "deviation of the data."
        )
        found = _counted(calls, goal - far, std**2 / 2, far / 1.5)
        if found != 1:
            raise Finding(f"{what} is {found:g}", "1: half the distance is left", hint)
        found = _counted(calls, goal - far, std**2 / 2, far / 3.0)
        if found != 2:
            raise Finding(f"{what.replace(f'{far / 1.5:g}', f'{far / 3:g}')} is {found:g}", "2 moves", hint)

    @exercise.case(points=2, hint="Each move multiplies the distance by the same factor, 1 - lr / std².")
    def small_steps(calls):
        """With small steps the number of moves is the one predicted."""
        for share, distance in ((0.1, 0.5), (0.03, 0.2)):
            found = _counted(calls, goal - far, share * std**2, distance)
            near(found, _needed(far, share, distance), f"calls({goal - far:g}, {share * std**2:g}, {distance:g})")

    @exercise.case(hint="The distance has no sign: take abs.")
    def from_the_right(calls):
        """From the right it takes as long as from the left."""
        found = _counted(calls, goal + far, 0.1 * std**2, 0.5)
        near(found, _needed(far, 0.1, 0.5), f"starting from the right, calls({goal + far:g}, {0.1 * std**2:g}, 0.5)")


def _calls_hidden(exercise: Exercise, goal: float, std: float) -> None:
    @exercise.case(visible=False, hint="Past the goal the next hint points back: the factor 1 - lr / std² is negative.")
    def large_steps(calls):
        """Steps that carry her past the goal are counted as they are."""
        for rate in (1.3, 1.7, 1.9):
            found = _counted(calls, goal - 5.3, rate * std**2, 0.4)
            near(found, _needed(5.3, rate, 0.4), f"where each move carries her past the goal, lr = {rate:g} std², it")
        near(_counted(calls, goal - 5.3, std**2, 1e-6), 1, "with lr = std² it")

    @exercise.case(visible=False, hint="With lr >= 2 std² the distance does not shrink: return math.inf.")
    def never(calls):
        """If she never arrives, it says math.inf."""
        for lr in (2.5 * std**2, 0.0, 3.0 * std**2):
            found = _counted(calls, goal + 1.75, lr, 0.25)
            if found != math.inf:
                raise Finding(
                    f"with lr = {lr:g} and std = {std:g} she never arrives, and you say {found:g}", "math.inf"
                )

    @exercise.case(visible=False, hint="*Less than* the distance is asked for: exactly there is not yet there.")
    def exactly_there_is_not_enough(calls):
        """At exactly the distance she has not arrived, and nothing else in the notebook changes."""
        with untouched():
            near(_counted(calls, goal - 4, std**2 / 2, 2.0), 2, "where one move leads to exactly the distance, it")

    @exercise.case(points=2, visible=False, hint="Try other starts and distances, and count by hand.")
    def elsewhere(calls):
        """Elsewhere it is right too."""
        for gap, rate, distance in (torch.rand(8, 3).double() * 0.8 + 0.1).tolist():
            start = goal + 20 * (gap - 0.5)
            if abs(start - goal) > distance:
                expected = _needed(20 * (gap - 0.5), rate / 2, distance)
                near(_counted(calls, start, rate / 2 * std**2, distance), expected, "from another start it")


_ANSWERED = Wording(
    text="""
Without an answer, the caller of *No answer* walks at random: her steps are independent and have mean 0, so that the
square of her total displacement is, on average, the sum of the squared steps. After many steps the quotient

$$ q = \\frac{\\text{total displacement}}{\\sqrt{\\text{sum of the squared steps}}} $$

is therefore close to standard normal, whatever the length of her steps. An answer, if she hears one, adds a drift.

You receive the log of a walk, `path`, her position before the first and after each step. Decide whether she was
answered. An answer may pull to either side, so decide by $\\lvert q \\rvert$. You may accuse a silent pool only
rarely: choose the bound such that, by the normal distribution, **«percent» %** of the walks without an answer are
called answered, those to the left and those to the right taken together. Someone who never moved has not been answered.

`torch.special.ndtri(p)` is the number below which a standard normal variable lies with probability $p$.
""",
    stub='''
import torch


def answered(path):
    """Return True if the walk has a drift, at a false alarm rate of «percent» %.

    path, shape (n + 1,), holds the positions; n is at least 20.
    """
    raise NotImplementedError
''',
    answer="""
steps = path.diff()
walked = steps.square().sum().sqrt()
bound = torch.special.ndtri(torch.tensor(1 - «alpha» / 2))
return bool(steps.sum().abs() > bound * walked)
""",
    mistakes=[
        ("T4", "looks to the right only", [("steps.sum().abs()", "steps.sum()")], "both_sides", "either side"),
        ("U20", "spends the whole rate on each side", [("«alpha» / 2", "«alpha»")], "the_bound", "both sides"),
        ("T4", "takes the last position for the displacement", [("steps.sum().abs()", "path[-1].abs()")],
         "from_anywhere", "where she began"),
        ("U20", "compares with the number of steps, not with their length", [("steps.square().sum().sqrt()",
                                                                              "len(steps) ** 0.5")],
         "any_length", "length of the steps"),
        ("U20", "forgets the root", [(".square().sum().sqrt()", ".square().sum()")], "the_bound", "both sides"),
        ("T4", "compares with the length of the way", [(".square().sum().sqrt()", ".abs().sum()")],
         "the_bound", "both sides"),
        ("T4", "looks at the farthest point of the walk", [("steps.sum().abs()", "(path - path[0]).abs().max()")],
         "there_and_back", "displacement"),
        ("U20", "calls the one answered who never moved", [("> bound", ">= bound")], "never_moved", "did not move"),
        ("U20", "asks for the usual five per cent, times three",
         [("«alpha» / 2", "0.15 / 2")], "the_bound", "both sides"),
    ],
    equivalent={
        "no_grad: return bool(steps.sum().abs() > bound * walked)": "a truth value has no gradient",
        "swap: walked = steps.square().sum().sqrt() / bound = torch.special.ndtri(torch.tensor(1 - «alpha» / 2))": (
            "neither needs the other"
        ),
        "steps = path.diff() -> steps = -path.diff()": "both sides count",
        "return bool(steps.sum().abs() > bound * walked) -> return bool(steps.sum().abs() > bound.mul_(walked))": (
            "bound is not used again"
        ),
        "return bool(steps.sum().abs() > bound * walked) -> return bool((-steps.sum()).abs() > bound * walked)": (
            "both sides count"
        ),
    },
)  # fmt: skip


def answered(draw: Draw) -> Problem:
    """Test a random walk for a drift, at a drawn rate of false alarms."""
    percent = draw.choice([1, 2, 3, 4, 5, 6, 8])
    problem = posed("answered", "Did anybody answer?", _ANSWERED, {"percent": percent, "alpha": percent / 100})
    bound = torch.special.ndtri(torch.tensor(1 - percent / 200, dtype=torch.float64)).item()
    _answered_visible(problem.exercise, bound, 0.5 * draw.randrange(3, 9))
    _answered_hidden(problem.exercise, bound)
    return problem


def _walk(n: int, net: int, *, start: float = 0.0, length: float = 1.0) -> Tensor:
    """n steps, of which the first go back and forth and the last |net| to one side; q is net / sqrt(n)."""
    there = torch.full((abs(net),), math.copysign(1, net))
    steps = torch.cat([torch.tensor([-1.0, 1.0]).repeat((n - abs(net)) // 2), there]).double()
    return start + length * torch.cat([torch.zeros(1).double(), steps.cumsum(0)])


def _expect(answered: Callable[[Tensor], bool], path: Tensor, wanted: bool, what: str, hint: str = "") -> None:
    found = truth(answered(path), f"for {what} your answer")
    if found != wanted:
        raise Finding(f"for {what} you say {found}", str(wanted), hint)


def _around(bound: float, n: int) -> tuple[int, int]:
    """The largest displacement of n steps, n even, that is not yet a drift, and the next one."""
    below = 2 * math.floor(bound * math.sqrt(n) / 2)
    return below, below + 2


def _answered_visible(exercise: Exercise, bound: float, start: float) -> None:
    @exercise.case(points=2, hint="At this rate, split over both sides, a drift begins beyond ndtri(1 - rate / 2).")
    def the_bound(answered):
        """A drift begins where the normal distribution says."""
        for n in (400, 2500):
            below, above = _around(bound, n)
            for net, wanted in ((below, False), (above, True), (0, False)):
                _expect(answered, _walk(n, net), wanted, f"{n} steps of length 1 that end {net} to the right")

    @exercise.case(hint="Drift to either side counts.")
    def both_sides(answered):
        """A drift to the left is a drift."""
        below, above = _around(bound, 400)
        _expect(answered, _walk(400, -above), True, f"400 steps of length 1 that end {above} to the left")
        _expect(answered, _walk(400, -below), False, f"400 steps of length 1 that end {below} to the left")

    @exercise.case(hint="Displacement is measured from where she began.")
    def from_anywhere(answered):
        """It does not matter where she starts."""
        begin = 20 * start
        _expect(answered, _walk(400, 0, start=begin), False, f"a walk that ends where it began, at {begin:g}")


def _answered_hidden(exercise: Exercise, bound: float) -> None:
    @exercise.case(
        visible=False, hint="Compare with the length of the steps that were made: the root of the sum of squares."
    )
    def any_length(answered):
        """It does not matter how long her steps are, nor whether they are all alike."""
        for n, length in ((900, 0.01), (1600, 50.0)):
            below, above = _around(bound, n)
            _expect(answered, _walk(n, below, length=length), False, f"{n} steps of {length:g}, net {below}")
            _expect(answered, _walk(n, above, length=length), True, f"{n} steps of {length:g}, net {above}")
        rested = _walk(400, _around(bound, 400)[1]).repeat_interleave(3)
        _expect(answered, rested, True, "a walk with rests between its steps")

    @exercise.case(visible=False, hint="Only the total displacement counts: a random walk may go far in between.")
    def there_and_back(answered):
        """A long way there and back is no drift."""
        there = torch.arange(101.0).double()
        _expect(answered, torch.cat([there, there.flip(0)[1:]]), False, "100 steps to the right and 100 back")

    @exercise.case(visible=False, hint="She did not move: 0 is not more than 0.")
    def never_moved(answered):
        """Who never moved was not answered."""
        _expect(answered, torch.full((30,), 2.0).double(), False, "a caller who did not move")

    @exercise.case(visible=False)
    def leaves_the_path_alone(answered):
        """The log, and all else in the notebook, stays as it was."""
        path = _walk(100, 10)
        with untouched(path=path):
            answered(path)
