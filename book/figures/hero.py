"""Draw the landing page's picture: a one-dimensional GAN in training, recorded and played back as an SVG.

Run `python book/figures/hero.py` (ten seconds); it writes hero.svg beside this file. Nothing is posed: seed 0, the
first run, the step numbers under the curves. The picture is inlined in the page and takes the page's colours.
"""

import math
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ganlab.networks import mlp
from ganlab.seeds import seed_everything
from ganlab.steps import discriminator_step, generator_step

STEPS = [0, 50, 100, 150, 200, 300, 400, 450, 500, 700, 1000, 1500]
GRID = torch.linspace(-4, 6, 81)
WIDTH, HEIGHT, BASE = 640, 220, 210
SECONDS = 6
SCALE = 1.4  # a density of 0.71 fills the height; the narrow start leaves the picture


class Frame(NamedTuple):
    """What is seen at one step: the density of the fakes and D, both on the grid."""

    step: int
    fake: Tensor
    d: Tensor


def real_density(x: Tensor) -> Tensor:
    """Return the density to be learned: a Gaussian with mean 2 and standard deviation 0.8."""
    return torch.exp(-0.5 * ((x - 2) / 0.8) ** 2) / (0.8 * math.sqrt(2 * math.pi))


def kernel_density(sample: Tensor, bandwidth: float = 0.2) -> Tensor:
    """Estimate a density on the grid with a Gaussian kernel."""
    kernels = torch.exp(-0.5 * ((GRID[:, None] - sample[None]) / bandwidth) ** 2)
    return kernels.mean(1) / (bandwidth * math.sqrt(2 * math.pi))


def record() -> list[Frame]:
    """Train with the steps of the book and record the frames."""
    seed_everything(0)
    G, D = mlp([1, 32, 32, 1], activation=nn.Tanh), mlp([1, 32, 32, 1], activation=nn.Tanh)
    opt_g = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999))
    opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
    z_fixed, frames = torch.randn(4000, 1), []
    for step in range(STEPS[-1] + 1):
        if step in STEPS:
            with torch.no_grad():
                frames.append(Frame(step, kernel_density(G(z_fixed).ravel()), torch.sigmoid(D(GRID[:, None])).ravel()))
        real = 2 + 0.8 * torch.randn(256, 1)
        discriminator_step(G, D, opt_d, real, torch.randn(256, 1))
        generator_step(G, D, opt_g, torch.randn(256, 1))
    return frames


def path(heights: Tensor) -> str:
    """Return an SVG path; height 1 is the height of the picture."""
    xs = (GRID - GRID[0]) / (GRID[-1] - GRID[0]) * WIDTH
    points = zip(xs.tolist(), (BASE - heights * (BASE - 10)).tolist(), strict=True)
    return "M" + " L".join(f"{x:.0f},{y:.1f}" for x, y in points)


def keyframes(name: str, paths: list[str]) -> str:
    """Return a CSS animation through the paths."""
    stops = "".join(f"{100 * i / (len(paths) - 1):.1f}%{{d:path('{p}')}}" for i, p in enumerate(paths))
    return f"@keyframes {name}{{{stops}}}"


def counter(frames: list[Frame]) -> str:
    """Return one text an instant, each shown in its turn; the last one stays."""
    delays = [f"{SECONDS * i / (len(frames) - 1):.2f}s" for i in range(len(frames) - 1)]
    passing = [f'<text class="hero-step" x="12" y="26" style="animation-delay:{d}">' for d in delays]
    opening = [*passing, '<text class="hero-last" x="12" y="26">']
    return "".join(f"{tag}step {frame.step}</text>" for tag, frame in zip(opening, frames, strict=True))


def rules(frames: list[Frame]) -> str:
    """Return the CSS: everything moves once, and only where motion is welcome."""
    turn = 100 / (len(frames) - 1)
    moves = {
        "hero-fake": keyframes("hero-fake", [path(f.fake * SCALE) for f in frames]),
        "hero-d": keyframes("hero-d", [path(f.d) for f in frames]),
        "hero-step": f"@keyframes hero-step{{0%,{turn:.1f}%{{opacity:1}}{turn + 0.1:.1f}%,100%{{opacity:0}}}}",
        "hero-last": "@keyframes hero-last{0%,99%{opacity:0}100%{opacity:1}}",
    }
    animated = "".join(f".{name}{{animation:{name} {SECONDS}s linear forwards}}" for name in moves)
    welcome = f"@media (prefers-reduced-motion:no-preference){{{animated}}}"
    return f"{''.join(moves.values())}.hero-step{{opacity:0}}{welcome}"


def svg(frames: list[Frame]) -> str:
    """Return the picture; without animation (reduced motion, older browsers) it shows the last frame."""
    half = BASE - (BASE - 10) // 2
    label = (
        "Recording of a one-dimensional GAN. The solid real density is a bell around two. The dashed fake density "
        f"starts narrow at zero, overshoots, widens, and after {frames[-1].step} steps lies almost on the real one; "
        "the dotted discriminator ends near one half."
    )
    return (
        f'<svg class="hero" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"<style>{rules(frames)}</style>"
        f'<line class="hero-half" x1="0" x2="{WIDTH}" y1="{half}" y2="{half}"/>'
        f'<line class="hero-axis" x1="0" x2="{WIDTH}" y1="{BASE}" y2="{BASE}"/>'
        f'<path class="hero-real" d="{path(real_density(GRID) * SCALE)}"/>'
        f'<path class="hero-fake" d="{path(frames[-1].fake * SCALE)}"/>'
        f'<path class="hero-d" d="{path(frames[-1].d)}"/>{counter(frames)}</svg>\n'
    )


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(svg(record()), encoding="utf-8")
