"""Draw each figure once more in the colours of the dark theme, while it is still a figure.

The build loads this file into the kernels of the chapters, as an extension of IPython. Beside the PNG of a figure it
then stores another, under `dark` in the metadata of that output: the same artists at the same places, in colours made
for a dark ground. Nothing runs twice, the chapters do not know of it, and a notebook in a reader's hands is as it was.

Images of data keep their pixels, and so does what is written on them; what is drawn around them changes.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

import numpy as np
from IPython.core.formatters import PNGFormatter, catch_format_error
from IPython.core.pylabtools import print_figure
from matplotlib import rc_context, rcParams
from matplotlib.artist import Artist
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap, to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text

GROUND = "#14171c"  # of the dark page, see book.css; so are the colours of the roles
OWN = {
    "#ffffff": GROUND,
    "#0072b2": "#56b4e9",  # real
    "#d55e00": "#f0883e",  # fake
    "#6b7280": "#9aa4b2",  # D
    "#56b4e9": "#0072b2",  # sky blue and blue change places
    "#009e73": "#65dfb0",  # as far from all others as on white, for the colour-blind as well
    "#cc79a7": "#a35582",
}
COLORS = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor", "gapcolor")
NO_LAYOUT = {"figure.constrained_layout.use": False, "figure.autolayout": False}
GRAY = "gray"  # the colour map of images; other maps are drawings

# OKLab, Ottosson (2020): linear RGB to cone responses, their cube roots to lightness and two colour axes.
LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def _linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _encoded(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.0031308, rgb * 12.92, 1.055 * rgb ** (1 / 2.4) - 0.055)


def luminance(color: Any) -> float:
    """Return the relative luminance of WCAG, in [0, 1]."""
    return float(LUMINANCE @ _linear(np.array(to_rgba(color)[:3])))


def contrast(one: Any, other: Any) -> float:
    """Return the contrast of WCAG, from 1 to 21."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def dark(color: Any) -> Any:
    """Return the colour that has on the dark ground the contrast that this one has on white, in the same hue.

    One colour of matplotlib or an array of them, shape (n, 4); opacity stays. The roles have colours of their own.
    """
    if isinstance(color, np.ndarray) and color.ndim == 2:
        return np.array([dark(tuple(each)) for each in color]).reshape(-1, 4)
    red, green, blue, alpha = to_rgba(color)
    return (*_dark(to_hex((red, green, blue))), alpha)


@cache
def _dark(color: str) -> tuple[float, ...]:
    if color in OWN:
        return to_rgba(OWN[color])[:3]
    goal = min(contrast(color, "white") * (luminance(GROUND) + 0.05) - 0.05, 0.95)
    _, *hue = LAB @ np.cbrt(LMS @ _linear(np.array(to_rgba(color)[:3])))
    low, high = 0.0, 1.0
    while high - low > 1e-4:  # lightness
        middle = (low + high) / 2
        linear = np.clip(np.linalg.solve(LMS, np.linalg.solve(LAB, [middle, *hue]) ** 3), 0, 1)
        low, high = (middle, high) if LUMINANCE @ linear < goal else (low, middle)
    return tuple(_encoded(linear).tolist())


def dark_map(colors: Colormap) -> Colormap:
    """Return a colour map for the dark."""
    found = ListedColormap(dark(colors(np.arange(colors.N))), colors.name)
    return found.with_extremes(under=dark(colors.get_under()), over=dark(colors.get_over()), bad=dark(colors.get_bad()))


@contextmanager
def darkened(figure: Figure) -> Iterator[None]:
    """Give a figure that was drawn the dark look, and take it back."""
    artists = list({id(part): part for artist in figure.findobj() for part in _with_parts(artist)}.values())
    kept = {id(artist) for artist in _on_images(figure)}
    before = [(artist, dict(vars(artist))) for artist in artists]
    with ExitStack() as undo:
        for artist, state in before:
            undo.callback(_restore, artist, state)
        with rc_context(NO_LAYOUT):
            figure.set_layout_engine(None)  # all stay where they are
        for artist in artists:
            if id(artist) not in kept:
                _darken(artist, undo)
        yield


def _with_parts(artist: Artist) -> list[Artist]:
    """Return an artist, and for a text the box and the arrow that matplotlib does not count among its children."""
    box = artist.get_bbox_patch() if isinstance(artist, Text) else None
    return [part for part in (artist, box, getattr(artist, "arrow_patch", None)) if part is not None]


def _restore(artist: Artist, state: dict[str, Any]) -> None:
    vars(artist).clear()
    vars(artist).update(state)


def _darken(artist: Artist, undo: ExitStack) -> None:
    if isinstance(artist, ScalarMappable) and artist.get_array() is not None:
        undo.callback(artist.set_cmap, artist.get_cmap())  # held by an object that others may share
        artist.set_cmap(dark_map(artist.get_cmap()))
        return
    if hasattr(artist, "patch"):  # a figure's ground, or that of axes, is an artist of its own
        return
    # All are read before one is set: some follow others.
    found = {name: getattr(artist, f"get_{name}")() for name in COLORS if hasattr(artist, f"get_{name}")}
    for name, color in found.items():
        if color is not None:
            getattr(artist, f"set_{name}")(dark(color))


def is_picture(artist: Artist) -> bool:
    """Tell an image of data from a drawing: its colours are given, or it is grey from black to white."""
    return isinstance(artist, AxesImage) and (artist.get_array().ndim == 3 or artist.get_cmap().name == GRAY)


def _on_images(figure: Figure) -> Iterator[Artist]:
    """Yield the images of data, and what is written or drawn on them."""
    for ax in figure.axes:
        pictures = [image for image in ax.images if is_picture(image)]
        yield from pictures
        places = [image.get_window_extent() for image in pictures]
        for artist in [*ax.texts, *ax.lines, *ax.patches] if places else []:
            extent = artist.get_window_extent()
            x, y = (extent.x0 + extent.x1) / 2, (extent.y0 + extent.y1) / 2
            if any(place.contains(x, y) for place in places):
                yield from _with_parts(artist)


class BothLooks(PNGFormatter):
    """The PNG of an object; a figure brings another one for the dark."""

    @catch_format_error
    def __call__(self, obj: Any) -> Any:
        """Return the PNG, with the dark one in its metadata."""
        light = super().__call__(obj)
        if light is None or not isinstance(obj, Figure):
            return light
        # Where nothing moves, the room is known: to look for it again would take as long as to draw.
        room = obj.get_tightbbox().padded(rcParams["savefig.pad_inches"])
        with darkened(obj):
            return light, {"dark": print_figure(obj, fmt="png", base64=True, bbox_inches=room)}


def load_ipython_extension(shell: Any) -> None:
    """Take the place of IPython's own formatter."""
    formatters = shell.display_formatter.formatters
    formatters["image/png"] = BothLooks(parent=shell.display_formatter)
