"""Attacks on the grader: none wins a point, reads or leaves anything, or costs another answer a mark."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

from doubling import RIGHT, task

from ganlab.course import sandbox
from ganlab.course.judge import judge
from ganlab.course.records import Scored
from ganlab.course.sandbox import Limits

pytestmark = pytest.mark.skipif(bool(sandbox.why_not()), reason=sandbox.why_not())

LIMITS = Limits(seconds=500, memory=512, disk=8, processes=40)


def read_attacks():
    """Return by name what the suspicion has to say, and the answer."""
    parts = re.split(r"^### (.+?) \| ?(.*)\n", (HERE / "attacks.txt").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: (words, source) for name, words, source in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)}


HERE = Path(__file__).parent
ATTACKS = {**read_attacks(), "nonsense": ("", "\0"), "deep": ("", "(" * 10000)}
#: Of attacks that never end. To tell that one cannot be stopped it has to have begun, on a busy machine, too.
SECONDS = {"endless": 0.2, "endless outside": 0.2, "prints": 0.2, "endless and deaf": 1.0, "one endless call": 1.0}
READING = [name for name in ATTACKS if re.search("reads|looks|lists", name)]


def submission(secret):
    names = list(ATTACKS)
    names.insert(len(names) // 2, "between")
    names = ["first", *names, "last"]
    answers = {name: ATTACKS.get(name, [RIGHT])[-1].replace("SECRET", str(secret)) for name in names}
    return answers, [task(name, SECONDS.get(name, 20.0)) for name in names]


def processes():
    """Those of this user that are in no test of another process: what came from here and was left alone."""
    return set(sandbox._members(os.getpid())) - {os.getpid()}


@pytest.fixture(scope="module")
def judged(once):
    """All attacks in one submission, with a right answer before, between and after."""

    def make(folder):
        secret = folder / "instructor" / "secret.txt"
        secret.parent.mkdir()
        secret.write_text("xyzzy")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GANLAB_SECRET", "xyzzy")
            before = processes()
            found = judge(*submission(secret), limits=LIMITS)
            left = len(processes() - before)
        scored = {name: scored.to_json() for name, scored in found.scored.items()}
        record = {"scored": scored, "suspicions": found.suspicions, "ended": found.ended, "left": left}
        (folder / "judged.json").write_text(json.dumps(record))

    record = json.loads((once("attacks", make) / "judged.json").read_text())
    return SimpleNamespace(**record | {"scored": {k: Scored.from_json(v) for k, v in record["scored"].items()}})


def told(judged, name):
    return "; ".join(each for each in judged.suspicions if each.startswith(f"{name}: "))


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_wins_no_point_and_is_told(judged, name):
    assert judged.scored[name].points == 0, judged.scored[name]
    assert re.search(ATTACKS[name][0], told(judged, name)), (told(judged, name), judged.scored[name])


@pytest.mark.parametrize("name", ["first", "between", "last"])
def test_other_answers_keep_their_marks_and_are_above_suspicion(judged, name):
    assert judged.scored[name].points == judged.scored[name].out_of == 3
    assert told(judged, name) == ""


def test_one_sandbox_holds_all_that_do_not_use_too_much(judged):
    assert (judged.ended, judged.left) == ("done", 0)


@pytest.mark.parametrize("name", READING)
def test_nothing_is_read(judged, name):
    said = json.dumps(judged.scored[name].to_json())
    assert "xyzzy" not in said
    assert "stopped with" in said
    assert not re.search(r"seen: \w", said)


def test_what_an_attack_says_is_plain_text(judged):
    saw = judged.scored["escapes"].cases[0].saw
    assert saw.endswith("ValueError: [31m]0;x<script>alert(1)</script>")  # HTML is escaped where it is shown
    assert all(
        letter.isprintable() for record in judged.scored.values() for case in record.cases for letter in case.saw
    )
    assert all(letter.isprintable() for each in judged.suspicions for letter in each)


FORKS = "import os\n\n\ndef twice(x):\n    while True:\n        os.fork()\n"
THREADS = """
import threading, time
def twice(x):
    while True:
        threading.Thread(target=time.sleep, args=(600,)).start()
"""


def test_what_the_filter_lets_through_is_stopped_from_outside(monkeypatch):
    monkeypatch.setattr(sandbox, "_FILTERED", False)
    before = processes()
    answers = {"forks": FORKS, "threads": THREADS, "right": RIGHT}
    found = judge(answers, [task(name, 60.0) for name in answers], limits=Limits(seconds=500, processes=12))
    assert found.scored["forks"].note == found.scored["threads"].note == found.ended == "started too many processes"
    assert [record.points for record in found.scored.values()] == [0, 0, 3]
    assert processes() == before


def test_time_of_all_answers_together_is_limited():
    answer = {"slow": "import time\ntime.sleep(600)\n"}
    found = judge(answer, [task("slow", 300.0)], limits=Limits(seconds=2))
    assert found.scored["slow"].note == found.ended == "ran too long"


GRADER = """
import sys; sys.path.insert(0, sys.argv[1])
from doubling import task
from ganlab.course.judge import judge
judge({{"slow": "import time; time.sleep(600)"}}, [task("slow", 600.0)], unsafe={unsafe})
"""


@pytest.mark.parametrize("unsafe", [False, True])
def test_nothing_outlives_a_grader_that_is_killed(unsafe):
    command = [sys.executable, "-c", GRADER.format(unsafe=unsafe), str(Path(__file__).parent)]
    grader = subprocess.Popen(command)
    while len(started := sandbox._members(grader.pid)) < (3 if unsafe else 5):  # until the answer runs
        time.sleep(0.1)
        assert grader.poll() is None
    grader.kill()
    grader.wait()
    limit = time.monotonic() + 120
    while any(is_running(pid) for pid in started) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not [pid for pid in started if is_running(pid)]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_two_hundred_submissions_leave_nothing(tmp_path, monkeypatch):
    """Two at a time, each with an attack and a right answer; every attack comes three times."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # others use /tmp at the same time
    secret = tmp_path / "secret.txt"
    secret.write_text("xyzzy")
    answers, tasks = submission(secret)
    task_of = {task.id: task for task in tasks}
    folders = [tmp_path, Path.cwd(), Path("/dev/shm"), Path("/proc/self/fd")]

    def graded(attack):
        names = [attack, "last"]
        found = judge({each: answers[each] for each in names}, [task_of[each] for each in names], limits=LIMITS)
        return attack, [found.scored[each].points for each in names], bool(told(found, "last"))

    def state():
        return processes() | {(str(folder), name) for folder in folders for name in os.listdir(folder)}

    attacks = list(islice(cycle(ATTACKS), 200))
    graded(attacks[0])
    before, memory_before = state(), resident(os.getpid())
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(graded, attacks))
    assert state() - before == set()  # others, such as a browser, may have ended meanwhile
    assert resident(os.getpid()) - memory_before < 50 * 2**20
    assert found == [(attack, [0, 3], False) for attack in attacks]


def resident(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
