"""The benchmark of chapter 9's games: equal effort of tuning, and the page quotes what it stored."""

import importlib.util
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks" / "games"
# Under a name of its own: another benchmark has a file `run.py`, too.
SPEC = importlib.util.spec_from_file_location("games_run", FOLDER / "run.py")
games = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(games)


@pytest.fixture(scope="module")
def page():
    return games.page()


@pytest.fixture(scope="module")
def results():
    return games.Results(FOLDER / "results.json")


def test_every_game_tries_as_many_settings(page):
    assert {len(games.settings(name)) for name in games.names(page)} == {4}


@pytest.mark.parametrize("steps", games.LENGTHS)
def test_a_game_was_tuned_on_all_its_settings(page, results, steps):
    for name in games.names(page):
        tried = [(row["rate"], row["strength"]) for row in results.tuning(name, steps)]
        assert sorted(tried) == sorted(games.settings(name))


@pytest.mark.parametrize("steps", games.LENGTHS)
def test_the_page_quotes_the_stored_scores(page, results, steps):
    assert games.table(results, games.names(page), steps) in games.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("steps", games.LENGTHS)
def test_every_game_was_played_on_all_seeds(page, results, steps):
    for name in games.names(page):
        played = [row for row in results.runs(name, steps) if row["seed"] in games.SEEDS]
        assert [row["seed"] for row in played] == list(games.SEEDS)
        assert {(row["rate"], row["strength"]) for row in played} == {results.best(name, steps)}


def test_the_page_plays_the_toy_at_the_settings_chosen(page, results):
    text = games.PAGE.read_text(encoding="utf-8")
    for name in page["games"]():
        rate, strength = results.best_on_toy(name)
        written = {0.003: "3e-3", 0.01: "1e-2", 0.001: "1e-3", 0.0003: "3e-4"}[rate]
        assert f'"{name}": ({written}, {strength:.1f}),' in text
