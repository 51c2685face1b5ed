"""MathJax 3 from the PyPI package sphinx-mathjax-offline, without the 22 MB that no page of ours loads.

The package ships every component. A page loads `tex-chtml.js`, fonts, and the TeX extensions that are fetched
when a formula first needs them; only those are copied.
"""

from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset

PARTS = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts")


def mathjax_folder() -> Path:
    """Return the folder with MathJax inside the installed package."""
    found = distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax")
    return Path(str(found))


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Copy what the pages load into `_static/mathjax`."""
    if error is None and app.builder.format == "html":
        for part in PARTS:
            target = Path(app.outdir, "_static", "mathjax", part)
            source = mathjax_folder() / part
            copy_asset(source, target if source.is_dir() else target.parent)


def setup(app: Sphinx) -> dict[str, Any]:
    """Load the local copy on every page: labs and folded answers may typeset formulas on a page that has none."""
    app.config.mathjax_path = "mathjax/tex-chtml.js"
    app.set_html_assets_policy("always")
    app.connect("build-finished", copy_mathjax)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
