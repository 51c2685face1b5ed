"""Checks: instant, kind feedback on the exercises of the book.

One definition of an exercise serves the reader's notebook (`check`), the build of the book, a grader and the tests:
an `Exercise` owns its stub, one reference solution, *cases* (each tests one property) and *mistakes* (typical wrong
answers, each with the misconception behind it and the case that must catch it). The exercises of a chapter live in a
module of their own, loaded when one of them is asked for.

Nothing here grades code that nobody trusts: `check` runs in the reader's own process, and a grader adds a sandbox.

References
----------
The exercises follow `E…` (errors of well-known notes), `U…` (questions learners ask) and `T…` (topics), the keys that
every mistake carries.
"""

from difflib import get_close_matches
from importlib import import_module
from typing import Any

from ganlab.checks.exercise import Case, Exercise, Mistake
from ganlab.checks.report import Report, Result, describe

__all__ = ["EXERCISES", "Case", "Exercise", "Mistake", "Report", "Result", "check", "describe", "load"]

#: Where each exercise is defined: its id, and the module of its chapter.
EXERCISES = {
    "posterior": "ch01",
    "sample_joint": "ch01",
    "pushforward_density": "ch02",
    "feedback_step": "ch02",
    "d_loss": "ch06",
    "g_loss": "ch06",
    "train_step": "ch06",
    "nine_steps": "ch06",
    "to_tanh_range": "ch10",
    "transposed_conv_out": "ch10",
    "conv_shapes": "ch10",
    "discriminator_update": "ch10",
    "collapse_alarm": "ch10",
}


def load(name: str) -> Exercise:
    """Return the exercise called `name`.

    Parameters
    ----------
    name : str
        The id of an exercise, a key of `EXERCISES`.

    Returns
    -------
    Exercise
        The definition: stub, reference, cases and mistakes.

    Raises
    ------
    ValueError
        If there is no such exercise; the message names the nearest ones.

    Examples
    --------
    >>> load("d_loss").title
    'The discriminator loss from logits'
    """
    if name not in EXERCISES:
        near = get_close_matches(str(name), EXERCISES, n=3) or list(EXERCISES)
        raise ValueError(f"no exercise is called {name!r}; did you mean {', '.join(map(repr, near))}?")
    return getattr(import_module(f"ganlab.checks.{EXERCISES[name]}"), name)


def check(name: str, *answers: Any) -> None:
    """Check answers to an exercise and print what was found, one problem at a time.

    A wrong answer never raises. The random state stays as it was, warnings and prints of the answer are caught and
    shown in short, and an answer that does not end is stopped after some seconds. To stop it, an exception is raised
    in the thread the answer runs in: this works in every thread and on every system, but a single call that never
    comes back to Python (a sleep of an hour) is only left behind, and the message then says so.

    Parameters
    ----------
    name : str
        The id of the exercise, a key of `EXERCISES`.
    *answers : Any
        What the exercise asks for, mostly one function: the function itself, not what it returns.

    Raises
    ------
    ValueError
        If there is no such exercise, or if the number of answers is wrong.

    Examples
    --------
    >>> def discriminator_loss(real_logits, fake_logits):
    ...     raise NotImplementedError
    >>> check("d_loss", discriminator_loss)
    ○ d_loss: not written yet.
      Replace `raise NotImplementedError`, then run the cell again.
    """
    exercise = load(name)
    print(describe(exercise.run(*answers, cases=[case for case in exercise.cases if case.visible])))
