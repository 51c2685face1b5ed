"""Measure on one graphics card what the book says of cards, and what could make a round faster there.

    python benchmarks/gpu/run.py            # under five minutes on one card; goes on where it was stopped
    python benchmarks/gpu/run.py --quick    # two minutes with or without a card; writes build/gpu-quick.json

Four studies, one row a run in results.json, which names the card and serves for this card alone:

- "round": milliseconds of a round of the digit recipe, as it is (plain), with matrix products and convolutions in
  bfloat16 (bf16), with its jobs recorded once and handed to the card as one (graph), and both. Ways take turns, and the
  median of five turns counts. One that is not to be had is stored with the reason.
- "waits": how often the processor waits for the card in 100 rounds. PyTorch's debug mode warns of each.
- "digits": score and images a second of `train_digits` after 5, 10 and 20 seconds, three seeds; and of each way that
  makes rounds of 256 images at least 1.3 times as fast, after 10 seconds, to see what it does to the digits.
- "chapter": chapters 10 and 13, run from top to bottom with their asserts.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import jupytext
import torch
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from torch import Tensor

from ganlab import data, digits, metrics
from ganlab.training import Players, rounds

sys.path.insert(0, str(Path(__file__).parents[1]))

from study import Results, Row, measure_all

ROOT = Path(__file__).parents[2]
SEEDS, SECONDS, BATCHES = range(3), (5, 10, 20), (64, 256, 1024)
WAY_SECONDS, PAYS = 10, 1.3
ROUNDS, TURNS = 100, 5
CHAPTERS = ("10-digits", "13-asking-for-a-seven")

Round = Callable[[Players, Tensor], tuple[Tensor, Tensor]]


class NotHere(RuntimeError):
    """A way that this device does not have."""


@cache
def device() -> torch.device:
    """Return the card, or the processor where there is none."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@cache
def images() -> Tensor:
    """Return MNIST's training images on the device."""
    return data.mnist(device=device()).images


def plain(players: Players) -> Round:
    """Return the recipe's round."""
    return digits.shared_round


def bf16(players: Players) -> Round:
    """Return the round with matrix products and convolutions in bfloat16; weights and optimisers stay float32."""
    return in_bfloat16(digits.shared_round)


def graph(players: Players) -> Round:
    """Return the round as a recorded graph."""
    return recorded(players, digits.shared_round)


def graph_bf16(players: Players) -> Round:
    """Return the round in bfloat16 as a recorded graph."""
    return recorded(players, in_bfloat16(digits.shared_round))


WAYS = {"plain": plain, "bf16": bf16, "graph": graph, "graph, bf16": graph_bf16}


def in_bfloat16(play_round: Round) -> Round:
    """Return the round under automatic mixed precision."""

    def in_half(players: Players, real: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(device().type, torch.bfloat16):
            return play_round(players, real)

    return in_half


def recorded(players: Players, play_round: Round) -> Round:
    """Return the round, recorded as two CUDA graphs: with the penalty that is due every few steps, and without.

    What a graph plays again reads and writes the same memory, so minibatches are copied into one place, and the
    optimisers keep learning rates and step counts on the card. See the notes on CUDA graphs in PyTorch's documentation.
    """
    if device().type != "cuda":
        raise NotHere("graphs are recorded on a CUDA card")
    for optimizer in (players.opt_g, players.opt_d):
        for group in optimizer.param_groups:
            group["capturable"], group["lr"] = True, torch.tensor(group["lr"], device=device())
    graphs: dict[bool, tuple[torch.cuda.CUDAGraph, Tensor, tuple[Tensor, Tensor]]] = {}

    def replayed(players: Players, real: Tensor) -> tuple[Tensor, Tensor]:
        due = players.step % digits.R1_EVERY == 0
        if due not in graphs:
            graphs[due] = _record(players, play_round, real)
        recording, place, losses = graphs[due]
        place.copy_(real)
        recording.replay()
        return losses[0].clone(), losses[1].clone()  # the next replay writes to the same place

    return replayed


def _record(
    players: Players, play_round: Round, real: Tensor
) -> tuple[torch.cuda.CUDAGraph, Tensor, tuple[Tensor, Tensor]]:
    """Play a few rounds beside the main stream, as recording needs it, and record the next."""
    place, side = real.clone(), torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            play_round(players, place)
    torch.cuda.current_stream().wait_stream(side)
    recording = torch.cuda.CUDAGraph()
    recording.register_generator_state(players.generator)
    with torch.cuda.graph(recording):
        losses = play_round(players, place)
    return recording, place, losses


def picked(players: Players, n: int) -> Tensor:
    """Return a random minibatch."""
    return images()[torch.randint(len(images()), (n,), generator=players.generator, device=device())]


def new_players(used: Callable[[int], float] = lambda step: 0.0, seed: int = 0) -> Players:
    """Return the recipe's players on the device."""
    return digits.digit_players(used, seed=seed, device=device())


def finish() -> None:
    """Wait until the device has done what it was given."""
    if device().type == "cuda":
        torch.cuda.synchronize()


def time_rounds(key: Row) -> Row:
    """Return the milliseconds of a round of each way, in turns; a way that fails is stored with the reason."""
    ready, refused = {}, {}
    for name, make in WAYS.items():
        players = new_players()
        try:
            play = make(players)
            _play(players, play, key["n"], 2)  # warm: both kinds of round, with the penalty and without
            ready[name] = players, play
        except RuntimeError as error:  # NotHere, or what CUDA says
            refused[name] = str(error).partition("\n")[0]
    taken: dict[str, list[float]] = {name: [] for name in ready}
    for _ in range(TURNS):
        for name, (players, play) in ready.items():
            finish()
            start = time.perf_counter()
            _play(players, play, key["n"], key["rounds"])
            finish()
            taken[name].append(1000 * (time.perf_counter() - start) / key["rounds"])
    spans = {name: [round(f(times), 2) for f in (statistics.median, min, max)] for name, times in taken.items()}
    return {"ms": spans, "refused": refused}


def _play(players: Players, play: Round, n: int, count: int) -> None:
    for _ in range(count):
        players.history.append(*play(players, picked(players, n)))


def count_waits(key: Row) -> Row:
    """Return how often the processor waits for the card in rounds alone, and in the loop that looks at losses."""
    players, n = new_players(), digits.batch_size(device())
    _play(players, digits.shared_round, n, 2)
    with waits() as in_rounds:
        _play(players, digits.shared_round, n, key["rounds"])
    with waits() as in_loop:
        play = rounds(players, lambda players: digits.shared_round(players, picked(players, n)), steps=sys.maxsize)
        for _ in range(key["rounds"]):
            next(play)
    return {"in_rounds": len(in_rounds), "in_loop": len(in_loop)}


@contextmanager
def waits() -> Iterator[list[str]]:
    """Collect what PyTorch says whenever a call makes the processor wait for the card; nothing without a card."""
    found: list[str] = []
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        if device().type == "cuda":
            torch.cuda.set_sync_debug_mode("warn")
        try:
            yield found
        finally:
            if device().type == "cuda":
                torch.cuda.set_sync_debug_mode("default")
    found += [str(each.message) for each in said if "synchronizing CUDA operation" in str(each.message)]


def score(key: Row) -> Row:
    """Train digits for so many seconds in one of the ways, and judge them."""
    start = time.monotonic()
    players = new_players(lambda step: (time.monotonic() - start) / key["seconds"], key["seed"])
    play, n = WAYS[key["way"]](players), digits.batch_size(device())
    start = time.monotonic()
    for progress in rounds(players, lambda players: play(players, picked(players, n)), steps=sys.maxsize):
        if progress.step % 10 == 0 and time.monotonic() - start >= key["seconds"]:
            break
    finish()
    return _judged(digits.TrainedGAN(players.G.eval(), players.history), time.monotonic() - start, n)


def score_package(key: Row) -> Row:
    """Call `train_digits` as readers do, and judge the digits."""
    start = time.monotonic()
    trained = digits.train_digits(seconds=key["seconds"], seed=key["seed"], device=device(), progress=False)
    return _judged(trained, time.monotonic() - start, digits.batch_size(device()))


def _judged(trained: digits.TrainedGAN, seconds: float, n: int) -> Row:
    seen = n * len(trained.history)
    return {"score": round(metrics.digit_score(trained.sample(10_000)), 2), "images_per_second": round(seen / seconds)}


def run_chapter(key: Row) -> Row:
    """Run a page from top to bottom, as the book's build does; an assert that fails is stored."""
    notebook = jupytext.read(ROOT / "book" / "chapters" / f"{key['page']}.md", fmt="md:myst")
    notebook.cells = [cell for cell in notebook.cells if "skip-execution" not in cell.metadata.get("tags", [])]
    start = time.monotonic()
    failed = ""
    with tempfile.TemporaryDirectory() as folder:
        try:
            NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
        except CellExecutionError as error:
            failed = f"{error.ename}: {error.evalue}"
    return {"seconds": round(time.monotonic() - start, 1), "failed": failed}


def paying(results: Results) -> list[str]:
    """Return the ways whose rounds of the recipe's minibatch are fast enough to ask what they do to the digits."""
    rows = results.find(study="round", n=digits.batch_size(device()))
    ms = {name: span[0] for row in rows for name, span in row["ms"].items()}
    return [name for name, median in ms.items() if name != "plain" and ms["plain"] >= PAYS * median]


def card() -> dict[str, str]:
    """Say what the numbers were measured on."""
    cuda = device().type == "cuda"
    name = torch.cuda.get_device_name() if cuda else "no card"
    return {"card": name, "cuda": torch.version.cuda if cuda else "none", "torch": torch.__version__}


def main() -> None:
    """Make all runs that are not stored, and print what is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one seed, few seconds, no chapters: to see that it works")
    quick = parser.parse_args().quick
    if not quick and device().type != "cuda":
        raise SystemExit("there is no CUDA card here; --quick shows on the processor that the script works")
    path = ROOT / "build" / "gpu-quick.json" if quick else Path(__file__).parent / "results.json"
    path.parent.mkdir(exist_ok=True)
    results = Results(path)
    results.measured_on(**card())
    budgets = [(seed, seconds) for seed in SEEDS for seconds in SECONDS] if not quick else [(0, 1)]
    batches, few = (BATCHES, ROUNDS) if not quick else (BATCHES[:1], 3)

    measure_all(results, [{"study": "round", "n": n, "rounds": few} for n in batches], time_rounds, desc="rounds")
    measure_all(results, [{"study": "waits", "rounds": few}], count_waits, desc="waits")
    runs = [{"study": "digits", "way": "train_digits", "seed": seed, "seconds": t} for seed, t in budgets]
    measure_all(results, runs, score_package, desc="digits")
    ways = [(way, seed) for way in paying(results) for seed in ([0] if quick else SEEDS)]
    runs = [{"study": "digits", "way": w, "seed": s, "seconds": 1 if quick else WAY_SECONDS} for w, s in ways]
    measure_all(results, runs, score, desc="faster ways")
    measure_all(results, [{"study": "chapter", "page": p} for p in CHAPTERS if not quick], run_chapter, desc="chapters")
    for row in results.rows:
        print(json.dumps(row))


if __name__ == "__main__":
    main()
