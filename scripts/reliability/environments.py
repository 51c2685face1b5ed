"""Setting up the environment, as far as that costs seconds: with one pin, and nothing to fetch it from."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scenarios import ROOT, failed, offline, read_only, run, scenario, small_disk


def set_up(
    place: Path, folder: Path, *, wrapper: Sequence[object] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Set up an environment for a checkout that has one pin."""
    script = place / "checkout" / "scripts" / "environment.py"
    if not script.exists():
        script.parent.mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "environment.py", script)
        shutil.copy(ROOT / "pyproject.toml", place / "checkout")
        (place / "checkout" / "requirements.txt").write_text("filelock==4.3.1\n", encoding="utf-8")
    return run([*wrapper, sys.executable, script, folder], **variables)


def is_not_taken_for_made(folder: Path) -> None:
    """Assert that the next `make` sets it up again."""
    assert not (folder / "made-from").exists()


@scenario("environment, disk full", "fails and says so, and is made again by the next make")
def full_disk(place: Path) -> None:
    """Make it where there is room for a part of pip."""
    with small_disk(place / "disk", "2m") as disk:
        failed(set_up(place, disk.path / "env"))
        is_not_taken_for_made(disk.path / "env")


@scenario("environment, no network", "fails, and is made again by the next make")
def no_network(place: Path) -> None:
    """Make it where there is no index."""
    once = {"PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    failed(set_up(place, place / "env", wrapper=offline(), **once))
    is_not_taken_for_made(place / "env")


@scenario("environment, checkout read-only", "says that it cannot be made, and how to name another folder")
def read_only_checkout(place: Path) -> None:
    """Make it where nothing can be written."""
    wrapper = read_only(place)
    set_up(place, place / "checkout" / ".venv", wrapper=["true"])  # lays out the checkout, runs nothing
    failed(set_up(place, place / "checkout" / ".venv", wrapper=wrapper), "Read-only file system", "VENV=")
