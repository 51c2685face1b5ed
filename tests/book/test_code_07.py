"""Code that chapter 7 shows: what it defines does what the package does under the same name."""

from pathlib import Path

import jupytext
import pytest
import torch
from torch.testing import assert_close

from ganlab import dynamics, networks, penalties

PAGE = Path(__file__).parents[2] / "book" / "chapters" / "07-why-it-circles.md"
CELLS = [cell.source for cell in jupytext.read(PAGE, fmt="md:myst").cells if cell.cell_type == "code"]
START = torch.tensor([1.0, -0.5])


def shown(name):
    """The function that the page defines."""
    namespace = {"torch": torch}
    exec(next(source for source in CELLS if source.startswith(f"def {name}(")), namespace)
    return namespace[name]


def test_the_field_is_that_of_the_package():
    points = torch.randn(50, 2)
    assert_close(shown("xy_field")(points), dynamics.xy_field(points))


@pytest.mark.parametrize("name", ["simultaneous", "alternating"])
@pytest.mark.parametrize("field", [dynamics.xy_field, dynamics.dirac_field])
def test_the_steppers_walk_the_paths_of_the_package(name, field):
    options = {"step_size": 0.2, "steps": 30}
    assert_close(shown(name)(field, START, **options), getattr(dynamics, name)(field, START, **options))


def test_the_penalty_is_that_of_the_package():
    D, real = networks.mlp([3, 8, 1]), torch.randn(20, 3)
    assert_close(shown("r1_penalty")(D, real), penalties.r1_penalty(D, real))
