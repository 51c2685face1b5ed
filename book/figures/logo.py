"""Draw the logo and the favicon: two densities that nearly coincide, real in front of fake.

Run `python book/figures/logo.py`; it writes both files into book/_static.
"""

import math
from pathlib import Path

REAL, FAKE = "#2b8fd0", "#e8702a"  # between the light and the dark shade of the palette, so they work on both
STATIC = Path(__file__).parents[1] / "_static"


def bell(mean: float, std: float, height: float, *, width: int = 64, base: float = 54) -> str:
    """Return an SVG path along a bell curve, in pixels."""
    xs = [2 + (width - 4) * i / 60 for i in range(61)]
    ys = [base - height * math.exp(-0.5 * ((x - mean) / std) ** 2) for x in xs]
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))


def mark(stroke: float) -> str:
    """Return the two curves: fake dashed and filled, real solid."""
    fake, real = bell(25, 9.5, 36), bell(38, 8.5, 44)
    return (
        f'<g fill="none" stroke-width="{stroke}" stroke-linecap="round" stroke-linejoin="round">'
        f'<path d="{fake} L62,54 L2,54 Z" fill="{FAKE}" fill-opacity=".22" stroke="none"/>'
        f'<path d="{real} L62,54 L2,54 Z" fill="{REAL}" fill-opacity=".22" stroke="none"/>'
        f'<path d="{fake}" stroke="{FAKE}" stroke-dasharray="{stroke * 1.6} {stroke * 1.9}"/>'
        f'<path d="{real}" stroke="{REAL}"/></g>'
    )


def svg(stroke: float) -> str:
    """Return the whole picture."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><title>ganlab</title>{mark(stroke)}</svg>\n'


if __name__ == "__main__":
    (STATIC / "logo.svg").write_text(svg(stroke=3.2), encoding="utf-8")
    (STATIC / "favicon.svg").write_text(svg(stroke=5), encoding="utf-8")
