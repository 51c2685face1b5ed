"""Two looks of each figure: on a light page the light one, on a dark page one that is drawn for it.

The dark look of what a cell drew comes from its kernel (kernel/dark_figures.py) and lies in the cache with the light
one. That of a drawing (SVG) is its text with other colours. The site shows both, and its style sheet hides one, so no
script is needed; a picture that is hidden is not loaded. Paper, EPUB and notebooks know of the light look alone, and a
picture with one look, such as a photograph, is shown as it is.
"""

import hashlib
import os
import re
from binascii import a2b_base64
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from jupyter_cache import get_cache
from kernel.dark_figures import dark
from matplotlib.colors import to_hex
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.images import get_image_size

MARK = "-dark"
COLOR = re.compile(r"#[0-9a-fA-F]{6}\b")
BARE = re.compile(r"<svg\b(?![^>]*\sfill=)")  # what has no colour in it is black


def dark_drawing(svg: str) -> str:
    """Return an SVG in the colours of the dark page; images inside keep their pixels.

    Examples
    --------
    >>> dark_drawing('<svg fill="#ffffff"><path stroke="#0072B2"/></svg>')
    '<svg fill="#14171c"><path stroke="#56b4e9"/></svg>'
    """
    return COLOR.sub(lambda found: to_hex(dark(found[0])), BARE.sub('<svg fill="#000000"', svg, count=1))


def write_dark_figures(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Write the dark looks that the cache holds beside the files that myst-nb makes of the light ones."""
    if app.config.nb_execution_mode != "cache" or not docnames:
        return
    folder = _folder(env)
    folder.mkdir(parents=True, exist_ok=True)
    for light, night in _stored(Path(app.config.nb_execution_cache_path)):
        path = folder / f"{hashlib.sha256(light).hexdigest()}{MARK}.png"  # myst-nb calls the light one so
        if not path.exists() or path.read_bytes() != night:
            path.write_bytes(night)


def _folder(env: BuildEnvironment) -> Path:
    return Path(env.mystnb_config.output_folder)


def _stored(folder: Path) -> Iterator[tuple[bytes, bytes]]:
    cache = get_cache(folder)
    for record in cache.list_cache_records():
        for cell in cache.get_cache_bundle(record.pk).nb.cells:
            for output in cell.get("outputs", []):
                if night := output.get("metadata", {}).get("image/png", {}).get("dark"):
                    yield a2b_base64(output.data["image/png"]), a2b_base64(night)


def find_dark_looks(app: Sphinx, doctree: nodes.document) -> None:
    """Note on each picture of a page where its dark look lies."""
    for image in doctree.findall(nodes.image):
        if "*" not in image["candidates"]:  # elsewhere in the web
            continue
        light = PurePosixPath(image["candidates"]["*"])
        night = _write_drawing(app, light) if light.suffix == ".svg" else str(light.with_stem(light.stem + MARK))
        if Path(app.srcdir, night).is_file():
            image["dark"] = night
            app.env.images.add_file(app.env.current_document.docname, night)


def _write_drawing(app: Sphinx, light: PurePosixPath) -> str:
    """Write the dark look of a drawing, and return its path as Sphinx wants it."""
    text = Path(app.srcdir, light).read_text(encoding="utf-8")
    path = _folder(app.env) / f"{light.stem}{MARK}.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dark_drawing(text), encoding="utf-8")
    return Path(os.path.relpath(path, app.srcdir)).as_posix()


class TwoLooks(SphinxPostTransform):
    """Put the dark look behind the light one."""

    default_priority = 20  # after myst-nb has chosen among the forms of an output
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Show both on a page of the site."""
        if self.app.builder.name != "html":
            return
        for light in list(self.document.findall(lambda node: isinstance(node, nodes.image) and "dark" in node)):
            size = get_image_size(Path(self.app.srcdir, light["candidates"]["*"]))
            light["loading"] = "lazy"  # hidden, it is then not loaded
            if size and "width" not in light and "height" not in light:
                light["width"], light["height"] = map(str, size)  # the page keeps its place until it is
            night = light.copy()
            night["uri"], night["candidates"] = light["dark"], {"*": light["dark"]}
            night["ids"], night["names"] = [], []
            # No link to itself, which Sphinx gives to what has a size; and the theme dims all but its "dark-light".
            light["classes"] = [*light["classes"], "light-look", "no-scaled-link"]
            night["classes"] = [*night["classes"], "dark-look", "no-scaled-link", "dark-light"]
            light.parent.insert(light.parent.index(light) + 1, night)


def setup(app: Sphinx) -> dict[str, Any]:
    """Come after the chapters ran, and after Sphinx has found the pictures."""
    app.connect("env-before-read-docs", write_dark_figures, priority=600)
    app.connect("doctree-read", find_dark_looks, priority=600)
    app.add_post_transform(TwoLooks)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
