"""Set up the environment in which the book is built and tested: `python scripts/environment.py FOLDER`.

Nothing is done when the folder was made from the same pins, by the same Python, for this checkout. The stamp that
says so is written last, so a set-up that was interrupted is done again.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("requirements.txt", "pyproject.toml")
OLDEST, NEWEST = (3, 11), (3, 13)  # as requirements.txt says


def key(root: Path) -> str:
    """Return a hash of all that an environment is made from."""
    sources = b"".join((root / name).read_bytes() for name in SOURCES)
    return hashlib.sha256(sources + repr((sys.version_info[:2], str(root))).encode()).hexdigest()


def set_up(folder: Path, root: Path = ROOT) -> None:
    """Make the environment, or bring it up to date; whoever comes second waits."""
    _check_version(sys.version_info[:2])
    stamp = folder / "made-from"
    if _is_made(stamp, root):
        return
    with _alone(folder):
        if not _is_made(stamp, root):
            _make(folder, stamp, root)


def _check_version(version: tuple[int, int]) -> None:
    if not OLDEST <= version <= NEWEST:
        expected, found = (" to ".join(f"{a}.{b}" for a, b in which) for which in ((OLDEST, NEWEST), (version,)))
        raise SystemExit(f"the book needs Python {expected}, got {found}: name another one, as in PYTHON=python3.12")


def _is_made(stamp: Path, root: Path) -> bool:
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == key(root)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let a second `make` wait until the first has made the environment: two would spoil each other's."""
    try:
        import fcntl
    except ImportError:  # Windows, where make runs in WSL
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(folder: Path, stamp: Path, root: Path) -> None:
    stamp.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", "requirements.txt", "-e", "."], cwd=root, check=True)
    stamp.write_text(key(root), encoding="utf-8")


if __name__ == "__main__":
    try:
        set_up(Path(sys.argv[1]))
    except subprocess.CalledProcessError as error:  # it has said what is wrong
        raise SystemExit(error.returncode) from None
    except OSError as error:
        raise SystemExit(
            f"{sys.argv[1]} cannot be made ({error.strerror}): name a folder that can, with VENV=…"
        ) from None
