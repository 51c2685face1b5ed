"""What `make test` leaves out is run by `make test-slow`."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_make_test_slow_names_the_place_of_every_slow_test():
    (command,) = re.findall(r"^\t.* -m slow .*", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = [ROOT / word for word in command.split() if word.startswith("tests/")]
    slow = [path for path in (ROOT / "tests").rglob("*.py") if re.search(r"mark\.slow", path.read_text("utf-8"))]
    assert [path for path in named if not path.exists()] == []
    assert [path for path in slow if not any(path.is_relative_to(place) for place in named)] == []
