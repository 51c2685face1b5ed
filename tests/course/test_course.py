"""End to end: a course is made, released, handed in by twelve students, graded, killed, and graded on."""

import csv
import html
import json
import subprocess
import sys
import time
from operator import itemgetter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

import twelve
from twelve import CHAPTER, MOST

from ganlab.course import assignments, grade, sandbox
from ganlab.course.__main__ import main
from ganlab.course.folder import Course

pytestmark = pytest.mark.skipif(bool(sandbox.why_not()), reason=sandbox.why_not())


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course, made and released by the commands that an instructor types."""
    folder = tmp_path_factory.mktemp("Kurs Übung 🦊") / "demo"
    assert main(["new", str(folder), "--chapters", "3"]) == 0
    assert main(["release", str(folder), "3"]) == 0
    return Course.open(folder)


@pytest.fixture(scope="module")
def handed_in(course, handed_of):
    """Twelve students, in one folder, as they come from Colab and Jupyter."""
    folder = course.path / "submissions" / CHAPTER
    tasks = course.tasks(assignments.chapter(CHAPTER))
    released = json.loads((course.path / "release" / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    for student, page in twelve.handed_in(tasks, released, handed_of).items():
        page.save(folder / twelve.FILES.get(student, f"{student}.ipynb"))
    return folder


def records(course):
    return {path: path.stat().st_mtime_ns for path in (course.path / "graded").glob("*/*.json")}


@pytest.fixture(scope="module")
def killed_and_graded_on(course, handed_in):
    """Grade, stop it as `kill -9` does when a few records are there, and start it again."""
    command = [sys.executable, "-m", "ganlab.course", "grade", str(course.path), "3"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and len(records(course)) < 2:
        time.sleep(0.05)
    process.kill()
    process.wait()
    before = records(course)
    assert 0 < len(before) < 12
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return before, done.stdout


def row(student, points, look):
    cells = {"student": student, **points, "total": sum(points.values()), "out of": sum(MOST.values())}
    return {key: str(cell) for key, cell in cells.items()} | {"needs a look": look}


def test_table_is_as_expected_though_the_run_was_killed(course, killed_and_graded_on):
    with open(course.path / "grades.csv", encoding="utf-8-sig", newline="") as file:
        found = [{key: cell for key, cell in line.items() if key != "notes"} for line in csv.DictReader(file)]
    expected = [row(*each) for each in twelve.rows()]
    assert sorted(found, key=itemgetter("student")) == sorted(expected, key=itemgetter("student"))


def test_what_was_graded_before_it_was_killed_is_not_graded_again(course, killed_and_graded_on):
    before, said = killed_and_graded_on
    assert {path: records(course)[path] for path in before} == before
    assert f"12 submissions, {12 - len(before)} of them graded now." in said


def test_each_answer_was_recovered_in_the_way_it_had_to_be(course, killed_and_graded_on):
    ways = {each.student: {scored.recovered for scored in each.scored} for each in grade.records(course)}
    assert ways["fritz"] == {"marker"}
    assert ways["kai"] == {"name"}
    assert all(way == {"metadata"} for student, way in ways.items() if student not in ("fritz", "kai"))


def test_notes_say_what_was_odd(course, killed_and_graded_on):
    notes = {each.student: " ".join(each.notes) for each in grade.records(course)}
    assert notes["ada"] == notes["lea"] == ""
    assert "found by the line # EXERCISE: bce_with_logits, d_star, density_ratio" in notes["fritz"]
    assert "found by the name of what they define" in notes["kai"]
    assert "stands there 2 times, each time the same" in notes["gerda"]
    assert "its check was deleted or changed" in notes["hans"]
    assert "cell 4 has a syntax error in line 2, `def bce_with_logits(:`" in notes["emil"]


def test_feedback_names_the_misconception_and_where_the_book_explains_it(course, killed_and_graded_on):
    wrong = next(each for each in grade.records(course) if each.student.startswith("böse"))
    assert [scored.misconception for scored in wrong.scored] == ["T18", "U5", "T8"]
    page = course.place("feedback", CHAPTER, wrong.student, ".html").read_text(encoding="utf-8")
    told = html.unescape(page)
    for scored in wrong.scored:
        assert scored.mistake in told
        assert assignments.misconception(scored.misconception).page in told


def test_syntax_error_and_untouched_cells_are_told_apart(course, killed_and_graded_on):
    notes = {each.student: [scored.note for scored in each.scored] for each in grade.records(course)}
    assert notes["dora"] == ["not attempted"] * 3
    assert "SyntaxError" in notes["emil"][0] or "syntax" in notes["emil"][0]
    assert notes["emil"][1:] == ["", ""]


def test_same_command_again_has_nothing_to_grade(course, killed_and_graded_on, monkeypatch, capsys):
    monkeypatch.setattr(grade, "judge", None)
    table = (course.path / "grades.csv").read_bytes()
    assert main(["grade", str(course.path), "3"]) == 0
    assert "12 submissions, 0 of them graded now." in capsys.readouterr().out
    assert (course.path / "grades.csv").read_bytes() == table
