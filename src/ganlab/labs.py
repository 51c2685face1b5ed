"""The labs as notebook widgets: demos that train in the page, in sync with Python.

Each class shows one lab of the book in JupyterLab, Colab or VS Code (through anywidget) and, in the built book, the
custom element of the same name, which needs no kernel. Training runs in the browser: Python sees the parameters and the
state, it does not compute them. Traits follow every change the reader makes, and a playing lab four times a second.
"""

import html
import json
from pathlib import Path
from typing import Any

import anywidget
import traitlets as t

LEARNING_RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)


def _number(default: float, low: float, high: float, text: str) -> Any:
    return t.Float(default, min=low, max=high, help=text).tag(sync=True, param=True)


def _count(default: int, low: int, high: int, text: str) -> Any:
    return t.Int(default, min=low, max=high, help=text).tag(sync=True, param=True)


def _choice(options: tuple, default: Any, text: str) -> Any:
    return t.Enum(options, default, help=text).tag(sync=True, param=True)


class Lab(anywidget.AnyWidget):
    """What all labs share: a seed, the state, and the buttons as methods.

    A lab trains only while it is shown; commands reach every view of the widget.
    """

    _esm = Path(__file__).with_name("static") / "labs.js"
    _tag = t.Unicode().tag(sync=True)

    seed = t.Int(0, min=0, help="Same seed, same run, in every browser.").tag(sync=True)
    state = t.Dict(help="Step, parameters, losses and metrics, as plain JSON; written by the page.").tag(sync=True)
    playing = t.Bool(False, help="Is the lab playing? Written by the page.").tag(sync=True)

    def step(self, n: int = 1) -> None:
        """Pause and do `n` steps."""
        self._command("step", n)

    def play(self) -> None:
        """Train until paused, in slices of at most 8 ms a frame."""
        self._command("play")

    def pause(self) -> None:
        """Stop at once."""
        self._command("pause")

    def reset(self, seed: int | None = None) -> None:
        """Back to step 0, with another seed if one is given."""
        self._command("reset", *(() if seed is None else (seed,)))

    def element(self) -> str:
        """The custom element with this widget's parameters, as the built book shows it.

        Examples
        --------
        >>> MarcoPolo(feedback="learned", start_mu=-2.0).element()
        '<marco-polo feedback="learned" start-mu="-2.0" seed="0"></marco-polo>'
        """
        changed = {k: v for k, v in self._params().items() if v != self.traits()[k].default_value}
        given = [f'{k.replace("_", "-")}="{html.escape(_text(v))}"' for k, v in {**changed, "seed": self.seed}.items()]
        return f"<{self._tag} {' '.join(given)}></{self._tag}>"

    def _params(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.trait_names(param=True)}

    def _command(self, call: str, *args: Any) -> None:
        self.send({"call": call, "args": list(args)})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/html": self.element()}, metadata


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class MarcoPolo(Lab):
    """Marco Polo (chapter 2): a bell curve learns by feedback where another one is.

    Parameters
    ----------
    feedback : {"exact", "learned", "none"}
        What the caller hears: the slope of KL(p_g || p_data), the slope of a discriminator's logit, or noise alone.
    noise : float in [0, 2]
        Standard deviation of what is added to each answer.
    step_size : float, one of 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1
        How far the caller moves for an answer of 1.
    start_mu, start_sigma : float in [-6, 8], [0.3, 4]
        Where the caller starts.
    mu, sigma : float in [-6, 8], [0.3, 4]
        Where the answer comes from.
    seed : int
        Same seed, same run.

    Examples
    --------
    >>> lab = MarcoPolo(start_mu=-2.0)
    >>> lab.mu, lab.sigma
    (3.0, 1.5)
    """

    _tag = t.Unicode("marco-polo").tag(sync=True)
    feedback = _choice(("exact", "learned", "none"), "exact", "What the caller hears.")
    noise = _number(0.3, 0, 2, "Standard deviation of what is added to each answer.")
    step_size = _choice((0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1), 0.1, "How far the caller moves for an answer of 1.")
    start_mu = _number(-3, -6, 8, "Mean of the caller at step 0.")
    start_sigma = _number(0.7, 0.3, 4, "Spread of the caller at step 0.")
    mu = _number(3, -6, 8, "Mean of the target.")
    sigma = _number(1.5, 0.3, 4, "Spread of the target.")


class GanLab1D(Lab):
    """The 1-D GAN lab (chapter 6): both densities, D beside the best D, and what G is told.

    Parameters
    ----------
    capacity : {"linear", "quadratic", "mlp"}
        What D's logit can be; "mlp" has two hidden LeakyReLU layers of 16.
    k, k_g : int in [0, 10]
        Steps of D and of G in a round.
    lr_d, lr_g : float, one of `LEARNING_RATES`
        Learning rates.
    r1, gp : float in [0, 2], [0, 10]
        Gamma of the R1 penalty and lambda of the gradient penalty; 0 leaves them out.
    generator : {"affine", "mlp"}
        G(z) = mu + sigma z, or a network with two hidden tanh layers of 16.
    start_mu, start_sigma : float in [-6, 8], [0.2, 3]
        Where the affine generator starts.
    loss : {"nonsaturating", "minimax", "leastSquares", "wasserstein", "hinge", "relativistic"}
        The game.
    optimizer : {"sgd", "adam"}
        For both players; Adam with beta_1 = 0.5.
    data : {"one", "two"}
        One Gaussian, or an even mixture of two at mu -+ 1.4 sigma with 0.4 of the spread each.
    mu, sigma : float in [-3, 7], [0.3, 2.5]
        Place and scale of the data.
    seed : int
        Same seed, same run.

    Examples
    --------
    >>> GanLab1D(capacity="linear", seed=2).element()
    '<gan-lab-1d capacity="linear" seed="2"></gan-lab-1d>'
    """

    _tag = t.Unicode("gan-lab-1d").tag(sync=True)
    capacity = _choice(("linear", "quadratic", "mlp"), "quadratic", "What D's logit can be.")
    k = _count(1, 0, 10, "Steps of D in a round.")
    lr_d = _choice(LEARNING_RATES, 0.03, "Learning rate of D.")
    r1 = _number(0, 0, 2, "Gamma of the R1 penalty.")
    gp = _number(0, 0, 10, "Lambda of the gradient penalty.")
    generator = _choice(("affine", "mlp"), "affine", "What G can be.")
    k_g = _count(1, 0, 10, "Steps of G in a round.")
    lr_g = _choice(LEARNING_RATES, 0.01, "Learning rate of G.")
    start_mu = _number(0, -6, 8, "Mean of the affine generator at step 0.")
    start_sigma = _number(1, 0.2, 3, "Spread of the affine generator at step 0.")
    loss = _choice(
        ("nonsaturating", "minimax", "leastSquares", "wasserstein", "hinge", "relativistic"),
        "nonsaturating",
        "The game.",
    )
    optimizer = _choice(("sgd", "adam"), "adam", "For both players.")
    data = _choice(("one", "two"), "one", "One Gaussian, or a mixture of two.")
    mu = _number(3, -3, 7, "Place of the data.")
    sigma = _number(1.5, 0.3, 2.5, "Scale of the data.")
