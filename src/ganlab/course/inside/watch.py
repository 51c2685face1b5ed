"""Watch: what an answer does beside computing, heard through Python's audit events.

Some acts are refused, since with them an answer reads the right values out of the case that calls it, or rewrites the
checks: looking at frames, searching the memory, changing the code of functions, calling C. Others (files, network,
programs, threads) are only told: the sandbox holds them, but no answer needs them.

A hook of this kind cannot be taken off again. It hears Python alone: code in C does not tell it everything.

References
----------
Dower and Heimes (2018), PEP 578: Python Runtime Audit Hooks.
"""

import os
import sys
from collections.abc import Callable, Sequence
from sys import _getframe
from threading import get_ident
from types import FrameType
from typing import Any

_KEPT, _SHOWN = 20, 160

_INTO_FRAMES = "looked into the frames of its callers"
_INTO_MEMORY = "searched the memory of the process"
_INTO_CODE = "changed the code of functions"
_INTO_C = "called C functions"
_REFUSED = {
    "sys._getframe": _INTO_FRAMES,
    "sys._current_frames": _INTO_FRAMES,
    "sys._current_exceptions": _INTO_FRAMES,
    "sys.settrace": _INTO_FRAMES,
    "sys.setprofile": _INTO_FRAMES,
    "sys.monitoring.register_callback": _INTO_FRAMES,
    "sys.addaudithook": "listened to audit events",
    "gc.get_objects": _INTO_MEMORY,
    "gc.get_referrers": _INTO_MEMORY,
    "gc.get_referents": _INTO_MEMORY,
    "code.__new__": _INTO_CODE,
    "marshal.loads": _INTO_CODE,
}
#: Attributes whose reading or writing is heard of.
_FRAMES = {"tb_frame", "gi_frame", "cr_frame", "ag_frame"}
_TOLD = {
    "open": "opened a file",
    "os.listdir": "listed a folder",
    "os.scandir": "listed a folder",
    "os.link": "made a link",
    "os.symlink": "made a link",
    "os.mkdir": "made a folder",
    "os.remove": "removed a file",
    "os.rename": "renamed a file",
    "os.truncate": "changed a file",
    "os.kill": "sent a signal",
    "signal.pthread_kill": "sent a signal",
    "os.system": "started a program",
    "os.exec": "started a program",
    "os.posix_spawn": "started a program",
    "subprocess.Popen": "started a program",
    "os.fork": "started a process",
    "os.forkpty": "started a process",
    "_thread.start_new_thread": "started a thread",
    "socket.__new__": "opened a socket",
    "socket.connect": "used the network",
    "socket.getaddrinfo": "used the network",
}
#: Parts of the standard library that look at frames for their caller; the others do it for themselves.
_DEPUTIES = ("inspect.py", "traceback.py", "bdb.py", "pdb.py", "trace.py")
_STANDARD = os.path.dirname(os.__file__) + os.sep


def watch(trusted: Sequence[str]) -> Callable[[], list[str]]:
    """Listen from now on, for good.

    Parameters
    ----------
    trusted : sequence of str
        Folders and files of libraries and checks; what lies elsewhere is the answer's.

    Returns
    -------
    callable
        Tells what the answer did so far, in words. There is no object with a class: through its methods an answer
        would find the names in this module.
    """
    heard: list[str] = []
    busy: set[int] = set()
    places = tuple(trusted)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        refused = _refused(event, arguments, places)
        told = refused or _TOLD.get(event)
        me = get_ident()
        if told is None or me in busy:
            return
        busy.add(me)
        try:
            guilty = _by_the_answer(_getframe(1), places, event)
        finally:
            busy.discard(me)
        if guilty:
            _keep(heard, told, arguments)
            if refused:
                raise PermissionError(f"no answer needs this: it {told}")

    sys.addaudithook(hook)
    return lambda: list(heard)


def _keep(heard: list[str], told: str, arguments: tuple[Any, ...]) -> None:
    what = arguments[0] if arguments and type(arguments[0]) in (str, bytes) else ""
    words = f"{told}: {what!r}"[:_SHOWN] if what else told
    if len(heard) < _KEPT and words not in heard:
        heard.append(words)


def _refused(event: str, arguments: tuple[Any, ...], trusted: tuple[str, ...]) -> str | None:
    if event == "compile":  # what pretends to be the library's is nobody's but the answer's
        pretends = isinstance(arguments[1], str) and arguments[1].startswith((*trusted, _STANDARD, "<frozen"))
        return _INTO_CODE if pretends else None
    if event.startswith("ctypes."):
        return _INTO_C
    if event == "object.__getattr__":
        return _INTO_FRAMES if arguments[1] in _FRAMES else None
    if event == "object.__setattr__":
        return _INTO_CODE if arguments[1] in ("__code__", "__defaults__", "__kwdefaults__") else None
    return _REFUSED.get(event)


def _by_the_answer(frame: FrameType | None, trusted: tuple[str, ...], event: str) -> bool:
    """Tell whether the answer stands behind what is done in this frame; the standard library acts for its caller."""
    if event == "sys._getframe" and _is_standard(frame, trusted) and not _is_deputy(frame):
        return False
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return False  # an import: what the module itself does is heard in its own frame
        if not _is_standard(frame, trusted):
            return not frame.f_code.co_filename.startswith(trusted)
        frame = frame.f_back
    return True  # a thread that begins in the standard library: none of ours does


def _is_standard(frame: FrameType, trusted: tuple[str, ...]) -> bool:
    name = frame.f_code.co_filename
    return name.startswith("<frozen ") or (name.startswith(_STANDARD) and not name.startswith(trusted))


def _is_deputy(frame: FrameType) -> bool:
    return os.path.basename(frame.f_code.co_filename) in _DEPUTIES
