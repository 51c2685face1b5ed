"""Write `src/ganlab/static/assignments.json`: what `python -m ganlab.course` can hand out (`make notebooks` runs it).

    python scripts/assignments.py

The text of each exercise is taken from `notebooks/`, which the builder of the book has written: its formulas have no
macros left, its links lead to the rendered page. What a misconception is called, and where the book explains it, comes
from `book/coverage.yml`; the set-up cell is that of every notebook.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import yaml
from nbformat import NotebookNode

sys.path.insert(0, str(Path(__file__).parents[1] / "book" / "_ext"))

from notebook_setup import Requirements, setup_source
from where_to_find import entries, read

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "src" / "ganlab" / "static" / "assignments.json"
CHECK = re.compile(r'^ganlab\.check\("(\w+)"', re.MULTILINE)
START = re.compile(r"^> \*\*Exercise [\d.]+ \(", re.MULTILINE)
# What follows an exercise: help that shows the answer, its solution, another exercise, a heading.
END = re.compile(r"^(<details>\n<summary><b>Help in steps|\*Solution:\*|#+ |> \*\*Exercise )", re.MULTILINE)
ANNOUNCED = "The check reports which case fails, if any:"


def collected(root: Path = ROOT) -> dict[str, Any]:
    """Return everything that the file holds."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    book, repository = config["html"]["baseurl"].rstrip("/") + "/", config["repository"]
    pages = {path.stem: path.relative_to(root / "book").with_suffix("").as_posix() for path in _pages(root)}
    package = Requirements.read(root / "pyproject.toml").package
    return {
        "book": book,
        "setup": setup_source(package, repository["url"], repository["branch"]),
        "chapters": dict(_chapters(root, book, pages)),
        "misconceptions": dict(_misconceptions(root, book, pages)),
    }


def _pages(root: Path) -> list[Path]:
    return sorted([*(root / "book").glob("*.md"), *(root / "book" / "chapters").glob("*.md")])


def _chapters(root: Path, book: str, pages: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        tasks = [{"id": name, "text": text} for name, text in texts(notebook)]
        if tasks:
            yield path.stem, {"title": _title(notebook), "page": f"{book}{pages[path.stem]}.html", "tasks": tasks}


def _title(notebook: NotebookNode) -> str:
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.search(r"^# (?:\d+\. )?(.*)$", text, re.MULTILINE)[1]


def texts(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield each exercise of a notebook: its id, and its text with code that belongs to it and without its title."""
    before: list[NotebookNode] = []
    for i, cell in enumerate(notebook.cells):
        found = CHECK.search(cell.source) if cell.cell_type == "code" else None
        if not found:
            before.append(cell)
            continue
        after = notebook.cells[i + 1] if i + 1 < len(notebook.cells) else None
        yield found[1], _text(before, after)
        before = []


def _text(before: list[NotebookNode], after: NotebookNode | None) -> str:
    """Join what stands between title and stub, and between the check and what comes next."""
    stub = max(i for i, cell in enumerate(before) if cell.cell_type == "code")
    first = max(i for i, cell in enumerate(before[:stub]) if cell.cell_type == "markdown" and START.search(cell.source))
    parts = [_unquoted(before[first].source[_last(START, before[first].source) :].partition("\n")[2])]
    parts += [_shown(cell) for cell in before[first + 1 : stub]]
    parts += [_shown(cell) for cell in before[stub + 1 :]]
    if after is not None and after.cell_type == "markdown":
        end = END.search(after.source)
        parts.append(_unquoted(after.source[: end.start()]) if end else "")
    return "\n\n".join(part for part in parts if part and part != ANNOUNCED)


def _unquoted(text: str) -> str:
    """Take away the bar that a box has in a notebook."""
    return re.sub(r"^> ?", "", text, flags=re.MULTILINE).strip()


def _last(pattern: re.Pattern[str], text: str) -> int:
    return [found.start() for found in pattern.finditer(text)][-1]


def _shown(cell: NotebookNode) -> str:
    return f"```python\n{cell.source}\n```" if cell.cell_type == "code" else _unquoted(cell.source)


def _misconceptions(root: Path, book: str, pages: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    for entry in entries(read((root / "book" / "coverage.yml").read_text(encoding="utf-8"))):
        places = [(_page(place.page, pages), place.anchor) for place in entry.places]
        known = next(((page, anchor) for page, anchor in places if page), None)
        address = f"{book}{known[0]}.html#{known[1].lower().replace('_', '-')}" if known else ""
        yield entry.key, {"title": entry.title, "page": address}


def _page(name: int | str, pages: dict[str, str]) -> str:
    """Return the path of a page below the book: a chapter by its number, another page by its name."""
    start = f"{name:02d}-" if isinstance(name, int) else name
    return next((path for stem, path in pages.items() if stem == name or stem.startswith(start)), "")


def serialised(data: dict[str, Any]) -> str:
    """Return the text of the file; two runs give the same bytes."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(serialised(collected()), encoding="utf-8")
