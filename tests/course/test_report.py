"""The class report: counts that add up, sentences that hold, silence where there is nothing to say."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

from made_up import BOOK, Reader, a_class, any_graded, graded, scored

from ganlab.checks.exercise import STILL_RUNNING
from ganlab.course import assignments
from ganlab.course.pages import plain
from ganlab.course.records import NEEDS_LOOK
from ganlab.course.report import Exercise, sentences, silence, write_report

SEEDS = pytest.mark.parametrize("seed", range(10))


@pytest.fixture
def report(tmp_path):
    """`report(submissions)`: the report as it is read."""

    def read(submissions, book=BOOK):
        write_report("GANs & co", submissions, tmp_path / "report.html", book=book)
        return Reader((tmp_path / "report.html").read_text(encoding="utf-8"))

    return read


def exercises(submissions, book=BOOK):
    """The exercises of one chapter."""
    columns = zip(*(each.scored for each in submissions), strict=True)
    return [Exercise(answers[0].title, answers, book) for answers in columns]


def said(report):
    """What is to be said in class of the first chapter, as one text."""
    return report.text.partition("To say in class")[2].partition("What the checks found")[0].strip()


def test_the_sentences_of_a_class(report):
    assert said(report(a_class())).splitlines() == [
        "“The non-saturating generator loss” is settled: nine of the eleven who tried it have it fully right.",
        "Four of the eleven answers to “The discriminator loss from logits” go wrong in the same way: each takes the "
        "logarithm of a sigmoid; chapter 5, “Two generator losses”, takes this up under “Numbers that overflow”.",
        "Four of twelve have no answer to “The nine steps in order”: tell me what stood in the way.",
    ]


def test_without_the_book_a_sentence_names_no_place():
    assert sentences(exercises(a_class(), book=None))[1].endswith("each takes the logarithm of a sigmoid.")


def test_a_mistake_whose_title_is_no_verb_is_quoted():
    found = sentences(exercises([graded(name, "right", "minimax") for name in "abc"]))
    assert any("All three answers" in each and ": “the minimax loss, whose slope vanishes”;" in each for each in found)


def test_a_mistake_that_is_not_known_is_told_by_the_property():
    found = sentences(exercises([graded(name, "own") for name in "abc"]))
    assert found == [
        "All three answers to “The discriminator loss from logits” fail first at the same property: “With real logit 2 "
        "and fake logit -1 the loss is 0.1269 + 0.3133.”"
    ]


def endless(student):
    """A submission whose first answer does not end."""
    found = graded(student, "own")
    cases = [replace(case, saw=f"{STILL_RUNNING} 10 seconds and was stopped") for case in found.scored[0].cases]
    return replace(found, scored=(replace(found.scored[0], cases=tuple(cases)),))


def test_an_answer_that_does_not_end_is_told_by_that_and_not_by_a_property(report):
    text = report([endless("a"), graded("b", "own"), graded("c", "right")]).text
    assert "1 × runs past its time limit" in text
    assert text.count("the first property that does not hold") == 1
    assert sentences(exercises([endless("a"), endless("b"), graded("c", "right")])) == [
        "Two of the three answers to “The discriminator loss from logits” go wrong in the same way: each runs past its "
        "time limit."
    ]


def waiting(student):
    """A submission whose first answer a person has to mark."""
    found = graded(student, "right")
    open_ = replace(found.scored[0], points=0, cases=(), note=f"{NEEDS_LOOK}: nothing could be replayed")
    return replace(found, scored=(open_,), needs_look=True)


def test_an_answer_without_a_mark_is_neither_right_nor_wrong(report):
    text = report([graded("a", "right"), graded("b", "half"), waiting("c")]).text
    assert "Tried by 3 of 3; marked 2 of 3; fully right 1 of 2 (50 %); mean share of the points 90 %" in text
    assert "not marked: needs a look: nothing could be replayed" in text
    open_ = report([waiting("a"), waiting("b")]).text
    assert "No data: tried by 2 of 2, and none of these answers is marked." in open_


def test_nothing_is_called_settled_while_marks_are_missing():
    assert sentences(exercises([*(graded(name, "right") for name in "abcdefg"), waiting("h")])) == []


SILENT = {
    "No submission has been graded yet": [],
    "Nobody has answered": [graded(name, "not attempted", "lost") for name in "abc"],
    "There is one submission": [graded("a", "half", "right")],
    "No two answers go wrong alike": [graded("a", "half"), graded("b", "sigmoid"), graded("c", "own")],
}


@pytest.mark.parametrize("why", SILENT)
def test_there_is_no_sentence_where_there_is_nothing_to_say(why):
    found = exercises(SILENT[why])
    assert sentences(found) == []
    assert silence(found).startswith(why)


def test_all_right_is_one_sentence():
    found = exercises([graded(name, "right", "right", "right") for name in "abc"])
    assert sentences(found) == ["All three have every point in all three exercises, so there is nothing to go over."]
    assert silence(found) == ""


@pytest.mark.parametrize("n", [2, 3, 7, 12, 40])
def test_no_sentence_is_about_one_person(n):
    """Every pair of a mistake and a person, in a class of n that is right but for that."""
    for outcome in ("sigmoid", "half", "own", "not attempted", "lost"):
        found = sentences(exercises([graded("odd", outcome), *(graded(str(i), "right") for i in range(n - 1))]))
        assert not [each for each in found if "wrong" in each or "fail" in each or "no answer" in each], found


def test_an_exercise_that_half_of_a_class_left_out_is_not_settled():
    found = sentences(exercises([graded(str(i), "right" if i < 4 else "not attempted") for i in range(8)]))
    assert found == [
        "Four of eight have no answer to “The discriminator loss from logits”: tell me what stood in the way."
    ]


@SEEDS
def test_states_add_up_to_the_submissions(seed):
    exercise = Exercise("any", tuple(answer for i in range(9) for answer in any_graded(9 * seed + i).scored))
    assert sum(exercise.states.values()) == len(exercise.answers) == sum(part[4] for part in exercise.bar)
    assert sum(part[3] for part in exercise.bar) == pytest.approx(100)
    assert sum(mistake.count for mistake in exercise.mistakes) + sum(n for _, n in exercise.stops) == (
        exercise.tried - exercise.right
    )
    assert 0 <= exercise.share <= 1


def test_rates_and_shares_are_those_of_the_class(report):
    shown = " ".join(report(a_class()).text.split())
    assert "Tried by 11 of 12; fully right 4 of 11 (36 %); mean share of the points 72 %" in shown
    assert "Tried by 8 of 12; fully right 8 of 8 (100 %); mean share of the points 67 %" in shown
    assert "4 × takes the logarithm of a sigmoid" in shown
    assert "2 × halves the sum" in shown


def test_a_bar_says_in_words_what_it_shows(report):
    labels = [value for tag, name, value in report(a_class()).attributes if (tag, name) == ("svg", "aria-label")]
    assert labels[0] == "4 right, 7 partly right, 1 not attempted or not found, of 12"


def test_an_exercise_without_answers_says_so(report):
    shown = report([graded(name, "right", "not attempted") for name in "abc"]).text
    assert shown.count("No data: nobody has answered it.") == 2  # below its bar, and where mistakes would stand
    assert "0 %" not in shown.replace("100 %", "")


def test_who_needs_a_look_is_named_with_the_reason_and_nobody_else(report):
    shown = report(a_class()).text
    assert "Two cells define d_loss." in shown.partition("Who needs a look")[2]
    assert "Héloïse" in shown
    assert not any(name in shown for name in ("Ada", "Emil", "Zoë"))


def test_an_answer_without_a_mark_is_listed_with_its_reason(report):
    stopped = replace(scored("d_loss", "not attempted"), note="it ran longer than 10 s")
    shown = report([replace(graded("Ada"), scored=(stopped,)), graded("Bo", "right")]).text
    assert "Ada, The discriminator loss from logits: it ran longer than 10 s" in shown
    assert "1 × not marked: it ran longer than 10 s" in shown


def test_a_file_that_could_not_be_read_is_listed_and_counts_nowhere(report):
    shown = " ".join(
        report([graded("Ada", notes=["no notebook"]), graded("Bo", "right"), graded("Cy", "right")]).text.split()
    )
    assert "3 submissions" in shown
    assert "One of them could not be read" in shown
    assert "Tried by 2 of 2" in shown
    assert "no notebook" in shown.partition("Who needs a look")[2]


def test_time_is_told(report):
    shown = report([graded(name, "right", seconds=s) for name, s in [("a", 1), ("b", 2), ("c", 30)]]).text
    assert "2.0 s for the median submission and 30.0 s for the slowest; all three add up to 33 s." in shown


def two_chapters():
    """The class, and five of another chapter, three of which halve; the last could not be read."""
    others = [graded(name, "half" if i < 3 else "right", seconds=1) for i, name in enumerate("abcd")]
    return [
        *a_class(),
        *(replace(each, chapter="05-two-generator-losses") for each in others),
        replace(graded("e", notes=["no notebook"]), chapter="05-two-generator-losses"),
    ]


def test_each_chapter_has_its_own_sentences_rates_mistakes_and_time(report):
    _, five, six = re.split(r"\n(?=Chapter \d: .*\n\d+ submissions)", report(two_chapters()).text)
    for words in (
        "One of them could not be read",
        "Three of the four answers to “The discriminator loss from logits” go wrong in the same way: each halves",
        "Tried by 4 of 4; fully right 1 of 4 (25 %)",
        "3 × halves the sum",
        "all five add up to 6 s",
    ):
        assert words in five
    assert "sigmoid" not in five
    alone = report(a_class()).text
    assert alone.partition("To say in class")[2].partition("Who needs")[0] in six


def test_summary_stands_above_the_chapters_and_leads_to_them(report):
    made = report(two_chapters())
    assert made.text.index("All chapters") < made.text.index("To say in class")
    for row in ("Chapter 5: Two generator losses525 %1", "Chapter 6: Your first GAN1270 %1"):
        assert row in made.text
    links = [value for tag, name, value in made.attributes if tag == "a" and name == "href" and value.startswith("#")]
    ids = [value for tag, name, value in made.attributes if (tag, name) == ("h2", "id")]
    assert links == ["#chapter-1", "#chapter-2"]
    assert ids == ["summary", "chapter-1", "chapter-2", "looks"]


def test_one_chapter_needs_no_summary(report):
    assert "All chapters" not in report(a_class()).text


def test_order_of_the_slugs_is_that_of_the_book():
    assert sorted(assignments.chapters()) == list(assignments.chapters())


def test_who_needs_a_look_is_named_with_the_chapter_where_there_are_several(report):
    looks = report(two_chapters()).text.partition("Who needs a look")[2]
    assert "Héloïse, Chapter 6: Your first GAN, file" in looks


@SEEDS
def test_any_text_is_shown_as_text(report, seed):
    submissions = [any_graded(100 * seed + i) for i in range(3)]
    made = report(submissions)
    assert made.elements.isdisjoint({"script", "img", "iframe", "object", "form"})
    assert not [name for _, name, _ in made.attributes if name.startswith("on")]
    looked = [each for each in submissions if each.needs_look]
    wanted = [text for each in looked for text in (each.student, each.file, *each.notes)]
    assert [made.text.count(plain(text)) for text in wanted] == [1] * len(wanted)
    mistakes = [answer.mistake for each in submissions for answer in each.scored if answer.mistake]
    assert all(plain(text) in made.text for text in mistakes)
