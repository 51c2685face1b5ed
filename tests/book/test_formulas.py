"""The book's numbered formulas, read from the pages and evaluated, against routes that share nothing with them.

The routes are `ganlab` on samples, autograd, quadrature and SciPy. Samples lie at even steps of the distribution
function, so that their mean is the expectation but for a small error of quadrature.
"""

import math
import re
import sys
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from ganlab import divergences, losses, penalties, seeds

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "book" / "_ext")]

from formulas.pages import formula  # noqa: E402
from formulas.values import evaluate  # noqa: E402
from formulas.world import STEP, World  # noqa: E402

CHAPTERS = sorted((ROOT / "book").rglob("*.md"))
SEEDS = range(3)
MANY = 20_000
every_world = pytest.mark.parametrize("seed", SEEDS)


def of_the_book(label, where=""):
    """The formula as it stands in the book."""
    there = [path for path in CHAPTERS if f"$$ ({label})\n" in path.read_text(encoding="utf-8")]
    return formula(label, where=where, pages=there)


class Samples:
    """Samples of a random world, and what its networks make of them."""

    def __init__(self, seed):
        self.world = World(seed)
        self.theta = self.world.parameter(r"\theta") + self.world.parameter(r"\Theta_G")
        self.psi = self.world.parameter(r"\psi") + self.world.parameter(r"\Theta_D")
        self.z = self.draw("p_z")
        self.real, self.fake = self.draw("p_data"), self.G(self.z)

    def log(self, name):
        """The logarithm of a density, on the grid."""
        return self.world.density(name, self.theta)(self.world.line).log()

    def draw(self, name, count=MANY):
        fine = torch.linspace(-9, 9, 40_001, dtype=torch.float64)
        mass = torch.cumulative_trapezoid(self.world.density(name, self.theta)(fine), fine).numpy()
        steps = (np.arange(count) + 0.5) / count
        return torch.from_numpy(np.interp(steps, np.concatenate([[0.0], mass]), fine.numpy()))

    def G(self, z, theta=None):
        return self.world.generator(z, self.theta if theta is None else theta)

    def s(self, x):
        return self.world.logit(x, self.psi)

    def best(self, x):
        """The best logit, whatever the parameters do now."""
        data, fakes = (self.world.density(name, self.theta.detach())(x) for name in ("p_data", "p_g"))
        return data.log() - fakes.log()

    def slope(self, loss):
        """The derivative of a loss of the fakes in G's parameter."""
        theta = self.theta.clone().requires_grad_()
        return torch.autograd.grad(loss(self.G(self.z, theta)), theta)[0].item()


@pytest.fixture(params=SEEDS)
def samples(request):
    return Samples(request.param)


def close(value, tolerance=3e-4):
    return pytest.approx(float(value), rel=tolerance, abs=tolerance)


def test_f1_the_value_of_the_game_is_minus_the_discriminator_s_loss(samples):
    found = of_the_book("game-value").value(samples.world)
    assert found == close(-losses.nonsaturating_d(samples.s(samples.real), samples.s(samples.fake)))


def test_f2_the_discriminator_s_loss(samples):
    found = of_the_book("game-d-loss").value(samples.world)
    assert found == close(losses.minimax_d(samples.s(samples.real), samples.s(samples.fake)))


@pytest.mark.parametrize(
    ("label", "loss"), [("gl-minimax", losses.minimax_g), ("gl-nonsaturating", losses.nonsaturating_g)]
)
def test_f3_and_f4_the_generator_s_losses(samples, label, loss):
    assert of_the_book(label).value(samples.world) == close(loss(samples.s(samples.fake)))


def test_f5_the_best_discriminator_and_its_logit(samples):
    x = samples.world.parameter("x")
    logs = [samples.world.density(name, samples.theta)(x).log() for name in ("p_data", "p_g")]
    best = divergences.optimal_discriminator(*logs)
    assert of_the_book("rm-d-star").value(samples.world) == close(best, 1e-9)
    assert of_the_book("rm-logit-star").value(samples.world) == close(divergences.optimal_logit(*logs), 1e-9)
    assert of_the_book("rm-logit-star").value(samples.world) == close(torch.logit(best), 1e-9)


def test_f6_the_value_against_a_perfect_discriminator(samples):
    equation = of_the_book("game-value-at-best")
    loss = losses.nonsaturating_d(samples.best(samples.real), samples.best(samples.fake))
    jsd = divergences.jsd(samples.log("p_data"), samples.log("p_g"), STEP)
    assert equation.value(samples.world) == close(-loss)
    assert equation.value(samples.world) == close(2 * jsd - math.log(4), 1e-9)
    assert equation.value(samples.world, side=0) == close(equation.value(samples.world), 1e-9)


def test_the_divergences_are_those_of_the_package(samples):
    data, fakes = samples.log("p_data"), samples.log("p_g")
    p, q = samples.log("p"), samples.log("q")
    kl = of_the_book("game-kl")
    for statement, pair in enumerate([(data, fakes), (fakes, data)]):
        expected = close(divergences.kl(*pair, STEP), 1e-9)
        assert [kl.value(samples.world, side, statement) for side in (0, 1)] == [expected, expected]
    found = of_the_book("game-jsd", r"m(x) = \tfrac12 (p(x) + q(x))")
    assert found.value(samples.world) == close(divergences.jsd(p, q, STEP), 1e-9)
    assert found.value(samples.world, side=0) == close(divergences.jsd(p, q, STEP), 1e-9)


def test_f7_the_slopes_of_both_losses(samples):
    s = samples.world.parameter("s").clone().requires_grad_()
    for statement, loss in enumerate([losses.minimax_g, losses.nonsaturating_g]):
        (slope,) = torch.autograd.grad(loss(s), s)
        equation = of_the_book("gl-slopes", r"D = \operatorname{sigmoid}(s)")
        for side in (0, 1):
            assert equation.value(samples.world, side, statement) == close(slope, 1e-6)


def test_f8_what_the_non_saturating_generator_follows_against_a_perfect_discriminator(samples):
    """The D^* of the formula needs its bar: it is held fixed, and only then are both sides equal."""
    slope = samples.slope(lambda fake: losses.nonsaturating_g(samples.best(fake)))
    equation = of_the_book("gl-nonsaturating-at-best")
    assert equation.value(samples.world) == close(slope, 1e-3)
    assert equation.value(samples.world, side=0) == close(equation.value(samples.world), 1e-7)


def test_f9_the_best_discriminator_for_smoothed_labels(samples):
    world, x = samples.world, samples.world.parameter("x")
    equation = of_the_book("gl-smoothing", r"\alpha \in (0.6, 1), \beta \in (0, 0.3)")
    alpha, beta = (world.draw(rf"\{name}", low, high)[0] for name, low, high in ENDS)
    data, fakes = (world.density(name, samples.theta)(x) for name in ("p_data", "p_g"))
    answers = torch.linspace(0.001, 0.999, 99_801, dtype=torch.float64)
    cost = data * (alpha * answers.log() + (1 - alpha) * (1 - answers).log())
    cost += fakes * (beta * answers.log() + (1 - beta) * (1 - answers).log())
    assert equation.value(world) == close(answers[cost.argmax()], 2e-5)


ENDS = [("alpha", 0.6 + 0.06 * 0.4, 1 - 0.06 * 0.4), ("beta", 0.06 * 0.3, 0.3 - 0.06 * 0.3)]  # as `where` draws them


@pytest.mark.parametrize("target", [0, 1])
def test_f10_cross_entropy_of_a_logit(samples, target):
    equation = of_the_book("rm-bce", f"D = \\operatorname{{sigmoid}}(s) \n y = {target}")
    expected = losses.bce_with_logits(samples.world.parameter("s"), float(target))
    assert [equation.value(samples.world, side) for side in range(3)] == [close(expected, 1e-6)] * 3


class Equilibrium(World):
    """A world in which the data are distributed as the fakes are."""

    def density(self, name, parameter):
        frozen = self.base[r"\theta"] + self.base[r"\Theta_G"]
        return (lambda x: self.pushed(x, frozen)) if name == "p_data" else super().density(name, parameter)


NASH = "L_D(D, G) = -V(D, G)\nL_G(D, G) = V(D, G)\nD_0(x) = "


@every_world
def test_f11_at_the_nash_equilibrium_no_player_gains_alone(seed):
    equation, world = of_the_book("game-nash", NASH + r"\tfrac12"), Equilibrium(seed)
    chains = [i for i in range(len(equation.items)) if equation.relations(i)]
    assert [equation.relations(i) for i in chains] == [[r"\le"]] * 2
    for i in chains:
        assert equation.value(world, 0, i) <= equation.value(world, 1, i) + 1e-12
    assert equation.value(world, 0, chains[0]) == close(math.log(4), 1e-9)
    assert [equation.value(world, side, chains[1]) for side in (0, 1)] == [close(-math.log(4), 1e-9)] * 2


@every_world
def test_f11_elsewhere_a_player_gains(seed):
    equation = of_the_book("game-nash", NASH + r"0.9")
    assert equation.value(Equilibrium(seed), 0) > equation.value(Equilibrium(seed), 1)


def test_f12_the_maximum_likelihood_game_has_the_slope_of_the_kl_divergence(samples):
    equation = of_the_book("gl-ml")
    assert equation.value(samples.world) == close(-samples.s(samples.fake).exp().mean(), 1e-3)
    slope = samples.slope(lambda fake: -samples.best(fake).exp().mean())
    eps = 1e-4
    kls = [
        divergences.kl(samples.log("p_data"), samples.world.pushed(samples.world.line, samples.theta + e).log(), STEP)
        for e in (-eps, eps)
    ]
    assert slope == close((kls[1] - kls[0]) / (2 * eps), 2e-3)


def test_f13_the_losses_of_the_wasserstein_game(samples):
    equation = of_the_book("w-critic-loss")
    f = samples.world.critic
    d_loss = losses.wasserstein_d(f(samples.real), f(samples.fake))
    assert equation.value(samples.world) == close(d_loss)
    assert equation.value(samples.world, statement=1) == close(losses.wasserstein_g(f(samples.fake)))


def test_f13_the_gradient_penalty(samples):
    equation = of_the_book("w-gp")
    few = 400
    real, fake = samples.draw("p_data", few), samples.G(samples.draw("p_z", few))
    mean = np.mean([_penalty(samples.world.critic, real, fake, share) for share in (np.arange(40) + 0.5) / 40])
    plain = of_the_book("game-d-loss").value(samples.world)
    weight = samples.world.parameter(r"\lambda").item()
    assert equation.value(samples.world, side=0) == close(plain + weight * mean, 2e-3)
    x, z, share = (samples.world.parameter(name) for name in ("x", "z", r"\epsilon"))
    assert equation.value(samples.world, statement=1) == close(share * x + (1 - share) * samples.G(z), 1e-9)


def _penalty(critic, real, fake, share):
    """The penalty at one share of real and fake, over all pairs."""
    x = (share * real[:, None] + (1 - share) * fake[None, :]).flatten().requires_grad_()
    (slope,) = torch.autograd.grad(critic(x).sum(), x)
    return ((slope.abs() - 1) ** 2).mean().item()


def test_f13_r1_is_the_package_s(samples):
    real = samples.real[:, None]
    expected = penalties.r1_penalty(lambda x: samples.s(x[:, 0]), real).detach()
    assert of_the_book("circ-r1").value(samples.world, statement=1) == close(expected)
    loss, gamma = of_the_book("game-d-loss").value(samples.world), samples.world.parameter(r"\gamma").item()
    assert of_the_book("circ-r1", "R_1 = 3").value(samples.world, side=0) == close(loss + 1.5 * gamma, 1e-9)


def test_w1_of_samples_is_found_by_sorting():
    world = World(0)
    n = int(world.parameter("n"))
    x, y = (world.element(name, torch.arange(1, n + 1)) for name in ("x", "y"))
    found = of_the_book("game-w1").value(world)
    assert found == close(divergences.wasserstein1(x, y), 1e-9)
    assert found == close(wasserstein_distance(x.numpy(), y.numpy()), 1e-9)


def test_w1_of_distributions_and_its_two_forms(samples):
    expected = wasserstein_distance(samples.real.numpy(), samples.fake.numpy())
    for label in ("w-primal", "w-dual"):
        assert of_the_book(label).value(samples.world, side=0) == close(expected, 2e-3)
    (_, supremum), (sign, fakes) = of_the_book("w-dual").side(-1).terms
    reached = float(evaluate(supremum.body, samples.world, {}) + sign * evaluate(fakes, samples.world, {}))
    assert reached == close(-losses.wasserstein_d(*(samples.world.critic(x) for x in (samples.real, samples.fake))))
    assert reached <= expected


def test_f15_in_many_dimensions_no_plan_is_cheaper_and_one_reaches_it():
    """The page's own function, against the exact transport between two large samples of few points."""
    rng = seeds.generator(0)
    mix = torch.randn(3, 3, generator=rng, dtype=torch.float64)
    x = torch.randn(400, 3, generator=rng, dtype=torch.float64)
    stretch = mix @ mix.T + 0.5 * torch.eye(3, dtype=torch.float64)
    y = x @ stretch + 1  # a symmetric positive map: the cheapest plan leaves each point with its image
    rows, columns = linear_sum_assignment(torch.cdist(x, y).square().numpy())
    cheapest = (x[rows] - y[columns]).square().sum(1).mean().item()
    means, covariances = [v.mean(0) for v in (x, y)], [torch.cov(v.T, correction=0) for v in (x, y)]
    text = next(path for path in CHAPTERS if path.name.startswith("11-")).read_text(encoding="utf-8")
    assert "$$ (hg-frechet)" in text
    functions = {"torch": torch}
    exec(re.search(r"^def root\(.*?(?=```)", text, re.DOTALL | re.MULTILINE)[0], functions)
    distance = functions["frechet"](means[0], covariances[0], means[1], covariances[1])
    assert distance.item() == pytest.approx(cheapest, rel=1e-9)


@pytest.mark.parametrize("kept", [7, 4, 1])
@pytest.mark.parametrize("pack", [1, 2, 3])
def test_the_price_of_missing_modes_also_if_they_are_packed(kept, pack):
    """Packs of modes drawn one after the other: all of them, and those that the generator can make."""
    data, fakes = np.full(8, 1 / 8), np.where(np.arange(8) < kept, 1 / kept, 0)
    all_packs, fake_packs = (reduce(np.multiply.outer, [shares] * pack).ravel() for shares in (data, fakes))
    price = of_the_book("mc-jsd", rf"c = \frac{{{kept**pack}}}{{{8**pack}}}").value(World(0))
    assert price == pytest.approx(2 * jensenshannon(all_packs, fake_packs) ** 2, abs=1e-12)


#: What the list of formulas of the course needs a test for, and what goes with it.
LABELS = [
    "rm-bce",
    "rm-d-star",
    "rm-logit-star",
    "game-value",
    "game-d-loss",
    "game-jsd",
    "game-value-at-best",
    "game-nash",
    "game-kl",
    "game-w1",
    "gl-minimax",
    "gl-nonsaturating",
    "gl-slopes",
    "gl-nonsaturating-at-best",
    "gl-smoothing",
    "gl-ml",
    "w-primal",
    "w-dual",
    "w-critic-loss",
    "w-gp",
    "circ-r1",
    "mc-jsd",
]


@pytest.mark.parametrize("label", LABELS)
def test_each_formula_stands_in_a_page_once_and_is_evaluated_here(label):
    assert of_the_book(label).label == label
    assert Path(__file__).read_text(encoding="utf-8").count(f'"{label}"') >= 1
