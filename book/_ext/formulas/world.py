"""Random worlds in which formulas are evaluated: distributions on a line, smooth functions, parameters.

All distributions are one normal distribution times bounded smooth factors, so that their ratios stay bounded and no
logarithm of `1 - D^*` loses its digits in the tails. The trapezoid rule on an even grid is then exact up to rounding.
`p_g` is truly that of G(z), which depends on its parameters, so derivatives by them go both ways.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable

import torch
from torch import Tensor

REACH, STEP = 12.0, 0.1  # of the grid: far in the tails, and far finer than any bend
Function = Callable[[Tensor], Tensor]

#: Parameters of the book's notation, and between what they are drawn.
RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("s", "x", "z", r"\tilde{x}", r"\hat{x}"), (-1.5, 1.5)),
    **dict.fromkeys((r"\theta", r"\psi", r"\Theta_G", r"\Theta_D", r"\mu", r"\mu_data", r"\mu_g"), (-1.0, 1.0)),
    **dict.fromkeys((r"\sigma", r"\sigma_data", r"\sigma_g", r"\gamma", r"\lambda", "t"), (0.4, 1.6)),
    **dict.fromkeys(("h", r"\eta", r"\eta_G", r"\eta_D"), (0.05, 0.3)),
    r"\epsilon": (0.1, 0.9),
}
WHOLE = {"n": (3, 6), "d": (2, 4), "k": (1, 4)}
CONSTANTS = {r"\pi": math.pi, "e": math.e}


class World:
    """One draw of everything, fixed by a seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.line = torch.arange(-REACH, REACH + STEP / 2, STEP, dtype=torch.float64)
        self.wave: dict[str, Function] = {}
        self.totals: dict[str, Tensor] = {}
        self.base = {name: self.parameter(name) for name in (r"\theta", r"\Theta_G")}

    def draw(self, name: str, low: float = 0.0, high: float = 1.0, count: int = 1) -> Tensor:
        """Return numbers that the name and the seed fix."""
        source = torch.Generator().manual_seed(zlib.crc32(f"{self.seed} {name}".encode()))
        return low + (high - low) * torch.rand(count, generator=source, dtype=torch.float64)

    def parameter(self, name: str) -> Tensor | None:
        """Return a parameter of the book's notation, or None."""
        if name in CONSTANTS:
            return torch.tensor(CONSTANTS[name], dtype=torch.float64)
        if name in WHOLE:
            low, high = WHOLE[name]
            return self.draw(name, low, high + 1)[0].floor()
        return self.draw(name, *RANGES[name])[0] if name in RANGES else None

    def element(self, name: str, index: Tensor) -> Tensor:
        """Return elements of a random sequence, counted from 1."""
        return self.draw(name, -1.5, 1.5, count=64)[index.round().long()]

    # Functions.

    def bend(self, name: str) -> Function:
        """Return a random bounded smooth function."""
        if name not in self.wave:
            a, b, c, u, v, w = self.draw(f"bend of {name}", count=6)
            self.wave[name] = lambda x: (
                (0.5 + a / 2) * torch.sin((0.5 + b / 2) * x + 6 * c) + (u - 0.5) * torch.tanh(x + 2 * v - w)
            )
        return self.wave[name]

    def logit(self, x: Tensor, parameter: Tensor) -> Tensor:
        """Return s(x), which depends on D's parameters."""
        return self.bend("s")(x) + 0.3 * x + torch.sin(parameter) * self.bend("change of s")(x) + 0.4 * parameter

    def critic(self, x: Tensor) -> Tensor:
        """Return f(x), whose slope is below 1."""
        slope = self.draw("critic", -0.3, 0.3)[0]
        return slope * x + 0.4 * self.bend("f")(x)

    # Distributions.

    def factor(self, name: str, x: Tensor) -> Tensor:
        return torch.exp(0.7 * self.bend(f"density {name}")(x))

    def normal(self, x: Tensor) -> Tensor:
        return torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)

    def integral(self, values: Tensor) -> Tensor:
        """Integrate over the last dimension, which follows the grid."""
        return values.sum(-1) * STEP

    def weighted(self, name: str, base: Function) -> Function:
        """Return the density that a bounded factor makes of another."""
        if name not in self.totals:
            self.totals[name] = self.integral(base(self.line) * self.factor(name, self.line)).detach()
        return lambda x: base(x) * self.factor(name, x) / self.totals[name]

    def density(self, name: str, parameter: Tensor) -> Function:
        """Return a density of the notation; the parameter is G's."""
        if name == "p_g":
            return lambda x: self.pushed(x, parameter)
        if name == "p_data":
            frozen = self.base[r"\theta"] + self.base[r"\Theta_G"]
            return self.weighted(name, lambda x: self.pushed(x, frozen))
        return self.weighted(name, self.normal)

    def generator(self, z: Tensor, parameter: Tensor) -> Tensor:
        """Return G(z), which rises with z."""
        shift, scale, bend, place = self.draw("generator", count=4)
        slope = 0.8 + 0.3 * scale + 0.1 * torch.sin(parameter)
        return shift - 0.5 + 0.5 * parameter + slope * z + 0.4 * bend * torch.tanh(z + place + 0.3 * parameter)

    def generator_slope(self, z: Tensor, parameter: Tensor) -> Tensor:
        _, scale, bend, place = self.draw("generator", count=4)
        slope = 0.8 + 0.3 * scale + 0.1 * torch.sin(parameter)
        return slope + 0.4 * bend / torch.cosh(z + place + 0.3 * parameter) ** 2

    def inverse(self, x: Tensor, parameter: Tensor) -> Tensor:
        """Return the z with G(z) = x. The last steps of Newton's method are seen by derivatives."""
        with torch.no_grad():
            z = x + 0 * parameter
            for _ in range(12):  # the slope of G hardly changes, so this is enough
                z = z - (self.generator(z, parameter) - x) / self.generator_slope(z, parameter)
        for _ in range(2):
            z = z - (self.generator(z, parameter) - x) / self.generator_slope(z, parameter)
        return z

    def pushed(self, x: Tensor, parameter: Tensor) -> Tensor:
        """Return p_g(x), the density of G(z)."""
        z = self.inverse(x, parameter)
        return self.density("p_z", parameter)(z) / self.generator_slope(z, parameter)
