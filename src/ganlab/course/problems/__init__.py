"""Problems for assignment: tasks that the book does not show, drawn anew for each course or each student.

A problem is written as a function of a `Draw` that chooses its numbers, targets and rules and returns a `Problem`: the
text in which the drawn numbers appear, and an `Exercise` as the chapters have them, with visible and hidden cases. One
module a chapter, named like the chapter's module in `ganlab.exercises`; a module is loaded when one of its problems is
asked for.

A problem sees only the *public* part of a draw, whose key is printed in the student's notebook so that `check` can
make the visible cases there. The seed with which hidden cases draw their numbers comes from the other part, and only
who knows the course's secret has it.

To write one: `posed` fills the drawn values into the texts, wherever they have a mark such as «target»; cases are
added to `problem.exercise` as in a chapter, those with `visible=False` last. The tests run every problem for many
draws, and need nothing for a new one but its line in `PROBLEMS`.
"""

import hashlib
from importlib import import_module
from typing import Any

from ganlab.checks import report
from ganlab.course.problems.problem import Problem
from ganlab.course.variants import Draw

#: Where each problem is defined: its id, which is the name of its function, and the module of its chapter.
PROBLEMS = {
    "second_world": "two_kinds_of_models",
    "moved": "two_kinds_of_models",
    "calls": "marco_polo",
    "answered": "marco_polo",
    "unseen_share": "discriminator_as_ratio_meter",
    "wrong_bins": "discriminator_as_ratio_meter",
    "cycle_length": "the_game",
    "jsd_curve": "the_game",
    "who_counts": "two_generator_losses",
    "label_used": "two_generator_losses",
    "verdict": "first_gan",
    "by_hand": "first_gan",
    "settled": "why_it_circles",
    "penalty_for": "why_it_circles",
    "pack_size": "mode_collapse",
    "lost_or_chased": "mode_collapse",
    "true_distance": "wasserstein",
    "best_critic": "wasserstein",
    "checkerboard": "digits",
    "moved_copies": "digits",
    "which_is_better": "how_good_is_it",
    "faults": "how_good_is_it",
    "seeds_needed": "tricks_on_trial",
    "fair_ratio": "tricks_on_trial",
    "asked_for": "asking_for_a_seven",
    "word_gradient": "asking_for_a_seven",
    "exact_velocity": "where_gans_stand",
    "marked": "where_gans_stand",
}


def load(name: str, draw: Draw) -> Problem:
    """Return the problem called `name` as it is drawn for a course or a student.

    Raises
    ------
    ValueError
        If there is no such problem.

    Examples
    --------
    >>> load("second_world", Draw.of("secret", "Ada", "second_world")).exercise.title
    'Another world with the same answers'
    """
    return _made(name, public_key(draw))


def of_chapter(slug: str) -> tuple[str, ...]:
    """Return the ids of a chapter's problems.

    Examples
    --------
    >>> "second_world" in of_chapter("01-two-kinds-of-models")
    True
    """
    module = slug.partition("-")[2].replace("-", "_")
    return tuple(name for name, home in PROBLEMS.items() if home == module)


def public_key(draw: Draw) -> str:
    """Return the key that a student's notebook hands to `check`; it fixes the numbers, and not the hidden cases."""
    return hashlib.sha256(f"{draw.key} public".encode()).hexdigest()


def check(name: str, *answers: Any, key: str) -> None:
    """Check answers to a problem on its visible cases and print what was found, as `ganlab.check` does.

    Parameters
    ----------
    name : str
        The id of the problem.
    *answers : Any
        What the problem asks for.
    key : str
        The `public_key` of the draw, which the notebook contains.

    Raises
    ------
    ValueError
        If there is no such problem, or if the number of answers is wrong.
    """
    exercise = _made(name, key).exercise
    print(report.describe(exercise.run(*answers, cases=exercise.visible)))


def _made(name: str, key: str) -> Problem:
    if name not in PROBLEMS:
        raise ValueError(f"no problem is called {name!r}; there are {', '.join(PROBLEMS)}")
    return getattr(import_module(f"{__name__}.{PROBLEMS[name]}"), name)(Draw(key))
