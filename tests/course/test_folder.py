"""The folder of a course, its notebooks, and the command line: what is made, and what is said when it cannot be."""

import errno
import json
import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from ganlab.course import assignments, notebooks
from ganlab.course.__main__ import main
from ganlab.course.files import store
from ganlab.course.folder import Course
from ganlab.course.release import release

CHAPTER = "04-the-game"


@pytest.fixture
def course(tmp_path):
    return Course.new(tmp_path / "demo", chapters=["4"])


def settings(course, old, new):
    path = course.path / "course.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def release_4(course):
    release(course, course.chapter("4"))
    return [json.loads((course.path / kind / f"{CHAPTER}.ipynb").read_text()) for kind in ("release", "instructor")]


def test_new_course_is_what_it_was_told_and_has_its_own_secret(tmp_path):
    one = Course.new(tmp_path / "a b", name='GANs "26" \\ Übung', chapters=["6", "the game", "6"])
    two = Course.new(tmp_path / "c")
    assert (one.name, one.chapters) == ('GANs "26" \\ Übung', ("06-first-gan", CHAPTER))
    assert two.chapters == tuple(assignments.chapters())
    assert one.secret != two.secret
    assert one.id != two.id
    assert (tmp_path / "a b" / "course.toml").stat().st_mode & 0o077 == 0


def test_some_tasks_of_a_chapter_are_handed_out_and_graded_alone(tmp_path):
    course = Course.new(tmp_path / "a", chapters=["4 problems: jsd_curve", "6:nine_steps,d_loss", "8"])
    assert course.chapters == (
        "04-the-game-problems: jsd_curve",
        "06-first-gan: d_loss, nine_steps",
        "08-mode-collapse",
    )
    for name, tasks in (("4 problems", ["jsd_curve"]), ("6", ["d_loss", "nine_steps"])):
        chapter = course.chapter(name)
        assert [task.id for task in course.tasks(chapter)] == tasks
        (path,), _ = release(course, chapter)
        asked = re.findall("# EXERCISE (\\w+)", path.read_text(encoding="utf-8"))
        assert list(dict.fromkeys(asked)) == tasks


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("6: d_los", "course.toml: 06-first-gan has no task 'd_los'; did you mean d_loss? There are d_loss, g_loss"),
        ("6 problems: d_loss", "06-first-gan-problems has no task 'd_loss'. There are verdict, by_hand"),
        ("6:", "06-first-gan has no task ''"),
        ("04-the-game: value", "04-the-game stands in `chapters` twice"),
        ("99", "course.toml: no chapter '99'"),
    ],
)
def test_task_or_chapter_that_is_none_is_told_with_those_there_are(course, entry, words):
    settings(course, '"04-the-game"', f'"04-the-game", "{entry}"')
    with pytest.raises(ValueError, match=re.escape(words)):
        Course.open(course.path)


def test_command_line_does_not_choose_other_tasks_than_the_settings(course):
    assert course.chapter("4: value, jsd, kl_both_ways, wrong_minimax, nash_or_not") == course.chapter("4")
    with pytest.raises(ValueError, match=r'hands out value, jsd.*write "04-the-game: value, jsd" into `chapters`'):
        course.chapter("4: jsd value")


def test_new_course_never_overwrites(course):
    with pytest.raises(ValueError, match="is there and not empty"):
        Course.new(course.path)


@pytest.fixture
def full(monkeypatch):
    """A disk that is full as long as `full()` was called."""

    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda: monkeypatch.setattr(os, "fsync", fail)


def test_course_that_did_not_fit_on_the_disk_can_be_made_once_there_is_space(tmp_path, full, monkeypatch, capsys):
    full()
    assert main(["new", str(tmp_path / "demo"), "--chapters", "4"]) == 2
    assert "No space left on device while writing" in capsys.readouterr().err
    assert not list((tmp_path / "demo").iterdir())
    monkeypatch.undo()
    assert main(["new", str(tmp_path / "demo"), "--chapters", "4"]) == 0


def test_file_that_did_not_fit_leaves_the_old_one_and_nothing_else(tmp_path, full):
    store(tmp_path / "a", "old")
    full()
    with pytest.raises(OSError, match="No space left"):
        store(tmp_path / "a", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_folder_that_may_not_be_written_is_told_with_the_cure(course, monkeypatch, capsys):
    def fail(*_):
        raise OSError(errno.EROFS, "Read-only file system", "here")

    monkeypatch.setattr("ganlab.course.release.store", fail)
    assert main(["release", str(course.path)]) == 2
    assert re.search("error: .*Read-only file system: 'here'; give yourself the right", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('secret = "', 'secret = 3 #"', "secret must be a text, got 3"),
        ("secret", "secrte", "nobody reads 'secrte'"),
        ("per_student = false", "per_student = 0", "per_student must be true or false"),
        ("[points]", "[points]\nvalue = 'x'", "points of value must be a number of at least 0"),
        ("[points]", "[points]\nvalue = -1", "points of value must be a number of at least 0, got -1"),
        ("[points]", "[points]\nvalue = true", "points of value must be a number of at least 0, got True"),
        ("[points]", "[points]\nvalue.points = 3", "points of value must be a number of at least 0, got {"),
        ("[points]", "[points]\nvlaue = 3", r"no task is called 'vlaue', .*did you mean value\? There are value, jsd"),
        ("[points]", "[points]\nd_los = 3", r"no task is called 'd_los', .*; did you mean d_loss\?"),
        ("[points]", "[points", "cannot be read"),
        ("name =", "# name =", "name must not be missing"),
    ],
)
def test_settings_that_cannot_be_used_are_told(course, old, new, words):
    settings(course, old, new)
    with pytest.raises(ValueError, match=words):
        Course.open(course.path)


def test_variant_is_the_same_for_all_unless_the_course_says_otherwise(course):
    chapter = course.chapter("4")
    seeds = [[task.seed for task in course.tasks(chapter, who)] for who in ("Ada", "Bo")]
    assert seeds[0] == seeds[1]
    settings(course, "per_student = false", "per_student = true")
    own = Course.open(course.path)
    seeds = [[task.seed for task in own.tasks(chapter, who)] for who in ("Ada", "Bo")]
    assert not set(seeds[0]) & set(seeds[1])
    assert len(set(seeds[0])) == len(seeds[0])


SPELLINGS = [
    *(
        "zoe\u0308_MÜLLER",
        "mullerzoe",
        "Müller, Zoë",
        "zoe.muller@uni.example",
        "Zoë Müller (17)",
        "Zoë-Müller-90b1cafe",
    ),
    *("Zoë Müller_12345678", "zoe muller 4711"),
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_student_is_found_in_the_list_however_the_file_spells_the_name(course, name):
    settings(course, "students = []", 'students = ["Bo", "Zoë Müller", "zoe.muller"]')
    wanted = "zoe.muller" if "@" in name else "Zoë Müller"
    assert Course.open(course.path).listed(name) == wanted


def test_nobody_is_taken_for_somebody_else(course):
    settings(course, "students = []", 'students = ["Ann Lee", "Lee Ann", "Tom 12345", "Tom 67890"]')
    listed = Course.open(course.path).listed
    for name in ("Bo", "leeann 3", "Tom", "Tom 99999", ""):
        assert listed(name) == name
    assert listed("tom_67890") == "Tom 67890"
    assert listed("Ann Lee") == "Ann Lee"


def test_new_says_which_answers_students_can_read(tmp_path, capsys):
    main(["new", str(tmp_path / "demo"), "--chapters", "4"])
    said = capsys.readouterr().out
    assert "Students can read the book's answers in the package" in said
    assert f"but not those of your own problems in {tmp_path / 'demo' / 'problems'}." in said


@pytest.mark.parametrize("chapter", ["4", "7 problems", "clinic"])
def test_command_that_new_names_as_the_next_can_be_typed(tmp_path, capsys, chapter):
    main(["new", str(tmp_path / "demo"), "--chapters", chapter])
    last = capsys.readouterr().out.split()[-1]
    assert last == chapter.replace(" ", "-")  # as the page for instructors writes it
    assert Course.open(tmp_path / "demo").chapter(last) == assignments.chapter(chapter)


@pytest.mark.parametrize(
    "student", ["../../etc/passwd", "/", "..", "", "a" * 500, "🦊", "Zoë", "\ud800", "a\0b", "CON"]
)
def test_place_of_a_student_is_one_file_inside_the_folder(course, student):
    path = course.place("graded", CHAPTER, student, ".json")
    assert path.resolve().parent == (course.path / "graded" / CHAPTER).resolve()
    store(path, "{}")
    assert path.is_file()
    assert path != course.place("graded", CHAPTER, student + " ", ".json")


def test_course_is_graded_by_one_at_a_time(course):
    with course.alone(), pytest.raises(ValueError, match="is being graded already"), course.alone():
        pass


def test_released_notebook_shows_no_solution_and_no_secret(course):
    student, instructor = release_4(course)
    text = json.dumps(student)
    for task in course.tasks(course.chapter("4")):
        assert task.exercise.reference.strip() not in json.dumps(student)
        assert any(task.exercise.reference.strip() in cell["source"] for cell in instructor["cells"])
        assert not [each.title for each in task.exercise.mistakes if each.title in text]
        assert str(task.seed) not in text
    assert course.secret not in text + json.dumps(instructor)


def test_headings_say_what_each_exercise_counts_in_this_course(course):
    settings(course, "[points]", "[points]\nvalue = 2.5\njsd = 1\nd_loss = 9\nkl_both_ways = 0")
    for notebook in release_4(Course.open(course.path)):
        text = "\n".join(cell["source"] for cell in notebook["cells"])
        points = re.findall(r"^## \d\. .*\((.*)\)$", text, re.MULTILINE)
        assert points[:3] == ["2.5 points", "1 point", "0 points"]
        assert points[3:] == [f"{task.exercise.out_of:g} points" for task in course.tasks(course.chapter("4"))[3:]]
    assert text.count("their sum counts") == 3


def test_notebooks_are_valid_and_python_reads_their_cells(course):
    import nbformat

    for notebook in release_4(course):
        nbformat.validate(notebook)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code" and cell["id"] != "set-up":
                compile(cell["source"], cell["id"], "exec")


def test_instructor_sees_points_expected_output_and_time(course):
    _, instructor = release_4(course)
    text = "\n".join(cell["source"] for cell in instructor["cells"])
    outputs = [cell["outputs"][0]["text"] for cell in instructor["cells"] if cell.get("outputs")]
    assert [line.startswith("✓ ") for line in outputs] == [True] * 5
    assert len(re.findall(r"the reference takes \d+\.\d s", text)) == 5
    assert "A bracket in the wrong place" in text


def test_notebook_says_where_it_is_from_even_without_its_metadata(course, handed_of):
    origin = notebooks.origin_line(course.id, CHAPTER, "Zoë Müller")
    page = handed_of(course.tasks(course.chapter("4")), origin)
    assert notebooks.origin_of(page.notebook) == (course.id, CHAPTER, "Zoë Müller")
    assert notebooks.origin_of(page.colab().notebook) == (course.id, CHAPTER, "Zoë Müller")
    assert notebooks.origin_of({"cells": [None, {"source": 3}], "metadata": []}) == ("", "", "")


def test_own_variants_are_a_notebook_for_each_student(course):
    settings(course, "per_student = false", "per_student = true")
    with pytest.raises(ValueError, match="lists nobody"):
        release(Course.open(course.path), course.chapter("4"))
    settings(course, "students = []", 'students = ["Ada", "Zoë Müller"]')
    own, solved = release(Course.open(course.path), course.chapter("4"))
    assert [origin_of(path)[2] for path in own] == [origin_of(path)[2] for path in solved] == ["Ada", "Zoë Müller"]


def origin_of(path):
    return notebooks.origin_of(json.loads(path.read_text(encoding="utf-8")))


def test_solutions_are_those_of_the_student_who_gets_the_notebook(course):
    settings(course, "per_student = false", "per_student = true")
    settings(course, "students = []", 'students = ["Ada", "Bo"]')
    settings(course, '"04-the-game"', '"4 problems"')
    course = Course.open(course.path)
    chapter = replace(course.chapter("4 problems"), tasks=("jsd_curve",))
    _, solved = release(course, chapter)
    for student, path in zip(course.students, solved, strict=True):
        (task,) = course.tasks(chapter, student)
        (answer,) = [cell for cell in json.loads(path.read_text())["cells"] if cell["id"] == "jsd_curve-answer"]
        assert task.exercise.reference.strip() in answer["source"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new", "demo"], "is there and not empty"),
        (["new", "other", "--chapters", "99"], "no chapter '99'"),
        (["release", "nowhere", "4"], "nowhere is no course: it has no course.toml"),
        (["release", "demo", "the-gmae"], "did you mean"),
        (["release", "demo", "6"], "06-first-gan is not in this course; add it"),
        (["grade", "demo", "4"], "there is no folder or ZIP"),
        (["grade", "demo", "4", "demo/graded"], "holds no submissions"),
        (["grade", "demo", "4", "demo/course.toml"], "neither a folder nor a ZIP"),
        (["report", "demo/release"], "is no course"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(course, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(course.path.parent)
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert words in told


def test_help_shows_examples(capsys):
    assert main([]) == 0
    assert "python -m ganlab.course grade gans-2026 4" in capsys.readouterr().out


def test_help_of_a_command_says_what_it_takes(capsys):
    with pytest.raises(SystemExit) as end:
        main(["grade", "--help"])
    assert end.value.code == 0
    assert "the ZIP that Moodle, Canvas or Gradescope hand out" in capsys.readouterr().out


def test_module_can_be_run_and_names_are_read_whatever_the_locale(tmp_path):
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "ganlab.course", "new", tmp_path / "gäns 日本", "--chapters", "6"]
    done = subprocess.run(command, capture_output=True, env=os.environ | locale, check=True)
    assert Course.open(tmp_path / "gäns 日本").name == "gäns 日本"
    assert "gäns 日本" in done.stdout.decode()
