"""Treat mode collapse on a ring of 8: each treatment with the same effort of tuning, on all seeds at once.

    python benchmarks/collapse/run.py      # an hour and a half on one quiet core; goes on where it stopped

The functions are those of chapter 8. A treatment first tries four settings on 8 members, for `TUNING_STEPS` steps:
four pairs of rates, or two pairs with two strengths if it has a strength. The setting that keeps most modes (if none
keeps any: that has most good samples) is then played on 32 other members, in two runs of 16, for `STEPS` steps.
Beside that the page's plain recipe is played at length and its packs of four as long as on the page, some treatments
are played on a grid of 25 modes, and unrolling in a setting close to that of the notebook of Metz et al. (2017). At the
end all treatments are timed, one after another in one process. Results stand in results.json, one row a run: for each
look and each member the modes near and kept as bits, mode 0 last, and the share of good samples.
"""

import functools
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ganlab import toys
from ganlab.ensembles import Ensemble, summed_loss, train_ensemble
from ganlab.losses import minimax_g, nonsaturating_d
from ganlab.networks import mlp
from ganlab.players import Players
from ganlab.seeds import generator, seed_everything
from ganlab.steps import generator_step
from ganlab.training import Progress

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from study import Namespace, Results, Row, arguments, machine, measure_all, page_functions  # noqa: E402

PAGE = HERE.parents[1] / "book" / "chapters" / "08-mode-collapse.md"
TUNING_SEED, SEEDS, METZ_SEEDS = 51_000, (52_000, 52_001), range(53_000, 53_006)
TUNING_MEMBERS, MEMBERS = 8, 16
TUNING_STEPS, STEPS, LONG_STEPS, GRID_STEPS, METZ_STEPS = 2000, 6000, 24_000, 12_000, 8000
LOOK_EVERY, TIMED_STEPS, TIMED_PASSES = 500, 40, 10
RATES = [(1e-3, 3e-3), (3e-3, 3e-3), (1e-3, 1e-3), (3e-3, 1e-3)]  # of G and of D
#: Treatments with a strength, and the two strengths that are tried with the first two pairs of rates.
STRENGTHS = {
    "packs": (2, 4),
    "noise on D's inputs": (0.5, 1.0),
    "R1": (0.1, 1.0),
    "relativistic, R1 and R2": (0.1, 1.0),
    "unrolled": (1, 5),
}
TREATMENTS = ["plain", "minimax", *STRENGTHS, "minibatch spread", "k = 5", "wider D"]
ON_THE_GRID = ["plain", "packs", "noise on D's inputs"]
TARGETS = {"ring": toys.ring(8), "grid": toys.grid(5)}

Setting = tuple[float, float, float]  # rates of G and of D, strength


@functools.cache
def page() -> Namespace:
    """Return the functions of the chapter."""
    return page_functions(PAGE)


def settings(name: str) -> list[Setting]:
    """Return the four settings that a treatment tries."""
    if name not in STRENGTHS:
        return [(*rates, 0.0) for rates in RATES]
    return [(*rates, strength) for rates in RATES[:2] for strength in STRENGTHS[name]]


# One run.


def discriminator(name: str, strength: float) -> Callable[[], nn.Module]:
    """Return what makes a treatment's D."""
    makers = {
        "packs": lambda: page()["packed_d"](int(strength)),
        "wider D": lambda: page()["plain_d"](width=64),
        "minibatch spread": page()["spread_d"],
    }
    return makers.get(name, page()["plain_d"])


def halves(name: str, players: Players, strength: float, steps: int, target: Any) -> Namespace:
    """Return how a treatment plays its rounds, as arguments of `train_ensemble`."""
    made: dict[str, Callable[[], Namespace]] = {
        "minimax": lambda: {"g_step": partial(generator_step, loss=summed_loss(minimax_g))},
        "k = 5": lambda: {"k": 5},
        "noise on D's inputs": lambda: page()["noisy_halves"](players, spread=strength, steps=steps),
        "R1": lambda: page()["r1_halves"](strength),
        "relativistic, R1 and R2": lambda: page()["relativistic_halves"](strength, target),
        "unrolled": lambda: page()["unrolled_halves"](int(strength), target),
    }
    return made[name]() if name in made else {}


def rounds(
    name: str, target: str, setting: Setting, *, members: int, steps: int, seed: int
) -> tuple[Players, Iterator[Progress]]:
    """Return the players of a treatment, and the rounds that they will play."""
    toy, (rate_g, rate_d, strength) = TARGETS[target], setting
    make_d = discriminator(name, strength)
    players = page()["new_players"](members, seed, rates=(rate_g, rate_d), make_d=make_d)
    parts = halves(name, players, strength, steps, toy)
    return players, train_ensemble(players, partial(sample, toy), steps=steps, **parts)


def sample(toy: Any, n: int, source: torch.Generator) -> Tensor:
    """Draw real examples."""
    return toy.sample(n, generator=source)


def looks(progress: Iterator[Progress], players: Players, target: Any) -> Row:
    """Play a run to its end; return what was seen at every so many steps."""
    seen = []
    for report in progress:
        if report.step % LOOK_EVERY == 0:
            near, kept, good = page()["mode_masks"](players, target)
            seen.append((bits(near), bits(kept), [round(share, 4) for share in good.tolist()]))
    return dict(zip(("near", "kept", "good"), map(list, zip(*seen, strict=True)), strict=True))


def bits(masks: Tensor) -> list[int]:
    """Return each member's modes as one whole number."""
    return (masks.long() << torch.arange(masks.shape[1])).sum(dim=1).tolist()


def measure(key: Row) -> Row:
    """Make the run of a key."""
    if key["what"] == "cost":
        chosen = {name: tuple(setting) for name, setting in key["settings"].items()}
        return {"ms_a_step": costs(chosen), "machine": machine()}
    toy = TARGETS[key["target"]]
    if key["what"] == "metz":
        players = metz_players(key["seed"])
        return looks(metz_rounds(players, key["ahead"], key["steps"]), players, toy)
    how = {part: key[part] for part in ("members", "steps", "seed")}
    players, progress = rounds(key["treatment"], key["target"], tuple(key["setting"]), **how)
    return looks(progress, players, toy)


# Unrolling as in the notebook of Metz et al. (2017), but for batches of 128 and fewer steps.


def metz_players(seed: int) -> Players:
    """Return their networks: two hidden layers of 128 with tanh, orthogonal weights, 256 numbers in z."""
    seed_everything(seed)
    networks = (mlp([inputs, 128, 128, out], activation=nn.Tanh) for inputs, out in ((256, 2), (2, 1)))
    G, D = (Ensemble([orthogonal(network)]) for network in networks)
    opt_g, opt_d = (
        torch.optim.Adam(net.parameters(), lr=rate, betas=(0.5, 0.999)) for net, rate in ((G, 1e-3), (D, 1e-4))
    )
    return Players(G, D, opt_g, opt_d, z_dim=256, generator=generator(seed))


def orthogonal(network: nn.Sequential) -> nn.Sequential:
    """Draw a network's weights as they did."""
    for layer in network:
        if isinstance(layer, nn.Linear):
            nn.init.orthogonal_(layer.weight, gain=1.4)
            nn.init.zeros_(layer.bias)
    return network


def metz_rounds(players: Players, ahead: int, steps: int) -> Iterator[Progress]:
    """Play their game: G descends the minimax loss against the D of some steps of Adam later."""
    target = TARGETS["ring"]

    def g_step(G: nn.Module, D: nn.Module, opt_g: torch.optim.Optimizer, z: Tensor) -> Tensor:
        real = target.sample(z.shape[1])[None]
        fake = G(z)
        weights = adam_ahead(D, players.opt_d, real, fake, ahead)
        g_loss = summed_loss(minimax_g)(functional_call(D, weights, (fake,)))
        opt_g.zero_grad()
        g_loss.backward()
        opt_g.step()
        return g_loss.detach()

    return train_ensemble(players, partial(sample, target), steps=steps, batch_size=128, g_step=g_step)


def adam_ahead(D: nn.Module, opt_d: torch.optim.Adam, real: Tensor, fake: Tensor, ahead: int) -> dict[str, Tensor]:
    """Return D's weights after some steps of its Adam, as a function of the fakes."""
    (group,), names = opt_d.param_groups, [name for name, _ in D.named_parameters()]
    weights, states = list(D.parameters()), [opt_d.state[w] for w in D.parameters()]
    means, squares = ([state[moment] for state in states] for moment in ("exp_avg", "exp_avg_sq"))
    (beta_1, beta_2), made = group["betas"], int(states[0]["step"])
    for step in range(made + 1, made + 1 + ahead):
        logits = [functional_call(D, dict(zip(names, weights, strict=True)), (x,)) for x in (real, fake)]
        slopes = torch.autograd.grad(summed_loss(nonsaturating_d)(*logits), weights, create_graph=True)
        means = [beta_1 * m + (1 - beta_1) * s for m, s in zip(means, slopes, strict=True)]
        squares = [beta_2 * v + (1 - beta_2) * s**2 for v, s in zip(squares, slopes, strict=True)]
        rate, scale = group["lr"] / (1 - beta_1**step), 1 - beta_2**step
        weights = [
            w - rate * m / ((v / scale + 1e-16).sqrt() + group["eps"])
            for w, m, v in zip(weights, means, squares, strict=True)
        ]
    return dict(zip(names, weights, strict=True))


# Cost.


def costs(chosen: dict[str, Setting]) -> dict[str, float]:
    """Return the CPU time of a step of each treatment, in ms: the least of some passes in which all take turns."""
    names = list(chosen)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(TIMED_PASSES):
        for name in names[turn:] + names[:turn]:  # another one begins each time
            taken[name].append(cost(name, chosen[name]))
    return {name: round(min(times), 3) for name, times in taken.items()}


def cost(name: str, setting: Setting) -> float:
    """Return the CPU time of a step in a short run, in ms."""
    _, progress = rounds(name, "ring", setting, members=MEMBERS, steps=5 + TIMED_STEPS, seed=0)
    for _ in zip(range(5), progress, strict=False):  # warm up
        pass
    started = time.process_time()
    played = sum(1 for _ in progress)
    return 1000 * (time.process_time() - started) / played


# What is run.


def run_key(what: str, name: str, setting: Setting, *, target: str = "ring", **how: int) -> Row:
    """Return the key of a run."""
    return {"what": what, "treatment": name, "target": target, "setting": list(setting), **how}


def tuning_keys(name: str) -> list[Row]:
    """Return the runs of a treatment's four settings."""
    how = {"members": TUNING_MEMBERS, "steps": TUNING_STEPS, "seed": TUNING_SEED}
    return [run_key("tuning", name, setting, **how) for setting in settings(name)]


def first_keys() -> list[Row]:
    """Return what does not depend on the tuning, and the tuning; the longest first."""
    metz = [
        {"what": "metz", "target": "ring", "ahead": ahead, "steps": METZ_STEPS, "seed": seed}
        for ahead in (5, 0)
        for seed in METZ_SEEDS
    ]
    on_the_page = [
        run_key("page", name, (*RATES[0], strength), members=MEMBERS, steps=steps, seed=seed)
        for name, strength, steps in (("plain", 0.0, LONG_STEPS), ("packs", 4, 2000))
        for seed in SEEDS
    ]
    tuning = [key for name in TREATMENTS for key in tuning_keys(name)]
    return metz[: len(METZ_SEEDS)] + on_the_page + sorted(tuning, key=_is_dear, reverse=True) + metz[len(METZ_SEEDS) :]


def _is_dear(key: Row) -> bool:
    return key["treatment"] in ("unrolled", "k = 5")


def test_keys(results: Results) -> list[Row]:
    """Return the runs at the best settings: on the ring, and of some treatments on the grid."""
    on_ring = [test_key(results, name, seed) for name in TREATMENTS for seed in SEEDS]
    on_grid = [
        run_key("grid", name, best(results, name), target="grid", members=MEMBERS, steps=GRID_STEPS, seed=seed)
        for name in ON_THE_GRID
        for seed in SEEDS
    ]
    return sorted(on_ring, key=_is_dear, reverse=True) + on_grid


def test_key(results: Results, name: str, seed: int) -> Row:
    """Return the run of a treatment at its best setting on half of the other members."""
    return run_key("test", name, best(results, name), members=MEMBERS, steps=STEPS, seed=seed)


def cost_key(results: Results) -> Row:
    """Return the key of the comparison of costs."""
    return {"what": "cost", "settings": {name: list(best(results, name)) for name in TREATMENTS}}


# What is read.


def best(results: Results, name: str) -> Setting:
    """Return the setting that kept most modes on the tuning seed; if it is a tie, with most good samples."""
    tried = results.find(what="tuning", treatment=name)
    assert len(tried) == len(settings(name)), f"{name} is not tuned yet"
    row = max(tried, key=lambda row: (statistics.mean(counts(row["kept"][-1])), statistics.mean(row["good"][-1])))
    return tuple(row["setting"])


def counts(masks: list[int]) -> list[int]:
    """Return how many modes each member has."""
    return [mask.bit_count() for mask in masks]


def members(rows: list[Row], what: str, look: int = -1) -> list:
    """Return what all members of some runs had at a look: counts of modes, or shares of good samples."""
    values = [value for row in rows for value in row[what][look]]
    return values if what == "good" else counts(values)


def quartiles(values: list[float]) -> list[float]:
    """Return lower quartile, median and upper quartile of the members."""
    return statistics.quantiles(values, n=4, method="inclusive")


def spread(rows: list[Row], what: str, look: int = -1) -> str:
    """Return the quartiles over members as the page writes them."""
    form = "{:.2f}" if what == "good" else "{:g}"
    return "/".join(form.format(q) for q in quartiles(members(rows, what, look)))


def finals(results: Results, name: str) -> list[Row]:
    """Return the runs of a treatment at its best setting."""
    return results.find(what="test", treatment=name, setting=list(best(results, name)))


def table(results: Results) -> str:
    """Return the table of the page: quartiles over members, and the cost of a step compared with the plain one."""
    (cost,) = results.find(what="cost")
    lines = [
        "| treatment | rates of G, D; strength | near | kept | good | cost |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for name in TREATMENTS:
        rows, (rate_g, rate_d, strength) = finals(results, name), best(results, name)
        setting = f"{rate_g:g}, {rate_d:g}" + (f"; {strength:g}" if strength else "")
        seen = " | ".join(spread(rows, what) for what in ("near", "kept", "good"))
        ratio = cost["ms_a_step"][name] / cost["ms_a_step"]["plain"]
        lines.append(f"| {name} | {setting} | {seen} | {ratio:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Tune every treatment, then play each on the other members, then time all."""
    parser = arguments(__doc__)
    parser.add_argument("--table", action="store_true", help="print the table of the page, and measure nothing")
    given, results = parser.parse_args(), Results(HERE / "results.json")
    if given.table:
        print(table(results))
        return
    measure_all(results, first_keys(), measure, jobs=given.jobs, desc="tuning and long runs")
    measure_all(results, test_keys(results), measure, jobs=given.jobs, desc="best settings")
    measure_all(results, [cost_key(results)], measure, desc="cost")


if __name__ == "__main__":
    main()
