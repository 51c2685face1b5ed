"""End to end: a run of a lab is asked for, handed in as a link in a notebook, replayed, and marked; or left, blank."""

import csv
import html
import json
import os
import re
import shutil
from dataclasses import replace

import pytest
from needs import needs_node

from ganlab.course import assignments, grade, notebooks, sandbox
from ganlab.course.__main__ import main
from ganlab.course.folder import Course
from ganlab.course.records import NEEDS_LOOK, Graded

CHAPTER, SEEDED = "07-why-it-circles-problems", "08-mode-collapse-problems"
STUDENTS = ["ada", "bo", "carl", "dora", "emil"]


@pytest.fixture
def course(tmp_path):
    """A course in which each student gets an own variant, with a secret for which no two runs of "settle" are equal."""
    assert main(["new", str(tmp_path / "demo"), "--chapters", "7 problems", "8 problems"]) == 0
    settings = tmp_path / "demo" / "course.toml"
    text = settings.read_text(encoding="utf-8").replace("per_student = false", "per_student = true")
    text = re.sub("^secret = .*", 'secret = "a secret"', text, flags=re.MULTILINE)
    settings.write_text(text.replace("students = []", f"students = {json.dumps(STUDENTS)}"), encoding="utf-8")
    course = Course.open(tmp_path / "demo")
    assert len({run_of(course, CHAPTER, student).exercise.reference for student in STUDENTS}) == len(STUDENTS)
    return course


@pytest.fixture
def hand_in(course, handed_of):
    """`hand_in(student, source)`: the student's own notebook comes back with this answer; without one, as it was."""

    def page(student, source=None, *, chapter=CHAPTER, colab=False):
        tasks = course.tasks(assignments.chapter(chapter), student)
        found = handed_of(tasks, notebooks.origin_line(course.id, chapter, student))
        found = found.answer(tasks[-1].id, source) if source else found
        (found.colab() if colab else found).save(course.path / "submissions" / chapter / f"{student}.ipynb")

    return page


def run_of(course, chapter, student):
    """The run that a student is asked for."""
    return course.tasks(assignments.chapter(chapter), student)[-1]


def graded(course, slug, *, all_tasks=False):
    """Grade the run of a chapter, or all its tasks; return the record of each student, and that of the run."""
    chapter = assignments.chapter(slug)
    chapter = chapter if all_tasks else replace(chapter, tasks=chapter.tasks[-1:])
    outcome = grade.grade(course, chapter, course.path / "submissions" / slug)
    return {each.student: (each, each.scored[-1]) for each in outcome.graded}


def row_of(course, student):
    with open(course.path / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return next(row for row in csv.DictReader(file) if row["student"] == student)


def page_of(course, student):
    return html.unescape(course.place("feedback", CHAPTER, student, ".html").read_text(encoding="utf-8"))


def first_failed(scored):
    return next(case for case in scored.cases if case.status == "failed")


@needs_node
def test_released_notebook_asks_for_a_run_and_the_instructors_has_a_link_that_reaches_the_goals(course):
    assert main(["release", str(course.path), "7 problems"]) == 0
    ours = json.loads(course.place("instructor", CHAPTER, "ada", ".ipynb").read_text(encoding="utf-8"))
    theirs = json.loads(course.place("release", CHAPTER, "ada", ".ipynb").read_text(encoding="utf-8"))
    cells = {cell["id"]: cell for cell in theirs["cells"]}
    solved = {cell["id"]: cell for cell in ours["cells"]}
    task = run_of(course, CHAPTER, "ada")
    assert 'settle_link = ""' in cells["settle-answer"]["source"]
    assert "run_problems.check" in cells["settle-check"]["source"]
    assert task.text in cells["settle-text"]["source"]
    assert "gamma=" not in json.dumps(theirs)
    assert course.secret not in json.dumps(theirs)
    assert task.exercise.reference.strip() in solved["settle-answer"]["source"]
    assert "4 of 4 points" in solved["settle-check"]["outputs"][0]["text"]
    assert "a link that reaches the goals" in solved["settle-notes"]["source"]


@needs_node
def test_cell_of_the_check_says_what_the_grader_finds(course, capsys):
    task = run_of(course, CHAPTER, "ada")
    exec(f"{task.exercise.reference}\n{task.check}", {})
    assert capsys.readouterr().out.startswith("4 of 4 points")
    assert task.mark(task.exercise.reference).points == task.out_of == 4


@needs_node
def test_own_run_counts_and_no_other(course, hand_in):
    own = run_of(course, CHAPTER, "ada").exercise.reference
    hand_in("ada", own, colab=True)
    hand_in("bo", own)
    hand_in("carl")
    hand_in("dora", own.replace('"', ""))
    hand_in("emil", run_of(course, CHAPTER, "emil").exercise.reference.replace("_link", "_link: str"))
    found = graded(course, CHAPTER)
    assert {student: run.points for student, (_, run) in found.items()} == {
        **dict.fromkeys(STUDENTS, 0), "ada": 4, "emil": 4
    }  # fmt: skip
    assert (found["ada"][1].recovered, found["bo"][1].recovered) == ("marker", "metadata")
    assert first_failed(found["bo"][1]).name == "settings"
    assert found["carl"][1].note == "not attempted"
    assert "Python cannot read the answer" in first_failed(found["dora"][1]).saw
    assert not any(record.needs_look for record, _ in found.values())
    assert row_of(course, "ada")["settle"] == "4"
    assert "throughout" in page_of(course, "bo")


@needs_node
@pytest.mark.skipif(bool(sandbox.why_not()), reason=sandbox.why_not())
def test_run_and_answers_that_run_in_the_sandbox_are_marked_together(course, handed_of):
    tasks = course.tasks(assignments.chapter(CHAPTER), "ada")
    page = handed_of(tasks, notebooks.origin_line(course.id, CHAPTER, "ada")).all_right()
    page.save(course.path / "submissions" / CHAPTER / "ada.ipynb")
    [(record, _)] = graded(course, CHAPTER, all_tasks=True).values()
    assert [(each.task, each.points) for each in record.scored] == [(task.id, task.out_of) for task in tasks]
    assert (record.notes, record.needs_look) == ((), False)


@needs_node
def test_seed_of_a_neighbour_is_told(course, hand_in):
    others = {run_of(course, SEEDED, student).exercise.reference: student for student in STUDENTS}
    mine, other = list(others)[:2]
    hand_in(others[mine], other.replace("step*1000", "step"), chapter=SEEDED)
    [(record, run)] = graded(course, SEEDED).values()
    assert (run.points, first_failed(run).name) == (0, "own")
    assert first_failed(run).expected in mine.replace("seed=", "seed = ")
    assert not record.needs_look


def test_without_node_the_mark_is_blank_everywhere_until_it_is_there(course, hand_in, monkeypatch):
    for student in ("ada", "bo"):
        hand_in(student, run_of(course, CHAPTER, student).exercise.reference)
    hand_in("carl")
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", "")
    found = graded(course, CHAPTER)
    record, run = found["ada"]
    assert run.unmarked
    assert Graded.from_json(record.to_json()) == record
    assert record.needs_look
    assert any(note.startswith(f"settle: {NEEDS_LOOK}: a link is replayed with Node") for note in record.notes)
    assert {row_of(course, "ada")[column] for column in ("settle", "total")} == {""}
    assert row_of(course, "ada")["needs a look"] == "yes"
    assert "ada,\r\n" in (course.path / "grades-moodle.csv").read_bytes().decode()
    assert (row_of(course, "carl")["settle"], row_of(course, "carl")["needs a look"]) == ("0", "no")
    page = page_of(course, "ada")
    assert "– of 4 points" in page
    assert "0 of 4 points so far" in page
    assert "a person will mark it" in page
    assert "Node" not in page
    report = html.unescape((course.path / "report.html").read_text(encoding="utf-8"))
    assert "tried by 2 of 3, and none of these answers is marked" in report
    assert "Node 20 or later" in report
    if shutil.which("node", path=path):
        monkeypatch.setenv("PATH", path)
        record, run = graded(course, CHAPTER)["ada"]
        assert (run.points, record.needs_look) == (4, False)


def test_without_node_the_instructors_notebook_says_that_the_link_was_not_replayed(course, monkeypatch):
    monkeypatch.setenv("PATH", "")
    tasks = [run_of(course, CHAPTER, "")]
    made = notebooks.instructor_notebook("Demo", "", assignments.chapter(CHAPTER), tasks)
    text = "\n".join(cell["source"] for cell in made["cells"])
    assert tasks[0].exercise.reference.strip() in text
    assert "not replayed here" in text
