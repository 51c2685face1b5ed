"""Figures in the dark: drawn for it from the same run, legible, light on paper, and never loaded twice."""

import doctest
import io
import re
import subprocess
import sys
import zipfile
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
import two_looks
from bs4 import BeautifulSoup
from kernel.dark_figures import GROUND, LAB, LMS, OWN, _linear, contrast, dark, darkened
from matplotlib.colors import to_hex, to_rgba
from PIL import Image
from pypdf import PdfReader
from visits import SETTLED, WIDE, change_theme

from ganlab import plots

ROOT = Path(__file__).parents[2]
INKS = ["#000000", "#1f2630", "#333840", "#545d6b", "#6b7280"]  # what is written in
SEEING = {  # Machado, Oliveira and Fernandes (2009), severity 1; they act on linear RGB
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


@pytest.fixture(autouse=True)
def style():
    with plt.style.context("ganlab.book"):
        yield
    plt.close("all")


# Colours.


def cycle():
    with plt.style.context("ganlab.book"):
        return plt.rcParams["axes.prop_cycle"].by_key()["color"]


def lines():
    looks = [plots.REAL, plots.FAKE, plots.D, *plots.CLASSES]
    return sorted({to_hex(color) for color in [*cycle(), *INKS, "#8a8f98", *(look["color"] for look in looks)]})


@pytest.mark.parametrize("color", lines())
def test_a_line_is_seen_on_the_dark_ground(color):
    assert contrast(dark(color), GROUND) >= 3


@pytest.mark.parametrize("color", INKS)
def test_words_are_read_on_the_dark_ground(color):
    assert contrast(dark(color), GROUND) >= 4.5


def test_other_colours_keep_their_contrast_up_to_where_white_ends():
    for color in np.random.default_rng(0).random((100, 3)):
        kept = min(contrast(color, "white"), contrast("#f9f9f9", GROUND))
        assert contrast(dark(color), GROUND) == pytest.approx(kept, rel=0.02)


@pytest.mark.parametrize("seeing", SEEING)
def test_two_colours_of_the_style_are_told_apart_as_on_white(seeing):
    def place(color):
        cones = LMS @ np.clip(np.array(SEEING[seeing]) @ _linear(np.array(to_rgba(color)[:3])), 0, 1)
        return LAB @ np.cbrt(cones)

    def nearest(colors):
        return min(np.linalg.norm(place(a) - place(b)) for a, b in combinations(colors, 2))

    assert nearest([dark(color) for color in cycle()]) > 0.85 * nearest(cycle())  # labs and words fix the roles


def test_ground_and_roles_are_those_of_the_style_sheet():
    css = (ROOT / "book" / "_static" / "book.css").read_text(encoding="utf-8")
    light, night = (
        dict(re.findall(r"(--[\w-]+): (#\w+);", re.search(rf'html\[data-theme="{name}"\] {{(.*?)}}', css, re.S)[1]))
        for name in ("light", "dark")
    )
    assert night["--pst-color-background"] == GROUND == OWN["#ffffff"]
    for name in ("--real", "--fake", "--disc"):
        assert OWN[light[name]] == night[name]


def test_opacity_stays():
    assert dark((0, 0, 0, 0.3))[3] == 0.3
    np.testing.assert_allclose(dark(np.array([[1, 1, 1, 0.5]])), [[*to_rgba(GROUND)[:3], 0.5]])


def test_doctests():
    assert doctest.testmod(two_looks).failed == 0


DRAWINGS = sorted(set((ROOT / "book" / "figures").glob("*.svg")) - {ROOT / "book" / "figures" / "hero.svg"})  # inlined


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_a_drawing_has_no_colour_that_the_dark_look_would_miss(path):
    light = path.read_text(encoding="utf-8")
    said = re.findall(r"\b(?:fill|stroke|stop-color)(?:=\"|: ?)([^\";}]+)", light)
    assert [color for color in said if not re.fullmatch(r"#[0-9a-fA-F]{6}|none|currentColor|var\(.*", color)] == []
    night = two_looks.dark_drawing(light)
    assert re.search(r"<svg[^>]*?\sfill=\"(#\w+)", night)
    assert "#ffffff" not in night.lower()


def test_what_a_drawing_leaves_black_is_white_in_the_dark():
    assert (
        two_looks.dark_drawing("<svg><text>A</text></svg>")
        == f'<svg fill="{to_hex(dark("black"))}"><text>A</text></svg>'
    )


# Figures of each kind.


def bells():
    x = np.linspace(-3, 3, 50)
    ax = plots.density(x, np.exp(-(x**2)), role=plots.REAL, label="data")
    ax.legend()
    return ax.figure


def curves():
    return plots.losses(torch.linspace(1, 2, 100), torch.linspace(2, 1, 100)).figure


def bars():
    ax = plots.class_histogram(np.arange(1, 11))
    ax.errorbar([0, 1], [0.1, 0.2], yerr=0.05, color="black", fmt="o")
    return ax.figure


def field():
    ax, x = plots.new_axes(), np.linspace(-2, 2, 9)
    filled = ax.contourf(x, x, x[:, None] * x, cmap="Greys", alpha=0.4)
    ax.contour(x, x, x[:, None] * x, levels=5, colors="#9aa1ab")
    ax.quiver(x, x, x, x, color="#9aa1ab")
    ax.figure.colorbar(filled)
    return ax.figure


def words():
    ax = plots.new_axes()
    ax.text(0.2, 0.5, "on a card", bbox={"facecolor": "white", "edgecolor": "none"})
    ax.annotate("an arrow", (0.1, 0.1), (0.6, 0.6), arrowprops={"arrowstyle": "->", "color": "#6B7280"})
    ax.set_title("a title")
    ax.set_yscale("log")
    return ax.figure


def table():
    p = np.array([[0.5, 0.1], [0.15, 0.25]])
    return plots.probability_table(p, x_names=["empty", "inked"], y_names=["0", "1"]).figure


def digits():
    ax = plots.image_grid(torch.linspace(-1, 1, 21 * 784).view(21, 1, 28, 28), n_cols=8, source="MNIST")
    ax.text(14, 14, "on an image", color="white")
    return ax.figure


KINDS = [bells, curves, bars, field, words, table, digits]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def drawn(figure):
    file = io.BytesIO()
    colors = {"facecolor": figure.get_facecolor(), "edgecolor": figure.get_edgecolor()}
    figure.canvas.print_figure(file, format="png", dpi=figure.dpi, bbox_inches="tight", **colors)
    return file.getvalue()


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def both(figure):
    """The two looks of a figure, and the light one once more, when its layout has settled."""
    light, before = drawn(figure), b""
    while light != before:
        light, before = drawn(figure), light
    with darkened(figure):
        night = drawn(figure)
    return light, night, drawn(figure)


@every_kind
def test_the_dark_look_is_as_large_leaves_no_trace_and_its_ground_is_that_of_the_page(kind):
    *looks, after = both(kind())
    assert after == looks[0]
    light, night = map(pixels, looks)
    assert night.shape == light.shape
    ground = 255 * np.array(to_rgba(GROUND)[:3])
    np.testing.assert_allclose(night[[0, 0, -1, -1], [0, -1, 0, -1]], ground[None].repeat(4, 0), atol=1)
    around = (light > 250).all(axis=2).mean()  # what was white is dark, but for white in images
    assert (night > 200).all(axis=2).mean() < 0.25
    assert (np.abs(night - ground) < 2).all(axis=2).mean() > 0.8 * around


def strengths(figure, texts):
    """How much the strongest pixel of each text differs from what is behind it, of 255."""

    def whole():
        figure.canvas.draw()
        return np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)[::-1]

    written = whole()
    for text in texts:
        text.set_alpha(0)
    difference = np.abs(written - whole()).max(axis=2)
    for text in texts:
        text.set_alpha(None)
    places = [text.get_window_extent().extents.round().astype(int).clip(0) for text in texts]
    return np.array([difference[y0:y1, x0:x1].max(initial=0) for x0, y0, x1, y1 in places])


@every_kind
def test_no_word_vanishes(kind):
    figure = kind()
    drawn(figure)
    texts = [text for text in figure.findobj(plt.Text) if text.get_text() and text.get_visible()]
    light = strengths(figure, texts)
    with darkened(figure):
        night = strengths(figure, texts)
    assert (light > 90).sum() >= 2
    assert (night[light > 90] > 90).all()


def test_numbers_are_read_in_the_cells_of_a_table():
    figure = table()
    drawn(figure)
    (ax,) = figure.axes
    with darkened(figure):
        cells = ax.images[0].to_rgba(ax.images[0].get_array())
        for text in ax.texts:
            column, row = map(int, text.get_position())
            assert contrast(text.get_color(), cells[row, column]) >= 4.5


def test_an_image_of_data_keeps_its_pixels_and_what_is_written_on_it():
    figure = digits()
    drawn(figure)
    (ax,) = figure.axes
    with darkened(figure):
        assert ax.images[0].get_cmap().name == "gray"
        source, label = ax.texts
        assert to_hex(label.get_color()) == "#ffffff"
        assert to_hex(source.get_color()) == OWN["#6b7280"]


def test_what_a_page_calls_black_or_white_is_so_in_both_looks():
    """A caption may not call a line black: in the dark it is white."""
    pages = sorted((ROOT / "book").rglob("*.md"))
    caption = re.compile(r"caption:(.*?)\n *\w+:", re.S)
    captions = [(page.name, words) for page in pages for words in caption.findall(page.read_text(encoding="utf-8"))]
    assert len(captions) > 80
    assert [found for found in captions if re.search(r"\b(black|white|dark|darker)\b", found[1])] == []


# A small book.


@pytest.fixture(scope="module")
def small(once):
    """The page of tests/book/figures, as a site."""
    return once("figures", lambda folder: build(folder, "html")) / "html"


def build(folder, builder):
    source = Path(__file__).with_name("figures")
    settings = ["-D", f"external_toc_path={source / '_toc.yml'}", "-d", folder / "doctrees"]
    command = [sys.executable, "-m", "sphinx", "-q", "-c", ".", "-n", "-W", "-b", builder, *settings]
    done = subprocess.run([*command, source, folder / builder], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture
def opened(chromium, small):
    """`opened(scheme, **options)`: the page, and the pictures it asked for."""
    tabs = []

    def tab(scheme, **options):
        context = chromium.new_context(offline=True, color_scheme=scheme, viewport=WIDE, **options)
        made, asked = context.new_page(), []
        made.on("request", lambda request: asked.append(Path(request.url).name) if "_images" in request.url else None)
        made.goto((small / "index.html").as_uri())
        made.wait_for_function(SETTLED)
        tabs.append(context)
        return made, asked

    yield tab
    for context in tabs:
        context.close()


LOOKS = "article :is(.light-look, .dark-look)"
NAMES = "all => all.filter((e) => e.getClientRects().length).map((e) => decodeURI(e.src).split('/').pop())"
LOADED = """() => [...document.querySelectorAll("article img")]
  .every((e) => !e.getClientRects().length || e.naturalWidth)"""


def shown(tab):
    return tab.locator(LOOKS).evaluate_all(NAMES)


def scrolled(tab):
    for figure in tab.locator("article figure").all():
        figure.scroll_into_view_if_needed()
    tab.wait_for_function(LOADED)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_shows_and_loads_the_look_of_its_theme_alone(opened, scheme):
    tab, asked = opened(scheme)
    scrolled(tab)
    assert [("-dark." in name) for name in shown(tab)] == [scheme == "dark"] * 2
    assert [name for name in asked if "-dark." in name] == (shown(tab) if scheme == "dark" else [])
    assert len(set(asked)) == 3  # with the photograph


def test_in_the_dark_no_figure_lies_on_a_card(opened):
    tab, _ = opened("dark")
    style = "all => all.map((e) => getComputedStyle(e)).map((s) => [s.backgroundColor, s.padding, s.filter].join())"
    found = tab.locator("article .dark-look").evaluate_all(style)
    assert found == ["rgba(0, 0, 0, 0),0px,none"] * 2


def test_the_other_look_comes_with_the_other_theme(opened):
    tab, _ = opened("dark")
    scrolled(tab)
    change_theme(tab, "light")
    scrolled(tab)
    assert [("-dark." in name) for name in shown(tab)] == [False, False]


def test_without_scripts_page_and_figures_are_light(opened):
    tab, _ = opened("dark", java_script_enabled=False)
    assert [tab.locator(f".{look}-look:visible").count() for look in ("light", "dark")] == [2, 0]


def test_paper_has_the_light_look_whatever_the_screen_shows(opened):
    tab, _ = opened("dark")
    tab.emulate_media(media="print")  # DevTools, unlike a reader's print command, does not wait for pictures
    tab.wait_for_function("[...document.images].every(i => !i.checkVisibility() || (i.complete && i.naturalWidth))")
    pdf = PdfReader(io.BytesIO(tab.pdf(print_background=True)))
    pictures = [image.image.convert("L") for page in pdf.pages for image in page.images]
    assert len(pictures) == 2  # the drawing is one of lines
    assert all(np.asarray(picture).mean() > 100 for picture in pictures)
    assert np.asarray(max(pictures, key=lambda picture: picture.width)).mean() > 220


def test_a_preview_shows_the_look_of_the_theme(opened):
    tab, _ = opened("dark")
    tab.locator("article p a").first.hover()
    tab.wait_for_selector("#preview:popover-open:not([style*=hidden])")
    assert ["-dark." in name for name in tab.locator("#preview img").evaluate_all(NAMES)] == [True]
    assert tab.locator("#preview img.dark-look").evaluate("e => e.complete && e.naturalWidth > 0")


def test_a_figure_is_one_figure(small):
    article = BeautifulSoup((small / "index.html").read_text(encoding="utf-8"), "html.parser").article
    said = (1, "A bell curve around zero."), (2, "A box.")
    for figure, (number, alt) in zip(article.select("figure"), said, strict=True):
        assert [image["alt"] for image in figure.select("img")] == [alt, alt]
        assert len({(image["width"], image["height"]) for image in figure.select("img")}) == 1
        assert figure.select("a:not(.headerlink)") == []
        assert [each.text.strip() for each in figure.select(".caption-number")] == [f"Figure {number}"]
    assert len(article.select("img")) == 5
    assert len({id_["id"] for id_ in article.select("[id]")}) == len(article.select("[id]"))


def test_the_dark_look_costs_as_much_as_the_light_one(small):
    pairs = [(path, path.with_stem(path.stem + "-dark")) for path in (small / "_images").iterdir()]
    sizes = [(light.stat().st_size, night.stat().st_size) for light, night in pairs if night.exists()]
    assert len(sizes) == 2
    assert all(night < 1.1 * light for light, night in sizes)


def test_the_shared_card_is_light(small):
    with Image.open(small / "_images" / "cards" / "index.png") as card:
        assert np.asarray(card.convert("L")).mean() > 220


@pytest.mark.slow
def test_an_epub_has_the_light_look_alone(once):
    folder = once("figures-epub", lambda folder: build(folder, "epub"))
    with zipfile.ZipFile(folder / "epub" / "learn-gans.epub") as book:
        names = [name for name in book.namelist() if "_images" in name]
        assert len(names) == 3
        assert [name for name in book.namelist() if "-dark" in name] == []
        assert "dark-look" not in "".join(book.read(n).decode() for n in book.namelist() if n.endswith(".xhtml"))
