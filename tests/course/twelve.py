"""Twelve students of chapter 3 and what they hand in: right, wrong, and what Colab and students do to notebooks."""

import copy

CHAPTER = "03-discriminator-as-ratio-meter"
MOST = {"bce_with_logits": 12, "d_star": 9, "density_ratio": 8}
TABLE = """
student          bce d_star ratio total look
ada               12   9      8    29   no
böse Übung 🦊      9   2      1    12   no
carl              12   7      0    19   no
dora               0   0      0     0   no
emil               0   9      8    17   no
fritz             12   9      8    29   no
gerda             12   9      8    29   no
hans              12   9      8    29   no
ida               12   1      8    21   no
Jo Müller         12   9      8    29   no
kai               12   9      8    29   no
lea               12   9      8    29   no
"""
#: What the file of a student is called, where it is not called as it was released.
FILES = {"Jo Müller": f"Copy of {CHAPTER} - Jo Müller (1).ipynb"}


def rows():
    """Yield what each student gets: name, points by task, and whether somebody should look."""
    for line in TABLE.strip().splitlines()[1:]:
        *name, bce, d_star, ratio, _, look = line.split()
        yield " ".join(name), dict(zip(MOST, (int(bce), int(d_star), int(ratio)), strict=True)), look


def handed_in(tasks, released, handed_of):
    """Return what each student makes of the released notebook, by name."""
    right = {task.id: task.exercise.reference for task in tasks}

    def page():
        found = handed_of(tasks)
        found.notebook = copy.deepcopy(released)
        return found

    wrong = page().mistake("bce_with_logits", "types in log(1 + exp(s))").mistake("d_star", "gives the share of fakes")
    doubled = page().all_right()
    for name in right:
        doubled.duplicate(f"{name}-answer", tasks[0].exercise.stub if name == tasks[0].id else None)
        doubled.duplicate(f"{name}-check")
    edited = page().all_right().mistake("d_star", "returns the ratio")
    edited.cells[edited.at("d_star-check")]["source"] = "ganlab.check = print\nganlab.check('✓ d_star: right')"
    loud = page()
    for name, source in right.items():
        noise = "    print('loud', file=sys.stderr)\n    warnings.warn('odd')\n    return"
        loud.answer(name, "import sys, warnings\nwarnings.warn('odd')\n" + source.replace("    return", noise))
    return {
        "ada": page().all_right(),
        "böse Übung 🦊": wrong.mistake("density_ratio", "returns the logarithm"),
        "carl": page().answer("bce_with_logits").mistake("d_star", "divides densities, which are zero far out"),
        "dora": page(),
        "emil": page().all_right().answer("bce_with_logits", "def bce_with_logits(:\n    return 0"),
        "fritz": page().all_right().colab(),
        "gerda": doubled,
        "hans": page().all_right().delete(*(f"{name}-check" for name in right)),
        "ida": edited,
        "Jo Müller": page().all_right(),
        "kai": page().insert(2, *right.values()).delete("set-up"),
        "lea": loud,
    }
