"""Problems of chapter 11, how good is it: two tables with different numbers of samples, and what a floor tells."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_OWN = "fit is the function's own tensor"
_VERDICT = "verdict = 'undecided' if abs(a - b) < «margin» else 'a' if a < b else 'b'"

_WHICH_IS_BETTER = Wording(
    text="""
Two groups have each measured the Fréchet distance of their generator at several numbers of samples, with the same
features and the same real images, but not at the same numbers. The journal wants both distances **at n = «n»
samples**, where neither group has measured, and a verdict.

For each generator fit the line of *How many samples?* to all of its measurements by least squares, and read off its
value at n = «n». The verdict is the letter of the better generator, `"a"` or `"b"`, if the two values are **«margin» or
more** apart, and `"undecided"` otherwise. Return both values and the verdict.
""",
    stub='''
import torch


def which_is_better(sizes_a, distances_a, sizes_b, distances_b):
    """Return the distances of a and b at n = «n», and the verdict.

    sizes and distances of one generator are float64 tensors of one shape
    (k,). The verdict is "a", "b" or "undecided"; less than «margin» apart is
    undecided.
    """
    raise NotImplementedError
''',
    answer="""
values = []
for n, distances in ((sizes_a, distances_a), (sizes_b, distances_b)):
    line = torch.stack([torch.ones_like(n), 1 / n], dim=1)
    fit = torch.linalg.lstsq(line, distances[:, None]).solution
    values.append((fit[0] + fit[1] / «n»).item())
a, b = values
verdict = "undecided" if abs(a - b) < «margin» else "a" if a < b else "b"
return a, b, verdict
""",
    mistakes=[
        ("U14", "reads the measurement with the most samples",
         [("(fit[0] + fit[1] / «n»).item()", "distances[n.argmax()].item()")], "exact_lines", "fit"),
        ("U14", "fits a line in n instead of 1 / n",
         [(", 1 / n]", ", n]"), ("fit[1] / «n»", "fit[1] * «n»")], "exact_lines", "1 / n"),
        ("U14", "extrapolates to infinitely many samples", [("fit[0] + fit[1] / «n»", "fit[0]")],
         "exact_lines", "infinitely many"),
        ("T21", "averages what was measured", [("(fit[0] + fit[1] / «n»).item()", "distances.mean().item()")],
         "exact_lines", "fit"),
        ("U14", "takes the bias at n = «n» off",
         [("fit[0] + fit[1]", "fit[0] - fit[1]")], "exact_lines", "fit"),
        ("T21", "lets the larger distance win", [('"a" if a < b', '"a" if a > b')], "exact_lines", "small distance"),
        ("U20", "always decides", [("abs(a - b) < «margin»", "abs(a - b) < 0")], "a_close_race", "«margin»"),
        ("U14", "draws the line through two of the points",
         [("in ((sizes_a, distances_a), (sizes_b, distances_b))",
           "in ((sizes_a[[0, -1]], distances_a[[0, -1]]), (sizes_b[[0, -1]], distances_b[[0, -1]]))")],
         "noisy_measurements", "all of its"),
    ],
    equivalent={
        "line = torch.stack([torch.ones_like(n), 1 / n], dim=1) -> "
        "line = torch.stack([torch.ones_like(n), 1 / n], dim=-1)": "the last of two dimensions is 1",
        "fit = torch.linalg.lstsq(line, distances[:, None]).solution -> "
        "fit = torch.linalg.lstsq(line, distances[:,]).solution": "a vector is a right side as well",
        "fit = torch.linalg.lstsq(line, distances[:, None]).solution -> "
        "fit = torch.linalg.lstsq(line, distances).solution": "a vector is a right side as well",
        "values.append((fit[0] + fit[1] / «n»).item()) -> values.append(fit[0].add_(fit[1] / «n»).item())": _OWN,
        "values.append((fit[0] + fit[1] / «n»).item()) -> values.append((fit[0] + fit[1].div_(«n»)).item())": _OWN,
        "values.append((fit[0] + fit[1] / «n»).item()) -> values.append((fit[0] + fit[-1] / «n»).item())": (
            "of two the last is the second"
        ),
        f"{_VERDICT} -> {_VERDICT.replace('a - b', '-(a - b)')}": "without a sign",
        f"{_VERDICT} -> {_VERDICT.replace('a - b', 'b - a')}": "without a sign",
        f"{_VERDICT} -> {_VERDICT.replace('< «', '<= «')}": "no two values are just the margin apart",
        f"{_VERDICT} -> {_VERDICT.replace('a < b', 'a <= b')}": "equal values are undecided before",
        f"no_grad: {_VERDICT}": "words have no gradient",
    },
)  # fmt: skip


def which_is_better(draw: Draw) -> Problem:
    """Compare generators that were measured with different numbers of samples."""
    n, margin = draw.choice([1500, 2500, 3000, 4000, 6000, 8000]), draw.choice([1.0, 1.5, 2.0, 2.5, 3.0])
    problem = posed(
        "which_is_better",
        "Two distances, and different numbers of samples",
        _WHICH_IS_BETTER,
        {"n": n, "margin": margin},
    )
    limits = draw.randrange(20, 30), draw.randrange(36, 46)
    _better_visible(problem.exercise, n, margin, limits)
    _better_hidden(problem.exercise, n, margin)
    return problem


def _line_at(sizes: Tensor, distances: Tensor, n: float) -> float:
    """The value of the best line in 1 / n, from means and covariance."""
    x = 1 / sizes
    slope = ((x - x.mean()) * (distances - distances.mean())).sum() / (x - x.mean()).square().sum()
    return (distances.mean() + slope * (1 / n - x.mean())).item()


def _race(answer: Callable, a: tuple, b: tuple, terms: tuple, what: str) -> None:
    """Compare values and verdict; a and b are sizes with distances."""
    n, margin = terms
    parts = items(answer(*(x.clone() for x in (*a, *b))), 3, "two distances and a verdict")
    right = [_line_at(*one, n) for one in (a, b)]
    hints = {
        torch.tensor([_line_at(*one, 1e15) for one in (a, b)]): f"That is for infinitely many samples, not for {n}."
    }
    found = torch.tensor([number(part, "the distance") for part in parts[:2]], dtype=torch.float64)
    near(found, torch.tensor(right, dtype=torch.float64), f"{what}: the distances", tolerance=1e-6, hints=hints)
    gap = right[0] - right[1]
    verdict = "undecided" if abs(gap) < margin else "ab"[gap > 0]
    if parts[2] != verdict:
        hint = f"The two values are {abs(gap):.3g} apart, the margin is {margin}, and a small distance is good."
        raise Finding(f"{what}: the verdict is {parts[2]!r}", repr(verdict), hint)


def _measured(sizes: Sequence[int], limit: float, bias: float, noise: float = 0.0) -> tuple[Tensor, Tensor]:
    n = torch.tensor(sizes, dtype=torch.float64)
    return n, limit + bias / n + noise * torch.randn(len(n), dtype=torch.float64)


def _better_visible(exercise: Exercise, n: int, margin: float, limits: tuple[int, int]) -> None:
    @exercise.case(
        points=2, hint=f"The bias is nearly a multiple of 1 / n: fit a line in 1 / n, and read it at n = {n}."
    )
    def exact_lines(which_is_better):
        """Measurements on a line: the generator with more samples is not the better one."""
        few, many = _measured([200, 300, 600], limits[0], 9000), _measured([2000, 5000, 10_000], limits[1], 9000)
        _race(which_is_better, few, many, (n, margin), "few samples of a, many of b")
        _race(which_is_better, many, few, (n, margin), "many samples of a, few of b")

    @exercise.case(hint=f"Less than {margin} apart is undecided.")
    def a_close_race(which_is_better):
        """Values just within the margin are undecided, and just beyond it they are not."""
        for apart in (0.95 * margin, 1.05 * margin, -0.95 * margin, -1.05 * margin):
            a, b = _measured([300, 900], limits[0], 6000), _measured([400, 500, 700], limits[0] + apart, 6000)
            _race(which_is_better, a, b, (n, margin), f"with the same bias, and b worse by {apart:.3g}")


def _better_hidden(exercise: Exercise, n: int, margin: float) -> None:
    @exercise.case(points=2, visible=False, hint="Each line is fitted to all of its measurements, by least squares.")
    def noisy_measurements(which_is_better):
        """Measurements beside a line, in any order, and biases that differ."""
        for _ in range(4):
            limits, biases = 30 + 4 * torch.randn(2), 3000 + 9000 * torch.rand(2)
            sizes = [(100 + 3000 * torch.rand(k)).tolist() for k in (5, 8)]
            a, b = (_measured(*each, noise=2.0) for each in zip(sizes, limits.tolist(), biases.tolist(), strict=True))
            _race(which_is_better, a, b, (n, margin), "noisy measurements")

    @exercise.case(visible=False)
    def leaves_the_tables_alone(which_is_better):
        """No table is changed."""
        (n_a, a), (n_b, b) = _measured([100, 200, 400], 5, 100), _measured([100, 300], 6, 100)
        with untouched(sizes_a=n_a, distances_a=a, sizes_b=n_b, distances_b=b):
            which_is_better(n_a, a, n_b, b)


_AWAY = "return (away > «times» * floor[name].std()).tolist()"
_COPIES = "copies = (found['nearer'] > 0.5 + «times» * (0.25 / «n») ** 0.5).tolist()"
_WORSE = "p, r, f = (worse('precision', -1), worse('recall', -1), worse('frechet', 1))"
_LISTED = (
    "return ['copies' if copies[i] else 'both' if p[i] and r[i] else 'scatters' if p[i] else 'misses' if r[i] "
    "else 'unbalanced' if f[i] else 'nothing' for i in range(len(copies))]"
)

_FAULTS = Wording(
    text="""
A table has four measures of several generators, each from **«n» fakes**: precision, recall, Fréchet distance, and the
share of fakes that are nearer to the training set than to as many held-out images. For the first three there is a
*floor* as well: what real images got in several repetitions, when they took the place of the fakes. Say for each
generator what is wrong with it, in one word.

- `"copies"`: it prints training images, whatever else is the case. A generator that knows neither set would have a
  fourth measure of one half; this one's is larger by more than **«times»** standard errors. Take the standard error
  of a share of one half.
- `"scatters"`: many fakes are where there are no real images, but no part of the data is missing.
- `"misses"`: a part of the data is missing, but what it draws is where real images are.
- `"both"`: it scatters and misses.
- `"unbalanced"`: none of these, and yet its distribution is not that of the data.
- `"nothing"`: nothing that these measures could see.

A measure notices something if it is *worse* than the mean of its floor by more than **«times»** standard deviations of
the floor (`std`, with its usual n - 1).
""",
    stub='''
import torch


def faults(found, floor):
    """Return a list with a word for each generator.

    found and floor are dictionaries of tensors: "precision", "recall" and
    "frechet" in both; found has "nearer", too. found[name] has a number for
    each generator, from «n» fakes; floor[name] one for each repetition.
    """
    raise NotImplementedError
''',
    answer="""
def worse(name, sign):
    away = sign * (found[name] - floor[name].mean())
    return (away > «times» * floor[name].std()).tolist()

copies = (found["nearer"] > 0.5 + «times» * (0.25 / «n») ** 0.5).tolist()
p, r, f = worse("precision", -1), worse("recall", -1), worse("frechet", 1)
return [
    "copies" if copies[i]
    else "both" if p[i] and r[i]
    else "scatters" if p[i]
    else "misses" if r[i]
    else "unbalanced" if f[i]
    else "nothing"
    for i in range(len(copies))
]
""",
    mistakes=[
        ("T21", "takes recall for the quality of samples",
         [('worse("precision", -1), worse("recall", -1)', 'worse("recall", -1), worse("precision", -1)')],
         "one_of_each", "Precision is about the fakes"),
        ("U10", "lets a machine that prints the training set pass",
         [('"copies" if copies[i]', '"copies" if False')],
         "one_of_each", "copies"),
        ("T21", "compares with perfect values instead of the floor",
         [("floor[name].mean())", "(0.0 if sign > 0 else 1.0))")], "one_of_each", "with its floor"),
        ("T21", "finds fault with what is better than real images",
         [("sign * (found[name] - floor[name].mean())", "(found[name] - floor[name].mean()).abs()")],
         "better_than_real_is_no_fault", "worse"),
        ("U14", "takes a Fréchet distance for the first thing to look at",
         [('"both" if p[i] and r[i]', '"unbalanced" if f[i]')], "one_of_each", "none of the others"),
        ("T21", "takes the variance of a share for its standard error", [("(0.25 / «n») ** 0.5", "0.25 / «n»")],
         "one_of_each", "the root of 0.25"),
        ("T21", "allows one standard deviation, however many are asked for",
         [("«times» * floor[name].std()", "floor[name].std()")], "just_within", "«times» standard deviations"),
        ("U10", "does not see that one generator may have two faults",
         [('"both" if p[i] and r[i]\n        else ', "")], "one_of_each", "'both'"),
    ],
    equivalent={
        f"{_AWAY} -> {_AWAY.replace('>', '>=')}": "no measure is just at its limit",
        f"{_COPIES} -> {_COPIES.replace('>', '>=')}": "no share is just at its limit",
        f"swap: {_COPIES} / {_WORSE}": "neither line needs the other",
        f"swap:  / {_COPIES}": "the line does not need the function",
        f"{_COPIES} -> {_COPIES.replace('(found', 'found').replace(').tolist()', '')}": "True and False in a tensor",
        f"{_AWAY} -> {_AWAY.replace('(away', 'away').replace(').tolist()', '')}": "True and False in a tensor",
        f"no_grad: {_WORSE}": "True and False have no gradient",
        f"no_grad: {_LISTED}": "words have no gradient",
    },
)  # fmt: skip


def faults(draw: Draw) -> Problem:
    """Read four measures against their floor."""
    n, times = draw.choice([200, 300, 400, 500, 800, 1000]), draw.choice([2.0, 2.5, 3.0, 3.5, 4.0])
    problem = posed("faults", "What is wrong with these generators?", _FAULTS, {"n": n, "times": times})
    _faults_visible(problem.exercise, n, times)
    _faults_hidden(problem.exercise, n, times)
    return problem


#: What each word means for the measures: which of precision, recall, Fréchet and nearer are out.
_OUT = {
    "nothing": "",
    "unbalanced": "f",
    "scatters": "pf",
    "misses": "rf",
    "both": "prf",
    "copies": "n",
}


def _floor(centres: dict[str, float], spread: float = 0.01) -> dict[str, Tensor]:
    wobble = torch.tensor([-1.3, -0.4, 0.1, 0.5, 1.1], dtype=torch.float64)
    return {name: centre + spread * (1 if centre < 2 else 50) * wobble for name, centre in centres.items()}


_CENTRES = {"precision": 0.87, "recall": 0.81, "frechet": 41.0}


def _table(out: Sequence[str], floor: dict[str, Tensor], terms: tuple, by: float = 0.5) -> dict[str, Tensor]:
    """Numbers that are out by so many deviations more than are allowed, or within by as many."""
    n, times = terms
    reach = torch.tensor([[times + by if c in each else times - by for c in "prfn"] for each in out]).double()
    found = {
        name: values.mean() + (1 if name == "frechet" else -1) * column * values.std()
        for (name, values), column in zip(floor.items(), reach.T, strict=False)
    }
    return found | {"nearer": 0.5 + reach[:, 3] * (0.25 / n) ** 0.5}


def _words(faults: Callable, found: dict, floor: dict, expected: Sequence[str], what: str) -> None:
    copies = {name: values.clone() for name, values in found.items()}
    words = items(faults(copies, dict(floor)), len(expected), f"a list of {len(expected)} words")
    for at, (word, wanted) in enumerate(zip(words, expected, strict=True)):
        if word != wanted:
            row = ", ".join(f"{name} {values[at]:.3f}" for name, values in found.items())
            raise Finding(f"{what}: generator {at + 1} ({row}) is {word!r}", repr(wanted))


def _faults_visible(exercise: Exercise, n: int, times: float) -> None:
    told = (
        "Precision is about the fakes, recall about the data. Ask for copies first, since they flatter all other "
        "measures; 'unbalanced' is for none of the others. Compare each measure with its floor: it notices what is "
        f"{times} standard deviations worse than the mean. The standard error of a share of one half is the root of "
        "0.25 / n."
    )

    @exercise.case(points=2, hint=told)
    def one_of_each(faults):
        """Six generators with clear faults are told apart."""
        floor = _floor(_CENTRES)
        _words(
            faults, _table(list(_OUT.values()), floor, (n, times), by=times - 0.4), floor, list(_OUT), "a clear table"
        )

    @exercise.case(hint=told)
    def just_within(faults):
        """Generators just beyond the limits and just within them are told apart."""
        floor = _floor(_CENTRES)
        for by in (0.0004, 0.5):
            _words(faults, _table(list(_OUT.values()), floor, (n, times), by=by), floor, list(_OUT), "a close table")


def _faults_hidden(exercise: Exercise, n: int, times: float) -> None:
    @exercise.case(visible=False, hint="What is better than real images is no fault of this list: ask for worse.")
    def better_than_real_is_no_fault(faults):
        """Precision or recall above the floor, or a Fréchet distance below it, is not held against a generator."""
        floor = _floor(_CENTRES)
        found = _table(["", "r", "p"], floor, (n, times))
        found["precision"][:2] = 0.999
        found["recall"][2] = 0.999
        found["frechet"][:] = 12.0
        found["nearer"][:] = 0.3
        _words(faults, found, floor, ["nothing", "misses", "scatters"], "measures that are better than the floor")

    @exercise.case(points=2, visible=False, hint="Copies first, then precision with recall, the Fréchet distance last.")
    def other_tables(faults):
        """Random faults, with another floor, are told as well."""
        floor = _floor({"precision": 0.64, "recall": 0.93, "frechet": 7.0}, spread=0.004 + 0.02 * torch.rand(()).item())
        out = ["".join(c for c in "prfn" if torch.rand(()) < 0.5) for _ in range(24)]
        kinds = {"pr": "both", "p": "scatters", "r": "misses", "": "unbalanced"}
        expected = [
            "copies" if "n" in each else "nothing" if each == "" else kinds[each.replace("f", "")] for each in out
        ]
        _words(faults, _table(out, floor, (n, times), by=0.3), floor, expected, "another floor")

    @exercise.case(visible=False)
    def leaves_the_tables_alone(faults):
        """No number of the tables is changed."""
        floor = _floor(_CENTRES)
        found = _table(list(_OUT.values()), floor, (n, times))
        with untouched(**{f"found_{name}": found[name] for name in found}, **floor):
            faults(found, floor)
