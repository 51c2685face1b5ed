"""The benchmark for graphics cards: what it counts and stores. Its numbers need a card; what is here does not."""

import json
import sys
import warnings
from pathlib import Path

import pytest
import torch
from loading import load_script

from ganlab import data
from ganlab.digits import TrainedGAN
from ganlab.networks import DCGenerator
from ganlab.training import History

ROOT = Path(__file__).parents[2]
run = load_script(ROOT / "benchmarks" / "gpu" / "run.py")

PAGE = """---
kernelspec: {name: python3, display_name: Python 3, language: python}
---

```{code-cell} ipython3
x = 2
```

```{code-cell} ipython3
:tags: [skip-execution]
raise SystemExit("not for this run")
```

```{code-cell} ipython3
assert x == WANTED, "x is another number"
```
"""


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """Noise in place of MNIST, little networks' worth of rounds, no training and no judge."""
    noise = torch.rand(100, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    monkeypatch.setattr(run.data, "mnist", lambda device: data.Digits(noise, torch.zeros(100).long(), "noise"))
    monkeypatch.setattr(run, "device", lambda: torch.device("cpu"))
    monkeypatch.setattr(run, "images", lambda: noise)
    monkeypatch.setattr(run, "BATCHES", (4,))
    monkeypatch.setattr(run, "WAYS", {"plain": run.plain, "graph": run.graph})
    monkeypatch.setattr(run.metrics, "digit_score", lambda images: float(len(images)))
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["run.py", "--quick"])

    history = History()
    history.losses = torch.zeros(3, 2)
    monkeypatch.setattr(run.digits, "train_digits", lambda **budget: TrainedGAN(DCGenerator(), history))
    return tmp_path / "build" / "gpu-quick.json"


def test_a_run_makes_each_study_once(quick):
    run.main()
    rows = json.loads(quick.read_text())["rows"]
    assert [row["study"] for row in rows] == ["round", "waits", "digits"]
    assert rows[0]["refused"] == {"graph": "graphs are recorded on a CUDA card"}
    median, least, most = rows[0]["ms"]["plain"]
    assert 0 < least <= median <= most
    assert rows[2]["score"] == 10_000
    before = quick.read_text()
    run.main()
    assert quick.read_text() == before


def test_results_of_another_card_are_not_mixed_with_these(quick):
    quick.parent.mkdir()
    quick.write_text(json.dumps({"machine": run.card() | {"card": "another card"}, "rows": []}))
    with pytest.raises(SystemExit, match="is of another card, this is no card; delete it"):
        run.main()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_without_a_card_the_full_run_says_so(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["run.py"])
    with pytest.raises(SystemExit, match="no CUDA card here; --quick"):
        run.main()


def test_only_a_way_that_pays_is_asked_about_digits(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "device", lambda: torch.device("cpu"))
    results = run.Results(tmp_path / "rows.json")
    spans = {"plain": [13.0, 12, 14], "a third faster": [10.0, 9, 11], "a little faster": [10.1, 9, 11]}
    results.add({"study": "round", "n": 64, "ms": spans})
    results.add({"study": "round", "n": 256, "ms": {"plain": [9.0, 9, 9], "a little faster": [1.0, 1, 1]}})
    assert run.paying(results) == ["a third faster"]


def test_only_warnings_that_tell_of_waiting_are_counted(monkeypatch):
    monkeypatch.setattr(run, "device", lambda: torch.device("cpu"))
    with run.waits() as found:
        for _ in range(3):
            warnings.warn("called a synchronizing CUDA operation (Triggered internally at …)", stacklevel=1)
        warnings.warn("something else", stacklevel=1)
    assert len(found) == 3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no card")
def test_rounds_never_wait_for_the_card():
    assert run.count_waits({"rounds": 40})["in_rounds"] == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no card")
def test_a_recorded_round_trains():
    players = run.new_players()
    play = run.graph(players)
    before = [weight.clone() for weight in players.G.parameters()]
    run._play(players, play, 64, 40)
    assert players.history.losses.isfinite().all()
    assert all(not torch.equal(a, b) for a, b in zip(before, players.G.parameters(), strict=True))


def test_the_round_in_bfloat16_keeps_weights_in_float32(quick):
    players = run.new_players()
    losses = run.bf16(players)(players, run.picked(players, 4))
    assert all(loss.isfinite() for loss in losses)
    assert {weight.dtype for weight in players.G.parameters()} == {torch.float32}


@pytest.mark.parametrize(("wanted", "failed"), [("2", ""), ("3", "AssertionError: x is another number")])
def test_a_chapter_runs_as_it_is_and_says_which_assert_failed(tmp_path, monkeypatch, wanted, failed):
    page = tmp_path / "book" / "chapters" / "a-page.md"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE.replace("WANTED", wanted))
    monkeypatch.setattr(run, "ROOT", tmp_path)
    row = run.run_chapter({"page": "a-page"})
    assert row["failed"] == failed
    assert row["seconds"] > 0
