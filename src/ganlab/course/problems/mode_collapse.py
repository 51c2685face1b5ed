"""Problems of chapter 8, mode collapse: the pack that a missing mode asks for, and lost modes or chased ones."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number
from ganlab.checks.traces import untouched
from ganlab.course.problems.problem import Problem, Wording, posed
from ganlab.course.variants import Draw

_PACK_SIZE = Wording(
    text="""
A missing mode is cheap: in the chapter, a generator that keeps seven of eight modes pays less than a tenth of a nat.
Packs raise the price. A colleague wants to choose the size of the packs so that the price of what *her* generator
leaves out is **at least «price» nats**, and no larger than necessary, since packs cost quality.

Her modes are not equally frequent. You are given their shares in the data, and which of them the generator keeps; it
reproduces those in the right proportions among each other. The price is what the *minimax* generator descends for
packs, $2\\,\\mathrm{JSD}_m$, as in *Let $D$ see more than one sample*.

Return the least number of examples in a pack that makes the price «price» nats or more. Her batches hold «limit»
examples, so no pack can be larger; return 0 if none is enough.
""",
    stub='''
import torch


def pack_size(weights, kept):
    """Return the least size of pack with a price of «price» nats or more.

    weights, shape (M,), are the shares of the modes in the data; kept,
    shape (M,), is True for the modes that G keeps, one or more. The size is
    from 1 to «limit», or 0 if no such pack costs so much.
    """
    raise NotImplementedError
''',
    answer="""
m = torch.arange(1, «limit» + 1)
c = weights[kept].sum() ** m
jsd = torch.tensor(2.0).log() + (c * c.log() - (1 + c) * (1 + c).log()) / 2
enough = m[2 * jsd >= «price»]
return int(enough[0]) if len(enough) > 0 else 0
""",
    mistakes=[
        ("U10", "counts modes instead of adding up their shares",
         [("weights[kept].sum()", "kept.double().mean()")], "modes_of_different_size", "how often it is in the data"),
        ("U10", "takes the share of what is missing", [("weights[kept]", "weights[~kept]")],
         "equal_modes", "c is the share of the data"),
        ("T11", "multiplies the price of single examples by m",
         [("weights[kept].sum() ** m", "weights[kept].sum()"), ("2 * jsd >=", "2 * jsd * m >=")],
         "equal_modes", "does not multiply the price"),
        ("T11", "divides the share by m, as if one example decided",
         [("weights[kept].sum() ** m", "weights[kept].sum() / m")], "equal_modes", "c ** m"),
        ("E2", "takes the JSD once", [("2 * jsd >=", "jsd >=")], "equal_modes", "twice the JSD"),
        ("E2", "takes the price of the non-saturating generator",
         [("enough = m[2 * jsd", "soft = (1 + c) * ((1 + c) / c).log() - 2 * torch.tensor(2.0).log()\n"
           "    enough = m[soft")], "equal_modes", "non-saturating"),
        ("T11", "takes the reverse KL divergence", [("2 * jsd >=", "-c.log() >=")], "equal_modes", "reverse KL"),
        ("U10", "gives the largest pack where none is enough", [("else 0", "else «limit»")],
         "where_no_pack_is_enough", "no pack"),
        ("U10", "gives the largest pack that is too cheap",
         [("int(enough[0]) if", "int(enough[0]) - 1 if")], "equal_modes", "one too small"),
    ],
    equivalent={
        "m = torch.arange(1, «limit» + 1) -> m = torch.arange(0, «limit» + 1)": "a pack of none costs nothing",
        "m = torch.arange(1, «limit» + 1) -> m = torch.arange(-1, «limit» + 1)": "packs below 1 cost less than nothing",
        "enough = m[2 * jsd >= «price»] -> enough = m[2 * jsd > «price»]": "no pack costs just the price",
        "no_grad: return int(enough[0]) if len(enough) > 0 else 0": "whole numbers have no gradient",
    },
)  # fmt: skip


def pack_size(draw: Draw) -> Problem:
    """Find the pack for which a missing mode has a given price, with modes of different size."""
    price, limit = draw.randrange(34, 93, 2) / 100, draw.choice([24, 32, 48])
    problem = posed("pack_size", "A pack of the right size", _PACK_SIZE, {"price": price, "limit": limit})
    weights = draw.sample([3, 4, 6, 8, 12], 5)
    _pack_size_visible(problem.exercise, price, limit, weights)
    _pack_size_hidden(problem.exercise, price, limit)
    return problem


def _costs(c: float) -> float:
    """The price of keeping the share c: twice the JSD."""
    return 2 * math.log(2) + c * math.log(c) - (1 + c) * math.log(1 + c)


def _softened(c: float) -> float:
    return (1 + c) * math.log((1 + c) / c) - 2 * math.log(2)


def _first(limit: int, enough: Callable[[int], bool]) -> int:
    return next((m for m in range(1, limit + 1) if enough(m)), 0)


def _sizes(kept: Sequence[float], price: float, limit: int) -> Tensor:
    """The right answer for each share that is kept."""
    return torch.tensor([float(_first(limit, lambda m, c=c: _costs(c**m) >= price)) for c in kept])


def _pack_hints(kept: Sequence[float], price: float, limit: int) -> dict[Tensor, str]:
    def by(enough: Callable[[float, int], bool]) -> Tensor:
        return torch.tensor([float(_first(limit, lambda m, c=c: enough(c, m))) for c in kept])

    return {
        by(
            lambda c, m: m * _costs(c) >= price
        ): "A pack does not multiply the price by m; it puts c ** m in place of c.",
        by(lambda c, m: _costs(c**m) / 2 >= price): "The minimax generator descends twice the JSD.",
        by(lambda c, m: _softened(c**m) >= price): "That is the price of the non-saturating generator.",
        by(lambda c, m: -m * math.log(c) >= price): "That is the reverse KL divergence, which neither game descends.",
        _sizes(kept, price, limit) - 1: "The pack is one too small: its price is not reached yet.",
    }


def _pack_sizes(pack_size: Callable, modes: Sequence[tuple[Tensor, list[int]]], what: str, terms: tuple) -> None:
    """Compare the sizes for several generators; each is the weights of its modes, and which of them it keeps."""
    found, shares = [], []
    for weights, which in modes:
        kept = torch.zeros(len(weights), dtype=torch.bool)
        kept[which] = True
        found.append(number(pack_size(weights.clone(), kept), "the size of the pack"))
        shares.append(weights[which].sum().item())
    near(torch.tensor(found), _sizes(shares, *terms), what, hints=_pack_hints(shares, *terms))


def _pack_size_visible(exercise: Exercise, price: float, limit: int, weights: list[int]) -> None:
    uneven = torch.tensor(weights, dtype=torch.float64)
    uneven = uneven / uneven.sum()

    @exercise.case(points=2, hint="c is the share of the data on the modes that are kept; for packs of m it is c ** m.")
    def equal_modes(pack_size):
        """On equal modes the size is right, whether few are missing or many."""
        rings = [
            (torch.full((M,), 1 / M).double(), list(range(k))) for M, k in ((8, 7), (8, 5), (8, 1), (14, 13), (10, 9))
        ]
        _pack_sizes(pack_size, rings, "for 7, 5 and 1 of 8 equal modes, 13 of 14 and 9 of 10, the size", (price, limit))

    @exercise.case(hint="A mode counts by how often it is in the data, not as one of M.")
    def modes_of_different_size(pack_size):
        """On modes of different size it matters which ones are kept."""
        kept = [[0, 1, 2, 3], [1, 2, 3, 4], [0, 2, 4], [0, 1, 3], [int(uneven.argmax())], [int(uneven.argmin())]]
        what = f"for the weights {tuple(weights)} / {sum(weights)}, and six generators, the size"
        _pack_sizes(pack_size, [(uneven, which) for which in kept], what, (price, limit))


def _pack_size_hidden(exercise: Exercise, price: float, limit: int) -> None:
    @exercise.case(visible=False, hint="Where no pack is enough the answer is 0.")
    def where_no_pack_is_enough(pack_size):
        """A generator that leaves out nothing, or next to nothing, needs a pack that cannot be made."""
        c = _share_of(price)
        pairs = [torch.tensor([c ** (1 / (limit + by)), 0]).double() for by in (-0.5, 0.5, 40)]
        modes = [(torch.stack([pair[0], 1 - pair[0]]), [0]) for pair in pairs]
        whole = torch.tensor([0.2, 0.3, 0.5]).double()
        what = f"where {limit}, then {limit + 1} and {limit + 40} were needed, and where nothing is missing, the size"
        _pack_sizes(pack_size, [*modes, (whole, [0, 1, 2])], what, (price, limit))

    @exercise.case(points=2, visible=False, hint="Nothing in the formula depends on the number of modes.")
    def other_modes(pack_size):
        """On other numbers of modes, of random size, the size is right."""
        for M in (3, 12, 30):
            drawn = torch.rand(4, M, dtype=torch.float64) ** 2 + 0.01
            kept = [torch.randperm(M)[: 1 + M * k // 4].tolist() for k in range(4)]
            modes = [(row / row.sum(), which) for row, which in zip(drawn, kept, strict=True)]
            _pack_sizes(pack_size, modes, f"for {M} modes of random size the size", (price, limit))

    @exercise.case(visible=False)
    def leaves_weights_and_modes_alone(pack_size):
        """Neither the weights nor the kept modes are changed."""
        weights, kept = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([True, False, True])
        with untouched(weights=weights, kept=kept):
            pack_size(weights, kept)


def _share_of(price: float) -> float:
    """The share whose price is just this, by halving."""
    low, high = 1e-9, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _costs(middle) > price else (low, middle)
    return low


_LOST_OR_CHASED = Wording(
    text="""
Somebody has trained an ensemble of generators, looked at it from time to time, and stored at each look the share of
each member's samples that is near each mode. Which of the two kinds of collapse does each member have, if any?

- How many looks at the beginning do not count, because the samples are still scattered then: **«scattered»**.
- A mode is *near* if it gets at least **1/«part»** of its fair share, the same for all modes.
- A mode *comes back* at a look if it is near, was not near at the look before, and had been near at some earlier look
  (of those that count).

Return a list with one word for each member: `"whole"` if all modes are near at the last look; otherwise `"chased"` if
its modes came back **«times» times or more** in all, taken together; otherwise `"lost"`.
""",
    stub='''
import torch


def lost_or_chased(shares):
    """Return "whole", "chased" or "lost" for each member, in a list.

    shares, shape (looks, members, modes), holds the share of a member's
    samples near each mode. Looks at the beginning that do not count:
    «scattered». Near is 1/«part» of a fair share; chased modes came back
    «times» times or more.
    """
    raise NotImplementedError
''',
    answer="""
near = shares[«scattered»:] >= 1 / shares.shape[2] / «part»
new = near[1:] & ~near[:-1]
had = near.cumsum(dim=0)[:-1] > 0
back = (new & had).sum(dim=(0, 2))
whole = near[-1].all(dim=1)
return [
    "whole" if w else "chased" if b >= «times» else "lost"
    for w, b in zip(whole, back)
]
""",
    mistakes=[
        ("U10", "takes a mode's first time for a return", [("(new & had).sum", "new.sum")],
         "a_first_time_is_no_return", "the first time"),
        ("U10", "counts looks at which a mode is near, not returns", [("(new & had).sum", "(near[1:] & had).sum")],
         "three_kinds", "comes back"),
        ("U10", "takes 1/«part» of all samples for near", [(" / shares.shape[2] / «part»", " / «part»")],
         "three_kinds", "fair share"),
        ("U10", "lets the scattered looks count", [("shares[«scattered»:] >=", "shares >=")],
         "a_first_time_is_no_return", "scattered looks aside"),
        ("U10", "calls whole what was near at some time", [("near[-1].all(dim=1)", "near.any(dim=0).all(dim=1)")],
         "three_kinds", "last look"),
        ("U10", "asks for one return more", [("b >= «times»", "b > «times»")], "three_kinds", "«times» times or more"),
        ("T14", "judges the ensemble as a whole", [("zip(whole, back)", "zip(whole, back.sum().expand(len(back)))")],
         "three_kinds", "each member"),
        ("U10", "calls every member chased that has lost a mode", [("new & had", "~near[1:] & had")],
         "three_kinds", "comes back"),
    ],
    equivalent={
        "near = shares[«scattered»:] >= 1 / shares.shape[2] / «part» -> "
        "near = shares[«scattered»:] > 1 / shares.shape[2] / «part»": "no share is just at the limit",
        "whole = near[-1].all(dim=1) -> whole = near[-1].all(dim=-1)": "the last of two dimensions is 1",
        "back = (new & had).sum(dim=(0, 2)) -> back = (new & had).sum(dim=(2, 0))": "a sum over both, in either order",
        "swap: back = (new & had).sum(dim=(0, 2)) / whole = near[-1].all(dim=1)": "neither line needs the other",
        "swap: new = near[1:] & ~near[:-1] / had = near.cumsum(dim=0)[:-1] > 0": "neither line needs the other",
        "no_grad: return ['whole' if w else 'chased' if b >= «times» else 'lost' for w, b in zip(whole, back)]": (
            "words have no gradient"
        ),
    },
)  # fmt: skip


def lost_or_chased(draw: Draw) -> Problem:
    """Tell static collapse from rotation in a table of shares over looks."""
    rules = {"scattered": draw.choice([1, 2, 3]), "part": draw.choice([3, 4, 5, 6]), "times": draw.choice([2, 3, 4])}
    problem = posed("lost_or_chased", "Lost modes, or chased ones?", _LOST_OR_CHASED, rules)
    _kinds_visible(problem.exercise, rules, M=draw.choice([6, 8, 10]))
    _kinds_hidden(problem.exercise, rules)
    return problem


def _history(near: Tensor, rules: dict[str, int], first: Tensor | None = None) -> Tensor:
    """Shares that are just above or just below the limit of a near mode, after looks that do not count."""
    first = torch.ones(near.shape[1:], dtype=torch.bool) if first is None else first
    looks = torch.cat([first.expand(rules["scattered"], -1, -1), near])
    return (0.9 + 0.2 * looks) / near.shape[2] / rules["part"]


def _kind(near: Tensor, times: int) -> str:
    """The right word for one member, (looks, modes), mode by mode."""
    back = 0
    for mode in near.T.tolist():
        seen = [look for look, is_near in enumerate(mode) if is_near]
        back += sum(after - before > 1 for before, after in pairwise(seen))
    return "whole" if near[-1].all() else "chased" if back >= times else "lost"


def _kinds(
    lost_or_chased: Callable, near: Tensor, rules: dict[str, int], what: str, first: Tensor | None = None
) -> None:
    found = items(lost_or_chased(_history(near, rules, first)), near.shape[1], f"a list of {near.shape[1]} words")
    right = [_kind(member, rules["times"]) for member in near.unbind(dim=1)]
    for at, (word, wanted) in enumerate(zip(found, right, strict=True)):
        if word != wanted:
            raise Finding(f"{what}: you call member {at + 1} {word!r}", repr(wanted))


def _blinks(times: int, M: int, looks: int = 12) -> Tensor:
    """A member whose first mode comes back so many times, and whose last mode is never near."""
    near = torch.zeros(looks, M, dtype=torch.bool)
    near[:, 1:3] = True
    near[: 2 * times + 1 : 2, 0] = True
    return near


def _kinds_visible(exercise: Exercise, rules: dict[str, int], M: int) -> None:
    times = rules["times"]
    told = (
        f"Near is 1/{rules['part']} of a fair share, chased is {times} times or more, whole is all modes at the last "
        "look; count for each member by itself how often a mode comes back."
    )

    @exercise.case(points=2, hint=told)
    def three_kinds(lost_or_chased):
        """Members that are whole, lost, or chased are told apart."""
        whole, gone = torch.ones(12, M, dtype=torch.bool), torch.ones(12, M, dtype=torch.bool)
        gone[6:, 2:] = False
        members = [whole, gone, _blinks(times, M), _blinks(times - 1, M), gone, _blinks(times + 1, M)]
        what = f"a whole member, one that keeps two modes, then {times}, {times - 1}, no and {times + 1} returns"
        _kinds(lost_or_chased, torch.stack(members, dim=1), rules, what)

    @exercise.case(hint="A mode that is near for the first time, the scattered looks aside, was not lost before.")
    def a_first_time_is_no_return(lost_or_chased):
        """A generator that visits one mode after the other, each once, is not chased back to any."""
        tour = torch.eye(M).bool().repeat_interleave(2, dim=0)
        what = f"a member that visits {M} modes once each, the second in the other order"
        _kinds(lost_or_chased, torch.stack([tour, tour.flip(1)], dim=1), rules, what)


def _kinds_hidden(exercise: Exercise, rules: dict[str, int]) -> None:
    times = rules["times"]

    @exercise.case(visible=False, hint="A mode that stays near was not lost, so it does not come back.")
    def what_stays_has_not_come_back(lost_or_chased):
        """Modes that stay near for all looks have not come back."""
        stays = _blinks(0, 7, looks=3 + times)
        _kinds(lost_or_chased, torch.stack([stays, stays], dim=1), rules, "two modes near all the time, five never")

    @exercise.case(visible=False, hint="Leave the scattered looks out before you ask whether a mode was near earlier.")
    def the_first_looks_do_not_count(lost_or_chased):
        """Modes that were near at the scattered looks only have not been lost."""
        late = torch.zeros(10, 1, 9, dtype=torch.bool)
        late[4:, 0, :8] = True
        what = "eight of nine modes near from the fifth look on that counts, and before that only while scattered"
        _kinds(lost_or_chased, late, rules, what, first=torch.ones(1, 9, dtype=torch.bool))

    @exercise.case(
        points=2, visible=False, hint="Count returns over all modes of a member; whole is about the last look."
    )
    def random_histories(lost_or_chased):
        """Members with random histories, few modes and many, are told apart."""
        for M in (2, 5, 12):
            stay = torch.rand(1, 40, 1) * 0.3 + 0.7
            near = torch.rand(9, 40, M) < stay
            near[:, :8] = torch.ones(9, 8, M, dtype=torch.bool).cumsum(0) <= torch.randint(1, 10, (1, 8, M))
            _kinds(lost_or_chased, near, rules, f"random histories of {M} modes", first=near[0])

    @exercise.case(visible=False)
    def leaves_the_shares_alone(lost_or_chased):
        """The shares are not changed."""
        shares = _history(torch.rand(8, 3, 4) < 0.5, rules)
        with untouched(shares=shares):
            lost_or_chased(shares)
