"""One Chromium for the whole session, without network: requests outside a page's own files are refused and reported."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

from lab_page import BUNDLE, PAGE

ROOT = Path(__file__).parents[2]


@pytest.fixture
def open_page(chromium):
    """`open_page(path, hash="", **context)`: a page from file://; at the end, no error and no outside request."""
    contexts, problems = [], []

    def refuse(route):
        problems.append(f"outside request: {route.request.url}")
        route.abort()

    def open_(path, fragment="", **options):
        context = chromium.new_context(**options)
        contexts.append(context)
        context.route(lambda url: not url.startswith(("file:", "data:", "blob:")), refuse)
        page = context.new_page()
        page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: problems.append(str(e)))
        page.goto(path.as_uri() + fragment)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def lab(open_page, tmp_path):
    """`lab(tag)`: a page with that one lab, its folded groups open; the locator of its element."""

    def show(tag, *, fragment="", theme="light", markup=None, **options):
        file = tmp_path / f"{tag}.html"
        markup = markup or f"<{tag}><p>needs JavaScript</p></{tag}>"
        file.write_text(PAGE.format(labs=markup, script=BUNDLE.as_uri(), theme=theme), encoding="utf-8")
        element = open_page(file, fragment, **options).locator(tag).first
        element.evaluate(
            "e => { e.shadowRoot?.querySelectorAll('details').forEach(d => { d.open = true; }); return e.ready; }"
        )
        return element

    return show


@pytest.fixture(scope="session")
def axe():
    """The source of axe-core, which finds what assistive technology cannot use; installed if need be."""
    path = ROOT / "labs/node_modules/axe-core/axe.min.js"
    if not path.exists():
        if not shutil.which("npm"):
            pytest.skip("npm is not installed: axe-core is a development dependency of labs/")
        subprocess.run(["npm", "ci"], cwd=ROOT / "labs", check=True, capture_output=True)
    return path.read_text(encoding="utf-8")
