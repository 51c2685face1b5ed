"""The race of chapter 14: one pass against many, on two toys and on digits, each method with the same search.

    python benchmarks/oneshot/run.py --jobs 2     # about 45 minutes of CPU time; goes on where it stopped

The functions are those of the page, as far as it shows them. On a toy each method has about the same CPU time: so many
steps as fit into that of `STEPS["flow"]` steps of a flow, counted once and then fixed. It tries six settings on four
tuning seeds, and the one with the highest median of `placed` then plays sixteen other seeds, four in a batched model.
On digits there is one autoencoder a seed; what is drawn in its latent space, the decoders that are trained further
with and without a discriminator, a GAN of the same CPU time, and detectors share it. The page's own short version of
the digits is measured too, so that the page can compare. Results stand in results.json, one row a run.
"""

import copy
import functools
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))
import study

from ganlab import digits, metrics, toys
from ganlab.data import mnist
from ganlab.seeds import generator, seed_everything

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "book" / "chapters" / "14-where-gans-stand.md"

TOYS = {"spirals": (toys.spirals(2), 20), "grid": (toys.grid(5), 25)}
STEPS = {"flow": 6000, "GAN": 1600, "VAE": 3200}
MEMBERS, TUNING_SEED, SEEDS, SAMPLES = 4, 61_000, range(62_000, 62_016), 4000
PASSES = (1, 4, 32)
#: What each method tries: three rates, and two values of its second setting.
SETTINGS = {
    "GAN": ((2e-3, 5e-3, 1e-2), (0.02, 0.1)),  # strength of R1
    "VAE": ((2e-3, 5e-3, 1e-2), (0.05, 0.1)),  # spread of the decoder
    "flow": ((5e-3, 1e-2, 2e-2), (128, 256)),  # examples in a batch, with half as many steps for 256
    "student": ((2e-3, 5e-3, 1e-2), (4000, 16_000)),  # pairs to learn from
    "post-trained student": ((3e-4, 1e-3, 3e-3), (0.02, 0.1)),  # strength of R1
}
#: Steps on digits: autoencoder, its decoder afterwards, flow between codes, student, GAN.
LONG = {"autoencoder": 1000, "decoder": 300, "flow": 5000, "student": 3000, "GAN": 1300}
SHORT = {"autoencoder": 200, "decoder": 80, "flow": 1500}
WEIGHTS, SHORT_WEIGHT = (10.0, 30.0, 100.0), 100.0
DIGIT_TUNING_SEED, DIGIT_SEEDS, DIGITS = 63_000, range(64_000, 64_006), 2000
SHORT_SEEDS = range(65_000, 65_016)

Row = dict[str, Any]


@functools.cache
def page() -> study.Namespace:
    """Return what the page imports and defines."""
    return study.page_functions(PAGE)


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a run returns, and its CPU time in seconds."""
    start = time.process_time()
    return run(), round(time.process_time() - start, 1)


# Toys: each method takes the toy, seeds and a setting, and returns generators of samples, by the number of passes.

Samplers = dict[str, Callable[[Tensor], Tensor]]


def toy_flow(key: Row, share: float = 1.0) -> tuple[nn.Module, Any, torch.Generator]:
    """Train a flow with this share of the time; return it, what draws batches, and its random numbers."""
    (toy, _), seeds = TOYS[key["toy"]], seeds_of(key)
    rate, n = (key["rate"], key["second"]) if key["method"] == "flow" else key["flow"]
    source = generator(seeds[0])
    v = page()["networks"]([3, 2], seeds)
    draw = page()["batches"](toy, len(seeds), source, n=int(n))
    page()["train_flow"](v, draw, source, steps=round(share * STEPS["flow"] * 128 / n), rate=rate)
    return v, page()["batches"](toy, len(seeds), source), source


def flow(key: Row) -> Samplers:
    """Play a flow with 1, 4 and 32 passes."""
    v, _, _ = toy_flow(key)
    return {str(n): functools.partial(page()["euler"], v, passes=n) for n in PASSES}


def student(key: Row, share: float = 0.5) -> Samplers:
    """Half of the time for a flow, the rest for one network that repeats it in one pass."""
    v, _, source = toy_flow(key, 0.5)
    S = page()["networks"]([2, 2], seeds_of(key))
    rate, pairs = (key["rate"], key["second"]) if key["method"] == "student" else key["student"]
    z = torch.randn(S.members, int(pairs), 2, generator=source)
    page()["copy_flow"](S, v, z, source, steps=round(share * STEPS["flow"]), rate=rate)
    return {"1": S, "teacher, 32": functools.partial(page()["euler"], v, passes=32)}


def post_trained(key: Row) -> Samplers:
    """A student with a quarter of the time, then a discriminator's game for the last quarter."""
    made = student(key, 0.25)
    (toy, _), seeds = TOYS[key["toy"]], seeds_of(key)
    S, D = made["1"], page()["networks"]([2, 1], seeds)
    draw = page()["batches"](toy, len(seeds), generator(seeds[0] + 500))
    before = copy.deepcopy(S)
    page()["play"](S, D, draw, steps=STEPS["GAN"] // 4, rate=key["rate"], gamma=key["second"])
    return made | {"before": before}


def gan(key: Row) -> Samplers:
    """Play Algorithm 1."""
    (toy, _), seeds = TOYS[key["toy"]], seeds_of(key)
    G, D = (page()["networks"](sizes, seeds) for sizes in ([2, 2], [2, 1]))
    draw = page()["batches"](toy, len(seeds), generator(seeds[0]))
    return {"1": page()["play"](G, D, draw, steps=STEPS["GAN"], rate=key["rate"], gamma=key["second"])}


def vae(key: Row) -> Samplers:
    """Train a variational autoencoder; its samples include the noise of its decoder."""
    (toy, _), seeds, spread = TOYS[key["toy"]], seeds_of(key), key["second"]
    E, G = (page()["networks"](sizes, seeds) for sizes in ([2, 4], [2, 2]))
    draw = page()["batches"](toy, len(seeds), generator(seeds[0]))

    def loss() -> Tensor:
        return vae_loss(E, G, *draw(), spread=spread)

    page()["descend"](nn.ModuleList([E, G]), loss, steps=STEPS["VAE"], rate=key["rate"])
    noise = torch.randn(len(seeds), SAMPLES, 2, generator=generator(seeds[0] + 1))
    return {"1": lambda z: G(z) + spread * noise}


def vae_loss(E: nn.Module, G: nn.Module, x: Tensor, noise: Tensor, *, spread: float) -> Tensor:
    """Return minus the evidence bound but for a constant (Kingma and Welling, 2014, eq. 10), summed over members."""
    mean, log_std = E(x).chunk(2, dim=-1)
    z = mean + log_std.exp() * noise
    miss = (x - G(z)).square().sum(-1) / (2 * spread**2)
    kl = 0.5 * (mean.square() + (2 * log_std).exp() - 1 - 2 * log_std).sum(-1)
    return (miss + kl).mean(-1).sum()


METHODS = {"GAN": gan, "VAE": vae, "flow": flow, "student": student, "post-trained student": post_trained}


def seeds_of(key: Row) -> list[int]:
    """Return the seeds of a batched model: its first, and those that follow."""
    return list(range(key["seed"], key["seed"] + MEMBERS))


def measure_toy(key: Row) -> Row:
    """Train a method on a few seeds; return, by passes and seed, what its samples are worth."""
    toy, cells = TOYS[key["toy"]]
    samplers, seconds = timed(lambda: METHODS[key["method"]](key))
    z = torch.randn(MEMBERS, SAMPLES, 2, generator=generator(key["seed"] + 2))
    measured: Row = {"cpu_s": seconds, "placed": {}, "good": {}, "rarest": {}}
    for name, sample in samplers.items():
        with torch.no_grad():
            shares = torch.stack([page()["shares"](points, toy, cells) for points in sample(z)])
        measured["placed"][name] = [round(page()["placed"](share), 3) for share in shares]
        measured["good"][name] = [round(share.sum().item(), 3) for share in shares]
        measured["rarest"][name] = [round(share.min().item() * cells, 3) for share in shares]
    return measured


def toy_keys(method: str, results: study.Results) -> list[Row]:
    """Return the six tuning runs of a method on each toy; a student has the best flow for its teacher."""
    return [
        {"study": "toy", "toy": toy, "method": method, "rate": rate, "second": second, "seed": TUNING_SEED}
        | before(method, toy, results)
        for toy in TOYS
        for rate, second in product(*SETTINGS[method])
    ]


def before(method: str, toy: str, results: study.Results) -> Row:
    """Return the settings of what comes before a student."""
    steps = {"student": ["flow"], "post-trained student": ["flow", "student"]}.get(method, [])
    return {name: list(best(name, toy, results)) for name in steps}


def best(method: str, toy: str, results: study.Results) -> tuple[float, float]:
    """Return the setting of a method with the highest median of placed samples on the tuning seeds."""
    tried = results.find(study="toy", toy=toy, method=method, seed=TUNING_SEED)
    passes = "32" if method == "flow" else "1"
    row = max(tried, key=lambda row: statistics.median(row["placed"][passes]))
    return row["rate"], row["second"]


def toy_tests(results: study.Results) -> list[Row]:
    """Return the runs of each method on the test seeds, at its best setting."""
    keys = []
    for toy, method, seed in product(TOYS, METHODS, SEEDS[::MEMBERS]):
        rate, second = best(method, toy, results)
        key = {"study": "toy", "toy": toy, "method": method, "rate": rate, "second": second, "seed": seed}
        keys.append(key | before(method, toy, results))
    return keys


# Digits


@functools.cache
def real() -> tuple[Tensor, Tensor]:
    """Return the training images and 2000 test images."""
    return mnist().images, mnist("test").images[:DIGITS]


def noise(seed: int) -> Tensor:
    """Return noise in the space of codes."""
    return torch.randn(DIGITS, 16, generator=generator(seed))


def coder(seed: int, steps: int) -> tuple[nn.Module, nn.Module]:
    """Train an autoencoder; return both parts, and the encoder at rest."""
    draw = page()["batches_of"](real()[0], generator(seed))
    E, G = page()["autoencoder"](draw, seed, steps=steps)
    return E.eval(), G


def look(E: nn.Module, G: nn.Module) -> Row:
    """Return what a decoder makes of test images: squared error a pixel, fine detail (real: 1), and score."""
    test = real()[1]
    images = page()["decoded"](G, page()["codes_of"](E, test)[0])
    detail = page()["fine_detail"](images) / page()["fine_detail"](test)
    mse = (images - test).square().mean().item()
    return {"mse": round(mse, 4), "detail": round(detail, 3), "score": score(images)}


def score(images: Tensor) -> float:
    """Return the score of 2000 images."""
    return round(metrics.digit_score(images), 1)


def decoders(key: Row) -> Row:
    """Train a decoder further: on the squared error (as many steps, and as much time), and with a discriminator."""
    seed, steps = key["seed"], LONG["decoder"]
    E, G = coder(seed, LONG["autoencoder"])
    draw = page()["batches_of"](real()[0], generator(seed + 1))
    found: Row = {"start": look(E, G)}
    polished, seconds = timed(lambda: page()["polish"](E, G, draw, steps=steps))
    found["0"] = look(E, polished) | {"cpu_s": seconds}
    for weight in WEIGHTS:
        sharp, longer = timed(lambda w=weight: page()["sharpen"](E, G, draw, weight=w, steps=steps))
        found[f"{weight:g}"] = look(E, sharp) | {"cpu_s": longer}
    as_long = page()["polish"](E, G, draw, steps=round(steps * longer / seconds))
    return found | {"0, equal time": look(E, as_long)}


def latents(key: Row) -> Row:
    """Draw digits in the codes of an autoencoder: a flow, its student, and a GAN of the same CPU time."""
    seed = key["seed"]
    (E, G), first = timed(lambda: coder(seed, LONG["autoencoder"]))
    codes, mean, std = page()["codes_of"](E, real()[0][:20_000])
    train = page()["train_code_flow"]
    v, second = timed(lambda: train((codes - mean) / std, seed, steps=LONG["flow"], rate=key["rate"]))
    z = noise(seed + 2)
    fakes = {n: page()["decoded"](G, page()["euler"](v, z, n) * std + mean) for n in PASSES}
    S, third = timed(lambda: page()["code_student"](v, seed, steps=LONG["student"]))
    with torch.no_grad():
        fakes["student"] = page()["decoded"](G, S(z) * std + mean)
    found: Row = {f"{name}": score(images) for name, images in fakes.items()}
    found["ceiling"] = look(E, G)["score"]
    if key["seed"] == DIGIT_TUNING_SEED:
        return found
    trained, fourth = timed(lambda: digits.train_digits(steps=LONG["GAN"], seed=seed, progress=False))
    fakes["GAN"] = trained.sample(DIGITS, seed=seed)
    found["GAN"] = score(fakes["GAN"])
    found["cpu_s"] = {"autoencoder": first, "flow": second, "student": third, "GAN": fourth}
    return found | {"detectors": meetings({name: fakes[name] for name in (32, "student", "GAN")}, seed)}


def meetings(fakes: dict[Any, Tensor], seed: int) -> Row:
    """Train a detector on half of each set of fakes; return its AUC on the other half of each."""
    half, test = DIGITS // 2, real()[1][DIGITS // 2 :]
    found: Row = {}
    for name, images in fakes.items():
        D = page()["train_detector"](real()[0][:half], images[:half], seed)
        found[f"{name}"] = {f"{met}": round(page()["auc"](D, test, fakes[met][half:]), 3) for met in fakes}
    return found


def short(key: Row) -> Row:
    """Make the page's short version: decoders with and without a discriminator, a flow between codes, detectors."""
    seed, steps = key["seed"], SHORT["decoder"]
    E, G = coder(seed, SHORT["autoencoder"])
    draw = page()["batches_of"](real()[0], generator(seed + 1))
    polished = page()["polish"](E, G, draw, steps=steps)
    sharp = page()["sharpen"](E, G, draw, weight=SHORT_WEIGHT, steps=steps)
    found: Row = {"polished": look(E, polished), "sharp": look(E, sharp)}
    codes, mean, std = page()["codes_of"](E, real()[0][:10_000])
    v = page()["train_code_flow"]((codes - mean) / std, seed, steps=SHORT["flow"], rate=2e-3)
    made = {n: page()["euler"](v, noise(seed + 2), n) * std + mean for n in PASSES}
    found |= {f"{n}": score(page()["decoded"](polished, made[n])) for n in PASSES}
    return found | {"auc": moving_target(polished, sharp, made[32], seed)}


def moving_target(G: nn.Module, other: nn.Module, codes: Tensor, seed: int) -> dict[str, float]:
    """Train a detector on the fakes of G, let it meet others, let G answer, and train a second one on the answer."""
    images, test = real()
    half = DIGITS // 2
    fakes = {"old": page()["decoded"](G, codes), "other decoder": page()["decoded"](other, codes)}
    first = page()["train_detector"](images[:half], fakes["old"][:half], seed + 3)
    moved = page()["answer"](G, first, codes[:half], generator(seed + 4))
    fakes["answer"] = page()["decoded"](moved, codes)
    second = page()["train_detector"](images[:half], fakes["answer"][:half], seed + 5)
    found = {"rmse": round((fakes["answer"] - fakes["old"]).square().mean().sqrt().item(), 4)}
    found["answer, score"] = score(fakes["answer"])
    for name, detector in (("first", first), ("second", second)):
        found |= {f"{name}, {met}": round(page()["auc"](detector, test, fakes[met][half:]), 4) for met in fakes}
    return found


MEASURES = {"toy": measure_toy, "decoders": decoders, "latents": latents, "short": short}


def measure(key: Row) -> Row:
    """Make a run; nothing of an earlier one is left."""
    seed_everything(key["seed"])
    return MEASURES[key["study"]](key)


def digit_keys(study_name: str, seeds: Iterable[int], **more: Any) -> list[Row]:
    """Return the runs of a study of digits."""
    return [{"study": study_name, "seed": seed} | more for seed in seeds]


# Tables of the page


def spread(values: Iterable[float], digits: int) -> str:
    """Return the median, with the lowest and the highest value."""
    low, *_, high = sorted(values)
    return f"{statistics.median(values):.{digits}f} [{low:.{digits}f}–{high:.{digits}f}]"


def reached(results: study.Results, toy: str, method: str, passes: str, *, what: str = "placed") -> list[float]:
    """Return what a method reached on the test seeds, in their order."""
    rows = [row for row in results.find(study="toy", toy=toy, method=method) if row["seed"] in SEEDS]
    return [value for row in sorted(rows, key=lambda row: row["seed"]) for value in row[what][passes]]


#: The rows of the table of the race: name, method, passes.
RACE = (
    ("GAN", "GAN", "1"),
    ("VAE", "VAE", "1"),
    ("flow, 1 pass", "flow", "1"),
    ("flow, 4 passes", "flow", "4"),
    ("flow, 32 passes", "flow", "32"),
    ("its teacher, 32 passes", "student", "teacher, 32"),
    ("student", "student", "1"),
    ("student, post-trained", "post-trained student", "1"),
)


def race_table(results: study.Results) -> str:
    """Return the table of the race on both toys."""
    lines = ["| entry | spirals | rarest stretch | grid | rarest mode |", "|---|---|--:|---|--:|"]
    for name, method, passes in RACE:
        cells = []
        for toy in TOYS:
            rarest = statistics.median(reached(results, toy, method, passes, what="rarest"))
            cells += [spread(reached(results, toy, method, passes), 2), f"{rarest:.2f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def on_digits(results: study.Results, name: str) -> list[Row]:
    """Return the rows of a long study of digits, without the tuning seed."""
    return [row for row in results.find(study=name) if row["seed"] in DIGIT_SEEDS]


DECODERS = {"0": "$w = 0$", "0, equal time": "$w = 0$, equal time"} | {f"{w:g}": f"$w = {w:g}$" for w in WEIGHTS}


def decoder_table(results: study.Results) -> str:
    """Return the table of decoders with and without a discriminator."""
    rows = on_digits(results, "decoders")
    lines = ["| decoder | squared error | fine detail | score |", "|---|---|---|---|"]
    for key, name in DECODERS.items():
        cells = [spread([row[key][what] for row in rows], n) for what, n in (("mse", 4), ("detail", 2), ("score", 0))]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


LATENTS = {
    "1": "flow, 1 pass",
    "4": "flow, 4 passes",
    "32": "flow, 32 passes",
    "student": "student, 1 pass",
    "GAN": "GAN, 1 pass",
    "ceiling": "real digits, decoded",
}


def digit_table(results: study.Results) -> str:
    """Return the table of scores on digits."""
    rows = on_digits(results, "latents")
    lines = ["| digits from | score |", "|---|---|"]
    return "\n".join(lines + [f"| {name} | {spread([row[key] for row in rows], 0)} |" for key, name in LATENTS.items()])


def detector_table(results: study.Results) -> str:
    """Return the table of detectors: rows are trained on the fakes of one kind, columns meet those of another."""
    rows = on_digits(results, "latents")
    names = {"32": "flow", "student": "student", "GAN": "GAN"}
    lines = ["| trained on the fakes of | meets " + " | meets ".join(names.values()) + " |", "|---|---|---|---|"]
    for key, name in names.items():
        cells = [spread([row["detectors"][key][met] for row in rows], 2) for met in names]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Tune the methods that stand alone, then the students; play the tests; then the digits."""
    jobs = study.arguments(__doc__).parse_args().jobs
    results = study.Results(HERE / "results.json")

    def run(keys: Iterable[Row], desc: str) -> None:
        study.measure_all(results, keys, measure, jobs=jobs, desc=desc)

    rates = (5e-4, 1e-3, 2e-3, 5e-3)
    tuning = [key for rate in rates for key in digit_keys("latents", [DIGIT_TUNING_SEED], rate=rate)]
    run(tuning + [key for name in ("flow", "GAN", "VAE") for key in toy_keys(name, results)], "tuning")
    tried = results.find(study="latents", seed=DIGIT_TUNING_SEED)
    rate = min(tried, key=lambda row: row["32"])["rate"]
    on_digits = digit_keys("latents", DIGIT_SEEDS, rate=rate) + digit_keys("decoders", DIGIT_SEEDS)
    run(toy_keys("student", results) + on_digits, "students, digits")
    run(toy_keys("post-trained student", results) + digit_keys("short", SHORT_SEEDS), "post-training, short")
    run(toy_tests(results), "tests")


if __name__ == "__main__":
    main()
