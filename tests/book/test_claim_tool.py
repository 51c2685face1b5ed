"""`make claims`: toy pages under other seeds, results that survive a kill, and the table that is made of them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import claim_table
import claims
import processor

HEAD = "---\nkernelspec:\n  name: python3\n  display_name: Python 3\n  language: python\n---\n\n"
CELL = "```{code-cell} ipython3\n:tags: [%s]\n\n%s\n```\n\n"
PAGE = HEAD + CELL % ("claim-toy-a", "assert 2 < 1000, 'hidden'\nx = 1\nassert x < 2  # room enough")


@pytest.fixture
def write(tmp_path):
    def write(text, name="toy"):
        path = tmp_path / f"{name}.md"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_processor_is_named_as_the_system_names_it(tmp_path):
    info = tmp_path / "cpuinfo"
    info.write_text("processor : 0\nmodel name\t: Two: Cores\nprocessor : 1\nmodel name\t: Two: Cores\n")
    assert processor.processor(info) == "Two: Cores"
    assert processor.processor(tmp_path / "none") == processor.platform.processor()


def run(path, offset, **changed):
    """A made-up run of a page."""
    measured = {"what": "x", "sense": "<", "value": offset / 1000, "bound": 4.0}
    note = {"claim": "claim-toy-a", "test": "x < 4", "held": offset < 4000, "message": "", "measured": [measured]}
    code, here = claims.code_digest(claims.read(path)), claims.machine()
    return {
        **{"page": path.stem, "offset": offset, "code": code, "machine": here, "date": "2030-01-01", "seconds": 1.0},
        **{"error": "", "asserts": [note], "printed": [f"x is {offset} of 9\n"]},
        **changed,
    }


def test_a_page_runs_under_the_offset_and_failing_claims_do_not_stop_it(write, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", "data")  # a path of the reader's, not of the folder in which a page runs
    page = write(
        HEAD
        + CELL % ("", f"import os\nassert os.environ['GANLAB_DATA'] == {os.path.abspath('data')!r}")
        + CELL % ("", "from ganlab.seeds import generator\nfirst = generator(5).initial_seed()")
        + CELL % ("claim-toy-a", "assert first < 100, 'too large'\nassert first > 2000")
        + CELL % ("nbval-check-output", "print(first)\nfirst")
        + CELL % ("claim-toy-b", "missing")
        + CELL % ("", "assert first == 3005")
    )
    result = claims.measure(page, 3000)
    assert result["error"] == ""
    assert result["asserts"].pop(0)["held"]
    notes = [(note["claim"], note["test"], note["held"], note["message"]) for note in result["asserts"]]
    assert notes == [
        ("claim-toy-a", "first < 100", False, "too large"),
        ("claim-toy-a", "first > 2000", True, ""),
        ("claim-toy-b", "the cell runs to its end", False, "NameError: name 'missing' is not defined"),
        (None, "first == 3005", True, ""),
    ]
    assert result["printed"] == ["3005\n3005"]
    assert result["asserts"][1]["measured"] == [{"what": "first", "sense": ">", "value": 3005, "bound": 2000}]


def test_an_error_outside_the_claims_ends_the_run_is_reported_and_is_tried_again(write, tmp_path, capsys):
    page = write(HEAD + CELL % ("", "1 / 0") + CELL % ("claim-toy-a", "assert 1 < 2"))
    for _ in range(2):
        claims.try_page(page, [1000], tmp_path)
        assert "1 runs to do" in capsys.readouterr().out
    assert claims.findings(page, tmp_path)[0] == ["toy, offset 1000: ZeroDivisionError: division by zero"]
    assert "0/0" not in claims.table(tmp_path)
    assert "- **offset 1000 ended with ZeroDivisionError: division by zero**" in claims.table(tmp_path)


def test_a_kill_loses_no_run_and_the_next_call_goes_on(write, tmp_path, monkeypatch, capsys):
    page, asked = write(PAGE), []

    def measure(path, offset):
        asked.append(offset)
        if asked == [1000, 2000, 3000]:
            raise KeyboardInterrupt
        return run(path, offset)

    monkeypatch.setattr(claims, "measure", measure)
    with pytest.raises(KeyboardInterrupt):
        claims.try_page(page, [1000, 2000, 3000, 4000], tmp_path)
    assert "`claim-toy-a` holds in 2/2" in (tmp_path / "README.md").read_text(encoding="utf-8")
    with (tmp_path / "toy.jsonl").open("a") as file:
        file.write('{"page": "toy", "off')
    with (tmp_path / "toy.jsonl").open("ab") as file:
        file.write("±".encode()[:1])  # the kill came while a line was written, within a character
    claims.try_page(page, [1000, 2000, 3000, 4000], tmp_path)
    assert asked == [1000, 2000, 3000, 3000, 4000]
    assert [run["offset"] for run in claims.stored("toy", tmp_path)] == [1000, 2000, 3000, 4000]
    assert "offset 3000 (1 of 2): 1 s, all hold; 0 min left" in capsys.readouterr().out


SLOW = """
from pathlib import Path
import os, time
if os.environ["GANLAB_SEED_OFFSET"] == "2000":
    Path("{marker}").touch()
    time.sleep(600)
assert 1 < 2
"""
TOOL = """
import sys
sys.path.insert(0, sys.argv[1])
import claims
claims.try_page(claims.Path(sys.argv[2]), [1000, 2000, 3000], claims.Path(sys.argv[3]))
"""


@pytest.mark.parametrize(
    "stop",
    [pytest.param(signal.SIGINT, id="SIGINT"), pytest.param(signal.SIGTERM, id="SIGTERM", marks=pytest.mark.slow)],
)
def test_a_signal_ends_the_tool_at_once_and_leaves_what_was_measured(write, tmp_path, stop):
    marker = tmp_path / "second-run"
    page = write(HEAD + CELL % ("claim-toy-a", SLOW.format(marker=marker)))
    command = [sys.executable, "-c", TOOL, Path(claims.__file__).parent, page, tmp_path]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as tool:
        while not marker.exists():
            assert tool.poll() is None, tool.stderr.read()
            time.sleep(0.05)
        tool.send_signal(stop)
        assert tool.wait(60) == -stop  # what a program that leaves signals alone says
    assert [run["offset"] for run in claims.stored("toy", tmp_path)] == [1000]


def test_runs_count_for_the_code_that_ran_not_for_prose_comments_or_tags(write):
    def digest(text):
        return claims.code_digest(claims.read(write(text)))

    before = digest(PAGE)
    assert digest(PAGE.replace("# room enough", "# plenty").replace("toy-a", "toy-b") + "More prose.\n") == before
    changed = digest(PAGE.replace("x = 1", "x = 1.5"))
    assert changed != before
    assert claims.latest([run(write(PAGE), 1000)], changed) == []


def test_a_new_run_takes_the_place_of_the_old_one_on_the_same_machine_only(write):
    page = write(PAGE)
    other = {**claims.machine(), "processor": "another"}
    runs = [run(page, 1000, date="old"), run(page, 1000, machine=other, date="other"), run(page, 1000, date="new")]
    assert sorted(run["date"] for run in claims.latest(runs, runs[0]["code"])) == ["new", "other"]


def test_a_page_that_is_edited_while_it_runs_keeps_the_digest_of_what_ran(write, monkeypatch):
    page = write(PAGE)
    ran = claims.code_digest(claims.read(page))
    monkeypatch.setattr(claims, "_execute", lambda notebook, offset: page.write_text(HEAD) and "")
    assert claims.measure(page, 1000)["code"] == ran


def test_a_result_may_hold_any_character(write, tmp_path):
    odd = "a\u2028b\x85c\n"
    claims.store(run(write(PAGE), 1000, printed=[odd]), tmp_path)
    assert [run["printed"] for run in claims.stored("toy", tmp_path)] == [[odd]]


def test_the_table_tells_what_fails_and_what_is_thin(write, tmp_path):
    page = write(PAGE)
    for offset in [1000, 2000, 3000]:  # margins 3, 2, 1 with a standard deviation of 1
        claims.store(run(page, offset), tmp_path)
    line = "| `toy-a` | `x` | < 4 | 2 ± 1 | 3 | 1.0 |  |"
    assert line in claims.table(tmp_path)
    assert "`claim-toy-a` holds in 3/3" in claims.table(tmp_path)
    assert claims.findings(page, tmp_path) == ([], [])

    assert "\nx is 1000…3000 of 9\n" in claims.table(tmp_path)

    claims.store(run(page, 3500), tmp_path)
    assert claims.findings(page, tmp_path) == ([], ["claim-toy-a: x <: thin"])
    claims.store(run(page, 5000), tmp_path)
    assert claims.findings(page, tmp_path) == (["claim-toy-a: x <: holds in 4 of 5"], [])
    assert "`claim-toy-a` holds in 4/5" in claims.table(tmp_path)


def test_room_in_plenty_is_not_spelled_out():
    row = claim_table.Row("claim-toy-a", "p < 1", "p <", [True, True])
    row.measured = [{"what": "p", "sense": "<", "value": value, "bound": 1.0} for value in (0, 1e-9)]
    assert claim_table._line(row).endswith("| > 100 |  |")


@pytest.mark.parametrize(
    ("texts", "lines"),
    [
        (["a 1\nb 2", "a 1\nb 2"], []),
        (["a 1\nb   2 ± 0.50", "a 1\nb -2.5 ± 0.50", "a 1\nb 1e-03 ± 0.50"], ["b -2.5…2 ± 0.50"]),
        (["2 same", "3 same", "3 other", "2 same"], ["2 same (2 runs) | 3 same (1 runs) | 3 other (1 runs)"]),
        (["1", ""], ["1 (1 runs) | nothing (1 runs)"]),
    ],
)
def test_printed_lines_that_differ_are_shown_with_the_range_of_their_numbers(texts, lines):
    assert claim_table.varying(texts) == lines


def test_a_page_whose_code_has_changed_since_is_named(write, tmp_path):
    claims.store(run(write(PAGE), 1000, code="older"), tmp_path)
    assert claims.findings(write(PAGE), tmp_path) == ([], ["toy: its present code is not measured yet"])


def test_no_two_default_runs_share_the_seeds_of_a_page():
    assert len(claims.OFFSETS) == 20
    assert claims.OFFSETS.start >= claims.OFFSETS.step >= 1000


def test_the_stored_table_is_the_one_that_the_stored_runs_give():
    assert (claims.RESULTS / "README.md").read_text(encoding="utf-8") == claims.table()


@pytest.mark.parametrize(("page", "path"), claims.pages().items())
def test_every_claim_of_the_book_is_measured_under_twenty_offsets(page, path):
    asked = {claim for cell in claims.read(path).cells if (claim := claims.claim_of(cell))}
    runs = claims.stored(page)
    for claim in asked:
        tried = {run["offset"] for run in runs if any(note["claim"] == claim for note in run["asserts"])}
        assert tried >= set(claims.OFFSETS), f"{claim}: call `make claims`"
