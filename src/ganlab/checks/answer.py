"""Answers: the reader's functions and values, made safe to ask.

`ready` looks at an answer before it is used: is it a function, does it take the right arguments, is it written at
all? A function is then wrapped so that an exception becomes a finding with the line of the reader's code.
"""

import dis
import inspect
import linecache
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from types import CodeType, FrameType
from typing import Any

from ganlab.checks.expect import Finding, NotWritten, kind
from ganlab.checks.guard import TimeUp

_TOO_LARGE = "What the function makes is far too large: look at the shapes."
#: What the best-known messages of PyTorch mean here.
_EXPLAINED = {
    "modified by an inplace operation": (
        "opt.step() changed weights that a loss computed earlier still goes backward through: "
        "compute that loss after that step."
    ),
    "does not require grad": "There is nothing to go backward through: was everything detached?",
    "backward through the graph a second time": "Compute a new loss for each backward().",
    "same device": "The check works on the CPU: make new tensors where the given ones are, device=real.device.",
    "leaf Variable that requires grad": "Operators such as += and methods that end in _ write into the tensor itself.",
    "must match the size of tensor": "Two tensors of different size meet entry by entry: have they to be alike?",
    "Inference tensors": "What torch.inference_mode() made can never train: use torch.no_grad() or .detach().",
    "allocate memory": _TOO_LARGE,
    "not enough memory": _TOO_LARGE,
    "MemoryError": _TOO_LARGE,
    "RecursionError": "The function calls itself without end.",
    "is not defined": "The function uses a name that no cell has defined yet.",
}
_SHOWN = 160

#: Makes what is to hold around each call of an answer.
Around = Callable[[], AbstractContextManager[None]]
_LOOK_CLOSER = "Call your function on a small input in a cell of its own to look closer."


@dataclass(frozen=True)
class Value:
    """A value that the exercise asks for, such as a list."""

    name: str

    def ready(self, answer: Any, around: Around = nullcontext) -> Any:
        """Return the answer if something was written; there is nothing to call."""
        if answer is ... or answer is None:
            raise NotWritten(f"Replace the dots in `{self.name} = ...`, then run the cell again.")
        return answer


@dataclass(frozen=True)
class Answer:
    """A function that the exercise asks for, with the parameters it is called with."""

    name: str
    parameters: tuple[str, ...]

    def ready(self, function: Any, around: Around = nullcontext) -> Callable[..., Any]:
        """Return the function if it can be called as the exercise calls it, wrapped; `around` holds in each call."""
        if isinstance(function, type):
            hint = f"Write it as a function that begins with def {self.name}({', '.join(self.parameters)}):"
            raise Finding(f"check was given the class {function.__name__}", f"the function {self.name}", hint)
        if not callable(function):
            how = "quotes" if isinstance(function, str) else "parentheses"
            hint = f'Pass the function itself, without {how}: check("…", {self.name}).'
            raise Finding(f"check was given {kind(function)}", f"the function {self.name}", hint)
        self._bind(function)
        return lambda *arguments: self._call(function, arguments, around)

    def _bind(self, function: Callable[..., Any]) -> None:
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):  # some built-in functions have none
            return
        try:
            signature.bind(*self.parameters)
        except TypeError:
            raise Finding(
                f"your function takes {signature}",
                f"it is called with ({', '.join(self.parameters)})",
                "Keep the first line of the stub as it is.",
            ) from None

    def _call(self, function: Callable[..., Any], arguments: Sequence[Any], around: Around) -> Any:
        try:
            with around():
                value = function(*arguments)
        except TimeUp:
            raise
        except BaseException as error:  # exit() too: nothing an answer raises may end the notebook
            if isinstance(error, NotImplementedError) and _raised_by(function, error):
                todo = "Replace `raise NotImplementedError`, then run the cell again."
                raise NotWritten(todo) from None
            raise self._told(function, error) from None
        return self._given(value)

    def _given(self, value: Any) -> Any:
        """Return what the function returned, if it is a value and no promise of one."""
        if value is None:
            raise Finding(f"{self.name} returned None", "a value", "Is the return statement missing?")
        if inspect.iscoroutine(value):
            value.close()
            raise Finding(f"{self.name} returned a coroutine", "a value", "Write def, without async.")
        if inspect.isgenerator(value) or inspect.isasyncgen(value):
            raise Finding(f"{self.name} returned a generator", "a value", "Write return instead of yield.")
        return value

    def _told(self, function: Callable[..., Any], error: BaseException) -> Finding:
        if isinstance(error, Finding):  # raised by something of ours that the function was given
            return error
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        text = f"{type(error).__name__}: {error}".rstrip(": ")
        saw = f"your code stopped with {text[:_SHOWN]}{'…' * (len(text) > _SHOWN)}"
        hint = next((hint for part, hint in _EXPLAINED.items() if part in text), _LOOK_CLOSER)
        line = first_line_in([function], reversed(frames), error)
        return Finding(saw, "a value", hint, line)


def first_line_in(answers: Iterable[Any], frames: Iterable[FrameType], error: BaseException | None = None) -> str:
    """Return the first of the frames, innermost first, that lies in the reader's code: `line 3: loss.backward()`.

    Parameters
    ----------
    answers : iterable
        The reader's functions; their files are the reader's code.
    frames : iterable of frames
        Innermost first.
    error : BaseException
        Where to read the line numbers, if the frames come from its traceback.

    Returns
    -------
    str
        Empty if no frame is the reader's.
    """
    numbers = {} if error is None else dict(traceback.walk_tb(error.__traceback__))
    files = {code.co_filename for answer in answers for code in _codes(answer)}
    for frame in frames:
        file = frame.f_code.co_filename
        if file in files:
            number = numbers.get(frame, frame.f_lineno)
            return f"line {number}: {linecache.getline(file, number).strip()}"
    return ""


def _raised_by(function: Callable[..., Any], error: BaseException) -> bool:
    """Tell whether the function itself says `raise`; an operation of PyTorch that it called raises, too."""
    last = error.__traceback__
    while last.tb_next:
        last = last.tb_next
    code = last.tb_frame.f_code
    return code in _codes(function) and code.co_code[last.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def _codes(answer: Any) -> list[CodeType]:
    """Return the code behind a callable: of a function, and of what a decorator, partial or object calls in the end."""
    layers = [answer]
    while isinstance(answer, partial):
        answer = answer.func
        layers.append(answer)
    layers += [inspect.unwrap(answer), _method(answer)]
    return [layer.__code__ for layer in layers if isinstance(getattr(layer, "__code__", None), CodeType)]


def _method(answer: Any) -> Any:
    """Return the method that a call of an object runs: `forward` of a network, `__call__` of others."""
    methods = vars(type(answer))
    return methods.get("forward", methods.get("__call__"))
