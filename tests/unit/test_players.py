"""Players: parts that belong together, and a state that is taken over whole or not at all."""

import copy

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, ReduceLROnPlateau

from ganlab.averaging import EMA
from ganlab.networks import DCGenerator, mlp
from ganlab.players import History, Players
from ganlab.seeds import generator
from ganlab.training import load_checkpoint, save_checkpoint, train


def sgd(*networks):
    return torch.optim.SGD([p for network in networks for p in network.parameters()], lr=0.1, momentum=0.9)


def adam(network):
    return torch.optim.Adam(network.parameters(), lr=0.1)


def build(*, seed=0, width=4, optimiser=sgd, compiled=False, ema=True, schedules=1):
    torch.manual_seed(seed)
    G, D = mlp([2, width, 3]), nn.Sequential(nn.Linear(3, width), nn.Dropout(0.5), nn.Linear(width, 1))
    if compiled:
        G, D = (torch.compile(network, backend="eager") for network in (G, D))
    opt_g, opt_d = optimiser(G), optimiser(D)
    falling = tuple(LambdaLR(opt_g, lambda step: 0.9**step) for _ in range(schedules))
    average = EMA(G, halflife_steps=3) if ema else None
    return Players(G, D, opt_g, opt_d, z_dim=2, generator=generator(seed), ema=average, schedules=falling)


def run(players, steps=5):
    for _ in train(players, lambda n, source: torch.randn(n, 3, generator=source), steps=steps, batch_size=4):
        pass
    return players


def content(players):
    """All that a state holds, the random sources too, as it would be printed."""
    return repr(players.state_dict())


# Each optimiser owns its network only


def networks():
    return mlp([2, 4, 3]), mlp([3, 4, 1])


def parts(**other):
    G, D = networks()
    return {"G": G, "D": D, "opt_g": sgd(G), "opt_d": sgd(D), "z_dim": 2, "generator": generator(0), **other}


def shared_layer():
    G, D = networks()
    D[0] = nn.Sequential(nn.Linear(3, 3), G[2])
    return {"G": G, "D": D, "opt_g": sgd(G), "opt_d": sgd(D)}


def one_optimiser_for_both():
    G, D = networks()
    both = sgd(G, D)
    return {"G": G, "D": D, "opt_g": both, "opt_d": both}


def swapped():
    G, D = networks()
    return {"G": G, "D": D, "opt_g": sgd(D), "opt_d": sgd(G)}


def one_too_many(owner):
    G, D = networks()
    return {"G": G, "D": D, "opt_g": sgd(G), "opt_d": sgd(D), owner: sgd(G, D)}


def of_another_schedule():
    return {"schedules": (LambdaLR(sgd(mlp([1, 1])), lambda step: 1.0),)}


def waiting_schedule():
    G, D = networks()
    opt_d = sgd(D)
    return {"G": G, "D": D, "opt_g": sgd(G), "opt_d": opt_d, "schedules": (ReduceLROnPlateau(opt_d),)}


def the_same_network():
    G = mlp([3, 3])
    return {"G": G, "D": G, "opt_g": sgd(G), "opt_d": sgd(G)}


WRONG = {
    "one optimiser for both": (one_optimiser_for_both, "one for both"),
    "swapped": (swapped, "opt_g must own parameters of G only, got some of D"),
    "opt_g has D too": (lambda: one_too_many("opt_g"), "opt_g must own parameters of G only, got some of D"),
    "opt_d has G too": (lambda: one_too_many("opt_d"), "opt_d must own parameters of D only, got some of G"),
    "of a network made anew": (lambda: {"opt_d": sgd(mlp([3, 4, 1]))}, "some of neither network"),
    "a shared layer": (shared_layer, "no common parameters"),
    "one network": (the_same_network, "no common parameters"),
    "two devices": (lambda: {"D": (D := mlp([3, 1]).to("meta")), "opt_d": sgd(D)}, "one device, got cpu and meta"),
    "another z_dim": (lambda: {"G": (G := DCGenerator(5, width=1)), "opt_g": sgd(G)}, "z_dim must be that of G, 5"),
    "an average of another": (lambda: {"ema": EMA(mlp([2, 9, 3]), halflife_steps=3)}, "architecture"),
    "a schedule of another": (of_another_schedule, r"schedules\[0\] must be of opt_g or opt_d"),
    "a schedule that waits": (waiting_schedule, "ReduceLROnPlateau"),
}


@pytest.mark.parametrize("name", WRONG)
def test_parts_that_do_not_belong_together_are_refused(name):
    make, says = WRONG[name]
    with pytest.raises(ValueError, match=says):
        Players(**parts(**make()))


def test_an_optimiser_may_own_a_part_of_its_network():
    G, D = networks()
    Players(G, D, sgd(G[2]), sgd(D), z_dim=2, generator=generator(0))


def test_schedules_may_come_as_a_list():
    G, D = networks()
    opt = sgd(G)
    players = Players(G, D, opt, sgd(D), z_dim=2, generator=generator(0), schedules=[LambdaLR(opt, lambda _: 1.0)])
    assert isinstance(players.schedules, tuple)


# History


def test_history_keeps_numbers_and_no_graph():
    history = History()
    history.append(torch.ones((), requires_grad=True) * 2, torch.ones(()))
    assert not history.losses.requires_grad


@pytest.mark.parametrize("loss", [1.0, torch.ones(3), torch.ones(1), None])
def test_a_loss_that_is_no_single_number_is_refused(loss):
    with pytest.raises(ValueError, match="g_loss must be a floating-point tensor"):
        History().append(torch.ones(()), loss)


@pytest.mark.parametrize("losses", [torch.ones(3), torch.ones(3, 3), torch.ones(2, 2, dtype=torch.int64), [1.0, 2.0]])
def test_losses_of_another_form_are_refused(losses):
    with pytest.raises(ValueError, match="losses must be"):
        History().losses = losses


# The state: all or nothing


OTHERS = {
    "another width": ({"width": 5}, r"G must be as in the saved run, got another architecture \(0\.weight"),
    "another optimiser": ({"optimiser": adam}, "opt_g must be as in the saved run, SGD, got Adam"),
    "compiled": ({"compiled": True}, r"not compiled \(_orig_mod\.\)"),
    "no average": ({"ema": False}, "got .* build them as in the saved run"),
    "no schedule": ({"schedules": 0}, "0; build them as in the saved run"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_checkpoint_of_other_players_changes_nothing_and_says_what_differs(name, tmp_path):
    path = tmp_path / "run.pt"
    save_checkpoint(run(build()), path)
    options, says = OTHERS[name]
    others = build(seed=1, **options)
    before = content(others)
    with pytest.raises(ValueError, match=says) as caught:
        load_checkpoint(others, path)
    assert str(path) in str(caught.value)
    assert content(others) == before


def test_a_compiled_run_loads_in_compiled_players_only(tmp_path):
    save_checkpoint(build(compiled=True), tmp_path / "run.pt")
    assert load_checkpoint(build(seed=1, compiled=True), tmp_path / "run.pt")
    with pytest.raises(ValueError, match=r"saved compiled \(_orig_mod\.\)"):
        load_checkpoint(build(), tmp_path / "run.pt")


def broken(state, *path, value=None):
    state = copy.deepcopy(state)
    place = state
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return state


BREAKS = {
    "no part": (["parts"], None),
    "no losses": (["losses"], None),
    "no source": (["generator"], None),
    "losses of one player": (["losses"], torch.ones(5)),
    "a short source": (["generator"], torch.zeros(16, dtype=torch.uint8)),
    "a source of floats": (["generator"], torch.zeros(5056)),
    "a short global source": (["global_rng"], torch.zeros(16, dtype=torch.uint8)),
    "a missing weight": (["parts", "D", "0.weight"], None),
    "a weight too many": (["parts", "D", "9.weight"], torch.ones(1)),
    "a weight that is none": (["parts", "D", "0.weight"], "text"),
    "an average of another": (["parts", "ema", "0.weight"], torch.ones(1)),
    "no groups": (["parts", "opt_d", "param_groups"], None),
    "no state of moments": (["parts", "opt_d", "state"], None),
    "moments of another": (["parts", "opt_d", "state", 0, "momentum_buffer"], torch.ones(9, 9)),
    "fewer weights": (["parts", "opt_d", "param_groups", 0, "params"], [0]),
    "another schedule": (["schedules", 0, "base_lrs"], None),
    "a part that is none": (["parts", "opt_d"], 3),
    "a schedule too many": (["schedules"], [{}, {}]),
    "a source on another device": (["generator"], torch.zeros(2, dtype=torch.uint8)),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_state_with_one_fault_changes_nothing(name):
    where, value = BREAKS[name]
    state = broken(run(build()).state_dict(), *where, value=value)
    others = run(build(seed=1), 2)
    before = content(others)
    with pytest.raises(ValueError, match=r"got .*;"):
        others.load_state_dict(state)
    assert content(others) == before


def test_a_part_that_refuses_only_when_asked_gives_the_others_back():
    class Moody(nn.Linear):
        def load_state_dict(self, state, *args, **kwargs):
            if "weight" in state and (state["weight"] == 7).all():
                raise RuntimeError("not today")
            return super().load_state_dict(state, *args, **kwargs)

    def moody(seed):
        torch.manual_seed(seed)
        G, D = mlp([2, 3]), Moody(3, 1)
        return Players(G, D, sgd(G), sgd(D), z_dim=2, generator=generator(seed))

    state = run(moody(0)).state_dict()
    state["parts"]["D"]["weight"].fill_(7)
    others = run(moody(1), 2)
    before = content(others)
    with pytest.raises(ValueError, match="not today"):
        others.load_state_dict(state)
    assert content(others) == before


def test_players_that_were_built_alike_take_the_state_over_whole():
    first = run(build())
    second = build(seed=1)
    second.load_state_dict(first.state_dict())
    assert content(second) == content(first)
