"""Records go through JSON and back."""

import json
import random

import pytest

from ganlab.course.records import CaseResult, Graded, Scored, one_line

CASE = CaseResult("two_places", "It is the sum", 2.0, "failed", False, saw="−1", expected="−2", hint="Sum up.")
SCORED = Scored("value", "The value", 1.0, 8.0, (CASE, CASE), misconception="E20", mistake="averages")
GRADED = Graded("Zoë", "Zoë.ipynb", "04-the-game", (SCORED,), ("found by name",), True, 3.5)


def test_a_record_is_the_same_after_it_was_stored():
    for record in (CASE, SCORED, GRADED):
        assert type(record).from_json(json.loads(json.dumps(record.to_json()))) == record


def test_stored_records_keep_no_tuples():
    assert json.loads(json.dumps(GRADED.to_json())) == GRADED.to_json()


def test_keys_of_a_later_version_are_left_out():
    assert Scored.from_json({**SCORED.to_json(), "colour": "red"}) == SCORED


@pytest.mark.parametrize("seed", range(20))
def test_any_text_from_outside_is_one_printable_line_of_limited_length(seed):
    source = random.Random(seed)
    text = "".join(chr(source.choice([*range(0x300), 0x202E, 0x2028, 0xD800, 0x1F642, 10])) for _ in range(150 * seed))
    found = one_line(text)
    assert all(letter.isprintable() for letter in found)
    assert len(found) <= 601
    assert one_line(found) == found


def test_what_can_be_read_is_kept():
    assert one_line("  Zoë’s −1.5 🙂 \n <b> ") == "Zoë’s −1.5 🙂 <b>"
    assert one_line("x" * 700) == "x" * 600 + "…"
