"""Number a chapter by its file name, so `10-digits.md` is chapter 10 and its figures are 10.1, 10.2, …

Sphinx counts the pages of a numbered table of contents. A book that grows chapter by chapter would renumber
itself each time; here the leading digits of the file name replace the count. It does not number appendices.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles, disable_builtin_toctree_collector

CHAPTER = re.compile(r"chapters/(\d+)-")


class ChapterNumbers(TocTreeCollectorWithStyles):
    """The table-of-contents collector with the chapter number taken from the file name."""

    def assign_section_numbers(self, env: BuildEnvironment) -> list[str]:
        """Let Sphinx count, then replace the first number of every section of a chapter."""
        changed = super().assign_section_numbers(env)
        for docname in env.toc_secnumbers:
            if match := CHAPTER.match(docname):
                _renumber(env, docname, int(match[1]))
        return changed


def _renumber(env: BuildEnvironment, docname: str, chapter: int) -> None:
    secnumbers = env.toc_secnumbers[docname]
    for anchor, number in secnumbers.items():
        if number:
            secnumbers[anchor] = (chapter, *number[1:])
    for entry in (env.titles[docname], *env.tocs[docname].findall(nodes.reference)):
        if entry.get("secnumber"):
            entry["secnumber"] = [chapter, *entry["secnumber"][1:]]


def setup(app: Sphinx) -> dict[str, Any]:
    """Put our collector in the place of the one from sphinx-external-toc."""
    app.setup_extension("sphinx_external_toc")
    disable_builtin_toctree_collector(app)
    app.add_env_collector(ChapterNumbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
