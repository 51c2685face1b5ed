"""What is installed is what is imported: the package's dependencies, their ranges, and the pins inside them."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEPENDENCIES = [Requirement(text) for text in PROJECT["dependencies"]]
EXTRAS = [Requirement(text) for group in PROJECT["optional-dependencies"].values() for text in group]
PINS = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE))


def third_party(folder):
    """Distributions whose modules are imported anywhere in a folder."""
    provided = packages_distributions()
    names = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names |= {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            names |= {node.module} if isinstance(node, ast.ImportFrom) and node.module else set()
    modules = {name.split(".")[0] for name in names} - {*sys.stdlib_module_names, "ganlab", "__future__"}
    assert modules <= provided.keys(), modules - provided.keys()
    return {canonicalize_name(provided[module][0]) for module in modules}


def test_package_declares_exactly_what_it_imports():
    declared = {canonicalize_name(requirement.name) for requirement in DEPENDENCIES}
    optional = {"accelerate", "cloudpickle", "jinja2"}
    assert third_party("src/ganlab") - optional == declared - {"ipywidgets"}  # anywidget draws with it


@pytest.mark.parametrize("requirement", [*DEPENDENCIES, *EXTRAS], ids=str)
def test_pin_lies_in_the_range(requirement):
    assert requirement.specifier, "no lower end"
    assert PINS[requirement.name] in requirement.specifier
