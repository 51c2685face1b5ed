"""What the studies share: rows are stored one by one, nothing is measured twice, and nothing is lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from loading import load_script

ROOT = Path(__file__).parents[2]
study = load_script(ROOT / "benchmarks" / "study.py")

SCRIPT = """
import os, sys
from pathlib import Path
sys.path.insert(0, {benchmarks!r})
from study import Results, arguments, measure_all

def measure(key):
    return {{"square": key["x"] ** 2, "process": os.getpid()}}

if __name__ == "__main__":
    jobs = arguments("A study").parse_args().jobs
    measure_all(Results(Path("rows.json")), [{{"x": x}} for x in range(5)], measure, jobs=jobs)
"""

# Each of the three processes would import these for seconds, and squares a number. What stands beside a script is
# found first, in the processes that it starts as well.
STUBS = {
    "jupytext": "",
    "torch": """
from types import SimpleNamespace
__version__ = "none"
backends = SimpleNamespace(cpu=SimpleNamespace(get_cpu_capability=lambda: "none"))
def set_num_threads(count): pass
""",
}


@pytest.fixture
def results(tmp_path):
    return study.Results(tmp_path / "rows.json")


def stored(results):
    return json.loads(results.path.read_text())["rows"]


def test_a_row_is_stored_when_its_run_ends(results):
    def fails_at_two(key):
        if key["x"] == 2:
            raise KeyboardInterrupt
        return {"y": key["x"] + 1}

    with pytest.raises(KeyboardInterrupt):
        study.measure_all(results, [{"x": x} for x in range(4)], fails_at_two)
    assert stored(results) == [{"x": 0, "y": 1}, {"x": 1, "y": 2}]


def test_what_is_stored_is_not_measured_again(results):
    study.measure_all(results, [{"x": 1}], lambda key: {"y": 5.0})
    again = study.Results(results.path)
    study.measure_all(again, [{"x": 1}, {"x": 2}], lambda key: {"y": 6.0})
    assert stored(again) == [{"x": 1, "y": 5.0}, {"x": 2, "y": 6.0}]


def test_rows_are_found_by_the_values_they_have(results):
    study.measure_all(results, [{"x": 1, "of": "a"}, {"x": 1, "of": "b"}], lambda key: {})
    assert results.find(of="b") == [{"x": 1, "of": "b"}]
    assert len(results.find(x=1)) == 2
    assert results.find(x=3) == []


def test_several_processes_make_the_runs_of_one(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(SCRIPT.format(benchmarks=str(ROOT / "benchmarks")))
    for name, source in STUBS.items():
        (tmp_path / f"{name}.py").write_text(source)
    subprocess.run([sys.executable, script, "--jobs", "2"], cwd=tmp_path, check=True, capture_output=True, timeout=300)
    rows = json.loads((tmp_path / "rows.json").read_text())["rows"]
    assert sorted((row["x"], row["square"]) for row in rows) == [(x, x**2) for x in range(5)]
    assert len({row["process"] for row in rows}) <= 2


def test_a_page_gives_its_functions_and_no_more(tmp_path):
    page = tmp_path / "page.md"
    cell = "import math\n\ndef half(x):\n    return x / 2\n\nhalf(later)"
    page.write_text(f"# Page\n\n```{{code-cell}} ipython3\n{cell}\n```\n")
    names = study.page_functions(page)
    assert names["half"](3.0) == 1.5
    assert {"math", "half"} <= names.keys()


def test_a_page_gives_what_it_assigns_to_the_names_that_are_asked_for(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```{code-cell} ipython3\none, (two, three) = 1, (2, 3)\nother = later\nbox = {}\nbox['x'] = 4\n```\n"
    )
    names = study.page_functions(page, "three", "box")
    assert (names["three"], names["box"]) == (3, {"x": 4})
    assert "other" not in names


def test_a_machine_is_described_without_its_name(results):
    assert results.machine.keys() == {"python", "torch", "cpu", "threads", "first"}


def test_rows_of_two_machines_never_share_a_file(results):
    results.measured_on(cores="2")
    results.add({"x": 1})
    again = study.Results(results.path)
    again.measured_on(cores="2", color="red")  # what was not noted is added
    with pytest.raises(SystemExit, match="is of 2, this is 4; delete it"):
        again.measured_on(cores="4")
    assert again.rows == [{"x": 1}]
