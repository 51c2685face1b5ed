"""Claims: each has an id that its cell carries, and every random number of a page comes from `ganlab.seeds`."""

import ast
import re
from functools import cache
from pathlib import Path

import jupytext
import pytest

BOOK = Path(__file__).parents[2] / "book"
PAGES = {
    path.relative_to(BOOK).with_suffix("").as_posix(): text
    for path in sorted(BOOK.rglob("*.md"))
    if "{code-cell}" in (text := path.read_text(encoding="utf-8"))
}
every_page = pytest.mark.parametrize("page", PAGES)
BOX = re.compile(r"^(?:```|:::)\{admonition\} Claim\n:class: claim\n(?::name: (claim-[\w-]+)\n)?", re.M)
OTHER_SEEDS = re.compile(
    r"manual_seed|initial_seed|default_rng|random_state|RandomState|torch\.Generator\b|(?<!_)\bseed\("
)


@cache
def cells(text):
    return [cell for cell in jupytext.reads(text, fmt="md:myst").cells if cell.source.strip()]


def asserts(source):
    tree = ast.parse(re.sub(r"^[%!].*$", "pass", source, flags=re.M))
    return any(isinstance(node, ast.Assert) for node in ast.walk(tree))


def unpaired(text):
    """Boxes without the id of the asserting cell before them, and cells with the id of no box after them."""
    wrong, last = [], []
    for cell in cells(text):
        if cell.cell_type == "code" and asserts(cell.source):
            wrong += last
            last = [tag for tag in cell.metadata.get("tags", []) if tag.startswith("claim-")]
        elif cell.cell_type == "code":
            wrong += [tag for tag in cell.metadata.get("tags", []) if tag.startswith("claim-")]
        else:
            for box in BOX.findall(cell.source):
                wrong += [] if last == [box] else [box or "a claim without a name"]
                last = []
    return wrong + last


CELL = "```{code-cell}\n:tags: [%s]\n\nassert 1 < 2\n```\n\n"
CLAIM = ":::{admonition} Claim\n:class: claim\n%sSo it is.\n:::\n\n"
HEAD = "---\nkernelspec: {name: python3, display_name: Python 3}\n---\n\n"


@every_page
def test_a_claim_has_the_id_of_the_cell_that_asserts_it_and_each_such_cell_its_claim(page):
    assert not unpaired(PAGES[page])


@pytest.mark.parametrize(
    "wrong",
    [
        CELL % "claim-a" + CLAIM % "",
        CELL % "claim-a" + CLAIM % ":name: claim-b\n",
        CELL % "" + CLAIM % ":name: claim-a\n",
        CELL % "claim-a" + "Prose.\n\n",
        CELL % "claim-a" + CELL % "" + CLAIM % ":name: claim-a\n",
        CELL.replace("assert 1 < 2", "1 < 2") % "claim-a" + CLAIM % ":name: claim-a\n",
        CLAIM % ":name: claim-a\n" + CELL % "claim-a",
    ],
)
def test_the_test_of_pairs_sees(wrong):
    assert not unpaired(HEAD + CELL % "claim-a" + CLAIM % ":name: claim-a\n")
    assert unpaired(HEAD + wrong)


def test_no_two_claims_share_an_id():
    names = [name for text in PAGES.values() for name in BOX.findall(text)]
    assert names
    assert len(names) == len(set(names))


@every_page
def test_the_id_of_a_claim_begins_with_that_of_its_page(page):
    stem = page.rsplit("/", 1)[-1]
    prefix = re.sub(r"^(\d\d)-.*", r"\1", stem)
    assert all(name.startswith(f"claim-{prefix}-") for name in BOX.findall(PAGES[page]))


@every_page
def test_every_seed_of_a_page_comes_from_ganlab_seeds(page):
    """Else `GANLAB_SEED_OFFSET` would not reach it; `%%writefile` cells count too."""
    code = "\n".join(cell.source for cell in cells(PAGES[page]) if cell.cell_type == "code")
    assert not OTHER_SEEDS.findall(code)


@pytest.mark.parametrize(
    "line",
    [
        "torch.manual_seed(0)",
        "np.random.default_rng(1)",
        "rng = torch.Generator()",
        "random.seed(0)",
        "np.random.seed(0)",
        "train_test_split(x, random_state=0)",
    ],
)
def test_the_test_of_seeds_sees(line):
    assert OTHER_SEEDS.search(line)
    assert not OTHER_SEEDS.search("seed_everything(0); rng = generator(seed); train_digits(seed=0); new_pair(seed=0)")
