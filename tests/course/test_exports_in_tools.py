"""The real tools grade what we export and give our points: nbgrader and otter-grader, each in its own environment.

With what an export sets, there is no difference: the table is that of `test_course`. Where nbgrader alone differs, a
test says in what. `otter grade` is not tried, since it needs Docker; `otter run` is the same without a container.
Slow: the environments are made with pip, and each tool runs more than a dozen notebooks.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

import ganlab
from ganlab.course import assignments
from ganlab.course.__main__ import main
from ganlab.course.folder import Course

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

import twelve
from twelve import CHAPTER, MOST

pytestmark = pytest.mark.slow

PROBLEMS = "07-why-it-circles-problems"
POINTS = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    submissions = book.find_assignment(sys.argv[1]).submissions
    print(json.dumps({s.student.id: {g.name: g.score for n in s.notebooks for g in n.grades} for s in submissions}))
"""
OTTER = """
import json, sys
from pathlib import Path
from otter.api import grade_submission
found = {}
for path in sorted(Path.cwd().glob("*.ipynb")):
    results = grade_submission(str(path), sys.argv[1], quiet=True)
    found[path.name] = {name: results.get_score(name) for name in results.test_files}
print(json.dumps(found))
"""


class Tool:
    """`tool("export", …)`: a tool in an environment of its own, where all that can be imported here can be, too."""

    def __init__(self, folder, package):
        self.package, self.python = package, folder / "bin" / "python"
        self.own = {name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
        self.own["PATH"] = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])  # nbgrader calls alembic
        self.own["JUPYTER_PATH"] = str(Path(sys.prefix, "share", "jupyter"))  # templates of pages lie outside packages
        venv.create(folder)
        site = self.said("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        ours = [str(Path(ganlab.__file__).parents[1]), *{sysconfig.get_path(each) for each in ("purelib", "platlib")}]
        Path(site, "ours.pth").write_text("".join(f"import site; site.addsitedir({each!r})\n" for each in ours))
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install", "-q", package]
        done = subprocess.run(pip, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no word why"])[-1]
            pytest.skip(f"pip does not install {package}: {reason}")

    def run(self, *arguments, cwd=None):
        command = [str(self.python), *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=os.environ | self.own, capture_output=True, text=True)

    def said(self, *arguments, cwd=None):
        done = self.run(*arguments, cwd=cwd)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def __call__(self, *arguments, cwd):
        return self.said("-m", self.package.partition("==")[0].removesuffix("-grader"), *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("Kurs Übung 🦊") / "demo"
    assert main(["new", str(folder), "--chapters", "3", "7 problems"]) == 0
    for tool in ("nbgrader", "otter"):
        assert main(["export", str(folder), f"--{tool}"]) == 0
    return Course.open(folder)


def expected():
    table = {name: points for name, points, _ in twelve.rows()}
    return table | {"mia": MOST}


def handed_in(course, released, handed_of):
    """What the twelve hand in, and Mia, whose right answers write to stderr where no check can keep it back."""
    tasks = course.tasks(assignments.chapter(CHAPTER))
    notebook = json.loads(released.read_text(encoding="utf-8"))
    mia = handed_of(tasks)
    mia.notebook = json.loads(released.read_text(encoding="utf-8"))
    for task in tasks:
        noise = "    print('loud', file=err, flush=True)\n    return"
        loud = task.exercise.reference.replace("    return", noise)
        mia.answer(task.id, f"import sys\n\nerr = sys.stderr\n{loud}")
    return twelve.handed_in(tasks, notebook, handed_of) | {"mia": mia}


def problems(course, released, handed_of):
    """Right answers to problems, and those mistakes that only a hidden case catches; with what each is worth."""
    tasks = [task for task in course.tasks(assignments.chapter(PROBLEMS)) if not task.mark]
    for title, choose in (("right", _reference), ("only just", _nearly)):
        page = handed_of(tasks)
        page.notebook = json.loads(released.read_text(encoding="utf-8"))
        worth = {}
        for task in tasks:
            source = choose(task)
            page.answer(task.id, source)
            worth[task.id] = task.exercise.run(*task.exercise.solve(source), seed=task.seed).points
        yield title, page, worth


def _reference(task):
    return task.exercise.reference


def _nearly(task):
    hidden = {case.name for case in task.exercise.cases if not case.visible}
    return next((each.source for each in task.exercise.mistakes if each.caught_by in hidden), _reference(task))


# nbgrader.


@pytest.fixture(scope="module")
def nbgrader(tmp_path_factory):
    return Tool(tmp_path_factory.mktemp("nbgrader"), "nbgrader==0.9.6")


@pytest.fixture(scope="module")
def graded_by_nbgrader(course, nbgrader, handed_of):
    root = course.path / "nbgrader"
    for slug in (CHAPTER, PROBLEMS):
        nbgrader("generate_assignment", slug, cwd=root)
    for student, page in handed_in(course, root / f"release/{CHAPTER}/{CHAPTER}.ipynb", handed_of).items():
        page.save(root / "submitted" / student / CHAPTER / twelve.FILES.get(student, f"{CHAPTER}.ipynb"))
    for student, page, _ in problems(course, root / f"release/{PROBLEMS}/{PROBLEMS}.ipynb", handed_of):
        page.save(root / "submitted" / student / PROBLEMS / f"{PROBLEMS}.ipynb")
    for slug in (CHAPTER, PROBLEMS):
        nbgrader("autograde", slug, cwd=root)
        nbgrader("generate_feedback", slug, cwd=root)
    nbgrader("export", cwd=root)
    return root


def test_nbgrader_gives_our_points(graded_by_nbgrader, nbgrader):
    assert json.loads(nbgrader.said("-c", POINTS, CHAPTER, cwd=graded_by_nbgrader)) == expected()


def test_nbgrader_alone_loses_what_the_readme_says(course, graded_by_nbgrader, nbgrader, handed_of):
    """Expected differences without our settings, each the tool's own: why answers are grafted."""
    alone = graded_by_nbgrader.with_name("alone")
    shutil.copytree(graded_by_nbgrader, alone, ignore=shutil.ignore_patterns("submitted", "autograded", "*.db"))
    (alone / "nbgrader_config.py").write_text("get_config().ClearSolutions.code_stub = {'python': ''}\n")
    nbgrader("generate_assignment", CHAPTER, "--force", cwd=alone)
    pages = handed_in(course, alone / f"release/{CHAPTER}/{CHAPTER}.ipynb", handed_of)
    pages["fritz"].notebook["metadata"]["kernelspec"]["display_name"] = "Python 3"  # else it is not even read
    lost = {"fritz": "metadata", "hans": "checks", "kai": "answers in their place", "mia": "stderr"}
    for student in lost:
        pages[student].save(alone / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb")
    nbgrader("autograde", CHAPTER, cwd=alone)
    found = json.loads(nbgrader.said("-c", POINTS, CHAPTER, cwd=alone))
    assert {student: sum(points.values()) for student, points in found.items()} == dict.fromkeys(lost, 0)
    for student in ("Jo Müller", "gerda"):  # Copy of …, and copied cells: nothing is graded
        pages[student].save(alone / "submitted" / student / CHAPTER / twelve.FILES.get(student, f"{CHAPTER}.ipynb"))
        assert nbgrader.run("-m", "nbgrader", "autograde", CHAPTER, "--student", student, cwd=alone).returncode


def test_nbgrader_exports_our_totals(graded_by_nbgrader):
    with open(graded_by_nbgrader / "grades.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == CHAPTER]
    found = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in rows}
    totals = {name: (sum(points.values()), sum(MOST.values())) for name, points in expected().items()}
    assert {name: found[name] for name in totals} == totals


def test_nbgrader_runs_the_hidden_cases_of_problems(course, graded_by_nbgrader, nbgrader, handed_of):
    found = json.loads(nbgrader.said("-c", POINTS, PROBLEMS, cwd=graded_by_nbgrader))
    released = graded_by_nbgrader / f"release/{PROBLEMS}/{PROBLEMS}.ipynb"
    assert found == {name: worth for name, _, worth in problems(course, released, handed_of)}
    assert 0 < sum(found["only just"].values()) < sum(found["right"].values())


def test_released_notebook_of_nbgrader_is_ours(course, graded_by_nbgrader):
    assert main(["release", str(course.path)]) == 0
    for slug in (CHAPTER, PROBLEMS):
        theirs = sources(graded_by_nbgrader / "release" / slug / f"{slug}.ipynb")
        ours = sources(course.path / "release" / f"{slug}.ipynb")
        assert theirs == {name: text for name, text in ours.items() if not name.startswith("settle-")}


def sources(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]).rstrip() for cell in cells}


def test_feedback_of_nbgrader_says_what_failed_and_gives_neither_key_nor_solution(course, graded_by_nbgrader):
    page = graded_by_nbgrader / "feedback" / "böse Übung 🦊" / CHAPTER / f"{CHAPTER}.html"
    text = page.read_text(encoding="utf-8")
    assert "not right yet" in text
    for task in course.tasks(assignments.chapter(CHAPTER)):
        assert task.draw.key not in text
        assert task.exercise.reference.strip().splitlines()[-1].strip() not in text


# otter-grader.


@pytest.fixture(scope="module")
def otter(tmp_path_factory):
    return Tool(tmp_path_factory.mktemp("otter"), "otter-grader==7.0.0")


def graded_by_otter(otter, folder, pages, place):
    """Return the points of notebooks as otter gives them, by name."""
    otter("generate", "-t", "tests", "-o", "autograder.zip", cwd=folder)
    for name, page in pages.items():
        page.save(place / twelve.FILES.get(name, f"{name}.ipynb"))
    said = otter.said("-c", OTTER, folder / "autograder.zip", cwd=place)
    return {_student(file): points for file, points in json.loads(said.splitlines()[-1]).items()}


def _student(file):
    return next((name for name, known in twelve.FILES.items() if known == file), file.removesuffix(".ipynb"))


def test_otter_gives_our_points(course, otter, handed_of, tmp_path):
    folder = course.path / "otter" / CHAPTER
    pages = handed_in(course, folder / "student" / f"{CHAPTER}.ipynb", handed_of)
    assert graded_by_otter(otter, folder, pages, tmp_path) == expected()


def test_otter_runs_the_hidden_cases_of_problems(course, otter, handed_of, tmp_path):
    folder = course.path / "otter" / PROBLEMS
    made = list(problems(course, folder / "student" / f"{PROBLEMS}.ipynb", handed_of))
    found = graded_by_otter(otter, folder, {name: page for name, page, _ in made}, tmp_path)
    assert found == {name: worth for name, _, worth in made}


def test_command_of_otter_gives_the_same(course, otter, handed_of, tmp_path):
    folder = course.path / "otter" / CHAPTER
    pages = handed_in(course, folder / "student" / f"{CHAPTER}.ipynb", handed_of)
    pages["carl"].colab().save(tmp_path / "Copy of carl's.ipynb")
    otter("generate", "-t", "tests", "-o", "autograder.zip", cwd=folder)
    otter("run", "-a", folder / "autograder.zip", "Copy of carl's.ipynb", cwd=tmp_path)
    tests = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["tests"]
    assert {each["name"]: each["score"] for each in tests if "score" in each} == expected()["carl"]
    (failed,) = (each["output"] for each in tests if each["name"] == "d_star")
    assert "inf" in failed or "nan" in failed
