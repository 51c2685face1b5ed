"""Decisions of a person: applied everywhere, kept when a submission is graded again, outdated when it changes."""

import csv
import html
import json
from dataclasses import replace

import pytest

from ganlab.course import grade
from ganlab.course.__main__ import main
from ganlab.course.decisions import decide, undo
from ganlab.course.folder import Course
from ganlab.course.judge import Judged
from ganlab.course.notebooks import origin_line
from ganlab.course.records import NEEDS_LOOK, NOT_COUNTED, CaseResult, Scored

CHAPTER = "04-the-game"
LEFT = f"{NOT_COUNTED}, since it changed ganlab.checks.expect.near"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course in which Hana is under suspicion for `value`, and Ivo's `jsd` waits for a mark."""

    def believe(answers, tasks, *, unsafe=False):
        scored, odd = {}, []
        for task in tasks:
            case = CaseResult("case", "It holds.", task.exercise.out_of, "passed", hidden=False)
            scored[task.id] = Scored(task.id, task.title, task.exercise.out_of, task.exercise.out_of, (case,))
        name = "value" if "hana" in answers["value"] else "jsd" if "ivo" in answers["value"] else ""
        if name:
            note = LEFT if name == "value" else f"{NEEDS_LOOK}: no Node"
            case = replace(scored[name].cases[0], status="not run")
            scored[name] = replace(scored[name], points=0, cases=(case,), note=note)
            odd = [f"{name}: {note}"]
        return Judged(scored, odd, "done", 0.1)

    monkeypatch.setattr(grade, "judge", believe)
    course = Course.new(tmp_path / "demo", chapters=["4"])
    return course


@pytest.fixture
def hand_in(course, handed_of):
    """`hand_in(name, more)`: a right notebook, with a line of its owner's in the answer to `value`."""

    def made(name, more=""):
        page = handed_of(course.tasks(course.chapter("4")), origin_line(course.id, CHAPTER)).all_right()
        source = page.tasks["value"].exercise.reference
        page.answer("value", source.replace("    return", f"    who = '{name} {more}'\n    return", 1))
        return page.save(course.path / "submissions" / CHAPTER / f"{name}.ipynb")

    return made


@pytest.fixture
def graded(course, hand_in):
    """`graded()`: grade what is there; the records by student."""
    for name in ("ada", "hana", "ivo"):
        hand_in(name)

    def run():
        found = grade.grade(Course.open(course.path), course.chapter("4"), course.path / "submissions" / CHAPTER)
        return {each.student: each for each in found.graded}

    run()
    return run


def record_of(course, student):
    return next(each for each in grade.records(course) if each.student == student)


def row_of(course, student):
    with open(course.path / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return next(row for row in csv.DictReader(file) if row["student"] == student)


def page_of(course, student):
    return html.unescape(course.place("feedback", CHAPTER, student, ".html").read_text(encoding="utf-8"))


def command(course, *more):
    return main(["decide", str(course.path), "4", *more])


def test_points_that_a_person_gives_stand_in_table_report_and_feedback(course, graded, capsys):
    before = row_of(course, "hana")
    assert (before["value"], before["needs a look"]) == ("0", "yes")
    assert command(course, "HANA", "--points", "value=6.5", "--zero", "jsd", "--note", "A harmless print. <b>") == 0
    assert "hana: decided on 20" in capsys.readouterr().out
    after = row_of(course, "hana")
    assert (after["value"], after["jsd"], after["needs a look"]) == ("6.5", "0", "no")
    assert float(after["total"]) == float(before["total"]) + 6.5 - float(before["jsd"])
    words = f"value 6.5 of {MOST['value']:g}, jsd 0 of {MOST['jsd']:g}. A harmless print. <b>"
    assert words in after["notes"]
    assert words in page_of(course, "hana")
    assert "changed ganlab" not in page_of(course, "hana")  # that was for the instructor
    assert "A person will look" not in page_of(course, "hana")
    report = html.unescape((course.path / "report.html").read_text(encoding="utf-8"))
    assert words in report.partition("What was decided")[2]
    assert "<strong><bdi>hana</bdi></strong>, file" not in report


MOST = {"value": 7, "jsd": 6}


def test_points_of_the_grader_can_stand(course, graded):
    assert command(course, "hana", "--keep") == 0
    assert (row_of(course, "hana")["value"], row_of(course, "hana")["needs a look"]) == ("0", "no")
    assert "decided on its points" in page_of(course, "hana")


def test_decisions_on_several_tasks_add_up_and_keep_or_undo_drop_them(course, graded):
    for points in ({"value": 1}, {"jsd": 2}, {"value": 3}):
        found = decide(course, course.chapter("4"), "hana", points, note="first" if "jsd" in points else "")
    assert {each.task: each.points for each in found.scored if each.decided} == {"value": 3, "jsd": 2}
    assert found.decision.endswith("first")
    assert {each.points for each in decide(course, course.chapter("4"), "hana").scored[:2]} == {0, MOST["jsd"]}
    assert undo(course, course.chapter("4"), "hana").needs_look
    assert record_of(course, "hana").decision == ""


def test_submission_waits_for_every_mark_that_only_a_person_can_give(course, graded, capsys):
    assert command(course, "ivo", "--keep") == 2
    assert "jsd of ivo has no points that could stand; give some: --points jsd=…" in capsys.readouterr().err
    assert decide(course, course.chapter("4"), "ivo", {"value": 1}).needs_look
    assert not decide(course, course.chapter("4"), "ivo", {"jsd": 4}).needs_look
    assert row_of(course, "ivo")["total"] == ""  # not written yet: functions decide, the command tells
    assert command(course, "ivo", "--points", "jsd=5") == 0
    assert row_of(course, "ivo")["jsd"] == "5"


def test_decision_survives_that_the_same_submission_is_graded_again(course, graded, monkeypatch):
    decide(course, course.chapter("4"), "hana", {"value": 2})
    monkeypatch.setattr(grade, "grader", lambda: "another")
    found = graded()["hana"]
    assert (found.scored[0].points, found.needs_look) == (2, False)
    assert row_of(course, "hana")["value"] == "2"
    path = course.place("graded", CHAPTER, "hana", ".json")
    assert json.loads(path.read_text())["graded"]["scored"][0]["points"] == 0  # the grader's own is kept beside it


def test_decision_is_outdated_when_something_else_is_handed_in(course, graded, hand_in):
    decide(course, course.chapter("4"), "hana", {"value": 2}, note="once")
    hand_in("hana", "again")
    found = graded()["hana"]
    assert (found.scored[0].points, found.needs_look, found.decision) == (0, True, "")
    assert found.notes[0].startswith("outdated, since the submission has changed: what was decided on 20")
    assert decide(course, course.chapter("4"), "hana", {"jsd": 1}).scored[0].points == 0  # nothing of the old one
    assert record_of(course, "hana").notes[0].startswith("value: not counted")


def test_decision_is_outdated_when_the_task_counts_otherwise(course, graded):
    decide(course, course.chapter("4"), "hana", {"value": 2})
    settings = course.path / "course.toml"
    settings.write_text(settings.read_text().replace("[points]", "[points]\nvalue = 70"))
    found = graded()["hana"]
    assert found.needs_look
    assert "outdated, since value counts otherwise now" in found.notes[0]


def test_submission_that_could_not_be_read_can_get_points(course, graded):
    (course.path / "submissions" / CHAPTER / "jon.ipynb").write_text("%PDF")
    assert graded()["jon"].scored == ()
    assert command(course, "jon", "--points", "value=7", "--note", "read on paper") == 0
    row = row_of(course, "jon")
    assert (row["value"], row["jsd"], row["total"], row["needs a look"]) == ("7", "0", "7", "no")
    assert command(course, "jon", "--keep") == 0
    assert (row_of(course, "jon")["value"], row_of(course, "jon")["needs a look"]) == ("", "no")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["hanna", "--keep"], "no submission of 'hanna' to 04-the-game; did you mean 'hana'?"),
        (["hana"], "say what you decide: --keep or --undo, or else"),
        (["hana", "--keep", "--zero", "jsd"], "say what you decide"),
        (["hana", "--points", "jds=1"], "04-the-game has no task 'jds' here; did you mean jsd?"),
        (["hana", "--zero", "d_loss"], "has no task 'd_loss' here. There are value, jsd"),
        (["hana", "--points", "value=8"], "value counts 7: give points from 0 to that, not 8"),
        (["hana", "--points", "value=nan"], "value counts 7: give points from 0 to that, not nan"),
    ],
)
def test_decision_that_cannot_be_is_told_and_changes_nothing(course, graded, capsys, more, words):
    before = record_of(course, "hana")
    assert command(course, *more) == 2
    assert words in capsys.readouterr().err
    assert record_of(course, "hana") == before


def test_points_that_are_no_number_are_told(course, graded, capsys):
    with pytest.raises(SystemExit):
        command(course, "hana", "--points", "value")
    assert "a task and its points, such as d_loss=8, got 'value'" in capsys.readouterr().err


def test_decision_that_was_half_written_by_hand_is_as_if_it_were_not_there(course, graded):
    decide(course, course.chapter("4"), "hana", {"value": 2})
    path = course.place("decisions", CHAPTER, "hana", ".json")
    for text in (path.read_text()[:50], "[]", '{"about": 1}', '{"about": "", "day": "", "given": {"value": 3}}'):
        path.write_text(text)
        assert record_of(course, "hana").needs_look
