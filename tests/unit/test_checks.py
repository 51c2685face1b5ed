"""The machinery of the checks: wrong answers of every kind are told kindly, and the notebook is left as it was."""

import functools
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from IPython.utils.capture import capture_output
from torch import nn
from torch.nn.functional import softplus

from ganlab import checks, exercises
from ganlab.checks import Exercise
from ganlab.checks.expect import Finding, differentiable, items, kind, near, number, tensor, truth
from ganlab.checks.guard import TimeUp, within
from ganlab.checks.settings import read_settings
from ganlab.checks.traces import untouched


def told(name, *answers, capsys):
    """Return what the reader is told, in one line."""
    checks.check(name, *answers)
    return " ".join(capsys.readouterr().out.split())


def toy(seconds=30.0):
    """An exercise with one case: the answer must return 1, in so many seconds."""
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
    assert capsys.readouterr().out == "✓ d_loss: right, all 8 checks pass.\n"


def test_unknown_exercise_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'd_loss'"):
        checks.check("dloss", right)


@pytest.mark.parametrize("name", ["D_LOSS", "d loss", "d-loss", " d_loss ", "discriminator_loss"])
def test_name_written_in_another_way_is_recognised(name):
    with pytest.raises(ValueError, match="did you mean 'd_loss'"):
        checks.check(name, right)


def test_missing_answer_names_what_is_asked_for_and_shows_the_call():
    with pytest.raises(ValueError, match=r'asks for discriminator_loss: got 0 answers.*check\("d_loss", discrim'):
        checks.check("d_loss")


def discriminator_loss(real_logits, fake_logits):
    raise NotImplementedError


@pytest.mark.parametrize(
    ("arguments", "seen", "call"),
    [
        ((), "got nothing", 'such as check("d_loss", discriminator_loss)'),
        ((discriminator_loss,), "got the function discriminator_loss", 'write check("d_loss", discriminator_loss)'),
        ((discriminator_loss, "d_loss"), "got the function", 'write check("d_loss", discriminator_loss)'),
        ((softplus,), "got a value of type builtin", 'such as check("d_loss", discriminator_loss)'),
        ((torch.tensor(1.0),), "got a float32 tensor of shape ()", "such as check("),
        ((["d_loss"],), "got a list of 1", "such as check("),
        ((None, right), "got None", "such as check("),
    ],
)
def test_name_that_does_not_come_first_is_told_with_the_right_call(arguments, seen, call):
    with pytest.raises(TypeError, match="the name of the exercise comes first") as raised:
        checks.check(*arguments)
    assert seen in str(raised.value)
    assert call in str(raised.value)


class Loss:
    """A loss in the form of an object."""

    def __call__(self, real_logits, fake_logits):
        return right(real_logits, fake_logits)

    def method(self, real_logits, fake_logits):
        return right(real_logits, fake_logits)

    def unwritten(self, real_logits, fake_logits):
        raise NotImplementedError


class Network(nn.Module):
    def forward(self, real_logits, fake_logits):
        return right(real_logits, fake_logits)


class UnwrittenNetwork(nn.Module):
    def forward(self, real_logits, fake_logits):
        raise NotImplementedError


def decorated(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    return wrapper


def scaled(factor, real_logits, fake_logits):
    return factor * right(real_logits, fake_logits)


def scaled_stub(factor, real_logits, fake_logits):
    raise NotImplementedError


@pytest.mark.parametrize(
    "answer",
    [
        lambda r, f: right(r, f),
        functools.partial(scaled, 1),
        Loss(),
        Loss().method,
        Network(),
        decorated(right),
        functools.lru_cache(right),
        lambda *logits: right(*logits),
    ],
)
def test_everything_that_can_be_called_like_the_stub_is_an_answer(answer, capsys):
    assert told("d_loss", answer, capsys=capsys).startswith("✓")


@pytest.mark.parametrize(
    "answer",
    [
        discriminator_loss,
        functools.partial(scaled_stub, 1),
        Loss().unwritten,
        UnwrittenNetwork(),
        decorated(discriminator_loss),
    ],
)
def test_stub_is_recognised_in_every_wrapping(answer, capsys):
    assert told("d_loss", answer, capsys=capsys).startswith("○")


def test_operation_that_pytorch_refuses_as_not_implemented_is_a_mistake_and_no_stub(capsys):
    text = told("d_loss", lambda real, fake: (real > fake.mean()).mean(), capsys=capsys)
    assert text.startswith("✗")
    assert "NotImplementedError: mean()" in text


def test_class_instead_of_function_is_told(capsys):
    text = told("d_loss", Loss, capsys=capsys)
    assert "check was given the class Loss" in text
    assert "def discriminator_loss(real_logits, fake_logits):" in text


def test_name_of_the_function_in_quotes_is_told(capsys):
    assert "without quotes" in told("d_loss", "discriminator_loss", capsys=capsys)


async def asynchronous(real_logits, fake_logits):
    return right(real_logits, fake_logits)


def generating(real_logits, fake_logits):
    yield right(real_logits, fake_logits)


async def generating_asynchronously(real_logits, fake_logits):
    yield right(real_logits, fake_logits)


@pytest.mark.parametrize(
    ("answer", "cure"),
    [
        (asynchronous, "Write def, without async"),
        (generating, "Write return instead of yield"),
        (generating_asynchronously, "Write return instead of yield"),
    ],
)
def test_promise_of_a_value_is_told(answer, cure, capsys):
    text = told("d_loss", answer, capsys=capsys)
    assert cure in text
    assert "warning" not in text


def endless_recursion(real_logits, fake_logits):
    return endless_recursion(real_logits, fake_logits)


@pytest.mark.parametrize(
    ("answer", "cure"),
    [
        (endless_recursion, "calls itself without end"),
        (lambda real, fake: torch.zeros(10**15), "far too large"),
        (lambda real, fake: [0] * 10**15, "far too large"),
        (
            lambda real, fake: real + fake.reshape(1, -1)[:, :2] @ torch.ones(2, 2) + torch.ones(5),
            "have they to be alike",
        ),
    ],
)
def test_error_is_explained(answer, cure, capsys):
    assert cure in told("d_loss", answer, capsys=capsys)


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
    before = set(threading.enumerate())
    report = toy(0.3).run(endless)
    assert "still running after 0.3 seconds" in report.problem.saw
    assert report.problem.line.startswith("line ")
    assert set(threading.enumerate()) <= before


def test_cases_after_an_endless_one_are_not_run():
    exercise = toy(0.3)
    exercise.cases.append(exercise.cases[0])
    assert [result.status for result in exercise.run(loop).results] == ["failed", "not run"]


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What the calls that cannot be stopped wait for; set, and their thread gone, when the test is over."""
    before, event = set(threading.enumerate()), threading.Event()
    yield event
    event.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)


def a_long_sleep(released):
    released.wait(60)


def loop_with_a_bare_except(released):
    while not released.is_set():
        with suppress(BaseException):
            released.wait(0.001)


def is_told_to_go_on(problem):
    return "could not be stopped: it goes on" in problem.saw and "Restart the kernel" in problem.hint


@pytest.mark.parametrize("endless", [a_long_sleep, loop_with_a_bare_except])
def test_what_cannot_be_stopped_is_left_behind_and_told_so(endless, released):
    before = set(threading.enumerate())
    problem = toy(0.3).run(lambda: endless(released)).problem
    assert len(set(threading.enumerate()) - before) == 1  # it goes on, and has not been waited for
    assert is_told_to_go_on(problem)


@pytest.mark.parametrize("endless", [loop, loop_that_catches_every_exception])
def test_stopped_is_said_of_what_was_stopped(endless):
    assert toy(0.3).run(endless).problem.saw.endswith("and was stopped")


def test_answer_that_replaces_sleep_does_not_change_the_time_limit(monkeypatch):
    def impatient():
        monkeypatch.setattr(time, "sleep", lambda seconds: None)
        return loop()

    assert toy(0.3).run(impatient).problem.saw.endswith("and was stopped")


def test_answer_that_starts_a_thread_is_not_waited_for(released):
    thread = threading.Thread(target=a_long_sleep, args=(released,), daemon=True)
    assert toy().run(lambda: thread.start() or 1).status == "passed"
    assert thread.is_alive()


def test_answer_that_closes_its_output_disturbs_nobody(capsys):
    report = toy().run(lambda: sys.stdout.close() or print("still here", flush=True) or 1)
    assert report.printed == "still here\n"
    print("the notebook prints on")
    assert "prints on" in capsys.readouterr().out


def test_warnings_filters_are_put_back():
    before = list(warnings.filters)
    toy().run(lambda: warnings.simplefilter("ignore") or 1)
    assert warnings.filters == before


def test_import_is_never_stopped_half_way(tmp_path, monkeypatch):
    (tmp_path / "slow_module.py").write_text(
        "import time\nend = time.monotonic() + 1\nwhile time.monotonic() < end:\n    pass\nwhole = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    toy(0.1).run(lambda: __import__("slow_module") and 1)
    assert sys.modules.pop("slow_module").whole


def test_time_limit_works_off_the_main_thread():
    reports = []
    thread = threading.Thread(target=lambda: reports.append(toy(0.3).run(loop)))
    thread.start()
    thread.join(60)
    assert "still running" in reports[0].problem.saw


def test_within_hands_on_what_was_raised():
    with pytest.raises(ZeroDivisionError):
        within(1, lambda: 1 / 0)


def test_time_up_passes_except_exception():
    assert not issubclass(TimeUp, Exception)


SWITCHES = {
    "follows gradients": lambda: torch.set_grad_enabled(False),
    "default dtype": lambda: torch.set_default_dtype(torch.float64),
    "default device": lambda: torch.set_default_device("meta"),
    "deterministic": lambda: torch.use_deterministic_algorithms(True),
    "anomaly": lambda: torch.autograd.set_detect_anomaly(True),
    "number of threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "treatment of errors": lambda: np.seterr(all="ignore"),
    "recursion limit": lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 1),
}
each_switch = pytest.mark.parametrize("switch", SWITCHES.values(), ids=SWITCHES)


@each_switch
@pytest.mark.filterwarnings("ignore:Anomaly Detection")
def test_setting_is_put_back_for_the_notebook_and_for_the_next_case(switch):
    seen, exercise = [], toy()
    exercise.cases.append(exercise.cases[0])

    def switches():
        seen.append(read_settings())
        switch()
        return 1

    before = read_settings()
    exercise.run(switches)
    assert read_settings() == before
    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.filterwarnings("ignore:Anomaly Detection")
def test_setting_left_changed_is_a_finding(name):
    def leaves_a_switch(real_logits, fake_logits):
        loss = right(real_logits, fake_logits)
        SWITCHES[name]()
        return loss

    text = " ".join(str(result.saw) for result in exercises.load("d_loss").run(leaves_a_switch).results)
    assert name in text
    assert "for all that follows" in text


def network():
    return nn.Sequential(nn.Linear(1, 1), nn.Dropout())


def thing(kind):
    return {"tensor": torch.ones(3), "network": network(), "optimiser": torch.optim.SGD(network().parameters())}[kind]


@pytest.mark.parametrize(
    ("kind", "disturb", "seen"),
    [
        ("tensor", lambda t: t.add_(1), "changed it itself"),
        ("tensor", lambda t: t.div_(1), "changed it itself"),
        ("tensor", lambda t: t.unsqueeze_(0), "changed it itself"),
        ("tensor", lambda t: t[0].zero_(), "changed it itself"),
        ("tensor", lambda t: setattr(t, "data", t.double()), "changed it itself"),
        ("tensor", lambda t: t.requires_grad_(), "changed it.requires_grad"),
        ("tensor", lambda t: setattr(t, "grad", torch.ones(3)), "changed it.grad"),
        ("network", lambda n: n.eval(), "it is left in another mode"),
        ("network", lambda n: n[1].eval(), "it is left in another mode"),
        ("network", lambda n: n.requires_grad_(False), "weights of it are left"),
        ("network", lambda n: n.register_forward_hook(print), "a hook is left on it"),
        ("network", lambda n: n[0].register_full_backward_hook(print), "a hook is left on it"),
        ("optimiser", lambda o: o.param_groups[0].update(lr=2), "the settings of it are changed"),
        ("optimiser", lambda o: o.add_param_group({"params": [torch.ones(1)]}), "the settings of it are changed"),
        ("tensor", lambda t: torch.manual_seed(0), "sets torch's seed"),
    ],
)
def test_trace_is_found_where_there_is_one_and_only_there(kind, disturb, seen):
    it = thing(kind)
    with untouched(it=it):
        torch.rand(3)
        if kind == "network":
            it(torch.ones(2, 1)).sum().backward()
    with pytest.raises(Finding) as found, untouched(it=it):
        disturb(it)
    assert seen in str(found.value)


@pytest.fixture
def notebook() -> Iterator[None]:
    """An IPython session, as in a kernel."""
    InteractiveShell.instance(history_length=0)
    yield
    InteractiveShell.clear_instance()
    plt.close("all")


def plots(real_logits, fake_logits):
    plt.figure()
    plt.show()
    return right(real_logits, fake_logits)


def draws_into_the_current_figure(real_logits, fake_logits):
    plt.plot([1, 2])
    return right(real_logits, fake_logits)


def displays(real_logits, fake_logits):
    display("a text")
    return right(real_logits, fake_logits)


@pytest.mark.parametrize("answer", [plots, draws_into_the_current_figure, displays])
def test_what_an_answer_draws_is_shown_once(answer, notebook):
    with capture_output(stdout=False, stderr=False) as shown:
        exercises.load("d_loss").run(answer)
    assert len(shown.outputs) == 1


def test_figure_of_the_first_call_is_shown_as_it_was_then(notebook):
    with capture_output(stdout=False, stderr=False) as shown:
        exercises.load("d_loss").run(draws_into_the_current_figure)
    assert "1 Axes" in shown.outputs[0].data["text/plain"]
    assert plt.get_fignums() == []


def test_figures_of_the_reader_stay_as_they_were(notebook):
    mine = plt.figure()
    for answer in (plots, draws_into_the_current_figure):
        exercises.load("d_loss").run(answer)
    assert [plt.figure(number) for number in plt.get_fignums()] == [mine]
    assert mine.axes == []
    plt.close(mine)


def test_plots_leave_nothing_where_there_is_no_notebook(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("a window would open"))
    assert exercises.load("d_loss").run(plots).status == "passed"
    assert plt.get_fignums() == []


def test_displays_of_the_notebook_work_after_a_call_that_never_came_back(notebook):
    with capture_output(stdout=False, stderr=False) as shown:
        toy(0.1).run(lambda: time.sleep(2))
        display("next cell")
    assert len(shown.outputs) == 1


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


@pytest.mark.parametrize(
    "value", [1, 1.0, np.int8(1), np.float16(1), np.array(1.0), torch.tensor(1), nn.Parameter(torch.ones(()))]
)
def test_number_takes_every_kind_of_one(value):
    assert number(value, "it") == 1.0


@pytest.mark.parametrize(
    "value", [True, np.bool_(1), torch.tensor(True), 1j, torch.tensor(1j), np.array([1.0]), "1", [1]]
)
def test_number_refuses_what_is_none(value):
    with pytest.raises(Finding, match="it "):
        number(value, "it")


@pytest.mark.parametrize("value", [True, np.bool_(1), np.array(True), torch.tensor(True)])
def test_truth_takes_every_kind_of_true(value):
    assert truth(value, "it") is True


@pytest.mark.parametrize(
    ("value", "cure"),
    [([1.0], "torch.tensor"), (np.ones(1), "torch.from_numpy"), (1.0, "torch.tensor"), ((1.0,), "torch.tensor")],
)
def test_what_is_no_tensor_is_told_how_to_become_one(value, cure):
    with pytest.raises(Finding) as found:
        tensor(value, "it", shape=(1,))
    assert cure in found.value.hint


def test_number_where_a_tensor_is_asked_is_told_of_the_gradient():
    with pytest.raises(Finding) as found:
        differentiable(1.0, "it")
    assert "way back is cut" in found.value.hint
    with pytest.raises(Finding) as found:
        differentiable(torch.ones(1, requires_grad=True), "it")
    assert "shape ()" in found.value.hint


def test_hint_belongs_to_the_wrong_tensor_that_it_explains():
    with pytest.raises(Finding) as found:
        near(torch.tensor([2.0, 1.0]), torch.tensor([1.0, 2.0]), "it", hints={torch.tensor([2.0, 1.0]): "Swapped."})
    assert found.value.hint == "Swapped."


def test_kind_and_items_name_what_was_given():
    assert kind(np.ones((2, 3))) == "a NumPy array of shape (2, 3)"
    assert kind(right) == "the function right"
    with pytest.raises(Finding, match="a list of 3"):
        items([1, 2, 3], 2, "two numbers")
