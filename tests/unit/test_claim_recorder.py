"""What `make claims` reads from an assert: whether it held, and each value beside its bound."""

import ast
import itertools
import math
import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import claim_recorder


def record(code, **names):
    recorder = claim_recorder.Recorder()
    tree = recorder.visit(ast.parse(code))
    exec(compile(tree, "cell", "exec"), {claim_recorder.NAME: recorder, "math": math, "torch": torch, **names})
    return recorder.taken()


def measured(code, **names):
    (note,) = record(code, **names)
    return [(m["what"], m["sense"], m["value"], m["bound"]) for m in note["measured"]]


def test_a_chain_measures_one_value_against_both_bounds():
    assert measured("assert 2.9 < mu < 3.1", mu=3.0) == [("mu", ">", 3.0, 2.9), ("mu", "<", 3.0, 3.1)]


def test_of_a_tensor_the_element_that_comes_closest_to_the_bound_counts():
    x = torch.tensor([1.5, 1.9, 1.6], requires_grad=True)
    assert measured("assert (x < 2).all() and (1 <= x).all()", x=x) == [
        ("x", "<", pytest.approx(1.9), 2.0),
        ("x", ">=", 1.5, 1.0),
    ]
    both = measured("assert ((x > 1.4) & (x < 2.1)).all()", x=x)
    assert [value for *_, value, _ in both] == pytest.approx([1.5, 1.9])


def test_a_bound_may_be_a_formula_in_numbers():
    assert measured("assert x < math.log(4) / 2", x=0) == [("x", "<", 0, math.log(2))]
    assert measured("assert abs(x - 1.8**-0.5) < 0.01", x=1.8**-0.5) == [("abs(x - 1.8 ** (-0.5))", "<", 0, 0.01)]


def test_of_allclose_the_distance_counts_in_units_of_the_tolerance():
    code, a, b = "assert torch.allclose(a, b, atol=0.02, rtol=0.1)", torch.tensor([1.0, 4.0]), torch.tensor([1.06, 4.0])
    assert measured(code, a=a, b=b) == [("abs(a - b) / tolerance", "<=", pytest.approx(0.06 / 0.126), 1)]
    (note,) = record("assert torch.allclose(a, b)", a=a, b=b)
    assert not note["held"]
    assert note["measured"][0]["value"] == pytest.approx(0.06 / (1e-8 + 1e-5 * 1.06), rel=1e-4)


def test_two_measured_things_are_compared_by_their_difference():
    assert measured("assert dense > 2 * score", dense=900, score=400) == [("dense - 2 * score", ">", 100, 0)]
    assert measured("assert a < b / 2 < 9", a=1, b=6) == [("a - b / 2", "<", -2, 0), ("b / 2", "<", 3, 9)]


def test_what_is_not_a_number_is_not_measured():
    for code in ["assert name == 'a'", "assert torch.equal(x, x)", "assert not x > 1", "assert x > 1 or x < 1"]:
        assert record(code, name="a", x=torch.zeros(())) == [
            {"test": code.removeprefix("assert "), "held": True, "message": "", "measured": []}
        ]
    assert measured("assert (1, 2) < version", version=(2, 0)) == []
    assert measured("assert (x < 1).all()", x=torch.zeros(0)) == []


def test_a_failed_assert_is_noted_and_the_cell_goes_on():
    first, second = record('assert x < 1, f"x is {x}"\nassert x > 1', x=2)
    assert (first["held"], first["message"]) == (False, "x is 2")
    assert second["held"]


def test_an_assert_in_a_loop_holds_if_it_always_did_and_keeps_its_worst_value():
    (note,) = record("for x in [1, 5, 2]:\n    assert x < 4, x\n    assert all(y < 6 for y in [x, 0])")[:1]
    assert (note["held"], note["message"], note["measured"][0]["value"]) == (False, "5", 5)
    assert record("for x in [1, 5, 2]:\n    assert all(y < 6 for y in [x, 0])")[0]["measured"][0]["value"] == 5


def test_not_a_number_is_the_worst_value():
    (note,) = record("for x in [1, math.nan, 2]:\n    assert x < 4")
    assert not note["held"]
    assert note["measured"][0]["value"] is None  # JSON has no nan


@pytest.mark.parametrize(
    "code",
    [
        "def f():\n    assert False\ntry:\n    f()\nexcept AssertionError:\n    seen.append(1)",
        "try:\n    assert False\nexcept AssertionError:\n    seen.append(1)",
        "class A:\n    try:\n        assert False\n    except AssertionError:\n        seen.append(1)",
    ],
)
def test_asserts_that_steer_the_program_are_left_alone(code):
    seen = []
    assert record(code, seen=seen) == []
    assert seen == [1]


def test_an_assert_in_a_while_loop_still_ends_it():
    with pytest.raises(AssertionError):
        record("while True:\n    assert False")


def test_another_error_than_a_failed_assert_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        record("assert 1 / 0 < 1")


def test_operands_are_computed_once_and_the_second_condition_only_if_the_first_holds():
    calls = []
    record("assert f(3) < f(4) < 9 and f(1) > 2 and f(0)", f=lambda x: calls.append(x) or x)
    assert calls == [3, 4, 1]


@pytest.mark.parametrize(
    "test", ["a < b", "a <= b < 2", "a > 0 and b >= 1", "(a > 0) & (b > 0)", "not a < b", "a == b"]
)
def test_a_recorded_assert_holds_exactly_when_the_plain_one_does(test):
    for a, b in itertools.product([0, 1, 2], repeat=2):
        assert record(f"assert {test}", a=a, b=b)[0]["held"] == bool(eval(test))


@pytest.mark.parametrize(
    ("sense", "value", "bound", "expected"), [("<", 3, 5, 2), (">", 3, 5, -2), (">=", None, 5, math.nan)]
)
def test_the_margin_is_positive_on_the_right_side(sense, value, bound, expected):
    got = claim_recorder.margin({"sense": sense, "value": value, "bound": bound})
    assert got == pytest.approx(expected, nan_ok=True)
