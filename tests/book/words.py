"""The words of a parsed page, without those that a test leaves out."""

from collections.abc import Callable, Iterator

from bs4 import Comment, NavigableString, Tag


def words(element: Tag, left_out: Callable[[Tag], bool]) -> Iterator[str]:
    """Yield the texts below an element, in order; what is left out is not gone into, nor are comments."""
    for child in element.children:
        if isinstance(child, Tag):
            if not left_out(child):
                yield from words(child, left_out)
        elif isinstance(child, NavigableString) and not isinstance(child, Comment):
            yield str(child)
