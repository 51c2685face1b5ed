"""A page can be edited as a notebook: opened and saved by jupytext, nothing changes but what its author changed."""

import re
import shutil
from pathlib import Path

import jupytext
import pytest
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from jupytext.sync_contentsmanager import build_sync_jupytext_contents_manager_class

ROOT = Path(__file__).parents[2]
PAGES = sorted(p for p in (ROOT / "book").rglob("*.md") if "```{code-cell}" in p.read_text(encoding="utf-8"))
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
IPYTHON = {"name": "python", "pygments_lexer": "ipython3", "version": "3.13.1", "mimetype": "text/x-python"}


@pytest.fixture
def manager(tmp_path):
    """What JupyterLab reads and writes files with, in a folder with the book's settings."""
    shutil.copy(ROOT / "jupytext.toml", tmp_path)
    return build_sync_jupytext_contents_manager_class(LargeFileManager)(root_dir=str(tmp_path))


def saved(manager, page, edit=lambda notebook: None):
    """Text of the page after somebody opened it in JupyterLab, ran all cells, edited and saved it."""
    copy = Path(manager.root_dir) / page.name
    shutil.copy(page, copy)
    notebook = manager.get(page.name)["content"]
    notebook.metadata["language_info"] = IPYTHON  # the kernel tells it
    for number, cell in enumerate(notebook.cells):
        cell.metadata |= {"editable": True, "slideshow": {"slide_type": ""}, "trusted": True}
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = number, []
            cell.metadata["execution"] = {"iopub.status.busy": "2026-01-01"}
    edit(notebook)
    manager.save({"type": "notebook", "format": "json", "content": notebook}, page.name)
    return copy.read_text(encoding="utf-8")


def test_every_chapter_is_among_them():
    assert {page.name for page in (ROOT / "book" / "chapters").glob("*.md")} <= {page.name for page in PAGES}


@every_page
def test_opened_run_and_saved_it_is_the_same(manager, page):
    assert saved(manager, page) == page.read_text(encoding="utf-8")


@every_page
def test_only_the_own_change_shows(manager, page):
    def edit(notebook):
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        first.source += "\nprint('mine')"

    before, after = page.read_text(encoding="utf-8").splitlines(), saved(manager, page, edit).splitlines()
    assert [line for line in after if line not in before] == ["print('mine')"]
    assert len(after) == len(before) + 1


@every_page
def test_what_the_readers_see_of_the_metadata_survives(manager, page):
    notebook = jupytext.reads(saved(manager, page), fmt="md:myst")
    described = re.findall(r"^description:", page.read_text(encoding="utf-8"), flags=re.M)
    assert ("description" in notebook.metadata) == bool(described)
    assert "jupytext_version" not in str(notebook.metadata)  # it would differ between contributors
