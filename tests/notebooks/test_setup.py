"""The set-up cell: it installs what the page imports and the computer lacks, and touches nothing else."""

import ast
import importlib
import importlib.util
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from IPython.utils.text import DollarFormatter
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "book").rglob("*.md")}
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(?:---\n.*?---\n|(?::[^\n]*\n)*)(.*?)^```$", re.DOTALL | re.MULTILINE)
CELLS = {name: CELL.findall(text) for name, text in PAGES.items()}
WITH_CODE = sorted(name for name, cells in CELLS.items() if cells)


@pytest.fixture(scope="module")
def setup():
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    try:
        return importlib.import_module("notebook_setup")
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="module")
def requirements(setup):
    return setup.Requirements.read(ROOT / "pyproject.toml")


@pytest.fixture
def run(setup, monkeypatch):
    """Run a set-up cell on a computer that lacks some modules; returns what pip is asked for, one call a line."""

    def run_cell(source, lacking, colab=False):
        calls = []

        class Shell:
            def run_line_magic(self, magic, line):
                calls.append(f"{magic} {DollarFormatter().format(line, **sys._getframe(1).f_globals)}")

        with monkeypatch.context() as patch:
            patch.setattr(importlib.util, "find_spec", lambda module: None if module in lacking else object())
            if colab:
                patch.setitem(sys.modules, "google.colab", object())
            exec(TransformerManager().transform_cell(source), {"get_ipython": Shell})
        return calls

    return run_cell


NEEDED = {"torch": "torch>=2.5", "sklearn": "scikit-learn>=1.3", "accelerate": "accelerate>=1.0"}
GANLAB = '"ganlab @ git+https://example.org/ganlab@main"'


@pytest.mark.parametrize(
    ("lacking", "colab", "calls"),
    [
        ([], False, []),
        ([], True, []),
        (["accelerate"], False, ['pip install -q "accelerate>=1.0"']),
        (["ganlab"], True, [f"pip install -q --no-deps {GANLAB}"]),
        (["ganlab"], False, [f"pip install -q  {GANLAB}"]),
        (
            ["ganlab", "sklearn", "accelerate"],
            True,
            ['pip install -q "scikit-learn>=1.3" "accelerate>=1.0"', f"pip install -q --no-deps {GANLAB}"],
        ),
    ],
)
def test_pip_is_asked_for_what_is_missing_and_for_nothing_else(setup, run, lacking, colab, calls):
    source = setup.setup_source(NEEDED, "https://example.org/ganlab", "main")
    assert run(source, lacking, colab) == calls


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import a, b.c as d\nfrom e.f import g", {"a", "b", "e"}),
        ("def f():\n    import late", {"late"}),
        ("%pip install x\n!ls\nimport a", {"a"}),
        ("from . import sibling", set()),
        ('text = """\nimport this\nfrom everywhere else\n"""', set()),
        ("# import commented", set()),
        ("%%writefile play.py\nimport a", {"a"}),
        ("%%writefile notes.txt\nimport a", set()),
        ("%%time\nimport a", {"a"}),
        ("%%bash\nimport a", set()),
        ("this is no Python", set()),
    ],
)
def test_imports_of_a_cell_are_read_from_its_code(setup, source, modules):
    assert setup.imported_by(source) == modules


def test_page_gets_the_extra_that_it_imports_and_no_other(setup):
    requirements = setup.Requirements({"torch": "torch>=2.5"}, {"accelerate": "accelerate>=1.0", "scipy": "scipy"})
    cells = ["import torch, os, ganlab", "%%writefile game.py\nimport accelerate", "from game import play, google"]
    assert requirements.of_page(cells) == ({"torch": "torch>=2.5", "accelerate": "accelerate>=1.0"}, [])
    assert requirements.of_page(["import pandas", "from game import play"])[1] == ["game", "pandas"]


# The book.


@pytest.mark.parametrize("page", WITH_CODE)
def test_page_of_the_book_finds_all_that_it_imports(requirements, page):
    assert requirements.of_page(CELLS[page])[1] == []


@pytest.mark.parametrize(("page", "extra"), [("scaling-out", "accelerate"), ("01-two-kinds-of-models", "scipy")])
def test_page_that_needs_an_extra_has_it_installed(setup, requirements, run, page, extra):
    needed, _ = requirements.of_page(CELLS[page])
    (call,) = run(setup.setup_source(needed, "", ""), [extra], colab=True)
    assert re.fullmatch(rf'pip install -q "{extra}>=[\d.]+"', call)


def test_package_finds_all_that_it_imports_where_colab_installs_it_without_dependencies(requirements):
    """Independent of the table of names: what the sources of ganlab import is what the set-up cell looks for."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "src" / "ganlab").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    third_party = {name.split(".")[0] for name in names} - {*sys.stdlib_module_names, "ganlab"}
    optional = {"accelerate", "cloudpickle", "jinja2"}  # many devices; the tool of instructors
    assert third_party - requirements.package.keys() == optional


def test_each_module_belongs_to_the_package_that_pip_is_asked_for(requirements):
    provided = packages_distributions()
    for module, requirement in (requirements.package | requirements.optional).items():
        names = [canonicalize_name(name) for name in provided[module]]  # jinja2 calls itself Jinja2
        assert re.match(r"[\w.-]+", requirement)[0] in names
