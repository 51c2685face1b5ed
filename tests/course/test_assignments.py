"""What a course can hand out: every exercise once, with its text; the file that travels is fresh; draws are fixed."""

import pickle
import re
import runpy
import sys
from pathlib import Path

import pytest

from ganlab import exercises
from ganlab.course import assignments, problems, run_problems
from ganlab.course.variants import Draw

ROOT = Path(__file__).parents[2]
TASKS = [task for chapter in assignments.chapters().values() for task in assignments.tasks(chapter, "secret")]


def test_file_is_made_from_the_notebooks_as_they_are(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])  # the script adds to it
    script = runpy.run_path(str(ROOT / "scripts" / "assignments.py"), run_name="script")
    stored = assignments.FILE.read_text(encoding="utf-8")
    assert stored == script["serialised"](script["collected"]()), "stale: run python scripts/assignments.py"


def test_every_exercise_and_problem_can_be_assigned_once():
    ids = [task.id for task in TASKS]
    assert sorted(ids) == sorted([*exercises.EXERCISES, *problems.PROBLEMS, *run_problems.PROBLEMS])


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_text_says_what_is_asked_and_nothing_of_the_answer(task):
    assert len(task.text) > 20
    assert not re.search(r"Solution|^> |The check reports|^## ", task.text, re.MULTILINE)
    assert "NotImplementedError" not in task.text
    assert task.title == task.exercise.title


def test_each_misconception_of_a_mistake_has_a_title_and_a_place():
    for key in {mistake.misconception for task in TASKS for mistake in task.exercise.mistakes}:
        known = assignments.misconception(key)
        assert known.title
        assert known.page.startswith(assignments.book())


def test_unknown_misconception_is_its_key():
    assert assignments.misconception("X1") == assignments.Misconception("X1")


@pytest.mark.parametrize("name", ["4", "04", " 04-the-game ", "the game", "The_Game", "04-the-game.ipynb"])
def test_chapter_is_found_by_number_slug_or_words(name):
    assert assignments.chapter(name).slug == "04-the-game"


@pytest.mark.parametrize("name", ["4", "04", "chapter 4", "Chapter-4", "chapter4"])
def test_chapter_may_be_called_a_chapter(name):
    assert assignments.chapter(name).slug == "04-the-game"


PROBLEMS = [
    *("4-problems", "4 Problems", "04-the-game-problems", "the game problems", "4problems", "4 problem", "problems 4"),
    *("problems-4", "problems of chapter 4", "04_the_game_problems.ipynb", "4--problems"),
]


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_of_a_chapter_are_a_chapter_of_their_own(name):
    found = assignments.chapter(name)
    assert found.slug == "04-the-game-problems"
    assert found.tasks == ("cycle_length", "jsd_curve")
    assert {task.chapter for task in assignments.tasks(found)} == {found.slug}
    assert not set(found.tasks) & set(assignments.chapter("4").tasks)


@pytest.mark.parametrize(
    "name", ["99", "", "problems", "99 problems", "clinic problems", "../04-the-game", "04-the-gam", "²"]
)
def test_unknown_chapter_is_told_with_those_there_are(name):
    with pytest.raises(ValueError, match=r"(?s)no chapter .*04-the-game"):
        assignments.chapter(name)


def test_key_of_a_draw_does_not_give_the_secret_away():
    task = assignments.tasks(assignments.chapter("4"), "very secret", "Ada")[0]
    assert "very secret" not in repr(vars(task.draw))
    assert assignments.task(task.id, Draw(task.draw.key)).seed == task.seed


def test_draw_depends_on_course_student_and_task_and_on_nothing_else():
    keys = [("a", "", "t"), ("b", "", "t"), ("a", "x", "t"), ("a", "", "u"), ("at", "", ""), ("", "a", "t")]
    numbers = [Draw.of(*key).random() for key in keys]
    assert len(set(numbers)) == len(keys)
    assert numbers == [Draw.of(*key).random() for key in keys]


def test_draw_is_the_same_everywhere():
    draw = Draw.of("secret", "Ada", "value")
    assert (draw.case_seed, draw.randrange(10**6), draw.sample("abcde", 3)) == (526014653, 295312, ["d", "e", "b"])


def test_seed_of_the_cases_does_not_depend_on_what_was_drawn():
    draw = Draw.of("secret", "Ada", "value")
    before = draw.case_seed
    draw.random()
    assert draw.case_seed == before
    assert pickle.loads(pickle.dumps(draw)).case_seed == before
