"""Architecture, read from the code: who imports whom, and what importing the package does not do."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "ganlab"
FILES = sorted(path for path in SOURCE.rglob("*.py"))


def module_of(path: Path) -> str:
    """First part of a file's module name inside the package: losses, checks, …"""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path, *, top_level_only: bool = False) -> set[str]:
    """Full names that a file imports, `from a import b` as a.b."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import; write the full name"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def ours(path: Path) -> set[str]:
    """Modules of ganlab that a file imports."""
    return {name.split(".")[1] for name in imported(path) if name.startswith("ganlab.")} - {module_of(path)}


def users_of(module: str) -> set[str]:
    return {module_of(path) for path in FILES if module in ours(path)}


PURE = ["losses", "penalties", "toys", "latent", "divergences", "dynamics", "averaging", "seeds"]


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_import_none_of_ours_but_seeds_and_arguments(module):
    assert ours(SOURCE / f"{module}.py") <= {"seeds", "arguments"}


def test_the_checks_of_arguments_stand_on_nothing_of_ours():
    assert ours(SOURCE / "arguments.py") == set()


def test_training_stands_on_steps_and_steps_on_losses():
    assert "steps" in ours(SOURCE / "training.py")
    assert ours(SOURCE / "steps.py") == {"arguments", "losses", "penalties"}


def test_no_two_rooms_import_each_other():
    uses = {module_of(path): set() for path in FILES}
    for path in FILES:
        uses[module_of(path)] |= ours(path)
    assert not [(a, b) for a in uses for b in uses[a] if a in uses.get(b, ())]


def test_what_is_asked_stands_on_how_it_is_checked():
    assert "checks" in ours(SOURCE / "exercises" / "first_gan.py")
    assert not any("exercises" in ours(path) for path in (SOURCE / "checks").glob("*.py"))


def test_training_does_not_know_the_digits_that_are_built_on_it():
    from ganlab import training

    assert not hasattr(training, "train_digits")


@pytest.mark.parametrize("module", ["plots", "labs"])
def test_nothing_imports_what_shows(module):
    assert users_of(module) == set()


def test_the_package_never_imports_book_or_tests():
    roots = {name.split(".")[0] for path in FILES for name in imported(path)}
    assert not roots & {"book", "tests", "conftest"}


def test_only_plots_imports_matplotlib():
    assert {module_of(p) for p in FILES if any(n.split(".")[0] == "matplotlib" for n in imported(p))} == {"plots"}


def test_only_data_downloads():
    network = {"pooch", "requests", "urllib", "http", "socket", "torchvision"}
    assert {module_of(p) for p in FILES if network & {n.split(".")[0] for n in imported(p)}} == {"data"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_every_module_states_its_concept(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "no module docstring"


QUIET = """
import random, sys
import numpy as np
import torch
before = (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())
import socket
socket.socket = None  # any download would fail
import ganlab
for name in {modules}:
    getattr(ganlab, name)
after = (random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state().tolist())
assert before == after, "importing moved a random state"
heavy = {{"matplotlib", "torchvision", "anywidget", "ipywidgets", "sklearn", "pooch", "requests"}} & set(sys.modules)
assert not heavy, f"importing loaded {{heavy}}"
"""


def test_importing_seeds_nothing_downloads_nothing_and_loads_no_heavy_library():
    modules = ["averaging", "data", "divergences", "latent", "losses", "networks", "penalties", "seeds", "steps"]
    modules += ["toys", "training", "players", "saving", "metrics", "checks", "dynamics", "exercises"]
    done = subprocess.run([sys.executable, "-W", "error", "-c", QUIET.format(modules=modules)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_importing_the_package_alone_is_instant_and_loads_not_even_torch():
    code = "import sys, ganlab; assert 'torch' not in sys.modules; assert 'losses' in dir(ganlab)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_an_unknown_name_is_told_with_the_known_ones():
    import ganlab

    with pytest.raises(AttributeError, match=r"no attribute 'losess'.*losses"):
        ganlab.losess  # noqa: B018
