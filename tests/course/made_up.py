"""A class that does not exist: twelve submissions of chapter 6, and records with any text in any field."""

import random
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

from ganlab.course.records import CaseResult, Graded, Scored

CHAPTER = "06-first-gan"

#: Task: title, and its cases with what they count; the last case is hidden.
TASKS = {
    "d_loss": (
        "The discriminator loss from logits",
        [
            ("value_at_equilibrium", "With all logits 0, D says 1/2 everywhere and the loss is 2 log 2 = 1.3863.", 1),
            ("confident_values", "With real logit 2 and fake logit -1 the loss is 0.1269 + 0.3133.", 2),
            ("stable_at_a_thousand", "Logits of 1000 on the wrong side give the loss 2000, and a gradient.", 2),
        ],
    ),
    "g_loss": (
        "The non-saturating generator loss",
        [
            ("value", "With all logits 0 the loss is log 2 = 0.6931.", 1),
            ("slope", "A fake that D sees through has the slope -1.", 2),
        ],
    ),
    "nine_steps": ("The nine steps in order", [("order", "The steps stand in the order of Algorithm 1.", 1.5)]),
}

#: Of which mistakes the class is capable: key, title, the case that catches it, seen, expected, hint.
MISTAKES = {
    "sigmoid": (
        *("T18", "takes the logarithm of a sigmoid", "stable_at_a_thousand"),
        *("inf", "2000.0", "Work with logits: log(sigmoid(s)) is log(0) for s = -1000, softplus stays exact."),
    ),
    "half": (
        *("U2", "halves the sum", "value_at_equilibrium"),
        *("with all logits 0 the loss is 0.6931", "2 log 2 = 1.3863", "Did you halve the sum?"),
    ),
    "minimax": (
        *("E24", "the minimax loss, whose slope vanishes", "slope"),
        *("a slope of -1e-9", "-1.0", "The derivative of softplus(-s) is -sigmoid(-s)."),
    ),
    "own": ("", "", "confident_values", "tensor(7.)", "0.4402", "Look at each term alone."),
}

_TITLES = {
    "T18": "Numbers that overflow",
    "U2": "A discriminator loss of 1.39, 0.69 or 0",
    "E24": "Which loss saturates",
}


def _chapter(name):
    if name not in (CHAPTER, "05-two-generator-losses"):
        raise ValueError(f"no chapter {name!r}")
    title = {"06-first-gan": "Your first GAN", "05-two-generator-losses": "Two generator losses"}[name]
    return SimpleNamespace(title=title, page=f"https://book.example/chapters/{name}.html")


#: What the book is asked; it knows three misconceptions.
BOOK = SimpleNamespace(
    chapter=_chapter,
    misconception=lambda key: SimpleNamespace(
        title=_TITLES.get(key, ""),
        page=f"https://book.example/chapters/05-two-generator-losses.html#{key.lower()}" if key in _TITLES else "",
    ),
)


def scored(task, outcome="right", **changes):
    """`scored("d_loss", "sigmoid")`: an answer that is right, or fails as a mistake does, or is not there."""
    title, cases = TASKS[task]
    out_of = sum(points for *_, points in cases)
    if outcome in ("not attempted", "lost"):
        return replace(
            Scored(task, title, 0, out_of, (), recovered="lost" if outcome == "lost" else "metadata"),
            **{"note": "not attempted"} | changes,
        )
    key, mistake, caught, saw, expected, hint = MISTAKES.get(outcome, ("", "", "", "", "", ""))
    results, failed = [], False
    for name, case_title, points in cases:
        status = "failed" if name == caught else "passed"
        said = {"saw": saw, "expected": expected, "hint": hint} if name == caught else {}
        results.append(CaseResult(name, case_title, points, status, hidden=name == cases[-1][0], **said))
        failed |= status == "failed"
    points = sum(case.points for case in results if case.status == "passed")
    found = {"misconception": key, "mistake": mistake} if failed else {}
    return replace(Scored(task, title, points, out_of, tuple(results), **found), **changes)


def graded(student, *outcomes, notes=(), needs_look=False, seconds=2.5, chapter=CHAPTER):
    """`graded("Ada", "right", "minimax", "lost")`: a submission with these answers."""
    answers = tuple(scored(task, outcome) for task, outcome in zip(TASKS, outcomes, strict=False))
    return Graded(student, f"{student} first-gan.ipynb", chapter, answers, tuple(notes), needs_look, seconds)


#: Who there is, and what became of the three exercises of each.
CLASS = {
    "Ada": ("right", "right", "right"),
    "Bo": ("right", "right", "right"),
    "Çağla": ("right", "right", "right"),
    "Dörte": ("right", "right", "right"),
    "Emil": ("sigmoid", "right", "right"),
    "Fātima": ("sigmoid", "right", "right"),
    "Grace": ("sigmoid", "right", "right"),
    "Héloïse": ("sigmoid", "minimax", "lost"),
    "Ivo": ("half", "minimax", "right"),
    "Jürgen O'Hara": ("half", "right", "not attempted"),
    "Łukasz 🦊": ("own", "right", "not attempted"),
    "Zoë": ("not attempted", "not attempted", "not attempted"),
}


def a_class():
    """Twelve submissions: four take the logarithm of a sigmoid, two halve, two have the minimax loss."""
    found = {name: graded(name, *outcomes, seconds=2 + i / 4) for i, (name, outcomes) in enumerate(CLASS.items())}
    first, second, third = found["Emil"].scored
    moved = (replace(first, recovered="marker"), replace(second, recovered="name"), third)
    found["Emil"] = replace(found["Emil"], scored=moved, notes=("The answer to g_loss stood in another cell.",))
    odd = ("No answer to nine_steps was found.", "Two cells define d_loss.")
    found["Héloïse"] = replace(found["Héloïse"], needs_look=True, notes=odd)
    return list(found.values())


WORDS = [
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "&amp;",
    '" onload="x',
    "\x1b[31mred",
    "</style>",
    "\u202egnp",
    "Ünï",
    "🦊",
]


def any_text(source):
    """Text that nothing else has: letters, what breaks HTML, control characters, signs of all alphabets."""
    middle = "".join(
        chr(source.choice([*range(33, 127), *range(160, 0x2FF), *range(0x1F300, 0x1F400)])) for _ in range(9)
    )
    return f"{source.choice(WORDS)} {middle} {source.choice(WORDS)} {source.getrandbits(64):016x}"


def any_graded(seed):
    """A submission in which every text is another, and may be anything."""
    source = random.Random(seed)

    def text():
        return any_text(source)

    def case(status):
        said = [text(), text(), text()] if status == "failed" else [""] * 3
        remark = text() if status == "passed" else ""
        return CaseResult(text(), text(), source.choice([0.5, 1, 2]), status, source.random() < 0.5, *said, remark)

    def answer():
        kind = source.choice(["passed", "failed", "mixed", "stopped"])
        statuses = {"passed": ["passed"] * 2, "failed": ["failed"], "stopped": ["not run"]}
        cases = [case(status) for status in statuses.get(kind, ["passed", "failed", "not run"])]
        points = sum(case.points for case in cases if case.status == "passed")
        failed = kind in ("failed", "mixed")
        mistake, note = text() if failed else "", text() if kind == "stopped" else ""
        out_of = sum(case.points for case in cases)
        return Scored(text(), text(), points, out_of, tuple(cases), "metadata", "E1" if failed else "", mistake, note)

    answers = tuple(answer() for _ in range(source.choice([1, 2, 4])))
    notes = tuple(text() for _ in range(2))
    return Graded(text(), text(), CHAPTER, answers, notes, source.random() < 0.5, source.random() * 10)


class Reader(HTMLParser):
    """What a browser makes of a page: its text, its elements, and the attributes of these."""

    def __init__(self, html):
        super().__init__()
        self.text, self.elements, self.attributes, self.open = "", set(), [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.text += data
