"""Where a page stands in the book: what it builds on, how long it takes; and paths through several pages.

The one source of what a chapter builds on is its overview: the mentions of chapters in the first sentence after
**You need**. From it come the line below the title of each page, the map (`book_map`), and a warning where a chapter
needs itself, a later one, or none at all. Reading time is counted (`reading_time`); running time is what executing
the page took in this build. A notebook has no running time, since its bytes must not depend on a clock.

    ```{learning-path} In an hour
    2 <pushing-noise>: what a generator does
    6: the whole of a small GAN
    ```

lists places of chapters with the reason to read them, and adds their times up: of the section that bears the label,
or of the whole page.
"""

import re
from typing import Any, NamedTuple

import book_map
from chapter_links import PLANNED, chapter_mention, find_label, written
from chapter_numbers import CHAPTER
from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from reading_time import amount
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)

STOP = re.compile(r"^(\d+)(?:\s*<([^>]+)>)?\s*:\s*(\S.*)$")


class Facts(NamedTuple):
    """What is known of a page: the chapters in its overview, or None without one; minutes by anchor, "" for all."""

    needs: tuple[int, ...] | None
    minutes: dict[str, float]


class learning_path(nodes.General, nodes.Element):
    """Placeholder until all pages are read: `name`, and `stops` of (chapter, label, reason)."""


class LearningPath(SphinxDirective):
    """A list of places with reasons; see the module."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Read one stop a line."""
        found = [STOP.match(line) for line in self.content if line.strip()]
        if not found or None in found:
            raise self.error("learning-path: write one stop a line, `6: why` or `6 <label>: why`")
        self.env.navigation_maps.add(self.env.docname)
        stops = [(int(stop[1]), stop[2] or "", stop[3]) for stop in found]
        return [learning_path(name=self.arguments[0], stops=stops)]


# Reading.


def start(app: Sphinx) -> None:
    """Make room in the environment, which earlier builds may have filled."""
    for name, value in (("navigation", {}), ("navigation_maps", set())):
        if not hasattr(app.env, name):
            setattr(app.env, name, value)


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Note the facts of a page that has just been read."""
    sections = [*doctree.findall(nodes.section)]
    minutes = {anchor: amount(section).minutes for section in sections for anchor in section["ids"]}
    facts = Facts(needs(doctree), minutes | {"": amount(doctree).minutes})
    app.env.navigation[app.env.docname] = facts
    if (match := CHAPTER.match(app.env.docname)) and (fault := _fault(int(match[1]), facts.needs)):
        logger.warning("overview: %s", fault, location=app.env.docname)


def needs(doctree: nodes.document) -> tuple[int, ...] | None:
    """Return the chapters in the first sentence after "You need" in the overview; None if there is no such line."""
    for box in doctree.findall(lambda node: "overview" in getattr(node, "attributes", {}).get("classes", [])):
        for strong in box.findall(nodes.strong):
            if strong.astext() == "You need":
                return tuple(dict.fromkeys(_first_sentence(strong)))
    return None


def _first_sentence(strong: nodes.strong) -> Any:
    for node in strong.findall(descend=False, siblings=True, include_self=False):
        if isinstance(node, nodes.strong):
            return
        if isinstance(node, chapter_mention):
            yield node["chapter"]
        elif re.search(r"\.\s", node.astext() + " "):
            return


def _fault(number: int, found: tuple[int, ...] | None) -> str:
    if found is None:
        return "a chapter needs an overview with a line that begins with **You need**"
    if wrong := [other for other in found if other >= number]:
        return f"chapter {number} cannot need chapter {wrong[0]}, which comes later"
    return (
        "" if found or number == 1 else "name the chapters that this one needs, as {chapter}`6`, in its first sentence"
    )


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is read again or gone."""
    env.navigation.pop(docname, None)
    env.navigation_maps.discard(docname)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    env.navigation |= {name: other.navigation[name] for name in docnames if name in other.navigation}
    env.navigation_maps |= other.navigation_maps & set(docnames)


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write maps and paths anew in each build: they depend on all pages."""
    return sorted(env.navigation_maps)


# Times.


def seconds(env: BuildEnvironment, docname: str) -> float | None:
    """Return how long executing a page took when its outputs were made; None if it was not executed."""
    data = NbMetadataCollector.get_doc_data(env).get(docname, {}).get("exec_data")
    return data["runtime"] or None if data else None


def in_words(minutes: float) -> str:
    """Say a time as people do: "40 seconds", "5 minutes", "25 minutes", "1 h 10 min".

    Examples
    --------
    >>> [in_words(minutes) for minutes in (0.02, 0.5, 1.2, 7.4, 38.8, 72, 600)]
    ['1 second', '30 seconds', '1 minute', '7 minutes', '40 minutes', '1 h 10 min', '10 h']
    """
    if minutes < 1:
        n = max(1, round(minutes * 60))
        return f"{n} second{'s' * (n > 1)}"
    n = round(minutes) if minutes < 10 else 5 * round(minutes / 5)
    if n >= 60:
        n = 10 * round(n / 10)
        return f"{n // 60} h {n % 60} min" if n % 60 else f"{n // 60} h"
    return f"{n} minute{'s' * (n > 1)}"


# Writing.


def declared(env: BuildEnvironment) -> dict[int, tuple[int, ...]]:
    """Return what each chapter builds on, as its page declares; nothing, if it has no page yet."""
    pages = written(env)
    return {
        number: env.navigation[pages[number]].needs if pages.get(number) in env.navigation else () for number in PLANNED
    }


class AddNavigation(SphinxPostTransform):
    """Put the line below the title, and map and paths in their places."""

    default_priority = 4  # before chapters that are mentioned become links

    def run(self, **kwargs: Any) -> None:
        """Look at the page that is about to be written."""
        facts = self.env.navigation.get(self.env.docname)
        titles = list(self.document.findall(nodes.title))[:1]
        if facts and facts.needs is not None and titles:
            line = nodes.paragraph("", "", *self._head(facts), classes=["page-head"])
            titles[0].parent.insert(titles[0].parent.index(titles[0]) + 1, line)
        for path in list(self.document.findall(learning_path)):
            path.replace_self(self._path(path))
        for place in list(self.document.findall(book_map.book_map)):
            place.replace_self(self._map())

    def _is_page(self) -> bool:
        return self.app.builder.format == "html"

    def _head(self, facts: Facts) -> list[nodes.Node]:
        parts: list[nodes.Node] = [nodes.Text(f"Reading: about {in_words(facts.minutes[''])}.")]
        if self._is_page() and (took := seconds(self.env, self.env.docname)):
            parts.append(nodes.Text(f" Running: {in_words(took / 60)} when this copy was built."))
        if facts.needs:
            chapters = " Builds on chapter " if len(facts.needs) == 1 else " Builds on chapters "
            parts += [nodes.Text(chapters), *_listed(facts.needs), nodes.Text(".")]
        return parts

    def _path(self, path: learning_path) -> nodes.Node:
        times = [self._time(number, label) for number, label, _ in path["stops"]]
        total = in_words(sum(time for time in times if time))
        running = sum(took for page in self._pages(path) if (took := seconds(self.env, page)))
        ran = f", running {in_words(running / 60)}" if running and self._is_page() else ""
        head = nodes.paragraph("", "", nodes.strong("", path["name"]), nodes.Text(f": reading about {total}{ran}"))
        items = [self._stop(stop, time) for stop, time in zip(path["stops"], times, strict=True)]
        return nodes.container(
            "", head, nodes.enumerated_list("", *items, enumtype="arabic"), classes=["learning-path"]
        )

    def _pages(self, path: learning_path) -> list[str]:
        pages = written(self.env)
        return sorted({pages[number] for number, *_ in path["stops"] if number in pages})

    def _time(self, number: int, label: str) -> float | None:
        """Return the minutes of a section or of a page; None for what is not written."""
        page = written(self.env).get(number)
        if page is None:
            return None
        anchor = (find_label(self.env, label) or ("", ""))[1] if label else ""
        return self.env.navigation[page].minutes.get(anchor, 0.0)

    def _stop(self, stop: tuple[int, str, str], time: float | None) -> nodes.list_item:
        number, label, reason = stop
        link = chapter_mention("", "", nodes.Text(f"chapter {number}"), chapter=number, label=label)
        took = f" ({in_words(time)})" if time else ""
        return nodes.list_item("", nodes.paragraph("", "", link, nodes.Text(f": {reason}{took}")))

    def _map(self) -> list[nodes.Node]:
        pages, edges = written(self.env), declared(self.env)
        boxes = [self._box(number, pages.get(number), edges[number]) for number in PLANNED]
        words = nodes.bullet_list("", *map(_in_words, boxes))
        if not self._is_page():
            return [words]
        fold = '<details class="map-words"><summary>The map in words</summary>'
        return [_html(book_map.draw(boxes)), _html(fold), words, _html("</details>")]

    def _box(self, number: int, page: str | None, below: tuple[int, ...]) -> book_map.Box:
        title = self.env.titles[page].astext() if page else PLANNED[number]
        time = in_words(self.env.navigation[page].minutes[""]) if page else "to come"
        address = self.app.builder.get_relative_uri(self.env.docname, page) if page else ""
        return book_map.Box(number, title, time, address, below)


def _listed(numbers: tuple[int, ...]) -> list[nodes.Node]:
    parts: list[nodes.Node] = []
    for place, number in enumerate(sorted(numbers)):
        between = "" if place == 0 else " and " if place == len(numbers) - 1 else ", "
        mention = chapter_mention("", "", nodes.Text(str(number)), chapter=number, label="")
        parts += [nodes.Text(between), mention] if between else [mention]
    return parts


def _in_words(box: book_map.Box) -> nodes.list_item:
    mention = chapter_mention("", "", nodes.Text(f"chapter {box.number}"), chapter=box.number, label="")
    builds = (
        [nodes.Text(", builds on "), *_listed(box.needs)] if box.needs else [nodes.Text(", needs no other chapter")]
    )
    return nodes.list_item("", nodes.paragraph("", "", mention, nodes.Text(f", {box.title}"), *builds))


def _html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect reading and writing."""
    app.connect("builder-inited", start)
    app.connect("doctree-read", note, priority=400)  # before captions tell of stand-in digits: bytes of notebooks
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", write_again)
    app.add_node(learning_path)
    app.add_node(book_map.book_map)
    app.add_directive("learning-path", LearningPath)
    app.add_directive("book-map", book_map.BookMap)
    app.add_post_transform(AddNavigation)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
