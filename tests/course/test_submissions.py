"""What is handed in: any name, any form, anything hostile; nothing outside is read, and nobody is left out silently."""

import json
import os
import stat
import zipfile

import pytest

from ganlab.course import submissions
from ganlab.course.gradescope import submitters
from ganlab.course.submissions import collect, read_notebook, shown

CHAPTER = "04-the-game"
EMPTY = json.dumps({"cells": [], "nbformat": 4})


@pytest.fixture
def handed_in(tmp_path):
    """`handed_in(*names)`: what is collected from a folder with different notebooks of these names."""

    def made(*names):
        for number, name in enumerate(names):
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"cells": [], "number": number}), encoding="utf-8")
        return found(tmp_path, tmp_path / "in")

    return made


@pytest.fixture
def zipped(tmp_path):
    """`zipped({name: text})`: what is collected from a ZIP."""

    def made(members):
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as file:
            for name, text in members.items():
                file.writestr(name, text)
        return found(tmp_path, tmp_path / "all.zip")

    return made


def found(tmp_path, source):
    workplace = tmp_path / "work"
    workplace.mkdir(exist_ok=True)
    return collect(source, CHAPTER, workplace)


def students(collected):
    return [each.student for each in collected]


@pytest.mark.parametrize(
    ("file", "student"),
    [
        ("ada.ipynb", "ada"),
        ("Copy of ada.ipynb", "ada"),
        ("Copy of Copy of ada (2).ipynb", "ada"),
        ("Kopie von 04-the-game - Ada Lovelace.ipynb", "Ada Lovelace"),
        ("04-the-game_ada-Copy1.IPYNB", "ada"),
        ("Zoë Weiß 🦊.ipynb", "Zoë Weiß 🦊"),
        ("Zoe\u0308.ipynb", "Zoë"),
        ("..\\..\\evil.ipynb", "\\..\\evil"),
        ("$(rm -rf).ipynb", "$(rm -rf)"),
        ("\x1b[31mred\u202edlo.ipynb", "[31mreddlo"),
        ("04-the-game.ipynb", "04-the-game"),
        ("lovelaceada_LATE_1234_98765_04-the-game-1.ipynb", "lovelaceada"),
        ("Ada Lovelace_1234_assignsubmission_file/Copy of 04-the-game.ipynb", "Ada Lovelace"),
        ("Ada Lovelace_1234_assignsubmission_file_/deep/er/x.ipynb", "Ada Lovelace"),
        ("ada/04-the-game.ipynb", "ada"),
    ],
)
def test_student_is_who_the_name_says(handed_in, file, student):
    assert student in students(handed_in(file, "other.ipynb"))


def test_folder_of_notebooks_and_folders_of_students_and_checkpoints(handed_in):
    collected = handed_in("b.ipynb", "a/x.ipynb", "a/.ipynb_checkpoints/x.ipynb", "__MACOSX/._b.ipynb", ".DS_Store")
    assert [(each.student, each.file) for each in collected] == [("a", "a/x.ipynb"), ("b", "b.ipynb")]


def test_two_students_of_one_name_are_told_apart_by_number(handed_in):
    both = handed_in("Ann Lee_11_assignsubmission_file_/x.ipynb", "Ann Lee_22_assignsubmission_file_/x.ipynb")
    assert students(both) == ["Ann Lee (11)", "Ann Lee (22)"]


def test_students_are_called_as_the_course_lists_them(tmp_path, handed_in):
    handed_in("lovelaceada.ipynb", "Ada-Lovelace-90b1cafe.ipynb", "BO_12345_67_x.ipynb", "Cy.ipynb")
    ada, bo, cy = collect(tmp_path / "in", CHAPTER, tmp_path / "work", ["Bo", "Ada Lovelace"])
    assert (ada.student, bo.student, cy.student) == ("Ada Lovelace", "Bo", "Cy")
    assert "two or more submissions of one student" in ada.problem


def test_two_different_notebooks_of_one_student_are_a_problem_for_that_one_alone(handed_in):
    both, other = handed_in("ada.ipynb", "Copy of Ada.ipynb", "bo.ipynb")
    assert both.path is None
    assert "two or more submissions of one student: Copy of Ada.ipynb, ada.ipynb; keep the one" in both.problem
    assert other.problem == ""


def test_same_notebook_twice_is_one_submission(tmp_path):
    for name in ("ada.ipynb", "Copy of ada.ipynb"):
        (tmp_path / name).write_text(EMPTY)
    (only,) = found(tmp_path, tmp_path)
    assert only.path is not None
    assert "the same twice" in only.notes[0]


@pytest.mark.parametrize("name", ["ada.pdf", "ada.ipynb.txt", "ada/report.docx"])
def test_no_notebook_is_told(handed_in, name):
    (only, _) = handed_in(name, "bo.ipynb")
    assert (only.student.startswith("ada"), only.path) == (True, None)
    assert "no notebook (.ipynb) among what was handed in" in only.problem


def test_links_are_refused_and_never_read(tmp_path):
    folder = tmp_path / "in"
    (folder / "bo").mkdir(parents=True)
    (tmp_path / "secret.ipynb").write_text(EMPTY)
    (folder / "ada.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (folder / "bo" / "x.ipynb").symlink_to("/etc/passwd")
    (folder / "carl").symlink_to(tmp_path)
    collected = found(tmp_path, folder)
    assert students(collected) == ["ada", "bo", "carl"]
    assert {each.problem for each in collected} <= {
        "it is a link; links are not followed",
        "no notebook (.ipynb) among what was handed in: carl",
    }
    with pytest.raises(ValueError, match="it cannot be opened"):
        read_notebook(folder / "ada.ipynb")


def test_pipe_is_no_notebook_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "ada.ipynb")
    with pytest.raises(ValueError, match="it is not a file"):
        read_notebook(tmp_path / "ada.ipynb")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "it is not a notebook: no JSON"),
        (b"%PDF-1.4 \xff", "text is not UTF-8"),
        (b"[1, 2]", "no list of cells"),
        (b'{"worksheets": []}', "format 4"),
        (b'{"cells": ' + b"[" * 200_000, "nested without end"),
        (b'{"cells": [], "a": ' + b'{"a":' * 200_000, "nested without end"),
    ],
    ids=range(6),
)
def test_what_is_no_notebook_is_told(tmp_path, text, words):
    (tmp_path / "ada.ipynb").write_bytes(text)
    with pytest.raises(ValueError, match=words):
        read_notebook(tmp_path / "ada.ipynb")


def test_notebook_of_200_megabytes_is_refused_before_it_is_read(tmp_path):
    with open(tmp_path / "ada.ipynb", "wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(
        ValueError, match=r"it has 200 MB; notebooks of up to 25 MB are read; ask for it without outputs"
    ):
        read_notebook(tmp_path / "ada.ipynb")


def test_notebook_with_a_mark_of_byte_order_is_read(tmp_path):
    (tmp_path / "ada.ipynb").write_bytes(b"\xef\xbb\xbf" + EMPTY.encode())
    assert read_notebook(tmp_path / "ada.ipynb")[0]["cells"] == []


def test_zip_of_a_learning_system_is_read(zipped):
    moodle = zipped({"Ada L_1_assignsubmission_file_/x.ipynb": EMPTY, "Bo_2_assignsubmission_file_/y.ipynb": EMPTY})
    assert students(moodle) == ["Ada L", "Bo"]
    canvas = zipped({"lovelaceada_1_2_x.ipynb": EMPTY, "b_3_4_x.ipynb": EMPTY})
    assert students(canvas) == ["b", "lovelaceada"]


GRADESCOPE = """---
submission_11:
  :submitters:
  - :name: Zoë O'Hara
    :sid: '4711'
    :email: zoe@uni.example
  :created_at: 2026-10-01 10:00:00.000000000 Z
  :results:
    tests:
    - :name: nobody
submission_12:
  :submitters:
  - :name: 'Bo ''Bobby'' Özil'
    :sid:
    :email: bo@uni.example
  - :name: "Ann\\xE9 \\"Lee\\""
    :sid: 12
    :email: ann@uni.example
submission_13:
  :submitters:
  - :name: Ada
    :sid: '1'
submission_14:
  :submitters:
  - :name: Ada
    :sid: '2'
submission_15:
  :submitters:
  - :name:
    :email: cy@uni.example
"""


def of_gradescope(top="assignment_1_export/", **more):
    folders = {f"{top}submission_{number}/04.ipynb": EMPTY for number in range(11, 16)}
    return {f"{top}submission_metadata.yml": GRADESCOPE} | folders | more


@pytest.mark.parametrize("top", ["assignment_1_export/", ""])
def test_students_of_gradescope_are_named_by_its_file(zipped, top):
    collected = zipped(of_gradescope(top))
    names = ["Ada (1)", "Ada (2)", 'Anné "Lee"', "Bo 'Bobby' Özil", "cy@uni.example", "Zoë O'Hara"]
    assert students(collected) == names
    assert not any(each.problem or each.notes for each in collected)


def test_group_of_gradescope_is_a_submission_of_each_member(zipped):
    found = {each.student: each for each in zipped(of_gradescope())}
    one, other = found["Bo 'Bobby' Özil"], found['Anné "Lee"']
    assert (one.path, one.together) == (other.path, (other.student,))
    assert other.together == (one.student,)
    assert found["Ada (1)"].together == ()


def test_folder_of_whom_gradescope_says_nothing_is_told(zipped):
    collected = zipped(of_gradescope() | {"assignment_1_export/submission_9/x.ipynb": EMPTY})
    (only,) = [each for each in collected if each.notes]
    assert only.student == "submission_9"
    assert only.notes == ("submission_metadata.yml does not say who handed in submission_9",)


def test_student_cannot_hand_in_names(zipped):
    forged = GRADESCOPE.replace("Zoë O'Hara", "Ada")
    collected = zipped(of_gradescope() | {"assignment_1_export/submission_11/submission_metadata.yml": forged})
    assert "Zoë O'Hara" in students(collected)


NAMELESS = [
    *("", "submission_1", "- - -\n\tx: {\n", "\0: \xff"),
    *(":submitters:\n- :name: x", "submission_1:\n  :submitters: []\n"),
]


@pytest.mark.parametrize("text", NAMELESS, ids=range(len(NAMELESS)))
def test_any_text_in_the_place_of_names_names_nobody(text):
    assert submitters(text) == {}


def test_zip_in_the_folder_is_read_as_if_it_were_one(tmp_path, zipped):
    zipped({"lovelaceada_1_2_x.ipynb": EMPTY, "b_3_4_x.ipynb": EMPTY})
    (tmp_path / "in").mkdir()
    (tmp_path / "all.zip").rename(tmp_path / "in" / "submissions.zip")
    assert students(found(tmp_path, tmp_path / "in")) == ["b", "lovelaceada"]


def test_folder_around_all_others_is_looked_into(zipped):
    assert students(zipped({"all/ada/x.ipynb": EMPTY, "all/bo/x.ipynb": EMPTY})) == ["ada", "bo"]


@pytest.mark.parametrize(
    "name", ["../../ada.ipynb", "/ada.ipynb", "x/../../ada.ipynb", "C:\\ada.ipynb", "..\\ada.ipynb"]
)
def test_name_that_is_a_path_is_refused(tmp_path, zipped, name):
    collected = zipped({name: EMPTY, "bo.ipynb": EMPTY})
    assert sorted(bool(each.problem) for each in collected) == [False, True]
    assert any("leads out of the folder" in each.problem for each in collected)
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert all(name == "all.zip" or name[:5].isdecimal() for name in written)


def test_link_in_a_zip_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as file:
        link = zipfile.ZipInfo("ada.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    (only,) = found(tmp_path, tmp_path / "all.zip")
    assert only.problem == "it is a link; links are not followed"


def test_zip_bomb_is_unpacked_up_to_the_limit_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MOST_BYTES", 1000)
    monkeypatch.setattr(submissions, "MOST_UNPACKED", 2500)
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as file:
        for name in "abcd":
            file.writestr(f"{name}.ipynb", b" " * 1_000_000)
    collected = found(tmp_path, tmp_path / "all.zip")
    assert sum(path.stat().st_size for path in (tmp_path / "work").rglob("*.ipynb")) <= 2500
    with pytest.raises(ValueError, match="are read"):
        read_notebook(collected[0].path)
    assert "unpacks to more than is read" in collected[-1].problem


def test_broken_zip_is_told(tmp_path):
    (tmp_path / "all.zip").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    with pytest.raises(ValueError, match="neither a folder nor a ZIP"):
        found(tmp_path, tmp_path / "all.zip")
    (tmp_path / "bo.ipynb").write_text(EMPTY)
    assert any("the ZIP cannot be read" in each.problem for each in found(tmp_path, tmp_path))


@pytest.mark.parametrize(("make", "words"), [(True, "holds no submissions"), (False, "there is no folder or ZIP")])
def test_empty_or_missing_folder_is_told(tmp_path, make, words):
    if make:
        (tmp_path / "in").mkdir()
    with pytest.raises(ValueError, match=words):
        found(tmp_path, tmp_path / "in")


def test_shown_names_stay_short_and_keep_emoji():
    assert shown("👩‍🔬 x" + "y" * 500) == "👩‍🔬 x" + "y" * 75
    assert shown("a\nb\x00c\u2028d\ud800") == "abcd?"
