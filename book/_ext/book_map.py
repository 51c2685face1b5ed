"""`{book-map}`: the chapters as boxes, each below those that it builds on, as a picture whose boxes are links.

The picture is laid out for the width of a telephone: chapters that build on the same ones stand side by side, and an
arrow is left out where two others say the same. A chapter that is not written is a dashed box and no link. `navigation`
supplies the boxes and puts the same in words below.
"""

import textwrap
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

WIDTH, GAP, ROW_GAP, LINE = 360, 10, 26, 17  # units of the picture, which are pixels on a telephone
LETTER = 7.4  # the mean width of a letter
TIP = (
    '<defs><marker id="map-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0 8 4 0 8z"></path></marker></defs>'
)


class Box(NamedTuple):
    """A chapter: what stands in its box, where it leads ("" if nowhere yet), and what it builds on."""

    number: int
    title: str
    time: str
    address: str
    needs: tuple[int, ...]


class Place(NamedTuple):
    """Where a box stands, and the lines of its title."""

    x: float
    y: float
    width: float
    height: float
    lines: list[str]


class book_map(nodes.General, nodes.Element):
    """Placeholder until all pages are read."""


class BookMap(SphinxDirective):
    """The map; it takes nothing."""

    def run(self) -> list[nodes.Node]:
        """Leave the placeholder."""
        self.env.navigation_maps.add(self.env.docname)
        return [book_map()]


def essential(needs: dict[int, tuple[int, ...]]) -> list[tuple[int, int]]:
    """Return the arrows (from, to) that do not follow from others.

    Examples
    --------
    >>> essential({1: (), 2: (1,), 3: (1, 2)})
    [(1, 2), (2, 3)]
    """
    below: dict[int, set[int]] = {}
    for number in sorted(needs):
        below[number] = set(needs[number]).union(*(below[other] for other in needs[number]))
    return [
        (other, number)
        for number in sorted(needs)
        for other in sorted(needs[number])
        if not any(other in below[between] for between in needs[number])
    ]


def layers(needs: dict[int, tuple[int, ...]]) -> list[list[int]]:
    """Return the chapters by rows: each in the row after the last one that it builds on.

    Examples
    --------
    >>> layers({1: (), 2: (1,), 3: (1,), 4: (2,)})
    [[1], [2, 3], [4]]
    """
    row: dict[int, int] = {}
    for number in sorted(needs):
        row[number] = 1 + max((row[other] for other in needs[number]), default=-1)
    return [[number for number in sorted(row) if row[number] == i] for i in range(max(row.values()) + 1)]


def places(boxes: Sequence[Box]) -> dict[int, Place]:
    """Lay the boxes out, row by row."""
    by_number, found, y = {box.number: box for box in boxes}, {}, 1.0
    for row in layers({box.number: box.needs for box in boxes}):
        width = min(300.0, (WIDTH - 2 - GAP * (len(row) - 1)) / len(row))
        left = (WIDTH - len(row) * width - GAP * (len(row) - 1)) / 2
        texts = [_lines(by_number[number], width) for number in row]
        height = LINE * (max(map(len, texts)) + 1) + 12
        for i, (number, text) in enumerate(zip(row, texts, strict=True)):
            found[number] = Place(left + i * (width + GAP), y, width, height, text)
        y += height + ROW_GAP
    return found


def _lines(box: Box, width: float) -> list[str]:
    return textwrap.wrap(f"{box.number} {box.title}", int((width - 12) / LETTER), break_long_words=False)


def draw(boxes: Sequence[Box]) -> str:
    """Return the picture as SVG."""
    found = places(boxes)
    height = max(place.y + place.height for place in found.values()) + 1
    arrows = (_arrow(found[a], found[b]) for a, b in essential({box.number: box.needs for box in boxes}))
    return "\n".join(
        [
            f'<svg class="book-map" viewBox="0 0 {WIDTH} {height:g}" role="group" aria-label="Map of the chapters">',
            TIP,
            f'<g class="map-arrows" aria-hidden="true">{"".join(arrows)}</g>',
            *(_box(box, found[box.number]) for box in boxes),
            "</svg>",
        ]
    )


def _arrow(start: Place, end: Place) -> str:
    x1, y1 = start.x + start.width / 2, start.y + start.height
    x2, y2 = end.x + end.width / 2, end.y
    middle = (y1 + y2) / 2
    return (
        f'<path d="M{x1:g} {y1:g}C{x1:g} {middle:g} {x2:g} {middle:g} {x2:g} {y2:g}" marker-end="url(#map-tip)"></path>'
    )


def _box(box: Box, place: Place) -> str:
    x, y = place.x + place.width / 2, place.y + LINE + 3
    texts = [*_texts(place.lines, x, y), *_texts([box.time], x, y + LINE * len(place.lines), "map-time")]
    rect = f'<rect x="{place.x:g}" y="{place.y:g}" width="{place.width:g}" height="{place.height:g}" rx="7"></rect>'
    inside = f"{rect}{' '.join(texts)}"
    if not box.address:
        return f'<g class="map-box map-planned" role="img" aria-label="{escape(_name(box))}">{inside}</g>'
    needs = " ".join(map(str, box.needs))
    return f'<a class="map-box" href="{escape(box.address)}" data-needs="{needs}">{inside}</a>'


def _texts(lines: Iterable[str], x: float, y: float, kind: str = "map-title") -> Iterable[str]:
    for i, line in enumerate(lines):
        yield f'<text class="{kind}" x="{x:g}" y="{y + i * LINE:g}">{escape(line)}</text>'


def _name(box: Box) -> str:
    """Say what a box shows, and what its arrows do."""
    builds = f", builds on {', '.join(map(str, sorted(box.needs)))}" if box.needs else ""
    return f"Chapter {box.number}, {box.title}, {box.time}{builds}"
