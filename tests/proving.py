"""What proves an exercise or a problem: whether a change of the reference survives its cases, and which cases fail."""

from ganlab.checks.report import FAILED

#: What stops the cell of an answer: then no case has to.
STOPS = (SyntaxError, NameError, ValueError, TypeError, ImportError)


def survives(exercise, source, seed=0):
    """Tell whether no case fails, each tried alone."""
    try:
        answers = exercise.solve(source)
    except STOPS:
        return False
    return not any(exercise.run(*answers, seed=seed, cases=[case]).status == FAILED for case in exercise.cases)


def failing(exercise, source, seed=0):
    """Return the names of the cases that fail."""
    try:
        answers = exercise.solve(source)
    except STOPS:
        return set()
    return {result.case for result in exercise.run(*answers, seed=seed).results if result.status == FAILED}
