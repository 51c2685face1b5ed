"""Training in two processes, as the page *Scaling out* starts them, on machines that are set up badly."""

import re
import sys
from ast import literal_eval
from pathlib import Path

from scenarios import ROOT, nameless, run, scenario, succeeded

PROGRAM = """
import torch
from accelerate import Accelerator

accelerator = Accelerator(cpu=True)
total = accelerator.reduce(torch.ones(1)).item()
if accelerator.is_main_process:
    print(f"sum of {accelerator.num_processes} ones: {total}")
accelerator.end_training()
"""


@scenario("two processes, a machine whose name nobody knows", "they find each other at once")
def unknown_name(place: Path) -> None:
    """Start them with the arguments that the page uses."""
    page = (ROOT / "book" / "scaling-out.md").read_text(encoding="utf-8")
    [torchrun] = re.findall(r"^ *torchrun = (\[.*\])$", page, re.MULTILINE)
    program = place / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    start = [sys.executable, *literal_eval(torchrun), "--nproc-per-node=2", program]
    done = run([*nameless(), "timeout", "60", *start], ACCELERATE_USE_CPU="1", OMP_NUM_THREADS="1")
    succeeded(done)
    assert "sum of 2 ones: 2.0" in done.stdout, done.stdout
