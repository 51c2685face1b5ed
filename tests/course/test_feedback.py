"""The page of one submission: every text as text, once; points that add up; help that fits."""

import re
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

from made_up import BOOK, Reader, a_class, any_graded, graded, scored

from ganlab.course import pages
from ganlab.course.feedback import write_feedback
from ganlab.course.pages import plain

SEEDS = pytest.mark.parametrize("seed", range(20))


@pytest.fixture
def page(tmp_path):
    """`page(graded)`: the page as it is read."""

    def read(submission, book=BOOK):
        write_feedback("GANs & co", submission, tmp_path / "page.html", book=book)
        return Reader((tmp_path / "page.html").read_text(encoding="utf-8"))

    return read


def texts(submission):
    """All texts that the page must show, once each."""
    found = [submission.student, submission.file]
    for answer in submission.scored:
        found += [answer.mistake, answer.note]
        for case in answer.cases:
            found += [case.title, case.saw, case.expected, case.hint, case.remark]
    return [text for text in found if text]


@SEEDS
def test_any_text_is_shown_as_text_and_once(page, seed):
    submission = any_graded(seed)
    shown = page(submission).text
    assert {text: shown.count(plain(text)) for text in texts(submission)} == dict.fromkeys(texts(submission), 1)


@SEEDS
def test_titles_stand_in_the_overview_and_above_the_answer(page, seed):
    submission = any_graded(seed)
    shown, once_or_twice = page(submission).text, 1 + (len(submission.scored) > 1)
    assert [shown.count(plain(answer.title)) for answer in submission.scored] == [once_or_twice] * len(
        submission.scored
    )


@SEEDS
def test_no_text_becomes_an_element_or_leaves_an_attribute(page, seed):
    made = page(any_graded(seed))
    assert made.elements.isdisjoint({"script", "img", "iframe", "object", "form"})
    assert not [name for _, name, _ in made.attributes if name.startswith("on")]


@SEEDS
def test_no_control_character_and_no_turn_of_direction_is_left(page, seed):
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page(any_graded(seed)).text) == []


@SEEDS
def test_points_add_up(page, seed):
    submission = any_graded(seed)
    points, out_of = (sum(getattr(each, name) for each in submission.scored) for name in ("points", "out_of"))
    assert f"{points:g} of {out_of:g} points." in page(submission).text


def test_nothing_is_asked_for_and_no_script_may_run(page):
    made = page(a_class()[4])
    addresses = [value for _, name, value in made.attributes if name in ("src", "href", "srcset", "action")]
    assert {value.partition(":")[0].partition("-")[0] for value in addresses} <= {"https", "#answer", "data"}
    assert [tag for tag, name, value in made.attributes if name == "href" and value.startswith("http")] == [
        "a",
    ]
    policy = next(value for _, name, value in made.attributes if name == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none'")
    assert "script" not in policy


def test_what_was_seen_expected_and_hinted_is_told_of_the_first_problem_alone(page):
    first = scored("d_loss", "half")
    second = replace(first.cases[1], status="failed", saw="seen second", hint="hint of the second")
    shown = page(replace(graded("Ada"), scored=(replace(first, cases=(first.cases[0], second, first.cases[2])),))).text
    assert "with all logits 0 the loss is 0.6931" in shown
    assert "Did you halve the sum?" in shown
    assert "seen second" not in shown
    assert "hint of the second" not in shown
    assert second.title in shown.partition("After that")[2]


def test_a_known_mistake_comes_with_its_place_in_the_book(page):
    made = page(graded("Ada", "sigmoid"))
    assert "takes the logarithm of a sigmoid" in made.text
    assert "Numbers that overflow, chapter 5, “Two generator losses”." in made.text
    assert ("a", "href", "https://book.example/chapters/05-two-generator-losses.html#t18") in made.attributes


@pytest.mark.parametrize("outcome", ["sigmoid", "half", "own", "minimax"])
def test_without_the_book_no_place_is_named(page, outcome):
    made = page(graded("Ada", outcome, outcome), book=None)
    assert "The book" not in made.text
    assert "the book" not in made.text
    assert made.text.lstrip().startswith("Chapter 6: First GAN")


def explained_at(page):
    """A book that explains everything at one address."""
    named = SimpleNamespace(title="Numbers that overflow", page=page)
    return SimpleNamespace(chapter=BOOK.chapter, misconception=lambda key: named)


def test_an_address_that_is_none_is_no_link():
    assert pages.place("T18", explained_at("javascript:alert(1)")) == ("Numbers that overflow", "", "")


def test_a_page_that_is_no_chapter_is_called_a_page():
    book = explained_at("https://book.example/is-this-normal.html#x")
    assert pages.place("T18", book).where == "the page “Is this normal”"


NEXT = {
    "right": None,
    "half": "it is in your notebook too",
    "sigmoid": "This check is not in your notebook",
    "not attempted": "Write a first version",
    "lost": "# EXERCISE d_loss",
}


@pytest.mark.parametrize("outcome", NEXT)
def test_the_next_step_fits(page, outcome):
    shown = page(graded("Ada", outcome)).text
    assert ("Next step" in shown) == (outcome != "right")
    assert NEXT[outcome] is None or NEXT[outcome] in shown.partition("Next step")[2]


def test_an_answer_that_could_not_be_marked_says_why(page):
    stopped = replace(scored("d_loss", "not attempted"), note="it ran longer than 10 s")
    shown = page(replace(graded("Ada"), scored=(stopped,))).text
    assert "not marked" in shown
    assert "it ran longer than 10 s" in shown
    assert "Restart the notebook" in shown


def test_marks_that_were_won_before_the_end_are_told_with_the_reason(page):
    answer = scored("d_loss")
    cut = (answer.cases[0], *(replace(case, status="not run") for case in answer.cases[1:]))
    shown = page(replace(graded("Ada"), scored=(replace(answer, points=1, cases=cut, note="it ran too long"),))).text
    assert "partly right" in shown
    assert "it ran too long" in shown
    assert shown.count("not reached") == 2


@pytest.mark.parametrize(("how", "words"), [("marker", "by the line “# EXERCISE d_loss”"), ("name", "by the name")])
def test_how_an_answer_was_found_is_told_where_it_is_not_the_usual_way(page, how, words):
    assert f"found {words}" in page(replace(graded("Ada"), scored=(scored("d_loss", recovered=how),))).text
    assert "was found" not in page(graded("Ada", "right")).text


def test_notes_are_told_but_for_a_submission_that_needs_a_look(page):
    odd = graded("Ada", "right", notes=["Known mistakes pass."])
    assert "Known mistakes pass." in page(odd).text
    looked = page(replace(odd, needs_look=True)).text
    assert "Known mistakes pass." not in looked
    assert "A person will look" in looked


def test_points_that_were_withheld_wait_for_a_person_and_the_details_for_the_instructor(page):
    note = "not counted, since it made a wrong answer pass (halves the sum)"
    held = replace(scored("d_loss", "not attempted"), note=note)
    shown = page(replace(graded("Ada"), scored=(held,), needs_look=True)).text
    assert "not counted until a person has looked" in shown
    assert "halves the sum" not in shown
    assert "Talk with your instructor" in shown.partition("Next step")[2]


def test_why_a_file_could_not_be_read_is_told(page):
    shown = page(graded("Ada", notes=["It is a picture, not a notebook."], needs_look=True)).text
    assert "No answer could be read from this file." in shown
    assert "It is a picture, not a notebook." in shown


def test_all_right_is_said_in_one_sentence(page):
    shown = page(graded("Ada", "right", "right", "right")).text
    assert "9.5 of 9.5 points. Every check of every exercise passes." in shown
    assert "Of three" not in shown


def test_the_overview_counts_each_state(page):
    assert "Of three exercises: two partly right and one not found." in page(a_class()[7]).text


def test_a_long_text_is_cut_and_says_so():
    assert plain("x" * 2010) == "x" * 2000 + "… (10 more characters)"


def test_text_that_is_not_unicode_is_written_all_the_same(page):
    assert "odd ? name" in page(graded("odd \udcff name", "right")).text


def test_the_same_submission_gives_the_same_file_and_replaces_the_old(tmp_path):
    file = tmp_path / "new" / "page.html"
    for student in ("Bo", "Ada", "Ada"):
        write_feedback("GANs", graded(student, "half"), file)
        written = file.read_bytes()
    write_feedback("GANs", graded("Ada", "half"), file)
    assert file.read_bytes() == written
    assert [each.name for each in file.parent.iterdir()] == ["page.html"]


def test_a_link_in_the_place_of_the_page_is_replaced_not_followed(tmp_path):
    (tmp_path / "grades").write_text("keep")
    (tmp_path / "page.html").symlink_to(tmp_path / "grades")
    write_feedback("GANs", graded("Ada", "right"), tmp_path / "page.html")
    assert (tmp_path / "grades").read_text() == "keep"
    assert not (tmp_path / "page.html").is_symlink()


def test_a_missing_jinja2_is_told_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ImportError, match=r"pip install 'ganlab\[course\]'"):
        write_feedback("GANs", graded("Ada", "right"), tmp_path / "page.html")


def test_what_is_no_submission_is_told(tmp_path):
    with pytest.raises(TypeError, match=r"Graded.from_json"):
        write_feedback("GANs", {"student": "Ada"}, tmp_path / "page.html")
