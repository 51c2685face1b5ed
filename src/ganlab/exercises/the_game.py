"""Exercises of chapter 4, the game: its value, two divergences, a wrong minimax, and the Nash equilibrium."""

import math

import torch
from torch import Tensor

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number, show, tensor, truth
from ganlab.checks.traces import untouched

LOG2, LOG4 = math.log(2), math.log(4)


def _table(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _random_table(n: int = 6) -> Tensor:
    p = 0.05 + torch.rand(n, dtype=torch.float64)
    return p / p.sum()


value = Exercise(
    "value",
    "The value of the game on a table",
    stub='''
import torch


def value(p_data, p_g, D):
    """Return V(D, G) for distributions on n places.

    p_data and p_g, shape (n,), sum to 1; D, shape (n,), lies in [0, 1].
    A term whose probability is 0 counts 0, whatever D says there.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def value(p_data, p_g, D):
    """Return V(D, G) for distributions on n places.

    p_data and p_g, shape (n,), sum to 1; D, shape (n,), lies in [0, 1].
    A term whose probability is 0 counts 0, whatever D says there.
    """
    return (torch.xlogy(p_data, D) + torch.xlogy(p_g, 1 - D)).sum()
''',
)


def _value(value, p_data: Tensor, p_g: Tensor, D: Tensor) -> float:
    return number(value(p_data.clone(), p_g.clone(), D.clone()), "the value")


@value.case(hint="Both means are log ½, and V is their sum; nothing is halved.")
def undecided(value):
    """D = 1/2 everywhere gives -log 4, whatever the distributions are."""
    hints = {
        LOG4: "That is the cost of D, L_D = -V; the value is its negative.",
        -LOG2: "Is the sum halved? V is the sum of the two means.",
        -2.0: "Is the logarithm to the base 2? In this book log is natural.",
        -LOG4 / 3: "Is it a mean over the places? The probabilities are the weights already: sum up.",
        0.0: "One mean must be of log D and the other of log(1 - D).",
        1.0: "log(1 - D) is not 1 - log D: mind the bracket.",
    }
    found = _value(value, _table(0.2, 0.5, 0.3), _table(0.6, 0.1, 0.3), _table(0.5, 0.5, 0.5))
    near(found, -LOG4, "V for D = 1/2", hints=hints)


@value.case(points=2, hint="Weigh log D by p_data and log(1 - D) by p_g, place by place.")
def two_places(value):
    """With p_data = (0.8, 0.2), p_g = (0.4, 0.6) and D = (0.7, 0.1) it is the sum of four terms."""
    wanted = 0.8 * math.log(0.7) + 0.2 * math.log(0.1) + 0.4 * math.log(0.3) + 0.6 * math.log(0.9)
    swapped = 0.4 * math.log(0.7) + 0.6 * math.log(0.1) + 0.8 * math.log(0.3) + 0.2 * math.log(0.9)
    hints = {
        swapped: "Are the two distributions swapped? D should be large at the data.",
        0.8 * math.log(0.7) + 0.2 * math.log(0.1) + 0.4 * math.log(0.7) + 0.6 * math.log(0.1): (
            "Both means contain log D; the fakes need log(1 - D)."
        ),
    }
    found = _value(value, _table(0.8, 0.2), _table(0.4, 0.6), _table(0.7, 0.1))
    near(found, wanted, "V for p_data = (0.8, 0.2), p_g = (0.4, 0.6), D = (0.7, 0.1)", hints=hints)


@value.case(hint="log 0 is minus infinity. A small number inside the logarithm, or a clamp, hides it.")
def certain_and_wrong(value):
    """A D that is certain that some data are fake has the value minus infinity."""
    found = _value(value, _table(0.5, 0.5), _table(0.5, 0.5), _table(0.0, 0.5))
    if found != -math.inf:
        raise Finding(f"V for D = (0, ½) is {show(found)}", "-inf")


@value.case(hint="Nothing is clamped: a D near 0 or 1 that is wrong is expensive.")
def random_tables(value):
    """On random tables it agrees with a sum in plain Python, also where D is nearly sure."""
    for n in (2, 5, 9):
        p_data, p_g, D = _random_table(n), _random_table(n), torch.rand(n, dtype=torch.float64)
        D[0], D[-1] = 1e-6, 1 - 1e-6
        terms = zip(p_data.tolist(), p_g.tolist(), D.tolist(), strict=True)
        wanted = sum(p * math.log(d) + q * math.log(1 - d) for p, q, d in terms)
        near(_value(value, p_data, p_g, D), wanted, f"V of random tables with {n} places")


@value.case(hint="0 · log 0 counts 0 here: torch.xlogy(p, D) is p log D, and 0 where p is 0.")
def a_perfect_discriminator(value):
    """Without overlap, D = 1 at the data and 0 at the fakes gives 0, the largest value."""
    p_data, p_g = _table(0.3, 0.7, 0.0, 0.0), _table(0.0, 0.0, 0.6, 0.4)
    near(_value(value, p_data, p_g, _table(1, 1, 0, 0)), 0.0, "V for a D that is always right")


@value.case()
def leaves_the_tables_alone(value):
    """The tables, and all else in the notebook, stay as they were."""
    p_data, p_g, D = _random_table(), _random_table(), torch.rand(6, dtype=torch.float64).requires_grad_()
    with untouched(p_data=p_data, p_g=p_g, D=D):
        value(p_data, p_g, D)


_VALUE = "(torch.xlogy(p_data, D) + torch.xlogy(p_g, 1 - D)).sum()"
for _key, _title, _wrong, _case, _says in (
    ("E1", "1 - log D for the fakes", "(torch.xlogy(p_data, D) + p_g * (1 - D.log())).sum()", "undecided", "bracket"),
    ("U23", "log D for the fakes, too", "(torch.xlogy(p_data, D) + torch.xlogy(p_g, D)).sum()", "two_places",
     "need log(1 - D)"),
    ("T12", "the cost of D, with the opposite sign", f"-{_VALUE}", "undecided", "its negative"),
    ("T12", "halves the sum", f"{_VALUE} / 2", "undecided", "Is the sum halved"),
    ("T10", "swaps data and fakes", "(torch.xlogy(p_g, D) + torch.xlogy(p_data, 1 - D)).sum()", "two_places",
     "distributions swapped"),
    ("T11", "logarithm to the base 2", "(p_data * D.log2() + p_g * (1 - D).log2()).sum()", "undecided", "base 2"),
    ("E20", "averages over the places", _VALUE.replace(".sum()", ".mean()"), "undecided", "mean over the places"),
    ("U2", "a small number inside the logarithm",
     "(torch.xlogy(p_data, D + 1e-8) + torch.xlogy(p_g, 1 - D + 1e-8)).sum()", "certain_and_wrong", "hides it"),
    ("T11", "0 log 0 is not a number", "(p_data * D.log() + p_g * (1 - D).log()).sum()", "a_perfect_discriminator",
     "xlogy"),
    ("E20", "rounds D to labels", "(torch.xlogy(p_data, D.round()) + torch.xlogy(p_g, 1 - D.round())).sum()",
     "undecided", "-inf"),
    ("E8", "the difference of the mean answers", "(p_data * D - p_g * D).sum()", "undecided", "log(1 - D)"),
    ("U2", "clamps the answers of D",
     "(torch.xlogy(p_data, D.clamp(0.01, 0.99)) + torch.xlogy(p_g, 1 - D.clamp(0.01, 0.99))).sum()",
     "certain_and_wrong", "a clamp, hides it"),
):  # fmt: skip
    value.mistake(_key, _title, (_VALUE, _wrong), caught_by=_case, says=_says)


jsd = Exercise(
    "jsd",
    "The Jensen–Shannon divergence",
    stub='''
import torch


def jsd(p, q):
    """Return JSD(p || q) of two distributions on n places, in nats.

    p and q have shape (n,) and sum to 1; entries may be 0.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def jsd(p, q):
    """Return JSD(p || q) of two distributions on n places, in nats.

    p and q have shape (n,) and sum to 1; entries may be 0.
    """
    m = (p + q) / 2
    kl_p = (torch.xlogy(p, p) - torch.xlogy(p, m)).sum()
    kl_q = (torch.xlogy(q, q) - torch.xlogy(q, m)).sum()
    return (kl_p + kl_q) / 2
''',
    equivalent={
        "swap: kl_p = (torch.xlogy(p, p) - torch.xlogy(p, m)).sum() / kl_q = (torch.xlogy(q, q) - "
        "torch.xlogy(q, m)).sum()": "neither needs the other",
        "return (kl_p + kl_q) / 2 -> return kl_p.add_(kl_q) / 2": "kl_p is the function's own number",
    },
)


def _jsd(jsd, p: Tensor, q: Tensor) -> float:
    return number(jsd(p.clone(), q.clone()), "the JSD")


@jsd.case(hint="For p = q the mixture m is p itself, so both KL divergences are 0.")
def equal_is_zero(jsd):
    """It is 0 for equal distributions, also where an entry is 0."""
    p = _table(0.2, 0.5, 0.3)
    near(_jsd(jsd, p, p), 0.0, "jsd(p, p)")
    p = _table(0.4, 0.0, 0.6)
    hint = "0 · log 0 counts 0: torch.xlogy(p, q) is p log q, and 0 where p is 0. And 0/0 is not a number."
    try:
        near(_jsd(jsd, p, p), 0.0, "jsd(p, p) for p = (0.4, 0, 0.6)")
    except Finding as found:
        raise Finding(found.saw, found.expected, hint) from None


@jsd.case(hint="Without overlap p/m is 2 at every place of p: each KL divergence is log 2, and so is their mean.")
def disjoint_is_log_two(jsd):
    """It is log 2 if no place has mass of both."""
    hints = {
        2 * LOG2: "Is the sum of the two KL divergences not halved?",
        LOG2 / 2: "Is it halved once too often? Or is one of the two KL divergences missing?",
        1.0: "That is log 2 in bits: take the natural logarithm.",
        math.sqrt(LOG2): "That is the root of the JSD, which SciPy calls the Jensen–Shannon distance.",
    }
    found = _jsd(jsd, _table(0.3, 0.7, 0, 0), _table(0, 0, 0.1, 0.9))
    if math.isinf(found):
        hint = "Compare p and q with the mixture m, which has mass wherever one of them has."
        raise Finding("the JSD without overlap is infinite", "0.69315, which is log 2", hint)
    near(found, LOG2, "the JSD without overlap", hints=hints)


@jsd.case(points=2, hint="Half of the mass overlaps; only the other half counts log 2.")
def half_overlap(jsd):
    """For (½, ½, 0) and (0, ½, ½) it is half of log 2."""
    near(_jsd(jsd, _table(0.5, 0.5, 0), _table(0, 0.5, 0.5)), LOG2 / 2, "the JSD with half an overlap")


def _plain_jsd(p: Tensor, q: Tensor) -> float:
    pairs = list(zip(p.tolist(), q.tolist(), strict=True))
    return sum(a * math.log(2 * a / (a + b)) / 2 + b * math.log(2 * b / (a + b)) / 2 for a, b in pairs)


@jsd.case(hint="JSD = ½ KL(p ‖ m) + ½ KL(q ‖ m), with m = (p + q)/2; the mixture is the second argument.")
def random_tables_agree(jsd):
    """On random tables it agrees with the definition."""
    for n in (2, 4, 9):
        p, q = _random_table(n).square(), _random_table(n)
        p = p / p.sum()
        m, mixed = (p + q) / 2, (p * q).sqrt() / (p * q).sqrt().sum()
        hints = {
            (m * (m / p).log() + m * (m / q).log()).sum().item() / 2: "KL(m ‖ p) asks at the mixture: swap the two.",
            (p * (p / mixed).log() + q * (q / mixed).log()).sum().item() / 2: "m is the mean of p and q themselves.",
            (p * (p / q).log() + q * (q / p).log()).sum().item() / 2: "Each KL divergence goes to the mixture m.",
            (p * (p / m).log()).sum().item(): "KL(q ‖ m) belongs to it, too.",
        }
        near(_jsd(jsd, p, q), _plain_jsd(p, q), f"the JSD of random tables with {n} places", hints=hints)


@jsd.case()
def leaves_the_distributions_alone(jsd):
    """Both distributions, and all else in the notebook, stay as they were."""
    p, q = _random_table(), _random_table()
    with untouched(p=p, q=q):
        jsd(p, q)


_END = "return (kl_p + kl_q) / 2"
_M = "m = (p + q) / 2"
_P = "(torch.xlogy(p, p) - torch.xlogy(p, m)).sum()"
_Q = "(torch.xlogy(q, q) - torch.xlogy(q, m)).sum()"
for _key, _title, _edits, _case, _says in (
    ("T11", "the sum of the two, not the mean", [(_END, "return kl_p + kl_q")], "disjoint_is_log_two", "not halved"),
    ("E2", "only KL(p ‖ m)", [(_END, "return kl_p")], "random_tables_agree", "KL(q ‖ m) belongs"),
    ("E2", "half of KL(p ‖ m)", [(_END, "return kl_p / 2")], "disjoint_is_log_two", "halved once too often"),
    ("E2", "the plain KL divergence", [(_P, "(torch.xlogy(p, p) - torch.xlogy(p, q)).sum()"), (_END, "return kl_p")],
     "disjoint_is_log_two", "Compare p and q with the mixture"),
    ("T11", "the mean of both KL divergences, without the mixture", [(_M, "m = q"), (_Q, _Q.replace("q, m", "q, p"))],
     "disjoint_is_log_two", "Compare p and q with the mixture"),
    ("T11", "asks at the mixture", [(_P, "(torch.xlogy(m, m) - torch.xlogy(m, p)).sum()"),
                                    (_Q, "(torch.xlogy(m, m) - torch.xlogy(m, q)).sum()")],
     "disjoint_is_log_two", "Compare p and q with the mixture"),
    ("T11", "mixes the logarithms", [(_M, "m = (p * q).sqrt()\n    m = m / m.sum()")], "disjoint_is_log_two", "nan"),
    ("T11", "forgets to halve the mixture", [(_M, "m = p + q")], "equal_is_zero", "jsd(p, p) is -0.69"),
    ("T11", "0/0 is not a number", [(_P, "(p * (p / m).log()).sum()"), (_Q, "(q * (q / m).log()).sum()")],
     "equal_is_zero", "0/0 is not a number"),
    ("T11", "in bits", [(_END, "return (kl_p + kl_q) / 2 / 0.6931471805599453")], "disjoint_is_log_two", "in bits"),
    ("T11", "the distance, a square root", [(_END, "return ((kl_p + kl_q) / 2).sqrt()")], "disjoint_is_log_two",
     "root of the JSD"),
    ("T11", "V at D* instead", [(_END, "return kl_p + kl_q - 1.3862943611198906")], "equal_is_zero", "-1.38"),
    ("T11", "mixes in place", [(_M, "m = p.add_(q).div_(2)")], "disjoint_is_log_two", "halved once too often"),
):  # fmt: skip
    jsd.mistake(_key, _title, *_edits, caught_by=_case, says=_says)


_NO_WAY_BACK = "the estimates are used as numbers: nothing goes backward"
_FORWARD_LINE = "forward = (log_p(real) - log_q(real)).mean()"
_REVERSE_LINE = "reverse = (log_q(fake) - log_p(fake)).mean()"
kl_both_ways = Exercise(
    "kl_both_ways",
    "Both KL divergences from samples",
    stub='''
def kl_both_ways(log_p, log_q, real, fake):
    """Estimate KL(p || q) and KL(q || p), in this order, as means.

    log_p and log_q return the log-densities at points of shape (n,);
    real holds samples of p and fake samples of q, not equally many.
    """
    raise NotImplementedError
''',
    reference='''
def kl_both_ways(log_p, log_q, real, fake):
    """Estimate KL(p || q) and KL(q || p), in this order, as means.

    log_p and log_q return the log-densities at points of shape (n,);
    real holds samples of p and fake samples of q, not equally many.
    """
    forward = (log_p(real) - log_q(real)).mean()
    reverse = (log_q(fake) - log_p(fake)).mean()
    return forward, reverse
''',
    equivalent={
        **{f"no_grad: {line}": _NO_WAY_BACK for line in (_FORWARD_LINE, _REVERSE_LINE)},
        **{
            f"{line} -> {line.replace(call, call + '.detach()')}": _NO_WAY_BACK
            for line in (_FORWARD_LINE, _REVERSE_LINE)
            for call in ("log_p(real)", "log_q(real)", "log_p(fake)", "log_q(fake)")
            if call in line
        },
        f"swap: {_FORWARD_LINE} / {_REVERSE_LINE}": "neither needs the other",
    },
)


def _log_normal(mean: float, std: float):
    return lambda x: -(((x - mean) / std) ** 2) / 2 - math.log(std * math.sqrt(2 * math.pi))


def _quantiles(mean: float, std: float, n: int) -> Tensor:
    """Points that stand for samples of a bell, without their noise."""
    u = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    return mean + std * math.sqrt(2) * torch.erfinv(2 * u - 1)


def _both(kl_both_ways, *answers) -> tuple[float, float]:
    pair = items(kl_both_ways(*answers), 2, "two numbers, KL(p ‖ q) and KL(q ‖ p)")
    return number(pair[0], "the first divergence"), number(pair[1], "the second divergence")


@kl_both_ways.case(hint="If p and q are one, both log-densities are equal everywhere.")
def equal_densities(kl_both_ways):
    """Both are exactly 0 if p and q are the same density."""
    log_p = _log_normal(1, 2)
    found = _both(kl_both_ways, log_p, log_p, torch.randn(50).double(), torch.randn(40).double())
    for value, name in zip(found, ("KL(p ‖ q)", "KL(q ‖ p)"), strict=True):
        near(value, 0.0, f"{name} of a density and itself", tolerance=1e-9)


@kl_both_ways.case(points=2, hint="KL(p ‖ q) is a mean over p, so over real; KL(q ‖ p) is a mean over q, so over fake.")
def bells_of_two_widths(kl_both_ways):
    """For N(0, 1) and N(1, 2²) they agree with the closed form of chapter 2."""
    forward, reverse = math.log(2) + 2 / 8 - 0.5, -math.log(2) + 5 / 2 - 0.5
    real, fake = _quantiles(0, 1, 20_000), _quantiles(1, 2, 30_000)
    found = _both(kl_both_ways, _log_normal(0, 1), _log_normal(1, 2), real, fake)
    hints = {
        reverse: "Are the two divergences swapped? KL(p ‖ q) comes first.",
        -forward: "The sign: a mean of log p - log q over samples of p.",
        math.log(2) - 5 / 2 + 0.5: "That is the mean of log p - log q over samples of q: each one over its own.",
        -reverse: "That is log p - log q, over samples of q; swap the densities, too.",
    }
    near(found[0], forward, "KL(p ‖ q) for N(0, 1) and N(1, 4)", tolerance=2e-3, hints=hints)
    hints = {
        -forward: "KL(q ‖ p) is a mean over the samples of q, which are in fake.",
        -reverse: "The sign: a mean of log q - log p over samples of q.",
        forward: "That is KL(p ‖ q) again.",
    }
    near(found[1], reverse, "KL(q ‖ p) for N(0, 1) and N(1, 4)", tolerance=2e-3, hints=hints)


@kl_both_ways.case(hint="The logarithms come first and the mean last; nothing is clamped, squared or made positive.")
def few_samples(kl_both_ways):
    """It is the plain mean of the log-ratios, which may come out negative for a few samples."""
    for real, fake in (((0.1, -0.4, 0.3), (1.0, 0.5)), ((2.0,), (-3.0, -2.0, 4.0, 1.0)), ((-1.0, 0.5), (0.2,))):
        real, fake = _table(*real), _table(*fake)
        log_p, log_q = _log_normal(0, 1), _log_normal(1, 2)
        found = _both(kl_both_ways, log_p, log_q, real.clone(), fake.clone())
        given = f"for real = {show(real)} and fake = {show(fake)}"
        near(found[0], (log_p(real) - log_q(real)).mean().item(), f"{given} the first estimate")
        near(found[1], (log_q(fake) - log_p(fake)).mean().item(), f"{given} the second estimate")


@kl_both_ways.case(hint="Mass of p where q has none: log q is -inf there, and the mean is infinite. Let it be.")
def missing_mass_is_infinite(kl_both_ways):
    """If q misses a place of p, KL(p ‖ q) is infinite and KL(q ‖ p) is not."""

    def log_box(x: Tensor) -> Tensor:
        return torch.where((x >= 0) & (x <= 1), 0.0, -torch.inf)

    def log_wide(x: Tensor) -> Tensor:
        return torch.where((x >= 0) & (x <= 2), -LOG2, -torch.inf)

    found = _both(kl_both_ways, log_wide, log_box, _table(0.2, 0.8, 1.5), _table(0.1, 0.6))
    if found[0] != math.inf:
        raise Finding(f"KL(p ‖ q) is {show(found[0])} where q misses a place of p", "inf")
    near(found[1], LOG2, "KL(q ‖ p) of boxes on [0, 1] and [0, 2]")


@kl_both_ways.case()
def leaves_the_samples_alone(kl_both_ways):
    """The samples, and all else in the notebook, stay as they were."""
    real, fake = torch.randn(5).double(), torch.randn(7).double()
    kept = []

    def log_p(x: Tensor) -> Tensor:
        kept.append((-(x**2), -(x**2)))
        return kept[-1][0]

    with untouched(real=real, fake=fake):
        kl_both_ways(log_p, log_p, real, fake)
    for used, before in kept:
        near(used, before, "what a density returned, after the call,")


_FORWARD = "(log_p(real) - log_q(real)).mean()"
_REVERSE = "(log_q(fake) - log_p(fake)).mean()"
for _key, _title, _edits, _case, _says in (
    ("T11", "swaps the two", [("return forward, reverse", "return reverse, forward")], "bells_of_two_widths",
     "divergences swapped"),
    ("T11", "both over the real samples", [(_REVERSE, "(log_q(real) - log_p(real)).mean()")], "bells_of_two_widths",
     "which are in fake"),
    ("T11", "asks for KL(p ‖ q) at the fakes", [(_FORWARD, "(log_p(fake) - log_q(fake)).mean()")],
     "bells_of_two_widths", "swap the densities"),
    ("E2", "thinks that KL is symmetric", [("return forward, reverse", "return forward, forward")],
     "bells_of_two_widths", "KL(p ‖ q) again"),
    ("T11", "the wrong sign for KL(p ‖ q)", [(_FORWARD, f"-{_FORWARD}")], "bells_of_two_widths", "The sign"),
    ("T11", "only the likelihood", [(_FORWARD, "-log_q(real).mean()")], "equal_densities", "equal everywhere"),
    ("T11", "the sum over the samples", [(_FORWARD, _FORWARD.replace("mean", "sum"))], "bells_of_two_widths",
     "mean over p"),
    ("T11", "never negative: clamps every term", [(_FORWARD, "(log_p(real) - log_q(real)).clamp(min=0).mean()")],
     "bells_of_two_widths", "mean over p"),
    ("T11", "never negative: clamps the estimate", [(_FORWARD, f"{_FORWARD}.clamp(min=0)")], "few_samples",
     "nothing is clamped"),
    ("T11", "the absolute value of the estimate", [(_FORWARD, f"{_FORWARD}.abs()")], "few_samples",
     "made positive"),
    ("E20", "the logarithm of the mean ratio", [(_FORWARD, "(log_p(real) - log_q(real)).exp().mean().log()")],
     "bells_of_two_widths", "mean over p"),
    ("T11", "compares real with fake samples, in order",
     [(_FORWARD, "log_p(real).mean() - log_q(fake).mean()")], "equal_densities", "equal everywhere"),
    ("T11", "hides the infinity", [(_FORWARD, "(log_p(real) - log_q(real).clamp(min=-100)).mean()")],
     "missing_mass_is_infinite", "Let it be"),
    ("T11", "weighs each sample by its density again",
     [(_FORWARD, "(log_p(real).exp() * (log_p(real) - log_q(real))).mean()")], "bells_of_two_widths", "mean over p"),
):  # fmt: skip
    kl_both_ways.mistake(_key, _title, *_edits, caught_by=_case, says=_says)


wrong_minimax = Exercise(
    "wrong_minimax",
    "A counter-example to the wrong minimax",
    stub='''
import torch


def counter_example(p_data, p_g, target):
    """Return D, shape (n,), for which the wrong value is target or more.

    The wrong value is the sum of p_data log D + p_g (1 - log D).
    p_data and p_g, shape (n,), sum to 1 and are not equal; every entry of
    D lies strictly between 0 and 1; target is at least 1.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def counter_example(p_data, p_g, target):
    """Return D, shape (n,), for which the wrong value is target or more.

    The wrong value is the sum of p_data log D + p_g (1 - log D).
    p_data and p_g, shape (n,), sum to 1 and are not equal; every entry of
    D lies strictly between 0 and 1; target is at least 1.
    """
    surplus = p_g - p_data
    place = surplus.argmax()
    D = torch.full_like(p_data, 0.5)
    D[place] = 0.5 * torch.exp((1 - target) / surplus[place])
    return D
''',
    goals=(
        (2, "Find the place where the factor of log D, p_data - p_g, is most negative"),
        (1, "Start from D = 1/2, for which the value is 1"),
        (2, "Lower D at that place until the value has risen to the target"),
    ),
    equivalent={
        "swap: place = surplus.argmax() / D = torch.full_like(p_data, 0.5)": "neither needs the other",
        "D = torch.full_like(p_data, 0.5) -> D = torch.full_like(p_g, 0.5)": "both have the same shape",
        **{
            f"D[place] = 0.5 * torch.exp((1 - target) / surplus[place]) -> "
            f"D[place] = 0.5 * torch.exp(({number} - target) / surplus[place])": "a smaller D gives a larger value"
            for number in (0, -1)
        },
    },
)


def _wrong_value(p_data: Tensor, p_g: Tensor, D: Tensor) -> float:
    return (p_data * D.log() + p_g * (1 - D.log())).sum().item()


def _counter(counter_example, p_data: Tensor, p_g: Tensor, target: float) -> tuple[Tensor, float]:
    answer = counter_example(p_data.clone(), p_g.clone(), target)
    D = tensor(answer, "D", shape=tuple(p_data.shape)).detach().double()
    if not bool(((D > 0) & (D < 1)).all()):
        hint = "D is a probability that depends on x. Go as near to 0 as you need, but stay above."
        if answer.dtype == torch.float32:
            hint = "Below 1e-45 a float32 is rounded to 0. Keep the dtype of p_data, for example with full_like."
        raise Finding(f"D = {show(D)}", "every entry strictly between 0 and 1", hint)
    return D, _wrong_value(p_data, p_g, D)


def _reaches(counter_example, p_data: Tensor, p_g: Tensor, target: float, what: str) -> None:
    D, found = _counter(counter_example, p_data, p_g, target)
    if not found >= target - 1e-6 * (1 + abs(target)):
        hint = ""
        place = (p_g - p_data).argmax()
        if D[place] > D.min():
            hint = "Sort by place: the wrong value is the sum of (p_data - p_g) log D, plus 1. Where is the factor < 0?"
        saw = f"{what} the wrong value of your D is {show(found)}, with target = {target:g}"
        raise Finding(saw, f"{target:g}, or more", hint)


@wrong_minimax.case(hint="D has one entry for each place, and all lie strictly between 0 and 1.")
def answers_of_a_discriminator(counter_example):
    """D has one probability a place, strictly between 0 and 1."""
    _counter(counter_example, _table(0.5, 0.3, 0.2), _table(0.3, 0.3, 0.4), 3.0)
    _counter(counter_example, _table(0.6, 0.4), _table(0.4, 0.6), 1.0)


@wrong_minimax.case(points=2, hint="log D tends to -∞ as D tends to 0. Where does that *raise* the sum?")
def one_surplus(counter_example):
    """If the fakes have too much mass at one place, it reaches targets of 2, 5 and 30."""
    for target in (2.0, 5.0, 30.0):
        given = "for p_data = (0.7, 0.3), p_g = (0.2, 0.8)"
        _reaches(counter_example, _table(0.7, 0.3), _table(0.2, 0.8), target, given)


@wrong_minimax.case(hint="Look for a place where p_g > p_data; it need not be the last one, nor where p_g is largest.")
def any_place(counter_example):
    """It finds a place where p_g > p_data, wherever that is."""
    for p_data, p_g in (
        (_table(0.1, 0.5, 0.4), _table(0.4, 0.4, 0.2)),
        (_table(0.05, 0.65, 0.3), _table(0.2, 0.6, 0.2)),
        (_table(0.6, 0.1, 0.3), _table(0.55, 0.2, 0.25)),
        (_table(0.3, 0.3, 0.4), _table(0.3, 0.4, 0.3)),
    ):
        _reaches(counter_example, p_data, p_g, 8.0, f"for p_data = {show(p_data)}, p_g = {show(p_g)}")


@wrong_minimax.case(hint="How small D must be depends on target and on the surplus p_g - p_data there.")
def any_target(counter_example):
    """It reaches every target on random tables, and so there is no largest value."""
    for target in (1.0, 1.5, 10.0, 40.0):
        for _ in range(3):
            p_data, p_g = _random_table(4), _random_table(4)
            p_data, p_g = p_data.sort().values, p_g.sort(descending=True).values
            p_g = (p_g + _table(1, 0, 0, 0)) / 2
            _reaches(counter_example, p_data, p_g, target, f"for p_data = {show(p_data)}, p_g = {show(p_g)}")


@wrong_minimax.case()
def leaves_the_distributions_as_they_were(counter_example):
    """Both distributions, and all else in the notebook, stay as they were."""
    p_data, p_g = _table(0.7, 0.3), _table(0.2, 0.8)
    with untouched(p_data=p_data, p_g=p_g):
        counter_example(p_data, p_g, 3.0)


_LOW = "0.5 * torch.exp((1 - target) / surplus[place])"
for _title, _edits, _case, _says in (
    ("the best D of the right game", [(f"    D[place] = {_LOW}\n    return D", "    return p_data / (p_data + p_g)")],
     "one_surplus", "Where does that *raise*"),
    ("D = 1/2 everywhere", [(f"    D[place] = {_LOW}\n", "")], "one_surplus", "Where does that *raise*"),
    ("D small everywhere", [("torch.full_like(p_data, 0.5)", "torch.full_like(p_data, 1e-300)"),
                            (f"    D[place] = {_LOW}\n", "")], "one_surplus", "Where does that *raise*"),
    ("D small where the data are", [("surplus = p_g - p_data", "surplus = p_data - p_g")], "one_surplus",
     "Sort by place"),
    ("D near 1 at the fakes", [(_LOW, "1 - 1e-9")], "one_surplus", "Sort by place"),
    ("D = 0", [(_LOW, "0.0")], "answers_of_a_discriminator", "stay above"),
    ("D so small that float32 makes it 0", [("torch.full_like(p_data, 0.5)", "torch.full((len(p_data),), 0.5)"),
                                            (_LOW, "1e-300")], "answers_of_a_discriminator", "Keep the dtype"),
    ("small, but the same for every target", [(_LOW, "1e-9")], "one_surplus", "Where does that *raise*"),
    ("always the last place", [("surplus.argmax()", "-1"), (_LOW, "1e-300")], "any_place",
     "Where is the factor < 0"),
    ("where p_g is largest", [("surplus.argmax()", "p_g.argmax()"), (_LOW, "1e-300")], "any_place",
     "Where is the factor < 0"),
    ("does not divide by the surplus", [(" / surplus[place])", " * torch.ones(()))")], "one_surplus",
     "Where does that *raise*"),
    ("one number for all places", [("    return D", "    return D[place]")], "answers_of_a_discriminator", "shape ()"),
    ("writes into p_data", [("torch.full_like(p_data, 0.5)", "p_data.fill_(0.5)")],
     "leaves_the_distributions_as_they_were", "changed p_data itself"),
):  # fmt: skip
    wrong_minimax.mistake("E1", _title, *_edits, caught_by=_case, says=_says)


nash_or_not = Exercise(
    "nash_or_not",
    "Nash or not?",
    stub='''
def is_nash(cost_g, cost_d, row, column):
    """Is the pair (row, column) a Nash equilibrium? Return True or False.

    G chooses the row and pays cost_g[row, column]; D chooses the column
    and pays cost_d[row, column]. Both tables have shape (rows, columns).
    """
    raise NotImplementedError
''',
    reference='''
def is_nash(cost_g, cost_d, row, column):
    """Is the pair (row, column) a Nash equilibrium? Return True or False.

    G chooses the row and pays cost_g[row, column]; D chooses the column
    and pays cost_d[row, column]. Both tables have shape (rows, columns).
    """
    g_stays = cost_g[row, column] <= cost_g[:, column].min()
    d_stays = cost_d[row, column] <= cost_d[row].min()
    return bool(g_stays and d_stays)
''',
    equivalent={
        "no_grad: return bool(g_stays and d_stays)": "a truth value has no gradient",
        "swap: g_stays = cost_g[row, column] <= cost_g[:, column].min() / d_stays = cost_d[row, column] <= "
        "cost_d[row].min()": "neither needs the other",
    },
)

_G = torch.tensor([[3.0, 4.0, 0.0], [2.0, 1.0, 1.0], [3.0, 0.0, 5.0]])


def _asks(is_nash, cost_g: Tensor, cost_d: Tensor, row: int, column: int) -> bool:
    return truth(is_nash(cost_g.clone(), cost_d.clone(), row, column), "your answer")


def _expect(found: bool, wanted: bool, what: str, hint: str) -> None:
    if found != wanted:
        raise Finding(f"{what}: {found}", str(wanted), hint)


@nash_or_not.case(points=2, hint="G compares within its column, D within its row; each looks at its own cost alone.")
def three_states(is_nash):
    """In the chapter's table (2nd row, 1st column) is one, (1st, 1st) and (3rd, 2nd) are not."""
    for row, column, wanted, hint in (
        (1, 0, True, "G pays 2 and would pay 3 in the other rows; D wins 2 and would win 1 in the other columns."),
        (0, 0, False, "G pays 3 here and could pay 2 in the second row."),
        (2, 1, False, "G pays 0 here and is content, but D could win 5 in the third column."),
    ):
        found = _asks(is_nash, _G, -_G, row, column)
        _expect(found, wanted, f"is_nash of the chapter's table at row {row}, column {column}", hint)


@nash_or_not.case(hint="Who moves second always gains here, so nobody ever rests.")
def hide_and_seek_has_none(is_nash):
    """In hide and seek no pair is an equilibrium."""
    found = torch.eye(2)
    for row in range(2):
        for column in range(2):
            _expect(_asks(is_nash, found, -found, row, column), False, f"hide and seek at ({row}, {column})", "")


@nash_or_not.case(
    hint="The definition looks at one player at a time, and at its own cost. What both could gain is another question."
)
def good_for_both_is_not_enough(is_nash):
    """In the prisoner's dilemma the equilibrium is not the state with the smallest sum of costs."""
    g, d = torch.tensor([[1.0, 3.0], [0.0, 2.0]]), torch.tensor([[1.0, 0.0], [3.0, 2.0]])
    _expect(_asks(is_nash, g, d, 0, 0), False, "both pay 1, but each would pay 0 by a change of its own", "")
    _expect(_asks(is_nash, g, d, 1, 1), True, "both pay 2, and each would pay 3 by a change of its own", "")


@nash_or_not.case(hint="To stay is allowed if a change brings nothing: equal costs are no reason to move.")
def a_tie_is_no_reason_to_move(is_nash):
    """Where a change costs the same, the pair is an equilibrium."""
    flat = torch.zeros(2, 3)
    _expect(_asks(is_nash, flat, flat, 1, 2), True, "all costs are 0", "")


@nash_or_not.case(hint="Each player has costs of its own; the tables need not be opposites, nor square.")
def any_two_tables(is_nash):
    """On random tables with more columns than rows it agrees with a look at every change."""
    for trial in range(12):
        g, d = torch.randint(0, 4, (2, 2, 3)).float().unbind(0)
        row, column = trial % 2, trial % 3
        better_g = any(g[r, column] < g[row, column] for r in range(2))
        better_d = any(d[row, c] < d[row, column] for c in range(3))
        given = f"for cost_g = {g.int().tolist()}, cost_d = {d.int().tolist()} at ({row}, {column})"
        _expect(_asks(is_nash, g, d, row, column), not (better_g or better_d), given, "")


@nash_or_not.case()
def leaves_the_costs_alone(is_nash):
    """Both tables, and all else in the notebook, stay as they were."""
    g, d = _G.clone(), -_G
    with untouched(cost_g=g, cost_d=d):
        is_nash(g, d, 0, 1)


_G_STAYS = "cost_g[row, column] <= cost_g[:, column].min()"
_D_STAYS = "cost_d[row, column] <= cost_d[row].min()"
_BOTH = "return bool(g_stays and d_stays)"
for _key, _title, _edits, _case, _says in (
    ("E6", "asks for choices that are best against every choice of the other",
     [(_G_STAYS, "bool((cost_g[row] <= cost_g.min(dim=0).values).all())")], "three_states", "would pay 3"),
    ("E6", "each player must have its smallest cost of all", [(_G_STAYS, "cost_g[row, column] <= cost_g.min()")],
     "three_states", "would pay 3"),
    ("T10", "only G has to be content", [(_BOTH, "return bool(g_stays)")], "three_states", "D could win 5"),
    ("T10", "only D has to be content", [(_BOTH, "return bool(d_stays)")], "hide_and_seek_has_none",
     "Who moves second"),
    ("T10", "one content player is enough", [("g_stays and d_stays", "g_stays or d_stays")], "three_states",
     "D could win 5"),
    ("T10", "rows and columns swapped", [("cost_g[:, column].min()", "cost_g[row].min()"),
                                         ("cost_d[row].min()", "cost_d[:, column].min()")],
     "three_states", "would pay 3"),
    ("T10", "raises costs instead of lowering them", [(_G_STAYS, "cost_g[row, column] >= cost_g[:, column].max()"),
                                                      (_D_STAYS, "cost_d[row, column] >= cost_d[row].max()")],
     "three_states", "would pay 3"),
    ("T10", "D pays what G gains, always", [(_D_STAYS, "cost_g[row, column] >= cost_g[row].max()")],
     "any_two_tables", "need not be opposites"),
    ("T10", "looks at the sum of the costs",
     [(_G_STAYS, "(cost_g + cost_d)[row, column] <= (cost_g + cost_d).min()"), (_D_STAYS, "True")],
     "three_states", "could pay 2"),
    ("T10", "a tie is a reason to move", [(_G_STAYS, "(cost_g[:, column] <= cost_g[row, column]).sum() == 1")],
     "a_tie_is_no_reason_to_move", "no reason to move"),
    ("T10", "allows a common change", [(_BOTH, "together = (cost_g < cost_g[row, column]) & (cost_d < cost_d[row, "
                                        "column])\n    return bool(g_stays and d_stays and not together.any())")],
     "good_for_both_is_not_enough", "both pay 2"),
    ("T10", "D compares the costs of G", [(_D_STAYS, "cost_d[row, column] <= cost_g[row].min()")],
     "three_states", "D could win 5"),
):  # fmt: skip
    nash_or_not.mistake(_key, _title, *_edits, caught_by=_case, says=_says)
