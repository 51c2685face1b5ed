"""Which notebooks nbval runs: those that the build has not run with their pages."""

from pathlib import Path

import jupytext
import nbformat
import pytest
from loading import load_script
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).parents[2]
must_run = load_script(ROOT / "scripts" / "notebooks_to_run.py").must_run

STUB = "def twice(x):\n    raise NotImplementedError"
CHECK = 'ganlab.check("twice", twice)'
SOLUTION = "import torch\n\n\ndef twice(x, *, by=2):\n    return by * torch.as_tensor(x)"


def notebook(*cells):
    return new_notebook(cells=[new_markdown_cell("# Words")] + [new_code_cell(cell) for cell in cells])


def reason(left_out=(), after=(), *, own=(), before=("import ganlab", STUB, CHECK)):
    """Why a notebook must run whose page has these solutions, and then these cells that both have."""
    page = notebook(*before, *left_out, *after)
    return must_run(page, notebook("%pip install ganlab", *before, *own, *after))


def test_a_notebook_with_the_cells_of_its_page_has_run():
    assert reason(after=["y = 3", "%matplotlib inline\nprint(y)"]) == ""


def test_the_title_of_a_folded_cell_is_no_code():
    assert must_run(notebook("y = 3"), notebook("install", "# @title Code\ny = 3")) == ""


def test_a_solution_that_defines_and_is_checked_changes_nothing():
    assert reason([SOLUTION, CHECK, 'plan = {"a": "B"}', 'plan |= {"b": "C"}'], ["y = 3"]) == ""


@pytest.mark.parametrize(
    ("solution", "after", "name"),
    [
        (SOLUTION, "y = twice(3)", "twice"),
        (SOLUTION, "def later():\n    return [twice(k) for k in range(3)]", "twice"),
        (SOLUTION, "class Later:\n    def run(self):\n        return twice(3)", "twice"),
        (SOLUTION, "y = torch.ones(3)", "torch"),
        ("from math import pi as turn", "print(turn)", "turn"),
        ('plan = {"a": "B"}', "plan['a']", "plan"),
    ],
)
def test_what_only_a_solution_gave_is_missed(solution, after, name):
    assert reason([solution], [after]) == f"reads {name} of a solution"


@pytest.mark.parametrize(
    "after",
    [
        ["def twice(x):\n    return x + x", "y = twice(3)"],  # the notebook's own comes after the solution
        ["def other(twice):\n    return twice", "y = other(3)"],  # a parameter
    ],
)
def test_a_name_of_the_notebook_itself_is_its_own(after):
    assert reason([SOLUTION], after) == ""


def test_what_a_solution_imports_once_more_was_there():
    assert reason([SOLUTION], ["y = torch.ones(3)"], before=["import ganlab", "import torch", STUB, CHECK]) == ""
    assert reason(["import numpy as torch"], ["y = torch"], before=["import torch"]) == "reads torch of a solution"


@pytest.mark.parametrize(
    "solution",
    [
        "import torch\ntorch.manual_seed(3)",
        "y = twice(3)",
        "y[0] = 3",
        "y.append(3)",
        "for k in range(3):\n    pass",
        "def f(x=draw()):\n    return x",
        "@cache\ndef f(x):\n    return x\n\n\nf(3)",
        "@register()\ndef f(x):\n    return x",
        "class Net(torch.nn.Module):\n    pass",
        'ganlab.check("twice", make())',
    ],
)
def test_a_solution_that_computes_may_leave_something_behind(solution):
    assert "its page alone runs" in reason([solution])


def test_a_cell_that_no_page_has_has_not_run():
    assert reason(own=["explore(3)"]) == "has a cell of its own: explore(3)"


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        (["notebook-only", "skip-execution"], ""),  # tests/notebooks/test_own_cells.py
        (["skip-execution"], "has a cell of its own: explore(y)"),
    ],
)
def test_of_the_cells_that_the_build_does_not_run_those_for_notebooks_have_tests(tags, why):
    page = notebook("y = 3", "explore(y)", "y = 4")
    page.cells[-2].metadata.tags = tags
    assert must_run(page, notebook("install", "y = 3", "explore(y)", "y = 4")) == why


def test_another_order_has_not_run():
    assert "another order" in must_run(notebook("y = 3", "y = 4"), notebook("install", "y = 4", "y = 3"))


@pytest.mark.parametrize(("stem", "words"), [("labs", ""), ("clinic", "its page alone runs")])
def test_notebooks_of_the_book(stem, words):
    found = must_run(jupytext.read(ROOT / "book" / f"{stem}.md"), nbformat.read(ROOT / f"notebooks/{stem}.ipynb", 4))
    assert words in found
    assert bool(found) == bool(words)
