"""What an export writes, looked at without the tools, and what is said when nothing can be written."""

import ast
import json
import os
import re
import sys
from types import ModuleType, SimpleNamespace

import pytest

from ganlab.checks import Exercise
from ganlab.course import assignments
from ganlab.course.__main__ import main
from ganlab.course.exports import nbgrader, otter
from ganlab.course.folder import Course

CHAPTER = "04-the-game"
PROBLEMS = "07-why-it-circles-problems"
TOOLS = {"nbgrader": nbgrader, "otter": otter}


@pytest.fixture
def course(tmp_path):
    return Course.new(tmp_path / "Kurs Übung 🦊", name='GANs "26" {Übung}', chapters=["4", "7 problems"])


def run(course, *arguments):
    return main(["export", str(course.path), *arguments])


def reweighted(course, line):
    path = course.path / "course.toml"
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    return Course.open(course.path)


def source(course, slug=CHAPTER):
    return json.loads((course.path / f"nbgrader/source/{slug}/{slug}.ipynb").read_text(encoding="utf-8"))


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).parts[0] != "earlier"
    }


def as_students_get_it(notebook):
    """What `nbgrader generate_assignment` leaves of a source: nothing between the markers."""
    cut = re.compile(r"^### BEGIN (SOLUTION|HIDDEN TESTS)$.*?^### END \1$", re.MULTILINE | re.DOTALL)
    return {cell["id"]: cut.sub("", cell["source"]).rstrip() for cell in notebook["cells"]}


# What students get.


def test_students_of_nbgrader_get_the_released_notebook(course):
    assert run(course, "4", "--nbgrader") == 0
    assert main(["release", str(course.path), "4"]) == 0
    released = json.loads((course.path / "release" / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    assert as_students_get_it(source(course)) == {cell["id"]: cell["source"].rstrip() for cell in released["cells"]}


def test_students_of_otter_get_the_released_notebook(course):
    assert run(course, "4", "--otter") == 0
    assert main(["release", str(course.path), "4"]) == 0
    exported = course.path / "otter" / CHAPTER / "student" / f"{CHAPTER}.ipynb"
    assert exported.read_bytes() == (course.path / "release" / f"{CHAPTER}.ipynb").read_bytes()


@pytest.mark.parametrize("slug", [CHAPTER, PROBLEMS])
def test_neither_solutions_nor_hidden_cases_nor_keys_are_in_what_students_get(course, slug):
    for tool in TOOLS:
        assert run(course, slug, f"--{tool}") == 0
    student = (course.path / "otter" / slug / "student" / f"{slug}.ipynb").read_text(encoding="utf-8")
    texts = [student, json.dumps(as_students_get_it(source(course, slug)), ensure_ascii=False)]
    for task in course.tasks(course.chapter(slug)):
        secret = [task.draw.key, str(task.seed), *(case.title for case in task.exercise.cases if not case.visible)]
        if not task.mark:
            secret.append(ast.unparse(ast.parse(task.exercise.reference).body[-1]).splitlines()[-1])
        assert not [text for text in texts for each in [*secret, course.secret] if each in text]


# What the graders get.


def test_cells_of_nbgrader_say_what_they_are(course):
    run(course, "4", "--nbgrader")
    kinds = {}
    for cell in source(course)["cells"]:
        if known := cell["metadata"].get("nbgrader"):
            kinds[cell["id"]] = [key for key in ("grade", "locked", "solution", "task") if known[key]]
            assert known["schema_version"] == 3
            assert re.fullmatch(r"[a-zA-Z0-9_\-]+", known["grade_id"])
    tasks = assignments.chapter(CHAPTER).tasks
    answers = {f"{name}-answer": ["solution"] for name in tasks}
    assert kinds == {"set-up": ["locked"]} | answers | {f"{name}-check": ["grade", "locked"] for name in tasks}


def test_last_line_of_a_test_cell_is_a_number_of_points(course, monkeypatch, capsys):
    run(course, "4", "--nbgrader")
    tasks = {task.id: task for task in course.tasks(course.chapter("4"))}
    monkeypatch.chdir(course.path / "nbgrader")
    for cell in source(course)["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            task = tasks[cell["metadata"]["nbgrader"]["grade_id"]]
            names = dict(zip(task.exercise.names, task.exercise.solve(task.exercise.reference), strict=True))
            *before, last, _ = cell["source"].splitlines()
            exec("\n".join(["import ganlab", *before]), names)
            assert eval(last, names) == task.out_of == cell["metadata"]["nbgrader"]["points"]
    assert capsys.readouterr().out.count("✓") == 2 * len(tasks)


def test_points_are_those_of_the_cases_that_pass_with_the_seed_of_the_course(course, monkeypatch):
    run(course, "4", "--nbgrader")
    monkeypatch.chdir(course.path / "nbgrader")
    task = course.tasks(course.chapter("4"))[0]
    for mistake in task.exercise.mistakes:
        answers = task.exercise.solve(mistake.source)
        report = task.exercise.run(*answers, seed=task.seed)
        assert nbgrader.points(task.id, *answers) == report.points < task.out_of
    assert nbgrader.points(task.id, *task.exercise.solve(task.exercise.stub)) == 0


def test_both_tools_use_the_seed_of_the_course(course, monkeypatch):
    run(course, "4", "--nbgrader")
    monkeypatch.chdir(course.path / "nbgrader")
    seeds, believed = [], Exercise.run
    monkeypatch.setattr(Exercise, "run", lambda *a, seed=0, **k: seeds.append(seed) or believed(*a, seed=seed, **k))
    task = course.tasks(course.chapter("4"))[0]
    answers = task.exercise.solve(task.exercise.reference)
    nbgrader.points(task.id, *answers)
    otter.Cases(task.id, key=task.draw.key).require(task.exercise.cases[0].name, *answers)
    assert seeds == [task.seed] * 2


def test_half_written_answer_gets_nothing_from_either_tool(course, monkeypatch):
    run(course, "4", "--nbgrader")
    monkeypatch.chdir(course.path / "nbgrader")
    task = course.tasks(course.chapter("4"))[0]
    calls, (right,) = [], task.exercise.solve(task.exercise.reference)

    def half(*arguments):
        calls.append(arguments)
        if len(calls) > 1:
            raise NotImplementedError
        return right(*arguments)

    assert nbgrader.points(task.id, half) == 0
    calls.clear()
    cases = otter.Cases(task.id, key=task.draw.key)
    with pytest.raises(AssertionError):
        cases.require(task.exercise.cases[0].name, half)
    assert len(calls) > 1


def test_weights_of_the_course_hold_in_both_tools(course, monkeypatch, otter_grader):
    course = reweighted(course, "value = 1.1\njsd = 0")
    for tool in TOOLS:
        run(course, "4", f"--{tool}")
    monkeypatch.chdir(course.path / "nbgrader")
    cells = {cell["id"]: cell["metadata"].get("nbgrader", {}) for cell in source(course)["cells"]}
    for name, most in (("value", 1.1), ("jsd", 0)):
        task = assignments.task(name, course.tasks(course.chapter("4"))[0].draw)
        assert cells[f"{name}-check"]["points"] == most
        assert nbgrader.points(name, *task.exercise.solve(task.exercise.reference)) == most
        cases = otter_grader(course.path / "otter" / CHAPTER / "tests" / f"{name}.py")
        assert sum(case.points for case in cases) == pytest.approx(most)


def test_keys_of_nbgrader_are_read_from_the_outermost_folder(course, monkeypatch):
    run(course, "4", "--nbgrader")
    inside = course.path / "nbgrader" / "autograded" / "bo" / CHAPTER
    inside.mkdir(parents=True)
    (inside / nbgrader.KEYS).write_text('{"value": {"key": "easy", "points": 1000, "chapter": "x"}}')
    monkeypatch.chdir(inside)
    task = course.tasks(course.chapter("4"))[0]
    assert nbgrader.points("value", *task.exercise.solve(task.exercise.reference)) == task.out_of


def test_points_without_keys_are_an_error_and_not_zero(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"no ganlab_keys\.json above"):
        nbgrader.points("value", max)
    (tmp_path / nbgrader.KEYS).write_text("{}")
    with pytest.raises(ValueError, match="export its chapter again"):
        nbgrader.points("value", max)


@pytest.fixture
def otter_grader(monkeypatch):
    """Read a test file as otter does: return its test cases, each with its function."""

    class Decorator(SimpleNamespace):
        def __call__(self, function):
            self.function = function
            return self

    stand_in = ModuleType("otter.test_files")
    stand_in.test_case = Decorator
    monkeypatch.setitem(sys.modules, "otter", ModuleType("otter"))
    monkeypatch.setitem(sys.modules, "otter.test_files", stand_in)

    def read(path):
        names = {}
        exec(path.read_text(encoding="utf-8"), names)
        assert names["OK_FORMAT"] is False
        assert names["name"] == path.stem
        assert names["points"] is None
        return [value for value in names.values() if isinstance(value, Decorator)]

    return read


def passes(case, task, source):
    try:
        case.function(*task.exercise.solve(source))
    except AssertionError:
        return False
    return True


def test_a_case_of_otter_is_a_case_of_the_exercise(course, otter_grader):
    run(course, "7 problems", "--otter")
    for task in course.tasks(course.chapter("7 problems")):
        if task.mark:
            continue
        path = course.path / "otter" / PROBLEMS / "tests" / f"{task.id}.py"
        cases = otter_grader(path)
        facts = [(case.name, case.points, case.hidden) for case in cases]
        assert facts == [(case.title, case.points, not case.visible) for case in task.exercise.cases]
        for text in (task.exercise.reference, task.exercise.mistakes[0].source, task.exercise.stub):
            report = task.exercise.run(*task.exercise.solve(text), seed=task.seed)
            won = sum(case.points for case in otter_grader(path) if passes(case, task, text))
            assert won == report.points


def test_missing_answer_passes_no_case_of_otter(course):
    for task in course.tasks(course.chapter("4")):
        cases = otter.Cases(task.id, key=task.draw.key)
        for case in task.exercise.cases:
            with pytest.raises(AssertionError, match=r"."):
                cases.require(case.name, *[None] * len(task.exercise.names))


@pytest.mark.parametrize("tool", TOOLS)
def test_keys_are_for_the_owner_alone(course, tool):
    run(course, "4", f"--{tool}")
    keys = [task.draw.key for task in course.tasks(course.chapter("4"))]
    for name, text in files(course.path / tool).items():
        if any(key in text for key in keys):
            assert (course.path / tool / name).stat().st_mode & 0o077 == 0, name


# Answers are recovered.


def test_answers_are_put_into_the_released_notebook(course, handed_of, monkeypatch):
    nbformat = pytest.importorskip("nbformat")
    run(course, "4", "--nbgrader")
    root = course.path / "nbgrader"
    released = root / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    released.parent.mkdir(parents=True)
    notebook = source(course)
    for cell in notebook["cells"]:
        cell["source"] = as_students_get_it(notebook)[cell["id"]]
    essay = {"cell_type": "markdown", "id": "essay", "source": "YOUR ANSWER HERE"}
    notebook["cells"].append(essay | {"metadata": {"nbgrader": {"grade_id": "essay", "solution": True}}})
    released.write_text(json.dumps(notebook), encoding="utf-8")
    tasks = course.tasks(course.chapter("4"))
    page = handed_of(tasks).all_right().insert(2, "while True: pass")
    page.cells.append(notebook["cells"][-1] | {"source": "My thoughts."})
    page.delete(f"{tasks[0].id}-answer").insert(3, tasks[0].exercise.reference).duplicate(f"{tasks[1].id}-check")
    monkeypatch.chdir(root)
    where = {"nbgrader": {"assignment": CHAPTER, "notebook": CHAPTER}}
    clean, resources = nbgrader.recovered(nbformat.from_dict(page.notebook), where)
    assert resources is where
    assert [cell["id"] for cell in clean["cells"]] == [cell["id"] for cell in notebook["cells"]]
    texts = {cell["id"]: cell["source"] for cell in clean["cells"]}
    assert texts["essay"] == "My thoughts."
    for task in tasks:
        *_, last = ast.parse(texts[f"{task.id}-answer"]).body
        assert ast.dump(last) == ast.dump(ast.parse(task.exercise.reference).body[-1])


def test_notebook_of_another_kind_stays_as_it_is(course, monkeypatch):
    run(course, "4", "--nbgrader")
    monkeypatch.chdir(course.path / "nbgrader")
    notebook = {"cells": []}
    for where in ({"assignment": "hw1", "notebook": "essay"}, {"assignment": CHAPTER, "notebook": CHAPTER}):
        assert nbgrader.recovered(notebook, {"nbgrader": where})[0] is notebook


def test_plugin_of_otter_runs_the_answers_and_nothing_else(course, handed_of):
    nbformat = pytest.importorskip("nbformat")
    run(course, "4", "--otter")
    config = json.loads((course.path / "otter" / CHAPTER / "otter_config.json").read_text(encoding="utf-8"))
    ((name, given),) = config["plugins"][0].items()
    assert name == "ganlab.course.exports.otter.Recovered"
    tasks = course.tasks(course.chapter("4"))
    page = handed_of(tasks).all_right().insert(2, "while True: pass").colab()
    clean = otter.Recovered("", {}, given).before_execution(nbformat.from_dict(page.notebook))
    nbformat.validate(clean)
    assert len(clean["cells"]) == len(tasks)
    assert not any("while True" in cell["source"] or "check(" in cell["source"] for cell in clean["cells"])


def test_renamed_notebook_gets_the_name_of_the_released_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("release/hw1/hw1.ipynb", "submitted/Jo Müller/hw1/Copy of hw1 (1).ipynb"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(name)
    given = tmp_path / "submitted/Jo Müller/hw1/Copy of hw1 (1).ipynb"
    notebooks = [str(given)]
    nbgrader.renamed(assignment="hw1", student="*", notebooks=notebooks)
    assert notebooks == [str(given.with_name("hw1.ipynb"))]
    assert given.with_name("hw1.ipynb").read_text() == given.read_text()
    nbgrader.tidied(assignment="hw1", student="*", notebooks=notebooks)
    assert list(given.parent.iterdir()) == [given]
    two = [*notebooks, str(given)]
    nbgrader.renamed(assignment="hw1", student="*", notebooks=two)
    assert two == [*notebooks, str(given)]


# Written again, and said.


@pytest.mark.parametrize("tool", TOOLS)
def test_same_export_again_changes_nothing(course, tool, capsys):
    run(course, f"--{tool}")
    before = files(course.path / tool)
    run(course, f"--{tool}")
    assert files(course.path / tool) == before
    assert not (course.path / tool / "earlier").exists()
    assert "earlier" not in capsys.readouterr().out


@pytest.mark.parametrize("tool", TOOLS)
def test_export_over_changed_files_loses_none(course, tool, capsys):
    run(course, "4", f"--{tool}")
    root = course.path / tool
    before = files(root)
    (root / "gradebook.db").write_text("mine")
    for turn in ("1", "2"):
        for name in before:
            (root / name).write_text(f"changed {turn}")
        assert run(course, "4", f"--{tool}") == 0
        assert str(root / "earlier" / turn) in capsys.readouterr().out
        for name in before.keys() - {nbgrader.CONFIG}:
            assert (root / "earlier" / turn / name).read_text() == f"changed {turn}"
    assert (root / "gradebook.db").read_text() == "mine"
    after = files(root)
    assert {name: after[name] for name in before.keys() - {nbgrader.CONFIG}} == {
        name: text for name, text in before.items() if name != nbgrader.CONFIG
    }
    if tool == "nbgrader":
        assert after[nbgrader.CONFIG] == "changed 2"


def test_second_chapter_is_added_to_the_first(course):
    run(course, "4", "--nbgrader")
    before = files(course.path / "nbgrader")
    run(course, "7 problems", "--nbgrader")
    after = files(course.path / "nbgrader")
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"README.md"}
    assert after.keys() - before.keys() == {f"source/{PROBLEMS}/{PROBLEMS}.ipynb"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "one of the arguments --nbgrader --otter is required"),
        (["--nbgrader", "--otter"], "not allowed with argument"),
    ],
)
def test_exactly_one_tool_has_to_be_named(course, capsys, arguments, words):
    with pytest.raises(SystemExit, match="2"):
        run(course, *arguments)
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("chapters", "words"),
    [
        (["99"], "no chapter '99'"),
        (["5"], "05-two-generator-losses is not in this course"),
        (["4", "5"], "not in this"),
    ],
)
def test_chapter_that_cannot_be_exported_is_told_and_nothing_is_written(course, capsys, chapters, words):
    assert run(course, *chapters, "--otter") == 2
    assert words in capsys.readouterr().err
    assert not (course.path / "otter").exists()


def test_folder_that_is_no_course_is_told(tmp_path, capsys):
    assert main(["export", str(tmp_path), "--otter"]) == 2
    assert "is no course" in capsys.readouterr().err


def test_reference_that_does_not_pass_stops_the_export(course, capsys, monkeypatch):
    task = course.tasks(course.chapter("4"))[0]
    monkeypatch.setattr(task.exercise, "reference", task.exercise.stub)
    assert run(course, "4", "--nbgrader") == 2
    assert "the reference does not pass" in capsys.readouterr().err
    assert not (course.path / "nbgrader").exists()


@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_left_out_is_said(course, tool, capsys):
    path = course.path / "course.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("per_student = false", "per_student = true"))
    run(course, "7 problems", f"--{tool}")
    told = capsys.readouterr().out
    assert "without settle (runs of a lab)" in told
    assert "a variant for each student is not exported" in told
    readme = next((course.path / tool).rglob("README.md")).read_text(encoding="utf-8")
    assert "runs of a lab" in readme or "run of a lab" in readme
    assert not list((course.path / tool).rglob("*settle.*"))


def test_chapter_of_runs_alone_cannot_be_exported(course, monkeypatch, capsys):
    chapter = course.chapter("7 problems")
    only = assignments.Chapter(chapter.slug, chapter.title, chapter.page, ("settle",))
    monkeypatch.setattr(Course, "chapter", lambda self, name: only)
    assert run(course, "7 problems", "--otter") == 2
    assert "only settle (runs of a lab)" in capsys.readouterr().err


@pytest.mark.parametrize("tool", TOOLS)
def test_readme_names_commands_and_what_is_not_protected(course, tool):
    run(course, "4", f"--{tool}")
    readme = next((course.path / tool).rglob("README.md")).read_text(encoding="utf-8")
    assert not re.search(r"[{}]", readme)
    assert CHAPTER in readme
    assert assignments.package() in readme
    assert re.search(rf"What {tool} does not protect", readme)


def test_configuration_of_nbgrader_is_python_that_sets_what_the_traps_demand(course, monkeypatch):
    run(course, "4", "--nbgrader")
    parts = ["CheckCellMetadata", "ClearOutput", "DeduplicateIds", "OverwriteCells", "OverwriteKernelspec"]
    stand_in = ModuleType("nbgrader.preprocessors")
    vars(stand_in).update(dict.fromkeys(parts))
    monkeypatch.setitem(sys.modules, "nbgrader", ModuleType("nbgrader"))
    monkeypatch.setitem(sys.modules, "nbgrader.preprocessors", stand_in)
    names = ("IgnorePattern", "Execute", "ClearSolutions", "Autograde")
    c = SimpleNamespace(**{name: SimpleNamespace() for name in names})
    exec((course.path / "nbgrader" / nbgrader.OURS).read_text(encoding="utf-8"), {"get_config": lambda: c})
    assert c.IgnorePattern.enabled
    assert re.search(c.IgnorePattern.pattern, "\n")
    longest = max(task.exercise.seconds for task in course.tasks(course.chapter("4")))
    assert c.Execute.timeout > 2 * longest
    assert nbgrader.recovered in c.Autograde.sanitize_preprocessors
    hooks = (c.Autograde.pre_convert_hook, c.Autograde.post_convert_hook)
    assert [getattr(nbgrader, each.rpartition(".")[2]) for each in hooks] == [nbgrader.renamed, nbgrader.tidied]
    config = (course.path / "nbgrader" / nbgrader.CONFIG).read_text(encoding="utf-8")
    assert os.path.basename(nbgrader.OURS) in config
