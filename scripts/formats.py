"""Write the book as PDF and ZIP into a built site, beside its EPUB, and link them from the landing page.

    python scripts/formats.py [--site _build/html] [--epub _build/epub/learn-gans.epub] [--pages chapters/06-first-gan]

`make formats` runs it. Chromium prints each page once, by the print rules of the site; the pages are then joined, with
contents, numbers, bookmarks, and links that lead to places in the file where these are in it, else to the book online.
"""

import argparse
import logging
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import yaml
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, FloatObject, NameObject, NullObject, TextStringObject

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

# Chromium's trailer counts some objects less than there are; pypdf says so at each page, and counts anew.
logging.getLogger("pypdf").setLevel(logging.ERROR)

ROOT = Path(__file__).resolve().parents[1]
NAME = "learn-gans"
NOT_PRINTED = {"check-yourself"}  # it asks the questions of the other pages again
SHEET = {"format": "A4", "margin": {"top": "18mm", "bottom": "22mm", "left": "18mm", "right": "18mm"}}
PATIENCE = 600  # seconds for a page to load: on a machine with ten times the work it has cores for, 30 were too few
SETTLED = """async () => {
  function* every(root) {
    for (const e of root.querySelectorAll("*")) { yield e; if (e.shadowRoot) yield* every(e.shadowRoot); }
  }
  await window.MathJax?.startup?.promise;
  for (const picture of document.images) picture.loading = "eager";
  await Promise.all([...document.images].map((picture) => picture.decode().catch(() => {})));
  await Promise.all([...every(document.body)].map((e) => e.ready));
}"""
HEADINGS = """[...document.querySelectorAll("article :is(h1, h2, h3, h4, h5, h6)")]
  .map((heading) => heading.innerText.replace(/#\\s*$/, "").trim().replace(/\\s+/g, " "))"""
STYLE = """<meta charset="utf-8"><style>
  @page { size: A4; margin: 0 } body { margin: 0; font: 10.5pt "DejaVu Sans", sans-serif; color: #1f2937 }
  .sheet { height: 297mm; position: relative; break-after: page; box-sizing: border-box }
  .sheet:last-child { break-after: auto }
  .foot { position: absolute; bottom: 10mm; left: 18mm; right: 18mm; font-size: 8pt; color: #4b5563;
    display: flex; justify-content: space-between }
  .contents { padding: 25mm 18mm } h1 { font-size: 22pt; margin: 0 0 2mm } h2 { font-size: 13pt; margin: 10mm 0 3mm }
  a { color: inherit; text-decoration: none; display: flex; gap: 3mm; margin: 1mm 0; break-inside: avoid }
  a .dots { flex: 1; border-bottom: 1px dotted #9ca3af; height: 0.8em } a.in { padding-left: 8mm; font-size: 9pt }
</style>"""
PLACE = re.compile(r"<!--formats-->.*?<!--/formats-->", re.DOTALL)


@dataclass
class Printed:
    """A page of the book on paper: where it lies in the site, its title, its sheets."""

    page: str
    title: str
    reader: PdfReader
    first: int = 0  # its first sheet in the whole book, from 0
    places: dict[str, tuple[int, float]] = field(default_factory=dict)  # anchor: sheet, height

    @classmethod
    def read(cls, page: str, title: str, pdf: bytes) -> "Printed":
        """Read what Chromium printed."""
        printed = cls(page, title, PdfReader(BytesIO(pdf)))
        for name, place in printed.reader.named_destinations.items():
            sheet = printed.reader.get_destination_page_number(place)
            printed.places[unquote(str(name).lstrip("/"))] = (sheet or 0, float(place.top or 800))
        return printed

    @property
    def sheets(self) -> int:
        """How many."""
        return len(self.reader.pages)

    def sections(self) -> Iterator[tuple[str, int]]:
        """Yield the headings of the second level, each with its sheet."""
        for chapter in self.reader.outline:
            for entry in chapter if isinstance(chapter, list) else ():
                if not isinstance(entry, list):
                    yield str(entry.title), self.reader.get_destination_page_number(entry) or 0


def printed(context: "BrowserContext", site: Path, page: str) -> Printed:
    """Print a page of the site."""
    tab = context.new_page()
    tab.goto((site / f"{page}.html").as_uri())
    tab.evaluate(SETTLED)
    headings = tab.evaluate(HEADINGS)
    pdf = tab.pdf(**SHEET, print_background=True, outline=True, tagged=True)
    tab.close()
    return Printed.read(page, headings[0], with_spaces(pdf, headings))


def with_spaces(pdf: bytes, headings: list[str]) -> bytes:
    """Spell the bookmarks as the headings are: Chromium joins the words where a heading goes on in another line."""
    spelling = {"".join(heading.split()): heading for heading in headings}
    writer = PdfWriter(clone_from=BytesIO(pdf))
    for bookmark in bookmarks(writer.root_object["/Outlines"]):
        title = bookmark["/Title"]
        bookmark[NameObject("/Title")] = TextStringObject(spelling.get("".join(title.split()), title))
    spelled = BytesIO()
    writer.write(spelled)
    return spelled.getvalue()


def bookmarks(under: Any) -> Iterator[Any]:
    """Yield the bookmarks below one, each before those below it."""
    bookmark = under.get("/First")
    while bookmark is not None:
        yield bookmark.get_object()
        yield from bookmarks(bookmark.get_object())
        bookmark = bookmark.get_object().get("/Next")


def sheets(context: "BrowserContext", html: str) -> PdfReader:
    """Print HTML of our own."""
    tab = context.new_page()
    tab.set_content(STYLE + html)
    pdf = tab.pdf(prefer_css_page_size=True)
    tab.close()
    return PdfReader(BytesIO(pdf))


def number(context: "BrowserContext", writer: PdfWriter, titles: Iterable[str], first: int = 1) -> None:
    """Put a line with title and number at the foot of each sheet."""
    feet = "".join(
        f'<div class="sheet"><div class="foot"><span>{escape(title)}</span><span>{n}</span></div></div>'
        for n, title in enumerate(titles, start=first)
    )
    for sheet, foot in zip(writer.pages, sheets(context, feet).pages, strict=True):
        sheet.merge_page(foot)
        sheet.compress_content_streams()  # merging unpacks them


def links(writer: PdfWriter) -> Iterator[tuple[int, Any, str]]:
    """Yield the links of a file: the sheet, the annotation, and the address or the name of the place."""
    for n, sheet in enumerate(writer.pages):
        for annotation in (each.get_object() for each in sheet.get("/Annots", ())):
            action = annotation.get("/A", {})
            target = action.get("/URI", action.get("/D", annotation.get("/Dest")))
            if isinstance(target, str):
                yield n, annotation, str(target)


def lead_to_sheet(writer: PdfWriter, annotation: Any, sheet: int, top: float) -> None:
    """Let a link lead to a place in the file."""
    place = [writer.pages[sheet].indirect_reference, NameObject("/XYZ"), NullObject(), FloatObject(top), NullObject()]
    annotation.pop("/A", None)
    annotation[NameObject("/Dest")] = ArrayObject(place)


def lead(writer: PdfWriter, site: Path, online: str, book: list[Printed]) -> None:
    """Set all links of a file that holds the pages of `book`: to their sheets, or to the book online."""
    by_page = {p.page: p for p in book}
    for n, annotation, target in list(links(writer)):
        here = next((p for p in book if p.first <= n < p.first + p.sheets), None)
        address, _, anchor = target.partition("#")
        page = address.removeprefix(f"{site.as_uri()}/").removesuffix(".html")
        if target.startswith("file:"):
            there, anchor = by_page.get(page), unquote(anchor)
        else:
            there, anchor = here, unquote(target.lstrip("/#"))
        if target.startswith("sheet:"):
            lead_to_sheet(writer, annotation, int(target.removeprefix("sheet:")), 800)
        elif there and (target.startswith("file:") or anchor in there.places):
            sheet, top = there.places.get(anchor, (0, 800))
            lead_to_sheet(writer, annotation, there.first + sheet, top)
        elif target.startswith("file:"):
            annotation["/A"][NameObject("/URI")] = TextStringObject(target.replace(f"{site.as_uri()}/", online))


def save(writer: PdfWriter, title: str, author: str, path: Path) -> None:
    """Write a file with its title and its language."""
    writer.add_metadata({"/Title": title, "/Author": author})
    writer.root_object[NameObject("/Lang")] = TextStringObject("en")
    path.parent.mkdir(parents=True, exist_ok=True)
    writer.write(path)


def contents(book: list[Printed], title: str, author: str) -> str:
    """Return title and contents as HTML; each entry leads to its sheet."""
    rows = []
    for page in book:
        entries = [("", page.title, 0), *(("in", *section) for section in page.sections())]
        for kind, text, sheet in entries if page.page.startswith("chapters/") else entries[:1]:
            at = page.first + sheet
            row = f'<span>{escape(text)}</span><span class="dots"></span><span>{at + 1}</span>'
            rows.append(f'<a class="{kind}" href="sheet:{at}">{row}</a>')
    head = f"<h1>{escape(title)}</h1><p>{escape(author)}. Text CC BY 4.0, code BSD-3-Clause.</p><h2>Contents</h2>"
    return f"<style>@page {{ margin: 20mm 18mm 22mm }}</style><div>{head}{''.join(rows)}</div>"


def write_pdfs(context: "BrowserContext", site: Path, folder: Path, pages: list[str], config: dict[str, Any]) -> None:
    """Print each page, and write a file for each chapter and one for all."""
    title, author, online = config["title"], config["author"], config["html"]["baseurl"]
    book = []
    for page in pages:
        book.append(printed(context, site, page))
        print(f"  {page}: {book[-1].sheets} sheets", flush=True)
        if page.startswith("chapters/"):
            writer = PdfWriter(clone_from=book[-1].reader)
            lead(writer, site, online, [book[-1]])
            number(context, writer, [f"{title} · {book[-1].title}"] * book[-1].sheets)
            save(writer, f"{book[-1].title} · {title}", author, folder / f"{page}.pdf")
            book[-1] = Printed(page, book[-1].title, PdfReader(book[-1].reader.stream), places=book[-1].places)
    front = sheets(context, contents(book, title, author))
    _place(book, len(front.pages))
    front = sheets(context, contents(book, title, author))  # now with the right numbers
    writer = PdfWriter()
    writer.append(front, outline_item="Contents")
    for page in book:
        writer.append(page.reader, outline_item=page.title)
    lead(writer, site, online, book)
    titles = [title] * len(front.pages) + [f"{title} · {p.title}" for p in book for _ in range(p.sheets)]
    number(context, writer, titles)
    writer.compress_identical_objects()
    save(writer, title, author, folder / f"{NAME}.pdf")


def _place(book: list[Printed], first: int) -> None:
    for page in book:
        page.first, first = first, first + page.sheets


def write_zip(site: Path, path: Path) -> None:
    """Pack the site, without these files; the same site gives the same bytes."""
    files = sorted(p for p in site.rglob("*") if p.is_file() and not p.name.startswith("."))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for file in files:
            inside = file.relative_to(site)
            if inside.parts[0] not in ("formats", "_sources"):
                entry = zipfile.ZipInfo(f"{NAME}/{inside.as_posix()}", (2026, 1, 1, 0, 0, 0))
                entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
                packed.writestr(entry, file.read_bytes())


def size(path: Path) -> str:
    """Return the size of a file as readers say it."""
    return f"{path.stat().st_size / 1e6:.1f} MB"


def offer(site: Path) -> None:
    """Fill the place on the landing page with links to what there is, with sizes; again gives the same."""
    folder, index = site / "formats", site / "index.html"
    kinds = (("epub", "EPUB"), ("pdf", "PDF"), ("zip", "ZIP of this site, which opens from disk"))
    whole = [(folder / f"{NAME}.{ending}", text) for ending, text in kinds]
    offered = [f'<a href="formats/{p.name}" download="">{t}</a> ({size(p)})' for p, t in whole if p.exists()]
    chapters = [
        f'<a href="formats/chapters/{p.name}" download="" aria-label="PDF of chapter {int(p.name[:2])}, {size(p)}">'
        f"{int(p.name[:2])}</a>"
        for p in sorted((folder / "chapters").glob("*.pdf"))
    ]
    text = f"To take with you: {', '.join(offered)}." + (f" PDF of chapter {', '.join(chapters)}." if chapters else "")
    html = index.read_text(encoding="utf-8")
    if not PLACE.search(html):
        raise SystemExit(f"{index} has no place for the formats; write {{formats}}`make formats` into book/index.md")
    index.write_text(PLACE.sub(lambda _: f"<!--formats-->{text}<!--/formats-->", html), encoding="utf-8")


def pages_of(site: Path) -> list[str]:
    """Return the pages of the table of contents that are in the site and make sense on paper."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    named = [page["file"] for part in toc["parts"] for page in part["chapters"]]
    return [page for page in named if page not in NOT_PRINTED and (site / f"{page}.html").exists()]


def chromium() -> str:
    """Return the browser's path: CHROMIUM, or one of the usual names."""
    names = [os.path.expanduser(os.environ.get("CHROMIUM") or "chromium"), "chromium-browser", "google-chrome"]
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise SystemExit("no Chromium: install Debian's `chromium`, or set CHROMIUM to a browser's path")
    return os.path.abspath(path)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Give a folder to write into, whose files then take the place of those in `folder`; stopped before, none does."""
    with tempfile.TemporaryDirectory(dir=folder.parent.parent, prefix=f".{folder.name}-") as made:
        yield Path(made)
        for file in [path for path in Path(made).rglob("*") if path.is_file()]:
            place = folder / file.relative_to(made)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, place)


def write_all(site: Path, epub: Path, pages: list[str], config: dict[str, Any]) -> None:
    """Write what `make formats` promises."""
    from playwright.sync_api import sync_playwright

    folder = site / "formats"
    with replacing(folder) as made, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(offline=True)
        context.set_default_timeout(PATIENCE * 1000)
        write_pdfs(context, site, made, pages, config)
        browser.close()
        if epub.exists():
            shutil.copy(epub, made / f"{NAME}.epub")
        write_zip(site, made / f"{NAME}.zip")
    offer(site)
    for path in sorted(folder.glob("*.*")):
        print(f"{path.relative_to(site)}: {size(path)}")


def main(arguments: list[str]) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--epub", type=Path, default=ROOT / "_build" / "epub" / f"{NAME}.epub")
    parser.add_argument("--pages", nargs="+", help="print these alone")
    given = parser.parse_args(arguments)
    site = given.site.resolve()
    if not (site / "index.html").exists():
        raise SystemExit(f"there is no site in {site}; run `make book` first")
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    write_all(site, given.epub, given.pages or pages_of(site), config)


if __name__ == "__main__":
    main(sys.argv[1:])
