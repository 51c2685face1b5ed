"""Variants: what is drawn for a course, or for each of its students, so that answers cannot be handed on.

A `Draw` is a source of random numbers that depends on three texts alone: the secret of the course, the student (empty
if everybody gets the same), and the task. So `release` and `grade` draw alike and nothing has to be stored. For an
exercise of a chapter it chooses the seed with which the cases are run; for a problem numbers, targets and names.
"""

import hashlib
import random
from typing import Self

_SEEDS = 2**31


class Draw(random.Random):
    """A `random.Random` whose numbers follow from a key.

    Parameters
    ----------
    key : str
        Any text; equal keys give equal numbers on every machine. What `Draw.of` makes does not give the secret away,
        so it may enter a sandbox.

    Examples
    --------
    >>> ours, theirs = Draw.of("secret", "", "value"), Draw.of("other", "", "value")
    >>> ours.randrange(1000) == Draw(ours.key).randrange(1000), ours.key == theirs.key
    (True, False)
    """

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(int(hashlib.sha256(key.encode()).hexdigest(), 16))

    def __new__(cls, key: str) -> Self:
        """Make the object; `random.Random` would want to seed itself with the key."""
        return super().__new__(cls)

    @classmethod
    def of(cls, secret: str, student: str, task: str) -> Self:
        """Return the draw of a task in a course, for one student or, with an empty name, for all."""
        parts = [secret, student, task]
        # The lengths keep ("ab", "c") and ("a", "bc") apart.
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return cls(hashlib.sha256(text.encode()).hexdigest())

    @property
    def case_seed(self) -> int:
        """The seed for the cases; it depends on the key alone, not on what was drawn before."""
        return Draw(f"{self.key} cases").randrange(_SEEDS)

    def __reduce__(self) -> tuple:
        """Pickle the key; numbers already drawn are forgotten."""
        return Draw, (self.key,)
