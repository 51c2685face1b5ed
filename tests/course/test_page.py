"""The page for instructors: every command that it shows can be typed, in this order, and says what the page says."""

import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from ganlab.course import grade
from ganlab.course.__main__ import main
from ganlab.course.folder import Course
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
