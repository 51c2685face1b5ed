"""The study of chapter 12: recipes do what their names say, effects are right, the page shows what is stored."""

import math
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from loading import load_script
from scipy import stats
from torch import nn

from ganlab.losses import nonsaturating_d
from ganlab.networks import DCDiscriminator, DCGenerator
from ganlab.steps import discriminator_step
from ganlab.training import TrainingDiverged

ROOT = Path(__file__).parents[2]
run = load_script(ROOT / "benchmarks" / "tricks" / "run.py")
page = run.page()


@pytest.fixture(scope="module")
def results():
    return run.Results(run.HERE / "results.json")


# What is stored, and what the page shows of it


def test_the_page_has_the_table_of_verdicts():
    assert run.verdict_table(run.stored()["trials"]) in run.PAGE.read_text(encoding="utf-8")


def test_page_and_lab_read_what_the_study_writes():
    assert f"{run.TRIALS.parent.name}/{run.TRIALS.name}" in run.PAGE.read_text(encoding="utf-8")
    assert run.TRIALS.relative_to(ROOT).as_posix() in (ROOT / "labs" / "build.mjs").read_text(encoding="utf-8")


def test_the_stored_trials_follow_from_the_runs(results):
    assert run.stored() == {"trials": run.trials(results), "few": run.few(results)}


@pytest.mark.parametrize("target", run.TARGETS)
def test_every_recipe_has_played_on_all_seeds(target):
    rows = {(row["baseline"], row["trick"]): row for row in run.stored()["trials"] if row["target"] == target}
    assert rows.keys() == run.recipes(target).keys()
    assert len({len(row["values"]) for row in rows.values()}) == 1


# Recipes


@pytest.mark.parametrize(
    ("target", "names"), [(target, names) for target in run.TARGETS for names in run.recipes(target)]
)
def test_a_trick_exchanges_one_part(target, names):
    recipe, base = run.recipes(target)[names], run.recipes(target)[names[0], run.NONE]
    changed = {field.name for field in fields(recipe) if getattr(recipe, field.name) != getattr(base, field.name)}
    if names[1].startswith("BatchNorm in D"):
        assert changed <= {"make_d", "penalty", "d_step"}
    else:
        assert len(changed) == (names[1] != run.NONE)


def gradients(step):
    """What a step of D writes into the gradients."""
    torch.manual_seed(0)
    G, D = nn.Linear(3, 4).double(), nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 1)).double()
    real, z = torch.randn(6, 4).double(), torch.randn(6, 3).double()
    loss = step(G, D, torch.optim.SGD(D.parameters(), lr=0.1), real, z, loss=page["smoothed"](0.9, 0.1))
    return [loss, *(p.grad for p in D.parameters())]


def test_separate_passes_leave_the_gradient_of_one():
    torch.testing.assert_close(gradients(page["separate_passes"]), gradients(discriminator_step), atol=1e-14, rtol=0)


def test_a_mixed_batch_leaves_another():
    mixed, plain = gradients(page["one_mixed_batch"]), gradients(discriminator_step)
    assert not torch.allclose(mixed[1], plain[1], atol=1e-3)


@pytest.mark.parametrize(("logit", "moves"), [(0.0, True), (3.0, False)])
def test_d_rests_while_its_loss_is_low(logit, moves):
    D = nn.Linear(1, 1)
    nn.init.constant_(D.weight, logit)
    nn.init.zeros_(D.bias)
    ones = torch.ones(4, 1)
    opt_d = torch.optim.SGD(D.parameters(), lr=0.1)
    page["resting"](lambda z: -z, D, opt_d, ones, ones, loss=nonsaturating_d)
    assert (D.weight.item() != logit) is moves


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (page["mislabelled"](0.05), (0.95, 0.05)),
        (page["soft_labels"], (0.95, 0.15)),
        (page["smoothed"](0.9), (0.9, 0.0)),
    ],
)
def test_random_labels_are_smoothed_ones_on_average(loss, targets):
    torch.manual_seed(0)
    real, fake = torch.full((200_000, 1), 2.0), torch.full((200_000, 1), -1.0)
    smooth = page["smoothed"](*targets)(real, fake)
    torch.testing.assert_close(loss(real, fake), smooth, atol=5e-3, rtol=0)


def test_augmented_images_are_shifted_and_covered():
    torch.manual_seed(0)
    x = torch.linspace(-0.9, 0.9, 784).view(1, 1, 28, 28).expand(50, -1, -1, -1).clone().requires_grad_()
    seen = page["augmented"](x, 0.0)
    new = (seen == -1).flatten(1).sum(1)
    assert seen.shape == x.shape
    assert torch.isin(seen[seen > -1], x).all()
    assert 25 <= new.min() <= new.max() <= 81 + 28 * 6
    assert len(seen.flatten(1).unique(dim=0)) > 40
    seen.sum().backward()
    assert (x.grad.flatten(1).sum(1) == 784 - new).all()


@pytest.mark.parametrize(("used", "spread"), [(0.0, 1.0), (0.25, 0.5), (0.5, 0.0), (0.9, 0.0)])
def test_the_noise_is_gone_half_way(used, spread):
    torch.manual_seed(0)
    assert abs(page["fading_noise"](torch.zeros(10_000), used).std().item() - spread) < 0.02


def test_dropout_in_g_stays_on():
    torch.manual_seed(0)
    G = page["dropout_in_g"]().eval()
    z = torch.randn(1, 16)
    assert not torch.equal(G(z), G(z))


def test_a_virtual_batch_does_not_look_at_companions():
    torch.manual_seed(0)
    G, z = page["VirtualGenerator"](), torch.randn(8, 16)
    torch.testing.assert_close(G(z)[:1], G(z[:1]), atol=1e-5, rtol=0)


def test_the_batch_spread_is_0_for_equal_rows_and_1_for_standard_normal_ones():
    torch.manual_seed(0)
    assert page["BatchSpread"]()(torch.ones(5, 3))[0, 3] < 1e-3
    assert abs(page["BatchSpread"]()(torch.randn(10_000, 3))[0, 3] - 1) < 0.02


def kinds(network):
    return {type(layer) for layer in network.modules()}


@pytest.mark.parametrize(
    ("trick", "make", "has", "lacks"),
    [
        ("dropout in D", "make_d", nn.Dropout, nn.Dropout2d),
        ("BatchNorm in D", "make_d", nn.BatchNorm2d, nn.BatchNorm1d),
        ("no BatchNorm in G", "make_g", nn.Identity, nn.BatchNorm2d),
        ("ReLU in D", "make_d", nn.ReLU, nn.LeakyReLU),
        ("virtual BatchNorm in G", "make_g", page["VirtualBatchNorm"], nn.BatchNorm2d),
    ],
)
def test_layers_are_exchanged(trick, make, has, lacks):
    recipe = run.recipes("digits")["plain", trick]
    network = getattr(recipe, make)()
    assert has in kinds(network)
    assert lacks not in kinds(network)
    assert network(torch.zeros(2, 16) if make == "make_g" else torch.zeros(2, 1, 28, 28)).shape[0] == 2


def test_spectral_norm_is_about_one():
    D = run.recipes("digits")["plain", "spectral norm in D"].make_d()
    assert abs(torch.linalg.matrix_norm(D.logit.weight, 2).item() - 1) < 0.05


def test_uniform_noise_is_uniform():
    z = page["uniform"](torch.randn(5000, generator=torch.Generator().manual_seed(0)))
    assert stats.kstest(z.numpy(), stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_widths_change_the_size_of_d_only():
    sizes = [
        sum(p.numel() for p in recipe.make_d().parameters())
        for recipe in (run.recipes("digits")["ours", trick] for trick in ("D half as wide", "none", "D twice as wide"))
    ]
    assert 3 * sizes[0] < sizes[1] < sizes[2] / 3


def test_the_average_lags_behind_by_a_twentieth_of_the_run():
    average = page["running_average"](nn.Linear(1, 1), 200)
    assert average.decay == pytest.approx(0.5 ** (1 / 10))


# Measures


def test_the_data_are_in_their_place():
    ring = page["ring_of_8"]()
    assert page["misplaced"](ring.sample(2000, generator=torch.Generator().manual_seed(0)), ring) < 0.05


@pytest.mark.parametrize("modes", [1, 3])
def test_missing_modes_and_far_samples_are_misplaced(modes):
    ring = page["ring_of_8"]()
    samples = ring.means[:modes].repeat(100, 1)
    assert page["misplaced"](samples, ring) == pytest.approx(1 - modes / 8)
    assert page["misplaced"](torch.cat([samples, torch.zeros_like(samples)]), ring) == pytest.approx(
        1 - min(0.5, modes / 8)
    )


def test_one_failure_does_not_end_the_run():
    class Counter:
        step = 0

    def go_on(players, steps):
        while players.step < steps:
            players.step += 1
            if players.step % 2:
                raise TrainingDiverged("at an odd step")
            yield players.step

    players = Counter()
    page["to_the_end"](go_on, players, 5)
    assert players.step == 5


# Effects and verdicts


def test_an_effect_is_student_s_interval_of_the_logarithms():
    without, with_trick = [100.0, 200.0, 150.0, 120.0], [80.0, 190.0, 100.0, 130.0]
    logs = [math.log(b / a) for a, b in zip(without, with_trick, strict=True)]
    ends = stats.t.interval(0.9, 3, sum(logs) / 4, stats.sem(logs))
    ratio, *found = page["effect"](without, with_trick, 0.1)
    assert found == pytest.approx([math.exp(end) for end in ends])
    assert ratio == pytest.approx(math.prod(b / a for a, b in zip(without, with_trick, strict=True)) ** 0.25)


def test_an_effect_turned_round_is_its_reciprocal():
    without, with_trick = [1.0, 2.0, 3.0], [2.0, 2.5, 7.0]
    ratio, low, high = page["effect"](without, with_trick)
    back = page["effect"](with_trick, without)
    assert back == pytest.approx([1 / ratio, 1 / high, 1 / low])


def row(low_all, low, high, high_all):
    return {"ratio": math.sqrt(low * high), "low": low, "high": high, "low_all": low_all, "high_all": high_all}


@pytest.mark.parametrize(
    ("ends", "sign"),
    [
        ((0.3, 0.4, 0.6, 0.9), "++"),
        ((0.3, 0.4, 0.6, 1.1), "+"),
        ((0.7, 0.9, 1.1, 1.3), "0"),
        ((0.5, 0.7, 1.1, 1.3), "?"),
        ((0.9, 1.1, 1.2, 1.6), "-"),
        ((1.1, 1.2, 1.3, 1.6), "--"),
    ],
)
def test_the_sign_of_a_trial(ends, sign):
    assert page["sign"](row(*ends)) == sign


@pytest.mark.parametrize(
    ("signs", "word"),
    [
        (["++", "0", "?", "+"], "helps"),
        (["+", "+", "0"], "helps"),
        (["+", "0", "0"], "undecided"),
        (["--", "?"], "harms"),
        (["-", "-"], "harms"),
        (["++", "-"], "helps here, harms there"),
        (["--", "+"], "helps here, harms there"),
        (["0", "0"], "does nothing here"),
        (["0", "?"], "undecided"),
    ],
)
def test_the_verdict_of_a_trick(signs, word):
    assert page["overall"](signs) == word
    assert word in run.VERDICTS


# The plan of the study


@pytest.fixture
def tuned(tmp_path):
    """Results in which a step of k = 5 costs three times as much and the second factor was the best."""
    results = run.Results(tmp_path / "rows.json")
    for baseline in run.BASELINES:
        ms = {trick: 10.0 for name, trick in run.recipes("digits") if name == baseline}
        results.rows.append({"cost": "digits", "baseline": baseline, "ms": ms | {"k = 5": 30.0}})
    for key in run.tuning_keys("digits"):
        results.rows.append(key | {"value": abs(key["factor"] - 1) + 1})
    return results


def test_each_trial_tries_all_factors_on_seeds_of_their_own():
    keys = run.tuning_keys("digits")
    assert len(keys) == len(run.FACTORS) * len(run.recipes("digits")) * len(run.TUNING["digits"])
    assert {key["seed"] for key in keys}.isdisjoint(run.SEEDS)
    assert set(run.RING_TUNING).isdisjoint(run.RING_SEEDS)


def test_the_best_factor_plays_on_every_seed(tuned):
    keys = run.test_keys(tuned, "digits", run.SEEDS)
    assert {key["factor"] for key in keys} == {1.0}
    assert len(keys) == len(run.SEEDS) * len(run.recipes("digits"))


def test_a_dearer_step_gets_fewer_steps_in_equal_time(tuned):
    keys = run.equal_time_keys(tuned, "digits", [200])
    assert {key["steps"] for key in keys if key["trick"] == "k = 5"} == {round(run.STEPS / 3)}
    assert {key["trick"] for key in keys} == set(run.EQUAL_TIME)


def test_only_runs_at_the_best_rates_count(tuned):
    name = "ours", run.NONE
    for factor in run.FACTORS:  # an earlier search chose other rates, and its runs are still there
        for seed in run.SEEDS:
            tuned.rows.append(run.key_of("digits", name, seed, factor, run.STEPS) | {"value": 100 * factor + seed})
    assert run.values(tuned, "digits", name, run.STEPS) == [100 + seed for seed in run.SEEDS]


def test_a_run_that_failed_is_worth_9999():
    players = type("Players", (), {"G": DCGenerator(), "D": DCDiscriminator(), "ema": None, "z_dim": 16})()
    nn.init.constant_(players.G.layers[0].weight, math.nan)
    assert run.scored(players, run.recipes("digits")["plain", "none"]) == {"value": 9999.0, "failed": True}


def test_what_the_page_says_of_a_search_on_one_seed(results):
    one = {"target": "few", "baseline": "ours", "trick": "none"}

    def scores(seeds, factor):
        return [results.find(**one, seed=seed, factor=factor)[0]["value"] for seed in seeds]

    assert min(run.FACTORS, key=lambda factor: scores([100], factor)) == 2.0
    assert run.best(results, "few", ("ours", "none")) == 1.0
    assert [round(score) for score in scores([100, 101, 102], 2.0)] == [140, 579, 215]
    for factor, low, high in ((2.0, 345, 640), (1.0, 170, 397)):
        five = scores(run.FEW_SEEDS, factor)
        assert low <= min(five) < low + 1
        assert high - 1 <= max(five) <= high


def test_what_the_page_says_of_the_search_on_digits(results):
    ours = {"target": "digits", "baseline": "ours", "trick": "none", "steps": run.STEPS}

    def scores(seeds, factor):
        return [round(results.find(**ours, seed=seed, factor=factor)[0]["value"]) for seed in seeds]

    five = list(run.SEEDS)[:5]
    assert (scores([100], 2.0), scores([100], 1.0)) == ([476], [513])
    assert scores([101, 102], 2.0) == [784, 885]
    assert max(scores(five, 2.0)) == 2348
    assert [round(stats.gmean(scores(five, factor))) for factor in (2.0, 1.0)] == [820, 486]
    chosen = 0
    for baseline, trick in run.recipes("digits"):
        key = {"target": "digits", "baseline": baseline, "trick": trick, "seed": 100}
        alone = min(run.FACTORS, key=lambda factor, key=key: results.find(**key, factor=factor)[0]["value"])
        chosen += alone != run.best(results, "digits", (baseline, trick))
    assert (chosen, len(run.recipes("digits"))) == (33, 74)


def test_pairing_pays_least_where_the_game_is_another_one(results):
    same_game = {run.NONE, "separate passes", "average of G's weights"}
    for target, told in (("ring", 0.01), ("digits", 0.14)):
        found = [
            torch.corrcoef(
                torch.tensor([values(results, target, name, run.NONE), values(results, target, name, trick)])
            )
            for name, trick in run.recipes(target)
            if trick not in same_game
        ]
        assert torch.stack(found)[:, 0, 1].mean().item() == pytest.approx(told, abs=0.005)


def values(results, target, baseline, trick):
    found = run.values(results, target, (baseline, trick), run.steps_of(target))
    return [math.log(value) for value in found]
