"""The benchmark of chapter 8's treatments: equal effort of tuning, and the page quotes what it stored."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks" / "collapse"
# Under a name of its own: other benchmarks have a file `run.py`, too.
SPEC = importlib.util.spec_from_file_location("collapse_run", FOLDER / "run.py")
collapse = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(collapse)


@pytest.fixture(scope="module")
def page():
    return collapse.choices.page_functions(collapse.PAGE)


@pytest.fixture(scope="module")
def results():
    return collapse.Results(FOLDER / "results.json")


def test_every_treatment_tries_as_many_settings():
    assert {len(set(collapse.settings(name))) for name in collapse.TREATMENTS} == {4}


def test_the_page_quotes_the_stored_results(results):
    assert collapse.table(results) in collapse.PAGE.read_text(encoding="utf-8")


def test_treatments_are_played_on_as_many_members_none_of_which_was_used_for_tuning(results):
    rows = [results.final(name) for name in collapse.finished(results)]
    assert {row["members"] for row in rows} == {collapse.MEMBERS}
    assert {row["seed"] for row in rows} == {collapse.SEED} != {collapse.TUNING_SEED}


def test_each_look_holds_every_member(results):
    for row in results.rows:
        looks = row["steps"] // collapse.LOOK_EVERY
        for what in ("near", "kept", "good"):
            assert [len(look) for look in row[what]] == [row["members"]] * looks


def test_a_kept_mode_is_near(results):
    assert not [
        row for row in results.rows for pair in zip(row["near"], row["kept"], strict=True)
        for near, kept in zip(*pair, strict=True) if kept & ~near
    ]  # fmt: skip


@pytest.mark.parametrize("name", collapse.TREATMENTS)
def test_every_treatment_plays(page, name, monkeypatch):
    monkeypatch.setattr(collapse, "LOOK_EVERY", 2)
    row = collapse.play(page, name, "ring", collapse.settings(name)[-1], members=2, steps=2, seed=0)
    assert [len(row[what]) for what in ("near", "kept", "good")] == [1, 1, 1]


def test_masks_become_bits_with_mode_0_last():
    assert collapse.bits(torch.tensor([[True, False, False], [False, True, True]])) == [1, 6]
    assert collapse.counts([1, 6]) == [1, 2]


def test_what_is_stored_is_not_measured_again(tmp_path):
    results = collapse.Results(tmp_path / "rows.json")
    key = {"treatment": "plain", "seed": 1}
    results.add(key, lambda: {"kept": 5})
    again = collapse.Results(tmp_path / "rows.json")
    again.add(key, lambda: {"kept": 6})
    assert json.loads(again.path.read_text())["rows"] == [key | {"kept": 5}]
