"""What the later chapters say in passing, of runs that they do not show, played with the code of the page."""

import math
from statistics import median

import pytest
import torch
from needs import needs_mnist
from page_code import defined
from torch.nn.functional import max_pool2d


@pytest.fixture(scope="module")
def kept():
    """Runs that several tests look at."""
    return {}


# How good is it? (11)


@pytest.fixture(scope="module")
def good():
    return defined(
        "chapters/11-how-good-is-it", "images", "test_images", "judge", "MEASURES", "modes", "shares", "uneven"
    )


@pytest.fixture
def measured(good, offset, kept):
    """What the seven measures say of six sets of images, as (set,) by way and measure."""
    found = kept.setdefault(("ways", offset), {})
    for seed in [] if found else range(6):
        ours, ways = good.disturbed(500, seed)
        real = good.judge.features(ours)
        for way in ("nothing", "blur", "class", "memorise"):
            for name, value in zip(good.MEASURES, good.all_measures(real, good.judge.features(ways[way])), strict=True):
                found.setdefault((way, name), []).append(float(value))
    return {key: torch.tensor(values) for key, values in found.items()}


@needs_mnist
@pytest.mark.slow
class TestSevenWays:
    def test_the_printing_machine_has_the_better_mark_by_all_six(self, good, measured):
        for name in set(good.MEASURES) - {"IS"}:
            sign = -1 if name in ("Fréchet", "KID") else 1
            assert (sign * (measured["memorise", name] - measured["nothing", name]) > 0).all(), name

    def test_its_kid_is_the_same_negative_number_with_every_set(self, measured):
        fresh, printed = measured["nothing", "KID"], measured["memorise", "KID"]
        assert printed.mean() == pytest.approx(-13, abs=1.5)
        assert printed.std() < 2 < fresh.std()
        assert fresh.std() == pytest.approx(6, abs=4)
        assert fresh.mean().abs() < 6
        assert printed.max() < fresh.min()

    def test_kid_hardly_sees_the_missing_class_and_frechet_does(self, measured):
        assert measured["class", "Fréchet"].min() > measured["nothing", "Fréchet"].max()
        assert measured["class", "KID"].min() < measured["nothing", "KID"].max()

    def test_the_missing_class_costs_a_tenth_of_recall_and_coverage_and_no_precision(self, measured):
        lost = {
            name: (measured["nothing", name] - measured["class", name]).mean()
            for name in ("precision", "recall", "coverage")
        }
        assert lost["precision"].abs() < 0.015
        assert lost["recall"] == pytest.approx(0.1, abs=0.03)
        assert lost["coverage"] == pytest.approx(0.1, abs=0.03)

    def test_precision_rises_a_little_under_the_blur(self, measured):
        assert 0 < (measured["blur", "precision"] - measured["nothing", "precision"]).mean() < 0.1


def extrapolated(page):
    """Fréchet distances of real digits at four n, and the limit of the line through them."""
    order = torch.randperm(len(page.images), generator=page.generator(6))[:1000]
    new = torch.randperm(len(page.test_images), generator=page.generator(7))[:1000]
    values, (limit, _) = page.extrapolated(*map(page.judge.features, (page.images[order], page.test_images[new])))
    return values, limit


@needs_mnist
def test_the_line_says_that_most_of_what_was_measured_is_bias(good, offset):
    values, limit = extrapolated(good)
    assert limit < min(values)
    assert limit < sum(values) / len(values) / 2


@needs_mnist
def test_with_other_images_the_limit_of_the_line_is_negative(good, monkeypatch):
    monkeypatch.setenv("GANLAB_SEED_OFFSET", "9000")
    assert extrapolated(good)[1] < -5


@needs_mnist
def test_among_more_images_more_moved_copies_are_lost(good, offset):
    order = torch.randperm(len(good.images), generator=good.generator(6))

    def found(n):
        ours, others = good.images[order[:n]], good.images[order[n : 2 * n]]
        return good.nearer(*(x.flatten(1) for x in (ours, others, ours[:500].roll(1, dims=3))))

    assert found(1000) - found(8000) > 0.04


@needs_mnist
@pytest.mark.slow
def test_seven_of_ten_fakes_are_nearer_to_100_training_images_and_half_to_5000(good, offset):
    order = torch.randperm(len(good.images), generator=good.generator(6))
    flat = good.images[order[:5000]].flatten(1)
    values, axes = torch.linalg.eigh(torch.cov(flat.T))
    space = {"middle": flat.mean(0), "axes": axes[:, -32:], "scale": values[-32:].mean().sqrt()}
    good.encode.__globals__.update(space)
    shuffles = [torch.randperm(len(good.images), generator=good.generator(60 + s)) for s in range(4)]
    sets = [good.encode(good.images[rows[:n]]) for n in (100, 5000) for rows in shuffles]
    unseen = [good.encode(good.images[rows[-n:]]) for n in (100, 5000) for rows in shuffles]
    G, D = good.Crowd([16, 64, 64, 32], range(8)), good.Crowd([32, 64, 64, 1], range(10, 18))
    picks = good.generator(41)

    def batch(n):
        return torch.stack([s[torch.randint(len(s), (n,), generator=picks)] for s in sets])

    good.play_crowd(G, D, batch, steps=300)
    fakes = G(torch.randn(8, 500, 16, generator=good.generator(42))).detach()
    nearer = torch.tensor([good.metrics.nearer_to_training(*three) for three in zip(sets, unseen, fakes, strict=True)])
    few, many = nearer.view(2, 4).mean(dim=1)
    assert few == pytest.approx(0.7, abs=0.08)
    assert many == pytest.approx(0.5, abs=0.06)


@pytest.mark.slow
def test_the_rare_mode_stays_and_frequent_ones_differ_by_a_factor_of_about_three(good, offset):
    G, D = good.Crowd([4, 32, 32, 2], range(20, 28)), good.Crowd([2, 32, 32, 1], range(30, 38))
    points = good.generator(43)
    good.play_crowd(G, D, lambda n: good.uneven.sample(8 * n, generator=points).view(8, n, 2), steps=1000)
    ratios = []
    for one in G(torch.randn(8, 4000, 4, generator=good.generator(44))).detach():
        apart, nearest = torch.cdist(one, good.modes).min(1)
        share = good.metrics.class_shares(nearest[apart < 0.4], n_classes=8).share
        assert share[0] > 0
        ratios.append(float(share[1:].max() / share[1:].min()))
    assert 2 < median(ratios) < 4.5


# Asking for a seven (13).


@pytest.fixture(scope="module")
def seven():
    page = defined("chapters/13-asking-for-a-seven")
    page.train, page.test, page.judge = page.mnist(), page.mnist("test"), page.metrics.digit_judge()
    return page


def test_soft_words_end_with_a_single_one(seven, offset):
    shares = []

    def loss(D, soft, theta):
        shares.append(theta.detach().softmax(dim=-1))
        return seven.soft_loss(D, soft, theta)

    seven.play_words(loss, seven.soft_word, 7)
    assert (shares[-1].max(dim=-1).values > 0.98).all()


def test_straight_through_has_less_spread_than_soft_words_and_more_bias(seven, offset):
    found = seven.medians(range(8))
    for T in (0.1, 1.0, 3.0):
        soft, straight = found[f"soft, T = {T}"], found[f"straight, T = {T}"]
        assert straight[0] > 1.15 * soft[0]
        assert T == 3.0 or straight[1] < 0.9 * soft[1]
    cool = found["soft, T = 0.1"]
    assert 0.6 < cool[0] / (cool[1] / math.sqrt(4000)) < 1.5
    assert 0.35 < found["straight, T = 0.1"][0] < 0.8
    baseline = found["REINFORCE, baseline"]
    assert baseline[1] < 0.8 * min(cool[1], found["straight, T = 0.1"][1])


def label_round(page, other=None):
    """The round of the page, with the losses of D noted; `other(y)` takes the place of the label in G's step."""
    losses = []

    def play(G, D, opts, batch):
        real, y, z = batch
        fake = G(z, y)
        pairs = torch.cat([real, fake.detach()]), torch.cat([y, y])
        d_loss = page.nonsaturating_d(*D(*pairs).chunk(2))
        losses.append(d_loss.item())
        page.descend(opts[1], d_loss)
        page.descend(opts[0], page.nonsaturating_g(D(fake, other(y) if other else y)))

    return play, losses


def trained(page, D, other=None):
    """G, the share of images as asked, the largest share of one digit, and D's loss in the last 50 steps."""
    play, losses = label_round(page, other)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(page.train_labels.__globals__, "label_round", play)
        G = page.train_labels(D, (page.train.images, page.train.labels), 200).requires_grad_(False)
    images, y = page.asked(G, 200)
    read = page.judge(images).argmax(dim=1)
    most = read.bincount(minlength=10).max().item() / len(y)
    return G, (read == y).float().mean().item(), most, sum(losses[-50:]) / 50


@pytest.fixture
def told(seven, offset, kept):
    if ("told", offset) not in kept:
        kept["told", offset] = trained(seven, seven.ProjectionDiscriminator)
    return kept["told", offset]


@needs_mnist
@pytest.mark.slow
def test_no_loss_shows_that_the_label_is_ignored(seven, told):
    _, accuracy, _, loss = trained(seven, seven.ForgetfulDiscriminator)
    assert accuracy < 0.15
    assert told[3] == pytest.approx(1.2, abs=0.07)
    assert loss == pytest.approx(1.3, abs=0.07)
    assert told[3] < loss < math.log(4)


@needs_mnist
@pytest.mark.slow
@pytest.mark.parametrize("other", [lambda y: torch.randint(0, 10, y.shape), torch.zeros_like], ids=["random", "zero"])
def test_another_label_in_the_step_of_g_is_seen_in_the_loss_of_d(seven, told, other):
    _, accuracy, most, loss = trained(seven, seven.ProjectionDiscriminator, other)
    assert accuracy < 0.15
    assert most > 0.5
    assert loss < told[3] / 2


@needs_mnist
@pytest.mark.slow
def test_no_random_direction_makes_strokes_as_bold(seven, told):
    G, y = told[0], torch.arange(10)
    z = torch.randn(1000, 16, generator=seven.generator(8))
    known = torch.cat([z, seven.one_hot(y.repeat(100), 10).float()], dim=1)
    slopes = torch.linalg.lstsq(known, G(z, y.repeat(100)).mean(dim=(1, 2, 3))[:, None]).solution[:16, 0]
    fresh = torch.randn(200, 16, generator=seven.generator(10))

    def effect(direction):
        step = 2 * direction / direction.norm()
        return abs(G(fresh + step, y.repeat(20)).mean() - G(fresh - step, y.repeat(20)).mean()).item()

    others = [effect(each) for each in torch.randn(100, 16, generator=seven.generator(9))]
    assert effect(slopes) > max(others)
    assert effect(slopes) > 3 * median(others)


def translated(page, seed):
    """The four networks of a run without pairs, and digits, in their ink and as they come back."""
    kept, play = [], page.cycle_round

    def keep(nets, *args, **kwargs):
        kept[:] = [nets]
        play(nets, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(page.train_cycle.__globals__, "cycle_round", keep)
        page.train_cycle(page.train.images, seed)
    x = page.test.images[:500]
    nets = kept[0].eval()
    with torch.no_grad():
        there = nets[0](x)
        return nets, x, there, nets[1](there)


def prefers(page, D, real, other):
    """How often D gives a real image the higher logit."""
    with torch.no_grad():
        return page.metrics.membership(*(D(x).view(len(x), -1).mean(dim=1) for x in (real, other))).auc


@needs_mnist
@pytest.mark.slow
@pytest.mark.parametrize("seed", [200, 403, 404])
def test_d_hardly_objects_to_ink_that_is_moved(seven, seed):
    nets, x, *_ = translated(seven, seed)
    real = seven.other_ink(seven.test.images[500:1000])
    assert 0.5 < prefers(seven, nets[3], real, seven.other_ink(x).roll(-2, dims=3)) < 0.8


@needs_mnist
@pytest.mark.slow
@pytest.mark.parametrize("seed", [402, 413])
def test_white_strokes_on_dark_paper_do_not_fool_d_and_can_be_read_when_they_come_back(seven, seed):
    nets, x, there, back = translated(seven, seed)
    real = seven.other_ink(seven.test.images[500:1000])
    stroke, paper = x > 0.5, max_pool2d(x, 7, 1, 3) < -0.5
    assert there[stroke].mean() > 0.7 > 0.5 > there[paper].mean()
    assert seven.other_ink(x)[stroke].mean() < 0 < 0.9 < seven.other_ink(x)[paper].mean()
    assert prefers(seven, nets[3], real, there) > 0.85
    assert (seven.judge(back).argmax(dim=1) == seven.test.labels[:500]).float().mean() > 0.92


# Where GANs stand (14).


@pytest.fixture(scope="module")
def stand():
    return defined("chapters/14-where-gans-stand")


def flow(page, steps, units=1.0):
    """Velocities of two members on the spirals, after training with t in other units; and their late loss."""
    toy, source, losses = page.toys.spirals(2), page.generator(10), []
    v = page.networks([3, 2], [0, 1])
    draw = page.batches(toy, 2, source)

    def loss():
        x, z = draw()
        t = torch.rand(*x.shape[:-1], 1, generator=source)
        in_units = lambda points: v(torch.cat([points[..., :-1], units * points[..., -1:]], dim=-1))  # noqa: E731
        losses.append(page.flow_loss(in_units, x, z, t))
        return losses[-1]

    page.descend(v, loss, steps=steps, rate=1e-2)
    return v, toy.means.mean(0), torch.stack(losses[-200:]).mean().item()


@pytest.mark.slow
def test_more_training_brings_the_single_step_nearer_to_the_mean(stand, offset):
    z = torch.randn(2, 4000, 2, generator=stand.generator(11))
    away = []
    for steps in (300, 1500, 6000):
        v, mean, _ = flow(stand, steps)
        away.append((stand.euler(v, z, 1) - mean).norm(dim=-1).mean().item())
    assert away[0] > 1.1 * away[1] > 1.1 * away[2]


@pytest.mark.slow
def test_time_in_the_wrong_units_gives_shrunken_noise_and_no_bad_loss(stand, offset):
    z = torch.randn(2, 4000, 2, generator=stand.generator(11))
    v, mean, loss = flow(stand, 1500, units=1000.0)
    samples = stand.euler(v, z, 32)
    for noise, made in zip(z, samples, strict=True):
        assert made.std() == pytest.approx((1 - 1 / 32) ** 32, abs=0.1)
        assert torch.corrcoef(torch.stack([noise.flatten(), made.flatten()]))[0, 1] > 0.9
        assert (made.mean(0) - mean).norm() < 0.3
    assert loss < 1.15 * flow(stand, 1500)[2]
