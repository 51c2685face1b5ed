"""Gradescope: who handed in what, from the file `submission_metadata.yml` that lies in its download of submissions.

The folders there are named by numbers (`submission_123456`), and the file says who stands behind each:

    submission_123456:
      :submitters:
      - :name: Ada Lovelace
        :sid: '4711'
        :email: ada@uni.example

Only this is read, line by line: the rest of the file holds scores and whatever an autograder printed, which is long and
nobody's business here.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

METADATA = "submission_metadata.yml"

_FIELD = re.compile(r"""\s*(?:-\s+)?(?P<quote>["']?):?(?P<key>\w+)(?P=quote):(?:\s+(?P<value>.*))?""")
_KNOWN = {"name", "sid", "email"}
_NOTHING = {"", "~", "null", "Null", "NULL", "!"}


@dataclass(frozen=True)
class Submitter:
    """Who handed in; what Gradescope does not know is empty."""

    name: str = ""
    sid: str = ""
    email: str = ""


def submitters(text: str) -> dict[str, tuple[Submitter, ...]]:
    """Return who handed in each folder; several if they are a group.

    Parameters
    ----------
    text : str
        What the file holds; anything else than the form above is passed over.

    Examples
    --------
    >>> submitters("submission_1:\\n  :submitters:\\n  - :name: Ada\\n    :sid: '7'\\n  :score: 3.0\\n")
    {'submission_1': (Submitter(name='Ada', sid='7', email=''),)}
    """
    found: dict[str, tuple[Submitter, ...]] = {}
    for folder, lines in _sections(text.splitlines()):
        people = tuple(Submitter(**fields) for fields in _listed(lines))
        if people:
            found[folder] = people
    return found


def _sections(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield what stands below each line without indentation, with the name in that line."""
    name, own = "", []
    for line in lines:
        if line[:1] in ("", " ", "-", "#", "\t"):
            own.append(line)
            continue
        yield name, own
        name, own = _scalar(line.rstrip().removesuffix(":")), []
    yield name, own


def _listed(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield the fields of each person in the list of submitters."""
    depth, person = -1, {}
    for line in lines:
        indent = len(line) - len(line.lstrip(" -"))
        field = _FIELD.fullmatch(line.rstrip())
        if depth < 0:
            depth = indent if field and field["key"] == "submitters" else -1
            continue
        is_item = line.lstrip().startswith("- ")
        if line.strip() and indent <= depth and not is_item:
            break
        if is_item and person:
            yield person
            person = {}
        if field and field["key"] in _KNOWN:
            person[field["key"]] = _scalar(field["value"] or "")
    if person:
        yield person


def _scalar(text: str) -> str:
    """Return what a value of YAML says: plain, in single or in double quotes."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(re.sub(r"\\x([0-9a-fA-F]{2})", r"\\u00\1", text)))
        except ValueError:
            return text[1:-1]
    return "" if text in _NOTHING else text
