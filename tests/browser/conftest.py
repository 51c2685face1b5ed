"""One Chromium for the whole session, without network: requests outside a page's own files are refused and reported.

A new document costs a third of a second, a new tab more than one. So each test has documents of its own, in tabs that
tests with the same options take one after another; what a test asks of the browser itself needs `own=True`.
"""

import shutil
import subprocess
import sys
from collections import defaultdict
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: what they share is found here

from lab_page import BUNDLE, PAGE
from loading import load_script

ROOT = Path(__file__).parents[2]


class Tab(NamedTuple):
    """A tab in a context of its own, and the errors and outside requests of its page."""

    page: Page
    problems: list[str]
    size: dict


def new_tab(chromium, options):
    context, problems = chromium.new_context(**options), []

    def refuse(route):
        problems.append(f"outside request: {route.request.url}")
        route.abort()

    context.route(lambda url: not url.startswith(("file:", "data:", "blob:", "about:")), refuse)
    page = context.new_page()
    page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: problems.append(str(e)))
    return Tab(page, problems, page.viewport_size)


def leave(tab):
    """End the document and forget what it stored; return what was wrong with it."""
    tab.page.evaluate("localStorage.clear(); sessionStorage.clear();")
    tab.page.mouse.move(0, 0)
    tab.page.goto("about:blank")
    tab.page.emulate_media(media="null")  # as it is without: a page that was printed would stay on paper
    if tab.page.viewport_size != tab.size:
        tab.page.set_viewport_size(tab.size)
    found = list(tab.problems)
    tab.problems.clear()
    return found


@pytest.fixture(scope="session")
def free_tabs():
    """Tabs that no test uses, by their options."""
    tabs = defaultdict(list)
    yield tabs
    for tab in chain(*tabs.values()):
        tab.page.context.close()


@pytest.fixture
def open_page(chromium, free_tabs):
    """`open_page(path, hash="", own=False, **context)`: a page from file://; at the end, no error, no outside request.

    `own` gives a tab that no other test has: for what outlives a document, such as scripts for each new one.
    """
    used, problems = [], []

    def open_(path, fragment="", *, own=False, **options):
        key = "" if own or not options.get("java_script_enabled", True) else repr(sorted(options.items()))
        tab = free_tabs[key].pop() if key and free_tabs[key] else new_tab(chromium, options)
        used.append((key, tab))
        tab.page.goto(path.as_uri() + fragment)
        return tab.page

    yield open_
    for key, tab in used:
        if key:
            problems += leave(tab)
            free_tabs[key].append(tab)
        else:
            tab.page.context.close()
            problems += tab.problems
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
def frames():
    """The benchmark's way to read Chromium's trace."""
    return load_script(ROOT / "benchmarks/labs/frames.py")


@pytest.fixture(scope="session")
def axe_core():
    """The source of axe-core, which finds what assistive technology cannot use; installed if need be."""
    path = ROOT / "labs/node_modules/axe-core/axe.min.js"
    if not path.exists():
        if not shutil.which("npm"):
            pytest.skip("npm is not installed: axe-core is a development dependency of labs/")
        subprocess.run(["npm", "ci"], cwd=ROOT / "labs", check=True, capture_output=True)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def violations(axe_core):
    """`violations(page, part)`: what axe-core finds in that part of a page, by all its rules or by those in `only`."""

    def violations(page, part=None, *, only=None):
        page.evaluate(axe_core)
        how = {"preload": False} | ({"runOnly": only} if only else {})
        result = page.evaluate("([part, how]) => axe.run(part ?? document, how)", [part, how])
        # Text was seen, and much else: a part that is not there, or is hidden, has no violations either.
        passed = {rule["id"] for rule in result["passes"]}
        assert "color-contrast" in passed, part
        assert only or len(passed) > 10, part
        return [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in result["violations"]]

    return violations
