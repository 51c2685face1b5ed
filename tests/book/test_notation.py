"""The notation page states numbers and names of the package; both are compared with the package itself."""

import re
from pathlib import Path

import pytest
import torch

from ganlab import divergences, losses, penalties

PAGE = (Path(__file__).parents[2] / "book" / "notation.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if line[:1] == "|"]
VALUES = {row[0]: row[-1] for row in ROWS if re.fullmatch(r"−?\d+(\.\d+)?", row[-1])}

ZERO, HALF = torch.zeros(4), torch.full((4,), 0.5)


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        ("$V(D^*, G)$", -losses.minimax_d(ZERO, ZERO)),
        ("`d_loss`, the sum of two means", losses.nonsaturating_d(ZERO, ZERO)),
        ("`d_loss` where other code takes half of it", losses.nonsaturating_d(ZERO, ZERO) / 2),
        ("`g_loss`, non-saturating", losses.nonsaturating_g(ZERO)),
        ("`g_loss`, minimax", losses.minimax_g(ZERO)),
        ("`d_loss`, least squares (best output $1/2$)", losses.least_squares_d(HALF, HALF)),
        ("`g_loss`, least squares (best output $1/2$)", losses.least_squares_g(HALF)),
        ("`d_loss`, hinge (best output in $[-1, 1]$)", losses.hinge_d(HALF, HALF)),
        ("`d_loss`, Wasserstein", losses.wasserstein_d(HALF, HALF)),
        ("`d_loss` and `g_loss`, relativistic (equal outputs)", losses.relativistic_d(HALF, HALF)),
    ],
)
def test_number_at_equilibrium_is_what_the_loss_returns(quantity, value):
    stated = float(VALUES[quantity].replace("−", "-"))
    assert stated == pytest.approx(value.item(), abs=5e-5)


@pytest.mark.parametrize("loss", [losses.nonsaturating_d, losses.least_squares_d, losses.hinge_d])
def test_no_constant_output_beats_the_stated_one_when_fakes_equal_data(loss):
    best = HALF if loss is losses.least_squares_d else ZERO
    others = [torch.full((4,), s) for s in torch.linspace(-3, 3, 61).tolist()]
    assert all(loss(s, s) >= loss(best, best) - 1e-6 for s in others)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (losses, "nonsaturating_d"),
        (losses, "nonsaturating_g"),
        (losses, "minimax_g"),
        (penalties, "r1_penalty"),
        (penalties, "gradient_penalty"),
        (divergences, "kl"),
        (divergences, "jsd"),
        (divergences, "wasserstein1"),
        (divergences, "optimal_discriminator"),
    ],
)
def test_function_named_on_the_page_exists(module, name):
    assert f"`{name}`" in PAGE
    assert callable(getattr(module, name))
