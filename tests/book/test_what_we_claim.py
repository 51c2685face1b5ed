"""The page *What we claim*: every claim of the book is on it, with the count of the runs in which it held.

Sentences of other pages that quote the same runs are compared with them here.
"""

import re
from pathlib import Path

import pytest
import what_we_claim
from in_words import WORDS
from what_we_claim import Page, claims_in, held, in_short, listed, page_of

BOOK = Path(__file__).parents[2] / "book"
SOURCES = [path for path in sorted(BOOK.rglob("*.md")) if "name: claim-" in path.read_text(encoding="utf-8")]
TEXT = """# A title

:::{admonition} Claim
:class: claim
:name: claim-00-sum
The sum is $2$.
It is even.
:::

::::{admonition} Another word
:name: claim-00-product
:class: claim

The product is 1.
::::

:::{admonition} No claim
:class: note
:name: note-00
Nothing.
:::
"""


def run(*holds):
    measured = [{"what": "total", "sense": ">", "value": 1.5 + i, "bound": 1.0} for i in range(len(holds))]
    return {
        "error": "",
        "asserts": [
            {"claim": "claim-00-sum", "test": "total > 1", "held": each, "measured": [number]}
            for each, number in zip(holds, measured, strict=True)
        ],
    }


def test_claims_are_read_from_the_source_of_a_page():
    assert claims_in(TEXT) == {
        "claim-00-sum": "The sum is $2$.\nIt is even.",
        "claim-00-product": "The product is 1.",
    }


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_claim_of_a_page_is_found(path):
    text = path.read_text(encoding="utf-8")
    assert list(claims_in(text)) == re.findall(r"^:name: (claim-[\w-]+)$", text, re.M)
    assert all(claims_in(text).values())


def test_a_claim_holds_in_a_run_if_all_its_asserts_do():
    assert held("claim-00-sum", [run(True, True), run(True, False), run(True)]) == 2


def test_the_list_says_what_failed():
    page = Page("Title", {"claim-00-sum": "The sum is 2."}, [run(True), run(False)])
    lines = list(listed(page))
    assert "[The experiment](#claim-00-sum) held in 1 of 2 runs under other seeds." in lines
    assert in_short([page]) == "1 claims on 1 pages; 0 of 1 that were tried held in every run."
    assert any(line.startswith("| `total` | > 1 |") for line in lines)


def test_a_page_that_has_changed_has_no_numbers(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(TEXT + "\n```{code-cell} ipython3\nassert True\n```\n")
    (tmp_path / "page.jsonl").write_text('{"code": "of another page", "offset": 1000, "machine": {}}\n')
    page = page_of(path, tmp_path)
    assert (page.title, page.runs) == ("A title", [])
    assert any("has changed since it was last tried" in line for line in listed(page))
    assert in_short([page]).endswith("0 of 0 that were tried held in every run.")


def test_numbers_are_those_of_the_stored_runs():
    path = BOOK / "chapters" / "07-why-it-circles.md"
    page = page_of(path)
    assert len(page.runs) == len({run["offset"] for run in page.runs}) * len({str(r["machine"]) for r in page.runs}) > 0
    assert {run["code"] for run in page.runs} == {what_we_claim.code_digest(what_we_claim.read(path))}


FIRST_GAN, NORMAL = BOOK / "chapters" / "06-first-gan.md", BOOK / "is-this-normal.md"


def values(path, what):
    """What each run of a page measured under this name, one value a run."""
    found = [
        {number["value"] for note in run["asserts"] for number in note["measured"] if number["what"] == what}
        for run in page_of(path).runs
    ]
    return [value for (value,) in found]


def test_a_bump_goes_missing_as_often_as_chapters_6_and_8_say():
    games = values(FIRST_GAN, "shared.sum()")
    missing = WORDS[sum(shared < 3 for shared in games)]
    assert min(games) == 2  # one of the three misses a bump
    said = f"in {missing} of {len(games)} repetitions one of them had less than 30 % of its fakes at one of the bumps"
    assert said in FIRST_GAN.read_text(encoding="utf-8")
    said = f"in {missing} of {WORDS[len(games)]} repetitions: one of two bumps got less than 30 % of the fakes"
    assert said in (BOOK / "chapters" / "08-mode-collapse.md").read_text(encoding="utf-8")


def test_chance_changes_the_fall_of_the_spread_as_much_as_its_claim_says():
    ratios = values(FIRST_GAN, "late_ratio")
    low, high = min(ratios), max(ratios)
    said = f"in {len(ratios)} repetitions with other seeds was {low:.2f} to {high:.2f} times the prediction"
    assert said in page_of(FIRST_GAN).claims["claim-06-spread-falls"]


def test_one_of_eight_runs_ends_far_from_the_data_as_often_as_the_page_says():
    ratios, text = values(NORMAL, "ends.max() / ends.min()"), NORMAL.read_text(encoding="utf-8")
    far = [ratio for ratio in ratios if ratio > 8]  # without one bump of two
    often = f"in {WORDS[len(far)]} of {WORDS[len(ratios)]} repetitions"
    assert f"{often} with other seeds at least one of eight runs like A ended far from the data" in text
    assert f"{often} of these eight runs with other seeds ({{doc}}`what-we-claim`) the worst ended" in text
    assert f"the worst ended {min(far):.0f} to {max(far):.0f} times as far from the data as the best" in text
