"""Pages that train images do so on whatever device they find: tried on `meta`, which computes nothing but refuses to
mix devices. A look at a number, which that device cannot give, is answered with a made-up one."""

import copy
import sys
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import jupytext
import matplotlib.pyplot as plt
import pytest
import torch
from torch import Tensor
from torch.optim import Adam

from ganlab import data, digits, metrics

BOOK = Path(__file__).parents[2] / "book"
META = torch.device("meta")
CHOICE = 'torch.device("cuda" if torch.cuda.is_available() else "cpu")'


def looks(name, answer):
    """Answer with a made-up value where a tensor holds none."""
    original = getattr(Tensor, name)
    return lambda self, *args: answer(self) if self.is_meta else original(self, *args)


@pytest.fixture
def numbers_made_up(monkeypatch):
    """Let each look at a tensor of the meta device see -0.5, or zeros."""
    answers = {"item": lambda _: -0.5, "__bool__": lambda _: True, "__format__": lambda _: "-0.5"}
    answers["tolist"] = lambda x: [-0.5] * x.numel()
    answers["cpu"] = lambda x: torch.zeros(x.shape, dtype=x.dtype)
    for name, answer in answers.items():
        monkeypatch.setattr(Tensor, name, looks(name, answer))


def adam(parameters, *, fused=False, **settings):
    """Fused Adam has no kernel for meta."""
    return Adam(parameters, **settings)


def nothing_there(split="train", *, device="cpu"):
    """Images without pixels."""
    return data.Digits(torch.empty(1000, 1, 28, 28, device=device), torch.zeros(1000), "nothing")


def together(judge, *tensors):
    """Refuse to mix devices, as PyTorch does."""
    if {x.device for x in tensors} != {next(judge.parameters()).device}:
        raise RuntimeError("judge and tensors are on several devices")


def features(judge, images):
    """Stand in for the features of images, which a judge refuses without pixels."""
    together(judge, images)
    return torch.empty(len(images), 128, device=images.device)


def judged(fakes, judge, real_features):
    """Stand in for the look of the judge, which sorts fakes by number."""
    together(judge, fakes, real_features)
    return 1.0, torch.full((10,), 0.1)


def a_few(*bounds):
    """Cut the page's loops short."""
    return range(*(min(bound, 3) for bound in bounds))


def watched(function, results):
    """Let a function also note what it returns."""

    def noting(*args, **kwargs):
        results.append(function(*args, **kwargs))
        return results[-1]

    return noting


def code(path):
    """Cells of a page that run when it is built, without drawings and exercises."""
    for cell in jupytext.read(path, fmt="md:myst").cells:
        left_out = {"skip-execution", "hide-input"} & set(
            cell.metadata.get("tags", [])
        ) or "ganlab.check(" in cell.source
        if cell.cell_type == "code" and not left_out and "NotImplementedError" not in cell.source:
            yield cell.source


def no_training(**_):
    """Stand in for what trains on the processor."""
    raise AssertionError


def test_chapter_10_runs_where_its_device_says(numbers_made_up, monkeypatch):
    judge = copy.deepcopy(metrics.digit_judge())  # it is moved
    monkeypatch.setattr(metrics, "digit_judge", lambda: judge)
    monkeypatch.setattr(metrics.DigitJudge, "features", features)
    stand_ins = {"mnist": nothing_there, "Adam": adam, "train_digits": no_training}
    stand_ins |= {"steps": 25, "range": a_few}
    stand_ins["islice"] = lambda batches, steps: islice(batches, 25 if steps == 25 else 1)
    names = {}
    with plt.rc_context():
        for source in code(BOOK / "chapters" / "10-digits.md"):
            with suppress(AssertionError):  # a claim about numbers
                exec(source.replace(CHOICE, 'torch.device("meta")'), names)
            names |= stand_ins
            names |= {"judged": judged} if "judged" in names else {}
    plt.close("all")
    assert all(x.is_meta for x in [*names["G"].parameters(), *names["D"].parameters(), names["images"]])


def test_scaling_out_trains_digits_where_its_accelerator_says(numbers_made_up, monkeypatch, tmp_path):
    accelerator = SimpleNamespace(device=META, num_processes=1, process_index=0, is_main_process=False)
    accelerator.reduce = lambda tensor, _: tensor
    accelerate = SimpleNamespace(Accelerator=lambda: accelerator, notebook_launcher=None)
    monkeypatch.setitem(sys.modules, "accelerate", accelerate)
    monkeypatch.setattr(data, "mnist", nothing_there)
    made = []
    monkeypatch.setattr(digits, "digit_players", watched(digits.digit_players, made))
    cells = jupytext.read(BOOK / "scaling-out.md", fmt="md:myst").cells
    names = {"torch": torch}
    exec(next(cell.source for cell in cells if "def play_digits" in cell.source), names)
    names["play_digits"](tmp_path / "run.pt", last_step=2)
    assert made[0].step == 2
    assert all(parameter.is_meta for parameter in made[0].G.parameters())
