"""The machinery of the checks: wrong answers of every kind are told kindly, and the notebook is left as it was."""

import threading
import time
import warnings
from contextlib import suppress

import pytest
import torch
from torch.nn.functional import softplus

from ganlab import checks, exercises
from ganlab.checks import Exercise
from ganlab.checks.expect import Finding, near, number, tensor, truth
from ganlab.checks.guard import TimeUp, within


def told(name, *answers, capsys):
    """Return what the reader is told, in one line."""
    checks.check(name, *answers)
    return " ".join(capsys.readouterr().out.split())


def toy(seconds=0.3):
    """An exercise with one case: the answer must return 1."""
    exercise = Exercise(
        "one",
        "Return one",
        stub="def one():\n    raise NotImplementedError",
        reference="def one():\n    return 1",
        seconds=seconds,
    )

    @exercise.case(hint="Return 1.")
    def is_one(one):
        """It returns 1."""
        near(one(), 1.0, "one()")

    return exercise


def right(real_logits, fake_logits):
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def test_check_returns_nothing_and_praises_a_right_answer(capsys):
    assert checks.check("d_loss", right) is None
    assert capsys.readouterr().out == "✓ d_loss: right, all 6 checks pass.\n"


def test_unknown_exercise_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'd_loss'"):
        checks.check("dloss", right)


def test_missing_answer_names_what_is_asked_for():
    with pytest.raises(ValueError, match="asks for discriminator_loss: got 0 answers"):
        checks.check("d_loss")


def test_forgotten_return_is_told(capsys):
    assert "Is the return statement missing?" in told("d_loss", lambda real_logits, fake_logits: None, capsys=capsys)


def test_result_instead_of_function_is_told(capsys):
    text = told("d_loss", torch.tensor(1.38), capsys=capsys)
    assert "check was given a float32 tensor of shape ()" in text
    assert "without parentheses" in text


def test_wrong_parameters_are_told_before_any_call(capsys):
    text = told("d_loss", lambda logits: logits, capsys=capsys)
    assert "your function takes (logits)" in text
    assert "it is called with (real_logits, fake_logits)" in text


def test_float_for_tensor_is_told(capsys):
    assert "leave out .item()" in told("d_loss", lambda real, fake: 1.3863, capsys=capsys)


def test_wrong_shape_is_told(capsys):
    text = told("d_loss", lambda real, fake: softplus(-real) + softplus(fake), capsys=capsys)
    assert "is the .mean() missing?" in text


def test_exception_shows_the_line_of_the_reader(capsys):
    def stumbles(real_logits, fake_logits):
        return real_logits @ fake_logits

    text = told("d_loss", stumbles, capsys=capsys)
    assert "your code stopped with RuntimeError" in text
    assert "return real_logits @ fake_logits" in text


def test_exit_does_not_end_the_notebook(capsys):
    assert "SystemExit" in told("d_loss", lambda real, fake: exit(), capsys=capsys)


def test_keyboard_interrupt_inside_an_answer_is_a_finding():
    def interrupts():
        raise KeyboardInterrupt

    assert "KeyboardInterrupt" in toy().run(interrupts).problem.saw


def test_error_of_a_missing_forward_is_not_taken_for_the_stub():
    assert toy().run(lambda: torch.nn.Module()(1)).status == "failed"


def test_prints_and_warnings_are_caught_and_shown_in_short(capsys):
    def chatty():
        for i in range(100):
            print("step", i)
        warnings.warn("mind the gap", stacklevel=1)
        return 1

    text = checks.describe(toy().run(chatty))
    assert capsys.readouterr() == ("", "")
    assert "| step 4\n    | … (95 more)" in text
    assert "warning   mind the gap" in text


def test_endless_output_is_not_kept():
    report = toy().run(lambda: [print("x" * 1000) for _ in range(1000)] and 1)
    assert len(report.printed) <= 4000
    assert report.printed_lines == 1000


def loop():
    while True:
        pass


def loop_that_catches_every_exception():
    while True:
        with suppress(Exception):
            sum(range(100))


@pytest.mark.parametrize("endless", [loop, loop_that_catches_every_exception])
def test_endless_loop_is_told_and_stopped(endless):
    before = threading.active_count()
    report = toy().run(endless)
    assert "still running after 0.3 seconds" in report.problem.saw
    assert report.problem.line.startswith("line ")
    assert threading.active_count() == before


def test_cases_after_an_endless_one_are_not_run():
    exercise = toy()
    exercise.cases.append(exercise.cases[0])
    assert [result.status for result in exercise.run(loop).results] == ["failed", "not run"]


def test_call_that_never_comes_back_does_not_hang_the_notebook():
    start = time.monotonic()
    report = toy(0.3).run(lambda: time.sleep(4))
    assert time.monotonic() - start < 3.5
    assert "still running" in report.problem.saw


def test_loop_with_a_bare_except_does_not_hang_the_notebook():
    def swallows():
        end = time.monotonic() + 4
        while time.monotonic() < end:
            with suppress(BaseException):
                time.sleep(0.001)

    start = time.monotonic()
    assert "still running" in toy().run(swallows).problem.saw
    assert time.monotonic() - start < 3.5


def test_time_limit_works_off_the_main_thread():
    reports = []
    thread = threading.Thread(target=lambda: reports.append(toy().run(loop)))
    thread.start()
    thread.join(10)
    assert "still running" in reports[0].problem.saw


def test_within_hands_on_what_was_raised():
    with pytest.raises(ZeroDivisionError):
        within(1, lambda: 1 / 0)


def test_time_up_passes_except_exception():
    assert not issubclass(TimeUp, Exception)


def test_default_dtype_is_put_back():
    toy().run(lambda: torch.set_default_dtype(torch.float64) or 1)
    assert torch.get_default_dtype() == torch.float32


def test_answer_works_where_the_reader_has_switched_gradients_off():
    with torch.no_grad():
        assert exercises.load("d_loss").run(right).status == "passed"


class Liar(float):
    """Equal to everything, near to everything."""

    def __eq__(self, other):
        return True

    def __le__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __hash__ = None


class LyingTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True


@pytest.mark.parametrize("lie", [Liar(), torch.zeros(()).as_subclass(LyingTensor)])
@pytest.mark.parametrize("take", [number, truth, lambda value, what: near(value, 1.0, what), tensor])
def test_objects_that_lie_are_refused(lie, take):
    with pytest.raises(Finding):
        take(lie, "the value")


def test_nan_is_never_near():
    with pytest.raises(Finding, match="nan"):
        near(float("nan"), 1.0, "the value")
    with pytest.raises(Finding, match="nan"):
        near(torch.tensor([1.0, float("nan")]), torch.ones(2), "the values")


def test_hidden_cases_are_for_graders_only(capsys):
    exercise = exercises.load("posterior")
    hidden = checks.Case("hidden", "Hidden.", lambda answer: near(0.0, 1.0, "it"), visible=False)
    exercise.cases.append(hidden)
    try:
        checks.check("posterior", lambda joint, x: joint[x] / joint[x].sum())
        assert capsys.readouterr().out.startswith("✓")
        assert exercise.run(lambda joint, x: joint[x] / joint[x].sum()).status == "failed"
    finally:
        exercise.cases.remove(hidden)


def test_mistake_must_change_the_reference():
    with pytest.raises(ValueError, match="exactly once"):
        toy().mistake("E1", "nothing", ("return 2", "return 3"), caught_by="is_one", says="")


def test_remark_is_shown_to_a_right_answer(capsys):
    text = told("nine_steps", list("BECGAFHDI"), capsys=capsys)
    assert text.startswith("✓")
    assert "remark the book takes the steps as E, B, C" in text


def test_untouched_value_is_not_written_yet(capsys):
    assert "Replace the dots in `order = ...`" in told("nine_steps", ..., capsys=capsys)


@pytest.mark.parametrize("answer", [5, "ABC", [1] * 9, {}, list("EBCGAFHDX"), [[], ...], lambda: 0])
def test_value_of_any_kind_gets_an_answer(answer, capsys):
    assert told("nine_steps", answer, capsys=capsys).startswith("✗")
    assert told("conv_shapes", answer, capsys=capsys).startswith("✗")
