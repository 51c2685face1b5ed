"""Real or fake: its images are those that were stored, its ROC curves those of the package and of scikit-learn."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch
from loading import load_script
from needs import needs_mnist
from sklearn.metrics import roc_auc_score, roc_curve

from ganlab import labs, metrics

ROOT = Path(__file__).parents[2]
COPIES = [ROOT / "src/ganlab/static/digit-lineup.js", ROOT / "book/_static/digit-lineup.js"]
AGES = ["early", "late"]


script = load_script(ROOT / "scripts/collect_lineup.py")


@pytest.fixture(scope="module")
def file():
    return script.read()


@pytest.mark.parametrize(
    "levels",
    [np.zeros(784), np.full(784, 15), np.arange(784) % 16, np.random.default_rng(0).integers(0, 2, 784) * 9],
    ids=["black", "white", "ramp", "dots"],
)
def test_what_is_unpacked_is_what_was_packed(levels):
    image = torch.tensor(levels).reshape(1, 1, 28, 28) * 2 / 15 - 1
    assert torch.equal(script.unpacked(script.packed(image)), image)


def test_rounding_moves_a_pixel_by_half_a_level_at_most():
    x = torch.linspace(-1, 1, 1001)
    assert (script.rounded(x) - x).abs().max() <= 1 / 15 + 1e-6
    assert torch.equal(script.rounded(script.rounded(x)), script.rounded(x))


@pytest.mark.parametrize("age", AGES)
def test_the_page_shows_the_stored_images_half_of_them_real(node, file, age):
    params = [{"age": age, "seed": seed} for seed in range(3)]
    played = [["begin", 1], ["real", 5]]
    asked = node(
        "lab",
        [{"tag": "real-or-fake", "params": p, "actions": [*played, ["real", i]]} for p in params for i in range(19)],
    )
    ended = node("lab", [{"tag": "real-or-fake", "params": p, "actions": [*played, ["real", 19]]} for p in params])
    stored = {True: file["real"], False: file[age]["images"]}
    stored = {
        real: ((script.unpacked(text) + 1) * 127.5).round().int().flatten(1).tolist() for real, text in stored.items()
    }
    for n, state in enumerate(asked):
        real = ended[n // 19]["truth"][5 + n % 19]
        assert state["image"] in stored[real]
        assert state["image"] not in stored[not real]


@needs_mnist
def test_real_ones_are_the_first_of_the_seed(file):
    expected = script.pick("test", script.SHOWN, seed=file["seed"])
    torch.testing.assert_close(script.unpacked(file["real"]), expected)


@pytest.mark.parametrize("age", AGES)
def test_what_the_machines_say_of_the_few_fits_what_is_known_from_many(file, age):
    assert file[age]["steps"] == script.MOMENTS[age]
    for machine in ("D", "detector"):
        said = file[age][machine]
        assert len(said["real"]) == len(said["fake"]) == script.SHOWN
        few = metrics.membership(torch.tensor(said["real"]), torch.tensor(said["fake"])).auc
        assert few == pytest.approx(said["auc"], abs=0.08)  # three standard errors of 240 images of each kind


def tied(seed, n, m, levels):
    rng = np.random.default_rng(seed)
    return {"real": (rng.integers(0, levels, n) + 0.3).tolist(), "fake": (rng.integers(-1, levels, m) + 0.3).tolist()}


CASES = [tied(0, 12, 12, 4), tied(1, 30, 7, 4), tied(2, 5, 40, 100), tied(3, 1, 1, 2), tied(4, 12, 12, 1)]


@pytest.mark.parametrize("scores", CASES)
def test_curve_and_area_are_those_of_the_package_and_of_scikit_learn(node, scores):
    (found,) = node("roc", [scores])
    labels, values = [1] * len(scores["real"]) + [0] * len(scores["fake"]), scores["real"] + scores["fake"]
    area = metrics.membership(torch.tensor(scores["real"]), torch.tensor(scores["fake"])).auc
    assert found["auc"] == pytest.approx(area) == pytest.approx(roc_auc_score(labels, values))
    x, y, _ = roc_curve(labels, values, drop_intermediate=False)
    assert [found["x"], found["y"]] == [pytest.approx(x), pytest.approx(y)]
    assert np.trapezoid(found["y"], found["x"]) == pytest.approx(found["auc"])


def test_the_machines_results_are_those_of_the_stored_scores(node, file):
    (state,) = node("lab", [{"tag": "real-or-fake", "params": {"seed": 2}, "actions": [["begin", 1], ["real", 24]]}])
    assert state["many"] == {machine: file["early"][machine]["auc"] for machine in ("D", "detector")}
    assert 0.4 < state["metrics"]["D"] <= 1
    assert state["metrics"]["detector"] > 0.7


def test_the_page_of_labs_quotes_the_file(file):
    auc = {(age, machine): format(file[age][machine]["auc"], ".2f") for age in AGES for machine in ("D", "detector")}
    text = (ROOT / "book/labs.md").read_text(encoding="utf-8")
    early, late = (auc[age, "detector"] for age in AGES)
    assert f"its AUC is {early}, and that of $D$ is {auc['early', 'D']}." in text
    assert f"After 2500 steps $D$ is still at {auc['late', 'D']}, while the detector falls to {late}," in text


def test_the_last_chapter_quotes_the_file(file):
    text = (ROOT / "book/chapters/14-where-gans-stand.md").read_text(encoding="utf-8")
    auc = {(age, machine): format(file[age][machine]["auc"], ".2f") for age in AGES for machine in ("D", "detector")}
    images, step = f"{2 * script.JUDGED:,}".replace(",", " "), script.MOMENTS
    early, late = (auc[age, "detector"] for age in AGES)
    assert f"Compare the two machines at step {step['early']}. Over {images} images the" in text
    assert f"the detector has {early} and $D$ only {auc['early', 'D']}." in text
    assert f"Now play at step {step['late']}. The detector falls to {late}, while $D$ stays where it was." in text
    assert auc["early", "D"] == auc["late", "D"]


def test_the_widget_carries_the_images():
    assert labs.RealOrFake()._cargo == COPIES[0].read_text(encoding="utf-8")


def test_the_file_is_small_says_how_it_was_made_and_both_copies_are_one(file):
    first, second = (copy.read_bytes() for copy in COPIES)
    assert first == second
    assert len(gzip.compress(first)) < 150_000
    assert f"seed {file['seed']}, {file['date']}" in first.decode().splitlines()[0]
