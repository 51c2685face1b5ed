"""The predict boxes: each has a name, an answer, and a place where its guess is shown again; what came out is true."""

import json
import re
import statistics
from itertools import chain
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple

import predict_source
import pytest

from ganlab.labs import RatioLab

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in (ROOT / "book").rglob("*.md"))
FENCE = re.compile(r"^(```+)\{(predict|guess)\} ([\w-]+)\n(.*?)^\1$", re.M | re.S)


class Box(NamedTuple):
    """A box, the page it stands on, and where."""

    prediction: predict_source.Prediction
    page: Path
    at: int

    @property
    def name(self):
        return self.prediction.settings["name"]


def fences(path, kind):
    found = FENCE.finditer(path.read_text(encoding="utf-8"))
    return [(match[3], match[4], match.start()) for match in found if match[2] == kind]


def boxes(path):
    for kind, text, at in fences(path, "predict"):
        head = re.match(r"(?::\w+:.*\n)*", text)[0]
        settings = dict(re.findall(r"^:(\w+): *(.*)$", head, re.M))
        body = text[len(head) :].splitlines()
        yield Box(predict_source.split(kind, body, settings), path, at)


BOXES = [box for path in PAGES for box in boxes(path)]
BY_NAME = {box.name: box for box in BOXES}
every_box = pytest.mark.parametrize("box", BOXES, ids=lambda box: box.name)


def truth(name):
    return predict_source.truth(BY_NAME[name].prediction)


def test_every_box_of_the_book_is_one_of_them():
    assert len(BOXES) >= 35
    assert {box.prediction.kind for box in BOXES} == set(predict_source.HOW)
    assert [path.name for path in PAGES if ":class: predict" in path.read_text(encoding="utf-8")] == []


def test_no_two_boxes_of_the_book_share_a_name():
    assert len(BY_NAME) == len(BOXES)


@every_box
def test_a_box_has_a_name_a_question_and_an_answer(box):
    assert predict_source.faults(box.prediction) == []


@every_box
def test_what_was_expected_is_shown_again_once_below_the_question(box):
    places = [at for name, text, at in fences(box.page, "guess") if name == box.name and text.strip()]
    assert len(places) == 1
    assert places[0] > box.at


@every_box
def test_a_guess_is_compared_where_the_experiment_is_and_not_at_once(box):
    ((_, _, at),) = [found for found in fences(box.page, "guess") if found[0] == box.name]
    between = box.page.read_text(encoding="utf-8")[box.at : at]
    assert "```{code-cell}" in between or "$$ (rm-d-star)" in between


def test_what_came_out_cannot_be_told_from_the_place_of_an_option():
    single = [truth(box.name) for box in BOXES if box.prediction.kind == "single"]
    last = sum(marks[-1] == "x" for marks in single)
    assert 0.2 <= last / len(single) <= 0.5


# What came out is what the pages and the studies behind them say.


def test_the_push_is_the_ratio_of_the_two_slopes():
    assert truth("predict-push") == truth("predict-loss-lab") == [pytest.approx((1 - 0.01) / 0.01)]


def test_the_modes_over_time_are_medians_of_the_stored_runs():
    rows = json.loads((ROOT / "benchmarks/collapse/results.json").read_text(encoding="utf-8"))["rows"]
    runs = [row["near"] for row in rows if (row["what"], row.get("treatment")) == ("page", "plain")]
    looks = [[mask.bit_count() for mask in chain(*look)] for look in zip(*runs, strict=True)]
    assert len(looks[0]) == 32
    settings = BY_NAME["predict-modes-over-time"].prediction.settings
    wanted = [int(at) // 500 - 1 for at in predict_source.parts(settings["at"])]
    assert [statistics.median(looks[i]) for i in wanted] == truth("predict-modes-over-time")


def test_the_best_d_of_the_lab_is_the_ratio_of_its_two_bells():
    lab = RatioLab()
    bells = [NormalDist(lab.mu, lab.sigma), NormalDist(lab.mu_g, lab.sigma_g)]
    at = predict_source.parts(BY_NAME["predict-ratio-lab"].prediction.settings["at"])
    for x, said in zip(at, truth("predict-ratio-lab"), strict=True):
        p, q = (bell.pdf(float(x.replace("\N{MINUS SIGN}", "-"))) for bell in bells)
        assert said == pytest.approx(p / (p + q), abs=6e-4)


def test_chance_alone_gives_one_verdict_in_twenty():
    (said,) = truth("predict-trials-lab")
    asked = BY_NAME["predict-trials-lab"].prediction.question.prompt.text
    assert said == pytest.approx(0.05 * int(re.search(r"(\d+) trials", asked)[1]))


TRICKS = {
    "one-sided label smoothing": "one-sided smoothing",
    "dropout in $D$": "dropout in D",
    "five steps of $D$ for each step of $G$": "k = 5",
    "noise on the images that $D$ sees, fading away": "fading noise",
    "an average of $G$'s weights": "average of G's weights",
    "leaving out the $R_1$ penalty that the recipe has": "no R1",
    r"a momentum of $\beta_1 = 0.9$": "β₁ = 0.9",
}


def test_the_tricks_are_called_what_the_table_of_verdicts_calls_them():
    box = BY_NAME["predict-verdicts"]
    verdicts, verdict = {}, ""
    for row in re.findall(r"^\| (.*?) \|", box.page.read_text(encoding="utf-8"), re.M):
        if heading := re.fullmatch(r"\*\*(.*)\*\*", row):
            verdict = heading[1]
        verdicts.setdefault(row, verdict)
    options = box.prediction.question.options
    assert {option.text.text for option in options} == set(TRICKS)
    assert [option.mark for option in options] == [verdicts[TRICKS[option.text.text]] for option in options]
