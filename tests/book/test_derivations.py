"""Derivations: true ones agree, wrong ones are caught, and each of the book stands before the cell that checks it."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "book" / "_ext"), str(Path(__file__).parent)]

from formulas.chains import (  # noqa: E402
    SEEDS,
    Line,
    check,
    number_of,
    read_lines,
    statements,
    wrong,
)
from formulas.pages import derivations  # noqa: E402
from formulas.values import Unknown  # noqa: E402
from formulas.world import World  # noqa: E402
from mutants import mutants  # noqa: E402

PAGES = [path for path in sorted((ROOT / "book").rglob("*.md")) if "{derivation}" in path.read_text(encoding="utf-8")]
OF_THE_BOOK = {each.name: each for path in PAGES for each in derivations(path.read_text(encoding="utf-8"))}

#: Steps of the book that the build cannot evaluate, with the author's reason. Keep it as short as it can be.
UNEVALUATED: dict[str, str] = {}

TRUE = {each.name: each for each in derivations(Path(__file__).with_name("true-derivations.md").read_text("utf-8"))}

#: Mutants that are right as well, with the reason.
EQUIVALENT = {
    ("derivation-mean-hint", 1, "sign of term 2 of 2"): "the change of a density integrates to 0, with either sign",
    ("derivation-jensen", 2, "sign of term 1 of 1"): "the logarithm is that of 1, so 0",
    ("derivation-jensen", 2, "p for q"): "p / p in place of q / p: both have the mean 1",
    ("derivation-jensen", 2, "q for p"): "q / q in place of q / p: both have the mean 1",
    ("derivation-jensen", 3, "sign of term 1 of 1"): "the logarithm is that of 1, so 0",
    ("derivation-jensen", 3, "p for q"): "both densities integrate to 1",
    ("derivation-eigenvalues", 1, "sign of term 1 of 2"): "the term is 0",
}


def survivors(lines, where):
    """How many mutants there are, and those that agree with their neighbours in every world."""
    meanings = statements(where)
    formulas, unread = read_lines(lines, meanings)
    assert not unread
    worlds = [World(seed) for seed in SEEDS]
    values = {n: [number_of(formula, meanings, world) for world in worlds] for n, formula in formulas.items()}

    def fits(number, mutant, i):
        try:
            value = number_of(mutant, meanings, worlds[i])
        except Unknown:
            return False
        before, after = (
            max((n for n in values if n < number), default=None),
            min((n for n in values if n > number), default=None),
        )
        first = before is None or not wrong(lines[number].relation, values[before][i], value)
        return first and (after is None or not wrong(lines[after].relation, value, values[after][i]))

    made = [(number, what, mutant) for number, formula in formulas.items() for what, mutant in mutants(formula)]
    return len(made), [(n, what) for n, what, mutant in made if all(fits(n, mutant, i) for i in range(len(worlds)))]


@pytest.mark.parametrize("name", TRUE)
def test_a_true_derivation_agrees_line_by_line(name):
    assert check(TRUE[name].lines, TRUE[name].where) == []


@pytest.mark.parametrize("name", TRUE)
def test_flipped_signs_swapped_distributions_and_lost_factors_are_caught(name):
    count, alive = survivors(TRUE[name].lines, TRUE[name].where)
    assert count > 3
    assert [each for each in alive if (name, *each) not in EQUIVALENT] == []


def test_a_difference_is_told_with_both_values():
    (wrong_step,) = check([Line("", "1 + h^2"), Line("=", "1 + h^2"), Line("=", "1 - h^2")])
    assert wrong_step.line == 2
    before, value = map(float, re.findall(r"[\d.]+\d", wrong_step.text))
    assert before - 1 == pytest.approx(1 - value)


def test_an_inequality_is_checked_in_its_direction():
    assert check([Line("", "1"), Line(r"\le", "1 + h"), Line(r"\ge", "1"), Line(r"\le", "1")]) == []
    assert check([Line("", "1"), Line(r"\le", "1 - h")])
    assert check([Line("", "1"), Line(r"\ge", "1 + h")])


def test_a_line_that_is_not_evaluated_is_left_out_and_the_next_is_compared_with_the_last_that_was():
    assert check([Line("", "h"), Line("=", ""), Line("=", "h")]) == []
    assert check([Line("", "h"), Line("=", ""), Line("=", "2 h")])[0].line == 2


def test_a_line_without_value_is_no_agreement():
    (found,) = check([Line("", r"\log(-h)"), Line("=", r"\log(-h)")])
    assert "it has no value (nan)" in found.text


# What stands in the book.


def cells(source):
    """The cells of a page: code with its tags, and Markdown."""
    return [cell for cell in jupytext.reads(source, fmt="md:myst").cells if cell.source.strip()]


def calls_check_steps(source):
    tree = ast.parse(re.sub(r"^[%!].*$", "pass", source, flags=re.M))
    names = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(getattr(name, "id", getattr(name, "attr", "")) == "check_steps" for name in names)


def unchecked(text):
    """The derivations of a page without a cell that checks them before the next heading."""
    missing, waiting = [], []
    for cell in cells(text):
        if cell.cell_type == "code":
            checked = set(cell.metadata.get("tags", [])) if calls_check_steps(cell.source) else set()
            waiting = [name for name in waiting if name not in checked]
            continue
        for part in re.split(r"^(?=#+ )", cell.source, flags=re.M):
            if part.startswith("#"):
                missing, waiting = missing + waiting, []
            waiting += [each.name for each in derivations(part)]
    return missing + waiting


HEAD = "---\nkernelspec: {name: python3, display_name: Python 3}\n---\n\n"
CHAIN = "```{derivation} A\n---\nname: derivation-a\n---\n2 n\n= n + n\n  : Twice.\n```\n\n"
CELL = "```{code-cell} ipython3\n:tags: [%s]\n\n%s\n```\n\n"
CALL = 'check_steps({"a": 1, "b": 1})'


def test_a_cell_below_each_derivation_checks_its_steps():
    assert {path.stem: names for path in PAGES if (names := unchecked(path.read_text(encoding="utf-8")))} == {}


def test_the_test_of_cells_sees():
    good = CELL % ("derivation-a", CALL)
    assert unchecked(HEAD + CHAIN + "So it is.\n\n" + good) == []
    assert unchecked(HEAD + CHAIN + CELL % ("", "a = 1") + good) == []
    for cell in [CELL % ("derivation-b", CALL), CELL % ("derivation-a", "a = 1"), "Nothing.", "## Next\n\n" + good]:
        assert unchecked(HEAD + CHAIN + cell) == ["derivation-a"]
    assert unchecked(HEAD + good + CHAIN) == ["derivation-a"]


def test_no_two_derivations_share_a_name():
    names = [each.name for path in PAGES for each in derivations(path.read_text(encoding="utf-8"))]
    assert len(names) == len(set(names))


def test_each_derivation_is_found_by_the_tests_as_by_the_build():
    count = sum(
        len(re.findall(r"^(?:```|:::)\{derivation\}", path.read_text(encoding="utf-8"), re.M)) for path in PAGES
    )
    assert len(OF_THE_BOOK) == count


def test_steps_that_are_not_evaluated_are_listed():
    steps = {name: [s.unevaluated for s in each.chain.steps if s.unevaluated] for name, each in OF_THE_BOOK.items()}
    assert {name: "; ".join(why) for name, why in steps.items() if why} == UNEVALUATED


@pytest.mark.slow
def test_nearly_all_wrong_versions_of_the_book_s_derivations_are_caught():
    """A derivation that agrees whatever its signs says nothing."""
    evaluated = {name: each for name, each in OF_THE_BOOK.items() if name not in UNEVALUATED}
    for name, each in evaluated.items():
        count, alive = survivors(each.lines, each.where)
        assert len(alive) <= 2 + count / 4, (name, alive)


# A real page in a real build.

PAGE = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3, language: python}
---
# A page

"""


SIGN = re.compile(r"^= [^:]*?\s([+-])\s", re.M)  # the first one of a step


def real_page():
    """The first derivation of the book whose second line has a sign to flip, without links to what is not there."""
    local = ROOT / "tests" / "notebooks" / "derivations" / "chapters" / "04-derivations.md"
    for path in [*PAGES, local]:
        text = path.read_text(encoding="utf-8")
        for each in derivations(text):
            source = "\n".join(text.split("\n")[each.line - 1 :])
            source = source[: re.search(r"^```$", source, re.M).end()]
            if SIGN.search(source):
                return re.sub(r"\{[\w:]+\}`[^`]*`|\]\(#[\w-]+\)", "there", source)
    raise AssertionError("no derivation with a sign to flip")


CONF = """
import sys
sys.path.insert(0, {extensions!r})
extensions = ["myst_nb", "derivation"]
myst_enable_extensions = ["amsmath", "dollarmath"]
nb_execution_mode = "off"
mathjax3_config = {{"tex": {{"macros": {{"E": r"\\mathbb{{E}}"}}}}}}
"""


@pytest.mark.parametrize("flip", [pytest.param(False, marks=pytest.mark.slow), True])  # the book builds unflipped
def test_a_flipped_sign_in_a_page_of_the_book_stops_a_real_build(tmp_path, flip):
    page = real_page()
    if flip:
        at = SIGN.search(page).start(1)
        page = page[:at] + {"+": "-", "-": "+"}[page[at]] + page[at + 1 :]
    (tmp_path / "index.md").write_text(PAGE + page, encoding="utf-8")
    (tmp_path / "conf.py").write_text(CONF.format(extensions=str(ROOT / "book" / "_ext")), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        str(tmp_path),
        str(tmp_path / "_"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    assert (done.returncode != 0) == flip, done.stderr
    if flip:
        assert re.search(
            r"index\.md:\d+: ERROR: derivation: derivation-[\w-]+, step \d: the line before is ", done.stderr
        )
