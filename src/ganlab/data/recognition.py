"""Is this the published file, and if not, what is it?

Whoever has the wrong file wants to know what it is: still packed, a web page saved under the name, the test set, or
another data set of the same form. The first bytes tell the form, checksums and statistics tell the identity.
"""

from __future__ import annotations

import hashlib
import html
import math
import re
import struct
from typing import NamedTuple

import numpy as np

from ganlab.data.catalogue import COLLECTIONS, Collection, DataFile

__all__ = ["Finding", "describe", "foreign_form", "is_published", "recognise"]


class Finding(NamedTuple):
    """What a file is, with an article, and what to do about it."""

    found: str
    cure: str


_UNPACK = "Unpack it, and put the file {name} from it here"
_FORMS = (
    (b"\x1f\x8b", "a packed file (gzip) without the ending .gz", "Rename it to {name}.gz and unpack that"),
    (b"BZh", "a packed file (bzip2)", _UNPACK),
    (b"\xfd7zXZ", "a packed file (xz)", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a packed file (zstd)", _UNPACK),
    (b"7z\xbc\xaf", "an archive (7z)", _UNPACK),
    (b"PK\x03\x04", "an archive (zip)", _UNPACK),
    (b"\x89PNG", "one picture (PNG)", ""),
    (b"\xff\xd8\xff", "one picture (JPEG)", ""),
    (b"\x93NUMPY", "an array of NumPy (.npy)", ""),
    (b"\x89HDF", "an HDF5 file", ""),
    (b"PAR1", "a Parquet file", ""),
)
_TEXTS = (
    (
        r"version https://git-lfs",
        "a pointer of Git LFS, not the file itself",
        "Run `git lfs pull` where it was cloned",
    ),
    (r"\S*/annex/objects/", "a pointer of git-annex, not the file itself", "Run `git annex get` where it was cloned"),
    (r"<!doctype html|<html|<.*<(html|head|body)\b", "a web page", "Download the file, not the page that shows it"),
    (r"<", "a page of XML, perhaps a server's message of an error", ""),
)
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
    if size == 0:
        return Finding("an empty file", "")
    finding = _idx(content, size, wanted, collection) if _shape(content) else foreign_form(content, size)
    return finding._replace(cure=finding.cure.format(name=wanted.name))


def foreign_form(content: bytes, size: int) -> Finding:
    """Say by its first bytes what a file is that is not IDX."""
    for start, found, cure in _FORMS:
        if content.startswith(start):
            return Finding(found, cure)
    if content[257:262] == b"ustar":
        return Finding("an archive (tar)", _UNPACK)
    text = _text(content[:2000])
    if text is None:
        return Finding(f"{size} bytes that begin with {content[:8].hex(' ')}, which is no IDX file", "")
    for pattern, found, cure in _TEXTS:
        if re.match(pattern, text, re.IGNORECASE | re.DOTALL):
            return Finding(found + _title(text), cure)
    return Finding(f"a text of {size} bytes that begins with {text[:40]!r}", "")


def _text(content: bytes) -> str | None:
    """Decode the beginning of a text; None if it is none."""
    if any(byte < 32 and byte not in b"\t\n\r\f" for byte in content):
        return None
    text = content.decode("utf-8-sig", errors="replace").strip()
    return text if text.count("\ufffd") <= len(text) / 10 else None


def _title(page: str) -> str:
    title = re.search(r"<title[^>]*>\s*(.*?)\s*</title>", page, re.IGNORECASE | re.DOTALL)
    return f" with the title {html.unescape(title[1])[:60]!r}" if title and title[1] else ""


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
