"""The tables: headings as the learning systems want them, totals that add up, and no cell that computes."""

import csv
import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

from made_up import BOOK, a_class, any_graded, graded, scored

from ganlab.course.table import people, write_grades


@pytest.fixture
def tables(tmp_path):
    """`tables(submissions)`: the rows of each file, by the end of its name."""

    def read(submissions, **options):
        write_grades(submissions, tmp_path / "grades.csv", book=BOOK, **options)
        found = {}
        for file in tmp_path.glob("grades*.csv"):
            with open(file, encoding="utf-8-sig", newline="") as lines:
                found[file.stem.removeprefix("grades").removeprefix("-")] = list(csv.reader(lines))
        return found

    return read


def test_headings(tables):
    found, chapter = tables(a_class()), "Chapter 6: Your first GAN"
    assert {name: rows[0] for name, rows in found.items()} == {
        "": ["student", "d_loss", "g_loss", "nine_steps", "total", "out of", "needs a look", "notes"],
        "canvas": ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", chapter],
        "moodle": ["Identifier", chapter],
        "gradescope": ["Name", "SID", "Email", chapter, f"{chapter} - Max Points"],
    }


def test_headings_stay_without_a_submission(tables):
    found = tables([])
    assert found[""] == [["student", "total", "out of", "needs a look", "notes"]]
    assert found["canvas"][0][:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]


def test_rows_of_people(tables):
    rows = {row[0]: row[1:] for row in tables(a_class())[""]}
    assert rows["Ada"] == ["5", "3", "1.5", "9.5", "9.5", "no", ""]
    notes = "No answer to nine_steps was found. | Two cells define d_loss."
    assert rows["Héloïse"] == ["3", "1", "0", "4", "9.5", "yes", notes]
    assert len(rows) == 13
    assert "Łukasz 🦊" in rows


def test_people_stand_in_the_order_of_a_list_of_names(tables):
    names = [row[0] for row in tables([graded(name, "right") for name in ["Zoë", "bo", "Çağla", "Ada"]])[""][1:]]
    assert names == ["Ada", "bo", "Çağla", "Zoë"]


@pytest.mark.parametrize("seed", range(10))
def test_totals_add_up_in_every_file(tables, seed):
    found = tables([any_graded(10 * seed + i) for i in range(5)])
    head, *rows = found[""]
    tasks = slice(1, head.index("total"))
    totals = [float(row[head.index("total")]) for row in rows]
    assert totals == pytest.approx([sum(float(cell) for cell in row[tasks] if cell) for row in rows])
    for name, first, column in [("canvas", 2, 5), ("moodle", 1, 1), ("gradescope", 1, 3)]:
        assert [float(row[column]) for row in found[name][first:]] == totals


def test_numbers_are_numbers_that_every_system_reads(tables):
    third = scored("d_loss", points=1 / 3)
    assert tables([replace(graded("Ada"), scored=(third,))])[""][1][1] == "0.3333"


def test_canvas_gets_the_points_that_are_possible_in_the_row_below_the_headings(tables):
    assert tables(a_class())["canvas"][1] == ["Points Possible", "", "", "", "", "9.5"]


def test_nobody_can_stand_in_for_the_row_of_possible_points(tables):
    rows = tables([graded("Points Possible", "right"), graded("Ada", "half")])["canvas"]
    assert [row[0] for row in rows if "Points Possible" in row[0]] == ["Points Possible"]
    assert rows[2][0] == "Ada"


def test_moodle_finds_no_empty_identifier_which_it_would_take_for_the_person_before(tables):
    assert tables([graded("", "right"), graded("Ada", "half")])["moodle"][1:] == [["Ada", "4"]]


def test_a_student_with_two_chapters_has_one_row(tables):
    other = replace(graded("Ada", "half"), chapter="05-two-generator-losses")
    other = replace(other, scored=(replace(other.scored[0], task="starving"),))
    found = tables([graded("Ada", "right"), other, graded("Bo", "sigmoid")])
    assert found[""][0][1:4] == ["starving", "d_loss", "total"]
    assert found[""][1:] == [["Ada", "4", "5", "9", "10", "no", ""], ["Bo", "", "3", "3", "5", "no", ""]]
    assert found["canvas"][0][5:] == ["Chapter 5: Two generator losses", "Chapter 6: Your first GAN"]
    assert [row[5:] for row in found["canvas"][2:]] == [["4", "5"], ["", "3"]]


def test_who_could_not_be_read_has_no_points_rather_than_none_of_them(tables):
    found = tables([graded("Ada", "right"), graded("Bo", notes=["no notebook"], needs_look=True)])
    assert found[""][2] == ["Bo", "", "", "5", "yes", "no notebook"]
    assert found["canvas"][-1][-1] == found["moodle"][-1][-1] == found["gradescope"][-1][-2] == ""


def test_two_submissions_of_a_student_are_told(tables):
    with pytest.raises(ValueError, match=r"'Ada' has two submissions of 06-first-gan, .*; keep one"):
        tables([graded("Ada", "right"), graded("Ada", "half")])


@pytest.mark.parametrize("name", ['O"Hara, "Jim", x', "Müller, Ångström 🦊", "李雷", "  two   spaces ", "a;b", "x\ny"])
def test_a_name_with_any_sign_is_one_cell(tables, name):
    for rows in tables([graded(name, "right")]).values():
        assert rows[-1][0] == " ".join(name.split())
        assert len(rows[-1]) == len(rows[0])


FORMULAS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    " =1",
    "＝1+1",
    '=HYPERLINK("x")',
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_text_is_a_formula(tables, formula):
    odd = replace(
        graded(formula, "right", notes=[formula]), scored=(replace(graded("", "right").scored[0], task=formula),)
    )
    cells = [cell for rows in tables([odd]).values() for row in rows for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@", "＝"))]
    assert not [cell for cell in cells if "\t" in cell or "\r" in cell or "\n" in cell]


@pytest.mark.parametrize("text", ["x;=1+1", 'x; "=1+1', "x;;@SUM(A1)"])
def test_no_text_is_a_formula_where_a_semicolon_separates_cells(tmp_path, text):
    write_grades([graded(text, "right", notes=[text])], tmp_path / "grades.csv")
    for file in tmp_path.glob("*.csv"):
        cells = file.read_text(encoding="utf-8-sig").replace("\n", ";").split(";")
        assert not [cell for cell in cells if cell.lstrip(' "').startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("seed", range(5))
def test_any_text_leaves_the_table_a_table(tables, seed):
    source = random.Random(seed)
    names = ["".join(chr(source.choice([*range(0, 0x250), 0xD800])) for _ in range(12)) + str(i) for i in range(6)]
    for rows in tables([graded(name, "half", notes=[name]) for name in names]).values():
        assert {len(row) for row in rows} == {len(rows[0])}
        assert len(rows) in (7, 8)


def test_excel_is_told_of_utf8_and_the_learning_systems_get_none_of_it(tmp_path):
    write_grades(a_class(), tmp_path / "grades.csv")
    marked = {file.name for file in tmp_path.glob("*.csv") if file.read_bytes().startswith(b"\xef\xbb\xbf")}
    assert marked == {"grades.csv"}


# With a list of people.

CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section\nPoints Possible,,,,\n" + (
    '"Lovelace, Ada",17,s1,al1,Tue\n"Özil, Bö",18,s2,bo2,Wed\n"Twin, Tom",19,s3,t3,Tue\n"Twin, Tom",20,s4,t4,Tue\n'
)
MOODLE = "First name,Last name,ID number,Email address\nAda,Lovelace,s1,al1@uni.example\nBö,Özil,s2,bo2@uni.example\n"
GRADESCOPE = "First Name,Last Name,SID,Email\nAda,Lovelace,s1,al1@uni.example\nBö,Özil,s2,bo2@uni.example\n"
STUDENTS = ["lovelaceada", "bö özil", "Tom Twin", "Nobody"]


@pytest.fixture
def known(tmp_path):
    """`known(list)`: who of STUDENTS is in an exported list."""

    def read(exported, students=STUDENTS):
        (tmp_path / "list.txt").write_text(exported, encoding="utf-8-sig")
        return people(tmp_path / "list.txt", students)

    return read


@pytest.mark.parametrize("exported", [CANVAS, MOODLE, GRADESCOPE], ids=["Canvas", "Moodle", "Gradescope"])
def test_people_are_found_by_name_login_mail_or_number(known, exported):
    assert set(known(exported)) == {"lovelaceada", "bö özil"}  # Tom could be two people
    names = ["al1", "S2", "AdaLovelace", "Lovelace Ada"]
    assert list(known(exported, names)) == names


def test_people_who_are_found_stand_in_the_files_as_the_system_knows_them(tables, known):
    submissions = [graded(name, "right") for name in STUDENTS]
    assert tables(submissions, people=known(CANVAS))["canvas"][2:] == [
        ["Özil, Bö", "18", "s2", "bo2", "Wed", "5"],
        ["Lovelace, Ada", "17", "s1", "al1", "Tue", "5"],
    ]
    assert tables(submissions, people=known(MOODLE))["moodle"][1:] == [
        ["bo2@uni.example", "5"],
        ["al1@uni.example", "5"],
    ]
    row = ["Ada Lovelace", "s1", "al1@uni.example", "5", "5"]
    assert tables(submissions, people=known(GRADESCOPE))["gradescope"][2] == row


def test_a_list_of_another_system_serves_too(tables, known):
    submissions = [graded(name, "right") for name in STUDENTS]
    found = tables(submissions, people=known(MOODLE))
    assert found["canvas"][2] == ["Bö Özil", "", "s2", "", "", "5"]
    assert found["gradescope"][1] == ["Bö Özil", "s2", "bo2@uni.example", "5", "5"]
    assert [row[0] for row in tables(submissions, people=known(CANVAS))["moodle"][1:]] == ["bo2", "al1"]


def test_who_is_not_in_the_list_stands_in_the_file_for_people_alone(tables, known):
    found = tables([graded(name, "right") for name in STUDENTS], people=known(MOODLE))
    assert len(found[""]) == 5
    assert len(found["moodle"]) == 3
    assert len(found["canvas"]) == 4


def test_a_list_in_another_encoding_is_told(tmp_path):
    (tmp_path / "list.csv").write_bytes("Name\nBö\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"must be CSV in UTF-8, got other bytes .* export it once more"):
        people(tmp_path / "list.csv", ["Bö"])
