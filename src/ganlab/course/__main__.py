"""`python -m ganlab.course`: hand out exercises, grade what comes back, see what the class misunderstands."""

import argparse
import errno
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from ganlab.course import assignments
from ganlab.course.folder import Course
from ganlab.course.own import FOLDER
from ganlab.course.release import release

_EXAMPLES = """\
examples:
  python -m ganlab.course new gans-2026 --chapters 4 6 "6-problems: by_hand"
  python -m ganlab.course release gans-2026 4
      … hand out gans-2026/release/04-the-game.ipynb; students work in Colab or Jupyter and hand in the notebook …
  python -m ganlab.course grade gans-2026 4 ~/Downloads/submissions.zip
      … read gans-2026/report.html, import gans-2026/grades.csv, return gans-2026/feedback/ …
"""
_EXPORT = """\
For courses that grade with nbgrader 0.9.6 or otter-grader 7.0.0. The exercises, points and random numbers are those
of `release` and `grade`; everybody gets the same. Runs of a lab are left out. COURSE/nbgrader or COURSE/otter is
written, with a README.md that says how to go on; what lies there already and differs is moved to its folder `earlier`.
Neither tool keeps a submission away from your files as `grade` does: the README.md says what it can reach.

examples:
  python -m ganlab.course export gans-2026 4 6 --nbgrader
  python -m ganlab.course export gans-2026 --otter
"""
_GRADE = """\
SUBMISSIONS may be
  a folder of notebooks      ada.ipynb, "Copy of 04-the-game - Bo.ipynb", …
  a folder for each student  ada/04-the-game.ipynb, bo/04-the-game.ipynb, …
  the ZIP that Moodle, Canvas or Gradescope hand out

Only what is new or changed is graded: call it again when late submissions come, or after it was stopped.
Each submission runs in a sandbox (Linux with bubblewrap): no network, nothing of this machine but Python.

examples:
  python -m ganlab.course grade gans-2026 4
  python -m ganlab.course grade gans-2026 4 ~/Downloads/submissions.zip --people roster.csv
"""


_CHAPTERS = 'numbers or names, each with some of its tasks if not all: "6: d_loss, g_loss" (default: all)'

_DECIDE = """\
A submission needs a look until you decide; the decision is kept when it is graded again, and shown in the table, in the
report and on the student's page, with the note. If the student hands in something else, it needs a new look.

examples:
  python -m ganlab.course decide gans-2026 6 hana --keep
  python -m ganlab.course decide gans-2026 6 hana --points d_loss=8 g_loss=11 --note "As we agreed when we talked."
  python -m ganlab.course decide gans-2026 6 hana --zero train_step
  python -m ganlab.course decide gans-2026 6 hana --undo
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status: 0, or 2 with a message of what was wrong and how to cure it."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if not hasattr(given, "run"):
        parser.print_help()
        return 0
    try:
        given.run(given)
    except (ValueError, OSError, ImportError, RuntimeError) as error:
        print(f"error: {error}{_cure(error, given.course)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on where it was", file=sys.stderr)
        return 130
    return 0


def _cure(error: Exception, course: str) -> str:
    """Return how to go on after an error of the system, which says what is wrong but not what to do."""
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT):
        return f" while writing {course}; no half file was kept: free some space, and give the same command again"
    if number in (errno.EROFS, errno.EACCES, errno.EPERM):
        return "; give yourself the right to write there, or take a copy of the course that you may write"
    return ""


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "python -m ganlab.course", description=__doc__, epilog=_EXAMPLES, formatter_class=raw
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], None], epilog: str = "") -> argparse.ArgumentParser:
        text = run.__doc__ or ""
        added = commands.add_parser(name, help=text, description=text, epilog=epilog, formatter_class=raw)
        added.add_argument("course", metavar="COURSE", help="the folder of the course")
        added.set_defaults(run=run)
        return added

    chapters = "chapters:\n  " + "\n  ".join(assignments.chapters())
    new = command("new", _new, chapters)
    new.add_argument("--name", default="", help="as students see it (default: that of the folder)")
    new.add_argument("--chapters", nargs="+", default=[], metavar="CHAPTER", help=_CHAPTERS)
    _add_chapters(command("release", _release, chapters))
    _add_grade(command("grade", _grade, _GRADE))
    _add_decide(command("decide", _decide, _DECIDE))
    _add_people(command("report", _report))
    _add_tools(_add_chapters(command("export", _export, _EXPORT)))
    return parser


def _add_chapters(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    text = "numbers or names (default: all of the course)"
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help=text)
    return parser


def _add_tools(parser: argparse.ArgumentParser) -> None:
    tools = parser.add_mutually_exclusive_group(required=True)
    for tool, words in (("nbgrader", "as an nbgrader course"), ("otter", "for otter-grader")):
        tools.add_argument(f"--{tool}", action="store_const", dest="tool", const=tool, help=words)


def _add_grade(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("chapter", metavar="CHAPTER", help="number or name")
    where = "folder or ZIP (default: COURSE/submissions/CHAPTER)"
    parser.add_argument("submissions", nargs="?", metavar="SUBMISSIONS", help=where)
    parser.add_argument("--jobs", type=_count, default=0, metavar="N", help="submissions at once (default: processors)")
    parser.add_argument("--unsafe", action="store_true", help="run submissions WITHOUT a sandbox, with all your rights")
    _add_people(parser)


def _add_decide(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("chapter", metavar="CHAPTER", help="number or name")
    parser.add_argument("student", metavar="STUDENT", help="as in grades.csv; spelling may differ")
    whole = parser.add_mutually_exclusive_group()
    whole.add_argument("--keep", action="store_true", help="the points stand as the grader gave them")
    whole.add_argument("--undo", action="store_true", help="take the decision back")
    some = "points of these tasks, in place of the grader's"
    parser.add_argument("--points", nargs="+", type=_points, default=[], metavar="TASK=NUMBER", help=some)
    parser.add_argument("--zero", nargs="+", default=[], metavar="TASK", help="no points for these tasks")
    parser.add_argument("--note", default="", metavar="TEXT", help="why; the student reads it, too")
    _add_people(parser)


def _points(text: str) -> tuple[str, float]:
    task, _, number = text.partition("=")
    try:
        return task.strip(), float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a task and its points, such as d_loss=8, got {text!r}") from None


def _add_people(parser: argparse.ArgumentParser) -> None:
    text = "list of students exported from Canvas, Moodle or Gradescope (CSV), to fill their columns"
    parser.add_argument("--people", metavar="FILE", help=text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to 256, got {text!r}")
    return int(text)


def _new(given: argparse.Namespace) -> None:
    """make the folder of a new course"""
    course = Course.new(given.course, name=given.name, chapters=given.chapters)
    print(
        f"{course.path} is ready: {_many(len(course.chapters), 'chapter')}, settings in {course.path / 'course.toml'}."
    )
    own = course.path / FOLDER
    print(f"Students can read the book's answers in the package, but not those of your own problems in {own}.")
    print(f"Next: python -m ganlab.course release {_quoted(given.course)} {_short(next(iter(course.parts)))}")


def _release(given: argparse.Namespace) -> None:
    """write the notebooks of a chapter: for students, and with solutions"""
    course = Course.open(given.course)
    for chapter in [course.chapter(name) for name in given.chapters or course.chapters]:
        students, instructors = release(course, chapter)
        print(f"{_written(students)}: to hand out\n{_written(instructors)}: with solutions, for you")


def _written(paths: Sequence[Path]) -> str:
    return str(paths[0]) if len(paths) == 1 else f"{len(paths)} notebooks in {paths[0].parent}"


def _grade(given: argparse.Namespace) -> None:
    """grade what students handed in; safe, several at once, goes on where it was"""
    from ganlab.course.grade import grade  # loads torch

    course = Course.open(given.course)
    chapter = course.chapter(given.chapter)
    folder = given.submissions or course.path / "submissions" / chapter.slug
    if given.unsafe:
        print("WITHOUT A SANDBOX: submissions can read, change and send whatever you can.", file=sys.stderr)
    outcome = grade(course, chapter, folder, jobs=given.jobs, unsafe=given.unsafe, people=given.people)
    print(f"{_many(len(outcome.graded), 'submission')}, {outcome.fresh} of them graded now.")
    for each in outcome.graded:
        if each.needs_look:
            print(f"  needs a look: {each.student} ({each.file}): {each.notes[0] if each.notes else ''}")
    if any(each.needs_look for each in outcome.graded):
        where = f"{_quoted(given.course)} {_short(chapter.slug)}"
        print(f"  (when you have looked: python -m ganlab.course decide {where} STUDENT --help)")
    if outcome.earlier:
        print(f"  from earlier runs, not among these submissions: {', '.join(outcome.earlier)}")
        print(f"  (to drop one, delete its file in {course.path / 'graded' / chapter.slug})")
    _say_where(course)


def _decide(given: argparse.Namespace) -> None:
    """decide on a submission that needs a look"""
    from ganlab.course import decisions
    from ganlab.course.grade import write_pages, write_tables

    points = {**dict(given.points), **dict.fromkeys(given.zero, 0.0)}
    if bool(points) == (given.keep or given.undo):
        raise ValueError("say what you decide: --keep or --undo, or else --points TASK=NUMBER and --zero TASK")
    course = Course.open(given.course)
    chapter = course.chapter(given.chapter)
    with course.alone():
        if given.undo:
            graded = decisions.undo(course, chapter, given.student)
        else:
            graded = decisions.decide(course, chapter, given.student, points, note=given.note)
        write_pages(course, [graded])
        write_tables(course, people=given.people)
    print(f"{graded.student}: {graded.decision or 'no decision'}" + "; still needs a look" * graded.needs_look)
    _say_where(course)


def _export(given: argparse.Namespace) -> None:
    """write the exercises for nbgrader or otter-grader"""
    tool = import_module(f"ganlab.course.exports.{given.tool}")
    course = Course.open(given.course)
    chapters = [course.chapter(name) for name in given.chapters or course.chapters]
    out = tool.export(course, list(dict.fromkeys(chapters)))
    print("\n".join(out.chapters))
    if course.per_student:
        print("Everybody gets the same: a variant for each student is not exported.")
    if out.earlier:
        print(f"Files that were there and differ are now in {out.earlier}.")
    print(f"How to go on: {out.root / 'README.md' if given.tool == 'nbgrader' else 'the README.md of each folder'}")


def _report(given: argparse.Namespace) -> None:
    """write tables and report anew from what was graded"""
    from ganlab.course.grade import write_tables

    course = Course.open(given.course)
    write_tables(course, people=given.people)
    _say_where(course)


def _say_where(course: Course) -> None:
    print(f"points: {course.path / 'grades.csv'} (and -canvas, -moodle, -gradescope)")
    print(f"class: {course.path / 'report.html'}\npages for students: {course.path / 'feedback'}")


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _short(slug: str) -> str:
    """Return a chapter as one types it."""
    number, _, words = slug.partition("-")
    if not number.isdecimal():
        return slug
    return f"{int(number)}{assignments.PROBLEMS if words.endswith(assignments.PROBLEMS) else ''}"


def _quoted(path: str) -> str:
    return f"'{path}'" if " " in path else str(Path(path))


def _read_names_as_utf8() -> None:
    """Start again in Python's UTF-8 mode where the locale has another code, which would garble names of files."""
    if sys.getfilesystemencoding() != "utf-8":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


if __name__ == "__main__":
    _read_names_as_utf8()
    sys.exit(main())
