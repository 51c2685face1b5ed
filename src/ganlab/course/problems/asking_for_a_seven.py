"""Problems of chapter 13, asking for a seven: what wrong labels teach, and a gradient through drawn words."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import near, number, tensor
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_WRITTEN = "written = (1 - «share») * people + «share» / len(people)"

_ASKED_FOR = Wording(
    text="""
The labels of a data set were written by people, who confuse some classes more often than others, and then a share of
**«share»** of all labels was replaced by labels drawn at random, all equally likely, by mistake. A conditional GAN was
trained on these data until its generator was *perfect*: it draws exactly the pairs of image and label that the data
have. (*When labels are wrong* works out the case in which only the second thing happens, and the classes are equally
frequent.)

Now users ask it for labels. A judge who makes no mistakes looks at each image. In which share of the images does he
see what was asked for? You are given how people label, how frequent the true classes are, and how often each label is
asked for.
""",
    stub='''
import torch


def asked_for(people, shares, asks):
    """Return the share of images whose true class is the label asked for.

    people[i, j] is the probability that people write the label j on an image
    of class i, shares[i] how frequent the class i is, and asks[j] how often
    the label j is asked for; K classes. A share of «share» of the labels was
    then drawn at random.
    """
    raise NotImplementedError
''',
    answer="""
written = (1 - «share») * people + «share» / len(people)
pairs = shares[:, None] * written
right = pairs.diagonal() / pairs.sum(dim=0)
return (asks * right).sum()
""",
    mistakes=[
        ("T3", "takes how often a class gets its label for the reverse",
         [("pairs.diagonal() / pairs.sum(dim=0)", "written.diagonal()")], "two_classes", "given the label"),
        ("T3", "forgets that some classes are more frequent",
         [("shares[:, None] * written", "written")], "two_classes", "frequent classes"),
        ("T23", "thinks that people's labels are the only ones",
         [("written = (1 - «share») * people + «share» / len(people)", "written = people")],
         "random_labels_only", "drawn at random"),
        ("T23", "thinks that a random label is always wrong",
         [("written = (1 - «share») * people + «share» / len(people)",
           "others = torch.ones_like(people) - torch.eye(len(people))\n"
           "    written = (1 - «share») * people + «share» * others / others.sum(dim=1)")],
         "random_labels_only", "right by chance"),
        ("T3", "divides by the sum over labels instead of classes",
         [("pairs.sum(dim=0)", "pairs.sum(dim=1)")], "two_classes", "given the label"),
        ("T3", "asks as often as the data do", [("(asks * right).sum()", "pairs.diagonal().sum()")],
         "two_classes", "is asked for"),
        ("T3", "asks for all labels equally often", [("(asks * right).sum()", "right.mean()")],
         "two_classes", "is asked for"),
        ("T23", "thinks that a perfect generator corrects labels",
         [("(asks * right).sum()", "asks.sum()")], "random_labels_only", "corrects"),
    ],
    equivalent={
        f"{_WRITTEN} -> written = -((1 - «share») * people + «share» / len(people))": "the sign cancels in a quotient",
        "pairs = shares[:, None] * written -> pairs = -(shares[:, None] * written)": "the sign cancels in a quotient",
        f"no_grad: {_WRITTEN}": "shares are counted, nothing is trained on them",
        f"{_WRITTEN} -> {_WRITTEN.replace('len(people)', 'len(shares)')}": "as many classes",
        f"{_WRITTEN} -> {_WRITTEN.replace('len(people)', 'len(asks)')}": "as many classes",
    },
)  # fmt: skip


def asked_for(draw: Draw) -> Problem:
    """Work out what a perfect generator gives to those who ask, if labels are wrong."""
    share = draw.randrange(8, 41) / 100
    problem = posed("asked_for", "What a perfect generator learns from wrong labels", _ASKED_FOR, {"share": share})
    _asked_visible(problem.exercise, share, draw.randrange(2, 5) / 10)
    _asked_hidden(problem.exercise, share)
    return problem


def _right_share(people: Tensor, shares: Tensor, asks: Tensor, share: float) -> float:
    """Ask label by label, and count the images that carry it, class by class."""
    K, total = len(people), 0.0
    for label in range(K):
        having = [shares[i].item() * ((1 - share) * people[i, label].item() + share / K) for i in range(K)]
        total += asks[label].item() * having[label] / sum(having)
    return total


def _asked(asked_for: Callable, given: tuple[Tensor, Tensor, Tensor], share: float, what: str) -> None:
    people, shares, asks = (each.double() for each in given)
    written = (1 - share) * people + share / len(people)
    pairs = shares[:, None] * written
    hints = {
        written.diagonal().dot(asks).item(): "That is the label given the class; asked is the class, given the label.",
        pairs.diagonal().sum().item(): "That asks as often as the data do: weigh by how often each label is asked for.",
        1.0: "Nothing corrects labels that were drawn at random: for D they are a property of the data.",
        _right_share(people, shares, torch.full_like(asks, 1 / len(asks)), share): (
            "Weigh each label by how often it is asked for."
        ),
        _right_share(people, torch.full_like(shares, 1 / len(shares)), asks, share): (
            "Among the images with one label, frequent classes are more frequent too."
        ),
    }
    found = number(asked_for(people.clone(), shares.clone(), asks.clone()), "the share")
    near(found, _right_share(people, shares, asks, share), what, tolerance=1e-6, hints=hints)


def _asked_visible(exercise: Exercise, share: float, slip: float) -> None:
    told = f"A share of {share} of the labels is drawn at random, and one of them in K is right by chance."

    @exercise.case(hint=told)
    def random_labels_only(asked_for):
        """If people make no mistakes and classes are equally frequent, only random labels are wrong."""
        for K in (2, 10):
            even = torch.full((K,), 1 / K)
            _asked(asked_for, (torch.eye(K), even, even), share, f"for {K} classes without confusion the share")

    @exercise.case(
        points=2, hint="What is the chance of a class, given the label? Compare all classes with this label."
    )
    def two_classes(asked_for):
        """Where a rare class and a frequent one are confused, the rare label is mostly wrong."""
        people = torch.tensor([[round(1 - slip, 1), slip], [0.1, 0.9]], dtype=torch.float64)
        for asks in ([0.5, 0.5], [0.0, 1.0], [1.0, 0.0]):
            what = f"with people {people.tolist()}, shares (0.9, 0.1), asked {tuple(asks)} the share"
            _asked(asked_for, (people, torch.tensor([0.9, 0.1]), torch.tensor(asks)), share, what)


def _asked_hidden(exercise: Exercise, share: float) -> None:
    @exercise.case(points=2, visible=False, hint="Weigh each label by how often it is asked for.")
    def other_classes(asked_for):
        """Random confusions of several classes are worked out as well."""
        for K in (3, 5, 10):
            people = (2 * torch.randn(K, K, dtype=torch.float64) + 3 * torch.eye(K)).softmax(dim=1)
            shares, asks = torch.randn(2, K, dtype=torch.float64).softmax(dim=1)
            _asked(asked_for, (people, shares, asks), share, f"for {K} classes with random confusions the share")

    @exercise.case(visible=False)
    def leaves_the_tables_alone(asked_for):
        """No table is changed."""
        people, shares, asks = torch.eye(2), torch.tensor([0.3, 0.7]), torch.tensor([0.5, 0.5])
        with untouched(people=people, shares=shares, asks=asks):
            asked_for(people, shares, asks)


_BASELINE = "baseline = «part» * (costs.sum() - costs) / (len(words) - 1)"
_SLOPES = "slopes = «scale» * (one_hot(words, len(theta)) - m)"

_WORD_GRADIENT = Wording(
    text="""
A generator of words draws the word $j$ with probability $m(j) = \\operatorname{softmax}(«scale»\\, \\theta)_j$, where
$\\theta$ are its parameters. It has drawn a batch of words, and $D$ has told what each of them costs. Estimate the
gradient of the *expected* cost with respect to $\\theta$ by REINFORCE, in the form that is used in practice:

- the estimate is the mean of one term for each word of the batch;
- the baseline of a word is **«part»** times the mean cost of **the other words** of the batch. (A baseline that
  contains the word's own cost depends on the word, and then it is no longer true that it changes nothing on average.
  The factor makes it smaller, because the mean of a few words is itself uncertain.)

You can test an estimate without any sampling: with $K$ words and a batch of two there are only $K^2$ batches. List
them all, weigh the estimate for each batch by its probability, and compare the sum with the exact gradient.
""",
    stub='''
import torch
from torch.nn.functional import one_hot


def word_gradient(theta, words, costs):
    """Return the estimated gradient of the expected cost, shape (K,).

    theta, shape (K,), are the parameters; words, shape (n,) with n > 1, are
    the words that were drawn, from softmax(«scale» * theta); costs, shape
    (n,), is what each of them costs. The baseline is «part» times the mean
    cost of the other words.
    """
    raise NotImplementedError
''',
    answer="""
m = («scale» * theta).softmax(dim=0)
baseline = «part» * (costs.sum() - costs) / (len(words) - 1)
slopes = «scale» * (one_hot(words, len(theta)) - m)
return ((costs - baseline)[:, None] * slopes).mean(dim=0)
""",
    mistakes=[
        ("T22", "uses no baseline", [("(costs - baseline)", "costs")], "one_batch", "baseline"),
        ("T22", "lets a word's own cost into its baseline",
         [("(costs.sum() - costs) / (len(words) - 1)", "costs.mean()")], "right_on_average", "other words"),
        ("T22", "forgets that the logits are «scale» theta", [("slopes = «scale» * (", "slopes = (")],
         "right_on_average", "«scale»"),
        ("T22", "takes theta itself for the logits", [("m = («scale» * theta)", "m = theta")],
         "right_on_average", "«scale»"),
        ("T22", "takes the whole mean for the baseline", [("baseline = «part» *", "baseline =")],
         "one_batch", "«part» times"),
        ("T22", "climbs instead of giving the gradient", [("return ((costs", "return -((costs")],
         "right_on_average", "the other way"),
        ("T22", "adds the terms up", [(".mean(dim=0)", ".sum(dim=0)")], "right_on_average", "mean of one term"),
        ("T22", "weighs by the probability once more",
         [("return ((costs - baseline)[:, None] * slopes)", "return ((costs - baseline)[:, None] * m * slopes)")],
         "right_on_average", "drawn with their probability"),
        ("T22", "moves the words that were drawn only", [(") - m)", "))")],
         "right_on_average", "minus m"),
        ("T22", "takes the mean cost of the words that might have been drawn",
         [("(costs.sum() - costs) / (len(words) - 1)", "(costs * m[words]).sum() / m[words].sum()")],
         "right_on_average", "other words"),
    ],
    equivalent={
        "m = («scale» * theta).softmax(dim=0) -> m = («scale» * theta).softmax(dim=-1)": "theta has one dimension",
        f"no_grad: {_BASELINE}": "the estimate is a gradient, and needs none",
        f"{_BASELINE} -> {_BASELINE.replace('words', 'costs')}": "as many words as costs",
        f"no_grad: {_SLOPES}": "the estimate is a gradient, and needs none",
        f"{_SLOPES} -> {_SLOPES.replace(' - m', '.detach() - m')}": "whole numbers have no gradient",
        f"swap: {_BASELINE} / {_SLOPES}": "neither line needs the other",
        f"swap: m = («scale» * theta).softmax(dim=0) / {_BASELINE}": "neither line needs the other",
    },
)  # fmt: skip


def word_gradient(draw: Draw) -> Problem:
    """Estimate the gradient of drawn words, with the others of the batch as the baseline."""
    scale, part = draw.choice([0.4, 0.5, 0.6, 0.7, 1.4, 1.5, 1.6, 1.8, 2.5]), draw.choice([0.3, 0.4, 0.6, 0.7, 0.8])
    drawn = {"scale": scale, "part": part}
    problem = posed("word_gradient", "A gradient through drawn words", _WORD_GRADIENT, drawn)
    theta = torch.tensor(draw.sample([-1.2, -0.7, -0.3, 0.4, 0.9, 1.4], 3), dtype=torch.float64)
    costs = torch.tensor(draw.sample(range(1, 10), 3), dtype=torch.float64)
    _word_visible(problem.exercise, (scale, part), theta, costs)
    _word_hidden(problem.exercise, (scale, part))
    return problem


def _mean_estimate(estimate: Callable, theta: Tensor, costs: Tensor, scale: float, n: int) -> Tensor:
    """The estimate's mean over all batches of n words, by their probability."""
    m, total = (scale * theta).softmax(dim=0), torch.zeros_like(theta)
    for batch in itertools.product(range(len(theta)), repeat=n):
        words = torch.tensor(batch)
        found = tensor(estimate(theta.clone(), words, costs[words]), "the gradient", shape=tuple(theta.shape))
        total = total + m[words].prod() * found.detach()
    return total


def _exact(theta: Tensor, costs: Tensor, scale: float) -> Tensor:
    m = (scale * theta).softmax(dim=0)
    return scale * m * (costs - m @ costs)


Terms = tuple[float, float]


def _average(estimate: Callable, theta: Tensor, costs: Tensor, terms: Terms, n: int) -> None:
    """Compare the estimate's mean with the exact gradient; tell which slip gives a wrong one."""
    scale, part = terms
    exact, m = _exact(theta, costs, scale), (scale * theta).softmax(dim=0)
    left = scale * (1 - part) * (m @ costs)  # what the baseline leaves of the mean cost
    hints = {
        -exact: "That points the other way: asked for is the gradient of the cost.",
        n * exact: "The estimate is the mean of one term for each word.",
        exact / scale: f"The logits are {scale} times theta: what is their slope?",
        exact + left * (m - theta.softmax(dim=0)): f"The words come from softmax({scale} * theta).",
        (1 - part / n) * exact: "That is too short: the baseline is made of the other words.",
    }
    what = f"over all {len(theta) ** n} batches of {n} words the mean estimate"
    near(_mean_estimate(estimate, theta, costs, scale, n), exact, what, tolerance=1e-5, hints=hints)


def _word_visible(exercise: Exercise, terms: Terms, theta: Tensor, costs: Tensor) -> None:
    scale, part = terms
    told = (
        f"The logits are {scale} theta. Words are drawn with their probability already, so each counts alike; the "
        "baseline is made of the other words. In the logits the slope of log m is the one-hot vector minus m."
    )

    @exercise.case(points=2, hint=told)
    def right_on_average(word_gradient):
        """The mean over all batches of two words is the exact gradient."""
        _average(word_gradient, theta, costs, terms, 2)

    @exercise.case(hint=f"The baseline of a word is {part} times the mean cost of the others.")
    def one_batch(word_gradient):
        """The estimate of one batch is right."""
        words = torch.tensor([0, 2, 2, 1])
        right = _of_batch(theta, words, costs[words], terms)
        near(word_gradient(theta.clone(), words, costs[words]), right, "for the words 0, 2, 2, 1 the gradient")


def _of_batch(theta: Tensor, words: Tensor, costs: Tensor, terms: Terms) -> Tensor:
    """Add up the terms word by word."""
    (scale, part), m = terms, (terms[0] * theta).softmax(dim=0)
    total = torch.zeros_like(theta)
    for i, word in enumerate(words.tolist()):
        others = [cost for j, cost in enumerate(costs.tolist()) if j != i]
        slope = -scale * m
        slope[word] += scale
        total += (costs[i] - part * sum(others) / len(others)) * slope
    return total / len(words)


def _word_hidden(exercise: Exercise, terms: Terms) -> None:
    told = "The slope of log m for a word is its one-hot vector minus m, times the scale; each word has its baseline."

    @exercise.case(points=2, visible=False, hint=told)
    def single_batches(word_gradient):
        """The estimate of each batch is right, not only the mean."""
        for K, n in ((2, 2), (4, 3), (8, 50)):
            theta, words = torch.randn(K, dtype=torch.float64), torch.randint(K, (n,))
            costs = 5 + 2 * torch.randn(n, dtype=torch.float64)
            right = _of_batch(theta, words, costs, terms)
            near(
                word_gradient(theta.clone(), words.clone(), costs.clone()), right, f"for {n} words of {K} the gradient"
            )

    @exercise.case(visible=False, hint="Other words and a batch of three have to be right on average, too.")
    def right_on_average_elsewhere(word_gradient):
        """The mean over all batches of three words, of four, is the exact gradient."""
        _average(word_gradient, torch.randn(4).double(), 3 * torch.rand(4).double() + 1, terms, 3)

    @exercise.case(visible=False)
    def leaves_its_inputs_alone(word_gradient):
        """Nothing that is given is changed."""
        theta, words, costs = torch.randn(3), torch.tensor([0, 1]), torch.tensor([1.0, 2.0])
        with untouched(theta=theta, words=words, costs=costs):
            word_gradient(theta, words, costs)
