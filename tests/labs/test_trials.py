"""The trials lab shows the stored study of chapter 12, and computes what the study computed."""

import json
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
