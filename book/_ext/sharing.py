"""What a page shows where its address is shared, and where a search engine finds all pages.

`sphinxext-opengraph` writes the tags; description and picture are given to it here: the `description` of the front
matter, and a card with title, description and the page's first figure, drawn when the page is written. `sphinx-sitemap`
writes the list of the pages that were written in this build; here it is told of all of them, and of nothing else.
"""

import math
import textwrap
from pathlib import Path
from queue import Queue
from typing import Any

import sphinxext.opengraph
from chapter_numbers import CHAPTER
from docutils import nodes
from PIL import Image, ImageDraw, ImageFont
from sphinx.application import Sphinx

FOLDER = "_images/cards"
SIZE, MARGIN = (1200, 630), 60  # pixels; what the large cards of all networks have room for
INK, MUTED, REAL, FAKE = "#1f2630", "#545d6b", "#0072b2", "#d55e00"
FONT = Path(sphinxext.opengraph.__file__).parent / "_static" / "Roboto-Flex.ttf"
FIGURE_TOP = 300  # pixels


def font(size: int, weight: str = "Regular") -> ImageFont.FreeTypeFont:
    """Return the card's font."""
    found = ImageFont.truetype(FONT, size)
    found.set_variation_by_name(weight)
    return found


def draw(head: str, title: str, description: str, figure: Path | None) -> Image.Image:
    """Return the card of a page; without a figure it shows two bell curves, one real and one fake."""
    card = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(card)
    pen.text((MARGIN, 36), head, MUTED, font(26))
    size = 54 if len(title) < 38 else 42
    pen.text((MARGIN, 76), title, INK, font(size, "Bold"))
    lines = textwrap.wrap(description, 84)[:3]
    pen.multiline_text((MARGIN, 160), "\n".join(lines), MUTED, font(27), spacing=10)
    _curves(pen) if figure is None else _paste(card, figure)
    pen.rectangle((0, SIZE[1] - 10, SIZE[0] // 2, SIZE[1]), REAL)
    pen.rectangle((SIZE[0] // 2, SIZE[1] - 10, *SIZE), FAKE)
    return card.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def _paste(card: Image.Image, figure: Path) -> None:
    """Put the figure below the text, as large as fits, in the middle."""
    with Image.open(figure) as opened:
        picture = Image.new("RGBA", opened.size, "white")
        picture.alpha_composite(opened.convert("RGBA"))
    picture.thumbnail((SIZE[0] - 2 * MARGIN, SIZE[1] - FIGURE_TOP - 25), Image.Resampling.LANCZOS)
    card.paste(picture.convert("RGB"), ((SIZE[0] - picture.width) // 2, FIGURE_TOP))


def _curves(pen: ImageDraw.ImageDraw) -> None:
    """Draw the two bells: real is solid, fake dashed."""
    for middle, width, color, dash, step in ((460, 110, REAL, SIZE[0], SIZE[0]), (760, 90, FAKE, 22, 36)):
        xs = range(MARGIN, SIZE[0] - MARGIN)
        bell = [(x, 580 - 250 * math.exp(-(((x - middle) / width) ** 2) / 2)) for x in xs]
        for start in range(0, len(bell), step):
            pen.line(bell[start : start + dash], color, 7, joint="curve")


def first_figure(app: Sphinx, doctree: nodes.document) -> Path | None:
    """Return the file of the first figure that is a PNG, such as those that a cell draws."""
    paths = (Path(app.srcdir, image["uri"]) for image in doctree.findall(nodes.image))
    return next((path for path in paths if path.suffix == ".png" and path.is_file()), None)


def share(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Draw the card, and tell what the tags say of description and picture."""
    if doctree is None or app.builder.name != "html":
        return
    meta, title = app.env.metadata[pagename], app.env.titles[pagename].astext()
    description = " ".join(str(meta.get("description", "")).split())
    number = CHAPTER.match(pagename)
    head = f"{app.config.project} · chapter {int(number[1])}" if number else app.config.project
    card = Path(app.outdir, FOLDER, f"{pagename.replace('/', '-')}.png")
    card.parent.mkdir(parents=True, exist_ok=True)
    draw(head, title, description, first_figure(app, doctree)).save(card, optimize=True)
    context["meta"] = meta | {
        "og:description": description,
        "og:image": f"{FOLDER}/{card.name}",
        "og:image:alt": f"{title}. {description}",
        "og:image:width": str(SIZE[0]),
        "og:image:height": str(SIZE[1]),
    }


def list_pages(app: Sphinx, error: Exception | None) -> None:
    """Tell `sphinx-sitemap` of every page: it knows those that were written now, and pages without text as well."""
    while not app.sitemap_links.empty():
        app.sitemap_links.get()
    if error is None and app.builder.name == "html":
        for docname in sorted(app.env.found_docs):
            app.sitemap_links.put((app.builder.get_target_uri(docname), None))


def count_here(app: Sphinx) -> None:
    """Give `sphinx-sitemap` a queue of this process; its own is a process, which stays when a build is killed."""
    app.sitemap_links = Queue()


def setup(app: Sphinx) -> dict[str, Any]:
    """Come before the two extensions that write."""
    app.connect("html-page-context", share, priority=400)
    app.connect("builder-inited", count_here, priority=600)
    app.connect("build-finished", list_pages, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
