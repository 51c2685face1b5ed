"""The smallest exercise there is, for the tests of the judge: it costs nothing to try."""

from types import SimpleNamespace

import torch

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import near, tensor

RIGHT = "def twice(x):\n    return 2 * x\n"


def task(name, seconds=20.0):
    """An exercise as small as can be, `twice(x)`, with a hidden case."""
    exercise = Exercise(
        name, "Twice a number", "def twice(x):\n    raise NotImplementedError\n", RIGHT, seconds=seconds
    )

    @exercise.case(hint="Multiply by 2.")
    def number(twice):
        """Twice 1.5 is 3."""
        near(twice(1.5), 3.0, "twice(1.5)")

    @exercise.case(points=2, visible=False)
    def tensors(twice):
        """A tensor is doubled entry by entry."""
        x = torch.randn(5)
        near(twice(x), 2 * x, "twice(x)")
        tensor(twice(x), "twice(x)", shape=(5,))

    exercise.mistake("E1", "three times", ("2 * x", "3 * x"), caught_by="number", says="4.5")
    exercise.mistake("E2", "at least 1", ("2 * x", "2 * abs(x)"), caught_by="tensors", says="twice(x) is")
    return SimpleNamespace(id=name, exercise=exercise, seed=5)
