"""Grafting: the answers come back from a notebook whatever Colab and its owner did to it, and nothing is executed."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ganlab.course import assignments
from ganlab.course.graft import graft
from ganlab.course.runs import link_in
from ganlab.course.statements import without_magics


def passes(task, source):
    exercise = task.exercise
    return exercise.run(*exercise.solve(source)).status == "passed"


def all_pass(grafted, tasks):
    return all(task.id in grafted.answers and passes(task, grafted.answers[task.id]) for task in tasks)


def test_untouched_notebook_gives_the_stubs(handed, tasks):
    found = graft(handed.notebook, tasks)
    assert set(found.recovered.values()) == {"metadata"}
    assert found.notes == ()
    for task in tasks:
        report = task.exercise.run(*task.exercise.solve(found.answers[task.id]))
        assert report.status == "not written"


@pytest.mark.parametrize("chapter", assignments.chapters())
def test_right_answers_come_back_from_every_chapter(chapter, handed_of):
    tasks = assignments.tasks(assignments.chapter(chapter), "secret")
    plain = graft(handed_of(tasks).all_right().notebook, tasks)
    assert (set(plain.recovered.values()), plain.notes) == ({"metadata"}, ())
    stripped = graft(handed_of(tasks).all_right().colab().notebook, tasks)
    assert (set(stripped.recovered.values()), stripped.notes) == ({"marker"}, ())
    for task in tasks:
        assert stripped.answers[task.id] == plain.answers[task.id]
        names = task.exercise.names
        assert len(task.exercise.solve(plain.answers[task.id])) == len(names)


def test_answer_without_metadata_and_marker_is_found_by_its_name(handed, tasks):
    handed.all_right()
    for task in tasks:
        handed.cell(task.id)["source"] = task.exercise.reference
    found = graft(handed.colab().notebook, tasks)
    assert set(found.recovered.values()) == {"name"}
    assert all_pass(found, tasks)


LINK = "#lab=dirac-lab;gamma=0.5;run=step*20"


@pytest.fixture
def run(handed_of):
    """A notebook that asks for a run, and its tasks; the run is the last."""
    tasks = assignments.tasks(assignments.chapter("7 problems"), "secret")
    return handed_of(tasks), tasks


@pytest.mark.parametrize("source", [f'settle_link = "{LINK}"', f"settle_link: str = '{LINK}'  # mine"])
def test_a_link_in_quotes_is_an_answer(run, source):
    page, tasks = run
    page.insert("settle-check", source)  # in a cell of the student's own, below the one that stayed as it was
    found = graft(page.notebook, tasks)
    assert link_in(found.answers["settle"], "settle_link") == LINK
    assert found.recovered["settle"] == "name"
    assert found.doubts == ()


def test_a_link_without_quotes_is_told_as_what_it_is(run):
    page, tasks = run
    page.answer("settle", f"settle_link = https://book.example/{LINK}").cell("settle")["metadata"] = {}
    page.cell("settle")["source"] = page.cell("settle")["source"].partition("\n")[2]
    found = graft(page.notebook, tasks)
    assert (found.recovered["settle"], found.answers["settle"]) == ("name", page.cell("settle")["source"])


def test_a_name_without_a_value_is_no_answer(run):
    page, tasks = run
    found = graft(page.answer("settle", "settle_link: str").notebook, tasks)
    assert link_in(found.answers["settle"], "settle_link") == ""


def test_moved_and_renumbered_cells_are_found(handed, tasks):
    handed.all_right().cells.reverse()
    assert all_pass(graft(handed.notebook, tasks), tasks)


def test_copy_of_a_cell_that_stayed_empty_does_not_hide_the_answer(handed, tasks):
    stub = handed.cell("value")["source"]
    handed.all_right().duplicate("value-answer", stub)
    found = graft(handed.notebook, tasks)
    assert all_pass(found, tasks)
    assert found.doubts == ()


def test_answer_in_another_cell_beats_the_stub_that_was_left(handed, tasks):
    handed.insert(2, tasks[0].exercise.reference)
    found = graft(handed.notebook, tasks)
    assert found.recovered["value"] == "name"
    assert passes(tasks[0], found.answers["value"])


def test_last_definition_in_a_cell_wins(handed, tasks):
    right = tasks[0].exercise.reference
    wrong = right.replace(".sum()", ".mean()")
    found = graft(handed.answer("value", f"{wrong}\n\n{right}").notebook, tasks)
    assert passes(tasks[0], found.answers["value"])
    assert any("defined 2 times in one cell" in note for note in found.notes)


def test_copies_that_differ_need_a_look_and_the_last_one_counts(handed, tasks):
    right = tasks[0].exercise.reference
    handed.answer("value", right.replace(".sum()", ".mean()")).duplicate("value-answer", right)
    found = graft(handed.notebook, tasks)
    assert passes(tasks[0], found.answers["value"])
    assert any("defined 2 times in different ways" in doubt for doubt in found.doubts)


def test_own_cell_beats_a_later_scribble(handed, tasks):
    handed.all_right().insert(len(handed.cells), "def value(p_data, p_g, D):\n    return 0\n")
    found = graft(handed.notebook, tasks)
    assert passes(tasks[0], found.answers["value"])
    assert any("different ways" in doubt for doubt in found.doubts)


def test_imports_helpers_and_constants_come_along_from_other_cells(handed, tasks):
    handed.insert(
        2,
        "import math as m\nfrom torch import xlogy",
        "HALF = m.pi / 2 / m.pi\n\ndef half(x, one=HALF): return one * x",
    )
    handed.insert(len(handed.cells), "def term(p, D):\n    return half(xlogy(p, D)) * 2")
    handed.answer("value", "def value(p_data, p_g, D):\n    return (term(p_data, D) + term(p_g, 1 - D)).sum()")
    found = graft(handed.notebook, tasks)
    assert passes(tasks[0], found.answers["value"])
    assert found.doubts == ()


def test_training_loops_and_other_cells_stay_out(handed, tasks):
    handed.all_right().insert(
        2, "raise SystemExit", "while True:\n    pass", "open('/tmp/x', 'w').write('x')", "value_ = 1 / 0"
    )
    found = graft(handed.notebook, tasks)
    assert all_pass(found, tasks)
    assert not any(word in text for text in found.answers.values() for word in ("while", "open", "raise", "1 / 0"))


def test_one_answer_over_two_cells(handed, tasks):
    handed.answer("value", "import torch\ndef costs(p, D):\n    return torch.xlogy(p, D)")
    handed.insert("value-check", "def value(p_data, p_g, D):\n    return (costs(p_data, D) + costs(p_g, 1 - D)).sum()")
    found = graft(handed.notebook, tasks)
    assert passes(tasks[0], found.answers["value"])


def test_magics_and_shell_commands_do_not_hide_a_cell(handed, tasks):
    right = tasks[0].exercise.reference
    handed.answer("value", f"%matplotlib inline\n!pip install torch\nfiles = !ls\ntorch.sum?\n{right}")
    handed.duplicate("jsd-answer", f"%%time\n{tasks[1].exercise.reference}")
    found = graft(handed.notebook, tasks)
    assert passes(tasks[0], found.answers["value"])
    assert passes(tasks[1], found.answers["jsd"])


def test_cells_in_another_language_are_no_python():
    assert without_magics("%%bash\nrm -rf /") == ""
    assert without_magics("x = 5 \\\n    % 3").count("\n") == 1


def test_remainder_at_the_start_of_a_line_is_no_magic(handed, tasks):
    handed.answer("value", "x = (5\n% 3)\n" + tasks[0].exercise.reference)
    assert passes(tasks[0], graft(handed.notebook, tasks).answers["value"])


def test_syntax_error_costs_its_own_answer_only(handed, tasks):
    handed.all_right().answer("value", "def value(p_data, p_g, D):\n    x = = 1")
    found = graft(handed.notebook, tasks)
    assert all_pass(found, tasks[1:])
    assert found.recovered["value"] == "metadata"
    with pytest.raises(SyntaxError):
        tasks[0].exercise.solve(found.answers["value"])
    assert any("syntax error in line 3, `x = = 1`" in note for note in found.notes)


def test_syntax_error_beside_an_answer_in_one_cell_does_not_lose_it(handed, tasks):
    right = tasks[0].exercise.reference
    handed.answer("value", f"def half(:\n    pass\n\n{right}\nif True:\n    x = 1\nelse:\n    x = 2\nprint(x")
    assert passes(tasks[0], graft(handed.notebook, tasks).answers["value"])


def test_deleted_and_edited_checks_are_noted_and_not_needed(handed, tasks):
    handed.all_right().delete("jsd-check").cells[handed.at("value-check")]["source"] = "ganlab.check('value', print)"
    found = graft(handed.notebook, tasks)
    assert all_pass(found, tasks)
    assert found.notes == (
        "value: its check was edited; it is not used",
        "jsd: its check was deleted or changed; it is not needed",
    )
    assert found.doubts == ()


def test_deleted_answer_is_lost_and_said(handed, tasks):
    handed.all_right().delete("value-answer")
    found = graft(handed.notebook, tasks)
    assert found.recovered["value"] == "lost"
    assert "value" not in found.answers
    assert any("value: lost" in doubt for doubt in found.doubts)
    assert all_pass(found, tasks[1:])


def test_emptied_cell_is_not_attempted(handed, tasks):
    handed.all_right().cell("value")["source"] = "# EXERCISE value\n"
    found = graft(handed.notebook, tasks)
    assert found.recovered["value"] == "metadata"
    assert found.doubts == ()


@pytest.mark.parametrize("checked", ["ganlab.check('value', my_value)", "print('gone')"])
def test_renamed_function_is_taken_and_needs_a_look(handed, tasks, checked):
    handed.answer("value", tasks[0].exercise.reference.replace("def value", "def my_value"))
    handed.cells[handed.at("value-check")]["source"] = checked
    found = graft(handed.notebook, tasks)
    assert passes(tasks[0], found.answers["value"])
    assert any("my_value was taken for value" in doubt for doubt in found.doubts)


def test_function_beside_the_stub_is_taken_if_it_was_checked(handed, tasks):
    mine = tasks[0].exercise.reference.replace("def value", "def my_value")
    handed.answer("value", f"{tasks[0].exercise.stub}\n\n{mine}")
    handed.cells[handed.at("value-check")]["source"] = 'ganlab.check("value", my_value)'
    found = graft(handed.notebook, tasks)
    assert passes(tasks[0], found.answers["value"])
    assert any("my_value was taken for value" in doubt for doubt in found.doubts)


def test_function_in_a_text_cell_is_read(handed, tasks):
    handed.all_right().cell("value")["cell_type"] = "raw"
    found = graft(handed.notebook, tasks)
    assert all_pass(found, tasks)
    assert any("text cell" in note for note in found.notes)


def test_import_of_the_set_up_cell_is_given_where_it_was_deleted(handed, tasks):
    source = "def value(p_data, p_g, D):\n    return (torch.xlogy(p_data, D) + torch.xlogy(p_g, 1 - D)).sum()"
    found = graft(handed.answer("value", source).delete("set-up").notebook, tasks)
    assert passes(tasks[0], found.answers["value"])


def test_star_imports_are_kept(handed, tasks):
    source = "def value(p_data, p_g, D):\n    return (xlogy(p_data, D) + xlogy(p_g, 1 - D)).sum()"
    found = graft(handed.answer("value", source).insert(2, "from torch import *").notebook, tasks)
    assert passes(tasks[0], found.answers["value"])


def test_values_keep_their_changes_line_by_line(handed_of):
    tasks = assignments.tasks(assignments.chapter("9"), "secret")
    page = (
        handed_of(tasks).answer("gp_bugs", "bugs = {'A': 3}\nbugs['B'] = 5").insert("gp_bugs-check", "bugs.update(C=1)")
    )
    found = graft(page.insert("gp_bugs-check", "bugs['D'] = 4").notebook, tasks)
    assert tasks[2].exercise.solve(found.answers["gp_bugs"]) == ({"A": 3, "B": 5, "C": 1, "D": 4},)
    assert found.doubts == ()


def test_value_that_a_loop_changes_needs_a_look(handed_of):
    tasks = assignments.tasks(assignments.chapter("6"), "secret")
    page = handed_of(tasks).answer("nine_steps", "order = []\nfor letter in 'abc':\n    order.append(letter)")
    assert any("a block that is not run changes order" in doubt for doubt in graft(page.notebook, tasks).doubts)


def test_answer_may_use_the_answer_to_another_task(handed_of):
    tasks = assignments.tasks(assignments.chapter("6"), "secret")
    page = handed_of(tasks).all_right()
    page.answer("g_loss", "def generator_loss(s):\n    return discriminator_loss(s, s)")
    page.duplicate("d_loss-answer", "def discriminator_loss(real_logits, fake_logits):\n    raise NotImplementedError")
    source = graft(page.notebook, tasks).answers["g_loss"]
    assert "softplus(-real_logits)" in source or "def discriminator_loss" in source
    assert "raise NotImplementedError" not in source


def test_future_imports_come_first(handed, tasks):
    handed.answer("value", "import torch\n" + tasks[0].exercise.reference).insert(
        2, "from __future__ import annotations"
    )
    handed.answer("jsd", "x: annotations = 1\n" + tasks[1].exercise.reference + "\nannotations")
    assert passes(tasks[0], graft(handed.notebook, tasks).answers["value"])


@pytest.mark.parametrize(
    "notebook",
    [
        {},
        {"cells": None},
        {"cells": [None, 1, "x", [], {}, {"cell_type": "code"}, {"cell_type": "code", "source": 5, "metadata": []}]},
        {
            "cells": [
                {"cell_type": "code", "source": ["a = 1", 5, None], "metadata": {"ganlab": {"exercise": ["value"]}}}
            ]
        },
        {"cells": [{"cell_type": "code", "source": "def value(" * 50 + "\0\ud800", "metadata": {"ganlab": 3}}]},
        {"cells": [{"cell_type": "code", "source": "x = " + "-" * 100_000 + "1"}]},
        {"cells": [{"cell_type": "code", "source": "[" * 100_000}]},
        {"cells": [{"cell_type": "code", "source": "value" + "()" * 50_000}]},
    ],
    ids=range(8),
)
def test_hostile_notebook_loses_its_answers_and_nothing_else(notebook, tasks):
    found = graft(notebook, tasks)
    assert set(found.recovered) == {task.id for task in tasks}
    assert len(found.doubts) >= len(tasks) - 1


def test_chain_of_helpers_without_end_is_told(handed, tasks):
    chain = "".join(f"def f{i}(): return f{i - 1}()\n" for i in range(1, 5000))
    found = graft(handed.all_right().answer("value", f"{chain}def value(a, b, c): return f4999()").notebook, tasks)
    assert all_pass(found, tasks[1:])
    assert any("nested too deeply" in doubt for doubt in found.doubts)


def test_far_too_much_code_is_refused(tasks):
    with pytest.raises(ValueError, match=r"holds 600,000 characters of code"):
        graft({"cells": [{"cell_type": "code", "source": "#" * 600_000}]}, tasks)


@pytest.fixture
def switching():
    """Python lets another thread go on whenever it collects garbage, also in the middle of parsing."""
    before = gc.get_threshold()
    callback = lambda *_: time.sleep(0.0001)  # noqa: E731
    gc.callbacks.append(callback)
    gc.set_threshold(20)
    yield
    gc.set_threshold(*before)
    gc.callbacks.remove(callback)


def test_several_notebooks_are_read_at_once(switching, handed, run, tasks):
    """Python 3.11 loses count of its depth where two threads parse (CPython issue 106905)."""
    pages = [(handed.all_right().notebook, tasks), (run[0].all_right().notebook, run[1])] * 12
    links = [('settle_link = "#lab=x"', "settle_link")] * 24
    with ThreadPoolExecutor(4) as pool:
        found, read = [pool.submit(graft, *page) for page in pages], [pool.submit(link_in, *link) for link in links]
    assert [each.exception() for each in found + read] == [None] * 48
