"""Grading with a judge that is made up: what is graded again, what stops nobody, and what a notebook's origin tells."""

import json

import pytest

from ganlab.course import assignments, grade
from ganlab.course.folder import Course
from ganlab.course.judge import Judged
from ganlab.course.notebooks import origin_line
from ganlab.course.records import CaseResult, Scored
from ganlab.course.sandbox import SandboxMissing


@pytest.fixture
def course(tmp_path):
    return Course.new(tmp_path / "demo", chapters=["4"])


@pytest.fixture
def judged(monkeypatch):
    """What the judge was asked; it believes whatever is not a stub."""
    asked = []

    def believe(answers, tasks, *, unsafe=False):
        asked.append(answers)
        scored = {}
        for task in tasks:
            points = task.out_of * ("NotImplementedError" not in answers.get(task.id, "NotImplementedError"))
            case = CaseResult("case", "It holds.", task.out_of, "passed" if points else "not written", hidden=False)
            scored[task.id] = Scored(task.id, task.title, points, task.out_of, (case,))
        return Judged(scored, [], "done", 0.1)

    monkeypatch.setattr(grade, "judge", believe)
    return asked


@pytest.fixture
def handed_in(course, handed_of):
    """`handed_in(name, origin)`: a right notebook in the folder of submissions."""

    def made(name, origin=None):
        page = handed_of(course.tasks(course.chapter("4")), origin or origin_line(course.id, "04-the-game"))
        return page.all_right().save(course.path / "submissions" / "04-the-game" / f"{name}.ipynb")

    return made


def graded(course):
    return grade.grade(course, course.chapter("4"), course.path / "submissions" / "04-the-game")


def test_only_what_is_new_or_changed_is_graded_again(course, judged, handed_in):
    handed_in("ada"), handed_in("bo")
    assert graded(course).fresh == 2
    before = (course.path / "grades.csv").read_bytes()
    assert graded(course).fresh == 0
    assert (course.path / "grades.csv").read_bytes() == before
    path = handed_in("bo")
    path.write_text(path.read_text().replace("xlogy(p_data, D)", "xlogy(p_g, D)"))
    handed_in("carl")
    assert graded(course).fresh == 2
    assert len(judged) == 4


def test_other_points_or_another_secret_grade_everything_again(course, judged, handed_in):
    handed_in("ada")
    graded(course)
    path = course.path / "course.toml"
    path.write_text(path.read_text().replace("[points]", "[points]\nvalue = 70"))
    again = graded(Course.open(course.path))
    assert again.fresh == 1
    assert (again.graded[0].scored[0].points, again.graded[0].scored[0].out_of) == (70, 70)
    path.write_text(path.read_text().replace('secret = "', 'secret = "x'))
    assert graded(Course.open(course.path)).fresh == 1


def test_changed_grader_grades_anew(course, judged, handed_in, monkeypatch):
    handed_in("ada")
    graded(course)
    assert graded(course).fresh == 0
    monkeypatch.setattr(grade, "grader", lambda: "another")
    assert (graded(course).fresh, graded(course).fresh) == (1, 0)


@pytest.mark.parametrize("file", ["checks/expect.py", "exercises/the_game.py", "course/judge.py", "losses.py"])
def test_every_file_of_the_grader_counts(tmp_path, file):
    for name in ("checks/expect.py", "exercises/the_game.py", "course/judge.py", "losses.py", "static/replay.mjs"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a = 1")
    before = grade.grader.__wrapped__(tmp_path)
    assert grade.grader.__wrapped__(tmp_path) == before
    (tmp_path / file).write_text("a = 2")
    assert grade.grader.__wrapped__(tmp_path) != before


def test_record_that_was_half_written_by_hand_is_graded_again(course, judged, handed_in):
    handed_in("ada")
    graded(course)
    (path,) = (course.path / "graded" / "04-the-game").glob("*.json")
    path.write_text(path.read_text()[:100])
    assert graded(course).fresh == 1


def test_record_of_an_earlier_run_stays_and_is_told(course, judged, handed_in):
    path = handed_in("ada")
    graded(course)
    path.unlink()
    handed_in("bo")
    outcome = graded(course)
    assert (outcome.earlier, [each.student for each in outcome.graded]) == (["ada"], ["ada", "bo"])


def test_failure_in_one_submission_stops_no_other_and_is_tried_again(course, monkeypatch, judged, handed_in):
    handed_in("ada"), handed_in("bo")
    believe, calls = grade.judge, []

    def fail_once(answers, tasks, **more):
        calls.append(1)
        if len(calls) == 1:
            raise KeyError("bad luck")
        return believe(answers, tasks, **more)

    monkeypatch.setattr(grade, "judge", fail_once)
    outcome = graded(course)
    assert sorted(each.needs_look for each in outcome.graded) == [False, True]
    assert any("could not be graded (KeyError: 'bad luck')" in note for each in outcome.graded for note in each.notes)
    outcome = graded(course)
    assert (outcome.fresh, [each.needs_look for each in outcome.graded]) == (1, [False, False])


def test_machine_without_a_sandbox_is_told_at_once_and_nobody_gets_a_record(course, monkeypatch, handed_in):
    def missing(*_, **__):
        raise SandboxMissing("no bubblewrap")

    handed_in("ada")
    monkeypatch.setattr(grade, "judge", missing)
    with pytest.raises(SandboxMissing):
        graded(course)
    assert grade.records(course) == []


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("# COURSE 00000000 CHAPTER 04-the-game", "was made for another course"),
        ("# COURSE {} CHAPTER 05-two-generator-losses", "is that of 05-two-generator-losses, not of 04-the-game"),
    ],
)
def test_foreign_notebook_is_graded_and_needs_a_look(course, judged, handed_in, origin, words):
    handed_in("ada", origin.format(course.id))
    (only,) = graded(course).graded
    assert only.needs_look
    assert words in only.notes[0]
    assert sum(scored.points for scored in only.scored) == 32


def test_notebook_of_another_chapter_is_lost_task_by_task(course, judged, handed_of):
    other = assignments.tasks(assignments.chapter("5"), "secret")
    page = handed_of(other, origin_line(course.id, "05-two-generator-losses")).all_right()
    page.save(course.path / "submissions" / "04-the-game" / "ada.ipynb")
    (only,) = graded(course).graded
    assert {scored.note for scored in only.scored} == {grade.ABSENT}
    assert only.needs_look


def test_what_cannot_be_read_is_a_record_that_needs_a_look(course, judged, handed_in):
    handed_in("bo").with_name("ada.ipynb").write_text("[]")
    ada, bo = graded(course).graded
    assert (ada.scored, ada.needs_look) == ((), True)
    assert "not a notebook" in ada.notes[0]
    assert not bo.needs_look


def test_own_variants_are_those_of_the_student_who_got_the_notebook(course, monkeypatch, judged, handed_of):
    path = course.path / "course.toml"
    text = path.read_text().replace("per_student = false", "per_student = true")
    path.write_text(text.replace("students = []", 'students = ["Ada", "Bo"]'))
    own = Course.open(course.path)
    folder = own.path / "submissions" / "04-the-game"
    tasks = own.tasks(own.chapter("4"), "Ada")
    for name in ("ada", "bo"):
        handed_of(tasks, origin_line(own.id, "04-the-game", "Ada")).all_right().save(folder / f"{name}.ipynb")
    seeds = []
    believe = grade.judge
    monkeypatch.setattr(grade, "judge", lambda a, t, **more: seeds.append([x.seed for x in t]) or believe(a, t, **more))
    ada, bo = graded(own).graded
    assert seeds == [[task.seed for task in tasks]] * 2
    assert (ada.needs_look, bo.needs_look) == (False, True)
    assert bo.notes == ("the notebook was made for Ada",)


def test_group_is_graded_for_each_and_may_hand_in_the_notebook_of_one(course, judged, handed_of):
    path = course.path / "course.toml"
    text = path.read_text().replace("per_student = false", "per_student = true")
    path.write_text(text.replace("students = []", 'students = ["Ada Lovelace", "Bo"]'))
    own = Course.open(course.path)
    folder = course.path / "gradescope"
    people = "submission_1:\n  :submitters:\n  - :name: Ada Lovelace\n  - :name: Bo\n"
    page = handed_of(own.tasks(own.chapter("4"), "Bo"), origin_line(own.id, "04-the-game", "Bo")).all_right()
    page.save(folder / "submission_1" / "04.ipynb")
    (folder / "submission_metadata.yml").write_text(people)
    ada, bo = grade.grade(own, own.chapter("4"), folder).graded
    assert (ada.student, bo.student) == ("Ada Lovelace", "Bo")
    assert sum(each.points for each in ada.scored) == sum(each.points for each in bo.scored) == 32
    assert not ada.needs_look
    assert (ada.notes, bo.notes) == (("handed in together with Bo",), ("handed in together with Ada Lovelace",))


def test_hundreds_of_names_give_a_page_each(course, judged, handed_in):
    names = ["Zoë Weiß", "🦊", "a b", "A  B!", "x" * 200, "Robert'); DROP TABLE"]
    for name in names:
        handed_in(name)
    outcome = graded(course)
    assert len(outcome.graded) == len(names)
    assert len(list((course.path / "feedback" / "04-the-game").glob("*.html"))) == len(names)
    stored = [json.loads(path.read_text()) for path in (course.path / "graded" / "04-the-game").glob("*.json")]
    assert {each["graded"]["student"] for each in stored} == {each.student for each in outcome.graded}
