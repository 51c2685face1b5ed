"""The benchmark of chapter 9's games: equal effort of tuning, and the page quotes what it stored."""

import importlib.util
import json
import statistics
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


@pytest.mark.parametrize("steps", [games.STEPS, games.LONG])
def test_a_game_was_tuned_on_all_its_settings(page, results, steps):
    for name in games.names(page) if steps == games.STEPS else games.LONGER:
        tried = [(row["rate"], row["strength"]) for row in results.tuning(name, steps)]
        assert sorted(tried) == sorted(games.settings(name))


def test_the_page_quotes_the_stored_scores(page, results):
    assert games.table(results, games.names(page)) in games.PAGE.read_text(encoding="utf-8")


def test_every_game_was_played_on_all_seeds(page, results):
    for name in games.names(page):
        played = [row for row in results.runs(name) if row["seed"] in games.SEEDS]
        assert [row["seed"] for row in played] == list(games.SEEDS)
        assert {(row["rate"], row["strength"]) for row in played} == {results.best(name)}


def test_the_sentences_about_the_games_follow_from_what_is_stored(page, results):
    text, names = games.PAGE.read_text(encoding="utf-8"), games.names(page)
    tried = {name: [row["score"] for row in results.tuning(name)] for name in names}
    within = [scores[-1] / scores[0] for scores in tried.values()]
    best = [scores[0] for scores in tried.values()]
    middle = [statistics.median(results.scores(name)) for name in names]
    cost = results.cost("relativistic, R1, R2") / results.cost("non-saturating")
    assert f"differ by a factor of {min(within):.1f} to {max(within):.0f}" in text
    assert f"best settings of all seven games lie within a factor of {max(best) / min(best):.1f} of each other" in text
    assert f"medians of the table within a factor of {max(middle) / min(middle):.1f}" in text
    assert f"costs the most ({cost:.1f} times the CPU time of the plain game" in text
    for name in games.LONGER:
        long, short = (results.tuning(name, steps)[0]["score"] for steps in (games.LONG, games.STEPS))
        assert f"{long:.0f} instead of {short:.0f}" in text


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
