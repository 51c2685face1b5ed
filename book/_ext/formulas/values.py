"""The value of a formula in a random world.

Every variable that an expectation, an integral or a sum binds gets a dimension of its own, the last; what was bound
before moves to the left, so that values broadcast. A derivative adds zeros that ask for a gradient to its variable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from formulas.tree import (
    At,
    Call,
    Derivative,
    Expectation,
    Extremum,
    Formula,
    Frozen,
    Integral,
    Name,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Several,
    Sum,
)
from formulas.world import REACH, World


class Unknown(ValueError):
    """A symbol or a way of writing that has no value; the message says what to do."""


@dataclass(frozen=True)
class Definition:
    """What `where` says of a name: its parameters and its formula."""

    parameters: tuple[str, ...]
    body: Formula


@dataclass(frozen=True)
class Domain:
    """What `where` says of a symbol that may be anything in a range, or of a function with values in it."""

    low: float = -1.5
    high: float = 1.5
    whole: bool = False
    values: tuple[float, ...] = ()
    function: bool = False


@dataclass(frozen=True)
class Scope:
    """What names stand for: `bound` variables, parameters `moved` by derivatives, and the point of bare functions."""

    world: World
    where: Mapping[str, Definition | Domain]
    bound: dict[str, Tensor] = field(default_factory=dict)
    moved: dict[str, Tensor] = field(default_factory=dict)
    point: Tensor | None = None

    def deeper(self) -> Scope:
        """Make room for one more dimension at the right."""
        point = None if self.point is None else self.point.unsqueeze(-1)
        bound, moved = ({k: v.unsqueeze(-1) for k, v in each.items()} for each in (self.bound, self.moved))
        return replace(self, bound=bound, moved=moved, point=point)

    def binding(self, name: str, value: Tensor) -> Scope:
        """Give a variable a value."""
        return replace(self, bound={**self.bound, name: value})

    def at(self, point: Tensor | None) -> Scope:
        """Let functions without brackets stand for their values at a point."""
        return replace(self, point=point)

    def frozen(self) -> Scope:
        """Let parameters stand still."""
        return replace(self, moved={})

    def zeros(self, *others: Tensor) -> Tensor:
        """Return zeros of the shape of all there is."""
        present = [*self.bound.values(), *self.moved.values(), *others]
        if self.point is not None:
            present.append(self.point)
        shape = torch.broadcast_shapes(*(value.shape for value in present)) if present else ()
        return torch.zeros(shape, dtype=torch.float64)


def evaluate(formula: Formula, world: World, where: Mapping[str, Definition | Domain]) -> Tensor:
    """Return the value of a formula, a scalar if all its variables are bound or drawn."""
    return Values().value(formula, Scope(world, where)).detach()


class Values:
    """Evaluates formulas: one method a kind."""

    def value(self, formula: Formula, scope: Scope) -> Tensor:
        """Return the value of any formula."""
        return getattr(self, f"of_{type(formula).__name__}")(formula, scope)

    def of_Number(self, formula: Number, scope: Scope) -> Tensor:
        return torch.tensor(formula.value, dtype=torch.float64)

    def of_Sum(self, formula: Sum, scope: Scope) -> Tensor:
        return sum(sign * self.value(term, scope) for sign, term in formula.terms)

    def of_Product(self, formula: Product, scope: Scope) -> Tensor:
        return math.prod(self.value(factor, scope) for factor in formula.factors)

    def of_Quotient(self, formula: Quotient, scope: Scope) -> Tensor:
        return self.value(formula.over, scope) / self.value(formula.under, scope)

    def of_Power(self, formula: Power, scope: Scope) -> Tensor:
        if formula.base == Name("e") and "e" not in scope.where:
            return self.value(formula.exponent, scope).exp()
        exponent = formula.exponent
        if isinstance(exponent, Number) and exponent.value == int(exponent.value):
            return self.value(formula.base, scope) ** int(exponent.value)
        return self.value(formula.base, scope) ** self.value(exponent, scope)

    def of_Several(self, formula: Several, scope: Scope) -> Tensor:
        raise Unknown("a set or a matrix stands where a number is expected")

    # Names.

    def of_Name(self, name: Name, scope: Scope) -> Tensor:
        if name.key in scope.bound:
            return scope.bound[name.key]
        if name.key in scope.moved:
            return scope.moved[name.key]
        meant = scope.where.get(name.key)
        if isinstance(meant, Domain) and not meant.function:
            return self.drawn(name.key, meant, scope)
        if isinstance(meant, Definition) and not meant.parameters:
            return self.value(meant.body, scope.at(None))
        if scope.point is not None and (self.is_function(name.key, scope) or self.is_function(name.base, scope)):
            return self.function(name, scope, ())(scope.point)
        found = None if name.key in COMPOUND else self.builtin(name, scope)
        if found is None:
            raise self.unknown(name, scope)
        return found

    def drawn(self, key: str, domain: Domain, scope: Scope) -> Tensor:
        """Return a number of a range."""
        if domain.values:
            return torch.tensor(domain.values, dtype=torch.float64)[
                scope.world.draw(key, 0, len(domain.values)).long()[0]
            ]
        number = scope.world.draw(key, domain.low, domain.high + domain.whole)[0]
        return number.floor() if domain.whole else number

    def builtin(self, name: Name, scope: Scope) -> Tensor | None:
        """Return a parameter of the notation, an element of a sequence, or a starting value such as theta_0."""
        if name.key == "L_D":
            return -self.call_V((Name("D"), Name("G")), scope)
        found = scope.world.parameter(name.key)
        if found is None and name.key.endswith("_0") and name.base in LEARNED:
            found = self.value(Name(name.base), scope.frozen())
        if found is None and name.index is not None and not self.is_function(name.base.rstrip("_()"), scope):
            found = self.element(name, scope)
        return found

    def element(self, name: Name, scope: Scope) -> Tensor | None:
        """Return an element of a sequence, if the index is a whole number; `x_{(i)}` counts in order of size."""
        try:
            index = self.value(name.index, scope)
        except Unknown:
            return None
        if bool((index != index.round()).any()) or bool((index < 0).any()):
            return None
        base = name.base.removesuffix("_()")
        if base == name.base:
            return scope.world.element(base, index)
        count = int(self.value(Name("n"), scope))
        ordered = scope.world.element(base, torch.arange(1, count + 1)).sort().values
        return ordered[index.long() - 1]

    def unknown(self, name: Name, scope: Scope) -> Unknown:
        if self.is_function(name.key, scope):
            return Unknown(f"{name.key} is a function; give its argument, as in {name.key}(x)")
        say = f"say what it is in `where`, such as `{name.key} = …`, `{name.key} > 0` or `{name.key} \\in (0, 1)`"
        return Unknown(f"the symbol {name.key} is not in the notation; {say}")

    def is_function(self, key: str, scope: Scope) -> bool:
        meant = scope.where.get(key)
        if meant is not None:
            return meant.function if isinstance(meant, Domain) else bool(meant.parameters)
        return key in DENSITIES or key in BUILT or key in ELEMENTARY or hasattr(self, f"call_{key}")

    # Functions.

    def function(self, name: Formula, scope: Scope, others: tuple[Tensor, ...]) -> Callable[[Tensor], Tensor]:
        """Return a function of one point."""
        if isinstance(name, Frozen):
            return self.function(name.function, scope.frozen(), others)
        if not isinstance(name, Name):
            return lambda x: self.value(name, scope.at(x))
        key = name.key if self.is_function(name.key, scope) else name.base
        if key != name.key and name.key.endswith("_0"):
            scope = scope.frozen()
        meant = scope.where.get(key)
        if isinstance(meant, Domain) and meant.function:
            return lambda x: self.random_function(key, meant, scope, x)
        if isinstance(meant, Definition) and meant.parameters:
            return lambda x: self.defined(key, meant, (x, *others), scope)
        if key in DENSITIES:
            return scope.world.density(key, self.of_generator(scope))
        if key in BUILT:
            return lambda x: BUILT[key](self, x, scope)
        if key in ELEMENTARY:
            return ELEMENTARY[key]
        any_function = rf"{name.key} \colon \mathbb{{R}} \to \mathbb{{R}}"
        say = f"define it in `where`, such as `{name.key}(x) = …` or `{any_function}`"
        raise Unknown(f"the function {name.key} is not in the notation; {say}")

    def defined(self, key: str, meant: Definition, arguments: tuple[Tensor, ...], scope: Scope) -> Tensor:
        """Put arguments in a definition of `where`; parameters that are not given keep their values."""
        if len(arguments) > len(meant.parameters):
            raise Unknown(f"{key} has {len(meant.parameters)} arguments in `where`, not {len(arguments)}")
        scope = scope.at(None)
        for parameter, argument in zip(meant.parameters, arguments, strict=False):
            scope = scope.binding(parameter, argument)
        return self.value(meant.body, scope)

    def random_function(self, key: str, domain: Domain, scope: Scope, x: Tensor) -> Tensor:
        values = scope.world.bend(key)(x) + 0.2 * x * (domain.low < -1)
        if domain.high < 1.5:
            return domain.low + (domain.high - domain.low) * torch.sigmoid(values)
        return values.exp() if domain.low >= 0 else values

    def of_generator(self, scope: Scope) -> Tensor:
        return self.of_Name(Name(r"\theta"), scope.at(None)) + self.of_Name(Name(r"\Theta_G"), scope.at(None))

    def of_discriminator(self, scope: Scope) -> Tensor:
        return self.of_Name(Name(r"\psi"), scope.at(None)) + self.of_Name(Name(r"\Theta_D"), scope.at(None))

    def of_Frozen(self, formula: Frozen, scope: Scope) -> Tensor:
        if scope.point is None:
            raise Unknown("a function with a bar needs its argument")
        return self.function(formula, scope, ())(scope.point)

    def of_Call(self, call: Call, scope: Scope) -> Tensor:
        key = call.function.key if isinstance(call.function, Name) else ""
        meant = scope.where.get(key)
        if isinstance(meant, Definition) and any(self.is_bare_function(each, scope) for each in call.arguments):
            return self.value(substituted(meant.body, dict(zip(meant.parameters, call.arguments, strict=True))), scope)
        if meant is not None:
            key = ""
        if (special := getattr(self, f"call_{key}", None)) and not call.order:
            return special(call.arguments, scope)
        if not call.arguments:
            if scope.point is None:
                raise Unknown(f"{key or 'a function'} with a prime needs its argument")
            x, others = scope.point, ()
        else:
            x, *others = (self.value(argument, scope) for argument in self.points(call))
        function = self.function(call.function, scope.at(None), tuple(others))
        for _ in range(call.order):
            function = self.slope(function, scope)
        return function(x)

    def is_bare_function(self, formula: Formula, scope: Scope) -> bool:
        """Tell whether an argument is a function, not a value of one."""
        return isinstance(formula, Name) and scope.world.parameter(formula.key) is None and any(
            self.is_function(key, scope) for key in (formula.key, formula.base)
        )  # fmt: skip

    def points(self, call: Call) -> tuple[Formula, ...]:
        r"""Return the arguments that are points: `G(z; \Theta_G)` names a parameter that is known."""
        named = [isinstance(each, Name) and each.key in LEARNED for each in call.arguments]
        return tuple(each for i, each in enumerate(call.arguments) if i == 0 or not named[i])

    def slope(self, function: Callable[[Tensor], Tensor], scope: Scope) -> Callable[[Tensor], Tensor]:
        def slope_at(x: Tensor) -> Tensor:
            nudge = scope.zeros(x).requires_grad_()
            return _gradient(function(x + nudge), nudge)

        return slope_at

    # Functions of several arguments, and of functions.

    def call_abs(self, arguments: tuple[Formula, ...], scope: Scope) -> Tensor:
        (argument,) = arguments
        return self.value(argument, scope).abs()

    def call_max(self, arguments: tuple[Formula, ...], scope: Scope) -> Tensor:
        values = torch.broadcast_tensors(*(self.value(each, scope) for each in _spread(arguments)))
        return torch.stack(values).amax(0)

    def call_min(self, arguments: tuple[Formula, ...], scope: Scope) -> Tensor:
        values = torch.broadcast_tensors(*(self.value(each, scope) for each in _spread(arguments)))
        return torch.stack(values).amin(0)

    def on_line(self, scope: Scope, *functions: Formula) -> list[Tensor]:
        """Return the values of functions on the grid, in a new last dimension."""
        inner = scope.deeper()
        return [self.value(each, inner.at(scope.world.line)) for each in functions]

    def call_KL(self, arguments: tuple[Formula, ...], scope: Scope) -> Tensor:
        p, q = self.on_line(scope, *_two("KL", arguments))
        return scope.world.integral(p * torch.log(p / q))

    def call_JSD(self, arguments: tuple[Formula, ...], scope: Scope) -> Tensor:
        p, q = self.on_line(scope, *_two("JSD", arguments))
        m = (p + q) / 2
        return scope.world.integral(p * torch.log(p / m) + q * torch.log(q / m)) / 2

    def call_W_1(self, arguments: tuple[Formula, ...], scope: Scope) -> Tensor:
        inner, line = scope.deeper(), scope.world.line
        p, q = (self.up_to(each, inner, line) for each in _two("W_1", arguments))
        return scope.world.integral((p - q).abs())

    def up_to(self, density: Formula, scope: Scope, x: Tensor) -> Tensor:
        """Return a distribution function."""
        return self.of_Integral(Integral("_", None, Name("_to"), Call(density, (Name("_"),))), scope.binding("_to", x))

    def call_V(self, arguments: tuple[Formula, ...], scope: Scope) -> Tensor:
        D, G = _two("V", arguments)
        real = Expectation((("_x", Name("p_data")),), Call(Name("log"), (Call(D, (Name("_x"),)),)))
        fake = Call(D, (Call(G, (Name("_z"),)),))
        other = Call(Name("log"), (Sum(((1, Number(1.0)), (-1, fake))),))
        return self.value(Sum(((1, real), (1, Expectation((("_z", Name("p_z")),), other)))), scope.at(None))

    def call_det(self, arguments: tuple[Formula, ...], scope: Scope) -> Tensor:
        return torch.linalg.det(self.matrix(arguments[0], scope))

    def call_tr(self, arguments: tuple[Formula, ...], scope: Scope) -> Tensor:
        return self.matrix(arguments[0], scope).diagonal().sum()

    def matrix(self, formula: Formula, scope: Scope) -> Tensor:
        """Return a matrix of numbers."""
        if isinstance(formula, Name) and isinstance(meant := scope.where.get(formula.key), Definition):
            return self.matrix(meant.body, scope)
        if isinstance(formula, Name) and formula.key == "I":
            return torch.eye(2, dtype=torch.float64)
        if isinstance(formula, Sum):
            return sum(sign * self.matrix(term, scope) for sign, term in formula.terms)
        if isinstance(formula, Product):
            return self.value(Product.of(*formula.factors[:-1]), scope) * self.matrix(formula.factors[-1], scope)
        if not isinstance(formula, Several):
            raise Unknown("a matrix is expected; define it in `where` with pmatrix")
        return torch.stack([torch.stack([self.value(entry, scope) for entry in row.items]) for row in formula.items])

    # What binds a variable.

    def of_Expectation(self, formula: Expectation, scope: Scope) -> Tensor:
        weight = torch.tensor(1.0, dtype=torch.float64)
        measures = []
        for variable, distribution in formula.over:
            scope = scope.deeper()
            points, chance, measure = self.measure(distribution, scope)
            weight = weight.unsqueeze(-1) * chance
            measures.append(measure)
            scope = scope.binding(variable, points) if variable else scope.at(points)
        values = weight * self.value(formula.body, scope) + scope.zeros()
        for measure in reversed(measures):
            values = (values * measure).sum(-1)
        return values

    def measure(self, distribution: Formula, scope: Scope) -> tuple[Tensor, Tensor, Tensor]:
        """Return the points at which a distribution is looked at, its density there, and their weights."""
        if isinstance(distribution, Product) and distribution.factors[0] == Name("U"):
            points, weights = _gauss(40)
            low, high = (self.value(each, scope) for each in distribution.factors[1].items)
            return low + (high - low) * points, torch.ones_like(points), weights
        line = scope.world.line
        step = torch.full_like(line, float(line[1] - line[0]))
        return line, self.value(distribution, scope.at(line)), step

    def of_Integral(self, formula: Integral, scope: Scope) -> Tensor:
        low = self.value(formula.low, scope) if formula.low else torch.tensor(-REACH, dtype=torch.float64)
        high = self.value(formula.high, scope) if formula.high else torch.tensor(REACH, dtype=torch.float64)
        inner = scope.deeper()
        if formula.low is None and formula.high is None:
            points = scope.world.line
            values = self.value(formula.body, inner.binding(formula.variable, points)) + 0 * points
            return scope.world.integral(values)
        nodes, weights = _gauss(160)
        length = (high - low).unsqueeze(-1)
        points = low.unsqueeze(-1) + length * nodes
        return (self.value(formula.body, inner.binding(formula.variable, points)) * weights * length).sum(-1)

    def of_Series(self, formula: Series, scope: Scope) -> Tensor:
        if formula.high is None:
            found = [self.value(each, scope) for each in _spread((formula.low,))]
            points = torch.stack(found)
        else:
            low, high = (int(self.value(each, scope)) for each in (formula.low, formula.high))
            points = torch.arange(low, high + 1, dtype=torch.float64)
        values = self.value(formula.body, scope.deeper().binding(formula.variable, points)) + 0 * points
        return values.sum(-1) if formula.kind == "sum" else values.prod(-1)

    def of_Extremum(self, formula: Extremum, scope: Scope) -> Tensor:
        raise Unknown(f"the build cannot evaluate {formula.kind}; write in the step `% not evaluated: why`")

    # Derivatives.

    def of_Derivative(self, formula: Derivative, scope: Scope) -> Tensor:
        if formula.order == 0:
            return self.value(formula.body, scope)
        if formula.variable == "t" and (flow := self.flow(scope)):
            moved, nudge = self.along(flow, scope)
        else:
            moved, nudge = self.nudged(formula.variable, scope)
        value = self.value(Derivative(formula.variable, formula.order - 1, formula.body), moved)
        if formula.order == 1 and not value.requires_grad:
            raise Unknown(f"a derivative by {formula.variable} is taken of what does not depend on it")
        return _gradient(value, nudge)

    def nudged(self, variable: str, scope: Scope) -> tuple[Scope, Tensor]:
        """Add zeros to a variable by which one differentiates."""
        current = self.value(Name(variable), scope.at(None))
        nudge = scope.zeros(current).requires_grad_()
        if variable in scope.bound:
            return scope.binding(variable, current + nudge), nudge
        return replace(scope, moved={**scope.moved, variable: current + nudge}), nudge

    def flow(self, scope: Scope) -> dict[str, Formula]:
        r"""Return what `where` says of velocities, `\dot{x} = -y`."""
        dotted = {key[5:-1]: meant for key, meant in scope.where.items() if key.startswith(r"\dot{")}
        return {key: meant.body for key, meant in dotted.items() if isinstance(meant, Definition)}

    def along(self, flow: dict[str, Formula], scope: Scope) -> tuple[Scope, Tensor]:
        """Let time pass: every variable with a velocity moves."""
        nudge = scope.zeros().requires_grad_()
        moved = {key: self.value(Name(key), scope) + nudge * self.value(speed, scope) for key, speed in flow.items()}
        return replace(scope, moved={**scope.moved, **moved}), nudge

    def of_At(self, formula: At, scope: Scope) -> Tensor:
        values = {name: self.value(value, scope) for name, value in formula.values}
        bound = {name: value for name, value in values.items() if name in scope.bound}
        moved = {name: value for name, value in values.items() if name not in scope.bound}
        scope = replace(scope, bound={**scope.bound, **bound}, moved={**scope.moved, **moved})
        return self.value(formula.body, scope)


DENSITIES = ("p", "q", "p_data", "p_g", "p_z")
COMPOUND = ("W_1",)  # names with an index that are no elements of sequences
LEARNED = (r"\theta", r"\psi", r"\Theta_G", r"\Theta_D")  # G's and D's parameters; theta_0 is where one stands


def _best(values: Values, x: Tensor, scope: Scope) -> tuple[Tensor, Tensor]:
    return tuple(values.function(Name(name), scope, ())(x) for name in ("p_data", "p_g"))


def _d_star(values: Values, x: Tensor, scope: Scope) -> Tensor:
    real, fake = _best(values, x, scope)
    return real / (real + fake)


def _s_star(values: Values, x: Tensor, scope: Scope) -> Tensor:
    real, fake = _best(values, x, scope)
    return torch.log(real / fake)


def _logit(values: Values, x: Tensor, scope: Scope) -> Tensor:
    return scope.world.logit(x, values.of_discriminator(scope))


#: Functions that the notation defines.
BUILT: dict[str, Callable[[Values, Tensor, Scope], Tensor]] = {
    "s": _logit,
    "D": lambda values, x, scope: torch.sigmoid(values.function(Name("s"), scope, ())(x)),
    "D^*": _d_star,
    "s^*": _s_star,
    "G": lambda values, z, scope: scope.world.generator(z, values.of_generator(scope)),
    "f": lambda values, x, scope: scope.world.critic(x),
}

#: Functions that mathematics defines. softplus is written so that its derivatives exist.
ELEMENTARY: dict[str, Callable[[Tensor], Tensor]] = {
    "log": torch.log,
    "exp": torch.exp,
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "tanh": torch.tanh,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "sign": torch.sign,
    "sigmoid": lambda s: 1 / (1 + torch.exp(-s)),
    "softplus": lambda s: torch.log(1 + torch.exp(s)),
}


def substituted(formula: Formula, names: Mapping[str, Formula]) -> Formula:
    """Put formulas in the place of names."""
    if isinstance(formula, Name):
        return names.get(formula.key, formula)
    changed = {each.name: _substituted_in(getattr(formula, each.name), names) for each in fields(formula)}
    return replace(formula, **changed)


def _substituted_in(part: Any, names: Mapping[str, Formula]) -> Any:
    if isinstance(part, tuple):
        return tuple(_substituted_in(each, names) for each in part)
    return substituted(part, names) if isinstance(part, Formula) else part


def _gradient(value: Tensor, nudge: Tensor) -> Tensor:
    """Differentiate each element by its own nudge."""
    value = value + torch.zeros_like(nudge)
    if not value.requires_grad:
        return torch.zeros_like(nudge)
    (found,) = torch.autograd.grad(value.sum(), nudge, create_graph=True, allow_unused=True)
    return torch.zeros_like(nudge) if found is None else found


@cache
def _gauss(count: int) -> tuple[Tensor, Tensor]:
    """Return Gauss-Legendre points in [0, 1] and their weights."""
    points, weights = np.polynomial.legendre.leggauss(count)
    return torch.from_numpy((points + 1) / 2), torch.from_numpy(weights / 2)


def _two(name: str, arguments: tuple[Formula, ...]) -> tuple[Formula, Formula]:
    if len(arguments) != 2:
        raise Unknown(f"{name} takes two arguments, not {len(arguments)}")
    return arguments


def _spread(arguments: tuple[Formula, ...]) -> tuple[Formula, ...]:
    return arguments[0].items if len(arguments) == 1 and isinstance(arguments[0], Several) else arguments
