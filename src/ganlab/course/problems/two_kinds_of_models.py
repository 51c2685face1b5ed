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
        _all_properties(second_world, _labelled([0.1, 0.3, 0.6], [0.1, 0.8, 0.9]), target)

    @exercise.case(points=2, visible=False, hint="Nothing depends on how many x there are, or on their order.")
    def other_tables(second_world):
        """It works on random tables with up to nine x."""
        for n in (2, 5, 9):
            chance = torch.rand(n, dtype=torch.float64) * 0.9 + 0.05
            chance[0], chance[-1] = target * 0.6, target + 0.5 * (1 - target)
            order = torch.randperm(n)
            p_x = torch.rand(n, dtype=torch.float64) + 0.1
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
