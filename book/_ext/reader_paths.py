"""Paths in environment variables, made absolute once, where the reader's own folder is still the current one.

Chapters run in throw-away folders and notebooks in theirs, so `GANLAB_DATA=../data` would mean another place there.
"""

import os
from collections.abc import MutableMapping

VARIABLES = ("GANLAB_DATA", "GANLAB_CACHE")


def make_absolute(environment: MutableMapping[str, str] = os.environ) -> None:
    """Rewrite those variables that are set."""
    for name in VARIABLES:
        if path := environment.get(name, "").strip():
            environment[name] = os.path.abspath(os.path.expanduser(path))
