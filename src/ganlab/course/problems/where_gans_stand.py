"""Problems of chapter 14, where GANs stand: the exact velocity of a few points, and what a detector is worth."""

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import items, near, number, tensor
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_EXACT_VELOCITY = Wording(
    text="""
A network learns the best velocity of flow matching from samples. If the data are a few points on a line, no network is
needed: the best velocity $v^*(x, t) = \\mathbb{E}[x_1 - z \\mid x_t = x]$ can be written down.

The data are the points **«places»** with the shares **«shares»**, the noise $z$ is standard normal, and
$x_t = (1 - t)\\, z + t\\, x_1$ as in *From noise to data in small steps*. Work out which noise leads from each point
of the data to the place $x$ at time $t$, how likely each of the points is if $x_t = x$, and return the mean velocity.

Then follow it from a thousand random $z$ in 1, 4 and 32 passes and look where you arrive; the grader does much the
same.
""",
    stub='''
import torch


def exact_velocity(x, t):
    """Return the best velocity at places x and times t < 1, shape (n, 1).

    x and t have shape (n, 1). The data are the points «places»
    with the shares «shares»; the noise is standard normal.
    """
    raise NotImplementedError
''',
    answer="""
places, shares = torch.tensor(«places»), torch.tensor(«shares»)
z = (x - t * places) / (1 - t)
chance = (shares.log() - z**2 / 2).softmax(dim=1)
return (chance * (places - z)).sum(dim=1, keepdim=True)
""",
    mistakes=[
        ("T17", "takes all points for equally frequent", [("(shares.log() - z**2 / 2)", "(-z**2 / 2)")],
         "the_first_step", "shares"),
        ("T17", "takes the same mean at every place and time",
         [("chance = (shares.log() - z**2 / 2).softmax(dim=1)", "chance = shares")], "late_on_the_way", "How likely"),
        ("T17", "lets time run from the data to the noise",
         [("z = (x - t * places) / (1 - t)", "z = (x - (1 - t) * places) / t.clamp(min=1e-3)")],
         "the_first_step", "At t = 0"),
        ("T17", "subtracts the place instead of the noise", [("(places - z)", "(places - x)")],
         "late_on_the_way", "minus the noise"),
        ("T17", "aims at the point and forgets the noise", [("(places - z)", "(places + 0 * z)")],
         "the_first_step", "minus the noise"),
        ("T17", "follows the line that is most likely",
         [("chance = (shares.log() - z**2 / 2).softmax(dim=1)",
           "likely = (shares.log() - z**2 / 2).argmax(dim=1)\n"
           "    chance = torch.nn.functional.one_hot(likely, len(places))")], "the_first_step", "mean of the data"),
        ("T17", "forgets that the noise has shrunk", [("z = (x - t * places) / (1 - t)", "z = x - t * places")],
         "late_on_the_way", "1 - t"),
        ("T17", "walks backwards", [("(places - z)", "(z - places)")], "the_first_step", "minus the noise"),
    ],
    equivalent={
        "chance = (shares.log() - z ** 2 / 2).softmax(dim=1) -> chance = (shares.log() - z ** 2 / 2).softmax(dim=-1)": (
            "the last of two dimensions is 1"
        ),
        "return (chance * (places - z)).sum(dim=1, keepdim=True) -> "
        "return (chance * (places - z)).sum(dim=-1, keepdim=True)": "the last of two dimensions is 1",
        "return (chance * (places - z)).sum(dim=1, keepdim=True) -> "
        "return chance.mul_(places - z).sum(dim=1, keepdim=True)": "chance is the function's own tensor",
    },
)  # fmt: skip


def exact_velocity(draw: Draw) -> Problem:
    """Write down the velocity that flow matching learns from a few points."""
    places = [*sorted(draw.sample([-3.0, -2.5, -2.0, -1.5, -1.0], 2)), draw.choice([1.0, 1.5, 2.0, 2.5, 3.0])]
    unlike = [each for each in itertools.permutations([0.2, 0.3, 0.5]) if abs(_weighed(places, each)) > 0.1]
    shares = list(draw.choice(unlike))
    drawn = {"places": places, "shares": shares}
    problem = posed("exact_velocity", "The velocity that flow matching learns", _EXACT_VELOCITY, drawn)
    _velocity_visible(problem.exercise, places, shares)
    _velocity_hidden(problem.exercise, places, shares)
    return problem


def _weighed(places: Sequence[float], shares: Sequence[float]) -> float:
    """By how much the shares move the mean of the data."""
    return sum((share - 1 / 3) * place for place, share in zip(places, shares, strict=True))


Points = tuple[Sequence[float], Sequence[float]]


def _mean_velocity(x: Tensor, t: Tensor, points: Points) -> Tensor:
    """Add up the densities of the lines that pass, place by place."""
    lines, total = torch.zeros_like(x), torch.zeros_like(x)
    for place, share in zip(*points, strict=True):
        z = (x - t * place) / (1 - t)
        density = share * torch.exp(-z.square() / 2)
        lines, total = lines + density * (place - z), total + density
    return lines / total


def _asked_at(exact_velocity: Callable, x: Tensor, t: Tensor, points: Points, what: str) -> None:
    found = tensor(exact_velocity(x.clone(), t.clone()), what, shape=tuple(x.shape))
    near(found, _mean_velocity(x.double(), t.double(), points), what, tolerance=1e-3)


def _velocity_visible(exercise: Exercise, places: list[float], shares: list[float]) -> None:
    mean = sum(place * share for place, share in zip(places, shares, strict=True))
    told = (
        f"At t = 0 the place says nothing of the point: all lines lead to the mean of the data, {mean:.3g}, by "
        "their shares. A line's velocity is its point minus the noise at its start."
    )

    @exercise.case(points=2, hint=told)
    def the_first_step(exact_velocity):
        """From every z one step of length 1 leads to the mean of the data."""
        z = torch.linspace(-2, 2, 9)[:, None]
        found = tensor(exact_velocity(z.clone(), torch.zeros(9, 1)), "the velocity", shape=(9, 1))
        near(z + found, torch.full((9, 1), mean), "from nine z the end of one step", tolerance=1e-3)

    late = (
        "Which noise leads from each point to x? Divide what is left by 1 - t. How likely is each point? The velocity "
        "is the point minus the noise."
    )

    @exercise.case(hint=late)
    def late_on_the_way(exact_velocity):
        """Near the end the velocity leads to the point that is near."""
        x, t = torch.tensor(places)[:, None] + 0.05, torch.full((3, 1), 0.95)
        _asked_at(exact_velocity, x, t, (places, shares), f"at t = 0.95, just beside {places}, the velocity")


def _velocity_hidden(exercise: Exercise, places: list[float], shares: list[float]) -> None:
    points = places, shares

    @exercise.case(points=2, visible=False, hint="Weigh each line by its share and by the density of its noise.")
    def anywhere(exact_velocity):
        """At random places and times the velocity is the mean of the lines that pass."""
        t = 0.9 * torch.rand(40, 1)
        x = (1 - t) * torch.randn(40, 1) + t * torch.tensor(places)[torch.randint(3, (40, 1))]
        _asked_at(exact_velocity, x, t, points, "at 40 random places and times the velocity")

    @exercise.case(
        points=2, visible=False, hint="Followed in small steps, the velocity leads to each point by its share."
    )
    def arrives_by_the_shares(exact_velocity):
        """Followed in 60 passes from 400 z, it arrives at each point as often as its share says."""
        normal, passes = torch.distributions.Normal(0.0, 1.0), 60
        x = normal.icdf((torch.arange(400.0) + 0.5) / 400)[:, None]
        for step in range(passes):
            t = torch.full_like(x, step / passes)
            x = x + tensor(exact_velocity(x, t), "the velocity", shape=(400, 1)).detach() / passes
        arrived = (x - torch.tensor(places)).abs() < 0.1
        near(arrived.float().mean(dim=0), torch.tensor(shares), "the shares that arrive", tolerance=0.03)

    @exercise.case(visible=False)
    def leaves_places_and_times_alone(exact_velocity):
        """Neither x nor t is changed."""
        x, t = torch.randn(3, 1), torch.rand(3, 1) / 2
        with untouched(x=x, t=t):
            exact_velocity(x, t)


_BELOW = "false, caught = ((real < limit).double().mean(), (fake < limit).double().mean())"

_ALARM = Wording(
    text="""
A platform wants to mark generated pictures. It has a detector, which gives high logits to real pictures, and its
logits for some real pictures and some fakes that it has not seen in training. The rule is to mark a picture if its
logit is below a limit, and to mark **about «percent» %** of the real pictures wrongly: the limit is the
quantile «rate» of their logits (`quantile`, with its usual interpolation).

Of the pictures that users send in, only a share of **«share»** are fakes. Among the pictures that are *marked*, which
share is real, that is, marked wrongly? Work it out from the shares of real pictures and of fakes below the limit, and
ask yourself what you would write beside the mark. Return the limit, the share of the fakes that are marked, and this
share.
""",
    stub='''
def marked(real, fake):
    """Return the limit, the share of fakes marked, and the wrong marks.

    real and fake, shapes (n,) and (m,), are logits; a low one is marked. The
    limit is the quantile «rate» of real pictures; of all pictures a share of
    «share» are fakes. The third number is the share of the marked pictures
    that are real.
    """
    raise NotImplementedError
''',
    answer="""
limit = real.quantile(«rate»)
false, caught = (real < limit).double().mean(), (fake < limit).double().mean()
wrong, right = (1 - «share») * false, «share» * caught
return limit, caught, wrong / (wrong + right)
""",
    mistakes=[
        ("T3", "takes the share of real pictures that are marked for the share of marked ones that are real",
         [("wrong / (wrong + right)", "false")], "a_good_detector", "not the share of real pictures"),
        ("T3", "weighs both kinds alike, as in the test",
         [("(1 - «share») * false, «share» * caught", "false, caught")],
         "a_good_detector", "«share»"),
        ("T3", "exchanges the shares of real pictures and fakes",
         [("(1 - «share») * false, «share» * caught", "«share» * false, (1 - «share») * caught")],
         "a_good_detector", "«share»"),
        ("T3", "gives the share of fakes among the marked", [("wrong / (wrong + right)", "right / (wrong + right)")],
         "a_good_detector", "the others"),
        ("T8", "marks high logits", [("real.quantile(«rate»)", "real.quantile(1 - «rate»)"),
          ("(real < limit)", "(real > limit)"), ("(fake < limit)", "(fake > limit)")], "a_good_detector", "low"),
        ("T21", "sets the limit by the fakes", [("real.quantile", "fake.quantile")],
         "a_good_detector", "real pictures"),
        ("T21", "sets the limit by all pictures of the test",
         [("limit = real.quantile", "limit = __import__('torch').cat([real, fake]).quantile")],
         "a_good_detector", "real pictures"),
        ("T8", "puts the limit at logit 0, where D is one half",
         [("limit = real.quantile(«rate»)", "limit = 0 * real.mean()")], "a_good_detector", "real pictures"),
        ("T3", "counts the fakes that slip through", [("(fake < limit)", "(fake >= limit)")],
         "a_good_detector", "are marked"),
    ],
    equivalent={
        f"{_BELOW} -> {_BELOW.replace('real <', 'real <=')}": "no logit is just at the limit",
        "return (limit, caught, wrong / (wrong + right)) -> return (limit, caught, wrong.div_(wrong + right))": (
            "wrong is the function's own tensor"
        ),
        f"{_BELOW} -> {_BELOW.replace('fake <', 'fake <=')}": "no logit is just at the limit",
    },
)  # fmt: skip


def marked(draw: Draw) -> Problem:
    """Ask what an alarm is worth where fakes are rare."""
    rate = draw.choice([0.02, 0.04, 0.05, 0.06, 0.08, 0.1])
    share = draw.choice([0.01, 0.02, 0.03, 0.04, 0.05])
    drawn = {"rate": rate, "percent": round(100 * rate), "share": share}
    problem = posed("marked", "What the mark of a detector is worth", _ALARM, drawn)
    _marked_visible(problem.exercise, (rate, share), draw.randrange(2, 5))
    _marked_hidden(problem.exercise, (rate, share))
    return problem


def _marks(real: Tensor, fake: Tensor, terms: tuple[float, float]) -> tuple[float, float, float]:
    """Imagine a million pictures, and count the marks."""
    rate, share = terms
    ranked, at = sorted(real.tolist()), rate * (len(real) - 1)
    below = int(at)
    limit = ranked[below] + (at - below) * (ranked[min(below + 1, len(ranked) - 1)] - ranked[below])
    false, caught = (sum(logit < limit for logit in each.tolist()) / len(each) for each in (real, fake))
    wrong, right = 1e6 * (1 - share) * false, 1e6 * share * caught
    return limit, caught, wrong / (wrong + right)


def _judged(marked: Callable, real: Tensor, fake: Tensor, terms: tuple[float, float], what: str) -> None:
    limit, caught, wrong = (
        number(part, "a number") for part in items(marked(real.clone(), fake.clone()), 3, "three numbers")
    )
    right = _marks(real, fake, terms)
    false = (real < right[0]).double().mean().item()
    near(limit, right[0], f"{what}: the limit")
    near(caught, right[1], f"{what}: the share of fakes", hints={1 - right[1]: "Count the fakes that are marked."})
    hints = {
        false: "Asked for is the share of marked pictures that are real, not the share of real pictures with a mark.",
        1 - right[2]: "Those are the others: how many of the marked pictures are real?",
    }
    near(wrong, right[2], f"{what}: the share of wrong marks", hints=hints)


def _marked_visible(exercise: Exercise, terms: tuple[float, float], apart: int) -> None:
    rate, share = terms
    told = (
        f"The limit is the quantile {rate} of real pictures, and what is low is marked. Of a million pictures, a "
        f"share of {share} are fakes: how many of each kind get a mark?"
    )

    @exercise.case(points=2, hint=told)
    def a_good_detector(marked):
        """For logits of a detector that finds most fakes, limit, share and wrong marks are right."""
        steps = torch.linspace(-2, 2, 397)
        _judged(marked, steps + apart, 1.5 * steps, terms, f"for 397 logits around {apart} and 397 around 0")

    @exercise.case(hint="A detector that knows nothing marks both kinds equally often.")
    def a_useless_detector(marked):
        """If both kinds have the same logits, the marked pictures are like all others."""
        steps = torch.linspace(-3, 3, 293)
        _judged(marked, steps, steps.flip(0), terms, "for the same logits of both kinds")


def _marked_hidden(exercise: Exercise, terms: tuple[float, float]) -> None:
    @exercise.case(points=2, visible=False, hint="There may be more real pictures than fakes in the test, or fewer.")
    def other_logits(marked):
        """Random logits, more of one kind than of the other, are judged as well."""
        for n, m, by in ((300, 60, 1.0), (120, 500, 2.5), (1000, 1000, -0.5)):
            real, fake = torch.randn(n, dtype=torch.float64) + by, 2 * torch.randn(m, dtype=torch.float64)
            _judged(marked, real, fake, terms, f"for {n} real pictures and {m} fakes")

    @exercise.case(visible=False)
    def leaves_the_logits_alone(marked):
        """No logit is changed."""
        real, fake = torch.randn(50), torch.randn(50) - 2
        with untouched(real=real, fake=fake):
            marked(real, fake)
