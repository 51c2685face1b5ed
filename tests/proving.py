"""What proves an exercise or a problem: whether a change of the reference survives its cases, and which cases fail."""

from itertools import chain

from ganlab.checks.mutation import mutants
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


def failing(exercise, source, seed=0, cases=None):
    """Return the names of the cases that fail, of all or of these."""
    try:
        answers = exercise.solve(source)
    except STOPS:
        return set()
    return {result.case for result in exercise.run(*answers, seed=seed, cases=cases).results if result.status == FAILED}


def idle(exercise, seed=0):
    """Return the names of the cases that catch no mistake and no change of the reference.

    That a mistake is caught by the case it names has a test of its own. Each case starts afresh, so only those that
    have caught nothing yet are tried.
    """
    caught = {mistake.caught_by for mistake in exercise.mistakes}
    left = [case for case in exercise.cases if case.name not in caught]
    changes = (source for _, source in mutants(exercise.reference))
    for source in chain((mistake.source for mistake in exercise.mistakes), changes):
        if not left:
            break
        failed = failing(exercise, source, seed, left)
        left = [case for case in left if case.name not in failed]
    return {case.name for case in left}
