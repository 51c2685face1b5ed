"""The builder as a whole: bytes, stale notebooks, check mode, and what it refuses."""

import doctest
import importlib
import json
import re
from pathlib import Path

import nbformat
import pytest

EXTENSIONS = Path(__file__).parents[2] / "book" / "_ext"
REFUSED = [
    "unknown.md:11: Unknown directive type: ‘nonsense’",
    "unknown.md:15: Unknown interpreted text role “nonsense”",
    "unknown.md:17: a notebook has no form for the HTML element <iframe>",
    "unknown.md:19: a notebook has no form for the node 'versionmodified'",
    r"unknown.md:23: \label has no number outside the page; use the math directive with :label:",
    "unknown.md:28: the picture 'missing.png' has no address in the rendered book",
    r"unknown.md:30: a macro in '\\norm' lacks an argument",
    "unknown.md:34: a notebook has no form for the HTML element <video>",
    "a pipe table has no cells that span rows or columns",
    "unknown.md:44: chapter: no chapter is called ‘six’; write ",
    "unknown.md:44: WARNING: chapter: there is no chapter 99, and none is planned",
    "unknown.md:44: WARNING: chapter: chapters/01-first has no label 'nowhere'; it is nowhere",
    "unknown.md:44: WARNING: chapter: chapters/01-first has no label 'elsewhere'; it is in unknown",
    "cells.md:8: this cell leaves no trace in the page",
    "cells.md:13: a cell tagged notebook-only also needs the tag skip-execution",
    "cells.md:18: the cell is tagged nbval-check-output, but it printed nothing or was not run",
    "cells.md:23: the notebook imports numpyro, which its set-up cell does not install; list it in pyproject.toml",
    "quiz.md:11: quiz: the kind is ‘essay’; choose one of single, multiple, matching, ordering, arranging, numeric",
    "quiz.md:18: quiz: the key E99 does not exist; E goes from 1 to 35",
    "quiz.md:18: quiz: single has no tolerance; remove it",
    "quiz.md:18: quiz: 0 options are right; single needs exactly one [x]",
    "quiz.md:24: quiz: why is it wrong? Give the reason below it",
    "quiz.md:27: quiz: this line belongs to no option",
    "quiz.md:31: ladder: d_loss: 1 lines need no ladder; it begins at 5",
    "quiz.md:34: ladder: no exercise is called ‘nothing’; did you mean",
    "predict.md:11: predict: the kind is ‘essay’; choose one of single, multiple, matching, numeric, curve",
    "predict.md:21: predict: name the box, as in `:name: predict-one-half`, in small letters, digits and hyphens",
    "predict.md:21: predict: there is no answer; write it below a line",
    "predict.md:28: predict: an option of a prediction has no reason; say it below the line",
    "predict.md:29: predict: this line belongs to no option",
    "predict.md:33: predict: there are 3 places and 2 heights; give each place its height",
    "predict.md:33: predict: the step is ‘3’; it must go into the range a whole number of times",
    "predict.md:33: predict: near is ‘roughly’; write how far off a guess may be, as `0.1` or `factor 2`",
    "predict.md:51: WARNING: predict: no `{guess} predict-alone` shows this guess again",
    "predict.md:63: WARNING: guess: this page has no predict box predict-nowhere",
    "predict.md:67: guess: say what happened",
    "derivation.md:11: derivation: there is no start; write the expression that is rewritten above the first relation",
    "derivation.md:19: derivation: the name is ‘Best D’; write",
    "derivation.md:19: derivation: there is no step",
    "derivation.md:35: derivation: the relation \\approx is unknown here; a step begins with one of =, \\le",
    "derivation.md:37: derivation: nothing follows the relation =",
    "derivation.md:59: Unknown interpreted text role “nonsense”",
    "derivation.md:41: derivation: this line belongs to no step",
    "derivation.md:50: derivation: why? Give the reason below the step, indented",
    "derivation.md:69: derivation: derivation-wrong-sign, step 2: the symbol m is not in the notation; say what it is",
    "derivation.md:83: derivation: derivation-second-wrong-sign, step 2: the line before is 0.0365923",
    "derivation.md:94: derivation: derivation-no-formula, the start: "
    r"how far the argument of \log goes can be read in two",
    r"derivation.md:95: derivation: derivation-no-formula, step 1: “\log (x” ends too early; close what was opened",
    "derivation.md:99: derivation: derivation-wrong-where, in `where`: "
    "a stands there without a meaning; write for example",
    "derivation.md:119: derivation: the name derivation-twice stands on this page already; take another",
    "would both become same.ipynb; rename one page",
]


@pytest.fixture(scope="module")
def broken(new_project):
    project = new_project("broken")
    (project.notebooks).mkdir()
    (project.notebooks / "kept.ipynb").write_text("untouched")
    return project, project.build()


@pytest.fixture
def tex(monkeypatch):
    monkeypatch.syspath_prepend(EXTENSIONS)
    return importlib.import_module("notebook_math")


def contents(project):
    return {path.name: path.read_bytes() for path in project.notebooks.iterdir()}


@pytest.fixture
def fresh(project):
    """The notebooks as they should be; put back when a test has changed them."""
    kept = contents(project)
    yield kept
    for path in project.notebooks.iterdir():
        path.unlink()
    for name, content in kept.items():
        (project.notebooks / name).write_bytes(content)


def test_two_builds_give_the_same_bytes(project, new_project):
    again = new_project("pages")
    assert again.build().returncode == 0
    assert contents(again) == contents(project)


def test_notebooks_are_valid_sorted_and_end_with_a_line_end(project):
    for path in project.notebooks.iterdir():
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        nbformat.validate(nbformat.reads(text, as_version=4))


def test_cell_ids_come_from_page_and_position(project):
    ids = [cell.id for cell in project.read("02-boxes").cells]
    assert ids == [f"02-boxes-{i:03}" for i in range(len(ids))]


def test_check_names_changed_and_surplus_notebooks_with_the_cure_and_mends_nothing(project, fresh):
    (project.notebooks / "01-text.ipynb").write_text("edited by hand")
    (project.notebooks / "99-gone.ipynb").write_text("from a page that is gone")
    before, done = contents(project), project.build("-D", "notebooks_check=1")
    assert done.returncode == 1
    assert "out of date: 01-text.ipynb, 99-gone.ipynb; run `make notebooks`" in done.stderr
    assert contents(project) == before != fresh


def test_build_mends_changed_missing_and_surplus_notebooks(project, fresh):
    (project.notebooks / "99-gone.ipynb").write_text("from a page that is gone")
    (project.notebooks / "02-boxes.ipynb").unlink()
    (project.notebooks / "05-cells.ipynb").write_text("its stored outputs come back though no page is read again")
    assert project.build().returncode == 0
    assert contents(project) == fresh


def test_changed_page_makes_its_notebook_stale(project):
    page = project.root / "book" / "chapters" / "02-boxes.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text + "\nOne more sentence.\n", encoding="utf-8")
    done = project.build("-D", "notebooks_check=1")
    page.write_text(text, encoding="utf-8")
    assert "out of date: 02-boxes.ipynb;" in done.stderr


def test_stored_outputs_are_found_when_a_page_is_read_again_but_not_run_again(project, fresh):
    page = project.root / "book" / "chapters" / "05-cells.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text + "\nOne more sentence.\n", encoding="utf-8")
    done = project.build()
    page.write_text(text, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert project.code("05-cells")[1].outputs[0].text == "loss 1.3863\n"


def test_nbval_runs_each_cell_and_compares_what_is_checked(project, tmp_path):
    notebook = (project.notebooks / "05-cells.ipynb").read_text(encoding="utf-8")
    (tmp_path / "right.ipynb").write_text(notebook, encoding="utf-8")
    (tmp_path / "wrong.ipynb").write_text(notebook.replace("loss 1.3863\\n", "loss 1.3864\\n"), encoding="utf-8")
    done = project.run(["-m", "pytest", "-q", "--nbval-lax", "-p", "no:cacheprovider"], cwd=tmp_path)
    failed = re.findall(r"FAILED (\S+::Cell \d+)", done.stdout)
    assert failed == ["right.ipynb::Cell 4", "wrong.ipynb::Cell 1", "wrong.ipynb::Cell 4"]  # cell 4 raises on purpose


@pytest.mark.parametrize("message", REFUSED)
def test_what_has_no_form_is_an_error_with_file_and_line(broken, message):
    assert message in broken[1].stderr


def test_refused_page_fails_the_build_and_changes_no_notebook(broken):
    project, done = broken
    assert done.returncode == 1
    assert contents(project) == {"kept.ipynb": b"untouched"}


def test_refusal_is_repeated_by_a_build_that_reads_no_page(broken):
    project, _ = broken
    again = project.build()
    assert again.returncode == 1
    assert REFUSED[0] in again.stderr


def test_missing_address_of_the_book_names_the_key(new_project):
    project = new_project("broken")
    assert "set `html: baseurl` in _config.yml" in project.build("-D", "html_baseurl=").stderr


MACROS = {"E": r"\mathbb{E}", "norm": [r"\lVert #1 \rVert", 1], "g": ["G(#2, #1)", 2, "z"], "x": r"\norm{\E}"}


@pytest.mark.parametrize(
    ("source", "expanded"),
    [
        (r"\E x", r"\mathbb{E} x"),
        (r"y^\E", r"y^{\mathbb{E}}"),
        (r"\norm{\norm a}", r"\lVert \lVert a \rVert \rVert"),
        (r"\norm \alpha", r"\lVert \alpha \rVert"),
        (r"\g{x} \g[y]{x}", "G(x, z) G(x, y)"),
        (r"\x", r"\lVert \mathbb{E} \rVert"),
        (r"\Extra \\E", r"\Extra \\E"),
    ],
)
def test_macro_expands(tex, source, expanded):
    assert tex.expand(source, MACROS) == expanded


def test_rows_of_a_display_are_aligned_and_comments_dropped(tex):
    shown = tex.display("a &= 1 % one\\\\\n\\\\ b &= 50\\%", {})
    assert shown == r"$$ \begin{aligned} a &= 1 \\ b &= 50\% \end{aligned} $$"


@pytest.mark.parametrize("name", ["notebook_math", "notebook_markdown"])
def test_examples_in_docstrings_hold(monkeypatch, name):
    monkeypatch.syspath_prepend(EXTENSIONS)
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0
    assert results.attempted > 0
