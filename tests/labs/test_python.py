"""Show me the Python: the program of each lab, fed with the lab's weights and samples, does what the lab does."""

import ast
import math
import random
import statistics
import sys
from types import ModuleType, SimpleNamespace

import matplotlib as mpl
import pytest
import torch
from bridge import ask_node, in_engine
from torch.nn.utils import parameters_to_vector, vector_to_parameters
from torch.testing import assert_close

ROUNDS, FEW = 20, 8
#: Sums in another order differ in the last bits; a game multiplies that in each round.
FLOAT64 = {"rtol": 1e-5, "atol": 1e-8}
#: The digit lab computes in float32, its program here in float64.
FLOAT32 = {"rtol": 1e-3, "atol": 1e-3}
RUNAWAY = 20
GANS = ("gan-lab-1d", "gan-lab-2d")
SIMPLE = {
    "marco-polo": [{}, {"noise": 0}, {"feedback": "learned"}, {"feedback": "none", "noise": 1}, {"mu": 0}],
    "ratio-lab": [{}, {"batch": 8, "lr": 0.1}],
    "dirac-lab": [{}, {"game": "xy"}, {"game": "minimax", "gamma": 0.5}, {"gamma": 1, "theta": 0.3}],
}
DIGITS = [
    *({"loss": loss} for loss in ("minimax", "leastSquares", "hinge")),
    *({"fault": fault} for fault in ("range", "labels", "strong", "optimiser")),
    {"k": 3, "fall": 1000, "r1": 10, "average": False, "mismatch": False},
    {"networks": "dense", "share": "1000", "r1": 0, "label": "3", "g_units": 32},
    {"networks": "dense", "fault": "optimiser", "fall": 1000, "lr_d": 0.001, "d_units": 64},
    {"networks": "dense", "fault": "labels"},
    {"channels": 16, "k": 2},
]  # fmt: skip


class Fed:
    """A sampler that gives what the lab drew, and then its own samples."""

    def __init__(self, batches, own):
        self.batches, self.own = list(batches), own

    def __call__(self, *args):
        return self.batches.pop(0) if self.batches else self.own(*args)


class Twin(SimpleNamespace):
    """A program, cut where its rounds begin and where they end."""

    def __init__(self, text):
        body = ast.parse(text).body
        loops = [i for i, part in enumerate(body) if isinstance(part, ast.For) and ast.unparse(part.target) == "step"]
        cut = loops[0] if loops else len(body)
        super().__init__(names={}, loop=body[cut : cut + 1], picture=body[cut + 1 :])
        self.run(body[:cut])

    def run(self, body):
        exec(compile(ast.Module(body, []), "<the program of a lab>", "exec"), self.names)

    def feed(self, name, batches, shape):
        own = self.names[name]
        self.names[name] = Fed([torch.tensor(batch, dtype=torch.float64).view(shape) for batch in batches], own)

    def finish(self, rounds):
        self.names["steps"] = rounds
        self.run(self.loop)
        return self.names

    def draw(self):
        self.run(self.picture)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Double precision, pictures that nobody sees, and a small MNIST of noise."""
    mpl.use("Agg")
    torch.set_default_dtype(torch.float64)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    datasets = ModuleType("torchvision.datasets")
    noise = torch.randint(256, (2000, 28, 28), dtype=torch.uint8)
    datasets.MNIST = lambda *_, **__: SimpleNamespace(data=noise, targets=torch.arange(2000) % 10)
    monkeypatch.setitem(sys.modules, "torchvision.datasets", datasets)
    monkeypatch.setitem(sys.modules, "torchvision", ModuleType("torchvision"))
    yield
    mpl.pyplot.close("all")
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def simple():
    """Runs of the labs without a full game, of 60 rounds."""
    runs = iter(ask_node("twins", [{"tag": tag, "values": x, "rounds": 60} for tag in SIMPLE for x in SIMPLE[tag]]))
    return {tag: [next(runs) for _ in values] for tag, values in SIMPLE.items()}


@pytest.fixture(scope="module")
def defaults():
    """The program of each lab as one finds it."""
    tags = [*GANS, *SIMPLE, "digit-lab"]
    return dict(zip(tags, ask_node("programs", [{"tag": tag} for tag in tags]), strict=True))


def given(own, **names):
    """A module with other functions in it."""
    return type("Given", (), {"__getattr__": lambda _, name: getattr(own, name), **names})()


def flat(*networks):
    return torch.cat([parameters_to_vector(network.parameters()).detach() for network in networks])


def load(network, numbers):
    vector_to_parameters(torch.tensor(numbers, dtype=torch.float64), network.parameters())


def agree_on_a_gan(twin):
    """Some rounds of `gan-lab-1d` or `gan-lab-2d`; a run that runs away is compared up to there."""
    program, seen = Twin(twin["text"]), twin["seen"]
    for player in "GD":
        load(program.names[player], twin["before"][player])
    dims = 1 if "line" in twin["text"].splitlines()[0] else 2
    program.feed("sample_real", seen["real"], (-1, dims))
    program.feed("sample_z", seen["z"], (program.names["n"], -1))
    if "x" in program.names:  # drawn before the rounds: D never moves
        program.names["x"] = program.names["sample_real"](program.names["n"])
    rand = Fed([torch.tensor(t)[:, None] for t in seen["mix"]], torch.rand)
    program.names["torch"] = given(torch, rand=lambda _, *size: rand(*size))
    rounds = len(twin["losses"])
    names = program.finish(rounds)
    theirs = torch.tensor([[math.nan if x is None else x for x in row] for row in twin["losses"]])
    wild = (~(theirs.abs() < RUNAWAY).all(dim=1)).nonzero()
    sane = int(wild[0]) if len(wild) else rounds
    ours = torch.tensor(names["losses"]).view(rounds, -1)
    assert_close(ours[:sane], theirs[:sane], **FLOAT64)
    if sane == rounds:  # what ran away has no end to compare
        for player in "GD":
            assert_close(
                flat(names[player]), torch.tensor(twin["after"][player], dtype=torch.float64), rtol=1e-5, atol=1e-6
            )


def moves(values):
    return values.get("k", 1) + values.get("k_g", 1) > 0


@pytest.mark.parametrize("tag", GANS)
def test_the_default_settings_and_each_loss_and_data_agree(node, tag):
    (spec,) = (spec for spec in node("specs") if spec["tag"] == tag)
    menus = [(key, param) for key, param in spec["params"].items() if "options" in param and key != "heat"]
    cases = [{}, *({key: option} for key, param in menus for option in others(param))]
    cases += [
        {"gp": 2.5, "r1": 0},
        {"gp": 2.5, "r1": 1, "loss": "wasserstein", "k": 3},
        {"k": 0, "loss": "relativistic"},
    ]
    cases += [{"k_g": 0}, {"capacity": "linear", "gp": 2}] if tag == "gan-lab-1d" else [{"clip": 0.03}, {"k_g": 3}]
    for twin in node("twins", [{"tag": tag, "values": values, "rounds": FEW} for values in cases]):
        agree_on_a_gan(twin)


def test_every_patient_agrees(node):
    patients = node("presets")["gan-lab-2d"]
    assert len(patients) == 6
    for twin in node("twins", [{"tag": GANS[1], "values": values, "rounds": ROUNDS} for values in patients.values()]):
        agree_on_a_gan(twin)


def settings(spec, rng):
    """A value for each parameter, drawn at random; a hundred neurons would take long and say no more than forty."""

    def draw(param):
        if param["kind"] == "slider":
            steps = min(40, round((param["max"] - param["min"]) / param["step"]))
            return float(f"{param['min'] + rng.randint(0, steps) * param['step']:.12g}")
        if param["kind"] == "points":
            return [[rng.randint(-320, 320) / 100, rng.randint(-320, 320) / 100] for _ in range(rng.randint(1, 40))]
        return rng.choice(list(param.get("options") or param.get("values") or [True, False]))

    drawn = {key: draw(param) for key, param in spec["params"].items()}
    return {key: int(x) if isinstance(x, float) and x.is_integer() else x for key, x in drawn.items()}


def others(param):
    return [option for option in param["options"] if option != param["default"]]


def random_runs(node, seeds, rounds):
    specs = {spec["tag"]: spec for spec in node("specs")}
    runs = [(tag, seed, settings(specs[tag], random.Random(seed))) for tag in GANS for seed in seeds]
    moving = [run for run in runs if moves(run[2])]
    cases = [{"tag": tag, "values": values, "seed": seed, "rounds": rounds} for tag, seed, values in moving]
    assert len(cases) >= 1.8 * len(seeds)
    for twin in node("twins", cases):
        agree_on_a_gan(twin)


def test_random_settings_agree(node):
    random_runs(node, range(5), FEW)


@pytest.mark.slow
def test_many_random_settings_agree(node):
    random_runs(node, range(5, 25), ROUNDS)


def layer_parts(network):
    return in_engine([layer for layer in network if hasattr(layer, "weight")])


def digit_weights(names, labelled):
    if not labelled:
        return list(layer_parts(names["G"])), list(layer_parts(names["D"]))
    heads = [names["score"].weight, names["embedding"].weight, names["score"].bias]
    return list(layer_parts(names["G"])), [*layer_parts(names["body"]), *heads]


def put(parts, numbers):
    at = 0
    for part in parts:
        with torch.no_grad():
            part.copy_(torch.tensor(numbers[at : at + part.numel()]).view(part.shape))
        at += part.numel()


def taken(parts):
    return torch.cat([part.detach().flatten() for part in parts])


def without_labels(weights, names):
    """The lab's G hears ten zeros where the label would be; its D keeps ten embeddings that nobody uses."""
    g, d = weights["G"], weights["D"]
    first, body = names["G"][0].out_features, sum(part.numel() for part in layer_parts(names["D"])) - 65
    return {"G": g[: 16 * first] + g[26 * first :], "D": d[: body + 64] + d[body + 64 * 11 : body + 64 * 11 + 1]}


def agree_on_digits(twin):
    program, seen = Twin(twin["text"]), twin["seen"]
    names, labelled = program.names, "def D(x, y)" in twin["text"]
    own = names["sample_real"]
    batches = [
        (torch.tensor(x).view(64, 784), torch.tensor(y)) for x, y in zip(seen["real"], seen["labels"], strict=True)
    ]
    names["sample_real"] = Fed(batches, own)
    program.feed("sample_z", seen["z"], (64, 16))
    before, after = (twin[end] if labelled else without_labels(twin[end], names) for end in ("before", "after"))
    parts = dict(zip("GD", digit_weights(names, labelled), strict=True))
    for player, own_parts in parts.items():
        put(own_parts, before[player])
    if "average" in names:
        names["average"].load_state_dict(names["G"].state_dict())
    count_zeros(names.get("opt_d") or names["opt"])
    names = program.finish(twin["rounds"])
    ours, theirs = torch.tensor(names["losses"]), torch.tensor(twin["losses"])
    assert_close(ours[:5], theirs[:5], **FLOAT32)
    # The last bits of float32 grow, since Adam makes whole steps of them where gradients cancel: with ten steps of D to
    # one of G they grew 170-fold in a round. What the two do differently is there at once.
    gap = (ours - theirs).abs().amax(dim=1)
    grown = gap.cummax(dim=0).values.clamp(min=1e-6)
    assert (gap[1:] < 1000 * grown[:-1]).all(), gap
    if gap.max() > 1e-3:
        return
    for player, own_parts in parts.items():
        ours = taken(own_parts)
        assert (ours - torch.tensor(after[player])[: len(ours)]).abs().mean() < 1e-3
    if labelled and "average" in names:
        ours = taken(layer_parts(names["average"]))
        assert (ours - torch.tensor(after["average"])[: len(ours)]).abs().mean() < 1e-3


def count_zeros(optimizer):
    """PyTorch's Adam skips a weight of D that has no gradient (in the penalty, a bias); the lab counts a zero."""

    def fill(*_):
        for weight in optimizer.param_groups[0]["params"]:
            weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad

    optimizer.register_step_pre_hook(fill)


def digit_twins(node, values, rounds):
    runs = node("twins", [{"tag": "digit-lab", "values": one, "rounds": rounds} for one in values])
    return [{**run, "rounds": rounds} for run in runs]


def test_the_digit_lab_agrees(node):
    for twin in digit_twins(node, node("presets")["digit-lab"].values(), 2):
        agree_on_digits(twin)


@pytest.mark.slow
def test_the_digit_lab_agrees_whatever_is_set(node):
    for values in [{}, *DIGITS]:  # one at a time: a run is 20 MB of text
        agree_on_digits(*digit_twins(node, [values], 18))


@pytest.mark.parametrize("i", range(len(SIMPLE["marco-polo"])))
def test_marco_polo_walks_the_same_way(simple, i):
    twin = simple["marco-polo"][i]
    program, seen, scale = Twin(twin["text"]), twin["seen"], SIMPLE["marco-polo"][i].get("noise", 0.3)
    for name, batches in ("sample_real", seen["real"]), ("sample_z", seen["z"]):
        if name in program.names:
            program.feed(name, batches, (256, 1))
    if "sample_noise" in program.names:
        program.feed("sample_noise", (scale * torch.tensor(seen["mix"]).view(-1, 2)).tolist(), (2,))
    path = torch.tensor(program.finish(60)["path"])
    for ours, key in zip(path.T, ("mu", "sigma"), strict=True):
        assert_close(ours, torch.tensor(twin["after"][key][1:], dtype=torch.float64), **FLOAT64)


@pytest.mark.parametrize("i", range(len(SIMPLE["ratio-lab"])))
def test_both_ratios_are_learned_alike(simple, i):
    twin = simple["ratio-lab"][i]
    program = Twin(twin["text"])
    program.feed("sample_real", twin["seen"]["real"], (-1, 1))
    program.feed("sample_fake", twin["seen"]["z"], (-1, 1))
    names = program.finish(60)
    for kind in ("linear", "quadratic"):
        assert_close(flat(names[kind]), torch.tensor(twin["after"][kind]), **FLOAT64)


@pytest.mark.parametrize("i", range(len(SIMPLE["dirac-lab"])))
def test_two_numbers_circle_alike(simple, i):
    twin = simple["dirac-lab"][i]
    names = Twin(twin["text"]).names
    for way in ("simultaneous", "alternating"):
        at = tuple(torch.tensor(twin["after"][way][0], dtype=torch.float64))
        for want in twin["after"][way][1:]:
            at = names[way](*at)
            assert_close(torch.stack(at), torch.tensor(want, dtype=torch.float64), **FLOAT64)
    ours = torch.linalg.eigvals(torch.func.jacrev(names["field"])(torch.zeros(2)))
    theirs = [complex(root["re"], root["im"]) for root in twin["after"]["eigenvalues"]]
    assert_close(sorted_roots(ours.tolist()), sorted_roots(theirs))


def sorted_roots(roots):
    return torch.tensor(sorted((round(z.real, 9), round(z.imag, 9)) for z in roots))


def test_the_data_are_the_lab_s(node):
    names = ["line", "two", "ring", "three", "grid", "one", "own"]
    cases = [{"values": {"data": name}, "n": 5000} for name in names]
    programs = node("programs", [{"tag": "gan-lab-2d", "values": case["values"]} for case in cases])
    for text, drawn in zip(programs, node("data", cases), strict=True):
        ours, theirs = Twin(text).names["sample_real"](20_000), torch.tensor(drawn).view(-1, 2)
        for power in (1, 2, 4):
            assert_close((ours**power).mean(0), (theirs**power).mean(0), rtol=0.08, atol=0.08)
        centres = Twin(text).names["centres"]
        assert torch.cdist(theirs, centres).min(dim=1).values.max() < 0.35 * 5


def test_the_noise_is_the_lab_s(node):
    kinds = {"normal": 1, "uniform": 1 / math.sqrt(3)}
    cases = [{"tag": "gan-lab-2d", "values": {"noise": kind, "noise_dims": "1"}} for kind in kinds]
    for text, spread in zip(node("programs", cases), kinds.values(), strict=True):
        z = Twin(text).names["sample_z"](20_000)
        assert z.shape == (20_000, 1)
        assert z.std().item() == pytest.approx(spread, abs=0.02)


def test_bells_are_the_lab_s(node):
    texts = node("programs", [{"tag": "gan-lab-1d", "values": {"data": name}} for name in ("one", "two")])
    one, two = (Twin(text).names["sample_real"](40_000) for text in texts)
    assert one.std().item() == pytest.approx(1.5, abs=0.03)
    assert two.mean().item() == pytest.approx(3, abs=0.04)
    assert two.std().item() == pytest.approx(1.5 * math.sqrt(1.4**2 + 0.4**2), abs=0.03)


@pytest.mark.parametrize("tag", [*GANS, *SIMPLE, "digit-lab"])
def test_a_program_runs_to_its_end_and_draws(defaults, tag):
    twin = Twin(defaults[tag])
    twin.finish(3)
    twin.draw()
    axes = mpl.pyplot.gcf().axes
    assert axes
    assert all(axis.lines or axis.collections or axis.patches or axis.images for axis in axes)


def test_where_nothing_can_be_learned_nothing_is_promised(node):
    cases = [{"tag": tag, "values": {"k": 0, "k_g": 0}} for tag in GANS]
    cases += [{"tag": GANS[1], "values": {"data": "own", "drawn": []}}]
    for text in node("programs", cases):
        assert text.startswith("# ")
        assert ast.parse(text).body == []


def length(text):
    return sum(bool(line) for line in text.splitlines())


def test_programs_stay_short_and_import_nothing_that_is_not_used(node, defaults):
    lengths = {tag: length(text) for tag, text in defaults.items()}
    assert lengths.pop("digit-lab") <= 66
    assert max(lengths.values()) <= 43
    specs = [spec for spec in node("specs") if spec["tag"] in GANS]
    drawn = [(spec["tag"], settings(spec, random.Random(seed))) for spec in specs for seed in range(20)]
    texts = [*defaults.values(), *node("programs", [{"tag": tag, "values": values} for tag, values in drawn])]
    for text in texts:
        tree = ast.parse(text)
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        for statement in ast.walk(tree):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                assert {(alias.asname or alias.name) for alias in statement.names} <= named
        assert max(map(len, text.splitlines())) <= 100
        assert "ganlab" not in text


@pytest.mark.slow
def test_with_random_numbers_of_its_own_a_patient_ends_as_in_the_lab(node):
    """Eight seeds on either side: the mean loss of D over the last 100 of 400 rounds, within four standard errors."""
    rounds, seeds = 400, range(8)
    for values in node("presets")["gan-lab-2d"].values():
        cases = [{"tag": "gan-lab-2d", "values": values, "seed": seed, "rounds": rounds} for seed in seeds]
        theirs, ours = [], []
        for twin in node("twins", cases):
            losses = Twin(twin["text"]).finish(rounds)["losses"]
            ours.append(statistics.mean(d for d, _ in losses[-100:]))
            theirs.append(statistics.mean(d for d, _ in twin["losses"][-100:]))
        error = math.sqrt((statistics.variance(ours) + statistics.variance(theirs)) / len(seeds))
        assert abs(statistics.mean(ours) - statistics.mean(theirs)) < 4 * error + 0.02
