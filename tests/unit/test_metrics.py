"""Metrics: closed forms first, then independent implementations, then the judge on real digits."""

import math

import numpy as np
import pytest
import scipy.linalg
import scipy.special
import scipy.stats
import torch
from needs import needs_mnist
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.neighbors import NearestNeighbors
from torchmetrics.image.fid import _compute_fid
from torchmetrics.image.kid import poly_mmd

from ganlab import data, metrics, seeds, toys


def normal(n, d, *, seed=0, scale=1.0, shift=0.0):
    return shift + scale * torch.randn(n, d, generator=seeds.generator(seed), dtype=torch.float64)


def skewed(n, d, *, seed=0):
    """Features like a network's: correlated, non-negative, not Gaussian."""
    return torch.relu(normal(n, d, seed=seed) @ normal(d, d, seed=5) + 0.5)


def standardised(n, d, *, seed=0):
    """A sample with mean exactly 0 and covariance exactly the identity."""
    x = normal(n, d, seed=seed)
    x = x - x.mean(dim=0)
    return x @ torch.linalg.inv(torch.linalg.cholesky(torch.cov(x.T))).T


# Fréchet distance


def test_frechet_distance_of_a_set_to_itself_is_zero():
    x = skewed(500, 16)
    assert metrics.frechet_distance(x, x) == pytest.approx(0, abs=1e-8)


def test_frechet_distance_of_moved_and_stretched_gaussians_has_a_closed_form():
    x = standardised(300, 4)
    scale = torch.tensor([1.0, 2.0, 0.5, 3.0], dtype=torch.float64)
    expected = 4 * 1.5**2 + (scale - 1).square().sum().item()
    assert metrics.frechet_distance(x, x * scale + 1.5) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_of_correlated_gaussians_agrees_with_scipy():
    x, y = skewed(400, 12), normal(300, 12, seed=2) @ normal(12, 12, seed=3)
    cov_x, cov_y = np.cov(x.T.numpy()), np.cov(y.T.numpy())
    root = scipy.linalg.sqrtm(cov_x @ cov_y).real
    expected = (x.mean(0) - y.mean(0)).square().sum().item() + np.trace(cov_x + cov_y - 2 * root)
    assert metrics.frechet_distance(x, y) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_agrees_with_torchmetrics():
    x, y = skewed(400, 12), skewed(300, 12, seed=1)
    expected = _compute_fid(x.mean(0), torch.cov(x.T), y.mean(0), torch.cov(y.T)).item()
    assert metrics.frechet_distance(x, y) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("features", [1, 3, 40])
def test_frechet_distance_is_symmetric(features):
    x, y = skewed(100, features), skewed(120, features, seed=1)
    assert metrics.frechet_distance(x, y) == pytest.approx(metrics.frechet_distance(y, x), rel=1e-6)


@pytest.mark.parametrize(("n", "bias"), [(100, 22.3), (500, 4.5), (2000, 1.1), (10_000, 0.22)])
def test_frechet_distance_is_biased_upwards_as_documented(n, bias):
    values = [metrics.frechet_distance(normal(n, 64, seed=s), normal(n, 64, seed=100 + s)) for s in range(3)]
    assert np.mean(values) == pytest.approx(bias, rel=0.05)
    assert np.mean(values) == pytest.approx((64**2 / 2 + 5 * 64 / 2) / n, rel=0.08)


# Kernel distance


def test_kernel_distance_of_points_on_a_line_by_hand():
    x, y = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0], [-1.0]])
    assert metrics.kernel_distance(x, y) == pytest.approx(1 + (-1) ** 3 - 2 * (1 + 1 + 27 + 0) / 4)


def test_kernel_distance_agrees_with_torchmetrics():
    x, y = skewed(300, 20), skewed(300, 20, seed=1) * 1.1

    def kernel(a, b):
        return (a @ b.T / 20 + 1) ** 3

    expected = poly_mmd(x, y).item()
    by_hand = (kernel(x, x).sum() - kernel(x, x).trace()) / (300 * 299) + (
        kernel(y, y).sum() - kernel(y, y).trace()
    ) / (300 * 299)
    assert metrics.kernel_distance(x, y) == pytest.approx(expected, rel=1e-6)
    assert metrics.kernel_distance(x, y) == pytest.approx((by_hand - 2 * kernel(x, y).mean()).item(), rel=1e-9)


def test_kernel_distance_is_unbiased_where_frechet_is_not():
    values = [metrics.kernel_distance(normal(50, 8, seed=s), normal(50, 8, seed=1000 + s)) for s in range(200)]
    assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(200)
    assert min(values) < 0


def test_kernel_distance_does_not_depend_on_the_portions(monkeypatch):
    x, y = skewed(300, 5), skewed(250, 5, seed=1)
    whole = metrics.kernel_distance(x, y)
    monkeypatch.setattr(metrics, "CHUNK", 37)
    assert metrics.kernel_distance(x, y) == pytest.approx(whole, rel=1e-12)


# Precision, recall, density, coverage


def balls_of_scikit_learn(centres, points, k):
    """For each pair: does the point lie in the centre's ball?"""
    neighbours = NearestNeighbors(n_neighbors=k + 1).fit(centres.numpy())
    radii = neighbours.kneighbors(centres.numpy())[0][:, k]
    distances = np.linalg.norm(centres.numpy()[:, None] - points.numpy()[None], axis=2)
    return distances <= radii[:, None] * (1 + 1e-12)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_precision_and_recall_agree_with_scikit_learn(k):
    real, fake = skewed(150, 6), 0.8 * skewed(120, 6, seed=1) + 0.2
    precision, recall = metrics.precision_recall(real, fake, k=k)
    assert precision == pytest.approx(balls_of_scikit_learn(real, fake, k).any(axis=0).mean())
    assert recall == pytest.approx(balls_of_scikit_learn(fake, real, k).any(axis=0).mean())


@pytest.mark.parametrize("k", [1, 3, 10])
def test_density_and_coverage_agree_with_scikit_learn(k, monkeypatch):
    monkeypatch.setattr(metrics, "CHUNK", 37)
    real, fake = skewed(150, 6), 0.8 * skewed(120, 6, seed=1) + 0.2
    inside = balls_of_scikit_learn(real, fake, k)
    density, coverage = metrics.density_coverage(real, fake, k=k)
    assert density == pytest.approx(inside.sum(axis=0).mean() / k)
    assert coverage == pytest.approx(inside.any(axis=1).mean())


def test_a_collapsed_generator_has_precision_without_recall():
    real = normal(500, 2)
    precision, recall = metrics.precision_recall(real, 0.05 * normal(500, 2, seed=1))
    assert precision > 0.95
    assert recall < 0.1


def test_density_and_coverage_of_equal_distributions_are_near_their_expectation():
    density, coverage = metrics.density_coverage(normal(2000, 8), normal(2000, 8, seed=1), k=5)
    assert density == pytest.approx(1, abs=0.06)
    assert coverage == pytest.approx(1 - 2**-5, abs=0.02)


def test_four_outliers_among_the_fakes_raise_recall_but_not_coverage():
    real, fake = normal(300, 2), 0.05 * normal(300, 2, seed=1)
    fake[:4] = 3 * torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    assert metrics.precision_recall(real, fake).recall > 0.9
    assert metrics.density_coverage(real, fake).coverage < 0.2


OFFSETS = [0.0, 0.1, 1e4, 1e6]


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_one_image_a_thousand_times_is_its_own_support(offset, dtype):
    one = (normal(1, 16) + min(offset, 1e4)).to(dtype).expand(1000, 16)
    assert metrics.precision_recall(one, one) == (1, 1)
    assert metrics.density_coverage(one, one).coverage == 1
    assert metrics.precision_recall(one, one[:9]) == (1, 1)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("k", [1, 3])
def test_copies_of_few_points_are_in_their_balls_and_one_bit_beside_is_not(offset, k):
    """Each point comes k + 1 times, so that its ball has radius 0: it holds its copies, and not the nearest number."""
    real = (normal(50, 8) + offset).repeat(k + 1, 1)
    beside = real.clone()
    beside[:, 0] = torch.nextafter(real[:, 0], torch.tensor(torch.inf, dtype=torch.float64))
    assert metrics.precision_recall(real, real[:50].repeat(k + 1, 1), k=k) == (1, 1)
    assert metrics.precision_recall(real, beside, k=k) == (0, 0)
    assert metrics.density_coverage(real, beside, k=k) == (0, 0)


@pytest.mark.parametrize("offset", OFFSETS)
def test_a_tie_at_the_rim_is_inside(offset):
    ticks = torch.arange(6.0, dtype=torch.float64)
    lattice = torch.cartesian_prod(ticks, ticks) + round(offset)  # whole numbers: their differences are exact
    assert metrics.precision_recall(lattice, lattice + torch.tensor([1.0, 0.0]), k=1) == (30 / 36 + 6 / 36, 1)


def test_the_order_of_samples_changes_nothing():
    real, fake = normal(60, 3).round(decimals=1), normal(60, 3, seed=1).round(decimals=1)  # many ties
    apart = metrics.precision_recall(real, fake), metrics.density_coverage(real, fake)
    real, fake = real[torch.randperm(60)], fake[torch.randperm(60)]
    assert (metrics.precision_recall(real, fake), metrics.density_coverage(real, fake)) == apart


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n", [1, 100])
@pytest.mark.parametrize("radius", [0.3, 0.1, 0.06])
def test_a_sample_at_just_the_radius_is_near_its_mode(dtype, n, radius):
    samples = torch.tensor([[radius, 0.0], [0.0, -radius]], dtype=dtype).repeat(n, 1)
    assert metrics.share_near_modes(samples, torch.zeros(1, 2, dtype=dtype), radius=radius) == 1
    assert metrics.share_near_modes(samples * (1 + 1e-6), torch.zeros(1, 2, dtype=dtype), radius=radius) == 0


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e5])
@pytest.mark.parametrize("n", [10, 100])
def test_samples_on_their_modes_are_near_at_any_radius(offset, n):
    modes = (torch.randn(n, 2, generator=seeds.generator(0)) + offset).unique(dim=0)
    assert metrics.share_near_modes(modes, modes, radius=1e-12) == 1
    assert metrics.modes_covered(modes, modes, radius=1e-12) == len(modes)


def test_kernel_distance_of_a_set_to_itself_is_the_same_in_both_precisions():
    x = skewed(40, 6).float()
    assert metrics.kernel_distance(x.double(), x.double()) == pytest.approx(metrics.kernel_distance(x, x), rel=1e-9)


# Modes and classes


def test_mode_shares_are_those_of_the_nearest_centres():
    ring = toys.ring(8)
    samples = torch.randn(3000, 2, generator=seeds.generator(0))
    nearest = torch.cdist(samples, ring.means).argmin(dim=1)
    expected = torch.bincount(nearest, minlength=8).double() / 3000
    assert metrics.mode_shares(samples, ring.means).tolist() == pytest.approx(expected.tolist())


def test_a_samples_mode_does_not_depend_on_how_near_the_others_are():
    """Where balls overlap a sample still belongs to one mode only, so shares within a radius add up to its share."""
    samples, modes = torch.rand(2000, 2, generator=seeds.generator(0)), toys.grid(2, spacing=0.2).means
    shares = metrics.mode_shares(samples, modes, radius=0.3)
    assert shares.sum().item() == pytest.approx(metrics.share_near_modes(samples, modes, radius=0.3))
    assert (shares <= metrics.mode_shares(samples, modes)).all()


def test_a_mode_without_samples_has_share_zero():
    shares = metrics.mode_shares(torch.tensor([[0.1], [9.0], [0.0]]), torch.tensor([[5.0], [0.0]]), radius=0.5)
    assert shares.tolist() == pytest.approx([0, 2 / 3])


def test_shares_of_the_rings_own_samples_are_its_weights():
    ring = toys.ring(8)
    shares = metrics.mode_shares(ring.sample(20_000, generator=seeds.generator(0)), ring.means, radius=0.06)
    assert (shares / ring.weights / (1 - math.exp(-4.5)) - 1).abs().max() < 0.1


def test_all_modes_of_the_ring_are_covered_by_its_own_samples():
    ring = toys.ring(8, std=0.02)
    samples = ring.sample(1000, generator=seeds.generator(0))
    assert metrics.modes_covered(samples, ring.means, radius=0.06) == 8
    # Within three standard deviations lie 1 - exp(-9 / 2) of a Gaussian in the plane.
    assert metrics.share_near_modes(samples, ring.means, radius=0.06) == pytest.approx(1 - math.exp(-4.5), abs=0.01)


def test_a_mode_needs_as_many_samples_as_asked():
    samples, modes = torch.tensor([[0.0, 0.0], [0.0, 0.1], [3.0, 0.0]]), torch.tensor([[0.0, 0.0], [3.0, 0.0]])
    assert metrics.modes_covered(samples, modes, radius=0.5) == 2
    assert metrics.modes_covered(samples, modes, radius=0.5, least=2) == 1


def test_histogram_kl_by_hand():
    shares = torch.tensor([0.5, 0.25, 0.25, 0.0])
    assert metrics.histogram_kl(torch.full((4,), 0.25)) == pytest.approx(0, abs=1e-7)
    assert metrics.histogram_kl(shares) == pytest.approx(0.5 * math.log(2), rel=1e-6)
    assert metrics.histogram_kl(shares, torch.tensor([0.25, 0.25, 0.25, 0.25])) == metrics.histogram_kl(shares)


def test_inception_score_is_the_number_of_classes_at_best_and_one_at_worst():
    assert metrics.inception_score(100 * torch.eye(10).repeat(3, 1)) == pytest.approx(10, rel=1e-6)
    assert metrics.inception_score(torch.zeros(30, 10)) == pytest.approx(1)
    assert metrics.inception_score(100 * torch.eye(10)[[4] * 30]) == pytest.approx(1)


# Errors


def test_probabilities_in_place_of_logits_are_refused():
    with pytest.raises(ValueError, match="rows of probabilities; pass logits"):
        metrics.inception_score(torch.randn(5, 3).softmax(dim=1))


@pytest.mark.parametrize("counts", [torch.tensor([3.0, 4.0]), torch.tensor([3, 4])])
@pytest.mark.parametrize("place", ["shares", "reference"])
def test_counts_in_either_place_are_refused(counts, place):
    with pytest.raises(ValueError, match=r"divide counts by n|torch.float32"):
        metrics.histogram_kl(**{"shares": torch.tensor([0.5, 0.5]), place: counts})


def test_a_class_that_the_reference_lacks_is_refused():
    with pytest.raises(ValueError, match="reference must be positive"):
        metrics.histogram_kl(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0]))


@pytest.mark.parametrize(("low", "high"), [(0.683, 1), (0.05, 0.9), (1, 1), (-1, -1), (0, 0)])
def test_fakes_of_a_failed_generator_are_images_whatever_they_show(low, high):
    images = low + (high - low) * torch.rand(200, 1, 28, 28, generator=seeds.generator(0))
    assert metrics.digit_score(images) > 1000


@pytest.mark.parametrize("low", [0, 0.04])
def test_images_in_0_1_are_refused(low):
    images = low + (1 - low) * torch.rand(200, 1, 28, 28, generator=seeds.generator(0))
    images[0, 0, 0, 0] = low
    with pytest.raises(ValueError, match="as if in \\[0, 1\\]"):
        metrics.digit_score(images)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_the_judge_reads_images_of_any_precision(dtype):
    images = torch.rand(4, 1, 28, 28, generator=seeds.generator(0)) * 2 - 1
    judge = metrics.digit_judge()
    expected = judge.features(images.to(dtype).float())
    torch.testing.assert_close(judge.features(images.to(dtype)), expected)
    torch.testing.assert_close(judge(images.to(dtype)), judge(images.to(dtype).float()))


@pytest.mark.parametrize(
    ("images", "cure"),
    [
        (np.zeros((2, 1, 28, 28)), "torch.as_tensor"),
        (torch.zeros(2, 3, 28, 28), r"mean\(dim=1, keepdim=True\)$"),
        (torch.zeros(2, 1, 32, 32), "interpolate"),
        (torch.zeros(2, 3, 32, 32), r"keepdim=True\), then .*interpolate"),
        (torch.zeros(2, 1, 28, 28, dtype=torch.uint8), r"/ 127\.5 - 1"),
        (torch.zeros(0, 1, 28, 28), "empty"),
    ],
)
def test_the_cure_for_images_of_another_kind_works(images, cure):
    with pytest.raises(ValueError, match=cure):
        metrics.digit_judge().features(images)


def test_the_cures_that_are_named_work():
    images = torch.rand(2, 3, 32, 32, generator=seeds.generator(0)) * 2 - 1
    images = images.mean(dim=1, keepdim=True)
    images = torch.nn.functional.interpolate(images, size=28, mode="area")
    assert metrics.digit_judge().features(images).shape == (2, 128)


def test_a_judge_in_training_mode_is_refused():
    with pytest.raises(ValueError, match=r"judge\.eval\(\)"):
        metrics.DigitJudge().features(torch.zeros(2, 1, 28, 28))


def test_a_judge_that_learns_on_is_asked_anew(monkeypatch):
    images = torch.rand(140, 1, 28, 28, generator=seeds.generator(0)) * 2 - 1
    monkeypatch.setattr(metrics, "mnist", lambda split: data.Digits(images, None, "noise"))
    judge = metrics.DigitJudge().eval()
    metrics.digit_score(images, judge=judge)
    judge.body[-2].bias.data += 1  # kept features of the test images would now be 128 away
    assert metrics.digit_score(images, judge=judge) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("images", "says"),
    [
        (torch.zeros(2, 28, 28), r"shape \(n, 1, 28, 28\)"),
        (torch.zeros(2, 1, 32, 32), r"shape \(n, 1, 28, 28\)"),
        (torch.full((2, 1, 28, 28), 255.0), r"\[-1, 1\]"),
        (torch.rand(2, 1, 28, 28), r"\[0, 1\]"),
        (torch.full((2, 1, 28, 28), torch.nan), r"\[-1, 1\]"),
    ],
)
def test_wrong_images_are_refused_with_a_reason(images, says):
    with pytest.raises(ValueError, match=says):
        metrics.class_histogram(images)


@pytest.mark.parametrize(
    ("metric", "least"),
    [
        (metrics.frechet_distance, 9),
        (metrics.kernel_distance, 2),
        (metrics.precision_recall, 4),
        (metrics.density_coverage, 6),
    ],
)
def test_too_few_samples_are_refused(metric, least):
    metric(normal(least, 8), normal(least, 8, seed=1))
    with pytest.raises(ValueError, match=f"at least {least} of each"):
        metric(normal(least, 8), normal(least - 1, 8, seed=1))


@pytest.mark.parametrize("metric", [metrics.frechet_distance, metrics.kernel_distance, metrics.precision_recall])
def test_features_that_do_not_fit_or_are_not_finite_are_refused(metric):
    with pytest.raises(ValueError, match="digit_judge"):
        metric(torch.zeros(9, 1, 28, 28), torch.zeros(9, 1, 28, 28))
    with pytest.raises(ValueError, match="NaN"):
        metric(normal(9, 3), normal(9, 3).index_fill(0, torch.tensor([2]), torch.nan))


def test_a_histogram_that_is_not_one_is_refused():
    with pytest.raises(ValueError, match="divide counts by n"):
        metrics.histogram_kl(torch.tensor([3.0, 4.0]))


# The judge


def test_the_judge_is_shipped_small():
    assert metrics.JUDGE_FILE.stat().st_size < 1_000_000


def test_the_judge_treats_each_image_alone():
    images = torch.rand(50, 1, 28, 28, generator=seeds.generator(0)) * 2 - 1
    judge = metrics.digit_judge()
    torch.testing.assert_close(judge.features(images)[:5], judge.features(images[:5]), rtol=1e-4, atol=1e-4)


@needs_mnist
def test_the_judge_reads_993_of_1000_test_images():
    features = metrics._test_features()  # which digit_score has made for the tests above
    right = metrics.digit_judge().head(features).argmax(dim=1) == data.mnist("test").labels
    assert right.double().mean() >= 0.993


@needs_mnist
def test_the_score_of_real_images_is_the_floor_and_damage_shows():
    images = data.mnist("train").images[:10_000]
    blurred = torch.nn.functional.avg_pool2d(images[:2000], 3, stride=1, padding=1, count_include_pad=False)
    assert metrics.digit_score(images) < 6
    assert 60 < metrics.digit_score(blurred) < 200
    assert metrics.histogram_kl(metrics.class_histogram(images[:5000])) < 0.005


# Memory and rare classes


def test_auc_of_membership_is_that_of_scikit_learn_with_ties():
    members, others = normal(200, 1, shift=0.5).round(decimals=1), normal(150, 1, seed=1).round(decimals=1)
    truth = np.concatenate([np.ones(200), np.zeros(150)])
    scores = torch.cat([members, others]).numpy()
    found = metrics.membership(members, others)
    assert found.auc == pytest.approx(roc_auc_score(truth, scores))
    false_positives, true_positives, _ = roc_curve(truth, scores)
    assert found.advantage == pytest.approx((true_positives - false_positives).max())


@pytest.mark.parametrize(("shift", "expected"), [(100.0, (1, 1)), (-100.0, (0, 0))])
def test_scores_that_are_apart_tell_all(shift, expected):
    assert metrics.membership(normal(9, 1, shift=shift), normal(9, 1, seed=1)) == expected


def test_equal_scores_tell_nothing():
    assert metrics.membership(torch.ones(5), torch.ones(3)) == (0.5, 0)


def test_the_order_of_the_scores_changes_nothing():
    members, others = normal(20, 1), normal(30, 1, seed=1)
    assert metrics.membership(members.flip(0), others.flip(0)) == metrics.membership(members, others)


def test_membership_inference_scores_whatever_shape_in_portions(monkeypatch):
    members, others = torch.rand(50, 1, 4, 4) + 0.5, torch.rand(30, 1, 4, 4)
    expected = metrics.membership(members.flatten(1).mean(1), others.flatten(1).mean(1))
    monkeypatch.setattr(metrics, "PORTION", 7)
    assert metrics.membership_inference(lambda x: x.flatten(1).mean(1, keepdim=True), members, others) == expected


def test_two_logits_an_example_are_refused():
    with pytest.raises(ValueError, match="one logit an example"):
        metrics.membership_inference(lambda x: torch.cat([x, x], dim=1), torch.ones(4, 1), torch.ones(4, 1))


def test_a_share_of_copies_raises_the_share_by_half_of_it():
    training, others, fake = (normal(2000, 3, seed=seed) for seed in range(3))
    assert metrics.nearer_to_training(training, others, fake) == pytest.approx(0.5, abs=0.05)
    fake[:1000] = training[:1000] + 1e-9
    assert metrics.nearer_to_training(training, others, fake) == pytest.approx(0.75, abs=0.05)


def test_nearer_to_training_agrees_with_scikit_learn():
    training, others, fake = skewed(80, 4), skewed(80, 4, seed=1), skewed(60, 4, seed=2)
    a, b = (NearestNeighbors(n_neighbors=1).fit(x.numpy()).kneighbors(fake.numpy())[0] for x in (training, others))
    assert metrics.nearer_to_training(training, others, fake) == pytest.approx((a < b).mean())


def test_sets_of_different_size_are_refused():
    with pytest.raises(ValueError, match="as many others"):
        metrics.nearer_to_training(normal(9, 2), normal(8, 2), normal(5, 2))


@pytest.mark.parametrize("count", [0, 1, 7, 50])
def test_intervals_of_class_shares_are_those_of_scipy(count):
    labels = torch.tensor([1] * count + [0] * (50 - count))
    found = metrics.class_shares(labels, n_classes=3)
    interval = binomtest(count, 50).proportion_ci(method="wilson")
    assert found.share[1] == count / 50
    assert found.low[1] == pytest.approx(interval.low, abs=1e-7)
    assert found.high[1] == pytest.approx(interval.high, abs=1e-7)
    assert found.share[2] == found.low[2] == 0


def test_class_shares_out_of_range_are_refused():
    with pytest.raises(ValueError, match="0 to 9"):
        metrics.class_shares(torch.tensor([3, 10]), n_classes=10)


def test_kl_of_a_histogram_is_that_of_scipy():
    shares, reference = torch.tensor([0.2, 0.5, 0.3]), torch.tensor([0.3, 0.3, 0.4])
    expected = scipy.stats.entropy(shares.double().numpy(), reference.double().numpy())
    assert metrics.histogram_kl(shares, reference) == pytest.approx(expected, rel=1e-5)


def test_inception_score_is_that_of_scipy():
    p = scipy.special.softmax(3 * normal(60, 10).numpy(), axis=1)
    expected = np.exp(scipy.stats.entropy(p, p.mean(axis=0, keepdims=True), axis=1).mean())
    assert metrics.inception_score(3 * normal(60, 10)) == pytest.approx(expected, rel=1e-9)
