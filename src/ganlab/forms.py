"""What is this file? Its first bytes tell whoever finds a stranger's where their own should be.

Still packed, a web page saved under the name, a pointer in place of the file, a picture, a text: each is said with an
article, and with what to do about it.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

__all__ = ["Finding", "foreign_form"]


class Finding(NamedTuple):
    """What a file is, with an article, and what to do about it."""

    found: str
    cure: str


_UNPACK = "Unpack it, and put the file {name} from it here"
_FORMS = (
    (b"\x1f\x8b", "a packed file (gzip)", "Rename it to {name}.gz and unpack that"),
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
    (b"\x80", "a pickle", ""),
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


def foreign_form(content: bytes, size: int) -> Finding:
    """Say what a file of `size` bytes is that begins with `content`; {name} in the cure is the file that is wanted."""
    if size == 0:
        return Finding("an empty file", "")
    for start, found, cure in _FORMS:
        if content.startswith(start):
            return Finding(found, cure)
    if content[257:262] == b"ustar":
        return Finding("an archive (tar)", _UNPACK)
    text = _text(content[:2000])
    if text is None:
        return Finding(f"{size} bytes that begin with {content[:8].hex(' ')}", "")
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
