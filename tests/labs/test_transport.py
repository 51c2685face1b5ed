"""Wasserstein-1 between samples, as gan-lab-2d reads it, against SciPy's solver of the assignment problem."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

N = 160


def ring(rng, n):
    angle = 2 * np.pi * rng.integers(8, size=n) / 8
    return np.stack([np.cos(angle), np.sin(angle)], 1) * 2 + 0.15 * rng.normal(size=(n, 2))


FAKES = {
    "ring": ring,
    "blob": lambda rng, n: rng.normal(size=(n, 2)),
    "far away": lambda rng, n: 1e4 + rng.normal(size=(n, 2)),
    "nearly one point": lambda rng, n: np.array([2, 0]) + 1e-9 * rng.normal(size=(n, 2)),
    "two points": lambda rng, n: np.array([[2, 0], [-2, 0]], dtype=float)[rng.integers(2, size=n)],
    "a curve": lambda rng, n: np.stack([rng.normal(size=n), np.zeros(n)], 1),
    "whole numbers, many ties": lambda rng, n: rng.integers(-2, 3, size=(n, 2)).astype(float),
}


def by_scipy(a, b):
    cost = cdist(a, b)
    return cost[linear_sum_assignment(cost)].mean()


@pytest.mark.parametrize("kind", FAKES)
def test_w1_agrees_with_scipy_on_every_seed(node, kind):
    pairs = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        pairs.append((FAKES[kind](rng, N), ring(rng, N)))
    got = node("w1", [{"a": a.tolist(), "b": b.tolist()} for a, b in pairs])
    assert got == pytest.approx([by_scipy(a, b) for a, b in pairs], rel=1e-9)


@pytest.mark.parametrize("dims", [1, 2, 5])
@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_w1_of_any_size_and_dimension_agrees_with_scipy(node, n, dims):
    rng = np.random.default_rng(n)
    a, b = rng.normal(size=(2, n, dims))
    (got,) = node("w1", [{"a": a.tolist(), "b": b.tolist()}])
    assert got == pytest.approx(by_scipy(a, b), rel=1e-12)


def test_the_state_holds_w1_and_what_real_samples_read(node):
    params = [{"seed": seed, "start": start} for seed in range(3) for start in ("scratch", "trained")]
    states = node("lab", [{"tag": "gan-lab-2d", "params": p, "actions": []} for p in params])
    for fresh, trained in zip(states[::2], states[1::2], strict=True):
        assert trained["w1_floor"] < trained["metrics"]["w1"] < 0.25 < 1 < fresh["metrics"]["w1"]
        assert fresh["w1_floor"] == trained["w1_floor"]
