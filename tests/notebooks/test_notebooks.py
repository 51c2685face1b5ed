"""The notebooks of the book: there is one for each page with code, it is fresh, and it stands on its own.

nbval runs those that hold more than the build has run (test_notebooks_to_run.py); `make test` does so afterwards.
"""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
BOOK = CONFIG["html"]["baseurl"].rstrip("/")
MYST = re.compile(r"\{[a-z][a-z:-]*\}`|^ *(:::|```\{|~~~\{)|^\([\w-]+\)=$|^% ", re.MULTILINE)

# Each page is unpickled several times; looking for cycles among its nodes meanwhile takes as long as all the rest.
BUILD = "import gc, sys; gc.disable(); from sphinx.cmd.build import main; sys.exit(main(sys.argv[1:]))"

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def test_each_page_with_code_has_a_notebook():
    pages = {p.stem for p in (ROOT / "book").rglob("*.md") if "```{code-cell}" in p.read_text(encoding="utf-8")}
    assert pages
    assert {path.stem for path in NOTEBOOKS} == pages


def test_notebooks_are_fresh(alone):
    options = ["-q", "-c", ".", "-d", "_build/doctrees", "-b", "notebooks", "-D", "notebooks_check=1"]
    command = [sys.executable, "-c", BUILD, *options, "book", "_build/notebooks"]
    with alone("site"):  # the site is built from the same doctrees
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@each_notebook
def test_notebook_is_valid_and_its_first_cells_open_and_install(path):
    notebook = read(path)
    nbformat.validate(notebook)
    head, install, *_ = notebook.cells
    address = CONFIG["repository"]["url"].removeprefix("https://github.com/")
    assert f"/github/{address}/blob/{CONFIG['repository']['branch']}/notebooks/{path.name})" in head.source
    assert f"git+{CONFIG['repository']['url']}@" in install.source


@each_notebook
def test_no_myst_is_left(path):
    left = [MYST.findall(cell.source) for cell in read(path).cells if cell.cell_type == "markdown"]
    assert not any(left)


@each_notebook
def test_only_checked_cells_have_outputs(path):
    for cell in read(path).cells:
        checked = "nbval-check-output" in cell.metadata.get("tags", [])
        assert bool(cell.get("outputs")) == checked


def test_links_and_pictures_lead_into_the_rendered_book(dead_addresses):
    html = ROOT / "_build" / "html"
    if not html.exists():
        pytest.skip("the book is not built; run `make book` first")
    assert dead_addresses(ROOT / "notebooks", html, BOOK) == []
