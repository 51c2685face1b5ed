"""Exercises of chapter 11: the Fréchet distance, precision and recall, a search for copies, an honest report."""

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number
from ganlab.checks.traces import untouched

_SQUARED = "the square takes the sign away"

frechet = Exercise(
    "frechet",
    "The Fréchet distance of two Gaussians",
    stub='''
import torch


def frechet(mean_1, cov_1, mean_2, cov_2):
    """Return the Fréchet distance (squared) of two Gaussians.

    The means have shape (d,), the covariances (d, d).
    """
    raise NotImplementedError
''',
    reference='''
import torch


def frechet(mean_1, cov_1, mean_2, cov_2):
    """Return the Fréchet distance (squared) of two Gaussians.

    The means have shape (d,), the covariances (d, d).
    """
    apart = (mean_1 - mean_2).square().sum()
    overlap = torch.linalg.eigvals(cov_1 @ cov_2).real.clamp(min=0).sqrt().sum()
    return apart + cov_1.trace() + cov_2.trace() - 2 * overlap
''',
    equivalent={
        "apart = (mean_1 - mean_2).square().sum() -> apart = (mean_2 - mean_1).square().sum()": _SQUARED,
        "apart = (mean_1 - mean_2).square().sum() -> apart = (-(mean_1 - mean_2)).square().sum()": _SQUARED,
        "return apart + cov_1.trace() + cov_2.trace() - 2 * overlap -> "
        "return apart.add_(cov_1.trace()) + cov_2.trace() - 2 * overlap": "apart is the function's own tensor",
        "swap: apart = (mean_1 - mean_2).square().sum() / "
        "overlap = torch.linalg.eigvals(cov_1 @ cov_2).real.clamp(min=0).sqrt().sum()": "neither needs the other",
    },
)


def _double(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _covariance(d: int) -> Tensor:
    mix = torch.randn(d, d, dtype=torch.float64)
    return mix @ mix.T + 0.1 * torch.eye(d, dtype=torch.float64)


@frechet.case(hint="On a line it is the squared distance of the means plus that of the standard deviations.")
def on_a_line(frechet):
    """In one dimension it is the difference of means squared, plus that of spreads squared."""
    hints = {
        17.75: "That subtracts variances: the standard deviations, their roots, count.",
        9.25: "Is the difference of the means squared?",
        15.25**0.5: "Leave the distance squared.",
        16.75: "The term with the root is taken off twice, as in every square of a difference.",
        13.75: "Take the root of the product of the covariances.",
        21.25: "The root is taken off, not added.",
    }
    value = frechet(_double(1), _double(9).reshape(1, 1), _double(4), _double(0.25).reshape(1, 1))
    near(value, 15.25, "for means 1, 4 and variances 9, 0.25 the distance", hints=hints)


@frechet.case(hint="Equal Gaussians are at distance 0; the root of C C is C.")
def to_itself(frechet):
    """A Gaussian is at distance 0 from itself."""
    mean, cov = torch.randn(4, dtype=torch.float64), _covariance(4)
    near(frechet(mean, cov, mean.clone(), cov.clone()), 0.0, "the distance of a Gaussian to itself", tolerance=1e-6)


@frechet.case(hint="Sum the squares of the differences over all d coordinates.")
def moved(frechet):
    """A Gaussian that is moved by (1, 2, -2) is at distance 9."""
    mean, cov = torch.randn(3, dtype=torch.float64), _covariance(3)
    hints = {3.0: "That is the mean over the coordinates, or the distance itself: take the sum of squares."}
    near(
        frechet(mean, cov, mean + _double(1, 2, -2), cov),
        9.0,
        "the distance to itself moved by (1, 2, -2)",
        hints=hints,
    )


@frechet.case(
    points=2,
    hint="The root of a matrix is not the root of its entries: it is the sum of the roots of the eigenvalues that "
    "its trace needs.",
)
def correlated(frechet):
    """Correlated features agree with another way to compute the distance."""
    for d in (2, 5):
        (mean_1, mean_2), cov_1, cov_2 = torch.randn(2, d, dtype=torch.float64), _covariance(d), _covariance(d)
        values, vectors = torch.linalg.eigh(cov_1)
        root = (vectors * values.sqrt()) @ vectors.T
        overlap = torch.linalg.eigvalsh(root @ cov_2 @ root).sqrt().sum()
        expected = (mean_1 - mean_2).square().sum() + cov_1.trace() + cov_2.trace() - 2 * overlap
        near(
            frechet(mean_1, cov_1, mean_2, cov_2), expected.item(), f"for two Gaussians in {d} dimensions the distance"
        )


@frechet.case(hint="A covariance may have eigenvalues 0; rounding can make them slightly negative: clamp them.")
def flat_directions(frechet):
    """Features that never vary give a number, not NaN."""
    cov = torch.zeros(6, 6, dtype=torch.float64)
    mix = torch.randn(6, 2, dtype=torch.float64)
    near(
        frechet(torch.zeros(6).double(), mix @ mix.T, torch.zeros(6).double(), cov),
        (mix**2).sum().item(),
        "the distance to a single point",
    )
    value = number(frechet(torch.zeros(6).double(), mix @ mix.T, torch.ones(6).double(), mix @ mix.T), "the distance")
    near(value, 6.0, "with covariances of rank 2, moved by ones, the distance", tolerance=1e-3)


@frechet.case()
def leaves_its_inputs_alone(frechet):
    """Nothing that is given is changed."""
    mean, cov, other = torch.randn(3, dtype=torch.float64), _covariance(3), _covariance(3)
    with untouched(mean_1=mean, cov_1=cov, cov_2=other):
        frechet(mean, cov, mean + 1, other)


_APART, _OVER, _SUM = (
    "apart = (mean_1 - mean_2).square().sum()",
    "overlap = torch.linalg.eigvals(cov_1 @ cov_2).real.clamp(min=0).sqrt().sum()",
    "return apart + cov_1.trace() + cov_2.trace() - 2 * overlap",
)
for _title, _edit, _case, _says in (
    ("takes the root off once", (_SUM, _SUM.replace("2 * overlap", "overlap")), "on_a_line", "taken off"),
    ("adds the root", (_SUM, _SUM.replace("- 2", "+ 2")), "on_a_line", "not added"),
    ("forgets the root", (_OVER, _OVER.replace(".sqrt()", "")), "on_a_line", "root of the product"),
    (
        "returns the root of the distance",
        (_SUM, "return (apart + cov_1.trace() + cov_2.trace() - 2 * overlap).sqrt()"),
        "on_a_line",
        "squared",
    ),
    ("does not square the means", (_APART, "apart = (mean_1 - mean_2).abs().sum()"), "on_a_line", "squared"),
    ("averages over the coordinates", (_APART, "apart = (mean_1 - mean_2).square().mean()"), "moved", "sum of squares"),
    ("takes the norm without the square", (_APART, "apart = (mean_1 - mean_2).norm()"), "on_a_line", "squared"),
    (
        "takes the root of each entry",
        (_OVER, "overlap = (cov_1 @ cov_2).abs().sqrt().trace()"),
        "to_itself",
        "distance 0",
    ),
    (
        "multiplies the spreads and forgets the correlations",
        (_OVER, "overlap = (cov_1.diag() * cov_2.diag()).sqrt().sum()"),
        "correlated",
        "eigenvalues",
    ),
    (
        "multiplies entry by entry",
        (_OVER, "overlap = torch.linalg.eigvals(cov_1 * cov_2).real.clamp(min=0).sqrt().sum()"),
        "to_itself",
        "distance 0",
    ),
    ("ignores the covariances", (_SUM, "return apart"), "on_a_line", "standard deviations"),
    (
        "compares traces only",
        (_SUM, "return apart + (cov_1.trace() - cov_2.trace()).abs()"),
        "on_a_line",
        "subtracts variances",
    ),
):
    frechet.mistake("U14", _title, _edit, caught_by=_case, says=_says)


_RR, _FR, _A = (
    "real_radius = torch.cdist(real, real).sort(dim=1).values[:, k]",
    "fake_radius = torch.cdist(fake, fake).sort(dim=1).values[:, k]",
    "apart = torch.cdist(real, fake)",
)
_P, _R = (
    "precision = (apart <= real_radius[:, None]).any(dim=0).float().mean()",
    "recall = (apart <= fake_radius).any(dim=1).float().mean()",
)

precision_recall = Exercise(
    "precision_recall",
    "Precision and recall from balls",
    stub='''
import torch


def precision_recall(real, fake, k):
    """Return precision and recall of two sets of features.

    real has shape (n, d), fake (m, d). A ball reaches to the k-th
    nearest neighbour in its own set, rim included.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def precision_recall(real, fake, k):
    """Return precision and recall of two sets of features.

    real has shape (n, d), fake (m, d). A ball reaches to the k-th
    nearest neighbour in its own set, rim included.
    """
    real_radius = torch.cdist(real, real).sort(dim=1).values[:, k]
    fake_radius = torch.cdist(fake, fake).sort(dim=1).values[:, k]
    apart = torch.cdist(real, fake)
    precision = (apart <= real_radius[:, None]).any(dim=0).float().mean()
    recall = (apart <= fake_radius).any(dim=1).float().mean()
    return precision, recall
''',
    goals=(
        (2, "Give each example a ball that reaches to its k-th neighbour in its own set"),
        (1, "Measure all distances between real examples and fakes"),
        (1, "Precision: the share of fakes in some ball of a real example"),
        (1, "Recall: the share of real examples in some ball of a fake"),
        (1, "Return both, precision first"),
    ),
    equivalent={
        **dict.fromkeys(
            (f"swap: {_RR} / {_FR}", f"swap: {_FR} / {_A}", f"swap: {_P} / {_R}"), "neither needs the other"
        ),
        **{
            f"{line} -> {line.replace('dim=1', new)}": "rows are the last dimension"
            for line in (_RR, _FR)
            for new in ("", "dim=-1")
        },
        f"{_R} -> {_R.replace('dim=1', 'dim=-1')}": "rows are the last dimension",
        **{
            f"{line} -> {line.replace('.float()', '.double()')}": "a share of few truths is exact enough"
            for line in (_P, _R)
        },
        f"{_P} -> {_P.replace('.float()', '.half()')}": "a share of few truths is exact enough",
    },
)


def _line(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)[:, None]


def _both(precision_recall, real: Tensor, fake: Tensor, k: int):
    found = items(precision_recall(real, fake, k), 2, "two numbers: precision and recall")
    return number(found[0], "the precision"), number(found[1], "the recall")


@precision_recall.case(points=2, hint="Draw the points on paper, and around each a ball out to its nearest neighbour.")
def by_hand(precision_recall):
    """Seven points on a line."""
    real, fake = _line(0, 1, 2, 3, 4), _line(0.0, 0.5, 50.0, 51.0)
    precision, recall = _both(precision_recall, real, fake, 1)
    hints = {
        0.25: "Is the rim part of the ball, and is the example itself not counted as its own neighbour?",
        0.4: "That is the recall: precision is about the fakes.",
        1.0: "Two fakes are far from everything real. In whose balls must a fake lie?",
    }
    near(precision, 0.5, "the precision for real 0 … 4 and fakes 0, 0.5, 50, 51, k = 1,", hints=hints)
    near(
        recall,
        0.4,
        "the recall for real 0 … 4 and fakes 0, 0.5, 50, 51, k = 1,",
        hints={0.2: hints[0.25], 0.5: "That is the precision."},
    )


@precision_recall.case(hint="A point at just the radius is in the ball: use <=.")
def the_rim_belongs_to_the_ball(precision_recall):
    """A fake at just the radius counts, one a little farther out does not."""
    precision, _ = _both(precision_recall, _line(0, 1, 2, 3, 4), _line(5, 5.5, 50), 1)
    hints = {
        0.0: "A point at just the radius is in the ball. And in whose balls must a fake lie?",
        2 / 3: "A ball reaches to a neighbour in its own set.",
    }
    near(precision, 1 / 3, "the precision for real 0 … 4 and fakes 5, 5.5, 50, k = 1,", hints=hints)


@precision_recall.case(hint="Precision is about the fakes, recall about the real examples.")
def order_of_the_two(precision_recall):
    """Fakes in one spot of a wide cloud have precision and little recall."""
    real, fake = torch.randn(60, 2).double(), 0.05 * torch.randn(50, 2).double()
    precision, recall = _both(precision_recall, real, fake, 3)
    if precision < recall:
        raise Finding(f"a collapsed generator has precision {precision:.2f} and recall {recall:.2f}", "more precision")
    near(precision, 1.0, "the precision of fakes in the middle of the real examples", tolerance=0.2)


@precision_recall.case(hint="A fake lies in the support if some ball holds it, wherever the ball's centre is.")
def an_outlier_has_a_large_ball(precision_recall):
    """One fake far outside covers many real examples."""
    real = _line(0, 1, 2, 3, 4, 5)
    _, recall = _both(precision_recall, real, _line(0, 0.1, 9), 1)
    near(recall, 1.0, "the recall for real 0 … 5 and fakes 0, 0.1, 9, k = 1,")


@precision_recall.case(
    points=2, hint="A larger k makes larger balls: sort the distances and take the k-th after the example itself."
)
def k_counts(precision_recall):
    """With k = 1, 2, 3 the values are those of a loop over all balls."""
    real, fake = torch.randn(40, 3).double(), 1.3 * torch.randn(30, 3).double() + 0.5
    for k in (1, 2, 3):
        expected = [
            sum(any((p - c).norm() <= (own - c).norm(dim=1).sort().values[k] + 1e-12 for c in own) for p in points)
            / len(points)
            for own, points in ((real, fake), (fake, real))
        ]
        found = _both(precision_recall, real, fake, k)
        for name, value, wanted in zip(("precision", "recall"), found, expected, strict=True):
            near(value, float(wanted), f"for k = {k} the {name}")


@precision_recall.case()
def leaves_the_sets_alone(precision_recall):
    """Neither set is changed."""
    real, fake = torch.randn(12, 2).double(), torch.randn(9, 2).double()
    with untouched(real=real, fake=fake):
        precision_recall(real, fake, 2)


for _title, _edits, _case, _says in (
    (
        "returns them in the other order",
        [("return precision, recall", "return recall, precision")],
        "by_hand",
        "precision is about the fakes",
    ),
    (
        "counts each example as its own neighbour",
        [(_RR, _RR.replace("k]", "k - 1]")), (_FR, _FR.replace("k]", "k - 1]"))],
        "by_hand",
        "its own neighbour",
    ),
    ("leaves the rim out", [(_P, _P.replace("<=", "<"))], "the_rim_belongs_to_the_ball", "just the radius"),
    (
        "takes balls of the fakes for precision",
        [(_P, "precision = (apart <= fake_radius).any(dim=0).float().mean()")],
        "the_rim_belongs_to_the_ball",
        "whose balls",
    ),
    ("asks for all balls", [(_P, _P.replace("any", "all"))], "by_hand", "paper"),
    (
        "gives every ball the mean radius",
        [(_RR, _RR + ".mean().expand(len(real))"), (_FR, _FR + ".mean().expand(len(fake))")],
        "an_outlier_has_a_large_ball",
        "some ball",
    ),
    (
        "counts balls with a fake, the coverage, for recall",
        [(_R, "recall = (apart <= real_radius[:, None]).any(dim=1).float().mean()")],
        "an_outlier_has_a_large_ball",
        "some ball",
    ),
    (
        "takes k = 1 whatever k is",
        [(_RR, _RR.replace("k]", "1]")), (_FR, _FR.replace("k]", "1]"))],
        "k_counts",
        "larger balls",
    ),
    (
        "measures balls between the sets",
        [(_RR, "real_radius = torch.cdist(real, fake).sort(dim=1).values[:, k]")],
        "the_rim_belongs_to_the_ball",
        "own set",
    ),
):
    precision_recall.mistake("T21", _title, *_edits, caught_by=_case, says=_says)


_T, _O, _RET = (
    "to_training, index = torch.cdist(fake, training).min(dim=1)",
    "to_others = torch.cdist(fake, others).min(dim=1).values",
    "return index, (to_training < to_others).float().mean()",
)

copies = Exercise(
    "copies",
    "Which fakes are nearer to the training set?",
    stub='''
import torch


def copies(training, others, fake):
    """Return the nearest training example of each fake, and the share.

    All three are features, (n, d), (n, d) and (m, d). The first result
    has shape (m,) and holds row numbers. The second is the share of fakes
    that are nearer to their training example than to any of the others.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def copies(training, others, fake):
    """Return the nearest training example of each fake, and the share.

    All three are features, (n, d), (n, d) and (m, d). The first result
    has shape (m,) and holds row numbers. The second is the share of fakes
    that are nearer to their training example than to any of the others.
    """
    to_training, index = torch.cdist(fake, training).min(dim=1)
    to_others = torch.cdist(fake, others).min(dim=1).values
    return index, (to_training < to_others).float().mean()
''',
    equivalent={
        f"swap: {_T} / {_O}": "neither needs the other",
        **{f"{line} -> {line.replace('dim=1', 'dim=-1')}": "rows are the last dimension" for line in (_T, _O)},
        **{
            "return (index, (to_training < to_others).float().mean()) -> "
            f"return (index, (to_training < to_others){kind}.mean())": "a share of few truths is exact enough"
            for kind in (".half()", ".double()")
        },
    },
)


def _found(copies, training: Tensor, others: Tensor, fake: Tensor):
    index, share = items(copies(training, others, fake), 2, "two results: row numbers and a share")
    if type(index) is not Tensor or index.shape != (len(fake),):
        raise Finding(
            "the first result is no row number for each fake",
            f"a tensor of shape ({len(fake)},)",
            "Look along the training examples, one minimum for each fake.",
        )
    return index, number(share, "the share")


@copies.case(points=2, hint="Take the minimum over the training examples, one for each fake.")
def planted_copies_are_named(copies):
    """Fakes that are training examples, a little changed, are traced to them."""
    training, others = torch.randn(30, 8).double(), torch.randn(30, 8).double()
    rows = torch.randperm(30)[:12]
    index, share = _found(copies, training, others, training[rows] + 1e-3)
    if not torch.equal(index.cpu().long(), rows):
        raise Finding(
            "a copy is traced to another training example",
            "the row that it was copied from",
            "argmin or min(dim=1) along the training examples.",
        )
    near(
        share,
        1.0,
        "the share for twelve copies",
        hints={
            0.0: "The comparison is the wrong way round.",
            12.0: "That is a number of fakes: divide by how many there are.",
        },
    )


@copies.case(points=2, hint="Compare two nearest distances, fake by fake, and count.")
def on_a_line_by_hand(copies):
    """Four fakes on a line, three of them nearer to the training set."""
    training, others = _line(0, 10), _line(4, 20)
    hints = {
        0.25: "The comparison is the wrong way round.",
        1.0: "Compare with the others, too: near is not nearer.",
        3.0: "That is a number of fakes: divide by how many there are.",
    }
    index, share = _found(copies, training, others, _line(1, -3, 9, 19))
    near(share, 0.75, "for training 0, 10, others 4, 20 and fakes 1, -3, 9, 19 the share", hints=hints)
    near(index.double(), _double(0, 0, 1, 1), "the nearest training examples")


@copies.case(hint="A tie is not nearer: use <.")
def ties(copies):
    """A fake in the middle is not nearer to the training set."""
    _, share = _found(copies, _line(0, 8), _line(2, 9), _line(1, 1, 0, 3))
    hints = {1.0: "Compare with the nearest of the others, not with a mean or a fixed number."}
    near(share, 0.25, "for training 0, 8, others 2, 9 and fakes 1, 1, 0, 3 the share", hints=hints)


@copies.case(hint="Distances over all coordinates: the root of the sum of squares, as cdist gives them.")
def euclidean(copies):
    """Near in one coordinate is not near."""
    training = torch.tensor([[3.0, 3.0], [9.0, 9.0]]).double()
    others = torch.tensor([[0.0, 5.0], [9.0, -9.0]]).double()
    _, share = _found(copies, training, others, torch.zeros(3, 2).double())
    near(share, 1.0, "for a fake at 0, a training example at (3, 3) and another at (0, 5) the share")


@copies.case()
def leaves_the_features_alone(copies):
    """Nothing that is given is changed."""
    training, others, fake = (torch.randn(6, 3).double() for _ in range(3))
    with untouched(training=training, others=others, fake=fake):
        copies(training, others, fake)


for _title, _edit, _case, _says in (
    ("compares the wrong way round", (_RET, _RET.replace("<", ">")), "planted_copies_are_named", "wrong way round"),
    ("counts instead of averaging", (_RET, _RET.replace("mean", "sum")), "planted_copies_are_named", "number of fakes"),
    (
        "looks along the fakes",
        (_T, _T.replace("dim=1", "dim=0")),
        "planted_copies_are_named",
        "entry by entry",
    ),
    (
        "searches the others for the copy",
        (
            _T,
            "to_training = torch.cdist(fake, training).min(dim=1).values\n"
            "    index = torch.cdist(fake, others).argmin(dim=1)",
        ),
        "planted_copies_are_named",
        "traced to another",
    ),
    ("takes the farthest", (_T, _T.replace(".min", ".max")), "planted_copies_are_named", "traced to another"),
    (
        "averages the distances to the others",
        (_O, "to_others = torch.cdist(fake, others).mean(dim=1)"),
        "ties",
        "nearest of the others",
    ),
    (
        "compares with a fixed threshold",
        (_RET, "return index, (to_training < 5).float().mean()"),
        "ties",
        "nearest of the others",
    ),
    (
        "compares the means of the distances",
        (_RET, "return index, (to_training.mean() < to_others.mean()).float()"),
        "on_a_line_by_hand",
        "near is not nearer",
    ),
    ("counts a tie as a copy", (_RET, _RET.replace("<", "<=")), "ties", "tie"),
    (
        "adds the absolute differences",
        (
            _T + "\n    " + _O,
            "to_training, index = torch.cdist(fake, training, p=1).min(dim=1)\n"
            "    to_others = torch.cdist(fake, others, p=1).min(dim=1).values",
        ),
        "euclidean",
        "sum of squares",
    ),
):
    copies.mistake("T21", _title, _edit, caught_by=_case, says=_says)


_LIST = """
# A  Our FID is 5.1 (best of eight seeds); the other method has 5.6.
# B  Fréchet distance 18.2 ± 0.9 (mean and standard deviation of 5 seeds
#    of training, 10 000 fakes against the test
#    images, features of the same judge); the other method, run by us in
#    the same way: 24.0 ± 2.1.
# C  Ours 9.3 with 50 000 fakes, the other method 12.0 with 5000.
# D  Fréchet distance 0.4 and precision 1.00, so the generator is as good
#    as real images; we did not look at the training set.
# E  Ours 20.1, the paper of the other method says 26.3.
#
# 0  the report is honest
# 1  the numbers of samples differ
# 2  the best seed is shown, not the spread
# 3  copies of training images would have the same numbers
# 4  features, resizing or reference may differ
"""

honest_report = Exercise(
    "honest_report",
    "Five reports, and what is wrong with them",
    stub=_LIST + '# for example {"A": 4, "B": 3, "C": 2, "D": 1, "E": 0}\nverdicts = ...\n',
    reference=_LIST
    + '# for example {"A": 4, "B": 3, "C": 2, "D": 1, "E": 0}\nverdicts = {"A": 2, "B": 0, "C": 1, "D": 3, "E": 4}\n',
)

_VERDICTS = {"A": 2, "B": 0, "C": 1, "D": 3, "E": 4}
_WHY = {
    "A": "How would eight throws of the same die look if only the best is told?",
    "B": "What would you still have to know in order to repeat it?",
    "C": "Which of the two numbers has the larger bias?",
    "D": "Which machine has an even smaller distance?",
    "E": "Who computed the two numbers, and with what?",
}


def _one_letter(letter: str, title: str, hints: dict[float, str]):
    def case(verdicts):
        if type(verdicts) is not dict or set(verdicts) != set(_VERDICTS):
            raise Finding("your answer has other letters", 'a dictionary {"A": …, "B": …, "C": …, "D": …, "E": …}')
        found = number(verdicts[letter], f"the verdict on {letter}")
        if found != _VERDICTS[letter]:
            raise Finding(f"you gave {letter} the number {found:g}", "another number", hints.get(found, _WHY[letter]))

    case.__name__, case.__doc__ = f"report_{letter.lower()}", title
    honest_report.case(hint=_WHY[letter])(case)


_one_letter("A", "Report A: which seed is shown?", {0: "The best of eight seeds is better than the method is."})
_one_letter(
    "B", "Report B: could you repeat it?", {2: "The spread over five seeds is given.", 1: "Both have the same number."}
)
_one_letter(
    "C",
    "Report C: how many samples?",
    {0: "The bias falls like 1/n, and n differs tenfold.", 4: "Look at the numbers first."},
)
_one_letter(
    "D",
    "Report D: does it draw or print?",
    {0: "Real images do not have so small a distance to other real images, but copies have."},
)
_one_letter(
    "E",
    "Report E: are the two numbers comparable?",
    {
        0: "A number from a paper was computed with other code.",
        1: "That is possible, but not all: what else may differ?",
    },
)
for _title, _edit, _case, _says in (
    ("believes the best of eight seeds", ('"A": 2', '"A": 0'), "report_a", "better than the method"),
    ("looks for another number of samples in A", ('"A": 2', '"A": 1'), "report_a", "die"),
    ("finds fault with the honest report", ('"B": 0', '"B": 2'), "report_b", "spread"),
    ("thinks that the numbers of samples differ in B", ('"B": 0', '"B": 1'), "report_b", "same number"),
    ("does not mind the number of samples", ('"C": 1', '"C": 0'), "report_c", "tenfold"),
    ("sees only that the code may differ", ('"C": 1', '"C": 4'), "report_c", "numbers first"),
    ("takes a tiny distance for a good generator", ('"D": 3', '"D": 0'), "report_d", "copies"),
    ("compares with a number from a paper", ('"E": 4', '"E": 0'), "report_e", "other code"),
    ("thinks of the samples only", ('"E": 4', '"E": 1'), "report_e", "what else"),
):
    honest_report.mistake("U14", _title, _edit, caught_by=_case, says=_says)
