"""Checks: instant, kind feedback on the exercises of the book.

One definition of an exercise serves the reader's notebook (`check`), the build of the book, a grader and the tests:
an `Exercise` owns its stub, one reference solution, *cases* (each tests one property) and *mistakes* (typical wrong
answers, each with the misconception behind it and the case that must catch it). This room is the framework alone; what
is asked stands in `ganlab.exercises`.

Nothing here grades code that nobody trusts: `check` runs in the reader's own process, and a grader adds a sandbox.
"""

from importlib import import_module
from typing import Any

from ganlab.checks.exercise import Case, Exercise, Mistake
from ganlab.checks.expect import kind
from ganlab.checks.report import Report, Result, describe

__all__ = ["Case", "Exercise", "Mistake", "Report", "Result", "check", "describe"]

#: Where exercises are looked up, by name as for a plug-in: what is asked stands on this room, not the other way round.
_EXERCISES = "ganlab.exercises"


def check(name: str = "", *answers: Any) -> None:
    """Check answers to an exercise and print what was found, one problem at a time.

    A wrong answer never raises. The random state and the settings of torch stay as they were, warnings and prints of
    the answer are caught and shown in short, and what it draws is shown once. An answer that does not end is stopped
    after some seconds: an exception is raised in the thread the answer runs in, which works in every thread and on
    every system. A single call that never comes back to Python (a sleep of an hour) is only left behind, and the
    message then says so.

    Parameters
    ----------
    name : str
        The id of the exercise, a key of `ganlab.exercises.EXERCISES`.
    *answers : Any
        What the exercise asks for, mostly one function: the function itself, not what it returns.

    Raises
    ------
    TypeError
        If the name is missing or does not come first; the message shows the right call.
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
    exercises = import_module(_EXERCISES)
    if not isinstance(name, str) or not name:
        raise TypeError(_name_first(name, exercises))
    exercise = exercises.load(name)
    print(describe(exercise.run(*answers, cases=exercise.visible)))


def _name_first(given: Any, exercises: Any) -> str:
    """Say that the name comes first, and show the call for what was given instead."""
    asked = getattr(given, "__name__", "your_function")
    fitting = exercises.asking_for(asked)
    seen = f"got {kind(given)}" if given != "" else "got nothing"
    example = f'write check("{fitting[0]}", {asked})' if fitting else 'such as check("d_loss", discriminator_loss)'
    return f"the name of the exercise comes first, in quotes, then your answer: {seen}; {example}"
