"""`{claims}`: every claim of the book with what it measured under other seeds, made from the pages and their runs.

    ```{claims}
    ```

A claim's words are those of its page. Its numbers are those that `make claims` stored for the code that the page has
now; a page whose code has changed since then has none, and says so. `{claims-in-short}` counts.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from claim_table import cells_of, held, rows_of
from claims import RESULTS, Run, code_digest, latest, read, stored

sys.path.pop(0)

ADMONITION = re.compile(r"^(:::+|```+)\{admonition\}.*\n((?::[\w-]+:.*\n)+)((?s:.*?))^\1$", re.M)
NAME = re.compile(r"^:name: (claim-[\w-]+)$", re.M)
HEAD = ["| compared | bound | mean ± s.d. | worst | room |", "|---|--:|--:|--:|--:|"]


class Page(NamedTuple):
    """A page that claims something: title, the words of its claims by id, and its runs, none if it has changed."""

    title: str
    claims: dict[str, str]
    runs: list[Run]


def claims_in(text: str) -> dict[str, str]:
    """Return the words of the claims in the source of a page, by id, in their order."""
    found = ((NAME.search(options), words.strip()) for _, options, words in ADMONITION.findall(text))
    return {name[1]: words for name, words in found if name}


def page_of(path: Path, results: Path = RESULTS) -> Page:
    """Return what a page claims and what was measured of it."""
    text = path.read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", text, re.M)
    runs = latest(stored(path.stem, results), code_digest(read(path)))
    return Page(title[1] if title else path.stem, claims_in(text), [run for run in runs if not run["error"]])


def listed(page: Page) -> Iterator[str]:
    """Yield a page's part of the list as Markdown."""
    yield from (f"## {page.title}", "")
    for claim, words in page.claims.items():
        yield from (words, "", _verdict(claim, page.runs), "")
        if rows := [row for row in rows_of(page.runs) if row.claim == claim]:
            yield from (*HEAD, *(f"| {' | '.join(cells_of(row))} |" for row in rows), "")


def _verdict(claim: str, runs: list[Run]) -> str:
    source = f"[The experiment](#{claim})"
    if not runs:
        return f"{source} has changed since it was last tried under other seeds."
    return f"{source} held in {held(claim, runs)} of {len(runs)} runs under other seeds."


def in_short(pages: list[Page]) -> str:
    """Return the count of claims, and of those that held in every run."""
    measured = [held(claim, page.runs) == len(page.runs) for page in pages if page.runs for claim in page.claims]
    n = sum(len(page.claims) for page in pages)
    return f"{n} claims on {len(pages)} pages; {sum(measured)} of {len(measured)} that were tried held in every run."


class _OfAllPages(SphinxDirective):
    def pages(self) -> list[Page]:
        """Return the pages with claims, the chapters first; both directives are on one page, which reads them once."""
        if "claims" not in self.env.current_document:
            self.env.current_document["claims"] = self._read()
        return self.env.current_document["claims"]

    def _read(self) -> list[Page]:
        found = []
        for name in sorted(self.env.found_docs, key=lambda name: (not name.startswith("chapters/"), name)):
            path = Path(self.env.doc2path(name))
            if claims_in(path.read_text(encoding="utf-8")):
                found.append(page_of(path))
                for file in (path, RESULTS / f"{path.stem}.jsonl"):
                    self.env.note_dependency(str(file))
        return found

    def written(self, lines: list[str]) -> list[nodes.Node]:
        """Read Markdown, so that its links are those of any page."""
        node = nodes.container()
        self.state.nested_parse(StringList(lines, source=__file__), self.content_offset, node, match_titles=True)
        return node.children


class Claims(_OfAllPages):
    """All claims; see the module."""

    def run(self) -> list[nodes.Node]:
        """Write the list."""
        return self.written([line for page in self.pages() for line in "\n".join(listed(page)).split("\n")])


class ClaimsInShort(_OfAllPages):
    """How many claims there are, and how many held."""

    def run(self) -> list[nodes.Node]:
        """Write the sentence."""
        return self.written([in_short(self.pages())])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register both directives."""
    app.add_directive("claims", Claims)
    app.add_directive("claims-in-short", ClaimsInShort)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
