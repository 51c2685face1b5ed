"""The labs of chapters 1, 3, 4, 5 and 7 against the package and PyTorch: same formulas, other code."""

import itertools
import math

import pytest
import torch
from torch.distributions import Normal
from torch.nn.functional import logsigmoid, softplus

from ganlab import divergences, dynamics


@pytest.fixture(scope="module")
def states(node):
    """`states(tag, [(params, actions), ...])`: the states that the shipped bundle reaches."""

    def ask(tag, runs):
        return node("lab", [{"tag": tag, "params": params, "actions": actions} for params, actions in runs])

    return ask


def minimax_field(point):
    """Field of the Dirac-GAN with the minimax loss, by differentiating log(1 - D(theta))."""
    theta, psi = point.unbind(-1)
    logit = theta * psi
    return torch.stack([psi * torch.sigmoid(logit), -theta * torch.sigmoid(logit)], dim=-1)


def damped(field, gamma):
    """The same game with R1: psi moves by -gamma psi more."""
    return lambda point: field(point) - gamma * torch.stack([torch.zeros_like(point[..., 1]), point[..., 1]], dim=-1)


FIELDS = {"xy": dynamics.xy_field, "minimax": minimax_field, "nonsaturating": dynamics.dirac_field}


@pytest.mark.parametrize("game", FIELDS)
def test_dirac_lab_walks_the_paths_of_ganlab_dynamics(states, game):
    start = torch.tensor([1.0, -0.5], dtype=torch.float64)
    cases = list(itertools.product([0.0, 0.3, 1.0], [0.05, 0.2], [1, 77]))
    runs = [
        ({"game": game, "gamma": gamma, "step_size": h, "theta": 1.0, "psi": -0.5}, [["step", n]])
        for gamma, h, n in cases
    ]
    for (gamma, h, n), state in zip(cases, states("dirac-lab", runs), strict=True):
        for way in ("simultaneous", "alternating"):
            path = getattr(dynamics, way)(damped(FIELDS[game], gamma), start, step_size=h, steps=n)
            got = torch.tensor(state["points"][way], dtype=torch.float64)
            torch.testing.assert_close(got, path[-1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("game", FIELDS)
def test_dirac_lab_shows_the_eigenvalues_of_the_field(states, game):
    gammas = [0.0, 0.3, 0.9, 1.5]
    origin = torch.zeros(2, dtype=torch.float64)
    for gamma, state in zip(
        gammas, states("dirac-lab", [({"game": game, "gamma": g}, []) for g in gammas]), strict=True
    ):
        want = dynamics.eigenvalues(damped(FIELDS[game], gamma), origin)
        got = sorted((e["re"], e["im"]) for e in state["eigenvalues"])
        want = sorted((e.real.item(), e.imag.item()) for e in want)
        assert [part for e in got for part in e] == pytest.approx([part for e in want for part in e], abs=1e-6)


@pytest.mark.parametrize("way", ["simultaneous", "alternating"])
@pytest.mark.parametrize("game", FIELDS)
def test_dirac_lab_s_growth_is_the_spectral_radius_of_one_step(states, game, way):
    for gamma, h in [(0.0, 0.2), (0.3, 0.2), (1.5, 0.5)]:
        field = damped(FIELDS[game], gamma)
        origin = torch.zeros(2, dtype=torch.float64)

        def one_step(point, field=field, h=h):
            return getattr(dynamics, way)(field, point, step_size=h, steps=1)[-1]

        jacobian = torch.autograd.functional.jacobian(one_step, origin)
        (state,) = states("dirac-lab", [({"game": game, "gamma": gamma, "step_size": h}, [])])
        assert state["metrics"][f"factor_{way}"] == pytest.approx(
            torch.linalg.eigvals(jacobian).abs().max().item(), abs=1e-7
        )


def log_densities(shape, mu, sigma, x):
    """Data and model of the divergence lab."""
    bell = lambda centre, spread: Normal(centre, spread).log_prob(x)  # noqa: E731
    if shape == "bells":
        return bell(0.0, 1.0), bell(mu, sigma)
    if shape == "two":
        return torch.logaddexp(bell(-2.5, 0.7), bell(2.5, 0.7)) - math.log(2), bell(mu, sigma)
    ends = [(0.0, math.sqrt(3)), (mu, math.sqrt(3) * sigma)]
    boxes = [torch.where((x - centre).abs() < half, 0.0, -math.inf) for centre, half in ends]
    return tuple(box - torch.logsumexp(box, 0) - math.log(DX) for box in boxes)


DX = 0.0005
X = torch.arange(-20, 20, DX, dtype=torch.float64) + DX / 2


@pytest.mark.parametrize("shape", ["boxes", "bells", "two"])
def test_divergence_lab_agrees_with_ganlab_divergences(states, shape):
    places = [(-5.0, 1.0), (-1.3, 0.6), (0.0, 2.4), (0.4, 0.5), (2.5, 0.7), (0.0, 1.0)]
    runs = [({"shape": shape, "mu": mu, "sigma": sigma}, []) for mu, sigma in places]
    for (mu, sigma), state in zip(places, states("divergence-lab", runs), strict=True):
        log_p, log_q = log_densities(shape, mu, sigma, X)
        gap = (log_p.exp() - log_q.exp()).cumsum(0) * DX
        want = {
            "kl": divergences.kl(log_p, log_q, DX).item(),
            "reverse": divergences.kl(log_q, log_p, DX).item(),
            "jsd": divergences.jsd(log_p, log_q, DX).item(),
            "w1": gap.abs().sum().item() * DX,
        }
        want["v"] = -math.log(4) + 2 * want["jsd"]
        for name, value in want.items():
            got = math.inf if state["metrics"][name] is None else state["metrics"][name]
            # Boxes have edges, which the reference's grid cuts within one cell.
            assert got == pytest.approx(value, rel=2e-3, abs=1e-3), (name, mu, sigma)


def test_loss_lab_s_slopes_are_the_derivatives_of_its_losses(states):
    losses = {
        "minimax": lambda s: -softplus(s),
        "nonsaturating": lambda s: softplus(-s),
        "likelihood": lambda s: -s.exp(),
    }
    levels = [0.001, 0.01, 0.5, 0.9, 0.999]
    for d, state in zip(levels, states("loss-lab", [({"d": d}, []) for d in levels]), strict=True):
        for name, loss in losses.items():
            s = torch.tensor(math.log(d / (1 - d)), dtype=torch.float64, requires_grad=True)
            value = loss(s)
            value.backward()
            assert state["losses"][name] == pytest.approx(value.item(), rel=1e-9)
            assert state["metrics"][f"slope_{name}"] == pytest.approx(s.grad.item(), rel=1e-9)


def test_class_lab_s_posterior_is_bayes_rule(states):
    worlds = [(0.4, 0.5, 0.0, 1.0, 2.0, 1.0), (0.9, -2.0, 1.0, 0.4, -1.0, 2.5), (0.5, 3.0, 0.0, 2.0, 2.0, 0.5)]
    keys = ("share", "x", "mu0", "sigma0", "mu1", "sigma1")
    runs = [(dict(zip(keys, world, strict=True)), []) for world in worlds]
    for (share, x, mu0, sigma0, mu1, sigma1), state in zip(worlds, states("class-lab", runs), strict=True):
        joint = torch.stack([
            (1 - share) * Normal(mu0, sigma0).log_prob(torch.tensor(x)).exp(),
            share * Normal(mu1, sigma1).log_prob(torch.tensor(x)).exp(),
        ])  # fmt: skip
        assert state["metrics"]["joint1"] == pytest.approx(joint[1].item(), rel=1e-5)
        assert state["metrics"]["posterior"] == pytest.approx((joint[1] / joint.sum()).item(), rel=1e-5)


def test_class_lab_s_boundary_is_the_chapter_s(states):
    (state,) = states("class-lab", [({}, [])])
    assert state["boundaries"] == pytest.approx([1 - math.log(2 / 3) / 2])


def test_ratio_lab_s_best_logit_and_losses_are_exact(states):
    params = {"mu": 3.0, "sigma": 1.5, "mu_g": 0.0, "sigma_g": 1.0}
    (state,) = states("ratio-lab", [(params, [["step", 40]])])
    log_p, log_q = Normal(3.0, 1.5).log_prob(X), Normal(0.0, 1.0).log_prob(X)
    best = state["best"]
    torch.testing.assert_close(best["a"] + best["b"] * X + best["c"] * X**2, divergences.optimal_logit(log_p, log_q))
    w, b = state["weights"]["linear"]
    logits = {"best": log_p - log_q, "linear": w * X + b}
    for name, logit in logits.items():
        loss = -(log_p.exp() * logsigmoid(logit) + log_q.exp() * logsigmoid(-logit)).sum().item() * DX
        assert state["losses"][name] == pytest.approx(loss, rel=2e-4), name
    assert state["losses"]["best"] == pytest.approx(
        math.log(4) - 2 * divergences.jsd(log_p, log_q, DX).item(), rel=2e-4
    )
