"""One Node answers all that a process asks: what was asked before does not matter, nor that something went wrong."""

import bridge
import pytest
from bridge import ask_node

SMALL = ["gan-lab-1d", "gan-lab-2d", "marco-polo", "ratio-lab", "class-lab"]


def runs():
    return ask_node("lab", [{"tag": tag, "params": {"seed": 3}, "actions": [["step", 5]]} for tag in SMALL])


def test_what_was_asked_before_does_not_matter():
    before, random = runs(), ask_node("random", [{"seed": 1, "n": 5}])
    ask_node("twins", [{"tag": tag, "values": {}, "rounds": 3} for tag in ("gan-lab-1d", "gan-lab-2d", "ratio-lab")])
    assert (runs(), ask_node("random", [{"seed": 1, "n": 5}])) == (before, random)


def test_what_fails_is_told_in_a_few_lines_and_the_next_is_answered():
    with pytest.raises(AssertionError, match=r"undefined[\s\S]*bridge\.mjs") as error:
        ask_node("lab", [{"tag": "no-lab"}])
    assert len(str(error.value)) < 5000
    with pytest.raises(AssertionError, match="commands"):
        ask_node("no command")
    assert ask_node("math", [{"name": "exp", "x": [0]}]) == [[1]]


def test_a_node_that_has_ended_is_named_and_another_one_starts(node):
    node("specs")
    ended = bridge.server()
    ended.kill()
    ended.wait()
    with pytest.raises(AssertionError, match="specs: Node ended with -9"):
        node("specs")
    assert node("specs")
