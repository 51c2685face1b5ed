"""End to end: a course is made, released, handed in by twelve students, graded, killed, and graded on.

By default three of them are graded in sandboxes and killed; of all twelve the answers run in this process. The slow
tests do all of it with all.
"""

import csv
import html
import io
import json
import subprocess
import sys
import time
from contextlib import redirect_stdout
from operator import itemgetter
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

import twelve
from twelve import CHAPTER, MOST

from ganlab.course import assignments, grade, sandbox
from ganlab.course import judge as judging
from ganlab.course.__main__ import main
from ganlab.course.folder import Course
from ganlab.course.inside import attempt

needs_sandbox = pytest.mark.skipif(bool(sandbox.why_not()), reason=sandbox.why_not())
EVERYBODY = tuple(student for student, *_ in twelve.rows())
#: Wrong answers, an answer that is no Python, and one that makes noise.
THREE = ("böse Übung 🦊", "emil", "lea")
#: Who hands in, and how many are graded at once until the grader is killed; 0 where all is graded in this process.
KILLED = [
    pytest.param((THREE, 1), marks=needs_sandbox, id="three-killed"),
    pytest.param((EVERYBODY, 2), marks=[needs_sandbox, pytest.mark.slow], id="twelve-killed"),
]
HERE = pytest.param((EVERYBODY, 0), id="twelve-here")
WAYS = {"fritz": {"marker"}, "kai": {"name"}}  # of those whose cells have lost their metadata
NOTES = {
    "fritz": "found by the line # EXERCISE: bce_with_logits, d_star, density_ratio",
    "kai": "found by the name of what they define",
    "gerda": "stands there 2 times, each time the same",
    "hans": "its check was deleted or changed",
    "emil": "cell 4 has a syntax error in line 2, `def bce_with_logits(:`",
}


@pytest.fixture(scope="module", params=[HERE, *KILLED])
def graded(request, tmp_path_factory, handed_of):
    """A course with its students, what was graded before it was killed, and what the command says at the end."""
    students, jobs = request.param
    course = new_course(tmp_path_factory.mktemp("Kurs Übung 🦊") / "demo")
    hand_in(course, students, handed_of)
    before, said = killed_and_graded_on(course, len(students), jobs) if jobs else ({}, graded_here(course))
    return SimpleNamespace(course=course, students=students, before=before, said=said)


only_killed = pytest.mark.parametrize("graded", KILLED, indirect=True)


def new_course(folder):
    """A course, made and released by the commands that an instructor types."""
    assert main(["new", str(folder), "--chapters", "3"]) == 0
    assert main(["release", str(folder), "3"]) == 0
    return Course.open(folder)


def hand_in(course, students, handed_of):
    """Put their notebooks into one folder, as they come from Colab and Jupyter."""
    folder = course.path / "submissions" / CHAPTER
    tasks = course.tasks(assignments.chapter(CHAPTER))
    released = json.loads((course.path / "release" / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    pages = twelve.handed_in(tasks, released, handed_of)
    for student in students:
        pages[student].save(folder / twelve.FILES.get(student, f"{student}.ipynb"))


def files(course):
    return {path: path.stat().st_mtime_ns for path in (course.path / "graded").glob("*/*.json")}


def killed_and_graded_on(course, students, jobs):
    """Grade, stop it as `kill -9` does when a record is there, and start it again, now as many at once as can be."""
    command = [sys.executable, "-m", "ganlab.course", "grade", str(course.path), "3", "--jobs", str(jobs)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not files(course):
        time.sleep(0.05)
    process.kill()
    process.wait()
    before = files(course)
    assert 0 < len(before) < students
    return before, said_by_grading(course)


def graded_here(course):
    """Grade with all answers in this process, one after the other since they share it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grade, "judge", judged_here)
        return said_by_grading(course, "--jobs", "1")


def said_by_grading(course, *options):
    said = io.StringIO()
    with redirect_stdout(said):
        assert main(["grade", str(course.path), "3", *options]) == 0
    return said.getvalue()


def judged_here(answers, tasks, *, unsafe=False):
    """What the sandbox says of harmless answers, without its processes."""
    scored = {task.id: scored_here(task, answers[task.id]) for task in tasks}
    return judging.Judged(scored, [], "done", 0.0)


def scored_here(task, source):
    answers, note = attempt._solved(task.exercise, source)
    if note:
        return judging._nothing(task, judging.one_line(note))
    return judging._scored(task, judging._report(task.exercise, attempt._tried(task.exercise, answers, task.seed)))


def records(graded):
    return {each.student: each for each in grade.records(graded.course)}


def row(student, points, look):
    cells = {"student": student, **points, "total": sum(points.values()), "out of": sum(MOST.values())}
    return {key: str(cell) for key, cell in cells.items()} | {"needs a look": look}


def test_table_is_as_expected_though_the_run_was_killed(graded):
    with open(graded.course.path / "grades.csv", encoding="utf-8-sig", newline="") as file:
        found = [{key: cell for key, cell in line.items() if key != "notes"} for line in csv.DictReader(file)]
    expected = [row(*each) for each in twelve.rows() if each[0] in graded.students]
    assert sorted(found, key=itemgetter("student")) == sorted(expected, key=itemgetter("student"))


@only_killed
def test_what_was_graded_before_it_was_killed_is_not_graded_again(graded):
    before, count = graded.before, len(graded.students)
    assert {path: files(graded.course)[path] for path in before} == before
    assert f"{count} submissions, {count - len(before)} of them graded now." in graded.said


def test_each_answer_was_recovered_in_the_way_it_had_to_be(graded):
    ways = {student: {scored.recovered for scored in each.scored} for student, each in records(graded).items()}
    assert ways == {student: WAYS.get(student, {"metadata"}) for student in graded.students}


def test_notes_say_what_was_odd(graded):
    notes = {student: " ".join(each.notes) for student, each in records(graded).items()}
    assert notes["lea"] == notes.get("ada", "") == ""
    for student in NOTES.keys() & notes.keys():
        assert NOTES[student] in notes[student]


def test_feedback_names_the_misconception_and_where_the_book_explains_it(graded):
    wrong = records(graded)[THREE[0]]
    assert [scored.misconception for scored in wrong.scored] == ["T18", "U5", "T8"]
    page = graded.course.place("feedback", CHAPTER, wrong.student, ".html").read_text(encoding="utf-8")
    told = html.unescape(page)
    for scored in wrong.scored:
        assert scored.mistake in told
        assert assignments.misconception(scored.misconception).page in told


def test_syntax_error_and_untouched_cells_are_told_apart(graded):
    notes = {student: [scored.note for scored in each.scored] for student, each in records(graded).items()}
    assert notes.get("dora", ["not attempted"] * 3) == ["not attempted"] * 3
    assert "SyntaxError" in notes["emil"][0]
    assert notes["emil"][1:] == ["", ""]


def test_same_command_again_has_nothing_to_grade(graded, monkeypatch, capsys):
    monkeypatch.setattr(grade, "judge", None)
    table = (graded.course.path / "grades.csv").read_bytes()
    assert main(["grade", str(graded.course.path), "3"]) == 0
    assert f"{len(graded.students)} submissions, 0 of them graded now." in capsys.readouterr().out
    assert (graded.course.path / "grades.csv").read_bytes() == table
