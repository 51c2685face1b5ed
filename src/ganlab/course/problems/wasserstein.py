"""Problems of chapter 9, a distance: what critics should have read, and the best critic on a line."""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import near, number, tensor
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_TRUE_DISTANCE = Wording(
    text="""
A colleague measures a distance with critics. All of his earth travels the same way, from a bell to the same bell
farther to the right, so a trained critic has one slope $a$ all along the way. His gradient penalty is not the one of
the chapter: it is

$$
«factor» \\, \\mathbb{E}_{\\hat x}\\bigl[(\\lVert \\nabla f(\\hat x) \\rVert - «slope»)^2\\bigr] ,
$$

added to the critic's loss as there. He has trained one critic to the end for each of several strengths $\\lambda$, and
written down what each of them reads, the mean over the data minus the mean over the fakes. The readings do not agree,
and none of them need be $W_1$.

Work out which reading such a critic gives if the distance is $W_1$, and turn this round: return the estimate of $W_1$
that each reading gives, combined by their **median**, because one of the critics may have failed. (There is an odd
number of readings.)
""",
    stub='''
import torch


def true_distance(readings, strengths):
    """Return W1, estimated from what several critics read.

    readings and strengths, both of shape (n,) with n odd, hold the reading
    of each critic and its lambda. The penalty is
    «factor_plain» (|f'| - «slope»)^2.
    """
    raise NotImplementedError
''',
    answer="""
pull = «pull» * strengths
root = ((«slope» * pull) ** 2 + 4 * pull * readings).sqrt()
return ((root - «slope» * pull) / 2).median()
""",
    mistakes=[
        ("U16", "has a penalty in mind that draws the slope to 1",
         [("((«slope» * pull) ** 2", "(pull ** 2"), ("root - «slope» * pull", "root - pull")],
         "readings_without_noise", "draws the slope to «slope»"),
        ("U16", "thinks that the penalty is a hard limit",
         [("return ((root - «slope» * pull) / 2)", "return (readings / «slope»)")],
         "readings_without_noise", "hard limit"),
        ("U16", "forgets the 2 from the derivative of the square",
         [("pull = «pull» *", "pull = «pull» / 2 *")], "readings_without_noise", "derivative of the square"),
        ("U16", "puts the reading in the place of the distance in the slope",
         [("return ((root - «slope» * pull) / 2)", "return (readings / («slope» + readings / pull))")],
         "readings_without_noise", "The slope depends on the distance"),
        ("U15", "multiplies by the slope instead of dividing",
         [("return ((root - «slope» * pull) / 2)", "return (readings * («slope» + readings / pull))")],
         "readings_without_noise", "too steep"),
        ("U20", "takes the mean, which one failed critic spoils", [(".median()", ".mean()")],
         "one_critic_has_failed", "median"),
        ("U16", "believes the strongest penalty and forgets the others",
         [(".median()", "[strengths.argmax()]")], "one_critic_has_failed", "median"),
        ("U15", "takes the other root", [("root - «slope»", "-root - «slope»")], "readings_without_noise", "two roots"),
    ],
    equivalent={
        "root = ((«slope» * pull) ** 2 + 4 * pull * readings).sqrt() -> "
        "root = ((-«slope» * pull) ** 2 + 4 * pull * readings).sqrt()": "the square takes the sign away",
        "root = ((«slope» * pull) ** 2 + 4 * pull * readings).sqrt() -> "
        "root = ((-(«slope» * pull)) ** 2 + 4 * pull * readings).sqrt()": "the square takes the sign away",
        "return ((root - «slope» * pull) / 2).median() -> return (root.sub_(«slope» * pull) / 2).median()": (
            "root is the function's own tensor"
        ),
    },
)  # fmt: skip


def true_distance(draw: Draw) -> Problem:
    """Turn the readings of critics with a soft penalty into a distance."""
    slope = draw.choice([0.4, 0.5, 0.6, 0.7, 0.8, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0])
    factor, plain, pull = draw.choice(
        [("\\frac{\\lambda}{4}", "lambda / 4", 0.5), ("\\lambda", "lambda", 2), ("2 \\lambda", "2 lambda", 4)]
    )
    drawn = {"slope": slope, "pull": pull, "factor": factor, "factor_plain": plain}
    problem = posed("true_distance", "What the critics should have read", _TRUE_DISTANCE, drawn)
    _distance_visible(problem.exercise, slope, pull, draw.randrange(12, 40) / 10)
    _distance_hidden(problem.exercise, slope, pull)
    return problem


def _read(w1: float | Tensor, strengths: Tensor, slope: float, pull: float) -> Tensor:
    """What the best slope reads: pull times lambda is twice the factor of the square."""
    return (slope + w1 / (pull * strengths)) * w1


def _estimate(found, w1: float, strengths: Tensor, terms: tuple[float, float], given: str = "") -> None:
    """Compare the distance that is found; tell which slip gives a wrong one."""
    slope, pull = terms
    readings = _read(w1, strengths, slope, pull)
    steep = slope + readings / (pull * strengths)

    def solved(slope: float, pull: float) -> Tensor:
        half = slope * pull * strengths / 2
        return (half**2 + pull * strengths * readings).sqrt() - half

    by = {
        f"Which slope does this penalty want? It draws the slope to {slope}.": solved(1.0, pull),
        "That holds for a hard limit. This one is soft: the reading pulls the slope up.": readings / slope,
        "Is the 2 from the derivative of the square missing?": solved(slope, pull / 2),
        "The slope depends on the distance, not on the reading: solve a quadratic equation.": readings / steep,
        "The critics are too steep, so the distance is less than they read.": readings * steep,
    }
    hints = {value.median().item(): hint for hint, value in by.items()}
    near(number(found, "the distance"), w1, given or f"for W1 = {w1} and lambda = {_told(strengths)}, W1", hints=hints)


def _told(strengths: Tensor) -> str:
    return ", ".join(f"{value:g}" for value in strengths.tolist())


def _distance_visible(exercise: Exercise, slope: float, pull: float, w1: float) -> None:
    wrong = "A quadratic equation has two roots: a distance is positive."

    @exercise.case(points=2, hint=f"Minimise the loss over the slope a, as the chapter does. {wrong}")
    def readings_without_noise(true_distance):
        """Readings that follow the theory exactly give back the distance."""
        for distance, strengths in ((w1, [0.5, 0.5, 0.5]), (w1, [0.1, 1, 10]), (w1 / 4, [2, 0.2, 20, 5, 1])):
            lam = torch.tensor(strengths, dtype=torch.float64)
            _estimate(true_distance(_read(distance, lam, slope, pull), lam.clone()), distance, lam, (slope, pull))

    @exercise.case(hint="With a very strong penalty the slope is what the penalty wants.")
    def a_strong_penalty(true_distance):
        """With a very strong penalty a reading of twice the wanted slope belongs to a distance of 2."""
        lam = torch.full((1,), 1e5, dtype=torch.float64)
        near(
            number(true_distance(2 * slope + 0 * lam, lam), "W1"),
            2.0,
            "for lambda = 100 000 the distance",
            tolerance=1e-3,
        )


def _distance_hidden(exercise: Exercise, slope: float, pull: float) -> None:
    @exercise.case(points=2, visible=False, hint="The estimate is a median of the single ones, in whatever order.")
    def other_distances(true_distance):
        """Other distances and strengths, in any order, and one critic alone."""
        for n in (1, 5, 9):
            w1, lam = 5 * torch.rand(1).item() + 0.2, (3 * torch.randn(n, dtype=torch.float64)).exp()
            _estimate(true_distance(_read(w1, lam, slope, pull), lam.clone()), w1, lam, (slope, pull))

    @exercise.case(
        points=2, visible=False, hint="Return the median of the estimates, which ignores a critic that failed."
    )
    def one_critic_has_failed(true_distance):
        """A critic whose reading is far off does not spoil the estimate."""
        lam = torch.tensor([0.3, 1.0, 3.0, 10.0, 30.0], dtype=torch.float64)
        for at, times in ((0, 9.0), (4, 0.02), (4, 30.0)):
            w1 = 2 * torch.rand(1).item() + 1
            readings = _read(w1, lam, slope, pull)
            readings[at] *= times
            near(
                number(true_distance(readings, lam.clone()), "W1"),
                w1,
                f"where reading {at + 1} is {times:g} times too large, W1",
            )

    @exercise.case(visible=False)
    def leaves_readings_alone(true_distance):
        """Neither readings nor strengths are changed."""
        readings, lam = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 0.1, 2.0])
        with untouched(readings=readings, strengths=lam):
            true_distance(readings, lam)


_BEST_CRITIC = Wording(
    text="""
Piles of earth lie at some places on a line: fakes where a generator has put them, and data where they are wanted. The
best critic of such piles is a broken line, which is known from its values at the places.

The critic of this problem may have a slope of at most **«limit»** instead of 1, so that the most it can read is
«limit» times $W_1$. Return its values at the places. Two things would be free otherwise, so they are fixed:

- between two neighbouring places over which no earth has to pass, the slope is **«idle»**;
- at the first place, which is the leftmost, the value is **«start»**.

(All masses are multiples of 1/16, so that sums of them are exact.)
""",
    stub='''
import torch


def best_critic(places, data, fake):
    """Return the values of the best critic with slopes up to «limit».

    places, shape (n,), increase; data and fake, both of shape (n,), are the
    masses there, and each adds up to 1. Where nothing passes the slope is
    «idle»; the first value is «start».
    """
    raise NotImplementedError
''',
    answer="""
passing = (fake - data).cumsum(dim=0)[:-1]
slope = torch.where(passing == 0, «idle», «limit» * passing.sign())
rise = (slope * places.diff()).cumsum(dim=0)
return torch.cat([torch.zeros(1), rise]) + «start»
""",
    mistakes=[
        ("T11", "makes the critic steeper where more earth passes", [("passing.sign()", "passing")],
         "one_pile", "the same however much"),
        ("U15", "climbs away from the data", [("(fake - data)", "(data - fake)")],
         "one_pile", "high where earth is wanted"),
        ("T11", "looks at the masses at a place, not at what has to pass",
         [("(fake - data).cumsum(dim=0)", "(fake - data)")], "one_pile", "all to the left"),
        ("T11", "lets the first place out of the sum",
         [(".cumsum(dim=0)[:-1]", ".cumsum(dim=0)[1:]")], "one_pile", "all to the left"),
        ("T11", "takes all gaps for one unit long", [("slope * places.diff()", "slope")],
         "one_pile", "length of the gap"),
        ("U16", "keeps the slope at 1", [("«limit» * passing.sign()", "passing.sign()")], "one_pile", "up to «limit»"),
        ("T11", "is flat where nothing passes", [("passing == 0, «idle»", "passing == 0, 0.0")],
         "nothing_to_do", "no earth has to pass"),
        ("U15", "leaves the value at the first place at 0", [(" + «start»", "")], "one_pile", "value is «start»"),
        ("T11", "returns slopes instead of values",
         [("(slope * places.diff()).cumsum(dim=0)", "slope")], "one_pile", "slopes"),
    ],
    equivalent={
        "slope = torch.where(passing == 0, «idle», «limit» * passing.sign()) -> "
        "slope = torch.where(passing == 0, «idle», «limit» / passing.sign())": "a sign is its own reciprocal",
        "return torch.cat([torch.zeros(1), rise]) + «start» -> return torch.cat([-torch.zeros(1), rise]) + «start»": (
            "zero has no sign here"
        ),
        "passing = (fake - data).cumsum(dim=0)[:-1] -> passing = (fake - data).cumsum(dim=-1)[:-1]": "one dimension",
        "rise = (slope * places.diff()).cumsum(dim=0) -> rise = (slope * places.diff()).cumsum(dim=-1)": (
            "one dimension"
        ),
        "rise = (slope * places.diff()).cumsum(dim=0) -> rise = slope.mul_(places.diff()).cumsum(dim=0)": (
            "slope is the function's own tensor"
        ),
    },
)  # fmt: skip


def best_critic(draw: Draw) -> Problem:
    """Find the best critic of piles on a line, with another limit on the slope."""
    limit = draw.choice([0.5, 1.5, 2.0, 2.5, 3.0, 4.0])
    idle, start = (
        draw.choice([-0.75, -0.5, -0.25, 0.25, 0.5, 0.75]) * limit,
        draw.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0]),
    )
    drawn = {"limit": limit, "idle": idle, "start": start}
    problem = posed("best_critic", "The best critic of piles on a line", _BEST_CRITIC, drawn)
    _critic_visible(problem.exercise, (limit, idle, start), draw.randrange(2, 7))
    _critic_hidden(problem.exercise, (limit, idle, start))
    return problem


Terms = tuple[float, float, float]


def _values(places: Tensor, data: Tensor, fake: Tensor, terms: Terms) -> Tensor:
    """Walk from place to place, and count the earth that is left behind."""
    limit, idle, start = terms
    values, behind = [start], 0.0
    for i in range(len(places) - 1):
        behind += (fake[i] - data[i]).item()
        slope = idle if behind == 0 else limit if behind > 0 else -limit
        values.append(values[-1] + slope * (places[i + 1] - places[i]).item())
    return torch.tensor(values)


def _slips(places: Tensor, data: Tensor, fake: Tensor, terms: Terms) -> dict[Tensor, str]:
    limit, idle, start = terms
    right = _values(places, data, fake, terms)
    passing, gaps = (fake - data).cumsum(dim=0)[:-1], places.diff()
    slope = torch.where(passing == 0, idle, limit * passing.sign())

    def line(slopes: Tensor, at: float = start) -> Tensor:
        return torch.cat([torch.zeros(1), slopes.cumsum(dim=0)]) + at

    return {
        line(torch.where(passing == 0, idle, limit * passing) * gaps): (
            "The slope is the same however much earth passes: it only says which way."
        ),
        _values(
            places, fake, data, terms
        ): "A critic is high where earth is wanted, so that the fakes climb to the data.",
        line(slope): "Slope times the length of the gap gives the rise.",
        line(torch.where(passing == 0, idle, passing.sign()) * gaps): f"Slopes go up to {limit} here, not to 1.",
        right - start: f"At the first place the value is {start}.",
        torch.cat([torch.zeros(1), slope]) + start: "Those are slopes: the values add them up, times the gaps.",
    }


def _critic(best_critic: Callable, piles: tuple, terms: Terms, what: str) -> None:
    places, data, fake = (torch.as_tensor(each, dtype=torch.float32) for each in piles)
    found = tensor(best_critic(places.clone(), data.clone(), fake.clone()), what)
    near(found, _values(places, data, fake, terms), what, hints=_slips(places, data, fake, terms))


def _critic_visible(exercise: Exercise, terms: Terms, far: int) -> None:
    passes = "How much earth has to pass a gap? Add up the fakes minus the data over all to the left of it."

    @exercise.case(points=2, hint=passes)
    def one_pile(best_critic):
        """If all earth travels to the right, the critic rises all the way; if to the left, it falls."""
        for data, fake in (([0, 0, 0, 1], [0.25, 0.5, 0.25, 0]), ([0.5, 0.5, 0, 0], [0, 0, 0.25, 0.75])):
            piles = ([0.0, 1.5, 2.0, 2.0 + far], data, fake)
            _critic(
                best_critic, piles, terms, f"at the places 0, 1.5, 2, {2 + far}, data {data}, fakes {fake}, the critic"
            )

    @exercise.case(hint=passes)
    def from_the_middle_to_both_ends(best_critic):
        """If half the earth goes to each side, the critic is a V."""
        piles = ([-far, -0.5, 0.0, 0.5, far], [0.5, 0, 0, 0, 0.5], [0, 0.25, 0.5, 0.25, 0])
        _critic(best_critic, piles, terms, f"for piles from around 0 to {-far} and {far}, the critic")


def _critic_hidden(exercise: Exercise, terms: Terms) -> None:
    limit, idle, _ = terms

    @exercise.case(visible=False, hint=f"Where no earth has to pass the slope is {idle}.")
    def nothing_to_do(best_critic):
        """Between piles that are settled nothing passes, and the slope is the one that is asked for."""
        piles = ([0, 1, 3, 4, 7], [0.25, 0.25, 0.125, 0.125, 0.25], [0.25, 0.125, 0.25, 0.125, 0.25])
        _critic(best_critic, piles, terms, "where earth moves between two of five places only, the critic")
        _critic(best_critic, ([0, 2, 5], [0.5, 0.25, 0.25], [0.5, 0.25, 0.25]), terms, "if fakes are data, the critic")

    @exercise.case(points=2, visible=False, hint="Only the sign of what passes counts, gap by gap.")
    def reads_all_that_can_be_read(best_critic):
        """For random piles it reads the limit times W1, and no other values do."""
        for n in (2, 5, 11):
            places = torch.rand(n).cumsum(dim=0) - 1
            data, fake = (torch.bincount(torch.randint(n, (16,)), minlength=n) / 16 for _ in range(2))
            values = tensor(best_critic(places.clone(), data.clone(), fake.clone()), "the critic", shape=(n,))
            w1 = ((fake - data).cumsum(dim=0)[:-1].abs() * places.diff()).sum().item()
            near((values * (data - fake)).sum(), limit * w1, f"for random piles at {n} places the reading")
            _critic(best_critic, (places, data, fake), terms, f"for random piles at {n} places the critic")

    @exercise.case(visible=False)
    def leaves_the_piles_alone(best_critic):
        """Neither places nor masses are changed."""
        places, data, fake = torch.tensor([0.0, 1.0]), torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
        with untouched(places=places, data=data, fake=fake):
            best_critic(places, data, fake)
