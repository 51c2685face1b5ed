"""The studies of chapter 13 that are too long for the page: it quotes what they stored, and a run is found again."""

from pathlib import Path
from statistics import median, pstdev

import pytest
import torch
from in_words import WORDS
from loading import load_script
from needs import needs_mnist

from ganlab.data import Digits
from ganlab.networks import ConditionalDiscriminator

FOLDER = Path(__file__).parents[2] / "benchmarks" / "labels"
labels = load_script(FOLDER / "run.py")
TEXT = labels.PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def results():
    return labels.Results(labels.FILE)


@pytest.fixture
def nothing(tmp_path):
    """Return results without a row."""
    return labels.Results(tmp_path / "results.json")


def test_the_page_quotes_the_stored_tables(results):
    squeezed = " ".join(TEXT.split())
    for table in labels.tables(results).values():
        assert " ".join(table.split()) in squeezed


def test_every_run_of_the_plan_is_stored_once(results):
    keys = labels.tuning_keys() + labels.table_keys(results)
    assert all(len(results.find(**key)) == 1 for key in keys)
    assert len(keys) == len(results.rows)


def test_the_ranges_that_the_page_compares_with_are_the_stored_ones(results):
    stored = labels.page()["stored"]()
    assert stored == labels.ranges(results)


def test_a_rate_is_chosen_by_the_median_of_the_tuning(nothing):
    tried = (0.1, 0.1, 0.1), (0.1, 0.9, 0.1), (0.2, 0.3, 0.2), (0.1, 0.1, 0.2)
    for rate, accuracies in zip(labels.RATES, tried, strict=True):
        for seed, accuracy in enumerate(accuracies):
            nothing.add({"study": "tuning", "name": "planes", "rate": rate, "seed": seed, "accuracy": accuracy})
    assert labels.best_rate(nothing, "planes") == 1e-2


def test_no_seed_of_the_bounds_is_shown_or_tuned_on():
    assert not set(labels.OTHER_SEEDS) & ({*labels.SEEDS} | {*labels.TUNING_SEEDS})
    assert not set(labels.SEEDS) & set(labels.TUNING_SEEDS)


def test_the_projection_of_the_page_is_that_of_the_package():
    theirs = ConditionalDiscriminator(head=64)
    ours = labels.page()["ProjectionDiscriminator"]()
    ours.embedding.load_state_dict(theirs.embedding.state_dict())
    ours.features.load_state_dict(theirs.discriminator.features.state_dict())
    ours.logit.load_state_dict(theirs.discriminator.logit.state_dict())
    x, y = torch.randn(6, 1, 28, 28), torch.tensor([0, 9, 3, 3, 5, 7])
    torch.testing.assert_close(ours(x, y), theirs(x, y))


def test_the_baseline_of_the_page_leaves_reinforce_unbiased():
    """With two words and a minibatch of two, all four minibatches can be listed."""
    page = labels.page()
    theta = torch.tensor([[0.3, -0.5]], requires_grad=True)
    m = theta.detach().softmax(dim=-1)[0]
    costs, mean = torch.tensor([1.0, 3.0]), 0
    logits = -costs.expm1().log()  # softplus(-logit) is the cost
    for words in ([0, 0], [0, 1], [1, 0], [1, 1]):
        soft = torch.eye(2)[words][None]
        loss = page["reinforce_loss"](lambda word: word @ logits, soft, theta).mean()
        mean = mean + m[words].prod() * torch.autograd.grad(loss, theta)[0]
    torch.testing.assert_close(mean[0], m * (costs - m @ costs))


def test_a_run_is_repeated_by_its_key(monkeypatch):
    """Whatever the images show; that real ones give what is stored, the page sees at each build, for one run."""
    few = Digits(torch.rand(300, 1, 28, 28) * 2 - 1, torch.arange(300) % 10, "noise")
    monkeypatch.setattr(labels, "data", lambda: (few, few, None))
    monkeypatch.setattr(labels, "real_spread", lambda: 1.0)
    first, again, other = (
        labels.measure({"study": "hundred", "name": name, "steps": 5, "seed": 200})
        for name in ("labels alone, bent", "labels alone, bent", "labels alone")
    )
    assert first.keys() == {"accuracy", "cpu_s"}
    assert first["accuracy"] == again["accuracy"] != other["accuracy"]


@needs_mnist
@pytest.mark.slow
def test_a_stored_run_is_found_again(results):
    key = {"study": "hundred", "name": "labels alone, bent", "steps": 300, "seed": 200}
    (row,) = results.find(**key)
    assert labels.measure(key)["accuracy"] == pytest.approx(row["accuracy"], abs=0.03)


def test_what_the_page_says_of_16_other_seeds(results):
    """Ways to close a cycle, and what happens without it; patches that help on each seed."""
    cycle = results.find(study="bounds", name="no pairs, with the cycle")
    at_home = [row for row in cycle if row["shifted"] < 0.1]
    moved = [row for row in at_home if row["shift"] != [0, 0]]
    other = sum(row["shifted"] > 0.5 for row in cycle)
    assert (
        f"Of {len(cycle)} further seeds, {WORDS[len(at_home) - len(moved)]} translate as the pen does, "
        f"{WORDS[len(moved)]} have shifted the digits by one or two pixels, and {WORDS[other]} have closed the cycle"
    ) in TEXT
    assert {max(map(abs, row["shift"])) for row in moved} == {1, 2}
    (far,) = (row for row in moved if row["shift"] == [-1, -2])
    assert "one pixel up and two to the left" in TEXT
    assert f"the judge still reads {100 * far['accuracy']:.0f} % of those that come back" in TEXT
    without = results.find(study="bounds", name="no pairs, without the cycle")
    off = [sum(map(abs, row["shift"])) for row in without]
    sentence = f"Without the cycle {off.count(0)} of the {len(off)} end at the true pen"
    assert f"{sentence}, and {WORDS[off.count(1)]} are one pixel off." in TEXT
    assert off.count(0) + off.count(1) == len(off)
    plain, patched = (
        {
            row["seed"]: row["score"]
            for row in [*results.find(study="pairs", name=name), *results.find(name=f"pairs, {name}")]
        }
        for name in labels.PAIRS
    )
    assert len(plain) == 21
    assert all(patched[seed] < plain[seed] for seed in plain)


def by_seed(results, measure, **key):
    """What was measured in the runs with this key, by their seed."""
    return {row["seed"]: row[measure] for row in results.find(**key)}


def less(a, b):
    """On how many seeds a is less than b."""
    return sum(a[seed] < b[seed] for seed in a | b)


def test_patches_cost_accuracy_on_other_seeds(results):
    plain, patched = (by_seed(results, "accuracy", study="bounds", name=f"pairs, {name}") for name in labels.PAIRS)
    points = 100 * median(plain[seed] - patched[seed] for seed in plain)
    sentence = f"on {less(patched, plain)} of {len(plain)} others it is lower with the PatchGAN"
    assert f"{sentence}, in the median by {WORDS[round(points)]} percentage points." in TEXT


def test_planes_are_behind_except_at_the_highest_rate(results):
    planes, projection = (
        by_seed(results, "accuracy", study="kinds", name=name, rate=labels.best_rate(results, name))
        for name in ("planes", "projection")
    )
    worse = WORDS[less(planes, projection)]
    assert f"obeyed less often than with the projection, on each of the {worse} seeds." in TEXT
    planes, projection = (
        by_seed(results, "accuracy", study="tuning", name=name, rate=max(labels.RATES))
        for name in ("planes", "projection")
    )
    lost, behind = sum(value < 0.15 for value in projection.values()), less(projection, planes)
    assert (
        f"at {max(labels.RATES)} the projection was near chance on {WORDS[lost]} of the {WORDS[len(projection)]} "
        f"seeds of the search, and behind the planes on all {WORDS[behind]}."
    ) in TEXT


def test_what_the_page_says_of_a_hundred_labels(results):
    """Harm after 300 steps, gain after 1500, what a step costs, and what augmentation earns."""

    def runs(name, steps, measure="accuracy"):
        return by_seed(results, measure, study="hundred", name=name, steps=steps)

    def points(name, than, steps):
        return 100 * (median(runs(name, steps).values()) - median(runs(than, steps).values()))

    pairs = [(f"semi-supervised{more}", f"labels alone{more}") for more in ("", ", bent")]
    plain, bent = (less(runs(semi, 300), runs(alone, 300)) for semi, alone in pairs)
    assert all(points(*pair, 300) < 0 for pair in pairs)
    assert f"with augmentation on each of the {WORDS[bent]} seeds, without it on {WORDS[plain]}." in TEXT
    won = {less(runs(alone, 1500), runs(semi, 1500)) for semi, alone in pairs}
    gains = {round(points(*pair, 1500)) for pair in pairs}
    sentence = "in both cases, on each of the {} seeds, and raises the median by about {} points"
    assert sentence.format(*(WORDS[one] for (one,) in (won, gains))) in TEXT
    assert all(abs(median(runs(a, 1500).values()) - median(runs(a, 300).values())) < 0.01 for _, a in pairs)
    assert "while the plain classifiers hardly gain from more steps." in TEXT
    costs = {
        round(median(runs(semi, steps, "cpu_s").values()) / median(runs(alone, steps, "cpu_s").values()))
        for (semi, alone) in pairs
        for steps in (300, 1500)
    }
    least, most = sorted(costs)
    assert f"a step of it costs {WORDS[least]} to {WORDS[most]} times as much." in TEXT
    alone, bent, semi = "labels alone", "labels alone, bent", "semi-supervised, bent"
    assert [round(points(*pair, 1500)) for pair in ((bent, alone), (semi, alone))] == [15, 18]
    assert "credits the game with eighteen points, of which augmentation alone had earned fifteen." in TEXT


ROOM = [
    ("told", "accuracy > 0.7", lambda row: row["accuracy"] - 0.7),
    ("told", "variety > 0.75", lambda row: row["variety"] - 0.75),
    ("told", "variety < 1.1", lambda row: 1.1 - row["variety"]),
    ("told", "kept[0.5][0] > kept[9.0][0]", lambda row: row["accuracy at 0.5"] - row["accuracy at 9.0"]),
    ("told", "kept[0.5][1] < 0.5 * kept[9.0][1]", lambda row: 0.5 - row["variety at 0.5"] / row["variety at 9.0"]),
    ("told", "own < 0.4 * before", lambda row: 0.4 - row["error"]),
    ("told", "right > 12", lambda row: row["found again"] - 12),
    ("estimators", "warm[0] > 2 * cool[0]", lambda row: row["bias"] - 2),
    ("estimators", "cool[1] > 5 * warm[1]", lambda row: row["spread"] - 5),
    ("estimators", "plain[1] > 1.3 * baseline[1]", lambda row: row["baseline"] - 1.3),
    ("words", 'divergence["straight through"].max() < 0.02', lambda row: 0.02 - row["straight"][2]),
    ("words", 'divergence["REINFORCE"].max() < 0.02', lambda row: 0.02 - row["reinforce"][2]),
]


@pytest.mark.parametrize(("name", "written", "room"), ROOM, ids=[written for _, written, _ in ROOM])
def test_what_the_page_asserts_leaves_room_for_one_spread_on_16_other_seeds(results, name, written, room):
    assert f"assert {written}" in TEXT
    rooms = [room(row) for row in results.find(study="bounds", name=name)]
    assert len(rooms) == 16
    assert min(rooms) > pstdev(rooms)


def test_the_claims_that_name_16_other_seeds_are_those_of_the_bounds():
    assert TEXT.count("(This run and those of 16 other seeds.)") == 3
    assert len(labels.OTHER_SEEDS) == 16
    for words in (
        "reads more than 70 % of the images",
        "between 0.75 and 1.1 times as much",
        "the variety within a class less than half as large",
        "to less than 0.4 times what it was",
        "is the true one for more than half of them",
    ):
        assert words in TEXT
