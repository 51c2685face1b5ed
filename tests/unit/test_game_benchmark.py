"""The benchmark of chapter 9's games: equal effort of tuning, and the page quotes what it stored."""

import importlib.util
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks" / "games"
# Under a name of its own: another benchmark has a file `run.py`, too.
SPEC = importlib.util.spec_from_file_location("games_run", FOLDER / "run.py")
games = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(games)


@pytest.fixture(scope="module")
def page():
    return games.choices.page_functions(games.PAGE)


@pytest.fixture(scope="module")
def results():
    return games.Results(FOLDER / "results.json")


def test_every_game_tries_as_many_settings(page):
    assert {len(games.settings(name)) for name in games.names(page)} == {4}


def test_every_game_was_tuned_on_all_its_settings(page, results):
    for name in games.names(page):
        tried = {(r["rate"], r["strength"]) for r in results.rows if r["name"] == name and r["seed"] == 100}
        assert tried == set(games.settings(name))


def test_the_page_quotes_the_stored_scores(page, results):
    assert games.table(results, games.names(page)) in games.PAGE.read_text(encoding="utf-8")


def test_every_game_was_played_on_the_same_seeds(page, results):
    assert len({len(results.scores(name)) for name in games.names(page)}) == 1


def test_the_page_plays_the_toy_at_the_settings_chosen(page, results):
    text = games.PAGE.read_text(encoding="utf-8")
    for name in page["games"]():
        rate, strength = results.best_on_toy(name)
        written = {0.003: "3e-3", 0.01: "1e-2", 0.001: "1e-3", 0.0003: "3e-4"}[rate]
        assert f'"{name}": ({written}, {strength:.1f}),' in text


def test_what_is_stored_is_not_measured_again(tmp_path):
    results = games.Results(tmp_path / "rows.json")
    key = {"name": "hinge", "seed": 1, "rate": 0.1, "strength": 0.0}
    results.add(key, lambda: {"score": 5.0})
    again = games.Results(tmp_path / "rows.json")
    again.add(key, lambda: {"score": 6.0})
    assert json.loads(again.path.read_text())["rows"] == [key | {"score": 5.0}]
