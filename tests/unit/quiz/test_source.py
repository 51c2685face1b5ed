"""What the text of a question must hold: each rule is seen refusing."""

import pytest

from ganlab.quiz.source import answers, faults, key_faults, number, parse, read, shown

SINGLE = ["Which one?", "", "- [ ] this", "  : Not this.", "- [x] that"]
MATCHING = ["Match.", "", "- [red] a", "  : Why.", "- [blue] b", "  : Why."]
ORDERING = ["Order.", "", "1. first", "2. second", "   : Why.", "3. third", "   : Why."]
NUMERIC = ["How many?", "", "- [x] 2", "- [ ] 3", "  : One too many.", "- [ ] otherwise", "  : Count."]
ARRANGING = ["Make f.", "", "- [1] `  x = 1`", "- [2 after 0] `  y = 2`", "- [3 after 1 2] `  return x + y`"]
ARRANGING += ["  : It uses both.", "- [ ] `  return x`", "  : **Forgets y.**"]
GOOD = {"single": SINGLE, "multiple": SINGLE, "matching": MATCHING, "ordering": ORDERING, "numeric": NUMERIC}
GOOD |= {"arranging": ARRANGING}


def complaints(kind, body):
    return [(fault.line, fault.text) for fault in faults(read(kind, body))]


def replaced(body, old, new):
    assert old in body
    return [line if line != old else new for line in body]


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_question_is_accepted(kind):
    assert complaints(kind, GOOD[kind]) == []


@pytest.mark.parametrize(
    ("kind", "old", "new", "line", "words"),
    [
        ("single", "Which one?", "", -1, "no prompt"),
        ("single", "- [x] that", "- [ ] that", -1, "0 options are right; single needs exactly one"),
        ("single", "- [ ] this", "- [x] this", -1, "2 options are right; single needs exactly one"),
        ("multiple", "- [x] that", "- [ ] that", -1, "multiple needs at least one"),
        ("single", "  : Not this.", "", 2, "why is it wrong?"),
        ("single", "- [ ] this", "- [?] this", 2, "the mark is [?]"),
        ("single", "- [ ] this", "- [ ]", 2, "no text"),
        ("single", "  : Not this.", ": Not this.", 3, "belongs to no option"),
        ("single", "- [x] that", "", -1, "1 options found, at least 2 needed"),
        ("matching", "- [red] a", "- [$x$] a", 2, "plain words"),
        ("matching", "- [red] a", "- [] a", 2, "plain words"),
        ("matching", "- [red] a", "- [blue] a", -1, "the same partner"),
        ("matching", "  : Why.", "", 2, "why is it wrong?"),
        ("ordering", "2. second", "4. second", 3, "the number is 4, not 2"),
        ("ordering", "   : Why.", "", 3, "why is it wrong?"),
        (
            "arranging",
            "- [1] `  x = 1`",
            "- [x] `  x = 1`",
            2,
            "the mark is [x]; number a line that belongs, as [3] or",
        ),
        ("arranging", "- [1] `  x = 1`", "- [1] x = 1", 2, "no code; put it between backticks"),
        ("arranging", "- [2 after 0] `  y = 2`", "- [4] `  y = 2`", 3, "the number is 4, not 2"),
        ("arranging", "- [2 after 0] `  y = 2`", "- [2 after 3] `  y = 2`", 3, "line 2 stands after 3"),
        ("arranging", "- [2 after 0] `  y = 2`", "- [2 after x] `  y = 2`", 3, "the mark is [2 after x]"),
        ("arranging", "- [2 after 0] `  y = 2`", "- [2 after 0] `  x = 1`", -1, "two lines are the same"),
        ("arranging", "  : It uses both.", "", 4, "why is it wrong?"),
        ("arranging", "  : **Forgets y.**", "", 6, "why is it wrong?"),
        ("numeric", "- [x] 2", "- [x] two", 2, "'two' is no number"),
        ("numeric", "- [ ] 3", "- [ ] 2", 2, "stands here twice"),
        ("numeric", "- [ ] otherwise", "- [ ] 5", -1, "numbers nobody thought of"),
        ("numeric", "- [x] 2", "- [ ] 2", -1, "exactly one [x]"),
        ("numeric", "  : One too many.", "", 3, "why is it wrong?"),
    ],
)
def test_a_fault_is_named_with_its_line(kind, old, new, line, words):
    found = complaints(kind, replaced(GOOD[kind], old, new))
    assert any(at == line and words in text for at, text in found), found


def test_more_steps_than_one_can_move_about_are_refused():
    body = ["Order."] + [part for i in range(1, 12) for part in (f"{i}. step", "   : Why.")]
    assert complaints("ordering", body) == [(-1, "11 steps are too many to move about; ask for at most 10")]


def test_paragraphs_formulas_and_line_numbers_of_an_option_are_kept():
    body = ["Q", "", "- [ ] a", "  more", "", "  $$ x $$", "", "  : Because", "", "    - of this", "- [x] b"]
    first = read("single", body).options[0]
    assert (first.text.line, first.text.text) == (2, "a\nmore\n\n$$ x $$")
    assert (first.reason.line, first.reason.text) == (7, "Because\n\n- of this")


def test_a_list_in_the_prompt_is_no_option():
    question = read("single", ["Given", "", "- [this](#that)", "- one", "", *SINGLE])
    assert question.prompt.text.startswith("Given\n\n- [this](#that)\n- one")
    assert len(question.options) == 2


@pytest.mark.parametrize("key", ["E1", "E35", "U24", "T27", "F15"])
def test_a_key_of_the_lists_is_accepted(key):
    assert key_faults([key]) == []


@pytest.mark.parametrize("key", ["E0", "E36", "U25", "T28", "F16", "X1", "e13", "13", "E13b", "E01"])
def test_any_other_key_is_refused(key):
    assert key in key_faults([key])[0]


def test_a_question_without_a_key_is_refused():
    assert "misconception is missing" in key_faults([])[0]


@pytest.mark.parametrize("text", ["", "nan", "inf", "1_000", "1,5", "0x10"])
def test_what_reads_like_a_number_to_python_only_is_none(text):
    assert number(text) is None


def test_a_source_may_be_indented_below_its_first_line():
    text = """Which one?

        - [ ] this
          : Not this.
        - [x] that"""
    assert parse("single", text) == read("single", SINGLE)


def test_an_indented_fault_is_told_with_its_line_and_cure():
    text = """
        Which one?

        - [ ] this
        - [x] that"""
    with pytest.raises(ValueError, match=r"^quiz, line 4: why is it wrong\? Give the reason below it"):
        parse("single", text)


def test_all_faults_are_told_at_once():
    with pytest.raises(ValueError) as refused:
        parse("single", "Which?\n\n- [?] this\n- [ ] that", keys="E99", tolerance=1)
    told = str(refused.value).splitlines()
    assert [line.partition(":")[0] for line in told] == ["quiz"] * 3 + ["quiz, line 3"] * 2 + ["quiz, line 4"]
    assert "E99 does not exist" in told[0]
    assert "single has no tolerance" in told[1]


@pytest.mark.parametrize("tolerance", [0, -1, float("nan"), float("inf")])
def test_a_tolerance_is_a_number_above_zero(tolerance):
    with pytest.raises(ValueError, match="write a number above 0"):
        parse("numeric", "\n".join(NUMERIC), tolerance=tolerance)


def test_an_unknown_kind_is_told_with_the_known_ones():
    with pytest.raises(ValueError, match="'essay'; choose one of single, multiple"):
        parse("essay", "")


def test_steps_are_shuffled_the_same_way_each_time_and_never_left_in_order():
    question = read("ordering", ORDERING)
    assert sorted(shown(question)) == sorted(question.options)
    assert shown(question) == shown(read("ordering", ORDERING)) != question.options


def test_lines_are_shuffled_and_the_answers_say_which_belong():
    question = read("arranging", ARRANGING)
    assert shown(question) != question.options
    assert [answer.verdict for answer in answers(question)] == [
        "is line 1.",
        "is line 2.",
        "is line 3.",
        "does not belong.",
    ]
    assert [answer.right for answer in answers(question)] == [True, True, True, False]
    assert [answer.answer for answer in answers(question)] == ["1", "2 after 0", "3 after 1 2", ""]


def test_answers_are_in_the_right_order_and_point_to_what_is_shown():
    question = read("ordering", ORDERING)
    for i, (answer, option) in enumerate(zip(answers(question), question.options, strict=True)):
        assert shown(question)[answer.option] == option
        assert answer.verdict == f"comes {['first', 'second', 'third'][i]}."
