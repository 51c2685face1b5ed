"""Cells that only a notebook has, since they need a kernel or a card: each does what it says, made small.

The build of the book does not run them, and for their sake alone nbval would run the whole notebook again.
"""

from pathlib import Path

import jupytext
import matplotlib.pyplot as plt
import torch

from ganlab import data, digits, plots, training
from ganlab.seeds import generator

BOOK = Path(__file__).parents[2] / "book"


def code(page):
    """Code cells of a page."""
    return [cell for cell in jupytext.read(BOOK / f"{page}.md", fmt="md:myst").cells if cell.cell_type == "code"]


def own(page):
    """Sources of the cells that only its notebook has; a page that does not say so is not read for cells."""
    if "notebook-only" not in (BOOK / f"{page}.md").read_text(encoding="utf-8"):
        return []
    return [cell.source for cell in code(page) if "notebook-only" in cell.metadata.get("tags", [])]


def test_no_cell_is_forgotten():
    pages = {path.relative_to(BOOK).with_suffix("").as_posix() for path in BOOK.rglob("*.md")}
    assert {page: len(own(page)) for page in pages if own(page)} == {"chapters/10-digits": 1, "scaling-out": 2}


def test_sliders_of_the_digits_show_an_image_for_each_position(monkeypatch):
    names = {"torch": torch, "plt": plt, "plots": plots, "generator": generator, "source": "MNIST"}
    names |= {"device": torch.device("cpu"), "G": digits.digit_players(lambda _: 0.0).G}
    exec(next(cell.source for cell in code("chapters/10-digits") if "def draw(" in cell.source), names)
    shown = []
    monkeypatch.setattr(plots, "image_grid", lambda images, **_: shown.append(images))
    (sliders,) = own("chapters/10-digits")
    exec(sliders, names)
    shown.clear()
    seed, coordinate, value = names["explore"].widget.children[:3]
    for z in [(seed.min, coordinate.min, value.min), (seed.max, coordinate.max, value.max), (3, 4, 0.5), (3, 4, -0.5)]:
        names["explore"](*z)
    assert [tuple(image.shape) for image in shown] == [(1, 1, 28, 28)] * 4
    assert not torch.equal(*shown[-2:])


def test_processes_are_started_and_a_second_run_goes_on_where_the_first_ended(monkeypatch, tmp_path):
    from accelerate.state import AcceleratorState

    few = data.Digits(torch.rand(64, 1, 28, 28) * 2 - 1, torch.zeros(64), "made up")
    monkeypatch.setattr(data, "mnist", lambda **_: few)
    monkeypatch.setattr(digits, "batch_size", lambda _: 8)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.chdir(tmp_path)
    names = {name: __import__(name) for name in ("os", "sys", "torch")}
    trains, starts = own("scaling-out")
    exec(trains, names)
    for last in (2, 5):
        names["play_digits"].__defaults__ = (last,)
        exec(starts, names)
        AcceleratorState._reset_state(reset_partial_state=True)  # the next start is that of a new kernel
        players = digits.digit_players(lambda _: 0.0)
        training.load_checkpoint(players, names["path"])
        assert players.step == last
