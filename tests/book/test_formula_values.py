"""Formulas of the book: what can be read, what is refused and how, and values against routes that are known."""

import math
import sys
from pathlib import Path

import pytest
import torch

sys.path[:0] = [str(Path(__file__).parents[2] / "book" / "_ext")]

from formulas.chains import Line, check, functions_of, number_of, statements  # noqa: E402
from formulas.pages import equation, formula  # noqa: E402
from formulas.reading import Unreadable, read  # noqa: E402
from formulas.values import Unknown  # noqa: E402
from formulas.world import World  # noqa: E402

every_world = pytest.mark.parametrize("seed", range(4))


def value(tex, where="", seed=0):
    """The value of one formula; what is wrong with it is raised."""
    meanings = statements(where)
    return number_of(read(tex, functions_of(meanings)), meanings, World(seed))


# Arithmetic and its TeX.


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\tfrac12", 0.5),
        (r"\frac12 + \frac{1}{4}", 0.75),
        (r"2^3", 8),
        (r"2^{-1}", 0.5),
        (r"-2^2", -4),
        (r"(-2)^2", 4),
        (r"2 \cdot 3 - 1", 5),
        (r"\frac{1}{2} 3", 1.5),
        (r"1 - 2 - 3", -4),
        (r"6 / 3", 2),
        (r"\log 4", math.log(4)),
        (r"2 \log 2", math.log(4)),
        (r"\log^2 2", math.log(2) ** 2),
        (r"\log \frac12", -math.log(2)),
        (r"\log(1 + e^{-1})", math.log1p(math.exp(-1))),
        (r"\exp(2)", math.exp(2)),
        (r"\sqrt{9}", 3),
        (r"\sqrt[3]{8}", 2),
        (r"\lvert -3 \rvert", 3),
        (r"\lVert -3 \rVert^2", 9),
        (r"\max(1, 2) + \min(1, 2)", 3),
        (r"\operatorname{sigmoid}(0)", 0.5),
        (r"\operatorname{softplus}(0)", math.log(2)),
        (r"\cos \pi", -1),
        (r"\sum_{i=1}^{4} i^2", 30),
        (r"\prod_{i=1}^4 i", 24),
        (r"\sum_{y \in \{0, 1\}} 2^y", 3),
        (r"\int_0^1 t^2 \,\mathrm{d}t", 1 / 3),
        (r"\int_0^1 \int_0^t u \,\mathrm{d}u \,\mathrm{d}t", 1 / 6),
        (r"\Bigl( 1 \\ &\quad + 2 \Bigr)", 3),
        (r"1 % a comment", 1),
    ],
)
def test_tex_has_the_value_that_it_says(tex, expected):
    assert value(tex) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        (r"\log 2 x", r"how far the argument of \\log goes can be read in two ways; put brackets"),
        (r"\log(x)^2", "a power behind log"),
        (r"x / 2 x / 3", "a/b beside other factors"),
        (r"\mathbb{E}_{x \sim p} x", "put brackets behind an expectation"),
        (r"\mathbb{E}[x]", "say over what the expectation goes"),
        (r"\int p(x)", r"an integral needs its \\mathrm\{d\}x"),
        (r"\int p(x) + q(x) \,\mathrm{d}x", "in the same term; put a sum in brackets"),
        (r"|x|", r"write \\lvert a \\rvert"),
        (r"\sum x_i", "needs its range"),
        (r"1 + \dots + n", r"cannot evaluate \\dots"),
        (r"\frac{\partial}{\partial x}", "nothing follows the derivative"),
        (r"(1 + 2", "ends too early"),
        (r"1 + + 2", "does not fit here"),
        (r"a = b", "does not fit here"),
    ],
)
def test_what_is_ambiguous_or_no_formula_is_refused_with_the_cure(tex, message):
    with pytest.raises(Unreadable, match=message):
        read(tex)


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        ("a + 1", r"the symbol a is not in the notation; say what it is in `where`, such as `a = …`"),
        ("D", r"D is a function; give its argument, as in D\(x\)"),
        (r"\sup_{f} f(x)", r"cannot evaluate \\sup; write in the step `% not evaluated: why`"),
        (r"\frac{\partial}{\partial \gamma} x^2", r"a derivative by \\gamma is taken of what does not depend on it"),
        (r"\mathrm{KL}(p)", "KL takes two arguments, not 1"),
    ],
)
def test_what_has_no_value_is_told_with_the_cure(tex, message):
    with pytest.raises(Unknown, match=message):
        value(tex)


def test_a_matrix_has_a_determinant_and_a_trace():
    where = r"A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"
    assert value(r"\det(A)", where) == pytest.approx(-2)
    assert value(r"\det(A - 2 I)", where) == pytest.approx(-8)
    assert value(r"\operatorname{tr}(A)", where) == pytest.approx(5)


# Worlds.


@every_world
@pytest.mark.parametrize("name", [r"p_{\text{data}}", "p_g", "p_z", "p", "q"])
def test_a_density_integrates_to_one(seed, name):
    assert value(rf"\int {name}(x) \,\mathrm{{d}}x", seed=seed) == pytest.approx(1, abs=1e-12)


@every_world
def test_p_g_is_the_distribution_of_the_generated(seed):
    left, right = r"\mathbb{E}_{z \sim p_z}[f(G(z))]", r"\mathbb{E}_{x \sim p_g}[f(x)]"
    assert value(left, seed=seed) == pytest.approx(value(right, seed=seed), abs=1e-10)
    slopes = [value(rf"\frac{{\partial}}{{\partial \theta}} {each}", seed=seed) for each in (left, right)]
    assert slopes[0] == pytest.approx(slopes[1], abs=1e-9)
    assert abs(slopes[0]) > 1e-3


@every_world
@pytest.mark.parametrize(
    ("function", "variable"),
    [
        ("f(x)", "x"),
        ("s(x)", "x"),
        ("D(x)", r"\psi"),
        ("s^*(x)", r"\theta"),
        ("p_g(x)", r"\Theta_G"),
        ("G(z)", r"\theta"),
    ],
)
def test_derivatives_agree_with_differences(seed, function, variable):
    """An independent reference: the two points of a difference lie in `where`."""
    eps = 1e-5
    at = World(seed).parameter(variable).item()
    ends = [value(function, f"{variable} = {at + e:.12f}", seed) for e in (-eps, eps)]
    slope = value(rf"\frac{{\partial {function}}}{{\partial {variable}}}", seed=seed)
    assert slope == pytest.approx((ends[1] - ends[0]) / (2 * eps), abs=1e-7)


@every_world
def test_second_derivatives_of_what_depends_on_the_generator(seed):
    inner = r"\frac{\partial}{\partial \theta} \mathbb{E}_{x \sim p_g}[x^2]"
    twice = value(rf"\frac{{\partial}}{{\partial \theta}} {inner}", seed=seed)
    assert value(r"\frac{\partial^2}{\partial \theta^2} \mathbb{E}_{z}[G(z)^2]", seed=seed) == pytest.approx(
        twice, abs=1e-8
    )


@every_world
def test_a_prime_is_the_derivative_in_the_argument(seed):
    assert value("f'(2 x)", seed=seed) * 2 == pytest.approx(value(r"\frac{\mathrm{d}}{\mathrm{d}x} f(2 x)", seed=seed))
    assert value(r"\nabla_x s^*(G(z))", seed=seed) == pytest.approx(value("{s^*}'(G(z))", seed=seed))
    assert value("f''(x)", seed=seed) == pytest.approx(value(r"\frac{\mathrm{d}^2}{\mathrm{d}x^2} f(x)", seed=seed))


@every_world
def test_the_critic_is_no_steeper_than_one(seed):
    x = torch.linspace(-5, 5, 2001, dtype=torch.float64)
    assert (World(seed).critic(x).diff() / x.diff()).abs().max() <= 1


@every_world
def test_a_bar_holds_the_parameters_of_a_function_fixed(seed):
    moving = value(r"\frac{\partial}{\partial \theta} D^*(G(z))", seed=seed)
    fixed = value(r"\frac{\partial}{\partial \theta} \bar D^*(G(z))", seed=seed)
    chain_rule = value(r"{D^*}'(G(z)) \frac{\partial G(z)}{\partial \theta}", seed=seed)
    other = value(r"\frac{\partial}{\partial \theta} D^*_{\theta_0}(G(z)) \Big|_{\theta = \theta_0}", seed=seed)
    assert fixed == pytest.approx(chain_rule)
    assert fixed == pytest.approx(other)
    assert abs(moving - fixed) > 1e-4
    assert value(r"\bar D^*(x) - D^*(x)", seed=seed) == 0


def test_worlds_differ_and_a_world_stays_the_same():
    assert value("s(x)", seed=0) == value("s(x)", seed=0) != value("s(x)", seed=1)


# `where`.


@pytest.mark.parametrize(
    ("where", "fits"),
    [
        ("a > 0", lambda a: a > 0),
        ("a < 0", lambda a: a < 0),
        (r"0 < a < 1", lambda a: 0 < a < 1),
        (r"a \in (2, 3)", lambda a: 2 < a < 3),
        (r"a \in \{0, 1\}", lambda a: a in (0, 1)),
        (r"a \in \mathbb{N}", lambda a: a >= 1 and a == int(a)),
        ("a, b > 0", lambda a: a > 0),
        ("b > 0, a = 2 b", lambda a: a > 0),
    ],
)
def test_where_says_what_a_symbol_may_be(where, fits):
    found = {value("a", where, seed) for seed in range(12)}
    assert all(map(fits, found))
    assert len(found) > 1


def test_where_defines_functions_and_replaces_those_of_the_notation():
    assert value("g(2) + g(3)", "g(u) = u^2") == 13
    assert value("s(2)", r"s(x) = 3 x") == 6
    assert value(r"\sin^2(g(x)) + \cos^2(g(x))", r"g \colon \mathbb{R} \to \mathbb{R}") == pytest.approx(1)
    assert 0 < value("g(x)", r"g \colon \mathbb{R} \to (0, 1)") < 1
    assert value("p (1 - p)", r"p = \tfrac12") == 0.25


@pytest.mark.parametrize(
    ("where", "message"),
    [("a", "a stands there without a meaning"), (r"a \in \mathbb{C}", "none of"), ("a = (", "ends too")],
)
def test_what_where_cannot_say_is_refused(where, message):
    (found,) = check([Line("", "1"), Line("=", "1")], where)
    assert found.line == -1
    assert message in found.text


# Numbered formulas.


def test_a_formula_is_found_by_its_label_and_cut_in_statements(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "$$\na\n$$\n\n$$\n\\begin{aligned}\ns &= 1 + 2 , \\\\ x &= 4 \\quad \\text{for all } z .\n\\end{aligned}\n"
        "$$ (two)\n"
    )
    found = formula("two", pages=[page])
    assert [found.value(World(0), statement=i) for i in (0, 1)] == [3, 4]
    assert found.relations(0) == ["="]
    with pytest.raises(LookupError, match="0 formulas have the label three"):
        formula("three", pages=[page])


def test_the_last_point_belongs_to_the_sentence():
    assert len(equation(r"s = \log x .")) == 1
