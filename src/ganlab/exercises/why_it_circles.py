"""Exercises of chapter 7, why it circles: the Jacobian of a game, the critical penalty, a period, orders of moves."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlab.checks.exercise import Exercise
from ganlab.checks.expect import Finding, items, near, number, tensor
from ganlab.checks.traces import untouched

Loss = Callable[[Tensor, Tensor], Tensor]

_G = "g = torch.autograd.grad(g_loss(theta, psi), theta, create_graph=True)[0]"
_D = "d = torch.autograd.grad(d_loss(theta, psi), psi, create_graph=True)[0]"
_NO_GRADIENT = "J is a table of numbers: nothing goes backward"

game_jacobian = Exercise(
    "game_jacobian",
    "The Jacobian of a game",
    stub='''
import torch


def game_jacobian(g_loss, d_loss, theta, psi):
    """Return the Jacobian of the game's field, shape (2, 2), G's row first.

    g_loss(theta, psi) and d_loss(theta, psi) return tensors of shape ();
    theta and psi are tensors of shape (). G moves theta, D moves psi.
    """
    raise NotImplementedError
''',
    reference='''
import torch


def game_jacobian(g_loss, d_loss, theta, psi):
    """Return the Jacobian of the game's field, shape (2, 2), G's row first.

    g_loss(theta, psi) and d_loss(theta, psi) return tensors of shape ();
    theta and psi are tensors of shape (). G moves theta, D moves psi.
    """

    def field(theta, psi):
        g = torch.autograd.grad(g_loss(theta, psi), theta, create_graph=True)[0]
        d = torch.autograd.grad(d_loss(theta, psi), psi, create_graph=True)[0]
        return torch.stack([-g, -d])

    columns = torch.autograd.functional.jacobian(field, (theta, psi))
    return torch.stack(columns, dim=1)
''',
    goals=(
        (3, "Write the field as a function: the slope of each player's loss in its own number"),
        (1, "A velocity is minus the slope; G comes first"),
        (1, "Differentiate the field in both numbers: one column for each"),
        (1, "Put the columns side by side"),
    ),
    equivalent={
        "no_grad: ": "to define a function computes nothing",
        f"swap: {_G} / {_D}": "neither slope needs the other",
        f"{_G} -> {_G.replace('[0]', '[-1]')}": "of one thing, the first is the last",
        f"{_D} -> {_D.replace('[0]', '[-1]')}": "of one thing, the first is the last",
        "return torch.stack(columns, dim=1) -> return torch.stack(columns, dim=-1)": "of two dimensions, 1 is the last",
    },
)


def _point(theta: float, psi: float) -> tuple[Tensor, Tensor]:
    return torch.tensor(theta, dtype=torch.float64), torch.tensor(psi, dtype=torch.float64)


def _jacobian(answer: Callable[..., Tensor], g_loss: Loss, d_loss: Loss, at: tuple[float, float]) -> Tensor:
    found = answer(g_loss, d_loss, *_point(*at))
    return tensor(found, "the Jacobian", shape=(2, 2), hint="Two rows of two numbers, G's row first.")


def _product(theta: Tensor, psi: Tensor) -> Tensor:
    return theta * psi


def _minus_product(theta: Tensor, psi: Tensor) -> Tensor:
    return -theta * psi


def _nonsaturating(theta: Tensor, psi: Tensor) -> Tensor:
    return softplus(-theta * psi)


def _d_loss(theta: Tensor, psi: Tensor) -> Tensor:
    return math.log(2) + softplus(theta * psi)


@game_jacobian.case(hint="Row 0 differentiates G's velocity, -dL_G/dtheta, in theta and in psi; row 1 D's.")
def the_bilinear_game(answer):
    """The game with L_G = theta psi and L_D = -theta psi only turns: rows (0, -1) and (1, 0)."""
    wanted = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    found = _jacobian(answer, _product, _minus_product, (0.3, -0.7))
    hints = {
        -wanted: (
            "Are rows and columns exchanged, or all signs? Each player *descends*, so a velocity is minus a slope; "
            "row 0 is G's."
        ),
        torch.tensor([[0.0, -1.0], [-1.0, 0.0]]): "D descends its own loss, L_D; here both rows stem from G's.",
    }
    near(found, wanted, "the Jacobian of the bilinear game", hints=hints)


@game_jacobian.case(points=2, hint="Each velocity is differentiated with respect to both numbers; nothing is left out.")
def four_different_entries(answer):
    """For two unlike losses all four entries are right, also away from an equilibrium."""
    wanted = torch.tensor([[-12.0, 6.0], [24.0, -18.0]])
    found = _jacobian(answer, lambda t, p: t**3 + 3 * t * p**2, lambda t, p: 3 * t**2 * p**2 + p**3, (2.0, -1.0))
    hints = {
        wanted.T: "Rows and columns are exchanged: row 0 belongs to G, column 0 to theta.",
        wanted.flip(0): "The rows are exchanged: G's comes first.",
        wanted.flip(1): "The columns are exchanged: the slope in theta comes first.",
        torch.tensor(
            [[-2.0, 0.0], [0.0, -6.0]]
        ): "The mixed derivatives are missing: each move changes the other's wish.",
        -wanted: "That is the matrix of second derivatives; the field is *minus* the slopes.",
    }
    near(found, wanted, "for L_G = t³ + 3tp², L_D = 3t²p² + p³ at t = 2, p = -1 the Jacobian", hints=hints)


@game_jacobian.case(hint="The slopes have to stay differentiable: create_graph=True.")
def the_dirac_gan(answer):
    """The non-saturating Dirac-GAN has the rows (0, 1/2) and (-1/2, 0) at its equilibrium."""
    found = _jacobian(answer, _nonsaturating, _d_loss, (0.0, 0.0))
    near(found, torch.tensor([[0.0, 0.5], [-0.5, 0.0]]), "the Jacobian of the Dirac-GAN at (0, 0)")


@game_jacobian.case(hint="A player whose loss does not contain a number has slope 0 in it: no error, a 0.")
def losses_that_ignore_the_other(answer):
    """If neither loss contains the other's number, the Jacobian is diagonal."""
    found = _jacobian(answer, lambda t, p: t**2 + 0 * p, lambda t, p: 2 * p**2 + 0 * t, (1.0, 1.0))
    near(found, torch.tensor([[-2.0, 0.0], [0.0, -4.0]]), "for L_G = t², L_D = 2p² the Jacobian")


@game_jacobian.case(hint="Work on copies, and use torch.autograd.grad, which stores nothing.")
def leaves_the_point_alone(answer):
    """theta and psi, and all else in the notebook, stay as they were."""
    theta, psi = _point(0.5, -1.0)
    with untouched(theta=theta, psi=psi):
        answer(_nonsaturating, _d_loss, theta, psi)


game_jacobian.mistake(
    "T13",
    "ascends both losses",
    ("[-g, -d]", "[g, d]"),
    caught_by="the_bilinear_game",
    says="a velocity is minus a slope",
)
game_jacobian.mistake(
    "T10",
    "lets D descend G's loss",
    ("d_loss(theta, psi), psi, ", "g_loss(theta, psi), psi, "),
    caught_by="the_bilinear_game",
    says="the Jacobian of the bilinear game is",
)
game_jacobian.mistake(
    "E22",
    "lets G move psi and D move theta",
    ("g_loss(theta, psi), theta", "g_loss(theta, psi), psi"),
    ("d_loss(theta, psi), psi", "d_loss(theta, psi), theta"),
    caught_by="the_bilinear_game",
    says="Row 0 differentiates",
)
game_jacobian.mistake(
    "T14", "exchanges rows and columns", ("dim=1", "dim=0"), caught_by="the_bilinear_game", says="Are rows and columns"
)
game_jacobian.mistake(
    "T10",
    "puts D's row first",
    ("[-g, -d]", "[-d, -g]"),
    caught_by="the_bilinear_game",
    says="Row 0 differentiates",
)
game_jacobian.mistake(
    "T13",
    "cuts the graph of the slopes",
    ("theta, create_graph=True", "theta"),
    ("psi, create_graph=True", "psi"),
    caught_by="the_bilinear_game",
    says="the Jacobian of the bilinear game is [0, 0, 0, 0]",
)
game_jacobian.mistake(
    "T10",
    "takes the game for zero-sum",
    ("d_loss(theta, psi), psi", "-g_loss(theta, psi), psi"),
    caught_by="four_different_entries",
    says="with respect to both numbers",
)
game_jacobian.mistake(
    "T14",
    "keeps the diagonal only",
    ("torch.stack(columns, dim=1)", "torch.stack(columns, dim=1) * torch.eye(2)"),
    caught_by="the_bilinear_game",
    says="Row 0 differentiates",
)
game_jacobian.mistake(
    "T13",
    "the second derivatives of G's loss alone",
    ("[-g, -d]", "[-g, -torch.autograd.grad(g_loss(theta, psi), psi, create_graph=True)[0]]"),
    caught_by="the_bilinear_game",
    says="the Jacobian of the bilinear game is",
)
game_jacobian.mistake(
    "U6",
    "asks the caller's numbers for gradients",
    ("    columns =", "    theta.requires_grad_(), psi.requires_grad_()\n    columns ="),
    caught_by="leaves_the_point_alone",
    says="theta.requires_grad",
)


critical_gamma = Exercise(
    "critical_gamma",
    "The critical penalty",
    stub='''
import math


def critical_gamma(J):
    """Return the smallest gamma >= 0 for which nothing turns.

    J, shape (2, 2), is the Jacobian of the field without a penalty, G's
    row first. R1 with strength gamma takes gamma off its last entry.
    """
    raise NotImplementedError
''',
    reference='''
import math


def critical_gamma(J):
    """Return the smallest gamma >= 0 for which nothing turns.

    J, shape (2, 2), is the Jacobian of the field without a penalty, G's
    row first. R1 with strength gamma takes gamma off its last entry.
    """
    (a, b), (c, d) = J.tolist()
    needed = 2 * math.sqrt(max(-b * c, 0))
    return 0.0 if abs(a - d) >= needed else needed - (a - d)
''',
    equivalent={
        "needed = 2 * math.sqrt(max(-b * c, 0)) -> needed = 2 * math.sqrt(max(0, -b * c))": "max takes any order",
        "return 0.0 if abs(a - d) >= needed else needed - (a - d) -> "
        "return 0.0 if abs(d - a) >= needed else needed - (a - d)": "the absolute value takes the sign away",
        "return 0.0 if abs(a - d) >= needed else needed - (a - d) -> "
        "return 0.0 if abs(-(a - d)) >= needed else needed - (a - d)": "the absolute value takes the sign away",
        "no_grad: needed = 2 * math.sqrt(max(-b * c, 0))": _NO_GRADIENT,
        "no_grad: return 0.0 if abs(a - d) >= needed else needed - (a - d)": _NO_GRADIENT,
        "insert: J.requires_grad_(False)": _NO_GRADIENT,
        "(a, b), (c, d) = J.tolist() -> (a, b), (c, d) = J": "a tensor unpacks into its entries, too",
    },
)


def _gamma(answer: Callable[[Tensor], float], rows: list[list[float]]) -> float:
    return number(answer(torch.tensor(rows, dtype=torch.float64)), "the critical gamma")


@critical_gamma.case(hint="kappa² + gamma kappa + omega² = 0 has real roots from gamma = 2 omega on.")
def the_dirac_games(answer):
    """It is 1 for the logistic Dirac-GANs, 2 for the Wasserstein one."""
    hints = {
        0.5: "2 omega with omega = 1/2: is the 2 missing?",
        0.25: "The root of omega² is missing, or the 2.",
        2.0: "2 omega with omega = 1/2 is 1: is omega taken twice?",
    }
    near(_gamma(answer, [[0.0, 0.5], [-0.5, 0.0]]), 1.0, "critical gamma of the logistic Dirac-GAN", hints=hints)
    near(_gamma(answer, [[0.0, 1.0], [-1.0, 0.0]]), 2.0, "critical gamma of the Wasserstein Dirac-GAN")


@critical_gamma.case(points=2, hint="Only the product b c counts: write kappa² - (a + d - gamma) kappa + … = 0.")
def unequal_pushes(answer):
    """If the two players push unequally, omega² is minus the product of the mixed entries."""
    for b, c in ((2.0, -0.125), (-3.0, 0.5), (-0.1, 10.0)):
        near(_gamma(answer, [[0.0, b], [c, 0.0]]), 2 * math.sqrt(-b * c), f"critical gamma for b = {b:g}, c = {c:g}")


@critical_gamma.case(
    points=2, hint="With curvature the roots are real as soon as (a - d + gamma)² + 4 b c >= 0: solve for gamma."
)
def curvature_counts(answer):
    """What D's own curvature damps already need not be paid for, what G's damps has to be added."""
    hints = {
        1.0: "That ignores the diagonal: solve (a - d + gamma)² + 4 b c = 0 for gamma.",
        1.3: "D's curvature d = -0.3 damps already: it is taken off, not added.",
    }
    near(_gamma(answer, [[0.0, 0.5], [-0.5, -0.3]]), 0.7, "critical gamma with d = -0.3", hints=hints)
    near(_gamma(answer, [[-0.2, 0.5], [-0.5, 0.0]]), 1.2, "critical gamma with a = -0.2")
    near(_gamma(answer, [[-0.6, 0.5], [-0.5, -0.7]]), 0.9, "critical gamma with a = -0.6, d = -0.7")
    near(_gamma(answer, [[0.1, 2.0], [-0.5, -0.4]]), 1.5, "critical gamma with a = 0.1, d = -0.4, b = 2, c = -0.5")


@critical_gamma.case(hint="Look whether anything turns without a penalty: if not, the answer is 0.")
def nothing_to_stop(answer):
    """Where nothing turns without a penalty it is 0."""
    still = {
        "a descent (b = c)": [[-1.0, 0.5], [0.5, -2.0]],
        "strong curvature of D": [[0.0, 0.5], [-0.5, -3.0]],
        "strong curvature of G": [[-3.0, 0.5], [-0.5, 0.0]],
        "b = 0": [[-1.0, 0.0], [2.0, -1.0]],
        "curvatures of opposite sign": [[-1.0, 0.5], [-0.5, 1.0]],
        "D's curvature exactly critical": [[0.0, 0.5], [-0.5, -1.0]],
        "G's curvature exactly critical": [[-1.0, 0.5], [-0.5, 0.0]],
    }
    for name, rows in still.items():
        near(_gamma(answer, rows), 0.0, f"critical gamma for {name}")


@critical_gamma.case(hint="Make new numbers: J[1, 1] -= gamma writes into the caller's J.")
def leaves_j_alone(answer):
    """J, and all else in the notebook, stays as it was."""
    J = torch.tensor([[0.0, 0.5], [-0.5, 0.0]])
    with untouched(J=J):
        answer(J)


_LAST = "return 0.0 if abs(a - d) >= needed else needed - (a - d)"
critical_gamma.mistake(
    "T14", "forgets the 2", ("2 * math.sqrt", "math.sqrt"), caught_by="the_dirac_games", says="is the 2 missing?"
)
critical_gamma.mistake(
    "T14",
    "forgets the root",
    ("math.sqrt(max(-b * c, 0))", "max(-b * c, 0)"),
    caught_by="the_dirac_games",
    says="is the 2 missing?",
)
critical_gamma.mistake(
    "T10",
    "takes both players to push alike",
    ("math.sqrt(max(-b * c, 0))", "abs(b)"),
    caught_by="unequal_pushes",
    says="Only the product b c counts",
)
critical_gamma.mistake(
    "T10",
    "takes the mean of the two pushes",
    ("math.sqrt(max(-b * c, 0))", "abs(b - c) / 2"),
    caught_by="unequal_pushes",
    says="Only the product b c counts",
)
critical_gamma.mistake(
    "T14", "ignores the diagonal", (_LAST, "return needed"), caught_by="curvature_counts", says="ignores the diagonal"
)
critical_gamma.mistake(
    "T14",
    "adds D's curvature instead of taking it off",
    ("else needed - (a - d)", "else needed + (a - d)"),
    caught_by="curvature_counts",
    says="it is taken off",
)
critical_gamma.mistake(
    "T14",
    "looks at D's curvature alone",
    ("else needed - (a - d)", "else needed + d"),
    caught_by="curvature_counts",
    says="with a = -0.2",
)
critical_gamma.mistake(
    "T14",
    "returns a negative strength where nothing turns",
    (_LAST, "return needed - (a - d)"),
    caught_by="nothing_to_stop",
    says="the answer is 0",
)
critical_gamma.mistake(
    "T14",
    "cuts negative strengths off, and forgets the curvature of G",
    (_LAST, "return max(needed - (a - d), 0.0)"),
    caught_by="nothing_to_stop",
    says="strong curvature of G",
)
critical_gamma.mistake(
    "T14",
    "answers for the penalty without the factor one half",
    ("else needed - (a - d)", "else (needed - (a - d)) / 2"),
    caught_by="the_dirac_games",
    says="is the 2 missing?",
)
critical_gamma.mistake(
    "T13",
    "tries gammas inside the caller's Jacobian",
    ("    (a, b)", "    J[1, 1] -= 1\n    J[1, 1] += 1\n    (a, b)"),
    caught_by="leaves_j_alone",
    says="changed J itself",
)


swing_period = Exercise(
    "swing_period",
    "The period of the swing",
    stub='''
import math

import torch


def swing_period(J, step_size):
    """Return how many steps one turn of the slowest swing takes.

    J, shape (m, m), is the Jacobian of a field. Of the eigenvalues that
    turn, take those that decay most slowly. If none turns: math.inf.
    """
    raise NotImplementedError
''',
    reference='''
import math

import torch


def swing_period(J, step_size):
    """Return how many steps one turn of the slowest swing takes.

    J, shape (m, m), is the Jacobian of a field. Of the eigenvalues that
    turn, take those that decay most slowly. If none turns: math.inf.
    """
    kappa = torch.linalg.eigvals(J)
    turning = kappa[kappa.imag > 0]
    if len(turning) == 0:
        return math.inf
    slowest = turning[turning.real.argmax()]
    return 2 * math.pi / (step_size * slowest.imag.item())
''',
    goals=(
        (1, "Find the eigenvalues"),
        (1, "Keep those that turn, one of each pair"),
        (2, "Answer at once if nothing turns"),
        (1, "Choose the one that decays most slowly"),
        (1, "A turn is 2 pi long, and each step takes h times the rate of turning off it"),
    ),
    equivalent={
        "no_grad: if len(turning) == 0:": _NO_GRADIENT,
        "insert: J.requires_grad_(False)": _NO_GRADIENT,
        "if len(turning) == 0: -> if -len(turning) == 0:": "minus zero is zero",
    },
)


def _period(answer: Callable[..., float], J: Tensor, step_size: float) -> float:
    return number(answer(J, step_size), "the period")


def _mixed(*blocks: tuple[float, float]) -> Tensor:
    """A Jacobian with the eigenvalues a + i omega and a - i omega of each block, hidden by a change of coordinates."""
    J = torch.block_diag(*[torch.tensor([[a, w], [-w, a]], dtype=torch.float64) for a, w in blocks])
    mix = torch.eye(len(J), dtype=torch.float64) + torch.tril(torch.ones_like(J), -1) / 2
    return mix @ J @ torch.linalg.inv(mix)


@swing_period.case(hint="exp(i omega t) is back after t = 2 pi / |omega|, and n steps of size h take t = n h.")
def one_rotation(answer):
    """A turn at the rate 1 takes 2 pi / h steps, one at the rate 1/2 twice as many."""
    hints = {
        2 * math.pi: "That is the time of a turn: in steps of 0.1 it is ten times as many.",
        math.pi / 0.1: "That is half a turn: a full one is 2 pi.",
        10.0: "That is 1 / (h omega): a full turn is 2 pi.",
        0.2 * math.pi: "That multiplies by the step size: smaller steps need more of them.",
        -20 * math.pi: "The sign of omega says which way it turns; a period is positive.",
    }
    near(_period(answer, _mixed((0.0, 1.0)), 0.1), 20 * math.pi, "the period for kappa = ±i, h = 0.1", hints=hints)
    near(_period(answer, _mixed((0.0, 0.5)), 0.1), 40 * math.pi, "the period for kappa = ±i/2, h = 0.1")
    near(_period(answer, _mixed((-0.2, 2.0)), 0.25), 4 * math.pi, "the period for kappa = -0.2 ± 2i, h = 0.25")


@swing_period.case(
    points=2, hint="It decays like exp(real part times t): the slowest pair has the *largest* real part."
)
def the_slowest_pair(answer):
    """Of several pairs, the one with the largest real part counts, whatever it turns at."""
    hints = {
        2 * math.pi / (0.5 * 1.5): "That is the pair that turns fastest; asked for is the one that decays most slowly.",
        2 * math.pi / (0.5 * 0.2): "That is the pair that turns most slowly; asked for is the one that lasts longest.",
    }
    J = _mixed((-0.3, 1.5), (-0.01, 0.7), (-0.5, 0.4), (-0.2, 0.2))
    near(
        _period(answer, J, 0.5),
        2 * math.pi / (0.5 * 0.7),
        "of pairs that turn at 1.5, 0.7, 0.2 the period",
        hints=hints,
    )
    near(_period(answer, _mixed((-0.1, 1.0), (0.2, 3.0)), 0.5), 2 * math.pi / 1.5, "the period, if one pair grows,")


@swing_period.case(hint="A real eigenvalue does not turn, however slowly it decays: leave those out first.")
def real_ones_do_not_turn(answer):
    """Real eigenvalues are left out, even if they decay most slowly."""
    J = torch.block_diag(torch.tensor([[-0.001]], dtype=torch.float64), _mixed((-0.1, 0.5)))
    near(_period(answer, J, 1.0), 4 * math.pi, "the period with the eigenvalues -0.001 and -0.1 ± 0.5i")


@swing_period.case(hint="Without an eigenvalue that turns there is no swing: return math.inf.")
def no_swing(answer):
    """A descent, whose Jacobian is symmetric, never swings."""
    for J in (torch.diag(torch.tensor([-1.0, -2.0, 0.0])), torch.tensor([[-2.0, 1.0], [1.0, -3.0]])):
        found = _period(answer, J, 0.1)
        if found != math.inf:
            raise Finding(f"the period of a descent is {found:g}", "inf")


@swing_period.case(hint="Work on a copy.")
def leaves_the_jacobian_alone(answer):
    """J, and all else in the notebook, stays as it was."""
    J = _mixed((-0.1, 0.5))
    with untouched(J=J):
        answer(J, 0.1)


_RETURN = "2 * math.pi / (step_size * slowest.imag.item())"
swing_period.mistake(
    "T14", "gives the time, not the steps", ("(step_size * slowest.imag.item())", "slowest.imag.item()"),
    caught_by="one_rotation", says="That is the time of a turn",
)  # fmt: skip
swing_period.mistake(
    "T14", "gives half a turn", ("2 * math.pi", "math.pi"), caught_by="one_rotation", says="That is half a turn"
)
swing_period.mistake("T14", "forgets 2 pi", ("2 * math.pi", "1"), caught_by="one_rotation", says="a full turn is 2 pi")
swing_period.mistake(
    "T14",
    "multiplies by the step size",
    (_RETURN, "2 * math.pi * step_size / slowest.imag.item()"),
    caught_by="one_rotation",
    says="smaller steps need more of them",
)
swing_period.mistake(
    "T14",
    "takes the half of each pair that turns the other way",
    ("kappa.imag > 0", "kappa.imag < 0"),
    caught_by="one_rotation",
    says="a period is positive",
)
swing_period.mistake(
    "T14",
    "takes the pair that turns fastest",
    ("turning.real.argmax()", "turning.imag.argmax()"),
    caught_by="the_slowest_pair",
    says="turns fastest",
)
swing_period.mistake(
    "T14",
    "takes the pair that turns most slowly",
    ("turning.real.argmax()", "turning.imag.argmin()"),
    caught_by="the_slowest_pair",
    says="turns most slowly",
)
swing_period.mistake(
    "T14",
    "takes the pair that decays fastest",
    ("turning.real.argmax()", "turning.real.argmin()"),
    caught_by="the_slowest_pair",
    says="the *largest* real part",
)
swing_period.mistake(
    "T14",
    "takes the pair that is nearest to zero",
    ("turning.real.argmax()", "turning.abs().argmin()"),
    caught_by="the_slowest_pair",
    says="lasts longest",
)
swing_period.mistake(
    "T14",
    "lets real eigenvalues take part",
    ("kappa[kappa.imag > 0]", "kappa[kappa.imag >= 0]"),
    caught_by="real_ones_do_not_turn",
    says="division by zero",
)
swing_period.mistake(
    "T13",
    "says 0 where there is no swing",
    ("return math.inf", "return 0.0"),
    caught_by="no_swing",
    says="the period of a descent is 0",
)
swing_period.mistake(
    "T14",
    "takes the eigenvalues of the step for those of the field",
    ("torch.linalg.eigvals(J)", "torch.linalg.eigvals(torch.eye(len(J)) + step_size * J)"),
    caught_by="one_rotation",
    says="the period for kappa",
)


_PATHS = """
# Bilinear game, v = (-psi, theta), h = 0.5. Three points (theta, psi) each:
# 1  (1, 0)   (1, 0.5)     (0.75, 0.875)
# 2  (0, 2)   (-1, 2)      (-2, 1.5)
# 3  (1, 0)   (0.75, 0.5)  (0.3125, 0.875)
# 4  (-1, 1)  (-1.5, 0.5)  (-1.75, -0.25)
"""
who_moved_first = Exercise(
    "who_moved_first",
    "At once or in turn?",
    stub=f"{_PATHS}who = ...\n",
    reference=f'{_PATHS}who = ["G", "both", "D", "both"]\n',
)

_WHO = ("G", "both", "D", "both")
_STARTS = ((1.0, 0.0), (0.0, 2.0), (1.0, 0.0), (-1.0, 1.0))
_ORDERS = ("D", "G", "both")


def _move(who: str, theta: float, psi: float, h: float = 0.5) -> tuple[float, float]:
    """One step of the bilinear game; `who` moves first."""
    if who == "G":
        theta = theta - h * psi
        return theta, psi + h * theta
    new_psi = psi + h * theta
    return theta - h * (new_psi if who == "D" else psi), new_psi


def _names(who) -> list[str]:
    given = who.replace(",", " ").split() if type(who) is str else items(who, 4, "four names, one a path")
    if len(given) != 4 or not all(type(name) is str for name in given):
        raise Finding(f"your answer holds {len(given)} names", "four texts, one a path")
    return [name.strip().upper().replace("BOTH", "both") for name in given]


@who_moved_first.case(hint='Write who = ["…", "…", "…", "…"], each "D", "G" or "both".')
def one_of_three_for_each_path(who):
    """Each path gets "D", "G" or "both"."""
    for i, name in enumerate(_names(who)):
        if name not in _ORDERS:
            raise Finding(f"path {i + 1} is given to {name!r}", '"D", "G" or "both"')


def _path_case(i: int) -> Callable[[object], None]:
    def case(who):
        claimed, point = _names(who)[i], _STARTS[i]
        if claimed == _WHO[i]:
            return
        for step in (1, 2):
            true, supposed = _move(_WHO[i], *point), _move(claimed, *point)
            if true != supposed:
                raise Finding(
                    f"if {claimed} moved first, the point after ({point[0]:g}, {point[1]:g}) were "
                    f"({supposed[0]:g}, {supposed[1]:g})".replace("if both moved first", "if both moved at once"),
                    f"({true[0]:g}, {true[1]:g}), point {step + 1} of path {i + 1}",
                    "The one who moves second uses the other's *new* number; at once, both use the old ones."
                    + (" The first step fits both: look at the second." if step == 2 else ""),
                )
            point = true

    case.__name__, case.__doc__ = f"path_{i + 1}", f"Path {i + 1} comes from that order of moves."
    return who_moved_first.case()(case)


for _i in range(4):
    _path_case(_i)


def _who(*names: str) -> tuple[str, str]:
    return '["G", "both", "D", "both"]', str(list(names)).replace("'", '"')


who_moved_first.mistake(
    "T14",
    "stops at the first step, which fits both",
    _who("both", "both", "D", "both"),
    caught_by="path_1",
    says="look at the second",
)
who_moved_first.mistake(
    "T14",
    "takes path 2 for D first, which fits its first step",
    _who("G", "D", "D", "both"),
    caught_by="path_2",
    says="look at the second",
)
who_moved_first.mistake(
    "T14", "mixes up who answers whom", _who("D", "both", "G", "both"), caught_by="path_1", says="if D moved first"
)
who_moved_first.mistake(
    "T14", "calls every path simultaneous", _who("both", "both", "both", "both"), caught_by="path_1", says="at once"
)
who_moved_first.mistake(
    "T15", "thinks that D always moves first", _who("D", "D", "D", "D"), caught_by="path_1", says="if D moved first"
)
who_moved_first.mistake(
    "T14", "takes path 3 for simultaneous", _who("G", "both", "both", "both"), caught_by="path_3", says="(1, 0.5)"
)
who_moved_first.mistake(
    "T14", "takes path 4 for G first", _who("G", "both", "D", "G"), caught_by="path_4", says="if G moved first"
)
who_moved_first.mistake(
    "T14", "names the way, not the player", _who("alternating", "both", "D", "both"),
    caught_by="one_of_three_for_each_path", says="path 1 is given to",
)  # fmt: skip
who_moved_first.mistake(
    "T14", "leaves a path out", _who("G", "both", "D"), caught_by="one_of_three_for_each_path", says="four names"
)
