"""Every problem is proved for many draws: stub, reference, mistakes, changes of the reference, and a copied answer."""

import inspect
import random
import re

import numpy as np
import pytest
import torch
from proving import idle, survives

from ganlab import checks
from ganlab.checks.mutation import mutants
from ganlab.checks.report import FAILED, NOT_WRITTEN, PASSED
from ganlab.course import problems
from ganlab.course.assignments import task
from ganlab.course.variants import Draw

each_problem = pytest.mark.parametrize("name", problems.PROBLEMS)


def drawn(name, student):
    return task(name, Draw.of("secret", str(student), name))


def tried(task, source, *, visible=False):
    """The report on an answer, as graded, or as the student's notebook shows it."""
    exercise = task.exercise
    seed, cases = (0, [case for case in exercise.cases if case.visible]) if visible else (task.seed, None)
    return exercise.run(*exercise.solve(source), seed=seed, cases=cases)


@each_problem
def test_untouched_stub_is_not_written_yet(name):
    task = drawn(name, "")
    assert tried(task, task.exercise.stub).status == NOT_WRITTEN


@each_problem
def test_reference_passes_every_case_for_every_draw(name):
    for student in range(10):
        task = drawn(name, student)
        report = tried(task, task.exercise.reference)
        assert report.status == PASSED, checks.describe(report)
        assert (report.printed, report.warned) == ("", [])


def test_right_strength_of_a_penalty_passes_where_it_is_hardly_below_the_critical_one():
    exercise = drawn("penalty_for", "").exercise
    (case,) = [case for case in exercise.cases if case.name == "other_games"]
    answers = exercise.solve(exercise.reference)
    assert [seed for seed in range(300) if exercise.run(*answers, seed=seed, cases=[case]).status != PASSED] == []


@each_problem
@pytest.mark.parametrize("student", [0, *(pytest.param(other, marks=pytest.mark.slow) for other in (1, 2))])
def test_mistakes_are_caught_first_by_their_case_and_told_for_every_draw(name, student):
    task = drawn(name, student)
    assert len(task.exercise.mistakes) >= 6
    for mistake in task.exercise.mistakes:
        report = tried(task, mistake.source)
        text = checks.describe(report)
        assert report.problem is not None, f"not caught: {mistake.title}"
        assert report.problem.case == mistake.caught_by, f"{mistake.title}\n{text}"
        assert mistake.says in " ".join(text.split()), f"{mistake.title}\n{text}"


@pytest.mark.slow
@each_problem
def test_every_one_place_change_fails_or_is_listed_as_equivalent(name):
    task = drawn(name, "")
    exercise = task.exercise
    survivors = {change for change, source in mutants(exercise.reference) if survives(exercise, source, task.seed)}
    assert survivors == set(exercise.equivalent)
    assert all(exercise.equivalent.values())  # each with its reason


@each_problem
@pytest.mark.parametrize("otherwise", [0, -1])
def test_hidden_cases_catch_an_answer_that_knows_the_visible_ones_by_heart(name, otherwise):
    """It is what a neighbour's output makes possible: a table of what was asked and what was right."""
    task = drawn(name, "")
    exercise, known = task.exercise, []
    functions = exercise.solve(exercise.reference)
    visible = [case for case in exercise.cases if case.visible]
    noted = [noting(function, i, known) for i, function in enumerate(functions)]
    assert exercise.run(*noted, cases=visible).status == PASSED
    by_heart = [reciting(function, i, known, otherwise) for i, function in enumerate(functions)]
    assert exercise.run(*by_heart, cases=visible).status == PASSED
    failed = {result.case for result in exercise.run(*by_heart).results if result.status == FAILED}
    assert failed & {case.name for case in exercise.cases if not case.visible}


def noting(function, i, known):
    def answer(*given):
        before = plain(given)
        value = function(*given)
        known.append((i, before, value))
        return value

    answer.__signature__ = inspect.signature(function)
    return answer


def reciting(function, i, known, otherwise):
    def answer(*given):
        mine = [(asked, value) for j, asked, value in known if j == i]
        return dict(mine).get(plain(given), mine[otherwise][1])

    answer.__signature__ = inspect.signature(function)
    return answer


def plain(given):
    """What was asked, as text that can be compared."""
    return repr([each.tolist() if isinstance(each, torch.Tensor) else each for each in given])


@each_problem
def test_two_draws_differ_in_text_and_in_right_answers(name):
    """Some of five other draws' references fail here: last year's answer does not fit."""
    task, others = drawn(name, "mine"), [drawn(name, student) for student in range(5)]
    assert any(other.text != task.text for other in others)
    reports = [tried(task, renamed(other.exercise, task.exercise)) for other in others]
    assert any(report.status == FAILED for report in reports)


def renamed(theirs, mine):
    """The answer to another draw, under the names that this one asks for."""
    source = theirs.reference
    for old, new in zip(theirs.names, mine.names, strict=True):
        source = re.sub(rf"\b{old}\b", new, source)
    return source


@each_problem
def test_visible_and_hidden_cases_are_both_there_and_each_catches_something(name):
    task = drawn(name, "")
    exercise = task.exercise
    assert {case.visible for case in exercise.cases} == {True, False}
    assert idle(exercise, task.seed) == set()


@each_problem
def test_text_is_filled_and_tells_nothing_of_the_answer(name):
    task = drawn(name, "")
    assert len(task.text) > 200
    assert not re.search("[«»]", task.text + task.exercise.stub + task.exercise.reference)
    assert not any(line.strip() in task.text for line in task.exercise.reference.splitlines() if " = " in line)


@each_problem
def test_problem_is_the_same_whenever_it_is_drawn_and_leaves_chance_alone(name):
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    one, other = drawn(name, "Ada"), drawn(name, "Ada")
    assert (one.text, one.exercise.reference) == (other.text, other.exercise.reference)
    assert torch.equal(before[0], torch.get_rng_state())
    assert before[1:] == (np.random.get_state()[1].tolist(), random.getstate())


@each_problem
def test_misconceptions_are_keys_of_the_book(name):
    ranges = {"T": 27, "E": 35, "U": 24}
    for mistake in drawn(name, "").exercise.mistakes:
        assert 1 <= int(mistake.misconception[1:]) <= ranges[mistake.misconception[0]]


def test_registry_names_every_problem_where_it_is():
    for name in problems.PROBLEMS:
        assert drawn(name, "").exercise.id == name


def test_check_of_the_notebook_knows_the_numbers_and_not_the_hidden_seed(capsys):
    mine = drawn("second_world", "Ada")
    namespace = {}
    exec(mine.exercise.reference + mine.check, namespace)
    assert "right, all 4 checks pass" in capsys.readouterr().out
    assert mine.draw.key not in mine.check


def test_check_of_an_exercise_is_the_one_of_its_page():
    assert drawn("value", "").check == 'ganlab.check("value", value)'


def test_unknown_problem_is_told_with_those_there_are():
    with pytest.raises(ValueError, match=r"no problem is called 'worlds'.*second_world"):
        problems.check("worlds", None, key="")
