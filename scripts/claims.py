"""Try every claim of the book on random numbers that its page does not show.

    python scripts/claims.py                       # all pages, 20 offsets; an hour or two on two cores
    python scripts/claims.py --page 06-first-gan   # one page
    python scripts/claims.py --table               # measure nothing, write the table anew

Each page runs from its first cell to its last under GANLAB_SEED_OFFSET = 1000, 2000, …, 20000. Steps of 1000 keep the
runs apart: with 1, 2, 3, … a page that uses the seeds 0 to 4 would use most of them again and again. What every assert
of the page measured (see claim_recorder.py) becomes one line of benchmarks/claims/PAGE.jsonl as soon as a run ends, so
that a tool that is killed goes on where it was. A run counts for the code that it ran and the machine that it ran on:
when the code of a page changes, its runs start anew, while changed prose or comments cost nothing. A change in the
package goes unnoticed; to measure a page anew, delete its file. Two tools may run at once.

The table in benchmarks/claims/README.md is made from these files. The exit status is 1 if an assert failed.
"""

import argparse
import ast
import asyncio
import hashlib
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jupytext
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1] / "book" / "_ext"))
sys.path.insert(0, str(Path(__file__).parent))

from claim_recorder import MIME
from claim_table import INTRODUCTION, rows_of, section
from processor import processor
from reader_paths import make_absolute

ROOT = Path(__file__).parents[1]
BOOK, RESULTS = ROOT / "book", ROOT / "benchmarks" / "claims"
OFFSETS = range(1000, 20_001, 1000)
PRINTS = "nbval-check-output"  # the tag of cells whose printed numbers the prose quotes
WATCH = """
import sys
sys.path.insert(0, {folder!r})
from claim_recorder import watch
from IPython.display import display
watch(get_ipython(), display)
sys.path.pop(0)
"""
Run = dict[str, Any]  # a line of a file of results


# Pages.


def pages(book: Path = BOOK) -> dict[str, Path]:
    """Return the pages that assert something, by name."""
    paths = [path for path in sorted(book.rglob("*.md")) if "{code-cell}" in path.read_text(encoding="utf-8")]
    return {path.stem: path for path in paths if any(_asserts(cell) for cell in _trees(read(path)))}


def read(path: Path) -> NotebookNode:
    """Return a page as a notebook."""
    return jupytext.read(path)


def code_digest(page: NotebookNode) -> str:
    """Hash what the code cells of a page do; comments, layout and prose do not count."""
    text = "\n".join(ast.dump(tree) for tree in _trees(page))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _trees(page: NotebookNode) -> Iterator[ast.Module]:
    for cell in page.cells:
        if cell.cell_type == "code":
            yield ast.parse(TransformerManager().transform_cell(cell.source))


def _asserts(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(tree))


def claim_of(cell: NotebookNode) -> str | None:
    """Return the id of the claim that a cell asserts."""
    return next((tag for tag in cell.metadata.get("tags", []) if tag.startswith("claim-")), None)


# Measuring.


def measure(path: Path, offset: int) -> Run:
    """Run a page under an offset; return what its asserts measured, and the error that ended it, or ""."""
    notebook = read(path)
    code = code_digest(notebook)  # now: the page may be edited while it runs
    for cell in notebook.cells:
        if claim_of(cell):
            cell.metadata.tags.append("raises-exception")  # nbclient then goes on with the next cell
    start = time.perf_counter()
    error = _execute(notebook, offset)
    return {
        "page": path.stem,
        "offset": offset,
        "code": code,
        "machine": machine(),
        "date": date.today().isoformat(),
        "seconds": round(time.perf_counter() - start, 1),
        "error": error,
        "asserts": [note for cell in notebook.cells for note in _notes(cell)],
        "printed": [_printed(cell) for cell in notebook.cells if PRINTS in cell.metadata.get("tags", [])],
    }


def _execute(notebook: NotebookNode, offset: int) -> str:
    """Run the cells in place, in a throw-away folder; return the error of a cell that is no claim's, or ""."""
    watch = new_code_cell(WATCH.format(folder=str(Path(__file__).parent)))
    notebook.cells.insert(0, watch)
    environment = {"TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1", **os.environ, "GANLAB_SEED_OFFSET": str(offset)}
    make_absolute(environment)
    with (
        tempfile.TemporaryDirectory() as folder,
        tqdm(total=len(notebook.cells), unit="cell", leave=False, disable=None) as bar,
    ):
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=3600,
            resources={"metadata": {"path": folder}},
            extra_arguments=["--log-level=ERROR"],
            on_notebook_start=_leave_signals_alone,
            on_cell_complete=lambda cell, cell_index: bar.update(cell_index + 1 - bar.n),
        )
        try:
            client.execute(env=environment)
        except CellExecutionError as failure:
            return f"{failure.ename}: {failure.evalue}"
        except (CellTimeoutError, DeadKernelError) as failure:
            return str(failure) or type(failure).__name__
    return ""


def _leave_signals_alone(notebook: NotebookNode) -> None:
    """Let Ctrl-C end the tool: nbclient answers it by killing the kernel, which looks like a page that crashed."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().remove_signal_handler(stop)


def _notes(cell: NotebookNode) -> list[dict[str, Any]]:
    """Return what the recorder sent from a cell; a claim whose cell broke or sent nothing has failed."""
    claim, outputs = claim_of(cell), cell.get("outputs", [])
    notes = [note for output in outputs for note in output.get("data", {}).get(MIME, [])]
    errors = [f"{output.ename}: {output.evalue}" for output in outputs if output.output_type == "error"]
    if claim and cell.get("execution_count") and (errors or not notes):
        why = errors[0] if errors else "nothing was asserted"
        notes.append({"test": "the cell runs to its end", "held": False, "message": why, "measured": []})
    return [{"claim": claim, **note} for note in notes]


def _printed(cell: NotebookNode) -> str:
    """Return what a cell printed, or the value in which it ended."""
    texts = [output.get("text", output.get("data", {}).get("text/plain", "")) for output in cell.outputs]
    return "".join(texts)


@cache
def machine() -> dict[str, Any]:
    """Say what the numbers are measured on."""
    import torch

    return {
        "processor": processor(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "threads": int(os.environ.get("OMP_NUM_THREADS", 1)),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        **{name: version(name) for name in ("torch", "numpy", "scikit-learn", "ganlab")},
    }


# Results: one file a page, one line a run, only ever appended to.


def stored(page: str, results: Path = RESULTS) -> list[Run]:
    """Return the runs of a page, oldest first; a line that a kill cut short is no run."""
    path = results / f"{page}.jsonl"
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    runs = []
    for line in text.split("\n"):
        with suppress(json.JSONDecodeError):
            runs.append(json.loads(line))
    return runs


def store(run: Run, results: Path = RESULTS) -> None:
    """Append a run in one piece; the line break comes first, in case the last line was cut short."""
    results.mkdir(parents=True, exist_ok=True)
    path = results / f"{run['page']}.jsonl"
    torn = path.exists() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * torn + json.dumps(run, ensure_ascii=False, allow_nan=False) + "\n")


def latest(runs: Iterable[Run], code: str) -> list[Run]:
    """Keep the runs of this code, the last for each machine and offset."""
    kept = {(json.dumps(run["machine"]), run["offset"]): run for run in runs if run["code"] == code}
    return sorted(kept.values(), key=lambda run: run["offset"])


def try_page(path: Path, offsets: Iterable[int], results: Path = RESULTS) -> None:
    """Measure the offsets that are not there yet; each stands in the file and in the table when it ends."""
    runs = latest(stored(path.stem, results), code_digest(read(path)))
    done = {run["offset"] for run in runs if run["machine"] == machine() and not run["error"]}
    missing = [offset for offset in offsets if offset not in done]
    print(f"{path.stem}: {len(missing)} runs to do", flush=True)
    for i, offset in enumerate(missing, 1):
        run = measure(path, offset)
        store(run, results)
        write_table(results)
        failed = [note["claim"] or note["test"] for note in run["asserts"] if not note["held"]]
        verdict = run["error"] or (f"FAILED: {', '.join(dict.fromkeys(failed))}" if failed else "all hold")
        left = run["seconds"] * (len(missing) - i) / 60
        progress = f"  offset {offset} ({i} of {len(missing)}): {run['seconds']:.0f} s"
        print(f"{progress}, {verdict}; {left:.0f} min left", flush=True)


# The table.


def table(results: Path = RESULTS) -> str:
    """Return the readable form of all stored results."""
    parts = [INTRODUCTION]
    for path in sorted(results.glob("*.jsonl")):
        runs = stored(path.stem, results)
        if runs:
            parts.append(section(path.stem, latest(runs, runs[-1]["code"])))
    return "\n\n".join(parts) + "\n"


def write_table(results: Path = RESULTS) -> None:
    """Write README.md all at once."""
    results.mkdir(parents=True, exist_ok=True)
    new = results / f"README.{os.getpid()}.new"
    new.write_text(table(results), encoding="utf-8")
    new.replace(results / "README.md")


def findings(path: Path, results: Path = RESULTS) -> tuple[list[str], list[str]]:
    """Return what fails and what else deserves a look in the runs of a page's present code."""
    runs = latest(stored(path.stem, results), code_digest(read(path)))
    lines = [(row, f"{row.claim or path.stem}: {row.what or row.test}") for row in rows_of(runs) if row.verdict]
    failing = [f"{path.stem}, offset {run['offset']}: {run['error']}" for run in runs if run["error"]]
    failing += [f"{line}: {row.verdict}" for row, line in lines if not all(row.held)]
    thin = [f"{line}: thin" for row, line in lines if all(row.held)]
    return failing, thin if runs else [f"{path.stem}: its present code is not measured yet"]


def main() -> int:
    """Measure what is missing, write the table, and say what does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", action="append", choices=sorted(pages()), help="only this page; may be repeated")
    parser.add_argument("--offsets", type=int, nargs="+", default=OFFSETS, help="default: 1000 2000 … 20000")
    parser.add_argument("--table", action="store_true", help="measure nothing, write the table anew")
    given = parser.parse_args()
    chosen = [pages()[name] for name in given.page or pages()]
    for path in [] if given.table else chosen:
        try_page(path, given.offsets)
    write_table()
    found = [findings(path) for path in chosen]
    failing = [f"FAILS {line}" for fails, _ in found for line in fails]
    print("\n".join(["", *failing, *(note for _, notes in found for note in notes)]))
    return 1 if failing else 0


if __name__ == "__main__":
    sys.exit(main())
