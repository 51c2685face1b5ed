"""Show that the problems of ganlab.course.run_problems have solutions, and that the settings they begin with are none.

    python scripts/run_problems.py settle 40          # draws
    python scripts/run_problems.py modes 1 2 3        # seeds: which of them may stand in SEEDS

Needs Node. A seed of `modes` takes about five seconds.
"""

import dataclasses
import sys
from collections.abc import Iterator

from ganlab.course import run_problems
from ganlab.course.runs import Run, RunTask, judge_run, missed, replay
from ganlab.course.variants import Draw


def solved(task: RunTask) -> bool:
    """Whether the stored solution gets all points."""
    scored = judge_run(task.exercise.reference, task)
    return scored.points == scored.out_of


def plain(task: RunTask) -> bool:
    """Whether the settings that the task begins with reach the goals, wherever the run is stopped."""
    fixed = ";".join(f"{key}={value}" for key, value in task.fixed.items())
    link = f"#lab={task.lab};{fixed};seed={task.seed};run=step*{task.within}"
    runs = stops(replay(link, every=task.every), task.held)
    return any(not any(missed(goal, run, task) for goal in task.goals) for run in runs)


def stops(run: Run, held: int) -> Iterator[Run]:
    """The run as it was at each look through which the goals can have held."""
    for count, look in enumerate(run.looks, 1):
        if look.step > held:
            yield dataclasses.replace(run, step=look.step, measured=look.measured, looks=run.looks[:count])


def main(which: str, *numbers: str) -> None:
    """Print a line for each draw or seed."""
    if which == "settle":
        tasks = [(i, run_problems.load("settle", Draw(str(i)))) for i in range(int(numbers[0]))]
    else:
        tasks = [(seed, run_problems.modes_with_seed(Draw(""), int(seed))) for seed in numbers]
    for number, task in tasks:
        print(number, "solved" if solved(task) else "NOT SOLVED", "PLAIN" if plain(task) else "", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
