"""What a link shows before it is followed: equations, figures, terms and works of other pages.

`previews.js` takes what stands on the same page from there. What stands on another page comes from
`_static/preview-pool.js`, which is written at the end of each build from the pages as they are in the site, and is
loaded when a reader first looks at such a link; a script, because a page from disk may fetch nothing else.
"""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from sphinx.application import Sphinx

FILE, GLOBAL = "preview-pool.js", "ganlabPreviews"
LINK = re.compile(r'<a\b[^>]*\bhref="([^"#:]+\.html#[^"]+)"')
ADDRESS = re.compile(r'\b(src)="([^"]*)"')
HEADERLINK = re.compile(r'<a class="headerlink".*?</a>', re.S)
TARGETS = [
    re.compile(pattern, re.S)
    for pattern in (
        r'<div class="math[^"]*" id="(equation-[^"]+)">.*?</div>',
        r'<figure\b[^>]*\bid="([^"]+)">.*?</figure>',
        r'<dt id="(term-[^"]+)">.*?</dt>(?=(?:\s*<dt\b.*?</dt>)*\s*(<dd>.*?</dd>))',  # words with one explanation
        r'<div class="citation" id="([^"]+)" role="listitem">.*?</div>',
    )
]


def links(html: str, page: str) -> set[str]:
    """Return the places on other pages that a page links to, as seen from the top of the site.

    Examples
    --------
    >>> links('<a class="x" href="../glossary.html#term-GAN">GAN</a> <a href="#here">', "chapters/01-a.html")
    {'glossary.html#term-GAN'}
    """
    return {urljoin(page, unescape(address)) for address in LINK.findall(html)}


def targets(html: str, page: str) -> dict[str, str]:
    """Return what can be previewed on a page, by its place; addresses of pictures as seen from the top of the site.

    Examples
    --------
    >>> html = '<div class="math notranslate" id="equation-a"><span class="eqno">(1)</span>x</div> and more'
    >>> targets(html, "b.html")
    {'b.html#equation-a': '<div class="math notranslate" id="equation-a"><span class="eqno">(1)</span>x</div>'}
    """
    found = (match for pattern in TARGETS for match in pattern.finditer(html))
    return {f"{page}#{match[1]}": _moved("".join([match[0], *match.groups()[1:]]), page) for match in found}


def _moved(html: str, page: str) -> str:
    moved = ADDRESS.sub(lambda part: f'{part[1]}="{urljoin(page, part[2])}"', html)
    return HEADERLINK.sub("", moved)


def pool(site: Path, pages: list[str]) -> dict[str, str]:
    """Return what one page of the site shows of another."""
    wanted: set[str] = set()
    found: dict[str, str] = {}
    for page in pages:
        html = (site / page).read_text(encoding="utf-8")
        wanted |= links(html, page)
        found |= targets(html, page)
    return {place: found[place] for place in sorted(wanted & found.keys())}


def write_pool(app: Sphinx, error: Exception | None) -> None:
    """Write the file from which `previews.js` reads."""
    if error is None and app.builder.name == "html":
        pages = [app.builder.get_target_uri(docname) for docname in sorted(app.env.found_docs)]
        text = json.dumps(pool(Path(app.outdir), pages), ensure_ascii=False, separators=(",", ":"))
        path = Path(app.outdir, "_static", FILE)
        path.write_text(f"globalThis.{GLOBAL} = {text};\n", encoding="utf-8")


def add_script(app: Sphinx) -> None:
    """Load the script on every page."""
    app.add_js_file("previews.js", defer="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect script and pool."""
    app.connect("builder-inited", add_script)
    app.connect("build-finished", write_pool)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
