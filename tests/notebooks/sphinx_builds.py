"""Sphinx for throw-away projects, imported once: each build is a fork of this process, so that none meets another.

Imports take longer than most builds. Run as a script beside a `conf.py`, it imports what that names; then it reads a
build a line, as JSON, and answers each with its exit status.
"""

import gc
import json
import os
import runpy
import sys
from collections.abc import Callable
from importlib import import_module


def imported(conf: str) -> Callable[[list[str]], int]:
    """Import Sphinx with its own extensions and those that a `conf.py` names; return what builds."""
    from sphinx.application import builtin_extensions
    from sphinx.cmd.build import main

    for name in [*runpy.run_path(conf)["extensions"], *builtin_extensions]:
        import_module(name)
    return main


def status(main: Callable[[list[str]], int], folder: str, arguments: list[str], said: list[str]) -> int:
    """Build in a process of its own, in a folder; what it says on its two streams goes to two files."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.chdir(folder)
    for stream, path in enumerate(said, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    raise SystemExit(main(arguments))


if __name__ == "__main__":
    gc.disable()  # a build is short; looking for cycles among all its nodes takes as long as the rest
    build = imported("conf.py")
    for line in sys.stdin:
        print(status(build, **json.loads(line)), flush=True)
