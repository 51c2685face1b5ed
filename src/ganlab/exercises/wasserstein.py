"""Exercises of chapter 9: W1 by sorting, a critic's losses, four gradient penalties, the spectral norm."""

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, differentiable, items, near, number, show
from ganlab.checks.traces import untouched

w1_1d = Exercise(
    "w1_1d",
    "The Wasserstein distance of two samples of numbers",
    stub='''
def w1_1d(x, y):
    """Return the Wasserstein-1 distance of two samples, both of shape (n,)."""
    raise NotImplementedError
''',
    reference='''
def w1_1d(x, y):
    """Return the Wasserstein-1 distance of two samples, both of shape (n,)."""
    return (x.sort().values - y.sort().values).abs().mean()
''',
    equivalent={
        "return (x.sort().values - y.sort().values).abs().mean() -> "
        "return (y.sort().values - x.sort().values).abs().mean()": "the way back is as long as the way there",
        "return (x.sort().values - y.sort().values).abs().mean() -> "
        "return (-(x.sort().values - y.sort().values)).abs().mean()": "the absolute value takes the sign away",
    },
)


def _double(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


@w1_1d.case(hint="All earth moves by the same 3: the distance is 3.")
def shifted_sample(w1_1d):
    """A sample moved by 3, to either side, is at distance 3."""
    x = _double(0.3, -1.2, 2.5, 0.9)
    for shift in (3.0, -3.0):
        near(w1_1d(x.clone(), x + shift), 3.0, f"the distance of a sample to itself moved by {shift:g}")


@w1_1d.case(points=2, hint="The cheapest plan sends the smallest to the smallest: sort both samples.")
def order_does_not_matter(w1_1d):
    """Samples in another order have the same distance, 0 to themselves."""
    x = _double(4.0, -1.0, 0.5, 2.0, 7.0)
    near(w1_1d(x.clone(), x.flip(0)), 0.0, "the distance of a sample to itself in reverse order")
    near(w1_1d(x.clone(), x[[1, 0, 3, 4, 2]] + 1), 1.0, "the distance to the same sample moved by 1 and shuffled")


@w1_1d.case(points=2, hint="Each point travels its own way: the absolute value first, then the mean.")
def there_and_back(w1_1d):
    """Earth that moves to both sides costs both ways."""
    x, y = _double(0.0, 0.0, 0.0, 0.0), _double(-1.0, 3.0, 1.0, -3.0)
    hints = {
        0.0: "The two means are equal, but the earth has to move: take the absolute value of each trip.",
        5.0**0.5: "That is the root of the mean squared trip, W2: here the trips themselves are averaged.",
        5.0: "The trips are squared: W1 averages their lengths.",
        8.0: "That is the sum over the points: each holds the mass 1/n, so take the mean.",
        3.0: "That is the longest trip: take the mean of all.",
        1.0: "That is a short trip or a middle one: take the mean of all.",
    }
    near(w1_1d(x, y), 2.0, f"the distance from four points at 0 to {show(y)}", hints=hints)


@w1_1d.case(hint="The median forgets how far the last points have to go: take the mean.")
def every_trip_counts(w1_1d):
    """Three trips of lengths 0, 1 and 5 cost 2."""
    hints = {1.0: "That is the median trip: take the mean."}
    near(w1_1d(_double(0, 10, 20), _double(0, 11, 25)), 2.0, "the distance of (0, 10, 20) and (0, 11, 25)", hints=hints)


@w1_1d.case(hint="Keep tensors all the way, so that a generator could descend the distance.")
def slope_at_each_point(w1_1d):
    """The distance goes backward: each fake is pulled with strength 1/n towards its partner."""
    x, y = _double(5.0, 1.0, 3.0), _double(2.0, 0.0, 7.0).requires_grad_()
    value = differentiable(w1_1d(x, y), "the distance")
    (slope,) = torch.autograd.grad(value, y)
    near(slope, _double(-1, -1, 1) / 3, "the slope at the fakes 2, 0, 7 with data at 5, 1, 3")


@w1_1d.case()
def leaves_the_samples_alone(w1_1d):
    """Neither sample is changed."""
    x, y = _double(3.0, 1.0, 2.0), _double(0.0, 5.0, -1.0)
    with untouched(x=x, y=y):
        w1_1d(x, y)


_RETURN = "return (x.sort().values - y.sort().values).abs().mean()"
for _title, _wrong, _case, _says in (
    ("compares partners by position", "return (x - y).abs().mean()", "order_does_not_matter", "sort both"),
    (
        "compares the means only",
        "return (x.mean() - y.mean()).abs()",
        "there_and_back",
        "the absolute value of each trip",
    ),
    ("squares the trips", "return (x.sort().values - y.sort().values).square().mean()", "shifted_sample", "moves by"),
    (
        "gives W2",
        "return (x.sort().values - y.sort().values).square().mean().sqrt()",
        "there_and_back",
        "W2",
    ),
    ("forgets the absolute value", "return (x.sort().values - y.sort().values).mean()", "shifted_sample", "moves by"),
    ("adds the trips up", "return (x.sort().values - y.sort().values).abs().sum()", "shifted_sample", "moves by"),
    ("takes the longest trip", "return (x.sort().values - y.sort().values).abs().max()", "there_and_back", "longest"),
    ("sorts one sample only", "return (x.sort().values - y).abs().mean()", "order_does_not_matter", "sort both"),
    (
        "averages over all pairs, as if partners were drawn at random",
        "return (x[:, None] - y).abs().mean()",
        "shifted_sample",
        "moves by",
    ),
    (
        "sends every point to its nearest partner, however often that one is asked",
        "return (x[:, None] - y).abs().min(dim=1).values.mean()",
        "shifted_sample",
        "moves by",
    ),
    (
        "returns a plain number",
        "return (x.sort().values - y.sort().values).abs().mean().item()",
        "slope_at_each_point",
        "way back is cut",
    ),
):
    w1_1d.mistake("T11", _title, (_RETURN, _wrong), caught_by=_case, says=_says)


critic_report = Exercise(
    "critic_report",
    "The losses of a critic, and what they measure",
    stub='''
def critic_report(real_scores, fake_scores):
    """Return d_loss, g_loss and the distance that the critic reads.

    The scores are f(x) and f(G(z)), both of shape (n, 1). Both losses are
    to be minimised.
    """
    raise NotImplementedError
''',
    reference='''
def critic_report(real_scores, fake_scores):
    """Return d_loss, g_loss and the distance that the critic reads.

    The scores are f(x) and f(G(z)), both of shape (n, 1). Both losses are
    to be minimised.
    """
    d_loss = fake_scores.mean() - real_scores.mean()
    g_loss = -fake_scores.mean()
    return d_loss, g_loss, -d_loss
''',
    equivalent={
        "swap: d_loss = fake_scores.mean() - real_scores.mean() / g_loss = -fake_scores.mean()": (
            "neither loss depends on the other"
        )
    },
)


def _report(critic_report, real: Tensor, fake: Tensor):
    return items(critic_report(real, fake), 3, "three numbers: d_loss, g_loss and the distance")


def _scores(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).reshape(-1, 1).requires_grad_()


_REAL, _FAKE = (3.0, -1.0, 7.0), (-2.0, 0.5, 0.0, -4.5)  # means 3 and -1.5


@critic_report.case(hint="Write return d_loss, g_loss, distance.")
def three_numbers(critic_report):
    """It returns three numbers, of which both losses can go backward."""
    d_loss, g_loss, distance = _report(critic_report, _scores(*_REAL), _scores(*_FAKE))
    differentiable(d_loss, "d_loss")
    differentiable(g_loss, "g_loss")
    number(distance, "the distance")


@critic_report.case(
    points=2, hint="A critic that works scores real examples higher, and its loss is low then: fake minus real."
)
def sign_of_the_critics_loss(critic_report):
    """A critic that scores real examples higher by 4.5 has the loss -4.5."""
    d_loss, _, _ = _report(critic_report, _scores(*_REAL), _scores(*_FAKE))
    hints = {
        4.5: "The sign is flipped: descending real minus fake would make the critic score fakes higher.",
        3.0 + 0.5: "That compares medians: take the mean over each batch.",
        -3.0: "That is the real half alone; where do the fakes count?",
        1.5: "That is the sum of the two means: the critic looks at their difference.",
    }
    near(d_loss, -4.5, "d_loss for mean scores 3 (real) and -1.5 (fake)", hints=hints)


@critic_report.case(hint="G moves its fakes to where the critic is higher, and never sees a real example.")
def generators_loss(critic_report):
    """The generator's loss is minus the mean score of its fakes, 1.5."""
    _, g_loss, _ = _report(critic_report, _scores(*_REAL), _scores(*_FAKE))
    hints = {
        -1.5: "The sign is flipped: descending the score would make fakes look worse.",
        4.5: "Real scores do not belong into G's loss: they do not depend on G.",
        -4.5: "That is the critic's loss: G wants its fakes to score high.",
    }
    near(g_loss, 1.5, "g_loss for fakes with mean score -1.5", hints=hints)


@critic_report.case(hint="Minus the critic's loss is the distance that it reads.")
def distance_is_minus_the_loss(critic_report):
    """The distance read is 4.5, the amount by which real examples score higher."""
    *_, distance = _report(critic_report, _scores(*_REAL), _scores(*_FAKE))
    hints = {-4.5: "A distance is not negative if the critic works: it is minus the loss."}
    near(distance, 4.5, "the distance for mean scores 3 (real) and -1.5 (fake)", hints=hints)


@critic_report.case(hint="If the critic scores fakes higher, it has not understood yet: let the reading be negative.")
def a_bad_critic_reads_less_than_nothing(critic_report):
    """A critic that prefers fakes has a positive loss and a negative reading."""
    d_loss, _, distance = _report(critic_report, _scores(*_FAKE), _scores(*_REAL))
    near(d_loss, 4.5, "d_loss with the scores exchanged")
    near(distance, -4.5, "the distance with the scores exchanged")


@critic_report.case(hint="Only differences of a critic's scores mean something: a constant drops out of d_loss.")
def a_constant_drops_out(critic_report):
    """Adding 10 to all scores changes g_loss and nothing else."""
    d_loss, g_loss, distance = _report(critic_report, _scores(*_REAL) + 10, _scores(*_FAKE) + 10)
    near(d_loss, -4.5, "d_loss with 10 added to all scores")
    near(g_loss, -8.5, "g_loss with 10 added to all scores")
    near(distance, 4.5, "the distance with 10 added to all scores")


@critic_report.case(hint="Each score counts with 1/n: no logarithm, no margin.")
def slopes_of_both_losses(critic_report):
    """The critic's loss pulls every score with 1/n of its batch, G's only those of the fakes."""
    real, fake = _scores(*_REAL), _scores(*_FAKE)
    d_loss, g_loss, _ = _report(critic_report, real, fake)
    slopes = torch.autograd.grad(d_loss, [real, fake], retain_graph=True, allow_unused=True, materialize_grads=True)
    near(slopes[0].flatten(), torch.full((3,), -1 / 3), "the slopes of d_loss at three real scores")
    near(slopes[1].flatten(), torch.full((4,), 1 / 4), "the slopes of d_loss at four fake scores")
    (slope,) = torch.autograd.grad(g_loss, fake, allow_unused=True, materialize_grads=True)
    near(slope.flatten(), torch.full((4,), -1 / 4), "the slopes of g_loss at four fake scores")


@critic_report.case()
def leaves_the_scores_alone(critic_report):
    """The scores are not changed."""
    real, fake = _scores(*_REAL).detach(), _scores(*_FAKE).detach()
    with untouched(real_scores=real, fake_scores=fake):
        critic_report(real, fake)


_D, _G, _OUT = (
    "d_loss = fake_scores.mean() - real_scores.mean()",
    "g_loss = -fake_scores.mean()",
    "return d_loss, g_loss, -d_loss",
)
_CE = "__import__('torch').nn.functional.softplus"
for _key, _title, _edits, _case, _says in (
    (
        "U15",
        "flips the critic's loss, since a negative one looks wrong",
        [(_D, "d_loss = real_scores.mean() - fake_scores.mean()")],
        "sign_of_the_critics_loss",
        "sign is flipped",
    ),
    (
        "U15",
        "takes the absolute value of the loss",
        [(_D, f"{_D}\n    d_loss = d_loss.abs()")],
        "sign_of_the_critics_loss",
        "sign is flipped",
    ),
    (
        "U15",
        "reports the loss as the distance",
        [("-d_loss", "d_loss")],
        "distance_is_minus_the_loss",
        "minus the loss",
    ),
    ("U15", "flips the generator's loss", [(_G, "g_loss = fake_scores.mean()")], "generators_loss", "look worse"),
    (
        "E8",
        "gives G the critic's loss",
        [(_G, "g_loss = d_loss")],
        "generators_loss",
        "critic's loss",
    ),
    (
        "U15",
        "puts real scores into G's loss",
        [(_G, "g_loss = real_scores.mean() - fake_scores.mean()")],
        "generators_loss",
        "do not belong",
    ),
    (
        "E23",
        "uses the cross-entropy of the original game",
        [(_D, f"d_loss = {_CE}(-real_scores).mean() + {_CE}(fake_scores).mean()")],
        "sign_of_the_critics_loss",
        "fake minus real",
    ),
    (
        "U15",
        "keeps the distance above 0",
        [("-d_loss", "(-d_loss).clamp(min=0)")],
        "a_bad_critic_reads_less_than_nothing",
        "negative",
    ),
    (
        "U15",
        "adds the two means",
        [(_D, "d_loss = fake_scores.mean() + real_scores.mean()")],
        "sign_of_the_critics_loss",
        "their difference",
    ),
    (
        "U15",
        "returns a plain number for the loss",
        [(_OUT, "return d_loss.item(), g_loss, -d_loss")],
        "three_numbers",
        "way back is cut",
    ),
):
    critic_report.mistake(_key, _title, *_edits, caught_by=_case, says=_says)


gp_bugs = Exercise(
    "gp_bugs",
    "Four gradient penalties, and what is wrong with them",
    stub="""
# 0  nothing is wrong
# 1  epsilon is normal: points beyond the two examples
# 2  one epsilon for the whole batch
# 3  epsilon for each coordinate: points off the segment
# 4  the norm of the whole batch instead of each example
# 5  NaN where the gradient is zero
# 6  draws the slope to 0 instead of 1
# for example {"A": 0, "B": 1, "C": 2, "D": 3}
bugs = ...
""",
    reference="""
# 0  nothing is wrong
# 1  epsilon is normal: points beyond the two examples
# 2  one epsilon for the whole batch
# 3  epsilon for each coordinate: points off the segment
# 4  the norm of the whole batch instead of each example
# 5  NaN where the gradient is zero
# 6  draws the slope to 0 instead of 1
# for example {"A": 0, "B": 1, "C": 2, "D": 3}
bugs = {"A": 3, "B": 5, "C": 1, "D": 4}
""",
)

_BUGS = {"A": 3, "B": 5, "C": 1, "D": 4}
_LOOK = {
    "A": "What shape does epsilon have, compared with one number for each example?",
    "B": "Which slope has the square root at 0? Try a critic that is constant.",
    "C": "Which values can epsilon take?",
    "D": "Over which dimensions is the norm taken? Try a critic of slope 1 on a batch of 9.",
}


def _bug(bugs, letter: str) -> float:
    if type(bugs) is not dict or set(bugs) != set(_BUGS):
        raise Finding("your answer has other letters", 'a dictionary {"A": …, "B": …, "C": …, "D": …}')
    return number(bugs[letter], f"the bug of {letter}")


def _one_letter(letter: str, right: str, hints: dict[float, str]):
    def case(bugs):
        found = _bug(bugs, letter)
        if found != _BUGS[letter]:
            raise Finding(f"you gave {letter} the number {found:g}", "another number", hints.get(found, _LOOK[letter]))

    case.__name__, case.__doc__ = f"listing_{letter.lower()}", right
    gp_bugs.case(hint=_LOOK[letter])(case)


_NOTHING_WRONG = "It has a bug: compare each line with the equation of the penalty."
_one_letter(
    "A",
    "Listing A: where are its points?",
    {
        0: _NOTHING_WRONG,
        2: "rand_like gives many numbers, not one. How many for each example?",
        1: "rand_like is uniform. Where does a different epsilon for each coordinate put the point?",
    },
)
_one_letter(
    "B",
    "Listing B: what does it do where the critic is flat?",
    {
        0: _NOTHING_WRONG + " Try a critic that is constant.",
        4: "sum(dim=1) leaves one number for each example.",
        6: "The slope is drawn to 1; look at the square root.",
    },
)
_one_letter(
    "C",
    "Listing C: where are its points?",
    {
        0: _NOTHING_WRONG,
        2: "There is one epsilon for each example. Which values can it take?",
        3: "There is one epsilon for each example, so the point is on the line through both. Is it between them?",
    },
)
_one_letter(
    "D",
    "Listing D: whose norm is it?",
    {
        0: _NOTHING_WRONG + " Try a critic of slope 1 on a batch of 9.",
        5: "Tensor.norm is finite at 0, and so is its slope.",
        6: "The norm is drawn to 1, but whose norm is it?",
    },
)
for _title, _edit, _case, _says in (
    ("finds nothing wrong with an epsilon for each coordinate", ('"A": 3', '"A": 0'), "listing_a", "compare each line"),
    ("takes rand_like for one epsilon for the batch", ('"A": 3', '"A": 2'), "listing_a", "many numbers"),
    ("takes rand_like for a normal epsilon", ('"A": 3', '"A": 1'), "listing_a", "each coordinate"),
    ("finds nothing wrong with the square root", ('"B": 5', '"B": 0'), "listing_b", "constant"),
    ("thinks that the norm is one of the batch", ('"B": 5', '"B": 4'), "listing_b", "one number for each"),
    ("finds nothing wrong with a normal epsilon", ('"C": 1', '"C": 0'), "listing_c", "compare each line"),
    ("thinks that the points leave the line", ('"C": 1', '"C": 3'), "listing_c", "between them"),
    ("finds nothing wrong with the norm of the batch", ('"D": 4', '"D": 0'), "listing_d", "batch of 9"),
    ("thinks that norm is NaN at zero", ('"D": 4', '"D": 5'), "listing_d", "finite at 0"),
):
    gp_bugs.mistake("U16", _title, _edit, caught_by=_case, says=_says)


_ALIKE = "a direction and its opposite are stretched alike"

power_iteration = Exercise(
    "power_iteration",
    "The spectral norm by power iteration",
    stub='''
def power_iteration(weight, v, steps):
    """Return the estimate of the spectral norm after some rounds.

    weight has shape (rows, columns); v, shape (columns,), is where to
    start, of any length but 0. A round multiplies by weight, then by its
    transpose.
    """
    raise NotImplementedError
''',
    reference='''
def power_iteration(weight, v, steps):
    """Return the estimate of the spectral norm after some rounds.

    weight has shape (rows, columns); v, shape (columns,), is where to
    start, of any length but 0. A round multiplies by weight, then by its
    transpose.
    """
    for _ in range(steps):
        v = weight.T @ (weight @ v)
        v = v / v.norm()
    return (weight @ v).norm() / v.norm()
''',
    equivalent={
        "v = v / v.norm() -> v = -(v / v.norm())": _ALIKE,
        "v = v / v.norm() -> v = v / -v.norm()": _ALIKE,
        "v = weight.T @ (weight @ v) -> v = -(weight.T @ (weight @ v))": _ALIKE,
        "v = weight.T @ (weight @ v) -> v = weight.T @ -(weight @ v)": _ALIKE,
        "return (weight @ v).norm() / v.norm() -> return (-(weight @ v)).norm() / v.norm()": _ALIKE,
        "v = v / v.norm() -> v = v.div_(v.norm())": "v is the function's own tensor by then",
        "no_grad: for _ in range(steps):": "the rounds find a direction, which counts as a constant",
        "swap: v = weight.T @ (weight @ v) / v = v / v.norm()": "scaled before or after: the end divides by the length",
    },
)


def _matrix(*singular: float, rows: int = 5) -> Tensor:
    """A matrix with these singular values, and random directions."""
    n = len(singular)
    left, right = (torch.linalg.qr(torch.randn(size, n, dtype=torch.float64)).Q for size in (rows, n))
    return left @ torch.diag(_double(*singular)) @ right.T


def _start(n: int) -> Tensor:
    return torch.randn(n, dtype=torch.float64)


@power_iteration.case(
    points=2, hint="Multiply by W and by W.T in turn, scale to length 1; in the end ask how far W stretches v."
)
def agrees_with_the_svd(power_iteration):
    """After 100 rounds it is the largest singular value."""
    for singular in ((3.0, 1.0, 0.5), (0.2, 0.1, 0.05, 0.0)):
        W, largest, n = _matrix(*singular), singular[0], len(singular)
        hints = {
            largest**2: "That is its square, what W.T W stretches: ask how far W alone stretches v.",
            sum(s * s for s in singular) ** 0.5: "That is the Frobenius norm, the root of the sum of all squares.",
            sum(singular): "That is the sum of all singular values.",
        }
        given = f"for singular values {singular}, after 100 rounds, the estimate"
        near(power_iteration(W, _start(n), 100), largest, given, tolerance=1e-6, hints=hints)


@power_iteration.case(hint="W may have more rows than columns or fewer: v has as many entries as W has columns.")
def any_shape(power_iteration):
    """Wide and tall matrices work, also one that is no square."""
    for W in (_matrix(2.0, 1.0, rows=7), _matrix(2.0, 1.0, rows=7).T.contiguous()):
        near(power_iteration(W, _start(W.shape[1]), 60), 2.0, f"for W of shape {tuple(W.shape)} the estimate")


@power_iteration.case(points=2, hint="Each round has to do both products, and there are as many rounds as steps says.")
def after_few_rounds(power_iteration):
    """After 0, 1 and 2 rounds it is how far W stretches the v of that round."""
    W, v = torch.diag(_double(2.0, 1.0)), _double(3.0, 4.0)
    for steps in (0, 1, 2):
        turned = v * _double(4.0**steps, 1.0)
        wanted = ((W @ turned).norm() / turned.norm()).item()
        near(
            power_iteration(W, v.clone(), steps),
            wanted,
            f"for W = diag(2, 1), v = (3, 4), {steps} rounds, the estimate",
        )


@power_iteration.case(hint="Scale v to length 1 in every round, or it grows out of range.")
def many_rounds_stay_finite(power_iteration):
    """A thousand rounds with a large or a small matrix neither overflow nor vanish."""
    for size in (1e3, 1e-3):
        W = torch.diag(_double(size, 0.5 * size)).float()
        near(
            power_iteration(W, torch.ones(2), 1000) / size,
            1.0,
            f"for a matrix of size {size:g}, the estimate / {size:g}",
        )


@power_iteration.case(hint="The length of the v that you are given is arbitrary: divide by it.")
def length_of_the_start(power_iteration):
    """A start that is ten times as long gives the same estimate."""
    W, v = _matrix(3.0, 2.0, 1.0), _start(3)
    for steps in (0, 1):
        same = (power_iteration(W, v.clone(), steps), power_iteration(W, 10 * v, steps))
        near(
            number(same[1], "the estimate"), number(same[0], "the estimate"), f"from 10 v, {steps} rounds, the estimate"
        )


@power_iteration.case()
def leaves_matrix_and_start_alone(power_iteration):
    """Neither the matrix nor v is changed."""
    W, v = _matrix(3.0, 2.0, 1.0), _start(3)
    with untouched(weight=W, v=v):
        power_iteration(W, v, 3)


_ROUND, _SCALE, _END = "v = weight.T @ (weight @ v)", "v = v / v.norm()", "return (weight @ v).norm() / v.norm()"
for _title, _edits, _case, _says in (
    (
        "returns how far W.T W stretches, the square",
        [(_END, "return (weight.T @ (weight @ v)).norm() / v.norm()")],
        "agrees_with_the_svd",
        "its square",
    ),
    ("gives the Frobenius norm", [(_END, "return weight.norm()")], "agrees_with_the_svd", "Frobenius"),
    ("gives the largest entry", [(_END, "return weight.abs().max()")], "agrees_with_the_svd", "how far W stretches v"),
    (
        "gives the largest row sum",
        [(_END, "return weight.abs().sum(dim=1).max()")],
        "agrees_with_the_svd",
        "how far W stretches v",
    ),
    ("never scales v", [(f"        {_SCALE}\n", "")], "many_rounds_stay_finite", "length 1"),
    (
        "multiplies by W only, which fits a square matrix",
        [(_ROUND, "v = weight @ v")],
        "agrees_with_the_svd",
        "size mismatch",
    ),
    ("forgets to multiply at all", [(f"        {_ROUND}\n", "")], "agrees_with_the_svd", "Multiply by W"),
    ("does a fixed number of rounds", [("range(steps)", "range(200)")], "after_few_rounds", "as many rounds"),
    (
        "starts with a vector of its own",
        [("    for _", "    v = v * 0 + 1\n    for _")],
        "after_few_rounds",
        "as many rounds",
    ),
    ("forgets the length of the start", [(_END, "return (weight @ v).norm()")], "after_few_rounds", "both products"),
    (
        "takes the singular values from a library",
        [(_END, "return __import__('torch').linalg.matrix_norm(weight, ord=2)")],
        "after_few_rounds",
        "both products",
    ),
):
    power_iteration.mistake("T11", _title, *_edits, caught_by=_case, says=_says)
