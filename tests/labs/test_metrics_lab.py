"""The metric lab counts as `ganlab.metrics` does, on the same points."""

import pytest
import torch

from ganlab import metrics

MODES = torch.tensor([[0.0, 2.0], [1.9, 0.6], [1.2, -1.6], [-1.2, -1.6], [-1.9, 0.6]], dtype=torch.float64)
RADIUS = 1.05


def points(n, seed, *, spread=0.35, modes=MODES):
    rng = torch.Generator().manual_seed(seed)
    centres = modes[torch.randint(len(modes), (n,), generator=rng)]
    return centres + spread * torch.randn(n, 2, generator=rng, dtype=torch.float64)


REAL = points(200, 0)
PAIRS = {
    "alike": (REAL, points(200, 1)),
    "few": (points(6, 2), points(6, 3)),
    "unequal numbers": (points(1000, 4), points(137, 5)),
    "many": (points(1000, 6), points(1000, 7)),
    "a mode is missing": (REAL, points(200, 8, modes=MODES[1:])),
    "narrow": (REAL, points(200, 9, spread=0.02)),
    "wide": (REAL, points(200, 10, spread=2.0)),
    "far away": (REAL, points(200, 11) + 40),
    "copies": (REAL, REAL),
    "copies in another order": (REAL, REAL.flip(0)),
    "some copies, more than once": (REAL, torch.cat([REAL[:20].repeat(5, 1), points(100, 12)])),
    "all equal": (REAL, REAL[:1].repeat(50, 1)),
    "a grid full of ties": (torch.cartesian_prod(*[torch.arange(7.0).double()] * 2),) * 2,
    "a column": (torch.cartesian_prod(torch.zeros(1), torch.arange(9.0)).double(), REAL),
}


@pytest.fixture(scope="module")
def answers(node):
    cases = [
        {"real": real.tolist(), "fake": fake.tolist(), "modes": MODES.tolist(), "radius": RADIUS}
        for real, fake in PAIRS.values()
    ]
    return dict(zip(PAIRS, node("metrics", cases), strict=True))


@pytest.mark.parametrize("name", PAIRS)
def test_the_lab_s_metrics_are_those_of_the_package(answers, name):
    real, fake = PAIRS[name]
    precision, recall = metrics.precision_recall(real, fake)
    density, coverage = metrics.density_coverage(real, fake)
    expected = {
        "frechet": metrics.frechet_distance(real, fake),
        "kernel": metrics.kernel_distance(real, fake),
        "precision": precision,
        "recall": recall,
        "density": density,
        "coverage": coverage,
        "modes": metrics.modes_covered(fake, MODES, radius=RADIUS),
    }
    assert answers[name] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_the_lab_gives_its_metrics_to_python_as_medians_of_its_draws(node):
    (state,) = node("lab", [{"tag": "metric-lab", "params": {"n": 100}, "actions": [["step", 3]]}])
    assert state["draws"] == 12
    assert set(state["metrics"]) == set(state["floor"]) == set(state["verdicts"])
    assert state["metrics"]["modes"] == 0.8
