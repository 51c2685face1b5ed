"""End to end: a course is made, released, handed in by twelve students, graded, killed, and graded on."""

import csv
import json
import signal
import subprocess
import sys
import time

import pytest

from ganlab.course import assignments, grade
from ganlab.course.__main__ import main
from ganlab.course.folder import Course

CHAPTER = "04-the-game"
RIGHT = {"value": 7, "jsd": 6, "kl_both_ways": 0, "wrong_minimax": 0, "nash_or_not": 0}
NOISE = "import sys, warnings\nprint('loud', file=sys.stderr)\nwarnings.warn('odd')\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with an own place, made by the command that an instructor types."""
    folder = tmp_path_factory.mktemp("Kurs Übung 🦊") / "demo"
    assert main(["new", str(folder), "--chapters", "4"]) == 0
    assert main(["release", str(folder), "4"]) == 0
    return Course.open(folder)


@pytest.fixture(scope="module")
def submissions(course, handed_of):
    """Twelve students, in one folder, as they come from Colab and Jupyter."""
    folder = course.path / "submissions" / CHAPTER
    released = json.loads((course.path / "release" / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    tasks = course.tasks(assignments.chapter(CHAPTER))

    def page():
        found = handed_of(tasks)
        found.notebook = json.loads(json.dumps(released))
        return found

    reference = {task.id: task.exercise.reference for task in tasks}
    page().all_right().save(folder / "ada.ipynb")
    wrong = page().mistake("value", "log D for the fakes, too").mistake("jsd", "the sum of the two, not the mean")
    wrong.save(folder / "böse Übung 🦊.ipynb")
    page().answer("value").mistake("jsd", "only KL(p ‖ m)").save(folder / "carl.ipynb")
    page().save(folder / "dora.ipynb")
    page().all_right().answer("value", "def value(p_data, p_g, D):\n    retrun 1").save(folder / "emil.ipynb")
    page().all_right().colab().save(folder / "fritz.ipynb")
    doubled = page().all_right()
    for name in reference:
        doubled.duplicate(f"{name}-answer", tasks[0].exercise.stub if name == "value" else None).duplicate(
            f"{name}-check"
        )
    doubled.save(folder / "gerda.ipynb")
    page().all_right().delete(*(f"{name}-check" for name in reference)).save(folder / "hans.ipynb")
    edited = page().all_right().mistake("value", "averages over the places")
    edited.cells[edited.at("value-check")]["source"] = (
        "print('✓ value: right, all 6 checks pass.')\nganlab.check = print"
    )
    edited.save(folder / "ida.ipynb")
    page().all_right().save(folder / f"Copy of {CHAPTER} - Jo Müller (1).ipynb")
    page().insert(2, *reference.values()).delete("set-up").save(folder / "kai.ipynb")
    loud = page().all_right()
    for name, source in reference.items():
        loud.answer(name, NOISE + source)
    loud.save(folder / "lea.ipynb")
    return folder


def run(course, *more):
    return [sys.executable, "-m", "ganlab.course", "grade", str(course.path), "4", *more]


def killed_in_the_middle(course):
    """Start to grade, and stop it as `kill -9` does as soon as a few records are there."""
    process = subprocess.Popen(run(course), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and len(list((course.path / "graded").glob("*/*.json"))) < 3:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return {path.name: path.stat().st_mtime_ns for path in (course.path / "graded").glob("*/*.json")}


@pytest.fixture(scope="module")
def table(course, submissions):
    before = killed_in_the_middle(course)
    done = subprocess.run(run(course), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    print(done.stdout, done.stderr)
    with open(course.path / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return before, list(csv.DictReader(file))


def test_table(table):
    for row in table[1]:
        print(row)
    assert 0
