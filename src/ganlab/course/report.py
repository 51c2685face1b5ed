"""Report: what a class knows and what it misunderstands, for the person who will stand before it.

Every sentence to be read out is composed of counts. Where there is nothing to say, the report says so.
"""

import os
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from ganlab.arguments import PATH, TEXT, sequence, takes
from ganlab.checks.exercise import STILL_RUNNING
from ganlab.course import pages
from ganlab.course.feedback import GRADED
from ganlab.course.pages import Book, Place
from ganlab.course.records import Graded, Scored

#: Parts of a bar: its class, its sign, what it is called, and the states that it counts.
PARTS = [
    ("right", "✓", "right", ("right",)),
    ("partly", "◐", "partly right", ("partly",)),
    ("wrong", "✗", "not right yet", ("wrong",)),
    ("stopped", "!", "not marked", ("stopped",)),
    ("none", "○", "not attempted or not found", ("unwritten", "lost")),
]

_SHARED = 2  # answers that go wrong alike: below that, a sentence would point at a person
_ENDLESS = "runs past its time limit"
_SETTLED = 0.75  # of the whole class, those without an answer included
_NOUNS = {"always", "fakes", "its", "labels", "losses", "minus", "rows", "samples", "statistics", "this"}


@dataclass(frozen=True)
class Mistake:
    """What goes wrong and how many answers to one exercise show it; not `recognised`: a property that does not hold."""

    words: str
    count: int
    place: Place | None
    recognised: bool


@dataclass(frozen=True)
class Exercise:
    """What a class did with one exercise."""

    title: str
    answers: tuple[Scored, ...]
    book: Book | None = None

    @cached_property
    def states(self) -> Counter[str]:
        """How many answers are in which state."""
        return Counter(map(pages.state, self.answers))

    @property
    def tried(self) -> int:
        """How many answers there are."""
        return len(self.answers) - self.states["unwritten"] - self.states["lost"]

    @property
    def marked(self) -> int:
        """How many of those that were tried have a mark; a person has to give it to the others."""
        return self.tried - sum(each.unmarked for each in self.answers)

    @property
    def right(self) -> int:
        """How many answers pass every check."""
        return self.states["right"]

    @property
    def share(self) -> float:
        """The mean share of the points, over all submissions but those without a mark; 0 if it counts nothing."""
        marked = [each for each in self.answers if not each.unmarked]
        return statistics.fmean([each.points / each.out_of if each.out_of else 0.0 for each in marked] or [0.0])

    @cached_property
    def mistakes(self) -> list[Mistake]:
        """Mistakes, the most frequent first; where none was recognised, the property that does not hold.

        An answer that does not end breaks no property of its own, so that is said in place of one.
        """
        failed = [(each, problem) for each in self.answers if (problem := pages.first_problem(each))]
        endless = [each for each, problem in failed if problem.saw.startswith(STILL_RUNNING)]
        known = Counter((each.mistake, each.misconception) for each, _ in failed if each.mistake)
        known += Counter((_ENDLESS, "") for each in endless if not each.mistake)
        other = Counter(problem.title for each, problem in failed if not (each.mistake or each in endless))
        found = [Mistake(words, n, pages.place(key, self.book), True) for (words, key), n in known.items()]
        found += [Mistake(words, n, None, False) for words, n in other.items()]
        return sorted(found, key=lambda mistake: (-mistake.count, not mistake.recognised, mistake.words))

    @property
    def stops(self) -> list[tuple[str, int]]:
        """Why answers have no mark, the most frequent reason first."""
        return Counter(each.note for each in self.answers if pages.state(each) == "stopped").most_common()

    @property
    def bar(self) -> list[tuple[str, str, float, float, int]]:
        """Parts of the bar that are not empty: class, sign, start and width in per cent, count."""
        drawn, start = [], 0.0
        for name, sign, _, states in PARTS:
            count = sum(self.states[state] for state in states)
            width = 100 * count / len(self.answers)
            drawn += [(name, sign, start, width, count)] if count else []
            start += width
        return drawn


@takes(course_name=TEXT, graded_list=sequence(GRADED, least=0), path=PATH)
def write_report(
    course_name: str, graded_list: Sequence[Graded], path: str | os.PathLike[str], *, book: Book | None = None
) -> None:
    """Write what a class did, as one page of HTML.

    For each chapter it has up to three sentences to read out; for each exercise how many answers are right, the mean
    share of the points and the mistakes in words, with a drawing; and how long grading took. Above stands a summary, if
    there are several chapters; below, who needs a look, and why, and what was decided. It holds names of students
    there, and nowhere else.

    Parameters
    ----------
    course_name : str
        Stands on the page.
    graded_list : list or tuple of Graded
        The submissions, of one chapter or of several; there may be none.
    path : str or PathLike
        The file to write; folders are made, a file of that name is replaced at once.
    book : Book, optional
        Knows titles and addresses: `ganlab.course.assignments`. Without it, no place in the book is named.

    Raises
    ------
    TypeError
        If an argument is of another kind.
    ImportError
        If jinja2 is missing.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_report("GANs 2026", [], f"{folder}/report.html")
    ...     print("No submission has been graded yet" in Path(folder, "report.html").read_text(encoding="utf-8"))
    True
    """
    sections = _sections(graded_list, book)
    exercises = [exercise for section in sections for exercise in section.exercises]
    pages.write(
        "report.html",
        path,
        course=course_name,
        sections=sections,
        several=len(sections) > 1,
        parts=[part for part in PARTS if any(exercise.states[state] for exercise in exercises for state in part[3])],
        submissions=len(graded_list),
        silence=silence([]),
        looks=_by_name(filter(_needs_look, graded_list), book),
        decisions=_by_name((each for each in graded_list if each.decision), book),
        stopped=_stopped(graded_list),
        time=_time([each.seconds for each in graded_list]),
    )


@dataclass(frozen=True)
class Section:
    """What a class did with one chapter."""

    name: str
    submissions: tuple[Graded, ...]
    exercises: tuple[Exercise, ...]

    @property
    def sentences(self) -> list[str]:
        """What can be read out about this chapter."""
        return sentences(self.exercises)

    @property
    def silence(self) -> str:
        """Why there is nothing to read out, if there is nothing."""
        return silence(self.exercises) if self.exercises else "No submission could be read, so there is nothing to say."

    @property
    def right(self) -> tuple[int, int]:
        """How many answers are fully right, and how many have a mark."""
        return sum(each.right for each in self.exercises), sum(each.marked for each in self.exercises)

    @property
    def looks(self) -> int:
        """How many submissions a person has to look at."""
        return sum(map(_needs_look, self.submissions))

    @property
    def unread(self) -> str:
        """How many could not be read, in a sentence."""
        return _unread(self.submissions)

    @property
    def time(self) -> str:
        """How long grading took, in a sentence."""
        return _time([each.seconds for each in self.submissions])


def _needs_look(graded: Graded) -> bool:
    return graded.needs_look or not (graded.scored or graded.decision)


def _by_name(graded: Iterable[Graded], book: Book | None) -> list[tuple[Graded, str]]:
    """Sort submissions by student; each with what its chapter is called."""
    found = sorted(graded, key=lambda each: each.student.casefold())
    return [(each, pages.chapter_name(each.chapter, book)) for each in found]


def _sections(graded: Iterable[Graded], book: Book | None) -> list[Section]:
    """Put submissions together by chapter, in the order of the book, which is that of the slugs."""
    chapters: dict[str, list[Graded]] = {}
    for each in graded:
        chapters.setdefault(each.chapter, []).append(each)
    return [
        Section(pages.chapter_name(slug, book), tuple(chapters[slug]), _exercises(chapters[slug], book))
        for slug in sorted(chapters)
    ]


def _exercises(graded: Iterable[Graded], book: Book | None) -> tuple[Exercise, ...]:
    """Put answers together by exercise, in the order in which they come."""
    found: dict[str, list[Scored]] = {}
    for scored in (scored for each in graded for scored in each.scored):
        found.setdefault(scored.task, []).append(scored)
    return tuple(Exercise(answers[0].title, tuple(answers), book) for answers in found.values())


def sentences(exercises: Sequence[Exercise]) -> list[str]:
    """Return up to three sentences about the class: what is settled, then what goes wrong alike, then what is missing.

    None of them is about fewer than two people, and none is made if there is nothing to tell.
    """
    if not any(exercise.tried for exercise in exercises):
        return []
    if all(exercise.right == len(exercise.answers) for exercise in exercises):
        return [_all_right(exercises)] if len(exercises[0].answers) >= _SHARED else []
    problems = sorted(_problems(exercises), key=lambda problem: -problem[0])
    settled = _settled(exercises)
    wanted = 2 if settled else 3
    return [*settled, *(sentence for _, sentence in problems[:wanted])]


def silence(exercises: Sequence[Exercise]) -> str:
    """Return why there is nothing to read out, if there is nothing."""
    if not exercises:
        return "No submission has been graded yet, so there is nothing to say about the class."
    if not any(exercise.tried for exercise in exercises):
        return "Nobody has answered an exercise, so there is nothing to say about what the class understands."
    if max(len(exercise.answers) for exercise in exercises) < _SHARED:
        return "There is one submission, so there is no class to speak of; its feedback page says the rest."
    if not sentences(exercises):
        return (
            "No two answers go wrong alike, and no exercise is settled for most: there is nothing to tell all of them "
            "at once. The feedback pages tell each."
        )
    return ""


def _all_right(exercises: Sequence[Exercise]) -> str:
    people, n = pages.counted(len(exercises[0].answers)), len(exercises)
    which = f"all {pages.counted(n)} exercises" if n > 1 else f"“{exercises[0].title}”"
    return f"All {people} have every point in {which}, so there is nothing to go over."


def _settled(exercises: Sequence[Exercise]) -> list[str]:
    """Say which exercise most have right: that of the largest share, and of the most who tried."""
    marked = [each for each in exercises if each.marked == each.tried]
    good = [each for each in marked if each.right >= max(_SHARED, _SETTLED * len(each.answers))]
    if not good:
        return []
    best = max(good, key=lambda each: (each.right / each.tried, each.tried))
    return [f"“{best.title}” is settled: {_of(best.right, best.tried)} who tried it have it fully right."]


def _problems(exercises: Sequence[Exercise]) -> list[tuple[int, str]]:
    """Sentences about what goes wrong, each with how many people it is about; one for each mistake that is shared."""
    found = []
    for exercise in exercises:
        shared = [mistake for mistake in exercise.mistakes if mistake.count >= _SHARED]
        found += [(mistake.count, _shared(exercise, mistake)) for mistake in shared]
        missing = len(exercise.answers) - exercise.tried
        if missing >= _SHARED:
            found.append((missing, _missing(exercise, missing)))
    return found


def _shared(exercise: Exercise, mistake: Mistake) -> str:
    who = f"{_of(mistake.count, exercise.tried, 'answers')} to “{exercise.title}”"
    who = who[0].upper() + who[1:]
    if not mistake.recognised:
        return f"{who} fail first at the same property: “{mistake.words}”"
    first = re.match(r"[a-z]+s\b", mistake.words)
    is_verb = first and first[0] not in _NOUNS
    how = f"each {mistake.words}" if is_verb else f"“{mistake.words}”"
    if not mistake.place:
        return f"{who} go wrong in the same way: {how}."
    where = mistake.place.where or "the book"
    where += "," if "," in where else ""  # chapter 4, “The game”, takes …
    return f"{who} go wrong in the same way: {how}; {where} takes this up under “{mistake.place.title}”."


def _missing(exercise: Exercise, missing: int) -> str:
    if not exercise.tried:
        return f"Nobody has answered “{exercise.title}” yet: tell me what stood in the way."
    who = pages.counted(missing).capitalize()
    of = pages.counted(len(exercise.answers))
    return f"{who} of {of} have no answer to “{exercise.title}”: tell me what stood in the way."


def _of(count: int, total: int, what: str = "") -> str:
    """Say "nine of the twelve answers", or "all twelve answers"."""
    what = f" {what}" if what else ""
    if count == total:
        return f"all {pages.counted(total)}{what}"
    return f"{pages.counted(count)} of the {pages.counted(total)}{what}"


def _stopped(graded: Iterable[Graded]) -> list[tuple[str, str, str]]:
    """Answers without a mark of submissions that need no look otherwise: student, exercise, why."""
    return sorted(
        (each.student, scored.title, scored.note)
        for each in graded
        for scored in each.scored
        if not each.needs_look and pages.state(scored) == "stopped"
    )


def _unread(graded: Iterable[Graded]) -> str:
    """Say how many submissions could not be read; nothing if all could."""
    count = sum(not each.scored for each in graded)
    if not count:
        return ""
    are = "is" if count == 1 else "are"
    who = f"{pages.counted(count).capitalize()} of them could not be read and {are} not counted here"
    return f"{who}, but listed among those who need a look."


def _time(seconds: Sequence[float]) -> str:
    if not seconds:
        return ""
    total = f"{sum(seconds):.0f} s" if sum(seconds) < 120 else f"{sum(seconds) / 60:.0f} min"
    if len(seconds) == 1:
        return f"Grading took {seconds[0]:.1f} s."
    middle, longest = statistics.median(seconds), max(seconds)
    return (
        f"Grading took {middle:.1f} s for the median submission and {longest:.1f} s for the slowest; "
        f"all {pages.counted(len(seconds))} add up to {total}."
    )
