"""Plots: what is drawn where, and clear errors; looks are judged by eye in the book."""

import math

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from ganlab import plots


@pytest.fixture(autouse=True)
def _headless():
    matplotlib.use("agg")
    with plt.style.context("ganlab.book"):
        yield
    plt.close("all")


def test_real_and_fake_differ_in_colour_and_in_line_style():
    assert plots.REAL["color"] != plots.FAKE["color"]
    assert len({role["linestyle"] for role in (plots.REAL, plots.FAKE, plots.D)}) == 3


def test_loss_figure_draws_log_four_and_log_two():
    ax = plots.losses(np.ones(100), np.ones(100))
    drawn = {round(float(line.get_ydata()[0]), 4) for line in ax.lines}
    assert {round(math.log(4), 4), round(math.log(2), 4)} <= drawn
    assert {"log 4", "log 2"} <= {text.get_text() for text in ax.texts}


def test_running_mean_agrees_with_a_plain_loop():
    values = np.arange(20.0) ** 2
    expected = [values[i : i + 5].mean() for i in range(16)]
    np.testing.assert_allclose(plots.running_mean(values, 5), expected)


def test_running_mean_of_few_values_is_their_mean():
    np.testing.assert_allclose(plots.running_mean(np.array([1.0, 3.0]), 25), [2.0])


def test_grid_keeps_order_left_to_right_then_down():
    levels = torch.linspace(-1, 1, 6)
    images = levels[:, None, None, None].expand(6, 1, 4, 4)
    picture = plots.image_grid(images, n_cols=3).images[0].get_array()
    np.testing.assert_allclose([picture[0, 0], picture[0, 5], picture[0, 10], picture[5, 0]], levels[:4], atol=1e-6)


def test_grid_names_the_data_source():
    ax = plots.image_grid(torch.zeros(4, 1, 28, 28), source="digits-8x8 (offline)")
    assert [text.get_text() for text in ax.texts] == ["data: digits-8x8 (offline)"]


def test_images_of_another_range_are_refused_with_the_cure():
    with pytest.raises(ValueError, match=r"divide 0\.\.255 by 127\.5"):
        plots.image_grid(torch.full((1, 1, 2, 2), 255.0))


def test_images_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="shape"):
        plots.image_grid(torch.zeros(28, 28))


def test_histogram_shows_shares():
    ax = plots.class_histogram(np.array([1, 3]))
    assert [bar.get_height() for bar in ax.patches] == [0.25, 0.75]


def test_functions_draw_on_given_axes():
    ax = plots.new_axes()
    assert plots.density(np.arange(3), np.ones(3), role=plots.REAL, label="data", ax=ax) is ax
