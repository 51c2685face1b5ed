"""Problems of chapter 5, two generator losses: how many fakes do the pushing, and the label behind a plateau."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

#: Of each loss the logarithm of its slope in the logit, without sign; the value, its logarithm; and both as functions.
_LOSSES = {
    "minimax": ("logsigmoid(s)", "torch.nn.functional.softplus(s).log()", logsigmoid),
    "non-saturating": ("logsigmoid(-s)", "torch.nn.functional.softplus(-s).log()", lambda s: logsigmoid(-s)),
    "maximum-likelihood": ("s", "s", lambda s: s),
}
_SORTED = "push = torch.softmax(log_push, dim=0).sort(descending=True).values"
_COUNTED = "return int((push.cumsum(dim=0) < «share»).sum()) + 1"
_PAIR = "(strongest(«slope_1»), strongest(«slope_2»))"
_COUNTS = Wording(
    text="""
One step of the generator is the mean of the pushes of all fakes. A push is the slope of the loss in the logit times the
slope of the logit; take the first of these factors, without its sign, for the length of the push.
The chapter counts the fakes that matter by their effective number. Here is a count that can be explained to
anybody: sort the fakes by the length of their pushes. How many of the strongest does it take until they exert at
least **«percent» %** of the sum of all pushes?

Return two such counts for the same logits `s`, first for the **«first»** loss, then for the **«second»** loss. (That
the logit is not equally steep at all fakes, and that their pushes may point in different directions, is left aside.)
Logits may be as large as $\\pm 1000$, so
that $D$ itself is rounded to 0 or 1.
""",
    stub='''
import torch
from torch.nn.functional import logsigmoid


def who_counts(s):
    """Return how many fakes exert «percent» % of the push, as two integers.

    s, shape (n,), are logits; first the «first» loss,
    then the «second» one.
    """
    raise NotImplementedError
''',
    answer="""
def strongest(log_push):
    push = torch.softmax(log_push, dim=0).sort(descending=True).values
    return int((push.cumsum(dim=0) < «share»).sum()) + 1

return strongest(«slope_1»), strongest(«slope_2»)
""",
    mistakes=[
        ("T12", "exchanges the losses",
         [("strongest(«slope_1»), strongest(«slope_2»)", "strongest(«slope_2»), strongest(«slope_1»)")],
         "a_few_good_fakes", "slope of the"),
        ("E24", "takes the value for the slope", [("strongest(«slope_1»),", "strongest(«value_1»),")],
         "a_few_good_fakes", "slope of the"),
        ("T12", "begins with the weakest", [("sort(descending=True)", "sort()")], "a_few_good_fakes", "slope of the"),
        ("T12", "does not count the one that reaches the share", [(").sum()) + 1", ").sum())")],
         "alike", "at least"),
        ("T12", "takes that share of the number of fakes",
         [("int((push.cumsum(dim=0) < «share»).sum()) + 1", "int(«share» * len(push)) + 1")],
         "a_few_good_fakes", "slope of the"),
        ("T12", "gives the effective number", [("int((push.cumsum(dim=0) < «share»).sum()) + 1",
                                                "round(1 / push.square().sum().item())")], "alike", "at least"),
        ("T12", "counts pushes that are large by themselves",
         [("int((push.cumsum(dim=0) < «share»).sum()) + 1", "int((push > (1 - «share») * push.max()).sum())")],
         "alike", "at least"),
        ("T8", "computes the pushes before their logarithms",
         [("torch.softmax(log_push, dim=0)", "(log_push.exp() / log_push.exp().sum())")],
         "far_apart", "cumulative"),
        ("T12", "does not divide by the sum of the pushes", [("torch.softmax(log_push, dim=0)", "log_push.exp()")],
         "alike", "at least"),
    ],
    equivalent={
        "no_grad: ": "to define a function computes nothing",
        f"no_grad: {_COUNTED}": "a count has no gradient",
        f"no_grad: return {_PAIR}": "a count has no gradient",
        f"return {_PAIR} -> return {_PAIR.replace('1»)', '1».detach())')}": "a count has no gradient",
        f"{_COUNTED} -> {_COUNTED.replace(' < ', ' <= ')}": "rounding decides whether two sums are equal",
        f"{_COUNTED} -> {_COUNTED.replace('dim=0', 'dim=-1')}": "of one dimension, 0 is the last",
        f"{_SORTED} -> {_SORTED.replace('dim=0', 'dim=-1')}": "of one dimension, 0 is the last",
    },
)  # fmt: skip


def who_counts(draw: Draw) -> Problem:
    """Count the fakes that exert most of the push under two losses."""
    percent = draw.choice([55, 60, 65, 70, 75, 80, 85])
    first = draw.choice(["minimax", "non-saturating"])
    second = draw.choice([name for name in _LOSSES if name != first])
    drawn = {"percent": percent, "share": percent / 100, "first": first, "second": second}
    drawn |= {"slope_1": _LOSSES[first][0], "value_1": _LOSSES[first][1], "slope_2": _LOSSES[second][0]}
    problem = posed("who_counts", "Who does the pushing?", _COUNTS, drawn)
    asked = [(name, _LOSSES[name][2]) for name in (first, second)]
    _counts_visible(problem.exercise, asked, percent / 100, draw.uniform(0, 0.5))
    _counts_hidden(problem.exercise, asked, percent / 100)
    return problem


_Asked = list[tuple[str, Callable[[Tensor], Tensor]]]


def _strongest(log_push: Tensor, share: float) -> int:
    pushes = sorted((log_push - log_push.max()).exp().tolist(), reverse=True)
    return next(k for k in range(1, len(pushes) + 1) if sum(pushes[:k]) >= share * sum(pushes))


def _count(answer: Callable[[Tensor], tuple], s: Tensor, asked: _Asked, share: float, what: str) -> None:
    pair = items(answer(s.clone()), 2, "two counts, one for each loss")
    for found, (name, log_push) in zip(pair, asked, strict=True):
        wanted = _strongest(log_push(s.double()), share)
        if number(found, "a count") != wanted:
            raise Finding(f"{what} the count for the {name} loss is {number(found, 'a count'):g}", f"{wanted}")


def _counts_visible(exercise: Exercise, asked: _Asked, share: float, shift: float) -> None:
    @exercise.case(hint="Count on until the sum of the strongest is *at least* the share of the sum of all.")
    def alike(who_counts):
        """If all pushes are alike, it takes the same share of the fakes, rounded up."""
        for n in (7, 11):
            _count(who_counts, torch.full((n,), shift - 1).double(), asked, share, f"for {n} equal logits")

    @exercise.case(points=2, hint="The weight of a fake is the slope of the loss in its logit, of each loss its own.")
    def a_few_good_fakes(who_counts):
        """For logits from -6 to 4 each loss has its own count."""
        s = torch.linspace(-6, 4, 21).double() + shift
        _count(who_counts, s, asked, share, f"for 21 logits from {s[0]:.2f} to {s[-1]:.2f}")


def _counts_hidden(exercise: Exercise, asked: _Asked, share: float) -> None:
    @exercise.case(points=2, visible=False, hint="Try random logits, and count by hand.")
    def other_logits(who_counts):
        """It is right for random logits in any order, and for a single fake."""
        for n, spread in ((30, 1.0), (60, 4.0), (1, 1.0), (45, 9.0)):
            s = spread * torch.randn(n, dtype=torch.float64)
            _count(who_counts, s, asked, share, f"for {n} random logits of spread {spread:g}")

    @exercise.case(visible=False, hint="Work with logarithms of the pushes; a cumulative sum of nan counts nothing.")
    def far_apart(who_counts):
        """For logits of 1000 and -1000 it still counts."""
        steps = 0.4 * torch.arange(9).double()
        for base in (-1000.0, 1000.0):
            _count(who_counts, base + steps, asked, share, f"for 9 logits around {base:g}")

    @exercise.case(visible=False)
    def leaves_the_logits_alone(who_counts):
        """The logits, and all else in the notebook, stay as they were."""
        s = torch.tensor([0.5, -0.5, 2.0])
        with untouched(s=s):
            who_counts(s)


_HALVED = "low, high = (D, high) if «halves» * entropy < loss else (low, D)"
_PLATEAU = Wording(
    text="""
A run has been logged, but nobody wrote down how its labels were smoothed. The label $\\beta$ of the fakes is known, it
was **«beta»**; the label $\\alpha$ of the real examples is not, except that it was between $\\beta$ and
$1 - \\beta$. The loss of $D$ ended on a plateau. There the fakes could not be told from the data any more, and $D$ had
become the best that it can be for its labels. The log contains **the «what» of the two cross-entropies**, of the real
examples and of the fakes, in nats.

Find the label from the height of the plateau. First work out what $D$ answers on the plateau, and what that costs. The
cost cannot be solved for $\\alpha$ by algebra, so search, and find $\\alpha$ to five digits.
""",
    stub='''
import math


def label_used(loss):
    """Return the label alpha of the real examples.

    loss, a float, is the plateau of D's loss: the «what» of both halves;
    the label of the fakes was «beta».
    """
    raise NotImplementedError
''',
    answer="""
low, high = 0.0, 0.5
for _ in range(60):
    D = (low + high) / 2
    entropy = -D * math.log(D) - (1 - D) * math.log(1 - D)
    low, high = (D, high) if «halves» * entropy < loss else (low, D)
return 2 * D - «beta»
""",
    mistakes=[
        ("U18", "gives the answer of D for the label", [("2 * D - «beta»", "D")], "one_plateau", "answer of D"),
        ("U18", "forgets the label of the fakes", [("2 * D - «beta»", "2 * D")], "one_plateau", "label of the fakes"),
        ("U2", "takes the sum for the mean, or the mean for the sum", [("«halves» * entropy", "3 / (1 + «halves») * "
                                                                        "entropy")], "one_plateau", "plateau costs"),
        ("E17", "thinks that smoothing multiplies the loss",
         [("return 2 * D - «beta»", "return loss / («halves» * math.log(2))")], "one_plateau", "plateau costs"),
        ("E33", "believes that D answers one half", [("return 2 * D - «beta»", "return 1 - «beta»")],
         "one_plateau", "plateau costs"),
        ("T16", "takes the other solution, above one half", [("low, high = 0.0, 0.5", "low, high = 0.5, 1.0"),
                                                             ("entropy < loss", "entropy > loss")],
         "one_plateau", "below one half"),
        ("U18", "thinks that D answers the label, as if it saw real examples only",
         [("2 * D - «beta»", "D + «beta» - «beta»")], "one_plateau", "answer of D"),
        ("U18", "searches coarsely", [("range(60)", "range(9)")], "three_digits", "finely"),
        ("T12", "reckons in bits", [("math.log(D)", "math.log2(D)"), ("math.log(1 - D)", "math.log2(1 - D)")],
         "one_plateau", "plateau costs"),
    ],
    equivalent={
        f"for _ in range(60): -> for _ in range({n}):": "as fine as rounding" for n in (59, 61, 120)
    }
    | {
        "no_grad: for _ in range(60):": "nothing here has a gradient",
        "low, high = (0.0, 0.5) -> low, high = (0.0, 1.0)": "the first halving finds the right half",
        f"{_HALVED} -> {_HALVED.replace(' < ', ' <= ')}": "rounding decides whether two numbers are equal",
        f"{_HALVED} -> {_HALVED.replace('«halves» * ', '')}": "in this draw a factor of 1",
    },
)  # fmt: skip


def label_used(draw: Draw) -> Problem:
    """Infer a smoothed label from the plateau of the discriminator's loss."""
    beta, halves = draw.choice([0.02, 0.03, 0.04, 0.06, 0.08, 0.1]), draw.choice([1, 2])
    drawn = {"beta": beta, "halves": halves, "what": "mean" if halves == 1 else "sum"}
    problem = posed("label_used", "The label behind the plateau", _PLATEAU, drawn)
    _plateau_visible(problem.exercise, beta, halves, draw.randrange(70, 86) / 100)
    _plateau_hidden(problem.exercise, beta, halves)
    return problem


def _height(alpha: float, beta: float, halves: int) -> float:
    """The cross-entropies of both halves, if D answers the best number everywhere."""
    D = (alpha + beta) / 2
    real, fake = (-label * math.log(D) - (1 - label) * math.log(1 - D) for label in (alpha, beta))
    return (real + fake) * halves / 2


def _plateau_visible(exercise: Exercise, beta: float, halves: int, alpha: float) -> None:
    loss = _height(alpha, beta, halves)

    @exercise.case(
        points=2,
        hint="Both densities are alike there, so the best answer is the mean of the two labels, which is below one "
        "half. What a plateau costs is the cross-entropy of this answer with both labels.",
    )
    def one_plateau(label_used):
        """It finds the label behind one plateau."""
        D = (alpha + beta) / 2
        hints = {
            D: "That is the answer of D on the plateau, the mean of both labels.",
            2 * D: "The label of the fakes has its share in the answer.",
            2 * (1 - D) - beta: "Two answers cost that much; D stays below one half, since alpha is below 1 - beta.",
        }
        near(label_used(loss), alpha, f"for the plateau {loss:.4f} the label", tolerance=2e-3, hints=hints)

    @exercise.case(hint="Search finely: halve an interval again and again, forty times or more.")
    def three_digits(label_used):
        """It finds it to more than three digits."""
        near(label_used(loss), alpha, f"for the plateau {loss:.6f} the label", tolerance=1e-5)


def _plateau_hidden(exercise: Exercise, beta: float, halves: int) -> None:
    @exercise.case(
        points=2, visible=False, hint="Choose labels, compute the plateau, and see whether you get them back."
    )
    def other_labels(label_used):
        """From many plateaus it gets the label back that made them."""
        for share in torch.rand(6, dtype=torch.float64).tolist():
            alpha = beta + share * (0.98 - 2 * beta)
            near(
                label_used(_height(alpha, beta, halves)), alpha, "from the plateau of a random label it", tolerance=1e-4
            )

    @exercise.case(visible=False, hint="The search has to reach both ends of what is possible.")
    def at_the_ends(label_used):
        """It also finds labels near beta and near 1 - beta, and leaves the notebook alone."""
        with untouched():
            for alpha in (beta + 0.005, 0.99 - beta):
                found = label_used(_height(alpha, beta, halves))
                near(found, alpha, f"from the plateau of alpha = {alpha:g} it", tolerance=1e-4)
