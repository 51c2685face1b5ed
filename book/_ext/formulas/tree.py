"""What a formula is made of, once it has been read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    """A number as it stands there."""

    value: float


@dataclass(frozen=True)
class Name:
    """A symbol or a function, such as `x`, `p_data`, `D^*`; `base` and `index` are its parts if it has an index."""

    key: str
    base: str = ""
    index: Formula | None = None


@dataclass(frozen=True)
class Sum:
    """Terms, each with its sign."""

    terms: tuple[tuple[int, Formula], ...]


@dataclass(frozen=True)
class Product:
    """Factors side by side."""

    factors: tuple[Formula, ...]

    @classmethod
    def of(cls, *factors: Formula) -> Formula:
        """Return the product of one factor or more, which of one is that factor."""
        return factors[0] if len(factors) == 1 else cls(factors)


@dataclass(frozen=True)
class Quotient:
    """One formula over another."""

    over: Formula
    under: Formula


@dataclass(frozen=True)
class Power:
    """A formula to a power."""

    base: Formula
    exponent: Formula


@dataclass(frozen=True)
class Call:
    """A function of its arguments; `order` counts its primes."""

    function: Formula
    arguments: tuple[Formula, ...]
    order: int = 0


@dataclass(frozen=True)
class Frozen:
    """A function whose parameters stand still when one differentiates, written with a bar."""

    function: Formula


@dataclass(frozen=True)
class Expectation:
    """A mean over variables, each with its distribution; without a variable its body consists of functions' names."""

    over: tuple[tuple[str, Formula], ...]
    body: Formula


@dataclass(frozen=True)
class Integral:
    """An integral over the line, or from `low` to `high`."""

    variable: str
    low: Formula | None
    high: Formula | None
    body: Formula


@dataclass(frozen=True)
class Series:
    """A sum or product over whole numbers, or over a set."""

    kind: str
    variable: str
    low: Formula
    high: Formula | None
    body: Formula


@dataclass(frozen=True)
class Derivative:
    """The derivative of a formula by a variable."""

    variable: str
    order: int
    body: Formula


@dataclass(frozen=True)
class Extremum:
    r"""`\sup_f`, `\min_G`, …: it can be read, but has no value that the build could find."""

    kind: str
    body: Formula


@dataclass(frozen=True)
class At:
    """A formula with values put in the place of variables, written with a bar at its end."""

    body: Formula
    values: tuple[tuple[str, Formula], ...]


@dataclass(frozen=True)
class Several:
    """Values side by side: the elements of a set, or the rows of a matrix, one after the other."""

    items: tuple[Formula, ...]


Formula = (
    Number | Name | Sum | Product | Quotient | Power | Call | Frozen | Expectation | Integral | Series | Derivative
    | Extremum | At | Several
)  # fmt: skip
