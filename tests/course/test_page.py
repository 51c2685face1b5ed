"""The page for instructors: every command that it shows can be typed, in this order, and says what the page says.

The seven submissions of the page get the points that it prints: by default in this process, where the answer that never
ends is not run, and in the slow test in sandboxes.
"""

import csv
import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from ganlab.course import grade, sandbox
from ganlab.course import judge as judging
from ganlab.course.__main__ import main
from ganlab.course.folder import Course
from ganlab.course.inside import attempt
from ganlab.course.judge import Judged
from ganlab.course.notebooks import origin_line
from ganlab.course.records import CaseResult, Scored

PAGE = (Path(__file__).parents[2] / "book" / "for-instructors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```text\n\$ python -m ganlab\.course (.*)\n((?:.*\n)*?)```", PAGE, re.MULTILINE)
(SHARE,) = re.findall(r"^```python\n((?:(?!```).*\n)*CHAPTER = (?:.*\n)*?)```", PAGE, re.MULTILINE)
CLASS = ["ada", "bo", "Copy of 06-first-gan - Chandra", "dilnoza", "emre", "fatima", "gil"]


def believe(answers, tasks, *, unsafe=False):
    """A judge that suspects Hana, and takes no time."""
    scored, odd = {}, []
    for task in tasks:
        case = CaseResult("case", "It holds.", task.out_of, "passed", hidden=False)
        scored[task.id] = Scored(task.id, task.title, task.out_of, task.out_of, (case,))
        if task.id == "d_loss" and "hana" in answers[task.id]:
            odd.append("d_loss: changed ganlab.checks.expect.near")
    return Judged(scored, odd, "done", 0.1)


@pytest.fixture
def handed_in(handed_of):
    """`handed_in()`: what the page says that students handed in."""

    def make():
        course = Course.open("gans-2026")

        def page(name):
            origin = origin_line(course.id, "06-first-gan")
            found = handed_of(course.tasks(course.chapter("6")), origin).all_right()
            source = found.tasks["d_loss"].exercise.reference
            return found.answer("d_loss", source.replace("    return", f"    who = {name!r}\n    return", 1))

        for name in CLASS:
            page(name).save(Path("submissions", f"{name}.ipynb"))
        for name in ("hana/06", "iris/a", "iris/b"):
            page(name).save(Path("late", f"{name}.ipynb"))
        Path("late/jon").mkdir()
        Path("late/jon/report.pdf").write_bytes(b"%PDF")
        problem = handed_of(course.tasks(course.chapter("6-problems")), origin_line(course.id, "06-first-gan-problems"))
        for name in ("ada", "bo"):
            problem.all_right().save(Path("submissions-of-the-problem", f"{name}.ipynb"))

    return make


def test_every_command_says_what_the_page_says(tmp_path, monkeypatch, capsys, handed_in):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(grade, "judge", believe)
    assert {"new", "release", "grade", "decide"} <= {shlex.split(command)[0] for command, _ in BLOCKS}
    for command, said in BLOCKS:
        if command.startswith("grade") and not Path("submissions").exists():
            handed_in()
        assert main(shlex.split(command)) == 0
        assert capsys.readouterr().out.startswith(said.replace("2026-11-27", date.today().isoformat()))


@pytest.mark.parametrize("entry", re.findall(r'--chapters ((?:[\d]+ |"[^"]+" ?)+)', PAGE))
def test_choices_of_chapters_that_the_page_mentions_are_understood(tmp_path, entry):
    assert main(["new", str(tmp_path / "demo"), "--chapters", *shlex.split(entry)]) == 0


def test_entries_of_the_settings_that_the_page_mentions_are_understood(tmp_path):
    entries = re.findall(r'`"(\d[\w -]*(?:: *[\w, ]+)?)"`', PAGE)
    assert len(entries) > 2
    course = Course.new(tmp_path / "demo", chapters=["4"])
    (course.path / "problems" / "share.py").write_text(SHARE, encoding="utf-8")
    settings = (course.path / "course.toml").read_text(encoding="utf-8")
    for entry in entries:
        (course.path / "course.toml").write_text(settings.replace('"04-the-game"', f'"{entry}"'), encoding="utf-8")
        assert Course.open(course.path).parts


def test_settings_of_the_page_are_understood_beside_the_secret(tmp_path):
    (block,) = re.findall(r"^```toml\n((?:(?!```).*\n)*)```", PAGE, re.MULTILINE)
    path = Course.new(tmp_path / "demo", chapters=["4"]).path
    (path / "course.toml").write_text(f'secret = "kept"\n{block}', encoding="utf-8")
    course = Course.open(path)
    assert course.parts["06-first-gan-problems"].tasks == ("by_hand",)
    assert course.per_student
    assert len(course.students) == 3
    (weighed,) = [task for task in course.tasks(course.chapter("6")) if task.weight is not None]
    assert (weighed.id, weighed.out_of) == ("d_loss", 5)


# The seven submissions.

SANDBOX = pytest.param("sandbox", marks=[pytest.mark.slow, pytest.mark.skipif(bool(sandbox.why_not()), reason="none")])
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section
"Lovelace, Ada",4711,u100,ada,GANs 1
"Li, Bo",4712,u101,bo,GANs 1
"""


def shown(first):
    """The table of the page that begins with these headings."""
    (block,) = re.findall(rf"^```text\n({first}\n(?:(?!```).*\n)*)```", PAGE, re.MULTILINE)
    return list(csv.DictReader(block.splitlines()))


def written(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def judged_here(answers, tasks, *, unsafe=False):
    """What the sandbox says of harmless answers, and of one that never ends, without its processes."""
    return Judged({task.id: scored_here(task, answers.get(task.id, "")) for task in tasks}, [], "done", 0.0)


def scored_here(task, source):
    if not source.strip() or "while True" in source:
        return judging._nothing(task, "still running" if source else judging.NOT_ATTEMPTED)
    answers, note = attempt._solved(task.exercise, source)
    if note:
        return judging._nothing(task, note)
    return judging._scored(task, judging._report(task.exercise, attempt._tried(task.exercise, answers, task.seed)))


def seven(page):
    """Yield the name of each file and what its student made of it; `page()` is a fresh notebook."""
    twice = "uses the same noise twice"
    yield "ada", page().all_right()
    yield "bo", page().all_right().mistake("d_loss", "smooths the labels of the reals").mistake("train_step", twice)
    yield "Copy of 06-first-gan - Chandra", page().all_right().mistake("train_step", twice).colab()
    yield "dilnoza", page()
    yield "emre", page().answer("d_loss").answer("nine_steps")
    yield "fatima", page().all_right().mistake("g_loss", "aims at D = 1/2")
    endless = "def discriminator_loss(real_logits, fake_logits):\n    while True:\n        pass"
    yield "gil", page().all_right().answer("d_loss", endless)


@pytest.fixture(scope="module", params=["here", SANDBOX])
def graded(request, tmp_path_factory, handed_of):
    """The folder of the course, in which the seven are graded and two of them are in a list."""
    folder = tmp_path_factory.mktemp("page")
    course = Course.new(folder / "gans-2026", chapters=["6"])
    tasks, origin = course.tasks(course.chapter("6")), origin_line(course.id, "06-first-gan")
    for name, page in seven(lambda: handed_of(tasks, origin)):
        page.save(folder / "submissions" / f"{name}.ipynb")
    (folder / "list.csv").write_text(ROSTER, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "here":
            patch.setattr(grade, "judge", judged_here)
        given = ["6", str(folder / "submissions"), "--jobs", "1", "--people", str(folder / "list.csv")]
        assert main(["grade", str(course.path), *given]) == 0
    return course.path


def test_the_seven_submissions_get_the_points_of_the_page(graded):
    found, page = written(graded / "grades.csv"), shown("student,d_loss,.*")
    assert len(page) == 7
    for row, line in zip(found, page, strict=True):
        note, shown_note = row.pop("notes"), line.pop("notes")
        assert row == line
        assert note.startswith(shown_note.removesuffix("…"))
        assert bool(note) == bool(shown_note)


def test_the_other_tables_of_the_page_hold_the_same_points(graded):
    assert written(graded / "grades-canvas.csv") == shown("Student,ID,.*")
    totals = {row["student"]: (float(row["total"]), float(row["out of"])) for row in written(graded / "grades.csv")}
    exported = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in shown("student_id,.*")}
    assert exported == totals


def test_report_and_feedback_say_what_the_pictures_show(graded):
    report = (graded / "report.html").read_text(encoding="utf-8")
    for words in ("all six who tried it have it fully right", "Two of seven have no answer", "Two of the five answers"):
        assert words in report
    (page,) = (graded / "feedback" / "06-first-gan").glob("bo*.html")
    bo = page.read_text(encoding="utf-8")
    for words in ("28 of 36 points", "smooths the labels of the reals", "two right and two partly right"):
        assert words in bo
