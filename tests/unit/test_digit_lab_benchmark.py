"""Chapter 10 and the page of labs quote the stored runs of the digit lab, and a run comes out again."""

from pathlib import Path
from statistics import median

import pytest
import torch
from in_words import WORDS
from loading import load_script
from needs import needs_node

from ganlab import metrics

ROOT = Path(__file__).parents[2]
study = load_script(ROOT / "benchmarks" / "digit_lab" / "run.py")
CHAPTER, LABS = ((ROOT / "book" / name).read_text(encoding="utf-8") for name in ("chapters/10-digits.md", "labs.md"))
TWELVE = f"On {WORDS[len(study.SEEDS)]} seeds that this page does not show,"
PAIRS = pytest.mark.parametrize("networks", study.EQUAL_TIME)


@pytest.fixture(scope="module")
def results():
    return study.Results(study.FILE)


@pytest.fixture(scope="module")
def seen(results):
    """`seen(name, settings, step)`: what was measured on each seed, shares in percent."""

    def values(name, settings, step, seeds=study.SEEDS):
        unit = 1 if name == "g" else 100
        return [unit * value for value in study.seen(results, settings, seeds, name, step)]

    return values


def span(values, digits=0):
    """Lowest and highest, as the pages write them."""
    return " to ".join(f"{value:.{digits}f}" for value in (min(values), max(values)))


def test_every_run_of_the_plan_is_stored_once(results):
    assert all(len(results.find(**key)) == 1 for key in study.plan())
    assert len(study.plan()) == len(results.rows)


def again(results, networks, *, scored):
    """The first hundred steps of a stored run, as stored and played again."""
    seed = study.SCORED_SEEDS[0]
    (stored,) = results.find(settings=study.own(networks), seed=seed)
    return stored, study.measure({"settings": study.own(networks), "seed": seed, "steps": 100, "scored": scored})


@needs_node
@PAIRS
def test_a_run_comes_out_again_to_the_last_digit(results, networks):
    stored, found = again(results, networks, scored=False)
    del found["ms_a_step"]
    assert found == {name: stored[name][:1] for name in found}
    assert len(found) == 7


@needs_node
def test_what_is_scored_are_2000_fakes_that_show_what_g_was_told(results, monkeypatch):
    judge, seen = metrics.digit_judge(), []
    monkeypatch.setattr(metrics, "digit_score", lambda images: seen.append(images) or 5.04)
    stored, found = again(results, "convolutional", scored=True)
    (images,) = seen
    assert images.shape == (2000, 1, 28, 28)
    read = judge.head(judge.features(images[-200:])).argmax(dim=1)
    share = (read == torch.arange(200) % 10).double().mean().item()
    assert share == pytest.approx(stored["agreement"][0], abs=0.1)
    assert found["scores"] == [5.0]


def test_mismatched_pairs_make_g_obey_as_chapter_10_says(seen):
    on, off = (seen("agreement", settings, 600) for settings in (study.CONVOLUTIONAL, {"mismatch": False}))
    assert max(off) < min(on)
    assert (
        f"{TWELVE} the judge read the digit that $G$ was told in {span(on)} % of the fakes after 600 steps; with the "
        f"switch off it was {span(off)} % on the same seeds, on each of them less than with it."
    ) in CHAPTER


def test_speckles_are_as_frequent_as_chapter_10_says(seen):
    raw, averaged = (seen(name, study.DENSE, 600) for name in ("bright", "averaged"))
    assert (
        f"{TWELVE} between {min(raw):.1f} and {max(raw):.1f} % of these pixels were brighter than a quarter of the way "
        f"to white after 600 steps, and with averaged weights at most {max(averaged):.1f} %."
    ) in CHAPTER
    convolutional = seen("bright", study.CONVOLUTIONAL, 600)
    assert (
        f"with the convolutional pair, on the same {WORDS[len(study.SEEDS)]} seeds and without any average, at most "
        f"{max(convolutional):.1f} % of these pixels were that bright"
    ) in CHAPTER


def test_falling_rates_cure_as_few_dense_pairs_as_chapter_10_says(seen):
    constant, fallen = (seen("bright", study.DENSE | fall, 2000) for fall in ({}, {"fall": 2000}))
    ratios = [after / before for after, before in zip(fallen, constant, strict=True)]
    smaller, halved = (WORDS[sum(ratio < most for ratio in ratios)] for most in (1, 0.5))
    larger = WORDS[sum(ratio > 1 for ratio in ratios)]
    averaged = seen("averaged", study.DENSE, 2000)
    assert (
        f"On the same {WORDS[len(study.SEEDS)]} seeds we let the rates fall to a twentieth over 2000 steps. Compared "
        f"with constant rates, the share of bright pixels was smaller on {smaller} of them, on {halved} less than half "
        f"as large, and larger on the other {larger}. It was {span(fallen, 1)} % instead of {span(constant, 1)} %; "
        f"with constant rates and averaged weights it was at most {max(averaged):.1f} %."
    ) in CHAPTER


def test_scores_at_equal_time_are_those_that_chapter_10_states(results):
    rows = [study.scored(results, networks) for networks in study.EQUAL_TIME]
    convolutional, dense = ([row["scores"][-1] for row in each] for each in rows)
    seconds = [row["steps"] * row["ms_a_step"] / 1000 for each in rows for row in each]
    low, high = (WORDS[round(found)] for found in (min(seconds), max(seconds)))
    steps, dense_steps = study.EQUAL_TIME.values()
    assert (
        f"On {WORDS[len(study.SCORED_SEEDS)]} seeds that this page does not show, we gave the convolutional pair "
        f"{steps} steps and the dense one {dense_steps}, which took our processor {low} to {high} seconds each, and "
        "scored 2000 fakes of each run as above."
    ) in CHAPTER
    assert (
        f"The scores were {span(convolutional)} with convolutions and {span(dense)} without, where each pair had the "
        f"learning rates with the best mean score of {WORDS[len(study.RATES_G) * len(study.RATES_D)]} choices on "
        f"{WORDS[len(study.TUNING_SEEDS)]} other seeds."
    ) in CHAPTER
    costs = [median(row["ms_a_step"] for row in each) for each in rows]
    assert round(costs[0] / costs[1]) == 2
    assert "although each of its steps costs twice as much" in CHAPTER


def test_each_pair_has_the_rates_that_were_best_in_the_tuning(results):
    best = {networks: next(iter(study.tuned(results, networks))) for networks in study.EQUAL_TIME}
    rate_g, rate_d = best["convolutional"]
    assert f"with rates that stay where they are, at {rate_g} for $G$ and at {rate_d} for $D$." in CHAPTER
    rate_g, rate_d = best["dense"]
    assert f"and rates of {rate_g} and {rate_d}." in CHAPTER
    assert (rate_g, rate_d) == (study.DENSE["lr_g"], study.DENSE["lr_d"])


def test_fakes_of_a_hundred_digits_are_copies_as_the_page_of_labs_says(seen):
    copies = seen("copies", {"share": "100"}, 300, study.COPIED_SEEDS)
    assert (
        f"On {WORDS[len(copies)]} seeds that no page shows, {span(copies)} of the hundred fakes that were compared "
        "were copies after 300 steps."
    ) in LABS
    assert abs(median(seen("copies", study.CONVOLUTIONAL, 600)) - 50) < 10
    assert "without any copying that happens to every second fake" in LABS


def test_the_loss_and_the_clock_show_a_d_too_strong_and_the_judge_does_not(results, seen):
    strong, usual = {"fault": "strong"}, study.CONVOLUTIONAL
    read, losses = (
        [seen(name, settings, 200, study.STRONG_SEEDS) for settings in (strong, usual)] for name in ("agreement", "g")
    )
    assert (
        f"After 200 steps the judge read {span(read[0])} per cent of the digits on {WORDS[len(read[0])]} seeds that no "
        f"page shows, about as many as with the usual settings, where it was {span(read[1])}. What shows such a $D$ is "
        f"the loss of $G$, {span(losses[0], 1)} instead of {span(losses[1], 1)}, and the clock"
    ) in LABS
    assert abs(median(read[0]) - median(read[1])) < 3
    slow, quick = (
        median(row["ms_a_step"] for row in results.find(settings=settings, steps=200)) for settings in (strong, usual)
    )
    assert slow > 4 * quick
