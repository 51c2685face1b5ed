"""Submissions: what lies in a folder or ZIP of a learning system, whose it is, and its notebook, read with care.

A folder of notebooks, a folder for each student, and the ZIPs of Moodle, Canvas and Gradescope are understood; a group
of Gradescope is one submission for each of its members. Names
come from outside: they are shown, never used as a path. Links are not followed, sizes are limited before anything is
read, and what cannot be used is a submission with a problem, so that nobody is left out without a word.
"""

import hashlib
import json
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ganlab.course.gradescope import METADATA, Submitter, submitters
from ganlab.course.names import listed

MOST_BYTES = 25_000_000  # of one notebook; 300 figures are about 10 MB
MOST_FILES = 20_000  # in a folder or ZIP
MOST_UNPACKED = 2_000_000_000  # of all notebooks of a ZIP together
ENDING = ".ipynb"
_LONGEST = 80  # of a name that is shown

_MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_\w+")
_CANVAS = re.compile(r"(?P<name>[^\W_]+)(?:_LATE)?_(?P<id>\d+)_\d+_.+")
_COPY = re.compile(r"^(cop(y|ie|ia)|kopie|cópia)\s+(of|von|de|di|van|av)\s+", re.IGNORECASE)
_AGAIN = re.compile(r"(\s*\(\d+\)|[\s_-]*copy\s*\d*|\s+-\s+kopie)$", re.IGNORECASE)
_EDGES = " _-.,–"
_IGNORED = re.compile(r"(?i)^(__MACOSX|Thumbs\.db|desktop\.ini|\.DS_Store|\.ipynb_checkpoints|\.git|\.[_~].*)$")


@dataclass(frozen=True)
class Entry:
    """A file of the folder or ZIP: the parts of its name, where its bytes are, or why they are not read."""

    parts: tuple[str, ...]
    path: Path | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """The whole name, to be shown."""
        return "/".join(shown(part) for part in self.parts)

    @property
    def is_notebook(self) -> bool:
        """Whether it is called like a notebook."""
        return self.parts[-1].lower().endswith(ENDING)


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Parameters
    ----------
    student : str
        As folder or file say, cleaned.
    file : str
        The name of the file, cleaned; of several if they are the problem.
    path : Path
        Where the notebook is; None if there is none that can be read.
    problem : str
        Why there is none.
    notes : tuple of str
        What is odd.
    together : tuple of str
        Who else handed it in, as a group.
    """

    student: str
    file: str
    path: Path | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    together: tuple[str, ...] = ()


def collect(
    source: str | os.PathLike[str], chapter: str, workplace: Path, known: Sequence[str] = ()
) -> list[Submission]:
    """Return the submissions of a folder or ZIP, one a student, in the order of the names.

    Parameters
    ----------
    source : path
        The folder or the ZIP.
    chapter : str
        Slug of the chapter; it is left out where file names repeat it.
    workplace : Path
        An empty folder for what is unpacked.
    known : sequence of str
        Students of the course, if it lists them: who is one of them is called as in this list.

    Returns
    -------
    list of Submission
        Those that cannot be used have a `problem`.

    Raises
    ------
    ValueError
        If there is no such folder or ZIP, if it is empty, or if it holds far too many files.
    """
    source = Path(source)
    entries = list(_entries(source, workplace))
    if not entries:
        raise ValueError(f"{source} holds no submissions; put one notebook ({ENDING}) or folder a student there")
    files, behind = _told_by_gradescope(_without_wrapper(entries))
    found = [_submission(owner, own) for owner, own in _owned(files, chapter, behind, known).items()]
    return sorted(found, key=lambda each: (each.student.casefold(), each.file))


def read_notebook(path: Path) -> tuple[dict[str, Any], str]:
    """Return the JSON of a notebook, and a hash of its bytes.

    Raises
    ------
    ValueError
        If it is no regular file, too large, or no notebook; the message says so in words for its owner.
    """
    data = _bytes(path)
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("it is not a notebook: its text is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is not read: its content is nested without end") from None
    except ValueError as error:
        raise ValueError(f"it is not a notebook: no JSON ({str(error)[:_LONGEST]})") from None
    if not isinstance(notebook, Mapping) or not isinstance(notebook.get("cells"), list):
        raise ValueError("it is not a notebook of format 4: it has no list of cells; open it in Jupyter and save it")
    return notebook, hashlib.sha256(data).hexdigest()


def shown(name: str, most: int = _LONGEST) -> str:
    """Return a name as it may be shown: no control characters, nothing that turns the direction of writing.

    Examples
    --------
    >>> shown("Zoë\\x1b[31m \\u202eWeiß  🦊")
    'Zoë[31m Weiß 🦊'
    """
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    kept = (
        c for c in text if c in "\u200c\u200d" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
    )
    return " ".join("".join(kept).split())[:most]


def _bytes(path: Path) -> bytes:
    """Read a regular file, without following a link and without waiting for a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise ValueError(f"it cannot be opened: {error.strerror}") from None
    with open(handle, "rb") as file:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise ValueError("it is not a file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(too_large(facts.st_size))
    return data


def too_large(size: int) -> str:
    """Say that a notebook is too large, and the cure."""
    cure = "ask for it without outputs (Edit, Clear all outputs)"
    return f"it has {size / 1e6:.0f} MB; notebooks of up to {MOST_BYTES / 1e6:.0f} MB are read; {cure}"


# What is there.


def _entries(source: Path, workplace: Path) -> Iterator[Entry]:
    if source.is_dir():
        files = [entry for entry in _walked(source) if not any(map(_IGNORED.match, entry.parts))]
        if len(files) == 1 and _is_zip(files[0]):  # what a learning system hands out
            files = [Entry((), files[0].path)]
        for entry in files:
            yield from _opened(entry, workplace) if _is_zip(entry) else [entry]
    elif source.is_file():
        if not zipfile.is_zipfile(source):
            raise ValueError(f"{source} is neither a folder nor a ZIP; give the folder of submissions, or their ZIP")
        yield from _opened(Entry((), source), workplace)
    else:
        raise ValueError(f"there is no folder or ZIP {source}; give the place of the submissions")


def _walked(folder: Path) -> Iterator[Entry]:
    """Yield every file below a folder; links are not followed."""
    count = 0
    closed: list[OSError] = []
    for at, folders, files in os.walk(folder, onerror=closed.append, followlinks=False):
        folders.sort()
        for name in sorted([*files, *(each for each in folders if Path(at, each).is_symlink())]):
            count += 1
            if count > MOST_FILES:
                raise ValueError(
                    f"{folder} holds more than {MOST_FILES} files; give the folder of the submissions alone"
                )
            path = Path(at, name)
            parts = path.relative_to(folder).parts
            link = "it is a link; links are not followed" if path.is_symlink() else ""
            yield Entry(parts, None if link else path, link)
    for error in closed:
        yield Entry(Path(error.filename).relative_to(folder).parts, None, f"it cannot be opened: {error.strerror}")


def _is_zip(entry: Entry) -> bool:
    return entry.path is not None and entry.path.suffix.lower() == ".zip"


def _opened(archive: Entry, workplace: Path) -> Iterator[Entry]:
    """Unpack the notebooks of a ZIP under names of our own; yield them as if the ZIP were a folder."""
    inside = (*archive.parts[:-1], Path(archive.parts[-1]).stem) if archive.parts else ()
    place = workplace / f"{len(os.listdir(workplace)):05d}"
    place.mkdir()
    try:
        with zipfile.ZipFile(archive.path) as file:
            yield from _unpacked(file, inside, place)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        yield Entry((*inside, f"{inside[-1] if inside else 'ZIP'}.zip"), None, f"the ZIP cannot be read: {error}")


def _unpacked(file: zipfile.ZipFile, inside: tuple[str, ...], place: Path) -> Iterator[Entry]:
    left = MOST_UNPACKED
    members = [each for each in file.infolist() if not each.is_dir()]
    if len(members) > MOST_FILES:
        raise ValueError(f"the ZIP holds more than {MOST_FILES} files; give one with the submissions alone")
    for number, member in enumerate(members):
        given = member.filename.replace("\\", "/")
        parts = (*inside, *(part for part in given.split("/") if part not in ("", ".", "..")))
        if not parts or any(map(_IGNORED.match, parts)):
            continue
        problem = _unsafe(member, given)
        if problem or not (parts[-1].lower().endswith(ENDING) or parts[-1] == METADATA):
            yield Entry(parts, None, problem or "it is not a notebook")
            continue
        path = place / f"{number:05d}{ENDING}"
        left -= _copied(file, member, path, min(left, MOST_BYTES + 1))
        yield Entry(parts, path) if left > 0 else Entry(parts, None, "the ZIP unpacks to more than is read")


def _unsafe(member: zipfile.ZipInfo, name: str) -> str:
    if name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name):
        return "its name in the ZIP leads out of the folder"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "it is a link; links are not followed"
    return "it is encrypted" if member.flag_bits & 1 else ""


def _copied(file: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, most: int) -> int:
    """Unpack one notebook, at most so many bytes, whatever the ZIP says of its size; return how many they were."""
    with file.open(member) as source:
        data = source.read(most)
    path.write_bytes(data)
    return len(data)


# Whose it is.


def _without_wrapper(entries: list[Entry]) -> list[Entry]:
    """Take away the one folder around all others that some ZIPs have."""
    tops = {entry.parts[0] for entry in entries if len(entry.parts) > 1}
    wrapped = len(tops) == 1 and all(len(entry.parts) > 1 for entry in entries)
    if wrapped and any(len(entry.parts) > 2 for entry in entries):
        return [replace(entry, parts=entry.parts[1:]) for entry in entries]
    return entries


Behind = Mapping[str, tuple[Submitter, ...]]


def _told_by_gradescope(entries: list[Entry]) -> tuple[list[Entry], Behind | None]:
    """Take out the file in which Gradescope says who is behind each folder; return what it says, None without one.

    It counts at the top alone: deeper, it is something that a student handed in.
    """
    told = [entry for entry in entries if entry.parts == (METADATA,)]
    if not told:
        return entries, None
    rest = [entry for entry in entries if entry not in told]
    try:
        return rest, submitters(_bytes(told[0].path).decode("utf-8", "replace") if told[0].path else "")
    except ValueError as error:
        raise ValueError(f"{METADATA}, which says who handed in what: {error}") from None


@dataclass(frozen=True)
class _Owner:
    """A student: the name as it is shown, and the number that a learning system gave, if any.

    Those who handed in together, and what is odd about whose it is, are no part of who it is.
    """

    name: str
    number: str = ""
    together: tuple[str, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)


def _owned(
    entries: Iterable[Entry], chapter: str, behind: Behind | None, known: Sequence[str]
) -> dict[_Owner, list[Entry]]:
    """Group files by student; a number is kept in the name only where two students share it."""
    owned: dict[tuple[str, str], list[Entry]] = {}
    owners: dict[tuple[str, str], _Owner] = {}
    for entry in entries:
        for given in _owners(entry, chapter, behind):
            owner = replace(given, name=listed(given.name, known))
            key = (owner.name.casefold(), owner.number)
            owners.setdefault(key, owner)
            owned.setdefault(key, []).append(entry)
    numbers: dict[str, int] = {}
    for name, _ in owned:
        numbers[name] = numbers.get(name, 0) + 1
    named = {key: f"{o.name} ({o.number})" if numbers[key[0]] > 1 and o.number else o.name for key, o in owners.items()}
    return {replace(owners[key], name=named[key]): owned[key] for key in owned}


def _owners(entry: Entry, chapter: str, behind: Behind | None) -> list[_Owner]:
    """Return whose a file is: more than one for a group of Gradescope."""
    folder = entry.parts[0] if len(entry.parts) > 1 else ""
    if behind is None or not folder:
        return [_owner(entry, chapter)]
    people = {_name_of(each): each for each in behind.get(folder, ()) if _name_of(each)}
    if not people:
        note = f"{METADATA} does not say who handed in {shown(folder)}"
        return [_Owner(shown(folder) or "no name", notes=(note,))]
    number = re.sub(r"\D", "", folder)
    return [
        _Owner(name, shown(each.sid or each.email) or number, tuple(other for other in people if other != name))
        for name, each in people.items()
    ]


def _name_of(person: Submitter) -> str:
    return shown(person.name) or shown(person.email) or shown(person.sid)


def _owner(entry: Entry, chapter: str) -> _Owner:
    """Return whose a file is: of the folder that it lies in, else of its name."""
    folder = entry.parts[0] if len(entry.parts) > 1 else ""
    stem = re.sub(rf"(?i)(\{ENDING}|\.zip)$", "", entry.parts[-1])
    for given, known in ((folder, _MOODLE), (stem, _CANVAS)):
        if found := known.fullmatch(given):
            return _Owner(shown(found["name"]).strip(_EDGES), found["id"])
    name = _bare(folder, chapter) or _bare(stem, chapter) or shown(folder or stem)
    return _Owner(name or "no name")


def _bare(name: str, chapter: str) -> str:
    """Return a name without the chapter's, and without what copying and downloading add."""
    name, before = shown(name), ""
    while name != before:
        before = name
        name = _AGAIN.sub("", _COPY.sub("", name)).strip(_EDGES)
        name = re.sub(re.escape(chapter), "", name, flags=re.IGNORECASE).strip(_EDGES)
    return name


def _submission(owner: _Owner, entries: list[Entry]) -> Submission:
    """Return the one notebook of a student, or what is wrong."""
    notebooks = [entry for entry in entries if entry.is_notebook]
    usable = _different([entry for entry in notebooks if not entry.problem])
    names = ", ".join(entry.name for entry in (notebooks or entries)[:5])
    made = Submission(owner.name, names, notes=owner.notes, together=owner.together)
    if len(usable) == 1 and usable[0].path is not None:
        copies = len(notebooks) - 1
        odd = (f"{copies + 1} notebooks: the same twice, or one that cannot be read ({names})",) if copies else ()
        return replace(made, file=usable[0].name, path=usable[0].path, notes=(*owner.notes, *odd))
    if usable:
        problem = f"two or more submissions of one student: {names}; keep the one that counts and grade again"
    elif notebooks:
        problem = notebooks[0].problem
    else:
        problem = entries[0].problem if len(entries) == 1 else ""
        problem = problem or f"no notebook ({ENDING}) among what was handed in: {names}"
    return replace(made, problem=problem)


def _different(entries: list[Entry]) -> list[Entry]:
    """Return one of each group of files with the same bytes; a file that cannot be read counts for itself."""
    found: dict[Any, Entry] = {}
    for entry in entries if len(entries) > 1 else []:
        try:
            key = hashlib.sha256(_bytes(entry.path)).hexdigest()
        except ValueError:
            key = entry.path
        found.setdefault(key, entry)
    return list(found.values()) if len(entries) > 1 else entries
