"""What a scenario is, and the places where scenarios happen: small disks, no network, read-only folders, past days."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
ODD = "~ Übung it's $HOME #1 & (2) %20 + 日本? [x] *"
LONG = "/".join(f"{i:03}-{'long' * 24}" for i in range(3))  # SQLite, which keeps the outputs, opens at most 504
ASCII = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
TOKEN = "GANLAB_RELIABILITY"  # a variable by which all processes of a run are known


class Skipped(Exception):
    """This machine cannot make the scenario; the message says what it lacks."""


class Scenario(NamedTuple):
    """What happens, what must hold then, and a function of an empty folder that asserts it."""

    what: str
    must_hold: str
    play: Callable[[Path], None]


SCENARIOS: list[Scenario] = []


def scenario(what: str, must_hold: str) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Add a function to the scenarios."""

    def add(play: Callable[[Path], None]) -> Callable[[Path], None]:
        SCENARIOS.append(Scenario(what, must_hold, play))
        return play

    return add


def environment(**variables: str) -> dict[str, str]:
    """Return the variables for a process; PYTHONPATH is the reader's unless it is given."""
    return os.environ | {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"} | variables


def run(command: Sequence[object], cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return it, with all that it said in `stdout`."""
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    text = {"encoding": "utf-8", "errors": "backslashreplace"}
    return subprocess.run(list(map(str, command)), cwd=cwd, env=environment(**variables), **both, **text, timeout=900)


def python(code: str, *, wrapper: Sequence[object] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python of its own that imports this checkout."""
    return run([*wrapper, sys.executable, "-c", code], PYTHONPATH=str(ROOT / "src"), **variables)


def succeeded(done: subprocess.CompletedProcess[str]) -> None:
    """Assert that a command did what it should."""
    assert done.returncode == 0, f"{done.args} ended with {done.returncode}:\n{done.stdout[-2000:]}"


def failed(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Assert that a command failed and said certain words."""
    assert done.returncode != 0, f"{done.args} went well:\n{done.stdout[-2000:]}"
    for each in words:
        assert each in done.stdout, f"{each!r} is not in\n{done.stdout[-2000:]}"


def needs(program: str, package: str = "") -> None:
    """Skip the scenario where a program is missing."""
    if not shutil.which(program):
        raise Skipped(f"needs {program} (Debian's package {package or program})")


def _sandboxed(*options: object) -> list[object]:
    needs("bwrap", "bubblewrap")
    wrapper = ["bwrap", "--dev-bind", "/", "/", *options, "--"]
    if run([*wrapper, "true"]).returncode:
        raise Skipped("bubblewrap may not make namespaces here")
    return wrapper


def offline() -> list[object]:
    """Return what is put before a command that shall have no network."""
    return _sandboxed("--unshare-net")


def read_only(folder: Path) -> list[object]:
    """Return what is put before a command that shall not write into a folder; holds for root, too."""
    return _sandboxed("--ro-bind", folder, folder)


def nameless() -> list[object]:
    """Return what is put before a command that shall run on a machine whose own name cannot be looked up."""
    return _sandboxed("--unshare-uts", "--hostname", "nobody-knows-this-machine")


def in_the_past(day: str = "2001-02-03") -> list[object]:
    """Return what is put before a command that shall take another day for today."""
    needs("faketime")
    return ["faketime", f"{day} 04:05:06"]


class SmallDisk:
    """A disk of a few kilobytes or megabytes."""

    def __init__(self, path: Path):
        self.path = path
        self._filler = path / "filler"

    def resize(self, size: str) -> None:
        """Give the disk another size, such as 64m."""
        succeeded(run(["mount", "-o", f"remount,size={size}", self.path]))

    def fill(self) -> None:
        """Write until nothing more goes on it."""
        with open(self._filler, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                return

    def free(self) -> None:
        """Give back what `fill` took."""
        self._filler.unlink()


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[SmallDisk]:
    """Mount an empty disk in a folder for a while."""
    path.mkdir(parents=True)
    if run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path]).returncode:
        raise Skipped("may not mount a small disk here (root may)")
    try:
        yield SmallDisk(path)
    finally:
        succeeded(run(["umount", "--lazy", path]))


def wait_for(condition: Callable[[], object], seconds: float = 300) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not after {seconds:g} seconds"
        time.sleep(0.02)


def processes(token: str) -> list[int]:
    """Return the processes, grandchildren included, that were started with a token in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            alive = f"{TOKEN}={token}".encode() in (folder / "environ").read_bytes()
        except OSError:  # it has ended, or is somebody else's
            continue
        found += [int(folder.name)] * alive
    return found
