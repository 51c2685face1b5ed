"""Dynamics of two-player games on paper-sized examples: the xy game and the Dirac-GAN.

A game with two parameters is a vector field: what the players would do at each point. Descent on one function never
circles; a game may. Points have shape `(..., 2)`: generator's parameter theta first, discriminator's psi second.

A field says where the players want to go, and a stepper how they go there: `simultaneous`, `alternating`, `momentum`,
`optimistic`. Whether an error grows is told by the eigenvalues of the field and, for a stepper, of one update.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.arguments import FUNCTION, count, explained, number, takes, tensor

Field = Callable[[Tensor], Tensor]

POINTS = tensor((..., 2), cure="a point has two coordinates: G's and D's parameter, last in the shape")
POINT = tensor((2,), dtypes=(torch.float32, torch.float64), cure="give one point, for example torch.tensor([1.0, 0.0])")
JACOBIAN = tensor((2, 2), finite=True, cure="the field has no slope at this point: take another one")
MOVES = {"field": FUNCTION, "start": POINT, "step_size": number(), "steps": count(least=0)}
GAMMA = number(least=0, cure="a negative one would push D out")


@takes(point=POINTS)
def xy_field(point: Tensor) -> Tensor:
    """Field of the game min_x max_y x y: (-y, x), which turns around the origin.

    Parameters
    ----------
    point : Tensor of shape (..., 2)
        x and y.

    References
    ----------
    Goodfellow (2016), section 8.2.

    Examples
    --------
    >>> xy_field(torch.tensor([1.0, 0.0]))
    tensor([-0., 1.])
    """
    x, y = point.unbind(-1)
    return torch.stack([-y, x], dim=-1)


@takes(point=POINTS, r1_gamma=GAMMA)
def dirac_field(point: Tensor, *, r1_gamma: float = 0.0) -> Tensor:
    """Field of the Dirac-GAN with the non-saturating loss and an R1 penalty on D.

    Data are a point mass at 0, G is a point mass at theta, D(x) = sigmoid(psi x). The fake's logit is theta psi, so
    theta moves by psi sigmoid(-theta psi), psi by -theta sigmoid(theta psi) - gamma psi.

    Parameters
    ----------
    point : Tensor of shape (..., 2)
        theta and psi.
    r1_gamma : float
        Strength gamma of the penalty (gamma / 2) psi^2; at least 0.

    Raises
    ------
    ValueError
        If the last dimension is not 2, or gamma is negative.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), sections 2 and 4.1.

    Examples
    --------
    >>> dirac_field(torch.tensor([1.0, 0.0]))
    tensor([ 0.0000, -0.5000])
    """
    theta, psi = point.unbind(-1)
    logit = theta * psi
    return torch.stack([psi * torch.sigmoid(-logit), -theta * torch.sigmoid(logit) - r1_gamma * psi], dim=-1)


@takes(point=POINTS, r1_gamma=GAMMA)
def dirac_minimax_field(point: Tensor, *, r1_gamma: float = 0.0) -> Tensor:
    """Field of the Dirac-GAN with the minimax loss and an R1 penalty on D.

    As `dirac_field`, but theta moves by psi sigmoid(theta psi). Without a penalty the velocity is at right angles to
    the point, so the flow keeps its distance from the equilibrium.

    Parameters
    ----------
    point, r1_gamma
        As in `dirac_field`.

    Raises
    ------
    ValueError
        As `dirac_field` does.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), sections 2 and 4.1.

    Examples
    --------
    >>> dirac_minimax_field(torch.tensor([1.0, 0.0]))
    tensor([ 0.0000, -0.5000])
    """
    theta, psi = point.unbind(-1)
    push = torch.sigmoid(theta * psi)
    return torch.stack([psi * push, -theta * push - r1_gamma * psi], dim=-1)


@takes(point=POINTS, r1_gamma=GAMMA)
def dirac_wasserstein_field(point: Tensor, *, r1_gamma: float = 0.0) -> Tensor:
    """Field of the Dirac-GAN with the Wasserstein losses and an R1 penalty on the critic.

    The critic is f(x) = psi x, not kept Lipschitz: theta moves by psi, psi by -theta - gamma psi.

    Parameters
    ----------
    point, r1_gamma
        As in `dirac_field`.

    Raises
    ------
    ValueError
        As `dirac_field` does.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), sections 2 and 3.1.

    Examples
    --------
    >>> dirac_wasserstein_field(torch.tensor([1.0, 0.5]))
    tensor([ 0.5000, -1.0000])
    """
    theta, psi = point.unbind(-1)
    return torch.stack([psi, -theta - r1_gamma * psi], dim=-1)


@takes(**MOVES)
@explained
def simultaneous(field: Field, start: Tensor, *, step_size: float, steps: int) -> Tensor:
    """Let both players move at once; return the path.

    Parameters
    ----------
    field : callable
        Maps points `(..., 2)` to velocities `(..., 2)`.
    start : Tensor of shape (2,)
        First point.
    step_size : float
        Length of time of a step.
    steps : int
        Number of steps, at least 0.

    Returns
    -------
    Tensor of shape (steps + 1, 2)

    Raises
    ------
    ValueError
        If `start` is not a point, or the field returns anything but a velocity for it.

    Examples
    --------
    >>> path = simultaneous(xy_field, torch.tensor([1.0, 0.0]), step_size=0.1, steps=100)
    >>> round(path[-1].norm().item(), 4)    # grows by sqrt(1 + h^2) each step
    1.6446
    """
    path = [start]
    for _ in range(steps):
        path.append(path[-1] + step_size * _velocity(field, path[-1]))
    return torch.stack(path)


@takes(**MOVES)
@explained
def alternating(field: Field, start: Tensor, *, step_size: float, steps: int) -> Tensor:
    """Let the discriminator move first and the generator answer to where it now is; return the path.

    Parameters
    ----------
    field, start, step_size, steps
        As in `simultaneous`.

    Returns
    -------
    Tensor of shape (steps + 1, 2)

    Raises
    ------
    ValueError
        As `simultaneous` does.

    Examples
    --------
    >>> path = alternating(xy_field, torch.tensor([1.0, 0.0]), step_size=0.1, steps=1000)
    >>> bool(path.norm(dim=1).max() < 1.1)    # stays on a closed curve
    True
    """
    only_d, only_g = start.new_tensor([0.0, 1.0]), start.new_tensor([1.0, 0.0])
    path = [start]
    for _ in range(steps):
        point = path[-1] + step_size * only_d * _velocity(field, path[-1])
        path.append(point + step_size * only_g * _velocity(field, point))
    return torch.stack(path)


@takes(**MOVES, beta=number())
@explained
def momentum(field: Field, start: Tensor, *, step_size: float, steps: int, beta: float) -> Tensor:
    """Alternate as `alternating` does, and let each player repeat beta times its last move; return the path.

    With beta = 0 this is `alternating`, which the book teaches first and by itself, up to rounding.

    Parameters
    ----------
    field, start, step_size, steps
        As in `simultaneous`.
    beta : float
        Weight of the last move. Negative momentum, below 0, damps a pure rotation.

    Returns
    -------
    Tensor of shape (steps + 1, 2)

    Raises
    ------
    ValueError
        As `simultaneous` does.

    References
    ----------
    Polyak (1964), eq. 9; in games: Gidel et al. (2019b), section 4.

    Examples
    --------
    >>> path = momentum(xy_field, torch.tensor([1.0, 0.0]), step_size=0.5, steps=100, beta=-0.5)
    >>> bool(path[-1].norm() < 0.05)
    True
    """
    only_d, only_g = start.new_tensor([0.0, 1.0]), start.new_tensor([1.0, 0.0])
    path, move = [start], torch.zeros_like(start)
    for _ in range(steps):
        d_move = only_d * (beta * move + step_size * _velocity(field, path[-1]))
        g_move = only_g * (beta * move + step_size * _velocity(field, path[-1] + d_move))
        move = d_move + g_move
        path.append(path[-1] + move)
    return torch.stack(path)


@takes(**MOVES)
@explained
def optimistic(field: Field, start: Tensor, *, step_size: float, steps: int) -> Tensor:
    """Let both players move at once along 2 v(now) - v(before), a guess of the velocity to come; return the path.

    The first step, before which there is nothing, is an ordinary one.

    Parameters
    ----------
    field, start, step_size, steps
        As in `simultaneous`.

    Returns
    -------
    Tensor of shape (steps + 1, 2)

    Raises
    ------
    ValueError
        As `simultaneous` does.

    References
    ----------
    Popov (1980); for GANs: Daskalakis et al. (2018), section 2.

    Examples
    --------
    >>> path = optimistic(xy_field, torch.tensor([1.0, 0.0]), step_size=0.1, steps=1000)
    >>> bool(path[-1].norm() < 0.01)
    True
    """
    path, before = [start], None
    for _ in range(steps):
        now = _velocity(field, path[-1])
        path.append(path[-1] + step_size * (now if before is None else 2 * now - before))
        before = now
    return torch.stack(path)


@takes(field=FUNCTION, point=POINT)
@explained
def jacobian(field: Field, point: Tensor) -> Tensor:
    """Jacobian of the field: row i holds the slopes of velocity i in theta and psi.

    For descent on one function it is symmetric, minus a Hessian. What is not symmetric in it turns.

    Parameters
    ----------
    field : callable
        Maps a point `(2,)` to a velocity `(2,)`, differentiable.
    point : Tensor of shape (2,)
        Usually an equilibrium.

    Returns
    -------
    Tensor of shape (2, 2)

    Raises
    ------
    ValueError
        If `point` is not a point, or the field returns anything but a velocity for it, or has no finite slope there.

    Examples
    --------
    >>> jacobian(xy_field, torch.zeros(2)).int().tolist()
    [[0, -1], [1, 0]]
    """
    found = torch.autograd.functional.jacobian(lambda point: _velocity(field, point), point)
    JACOBIAN("the field's Jacobian", found)
    return found


@takes(field=FUNCTION, point=POINT)
@explained
def eigenvalues(field: Field, point: Tensor) -> Tensor:
    """Eigenvalues of the field's Jacobian: how a small error near an equilibrium grows or turns.

    Negative real parts pull in, imaginary parts turn.

    Parameters
    ----------
    field : callable
        Maps a point `(2,)` to a velocity `(2,)`, differentiable.
    point : Tensor of shape (2,)
        Usually an equilibrium.

    Returns
    -------
    complex Tensor of shape (2,)

    Raises
    ------
    ValueError
        If `point` is not a point, or the field returns anything but a velocity for it, or has no finite slope there.

    References
    ----------
    Mescheder, Geiger and Nowozin (2018), section 2.

    Examples
    --------
    >>> eigenvalues(xy_field, torch.zeros(2)).imag.abs()
    tensor([1., 1.])
    """
    return torch.linalg.eigvals(jacobian(field, point))


def _velocity(field: Field, point: Tensor) -> Tensor:
    velocity = field(point)
    POINT("field(point)", velocity)
    return velocity
