"""Try the package as strangers get it: wheel and sdist from a clean clone, installed where no repository is.

    python scripts/try_package.py [--on newest|colab|oldest] [--notebooks 01-two-kinds-of-models labs …]

In `_build/package` it makes both files, an environment for what is tried (`colab`: requirements-colab.txt, `oldest`:
requirements-oldest.txt, `newest`: what pip finds), installs the wheel into it, uses it, and runs each notebook from an
empty folder. What was tried is noted line by line, so a run that was stopped goes on, and another wheel starts anew;
at the end stands a table. Standard library only. PYTHON_FOR_PACKAGE names another Python for the environment; each
version of Python has an environment and notes of its own.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "_build" / "package"
PYTHON = os.environ.get("PYTHON_FOR_PACKAGE", sys.executable)
PINS = {"newest": None, "colab": "requirements-colab.txt", "oldest": "requirements-oldest.txt"}
TOOLS = ("nbclient", "ipykernel", "nbformat")  # that run notebooks, in the same environment
USES = {
    "it imports from the environment": "import ganlab, sys; assert sys.prefix in ganlab.__file__; ganlab.labs",
    "it trains": (
        "import torch; from ganlab import digits, data\n"
        "digits.mnist = lambda device: data.small_digits()\n"
        "gan = digits.train_digits(steps=20); assert gan.sample(4, seed=0).shape == (4, 1, 28, 28)"
    ),
    "a lab has its HTML": "from ganlab import labs; html = labs.MarcoPolo().element(); assert '<marco-polo' in html",
    "a widget has its bundle": "from ganlab import labs; assert len(str(labs.MarcoPolo()._esm)) > 100_000",
    "a course is made and handed out": (
        "import subprocess, sys; from pathlib import Path\n"
        "course = [sys.executable, '-m', 'ganlab.course']\n"
        "subprocess.run([*course, 'new', 'gans', '--chapters', '6'], check=True)\n"
        "subprocess.run([*course, 'release', 'gans'], check=True); assert list(Path('gans/release').glob('*.ipynb'))"
    ),
}
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=1800, kernel_name="python3").execute()
"""


def run(*command: Any, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run a command without a variable that would find the repository's package; return what it said."""
    outside = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")}
    command = [str(part) for part in command]
    return subprocess.run(command, cwd=cwd, env=outside | environment, capture_output=True, text=True)


def must(*command: Any, cwd: Path) -> str:
    """Run a command that has to succeed, and return what it printed."""
    done = run(*command, cwd=cwd)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout.strip()


def environment(folder: Path) -> Path:
    """Make an empty environment, once; return its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        must(PYTHON, "-m", "venv", folder, cwd=PLACE)
    return python


def build() -> Path:
    """Make wheel and sdist from a clean clone of what is committed; return the wheel."""
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8").split()
    builder, dist = environment(PLACE / "builder"), PLACE / "dist"
    must(builder, "-m", "pip", "install", "-q", next(pin for pin in pins if pin.startswith("build==")), cwd=PLACE)
    for old in dist.glob("*"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        must("git", "clone", "-q", "--no-local", ROOT, "clone", cwd=Path(folder))
        # The wheel is made from the sdist, so the sdist is whole.
        must(builder, "-m", "build", "-o", dist, Path(folder) / "clone", cwd=PLACE)
    (sdist,), (wheel,) = dist.glob("*.tar.gz"), dist.glob("*.whl")
    look_into(sdist, wheel)
    return wheel


def look_into(sdist: Path, wheel: Path) -> None:
    """Refuse files that lack something, or bring what nobody needs."""
    with tarfile.open(sdist) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    cargo = [name for name in names if name.startswith(("tests", "labs", "book", "notebooks", "benchmarks"))]
    lacking = {"LICENSE", "LICENSE-text", "README.md", "pyproject.toml", "src/ganlab/py.typed"} - names
    with zipfile.ZipFile(wheel) as packed:
        static = {name for name in packed.namelist() if name.startswith("ganlab/static/")}
    if cargo or lacking or len(static) < 5:
        raise SystemExit(f"{sdist.name}: cargo {cargo[:3]}, lacking {sorted(lacking)}, {len(static)} static files")


def label(on: str) -> str:
    """Return what is tried, and the version of Python, as files are named by it."""
    return f"{on}-{must(PYTHON, '-c', 'import sys; print(*sys.version_info[:2], sep=chr(46))', cwd=PLACE)}"


def install(wheel: Path, on: str) -> Path:
    """Install the wheel with all its groups, on the versions asked for; return the environment's Python."""
    folder = PLACE / f"on-{label(on)}"
    python, made_from = environment(folder), folder / "made-from"
    pins = (ROOT / PINS[on]).read_text(encoding="utf-8") if PINS[on] else ""
    if made_from.exists() and made_from.read_text() == key(wheel) + pins:
        return python
    constraints = folder / "constraints.txt"
    constraints.write_text(pins, encoding="utf-8")
    pip = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", constraints)
    wanted = [line.split(" #")[0] for line in pins.splitlines() if "==" in line]
    must(*pip, f"{wheel}[course,scale,pages]", *wanted, *TOOLS, cwd=PLACE)
    must(*pip, "--force-reinstall", "--no-deps", wheel, cwd=PLACE)
    made_from.write_text(key(wheel) + pins)
    return python


def key(wheel: Path) -> str:
    """Return a hash of what the wheel holds, without the times in it."""
    with zipfile.ZipFile(wheel) as packed:
        return hashlib.sha256(b"".join(packed.read(name) for name in sorted(packed.namelist()))).hexdigest()[:16]


def trials(python: Path, names: list[str]) -> Iterator[tuple[str, list[Any]]]:
    """Yield what is tried, and the command."""
    yield from ((what, [python, "-W", "error::FutureWarning", "-c", code]) for what, code in USES.items())
    found = sorted((ROOT / "notebooks").glob("*.ipynb"))
    unknown = set(names) - {path.stem for path in found}
    if unknown:
        raise SystemExit(f"no such notebook: {', '.join(sorted(unknown))}")
    yield from ((p.stem, [python, "-c", RUN, p]) for p in found if not names or p.stem in names)


def attempt(command: list[Any]) -> dict[str, Any]:
    """Run a trial from an empty folder, with one thread as the book's pages have."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        done = run(*command, cwd=Path(folder), OMP_NUM_THREADS="1", MPLBACKEND="agg", TQDM_DISABLE="1")
    last = [line for line in done.stderr.strip().splitlines() if line.strip()][-1:]
    seconds = round(time.perf_counter() - start, 1)
    return {"ok": done.returncode == 0, "seconds": seconds, "error": "" if done.returncode == 0 else "".join(last)}


def main() -> int:
    """Read the command line, try, and print a table; 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", choices=PINS, default="newest")
    parser.add_argument("--notebooks", nargs="+", default=[], help="these alone; without it, all")
    given = parser.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    wheel = build()
    python = install(wheel, given.on)
    notes = PLACE / f"{label(given.on)}.jsonl"
    known = [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []
    done = {note["what"]: note for note in known if note["wheel"] == key(wheel) and note["ok"]}
    rows = []
    for what, command in trials(python, given.notebooks):
        note = done.get(what) or {"what": what, "wheel": key(wheel)} | attempt(command)
        if what not in done:
            with notes.open("a") as file:
                file.write(json.dumps(note) + "\n")
        rows.append(f"| {what} | {'ok' if note['ok'] else 'FAILED'} | {note['seconds']} s | {note['error'][:120]} |")
        print(rows[-1], flush=True)
    versions = run(python, "-m", "pip", "list", "--format=freeze", cwd=PLACE).stdout.split()
    shown = [
        v for v in versions if v.split("==")[0].lower() in ("ganlab", "torch", "numpy", "matplotlib", "ipywidgets")
    ]
    print(
        "\n".join(
            [
                f"\n{wheel.name} on {label(given.on)}: {', '.join(shown)}",
                "| tried | result | time | error |",
                "|---|---|---|---|",
                *rows,
            ]
        )
    )
    return int(any("FAILED" in row for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
