"""The first code cell of a notebook: it installs what the notebook needs and the computer lacks.

A page says what it needs by importing it. The `dependencies` of pyproject.toml are there for every page; what one of
its optional groups lists is installed for the pages that import it. Any other import is an error of the build, since
it would fail in the reader's hands.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

TITLE = "Set-up: install what is missing"
SOURCE = '''\
import sys
from importlib.util import find_spec

needed = {{  # what is imported, and what pip installs for it
{needed}
}}
missing = " ".join(f'"{{package}}"' for module, package in needed.items() if find_spec(module) is None)
if missing:
    %pip install -q {{missing}}
if find_spec("ganlab") is None:
    # What Colab has stays as it is.
    flags = "--no-deps" if "google.colab" in sys.modules else ""
    %pip install -q {{flags}} "ganlab @ git+{repository}@{branch}"'''
ALWAYS = {*sys.stdlib_module_names, "ganlab", "IPython", "google"}  # google.colab: on Colab alone
# Modules that are not named like their package.
NAMES = {"scikit-learn": "sklearn", "markdown-it-py": "markdown_it", "ipython": "IPython"}
PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture")


class Requirements(NamedTuple):
    """What pip installs, by the module that is imported: for the package, and for pages that ask for it."""

    package: dict[str, str]
    optional: dict[str, str]

    @classmethod
    def read(cls, pyproject: Path) -> Requirements:
        """Read both from pyproject.toml."""
        project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
        groups = project.get("optional-dependencies", {}).values()
        return cls(_by_module(project["dependencies"]), _by_module(text for group in groups for text in group))

    def of_page(self, sources: Iterable[str]) -> tuple[dict[str, str], list[str]]:
        """Return what a page with these cells needs, and the modules that it imports and nothing provides."""
        sources = list(sources)
        imported = set().union(*map(imported_by, sources)) - ALWAYS - set(map(written_by, sources))
        needed = self.package | {m: text for m, text in self.optional.items() if m in imported}
        return needed, sorted(imported - needed.keys())


def _by_module(requirements: Iterable[str]) -> dict[str, str]:
    names = {text: re.match(r"[\w.-]+", text)[0] for text in requirements}
    return {NAMES.get(name, name.replace("-", "_")): text for text, name in names.items()}


def setup_source(needed: dict[str, str], repository: str, branch: str) -> str:
    """Return the code of the cell."""
    lines = "\n".join(f'    "{module}": "{requirement}",' for module, requirement in needed.items())
    return SOURCE.format(needed=lines, repository=repository, branch=branch)


def imported_by(source: str) -> set[str]:
    """Return the modules that a cell imports, or that a file of Python does which it writes."""
    first, _, rest = source.partition("\n")
    if written_by(source) or first.startswith(PYTHON_MAGICS):
        source = rest
    elif first.startswith("%%"):
        return set()
    try:
        nodes = list(ast.walk(ast.parse(TransformerManager().transform_cell(source))))
    except SyntaxError:  # a cell that shows an error, say
        return set()
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level]
    return {name.split(".")[0] for name in names}


def written_by(source: str) -> str:
    """Return the name of the module that a cell writes to a file, or nothing."""
    found = re.match(r"%%(?:writefile|file)\s+(?:\S*/)?(\w+)\.py\s*\n", source)
    return found[1] if found else ""
