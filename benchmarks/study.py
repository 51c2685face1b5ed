"""What the studies of this folder share: rows that are stored one by one, and runs that go on where they stopped.

A study is a list of keys and a function. A key says which run is meant (method, seed, setting), the function makes the
run, and the row `key | measured` is written as soon as it ends. So a study can be interrupted at any time, two studies
never differ in how they count, and `--jobs 8` makes eight runs at once, one thread each. A function that is measured
in other processes is found there by its name: it stands at the top level of its script and takes the key alone.

A script in a folder beside this file finds it by `sys.path.insert(0, str(Path(__file__).parents[1]))`.
"""

import argparse
import ast
import json
import platform
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import jupytext
import torch
from tqdm import tqdm

Row = dict[str, Any]
Namespace = dict[str, Any]


class Results:
    """A file of results: on which machine they were measured, and the rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"machine": machine(), "rows": []}
        self.machine, self.rows = stored["machine"], stored["rows"]

    def measured_on(self, **here: str) -> None:
        """Note what else the numbers depend on; rows of another machine or version are not mixed with these."""
        for name, value in here.items():
            if self.machine.setdefault(name, value) != value:
                raise SystemExit(f"{self.path} is of {self.machine[name]}, this is {value}; delete it to start afresh")

    def find(self, **key: Any) -> list[Row]:
        """Return the rows that have these values, in the order in which their runs ended."""
        return [row for row in self.rows if key.items() <= row.items()]

    def add(self, row: Row) -> None:
        """Append a row, and write the file; a kill while it is written leaves the old one."""
        self.rows.append(row)
        rows = ",\n  ".join(json.dumps(row) for row in self.rows)
        new = self.path.with_suffix(".new")
        new.write_text(f'{{"machine": {json.dumps(self.machine)},\n "rows": [\n  {rows}\n]}}\n', encoding="utf-8")
        new.replace(self.path)


def measure_all(
    results: Results, keys: Iterable[Row], measure: Callable[[Row], Row], *, jobs: int = 1, desc: str = "runs"
) -> None:
    """Make the runs that are not stored yet, so many at a time; store each when it ends."""
    missing = [key for key in keys if not results.find(**key)]
    if missing:
        results.machine["last"] = _today()
    for key, measured in tqdm(_runs(missing, measure, jobs), total=len(missing), desc=desc, disable=not missing):
        results.add(key | measured)


def _runs(keys: list[Row], measure: Callable[[Row], Row], jobs: int) -> Iterator[tuple[Row, Row]]:
    """Yield each key with what was measured, as the runs end."""
    if jobs == 1:
        torch.set_num_threads(1)
        yield from ((key, measure(key)) for key in keys)
        return
    one_thread = partial(torch.set_num_threads, 1)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=one_thread) as pool:
        try:
            runs = {pool.submit(measure, key): key for key in keys}
            for run in as_completed(runs):
                yield runs[run], run.result()
        finally:
            pool.shutdown(cancel_futures=True)


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that describes a study by its docstring's first line, with `--jobs`."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=1, help="how many runs at once, one thread each (default: 1)")
    return parser


def machine() -> dict[str, str]:
    """Say what the numbers depend on, and the day of the first."""
    capability = torch.backends.cpu.get_cpu_capability()
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    return versions | {"cpu": capability, "threads": "1", "first": _today()}


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def page_functions(path: Path, *assigned: str) -> Namespace:
    """Return what a page imports and defines, and what it assigns to these names, without running anything else."""
    names: Namespace = {"__name__": path.stem}
    for cell in jupytext.read(path, fmt="md:myst").cells:
        if cell.cell_type == "code" and "skip-execution" not in cell.metadata.get("tags", []):
            kept = [node for node in ast.parse(cell.source).body if _defines(node) or _assigns(node, assigned)]
            exec(compile(ast.Module(kept, []), str(path), "exec"), names)  # the page is ours
    return names


def _defines(node: ast.stmt) -> bool:
    wanted = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    return isinstance(node, wanted) and "NotImplementedError" not in ast.unparse(node)


def _assigns(node: ast.stmt, names: tuple[str, ...]) -> bool:
    targets = [each for target in getattr(node, "targets", ()) for each in ast.walk(target)]
    return isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id in names for each in targets)
