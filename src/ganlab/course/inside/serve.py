"""Serve: the first process in the sandbox, which forks one for each answer and never runs any itself.

It reads orders from the grader, one JSON object a line, and replies in the same way. The forked process has a pipe of
its own to here; the grader's it cannot reach. A reply says what the process wrote, unread, and how it ended.
"""

import base64
import gc
import importlib
import json
import os
import select
import signal
import sys
import time
from types import SimpleNamespace
from typing import Any, BinaryIO

from ganlab.course.inside import confinement
from ganlab.course.inside.seal import seal
from ganlab.course.inside.watch import watch

_MOST = 2**18  # bytes that a process may say at once
_OPEN = 4096  # more files than this are not open
_SECONDS_TO_END, _SECONDS_TO_LISTEN = 5, 5
_ENDED = "ended before it was judged"
_SIGNALS = {-signal.SIGXCPU: "ran too long", -signal.SIGSEGV: "crashed", -signal.SIGABRT: "crashed"}


def main(trusted: list[str]) -> None:
    """Serve until the grader hangs up.

    Parameters
    ----------
    trusted : list of str
        Folders that libraries and checks are imported from.
    """
    orders, replies = _own_channels()
    os.umask(0o077)
    confinement.hide()
    job = json.loads(orders.readline())
    exercises = _prepared(job)
    for module in ("ganlab.exercises", "ganlab.course.problems"):
        sys.modules[module] = None  # no answer looks up solutions, even where the files are readable
    from ganlab.course.inside.attempt import attempt  # torch comes with it

    gc.freeze()  # what is there stays, so no forked process goes through it
    place = SimpleNamespace(
        exercises=exercises,
        trusted=trusted + job["files"],
        filtered=job["filtered"],
        children={},
        orders=orders,
        attempt=attempt,
        broken=seal(),
    )
    _reply(replies, {"ready": True})
    try:
        for line in orders:
            _reply(replies, _obeyed(place, json.loads(line)))
    finally:
        _end_all(place)


def _own_channels() -> tuple[BinaryIO, BinaryIO]:
    """Move the grader's pipes away from standard input and output, which answers may use."""
    orders, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    _silence(0, 1)
    return orders, replies


def _silence(*standard: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in standard:
        os.dup2(nothing, each)


def _reply(replies: BinaryIO, reply: dict[str, Any]) -> None:
    replies.write(json.dumps(reply).encode() + b"\n")
    replies.flush()


def _prepared(job: dict[str, Any]) -> dict[str, Any]:
    """Import, once for all answers, what they need, and read the exercises."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    importlib.import_module("ganlab.checks")
    pickle = importlib.import_module("cloudpickle")
    exercises = {task: pickle.loads(base64.b64decode(packed)) for task, packed in job["exercises"].items()}
    _warm_up(torch)
    return exercises


def _warm_up(torch: Any) -> None:
    """Take a step with an optimiser: torch then loads and patches more of itself, which is no tampering."""
    weight = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.Adam([weight])
    weight.sum().backward()
    optimiser.step()
    _wrap_steps(torch.optim.Optimizer)


def _wrap_steps(kind: type) -> None:
    """Let torch wrap `step` of each kind of optimiser now, which it does when the first of a kind is made."""
    for each in kind.__subclasses__():
        if hasattr(kind, "_patch_step_function"):
            each._patch_step_function(each.__new__(each))
        _wrap_steps(each)


def _obeyed(place: SimpleNamespace, order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order: try an answer *first*, or *again*, let the first try *known* answers, or *end* them all."""
    do = order["do"]
    if do == "end":
        _end_all(place)
        return {}
    if do == "known":
        line = json.dumps(order["sources"]).encode() + b"\n"
        return _reported(place, "first", order["seconds"], goes_on=False, line=line)
    place.children[do] = _forked(place, order)
    return _reported(place, do, order["seconds"], goes_on=do == "first")


def _reported(place: SimpleNamespace, name: str, seconds: float, *, goes_on: bool, line: bytes = b"") -> dict[str, Any]:
    child = place.children.get(name)
    if child is None:
        return {"said": "", "end": "had ended"}
    said, end = _heard(place, child, seconds) if _handed(child, line) else ("", "did not listen")
    if end or not goes_on:
        how = _end(place, name, patience=_SECONDS_TO_END if end == _ENDED else 0)
        end = how if end == _ENDED else end
    return {"said": said, "end": end}


def _handed(child: SimpleNamespace, line: bytes) -> bool:
    """Hand a line to a process; tell whether it took it."""
    while line:
        if not select.select([], [child.to], [], _SECONDS_TO_LISTEN)[1]:
            return False
        try:
            line = line[os.write(child.to, line) :]
        except OSError:
            return True  # it has ended, which is told when it is heard
    return True


def _forked(place: SimpleNamespace, order: dict[str, Any]) -> SimpleNamespace:
    hers, mine = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        _run(place, order, hers[0], mine[1])
    os.close(hers[0])
    os.close(mine[1])
    os.set_blocking(hers[1], False)
    return SimpleNamespace(pid=pid, to=hers[1], of=mine[0])


def _run(place: SimpleNamespace, order: dict[str, Any], hear: int, say: int) -> None:
    """Be the process of one answer; never return."""
    try:
        os.setsid()
        _silence(2)
        os.dup2(hear, 3)  # 3 and 4 are the grader's pipes, which are gone with this
        os.dup2(say, 4)
        os.closerange(5, _OPEN)
        confinement.limit(**order["limits"])
        if place.filtered:
            confinement.filter_calls()
        lines = os.fdopen(3, "rb")
        line = lambda text: _write(4, text.encode("utf-8", "replace")), lambda: lines.readline().decode()
        place.attempt(place.exercises[order["task"]], order, watch(place.trusted), place.broken, line)
    finally:
        os._exit(0)  # whatever was registered to run at the end does not


def _write(to: int, data: bytes) -> None:
    while data:
        data = data[os.write(to, data) :]


def _heard(place: SimpleNamespace, child: SimpleNamespace, seconds: float) -> tuple[str, str]:
    """Return the next line of a process, or what it said until it ended, said too much, or took too long."""
    said, limit = b"", time.monotonic() + seconds
    while not said.endswith(b"\n"):
        ready, *_ = select.select([child.of, place.orders], [], [], max(0, limit - time.monotonic()))
        if not ready or place.orders in ready:  # no order comes while one is carried out: the grader has hung up
            return _text(said), "ran too long"
        part = os.read(child.of, 65536)
        said += part
        if not part:
            return _text(said), _ENDED
        if len(said) > _MOST:
            return _text(said), "wrote without end"
    return _text(said), ""


def _text(said: bytes) -> str:
    return said[:_MOST].decode("utf-8", "replace")


def _end_all(place: SimpleNamespace) -> None:
    for name in list(place.children):
        _end(place, name)


def _end(place: SimpleNamespace, name: str, *, patience: float = 0) -> str:
    """End the process of an answer, if there is one, and tell how it ended if it did so before."""
    child = place.children.pop(name, None)
    if child is None:
        return _ENDED
    os.close(child.to)
    os.close(child.of)
    limit = time.monotonic() + patience
    while (ended := os.waitpid(child.pid, os.WNOHANG))[0] == 0 and time.monotonic() < limit:
        time.sleep(0.005)
    if ended[0] == 0:
        os.kill(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)
        return _ENDED
    return _SIGNALS.get(os.waitstatus_to_exitcode(ended[1]), _ENDED)
