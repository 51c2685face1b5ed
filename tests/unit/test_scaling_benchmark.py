"""The benchmark of several processes: what it stores, the table it makes of that, and the table on the page."""

import json
import re
from pathlib import Path

import pytest
from loading import load_script

ROOT = Path(__file__).parents[2]
run = load_script(ROOT / "benchmarks" / "scaling" / "run.py")


def test_speedups_compare_runs_of_the_same_turn(tmp_path):
    results = run.Results(tmp_path / "rows.json")
    slow_turn = [1.0, 1.0, 10.0]
    for turn, slowness in enumerate(slow_turn):
        for count, ms in ((1, 100.0), (2, 50.0), (4, 40.0)):
            results.add({"turn": turn, "processes": count, "round_ms": slowness * ms, "average_ms": count})
    one, two, four = run.table(results)
    assert one == {"processes": 1, "round_ms": [100.0, 100.0, 1000.0], "average_ms": 1, "speedup": [1, 1, 1]}
    assert two["speedup"] == [2, 2, 2]
    assert four["speedup"] == [2.5, 2.5, 2.5]


def test_processes_that_fail_tell_why(monkeypatch):
    monkeypatch.setattr(run, "__file__", str(ROOT / "no-such-script.py"))
    with pytest.raises(SystemExit, match=r"(?s)1 processes failed:.*no-such-script"):
        run.measure({"turn": 0, "processes": 1, "rounds": 1})


def test_the_stored_rows_are_whole():
    results = run.Results(run.ROOT / "benchmarks" / "scaling" / "results.json")
    keys = [(row["turn"], row["processes"], row["rounds"]) for row in results.rows]
    assert sorted(keys) == [(turn, count, run.ROUNDS) for turn in run.TURNS for count in run.PROCESSES]
    assert {"processor", "cores", "torch"} <= results.machine.keys()


def test_the_table_on_the_page_is_that_of_the_stored_rows():
    page = (ROOT / "book" / "scaling-out.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| (\d) \| ([\d.]+) \(([\d.]+) to ([\d.]+)\) \| ([\d.]+) \| ([\d.]+) \|", page, re.MULTILINE)
    rows = run.table(run.Results(ROOT / "benchmarks" / "scaling" / "results.json"))
    stored = [[r["processes"], *r["round_ms"], r["average_ms"], r["speedup"][0]] for r in rows]
    assert json.loads(json.dumps([[float(value) for value in row] for row in shown])) == stored
