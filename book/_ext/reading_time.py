"""How long a page takes to read, counted in its tree: words, formulas, figures and the lines of code that are shown.

| what                                            | time                                          |
|-------------------------------------------------|-----------------------------------------------|
| words of prose, captions and questions          | 200 a minute; a formula in a line is one word |
| a displayed formula, a step of a derivation     | 15 seconds                                    |
| a figure                                        | 15 seconds                                    |
| a line of code that is not folded               | 2 seconds                                     |

Solutions and help in steps are left out, and so are the exercises' own time and the labs': they take as long as the
reader likes.
The page `map` tells readers the same numbers; a test compares.
"""

from collections.abc import Iterator
from typing import NamedTuple

from docutils import nodes
from notebook_cells import is_cell

WORDS_PER_MINUTE = 200
SECONDS = {"formulas": 15, "figures": 15, "lines": 2}
FOLDED = {"tag_hide-input", "tag_hide-cell", "tag_remove-input", "tag_remove-cell", "tag_notebook-only"}
UNREAD = (nodes.comment, nodes.raw, nodes.system_message, nodes.substitution_definition, nodes.target)


class Amount(NamedTuple):
    """What there is to read."""

    words: int = 0
    formulas: int = 0
    figures: int = 0
    lines: int = 0

    @property
    def minutes(self) -> float:
        """The time it takes."""
        rest = sum(seconds * getattr(self, name) for name, seconds in SECONDS.items())
        return self.words / WORDS_PER_MINUTE + rest / 60


def amount(node: nodes.Node) -> Amount:
    """Count what a reader finds in a part of a page."""
    return Amount(*map(sum, zip(*_amounts(node), strict=True))) if not _is_unread(node) else Amount()


def _amounts(node: nodes.Node) -> Iterator[Amount]:
    yield Amount()
    if isinstance(node, nodes.Text):
        yield Amount(words=len(node.astext().split()))
    elif isinstance(node, nodes.math):
        yield Amount(words=1)
    elif isinstance(node, nodes.math_block) or type(node).__name__ == "derivation_step":
        yield Amount(formulas=1)
    elif is_cell(node):
        yield from _of_cell(node)
    elif isinstance(node, nodes.literal_block):
        yield Amount(lines=_lines(node))
    else:
        yield Amount(figures=int(isinstance(node, nodes.figure)))
    if not isinstance(node, nodes.math | nodes.math_block | nodes.literal_block) and not is_cell(node):
        yield from (amount(child) for child in node.children)


def _of_cell(cell: nodes.Element) -> Iterator[Amount]:
    """Yield the code of a cell, unless it is folded, and the figures that it draws; other outputs are looked at."""
    if not FOLDED.intersection(cell["classes"]):
        sources = [part for part in cell if isinstance(part, nodes.container) and _holds(part, "cell_code_source")]
        yield from (Amount(lines=_lines(block)) for part in sources for block in part.findall(nodes.literal_block))
    for figure in cell.findall(nodes.figure):
        yield Amount(figures=1)
        yield from (amount(caption) for caption in figure.findall(nodes.caption))


def _holds(node: nodes.Element, element: str) -> bool:
    return node.get("nb_element") == element


def _lines(block: nodes.Node) -> int:
    return sum(bool(line.strip()) for line in block.astext().splitlines())


def _is_unread(node: nodes.Node) -> bool:
    help_in_steps = isinstance(node, nodes.container) and "ladder" in node["classes"]
    return isinstance(node, UNREAD) or type(node).__name__ == "solution_node" or help_in_steps
