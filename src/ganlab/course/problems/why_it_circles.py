"""Problems of chapter 7, why it circles: when a swing has settled, and the smallest penalty that does the job."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_HEIGHT = "t, height = (steps.double(), (values - «goal»).abs().log())"
_SLOPE = "slope = (from_middle * height).sum() / (from_middle ** 2).sum()"
_SETTLED = Wording(
    text="""
A run swings around its goal **«goal»**. All that was written down are the turning points of the curve, from one to the
next: `steps`, the numbers of the steps at which it turned, and `values`, how high it was there, in turn above and below
the goal. Linear theory says that the distance from the goal at the turning points shrinks by the same factor in each
step, apart from the noise of the minibatches.

Predict two numbers:

- the period, that is, how many steps one *full* swing takes on average, and
- the step at which the distance of the turning points falls to **«near»**, a number that need not be whole. Fit a
  straight line to the *logarithm* of the distances by least squares, using all turning points, and see where it
  crosses, be it before the first of them. If the fitted swing does not shrink, this second number is `math.inf`.
""",
    stub='''
import math

import torch


def settled(steps, values):
    """Return the period, and the step at which the swing falls to «near».

    steps (integers) and values, shape (n,), are turning points, n >= 2;
    the goal is «goal».
    """
    raise NotImplementedError
''',
    answer="""
t, height = steps.double(), (values - («goal»)).abs().log()
period = 2 * (t[-1] - t[0]) / (len(t) - 1)
from_middle = t - t.mean()
slope = (from_middle * height).sum() / (from_middle**2).sum()
if slope >= 0:
    return period, math.inf
return period, t.mean() + (math.log(«near») - height.mean()) / slope
""",
    mistakes=[
        ("T14", "takes half a swing for a full one", [("2 * (t[-1]", "(t[-1]")], "one_run", "half a swing"),
        ("T14", "counts turning points, not what lies between them", [("/ (len(t) - 1)", "/ len(t)")],
         "one_run", "between"),
        ("T14", "measures from zero instead of the goal", [("(values - («goal»))", "values")],
         "one_run", "distance from the goal"),
        ("T14", "takes the mean of the turning points for the goal",
         [("(values - («goal»))", "(values - values.mean())")], "one_run", "distance from the goal"),
        ("T14", "does not take the logarithm", [(".abs().log()", ".abs()"), ("math.log(«near»)", "«near»")],
         "one_run", "logarithm"),
        ("T14", "forgets where the line begins", [("t.mean() + (math", "(math")], "one_run", "crosses"),
        ("T14", "joins the first and the last turning point",
         [("(from_middle * height).sum() / (from_middle**2).sum()", "(height[-1] - height[0]) / (t[-1] - t[0])")],
         "noise", "all turning points"),
        ("E33", "thinks that every swing settles", [("slope >= 0", "slope == 0")], "it_grows", "math.inf"),
        ("T14", "looks at those above the goal only", [("abs().log()", "abs().log() * (values > («goal»))")],
         "one_run", "distance from the goal"),
    ],
    equivalent={
        "no_grad: period = 2 * (t[-1] - t[0]) / (len(t) - 1)": "nothing here needs a gradient",
        "swap: period = 2 * (t[-1] - t[0]) / (len(t) - 1) / from_middle = t - t.mean()": "neither needs the other",
        "if slope >= 0: -> if slope > 0:": "rounding decides whether a slope is exactly 0",
        f"{_SLOPE} -> {_SLOPE.replace('(from_middle ** 2)', 'from_middle.pow_(2)')}": "it is not used again",
        f"{_HEIGHT} -> {_HEIGHT.replace('values - «goal»', '«goal» - values')}": "a distance has no sign",
        f"{_HEIGHT} -> {_HEIGHT.replace('(values - «goal»)', '(-(values - «goal»))')}": "a distance has no sign",
    },
)  # fmt: skip


def settled(draw: Draw) -> Problem:
    """Predict from its turning points when a swing has settled."""
    goal, near_it = draw.choice([-2.5, -1.5, 1.5, 2.5, 3.5]), draw.choice([0.01, 0.02, 0.03, 0.05])
    problem = posed("settled", "When has it settled?", _SETTLED, {"goal": goal, "near": near_it})
    half, factor = draw.randrange(80, 240, 10), draw.uniform(0.5, 0.8)
    _settled_visible(problem.exercise, goal, near_it, (half, factor))
    _settled_hidden(problem.exercise, goal, near_it)
    return problem


def _turns(goal: float, half: int, factor: float, n: int, *, noise: float = 0.0) -> tuple[Tensor, Tensor]:
    """n turning points of a swing around the goal, `half` steps apart, each `factor` times as far as the last."""
    steps = 37 + half * torch.arange(n) + (noise * half * torch.rand(n)).long()
    size = 1.3 * factor ** torch.arange(n).double() * (1 + noise * torch.randn(n).double()).abs()
    return steps, goal + size * (-1.0) ** torch.arange(n)


def _foretold(goal: float, near_it: float, steps: Tensor, values: Tensor) -> tuple[float, float]:
    t, height = steps.numpy().astype(float), np.log(np.abs(values.numpy() - goal))
    slope, begin = np.polyfit(t, height, 1)
    at = (math.log(near_it) - begin) / slope if slope < 0 else math.inf
    return 2 * (t[-1] - t[0]) / (len(t) - 1), float(at)


def _asked(answer: Callable[..., tuple], steps: Tensor, values: Tensor) -> tuple[float, float]:
    pair = items(answer(steps.clone(), values.clone()), 2, "two numbers, the period and the step")
    return number(pair[0], "the period"), number(pair[1], "the step")


def _settled_visible(exercise: Exercise, goal: float, near_it: float, swing: tuple[int, float]) -> None:
    @exercise.case(
        points=2,
        hint="From one turning point to the next is half a swing, and n points have n - 1 such halves between them. "
        "The logarithm of the distance from the goal falls along a line: where does this line, at its own height, "
        "reach the logarithm of the number that was asked for? There it crosses.",
    )
    def one_run(settled):
        """From the turning points of an undisturbed run it predicts both numbers."""
        steps, values = _turns(goal, *swing, 6)
        period, at = _asked(settled, steps, values)
        shown = ", ".join(f"({t}, {v:.3f})" for t, v in zip(steps.tolist(), values.tolist(), strict=True))
        right = _foretold(goal, near_it, steps, values)
        near(period, right[0], f"for {shown} the period", tolerance=1e-3)
        near(at, right[1], f"for {shown} the step", tolerance=1e-3)

    @exercise.case(hint="If the line does not fall, the swing never gets there: return math.inf.")
    def it_grows(settled):
        """A swing that grows never settles; its period is as before."""
        period, at = _asked(settled, *_turns(goal, 90, 1.2, 5))
        near(period, 180.0, "of a growing swing the period")
        if at != math.inf:
            raise Finding(f"of a growing swing the step is {at:g}", "math.inf")


def _settled_hidden(exercise: Exercise, goal: float, near_it: float) -> None:
    @exercise.case(points=2, visible=False, hint="Least squares uses all turning points, at the steps where they are.")
    def noise(settled):
        """On noisy turning points it is the line of least squares that counts."""
        for n, half, factor in ((5, 120, 0.6), (9, 64, 0.75), (3, 210, 0.5)):
            steps, values = _turns(goal, half, factor, n, noise=0.2)
            right, found = _foretold(goal, near_it, steps, values), _asked(settled, steps, values)
            near(found[0], right[0], f"of {n} noisy turning points the period", tolerance=1e-3)
            near(found[1], right[1], f"of {n} noisy turning points the step", tolerance=1e-3)

    @exercise.case(visible=False, hint="Two points make a line.")
    def two_points(settled):
        """Two turning points are enough, and the answer may lie in the past."""
        steps, values = torch.tensor([100, 150]), goal + torch.tensor([-2e-3, 1e-3]).double()
        right, found = _foretold(goal, near_it, steps, values), _asked(settled, steps, values)
        near(found[0], 100.0, "of two turning points the period")
        near(found[1], right[1], "of two turning points, both closer than asked for, the step", tolerance=1e-3)

    @exercise.case(visible=False)
    def leaves_the_curve_alone(settled):
        """The turning points, and all else in the notebook, stay as they were."""
        steps, values = _turns(goal, 50, 0.5, 4)
        with untouched(steps=steps, values=values):
            settled(steps, values)
        with untouched(steps=steps, values=values):
            settled(steps.double(), values.float())


_GAMMA = "gamma = (1 + («h» * omega) ** 2 - «factor» ** 2) / «h»"
_PENALTY = Wording(
    text="""
A Dirac-GAN has, without a penalty, the eigenvalues $\\pm i\\omega$ at its equilibrium; its field there is the matrix
$J$ with the rows $(0, -\\omega)$ and $(\\omega, 0)$, and $R_1$ of strength $\\gamma$ puts $-\\gamma$ in the lower right
corner. Both players move *at once*, with the step size $h$, here **«h»**, and they are to arrive quickly: in the long
run each step has to multiply their distance from the equilibrium by at most **«factor»**. So no eigenvalue of the
matrix of one step, $I + hJ$, may have an absolute value above «factor».

What is the *smallest* strength that achieves it, for a given $\\omega > 0$? For some $\\omega$ no strength is enough;
then return `math.inf`. Work with pencil and paper, or let the computer search: three correct digits are enough.
""",
    stub='''
import math


def penalty_for(omega):
    """Return the smallest gamma with which no step keeps more than «factor».

    Simultaneous steps of size «h»; math.inf if no gamma is enough.
    """
    raise NotImplementedError
''',
    answer="""
gamma = (1 + («h» * omega) ** 2 - «factor»**2) / «h»
return gamma if gamma <= 2 * omega else math.inf
""",
    mistakes=[
        ("T14", "takes the flow for the steps", [("(1 + («h» * omega) ** 2 - «factor»**2) / «h»",
                                                  "-2 * math.log(«factor») / «h»")], "arrives", "larger than asked"),
        ("U21", "gives the critical strength", [("(1 + («h» * omega) ** 2 - «factor»**2) / «h»", "2 * omega")],
         "arrives", "smaller strength"),
        ("T14", "does not square the factor", [("«factor»**2", "«factor»")], "arrives", "larger than asked"),
        ("T14", "forgets that the step itself leads outwards", [("1 + («h» * omega) ** 2", "1")],
         "arrives", "larger than asked"),
        ("T14", "forgets to divide by the step size", [(") / «h»", ")")], "arrives", "larger than asked"),
        ("U21", "believes that a strong penalty always helps", [("gamma if gamma <= 2 * omega else math.inf", "gamma")],
         "too_slow", "math.inf"),
        ("T14", "lets the penalty be strong enough for one eigenvalue only",
         [("gamma if gamma <= 2 * omega else math.inf",
           "max(gamma, 2 * omega + 0.1)")], "arrives", "smaller strength"),
        ("T14", "takes the penalty without its factor one half",
         [("return gamma if gamma", "return gamma / 2 if gamma")],
         "arrives", "larger than asked"),
    ],
    equivalent={
        "return gamma if gamma <= 2 * omega else math.inf -> return gamma if gamma < 2 * omega else math.inf": (
            "rounding decides whether two numbers are equal"
        ),
        **{
            f"{_GAMMA} -> {_GAMMA.replace('(«h» * omega)', turned)}": "the sign is lost in the square"
            for turned in ("(-(«h» * omega))", "(-«h» * omega)")
        },
    },
)  # fmt: skip


def penalty_for(draw: Draw) -> Problem:
    """Find the smallest penalty with which simultaneous steps arrive at a given speed."""
    h, factor = draw.choice([0.1, 0.2, 0.25, 0.4, 0.5]), draw.choice([0.85, 0.9, 0.92, 0.95, 0.97])
    problem = posed("penalty_for", "Just enough penalty", _PENALTY, {"h": h, "factor": factor})
    _penalty_visible(problem.exercise, h, factor, draw.uniform(2.0, 3.0))
    _penalty_hidden(problem.exercise, h, factor)
    return problem


def _keeps(h: float, omega: float, gamma: float) -> float:
    """The largest absolute eigenvalue of one step."""
    step = torch.tensor([[1.0, -h * omega], [h * omega, 1 - h * gamma]], dtype=torch.float64)
    return torch.linalg.eigvals(step).abs().max().item()


def _enough(answer: Callable[[float], float], h: float, factor: float, omega: float) -> None:
    gamma = number(answer(omega), f"penalty_for({omega:.4g})")
    if not math.isfinite(gamma):
        raise Finding(f"penalty_for({omega:.4g}) is {gamma:g}", "a number: there is a strength that is enough")
    slack = 3e-3 * (1 + abs(gamma))  # three digits are enough
    # Beyond 2 omega a stronger penalty slows nothing, so a right answer just below is not tried there.
    if _keeps(h, omega, min(gamma + slack, max(gamma, 2 * omega))) > factor:
        saw = f"with gamma = {gamma:.4g} a step keeps {_keeps(h, omega, gamma):.4f} for omega = {omega:.4g}"
        raise Finding(saw, f"at most {factor:g}; yours is larger than asked for")
    if _keeps(h, omega, gamma - slack) <= factor:
        saw = f"with gamma = {gamma:.4g}, omega = {omega:.4g}, a smaller strength is enough, {gamma - slack:.4g} too"
        raise Finding(saw, "the smallest one")


def _never(answer: Callable[[float], float], omega: float) -> None:
    gamma = number(answer(omega), f"penalty_for({omega:.4g})")
    if gamma != math.inf:
        hint = "Beyond 2 omega nothing turns any more, and a stronger penalty only makes one eigenvalue larger."
        raise Finding(f"penalty_for({omega:.4g}) is {gamma:.4g}", "math.inf: no strength is enough", hint)


def _penalty_visible(exercise: Exercise, h: float, factor: float, times: float) -> None:
    @exercise.case(
        points=2,
        hint="As long as it turns, the squared absolute value of both eigenvalues is the determinant of I + hJ.",
    )
    def arrives(penalty_for):
        """With your strength the players arrive as quickly as asked, and a smaller one is not enough."""
        _enough(penalty_for, h, factor, times * (1 - factor) / h)

    @exercise.case(hint="How small can the largest eigenvalue become at all? Try large strengths.")
    def too_slow(penalty_for):
        """If the game turns too slowly, no strength is enough."""
        _never(penalty_for, 0.8 * (1 - factor) / h)


def _penalty_hidden(exercise: Exercise, h: float, factor: float) -> None:
    @exercise.case(points=2, visible=False, hint="Nothing else depends on omega than the formula, or the search, says.")
    def other_games(penalty_for):
        """It is right for many games, from those that barely can be slowed to those that turn fast."""
        low, high = (1 - factor) / h, (1 + factor) / h
        for share in (0.01, 0.05, *torch.rand(3).tolist(), 0.97):
            _enough(penalty_for, h, factor, low + share * (high - low))

    @exercise.case(visible=False, hint="If h omega comes near 2, a step overshoots too far, whatever the penalty does.")
    def out_of_reach(penalty_for):
        """Games that turn too slowly or too fast are out of reach, and the notebook stays as it was."""
        with untouched():
            for omega in (0.97 * (1 - factor) / h, 0.1 * (1 - factor) / h, 1.03 * (1 + factor) / h, 3 / h):
                _never(penalty_for, omega)
