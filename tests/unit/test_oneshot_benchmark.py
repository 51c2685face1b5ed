"""The race of chapter 14: equal search for each method, functions of the page, and sentences that follow from it."""

import math
from itertools import pairwise, product
from pathlib import Path
from statistics import median, stdev

import pytest
import torch
from in_words import WORDS
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


def test_the_sentences_about_lost_modes_and_copied_faults_follow_from_what_is_stored(results):
    whole = sum(rarest > 0 for rarest in oneshot.reached(results, "grid", "GAN", "1", what="rarest"))
    assert f"on {whole} of the 16 seeds each of the 25 modes gets at least one good sample" in TEXT
    behind = [counts(results, toy, ("GAN", "1"), ("student", "1")) for toy in oneshot.TOYS]
    assert "all {} seeds of the spirals and on {} of 16 of the grid.".format(*behind) in TEXT


def test_one_pass_on_the_grid_is_good_on_a_single_mode(results):
    good = median(oneshot.reached(results, "grid", "flow", "1", what="good"))
    assert f"a flow with one pass has {100 * good:.0f} % good samples, all of them on one mode" in TEXT
    assert set(oneshot.reached(results, "grid", "flow", "1")) == {1 / 25}


def test_the_sentences_about_the_rules_follow_from_the_stored_times(results):
    took = {name: median(row["cpu_s"] for row in results.find(study="toy", method=name)) for name in oneshot.METHODS}
    assert f"took from {min(took.values()):.0f} to {max(took.values()):.0f} s in the median" in TEXT
    assert max(took.values()) / min(took.values()) < 1.4
    assert "On two toys, at about equal CPU time and with equal tuning," in TEXT
    times = []
    for method in ("GAN", "flow"):
        rate, second = oneshot.best(method, "spirals", results)
        rows = results.find(study="toy", toy="spirals", method=method, rate=rate, second=second)
        times.append([row["cpu_s"] for row in rows if row["seed"] == oneshot.TUNING_SEED])
        times.append([row["cpu_s"] for row in rows if row["seed"] in oneshot.SEEDS])
    assert [len(each) for each in times] == [1, 4, 1, 4]
    sentence = "the GAN took {:.0f} s in the search and {:.0f} s in the median on the test seeds, and the flow {:.0f} s"
    assert (sentence + " and {:.0f} s, for the same steps").format(*map(median, times)) in TEXT
    games = (median(each) / 4 for each in (times[1], [row["cpu_s"] for row in results.find(toy="grid", method="GAN")]))
    assert {f"{game:.0f}" for game in games} == {"2", "3"}
    assert "is trained for two or three seconds" in TEXT


def test_the_sentences_about_post_training_follow_from_what_is_stored(results):
    start, end, change = {}, {}, {}
    for toy in oneshot.TOYS:
        start[toy], end[toy] = (oneshot.reached(results, toy, "post-trained student", key) for key in ("before", "1"))
        change[toy] = sorted(100 * (b - a) for a, b in zip(start[toy], end[toy], strict=True))
        assert stdev(end[toy]) > 2 * stdev(start[toy])
    assert "The spread has more than doubled" in TEXT
    medians = {toy: (median(start[toy]), median(end[toy])) for toy in oneshot.TOYS}
    up, down = (sum(c > 0 for c in change["spirals"]), sum(c < 0 for c in change["grid"]))
    beaten = counts(results, "spirals", ("post-trained student", "1"), ("post-trained student", "teacher, 32"))
    assert "On the spirals post-training raised the median, from {:.2f} to {:.2f}.".format(*medians["spirals"]) in TEXT
    assert f"improved its own start on {up} of 16 seeds only" in TEXT
    assert f"it beat the teacher on {beaten} of 16." in TEXT
    assert 9 < 2**16 / sum(math.comb(16, heads) for heads in range(up, 17)) < 11
    assert "which 16 tosses of a coin reach or exceed about once in ten tries" in TEXT
    lowest, *others = change["spirals"]
    assert f"in either direction, and one lost {-lowest:.0f}." in TEXT
    assert max(map(abs, others)) < 10
    assert f"post-training lowered the student on {down} of 16 seeds, and the median from" in TEXT
    assert "and the median from {:.2f} to {:.2f}, which taken alone".format(*medians["grid"]) in TEXT
    lucky, overall = median(change["spirals"][-5:]), 100 * (medians["spirals"][1] - medians["spirals"][0])
    assert (
        f"improvement of {lucky:.0f} percentage points, and had we looked at medians alone, one of {overall:.0f}."
        in TEXT
    )


def test_the_sentences_about_digits_follow_from_what_is_stored(results):
    latents, decoders = (oneshot.on_digits(results, name) for name in ("latents", "decoders"))
    assert len(latents) == len(decoders) == 6
    assert all(row["32"] < row["GAN"] for row in latents)
    plain = [row["0, equal time"]["score"] for row in decoders]
    for weight in oneshot.WEIGHTS:
        assert all(row[f"{weight:g}"]["score"] < p for row, p in zip(decoders, plain, strict=True))
    assert median(row["cpu_s"]["GAN"] for row in latents) == pytest.approx(37, abs=1)
    assert median(row["cpu_s"]["autoencoder"] + row["cpu_s"]["flow"] for row in latents) == pytest.approx(26, abs=1)
    copying = median(row["cpu_s"]["student"] for row in latents)
    assert f"whose copying took another {copying:.0f} s, is level with the GAN" in TEXT
    assert sum(row["student"] < row["GAN"] for row in latents) == 3
    lost = [row["student"] - row["32"] for row in latents]
    assert f"lose something against its teacher, about {round(median(lost), -1):.0f} points" in TEXT
    assert min(lost) > 0


def test_the_sentences_about_decoders_follow_from_what_is_stored(results):
    rows = oneshot.on_digits(results, "decoders")
    weights = [f"{weight:g}" for weight in oneshot.WEIGHTS]

    def middle(what, name):
        return median(row[name][what] for row in rows)

    def dearer(name):
        return 100 * (middle("mse", name) / middle("mse", "0, equal time") - 1)

    def lower(name, than):
        return sum(row[name]["score"] < row[than]["score"] for row in rows)

    short = [row["polished"]["detail"] for row in results.find(study="short")]
    assert {round(detail, 1) for detail in short} == {0.5}
    assert "after our short run above the detail is near 0.5;" in TEXT
    details = [middle("detail", name) for name in ("0", "0, equal time", *weights)]
    assert all(a < b for a, b in pairwise(details))
    assert "from {:.2f} to {:.2f} in the median, as one expects".format(*details) in TEXT
    assert f"and so does the squared error, by up to {dearer('100'):.0f} % at $w = 100$" in TEXT
    plain = [row["0, equal time"]["score"] for row in rows]
    helped = sum(max(row[name]["score"] for name in weights) < p for row, p in zip(rows, plain, strict=True))
    assert f"than for the plain decoder of equal time, on {WORDS[helped]} of {WORDS[len(rows)]} seeds." in TEXT
    six, five = (WORDS[lower("30", than)] for than in ("10", "100"))
    assert f"$w = 30$ has a lower one than $w = 10$ on all {six} seeds and than $w = 100$ on {five}," in TEXT
    gaps = [middle("score", than) - middle("score", "30") for than in ("10", "100")]
    assert [round(gap) for gap in gaps] == [1, 1]
    assert "but the medians differ by about one point only." in TEXT
    rising = sum(row["10"]["mse"] < row["30"]["mse"] < row["100"]["mse"] for row in rows)
    assert f"rises from each weight to the next on all {WORDS[rising]}." in TEXT
    before, after = middle("detail", "0, equal time"), middle("detail", "30")
    assert f"fine detail rises from {before:.2f} to {after:.2f} of that of real digits at $w = 30$" in TEXT
    assert f"and the squared error by {dearer('30'):.0f} %." in TEXT


def test_the_sentences_about_detectors_follow_from_what_is_stored(results):
    rows = results.find(study="short")

    def auc(key):
        return sorted(row["auc"][key] for row in rows)

    old, new, again, forgotten = map(median, map(auc, ("first, old", "first, answer", "second, answer", "second, old")))
    assert (
        f"In the {len(rows)} runs of the study the first detector fell from {old:.3f} on the old fakes to {new:.2f} "
        f"on the new ones (medians). The second reached {again:.2f} on the new fakes, but only {forgotten:.2f} on the"
    ) in TEXT
    first, second = auc("first, other decoder"), auc("second, other decoder")
    assert (
        f"the first reached {median(first):.2f}; the second reached {median(second):.2f}, "
        f"with single runs between {second[0]:.2f} and {second[-1]:.2f}"
    ) in TEXT
    better = median(row["32"] - row["auc"]["answer, score"] for row in rows)
    assert f"improves the score of the fakes, by {better:.0f} points in the median" in TEXT


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
