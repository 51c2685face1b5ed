"""Throw-away Sphinx projects for the tests of the notebook builder, built once a session."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

HERE = Path(__file__).parent
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default"}
EXTENSIONS = HERE.parents[1] / "book" / "_ext"
CONF = f"""
import sys
sys.path.insert(0, {str(EXTENSIONS)!r})
sys.modules["rfc3987_syntax"] = None  # as in the book's conf.py
extensions = ["myst_nb", "sphinx_design", "sphinx_togglebutton", "sphinx_exercise", "sphinx_proof",
              "sphinxcontrib.bibtex", "sphinx_book_theme", "notebook_builder", "quiz", "ladder", "predict",
              "chapter_links", "derivation"]
html_theme = "sphinx_book_theme"
html_baseurl = "https://book.example/"
html_theme_options = {{"repository_url": "https://github.com/owner/book", "repository_branch": "main"}}
bibtex_bibfiles, bibtex_reference_style = ["book/refs.bib"], "author_year"
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath", "tasklist"]
nb_execution_mode = "off"
numfig = math_numfig = True
numfig_secnum_depth = 1
numfig_format = {{"figure": "Figure %s"}}
mathjax3_config = {{"tex": {{"macros": {{"E": r"\\mathbb{{E}}", "pdata": r"p_{{\\text{{data}}}}",
                                     "KL": r"\\operatorname{{KL}}", "JSD": r"\\operatorname{{JSD}}",
                                     "norm": [r"\\lVert #1 \\rVert", 1]}}}}}}
"""
PYPROJECT = """
[project]
dependencies = ["torch>=2.5", "scikit-learn>=1.3"]
[project.optional-dependencies]
scale = ["accelerate>=1.0"]
other = ["markdown-it-py", "never-used>=1"]
"""


Run = Callable[[list, Path], subprocess.CompletedProcess]


class Project:
    """A Sphinx project in a folder of its own, and what runs Sphinx there."""

    def __init__(self, root: Path, pages: Path, sphinx: Run):
        self.root, self.sphinx = root, sphinx
        self.notebooks = root / "notebooks"
        self.html = root / "_build" / "html"
        (root / "book").mkdir()
        for page in pages.rglob("*.*"):
            self.write(page.relative_to(pages).as_posix(), page.read_text(encoding="utf-8"))
        (root / "conf.py").write_text(CONF, encoding="utf-8")
        (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        path = self.root / "book" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def build(self, *options: str, builder: str = "notebooks") -> subprocess.CompletedProcess:
        target = self.root / "_build" / builder
        doctrees = self.root / "_build" / "doctrees"
        return self.sphinx(["-q", "-c", ".", "-b", builder, "-d", doctrees, *options, "book", target], self.root)

    def run(self, arguments: list, cwd: Path) -> subprocess.CompletedProcess:
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)

    def read(self, name: str) -> nbformat.NotebookNode:
        return nbformat.read(self.notebooks / f"{name}.ipynb", as_version=4)

    def markdown(self, name: str) -> str:
        return "\n\n".join(cell.source for cell in self.read(name).cells if cell.cell_type == "markdown")

    def code(self, name: str) -> list[nbformat.NotebookNode]:
        return [cell for cell in self.read(name).cells if cell.cell_type == "code"]


def addresses(folder: Path, book: str) -> set[str]:
    """Return where the notebooks in a folder point to inside the rendered book."""
    texts = [cell.source for path in folder.glob("*.ipynb") for cell in nbformat.read(path, as_version=4).cells]
    return {found for text in texts for found in re.findall(re.escape(book) + r"/([^\s()<>\"\\]+)", text)}


def exists(html: Path, address: str) -> bool:
    """Tell whether a page, its anchor, or a picture is there."""
    name, _, anchor = address.partition("#")
    page = html / name
    return page.exists() and (not anchor or f'id="{anchor}"' in page.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def dead_addresses():
    """A function of a folder of notebooks, the HTML and its address: what is pointed to and is not there."""
    return lambda folder, html, book: [a for a in sorted(addresses(folder, book)) if not exists(html, a)]


@pytest.fixture(scope="session")
def sphinx(tmp_path_factory):
    """A function that runs Sphinx with some arguments in a folder."""
    here = tmp_path_factory.mktemp("sphinx")
    (here / "conf.py").write_text(CONF, encoding="utf-8")
    said = [here / "stdout", here / "stderr"]
    command = [sys.executable, "-P", HERE / "sphinx_builds.py"]  # -P: the folders of pages here are called as modules
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}

    with (
        (here / "failure").open("w") as failure,
        subprocess.Popen(command, cwd=here, env=ENVIRONMENT, stderr=failure, text=True, **pipes) as builds,
    ):

        def run(arguments: list, folder: Path) -> subprocess.CompletedProcess:
            job = {"folder": str(folder), "arguments": [*map(str, arguments)], "said": [*map(str, said)]}
            print(json.dumps(job), file=builds.stdin, flush=True)
            status = builds.stdout.readline()
            assert status, (here / "failure").read_text(encoding="utf-8")
            return subprocess.CompletedProcess(arguments, int(status), *(path.read_text("utf-8") for path in said))

        yield run


@pytest.fixture(scope="session")
def new_project(tmp_path_factory, sphinx):
    """A function that lays out a project from one of the folders beside this file."""
    return lambda pages: Project(tmp_path_factory.mktemp(pages), HERE / pages, sphinx)


@pytest.fixture(scope="session")
def project(new_project):
    """The project with every construct, as notebooks and as HTML."""
    project = new_project("pages")
    for builder in ("notebooks", "html"):
        done = project.build("-W", "--keep-going", builder=builder)
        assert done.returncode == 0, done.stderr
    return project
