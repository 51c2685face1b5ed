"""Time a round of the digit recipe with 256 images in 1, 2 and 4 processes, and the average of gradients by itself.

    python benchmarks/scaling/run.py            # ten minutes on two quiet cores; goes on where it was stopped
    python benchmarks/scaling/run.py --quick    # half a minute, to see that it works; writes build/scaling-quick.json

Each process has one thread and its share of the 256 images, so all numbers of processes play the same game. They take
turns, so that a machine that slows down slows all of them. One row a turn in results.json: milliseconds of a round
(mean of rounds with and without the penalty, in their proportion), and of one average of G's gradients and of D's when
no process has anything else to do (median). The page on scaling shows the medians.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from accelerate import Accelerator

from ganlab import data
from ganlab.digits import R1_EVERY, digit_players, lazy_r1_step
from ganlab.scaling import distributed
from ganlab.steps import generator_step
from ganlab.training import train

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from processor import processor
from study import Results, Row, measure_all

ROOT = Path(__file__).parents[2]
IMAGES, PROCESSES, TURNS = 256, (1, 2, 4), range(5)
ROUNDS, AVERAGES = 4 * R1_EVERY, 50


def measure(key: Row) -> Row:
    """Start so many processes that play, and return what the first of them measured."""
    script = [__file__, "--play", str(key["rounds"])]
    alone = ["--standalone", "--local-addr=localhost", f"--nproc-per-node={key['processes']}"]
    torchrun = ["-m", "torch.distributed.run", *alone]
    one_thread = {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "1"}
    done = subprocess.run(
        [sys.executable, *torchrun, *script], env=os.environ | one_thread, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{key['processes']} processes failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def play(rounds: int) -> None:
    """Play in this process, as one of all; the first prints what it measured."""
    accelerator = Accelerator()
    images = data.mnist().images
    players = digit_players(lambda step: 0.0)
    run = train(
        players,
        lambda n, rng: images[torch.randint(len(images), (n,), generator=rng)],
        steps=rounds + R1_EVERY,
        batch_size=IMAGES,
        d_step=distributed(lazy_r1_step(players), accelerator),
        g_step=distributed(generator_step, accelerator),
    )
    for _ in range(R1_EVERY):  # to warm up
        next(run)
    start = time.perf_counter()
    for _ in run:
        pass
    round_ms = 1000 * (time.perf_counter() - start) / rounds
    weights = {name: sum(weight.numel() for weight in getattr(players, name).parameters()) for name in "GD"}
    average_ms = sum(_average_ms(accelerator, count) for count in weights.values())
    if accelerator.is_main_process:
        print(json.dumps({"round_ms": round(round_ms, 2), "average_ms": round(average_ms, 3), "weights": weights}))
    accelerator.end_training()


def _average_ms(accelerator: Accelerator, count: int) -> float:
    """Return the milliseconds of an average of so many numbers; every process enters it at the same moment."""
    numbers, taken = torch.zeros(count), []
    for _ in range(AVERAGES):
        accelerator.wait_for_everyone()
        start = time.perf_counter()
        accelerator.reduce(numbers, "mean")
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def table(results: Results) -> list[Row]:
    """Return medians and spans over the turns, a row for each number of processes."""
    rows = []
    for count in PROCESSES:
        turns = results.find(processes=count)
        one = {row["turn"]: row["round_ms"] for row in results.find(processes=1)}
        speedups = [one[row["turn"]] / row["round_ms"] for row in turns]
        rows.append(
            {
                "processes": count,
                "round_ms": [round(f(row["round_ms"] for row in turns), 1) for f in (statistics.median, min, max)],
                "average_ms": round(statistics.median(row["average_ms"] for row in turns), 2),
                "speedup": [round(f(speedups), 2) for f in (statistics.median, min, max)],
            }
        )
    return rows


def main() -> None:
    """Make all runs that are not stored, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one turn of a few rounds")
    parser.add_argument("--play", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.play:
        return play(asked.play)
    path = ROOT / "build" / "scaling-quick.json" if asked.quick else Path(__file__).parent / "results.json"
    path.parent.mkdir(exist_ok=True)
    results = Results(path)
    vectors = torch.backends.cpu.get_cpu_capability()  # processors of one name may differ in these
    results.measured_on(processor=processor(), cores=str(os.cpu_count()), cpu=vectors, torch=torch.__version__)
    turns, rounds = (TURNS, ROUNDS) if not asked.quick else (range(1), 2)
    keys = [{"turn": turn, "processes": count, "rounds": rounds} for turn in turns for count in PROCESSES]
    measure_all(results, keys, measure)
    for row in table(results):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
