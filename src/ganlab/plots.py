"""Figures: the one module that imports matplotlib.

Functions take arrays or tensors, draw on given or new axes, and return the axes. Titles are left to captions. Roles
have fixed looks everywhere in the book: real is blue and solid, fake orange and dashed, the discriminator grey and
dotted; so colour is never the only sign. `plt.style.use("ganlab.book")` sets the rest.
"""

import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from ganlab.arguments import TEXT, array, count, instance, number, optional, refuse, sequence, takes, tensor

Array = np.ndarray | Tensor

VALUES = array(("m",), ("m", 1), cure="a line is drawn through one value at each place: pass a vector")
GRID = array(("m",), ("m", 1), finite=True, cure="the grid is a vector, for example torch.linspace(-4, 4, 200)")
DENSITY = array(("m",), ("m", 1), finite=True, low=0, cure="a density is one number, not negative, at each place")
LOSSES = array(("steps",), cure="pass one loss for each step, for example history.d_loss")
COUNTS = array(("n_classes",), finite=True, low=0, cure="count how often each class occurs: torch.bincount(labels)")
TABLE = array(
    ("n_x", "n_y"), finite=True, low=0, high=1, cure="probabilities lie in [0, 1]: divide counts by their sum"
)
JOINT = array((2, "m"), finite=True, low=0, cure="stack p(x, y = 0) and p(x, y = 1)")
IMAGES = tensor(("n", 1, "h", "w"), finite=True, low=-1, high=1, cure="divide 0..255 by 127.5, subtract 1")
AX = optional(instance(Axes, "axes of matplotlib", cure="make them with plots.new_axes(), or leave it out"))
NAMES = sequence(TEXT)

REAL: dict[str, Any] = {"color": "#0072B2", "linestyle": "-"}
FAKE: dict[str, Any] = {"color": "#D55E00", "linestyle": "--"}
D: dict[str, Any] = {"color": "#6B7280", "linestyle": ":"}

#: Looks of two classes of data, for pictures in which nothing is real or fake yet.
CLASSES: list[dict[str, Any]] = [{"color": "#009E73", "linestyle": "-"}, {"color": "#AA4499", "linestyle": "--"}]


@takes(n_cols=count(most=100), height=number(above=0, most=100))
def new_axes(n_cols: int = 1, *, height: float = 3.2) -> Axes | np.ndarray:
    """Make a row of axes as wide as the page's text.

    Parameters
    ----------
    n_cols : int
        Number of axes beside each other, at least 1.
    height : float
        Height in inches, positive.

    Returns
    -------
    Axes or ndarray of Axes
        One for `n_cols=1`.

    Examples
    --------
    >>> ax = new_axes()
    >>> plt.close(ax.figure)
    """
    _, axes = plt.subplots(1, n_cols, figsize=(5.6 if n_cols == 1 else 7.2, height), layout="constrained")
    return axes


def _role(name: str, value: Any) -> None:
    """Take a look of the house style: a dictionary with a colour."""
    if not isinstance(value, dict) or "color" not in value:
        refuse(name, "a look with a colour", value, "pass plots.REAL, plots.FAKE or plots.D")


@takes(x=GRID, p=DENSITY, role=_role, label=TEXT, ax=AX)
def density(x: Array, p: Array, *, role: dict[str, Any], label: str, ax: Axes | None = None) -> Axes:
    """Draw a density as a line with a light filling.

    Parameters
    ----------
    x, p : array of shape (m,)
        Grid and density, as many numbers in both; finite, and the density not negative.
    role : dict
        `REAL` or `FAKE`.
    label : str
        Name in the legend.
    ax : Axes, optional
        Where to draw; new by default.

    Raises
    ------
    ValueError
        If grid and density do not fit, or hold what cannot be drawn.

    Examples
    --------
    >>> ax = density(np.arange(3.0), np.ones(3), role=REAL, label="data")
    >>> plt.close(ax.figure)
    """
    x, p = _numpy(x).ravel(), _numpy(p).ravel()
    _require_as_many(x=x, p=p)
    ax = ax or new_axes()
    ax.plot(x, p, label=label, **role)
    ax.fill_between(x, p, color=role["color"], alpha=0.12, linewidth=0)
    ax.set_xlabel("x")
    ax.set_ylabel("density")
    ax.set_ylim(bottom=0)
    return ax


@takes(d_loss=LOSSES, g_loss=LOSSES, smooth=count(), ax=AX)
def losses(d_loss: Array, g_loss: Array, *, smooth: int = 25, ax: Axes | None = None) -> Axes:
    """Draw both losses over the steps, with the equilibrium values log 4 (D) and log 2 (G) drawn in.

    A running mean carries the line; the raw values stand faintly behind it.

    Parameters
    ----------
    d_loss, g_loss : array of shape (steps,)
        Losses of the cross-entropy games, in nats; for other losses the two reference lines mean nothing.
    smooth : int
        Steps in the running mean, at least 1.
    ax : Axes, optional
        Where to draw; new by default.

    Raises
    ------
    ValueError
        If there are not equally many losses of both players, or none. NaN is drawn as a gap.

    Examples
    --------
    >>> ax = losses(np.ones(50), np.ones(50))
    >>> plt.close(ax.figure)
    """
    _require_as_many(d_loss=_numpy(d_loss), g_loss=_numpy(g_loss))
    ax = ax or new_axes()
    for values, role, label in [(d_loss, D, "D"), (g_loss, FAKE, "G")]:
        values = _numpy(values)
        ax.plot(np.arange(1, len(values) + 1), values, color=role["color"], alpha=0.2, linewidth=0.8)
        mean = running_mean(values, smooth)
        style = {**role, "linestyle": "-" if label == "D" else "--"}
        ax.plot(np.arange(len(values) - len(mean), len(values)) + 1, mean, label=label, **style)
    for value, name in [(math.log(4), "log 4"), (math.log(2), "log 2")]:
        ax.axhline(value, color="#333840", linewidth=0.8, zorder=0)
        ax.annotate(
            name, (1.01, value), xycoords=("axes fraction", "data"), va="center", fontsize=9, annotation_clip=False
        )
    ax.set_xlabel("step")
    ax.set_ylabel("loss (nats)")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)  # above the curves, which start high
    return ax


@takes(values=array(("n",)), window=count())
def running_mean(values: Array, window: int) -> np.ndarray:
    """Mean of each `window` successive values; shorter than the input by `window - 1`.

    Parameters
    ----------
    values : array of shape (n,)
        Numbers.
    window : int
        Values in a mean, at least 1; cut to n.

    Examples
    --------
    >>> running_mean(np.array([1.0, 3.0, 5.0]), 2)
    array([2., 4.])
    """
    values = _numpy(values)
    window = min(window, len(values))
    return np.convolve(values, np.full(window, 1 / window), mode="valid")


@takes(images=IMAGES, n_cols=count(), source=optional(TEXT), ax=AX)
def image_grid(images: Tensor, *, n_cols: int = 16, source: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw images in rows, as they come: the first stands top left.

    Parameters
    ----------
    images : Tensor of shape (n, 1, h, w), values in [-1, 1]
        Grey images.
    n_cols : int
        Images in a row, at least 1.
    source : str, optional
        Where the data come from, written below the grid (`Digits.source`).
    ax : Axes, optional
        Where to draw; new by default.

    Raises
    ------
    ValueError
        If the images have another shape, dtype or range.

    Examples
    --------
    >>> ax = image_grid(torch.zeros(20, 1, 28, 28), source="MNIST")
    >>> plt.close(ax.figure)
    """
    if images.is_meta:
        refuse("images", "images with numbers in them", images, "compute on a real device before drawing")
    picture = _tile(images.detach().cpu(), n_cols)
    if ax is None:
        _, ax = plt.subplots(figsize=(6.4, 6.4 * picture.shape[0] / picture.shape[1] + 0.25), layout="constrained")
    ax.imshow(picture, cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
    ax.set_axis_off()
    if source is not None:
        ax.annotate(
            f"data: {source}", (1, 0), xytext=(0, -4), xycoords="axes fraction", textcoords="offset points",
            ha="right", va="top", fontsize=8.5, color="#6B7280",
        )  # fmt: skip
    return ax


@takes(counts=COUNTS, ax=AX, label=optional(TEXT))
def class_histogram(counts: Array, *, ax: Axes | None = None, label: str | None = None) -> Axes:
    """Draw the share of each class, with the even share as a line.

    Parameters
    ----------
    counts : array of shape (n_classes,)
        How often each class occurs, as counts or as shares.
    ax : Axes, optional
        Where to draw; new by default.
    label : str, optional
        Name in the legend.

    Raises
    ------
    ValueError
        If a count is negative or not finite, or nothing was counted.

    Examples
    --------
    >>> ax = class_histogram(np.full(10, 7))
    >>> plt.close(ax.figure)
    """
    counts = _numpy(counts)
    if not counts.sum() > 0:
        raise ValueError("counts must not all be 0, got no sample of any class; count some samples first")
    ax = ax or new_axes(height=2.4)
    ax.bar(np.arange(len(counts)), counts / counts.sum(), color=FAKE["color"], alpha=0.75, label=label)
    ax.axhline(1 / len(counts), color="#333840", linewidth=0.8, label="even share")
    ax.set_xticks(np.arange(len(counts)))
    ax.grid(axis="x", visible=False)
    ax.set_xlabel("class")
    ax.set_ylabel("share of samples")
    return ax


@takes(p=TABLE, x_names=NAMES, y_names=NAMES, ax=AX)
def probability_table(p: Array, *, x_names: list[str], y_names: list[str], ax: Axes | None = None) -> Axes:
    """Draw a table of probabilities, one row for each x, one column for each y; the fuller a cell, the more probable.

    Parameters
    ----------
    p : array of shape (n_x, n_y), values in [0, 1]
        Joint or conditional probabilities.
    x_names, y_names : list of str
        Names of the rows and columns.
    ax : Axes, optional
        Where to draw; new by default.

    Raises
    ------
    ValueError
        If a number is no probability, or there is not one name for each row and each column.

    Examples
    --------
    >>> ax = probability_table(np.full((2, 2), 0.25), x_names=["empty", "inked"], y_names=["0", "1"])
    >>> plt.close(ax.figure)
    """
    p = _numpy(p)
    if p.shape != (len(x_names), len(y_names)):
        raise ValueError(
            f"names must be ({len(x_names)}, {len(y_names)}) as the table, got {p.shape}; name each row and column"
        )
    ax = ax or new_axes()
    ax.imshow(p, cmap="Greys", vmin=0, vmax=1.2 * p.max(), aspect="auto")
    for (row, column), value in np.ndenumerate(p):
        color = "white" if value > 0.7 * p.max() else "#1f2630"
        ax.text(column, row, f"{value:.2f}", ha="center", va="center", color=color)
    ax.set_xticks(range(len(y_names)), y_names)
    ax.set_yticks(range(len(x_names)), x_names)
    ax.set_xlabel("y")
    ax.set_ylabel("x")
    ax.grid(visible=False)
    return ax


def _pair(name: str, value: Any) -> None:
    """Take two axes."""
    pair = isinstance(value, list | tuple | np.ndarray) and len(value) == 2
    if not pair or not all(isinstance(each, Axes) for each in value):
        refuse(name, "two axes of matplotlib", value, "make them with plots.new_axes(2), or leave it out")


@takes(x=GRID, joint=JOINT, axes=optional(_pair))
def two_classes(x: Array, joint: Array, *, axes: np.ndarray | None = None) -> np.ndarray:
    """Draw p(x, y) of two classes, and below it p(y = 1 | x) with a line at each x where it crosses 1/2.

    Parameters
    ----------
    x : array of shape (m,)
        Grid, ascending.
    joint : array of shape (2, m)
        p(x, y) for y = 0 and y = 1; not both zero anywhere.
    axes : ndarray of two Axes, optional
        Where to draw the joint and the conditional; new by default.

    Raises
    ------
    ValueError
        If grid and densities do not fit, the grid does not ascend, or both densities are zero somewhere.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 5)
    >>> axes = two_classes(x, np.stack([np.exp(-x), np.exp(x)]))
    >>> plt.close(axes[0].figure)
    """
    x, joint = _numpy(x).ravel(), _numpy(joint)
    _require_as_many(x=x, joint=joint[0])
    if not (np.diff(x) > 0).all():
        raise ValueError("x must ascend, got a grid that does not; sort it")
    if not (joint.sum(axis=0) > 0).all():
        raise ValueError("joint must not be zero for both classes, got zeros at one x; cut the grid there")
    axes = new_axes(2) if axes is None else axes
    for label, role in enumerate(CLASSES):
        density(x, joint[label], role=role, label=f"y = {label}", ax=axes[0])
    axes[0].set_ylabel("p(x, y)")
    conditional = joint[1] / joint.sum(axis=0)
    axes[1].plot(x, conditional, **CLASSES[1])
    for crossing in x[1:][np.diff(conditional > 0.5)]:
        for ax in axes:
            ax.axvline(crossing, color="#333840", linewidth=0.8)
    axes[1].set(xlabel="x", ylabel="p(y = 1 | x)", ylim=(-0.03, 1.03))
    return axes


def _tile(images: Tensor, n_cols: int) -> np.ndarray:
    """Put images `(n, 1, h, w)` side by side; between them is one pixel of nothing, through which the page shines."""
    n, _, h, w = images.shape
    n_cols = min(n_cols, n)
    n_rows = math.ceil(n / n_cols)
    sheet = torch.full((n_rows, n_cols, h + 1, w + 1), torch.nan)
    sheet.view(-1, h + 1, w + 1)[:n, :h, :w] = images[:, 0]
    return sheet.permute(0, 2, 1, 3).reshape(n_rows * (h + 1), n_cols * (w + 1))[:-1, :-1].numpy()


def _require_as_many(**arrays: np.ndarray) -> None:
    if len({len(values) for values in arrays.values()}) > 1:
        sizes = " and ".join(str(len(values)) for values in arrays.values())
        raise ValueError(f"{' and '.join(arrays)} must hold as many numbers, got {sizes}; cut the longer one")


def _numpy(values: Array) -> np.ndarray:
    if isinstance(values, Tensor):  # NumPy lacks bfloat16
        return (values.float() if values.dtype == torch.bfloat16 else values).detach().cpu().numpy()
    return np.asarray(values)
