"""Problems that are answered by a run of a lab, with what is drawn for a course or a student.

A problem is a function of a `Draw` that returns a `RunTask`. Each has a solution on every draw, and the settings that
the lab begins with are none; `scripts/run_problems.py` shows both.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from ganlab.course.records import Scored
from ganlab.course.runs import Goal, RunTask, judge_run
from ganlab.course.variants import Draw
from ganlab.dynamics import dirac_minimax_field

#: Of the seeds 1 to 48 those for which the stored solution of `modes_of_a_fast_d` is one, and the plain settings none.
SEEDS = (
    *(1, 2, 4, 5, 6, 7, 9, 12, 13, 14, 15, 17, 18, 19, 20, 24, 25),
    *(27, 29, 30, 31, 32, 33, 34, 37, 38, 39, 41, 42, 43, 45, 46, 47, 48),
)
_SLOW_D = "k=5;lr_d=0.001;k_g=2;r1=0"


def load(name: str, draw: Draw) -> RunTask:
    """Return a problem as it was drawn for a course or a student.

    Raises
    ------
    ValueError
        If there is no such problem.

    Examples
    --------
    >>> load("settle", Draw.of("secret", "Ada", "settle")).lab
    'dirac-lab'
    """
    if name not in PROBLEMS:
        raise ValueError(f"no run is asked for by {name!r}; there are {', '.join(PROBLEMS)}")
    return PROBLEMS[name][1](Draw(draw.key))  # whatever was drawn from it before


def of_chapter(slug: str) -> tuple[str, ...]:
    """Return the ids of the runs that a chapter can ask for.

    Examples
    --------
    >>> of_chapter("07-why-it-circles")
    ('settle',)
    """
    return tuple(name for name, (chapter, _) in PROBLEMS.items() if chapter == slug)


def check(name: str, link: str, *, key: str) -> None:
    """Replay a link and print what a grader will find, where Node is installed; for the student's notebook.

    Parameters
    ----------
    name : str
        The id of the problem.
    link : str
        The link of the run.
    key : str
        The key of the task's draw.

    Raises
    ------
    ValueError
        If there is no such problem.
    """
    task = load(name, Draw(key))
    print(described(judge_run(f"{task.name} = {link!r}", task)))


def described(scored: Scored) -> str:
    """Return what a replay found, as `check` prints it."""
    lines = [scored.note or f"{scored.points:g} of {scored.out_of:g} points"]
    for case in scored.cases:
        found = f": {case.saw}; expected: {case.expected}. {case.hint}" if case.saw else ""
        lines.append(f"- {case.status}: {case.title}{found}")
    return "\n".join(lines)


# Chapter 7.


def settle(draw: Draw) -> RunTask:
    """The Dirac-GAN comes to rest, in little more steps than the best constant strength of R1 needs."""
    theta, psi, h, gamma, needed = _start(draw)
    fixed = {"game": "minimax", "step_size": h, "theta": theta, "psi": psi}
    within = int(_most(needed))
    rest = {"most": _AT_REST, "unit": "from the equilibrium", "hint": _SETTLE_HINT}
    goals = (
        Goal("simultaneous", "Simultaneous steps end at the equilibrium", "radius_simultaneous", points=2, **rest),
        Goal("alternating", "Alternating steps end at the equilibrium", "radius_alternating", points=2, **rest),
    )
    text = _SETTLE.format(theta=theta, psi=psi, h=h, within=within, rest=_AT_REST)
    link = _link("dirac-lab", [*(f"{key}={value}" for key, value in fixed.items()), f"gamma={gamma}"], needed)
    title = "Bring the Dirac-GAN to rest"
    return RunTask("settle", "07-why-it-circles", title, text, draw, "dirac-lab", fixed, within, goals, link)


_AT_REST = 0.01
_GAMMAS = [round(0.05 * i, 2) for i in range(41)]
_LONGEST = 400
_SETTLE_HINT = (
    "The eigenvalues say how fast it comes in. Compare γ well below its critical value, just below it, and above."
)
_SETTLE = """
Open the Dirac-GAN at your starting point, with your step size:

```python
lab = ganlab.labs.DiracLab(game="minimax", theta={theta}, psi={psi}, step_size={h})
lab
```

Choose the strength γ of the $R_1$ penalty so that after at most **{within}** steps *both* paths, that of simultaneous
and that of alternating steps, end at most {rest} from the equilibrium. Game, step size and starting point stay as they
are. Without a penalty neither path comes to rest, and with most strengths one of them takes too long; the eigenvalues
tell you where to look.

When the run is there, stop, press *Link*, and paste the link between the quotes. It holds your settings and your steps
and nothing else: whoever marks it does the same run again.
"""


def _start(draw: Draw) -> tuple[float, float, float, float, int]:
    """Draw a starting point and a step size for which neither the critical strength nor the largest is fast enough."""
    while True:
        theta, psi = (draw.choice([-1, 1]) * draw.randrange(low, high) / 10 for low, high in ((10, 21), (5, 16)))
        h = draw.choice([0.1, 0.15, 0.2])
        times = dict(zip(_GAMMAS, _times(theta, psi, h), strict=True))
        gamma = min(times, key=times.__getitem__)
        if all(times[each] > _most(times[gamma]) for each in (0.0, 1.0, 2.0)):
            return theta, psi, h, gamma, int(times[gamma])


def _most(needed: float) -> float:
    return math.floor(1.12 * needed) if math.isfinite(needed) else math.inf


def _times(theta: float, psi: float, h: float) -> list[float]:
    """For each strength, steps until both paths of the minimax game are at rest, as the lab makes them.

    Infinity where that takes more steps than are allowed after the fastest is at rest.
    """
    n = len(_GAMMAS)
    first, then = torch.ones(2 * n, 2, dtype=torch.float64), torch.zeros(2 * n, 2, dtype=torch.float64)
    first[n:, 0], then[n:, 0] = 0, 1  # in the second half D moves first, then G answers
    points, times = torch.tensor([[theta, psi]], dtype=torch.float64).expand(2 * n, 2), torch.full((n,), math.inf)
    for step in range(1, _LONGEST):
        points = _moved(_moved(points, h * first), h * then)
        rest = (points.square().sum(1).view(2, n) <= (0.99 * _AT_REST) ** 2).all(0)
        times[rest & times.isinf()] = step
        if step > _most(times.min().item()):
            break
    return times.tolist()


def _moved(points: Tensor, step: Tensor) -> Tensor:
    """One step of all games at once, each with the strength of its place; the field is linear in the strength."""
    without, with_one = (dirac_minimax_field(points, r1_gamma=gamma) for gamma in (0.0, 1.0))
    gammas = torch.tensor(2 * _GAMMAS, dtype=points.dtype)[:, None]
    return points + step * (without + gammas * (with_one - without))


# Chapter 8.


def modes_of_a_fast_d(draw: Draw) -> RunTask:
    """A generator keeps its modes though D takes five steps a round, and no penalty holds D back."""
    return modes_with_seed(draw, draw.choice(SEEDS))


def modes_with_seed(draw: Draw, seed: int) -> RunTask:
    """Return the task with any seed: not every one has the solution, and some need none."""
    fixed = {"data": "ring", "start": "scratch", "k": 5, "r1": 0, "gp": 0}
    goals = (
        Goal("modes", "G covers at least seven of the eight modes", "modes", "modes", least=7, points=3, hint=_SLOWER),
        Goal(
            "near", "Half of its samples lie near a mode", "good", "of the samples near a mode", least=0.5, hint=_NEAR
        ),
    )
    text = _MODES.format(seed=seed, within=_WITHIN, held=_HELD)
    link = _link("gan-lab-2d", [_SLOW_D, f"seed={seed}"], _WITHIN)
    title, slug = "Keep the modes of a fast discriminator", "08-mode-collapse"
    return RunTask(
        "modes_of_a_fast_d", slug, title, text, draw, "gan-lab-2d", fixed, _WITHIN, goals, link, seed=seed, held=_HELD
    )


_WITHIN, _HELD = 1000, 200
_SLOWER = "Modes are lost in the first hundred rounds, while D is far ahead. What else than k sets how fast D learns?"
_NEAR = "A generator that wanders is near no mode for long. Give it more rounds, or smaller steps."
_MODES = """
Open the lab in the plane with your seed. $D$ takes five steps a round, and nothing holds it back:

```python
lab = ganlab.labs.GanLab2D(k=5, r1=0.0, seed={seed})
lab
```

As it stands, $G$ ends on five modes or fewer. Bring it to at least **seven of the eight modes**, with at
least half of its samples near one, within **{within}** rounds. Both must hold at the end of your run, and have held
through its last {held} rounds, so that no lucky moment counts.

The seed, the ring, the start from scratch and $k = 5$ stay, and there is no penalty on the slope of $D$: $R_1$ and
gradient penalty are 0 from the first round to the last. All else is yours to change: rates, steps of $G$, losses,
optimiser, networks, noise. Train with *Step* and *Play*, not one player alone.

When the run is there, stop, press *Link*, and paste the link between the quotes. It holds your settings and your steps
and nothing else: whoever marks it does the same run again.
"""


def _link(lab: str, settings: list[str], steps: int) -> str:
    return f"#lab={lab};{';'.join(settings)};run=step*{steps}"


#: Chapter and function by id.
PROBLEMS: dict[str, tuple[str, Callable[[Draw], RunTask]]] = {
    "settle": ("07-why-it-circles", settle),
    "modes_of_a_fast_d": ("08-mode-collapse", modes_of_a_fast_d),
}
