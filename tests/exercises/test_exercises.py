"""Every exercise is proved four ways: stub, reference, mistakes, and every one-place change of the reference."""

import json
import random
import re

import numpy as np
import pytest
import torch
from proving import idle, survives

from ganlab import checks, exercises
from ganlab.checks.mutation import mutants
from ganlab.checks.report import NOT_WRITTEN, PASSED

EXERCISES = [exercises.load(name) for name in exercises.EXERCISES]
# What the reader replaces; in the clinic a comment says to repair the rest of the function, which follows.
TO_DO = re.compile(r"raise NotImplementedError(  # .*\n( {4}.*\n)*|\n)")
each_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
#: Mistakes whose D takes several steps a round: three to five times what the plain recipe takes to train.
LONG = {("ring_patient", title) for title in ("leaves the patient as it is", "lowers the steps of D a little")}
MISTAKES = [
    pytest.param(exercise, mistake, marks=[pytest.mark.slow] * ((exercise.id, mistake.title) in LONG))
    for exercise in EXERCISES
    for mistake in exercise.mistakes
]


@each_exercise
def test_untouched_stub_is_not_written_yet(exercise):
    report = exercise.run(*exercise.solve(exercise.stub))
    assert report.status == NOT_WRITTEN
    assert checks.describe(report).startswith(f"○ {exercise.id}: not written yet.")


def state_of_chance():
    return torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()


@each_exercise
@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_reference_passes_every_case_and_leaves_the_random_state_of_the_reader(exercise, seed):
    before = state_of_chance()
    report = exercise.run(*exercise.solve(exercise.reference), seed=seed)
    assert report.status == PASSED, checks.describe(report)
    assert report.points == sum(case.points for case in exercise.cases)
    assert (report.printed, report.warned) == ("", [])
    assert report.as_dict() == json.loads(json.dumps(report.as_dict()))
    assert state_of_chance() == before


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES, ids=lambda value: getattr(value, "title", ""))
def test_mistake_is_caught_first_by_its_case_and_told(exercise, mistake):
    report = exercise.run(*exercise.solve(mistake.source))
    text = checks.describe(report)
    assert report.problem is not None, f"not caught: {mistake.title}"
    assert report.problem.case == mistake.caught_by, text
    assert mistake.says in " ".join(text.split()), text


@pytest.mark.slow
@each_exercise
def test_every_one_place_change_fails_or_is_listed_as_equivalent(exercise):
    survivors = {change for change, source in mutants(exercise.reference) if survives(exercise, source)}
    assert survivors == set(exercise.equivalent)
    assert all(exercise.equivalent.values())  # each with its reason


@each_exercise
def test_stub_and_reference_begin_alike(exercise):
    stub = TO_DO.sub("", exercise.stub).replace("...\n", "").rstrip()
    assert exercise.reference.startswith(stub)


@each_exercise
def test_every_case_catches_some_mistake_or_change(exercise):
    assert idle(exercise) == set()


@each_exercise
def test_reports_on_what_is_not_right_can_be_stored_as_json(exercise):
    for source in (exercise.stub, exercise.mistakes[-1].source):
        report = exercise.run(*exercise.solve(source)).as_dict()
        assert json.loads(json.dumps(report)) == report


def test_registry_names_every_exercise_where_it_is():
    for name in exercises.EXERCISES:
        assert exercises.load(name).id == name


@each_exercise
def test_misconceptions_are_keys_of_the_book(exercise):
    ranges = {"T": 27, "E": 35, "U": 24}
    for mistake in exercise.mistakes:
        assert 1 <= int(mistake.misconception[1:]) <= ranges[mistake.misconception[0]]
