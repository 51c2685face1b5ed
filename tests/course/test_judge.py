"""The judge: points, words and misconceptions of ordinary answers, and what it says where there is no sandbox."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

from doubling import RIGHT, task

from ganlab import exercises
from ganlab.course import sandbox
from ganlab.course.judge import _packed, judge
from ganlab.course.records import Scored
from ganlab.course.sandbox import Limits, SandboxMissing

needs_sandbox = pytest.mark.skipif(bool(sandbox.why_not()), reason=sandbox.why_not())

ANSWERS = {
    "right": RIGHT,
    "with a helper": "import torch\n\n\ndef half(x):\n    return x / 2\n\n\ndef twice(x):\n    return 4 * half(x)\n",
    "wrong": "def twice(x):\n    return 3 * x\n",
    "partial": "def twice(x):\n    return 2 * abs(x)\n",
    "warns": "import warnings\n\n\ndef twice(x):\n    print('hm')\n    warnings.warn('hm')\n    return x + x\n",
    "stub": "def twice(x):\n    raise NotImplementedError\n",
    "blank": "\n",
    "syntax": "def twice(x)\n    return 2 * x\n",
    "stops": "import torch\n\nfactor = 1 / 0\n\n\ndef twice(x):\n    return 2 * x\n",
    "renamed": "def double(x):\n    return 2 * x\n",
    "long": "#" * 300_000 + "\n" + RIGHT,
}
POINTS = {"right": 3, "with a helper": 3, "partial": 1, "warns": 3}


#: What exercises need of the place where answers run: optimisers, autograd, balls, networks, and a value to look at.
NEEDING = ["train_step", "game_jacobian", "precision_recall", "clinic_frozen", "nine_steps"]


def judged(*names, unsafe):
    return judge(ANSWERS, [task(name) for name in names], unsafe=unsafe)


@pytest.fixture(scope="module")
def scored(once):
    """What the answers are worth in the sandbox, as records."""

    def make(folder):
        found = judged(*ANSWERS, "missing", unsafe=False)
        record = {name: each.to_json() for name, each in found.scored.items()}
        (folder / "scored.json").write_text(json.dumps([record, found.suspicions, found.ended]))

    records, suspicions, ended = json.loads((once("judged", make) / "scored.json").read_text())
    assert ended == "done"
    assert suspicions == ["long: is longer than any answer"]
    return {name: Scored.from_json(record) for name, record in records.items()}


@needs_sandbox
def test_points_are_those_of_the_cases_that_pass(scored):
    assert {name: each.points for name, each in scored.items() if each.points} == POINTS
    assert {each.out_of for each in scored.values()} == {3}


@needs_sandbox
def test_records_say_what_the_cases_say(scored):
    number, tensors = scored["wrong"].cases
    assert (number.status, number.saw, number.expected) == ("failed", "twice(1.5) is 4.5", "3")
    assert (number.title, number.hint) == ("Twice 1.5 is 3.", "Multiply by 2.")
    assert (number.hidden, tensors.hidden) == (False, True)


@needs_sandbox
def test_the_misconception_is_that_of_the_first_mistake_that_fits(scored):
    assert (scored["wrong"].misconception, scored["wrong"].mistake) == ("E1", "three times")
    assert (scored["partial"].misconception, scored["right"].misconception) == ("E2", "")


@needs_sandbox
@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("missing", "not attempted"),
        ("blank", "not attempted"),
        ("stub", "not attempted"),
        ("syntax", "stopped with SyntaxError: expected ':' (<syntax>, line 1) (line 1)"),
        ("stops", "stopped with ZeroDivisionError: division by zero (line 3)"),
        ("renamed", "does not define twice"),
        ("long", "longer than any answer"),
        ("right", ""),
    ],
)
def test_a_note_says_why_there_is_no_mark(scored, name, note):
    assert scored[name].note == note


@needs_sandbox
def test_references_of_the_book_get_all_points_and_no_suspicion():
    """Those that need different things; the slow test takes all of them.

    One of them trains: each answer runs in a process of its own, in which nobody has trained before.
    """
    assert_references_are_right(NEEDING)


@needs_sandbox
@pytest.mark.slow
def test_all_references_get_all_points_and_no_suspicion():
    assert_references_are_right(exercises.EXERCISES)


def assert_references_are_right(names):
    tasks = [SimpleNamespace(id=name, exercise=exercises.load(name), seed=12345) for name in names]
    found = judge({each.id: each.exercise.reference for each in tasks}, tasks, limits=Limits(seconds=600))
    assert found.suspicions == []
    assert [each.task for each in found.scored.values() if each.points < each.out_of] == []


def test_without_sandbox_the_marks_are_the_same_and_modules_in_the_folder_are_not_imported(tmp_path, monkeypatch):
    for name in ("torch.py", "json.py", "ganlab.py", "sitecustomize.py"):
        (tmp_path / name).write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    names = ("right", "wrong", "partial", "warns", "stops")
    found = judged(*names, unsafe=True)
    assert {name: each.points for name, each in found.scored.items()} == {name: POINTS.get(name, 0) for name in names}


@pytest.mark.parametrize("name", exercises.EXERCISES)
def test_cases_are_whole_where_their_module_is_not_there(name, monkeypatch):
    exercise = exercises.load(name)
    packed = _packed(exercise)
    for module in [module for module in sys.modules if module.startswith("ganlab.exercises")]:
        monkeypatch.setitem(sys.modules, module, None)
    assert [case.title for case in pickle.loads(packed).cases] == [case.title for case in exercise.cases]


@pytest.mark.parametrize("name", exercises.EXERCISES)
def test_no_solution_travels_with_the_cases(name):
    exercise = exercises.load(name)
    packed = _packed(exercise)
    for source in [exercise.reference, *(mistake.source for mistake in exercise.mistakes)]:
        assert source.strip().encode() not in packed
    solution = [line.strip() for line in exercise.reference.splitlines() if line not in exercise.stub]
    assert not [line for line in solution if len(line) > 40 and line.encode() in packed]  # hints quote shorter ones


# Where there is no sandbox.


@pytest.fixture
def probed_anew():
    caches = (sandbox.why_not, sandbox._sizes)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def refusal():
    with pytest.raises(SandboxMissing) as error:
        judge({"right": RIGHT}, [task("right")])
    return str(error.value)


@pytest.mark.parametrize(("system", "name"), [("darwin", "Darwin"), ("win32", "Windows")])
def test_another_system_is_told_what_to_do(probed_anew, monkeypatch, system, name):
    monkeypatch.setattr(sandbox.sys, "platform", system)
    monkeypatch.setattr(sandbox.platform, "system", lambda: name)
    assert f"needs Linux with bubblewrap, and this is {name}. Grade in a container" in refusal()


def test_without_bubblewrap_the_package_is_named(probed_anew, monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda _: None)
    assert "Install the package bubblewrap (apt install bubblewrap" in refusal()


def test_where_namespaces_are_forbidden_bubblewrap_is_quoted_and_unsafe_is_named(probed_anew, monkeypatch):
    said = b"bwrap: No permissions to create new namespace\n"
    monkeypatch.setattr(sandbox.shutil, "which", lambda _: "/usr/bin/bwrap")
    monkeypatch.setattr(sandbox, "_sizes", lambda: True)
    monkeypatch.setattr(sandbox.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, b"", said))
    assert "cannot make a sandbox here (bwrap: No permissions to create new namespace)" in refusal()
    assert "--unsafe" in refusal()


def test_a_sandbox_that_does_not_start_says_why(monkeypatch):
    monkeypatch.setattr(sandbox, "_START", "raise SystemExit('no torch here')")
    with pytest.raises(RuntimeError, match=r"the sandbox ended by itself \(no torch here\)"):
        judge({"right": RIGHT}, [task("right")], unsafe=True)


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"memory": 1.5}, {"disk": 0}, {"processes": 1}])
def test_limits_that_are_none_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)


def test_members_are_all_descendants():
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'], stdin=0)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as outer:
        while len(members := sandbox._members(outer.pid)) < 2:
            pass
        assert outer.pid in members
        outer.communicate(b"\n")
