"""Files: written in one step, so that nobody finds half of one."""

import os
from pathlib import Path


def store(path: str | os.PathLike[str], text: str, encoding: str = "utf-8") -> None:
    """Write a text in one step: whoever reads the file, or stops us, finds the old text or the new one, never half.

    Folders are made; a link of that name is replaced, not followed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(part, "w", encoding=encoding, newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
