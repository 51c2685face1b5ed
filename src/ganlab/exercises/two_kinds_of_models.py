"""Exercises of chapter 1, two kinds of models: from the joint table to p(y | x), and sampling from the joint."""

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, show, tensor
from ganlab.checks.traces import untouched

posterior = Exercise(
    "posterior",
    "From the joint table to p(y | x)",
    stub='''
def posterior(joint, x):
    """Return p(y | x) for every y, shape (n_y,).

    joint[x, y] = p(x, y) has shape (n_x, n_y).
    """
    raise NotImplementedError
''',
    reference='''
def posterior(joint, x):
    """Return p(y | x) for every y, shape (n_y,).

    joint[x, y] = p(x, y) has shape (n_x, n_y).
    """
    return joint[x] / joint[x].sum()
''',
)


def _joint() -> Tensor:
    return torch.tensor([[0.30, 0.10], [0.20, 0.40]])


@posterior.case(hint="One row of the table belongs to x; its entries are p(x, y) for every y.")
def one_probability_for_each_y(posterior):
    """It gives one probability for each y, also when there are more x than y."""
    tensor(posterior(torch.full((5, 3), 1 / 15), 1), "posterior(joint, 1) for a joint of shape (5, 3)", shape=(3,))


@posterior.case(hint="p(y | x) = p(x, y) / p(x): divide the row by its sum.")
def sums_to_one(posterior):
    """The probabilities of all y sum to 1."""
    total = tensor(posterior(_joint(), 0), "posterior(joint, 0)").sum()
    near(total, 1.0, "the sum of posterior(joint, 0)", hints={0.4: "That is p(x): the row is not divided by it yet."})


@posterior.case(
    points=2,
    hint="For x = 0 the row is (0.3, 0.1). Three quarters of its mass belong to y = 0: p(y | x) = p(x, y) / p(x).",
)
def worked_example(posterior):
    """With the table [[0.3, 0.1], [0.2, 0.4]] and x = 0 it gives p(y | x) = (0.75, 0.25)."""
    row = torch.tensor([0.3, 0.1])
    hints = {
        row.softmax(0): "softmax exponentiates before it divides; these numbers are probabilities already.",
        torch.tensor([1.0, 0.0]): "That decides for the most likely y; asked for is the probability of each.",
    }
    near(posterior(_joint(), 0), torch.tensor([0.75, 0.25]), "posterior(joint, 0)", hints=hints)


@posterior.case(hint="p(y | x) depends on x: use the row joint[x].")
def follows_x(posterior):
    """Another x gives another posterior: (1/3, 2/3) for x = 1."""
    near(posterior(_joint(), 1), torch.tensor([1 / 3, 2 / 3]), "posterior(joint, 1)")


@posterior.case(hint="Bayes: p(y | x) = p(x | y) p(y) / p(x).")
def agrees_with_bayes(posterior):
    """On random tables it agrees with the rule of Bayes."""
    for _ in range(3):
        joint = torch.rand(4, 6)
        joint /= joint.sum()
        p_y = joint.sum(dim=0)
        x_given_y = joint / p_y
        bayes = x_given_y[2] * p_y / joint.sum(dim=1)[2]
        hints = {
            x_given_y[2] / x_given_y[2].sum(): "The prior p(y) is left out: that is right only if all y are alike."
        }
        near(posterior(joint.clone(), 2), bayes, "posterior(joint, 2) of a random table", hints=hints)


@posterior.case()
def leaves_the_table_alone(posterior):
    """The table itself, and all else in the notebook, stays as it was."""
    joint = _joint()
    with untouched(joint=joint):
        posterior(joint, 0)


posterior.mistake(
    "T3",
    "gives p(x, y), not normalised",
    ("joint[x] / joint[x].sum()", "joint[x]"),
    caught_by="sums_to_one",
    says="not divided by it yet",
)
posterior.mistake(
    "T2",
    "p(x | y): divides by p(y)",
    ("joint[x].sum()", "joint.sum(dim=0)"),
    caught_by="sums_to_one",
    says="divide the row by its sum",
)
posterior.mistake(
    "T3",
    "reads a column instead of a row",
    ("joint[x] / joint[x].sum()", "joint[:, x] / joint[:, x].sum()"),
    caught_by="one_probability_for_each_y",
    says="shape (3,)",
)
posterior.mistake(
    "E10",
    "gives the marginal p(y)",
    ("joint[x] / joint[x].sum()", "joint.sum(dim=0)"),
    caught_by="worked_example",
    says="[0.5, 0.5]",
)
posterior.mistake(
    "T2",
    "decides for one y instead of giving probabilities",
    ("joint[x] / joint[x].sum()", "joint[x].argmax()"),
    caught_by="one_probability_for_each_y",
    says="shape ()",
)
posterior.mistake(
    "T3",
    "divides the row in place",
    ("return joint[x] / joint[x].sum()", "row = joint[x]\n    row /= row.sum()\n    return row"),
    caught_by="leaves_the_table_alone",
    says="changed joint itself",
)
posterior.mistake(
    "T3",
    "first makes the whole table sum to one, in place",
    ("    return joint", "    joint /= joint.sum()\n    return joint"),
    caught_by="leaves_the_table_alone",
    says="changed joint itself",
)
posterior.mistake(
    "T18",
    "normalises with softmax",
    ("joint[x] / joint[x].sum()", "joint[x].softmax(dim=0)"),
    caught_by="worked_example",
    says="probabilities already",
)
posterior.mistake(
    "T2",
    "one-hot: a decision in the form of probabilities",
    ("joint[x] / joint[x].sum()", "(joint[x] == joint[x].max()).float()"),
    caught_by="worked_example",
    says="decides for the most likely y",
)
posterior.mistake(
    "T2",
    "forgets the prior: p(x | y), made to sum to one",
    (
        "return joint[x] / joint[x].sum()",
        "likelihood = joint[x] / joint.sum(dim=0)\n    return likelihood / likelihood.sum()",
    ),
    caught_by="agrees_with_bayes",
    says="The prior p(y) is left out",
)
posterior.mistake(
    "T3",
    "divides by the number of y instead of p(x)",
    ("joint[x].sum()", "len(joint[x])"),
    caught_by="sums_to_one",
    says="divide the row by its sum",
)
posterior.mistake(
    "T2",
    "knows two classes only",
    ("return joint[x] / joint[x].sum()", "p = joint[x, 0] / joint[x].sum()\n    return joint.new_tensor([p, 1 - p])"),
    caught_by="one_probability_for_each_y",
    says="shape (2,)",
)
posterior.mistake(
    "T2",
    "rounds to two digits",
    ("return joint[x] / joint[x].sum()", "return (joint[x] / joint[x].sum()).round(decimals=2)"),
    caught_by="follows_x",
    says="0.33",
)


sample_joint = Exercise(
    "sample_joint",
    "Sample from the joint: first y, then x",
    stub='''
import torch


def sample_joint(n, p_y, x_given_y):
    """Draw n pairs from p(x, y) = p(y) p(x | y).

    Return x and y, integers of shape (n,).

    p_y has shape (n_y,); row y of x_given_y, shape (n_y, n_x), is p(x | y).
    """
    raise NotImplementedError
''',
    reference='''
import torch


def sample_joint(n, p_y, x_given_y):
    """Draw n pairs from p(x, y) = p(y) p(x | y).

    Return x and y, integers of shape (n,).

    p_y has shape (n_y,); row y of x_given_y, shape (n_y, n_x), is p(x | y).
    """
    y = torch.multinomial(p_y, n, replacement=True)
    x = torch.multinomial(x_given_y[y], 1).squeeze(1)
    return x, y
''',
    equivalent={
        "x = torch.multinomial(x_given_y[y], 1).squeeze(1) -> x = torch.multinomial(x_given_y[y], 1).squeeze(-1)": (
            "the second of two dimensions is the last"
        ),
    },
)

_P_Y = torch.tensor([0.2, 0.8])
_X_GIVEN_Y = torch.tensor([[0.6, 0.3, 0.1], [0.1, 0.2, 0.7]])
_N = 2000


def _draw(sample, p_y: Tensor = _P_Y, x_given_y: Tensor = _X_GIVEN_Y, n: int = _N) -> tuple[Tensor, Tensor]:
    pair = items(sample(n, p_y.clone(), x_given_y.clone()), 2, "two tensors, x and y")
    x, y = (tensor(values, name, shape=(n,)) for values, name in zip(pair, "xy", strict=True))
    for values, name, size in ((x, "x", x_given_y.shape[1]), (y, "y", len(p_y))):
        if values.is_floating_point() or values.dtype == torch.bool or values.min() < 0 or values.max() >= size:
            raise Finding(f"{name} holds {show(values)}", f"integers from 0 to {size - 1}", "Return x first, then y.")
    return x, y


def _improbability(counts: Tensor, probabilities: Tensor) -> float:
    """Return the p-value of Pearson's chi-square test."""
    expected = counts.sum() * probabilities.double()
    statistic = ((counts - expected).square() / expected).sum()
    return torch.special.gammaincc(torch.tensor((counts.numel() - 1) / 2).double(), statistic / 2).item()


def _agree(counts: Tensor, probabilities: Tensor, what: str) -> None:
    """Chi-square at one in a million: a right sampler practically never fails."""
    if _improbability(counts, probabilities) < 1e-6:
        raise Finding(f"{what} have the shares {show(counts / counts.sum())}", show(probabilities))


@sample_joint.case(
    hint="Both have shape (n,): torch.multinomial(table, 1) gives (n, 1), so squeeze the last dimension."
)
def returns_n_pairs(sample_joint):
    """It returns x and y, n integers each."""
    _draw(sample_joint, n=50)


@sample_joint.case(hint="squeeze() drops every dimension of length 1, also the n = 1 pairs: name the one, squeeze(1).")
def returns_a_single_pair(sample_joint):
    """Also a single pair has shape (1,)."""
    _draw(sample_joint, n=1)


@sample_joint.case(hint="y comes first: draw it n times from p_y, with replacement.")
def y_follows_the_prior(sample_joint):
    """The classes y come with their probabilities p(y) (chi-square test, three seeds)."""
    for _ in range(3):
        _, y = _draw(sample_joint)
        _agree(torch.bincount(y, minlength=2), _P_Y, "the classes y = 0, 1")


@sample_joint.case(points=2, hint="Each x is drawn from the row of its own y: x_given_y[y] has one row a pair.")
def x_follows_its_own_y(sample_joint):
    """Within each class, x follows p(x | y) (chi-square test, three seeds)."""
    for _ in range(3):
        x, y = _draw(sample_joint)
        for label in (0, 1):
            counts = torch.bincount(x[y == label], minlength=3)
            _agree(counts, _X_GIVEN_Y[label], f"x = 0, 1, 2 among the pairs with y = {label}")


@sample_joint.case(hint="Pairs are independent of each other: each draws its own y and its own x.")
def pairs_are_independent(sample_joint):
    """A pair tells nothing about the next one."""
    x, y = _draw(sample_joint, torch.tensor([0.5, 0.5]), torch.tensor([[0.5, 0.5], [0.5, 0.5]]))
    code = 2 * x + y
    first, last = code.split(len(code) // 2)
    for a, b, what in (
        (code[0::2], code[1::2], "neighbouring pairs"),
        (first, last, "pairs n/2 apart"),
        (first, last.flip(0), "pairs as far from the first as from the last"),
    ):
        counts = torch.bincount(4 * a + b, minlength=16)
        _agree(counts, torch.full((16,), 1 / 16), f"the 16 kinds of two {what}")


@sample_joint.case(hint="Leave the seed alone: a sampler that seeds itself gives the same sample at every call.")
def two_calls_differ(sample_joint):
    """A second call gives another sample."""
    (x1, y1), (x2, y2) = _draw(sample_joint, n=100), _draw(sample_joint, n=100)
    if torch.equal(x1, x2) and torch.equal(y1, y2):
        raise Finding("two calls gave the same pairs", "two different samples")


@sample_joint.case(
    hint="Chance rules the numbers too: of 20 pairs not always exactly 20 p(y) have the class y. Draw each y by itself."
)
def shares_vary(sample_joint):
    """The number of pairs with y = 1 varies from call to call, by n p (1 - p)."""
    counts = torch.tensor([_draw(sample_joint, n=20)[1].sum().item() for _ in range(200)]).double()
    n, p = 20, _P_Y[1].item()
    statistic = (counts - n * p).square().sum() / (n * p * (1 - p))  # chi-square, with 200 degrees of freedom
    shape = torch.tensor(200 / 2).double()
    if min(torch.special.gammaincc(shape, statistic / 2), torch.special.gammainc(shape, statistic / 2)) < 1e-6:
        variance = (counts - n * p).square().mean().item()
        saw = f"the number of pairs with y = 1 has the variance {variance:.2f}, over 200 samples of 20 pairs"
        raise Finding(saw, f"n p (1 - p) = {n * p * (1 - p):.2f}, within the noise")


@sample_joint.case()
def leaves_the_tables_alone(sample_joint):
    """The tables, and all else in the notebook, stay as they were."""
    p_y, x_given_y = _P_Y.clone(), _X_GIVEN_Y.clone()
    with untouched(p_y=p_y, x_given_y=x_given_y):
        sample_joint(10, p_y, x_given_y)


sample_joint.mistake(
    "E10",
    "draws x from its marginal, independent of y",
    ("torch.multinomial(x_given_y[y], 1).squeeze(1)", "torch.multinomial(p_y @ x_given_y, n, replacement=True)"),
    caught_by="x_follows_its_own_y",
    says="the row of its own y",
)
sample_joint.mistake(
    "T2",
    "takes all classes as equally likely",
    ("multinomial(p_y, n", "multinomial(torch.ones_like(p_y), n"),
    caught_by="y_follows_the_prior",
    says="draw it n times from p_y",
)
sample_joint.mistake(
    "T2",
    "takes the most likely x: a classifier, no sampler",
    ("torch.multinomial(x_given_y[y], 1).squeeze(1)", "x_given_y[y].argmax(dim=1)"),
    caught_by="x_follows_its_own_y",
    says="[1, 0, 0]",
)
sample_joint.mistake(
    "T3", "forgets to squeeze", (".squeeze(1)", ""), caught_by="returns_n_pairs", says="squeeze the last dimension"
)
sample_joint.mistake(
    "T3",
    "draws one y for all pairs",
    ("torch.multinomial(p_y, n, replacement=True)", "torch.multinomial(p_y, 1).expand(n)"),
    caught_by="y_follows_the_prior",
    says="with replacement",
)
sample_joint.mistake(
    "T3", "draws without replacement", (", replacement=True", ""), caught_by="returns_n_pairs", says="your code stopped"
)
sample_joint.mistake(
    "U20",
    "seeds inside the function",
    ("    y = torch", "    torch.manual_seed(0)\n    y = torch"),
    caught_by="two_calls_differ",
    says="Leave the seed alone",
)
sample_joint.mistake(
    "T3", "returns y first", ("return x, y", "return y, x"), caught_by="returns_n_pairs", says="Return x first"
)
sample_joint.mistake(
    "T3",
    "draws another y for x",
    ("x_given_y[y]", "x_given_y[torch.multinomial(p_y, n, replacement=True)]"),
    caught_by="x_follows_its_own_y",
    says="the row of its own y",
)
sample_joint.mistake(
    "T3",
    "squeezes every dimension",
    ("squeeze(1)", "squeeze()"),
    caught_by="returns_a_single_pair",
    says="name the one",
)
sample_joint.mistake(
    "T3",
    "gives each class its exact share, shuffled",
    (
        "torch.multinomial(p_y, n, replacement=True)",
        "torch.bucketize((torch.randperm(n) + 0.5) / n, p_y.cumsum(0)[:-1])",
    ),
    caught_by="shares_vary",
    says="Chance rules the numbers too",
)
sample_joint.mistake(
    "T3",
    "draws half of the pairs and uses them twice",
    ("torch.multinomial(p_y, n, replacement=True)", "torch.multinomial(p_y, (n + 1) // 2, replacement=True)"),
    ("return x, y", "return torch.cat([x, x])[:n], torch.cat([y, y])[:n]"),
    caught_by="pairs_are_independent",
    says="n/2 apart",
)
sample_joint.mistake(
    "T3",
    "mirrors the random numbers, to halve the work",
    ("torch.multinomial(p_y, n, replacement=True)", "torch.multinomial(p_y, (n + 1) // 2, replacement=True)"),
    ("    x = ", "    y = torch.cat([y, y.flip(0)])[:n]\n    x = "),
    caught_by="pairs_are_independent",
    says="as far from the first",
)
sample_joint.mistake(
    "T3",
    "sorts the pairs by class",
    ("replacement=True)", "replacement=True).sort()[0]"),
    caught_by="pairs_are_independent",
    says="neighbouring pairs",
)
sample_joint.mistake(
    "T2",
    "returns the probability of x instead of drawing it",
    ("torch.multinomial(x_given_y[y], 1).squeeze(1)", "x_given_y[y].max(dim=1).values"),
    caught_by="returns_n_pairs",
    says="integers from 0 to 2",
)
sample_joint.mistake(
    "T3",
    "writes cumulative sums into the table of the caller",
    (
        "torch.multinomial(p_y, n, replacement=True)",
        "torch.searchsorted(p_y.cumsum_(0)[:-1].contiguous(), torch.rand(n))",
    ),
    caught_by="leaves_the_tables_alone",
    says="changed p_y itself",
)
