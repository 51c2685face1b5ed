"""The benchmark: peers of published size, a clock that stops, a run that resumes, a picture of the stored numbers."""

import importlib
import itertools
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from ganlab import data
from ganlab.digits import TrainedGAN
from ganlab.networks import DCDiscriminator, DCGenerator
from ganlab.training import History

FOLDER = Path(__file__).parents[2] / "benchmarks" / "digits"


def load(name):
    """The scripts lie in a folder, not in a package."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


peers, run, plot, layers = map(load, ["peers", "run", "plot", "layers"])


def test_shrink_undoes_enlarge():
    images = torch.rand(5, 1, 28, 28) * 2 - 1
    torch.testing.assert_close(peers.shrink(peers.enlarge(images)), images, rtol=0, atol=1e-5)


@pytest.mark.parametrize("make", peers.PEERS.values(), ids=lambda make: make.__name__)
def test_a_peer_learns_and_samples_images_of_28_pixels(make):
    peer = make()
    before = [parameter.clone() for parameter in peer.G.parameters()]
    peer.play(torch.rand(8, 1, 28, 28) * 2 - 1)
    assert all(not torch.equal(old, new) for old, new in zip(before, peer.G.parameters(), strict=True))
    assert peer.sample(3).shape == (3, 1, 28, 28)


@pytest.mark.parametrize(
    ("make", "weights"),
    [(peers.wgan_gp, 1_510_032), (peers.mlp_gan, 1_510_032), (peers.dcgan, 1_049_985), (peers.vanilla_gan, 1_486_352)],
)
def test_a_peer_has_as_many_weights_as_published(make, weights):
    assert sum(parameter.numel() for parameter in make().G.parameters()) == weights


@pytest.fixture(scope="module")
def here():
    """This machine, measured once: large matrix products take a second."""
    return run.machine()


@pytest.fixture
def quick(monkeypatch, tmp_path, here):
    """The whole benchmark in a second: little noise in place of MNIST, a judge that only averages, a clock of its own.

    The clock moves by an eighth of a second at each look, so that a peer makes 16 steps in two seconds.
    """
    looks, speeds = itertools.count(), itertools.count(1)
    monkeypatch.setattr(run, "time", SimpleNamespace(perf_counter=lambda: next(looks) / 8))
    # No two measurements of a speed are the same: a report that is written anew is another one.
    monkeypatch.setattr(run, "machine", lambda: here | {"matrix_product_gflop_per_s": next(speeds)})
    monkeypatch.setattr(run, "flop_per_image", lambda: 7e6)
    noise = torch.rand(300, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    monkeypatch.setattr(run.data, "mnist", lambda split="train": data.Digits(noise, torch.zeros(300).long(), "noise"))
    monkeypatch.setattr(run, "describe", lambda images: {"score": round(images.std().item(), 3)})
    monkeypatch.setattr(run.metrics, "digit_score", lambda images: 2.8)
    monkeypatch.setattr(run, "PEERS", {"MLP": peers.mlp_gan})
    monkeypatch.setattr(run, "HERE", tmp_path / "a" / "b")
    trained = []

    def untrained(**budget):
        trained.append(budget)
        history = History()
        history.losses = torch.zeros(budget.get("steps", 3), 2)
        return TrainedGAN(DCGenerator(), history)

    monkeypatch.setattr(run, "train_digits", untrained)
    monkeypatch.setattr(sys, "argv", ["run.py", "--quick"])
    return trained, tmp_path / "build" / "digits-quick.json"


def test_a_run_measures_every_recipe_at_its_marks_and_does_nothing_twice(quick):
    trained, out = quick
    run.main()
    rows = json.loads(out.read_text())["rows"]
    assert {row["recipe"] for row in rows} == {"ganlab", "MLP"}
    assert {(row["kind"], row["mark"]) for row in rows} == {("seconds", 1), ("seconds", 2), ("images", 640)}
    assert all(
        row["train_seconds"] >= row["mark"] for row in rows if (row["recipe"], row["kind"]) == ("MLP", "seconds")
    )
    before = out.read_text()
    run.main()
    assert out.read_text() == before
    assert len(trained) == 3


def test_a_run_that_was_stopped_measures_what_is_missing(quick):
    trained, out = quick
    run.main()
    report = json.loads(out.read_text())
    kept = [row for row in report["rows"] if row["recipe"] != "ganlab"]
    out.write_text(json.dumps(report | {"rows": kept}))
    run.main()
    rows = json.loads(out.read_text())["rows"]
    assert rows[: len(kept)] == kept
    assert [row["recipe"] for row in rows[len(kept) :]] == ["ganlab"] * 3
    assert len(trained) == 6


@pytest.mark.parametrize("other", [{"torch": "0.4"}, {"vectors": "none"}])
def test_results_of_another_version_or_processor_are_not_mixed_with_these(quick, other):
    _, out = quick
    out.parent.mkdir()
    out.write_text(json.dumps({"machine": run.machine() | other, "samples": 1000, "rows": []}))
    with pytest.raises(SystemExit, match=rf"another machine or version \({next(iter(other))}\); delete it"):
        run.main()


def test_the_results_of_another_processor_get_a_file_of_their_own(quick, monkeypatch):
    trained, out = quick
    other = out.with_name("avx2.json")
    command = ["run.py", "--quick", "--results", str(other), "--recipes", "ganlab"]
    monkeypatch.setattr(sys, "argv", command)
    run.main()
    assert {row["recipe"] for row in json.loads(other.read_text())["rows"]} == {"ganlab"}
    assert not out.exists()
    assert len(trained) == 3


def test_marks_can_be_chosen(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["run.py", "--seconds", "10", "60", "--images"])
    asked = run.arguments()
    assert (asked.seconds, asked.images, asked.recipes) == ([10, 60], [], None)
    assert asked.results == FOLDER / "results.json"


@pytest.mark.parametrize("call", layers.calls(), ids=lambda call: call.name)
def test_each_arrangement_computes_the_same(call):
    ways = layers.arrangements(call)
    expected = ways.pop("as it is")()
    assert len(expected) == 1 + call.of_input + call.of_weights
    assert len(ways) >= 2
    for way in ways.values():
        for ours, theirs in zip(way(), expected, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3 * theirs.abs().max().item())


@pytest.mark.parametrize("call", layers.calls(), ids=lambda call: call.name)
def test_a_layers_arithmetic_is_what_pytorch_counts(call):
    with FlopCounterMode(display=False) as counter:
        layers.arrangements(call)["as it is"]()
    assert call.flop() == counter.get_total_flops()


def test_the_least_of_several_times_counts(monkeypatch):
    clock = iter([0.0, 5.0, 5.0, 6.0, 6.0, 8.0, 8.0, 11.0])  # a: 5 and 2 seconds, b: 1 and 3
    monkeypatch.setattr(layers, "time", SimpleNamespace(process_time=lambda: next(clock)))
    assert layers.least({"a": lambda: None, "b": lambda: None}, rounds=2) == {"a": 2000, "b": 1000}


def test_chapter_10_quotes_the_stored_times_of_layers():
    chapter = (FOLDER.parents[1] / "book" / "chapters" / "10-digits.md").read_text(encoding="utf-8")
    stored = json.loads(layers.RESULTS.read_text(encoding="utf-8"))
    assert stored["vectors"] == "AVX2"
    for sentence in [
        "convolutions take {convolutions} % of the processor time of a step",
        "those of $G$ reach {g_least} to {g_most} % of the speed of a large matrix product",
        "those of $D$ {d_least} to {d_most} %",
        "as matrix products it takes {first} % of its time",
        "a step would be {saved} % shorter",
        "beside other programs, at a load of {load}",
    ]:
        said = sentence.format(**layers.facts(stored))
        assert said in chapter, said


def test_chapter_10_quotes_how_many_images_a_score_takes(report):
    chapter = (FOLDER.parents[1] / "book" / "chapters" / "10-digits.md").read_text(encoding="utf-8")

    def spread(value, mark, unit=1):
        values = [row[value] / unit for row in report["rows"] if (row["recipe"], row["mark"]) == ("ganlab", mark)]
        return f"{min(values):.0f} to {max(values):.0f}"

    for mark in (10, 30):
        assert f"{spread('images', mark, 1000)} thousand" in chapter
        assert spread("score", mark) in chapter


def test_arithmetic_is_counted_as_by_hand():
    """A pass through layers costs two operations a weight and place; a backward pass twice that."""

    def forward(network, x):
        cost = 0

        def add(layer, _, out):
            nonlocal cost
            places = out[0, 0].numel() if out.dim() == 4 else 1
            cost += 2 * layer.weight.numel() * places

        hooks = [
            m.register_forward_hook(add)
            for m in network.modules()
            if hasattr(m, "kernel_size") or hasattr(m, "in_features")
        ]
        network(x)
        for hook in hooks:
            hook.remove()
        return cost

    g, d = forward(DCGenerator(), torch.zeros(1, 16)), forward(DCDiscriminator(), torch.zeros(1, 1, 28, 28))
    # G: a pass and a backward one. D: two passes and backward ones in its own half, in G's half a pass and the half of
    # a backward one; in one step of sixteen a pass that is differentiated twice.
    assert run.flop_per_image() == pytest.approx(3 * g + 6 * d + 2 * d + 6 * d / 16, rel=0.03)


RESULTS = FOLDER / "results.json"


@pytest.fixture(scope="module")
def report():
    return json.loads(RESULTS.read_text())


@pytest.fixture(scope="module")
def avx2():
    return json.loads((FOLDER / "avx2.json").read_text())


def test_stored_results_are_whole(report):
    seconds = plot.over_time(report)
    assert set(seconds) == {"ganlab", *peers.PEERS}
    assert all([*by_time] == [10, 30, 60, 120] for by_time in seconds.values())
    assert all(len(scores) == 3 for by_time in seconds.values() for scores in by_time.values())
    assert {"processor", "vectors", "threads", "torch"} <= set(report["machine"])
    assert all("date" in row for row in report["rows"])


def test_the_picture_is_of_the_stored_results():
    picture = plot.PICTURE.read_text(encoding="utf-8")
    assert plot.stamp(RESULTS) in picture, "stale: run `python benchmarks/digits/plot.py`"


def test_each_recipe_is_one_line_with_its_median(report):
    _, ax = plt.subplots()
    plot.draw(report, ax)
    lines = {container.get_label(): container.lines[0].get_ydata() for container in ax.containers}
    middle = sorted(plot.over_time(report)["ganlab"][60])[1]
    assert len(lines) == 5
    assert next(iter(lines)) == "ganlab"
    assert lines["ganlab"][2] == middle
    assert "2 threads, AVX512" in ax.get_xlabel()
    plt.close(ax.figure)


@pytest.mark.parametrize("page", ["README.md", "book/chapters/10-digits.md"])
def test_the_pictures_alternative_text_quotes_the_stored_results(report, page):
    text = (FOLDER.parents[1] / page).read_text(encoding="utf-8")
    sentences = (
        "The line of ganlab falls from {ours_first} after 10 seconds to {ours_last} after 120; "
        "real images have {floor}. WGAN-GP ends at {best_last}, the three other recipes higher."
    )
    assert sentences.format(**plot.facts(report)) in text


def test_chapter_10_quotes_the_stored_results(report):
    chapter = (FOLDER.parents[1] / "book" / "chapters" / "10-digits.md").read_text(encoding="utf-8")
    assert plot.table(report) in chapter
    said = plot.facts(report)
    for sentence in [
        "Real training images score {floor}.",
        "measured on {date} with {threads} threads of an {processor} processor and PyTorch {torch}.",
        "After 60 seconds `train_digits` scores {ours}, and the best of the others {best}, {ratio} times as much.",
        "By then it has seen {times_least} to {times_most} times as many images as the recipe of DCGAN, seed by seed",
        "costs {megaflop} million floating-point operations per image",
        "at {speed} images per second that is {share} % of what this machine reaches in large matrix products.",
    ]:
        assert sentence.format(**said) in chapter, sentence.format(**said)


def test_the_readme_quotes_the_stored_results(report):
    readme = (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")
    sentence = "its score is {ours}; the best of four well-known recipes has {best} by then, real images have {floor} "
    assert sentence.format(**plot.facts(report)) in readme


@pytest.mark.parametrize("page", ["README.md", "book/index.md", "book/chapters/10-digits.md"])
def test_the_score_after_a_minute_is_said_with_the_processor(report, avx2, page):
    text = (FOLDER.parents[1] / page).read_text(encoding="utf-8")
    assert re.search(rf"scores?( is| of)? {plot.facts(report)['ours']}\b", text)
    assert all(words in text for words in ("AVX-512", "AVX2")), "a minute is not the same on every processor"
    assert " to ".join(ends(plot.over_time(avx2)["ganlab"][60])) in text


def ends(values):
    return [f"{end:.0f}" for end in (min(values), max(values))]


def test_chapter_10_quotes_the_runs_with_avx2(avx2):
    chapter = (FOLDER.parents[1] / "book" / "chapters" / "10-digits.md").read_text(encoding="utf-8")
    seeds, scores = plot.over_time(avx2, "seed"), plot.over_time(avx2)
    ours, peer = scores  # our recipe is the first
    assert avx2["machine"]["vectors"] == "AVX2"
    assert seeds[ours][60] == seeds[peer][60] == [0, 1, 2]
    (slow, quick), (best, worst) = ends(plot.over_time(avx2, "images_per_second")[ours][60]), ends(scores[ours][60])
    limit, flop = avx2["machine"]["matrix_product_gflop_per_s"], avx2["flop_per_image"] / 1e9
    least, most = (f"{100 * flop * float(speed) / limit:.0f}" for speed in (slow, quick))
    for said in [
        f"{slow} to {quick} images a second and scored {best} to {worst} after 60 seconds, against",
        f"against {' to '.join(ends(scores[peer][60]))} for WGAN-GP",
        f"reached {limit} GFLOP/s in large matrix products",
        f"at {7000 * round(1e3 * flop) / 1e3 / limit:.0%} of that".replace("%", " %"),
        f"it ran at {least} to {most} %",
    ]:
        assert said in chapter, said
