"""The race of chapter 14: equal search for each method, functions of the page, and sentences that follow from it."""

import math
from itertools import product
from pathlib import Path
from statistics import median

import pytest
import torch
from loading import load_script
from torch.distributions import MultivariateNormal, Normal, kl_divergence

FOLDER = Path(__file__).parents[2] / "benchmarks" / "oneshot"
oneshot = load_script(FOLDER / "run.py")
TEXT = oneshot.PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page():
    return oneshot.page()


@pytest.fixture(scope="module")
def results():
    return oneshot.study.Results(FOLDER / "results.json")


@pytest.mark.parametrize("table", ["race_table", "decoder_table", "digit_table", "detector_table"])
def test_the_page_quotes_what_is_stored(results, table):
    assert getattr(oneshot, table)(results) in TEXT


def test_every_method_tried_the_same_number_of_settings_on_each_toy(results):
    for toy, method in product(oneshot.TOYS, oneshot.METHODS):
        rows = results.find(study="toy", toy=toy, method=method, seed=oneshot.TUNING_SEED)
        tried = sorted((row["rate"], row["second"]) for row in rows)
        assert tried == sorted(product(*oneshot.SETTINGS[method]))
        assert len(tried) == 6


def test_the_test_seeds_were_played_at_the_best_settings_only(results):
    for toy, method in product(oneshot.TOYS, oneshot.METHODS):
        rows = [row for row in results.find(study="toy", toy=toy, method=method) if row["seed"] in oneshot.SEEDS]
        assert len(oneshot.reached(results, toy, method, "1")) == 16
        assert {(row["rate"], row["second"]) for row in rows} == {oneshot.best(method, toy, results)}


def test_the_page_plays_at_the_settings_chosen_for_the_spirals(results):
    best = {method: oneshot.best(method, "spirals", results) for method in oneshot.METHODS}
    assert best["flow"] == (1e-2, 128)
    assert best["GAN"] == (5e-3, 0.1)
    assert best["student"] == (5e-3, 16_000)
    for written in (
        "train_flow(v, batches(toy, 2, source), source, steps=6000, rate=1e-2)",
        "train_flow(teacher, draw, source, steps=3000, rate=1e-2)",
        "steps=1600, rate=5e-3, gamma=0.1)",
        "torch.randn(1, 16_000, 2, generator=source)",
        "copy_flow(S, teacher, pairs, source, steps=3000, rate=5e-3)",
    ):
        assert written in TEXT


def test_the_page_makes_the_short_version_with_the_constants_of_the_study():
    steps = oneshot.SHORT
    for written in (
        f"20, steps={steps['autoencoder']})",
        f"steps={steps['decoder']})",
        f"weight={oneshot.SHORT_WEIGHT}",
        f"22, steps={steps['flow']}, rate=2e-3)",
    ):
        assert written in TEXT


def counts(results, toy, first, second):
    """How often the first entry of the race places more than the second, seed for seed."""
    pairs = zip(*(oneshot.reached(results, toy, *entry) for entry in (first, second)), strict=True)
    return sum(a > b for a, b in pairs)


def test_the_sentences_about_the_race_follow_from_what_is_stored(results):
    gan, flow, student = ("GAN", "1"), ("flow", "32"), ("student", "1")
    post, before = ("post-trained student", "1"), ("post-trained student", "before")
    teacher = ("post-trained student", "teacher, 32")
    assert counts(results, "spirals", gan, flow) == 16
    assert counts(results, "grid", flow, gan) == 15
    assert [counts(results, toy, flow, student) for toy in oneshot.TOYS] == [16, 16]
    assert [counts(results, toy, post, before) for toy in oneshot.TOYS] == [11, 5]
    assert counts(results, "spirals", post, teacher) == 8
    for toy in oneshot.TOYS:
        pairs = zip(*(oneshot.reached(results, toy, "student", k) for k in ("1", "teacher, 32")), strict=True)
        assert all(abs(a - b) < 0.02 for a, b in pairs)


def test_the_sentences_about_digits_follow_from_what_is_stored(results):
    latents, decoders = (oneshot.on_digits(results, name) for name in ("latents", "decoders"))
    assert len(latents) == len(decoders) == 6
    assert all(row["32"] < row["GAN"] for row in latents)
    plain = [row["0, equal time"]["score"] for row in decoders]
    for weight in oneshot.WEIGHTS:
        assert all(row[f"{weight:g}"]["score"] < p for row, p in zip(decoders, plain, strict=True))
    assert median(row["cpu_s"]["GAN"] for row in latents) == pytest.approx(37, abs=1)
    assert median(row["cpu_s"]["autoencoder"] + row["cpu_s"]["flow"] for row in latents) == pytest.approx(26, abs=1)


def test_the_bounds_of_the_page_leave_room_for_one_spread_beyond_the_worst_stored_run(results):
    rows = results.find(study="short")
    assert len(rows) == 16

    def room(values, bound):
        values = torch.tensor(values, dtype=torch.float64)
        return values.min() - values.std(correction=0) > bound

    assert room([row["sharp"]["detail"] - row["polished"]["detail"] for row in rows], 0.03)
    assert room([row["sharp"]["mse"] - row["polished"]["mse"] for row in rows], 0.001)
    assert room([row["1"] for row in rows], 800)
    assert room([row["4"] - row["32"] for row in rows], 40)
    assert room([row["auc"]["first, old"] for row in rows], 0.97)
    assert room([-row["auc"]["first, answer"] for row in rows], -0.9)
    assert room([row["auc"]["second, answer"] for row in rows], 0.95)
    flows = [oneshot.reached(results, "spirals", "flow", passes) for passes in ("32", "4")]
    assert room([a - b for a, b in zip(*flows, strict=True)], 0.2)
    for method, passes, middle in (("GAN", "1", 0.92), ("flow", "32", 0.89), ("student", "1", 0.80)):
        assert room([-abs(p - middle) for p in oneshot.reached(results, "spirals", method, passes)], -0.08)


def test_euler_solves_a_velocity_that_does_not_change_exactly(page):
    z = torch.randn(7, 2)
    for passes in (1, 3, 32):
        x = page["euler"](lambda x_t: torch.ones_like(x_t[..., :2]) * torch.tensor([2.0, -1.0]), z, passes)
        torch.testing.assert_close(x, z + torch.tensor([2.0, -1.0]))


def test_euler_converges_to_the_solution_of_linear_growth(page):
    z = torch.randn(7, 2, dtype=torch.float64)
    x = page["euler"](lambda x_t: x_t[..., :2], z, 2000)
    torch.testing.assert_close(x, math.e * z, rtol=1e-3, atol=0)


def test_the_loss_of_a_flow_is_zero_for_the_velocity_of_the_lines_and_sums_over_members(page):
    x, z = torch.randn(2, 3, 5, 2)
    t = torch.rand(3, 5, 1)
    assert page["flow_loss"](lambda x_t: x - z, x, z, t) == 0
    still = page["flow_loss"](lambda x_t: torch.zeros_like(x), x, z, t)
    torch.testing.assert_close(still, (x - z).square().sum(-1).mean(-1).sum())


def test_the_velocity_is_asked_on_the_line(page):
    x, z = torch.randn(2, 4, 2)
    t = torch.rand(4, 1)
    on_the_line = torch.cat([(1 - t) * z + t * x, t], dim=1)
    page["flow_loss"](lambda x_t: torch.testing.assert_close(x_t, on_the_line) or x_t[:, :2], x, z, t)


def test_real_examples_are_placed_and_a_repeated_one_fills_one_cell(page):
    toy, cells = oneshot.TOYS["spirals"]
    torch.manual_seed(0)
    assert 0.95 < page["placed"](page["shares"](toy.sample(4000), toy, cells)) < 0.99
    one = page["shares"](toy.means[:1].repeat(100, 1), toy, cells)
    assert one.sum() == 1
    assert page["placed"](one) == pytest.approx(1 / cells)


def test_bad_samples_are_placed_nowhere(page):
    toy, cells = oneshot.TOYS["grid"]
    assert page["placed"](page["shares"](torch.full((10, 2), 9.0), toy, cells)) == 0


def test_the_bound_of_a_vae_is_that_of_normal_distributions():
    """Its KL term is that of torch, its other term minus a log-density, but for a constant."""
    torch.manual_seed(0)
    x, noise, code = torch.randn(3, 1, 6, 2)
    mean, log_std = code, torch.full_like(code, -0.3)
    decoded = 2 * (mean + log_std.exp() * noise)
    loss = oneshot.vae_loss(lambda x: torch.cat([mean, log_std], dim=-1), lambda z: 2 * z, x, noise, spread=0.5)
    log_p = MultivariateNormal(decoded, 0.25 * torch.eye(2)).log_prob(x) + math.log(2 * math.pi * 0.25)
    kl = kl_divergence(Normal(mean, log_std.exp()), Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(loss, (kl - log_p).mean())


def test_squared_error_sums_over_pixels_and_averages_over_images(page):
    a, b = torch.zeros(3, 1, 2, 2), torch.ones(3, 1, 2, 2)
    assert page["squared_error"](a, b) == 4


def test_a_flat_image_has_no_fine_detail_and_a_chessboard_has(page):
    assert page["fine_detail"](torch.ones(1, 1, 8, 8)[..., 1:-1, 1:-1]) < 0.4  # the border, where the mean is padded
    board = (torch.arange(8)[:, None] + torch.arange(8)) % 2 * 2.0 - 1
    assert page["fine_detail"](board[None, None]) > 0.7


def test_auc_is_one_half_for_a_detector_that_says_the_same_of_all(page):
    assert page["auc"](lambda x: torch.zeros(len(x), 1), torch.zeros(5, 1), torch.zeros(7, 1)) == 0.5
