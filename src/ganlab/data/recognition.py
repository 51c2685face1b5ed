"""Is this the published file, and if not, what is it?

Whoever has the wrong file wants to know what it is: still packed, a web page saved under the name, the test set, or
another data set of the same form. The first bytes tell the form (ganlab.forms), checksums and statistics the identity.
"""

from __future__ import annotations

import hashlib
import math
import struct

import numpy as np

from ganlab.data.catalogue import COLLECTIONS, Collection, DataFile
from ganlab.forms import Finding, foreign_form

__all__ = ["describe", "is_published", "recognise"]


_BYTES, _TYPES = 0x08, {0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E}  # what the third byte of an IDX file can be


def describe(shape: tuple[int, ...]) -> str:
    """Say what an array of this shape holds: "60000 images of 28×28 pixels", "60000 labels"."""
    if len(shape) == 1:
        return f"{shape[0]} labels"
    if len(shape) == 3:
        return f"{shape[0]} images of {shape[1]}×{shape[2]} pixels"
    return f"an array of shape {shape}"


def is_published(content: bytes, wanted: DataFile, collection: Collection) -> bool:
    """Tell whether the content of a file is that of the published one."""
    if len(content) != wanted.size or not content.startswith(wanted.header):
        return False
    if wanted.sha256 is not None:
        return hashlib.sha256(content).hexdigest() == wanted.sha256
    values = np.frombuffer(content, np.uint8, offset=len(wanted.header))
    if len(wanted.shape) == 1:
        return _balanced(values)
    return _as_bright_as(values, collection)


def recognise(content: bytes, size: int, wanted: DataFile, collection: Collection) -> Finding:
    """Say what a file is that is not the published one; `content` may be its beginning alone, `size` is the whole."""
    finding = _idx(content, size, wanted, collection) if _shape(content) else foreign_form(content, size)
    return finding._replace(cure=finding.cure.format(name=wanted.name))


def _shape(content: bytes) -> tuple[int, ...] | None:
    """Read the shape from the header of an IDX file; None if it has no such header."""
    if len(content) < 8 or content[:2] != b"\0\0" or content[2] not in _TYPES or not 1 <= content[3] <= 4:
        return None
    length = 4 + 4 * content[3]
    return struct.unpack(f">{content[3]}I", content[4:length]) if len(content) >= length else None


def _idx(content: bytes, size: int, wanted: DataFile, collection: Collection) -> Finding:
    """Say what an IDX file holds: too little, another part of the data set, or another data set."""
    shape, start = _shape(content), 4 + 4 * content[3]
    if content[2] != _BYTES:
        return Finding(f"{describe(shape)} in numbers of another type (code {content[2]:#04x}) than bytes", "")
    promised = start + math.prod(shape)
    if size != promised:
        how = "cut short" if size < promised else "too long"
        return Finding(f"{size} bytes, {how}: its header promises {describe(shape)} in {promised} bytes", "")
    if shape != wanted.shape:
        same = next((file.name for file in collection.files if file.shape == shape), None)
        return Finding(describe(shape), f"That is the form of {same}" if same else "")
    return _another_set(np.frombuffer(content, np.uint8, offset=start), hashlib.sha256(content).hexdigest(), wanted)


def _another_set(values: np.ndarray, sha256: str, wanted: DataFile) -> Finding:
    """Say whose file of the right form this is, by its checksum or else by what statistics show."""
    for other in COLLECTIONS.values():
        for file in other.files:
            if file.sha256 == sha256:
                return Finding(f"the file {file.name} of {other.source}", _belongs_to(other))
    other_ones = f"{describe(wanted.shape)}, but other ones (SHA-256 {sha256[:12]}…)"
    return _other_labels(values, other_ones) if len(wanted.shape) == 1 else _other_images(values, other_ones, wanted)


def _other_labels(values: np.ndarray, found: str) -> Finding:
    spread = "each class equally often" if _balanced(values) else "the classes not equally often"
    spread = f"{spread}, which MNIST's are not and Fashion-MNIST's are"
    return Finding(f"{found}: labels {values.min()} to {values.max()}, {spread}", "")


def _other_images(values: np.ndarray, found: str, wanted: DataFile) -> Finding:
    known = ", ".join(f"{other.source}'s {other.brightness:.2f}" for other in COLLECTIONS.values())
    similar = [c for c in COLLECTIONS.values() if _as_bright_as(values, c) and wanted not in c.files]
    cure = f"They may well be those of {similar[0].source}. {_belongs_to(similar[0])}" if similar else ""
    return Finding(f"{found}: mean brightness {values.mean() / 255:.2f} ({known})", cure)


def _belongs_to(collection: Collection) -> str:
    return f"Put such a file below {collection.folder}/raw/ and call {collection.loader}()"


def _as_bright_as(values: np.ndarray, collection: Collection) -> bool:
    """Tell whether the mean pixel is that of the data set."""
    return bool(abs(values.mean() / 255 - collection.brightness) < 0.01)


def _balanced(values: np.ndarray) -> bool:
    """Tell whether the labels are 0 to 9, each equally often."""
    return bool((np.bincount(values, minlength=10) == len(values) // 10).all())
