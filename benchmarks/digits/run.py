"""Measure digit recipes side by side: ours and four published ones, at equal seconds and at equal images.

    python benchmarks/digits/run.py                  # about 45 minutes on two quiet cores: three seeds, up to 120 s
    python benchmarks/digits/run.py --quick          # a minute, to see that it works; writes build/digits-quick.json
    python benchmarks/digits/run.py --results benchmarks/digits/avx2.json \\
        --recipes ganlab "WGAN-GP, MLP (PyTorch-GAN)" --seconds 10 30 60 --images    # another processor: ten minutes

Every value is a Fréchet distance of 10 000 samples to MNIST's test images under the package's judge. Peers train
with constant rates, so one run is looked at several times, and the clock stops while it is looked at. Our rates fall
towards the end of the budget, so each of our budgets is a run of its own. A peer stops at the last mark of time, so
a slow one leaves out the marks of images that it has not reached.

Recipes take turns within a seed, so that a machine that slows down slows all of them. A run that was stopped goes on
where it was: a recipe that is complete for a seed is not measured again, and each row has its date. To measure a
recipe anew, delete its rows from results.json; to measure all, the file. Rows of two processors never share a file.

All run in one process, so that what `train_digits` does for memory helps its peers as well. DCGAN, whose layers fill
blocks of 32 MB, stays slowed by memory that comes and goes: with the environment variables MALLOC_TRIM_THRESHOLD_ and
MALLOC_MMAP_THRESHOLD_ at 2000000000 it sees a third more images a second, while ours stays as it is.
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import torch
from peers import PEERS
from torch.utils.flop_counter import FlopCounterMode

from ganlab import __version__, data, metrics, seeds
from ganlab.digits import BATCH_SIZE, R1_EVERY, digit_players, shared_round, train_digits
from ganlab.penalties import gradient_norm

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from processor import processor

HERE = Path(__file__).parent
OURS = "ganlab"


def describe(images: torch.Tensor) -> dict[str, Any]:
    """Score a set of samples, and say what is behind the score."""
    shares = metrics.class_histogram(images)
    features = metrics.digit_judge().features(images)
    precision, recall = metrics.precision_recall(_some_test_features(), features[:2000])
    return {
        "score": round(metrics.digit_score(images), 2),
        "classes_above_5_percent": int((shares >= 0.05).sum()),
        "class_shares": [round(share, 4) for share in shares.tolist()],
        "class_kl": round(metrics.histogram_kl(shares), 4),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
    }


def measure_peer(name: str, *, seed: int, seconds: list[float], images: list[int], n: int) -> Iterator[dict[str, Any]]:
    """Train a peer once and yield a row at each mark, of time or of images seen."""
    seeds.seed_everything(seed)
    digits, peer = data.mnist("train").images, PEERS[name]()
    order = data.batches(digits, peer.batch_size, generator=seeds.generator(seed))
    last = max(seconds)
    clock, seen = 0.0, 0
    marks = sorted([("seconds", mark) for mark in seconds] + [("images", mark) for mark in images])
    while ("seconds", last) in marks:
        start = time.perf_counter()
        peer.play(next(order))
        clock, seen = clock + time.perf_counter() - start, seen + peer.batch_size
        reached = [(kind, mark) for kind, mark in marks if (clock if kind == "seconds" else seen) >= mark]
        for kind, mark in reached:
            marks.remove((kind, mark))
            yield {**_row(name, seed, kind, mark, clock, seen), **describe(peer.sample(n))}


def measure_ours(*, seed: int, seconds: list[float], images: list[int], n: int) -> Iterator[dict[str, Any]]:
    """Train our recipe once for each budget and yield a row at its end."""
    budgets = [("seconds", mark, {"seconds": mark}) for mark in seconds]
    budgets += [("images", mark, {"steps": mark // BATCH_SIZE}) for mark in images]
    for kind, mark, budget in budgets:
        start = time.perf_counter()
        trained = train_digits(**budget, seed=seed, device="cpu")
        clock, seen = time.perf_counter() - start, len(trained.history) * BATCH_SIZE
        yield {**_row(OURS, seed, kind, mark, clock, seen), **describe(trained.sample(n))}


def machine() -> dict[str, Any]:
    """Say what the numbers were measured on."""
    a = torch.randn(2048, 2048)
    a @ a
    start = time.perf_counter()
    for _ in range(5):
        a @ a
    return {
        "processor": processor(),
        "vectors": torch.backends.cpu.get_cpu_capability(),  # processors of one name may differ in these
        "threads": torch.get_num_threads(),
        "matrix_product_gflop_per_s": round(5 * 2 * 2048**3 / (time.perf_counter() - start) / 1e9),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "ganlab": __version__,
    }


def flop_per_image() -> float:
    """Count the floating point operations of a step of our recipe, for each image of its minibatch."""
    players, real = digit_players(lambda step: 0.0), torch.zeros(BATCH_SIZE, 1, 28, 28, requires_grad=True)
    players.history.append(torch.zeros(()), torch.zeros(()))  # a step without the penalty, which is counted apart
    steps, penalty = FlopCounterMode(display=False), FlopCounterMode(display=False)
    with steps:
        shared_round(players, real.detach())
    with penalty:
        gradient_norm(players.D(1 * real), real).square().mean().backward()  # the counter refuses the leaf itself
    return (steps.get_total_flops() + penalty.get_total_flops() / R1_EVERY) / BATCH_SIZE


def begun(out: Path, *, samples: int) -> dict[str, Any]:
    """Return the report so far, or a new one.

    Raises SystemExit if the stored one was measured on another machine or with other versions.
    """
    here = machine()
    if out.exists():
        report = json.loads(out.read_text())
        apart = [
            key for key in ("processor", "vectors", "threads", "torch", "ganlab") if report["machine"][key] != here[key]
        ]
        if apart or report["samples"] != samples:
            raise SystemExit(f"{out} is of another machine or version ({', '.join(apart)}); delete it to start afresh")
    else:
        floor = round(metrics.digit_score(data.mnist("train").images[:samples]), 2)
        report = {"floor": floor, "samples": samples, "rows": []}
    return report | {"machine": here, "flop_per_image": flop_per_image()}


def arguments() -> argparse.Namespace:
    """Read which recipes are measured, at which marks, and where the rows go."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one seed, seconds instead of minutes")
    parser.add_argument("--results", type=Path, help="the file of another processor (default: results.json)")
    parser.add_argument("--recipes", nargs="+", choices=[OURS, *PEERS], help="only these (default: all)")
    parser.add_argument("--seconds", type=float, nargs="+", default=[10, 30, 60, 120], help="marks of time")
    parser.add_argument("--images", type=int, nargs="*", default=[20_000, 160_000], help="marks of images; may be none")
    asked = parser.parse_args()
    asked.results = asked.results or (
        HERE.parents[1] / "build" / "digits-quick.json" if asked.quick else HERE / "results.json"
    )
    return asked


def main() -> None:
    """Measure all recipes and store each recipe's rows when it is complete for a seed."""
    asked = arguments()
    out = asked.results
    out.parent.mkdir(exist_ok=True)
    marks: dict[str, Any] = {"seconds": asked.seconds, "images": asked.images, "n": 10_000}
    if asked.quick:
        marks = {"seconds": [1, 2], "images": [640], "n": 1000}

    report = begun(out, samples=marks["n"])
    for seed in [0] if asked.quick else [0, 1, 2]:
        runs = {OURS: measure_ours, **{name: partial(measure_peer, name) for name in PEERS}}
        for name, measure in runs.items():
            if asked.recipes and name not in asked.recipes:
                continue
            if any((row["recipe"], row["seed"]) == (name, seed) for row in report["rows"]):
                continue
            for row in measure(seed=seed, **marks):
                report["rows"].append(row)
                print(row["recipe"], row["seed"], row["kind"], row["mark"], row["score"], flush=True)
            out.with_suffix(".new").write_text(json.dumps(report, indent=1) + "\n")
            out.with_suffix(".new").replace(out)  # all or nothing


def _row(recipe: str, seed: int, kind: str, mark: float, clock: float, seen: int) -> dict[str, Any]:
    return {
        "recipe": recipe,
        "seed": seed,
        "kind": kind,
        "mark": mark,
        "train_seconds": round(clock, 2),
        "images": seen,
        "images_per_second": round(seen / clock),
        "date": date.today().isoformat(),
    }


def _some_test_features() -> torch.Tensor:
    """Features of 2 000 test images: enough for precision and recall, and quick."""
    return metrics.digit_judge().features(data.mnist("test").images[:2000])


if __name__ == "__main__":
    main()
