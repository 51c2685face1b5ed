"""Ladders: what a reader is told about an order, a wrong line or a gap is what running it shows."""

import ast
import random
import re
from dataclasses import replace

import pytest

from ganlab import exercises
from ganlab.checks import Exercise
from ganlab.checks.report import PASSED
from ganlab.ladders import FEWEST, body_of, build, gap_of, ladder, wrong_lines
from ganlab.quiz.source import above, belongs, code, parse

EXERCISES = {name: exercises.load(name) for name in exercises.EXERCISES}
CLIMBED = [name for name, exercise in EXERCISES.items() if exercise.goals]
each_ladder = pytest.mark.parametrize("name", CLIMBED)
TRIED = [8, pytest.param(20, marks=pytest.mark.slow)]  # orders of an exercise


def long_answers():
    for name, exercise in EXERCISES.items():
        if "def " in exercise.reference and len(body_of(exercise.reference).lines) >= FEWEST:
            yield name


def test_every_answer_of_five_lines_or_more_has_a_ladder():
    assert list(long_answers()) == CLIMBED


def passes(exercise, source):
    """Tell whether every case passes, however long it takes; each alone, since the first that fails decides."""
    try:
        answers = exercise.solve(source)
    except SyntaxError:
        return False
    patient = replace(exercise, seconds=600.0)
    return all(patient.run(*answers, cases=[case]).status == PASSED for case in exercise.cases)


def needs(name):
    """What the page is told: for each line the lines that have to stand above it, from 0."""
    question = parse("arranging", ladder(name).order, ladder(name).keys)
    return [[number - 1 for number in above(option)] for option in question.options if belongs(option)]


def allowed(order, needed):
    return all(order.index(early) < order.index(late) for late in order for early in needed[late])


def an_allowed(needed, rng):
    order = []
    while len(order) < len(needed):
        free = [line for line in range(len(needed)) if line not in order and set(needed[line]) <= set(order)]
        order.append(rng.choice(free))
    return order


def orders(needed, rng, tried):
    """Yield right orders, orders in which one line of a right one has moved, and any."""
    for i in range(tried):
        order = an_allowed(needed, rng)
        if i % 4 == 3:
            rng.shuffle(order)
        elif i % 4:
            order.insert(rng.randrange(len(order)), order.pop(rng.randrange(len(order))))
        yield order


@each_ladder
@pytest.mark.parametrize("tried", TRIED)
def test_an_order_is_called_right_exactly_if_it_passes(name, tried):
    exercise, needed, rng = EXERCISES[name], needs(name), random.Random(0)
    body = body_of(exercise.reference)
    different = dict.fromkeys(map(tuple, orders(needed, rng, tried)))
    found = {order: passes(exercise, body.source(order)) for order in different}
    assert found == {order: allowed(order, needed) for order in found}
    assert len(set(found.values())) == 2


@each_ladder
def test_the_lines_in_order_and_the_worked_answer_are_the_reference(name):
    exercise, made = EXERCISES[name], ladder(name)
    reference = ast.dump(ast.parse(exercise.reference))
    options = parse("arranging", made.order).options
    lines = [code(option) for option in options if belongs(option)]
    assert ast.dump(ast.parse(body_of(exercise.reference).with_lines(lines))) == reference
    assert ast.dump(ast.parse(made.read)) == reference


@each_ladder
def test_each_sub_goal_stands_above_its_lines_and_fits_the_column(name):
    read, goals = ladder(name).read, EXERCISES[name].goals
    comments = " ".join(re.sub(r"^ *#", "", line) for line in read.splitlines() if line.strip().startswith("#"))
    assert [f"{i}. {goal}" in " ".join(comments.split()) for i, (_, goal) in enumerate(goals, 1)] == [True] * len(goals)
    assert 3 <= len(goals) < len(body_of(read).lines)
    assert max(map(len, read.splitlines())) <= 80


@each_ladder
def test_each_wrong_line_in_its_place_makes_its_mistake(name):
    exercise = EXERCISES[name]
    body = body_of(exercise.reference)
    for slip in wrong_lines(exercise):
        lines = [*body.lines[: slip.place], *slip.wrong, *body.lines[slip.place + len(slip.right) :]]
        assert meant(body.with_lines(lines)) == meant(slip.mistake.source)


@each_ladder
def test_each_wrong_choice_for_the_gap_makes_its_mistake_and_the_right_one_the_reference(name):
    exercise, made = EXERCISES[name], ladder(name)
    slips = {slip.wrong[0].strip(): slip.mistake for slip in gap_of(exercise)}
    head, _, _ = exercise.reference.partition("def ")
    choices = parse("single", made.fill, made.keys).options
    assert len(choices) >= 3
    for choice in choices:
        source = head + made.gapped.replace("____", code(choice)) + "\n"
        same = exercise.reference if choice.mark else slips[code(choice)].source
        assert meant(source) == meant(same)


def meant(source):
    """What of an answer runs, without docstring and comments; `test_exercises` runs each mistake and reference."""
    tree = ast.parse(source)
    function = tree.body[-1]
    function.body = function.body[ast.get_docstring(function) is not None :]
    return ast.dump(tree)


@each_ladder
def test_what_is_said_of_a_wrong_line_names_the_misconception(name):
    made, exercise = ladder(name), EXERCISES[name]
    wrong = [o for o in parse("arranging", made.order).options if not belongs(o)]
    wrong += [o for o in parse("single", made.fill).options if not o.mark]
    titles = {re.sub(r"\W", "", mistake.title).lower() for mistake in exercise.mistakes}
    for option in wrong:
        title = re.match(r"\*\*(.+?)\.\*\* This check fails: “", option.reason.text)[1]
        assert re.sub(r"\W", "", title).lower() in titles
    assert not re.search(r"\b[EFTU][1-9]\d?\b", made.order + made.fill)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("    g_loss = nonsaturating_g(D(fake))", "**Computes G's loss before D moves.** This check fails"),
        ("    d_loss.backward()", "It uses `d_loss` from the line `d_loss = nonsaturating_d(D(real), D(fake))`."),
        ("    opt_d.zero_grad()", "Without it: **Forgets zero\\_grad in D's half.**"),
        ("    opt_g.step()", "It has to come after `g_loss.backward()`; otherwise this check fails"),
    ],
)
def test_a_line_that_comes_too_early_or_is_missing_has_its_reason(line, words):
    (reason,) = (o.reason.text for o in parse("arranging", ladder("train_step").order).options if code(o) == line)
    assert words in reason


STUB = "def f(x):\n    raise NotImplementedError\n"
FIVE = "def f(x):\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n    return x\n"


@pytest.mark.parametrize(
    ("reference", "goals", "words"),
    [
        ("def f(x):\n    return x\n", (), "f: 1 lines need no ladder; it begins at 5"),
        (FIVE, ((2, "Begin"), (2, "End")), "f: its goals cover 4 lines, its reference has 5"),
        ("x = 1\n", (), "a ladder needs an answer that ends with its only function"),
    ],
)
def test_an_exercise_without_a_ladder_is_told_why(reference, goals, words):
    with pytest.raises(ValueError, match=words):
        build(Exercise("f", "An f", stub=STUB, reference=reference, goals=goals))


def test_blocks_side_by_side_which_might_change_places_are_one_line_each():
    source = "def f(x):\n    for a in x:\n        a.p()\n    for a in x:\n        a.q()\n    return x\n"
    assert body_of(source).lines[:2] == ("    for a in x:\n        a.p()", "    for a in x:\n        a.q()")


def test_a_statement_over_several_lines_is_one_line_and_comments_are_none():
    source = "def f(x):\n    # why\n    y = (\n        x\n    )\n\n    return y\n"
    assert body_of(source).lines == ("    y = (\n        x\n    )", "    return y")
