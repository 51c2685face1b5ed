"""The benchmark of chapter 9's games: equal effort of tuning, and the page quotes what it stored."""

import math
from pathlib import Path
from unittest.mock import patch

import pytest
from in_words import WORDS
from loading import load_script

FOLDER = Path(__file__).parents[2] / "benchmarks" / "games"
games = load_script(FOLDER / "run.py")


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


def test_the_page_plays_the_toy_at_the_settings_chosen(page):
    text, toy = games.PAGE.read_text(encoding="utf-8"), games.study.Results(FOLDER / "toy.json")
    for name in page["games"]():
        rate, strength = games.best_on_toy(toy, name)
        written = {0.003: "3e-3", 0.01: "1e-2", 0.001: "1e-3", 0.0003: "3e-4"}[rate]
        assert f'"{name}": ({written}, {strength:.1f}),' in text


def test_the_toy_is_as_the_page_says(page):
    text, toy, seeds = games.PAGE.read_text(encoding="utf-8"), games.study.Results(FOLDER / "toy.json"), range(8)
    with patch.dict(page, two_bumps=page["toys"].gaussian_mixture([-2.0, 2.0], std=0.5)):
        distances = {}
        for name, game in page["games"]().items():
            rate, strength = games.best_on_toy(toy, name)
            G = page["play_crowd"](game, seeds, rate=rate, strength=strength)
            distances[name] = page["distance_to_data"](G, seeds)
    least_squares = sorted(distances.pop("least squares").tolist())
    medians = [each.median() for each in distances.values()]
    others = [d for d in least_squares if d < 1.5]
    low, *_, high = [d for d in least_squares if d >= 1.5]
    far, near = WORDS[len(least_squares) - len(others)], WORDS[len(others)]
    assert f"On {far} of the eight seeds its fakes are still {low:.1f} to {high:.1f} away from the data" in text
    assert f"on the other {near}, too, they are farther away than the median of every other game" in text
    assert min(others) > max(medians)
    assert "their medians lie within a factor of two, and the dots of each overlap with those of the others" in text
    assert max(medians) < 2 * min(medians)
    assert max(each.min() for each in distances.values()) < min(each.max() for each in distances.values())


def test_the_sentence_about_hinge_on_the_toy_quotes_its_tuning():
    rows = games.study.Results(FOLDER / "toy.json").find(name="hinge")
    (nearest, best), (near, rate), *_ = sorted((row["distance"], row["rate"]) for row in rows)
    said = f"hinge with rates of {rate} and {best} was so close there ({near} and {nearest})"
    assert said in games.PAGE.read_text(encoding="utf-8")


def test_the_seed_alone_changes_the_score_as_much_as_the_page_says(page, results):
    names = games.names(page)
    spans = {name: (scores := results.scores(name, games.SHORT))[-1] - scores[0] for name in names}
    medians = [results.middle(name, games.SHORT) for name in names]
    hinge, (least, *others, most) = spans.pop("hinge"), sorted(spans.values())
    assert (
        f"the seed alone changes the score by {least:.0f} to {most:.0f} in {WORDS[len(others) + 2]} of the games and "
        f"by {hinge:.0f} in hinge, while the medians of the {WORDS[len(names)]} in the second table differ by "
        f"{max(medians) - min(medians):.0f} at most"
    ) in games.PAGE.read_text(encoding="utf-8")


def test_the_sentences_about_the_games_follow_from_what_is_stored(page, results):
    text, names = games.PAGE.read_text(encoding="utf-8"), games.names(page)

    def within(penalised, steps):
        tried = [results.tuning(name, steps) for name in names if (name in games.STRENGTHS) == penalised]
        spans = [max(row["score"] for row in rows) / min(row["score"] for row in rows) for rows in tried]
        return len(spans), min(spans), max(spans)

    def between(steps):
        best = [min(row["score"] for row in results.tuning(name, steps)) for name in names]
        middle = [results.middle(name, steps) for name in names]
        return max(best) / min(best), max(middle) / min(middle)

    _, least, most = within(penalised=False, steps=games.LONG)
    assert f"differ by a factor of {least:.0f} to {most:.0f} in the games without a penalty" in text
    count, least, most = within(penalised=True, steps=games.LONG)
    assert count == 3
    assert f"and by {least:.1f} to {most:.1f} in the three with one" in text
    best, middle = between(games.LONG)
    assert f"within a factor of {best:.1f} of each other, and the medians of the table within {middle:.1f}" in text
    best, middle = between(games.SHORT)
    assert f"After ten seconds these two factors were {best:.1f} and {middle:.1f}" in text
    cost = results.cost("relativistic, R1, R2") / results.cost("non-saturating")
    assert f"costs the most ({cost:.1f} times the CPU time of the plain game" in text
    last = min(results.scores("Wasserstein, GP", games.LONG))
    others = max(max(results.scores(name, games.LONG)) for name in names if name != "Wasserstein, GP")
    assert f"its best run scores {last:.0f}, the worst run of all the others {others:.0f}" in text
    low, *_, fourth, high = results.scores("hinge", games.SHORT)
    below = math.floor(fourth) + 1
    assert f"its five runs scored between {low:.0f} and {high:.0f}, four of them below {below}" in text
    short, long = (results.find(name="non-saturating", seed=100, rate=0.01, steps=n)[0]["score"] for n in games.LENGTHS)
    assert f"{short:.0f} after ten seconds, the best of the four, and {long:.0f} after a minute" in text
