"""Reading a folder of published files: each is checked whenever it is read, and nothing is ever changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ganlab.data.catalogue import Collection, DataFile
from ganlab.data.missing import look_around
from ganlab.data.recognition import describe, is_published, recognise

__all__ = ["read_folder", "to_tensor"]


def read_folder(collection: Collection, split: str, root: Path, given: str) -> tuple[Tensor, Tensor]:
    """Read pixels (n, 28, 28) and labels (n,) as uint8 from the reader's folder, which `given` named.

    Raises
    ------
    FileNotFoundError, PermissionError, ValueError
        With the file, what was found, what was expected, and the cure.
    """
    instead = "or leave root out" if given == "root" else f"or unset {given}"
    last_resort = f"{instead}, and ganlab downloads its own copy."
    try:
        images, labels = (_read(file, collection, root) for file in collection.split(split))
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error} {_layout(collection, root, given)}, {last_resort}") from None
    except PermissionError as error:
        wrong = f"{error.filename} may not be read ({error.strerror}): give yourself the right to read it"
        raise PermissionError(error.errno, f"{wrong}, {last_resort}") from None
    except ValueError as error:
        unchanged = f"ganlab changes nothing under {given}={str(root)!r}: replace the file"
        raise ValueError(f"{error} {unchanged}, {last_resort}") from None
    return images, labels


def _layout(collection: Collection, root: Path, given: str) -> str:
    names = ", ".join(file.name for file in collection.files)
    return f"{given}={str(root)!r} must be a folder with {collection.folder}/raw/ and in it, unpacked, {names}"


def _read(wanted: DataFile, collection: Collection, root: Path) -> Tensor:
    """Read one file; FileNotFoundError and ValueError say what is wrong with it and how to mend it."""
    path = root / collection.folder / "raw" / wanted.name
    if not path.is_file():
        found, cure = look_around(wanted, collection, root)
        raise FileNotFoundError(_sentences(f"{path} is missing: {found}", cure))
    with path.open("rb") as file:
        content = bytearray(file.read(wanted.size + 1))  # of a longer file, the beginning tells enough
    if not is_published(content, wanted, collection):
        found, cure = recognise(content, path.stat().st_size, wanted, collection)
        expected = f"{describe(wanted.shape)} of {collection.source}, {wanted.size} bytes"
        raise ValueError(_sentences(f"{path} is not the published file: found {found}; expected {expected}", cure))
    return to_tensor(content, wanted)


def _sentences(*parts: str) -> str:
    return " ".join(f"{part}." for part in parts if part)


def to_tensor(content: bytearray, file: DataFile) -> Tensor:
    """Return the array in the content of an IDX file, without copying it.

    Returns
    -------
    Tensor of uint8
    """
    values = np.frombuffer(content, np.uint8, offset=len(file.header))
    return torch.from_numpy(values).view(file.shape)
