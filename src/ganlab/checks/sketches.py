"""Sketches: what an answer draws is shown once, however often the cases call it.

An answer may plot, or `display` something; the cases call it dozens of times. What the first call that draws has drawn
is kept and shown when the check is over, in a notebook; what later calls draw is dropped. Figures that the reader had
open are put aside meanwhile, so that an answer does not draw into them. Matplotlib and IPython are used only where the
reader has loaded them.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch


class Sketches:
    """The figures and displays of the first call that drew something."""

    def __init__(self) -> None:
        self.figures: list[Any] = []
        self.displays = 0
        self._captured: Any = None

    @contextmanager
    def collected(self) -> Iterator[None]:
        """Hold back all that is drawn, and show what was kept at the end."""
        with ExitStack() as stack:
            self._captured = _captured_displays(stack)
            if pyplot := sys.modules.get("matplotlib.pyplot"):
                stack.enter_context(patch.object(pyplot, "show", lambda *_, **__: None))
                stack.enter_context(_own_figures())
            yield
        self._show()

    @contextmanager
    def first_only(self) -> Iterator[None]:
        """Keep what the block draws, if nothing was kept before."""
        try:
            yield
        finally:
            figures = _taken_figures()
            if not (self.figures or self.displays):
                self.figures, self.displays = figures, len(self._captured.outputs) if self._captured else 0

    def _show(self) -> None:
        if self._captured:
            from IPython.display import display

            for drawn in [*self._captured.outputs[: self.displays], *self.figures]:
                display(drawn)


def _captured_displays(stack: ExitStack) -> Any:
    """Capture what `display` publishes, in a notebook; elsewhere there is nothing to capture."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return None
    from IPython.utils.capture import capture_output

    return stack.enter_context(capture_output(stdout=False, stderr=False))


@contextmanager
def _own_figures() -> Iterator[None]:
    """Put the open figures aside, and back at the end."""
    figures = sys.modules["matplotlib._pylab_helpers"].Gcf.figs
    readers = dict(figures)
    figures.clear()
    try:
        yield
    finally:
        figures.clear()
        figures.update(readers)


def _taken_figures() -> list[Any]:
    """Return the open figures and close them."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return []
    figures = [pyplot.figure(number) for number in pyplot.get_fignums()]
    pyplot.close("all")
    return figures
