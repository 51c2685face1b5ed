"""The book as an EPUB: Sphinx's builder, whose pages are made readable without scripts (`epub_pages.py`)."""

import shutil
from pathlib import Path
from typing import Any

from epub_pages import declare, plain_drawing, readable
from light_pictures import lighten
from notebook_math import book_macros
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder

STYLE = """
body { line-height: 1.45; }
img, svg { max-width: 100%; height: auto; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 0.85em; background: #f4f5f7; padding: 0.5em; }
figure { margin: 1em 0; } figcaption, .caption { font-size: 0.9em; }
.admonition, .fold, .answer { border-left: 3px solid #6b7280; padding-left: 0.8em; margin: 1em 0; }
.admonition-title, .fold-title, .quiz-title { font-weight: bold; }
.eqno { float: right; } .answer-place { font-style: italic; }
table { border-collapse: collapse; }
td, th { border-bottom: 1px solid #6b7280; padding: 0.2em 0.5em; text-align: left; }
.role-real { color: #0072b2; } .role-fake { color: #b64f00; } .role-d { color: #4b5563; }
"""
KEPT = ("pygments.css", "reader.css")


class EpubOfTheBook(Epub3Builder):
    """Writes the EPUB, all of it each time: what is packed is all that lies there, and a page is made readable once."""

    def get_outdated_docs(self) -> set[str]:
        """Return all pages."""
        return self.env.found_docs

    def prepare_writing(self, docnames: set[str]) -> None:
        """Drop what an earlier build wrote."""
        for path in Path(self.outdir).rglob("*.xhtml"):
            path.unlink()
        super().prepare_writing(docnames)

    def handle_finish(self) -> None:
        """Make all pages readable, drop what only a browser uses, and pack the rest."""
        out = Path(self.outdir)
        for name in (
            "_sources",
            "notebooks",
            "py-modindex.xhtml",
            "404.xhtml",
            "404.html",
            "search.xhtml",
            "genindex.xhtml",
        ):
            shutil.rmtree(out / name) if (out / name).is_dir() else (out / name).unlink(missing_ok=True)
        self._keep_styles(out / "_static")
        self._rewrite_pages(out)
        for picture in (out / "_images").glob("*.png"):
            lighten(picture)
        for drawing in (out / "_images").glob("*.svg"):
            drawing.write_text(plain_drawing(drawing.read_text(encoding="utf-8")), encoding="utf-8")
        super().handle_finish()

    def _keep_styles(self, static: Path) -> None:
        (static / "reader.css").write_text(STYLE, encoding="utf-8")
        for path in static.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in KEPT:
                path.unlink()

    def _rewrite_pages(self, out: Path) -> None:
        macros = book_macros(self.config)
        for path in out.rglob("*.xhtml"):
            page = path.relative_to(out).with_suffix("").as_posix()
            address = f"{self.config.html_baseurl}{page}.html"
            style = "../" * page.count("/") + "_static/reader.css"
            html = path.read_text(encoding="utf-8")
            path.write_text(readable(html, macros, address, style), encoding="utf-8")

    def build_content(self) -> None:
        """Write the package, and what it must say about each page."""
        super().build_content()
        package = Path(self.outdir) / "content.opf"
        text = package.read_text(encoding="utf-8")
        package.write_text(declare(text, self._page), encoding="utf-8")

    def _page(self, href: str) -> str:
        path = Path(self.outdir, href)
        return path.read_text(encoding="utf-8") if path.exists() else ""  # the contents are written later


def setup(app: Sphinx) -> dict[str, Any]:
    """Take the place of Sphinx's own builder."""
    app.add_builder(EpubOfTheBook, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
