"""Exercises of chapter 8: count modes, the loss of packs, diagnose four runs, repair a patient."""

import functools
from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, differentiable, near, number
from ganlab.checks.traces import untouched
from ganlab.ensembles import Ensemble, train_ensemble
from ganlab.metrics import mode_shares
from ganlab.networks import mlp
from ganlab.players import Players
from ganlab.seeds import generator
from ganlab.toys import GaussianMixture, ring

_MIN = "distance, nearest = torch.cdist(samples, modes).min(dim=1)"
_COUNTS = "counts = torch.bincount(nearest[distance <= radius], minlength=len(modes))"
_KEPT = "kept = counts >= len(samples) / len(modes) / 4"
_COUNTING = "whole numbers and truth values have no gradient"

count_modes = Exercise(
    "count_modes",
    "Count the modes that a generator keeps",
    stub='''
import torch


def count_modes(samples, modes, radius):
    """Count the modes that a generator keeps.

    samples (n, d) are points of G, modes (M, d) the centres. A sample
    belongs to its nearest mode if it is within the radius of it, and to
    none otherwise. A mode is kept if at least a quarter of its fair share
    belongs to it; its fair share is n / M of the n samples.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def count_modes(samples, modes, radius):
    """Count the modes that a generator keeps.

    samples (n, d) are points of G, modes (M, d) the centres. A sample
    belongs to its nearest mode if it is within the radius of it, and to
    none otherwise. A mode is kept if at least a quarter of its fair share
    belongs to it; its fair share is n / M of the n samples.
    """
    distance, nearest = torch.cdist(samples, modes).min(dim=1)
    counts = torch.bincount(nearest[distance <= radius], minlength=len(modes))
    kept = counts >= len(samples) / len(modes) / 4
    return int(kept.sum())
''',
    equivalent={
        f"no_grad: {_COUNTS}": _COUNTING,
        f"no_grad: {_KEPT}": _COUNTING,
        "no_grad: return int(kept.sum())": _COUNTING,
        f"{_MIN} -> distance, nearest = torch.cdist(samples, modes).min(dim=-1)": "the last of two dimensions is 1",
        f"{_COUNTS} -> counts = torch.bincount(nearest[distance <= radius])": "a mode left out of the list is not kept",
        f"{_COUNTS} -> counts = torch.bincount(nearest[distance < radius], minlength=len(modes))": (
            "no sample lies just at the radius"
        ),
        f"{_COUNTS} -> counts = torch.bincount(nearest[distance <= radius], minlength=len(samples))": (
            "what is counted beyond the last mode is 0, and not kept"
        ),
    },
)


def _at(modes: Tensor, *counts: int, width: float = 0.01) -> Tensor:
    """So many samples around each of the modes, in random order."""
    centres = modes.repeat_interleave(torch.tensor(counts), dim=0)
    return (centres + width * torch.randn(centres.shape, dtype=centres.dtype))[torch.randperm(len(centres))]


def _kept(count_modes, samples: Tensor, modes: Tensor, expected: int, what: str, radius: float = 0.06) -> None:
    found = number(count_modes(samples.clone(), modes.clone(), radius), "the number of modes")
    if found != expected:
        raise Finding(f"{what}: you count {found:g} modes", f"{expected}")


@count_modes.case(hint="Each mode gets its nearest samples; count the modes that have at least a quarter of n / M.")
def all_modes_of_the_data(count_modes):
    """Samples of the data themselves keep all modes."""
    _kept(count_modes, _at(ring(8).means, *[60] * 8), ring(8).means, 8, "60 samples on each of 8 modes")
    _kept(count_modes, _at(ring(3).means, *[20] * 3), ring(3).means, 3, "20 samples on each of 3 modes")


@count_modes.case(hint="Samples that are good and all in one place keep one mode.")
def one_mode(count_modes):
    """A generator that sits on one mode keeps one, wherever it is in the list."""
    for at in (0, 4, 7):
        counts = [0] * 8
        counts[at] = 400
        _kept(count_modes, _at(ring(8).means, *counts), ring(8).means, 1, f"all 400 samples on mode {at}")


@count_modes.case(points=2, hint="A few strays do not make a mode: ask for a quarter of the fair share n / M.")
def a_quarter_of_the_fair_share(count_modes):
    """Just a quarter of the fair share keeps a mode, less does not."""
    modes = ring(4).means
    # n = 400, fair share 100, a quarter 25
    _kept(count_modes, _at(modes, 300, 49, 48, 3), modes, 3, "of 400 samples 300, 49, 48 and 3 on four modes")
    _kept(count_modes, _at(modes, 327, 25, 24, 24), modes, 2, "of 400 samples 327, 25, 24 and 24 on four modes")


@count_modes.case(points=2, hint="Samples beyond the radius belong to no mode.")
def far_samples_count_for_no_mode(count_modes):
    """Samples around a mode, but farther than the radius, do not keep it."""
    modes = ring(4).means
    near_two = torch.cat([_at(modes, 50, 50, 0, 0), _at(modes * 1.2, 0, 0, 50, 50)])
    _kept(
        count_modes, near_two, modes, 2, "50 samples on each of two modes, and 50 at a distance of 0.4 from two others"
    )
    _kept(count_modes, near_two, modes, 4, "the same samples with a radius of 0.6", radius=0.6)


@count_modes.case(hint="The fair share is one of all n samples, not of the good ones alone.")
def poor_samples_are_samples_too(count_modes):
    """Where most samples are far from every mode, none may be kept."""
    modes = ring(4).means
    samples = torch.cat([_at(modes, 5, 5, 5, 5), _at(modes * 2, 95, 95, 95, 95)])
    _kept(count_modes, samples, modes, 0, "of 400 samples 5 on each of four modes, the others far away")


@count_modes.case(
    hint="A sample belongs to one mode at most, the nearest one, even where the balls around modes overlap."
)
def each_sample_has_one_mode(count_modes):
    """Modes that are nearer to each other than the radius do not share samples."""
    modes = torch.tensor([[0.0, 0.0], [0.3, 0.0], [5.0, 0.0]])
    _kept(count_modes, _at(modes, 90, 0, 0), modes, 1, "all samples on a mode with another one at 0.3", radius=0.5)
    _kept(count_modes, _at(modes, 60, 30, 0), modes, 2, "samples on two modes at a distance of 0.3", radius=0.5)


@count_modes.case(hint="torch.cdist works in any number of dimensions.")
def other_dimensions(count_modes):
    """Points on a line and in space are counted as well."""
    for d in (1, 3):
        modes = torch.arange(5.0)[:, None] * torch.ones(1, d)
        _kept(count_modes, _at(modes, 30, 0, 30, 30, 0), modes, 3, f"3 of 5 modes in {d} dimensions")


@count_modes.case()
def leaves_samples_and_modes_alone(count_modes):
    """Neither the samples nor the centres are changed."""
    modes = ring(8).means.clone()
    samples = _at(modes, *[10] * 8)
    with untouched(samples=samples, modes=modes):
        count_modes(samples, modes, 0.06)


for _key, _title, _edit, _case, _says in (
    ("U10", "a single sample makes a mode", (_KEPT, "kept = counts >= 1"), "a_quarter_of_the_fair_share", "strays"),
    (
        "U10",
        "forgets the radius",
        ("nearest[distance <= radius]", "nearest"),
        "far_samples_count_for_no_mode",
        "beyond the radius",
    ),
    (
        "U10",
        "lets a sample count for every mode within the radius",
        (_COUNTS, "counts = (torch.cdist(samples, modes) <= radius).sum(dim=0)"),
        "each_sample_has_one_mode",
        "one mode at most",
    ),
    (
        "U10",
        "takes the fair share of the good samples",
        (_KEPT, "kept = counts >= counts.sum() / len(modes) / 4"),
        "poor_samples_are_samples_too",
        "all n samples",
    ),
    (
        "U10",
        "asks for the whole fair share",
        (_KEPT, "kept = counts >= len(samples) / len(modes)"),
        "a_quarter_of_the_fair_share",
        "a quarter",
    ),
    (
        "U10",
        "asks for a quarter of all samples",
        (_KEPT, "kept = counts >= len(samples) / 4"),
        "all_modes_of_the_data",
        "n / M",
    ),
    (
        "U10",
        "counts the modes that are missing",
        ("int(kept.sum())", "len(modes) - int(kept.sum())"),
        "all_modes_of_the_data",
        "you count 0",
    ),
    (
        "U10",
        "counts good samples",
        ("int(kept.sum())", "int((distance <= radius).sum())"),
        "all_modes_of_the_data",
        "you count 480",
    ),
    (
        "U10",
        "thinks that there are always eight modes",
        (_KEPT, "kept = counts >= len(samples) / 8 / 4"),
        "a_quarter_of_the_fair_share",
        "n / M",
    ),
    (
        "U10",
        "looks for the nearest sample of each mode",
        (
            _MIN + "\n    " + _COUNTS + "\n    " + _KEPT,
            "kept = torch.cdist(samples, modes).min(dim=0).values <= radius",
        ),
        "a_quarter_of_the_fair_share",
        "strays",
    ),
):
    count_modes.mistake(_key, _title, _edit, caught_by=_case, says=_says)


_REAL, _FAKE = "real_packs = real.reshape(len(real) // m, -1)", "fake_packs = fake.reshape(len(fake) // m, -1)"

packed_d_loss = Exercise(
    "packed_d_loss",
    "The discriminator's loss on packs",
    stub='''
from torch.nn.functional import softplus


def packed_d_loss(D, real, fake, m):
    """Return the discriminator's loss on packs of m examples.

    real and fake have shape (n, d), where n is a multiple of m. The first
    m rows side by side are the first pack, the next m rows the second, and
    so on; a pack is real or fake as a whole. D maps packs (n / m, m d) to
    logits (n / m, 1). The loss is the cross-entropy, the mean over real
    packs plus the mean over fake packs.
    """
    raise NotImplementedError
''',
    reference='''
from torch.nn.functional import softplus


def packed_d_loss(D, real, fake, m):
    """Return the discriminator's loss on packs of m examples.

    real and fake have shape (n, d), where n is a multiple of m. The first
    m rows side by side are the first pack, the next m rows the second, and
    so on; a pack is real or fake as a whole. D maps packs (n / m, m d) to
    logits (n / m, 1). The loss is the cross-entropy, the mean over real
    packs plus the mean over fake packs.
    """
    real_packs = real.reshape(len(real) // m, -1)
    fake_packs = fake.reshape(len(fake) // m, -1)
    return softplus(-D(real_packs)).mean() + softplus(D(fake_packs)).mean()
''',
    equivalent={
        f"no_grad: {_REAL}": "the reals need no gradient",
        f"no_grad: {_FAKE}": "in D's loss the fakes need no gradient",
        f"swap: {_REAL} / {_FAKE}": "neither line depends on the other",
    },
)


class _Seen(nn.Module):
    """A discriminator that keeps what it is shown."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, 1))
        self.shown: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() != 2 or x.shape[1] != len(self.weight):
            raise Finding(
                f"D is shown a tensor of shape {tuple(x.shape)}",
                f"packs of shape (…, {len(self.weight)})",
                "Lay m examples side by side: a pack is one row of m d numbers.",
            )
        self.shown.append(x.detach().clone())
        return x @ self.weight


def _numbered(n: int, d: int, start: float) -> Tensor:
    """Examples whose numbers say where they come from."""
    return start + torch.arange(float(n * d)).reshape(n, d)


def _shown(packed_d_loss, m: int, n: int = 6, d: int = 2) -> tuple[_Seen, Tensor, Tensor]:
    D, real, fake = _Seen(m * d), _numbered(n, d, 0.0), _numbered(n, d, 100.0)
    packed_d_loss(D, real.clone(), fake.clone(), m)
    return D, real, fake


@packed_d_loss.case(hint="D is shown packs, so its input has m d columns.")
def shows_packs(packed_d_loss):
    """D is shown packs of m examples."""
    for m in (1, 2, 3):
        _shown(packed_d_loss, m)


@packed_d_loss.case(
    points=2,
    hint="Rows 0 to m - 1 side by side are the first pack: reshape keeps the order, a transpose before it does not.",
)
def a_pack_holds_neighbours(packed_d_loss):
    """Each pack holds m rows one after the other, whole examples of one kind, and each row is used once."""
    for m in (2, 3):
        D, real, fake = _shown(packed_d_loss, m)
        rows = torch.cat(D.shown)
        for row in rows:
            if (row < 50).any() and (row > 50).any():
                raise Finding("a pack holds real and fake examples", "packs of one kind", "A pack is real or fake.")
        wanted = torch.cat([real, fake]).reshape(-1, m * 2)
        if sorted(rows.tolist()) != sorted(wanted.tolist()):
            first = [round(value) for value in rows[0].tolist()]
            raise Finding(f"for rows (0, 1), (2, 3), … and m = {m} a pack is {first}", "m rows side by side, each once")


def _expected(D: _Seen, real: Tensor, fake: Tensor, m: int) -> Tensor:
    real_logits, fake_logits = (x.reshape(-1, len(D.weight)) @ D.weight for x in (real, fake))
    return (1 + (-real_logits).exp()).log().mean() + (1 + fake_logits.exp()).log().mean()


@packed_d_loss.case(
    points=2, hint="Cross-entropy: softplus(-logit) on real packs, softplus(logit) on fake ones, means."
)
def cross_entropy_of_packs(packed_d_loss):
    """The loss is the mean cross-entropy over real packs plus that over fake packs."""
    for m, n_real, n_fake in ((1, 4, 4), (2, 6, 8), (3, 9, 6)):
        D, real, fake = _Seen(m * 2), torch.randn(n_real, 2), torch.randn(n_fake, 2) + 1
        expected = _expected(D, real, fake, m).item()
        logits = [x.reshape(-1, m * 2) @ D.weight.detach() for x in (real, fake)]
        flipped = nn.functional.softplus(logits[0]).mean() + nn.functional.softplus(-logits[1]).mean()
        hints = {
            flipped.item(): "The labels are flipped: D wants high logits for real packs.",
            expected / 2: "That is half the loss: the two means are added, not averaged.",
        }
        near(packed_d_loss(D, real.clone(), fake.clone(), m), expected, f"the loss for packs of {m}", hints=hints)


@packed_d_loss.case(hint="Keep tensors all the way, so that D can learn from the loss.")
def slope_in_the_weights(packed_d_loss):
    """The loss goes backward to D's weights, through both halves."""
    D, real, fake = _Seen(4), torch.randn(8, 2), torch.randn(6, 2)
    value = differentiable(packed_d_loss(D, real.clone(), fake.clone(), 2), "the loss")
    (slope,) = torch.autograd.grad(value, D.weight)
    (wanted,) = torch.autograd.grad(_expected(D, real, fake, 2), D.weight)
    near(slope, wanted, "the slope in D's weights")


@packed_d_loss.case()
def leaves_the_batches_alone(packed_d_loss):
    """Neither batch nor D is changed."""
    D, real, fake = _Seen(4), torch.randn(6, 2), torch.randn(6, 2)
    with untouched(real=real, fake=fake, D=D):
        packed_d_loss(D, real, fake, 2)


_LOSS = "return softplus(-D(real_packs)).mean() + softplus(D(fake_packs)).mean()"
for _key, _title, _edits, _case, _says in (
    (
        "T12",
        "packs nothing",
        [(_REAL, "real_packs = real"), (_FAKE, "fake_packs = fake")],
        "shows_packs",
        "side by side",
    ),
    (
        "U7",
        "puts real and fake into one pack",
        [
            (_REAL, "both = __import__('torch').cat([real, fake], dim=1)"),
            (_FAKE, "real_packs = fake_packs = both.reshape(len(real) * 2 // m, -1)"),
        ],
        "a_pack_holds_neighbours",
        "real or fake",
    ),
    (
        "T12",
        "takes the coordinates apart",
        [(_REAL, "real_packs = real.T.reshape(len(real) // m, -1)")],
        "a_pack_holds_neighbours",
        "transpose",
    ),
    (
        "T12",
        "pairs rows that are far apart",
        [(_REAL, "real_packs = __import__('torch').cat(real.chunk(m), dim=1)")],
        "a_pack_holds_neighbours",
        "first pack",
    ),
    (
        "T12",
        "packs an example with copies of itself",
        [(_REAL, "real_packs = real.repeat(1, m)"), (_FAKE, "fake_packs = fake.repeat(1, m)")],
        "a_pack_holds_neighbours",
        "each once",
    ),
    (
        "T12",
        "packs the reals only",
        [(_FAKE, "fake_packs = fake")],
        "shows_packs",
        "side by side",
    ),
    (
        "E14",
        "flips the labels",
        [(_LOSS, "return softplus(D(real_packs)).mean() + softplus(-D(fake_packs)).mean()")],
        "cross_entropy_of_packs",
        "flipped",
    ),
    (
        "T12",
        "adds up over packs",
        [(_LOSS, "return softplus(-D(real_packs)).sum() + softplus(D(fake_packs)).sum()")],
        "cross_entropy_of_packs",
        "means",
    ),
    (
        "T12",
        "halves the loss",
        [(_LOSS, f"{_LOSS.replace('return ', 'return 0.5 * (')})")],
        "cross_entropy_of_packs",
        "half the loss",
    ),
    (
        "T12",
        "forgets the fakes",
        [(_LOSS, "D(fake_packs)\n    return softplus(-D(real_packs)).mean()")],
        "cross_entropy_of_packs",
        "softplus(logit) on fake",
    ),
    (
        "T12",
        "returns a plain number",
        [(_LOSS, f"{_LOSS.replace('return ', 'return (')}).item()")],
        "slope_in_the_weights",
        "way back is cut",
    ),
):
    packed_d_loss.mistake(_key, _title, *_edits, caught_by=_case, says=_says)


four_runs = Exercise(
    "four_runs",
    "Diagnose four runs from their counts",
    stub="""
# 0  nothing is wrong
# 1  static collapse: modes are lost, and do not come back
# 2  rotation: few modes at a time, but not always the same ones
# 3  all modes, but not sharp: undertrained or blurred
# 4  the modes of the data are not where the count looks for them
# 5  G does not move at all
# for example {"A": 0, "B": 1, "C": 2, "D": 3}
diagnoses = ...
""",
    reference="""
# 0  nothing is wrong
# 1  static collapse: modes are lost, and do not come back
# 2  rotation: few modes at a time, but not always the same ones
# 3  all modes, but not sharp: undertrained or blurred
# 4  the modes of the data are not where the count looks for them
# 5  G does not move at all
# for example {"A": 0, "B": 1, "C": 2, "D": 3}
diagnoses = {"A": 3, "B": 2, "C": 1, "D": 4}
""",
)

_DIAGNOSES = {"A": 3, "B": 2, "C": 1, "D": 4}
_LOOK = {
    "A": "Compare the modes that are near with the share of good samples.",
    "B": "Compare the modes at one moment with those in total.",
    "C": "Compare the modes at one moment with those in total, in the later looks.",
    "D": "The last column measures the data themselves. What should it say?",
}


def _one_run(letter: str, question: str, hints: dict[float, str]) -> None:
    def case(diagnoses):
        if type(diagnoses) is not dict or set(diagnoses) != set(_DIAGNOSES):
            raise Finding("your answer has other letters", 'a dictionary {"A": …, "B": …, "C": …, "D": …}')
        found = number(diagnoses[letter], f"the diagnosis of {letter}")
        if found != _DIAGNOSES[letter]:
            raise Finding(f"you gave {letter} the number {found:g}", "another number", hints.get(found, _LOOK[letter]))

    case.__name__, case.__doc__ = f"run_{letter.lower()}", question
    four_runs.case(hint=_LOOK[letter])(case)


_one_run(
    "A",
    "Run A: which modes has it, and how good are its samples?",
    {
        0: "A share of 1 % is no success: real data have 99 %.",
        1: "No mode is lost: all eight are near.",
        5: "The share of good samples grows, so G moves.",
    },
)
_one_run(
    "B",
    "Run B: do lost modes come back?",
    {
        1: "Over its last three looks it was near four modes, though near two at most at each: others come.",
        3: "It is near one or two modes at a time.",
        5: "It is near other modes at each look, so G moves.",
    },
)
_one_run(
    "C",
    "Run C: is it better at the end?",
    {
        0: "Its samples are excellent. How many modes do they come from?",
        2: "In the later looks the modes in total are those of one moment: none comes back.",
        3: "86 % of its samples are good.",
    },
)
_one_run(
    "D",
    "Run D: what does the count say of the data?",
    {
        0: "Good samples of all modes would be 99 %; and what does the count say of the data?",
        1: "The data lose a mode, too; can data collapse?",
        3: "The share of good samples is as low for the data themselves.",
    },
)
for _title, _edit, _case, _says in (
    ("calls a blurred generator healthy", ('"A": 3', '"A": 0'), "run_a", "no success"),
    ("calls a blurred generator collapsed", ('"A": 3', '"A": 1'), "run_a", "No mode is lost"),
    ("thinks that a slow generator stands still", ('"A": 3', '"A": 5'), "run_a", "G moves"),
    ("takes rotation for static collapse", ('"B": 2', '"B": 1'), "run_b", "come back"),
    ("takes rotation for a blur", ('"B": 2', '"B": 3'), "run_b", "at a time"),
    ("is pleased with good samples", ('"C": 1', '"C": 0'), "run_c", "How many modes"),
    ("takes static collapse for rotation", ('"C": 1', '"C": 2'), "run_c", "none comes back"),
    ("blames the generator for the data", ('"D": 4', '"D": 1'), "run_d", "can data collapse"),
    ("does not measure the data", ('"D": 4', '"D": 3'), "run_d", "data themselves"),
):
    four_runs.mistake("U10", _title, _edit, caught_by=_case, says=_says)


ring_patient = Exercise(
    "ring_patient",
    "Repair a game that is near one or two modes",
    seconds=600,  # it trains for some seconds; on a busy machine that may take minutes
    stub="""
# the patient: {"d_steps": 5, "pack": 1}
# steps of D in a round from 1 to 10; examples in a pack 1, 2, 4, 8 or 16
patient = ...
""",
    reference="""
# the patient: {"d_steps": 5, "pack": 1}
# steps of D in a round from 1 to 10; examples in a pack 1, 2, 4, 8 or 16
patient = {"d_steps": 1, "pack": 8}
""",
    equivalent={
        f"patient = {cure} -> patient = {cure | change}": "another cure"
        for cure in ({"d_steps": 1, "pack": 8},)
        for change in ({"d_steps": 2}, {"pack": 16})
    },
)

_ROUNDS, _MEMBERS, _RATE, _TARGET = 1000, 3, 3e-3, ring(8)
_PACKS = (1, 2, 4, 8, 16)


def _settings(patient) -> tuple[int, int]:
    """The two numbers, if they are what the patient admits."""
    if type(patient) is not dict or set(patient) != {"d_steps", "pack"}:
        raise Finding("your answer has other names", "a dictionary with 'd_steps' and 'pack'")
    d_steps, pack = (number(patient[name], name) for name in ("d_steps", "pack"))
    if d_steps not in range(1, 11):
        raise Finding(f"d_steps is {d_steps:g}", "a whole number from 1 to 10")
    if pack not in _PACKS:
        raise Finding(f"pack is {pack:g}", "1, 2, 4, 8 or 16, into which a batch of 64 can be divided")
    return int(d_steps), int(pack)


class _Packs(nn.Module):
    """Lay so many examples side by side."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(len(x) // self.size, -1)


@functools.cache
def _near(d_steps: int, pack: int) -> tuple[int, ...]:
    """Train three seeds; return how many modes each is near."""
    source = generator(0)
    G = Ensemble([_he(mlp([16, 32, 32, 2]), source) for _ in range(_MEMBERS)])
    D = Ensemble([_he(nn.Sequential(_Packs(pack), *mlp([2 * pack, 32, 32, 1])), source) for _ in range(_MEMBERS)])
    opt_g, opt_d = (Adam(net.parameters(), lr=_RATE, betas=(0.5, 0.999)) for net in (G, D))
    players = Players(G, D, opt_g, opt_d, z_dim=16, generator=source)
    for _ in train_ensemble(players, partial(_sample, _TARGET), steps=_ROUNDS, k=d_steps):
        pass
    samples = G(players.draw_z(_MEMBERS * 1000).unflatten(0, (_MEMBERS, 1000))).detach()
    return tuple(int((mode_shares(x, _TARGET.means) >= 1 / 32).sum()) for x in samples)


def _sample(target: GaussianMixture, n: int, source: torch.Generator) -> Tensor:
    return target.sample(n, generator=source)


def _he(network: nn.Sequential, source: torch.Generator) -> nn.Sequential:
    for layer in network:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=source)
            nn.init.zeros_(layer.bias)
    return network


@ring_patient.case(hint="Change the numbers, and keep the two names.")
def two_numbers(patient):
    """It is a dictionary of D's steps in a round and the examples in a pack, both within their limits."""
    _settings(patient)


@ring_patient.case(
    points=3,
    hint="A D that is better at judging single samples does not see that the fakes are too much alike. Which of the "
    "two numbers lets it compare several?",
)
def near_seven_modes_on_three_seeds(patient):
    """After 1000 rounds all of three seeds are near at least seven of the eight modes."""
    near_modes = _near(*_settings(patient))
    if min(near_modes) < 7:
        raise Finding(f"three seeds are near {', '.join(map(str, near_modes))} of 8 modes", "at least 7 on each seed")


_CURE, _TRAINED = '{"d_steps": 1, "pack": 8}', "near_seven_modes_on_three_seeds"
for _title, _answer, _case, _says in (
    ("leaves the patient as it is", '{"d_steps": 5, "pack": 1}', _TRAINED, "too much alike"),
    ("lowers the steps of D a little", '{"d_steps": 3, "pack": 1}', _TRAINED, "compare several"),
    ("takes the plain recipe for healthy", '{"d_steps": 1, "pack": 1}', _TRAINED, "compare several"),
    ("stops D", '{"d_steps": 0, "pack": 8}', "two_numbers", "from 1 to 10"),
    ("gives D more steps than it may have", '{"d_steps": 50, "pack": 8}', "two_numbers", "from 1 to 10"),
    ("gives half a step", '{"d_steps": 1.5, "pack": 8}', "two_numbers", "whole number"),
    ("makes empty packs", '{"d_steps": 1, "pack": 0}', "two_numbers", "1, 2, 4, 8 or 16"),
    ("makes packs into which a batch cannot be divided", '{"d_steps": 1, "pack": 3}', "two_numbers", "batch of 64"),
    ("makes one pack of the whole batch", '{"d_steps": 1, "pack": 64}', "two_numbers", "1, 2, 4, 8 or 16"),
    ("leaves a number out", '{"pack": 8}', "two_numbers", "two names"),
    ("invents a name", '{"d_steps": 1, "pack": 4, "g_steps": 1}', "two_numbers", "two names"),
):
    ring_patient.mistake("T12", _title, (_CURE, _answer), caught_by=_case, says=_says)
