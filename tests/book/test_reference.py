"""The reference shows the package as it is: every public name, rendered, with ways to the chapters and back."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import SimpleNamespace

import pytest
import reference

import ganlab

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "book" / "reference.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^\.\. automodule:: ganlab\.(\w+)$", TEXT, re.MULTILINE)
CELL = "```{{code-cell}} ipython3\n:tags: [hide-input]\n\n{}\n```\n"


def public(module):
    """Functions and classes that a module defines or names in `__all__`, as long as they are documented."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    found = {name: getattr(module, name) for name in names}
    own = {n for n, o in found.items() if hasattr(module, "__all__") or getattr(o, "__module__", "") == module.__name__}
    return {n for n in own if inspect.isclass(found[n]) or inspect.isfunction(found[n])}


def test_every_module_is_shown_or_said_to_be_internal():
    internal = re.search(r"that only the book itself uses \((.*)\)", TEXT)[1]
    modules = {module.name for module in iter_modules(ganlab.__path__)}
    assert modules == {*SHOWN, *re.findall(r"`(\w+)`", internal), "course"}


@pytest.mark.parametrize("name", SHOWN)
def test_every_public_name_has_an_entry(soup, name):
    module = import_module(f"ganlab.{name}")
    elsewhere = {"History", "Players"} if name == "training" else set()  # shown with ganlab.players
    missing = {n for n in public(module) - elsewhere if not soup("reference").find(id=f"ganlab.{name}.{n}")}
    assert missing == set()


def test_sections_and_examples_of_a_docstring_are_rendered(soup):
    entry = soup("reference").find(id="ganlab.losses.minimax_d").parent
    assert [dt.get_text(strip=True) for dt in entry.select("dl.field-list dt")] == ["Parameters:"]
    assert [p.get_text() for p in entry.select("p.rubric")] == ["References", "Examples"]
    assert entry.select(".doctest .gp")


def test_an_entry_names_chapters_and_a_chapter_leads_back(soup):
    entry = soup("reference").find(id="ganlab.losses.minimax_g").parent
    assert "Met in chapter 5" in entry.get_text()
    links = [a["href"] for page in ("06-first-gan", "10-digits") for a in soup(f"chapters/{page}").select("article a")]
    assert [link for link in links if link.startswith("../reference.html#ganlab.")]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("from ganlab.losses import hinge_d as loss\nloss(a, b)", ["ganlab.losses.hinge_d"]),
        ("from ganlab import toys\ntoys.ring(8)\ndata.mnist()", ["ganlab.toys", "ganlab.toys.ring"]),
        ("import ganlab\nganlab.check('value', f)", ["ganlab.check"]),
        ("%matplotlib inline", []),
    ],
)
def test_names_that_a_page_uses_are_read_from_its_code(code, names):
    assert sorted(reference.used(CELL.format(code))) == names


def test_functions_that_a_page_defines_are_read_from_its_code():
    assert reference.defined(CELL.format("def minimax_d(s):\n    return s") + "def other(): ...") == {"minimax_d"}


def test_the_page_is_read_again_when_a_chapter_meets_other_names_and_not_for_other_words(tmp_path):
    """As Sphinx asks before each build: the names are kept with what it has read."""
    chapter = tmp_path / "06-first-gan.md"
    env = SimpleNamespace(found_docs={"chapters/06-first-gan", "reference"}, doc2path=lambda name: chapter)

    def after(words, code):
        chapter.write_text(f"{words}\n\n{CELL.format(code)}", encoding="utf-8")
        return reference.read_again(None, env)

    assert after("First words.", "from ganlab import toys") == ["reference"]
    assert after("Other words.", "from ganlab import toys") == []
    assert after("Other words.", "from ganlab import losses") == ["reference"]
    assert after("Other words.", "from ganlab import losses\ndef own(): ...") == ["reference"]
    assert env.names_by_chapter == {6: ({"own"}, {"ganlab.losses"})}
