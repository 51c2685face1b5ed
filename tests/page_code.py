"""What a page of the book defines, without running the page."""

from pathlib import Path
from types import SimpleNamespace

from loading import load_script

ROOT = Path(__file__).parents[1]
study = load_script(ROOT / "benchmarks" / "study.py")


def defined(page, *assigned):
    """What a page imports and defines, and what it assigns to these names."""
    return SimpleNamespace(**study.page_functions(ROOT / "book" / f"{page}.md", *assigned))
