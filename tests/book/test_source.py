"""The chapters' source: cells that can be read, exercises and definitions that agree with the package."""

import ast
import inspect
import re
import statistics
from functools import cache
from itertools import pairwise
from pathlib import Path

import jupytext
import pytest

from ganlab import exercises, steps

CHAPTERS = sorted((Path(__file__).parents[2] / "book" / "chapters").glob("*.md"))
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
CLINIC = Path(__file__).parents[2] / "book" / "clinic.md"
every_page_with_exercises = pytest.mark.parametrize("path", [*CHAPTERS, CLINIC], ids=lambda path: path.stem)
WIDEST = 80  # characters that fit the page's column
LONGEST = 24  # non-blank lines in a cell


@cache
def page(path):
    """The cells of a page, read once for all tests."""
    return [cell for cell in jupytext.read(path, fmt="md:myst").cells if cell.source.strip()]


def cells(path, kind):
    return [cell for cell in page(path) if cell.cell_type == kind]


def code(path):
    return [cell.source for cell in cells(path, "code")]


def folded(cell):
    """Is the code hidden until the reader asks for it? Drawing code is; its figure speaks for it."""
    return "hide-input" in cell.metadata.get("tags", [])


def lines(source):
    return [line for line in source.splitlines() if line.strip()]


def test_there_are_chapters():
    assert CHAPTERS


@every_chapter
def test_code_fits_the_column(path):
    shown = [cell.source for cell in cells(path, "code") if not folded(cell)]
    wide = [line for source in shown for line in source.splitlines() if len(line) > WIDEST]
    assert not wide, wide


@every_page_with_exercises
def test_no_cell_is_longer_than_a_reader_can_hold(path):
    long = [source.splitlines()[0] for source in code(path) if len(lines(source)) > LONGEST]
    assert not long, long


@every_chapter
def test_cells_are_short_on_the_whole(path):
    assert statistics.median(len(lines(source)) for source in code(path)) <= 8


@every_chapter
def test_a_sentence_stands_between_nearly_all_cells(path):
    pairs = [b for a, b in pairwise(page(path)) if a.cell_type == b.cell_type == "code"]
    bare = [cell.source for cell in pairs if "ganlab.check(" not in cell.source and not folded(cell)]
    assert len(bare) <= 0.1 * len(code(path)), bare


@every_page_with_exercises
def test_code_parses(path):
    for source in code(path):
        ast.parse(re.sub(r"^%.*$", "pass", source, flags=re.M))


@pytest.mark.parametrize("word", ["simply", "obviously", "trivially", "of course", "TODO", "FIXME"])
@every_page_with_exercises
def test_no_word_that_talks_down_or_puts_off(path, word):
    prose = " ".join(cell.source for cell in cells(path, "markdown"))
    assert not re.search(rf"\b{word}\b", prose, re.I)


@every_chapter
def test_a_chapter_has_its_parts(path):
    text = path.read_text(encoding="utf-8")
    boxes = [f":class: {name}" for name in ("overview", "claim", "bug")]
    for part in (*boxes, "```{predict} ", "```{guess} ", "## Summary", "assert "):
        assert part in text, part


@every_chapter
def test_a_chapter_seeds_everything_once_and_visibly(path):
    assert "\n".join(code(path)).count("seed_everything(0)") == 1


def exercises_in(path):
    return re.findall(r'ganlab\.check\("(\w+)"', path.read_text(encoding="utf-8"))


@every_page_with_exercises
def test_stub_and_solution_are_those_of_the_package(path):
    sources = [source.strip() for source in code(path)]
    used = dict.fromkeys(exercises_in(path))
    assert 2 <= len(used) <= (8 if path == CLINIC else 6)
    for name in used:
        exercise = exercises.load(name)
        assert exercise.stub.strip() in sources, f"{name}: no cell is the stub of ganlab.exercises"
        assert exercise.reference.strip() in sources, f"{name}: no cell is the reference of ganlab.exercises"


def test_every_exercise_of_the_package_is_in_the_book():
    used = {name for path in [*CHAPTERS, CLINIC] for name in exercises_in(path)}
    assert set(exercises.EXERCISES) <= used


def test_what_the_clinic_shows_as_posted_is_in_the_stub_and_is_the_first_mistake():
    sources = [source.strip() for source in code(CLINIC)]
    for name in exercises_in(CLINIC):
        exercise = exercises.load(name)
        posted = exercise.mistakes[0].source
        assert posted.strip() in sources, name
        assert re.sub(r" +raise NotImplementedError.*\n", "", exercise.stub) == posted, name


def body(function_source):
    """A function's statements without its docstring, as trees."""
    node = ast.parse(function_source).body[0]
    statements = node.body[1:] if ast.get_docstring(node) else node.body
    return [ast.dump(statement) for statement in statements]


@pytest.mark.parametrize("name", ["discriminator_step", "generator_step"])
def test_the_steps_shown_are_the_steps_imported_later(name):
    path = next(path for path in CHAPTERS if path.stem == "06-first-gan")
    shown = next(source for source in code(path) if source.startswith(f"def {name}("))
    assert body(shown) == body(inspect.getsource(getattr(steps, name)))
