"""Figures lose bytes, not looks."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from light_pictures import lighten
from PIL import Image

from ganlab import plots


@pytest.fixture(params=["curves", "digits"])
def picture(request, tmp_path):
    """A figure as the book's chapters draw it."""
    rng = torch.Generator().manual_seed(0)
    if request.param == "curves":
        ax = plots.losses(*torch.rand(2, 400, generator=rng))
    else:
        ax = plots.image_grid((torch.rand(64, 1, 28, 28, generator=rng) * 3 - 2).clamp(-1, 1))
    path = tmp_path / "figure.png"
    ax.figure.savefig(path, dpi=150)
    plt.close(ax.figure)
    return path


def pixels(file):
    return np.asarray(Image.open(file).convert("RGB")).astype(int)


def test_a_figure_becomes_smaller_and_looks_the_same(picture):
    before, size = pixels(picture), picture.stat().st_size
    lighten(picture)
    after = pixels(picture)
    assert picture.stat().st_size < 0.9 * size
    assert np.abs(after - before).mean() < 0.5
    assert (after[0, 0] == 255).all()
    assert [path.name for path in picture.parent.iterdir()] == ["figure.png"]


def test_twice_changes_nothing(picture):
    lighten(picture)
    once = picture.read_bytes()
    lighten(picture)
    assert picture.read_bytes() == once


def test_a_picture_that_would_grow_stays(tmp_path):
    path, small = tmp_path / "dot.png", io.BytesIO()
    Image.new("L", (1, 1), 255).save(small, "PNG", optimize=True)
    path.write_bytes(small.getvalue())
    lighten(path)
    assert path.read_bytes() == small.getvalue()


def test_a_picture_through_which_the_page_shines_stays(tmp_path):
    path = tmp_path / "glass.png"
    Image.effect_noise((64, 64), 50).convert("RGBA").save(path)
    with Image.open(path) as picture:
        picture.putalpha(128)
        picture.save(path)
    before = path.read_bytes()
    lighten(path)
    assert path.read_bytes() == before
