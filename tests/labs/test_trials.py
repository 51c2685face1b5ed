"""The trials lab shows the stored study of chapter 12, and computes what the study computed."""

import json
import re
from pathlib import Path

import pytest
from scipy.stats import t as student

from ganlab import labs

ROOT = Path(__file__).parents[2]
COPIES = [ROOT / "src/ganlab/static/trials.js", ROOT / "book/_static/trials.js"]
STUDY = json.loads((ROOT / "src/ganlab/static/trials.json").read_text(encoding="utf-8"))["trials"]
TESTED = [row for row in STUDY if row["trick"] != "none"]


def ask(node, rows, *more):
    """States of the lab with these trials shown."""
    keys = ("target", "baseline", "trick")
    runs = [
        {"tag": "trials-lab", "params": {key: row[key] for key in keys}, "actions": [*more, ["show", 1]]}
        for row in rows
    ]
    return node("lab", runs)


def test_both_files_hold_the_study():
    first, second = (copy.read_text(encoding="utf-8") for copy in COPIES)
    assert first == second == labs.TrialsLab()._cargo
    assert len(first) < 80_000
    stored = json.loads(first.partition("ganlabTrials = ")[2].rstrip().rstrip(";"))["trials"]
    keys = ("target", "baseline", "trick", "values", "cost", "equal_time")
    assert stored == [{key: row[key] for key in keys if key in row} for row in STUDY]


def test_the_lab_offers_the_tricks_of_the_study_and_no_others():
    assert set(labs.TRICKS) == {row["trick"] for row in TESTED}


def test_ratios_and_intervals_are_those_of_the_study(node):
    for row, state in zip(TESTED, ask(node, TESTED), strict=True):
        found = state["metrics"]
        name = (row["target"], row["baseline"], row["trick"])
        assert [found[key] for key in ("ratio", "low", "high")] == pytest.approx(
            [row[key] for key in ("ratio", "low", "high")], rel=2e-3, abs=6e-4
        ), name
        assert found["cost"] == row["cost"]


def test_intervals_for_all_tests_are_those_of_the_study(node):
    for row, state in zip(TESTED, ask(node, TESTED, ["all", True]), strict=True):
        assert [state["metrics"][key] for key in ("low", "high")] == pytest.approx(
            [row["low_all"], row["high_all"]], rel=2e-3, abs=6e-4
        )


def test_quantiles_are_those_of_scipy(node):
    cases = [
        {"level": level, "freedom": freedom} for level in (0.5, 0.05, 0.05 / 128, 1e-6) for freedom in (1, 2, 4, 7, 31)
    ]
    expected = [student.ppf(1 - case["level"] / 2, case["freedom"]) for case in cases]
    assert node("student", cases) == pytest.approx(expected, rel=1e-7)


def test_the_page_of_labs_counts_the_tests_of_the_study():
    text = (ROOT / "book/labs.md").read_text(encoding="utf-8")
    text = text.partition("## Tricks on trial")[2].partition("\n## ")[0]
    assert f"none of the {len(TESTED)} trials of the study" in text
    assert f"a twentieth of {len(TESTED)} is {len(TESTED) / 20:.1f}." in text


def test_sharing_the_level_makes_intervals_longer_as_the_page_of_labs_says(node):
    cases = [{"level": level, "freedom": n - 1} for n in (32, 5) for level in (0.05, 0.05 / len(TESTED))]
    many, many_all, few, few_all = node("student", cases)
    assert round(many_all / many) == 2
    assert round(few_all / few) == 4


def tries():
    """The items below "Try it" in chapter 12, by their numbers."""
    text = (ROOT / "book/chapters/12-tricks-on-trial.md").read_text(encoding="utf-8")
    box = text.partition("{admonition} Try it\n")[2].partition("::::")[0]
    return dict(re.findall(r"^(\d)\. (.*)$", box, re.M))


def ends(node, trick, *actions, baseline="plain"):
    """Both ends of the interval that the lab shows on the ring."""
    (state,) = ask(node, [{"target": "ring", "baseline": baseline, "trick": trick}], *actions)
    return state["metrics"]["low"], state["metrics"]["high"]


def test_one_interval_for_all_tests_contains_1_as_chapter_12_says(node):
    alone, shared = (ends(node, "one-sided smoothing", ["all", together]) for together in (False, True))
    assert alone[1] < 1
    assert shared[0] < 1 < shared[1]
    assert (
        "ask for *one-sided smoothing*. The interval leaves out 1. Now ask for *an interval for all tests at once*: "
        "the same runs decide nothing."
    ) in tries()["1"]


def test_falling_rates_show_with_three_seeds_and_not_with_two_as_chapter_12_says(node):
    before = ["all", True], ["show", 1]  # as the item above leaves the lab
    shared = ends(node, "falling rates", *before, ["seeds", 3])
    assert shared[0] < 1 < shared[1]
    three, two = (ends(node, "falling rates", *before, ["all", False], ["seeds", seeds]) for seeds in (3, 2))
    assert three[1] < 1
    assert two[0] < 1 / 4
    assert two[1] > 3 / 2
    assert (
        "Switch *an interval for all tests at once* off again, stay there with *falling rates*, and count fewer seeds. "
        "The effect is large enough to show with three; with two the interval reaches from less than a quarter to more "
        "than one and a half."
    ) in tries()["2"]


def test_few_coordinates_are_sure_with_32_seeds_and_not_with_five_as_chapter_12_says(node):
    sure, open_ = (ends(node, "few coordinates in z", ["seeds", seeds]) for seeds in (32, 5))
    assert sure[1] < 1 < open_[1]
    assert (
        "*few coordinates in z*, and again count fewer seeds: what is sure with 32 is undecided with five."
    ) in tries()["3"]


def test_one_line_of_r1_falls_more_steeply_than_the_others_as_chapter_12_says():
    base, changed = (
        next(
            row["values"]
            for row in STUDY
            if (row["target"], row["baseline"], row["trick"]) == ("digits", "plain", trick)
        )
        for trick in ("none", "R1")
    )
    lines = sorted((after / before, before) for before, after in zip(base, changed, strict=True))
    assert lines[0][0] < 0.6 * lines[1][0]
    assert lines[0][1] == max(base)
    assert f"the seed on which the baseline ended at {max(base):.0f};" in tries()["4"]


def test_ours_has_more_to_lose_by_momentum(node):
    plain, ours = (ends(node, "β₁ = 0.9", baseline=baseline) for baseline in ("plain", "ours"))
    assert 1 < plain[0] < plain[1] < ours[0]
    assert "Predict $\\beta_1 = 0.9$ on the ring, for both baselines." in tries()["5"]
