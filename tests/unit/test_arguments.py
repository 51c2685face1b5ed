"""Arguments: whatever is passed to a public function, it works or is refused in our words; the kinds by themselves."""

import contextlib
import functools
import inspect
import itertools
import math
import traceback
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

import ganlab
from ganlab import (
    averaging,
    data,
    derivations,
    digits,
    divergences,
    dynamics,
    ensembles,
    latent,
    losses,
    metrics,
    networks,
    penalties,
    players,
    plots,
    saving,
    scaling,
    seeds,
    steps,
    toys,
    training,
)

SOURCE = Path(ganlab.__file__).parent
MODULES = [averaging, derivations, digits, divergences, dynamics, ensembles, latent, losses, metrics, networks]
MODULES += [penalties, players, plots, saving, scaling, seeds, steps, toys, training]


def mean_pixel(x):
    """A discriminator that takes whatever has rows."""
    return x.flatten(1).mean(dim=1) if x.dim() > 1 else x


def sgd(network):
    return torch.optim.SGD(network.parameters(), lr=0.01)


def a_pair():
    torch.manual_seed(0)
    G, D = nn.Linear(2, 3), nn.Linear(3, 1)
    return {"G": G, "D": D, "opt_g": sgd(G), "opt_d": sgd(D), "z_dim": 2, "generator": seeds.generator(0)}


def a_game():
    return players.Players(**a_pair())


def an_ensemble():
    return ensembles.Ensemble([nn.Linear(2, 1), nn.Linear(2, 1)])


def two_players():
    G, D = (ensembles.Ensemble([nn.Linear(*sizes) for _ in range(2)]) for sizes in ((2, 3), (3, 1)))
    return players.Players(G, D, sgd(G), sgd(D), z_dim=2, generator=seeds.generator(0))


def a_step(*names):
    pair = a_pair()
    given = {**pair, "real": torch.randn(4, 3), "z": torch.randn(4, 2)}
    return {name: given[name] for name in names}


def logits():
    return torch.randn(4, 1)


def image():
    return torch.rand(2, 1, 28, 28) * 2 - 1


def alone():
    return SimpleNamespace(process_index=0, num_processes=1, reduce=lambda tensor, _: tensor)


def labels():
    return torch.tensor([3, 7])


def p():
    return torch.tensor([0.25, 0.75]).log()


def moves():
    return {"field": dynamics.xy_field, "start": torch.tensor([1.0, 0.0]), "step_size": 0.1, "steps": 3}


def features():
    return {"real": torch.randn(9, 2), "fake": torch.randn(9, 2)}


def points():
    return {"samples": torch.randn(9, 2), "modes": torch.randn(3, 2), "radius": 0.3}


def real_and_fake():
    return {"real_logits": logits(), "fake_logits": logits()}


def saved(kind, state):
    saving.write_whole(state, f"{kind}.pt", kind=kind)
    return f"{kind}.pt"


def a_history():
    history = players.History()
    history.append(torch.tensor(1.0), torch.tensor(2.0))
    return history


@functools.cache
def axes():
    """Two axes for all: making a figure takes longer than drawing."""
    return np.array([Figure().add_subplot() for _ in range(2)])


def on_axes(**given):
    return {**given, "ax": axes()[0]}


LOSS_PAIRS = ("minimax", "nonsaturating", "least_squares", "wasserstein", "hinge")

#: Each public function or method with arguments that fit: name -> (how to get it, how to get its arguments).
CALLS = {
    "averaging.EMA": lambda: {"module": nn.Linear(2, 1), "halflife_steps": 3},
    "averaging.EMA.update": lambda: {"module": nn.Linear(2, 1)},
    "averaging.require_same_tensors": None,  # of two networks that were checked before
    "derivations.check_steps": lambda: {"steps": {"a": 1.0, "b": 1.0}, "tolerance": 1e-6},
    "digits.TrainedGAN": lambda: {"G": networks.DCGenerator(width=1), "history": a_history(), "source": "here"},
    "digits.TrainedGAN.sample": lambda: {"n": 2, "seed": 0},
    "digits.TrainedGAN.save": lambda: {"path": "gan.pt"},
    "digits.TrainedGAN.load": lambda: {"path": "gan.pt"},
    "digits.train_digits": lambda: {
        "seconds": None, "steps": 1, "seed": 0, "device": None, "progress": False, "checkpoint": None
    },
    "digits.batch_size": lambda: {"device": "cpu"},
    "digits.digit_players": lambda: {"used": lambda step: 0.5, "seed": 0, "device": "cpu"},
    "digits.learning_rate": lambda: {"used": 0.5},
    "digits.shared_round": lambda: {"players": digits.digit_players(lambda step: 0.5), "real": image()},
    "digits.lazy_r1_step": lambda: {"players": a_game()},
    "divergences.kl": lambda: {"log_p": p(), "log_q": p(), "dx": 1.0},
    "divergences.jsd": lambda: {"log_p": p(), "log_q": p(), "dx": 1.0},
    "divergences.kl_gaussians": lambda: {"mean_p": 1.0, "std_p": 1.0, "mean_q": 0.0, "std_q": 1.0},
    "divergences.wasserstein1": lambda: {"x": torch.randn(3), "y": torch.randn(3)},
    "divergences.wasserstein1_on_grid": lambda: {"log_p": p(), "log_q": p(), "dx": 1.0},
    "divergences.exact_critic": lambda: {"x": torch.randn(5), "real": torch.randn(3), "fake": torch.randn(4)},
    "divergences.optimal_logit": lambda: {"log_p": p(), "log_q": p()},
    "divergences.optimal_discriminator": lambda: {"log_p": p(), "log_q": p()},
    "dynamics.xy_field": lambda: {"point": torch.randn(3, 2)},
    "dynamics.dirac_field": lambda: {"point": torch.randn(3, 2), "r1_gamma": 0.3},
    "dynamics.dirac_minimax_field": lambda: {"point": torch.randn(3, 2), "r1_gamma": 0.3},
    "dynamics.dirac_wasserstein_field": lambda: {"point": torch.randn(3, 2), "r1_gamma": 0.3},
    "dynamics.simultaneous": moves,
    "dynamics.alternating": moves,
    "dynamics.momentum": lambda: {**moves(), "beta": -0.5},
    "dynamics.optimistic": moves,
    "dynamics.jacobian": lambda: {"field": dynamics.xy_field, "point": torch.zeros(2)},
    "dynamics.eigenvalues": lambda: {"field": dynamics.xy_field, "point": torch.zeros(2)},
    "ensembles.Ensemble": lambda: {"networks": [nn.Linear(2, 1), nn.Linear(2, 1)]},
    "ensembles.Ensemble.forward": lambda: {"x": torch.randn(2, 4, 2)},
    "ensembles.Ensemble.member": lambda: {"index": 1},
    "ensembles.summed_loss": lambda: {"loss": losses.hinge_g},
    "ensembles.summed_penalty": lambda: {"penalty": penalties.r1_penalty},
    "ensembles.train_ensemble": lambda: {
        "players": two_players(), "sample_real": lambda n, _: torch.randn(n, 3), "steps": 2, "batch_size": 4, "k": 1,
        "d_step": lambda *_: torch.tensor(1.0), "g_step": lambda *_: torch.tensor(1.0),
    },
    "latent.sample_z": lambda: {"n": 3, "z_dim": 2, "generator": seeds.generator(0), "device": "cpu"},
    "latent.truncated_z": lambda: {"n": 3, "z_dim": 2, "bound": 0.5, "generator": seeds.generator(0), "device": "cpu"},
    "latent.lerp": lambda: {"start": torch.randn(2), "end": torch.randn(2), "t": 0.5},
    "latent.slerp": lambda: {"start": torch.randn(2), "end": torch.randn(2), "t": 0.5},
    "losses.bce_with_logits": lambda: {"logits": logits(), "target": 0.5},
    **{f"losses.{name}_d": real_and_fake for name in (*LOSS_PAIRS, "relativistic")},
    **{f"losses.{name}_g": lambda: {"fake_logits": logits()} for name in LOSS_PAIRS},
    "losses.relativistic_g": real_and_fake,
    "losses.maximum_likelihood_g": lambda: {"fake_logits": logits()},
    "losses.smoothed_d": lambda: {**real_and_fake(), "real_target": 0.9, "fake_target": 0.0},
    "metrics.DigitJudge": lambda: {},
    "metrics.DigitJudge.forward": lambda: {"images": image()},
    "metrics.DigitJudge.features": lambda: {"images": image()},
    "metrics.digit_judge": lambda: {"path": metrics.JUDGE_FILE},
    "metrics.digit_score": lambda: {"images": image().repeat(70, 1, 1, 1), "judge": None},
    "metrics.class_histogram": lambda: {"images": image(), "judge": None},
    "metrics.histogram_kl": lambda: {"shares": p().exp(), "reference": p().exp()},
    "metrics.inception_score": lambda: {"logits": torch.randn(5, 3)},
    "metrics.frechet_distance": features,
    "metrics.kernel_distance": features,
    "metrics.precision_recall": lambda: {**features(), "k": 3},
    "metrics.density_coverage": lambda: {**features(), "k": 3},
    "metrics.mode_shares": points,
    "metrics.membership": lambda: {"members": torch.randn(5), "others": torch.randn(6, 1)},
    "metrics.membership_inference": lambda: {"D": mean_pixel, "members": image(), "others": image()},
    "metrics.nearer_to_training": lambda: {
        "training": torch.randn(9, 2), "others": torch.randn(9, 2), "fake": torch.randn(5, 2)
    },
    "metrics.class_shares": lambda: {"labels": labels(), "n_classes": 10},
    "metrics.modes_covered": lambda: {**points(), "least": 1},
    "metrics.share_near_modes": points,
    "networks.mlp": lambda: {"sizes": [2, 3, 1], "activation": nn.Tanh},
    "networks.Residual": None,  # takes any number of layers by position: tested below
    "networks.Residual.forward": lambda: {"x": torch.randn(2, 3)},
    "networks.DCGenerator": lambda: {"z_dim": 3, "width": 1},
    "networks.DCGenerator.forward": lambda: {"z": torch.randn(2, 3)},
    "networks.DCDiscriminator": lambda: {"width": 1, "head": 2},
    "networks.DCDiscriminator.forward": lambda: {"x": image()},
    "networks.ConditionalGenerator": lambda: {"z_dim": 3, "n_classes": 10, "width": 1},
    "networks.ConditionalGenerator.forward": lambda: {"z": torch.randn(2, 3), "labels": labels()},
    "networks.ConditionalDiscriminator": lambda: {"n_classes": 10, "width": 1, "head": 2},
    "networks.ConditionalDiscriminator.forward": lambda: {"x": image(), "labels": labels()},
    "networks.init_dcgan": lambda: {"module": networks.DCDiscriminator(width=1, head=1), "std": 0.02},
    "penalties.gradient_norm": None,  # needs logits that come from x: tested in test_penalties
    "penalties.r1_penalty": lambda: {"D": mean_pixel, "real": torch.randn(4, 3)},
    "penalties.gradient_penalty": lambda: {
        "critic": mean_pixel, "real": torch.randn(4, 3), "fake": torch.randn(4, 3), "generator": seeds.generator(0)
    },
    "penalties.clip_weights": lambda: {"critic": nn.Linear(2, 1), "bound": 0.01},
    "players.History": lambda: {},
    "players.History.append": lambda: {"d_loss": torch.tensor(1.0), "g_loss": torch.tensor(1.0)},
    "players.Players": lambda: {**a_pair(), "ema": None, "schedules": (), "history": players.History()},
    "players.Players.draw_z": lambda: {"n": 3},
    "players.Players.load_state_dict": lambda: {"state": a_game().state_dict()},
    "plots.new_axes": lambda: {"n_cols": 2, "height": 2.0},
    "plots.density": lambda: on_axes(x=np.arange(3.0), p=np.ones(3), role=plots.REAL, label="data"),
    "plots.losses": lambda: on_axes(d_loss=np.ones(3), g_loss=np.ones(3), smooth=2),
    "plots.running_mean": lambda: {"values": np.ones(5), "window": 3},
    "plots.image_grid": lambda: on_axes(images=image(), n_cols=2, source="here"),
    "plots.class_histogram": lambda: on_axes(counts=[1, 2, 3], label="shares"),
    "plots.probability_table": lambda: on_axes(p=torch.full((2, 3), 0.1), x_names=["a", "b"], y_names=["c", "d", "e"]),
    "plots.two_classes": lambda: {"x": np.arange(3.0), "joint": np.ones((2, 3)), "axes": axes()},
    "saving.write_whole": lambda: {"state": {"a": 1}, "path": "state.pt", "kind": "state"},
    "saving.read": lambda: {"path": saved("state", {"a": 1}), "kind": "state"},
    "saving.is_ours": None,  # of the bytes of a file
    "saving.load_all": None,  # of parts that were checked before: tested in test_saving
    "saving.difference": None,
    "scaling.distributed": lambda: {"step": steps.discriminator_step, "accelerator": alone()},
    "scaling.check_in_step": None,  # needs accelerate: tested in test_scaling
    "seeds.seed_everything": lambda: {"seed": 0},
    "seeds.generator": lambda: {"seed": 0, "device": "cpu"},
    "steps.discriminator_step": lambda: {**a_step("G", "D", "opt_d", "real", "z"), "loss": losses.hinge_d},
    "steps.generator_step": lambda: {**a_step("G", "D", "opt_g", "z"), "loss": losses.hinge_g},
    "steps.r1_step": lambda: {**a_step("D", "opt_d", "real"), "gamma": 1.0, "every": 2},
    "steps.relativistic_generator_step": lambda: a_step("G", "D", "opt_g", "real", "z"),
    "toys.GaussianMixture": lambda: {"means": torch.zeros(2, 1), "std": 0.5, "weights": torch.ones(2)},
    "toys.GaussianMixture.sample": lambda: {"n": 3, "generator": seeds.generator(0)},
    "toys.GaussianMixture.log_density": lambda: {"x": torch.zeros(3, 1)},
    "toys.Dirac": lambda: {"point": [0.0]},
    "toys.Dirac.sample": lambda: {"n": 3, "generator": seeds.generator(0)},
    "toys.Dirac.log_density": lambda: {"x": torch.zeros(3, 1)},
    "toys.gaussian": lambda: {"mean": 3.0, "std": 1.5},
    "toys.gaussian_mixture": lambda: {"means": [-2.0, 2.0], "std": 0.5, "weights": [0.5, 0.5]},
    "toys.ring": lambda: {"n_modes": 8, "radius": 2.0, "std": 0.02},
    "toys.grid": lambda: {"side": 5, "spacing": 1.0, "std": 0.05},
    "toys.spirals": lambda: {"n_arms": 2, "turns": 1.0, "std": 0.05},
    "training.train": lambda: {
        "players": a_game(), "sample_real": lambda n, _: torch.randn(n, 3), "steps": 2, "batch_size": 4, "k": 1,
        "d_step": steps.discriminator_step, "g_step": steps.generator_step,
    },
    "training.rounds": lambda: {"players": a_game(), "play_round": lambda _: torch.ones(2).unbind(), "steps": 2},
    "training.save_checkpoint": lambda: {"players": a_game(), "path": "run.pt"},
    "training.load_checkpoint": lambda: {"players": a_game(), "path": "run.pt"},
    "training.checkpointed": lambda: {"progress": [], "players": a_game(), "path": "run.pt", "every_seconds": 1.0},
}  # fmt: skip

#: What a method belongs to.
OWNERS = {
    "averaging.EMA": lambda: averaging.EMA(nn.Linear(2, 1), halflife_steps=3),
    "digits.TrainedGAN": lambda: digits.TrainedGAN(networks.DCGenerator(width=1)),
    "ensembles.Ensemble": an_ensemble,
    "metrics.DigitJudge": metrics.digit_judge,
    "networks.Residual": lambda: networks.Residual(nn.Linear(3, 3)),
    "networks.DCGenerator": lambda: networks.DCGenerator(3, width=1),
    "networks.DCDiscriminator": lambda: networks.DCDiscriminator(width=1, head=2),
    "networks.ConditionalGenerator": lambda: networks.ConditionalGenerator(3, width=1),
    "networks.ConditionalDiscriminator": lambda: networks.ConditionalDiscriminator(width=1, head=2),
    "players.History": players.History,
    "players.Players": a_game,
    "toys.GaussianMixture": toys.gaussian,
    "toys.Dirac": toys.Dirac,
}


def floats(*shape, fill=0.5, dtype=torch.float32):
    return torch.full(shape, fill, dtype=dtype)


#: One or more of each kind of value that somebody passes by mistake.
VALUES = {
    "None": lambda: None,
    "True": lambda: True,
    "a word": lambda: "word",
    "no word": lambda: "",
    "bytes": lambda: b"word",
    "0": lambda: 0,
    "-1": lambda: -1,
    "2": lambda: 2,
    "2.0": lambda: 2.0,
    "-0.5": lambda: -0.5,
    "NumPy's 2": lambda: np.int64(2),
    "NumPy's 0.5": lambda: np.float32(0.5),
    "1e300": lambda: 1e300,
    "1e-320": lambda: 1e-320,
    "an endless int": lambda: 10**400,
    "nan": lambda: math.nan,
    "inf": lambda: math.inf,
    "1j": lambda: 1j,
    "no list": lambda: [],
    "a list": lambda: [0.5, 0.5],
    "a list of words": lambda: ["a", "b"],
    "a list of lists": lambda: [[1, 2], [3]],
    "a set": lambda: {1.0},
    "a dictionary": lambda: {"a": 1},
    "an object": object,
    "a function": lambda: lambda *_: None,
    "a class": lambda: nn.Linear,
    "a network": lambda: nn.Linear(5, 5),
    "a lazy network": lambda: nn.LazyLinear(3),
    "an empty network": nn.Identity,
    "an optimiser": lambda: sgd(nn.Linear(5, 5)),
    "another source": lambda: np.random.default_rng(0),
    "a data set": lambda: data.Digits(image(), labels(), "here"),
    "a NumPy array": lambda: np.full((4, 3), 0.5),
    "an array of objects": lambda: np.array([None, 1]),
    "a scalar": lambda: floats(),
    "no numbers": lambda: floats(0),
    "no rows": lambda: floats(0, 3),
    "no columns": lambda: floats(3, 0),
    "a vector": lambda: floats(7),
    "a column": lambda: floats(7, 1),
    "a matrix": lambda: floats(7, 5),
    "a stack": lambda: floats(2, 3, 4),
    "no images": lambda: floats(0, 1, 28, 28),
    "flat images": lambda: floats(2, 28, 28),
    "coloured images": lambda: floats(2, 3, 28, 28),
    "larger images": lambda: floats(2, 1, 32, 32),
    "bytes of images": lambda: torch.zeros(2, 1, 28, 28, dtype=torch.uint8),
    "images in [0, 255]": lambda: floats(2, 1, 28, 28, fill=255.0),
    "doubles": lambda: floats(4, 3, dtype=torch.float64),
    "double images": lambda: image().double(),
    "half images": lambda: image().half(),
    "halves": lambda: floats(4, 3, dtype=torch.float16),
    "bfloats": lambda: floats(4, 1, dtype=torch.bfloat16),
    "floats of 8 bits": lambda: floats(4, 3).to(torch.float8_e4m3fn),
    "whole numbers": lambda: torch.ones(4, 3, dtype=torch.int64),
    "far labels": lambda: torch.tensor([3, 99]),
    "negative labels": lambda: torch.tensor([3, -1]),
    "truths": lambda: torch.ones(4, 3, dtype=torch.bool),
    "complex numbers": lambda: torch.ones(4, 3, dtype=torch.complex64),
    "NaN in it": lambda: floats(4, 3, fill=math.nan),
    "infinity in it": lambda: floats(4, 3, fill=math.inf),
    "NaN in images": lambda: floats(2, 1, 28, 28, fill=math.nan),
    "NaN in a vector": lambda: floats(2, fill=math.nan),
    "huge numbers": lambda: floats(9, 2, fill=1e300, dtype=torch.float64),
    "sparse numbers": lambda: floats(4, 3).to_sparse(),
    "numbers without values": lambda: torch.ones(4, 3, device="meta"),
    "images without values": lambda: torch.ones(2, 1, 28, 28, device="meta"),
}  # fmt: skip


#: Functions that others wrote: what they raise when they are called is theirs, and passes as it is.
FUNCTIONS = {"used", "activation", "sample_real", "play_round", "d_step", "g_step", "step", "loss"}
FUNCTIONS_TOO = {"a class", "a network", "a lazy network", "an empty network"}


def resolve(name):
    module, *rest = name.split(".")
    if len(rest) == 2 and f"{module}.{rest[0]}" in OWNERS and rest[1] != "load":
        return getattr(OWNERS[f"{module}.{rest[0]}"](), rest[1])
    found = getattr(ganlab, module)
    for part in rest:
        found = getattr(found, part)
    return found


def run(function, given):
    """Call, and play a run to its end."""
    result = function(**given)
    return list(itertools.islice(result, 9)) if inspect.isgenerator(result) else result


def told_by_us(error):
    """It is raised in the package, and says what was given and what to do."""
    last = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
    said = str(error)
    return isinstance(error, ValueError | FileNotFoundError) and SOURCE in last.parents and (
        ("got" in said and ";" in said) or isinstance(error, FileNotFoundError)
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Files go where they harm nobody; few images in place of MNIST; nothing is drawn on a screen."""
    monkeypatch.chdir(tmp_path)
    matplotlib.use("agg")
    images = torch.rand(140, 1, 28, 28, generator=seeds.generator(0)) * 2 - 1
    for module in (digits, metrics):
        monkeypatch.setattr(
            module, "mnist", lambda *_, device="cpu", **__: data.Digits(images.to(device), None, "noise")
        )
    monkeypatch.setattr(digits, "rounds", lambda *_, **__: iter(()))  # arguments are looked at before
    # Features of the few images are kept here alone, those of MNIST for other tests.
    monkeypatch.setattr(metrics, "_test_features", functools.cache(metrics._test_features.__wrapped__))
    axes.cache_clear()
    yield
    matplotlib.pyplot.close("all")


def takes_arguments(owner, method):
    parameters = inspect.signature(getattr(owner, method)).parameters
    return bool(parameters.keys() - {"self"})


def public_names(module):
    """Functions, classes and methods with arguments that a module defines."""
    short = module.__name__.removeprefix("ganlab.")
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(thing):
            yield f"{short}.{name}"
        elif inspect.isclass(thing) and not issubclass(thing, tuple | Exception):
            yield f"{short}.{name}"
            methods = [each for each in vars(thing) if not each.startswith("_") and callable(getattr(thing, each))]
            yield from (f"{short}.{name}.{method}" for method in methods if takes_arguments(thing, method))


def test_every_public_function_is_in_the_table():
    assert {name for module in MODULES for name in public_names(module)} == set(CALLS)


EACH = [name for name, make in CALLS.items() if make is not None]


@pytest.mark.parametrize("name", EACH)
def test_what_fits_works(name):
    with contextlib.suppress(FileNotFoundError):  # a model that nobody has saved yet
        run(resolve(name), CALLS[name]())


@pytest.mark.parametrize(
    "name", [name for name in EACH if CALLS[name] and not name.endswith((".History", ".DigitJudge"))]
)
def test_whatever_is_passed_works_or_is_refused_in_our_words(name):
    """Every argument gets every value; nothing comes from the inside of PyTorch, NumPy or matplotlib."""
    strange = []
    for argument, (value, make) in itertools.product(CALLS[name](), VALUES.items()):
        if argument in FUNCTIONS and value in FUNCTIONS_TOO:
            continue
        try:
            result = run(resolve(name), {**CALLS[name](), argument: make()})
            if isinstance(result, float | tuple) and name.startswith("metrics."):
                assert np.isfinite(result).all(), f"{name} is {result} for {argument} = {value}"
        except Exception as error:
            if not told_by_us(error):
                strange.append(f"{argument} = {value}: {type(error).__name__}: {str(error)[:150]}")
        matplotlib.pyplot.close("all")
    assert not strange, "\n" + "\n".join(strange)
