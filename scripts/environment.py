"""Set up the environment in which the book is built and tested: `python scripts/environment.py FOLDER`.

Nothing is done when the folder was made from the same pins, by the same Python, for this checkout. The stamp that
says so is written last, so a set-up that was interrupted is done again.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("requirements.txt", "pyproject.toml")


def key(root: Path) -> str:
    """Return a hash of all that an environment is made from."""
    sources = b"".join((root / name).read_bytes() for name in SOURCES)
    return hashlib.sha256(sources + repr((sys.version_info[:2], str(root))).encode()).hexdigest()


def set_up(folder: Path, root: Path = ROOT) -> None:
    """Make the environment, or bring it up to date."""
    stamp = folder / "made-from"
    if stamp.is_file() and stamp.read_text() == key(root):
        return
    stamp.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", "requirements.txt", "-e", "."], cwd=root, check=True)
    stamp.write_text(key(root))


if __name__ == "__main__":
    try:
        set_up(Path(sys.argv[1]))
    except subprocess.CalledProcessError as error:  # it has said what is wrong
        raise SystemExit(error.returncode) from None
