"""Problems of chapter 1, two kinds of models: another world with the same answers, and a classifier that moves."""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, near, show, tensor
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_SECOND_WORLD = Wording(
    text="""
In *The same answers from other data* the chapter builds a second world in which a classifier learns the same
$p(y \\mid x)$ although the examples differ. Build one to order.

You are given a joint table with two labels, `joint[x, y]`, whose entries are all positive. Return a table of the same
shape in which

- $p(y \\mid x)$ is the same as before, for every $x$;
- the share of the label 1, $p(y = 1)$, is exactly **«target»**;
- every $x$ still occurs, that is, has a positive probability.

For each table that you will be given, «target» lies strictly between the smallest and the largest $p(y = 1 \\mid x)$.
Many tables are right; any of them counts.
""",
    stub='''
import torch


def second_world(joint):
    """Return a joint table with the same p(y | x) and p(y = 1) = «target».

    joint[x, y] = p(x, y) has shape (n_x, 2) and positive entries.
    """
    raise NotImplementedError
''',
    answer="""
p_x = joint.sum(dim=1)
chance = joint[:, 1] / p_x
share = joint[:, 1].sum()
pull = chance.argmax() if share < «target» else chance.argmin()
weight = («target» - share) / (chance[pull] - share)
new = (1 - weight) * p_x
new[pull] += weight
return joint * (new / p_x)[:, None]
""",
    mistakes=[
        ("T2", "scales the columns, which changes p(y | x)",
         [("return joint * (new / p_x)[:, None]",
           "return joint / joint.sum(dim=0) * torch.tensor([1 - «target», «target»], dtype=joint.dtype)")],
         "same_answers", "p(y = 1 | x)"),
        ("T3", "returns the conditionals instead of a joint",
         [("return joint * (new / p_x)[:, None]", "return joint / p_x[:, None]")], "a_joint_table", "sum"),
        ("T2", "makes all x equally likely",
         [("return joint * (new / p_x)[:, None]", "return joint / p_x[:, None] / len(joint)")],
         "the_share", "p(y = 1) is"),
        ("T3", "returns the world it was given", [("return joint * (new / p_x)[:, None]", "return joint.clone()")],
         "the_share", "p(y = 1) is"),
        ("T2", "gives every x the new share of labels",
         [("return joint * (new / p_x)[:, None]",
           "return p_x[:, None] * torch.tensor([1 - «target», «target»], dtype=joint.dtype)")],
         "same_answers", "p(y = 1 | x)"),
        ("T3", "keeps two of the x only",
         [("new = (1 - weight) * p_x\n    new[pull] += weight",
           "high, low = chance.argmax(), chance.argmin()\n    new = torch.zeros_like(p_x)\n"
           "    new[high] = («target» - chance[low]) / (chance[high] - chance[low])\n    new[low] = 1 - new[high]")],
         "every_x_occurs", "p(x)"),
        ("T2", "always moves mass to where the label 1 is likely",
         [("chance.argmax() if share < «target» else chance.argmin()", "chance.argmax()")],
         "too_many_ones", "negative"),
        ("T3", "overwrites the table it was given",
         [("    p_x = joint.sum(dim=1)", "    joint /= 1\n    p_x = joint.sum(dim=1)")],
         "leaves_the_table_alone", "changed joint itself"),
    ],
    equivalent={
        "swap: chance = joint[:, 1] / p_x / share = joint[:, 1].sum()": "neither needs the other",
        "pull = chance.argmax() if share < «target» else chance.argmin() -> "
        "pull = chance.argmax() if share <= «target» else chance.argmin()": "if they are equal, nothing is pulled",
        "weight = («target» - share) / (chance[pull] - share) -> "
        "weight = («target» - share) / chance[pull].sub_(share)": "chance is not used again",
        "p_x = joint.sum(dim=1) -> p_x = joint.sum(dim=-1)": "of two dimensions, 1 is the last",
        "return joint * (new / p_x)[:, None] -> return joint * new.div_(p_x)[:, None]": "new is not used again",
        "chance = joint[:, 1] / p_x -> chance = joint[:, -1] / p_x": "of two columns, 1 is the last",
        "share = joint[:, 1].sum() -> share = joint[:, -1].sum()": "of two columns, 1 is the last",
    },
)  # fmt: skip


def second_world(draw: Draw) -> Problem:
    """Move mass between the examples until the labels have a given share, and leave p(y | x) alone."""
    target = draw.randrange(36, 65) / 100
    problem = posed("second_world", "Another world with the same answers", _SECOND_WORLD, {"target": target})
    few = [draw.uniform(0.05, 0.15), draw.uniform(0.2, 0.3), draw.uniform(0.85, 0.95)]
    _second_world_visible(problem.exercise, target, _labelled([0.5, 0.4, 0.1], few))
    _second_world_hidden(problem.exercise, target)
    return problem


def _second_world_visible(exercise: Exercise, target: float, table: Tensor) -> None:
    @exercise.case(hint="Multiply each row of p(y | x) by the probability of its x: p(x, y) = p(x) p(y | x).")
    def a_joint_table(second_world):
        """It returns a table of the same shape, without negative entries and with the sum 1."""
        _is_joint(_second(second_world, table))

    @exercise.case(points=2, hint="Only p(x) may change. So multiply whole *rows* of the joint, each by one factor.")
    def same_answers(second_world):
        """p(y | x) is the same as before."""
        _keeps_answers(_second(second_world, table), table)

    @exercise.case(
        points=2, hint="p(y = 1) is a mean of p(y = 1 | x) over x: give more mass to an x where it is large."
    )
    def the_share(second_world):
        """The share of the label 1 is the one asked for."""
        _has_share(_second(second_world, table), target)

    @exercise.case(hint="Begin with the old p(x) and mix something into it: then no probability becomes 0.")
    def every_x_occurs(second_world):
        """Every x keeps a positive probability."""
        p_x = _second(second_world, table).sum(dim=1)
        if not bool((p_x > 0).all()):
            raise Finding(f"p(x) of your table is {show(p_x)}", "a positive probability for every x")


def _second_world_hidden(exercise: Exercise, target: float) -> None:
    @exercise.case(visible=False, hint="If there are too many ones already, mass has to move to where they are rare.")
    def too_many_ones(second_world):
        """It works also where the old share of the label 1 is too large."""
        _all_properties(second_world, _labelled([0.6, 0.1, 0.3], [0.9, 0.1, 0.95]), target)

    @exercise.case(points=2, visible=False, hint="Nothing depends on how many x there are, or on their order.")
    def other_tables(second_world):
        """It works on random tables with up to nine x."""
        for n, heavy in ((2, 0), (5, 0), (9, 0), (3, 1), (5, 1), (9, 1)):  # too few ones, then too many
            chance = torch.rand(n, dtype=torch.float64) * 0.9 + 0.05
            chance[1] = target + 0.4 * (1 - target)
            chance[0], chance[-1] = target * 0.6, target + 0.5 * (1 - target)
            order = torch.randperm(n)
            p_x = torch.rand(n, dtype=torch.float64) + 0.1
            p_x[heavy] += 10 * n
            _all_properties(second_world, _labelled((p_x / p_x.sum())[order].tolist(), chance[order].tolist()), target)

    @exercise.case(visible=False)
    def leaves_the_table_alone(second_world):
        """The table it was given, and all else in the notebook, stays as it was."""
        joint = _labelled([0.25, 0.25, 0.5], [0.2, 0.9, 0.25])
        with untouched(joint=joint):
            second_world(joint)


def _labelled(p_x: list[float], chance: list[float]) -> Tensor:
    """The joint table with that p(x) and that p(y = 1 | x)."""
    p, ones = torch.tensor(p_x, dtype=torch.float64), torch.tensor(chance, dtype=torch.float64)
    return torch.stack([p * (1 - ones), p * ones], dim=1)


def _second(answer: Callable[[Tensor], Tensor], table: Tensor) -> Tensor:
    found = answer(table.clone())
    return tensor(found, "second_world(joint)", shape=tuple(table.shape)).detach().double()


def _is_joint(found: Tensor) -> None:
    if not bool((found >= 0).all()):
        raise Finding(f"your table has the negative entry {show(found.min().item())}", "probabilities")
    near(found.sum(), 1.0, "the sum of your table")


def _keeps_answers(found: Tensor, table: Tensor) -> None:
    kept = (found / found.sum(dim=1, keepdim=True))[:, 1]
    p_x = found.sum(dim=1)
    near(kept[p_x > 0], (table / table.sum(dim=1, keepdim=True))[p_x > 0, 1], "p(y = 1 | x) in your table")


def _has_share(found: Tensor, target: float) -> None:
    near(found[:, 1].sum(), target, "p(y = 1) in your table", tolerance=1e-6)


def _all_properties(answer: Callable[[Tensor], Tensor], table: Tensor, target: float) -> None:
    found = _second(answer, table)
    _is_joint(found)
    _keeps_answers(found, table)
    _has_share(found, target)
    if not bool((found.sum(dim=1) > 0).all()):
        raise Finding(f"p(x) of your table is {show(found.sum(dim=1))}", "a positive probability for every x")


_MOVED = Wording(
    text="""
A classifier of scans was trained in a hospital where the share of label 1, $p(y = 1)$, is **«old»**, and there its
answers $r = p(y = 1 \\mid x)$ are exact. Now it is used in a second hospital, where the scans of each label look just
as they did in the first, so that $p(x \\mid y)$ is the same, but the share of label 1 is **«new»**.

A scan for which it says $r = 0.5$ is then no longer a toss-up. Write a function that turns the old answers into the
exact $p(y = 1 \\mid x)$ of the second hospital, for a whole batch. Nothing but $r$ is known of the scans. The
classifier may be certain, with $r = 0$ or $r = 1$; what should become of these?
""",
    stub='''
def moved(r):
    """Return the exact p(y = 1 | x) where p(y = 1) is «new», same shape as r.

    r is the exact p(y = 1 | x) where p(y = 1) is «old»; from 0 to 1.
    """
    raise NotImplementedError
''',
    answer="""
one = r * («new» / «old»)
zero = (1 - r) * ((1 - «new») / (1 - «old»))
return one / (one + zero)
""",
    mistakes=[
        ("T2", "takes p(y | x) to be the same everywhere", [("return one / (one + zero)", "return r.clone()")],
         "knows_nothing", "p(y | x) is not"),
        ("T3", "does not make the two labels sum to one", [("return one / (one + zero)", "return one")],
         "one_half", "both labels"),
        ("T3", "weighs label 1 only", [("(1 - r) * ((1 - «new») / (1 - «old»))", "1 - r")],
         "knows_nothing", "share of label 0"),
        ("T2", "moves the answer by the difference of the shares",
         [("return one / (one + zero)", "return r + («new» - «old»)")], "one_half", "Bayes"),
        ("T2", "moves the wrong way", [("(«new» / «old»)", "(«old» / «new»)"),
                                       ("((1 - «new») / (1 - «old»))", "((1 - «old») / (1 - «new»))")],
         "knows_nothing", "wrong way"),
        ("T2", "multiplies by the new share, as if the old had been one half",
         [("(«new» / «old»)", "«new»"), ("((1 - «new») / (1 - «old»))", "(1 - «new»)")],
         "knows_nothing", "old share"),
        ("T8", "divides by 1 - r, which certainty makes zero",
         [("return one / (one + zero)", "odds = one / zero\n    return odds / (1 + odds)")],
         "certain_stays_certain", "nan"),
        ("T8", "does not let the classifier be certain",
         [("    one = r", "    r = r.clamp(0.01, 0.99)\n    one = r")], "certain_stays_certain", "Certain"),
        ("T3", "works in place", [("    one = r * ", "    one = r\n    one *= ")],
         "knows_nothing", "Compute the weight of label 0"),
    ],
    equivalent={
        "swap: one = r * («new» / «old») / zero = (1 - r) * ((1 - «new») / (1 - «old»))": "neither needs the other",
        "return one / (one + zero) -> return one.div_(one + zero)": "one is not used again",
    },
)  # fmt: skip


def moved(draw: Draw) -> Problem:
    """Correct a classifier's answers for another share of labels."""
    old, new = draw.choice([0.35, 0.4, 0.45, 0.55, 0.6]), draw.choice([0.04, 0.05, 0.06, 0.08, 0.1, 0.12])
    problem = posed("moved", "A classifier that moves", _MOVED, {"old": old, "new": new})
    _moved_visible(problem.exercise, old, new)
    _moved_hidden(problem.exercise, old, new)
    return problem


def _moved_visible(exercise: Exercise, old: float, new: float) -> None:
    def told(r: float) -> float:
        return r * new / old / (r * new / old + (1 - r) * (1 - new) / (1 - old))

    def ask(moved: Callable[[Tensor], Tensor], r: float) -> Tensor:
        return tensor(moved(_double([r])), f"moved(r) for r = {r:g}", shape=(1,))[0]

    @exercise.case(hint="r = p(y = 1) means that x says nothing about y. What is p(y = 1 | x) there, then?")
    def knows_nothing(moved):
        """Where the scan says nothing, the answer is the share of label 1 in the second hospital."""
        label_0_kept = new / (new + 1 - old)
        hints = {
            old: "That is the old share. p(x | y) is the same in both hospitals, p(y | x) is not.",
            label_0_kept: "The share of label 0 has changed as well.",
            old * old / new / (old * old / new + (1 - old) ** 2 / (1 - new)): "That moves the wrong way.",
            old * new / (old * new + (1 - old) * (1 - new)): "What became of the old share? Its answers contain it.",
            old * new / old / (old * new / old + (1 - old * new / old) * (1 - new) / (1 - old)): (
                "Compute the weight of label 0 from the r that was given, not from one that is overwritten."
            ),
        }
        near(ask(moved, old), new, "with r = the old share, your answer", hints=hints)

    @exercise.case(points=2, hint="Bayes: p(y | x) is proportional to p(x | y) p(y). Which factor has changed?")
    def one_half(moved):
        """The old toss-up is an unlikely label 1 now."""
        hints = {0.5 * new / old: "That is the weight of label 1; divide by the sum of the weights of both labels."}
        near(ask(moved, 0.5), told(0.5), "with r = 0.5 your answer", hints=hints)


def _moved_hidden(exercise: Exercise, old: float, new: float) -> None:
    @exercise.case(visible=False, hint="Certain is certain: what never occurs with one label still does not.")
    def certain_stays_certain(moved):
        """Answers of exactly 0 and 1 stay what they are, and tiny ones do not become 0."""
        near(moved(_double([0.0, 1.0, 0.0])), _double([0.0, 1.0, 0.0]), "for r = 0, 1, 0 your answer", tolerance=1e-9)
        near(moved(_double([1e-9])) * 1e9, _double([new / old * (1 - old) / (1 - new)]), "for r = 1e-9, 1e9 times it")

    @exercise.case(points=2, visible=False, hint="Build a table p(x | y), and compare with its two joints.")
    def agrees_with_tables(moved):
        """On random worlds it agrees with the joint table of the second hospital."""
        x_given_y = torch.rand(2, 7, dtype=torch.float64)
        x_given_y /= x_given_y.sum(dim=1, keepdim=True)
        first, second = (torch.stack([x_given_y[0] * (1 - p), x_given_y[1] * p]) for p in (old, new))
        near(moved(first[1] / first.sum(dim=0)), second[1] / second.sum(dim=0), "for seven scans your answer")

    @exercise.case(visible=False, hint="Make new tensors: operators such as *= write into r.")
    def leaves_the_answers_alone(moved):
        """r, of any shape, and all else in the notebook, stays as it was."""
        r = torch.tensor([[0.25, 0.5], [0.75, 1.0]], dtype=torch.float64)
        with untouched(r=r):
            tensor(moved(r), "moved(r)", shape=(2, 2))


def _double(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)
