"""Wrong versions of a formula: a sign flipped, two distributions swapped, a factor lost."""

from dataclasses import fields, is_dataclass, replace

from formulas.tree import Name, Number, Product, Quotient, Sum

SWAPS = {"p_data": "p_g", "p_g": "p_data", "p": "q", "q": "p"}


def mutants(formula):
    """Yield what was done and the formula that came of it."""
    yield from _here(formula)
    for field in fields(formula):
        value = getattr(formula, field.name)
        if field.name == "index":
            continue
        for what, changed in _inside(value):
            yield what, replace(formula, **{field.name: changed})


def _inside(value):
    """Yield mutants of a part: a formula, or tuples of them."""
    if is_dataclass(value):
        yield from mutants(value)
    elif isinstance(value, tuple):
        for i, part in enumerate(value):
            for what, changed in _inside(part):
                yield what, (*value[:i], changed, *value[i + 1 :])


def _here(formula):
    if isinstance(formula, Sum):
        for i, (sign, term) in enumerate(formula.terms):
            flipped = (*formula.terms[:i], (-sign, term), *formula.terms[i + 1 :])
            yield f"sign of term {i + 1} of {len(formula.terms)}", Sum(flipped)
    if isinstance(formula, Name) and formula.key in SWAPS:
        yield f"{SWAPS[formula.key]} for {formula.key}", replace(formula, key=SWAPS[formula.key])
    if isinstance(formula, Product):
        for i, factor in enumerate(formula.factors):
            if factor != Number(1.0):
                yield f"factor {i + 1} of {len(formula.factors)} lost", _without(formula.factors, i)
    if isinstance(formula, Quotient) and isinstance(formula.under, Number):
        yield "denominator lost", formula.over


def _without(factors, i):
    left = (*factors[:i], *factors[i + 1 :])
    return left[0] if len(left) == 1 else Product(left)
