"""check_steps: what is equal agrees, what is not is named with both values, and SymPy is loaded by its users alone."""

import math
import subprocess
import sys

import numpy as np
import pytest
import sympy
import torch

from ganlab.derivations import check_steps

s = sympy.Symbol("s", real=True)
p, q = sympy.symbols("p q", positive=True)


def printed(capsys):
    return capsys.readouterr().out.splitlines()


def test_one_aligned_line_a_step(capsys):
    check_steps({"start": -0.913421, "insert D*": -0.913421, "log": -0.913421})
    lines = printed(capsys)
    assert lines == ["start      = -0.913421", "insert D*  = -0.913421  agrees", "log        = -0.913421  agrees"]


def test_the_first_wrong_step_is_named_with_both_values_and_the_rest_is_not_printed(capsys):
    with pytest.raises(AssertionError, match=r'^"b" differs from "a": 2\.000000 is not 1\.000000 \(off by 1\)$'):
        check_steps({"start": 1, "a": 1.0, "b": 2, "c": 7})
    assert printed(capsys) == ["start  = 1.000000", "a      = 1.000000  agrees", "b      = 2.000000  differs"]


@pytest.mark.parametrize("value", [1, 1.0, np.float32(1), torch.tensor(1), np.array([1.0]), [1.0], True, 1 + 0j])
def test_a_number_is_a_number_in_every_guise(value):
    check_steps({"one": 1.0, "other": value})


def test_tensors_arrays_and_lists_are_compared_element_by_element():
    check_steps({"tensor": torch.tensor([1.0, 2.0]), "array": np.array([1, 2]), "list": [1.0, 2.0]})
    with pytest.raises(AssertionError, match=r"3\.000000 is not 2\.000000 at index 1 "):
        check_steps({"tensor": torch.tensor([1.0, 2.0]), "list": [1.0, 3.0]})
    with pytest.raises(AssertionError, match=r"at index \(1, 0\)"):
        check_steps({"a": torch.zeros(2, 2), "b": [[0, 0], [1, 0]]})


def test_a_number_may_stand_for_every_element_but_shapes_must_fit():
    check_steps({"all": torch.full((3,), 0.5), "half": 0.5})
    with pytest.raises(AssertionError, match=r"shape \(2,\) does not fit \(3,\)"):
        check_steps({"a": torch.zeros(3), "b": torch.zeros(2)})


@pytest.mark.parametrize("size", [0.0, 1.0, 1e6])
def test_the_tolerance_is_absolute_for_small_numbers_and_relative_for_large_ones(size):
    check_steps({"a": size, "b": size + 0.9e-3 * (1 + size)}, tolerance=1e-3)
    with pytest.raises(AssertionError):
        check_steps({"a": size, "b": size + 1.2e-3 * (1 + size)}, tolerance=1e-3)


def test_tolerance_0_is_equality():
    check_steps({"a": 0.5, "b": 0.5}, tolerance=0)
    with pytest.raises(AssertionError):
        check_steps({"a": 0.5, "b": math.nextafter(0.5, 1)}, tolerance=0)


def test_nan_agrees_with_nothing_and_infinity_with_itself():
    check_steps({"a": math.inf, "b": torch.tensor(math.inf)})
    for a, b in [(math.nan, math.nan), (math.nan, 1.0), (math.inf, -math.inf), (math.inf, 1.0), (1.0, math.inf)]:
        with pytest.raises(AssertionError):
            check_steps({"a": a, "b": b})


def test_gradients_are_left_alone():
    x = torch.tensor(2.0, requires_grad=True)
    check_steps({"a": x * x, "b": 4.0})
    assert x.grad is None


def test_formulas_are_compared_as_formulas(capsys):
    check_steps({"softplus": sympy.log(1 + sympy.exp(s)), "other": sympy.log(sympy.exp(s) + 1)})
    assert printed(capsys)[1] == "other     = log(exp(s) + 1)  agrees"


def test_formulas_that_differ_are_told_with_a_point():
    with pytest.raises(AssertionError, match=r'"wrong" differs from "right": .* is not .* for p = .*, q = '):
        check_steps({"right": sympy.log(p / q), "wrong": sympy.log(q / p)})


def test_where_simplify_stops_random_points_decide_and_the_line_says_so(capsys, monkeypatch):
    monkeypatch.setattr(sympy, "simplify", lambda formula: formula)
    check_steps({"a": sympy.sin(s) ** 2, "b": 1 - sympy.cos(s) ** 2})
    assert printed(capsys)[1].endswith("agrees at 8 random points")
    with pytest.raises(AssertionError):
        check_steps({"a": sympy.sin(s) ** 2, "b": 1 + sympy.cos(s) ** 2})


def test_random_points_have_both_signs_where_a_symbol_is_real(monkeypatch):
    monkeypatch.setattr(sympy, "simplify", lambda formula: formula)
    with pytest.raises(AssertionError, match="is not"):
        check_steps({"a": sympy.Abs(s), "b": s})
    check_steps({"a": sympy.sqrt(p**2), "b": p})


def test_formulas_without_values_are_not_waved_through():
    f = sympy.Function("f")
    with pytest.raises(AssertionError, match=r"the difference .* is not 0"):
        check_steps({"a": f(s), "b": f(-s)})


def test_formulas_and_numbers_may_be_mixed():
    check_steps({"formula": sympy.log(4), "number": math.log(4), "tensor": torch.tensor(math.log(4)).double()})
    check_steps({"matrix": sympy.Matrix([[0, -1], [1, 0]]) ** 2, "minus one": -sympy.eye(2)})
    with pytest.raises(AssertionError):
        check_steps({"matrix": sympy.eye(2), "other": sympy.Matrix([[1, 0], [1, 1]])})


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([1, 2], r"steps must be a dictionary .*pass \{\"start\": a"),
        ({"a": 1}, r"of at least two steps.*add the line"),
        ({"a": 1, 2: 1}, r"named by texts, got 2; say in two or three words"),
        ({"a": 1, " ": 1}, "named by texts"),
        ({"a": 1, "b": "1"}, r"steps\['b'\] must be a SymPy expression, a number, a tensor or an array"),
        ({"a": 1, "b": None}, "compute its value first"),
        ({"a": 1, "b": []}, "it is empty"),
    ],
)
def test_what_is_no_derivation_is_refused_with_the_cure(steps, message):
    with pytest.raises((ValueError, TypeError), match=message):
        check_steps(steps)


def test_a_negative_tolerance_is_refused():
    with pytest.raises(ValueError, match="tolerance must be"):
        check_steps({"a": 1, "b": 1}, tolerance=-1)


def test_long_formulas_are_cut_in_print_alone(capsys):
    long = sum(sympy.Symbol(f"x{i}") for i in range(40))
    check_steps({"a": long, "b": long})
    assert all(len(line) < 80 and "…" in line for line in printed(capsys))


def test_numbers_are_printed_so_that_small_ones_are_not_zero(capsys):
    check_steps({"a": 1.25e-7, "b": 1.25e-7})
    assert printed(capsys)[0] == "a  = 1.25e-07"
    check_steps({"a": [1, 2, 3, 4], "b": [1, 2, 3, 4]})
    assert printed(capsys)[0] == "a  = [1.000000, 2.000000, 3.000000, …]"


def test_sympy_is_loaded_by_those_who_pass_its_formulas():
    code = "import sys; from ganlab.derivations import check_steps; check_steps({'a': 1, 'b': 1.0}); "
    done = subprocess.run([sys.executable, "-c", code + "assert 'sympy' not in sys.modules"], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
