"""Problems of an instructor's own: handed out, proved, and judged like those of the book; what is wrong is told."""

import json
import pickle
import re
import sys
from pathlib import Path

import pytest

from ganlab.course import grade, sandbox
from ganlab.course.__main__ import main
from ganlab.course.folder import Course
from ganlab.course.judge import _packed, judge
from ganlab.course.notebooks import origin_line
from ganlab.course.own import prove
from ganlab.course.release import release
from ganlab.course.variants import Draw

PAGE = (Path(__file__).parents[2] / "book" / "for-instructors.md").read_text(encoding="utf-8")
(SHARE,) = re.findall(r"^```python\n((?:(?!```).*\n)*CHAPTER = (?:.*\n)*?)```", PAGE, re.MULTILINE)
CHAPTER = "06-first-gan-problems"


@pytest.fixture
def course(tmp_path):
    """`course(share=text)`: a course with the problems of chapter 6, and with own ones."""
    Course.new(tmp_path / "demo", chapters=["6 problems"])

    def made(**files):
        for name, text in files.items():
            (tmp_path / "demo" / "problems" / f"{name}.py").write_text(text, encoding="utf-8")
        return Course.open(tmp_path / "demo")

    return made


def only(course, name="share"):
    (found,) = [task for task in course.tasks(course.chapter("6 problems")) if task.id == name]
    return found


def test_problem_of_the_page_is_handed_out_with_those_of_its_chapter_and_alone(course, capsys):
    course = course(share=SHARE)
    assert course.chapter("6 problems").tasks == ("verdict", "by_hand", "share")
    assert main(["release", str(course.path), "6 problems"]) == 0
    settings = course.path / "course.toml"
    settings.write_text(
        settings.read_text().replace(CHAPTER, f"{CHAPTER}: share").replace("[points]", "[points]\nshare = 9")
    )
    alone = Course.open(course.path)
    (student,), (instructor,) = release(alone, alone.chapter("6 problems"))
    student, solved = (json.loads(path.read_text(encoding="utf-8")) for path in (student, instructor))
    cells = {cell["id"]: cell["source"] for cell in student["cells"]}
    task = only(alone)
    assert [name for name in cells if name.endswith("-answer")] == ["share-answer"]
    assert "1. A share of samples (9 points)" in cells["share-text"]
    assert "should be 0.5" in cells["share-check"]
    assert not re.search("«|»", json.dumps(cells))
    for hidden in (task.exercise.reference.strip().splitlines()[-1].strip(), "hundred", "does not divide"):
        assert hidden not in json.dumps(student)
        assert hidden in json.dumps(solved)


def test_numbers_are_drawn_and_the_check_runs(course, capsys):
    texts = {course(share=SHARE)._task("share", draw).text for draw in map(drawn, range(30))}
    assert len(texts) == 3
    task = only(course(share=SHARE))
    exec(f"import torch\n{task.exercise.reference}\n{task.check}", {})
    assert "should be 0.5" in capsys.readouterr().out
    silent = only(course(share=re.sub("    check=.*\n", "", SHARE)))
    assert "is checked when it is graded" in silent.check


def drawn(number):
    return Draw.of("secret", str(number), "share")


def test_cases_travel_to_the_sandbox_and_no_solution_does(course, monkeypatch):
    leaning = SHARE.replace("near(share(x)", "assert WORDING.stub and problem.text\n        near(share(x)")
    exercise = only(course(share=leaning)).exercise
    packed = _packed(exercise)
    for source in ("double().mean()", ".sum()", "does not divide"):
        assert source.encode() not in packed
    for name in [name for name in sys.modules if name.startswith("ganlab_own_")]:
        monkeypatch.setitem(sys.modules, name, None)
    there = pickle.loads(packed)
    assert [case.title for case in there.cases] == [case.title for case in exercise.cases]
    assert there.run(*there.solve(exercise.reference)).status == "passed"


@pytest.mark.skipif(bool(sandbox.why_not()), reason=sandbox.why_not())
def test_own_problems_are_judged_in_the_sandbox(course):
    other = SHARE.replace("share", "part").replace("«t» + 1", "«t» + 2")
    course = course(share=SHARE, part=other)
    tasks = [only(course), only(course, "part")]
    answers = {"share": tasks[0].exercise.reference, "part": tasks[1].exercise.mistakes[0].source}
    found = judge(answers, tasks)
    assert found.suspicions == []
    assert (found.scored["share"].points, found.scored["part"].points) == (3, 0)
    assert found.scored["part"].mistake == "counts, and does not divide"
    assert all(case.hidden for case in found.scored["share"].cases)


def test_own_problem_without_a_check_leaves_no_note_and_a_changed_file_grades_anew(course, handed_of, monkeypatch):
    found = course(share=SHARE)
    monkeypatch.setattr(grade, "_judged", lambda answers, tasks, unsafe: judge({}, tasks))
    page = handed_of(found.tasks(found.chapter("6 problems")), origin_line(found.id, CHAPTER)).all_right()
    page.save(found.path / "submissions" / CHAPTER / "ada.ipynb")

    def graded(course):
        return grade.grade(course, course.chapter("6 problems"), course.path / "submissions" / CHAPTER)

    assert graded(found).graded[0].notes == ()
    assert graded(found).fresh == 0
    assert graded(course(share=SHARE + "\n# better\n")).fresh == 1


WRONG = [
    (
        "share",
        'CHAPTER = "6"',
        "",
        r'share\.py: it does not say with which chapter it goes; add a line such as CHAPTER = "6"',
    ),
    ("share", '"6"', '"99"', r"share\.py: CHAPTER is '99', but there is no chapter '99'"),
    ("share", "CHAPTER = ", "CHAPTER == ", r"share\.py: it stops with NameError in line 6: name 'CHAPTER'"),
    ("share", "import torch", "import torch(", r"share\.py: it stops with SyntaxError in line 1"),
    ("shares", "", "", r"shares\.py: there is no function shares"),
    ("verdict", "share", "verdict", r"verdict\.py: the book has a task verdict already"),
    ("my-share", "", "", r"'my-share' cannot be the name of a function; call the file such as my_problem\.py"),
    (
        "share",
        "    return problem",
        "    return 3",
        r"share must return a Problem, such as `posed` makes, and returned int",
    ),
    ("share", '{"t": t}', "{}", r"share\.py: share stops with KeyError in line \d+: 't'"),
    ("share", 'posed("share"', 'posed("part"', r"the id of its exercise must be 'share', as the file is called"),
    (
        "share",
        "    @problem",
        "    return problem\n    @problem",
        r"its exercise has no case, so every answer would be right",
    ),
    ("share", "mistakes=[", "equivalent={} and [", r"it has no mistake; the grader tries one after each answer"),
]


@pytest.mark.parametrize(("name", "old", "new", "words"), WRONG)
def test_file_that_is_no_problem_is_told(course, name, old, new, words):
    with pytest.raises(ValueError, match=words):
        only(course(**{name: SHARE.replace(old, new) if old else SHARE}), name)


UNPROVED = [
    ("raise NotImplementedError", "return 0  # raise NotImplementedError", "its stub must raise NotImplementedError"),
    ("> «t»).double().mean()", ">= «t»+1).double().mean()", r"the reference does not pass its own cases:\n✗ share"),
    ("return (x >", "return oops(x >", "the reference does not pass its own cases"),
    ('("mean()", "sum()")', '("double()", "float()")', "is to fail in two_samples, but no case fails"),
    ('"two_samples", "Div', '"many_samples", "Div', "is to fail in many_samples, but two_samples fails first"),
    ('"Divide")', '"Multiply")', "'Multiply' is not in what mistake .* is told: ✗ share"),
]


@pytest.mark.parametrize(("old", "new", "words"), UNPROVED)
def test_problem_that_does_not_do_what_it_says_is_neither_handed_out_nor_graded(course, capsys, old, new, words):
    found = course(share=SHARE.replace(old, new))
    with pytest.raises(ValueError, match=words):
        prove(only(found))
    assert main(["release", str(found.path), "6 problems"]) == 2
    assert re.search(words, capsys.readouterr().err)


def test_files_with_a_dash_or_a_point_in_front_are_none(course):
    assert course(_notes="raise SystemExit").problems == {}


def test_chapter_without_problems_in_the_book_gets_some(course, tmp_path):
    course(share=SHARE.replace('"6"', '"clinic"'))
    path = tmp_path / "demo" / "course.toml"
    path.write_text(path.read_text().replace(f'"{CHAPTER}"', '"clinic problems"'))
    found = Course.open(tmp_path / "demo")
    assert found.chapter("clinic-problems").tasks == ("share",)
    assert found.tasks(found.chapter("clinic problems"))[0].chapter == "clinic-problems"


@pytest.mark.parametrize("tool", ["nbgrader", "otter"])
def test_an_export_leaves_it_out_and_says_so(course, tool, capsys):
    course = course(share=SHARE)
    assert main(["export", str(course.path), "6 problems", f"--{tool}"]) == 0
    assert "2 exercises; without share (own problems), for `grade` alone" in capsys.readouterr().out
    assert not [
        path for path in (course.path / tool).rglob("*") if path.is_file() and "A share of samples" in path.read_text()
    ]
