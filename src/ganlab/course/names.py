"""Names: when two spellings mean one person; for lists of students and for what files are called.

"Lovelace, Ada", "Ada Lovelace", "ADA_LOVELACE" and "lovelaceada" are one name, and so is the part of an e-mail address
before the @. Case, accents, blanks and dashes do not count.
"""

import re
import unicodedata
from collections.abc import Iterable

#: What is put behind a name: by `release` eight letters and digits, by learning systems and browsers a number.
_ENDING = re.compile(r"[\s_-]*\(\d+\)$|[\s_-]+([0-9a-f]{8}|\d{3,})$")


def letters(name: str) -> str:
    """Leave letters, digits, points and @.

    Examples
    --------
    >>> letters("Zoë_O'Hara") == letters("ZOE OHARA")
    True
    """
    found = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in found if letter.isalnum() or letter in "@.")


def forms(name: str) -> set[str]:
    """Return all that somebody of this name may be called, each as `letters`.

    Examples
    --------
    >>> sorted(forms("Ada Lovelace"))
    ['adalovelace', 'lovelaceada']
    """
    found = [name, name.partition("@")[0]]
    found += [" ".join(reversed(each.rsplit(None, 1))) for each in found if " " in each]
    found += [" ".join(reversed(each.split(",", 1))) for each in found if "," in each]
    return {letters(each) for each in found} - {""}


def listed(name: str, known: Iterable[str]) -> str:
    """Return how a list of people spells a name; the name itself if nobody there fits it, or more than one.

    An ending that systems put behind a name does not count, unless somebody in the list has it.

    Examples
    --------
    >>> listed("lovelaceada_12345", ["Ada Lovelace", "Bo"]), listed("Cy", ["Ada Lovelace", "Bo"])
    ('Ada Lovelace', 'Cy')
    """
    known = list(known)
    for given in (name, _ENDING.sub("", name)):
        fitting = [each for each in known if letters(each) == letters(given)] or [
            each for each in known if forms(each) & forms(given)
        ]
        if fitting:
            return fitting[0] if len(fitting) == 1 else name
    return name
