"""The course tool: made, released and graded where something goes wrong."""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from scenarios import ASCII, ODD, ROOT, Skipped, environment, failed, read_only, run, scenario, small_disk, succeeded

CHAPTER, MOST = "03-discriminator-as-ratio-meter", 29.0
STUDENTS = ("ada", "Jo Müller")


def command(*arguments: object) -> list[object]:
    """Return a command of the tool."""
    return [sys.executable, "-m", "ganlab.course", *arguments]


def tool(*arguments: object, wrapper: Sequence[object] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the tool to its end."""
    return run([*wrapper, *command(*arguments)], PYTHONPATH=str(ROOT / "src"), **variables)


def hand_in(course: Path) -> None:
    """Hand in right answers, one notebook a student."""
    from ganlab.course import assignments, sandbox

    if reason := sandbox.why_not():
        raise Skipped(reason)
    notebook = json.loads((course / "release" / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    for task in assignments.tasks(assignments.chapter(CHAPTER), "any"):
        for cell in notebook["cells"]:
            if cell.get("id") == f"{task.id}-answer":
                cell["source"] = f"# EXERCISE {task.id}\n{task.exercise.reference}"
    for student in STUDENTS:
        path = course / "submissions" / CHAPTER / f"{student}.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")


def all_have_all_points(course: Path) -> None:
    """Assert that the table gives each student all points."""
    with open(course / "grades.csv", encoding="utf-8-sig", newline="") as file:
        totals = {row["student"]: float(row["total"]) for row in csv.DictReader(file)}
    assert totals == dict.fromkeys(STUDENTS, MOST), totals


def nothing_half(course: Path) -> None:
    """Assert that each file of a course is whole, and that none was left that only a writer knows."""
    left = [path for path in course.rglob(".*") if path.name != ".lock"]
    assert not left, left
    for path in [*course.rglob("*.ipynb"), *course.rglob("*.json")]:
        json.loads(path.read_text(encoding="utf-8"))


@scenario("course, disk full", "each command says so and leaves nothing half; with space again it does its work")
def full_disk(place: Path) -> None:
    """Fill the disk before each command, and free it after its failure."""
    with small_disk(place / "disk", "2m") as disk:
        course = disk.path / "gans"
        for arguments in (("new", course, "--chapters", "3"), ("release", course, "3"), ("grade", course, "3")):
            if arguments[0] == "grade":
                hand_in(course)
            disk.fill()
            failed(tool(*arguments), "error: ", "No space left on device", "free some space")
            nothing_half(course)
            disk.free()
            succeeded(tool(*arguments))
        all_have_all_points(course)


@scenario("course, killed while it grades", "nothing is half; the same command goes on and everybody has all points")
def killed(place: Path) -> None:
    """Kill a second after the start of the first grading, and again while records come."""
    course = _released(place / "gans")
    for seconds in (1, 4):
        grading = subprocess.Popen(
            list(map(str, command("grade", course, "3"))),
            env=environment(PYTHONPATH=str(ROOT / "src")),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(seconds)
        grading.kill()
        grading.wait()
    succeeded(tool("grade", course, "3"))
    nothing_half(course / "graded")
    all_have_all_points(course)


@scenario("course, folder read-only", "each command says what cannot be written, and how to go on")
def read_only_folder(place: Path) -> None:
    """Try to make, release and grade."""
    course = _released(place / "gans")
    wrapper, words = read_only(place), ("error: ", "Read-only file system", "right to write")
    failed(tool("new", place / "other", wrapper=wrapper), *words)
    failed(tool("release", course, "3", wrapper=wrapper), *words)
    failed(tool("grade", course, "3", wrapper=wrapper), *words)


@scenario(f"course in a folder called {ODD}, LC_ALL=C", "everybody has all points")
def odd_path(place: Path) -> None:
    """Make, release and grade where neither path nor names are ASCII, but all texts are taken for it."""
    course = _released(place / ODD, **ASCII)
    succeeded(tool("grade", course, "3", **ASCII))
    all_have_all_points(course)


def _released(course: Path, **variables: str) -> Path:
    succeeded(tool("new", course, "--chapters", "3", **variables))
    succeeded(tool("release", course, "3", **variables))
    hand_in(course)
    return course
