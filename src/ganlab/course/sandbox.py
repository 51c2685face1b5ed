"""Sandbox: where answers run that nobody has read, with nothing to read, to reach, to leave or to use up.

A sandbox is one process tree under bubblewrap, in namespaces of its own: no network, no user but one without rights,
of all files only Python, its libraries and this package, read-only and without solutions, one small folder in memory.
Every answer runs in a process of its own there (`ganlab.course.inside`), which gives up the right to make processes and
to use the network, and has limits that the kernel keeps. From outside, wall clock, memory and processes are looked at
five times a second, since the kernel's limit on processes does not count for root; what goes too far is killed as a
whole. With `unsafe` the same program runs without bubblewrap: then an answer can read and write what the grader can.

References
----------
bubblewrap, <https://github.com/containers/bubblewrap>.
"""

import functools
import json
import os
import platform
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import ganlab
from ganlab.arguments import count, number, takes

_MIB = 2**20
_LOOK = 0.2  # seconds between two looks at what the sandbox uses
_LONGEST_REPLY = 4 * _MIB
_FILTERED = True  # system calls, too; a test goes without
_NO_BODY = 1000  # the user and group that answers run as
_PACKAGE = Path(ganlab.__file__).resolve().parent
_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/nix/store", "/gnu/store")
#: Of /proc no more than what is the machine's: through the rest a process could write into its own memory.
_MACHINE = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat")
_LOADER = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
_START = """
import sys
sys.path[:0], sys.path[len(sys.path):] = {first!r}, {last!r}
from ganlab.course.inside.serve import main
main({trusted!r})
"""
_ENVIRONMENT = {
    "HOME": "/tmp", "TMPDIR": "/tmp", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "USER": "student",
    "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}  # fmt: skip
_CURE = (
    "Grade in a container or a virtual machine that allows user namespaces, or read the submissions first and grade "
    "them with --unsafe: then nothing keeps their code from your files."
)


@dataclass(frozen=True)
class Limits:
    """What the answers of one submission may use.

    Parameters
    ----------
    seconds : float
        Wall clock of all answers together, beside the start.
    start : float
        Wall clock of the start, in which Python and torch are loaded.
    memory : int
        MiB beyond what torch itself needs; also of all processes together.
    disk : int
        MiB of the one folder that can be written to, and of a file.
    processes : int
        Processes and threads.
    """

    seconds: float = 300
    start: float = 120
    memory: int = 2048
    disk: int = 64
    processes: int = 64

    def __post_init__(self) -> None:
        _require(**{name: getattr(self, name) for name in ("seconds", "start", "memory", "disk", "processes")})


@takes(seconds=number(above=0), start=number(above=0), memory=count(), disk=count(), processes=count(least=8))
def _require(seconds: float, start: float, memory: int, disk: int, processes: int) -> None:
    """Refuse limits that are none."""


class SandboxMissing(RuntimeError):
    """There is no safe place for answers on this machine."""


class SandboxEnded(RuntimeError):
    """The sandbox was stopped, or ended by itself; the text says why."""


@functools.cache
def why_not() -> str:
    """Return why no sandbox can be made here, with the cure; an empty text if one can.

    Returns
    -------
    str
        What is missing: another system than Linux, bubblewrap, or user namespaces.
    """
    if sys.platform != "linux":
        return f"Grading safely needs Linux with bubblewrap, and this is {platform.system() or sys.platform}. {_CURE}"
    if shutil.which("bwrap") is None:
        return (
            "Grading safely needs bubblewrap, and there is no program bwrap. Install the package bubblewrap "
            f"(apt install bubblewrap, dnf install bubblewrap). {_CURE}"
        )
    complaint = _complaint()
    return f"bubblewrap cannot make a sandbox here ({complaint}). {_CURE}" if complaint else ""


def _complaint() -> str:
    """Try an empty sandbox; return what bubblewrap said if it failed."""
    command = [*_walls(Limits()), "--", _python(), "-I", "-S", "-c", ""]
    done = subprocess.run(command, env={}, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return "" if done.returncode == 0 else (said or [f"it ended with {done.returncode}"])[-1]


class Sandbox:
    """A running sandbox that takes orders; a context manager, at whose end nothing of it is left.

    Parameters
    ----------
    job : dict
        What `ganlab.course.inside.serve` has to know before the first order.
    limits : Limits
        What it may use.
    unsafe : bool
        Do without bubblewrap.

    Raises
    ------
    SandboxMissing
        If there can be no sandbox here; the message says what to do.
    """

    def __init__(self, job: dict[str, Any], *, limits: Limits, unsafe: bool = False) -> None:
        if not hasattr(os, "fork"):
            raise SandboxMissing(f"Grading needs Linux or macOS: in Windows, take WSL or a container. {_CURE}")
        if not unsafe and why_not():
            raise SandboxMissing(why_not())
        self._job, self._limits, self._unsafe = job, limits, unsafe
        self._deadline, self._inner = 0.0, {}

    def __enter__(self) -> Self:
        self._complaints = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            _bare() if self._unsafe else _walled(self._limits),
            env=_ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            cwd="/",
            start_new_session=True,
            bufsize=0,
        )
        try:
            self._deadline = time.monotonic() + self._limits.start
            self.ask(self._job | {"filtered": _FILTERED})
            self._inner = self._limits_inside()
            self._deadline = time.monotonic() + self._limits.seconds
        except SandboxEnded as error:
            self._complaints.seek(0)
            said = self._complaints.read(_LONGEST_REPLY).decode("utf-8", "replace").splitlines()
            self.__exit__()
            raise RuntimeError(f"no answer could be run: the sandbox {error} ({said[-1] if said else '–'})") from None
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for pid in [*_members(self._process.pid), self._process.pid]:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._complaints):
            with suppress(OSError):
                pipe.close()

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give an order and wait for the reply, with an eye on what the sandbox uses.

        Raises
        ------
        SandboxEnded
            If it ended before it replied, or used more than it may.
        """
        message, reply = json.dumps(order | {"limits": self._inner}).encode() + b"\n", b""
        os.set_blocking(self._process.stdin.fileno(), False)
        while not reply.endswith(b"\n"):
            can_read, can_write = self._wait(bool(message))
            if can_write:
                message = message[self._hand_over(message) :]
            if can_read:
                reply += self._more()
        return json.loads(reply)

    def _wait(self, writing: bool) -> tuple[bool, bool]:
        self._look()
        pipes = [self._process.stdin] if writing else []
        can_read, can_write, _ = select.select([self._process.stdout], pipes, [], _LOOK)
        return bool(can_read), bool(can_write)

    def _hand_over(self, message: bytes) -> int:
        try:
            return os.write(self._process.stdin.fileno(), message)
        except OSError:
            raise SandboxEnded("ended by itself") from None

    def _more(self) -> bytes:
        part = os.read(self._process.stdout.fileno(), _LONGEST_REPLY)
        if not part:
            raise SandboxEnded("ended by itself")
        return part

    def _look(self) -> None:
        """Stop what uses more than it may."""
        if time.monotonic() > self._deadline:
            raise SandboxEnded("ran too long")
        tasks, memory = _usage(self._process.pid)
        if tasks > self._limits.processes:
            raise SandboxEnded("started too many processes")
        if memory > (self._limits.memory + _MEMORY_OF_TORCH) * _MIB:
            raise SandboxEnded("used too much memory")

    def _limits_inside(self) -> dict[str, Any]:
        """Return the limits that a process in the sandbox sets for itself; it cannot see how much memory it has."""
        return {
            "memory": _address_space(self._process.pid) + self._limits.memory * _MIB,
            "disk": self._limits.disk * _MIB,
            "seconds": int(self._limits.seconds) + 1,
            "processes": None if self._unsafe or not _counts_for_each_sandbox() else self._limits.processes,
        }


_MEMORY_OF_TORCH = 1536  # MiB of its own, in three processes that share most of it


def _counts_for_each_sandbox() -> bool:
    """Tell whether the kernel counts the processes of a user in each user namespace, which it does from 5.14 on."""
    return tuple(map(int, re.findall(r"\d+", platform.release())[:2])) >= (5, 14)


# What is there.


def _python() -> str:
    return os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)


def _libraries() -> list[str]:
    """Return the folders that this Python imports packages from, without those of a project under work."""
    names = ("site-packages", "dist-packages")
    return [path for path in map(os.path.abspath, sys.path) if os.path.basename(path) in names and os.path.isdir(path)]


def _program(package: str) -> list[str]:
    """Return how Python is started: without site, environment and working folder, where modules may lie in wait."""
    trusted = [f"{package}/ganlab/", f"{_PACKAGE}/", *(f"{path}/" for path in _libraries())]
    code = _START.format(first=[package], last=_libraries(), trusted=trusted)
    return [_python(), "-I", "-S", "-X", "utf8", "-c", code]


def _bare() -> list[str]:
    return _program(str(_PACKAGE.parent))


def _walled(limits: Limits) -> list[str]:
    return [*_walls(limits), "--", *_program("/ganlab")]


def _walls(limits: Limits) -> list[str]:
    """Return the call of bubblewrap, up to the program that runs inside."""
    return [
        shutil.which("bwrap") or "bwrap",
        *("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--uid", str(_NO_BODY), "--gid", str(_NO_BODY), "--hostname", "sandbox"),
        *_system(),
        *("--dev", "/dev"),
        *(["--size", str(limits.disk * _MIB)] if _sizes() else []),
        *("--tmpfs", "/tmp"),
        *([] if _sizes() else ["--remount-ro", "/tmp"]),
        *_package(),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
    ]


def _system() -> Iterator[str]:
    """Yield how the system, Python and its libraries are bound, read-only; nobody's home and no project is."""
    for path in filter(os.path.lexists, _SYSTEM):
        yield from ("--symlink", os.readlink(path), path) if os.path.islink(path) else ("--ro-bind", path, path)
    for path in (*_LOADER, *_MACHINE):
        yield from ("--ro-bind-try", path, path)
    for path in dict.fromkeys([sys.base_prefix, *_libraries()]):
        if not path.startswith("/usr/") and path != "/usr":
            yield from ("--ro-bind", path, path)


def _package() -> Iterator[str]:
    """Yield how this package is bound: without solutions, wherever it can be seen."""
    yield from ("--ro-bind", str(_PACKAGE), "/ganlab/ganlab")
    visible = [path for path in ("/usr", sys.base_prefix, *_libraries()) if _PACKAGE.is_relative_to(path)]
    for place in ["/ganlab/ganlab", *([str(_PACKAGE)] if visible else [])]:
        yield from ("--tmpfs", f"{place}/exercises", "--tmpfs", f"{place}/course")
        yield from ("--ro-bind", str(_PACKAGE / "course" / "inside"), f"{place}/course/inside")
        yield from ("--remount-ro", f"{place}/exercises", "--remount-ro", f"{place}/course")


@functools.cache
def _sizes() -> bool:
    """Tell whether bubblewrap can limit the size of a folder, which it can from 0.7 on; else none can be written to."""
    said = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, timeout=60).stdout
    return tuple(map(int, re.findall(r"\d+", said)[:2])) >= (0, 7)


# What is used.


def _usage(root: int) -> tuple[int, int]:
    """Return how many tasks the processes under `root` are, and how many bytes of memory they have to themselves."""
    tasks, memory = 0, 0
    for pid in _members(root):
        with suppress(OSError, ValueError):
            status = Path(f"/proc/{pid}/status").read_text()
            kib = dict(re.findall(r"^(Threads|RssAnon|RssShmem):\s+(\d+)", status, re.MULTILINE))
            tasks += int(kib.get("Threads", 1))
            memory += 1024 * (int(kib.get("RssAnon", 0)) + int(kib.get("RssShmem", 0)))
    return tasks, memory


def _address_space(root: int) -> int:
    """Return the bytes of addresses that the largest process under `root` has."""
    sizes = [0]
    for pid in _members(root):
        with suppress(OSError, ValueError):
            sizes.append(int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE"))
    return max(sizes)


def _members(root: int) -> list[int]:
    """Return `root`, all that descends from it and all in its session; nothing leaves that with its PID namespace."""
    parents, found = {}, {root}
    for entry in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc/self") else []):
        with suppress(OSError, ValueError):
            fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            parents[int(entry)] = (int(fields[1]), int(fields[3]))
    while new := {pid for pid, (parent, session) in parents.items() if parent in found or session in found} - found:
        found |= new
    return list(found)
