"""Records go through JSON and back."""

import json

from ganlab.course.records import CaseResult, Graded, Scored

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
