"""The recorded run on the landing page ends as its caption says."""

import re
from pathlib import Path

import pytest
import torch
from loading import load_script

BOOK = Path(__file__).parents[2] / "book"
hero = load_script(BOOK / "figures/hero.py")
REAL = hero.real_density(hero.GRID)
DATA = REAL > 0.05


def close_to_half(d):
    return ((d[DATA] - 0.5).abs() < 0.15).all()


def test_the_last_picture_has_d_close_to_half_where_nearly_all_of_the_data_lie():
    (points,) = re.findall(r'class="hero-d" d="M([^"]+)"', (BOOK / "figures/hero.svg").read_text(encoding="utf-8"))
    heights = torch.tensor([float(point.split(",")[1]) for point in points.split(" L")])
    assert close_to_half((hero.BASE - heights) / (hero.BASE - 10))
    assert REAL[DATA].sum() > 0.95 * REAL.sum()
    said = "At the end $D$ is close to ½ where nearly all of the data lie,"
    assert said in (BOOK / "index.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_recording_ends_in_such_a_picture_and_with_fakes_nearer_to_the_data():
    first, *_, last = hero.record()
    assert close_to_half(last.d)
    assert (last.fake - REAL).abs().max() < 0.5 * (first.fake - REAL).abs().max()
