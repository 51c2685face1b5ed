"""Problems of chapter 4, the game: who chases whom on a table, and a divergence read off a loss curve."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, near, number, tensor
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_CHASE = Wording(
    text="""
Two players of a table game never think ahead: each always gives the best reply to what the other has just chosen. $G$
chooses a **«gs»** and $D$ a «ds»; the entry of the table is what **$D$ «does»**, and $G$ gets the opposite.

$G$ begins with its choice number `start` (counted from 0). $D$ replies with its best «ds», $G$ with its best
«gs» against that, and so on. As there are only finitely many choices, $G$ sooner or later repeats itself, and from
then on everything repeats. Play the game and return the length of the cycle: how many *different* choices of $G$
appear in it, again and again. It is 1 if the players come to rest, at a Nash equilibrium.

Choices that occur only before the cycle begins do not count. The tables have at most 15 rows and columns, and no two
entries are equal.
""",
    stub='''
def cycle_length(table, start):
    """Return the number of choices of G in the cycle that best replies reach.

    G chooses a «gs», D a «ds»; an entry is what D «does».
    """
    raise NotImplementedError
''',
    answer="""
gain = «gain»
chosen = [start]
for _ in range(200):
    reply = gain[chosen[-1]].argmax()
    chosen.append(int(gain[:, reply].argmin()))
return chosen[::-1].index(chosen[-1], 1)
""",
    mistakes=[
        ("T10", "exchanges the players", [("gain = «gain»", "gain = «gain».T")], "your_table", "Who chooses"),
        ("T10", "takes gains for costs", [("gain = «gain»", "gain = -(«gain»)")], "your_table", "what D"),
        ("E8", "lets both want the same", [("argmin()", "argmax()")], "your_table", "the opposite"),
        ("T14", "counts what came before the cycle, too",
         [("chosen[::-1].index(chosen[-1], 1)", "len(set(chosen))")], "a_way_in", "before the cycle"),
        ("E33", "believes that they come to rest", [("chosen[::-1].index(chosen[-1], 1)", "1")],
         "your_table", "Play it with pencil"),
        ("T14", "counts both players",
         [("chosen[::-1].index(chosen[-1], 1)", "2 * chosen[::-1].index(chosen[-1], 1)")],
         "your_table", "choices of G"),
        ("T14", "waits until the first choice comes back",
         [("chosen[::-1].index(chosen[-1], 1)", "chosen.index(start, 1)")], "a_way_in", "is not in list"),
        ("T14", "follows only two replies", [("range(200)", "range(2)")], "your_table", "is not in list"),
        ("T10", "lets G reply to its own first choice only",
         [("gain[chosen[-1]]", "gain[start]")], "your_table", "Play it with pencil"),
    ],
    equivalent={
        **{f"for _ in range(200): -> for _ in range({n}):": "it goes round and round" for n in (199, 201, 400)},
        "no_grad: for _ in range(200):": "places have no gradient",
        "no_grad: chosen.append(int(gain[:, reply].argmin()))": "places have no gradient",
        "swap: gain = «gain» / chosen = [start]": "neither needs the other",
    },
)  # fmt: skip


def cycle_length(draw: Draw) -> Problem:
    """Play best replies on a table and find the cycle they end in."""
    rows, wins = draw.random() < 0.5, draw.random() < 0.5
    names = {"gs": "row", "ds": "column"} if rows else {"gs": "column", "ds": "row"}
    gain = ("" if wins else "-") + ("table" if rows else "table.T")
    drawn = {**names, "does": "wins" if wins else "pays", "gain": gain}
    problem = posed("cycle_length", "Who chases whom?", _CHASE, drawn)

    def turned(gain: Tensor) -> Tensor:
        """The table as it is handed out, of D's gains with the rows for G."""
        signed = gain if wins else -gain
        return (signed if rows else signed.T).contiguous()

    _chase_visible(problem.exercise, turned, draw.randrange(3, 6), draw.randrange(2**20))
    _chase_hidden(problem.exercise, turned)
    return problem


def _game(before: int, cycle: int, *, seed: int | None = None) -> tuple[Tensor, int]:
    """A table of D's gains, rows for G, and the start from which `before` choices lead into that cycle."""
    rng = torch.Generator().manual_seed(torch.randint(2**20, ()).item() if seed is None else seed)
    n = before + cycle
    place = torch.arange(n)
    after = torch.cat([place[1:], torch.tensor([before])])
    gain = torch.rand(n, n, generator=rng, dtype=torch.float64)
    gain[place, place] += 10
    gain[after, place] -= 10
    if cycle == 1:  # the last place is a saddle: largest in its row, smallest in its column
        gain[:, -1] += 5
        gain[-1] -= 5
        gain[-1, -1] = 0
    # A reply that D never gives and of which G would dream: who exchanges the players ends there.
    gain = torch.cat([gain, -20 - torch.rand(n, 1, generator=rng, dtype=torch.float64)], dim=1)
    rows, columns = torch.randperm(n, generator=rng), torch.randperm(n + 1, generator=rng)
    return gain[rows][:, columns], int((rows == 0).nonzero())


def _round(answer: Callable[..., int], table: Tensor, start: int, wanted: int, what: str, hint: str = "") -> None:
    found = number(answer(table.clone(), start), f"for {what} your answer")
    if found != wanted:
        raise Finding(f"for {what} the cycle has the length {found:g}", f"{wanted}", hint)


_Turned = Callable[[Tensor], Tensor]


def _chase_visible(exercise: Exercise, turned: _Turned, n: int, seed: int) -> None:
    @exercise.case(
        points=2,
        hint="Play it with pencil and paper on a small table. Who chooses rows? Is an entry what D gets, or what D "
        "pays? G wants the opposite. Count the choices of G only.",
    )
    def your_table(cycle_length):
        """On tables in which nobody comes to rest it finds the whole round."""
        for cycle in (n, 2):
            gain, start = _game(0, cycle, seed=seed)
            table = turned(gain)
            numbers = (10 * table).round().int().tolist()
            _round(cycle_length, table, start, cycle, f"10 x table = {numbers}, rounded, and start = {start}")

    @exercise.case(hint="The choices on the way into the cycle, before the cycle begins, do not belong to it.")
    def a_way_in(cycle_length):
        """What is chosen before the cycle does not count."""
        gain, start = _game(2, n, seed=seed + 1)
        _round(cycle_length, turned(gain), start, n, f"a table with {n + 2} choices, 2 of them before the cycle,")


def _chase_hidden(exercise: Exercise, turned: _Turned) -> None:
    @exercise.case(points=2, visible=False, hint="At a saddle both stay: the cycle has the length 1.")
    def at_rest(cycle_length):
        """If they come to rest, at once or later, it is 1."""
        for before in (0, 1, 4):
            gain, start = _game(before, 1)
            _round(cycle_length, turned(gain), start, 1, f"players who rest after {before} moves")

    @exercise.case(points=2, visible=False, hint="Make tables of your own with known best replies.")
    def other_games(cycle_length):
        """It is right for long ways in and long cycles."""
        for before, cycle in ((0, 12), (7, 2), (3, 6), (9, 3)):
            gain, start = _game(before, cycle)
            _round(cycle_length, turned(gain), start, cycle, f"{before} choices before a cycle of {cycle}")

    @exercise.case(visible=False)
    def leaves_the_table_alone(cycle_length):
        """The table, and all else in the notebook, stays as it was."""
        gain, start = _game(1, 3)
        table = turned(gain)
        with untouched(table=table):
            cycle_length(table, start)


_UNITS = {
    "the mean of the two halves, in bits (logarithms to base 2)": "2 * math.log(2)",
    "the sum of the two halves, in bits (logarithms to base 2)": "math.log(2)",
    "the sum of the two halves, with logarithms to base 10": "math.log(10)",
    "the mean of the two halves, with logarithms to base 10": "2 * math.log(10)",
}
_METER = Wording(
    text="""
A log file holds the loss of a discriminator that was always trained to perfection before $G$ moved, so that at every
entry it is $D^*$. The program did not write $L_D = -\\mathbb{E} \\log D(x) - \\mathbb{E} \\log(1 - D(x'))$ in nats, as
the book does, but **«unit»**.

Turn the log into a curve that means something: return the Jensen-Shannon divergence of data and fakes, in nats, for
each entry. Some entries are wrong, however: no perfect discriminator can have such a loss, whatever the data and the
fakes are. At these put `math.nan`. What is the *largest* loss that a perfect discriminator can have, and what the
smallest? Exactly there rounding decides, and no entry is that close to them.
""",
    stub='''
import math

import torch


def jsd_curve(loss):
    """Return the JSD in nats for each loss of a perfect D, or nan.

    loss, shape (n,), is «unit».
    """
    raise NotImplementedError
''',
    answer="""
jsd = (math.log(4) - «factor» * loss) / 2
possible = (jsd >= 0) & (jsd <= math.log(2))
return torch.where(possible, jsd, math.nan)
""",
    mistakes=[
        ("E8", "reads the log as if it were the loss of the book", [("«factor» * loss", "loss")],
         "from_start_to_end", "units"),
        ("E24", "divides by the factor", [("«factor» * loss", "loss / («factor»)")], "from_start_to_end", "units"),
        ("E2", "forgets that the JSD counts twice", [(" / 2\n", "\n")], "from_start_to_end", "twice"),
        ("U2", "takes log 2 for the loss of a D that knows nothing", [("math.log(4)", "math.log(2)")],
         "from_start_to_end", "log 4"),
        ("T11", "turns the sign", [("(math.log(4) - «factor» * loss)", "(«factor» * loss - math.log(4))")],
         "from_start_to_end", "L_D = log 4 - 2 JSD"),
        ("E33", "believes every entry", [("torch.where(possible, jsd, math.nan)", "jsd")],
         "impossible_entries", "perfect"),
        ("T11", "rounds what is impossible to the nearest possible value",
         [("torch.where(possible, jsd, math.nan)", "jsd.clamp(0, math.log(2))")], "impossible_entries", "perfect"),
        ("T11", "knows only that a JSD is not negative", [("(jsd >= 0) & (jsd <= math.log(2))", "jsd >= 0")],
         "impossible_entries", "negative loss"),
        ("U2", "knows only that a loss is not negative", [("(jsd >= 0) & (jsd <= math.log(2))", "loss >= 0")],
         "impossible_entries", "log 4"),
    ],
    equivalent={
        f"possible = (jsd >= 0) & (jsd <= math.log(2)) -> possible = {other}": "no entry is that close to the ends"
        for other in ("(jsd > 0) & (jsd <= math.log(2))", "(jsd >= 0) & (jsd < math.log(2))")
    },
)  # fmt: skip


def jsd_curve(draw: Draw) -> Problem:
    """Read the Jensen-Shannon divergence off the loss of a perfect discriminator."""
    unit, factor = draw.choice(list(_UNITS.items()))
    problem = posed("jsd_curve", "What a perfect loss tells", _METER, {"unit": unit, "factor": factor})
    scale = {"2 * math.log(2)": 2 * math.log(2), "math.log(2)": math.log(2), "math.log(10)": math.log(10)}
    per_unit = scale.get(factor, 2 * math.log(10))
    _meter_visible(problem.exercise, per_unit, draw.uniform(0.2, 0.32))
    _meter_hidden(problem.exercise, per_unit)
    return problem


def _curve(answer: Callable[[Tensor], Tensor], loss: list[float]) -> Tensor:
    found = answer(torch.tensor(loss, dtype=torch.float64))
    return tensor(found, "jsd_curve(loss)", shape=(len(loss),)).detach().double()


def _meter_visible(exercise: Exercise, per_unit: float, some: float) -> None:
    @exercise.case(points=2, hint="L_D = log 4 - 2 JSD in nats. First bring the log to these units: a sum, in nats.")
    def from_start_to_end(jsd_curve):
        """From little overlap to nearly equal distributions it reads the JSD."""
        jsd = torch.tensor([some, 0.1, 0.001], dtype=torch.float64)
        given = (math.log(4) - 2 * jsd) / per_unit
        hints = {
            jsd * 2: "The JSD counts twice in L_D = log 4 - 2 JSD.",
            (math.log(2) - (math.log(4) - 2 * jsd)) / 2: "Answering 1/2 everywhere costs log 4, the sum of two log 2.",
        }
        near(_curve(jsd_curve, given.tolist()), jsd, f"for the losses {_row(given)} the JSD", hints=hints)

    @exercise.case(hint="Nobody who is perfect does worse than by answering 1/2 everywhere, which costs log 4.")
    def impossible_entries(jsd_curve):
        """Losses that no perfect D can have become nan."""
        given = torch.tensor([1.5, 1.0, -0.1], dtype=torch.float64) / per_unit
        found = _curve(jsd_curve, given.tolist())
        for i, why in ((0, ""), (2, "A mean of -log D is never negative: no D has a negative loss.")):
            if not math.isnan(found[i]):
                raise Finding(f"for the loss {given[i]:.4f} the JSD is {found[i]:.4f}", "nan", why)
        near(found[1:2], torch.tensor([(math.log(4) - 1) / 2]), f"for the loss {given[1]:.4f} the JSD")


def _row(values: Tensor) -> str:
    return ", ".join(f"{value:.4f}" for value in values.tolist())


def _meter_hidden(exercise: Exercise, per_unit: float) -> None:
    @exercise.case(
        points=2, visible=False, hint="Take tables of probabilities, and compute both sides of the equation."
    )
    def agrees_with_tables(jsd_curve):
        """For the best D of random tables it gives the JSD of these tables."""
        p, q = torch.rand(2, 6, 5, dtype=torch.float64) ** 4
        p, q = p / p.sum(1, keepdim=True), q / q.sum(1, keepdim=True)
        m = (p + q) / 2
        loss = -(p * (p / (p + q)).log() + q * (q / (p + q)).log()).sum(1)
        jsd = ((p * (p / m).log()).sum(1) + (q * (q / m).log()).sum(1)) / 2
        near(_curve(jsd_curve, (loss / per_unit).tolist()), jsd, "for six random pairs of tables the JSD")

    @exercise.case(visible=False, hint="Between 0 and log 4, in nats and summed, everything is possible.")
    def near_the_ends(jsd_curve):
        """Just inside the ends it believes the entry, just outside it does not."""
        ends = torch.tensor([1e-3, -1e-3, math.log(4) - 1e-3, math.log(4) + 1e-3], dtype=torch.float64) / per_unit
        found = _curve(jsd_curve, ends.tolist()).isnan().tolist()
        if found != [False, True, False, True]:
            raise Finding(f"for the losses {_row(ends)} nan is {found}", "False, True, False, True")

    @exercise.case(visible=False, hint="Make a new tensor: writing nan into the log destroys it.")
    def leaves_the_log_alone(jsd_curve):
        """The log, and all else in the notebook, stays as it was."""
        loss = torch.tensor([0.1, 9.0, -1.0], dtype=torch.float64)
        with untouched(loss=loss):
            jsd_curve(loss)
