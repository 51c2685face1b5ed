"""A page of the site as an e-reader can show it: no scripts, nothing folded, answers at the end, formulas as MathML.

`readable` takes the HTML that Sphinx wrote and returns XHTML. Labs stay as the sentence that says what belongs there,
with a link to the page of the book where they play.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag
from latex2mathml.converter import convert
from notebook_math import expand

LEFT_OUT = (
    "script, noscript, style, link, button, input, select, dialog, nav, meta[property], meta[name=viewport], "
    "gan-guess, .headerlink, .error-link, .ladder, .page-address, .formats, .launch, .sd-summary-state-marker, "
    "div.related, div.sphinxsidebar, div.clearer, .reading-place, .page-head .colab"
)
ANSWERS = ".predict-answer, .quiz-answers, .solution, .bug + details, .try + details"
KEPT = {"id", "class", "lang", "title"}  # of an element that is not HTML
SVG_NAMES = ("viewBox", "preserveAspectRatio", "gradientUnits", "gradientTransform", "clipPathUnits", "markerWidth")
SVG_NAMES += ("markerHeight", "refX", "refY", "repeatCount", "attributeName", "patternUnits", "textLength", "keyTimes")
SVG_NAMES += ("calcMode", "keySplines", "attributeType", "pathLength", "startOffset", "markerUnits", "keyPoints")
SVG_TAGS = ("linearGradient", "radialGradient", "clipPath", "textPath", "animateTransform", "animateMotion")
AS_WRITTEN = {name.lower(): name for name in (*SVG_NAMES, *SVG_TAGS)}
THIN = '<mspace width="0.167em"></mspace>'
LIMITS = ("min", "max", "inf", "sup", "lim")
FENCED = ":scope > mo[form=prefix]:first-child"
TEX = re.compile(r"\\([(\[])(.*)\\[)\]]", re.DOTALL)


def readable(html: str, macros: Mapping[str, Any], address: str, style: str) -> str:
    """Return a page for an e-reader; `address` is that of the page online, `style` that of the style sheet."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select(LEFT_OUT):
        element.decompose()
    for formula in soup.select(".math"):
        set_formula(soup, formula, macros)
    soup.head.append(soup.new_tag("link", rel="stylesheet", type="text/css", href=style))
    move_answers(soup)
    for element in soup.find_all(True):
        make_plain(soup, element, address)
    return soup.decode(formatter="minimal")


def set_formula(soup: BeautifulSoup, element: Tag, macros: Mapping[str, Any]) -> None:
    """Put MathML in the place of TeX; the number of the formula stays before it."""
    text = element.find(string=TEX)
    if text is None:
        return
    kind, tex = TEX.search(text).groups()
    text.replace_with(mathml(expand(tex.strip(), macros), display=kind == "["))


def mathml(tex: str, *, display: bool) -> Tag:
    """Return a formula as MathML, with its TeX as the text for those who cannot show it."""
    # latex2mathml knows one of the environments that align lines, and no \arg.
    rows = re.sub(r"\{(aligned|gathered)\}", "{split}", tex)
    rows = re.sub(r"\\mathop\{\\operatorname\{arg\\,(min|max)\}\}", r"\\arg\\\1", rows)
    rows = re.sub(r"\\arg\b", r"\\operatorname{arg}", rows)
    rows = re.sub(
        r"^\\begin\{split\}\s*(\\begin\{split\}.*\\end\{split\})\s*\\end\{split\}$", r"\1", rows, flags=re.DOTALL
    )
    found = BeautifulSoup(convert(rows, display="block" if display else "inline"), "html.parser").math
    for row in found.find_all(("mrow", "mtd")):
        set_names(row)
    found["alttext"] = " ".join(tex.split())
    return found.extract()


def set_names(row: Tag) -> None:
    """Set log, min and their like as TeX does: limits below where there is room, a thin space before and after.

    latex2mathml makes some of them identifiers, which stick to their neighbours, and some operators, which keep as
    far away as a relation does. None comes where an operator or a parenthesis sees to the distance.
    """
    named = [(part, name) for part in row.find_all(True, recursive=False) if (name := name_of(part))]
    for part, name in named:
        if name.get_text() in LIMITS:
            name.attrs |= {"lspace": "0", "rspace": "0", "movablelimits": "true"}
            part.name = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}.get(part.name, part.name)
        else:
            name.name = "mi"
            name.attrs.pop("movablelimits", None)  # of an operator alone
    for part, _ in named:
        before, after = part.find_previous_sibling(), part.find_next_sibling()
        if before and before.name != "mspace" and (not is_operator(before) or before.get_text() in [")", "]", "}"]):
            part.insert_before(BeautifulSoup(THIN, "html.parser"))
        if after and after.name != "mspace" and not is_operator(after) and not after.select_one(FENCED):
            part.insert_after(BeautifulSoup(THIN, "html.parser"))


def is_operator(part: Tag) -> bool:
    """Tell whether a part of a formula is a sign that has a distance of its own, or a parenthesis."""
    return part.name == "mo" and not name_of(part)


def name_of(part: Tag) -> Tag | None:
    """Return the name in a part of a formula that is one, with or without limits: log, or the min of min_x."""
    core = part.find(True) if part.name in ("msub", "msup", "msubsup", "munder", "mover", "munderover") else part
    return core if core and core.name in ("mi", "mo") and re.fullmatch("[a-zA-Z]{2,}", core.get_text()) else None


def move_answers(soup: BeautifulSoup) -> None:
    """Collect the answers under a heading at the end of the page, each with a link to its question and one back."""
    found = [answer for answer in soup.select(ANSWERS) if not answer.parent.css.closest(ANSWERS)]
    if not found:
        return
    end = soup.new_tag("section", id="answers-of-this-page")
    end.append(text_tag(soup, "h2", "Answers"))
    for number, answer in enumerate(found, start=1):
        title = title_of(answer)
        place = soup.new_tag("p", **{"class": "answer-place", "id": f"asked-{number}"})
        place.append(text_tag(soup, "a", "The answer is at the end of this page.", href=f"#answered-{number}"))
        answer.replace_with(place)
        box = soup.new_tag("div", **{"class": "answer", "id": f"answered-{number}"})
        heading = soup.new_tag("h3")
        heading.append(text_tag(soup, "a", title, href=f"#asked-{number}"))
        box.extend([heading, answer])
        end.append(box)
    (soup.select_one("div.body") or soup.body).append(end)


def title_of(answer: Tag) -> str:
    """Say which question an answer belongs to."""
    own = answer.select_one(":scope > .admonition-title")
    quiz = answer.find_parent("gan-quiz")
    asked = quiz.select_one(".quiz-title strong") if quiz else None
    box = answer.find_parent(class_="admonition") or answer.find_previous_sibling(class_="admonition")
    title = own or asked or (box and box.select_one(".admonition-title"))
    text = " ".join(title.get_text(" ").split()) if title else "Answer"
    if own:
        own.decompose()
    return text


def text_tag(soup: BeautifulSoup, name: str, text: str, **attributes: str) -> Tag:
    """Return a new element with a text in it."""
    element = soup.new_tag(name, **attributes)
    element.string = text
    return element


def make_plain(soup: BeautifulSoup, element: Tag, address: str) -> None:
    """Turn an element that an e-reader does not know into one that it does."""
    in_svg = element.name == "svg" or element.find_parent("svg")
    if element.name == "svg":
        element["xmlns"] = "http://www.w3.org/2000/svg"
    elif "-" in element.name and not in_svg:
        _rename(soup, element, address)
    elif element.name == "details":
        element.name, element.attrs = "div", {"class": "fold"}
    elif element.name == "summary":
        element.name, element.attrs = "p", {"class": "fold-title"}
    for name in [name for name in element.attrs if name.startswith("data-") or name in ("slot", "tabindex")]:
        del element[name]
    if element.name == "svg" and element.get("role"):
        element["role"] = "img"
    if in_svg:
        name_link(soup, element)
        element.name = AS_WRITTEN.get(element.name, element.name)
        element.attrs = {AS_WRITTEN.get(name, name): value for name, value in element.attrs.items()}


def name_link(soup: BeautifulSoup, element: Tag) -> None:
    """Give a link in a drawing the title that a reader of the drawing is told."""
    if element.name == "a" and not element.find("title"):
        text = element.get("aria-label") or " ".join(element.get_text(" ").split())
        element.insert(0, text_tag(soup, "title", text))


def plain_drawing(svg: str) -> str:
    """Return a drawing as a validator wants it: no DTD from elsewhere, a shape for each path, weights in hundreds."""
    svg = re.sub(r"<!DOCTYPE[^>]*>", "", svg)
    svg = re.sub(r"<path(?![^>]*\sd=)", '<path d="M0 0"', svg)  # the glyph of a space
    return re.sub(r'font-weight="(\d)\d\d"', r'font-weight="\g<1>00"', svg)


def _rename(soup: BeautifulSoup, element: Tag, address: str) -> None:
    """Keep what a custom element says without a script; a lab gets the address where it plays."""
    if element.find(string=re.compile("which this page cannot show")):
        link = soup.new_tag("p")
        link.append(text_tag(soup, "a", "To the lab in the book online", href=address))
        element.append(link)
    element.name = "div"
    element.attrs = {name: value for name, value in element.attrs.items() if name in KEPT}


def properties(xhtml: str) -> Iterator[str]:
    """Yield what the package of an EPUB must say about a page."""
    yield from (name for name, tag in (("mathml", "<math"), ("svg", "<svg")) if tag in xhtml)


def declare(package: str, read: Callable[[str], str]) -> str:
    """Write the properties of each page into content.opf; `read(href)` returns a page."""

    def with_properties(item: re.Match) -> str:
        found = " ".join(properties(read(item[1])))
        own = re.search(r' properties="([^"]*)"', item[0])
        if not found or own:
            return item[0]
        return item[0].replace("<item ", f'<item properties="{found}" ', 1)

    return re.sub(r'<item (?:[^>]*? )?href="([^"]+\.xhtml)"[^>]*>', with_properties, package)
