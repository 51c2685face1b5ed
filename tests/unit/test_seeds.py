"""`GANLAB_SEED_OFFSET` moves every seed, and nothing else does."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch

from ganlab import digits, toys
from ganlab.seeds import generator, seed_everything

SOURCE = Path(__file__).parents[2] / "src" / "ganlab"


def everything(seed):
    seed_everything(seed)
    return [random.random(), np.random.rand(), torch.rand(()).item()]


def private(seed):
    return torch.rand(3, generator=generator(seed)).tolist()


def toy(seed):
    return toys.ring().sample(2, generator=generator(seed)).tolist()


def players(seed):
    return next(digits.digit_players(lambda step: 0.0, seed=seed).G.parameters()).flatten().tolist()


@pytest.fixture
def offset(monkeypatch):
    monkeypatch.delenv("GANLAB_SEED_OFFSET", raising=False)
    return lambda value: monkeypatch.setenv("GANLAB_SEED_OFFSET", str(value))


@pytest.mark.parametrize("draw", [everything, private, toy, players])
def test_an_offset_is_added_once_to_every_seed(draw, offset):
    plain, moved = draw(3), draw(8)
    assert plain != moved
    offset(5)
    assert draw(3) == moved


def test_an_offset_reaches_the_latent_vectors_of_a_trained_generator(offset):
    G = digits.DCGenerator()
    moved = digits.TrainedGAN(G).sample(1, seed=7)
    offset(7)
    assert torch.equal(digits.TrainedGAN(G).sample(1, seed=0), moved)


@pytest.mark.parametrize("value", ["", 0])
def test_no_offset_is_an_offset_of_zero(value, offset):
    plain = everything(2), private(2)
    offset(value)
    assert (everything(2), private(2)) == plain


@pytest.mark.parametrize("call", [seed_everything, generator])
@pytest.mark.parametrize("value", ["-1", "1.5", "one", "1_000", " 1", "²", 2**32])
def test_an_offset_that_is_no_seed_is_refused_and_nothing_is_seeded(call, value, offset):
    before = torch.get_rng_state(), random.getstate()
    offset(value)
    with pytest.raises(ValueError, match=rf"GANLAB_SEED_OFFSET must be .* got '{value}'; unset it"):
        call(0)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]


def test_the_largest_seed_leaves_room_for_the_offset(offset):
    offset(10)
    seed_everything(2**32 - 11)
    with pytest.raises(ValueError, match=r"\[0, 4294967285\] with GANLAB_SEED_OFFSET=10, got 4294967286"):
        seed_everything(2**32 - 10)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed, offset):
    with pytest.raises(ValueError, match=rf"seed must be a whole number from 0 to 4294967295, got {seed}; take"):
        seed_everything(seed)


def test_the_package_seeds_through_this_module_alone():
    """Except in exercises: a check repeats a reader's call with the same numbers, a mistake is a reader's code."""
    apart = {"checks", "exercises", "problems", "seeds.py"}
    others = [path for path in SOURCE.rglob("*.py") if not apart.intersection(path.parts)]
    lines = [line for path in others for line in path.read_text(encoding="utf-8").splitlines()]
    seeding = [line for line in lines if "manual_seed(" in line or "default_rng(" in line or "random_state=" in line]
    assert not [line for line in seeding if not line.lstrip().startswith(">>> ")]
