"""The labs as notebook widgets: demos that train in the page, in sync with Python.

Each class shows one lab of the book in JupyterLab, Colab or VS Code (through anywidget) and, in the built book, the
custom element of the same name, which needs no kernel. Training runs in the browser: Python sees the parameters and the
state, it does not compute them. Traits follow every change the reader makes, and a playing lab four times a second.
"""

import html
import json
from collections.abc import Sequence
from functools import cache
from inspect import getdoc
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import anywidget
import traitlets as t
from IPython import get_ipython

STATIC = Path(__file__).with_name("static")
DIGITS = tuple("0123456789")
MOMENTS = (0, 50, 100, 200, 400, 800, 1500, 2500)  # as in static/digit-weights.js
LEARNING_RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3)
LEARNING_RATES_DIGITS = (0.0001, 0.0003, 0.001, 0.002, 0.003, 0.005, 0.01, 0.03)
LEARNING_RATES_2D = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
SMILE = (
    *((-2.4, 0.35), (-2.0, 0.0), (-1.6, -0.29), (-1.2, -0.51), (-0.8, -0.67), (-0.4, -0.77), (0.0, -0.8)),
    *((0.4, -0.77), (0.8, -0.67), (1.2, -0.51), (1.6, -0.29), (2.0, 0.0), (2.4, 0.35)),
)
TRICKS = (
    "one-sided smoothing",
    "two-sided smoothing",
    "random soft labels",
    "5 % wrong labels",
    "minimax loss for G",
    "separate passes",
    "k = 2",
    "k = 5",
    "D four times as fast",
    "G four times as fast",
    "β₁ = 0",
    "β₁ = 0.5",
    "β₁ = 0.9",
    "SGD for D",
    "constant rates",
    "falling rates",
    "average of G's weights",
    "D rests below a loss of 1",
    "fading noise",
    "augmentation",
    "dropout in D",
    "R1",
    "no R1",
    "spectral norm in D",
    "BatchNorm in D",
    "BatchNorm in D, mixed batch",
    "batch spread in D",
    "no BatchNorm in G",
    "virtual BatchNorm in G",
    "dropout in G",
    "ReLU in D",
    "N(0, 0.02²) weights",
    "Xavier weights",
    "PyTorch's weights",
    "D twice as wide",
    "D half as wide",
    "uniform z",
    "few coordinates in z",
    "many coordinates in z",
)  # of chapter 12, as in labs/src/labs/trials-lab/tricks.ts
VIEW = "application/vnd.jupyter.widget-view+json"
MOST_SEED = 2**32 - 1
MOST_STEPS = 10_000  # as in labs/src/kit/outside.ts
MOST_POINTS, REACH = 300, 3.2  # of a drawing, as in labs/src/labs/gan-lab-2d/params.ts
MOST_QUOTED, MOST_LISTED = 60, 300  # characters of a wrong value, and of those that would be right
D_LEVELS = (
    *(0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
    *(0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999),
)


class _Option(t.TraitType):
    """What a lab lets one set: a value that the lab admits, or an error that says what it admits."""

    wanted: str

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value, in Python's own type, if the lab admits it.

        Raises
        ------
        TraitError
            With what was given and what is expected.
        """
        if self.admits(value):
            return self.plain(value)
        raise t.TraitError(f"{type(obj).__name__}: {self.name} must be {self.wanted}, got {_short(value)}")

    def admits(self, value: Any) -> bool:
        raise NotImplementedError

    def plain(self, value: Any) -> Any:
        return value


class _Number(_Option, t.Float):
    plain = staticmethod(float)

    @property
    def wanted(self) -> str:
        return f"a number from {self.min:g} to {self.max:g}"

    def admits(self, value: Any) -> bool:
        return isinstance(value, Real) and not isinstance(value, bool) and self.min <= value <= self.max


class _Count(_Option, t.Int):
    plain = staticmethod(int)

    @property
    def wanted(self) -> str:
        return f"a whole number from {self.min} to {self.max}"

    def admits(self, value: Any) -> bool:
        return isinstance(value, Integral) and not isinstance(value, bool) and self.min <= value <= self.max


class _Choice(_Option, t.Enum):
    @property
    def wanted(self) -> str:
        return f"one of {_listed(list(map(repr, self.values)))}"

    def admits(self, value: Any) -> bool:
        return isinstance(value, str | Real) and not isinstance(value, bool) and value in self.values

    def plain(self, value: Any) -> Any:
        return self.values[self.values.index(value)]


class _Toggle(_Option, t.Bool):
    wanted = "True or False"

    def admits(self, value: Any) -> bool:
        return isinstance(value, bool)


class _Points(_Option, t.List):
    wanted = f"a list of at most {MOST_POINTS} points [x, y] with coordinates from {-REACH} to {REACH}"

    def admits(self, value: Any) -> bool:
        return isinstance(value, list | tuple) and len(value) <= MOST_POINTS and all(map(_is_point, value))

    def plain(self, value: Any) -> Any:
        return [[float(x) for x in point] for point in value]


def _is_point(point: Any) -> bool:
    coordinate = _Number(min=-REACH, max=REACH)
    return isinstance(point, list | tuple) and len(point) == 2 and all(map(coordinate.admits, point))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]}…"


def _listed(names: list[str]) -> str:
    """As many names as a reader bears, and the number of the others."""
    shown = [name for i, name in enumerate(names) if len(", ".join(names[: i + 1])) <= MOST_LISTED]
    rest = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return ", ".join(shown) + rest


def _number(default: float, low: float, high: float, text: str) -> Any:
    return _Number(default, min=low, max=high, help=text).tag(sync=True, param=True)


def _count(default: int, low: int, high: int, text: str) -> Any:
    return _Count(default, min=low, max=high, help=text).tag(sync=True, param=True)


def _choice(options: tuple, default: Any, text: str) -> Any:
    return _Choice(options, default, help=text).tag(sync=True, param=True)


def _toggle(default: bool, text: str) -> Any:
    return _Toggle(default, help=text).tag(sync=True, param=True)


def _points(default: Sequence, text: str) -> Any:
    return _Points(default_value=[list(point) for point in default], help=text).tag(sync=True, param=True)


@cache
def _read(name: str) -> str:
    """A file of `static/`, once for all widgets. (As a path, anywidget would watch it and keep every widget alive.)"""
    return (STATIC / name).read_text(encoding="utf-8")


def _unattended() -> bool:
    """Does a program run the notebook, with no page that could show a widget?

    nbclient, which nbconvert and the book's build use, keeps such a kernel's history in memory. Then only the element
    is stored, because a page made by nbconvert and read offline would show nothing in the place of a widget.
    """
    shell = get_ipython()
    return shell is not None and getattr(shell.history_manager, "hist_file", None) == ":memory:"


class PageElement(anywidget.AnyWidget):
    """A custom element of the book as a widget; where there is no kernel, the element alone."""

    _esm = t.Unicode().tag(sync=True)
    _tag = t.Unicode().tag(sync=True)

    @t.default("_esm")
    def _read_module(self) -> str:
        return _read("labs.js")

    def __new__(cls, *args: Any, **options: Any) -> Any:
        """Refuse a keyword that is no option, before anything is made of the others."""
        for name in options:
            if name not in (*cls._options(), "layout"):
                raise TypeError(cls._not_known(name))
        return super().__new__(cls, *args, **options)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse a name that nothing knows: a misspelt option would be another lab."""
        if not name.startswith("_") and not hasattr(type(self), name):
            raise AttributeError(self._not_known(name))
        super().__setattr__(name, value)

    def element(self) -> str:
        """HTML of the custom element, as the built book shows it."""
        raise NotImplementedError

    @classmethod
    def _options(cls) -> list[str]:
        raise NotImplementedError

    @classmethod
    def _not_known(cls, name: str) -> str:
        return f"{cls.__name__} has no option {name!r}; it has {', '.join(cls._options())}"

    def _command(self, call: str, *args: Any) -> None:
        self.send({"call": call, "args": list(args)})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        shown = {mime: value for mime, value in data.items() if mime != VIEW or not _unattended()}
        return {**shown, "text/html": self.element()}, metadata


class Lab(PageElement):
    """What all labs share: a seed, the state, and the buttons as methods.

    A lab trains only while it is shown; commands reach every view of the widget.

    Raises
    ------
    TypeError
        If a keyword is none of the lab's options, which the message names.
    TraitError
        If an option gets a value that the lab does not admit, now or later; the message says what it admits.
    """

    seed = _Count(0, min=0, max=MOST_SEED, help="Same seed, same run, in every browser.").tag(sync=True)
    state = t.Dict(help="Step, parameters, losses and metrics, as plain JSON; written by the page.").tag(sync=True)
    playing = t.Bool(False, help="Is the lab playing? Written by the page.").tag(sync=True)

    def step(self, n: int = 1) -> None:
        """Pause and do `n` steps, at most 10,000.

        Raises
        ------
        ValueError
            If `n` is no whole number from 0 to 10,000.
        """
        if not _Count(min=0, max=MOST_STEPS).admits(n):
            raise ValueError(
                f"n must be a whole number from 0 to {MOST_STEPS}, got {_short(n)}; call it again for more"
            )
        self._command("step", n)

    def play(self) -> None:
        """Train until paused: in a worker of the browser, or where it has none, in slices of a few milliseconds."""
        self._command("play")

    def pause(self) -> None:
        """Stop at once."""
        self._command("pause")

    def reset(self, seed: int | None = None) -> None:
        """Back to step 0, with another seed if one is given.

        Raises
        ------
        ValueError
            If `seed` is no whole number from 0 to 2**32 - 1.
        """
        if seed is not None and not self.traits()["seed"].admits(seed):
            raise ValueError(f"seed must be {self.traits()['seed'].wanted}, got {_short(seed)}")
        self._command("reset", *(() if seed is None else (seed,)))

    def element(self) -> str:
        """The custom element with this widget's parameters, as the built book shows it.

        Examples
        --------
        >>> MarcoPolo(feedback="learned", start_mu=-2.0).element().split("<p>")[0]
        '<marco-polo feedback="learned" start-mu="-2.0" seed="0">'
        """
        changed = {k: v for k, v in self._params().items() if v != self.traits()[k].default(self)}
        given = [f'{k.replace("_", "-")}="{html.escape(_text(v))}"' for k, v in {**changed, "seed": self.seed}.items()]
        return f"<{self._tag} {' '.join(given)}><p>{self._apology()}</p></{self._tag}>"

    def _params(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.trait_names(param=True)}

    @classmethod
    def _options(cls) -> list[str]:
        return [*cls.class_trait_names(param=True), "seed"]

    @classmethod
    def _apology(cls) -> str:
        """What stands where the lab cannot: without JavaScript, and in a notebook that was made into a plain page."""
        name = html.escape((getdoc(cls) or "").partition(":")[0])
        return (
            f"Here belongs a lab, <em>{name}</em>, which this page cannot show. Open the chapter in the book, with "
            "JavaScript switched on, or run the cell in Jupyter."
        )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class _Cargo(t.HasTraits):
    """What comes to labs that need a large file: its text, as the book's pages load it."""

    _file: str
    _cargo = t.Unicode(help="The file, as the book's pages load it.").tag(sync=True)

    @t.default("_cargo")
    def _read_cargo(self) -> str:
        return _read(self._file)


class ClassLab(Lab):
    """Two classes on a line (chapter 1): the joint beside the conditional, and who can draw new pairs.

    Parameters
    ----------
    share : float in [0.05, 0.95]
        p(y = 1), the share of label 1.
    x : float in [-4.5, 6.5]
        A given number, which both models name.
    mu0, sigma0 : float in [-4, 6], [0.3, 2.5]
        Bell of label 0.
    mu1, sigma1 : float in [-4, 6], [0.3, 2.5]
        Bell of label 1.
    seed : int
        Same seed, same pairs.

    Examples
    --------
    >>> ClassLab(share=0.1).element().split("<p>")[0]
    '<class-lab share="0.1" seed="0">'
    """

    _tag = t.Unicode("class-lab").tag(sync=True)
    share = _number(0.4, 0.05, 0.95, "p(y = 1), the share of label 1.")
    x = _number(0.5, -4.5, 6.5, "A given number, which both models name.")
    mu0 = _number(0, -4, 6, "Mean of label 0.")
    sigma0 = _number(1, 0.3, 2.5, "Spread of label 0.")
    mu1 = _number(2, -4, 6, "Mean of label 1.")
    sigma1 = _number(1, 0.3, 2.5, "Spread of label 1.")


class MarcoPolo(Lab):
    """Marco Polo (chapter 2): a bell curve learns by feedback where another one is.

    Parameters
    ----------
    feedback : {"exact", "learned", "none"}
        What the caller hears: the slope of KL(p_g || p_data), the slope of a discriminator's logit, or noise alone.
    noise : float in [0, 2]
        Standard deviation of what is added to each answer.
    step_size : float, one of 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1
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
    step_size = _choice((0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1), 0.1, "How far the caller moves for an answer of 1.")
    start_mu = _number(-3, -6, 8, "Mean of the caller at step 0.")
    start_sigma = _number(0.7, 0.3, 4, "Spread of the caller at step 0.")
    mu = _number(3, -6, 8, "Mean of the target.")
    sigma = _number(1.5, 0.3, 4, "Spread of the target.")


class RatioLab(Lab):
    """D measures a ratio (chapter 3): a linear and a quadratic D learn beside the best one.

    Parameters
    ----------
    mu, sigma : float in [-4, 8], [0.4, 3]
        Bell of the data.
    mu_g, sigma_g : float in [-4, 8], [0.4, 3]
        Bell of the generator.
    batch : int, one of 8, 32, 128, 512
        Samples of each kind in a step.
    lr : float, one of 0.003, 0.01, 0.03, 0.1
        Learning rate of both D (Adam).
    seed : int
        Same seed, same run.

    Examples
    --------
    >>> RatioLab(sigma=1.0).element().split("<p>")[0]
    '<ratio-lab sigma="1.0" seed="0">'
    """

    _tag = t.Unicode("ratio-lab").tag(sync=True)
    mu = _number(2, -4, 8, "Mean of the data.")
    sigma = _number(2, 0.4, 3, "Spread of the data.")
    mu_g = _number(1, -4, 8, "Mean of the generator.")
    sigma_g = _number(0.8, 0.4, 3, "Spread of the generator.")
    batch = _choice((8, 32, 128, 512), 128, "Samples of each kind in a step.")
    lr = _choice((0.003, 0.01, 0.03, 0.1), 0.03, "Learning rate of both D.")


class DivergenceLab(Lab):
    """How far apart (chapters 4 and 9): slide p_g over p_data, or let it go downhill on one distance.

    There is no chance in it: the seed changes nothing.

    Parameters
    ----------
    shape : {"boxes", "bells", "two"}
        Boxes of standard deviation 1 and `sigma`; bells; or two bells as data and one as model.
    mu, sigma : float in [-7, 7], [0.3, 3]
        Place and spread of p_g at step 0; the data are around 0.
    downhill : {"kl", "reverse", "jsd", "w1"}
        What p_g descends: KL(p_data || p_g), KL(p_g || p_data), JSD or Wasserstein-1.
    step_size : float, one of 0.005, 0.01, 0.02, 0.05, 0.1, 0.2
        Length of a step.

    Examples
    --------
    >>> DivergenceLab(shape="two", mu=1.0).element().split("<p>")[0]
    '<divergence-lab mu="1.0" shape="two" seed="0">'
    """

    _tag = t.Unicode("divergence-lab").tag(sync=True)
    shape = _choice(("boxes", "bells", "two"), "boxes", "Shapes of data and model.")
    mu = _number(-5, -7, 7, "Place of p_g at step 0.")
    sigma = _number(1, 0.3, 3, "Spread of p_g at step 0.")
    downhill = _choice(("kl", "reverse", "jsd", "w1"), "w1", "The distance that p_g descends.")
    step_size = _choice((0.005, 0.01, 0.02, 0.05, 0.1, 0.2), 0.05, "Length of a step.")


class LossLab(Lab):
    """Two generator losses (chapter 5): losses, slopes and the arrows of -dL_G/ds at one logit.

    There is no chance in it: the seed changes nothing.

    Parameters
    ----------
    d : float, one of `D_LEVELS`
        D(G(z)) of the middle sample at step 0.
    likelihood : bool
        Show the maximum-likelihood game, -D / (1 - D), too.
    step_size : float, one of 0.01, 0.02, 0.05, 0.1, 0.2
        How far a sample moves for a slope of 1.

    Examples
    --------
    >>> LossLab(d=0.5).element().split("<p>")[0]
    '<loss-lab d="0.5" seed="0">'
    """

    _tag = t.Unicode("loss-lab").tag(sync=True)
    d = _choice(D_LEVELS, 0.01, "D(G(z)) of the middle sample at step 0.")
    likelihood = _toggle(False, "Show the maximum-likelihood game too.")
    step_size = _choice((0.01, 0.02, 0.05, 0.1, 0.2), 0.05, "How far a sample moves for a slope of 1.")


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
    >>> GanLab1D(capacity="linear", seed=2).element().split("<p>")[0]
    '<gan-lab-1d capacity="linear" seed="2">'
    """

    _tag = t.Unicode("gan-lab-1d").tag(sync=True)
    capacity = _choice(("linear", "quadratic", "mlp"), "quadratic", "What D's logit can be.")
    k = _count(1, 0, 10, "Steps of D in a round.")
    lr_d = _choice(LEARNING_RATES, 0.2, "Learning rate of D.")
    r1 = _number(0, 0, 2, "Gamma of the R1 penalty.")
    gp = _number(0, 0, 10, "Lambda of the gradient penalty.")
    generator = _choice(("affine", "mlp"), "affine", "What G can be.")
    k_g = _count(1, 0, 10, "Steps of G in a round.")
    lr_g = _choice(LEARNING_RATES, 0.1, "Learning rate of G.")
    start_mu = _number(0, -6, 8, "Mean of the affine generator at step 0.")
    start_sigma = _number(1, 0.2, 3, "Spread of the affine generator at step 0.")
    loss = _choice(
        ("nonsaturating", "minimax", "leastSquares", "wasserstein", "hinge", "relativistic"),
        "nonsaturating",
        "The game.",
    )
    optimizer = _choice(("sgd", "adam"), "sgd", "For both players.")
    data = _choice(("one", "two"), "one", "One Gaussian, or a mixture of two.")
    mu = _number(3, -3, 7, "Place of the data.")
    sigma = _number(1.5, 0.3, 2.5, "Scale of the data.")


class GanLab2D(Lab):
    """The 2-D GAN lab (chapter 8): a GAN in the plane, its modes counted, its distance from the data known.

    Parameters
    ----------
    data : {"line", "two", "ring", "three", "grid", "one", "own"}
        A line, two Gaussians, a ring of 8, three strokes apart, a grid of 25, one Gaussian, or the points of `drawn`.
    lr_d, lr_g : float, one of `LEARNING_RATES_2D`
        Learning rates.
    k, k_g : int in [0, 10]
        Steps of D and of G in a round.
    start : {"scratch", "trained"}
        Fresh weights, or stored ones, which exist for the first five data sets with the networks of the defaults.
    optimizer : {"sgd", "adam"}
        For both players.
    beta1 : float, one of 0, 0.5, 0.9
        Adam's memory of the gradient.
    loss : {"nonsaturating", "minimax", "leastSquares", "wasserstein", "hinge", "relativistic"}
        The game.
    r1, gp : float in [0, 2], [0, 10]
        Gamma of the R1 penalty and lambda of the gradient penalty; 0 leaves them out.
    clip : float, one of 0, 0.01, 0.03, 0.1, 0.3, 1
        Range of D's weights; 0 for no clip.
    d_layers, g_layers : int in [0, 5]
        Hidden layers.
    d_units, g_units : int in [1, 100]
        Neurons of each hidden layer.
    activation : {"relu", "leaky", "tanh"}
        Of the hidden layers.
    noise : {"normal", "uniform"}
        Standard normal, or uniform on (-1, 1).
    noise_dims : {"1", "2"}
        Coordinates of the noise.
    output : {"linear", "tanh"}
        Last activation of G.
    show_real, show_fake, show_d, show_manifold, show_arrows : bool
        Layers of the picture.
    heat : {"learned", "best"}
        Colour the plane by the learned D, or by D* = p_data / (p_data + p_g).
    drawn : list of [x, y]
        Centres of the blobs for `data="own"`, in [-3.2, 3.2].
    seed : int
        Same seed, same run.

    Examples
    --------
    >>> GanLab2D(data="grid", k=5).element().split("<p>")[0]
    '<gan-lab-2d data="grid" k="5" seed="0">'
    """

    _tag = t.Unicode("gan-lab-2d").tag(sync=True)
    data = _choice(("line", "two", "ring", "three", "grid", "one", "own"), "ring", "What G shall learn to make.")
    lr_d = _choice(LEARNING_RATES_2D, 0.01, "Learning rate of D.")
    lr_g = _choice(LEARNING_RATES_2D, 0.003, "Learning rate of G.")
    k = _count(1, 0, 10, "Steps of D in a round.")
    start = _choice(("scratch", "trained"), "scratch", "Fresh or stored weights.")
    k_g = _count(1, 0, 10, "Steps of G in a round.")
    optimizer = _choice(("sgd", "adam"), "adam", "For both players.")
    beta1 = _choice((0, 0.5, 0.9), 0, "Adam's memory of the gradient.")
    loss = _choice(
        ("nonsaturating", "minimax", "leastSquares", "wasserstein", "hinge", "relativistic"),
        "nonsaturating",
        "The game.",
    )
    r1 = _number(0.3, 0, 2, "Gamma of the R1 penalty.")
    gp = _number(0, 0, 10, "Lambda of the gradient penalty.")
    clip = _choice((0, 0.01, 0.03, 0.1, 0.3, 1), 0, "Range of D's weights; 0 for no clip.")
    d_layers = _count(2, 0, 5, "Hidden layers of D.")
    d_units = _count(16, 1, 100, "Neurons of each hidden layer of D.")
    g_layers = _count(2, 0, 5, "Hidden layers of G.")
    g_units = _count(16, 1, 100, "Neurons of each hidden layer of G.")
    activation = _choice(("relu", "leaky", "tanh"), "relu", "Of the hidden layers.")
    noise = _choice(("normal", "uniform"), "normal", "Distribution of the noise.")
    noise_dims = _choice(("1", "2"), "2", "Coordinates of the noise.")
    output = _choice(("linear", "tanh"), "linear", "Last activation of G.")
    show_real = _toggle(True, "Show real samples.")
    show_fake = _toggle(True, "Show fakes.")
    show_d = _toggle(True, "Colour the plane by what D says.")
    show_manifold = _toggle(False, "Show where G puts a grid of noise.")
    show_arrows = _toggle(True, "Show -grad L_G at the fakes.")
    heat = _choice(("learned", "best"), "learned", "Colour by the learned D or by the best one.")
    drawn = _points(SMILE, 'Centres of the blobs for data="own".')


class DiracLab(Lab):
    """Why it circles (chapter 7): the field of a game of two numbers, two ways to follow it, its eigenvalues.

    The formulas are those of `ganlab.dynamics`. There is no chance in it: the seed changes nothing.

    Parameters
    ----------
    game : {"xy", "minimax", "nonsaturating"}
        min over theta, max over psi of theta psi; or the Dirac-GAN with one of the two generator losses.
    gamma : float in [0, 2]
        Gamma of the R1 penalty (gamma / 2) psi**2.
    step_size : float in [0.01, 1]
        Length of a step.
    theta, psi : float in [-2, 2]
        Where generator and discriminator start.

    Examples
    --------
    >>> DiracLab(game="xy", gamma=0.3).element().split("<p>")[0]
    '<dirac-lab game="xy" gamma="0.3" seed="0">'
    """

    _tag = t.Unicode("dirac-lab").tag(sync=True)
    game = _choice(("xy", "minimax", "nonsaturating"), "nonsaturating", "Who wants what.")
    gamma = _number(0, 0, 2, "Gamma of the R1 penalty.")
    step_size = _number(0.2, 0.01, 1, "Length of a step.")
    theta = _number(1, -2, 2, "Start of the generator.")
    psi = _number(1, -2, 2, "Start of the discriminator.")


class DigitExplorer(_Cargo, Lab):
    """The digit explorer (chapters 10 and 13): a trained generator, told which digit to draw, runs in the page.

    z is a random point, or `t` of the way from it to a second one, moved along 16 directions. The first directions
    change the image most. Play walks from random point to random point.

    Parameters
    ----------
    label : {"0", ..., "9"}
        The digit that G is told to draw.
    z1, z2, z3, z4, z5, z6, z7, z8, z9, z10, z11, z12, z13, z14, z15, z16 : float in [-3, 3]
        How far to go from z in each direction; noise has standard deviation 1.
    moment : int, one of `MOMENTS`
        Steps of training that the generator has had.
    to_label : {"0", ..., "9"}
        The digit at the other end of the path.
    path : {"slerp", "lerp"}
        Great circle or straight line (`ganlab.latent`).
    t : float in [0, 1]
        Place on the path; 0 is the digit itself.
    seed : int
        Same seed, same digits and same walk.

    Examples
    --------
    >>> DigitExplorer(label="7", z1=1.5).element().split("<p>")[0]
    '<digit-explorer label="7" z1="1.5" seed="0">'
    """

    _tag = t.Unicode("digit-explorer").tag(sync=True)
    _file = "digit-weights.js"
    label = _choice(DIGITS, "3", "The digit that G is told to draw.")
    (z1, z2, z3, z4, z5, z6, z7, z8, z9, z10, z11, z12, z13, z14, z15, z16) = (
        _number(0, -3, 3, "How far to go from z in this direction.") for _ in range(16)
    )
    moment = _choice(MOMENTS, MOMENTS[-1], "Steps of training that the generator has had.")
    to_label = _choice(DIGITS, "8", "The digit at the other end of the path.")
    path = _choice(("slerp", "lerp"), "slerp", "Great circle or straight line.")
    t = _number(0, 0, 1, "Place on the path; 0 is the digit itself.")


class DigitLab(_Cargo, Lab):
    """Train digits in the page (chapter 10): a labelled GAN learns to write MNIST's digits while one watches.

    G and D are told which digit is meant; their layers are convolutions, or dense. They train in the browser, in single
    precision, on 10 000 digits that come with the page. `state` has the losses, D's mean opinions, and what is
    measured every hundred steps: how often a small judge reads the digit that G was told (`agreement`), how much the
    fakes of one digit vary (`variety`, 1 for real ones), and how many are nearer to a training digit than to an
    unseen one (`copies`, one half without copying).

    Parameters
    ----------
    label : {"0", ..., "9", "all"}
        What the digits on the sheet are told.
    average : bool
        Draw with a moving average of G's weights?
    share : {"100", "1000", "all"}
        Training digits: 100, 1000 or 9000, as many of each class.
    lr_g, lr_d : float, one of 0.0001, 0.0003, 0.001, 0.002, 0.003, 0.005, 0.01, 0.03
        Learning rates.
    fall : int, one of 0, 1000, 2000, 4000, 8000, 16000
        Step at which the rates have fallen to a twentieth; 0 keeps them.
    loss : {"nonsaturating", "minimax", "leastSquares", "hinge"}
        The game.
    r1 : float, one of 0, 0.1, 0.3, 1, 3, 10
        Gamma of the R1 penalty, which comes once in 16 steps.
    mismatch : bool
        Does D also learn to call real images fake when they come with labels of others (Reed et al.,
        2016)? With one optimiser for both players there are no such pairs.
    k : int in [1, 5]
        Steps of D for one of G.
    networks : {"convolutional", "dense"}
        Layers of both players.
    channels : int, one of 8, 16
        Of convolutional players: of maps of 14 x 14; those of 7 x 7 have twice as many.
    g_units, d_units : int, one of 32, 64, 128, 256
        Of dense players: units of the widest hidden layer.
    fault : {"none", "range", "labels", "strong", "optimiser"}
        A mistake to watch: real images in [0, 1], no labels, a D too strong (ten steps for one of G, no penalty), or
        one optimiser for both players.
    seed : int
        Same seed, same run.

    Examples
    --------
    >>> DigitLab(share="100", seed=3).element().split("<p>")[0]
    '<digit-lab share="100" seed="3">'
    """

    _tag = t.Unicode("digit-lab").tag(sync=True)
    _file = "digit-data.js"
    label = _choice((*DIGITS, "all"), "all", "What the digits on the sheet are told.")
    average = _toggle(True, "Draw with a moving average of G's weights?")
    share = _choice(("100", "1000", "all"), "all", "Training digits.")
    lr_g = _choice(LEARNING_RATES_DIGITS, 0.01, "Learning rate of G.")
    lr_d = _choice(LEARNING_RATES_DIGITS, 0.005, "Learning rate of D.")
    fall = _choice((0, 1000, 2000, 4000, 8000, 16000), 0, "Step at which the rates have fallen to a twentieth.")
    loss = _choice(("nonsaturating", "minimax", "leastSquares", "hinge"), "nonsaturating", "The game.")
    r1 = _choice((0, 0.1, 0.3, 1, 3, 10), 0.3, "Gamma of the R1 penalty.")
    mismatch = _toggle(True, "Do real images with labels of others count as fakes?")
    k = _count(1, 1, 5, "Steps of D for one of G.")
    networks = _choice(("convolutional", "dense"), "convolutional", "Layers of both players.")
    channels = _choice((8, 16), 8, "Channels of the finer hidden maps, where layers are convolutions.")
    g_units = _choice((32, 64, 128, 256), 128, "Units of G's widest hidden layer, where layers are dense.")
    d_units = _choice((32, 64, 128, 256), 128, "Units of D's widest hidden layer, where layers are dense.")
    fault = _choice(("none", "range", "labels", "strong", "optimiser"), "none", "A mistake to watch.")


class MetricLab(Lab):
    """Which metric notices (chapter 11): disturb a generator in the plane, and predict which of seven metrics sees it.

    The data are five modes on a ring, one of them rare. Each metric is measured on several draws of `n` real and `n`
    generated points; `state` has the medians, the middle nine tenths, the same for real points against real ones
    (`floor`), and the verdicts.

    Parameters
    ----------
    modes : {"all", "no_large", "no_rare", "one", "bell"}
        What the generator makes: all five modes, all but a large one, all but the rare one, one only; or one bell with
        the mean and the covariance of the data.
    copies : float in [0, 1]
        Share of the generated points that are copies of training points.
    spread : float in [0.2, 2]
        Width of each mode; 1 is as wide as real.
    shift : float in [0, 1.5]
        How far the generated points are moved to the right; a real mode has standard deviation 0.35.
    n : int, one of 50, 100, 200, 500, 1000
        Points in a sample, as many real ones as generated ones.
    against : {"training", "heldout"}
        Real points to compare with: those that the generator was trained on, or others.
    guess_frechet, guess_kernel, guess_precision, guess_recall, guess_density, guess_coverage, guess_modes : bool
        The prediction: will this metric notice?
    shown : bool
        Are the answers shown? `state["right"]` counts the predictions that hold when they are shown.
    seed : int
        Same seed, same points.

    Examples
    --------
    >>> MetricLab(modes="bell", n=1000).element().split("<p>")[0]
    '<metric-lab modes="bell" n="1000" seed="0">'
    """

    _tag = t.Unicode("metric-lab").tag(sync=True)
    modes = _choice(("all", "no_large", "no_rare", "one", "bell"), "no_large", "What the generator makes.")
    copies = _number(0, 0, 1, "Share of copies of training points.")
    spread = _number(1, 0.2, 2, "Width of each mode; 1 is as wide as real.")
    shift = _number(0, 0, 1.5, "How far the generated points are moved to the right.")
    n = _choice((50, 100, 200, 500, 1000), 200, "Points in a sample.")
    against = _choice(("training", "heldout"), "training", "Real points to compare with.")
    guess_frechet = _toggle(False, "Will the Fréchet distance notice?")
    guess_kernel = _toggle(False, "Will the kernel distance notice?")
    guess_precision = _toggle(False, "Will precision notice?")
    guess_recall = _toggle(False, "Will recall notice?")
    guess_density = _toggle(False, "Will density notice?")
    guess_coverage = _toggle(False, "Will coverage notice?")
    guess_modes = _toggle(False, "Will the share of modes notice?")
    shown = _toggle(False, "Are the answers shown?")


class TrialsLab(_Cargo, Lab):
    """Tricks on trial (chapter 12): predict whether a trick helps, then see the stored runs, seed by seed.

    The page computes the ratio of the trick's values to the baseline's and its 95 % interval, as the chapter does;
    `state` has them, the verdict, and the predictions so far. There is no chance in it: the seed changes nothing.

    Parameters
    ----------
    target : {"ring", "digits"}
        What is learned: a ring of 8 modes, judged by the share of misplaced samples, or digits, judged by their score.
    baseline : {"plain", "ours"}
        The recipe that the trick changes: a DCGAN as in many tutorials, or the recipe of chapter 10.
    trick : str, one of `TRICKS`
        What is changed.
    guess : {"helps", "unclear", "harms"}
        The prediction, which stands when the results are shown.
    seeds : int, one of 2, 3, 5, 8, 16, 32
        Seeds that count: the first so many, or all if there are fewer.
    all : bool
        Shall the intervals of all tests hold at once (Bonferroni)?

    Examples
    --------
    >>> TrialsLab(trick="R1").element().split("<p>")[0]
    '<trials-lab trick="R1" seed="0">'
    """

    _tag = t.Unicode("trials-lab").tag(sync=True)
    _file = "trials.js"
    target = _choice(("ring", "digits"), "digits", "What is learned.")
    baseline = _choice(("plain", "ours"), "plain", "The recipe that the trick changes.")
    trick = _choice(TRICKS, "one-sided smoothing", "What is changed.")
    guess = _choice(("helps", "unclear", "harms"), "unclear", "The prediction.")
    seeds = _choice((2, 3, 5, 8, 16, 32), 32, "Seeds that count.")
    all = _toggle(False, "Shall the intervals of all tests hold at once?")


class RealOrFake(_Cargo, Lab):
    """Real or fake (chapter 14): the reader is the discriminator, and gets an AUC with its interval.

    Rounds of 24 digits, half of them from MNIST, half drawn by the book's generator. Four buttons, or the keys 1 to 4,
    say how real each one looks. Truth comes at the end of a round, beside what D and a detector make of the same
    images. `state` has the answers, the truth of finished rounds, and in `metrics` the AUC with its 95 % interval.

    Parameters
    ----------
    age : {"early", "late"}
        The generator's age when it drew the fakes: 400 or 2500 steps of training.
    guess : float in [0.5, 1]
        The prediction of one's own AUC, which stands when the images begin.
    seed : int
        Same seed, same images in the same order.

    Examples
    --------
    >>> RealOrFake(age="late").element().split("<p>")[0]
    '<real-or-fake age="late" seed="0">'
    """

    _tag = t.Unicode("real-or-fake").tag(sync=True)
    _file = "digit-lineup.js"
    age = _choice(("early", "late"), "early", "The generator's age when it drew the fakes.")
    guess = _number(0.75, 0.5, 1, "The prediction of one's own AUC.")


class Quiz(PageElement):
    r"""A question with instant feedback, in a notebook as in the book's pages.

    Parameters
    ----------
    kind : {"single", "multiple", "matching", "ordering", "arranging", "numeric"}
        One right option, one or more, partners, an order, lines of code to arrange, or a number.
    source : str
        Markdown with formulas in `$`: the prompt, then the options, each with its reason, as in the book's `{quiz}`.
        `ganlab.quiz.source` says how the six kinds are written. Raw HTML is shown as text.
    keys : str
        The misconceptions that it is about, as in the book, such as ``E13, T16``; may be left out.
    tolerance : float > 0, optional
        How far off a number may be; only for "numeric".

    Raises
    ------
    TypeError
        If `source` or `keys` is no text, or a keyword is none of these.
    ValueError
        If something is wrong with the source; it says of each fault the line, from 1, and the cure.

    Notes
    -----
    `state` holds kind, answer, attempts and right (None before the first answer), as plain JSON; empty until shown.

    Examples
    --------
    >>> quiz = Quiz(
    ...     "single",
    ...     r'''Which $D(G(z))$ does the generator try to reach?
    ...
    ...     - [ ] $\tfrac12$
    ...       : That confuses an aim with an outcome.
    ...     - [x] 1
    ...       : The loss $-\log D(G(z))$ falls all the way to $D = 1$.''',
    ...     keys="E13",
    ... )
    >>> quiz.element().splitlines()[0]
    '<gan-quiz kind="single" data-keys="E13">'
    """

    _tag = t.Unicode("gan-quiz").tag(sync=True)
    _html = t.Unicode(help="The element, as a page without a kernel has it.").tag(sync=True)

    state = t.Dict(help="Kind, answer, attempts and right, as plain JSON; written by the page.").tag(sync=True)

    def __init__(self, kind: str, source: str, *, keys: str = "", tolerance: float | None = None) -> None:
        # Only here: labs do without Markdown and TeX.
        from ganlab.quiz.html import element
        from ganlab.quiz.source import parse

        for name, text in (("source", source), ("keys", keys)):
            if not isinstance(text, str):
                raise TypeError(f"Quiz: {name} must be text, got {_short(text)}")
        question = parse(kind, source, keys, tolerance)
        super().__init__(_html=element(question, keys, tolerance))

    @classmethod
    def _options(cls) -> list[str]:
        return ["kind", "source", "keys", "tolerance"]

    def check(self) -> None:
        """Judge the answer as it stands, and tell."""
        self._command("check")

    def reset(self) -> None:
        """As at the start."""
        self._command("reset")

    def element(self) -> str:
        """The custom element of this question, as the built book shows it."""
        return self._html
