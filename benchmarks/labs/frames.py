"""How long the main thread of a page works at a time, from Chromium's own trace.

A task is what the thread does without a pause: the reader waits for its end. Its processor time is the page's own;
its wall time grows with whatever else the machine does.
"""

import json
from typing import NamedTuple

CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "blink.user_timing"]
BEGIN, END, START = "ganlab-begin", "ganlab-end", "ganlab-work"
# Arithmetic without pause, and what it takes on the quiet machine on which the tests' bounds were measured
# (AMD EPYC with AVX2, two cores; Chromium 156; 20 runs, 43 to 44).
WORK = "() => { let x = 1; for (let i = 0; i < 2e6; i++) x = (x * 16807) % 2147483647; return x; }"
YARD = 43  # ms


class Task(NamedTuple):
    """One task of the main thread, in milliseconds; `draws` says whether it ran callbacks of an animation frame."""

    cpu: float
    wall: float
    draws: bool


def tasks(browser, page, act):
    """Tasks of the main thread of `page` while `act()` runs."""
    own = traced(browser, page, act)
    frames = sorted(e["ts"] for e in own if e["name"] == "FireAnimationFrame")
    return [read(e, frames) for e in own if is_task(e)]


def is_task(event):
    """Tell whether an event of the trace is a whole task."""
    return event["name"] == "RunTask" and event["ph"] == "X"


def traced(browser, page, act):
    """Events of the main thread of `page` while `act()` runs.

    Marks on the page's own timeline say when, and which of the browser's threads it was.
    """
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.evaluate("name => { performance.mark(name); }", BEGIN)
    act()
    page.evaluate("name => { performance.mark(name); }", END)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    begin, end = (next(e for e in events if e["name"] == name) for name in (BEGIN, END))
    here = begin["pid"], begin["tid"]
    return [e for e in events if (e["pid"], e["tid"]) == here and begin["ts"] <= e["ts"] <= end["ts"]]


def pace(browser, page):
    """How many times slower than that machine this one is now; at least 1.

    Processor time, too, grows when others use the machine: two threads of one core share its units and its cache.
    """
    own = traced(browser, page, lambda: page.evaluate(f"() => {{ performance.mark('{START}'); return ({WORK})(); }}"))
    start = next(e["ts"] for e in own if e["name"] == START)
    measured = next(e for e in own if is_task(e) and e["ts"] <= start <= e["ts"] + e["dur"])
    return max(1, read(measured, []).cpu / YARD)


def read(event, frames):
    """A `Task` from an event of the trace, which counts in microseconds.

    Right after the start of a trace Chromium may leave out a task's processor time; its wall time is an upper bound.
    """
    start, end = event["ts"], event["ts"] + event["dur"]
    cpu = event.get("tdur", event["dur"])
    return Task(cpu / 1000, event["dur"] / 1000, any(start <= t <= end for t in frames))


def spread(values):
    """Median, 99th percentile and maximum."""
    ordered = sorted(values)
    return {"median": ordered[len(ordered) // 2], "p99": ordered[int(0.99 * len(ordered))], "max": ordered[-1]}
