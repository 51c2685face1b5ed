"""Confinement: what a process can take from itself for good before it runs an answer.

Limits of the kernel (`setrlimit`), and on Linux a filter of system calls: no new process, no program, no network, no
signal to others, no look into another process, no memory that the limits do not count. These hold without any
privilege, with and without a sandbox around.

References
----------
Linux kernel documentation, Seccomp BPF (SECure COMPuting with filters).
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from contextlib import suppress

_OPEN_FILES = 256
_SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES, _FILTER = 4, 22, 38, 2

# Of classic BPF: load a word, compare, return.
_LOAD, _EQUAL, _LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16  # places in the data of a call; all known architectures are little-endian
_ALLOW, _NO_PERMISSION, _NOT_THERE = 0x7FFF0000, 0x00050001, 0x00050026
_CLONE_THREAD = 0x10000
_X32 = 0x40000000  # numbers from here on are a second way to call x86-64

#: By architecture: its mark, `clone`, `clone3`, the calls that name a process first, and those that are refused:
#: socket, bind, listen, connect, socketpair, fork, vfork, execve, execveat, ptrace, process_vm_readv and _writev,
#: shmget, semget, msgget, mq_open, memfd_create, memfd_secret, unshare, setns, mount, umount2, pivot_root, chroot,
#: keyctl, add_key, request_key, bpf, userfaultfd, perf_event_open, io_uring_setup, pidfd_open, pidfd_getfd and
#: pidfd_send_signal.
_CALLS = {
    "x86_64": (
        0xC000003E, 56, 435, (62, 200, 234, 129, 297),
        (41, 49, 50, 42, 53, 57, 58, 59, 322, 101, 310, 311, 29, 64, 68, 240, 319, 447, 272, 308, 165, 166, 155, 161,
         250, 248, 249, 321, 323, 298, 425, 434, 438, 424),
    ),
    "aarch64": (
        0xC00000B7, 220, 435, (129, 130, 131, 138, 240),
        (198, 200, 201, 203, 199, 221, 281, 117, 270, 271, 194, 190, 186, 180, 279, 447, 97, 268, 40, 39, 41, 51,
         219, 217, 218, 280, 282, 241, 425, 434, 438, 424),
    ),
}  # fmt: skip


def hide() -> None:
    """Let no process of the same user look into this one, nor into those that it forks."""
    if sys.platform == "linux":
        _prctl(_SET_DUMPABLE, 0)


def limit(*, memory: int, disk: int, seconds: int, processes: int | None) -> None:
    """Limit what this process and its threads may use, for good.

    Parameters
    ----------
    memory : int
        Bytes of addresses, what is in use now included.
    disk : int
        Bytes of a file.
    seconds : int
        Time of the processor.
    processes : int or None
        Processes and threads of this user, where the kernel counts them for the sandbox alone.
    """
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, disk)
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _lower(resource.RLIMIT_CPU, seconds)
    if sys.platform == "linux":
        _lower(resource.RLIMIT_AS, memory)
        if processes is not None:
            _lower(resource.RLIMIT_NPROC, processes)


def filter_calls() -> bool:
    """Refuse the system calls that no answer needs; tell whether this machine can."""
    if sys.platform != "linux" or platform.machine() not in _CALLS:
        return False
    program = _program(*_CALLS[platform.machine()])
    code = ctypes.create_string_buffer(program, len(program))
    description = struct.pack("HL", len(program) // 8, ctypes.addressof(code))
    _prctl(_SET_NO_NEW_PRIVILEGES, 1)
    return _prctl(_SET_SECCOMP, _FILTER, ctypes.create_string_buffer(description, len(description)))


def _lower(which: int, value: int) -> None:
    with suppress(ValueError, OSError):  # the limit is lower already, or unknown here
        resource.setrlimit(which, (value, value))


def _prctl(option: int, *values: object) -> bool:
    arguments = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in values]
    padding = [ctypes.c_ulong(0)] * (4 - len(arguments))
    return ctypes.CDLL(None).prctl(option, *arguments, *padding) == 0


def _program(mark: int, clone: int, clone3: int, signals: tuple[int, ...], refused: tuple[int, ...]) -> bytes:
    """Return the filter, one step of eight bytes after the other."""
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, mark), (_RETURN, 0, 0, _NO_PERMISSION),
        (_LOAD, 0, 0, _NUMBER), (_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _NO_PERMISSION),
        (_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _NOT_THERE),  # its flags are out of reach; libc takes clone then
        (_EQUAL, 0, 4, clone), (_LOAD, 0, 0, _ARGUMENT), (_ANY_BIT, 0, 1, _CLONE_THREAD), (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _NO_PERMISSION),
    ]  # fmt: skip
    for number in refused:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _NO_PERMISSION)]
    for number in signals:
        steps += [
            (_EQUAL, 0, 4, number), (_LOAD, 0, 0, _ARGUMENT), (_EQUAL, 0, 1, os.getpid()), (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _NO_PERMISSION),
        ]  # fmt: skip
    return b"".join(struct.pack("HBBI", *step) for step in [*steps, (_RETURN, 0, 0, _ALLOW)])
