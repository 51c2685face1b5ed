"""Runs that are handed in: only settings count, whatever a link says beside them; limits; problems have solutions."""

import json
import os
import stat
from urllib.parse import quote

import pytest
from bridge import ask_node
from needs import needs_node

from ganlab.checks.report import FAILED, NOT_RUN, NOT_WRITTEN, PASSED
from ganlab.course import run_problems, runs
from ganlab.course.records import Scored
from ganlab.course.runs import CannotReplay, LinkRefused, judge_run, link_in, replay
from ganlab.course.variants import Draw

SETTLE = run_problems.load("settle", Draw("a"))
MODES = run_problems.load("modes_of_a_fast_d", Draw("a"))
DIRAC = "#lab=dirac-lab;gamma=0.5;run=step*20"
ENDLESS = ";".join(
    ["#lab=gan-lab-2d;k=10;k_g=10", *(f"{p}_units=100;{p}_layers=5" for p in "dg"), f"seed={MODES.seed};run=step*1000"]
)


def handed_in(task, link):
    return judge_run(f"{task.name} = {link!r}", task)


def statuses(scored):
    return {case.name: case.status for case in scored.cases}


def failed(scored):
    """The first case that failed."""
    return next(case for case in scored.cases if case.status == FAILED)


def program(folder, text):
    """A program called node."""
    path = folder / "node"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


# Replay.


@needs_node
@pytest.mark.parametrize(
    ("lab", "settings", "run"),
    [
        ("marco-polo", {"feedback": "learned", "mu": -1.5}, [["step", 20], ["noise", 0.5], ["step", 3]]),
        ("gan-lab-1d", {"capacity": "mlp", "optimizer": "adam", "lr_d": 0.01}, [["step", 20], ["d", 3], ["k", 2]]),
        ("gan-lab-2d", {"r1": 0, "data": "own", "drawn": [[0, 1], [-1, 0.5]]}, [["step", 7], ["d_units", 9], ["g", 5]]),
        ("ratio-lab", {}, [["step", 11]]),
        ("loss-lab", {}, [["step", 11]]),
    ],
)
def test_a_replay_is_the_run_to_the_last_bit(lab, settings, run):
    known = ask_node("specs")
    buttons = next(spec["actions"] for spec in known if spec["tag"] == lab)
    text = ",".join(f"{name}{'*' if name in buttons else ':'}{value}" for name, value in run)
    parts = [f"{key}={value}" for key, value in settings.items()]
    link = f"https://example.org/page.html#lab={lab};{';'.join(parts)};seed=7;run={text}"
    [state] = ask_node("lab", [{"tag": lab, "params": {**settings, "seed": 7}, "actions": run}])
    found = replay(link)
    assert found.state == state
    assert (found.lab, found.seed, found.step, found.measured) == (lab, 7, state["step"], state["metrics"])
    assert replay(quote(link, safe="#&")) == found


@needs_node
def test_a_run_tells_settings_changes_and_what_was_measured_on_the_way():
    found = replay("#lab=dirac-lab-2;gamma=0.5;run=step*30,gamma:1,gamma:0.75,step*40,game:minimax", every=25)
    again = replay("#lab=dirac-lab;gamma=0.5;run=step*30,gamma:1,step*40", every=25)
    assert (found.settings["game"], found.step, found.looks) == ("minimax", 0, ())  # a new game is a new run
    assert (again.settings["gamma"], again.changes, again.actions) == (0.5, (("gamma", 1),), {"step": 70})
    assert [look.step for look in again.looks] == [25, 50]
    assert again.looks[0].measured == replay("#lab=dirac-lab;gamma=0.5;run=step*25").measured


REFUSED = [
    ("", "no link of a lab that trains"),
    ("hello", "no link of a lab that trains"),
    ("https://example.org/page.html#top", "must hold #lab="),
    ("#lab=no-such;run=step", "no link of a lab that trains"),
    ("#lab=digit-explorer", "no link of a lab that trains"),
    ("#lab=toString;run=step", "no link of a lab that trains"),
    (f"{DIRAC}&lab=marco-polo;run=step", "2 runs"),
    ("#lab=dirac-lab;gamma=99;run=step", "gamma = 99"),
    ("#lab=dirac-lab;gamma=1e999;run=step", "gamma = “1e999”"),
    ("#lab=dirac-lab;seed=-1;run=step", "seed = -1"),
    ("#lab=dirac-lab;run=step*0.5", "times of step"),
    ("#lab=dirac-lab;run=fly*3", "“fly” is not known"),
    ("#lab=dirac-lab;run=step,__proto__:1", "“__proto__” is not known"),
    (f"{DIRAC};state=%7B%22step%22:9%7D", "“state” is not known"),
    (f"{DIRAC};radius_simultaneous=0", "“radius_simultaneous” is not known"),
    ("#lab=ratio-lab;weights=1,2,3;run=step", "“weights” is not known"),
    (f"{DIRAC};run=step*3", "run stands twice"),
    ("#lab=dirac-lab;run=step*10000000", "10000000 steps"),
    (f"#lab=dirac-lab;run={'step*30000,' * 9}", "270000 steps"),
    ("#lab=dirac-lab;\0\u202e=\x1b[31m", "is not known"),
    ("#lab=dirac-lab;run=step*3" + "%F0%9F%98%80", "times of step"),
]


@needs_node
def test_what_the_lab_does_not_admit_refuses_the_link():
    answers = ask_node("follow", [{"link": link, "most": runs.MOST_ACTIONS, "every": 50} for link, _ in REFUSED])
    for (link, says), answer in zip(REFUSED, answers, strict=True):
        assert says in " ".join(answer["refused"]), link
        assert len(" ".join(answer["refused"])) < 2000


@needs_node
@pytest.mark.parametrize("tag", ["gan-lab-1d", "gan-lab-2d"])
@pytest.mark.parametrize("weights", ["1,2,3", "AAAA", ""])
def test_weights_that_a_link_carries_are_not_looked_at(tag, weights):
    assert replay(f"#lab={tag};run=step*3;weights={weights}") == replay(f"#lab={tag};run=step*3")


@needs_node
def test_a_refusal_is_said_in_the_words_of_the_lab():
    with pytest.raises(LinkRefused, match="gamma = 99: “R1 penalty γ” must be a number from 0 to 2"):
        replay("#lab=dirac-lab;gamma=99;run=step")


@needs_node
def test_what_a_refusal_quotes_can_be_stored_and_shown():
    with pytest.raises(LinkRefused) as refused:
        replay("#lab=dirac-lab;\ud800\x1b[31m\u202e=1")
    assert str(refused.value).encode().decode().isprintable()


@needs_node
def test_a_link_of_another_lab_is_refused_where_one_is_asked_for():
    with pytest.raises(LinkRefused, match="link of dirac-lab; asked for is gan-lab-2d"):
        replay(DIRAC, lab="gan-lab-2d")
    assert replay(f"{DIRAC}&lab=marco-polo;run=step", lab="marco-polo").lab == "marco-polo"


def test_an_overlong_link_is_refused_before_anything_reads_it(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LinkRefused, match="has 100000 characters"):
        replay("#lab=dirac-lab;run=".ljust(100_000, "x"))


@pytest.mark.parametrize("link", [None, 3, b"#lab=dirac-lab"])
def test_a_link_is_a_text(link):
    with pytest.raises(TypeError, match="link"):
        replay(link)


@needs_node
def test_a_replay_that_takes_too_much_work_is_ended(monkeypatch):
    monkeypatch.setattr(runs, "_PATIENCE", 10_000)
    with pytest.raises(CannotReplay, match=r"takes more than 0\.4 seconds"):
        replay(ENDLESS, seconds=0.4)


@pytest.mark.skipif(os.name != "posix", reason="makes a shell script")
@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo v18.19.1", "20 or later, and here is version 18"),
        ("echo unheard of", "none is installed here"),
        ('[ "$1" = --version ] && echo v20.1.0 || sleep 60', "did not end within 0.4 seconds"),
        ('[ "$1" = --version ] && echo v22.1.0 || { echo "out of memory" >&2; exit 134; }', "out of memory"),
        ('[ "$1" = --version ] && echo v20.1.0 || echo "no JSON"', "cannot be read"),
    ],
)
def test_a_node_that_cannot_replay_is_told(monkeypatch, tmp_path, script, says):
    path = program(tmp_path, script)
    monkeypatch.setattr(runs.shutil, "which", lambda name: path)
    with pytest.raises(CannotReplay, match=says):
        replay(DIRAC, seconds=0.02 if "sleep" in script else 60)


# The mark.


def test_without_node_the_mark_is_left_to_a_person(monkeypatch):
    monkeypatch.setenv("PATH", "")
    scored = handed_in(SETTLE, SETTLE.solution)
    assert scored.note.startswith(runs.NEEDS_LOOK)
    assert "Node 20 or later" in scored.note
    assert set(statuses(scored).values()) == {NOT_RUN}


@needs_node
def test_a_replay_for_ever_is_left_to_a_person():
    scored = judge_run(f"{MODES.name} = {ENDLESS!r}", MODES, seconds=0.4)
    assert scored.note.startswith(runs.NEEDS_LOOK)
    assert set(statuses(scored).values()) == {NOT_RUN}


@pytest.fixture
def in_one_process(monkeypatch):
    """`in_one_process(task, links)`: from now on `replay` has the answers for these links."""

    def ask(task, links):
        asked = [{"link": link, "lab": task.lab, "most": task.within + 1000, "every": task.every} for link in links]
        answers = dict(zip(links, ask_node("follow", asked), strict=True))
        monkeypatch.setattr(runs, "_ask", lambda request, _: answers[json.loads(request)["link"]])

    return ask


def changed(link, old, new):
    assert old in link
    return link.replace(old, new)


NOT_ASKED_FOR = [
    (SETTLE.solution.partition("gamma")[0] + f"run=step*{SETTLE.within}", "simultaneous", "from the equilibrium"),
    (changed(SETTLE.solution, "run=step*", "run=step*99"), "replays", "at most"),
    (f"{SETTLE.solution.rpartition('*')[0]}*{SETTLE.within + 1}", "in_time", f"{SETTLE.within + 1} steps"),
    (changed(SETTLE.solution, f"theta={SETTLE.fixed['theta']}", "theta=0"), "settings", "theta = 0 at the start"),
    (changed(SETTLE.solution, "game=minimax;", ""), "settings", "game = nonsaturating at the start"),
    (
        f"{SETTLE.solution},step_size:1,step,step_size:{SETTLE.fixed['step_size']}",
        "settings",
        "step_size = 1 later",
    ),
    (changed(SETTLE.solution, "run=", "seed=3;run="), "own", "seed = 3"),
    (changed(SETTLE.solution, "run=", "radius_simultaneous=0;run="), "replays", "is not known"),
    (MODES.solution, "replays", "link of gan-lab-2d; asked for is dirac-lab"),
    ("https://example.org", "replays", "no link of dirac-lab"),
    ("x" * 100_000, "replays", "100000 characters"),
]


@needs_node
def test_a_run_that_is_not_the_one_asked_for_gets_no_point(in_one_process):
    in_one_process(SETTLE, [link for link, _, _ in NOT_ASKED_FOR])
    for link, case, saw in NOT_ASKED_FOR:
        scored = handed_in(SETTLE, link)
        assert (scored.points, failed(scored).name) == (0, case), link
        assert saw in failed(scored).saw
        names = list(statuses(scored))
        if case != "simultaneous":
            assert {statuses(scored)[name] for name in names[names.index(case) + 1 :]} == {NOT_RUN}


def made_up(monkeypatch, modes, good, *, step=1000):
    """What a run is worth in which these were measured, at the end and at the looks before, newest first."""
    looks = [
        runs.Look(step - 50 * i, {"modes": m, "good": g}) for i, (m, g) in enumerate(zip(modes, good, strict=True))
    ]
    settings = {**MODES.fixed, "lr_d": 0.001}
    measured = looks[0].measured
    run = runs.Run("gan-lab-2d", MODES.seed, settings, (), {"step": step}, step, measured, tuple(looks[::-1]), {})
    monkeypatch.setattr(runs, "replay", lambda link, **_: run)
    return handed_in(MODES, "a link")


def test_goals_count_one_by_one(monkeypatch):
    scored = made_up(monkeypatch, [8] * 5, [0.4] * 5)
    assert statuses(scored) == {
        **dict.fromkeys(["replays", "own", "settings", "in_time", "modes"], PASSED),
        "near": FAILED,
    }
    assert (scored.points, failed(scored).saw) == (3, "at step 1000 0.4 of the samples near a mode")


def test_a_goal_must_have_held_through_the_last_steps(monkeypatch):
    scored = made_up(monkeypatch, [8, 8, 7, 6, 8], [0.8] * 5)
    assert failed(scored).saw == "at step 850 6 modes"
    assert failed(scored).expected == "at least 7 modes in each of the last 200 steps"
    assert made_up(monkeypatch, [7, 8, 7, 8, 8, 2], [0.5] * 6).points == MODES.out_of


def test_what_ran_away_reaches_no_goal(monkeypatch):
    scored = made_up(monkeypatch, [None] * 5, [None] * 5)
    assert scored.points == 0
    assert failed(scored).saw == "at step 1000 there is no number"


@needs_node
def test_players_may_not_be_moved_one_at_a_time():
    scored = handed_in(MODES, changed(MODES.solution, "run=step*1000", "run=step*210,d*3"))
    assert failed(scored).name == "settings"
    assert "(d)" in failed(scored).saw


@needs_node
def test_a_run_shorter_than_the_goals_must_hold_is_told():
    scored = handed_in(MODES, changed(MODES.solution, "step*1000", f"step*{MODES.held}"))
    assert failed(scored).name == "in_time"


@pytest.mark.parametrize("source", ["", "import torch\n", f"{SETTLE.name} = ''", f"{SETTLE.name} = '  '  # mine"])
def test_no_link_is_not_attempted(source):
    scored = judge_run(source, SETTLE)
    assert (scored.points, scored.note) == (0, "not attempted")
    assert set(statuses(scored).values()) == {NOT_WRITTEN}


@pytest.mark.parametrize(
    "source",
    [
        "settle_link = print('ran')",
        "settle_link = f'{1}'",
        "settle_link = b'#lab=dirac-lab'",
        "settle_link = 3",
        "settle_link = ['#lab=dirac-lab']",
        "settle_link = '#lab",
        "settle_link = " + "(" * 5000,
        "settle_link = " + "-" * 50_000 + "1",
        "settle_link = 'a\0b'",
        "x" * 300_000,
    ],
)
def test_what_is_no_text_in_quotes_is_told_and_not_run(source, capsys):
    scored = judge_run(source, SETTLE)
    assert (scored.points, failed(scored).name) == (0, "replays")
    assert capsys.readouterr().out == ""


def test_the_last_link_counts_and_may_be_broken_over_lines():
    assert (
        link_in("a = 1\nsettle_link = 'x'\nsettle_link = ('#lab='\n  'dirac-lab ')", "settle_link") == "#lab=dirac-lab"
    )


@needs_node
def test_a_record_goes_through_json():
    scored = handed_in(SETTLE, SETTLE.solution)
    assert Scored.from_json(json.loads(json.dumps(scored.to_json()))) == scored


# The problems.

DRAWS = [Draw.of("secret", str(student), "run") for student in range(30)]


def test_an_exercise_has_what_notebooks_need():
    for task in (SETTLE, MODES):
        exercise = task.exercise
        assert exercise.names == (task.name,)
        assert link_in(exercise.stub, task.name) == ""
        assert link_in(exercise.reference, task.name) == task.solution
        assert sum(case.points for case in exercise.cases) == task.out_of
        assert "gamma=" not in task.text
        assert "lr_d=" not in task.text


@pytest.mark.parametrize("name", run_problems.PROBLEMS)
def test_draws_differ_and_repeat(name):
    tasks = [run_problems.load(name, draw) for draw in DRAWS]
    assert len({task.solution for task in tasks}) >= min(20, len(run_problems.SEEDS) // 2)
    assert tasks[3].solution == run_problems.load(name, Draw(DRAWS[3].key)).solution
    assert all(name in run_problems.of_chapter(task.chapter) for task in tasks)


@needs_node
def test_settle_has_a_solution_and_the_plain_strengths_are_none(in_one_process):
    for task in [run_problems.load("settle", draw) for draw in DRAWS[:12]]:
        start = task.solution.partition("gamma=")[0]
        plain = [f"{start}gamma={gamma};run=step*{task.within}" for gamma in (0, 1, 2)]
        in_one_process(task, [task.solution, *plain])
        assert handed_in(task, task.solution).points == task.out_of
        assert all(handed_in(task, link).points < task.out_of for link in plain)


@needs_node
def test_modes_have_a_solution_and_the_plain_settings_are_none():
    scored = handed_in(MODES, MODES.solution)
    assert (scored.points, set(statuses(scored).values())) == (MODES.out_of, {PASSED})
    plain = handed_in(MODES, f"#lab=gan-lab-2d;k=5;r1=0;seed={MODES.seed};run=step*600")
    assert statuses(plain)["modes"] == FAILED
    assert statuses(plain)["in_time"] == PASSED


@needs_node
@pytest.mark.slow
@pytest.mark.parametrize("seed", run_problems.SEEDS)
def test_modes_have_a_solution_for_each_seed(seed):
    task = run_problems.modes_with_seed(Draw(""), seed)
    assert handed_in(task, task.solution).points == task.out_of


@needs_node
def test_a_student_sees_what_the_grader_will_find(capsys):
    task = run_problems.load("settle", Draw("a"))
    run_problems.check("settle", task.solution, key="a")
    assert "4 of 4 points" in capsys.readouterr().out
    run_problems.check("settle", "", key="a")
    assert "not attempted" in capsys.readouterr().out


def test_an_unknown_problem_is_told_with_those_there_are():
    with pytest.raises(ValueError, match=r"settle, modes_of_a_fast_d"):
        run_problems.load("no_such", Draw("a"))
