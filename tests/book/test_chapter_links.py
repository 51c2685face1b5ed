"""Each mention of a chapter is the role `{chapter}`, and a promise points to the place that keeps it."""

import re
from functools import cache
from pathlib import Path

import chapter_links
import jupytext
import pytest
import yaml
from chapter_numbers import CHAPTER

BOOK = Path(__file__).parents[2] / "book"
SOURCES = sorted(path for path in BOOK.rglob("*.md") if "_" not in path.parent.name)
every_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
WRITTEN = {int(match[1]): path for path in SOURCES if (match := CHAPTER.match(path.relative_to(BOOK).as_posix()))}

FENCE = re.compile(r"\s*(`{3,}|:{3,})\s*(.*)$")
CODE = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\1).)+\1", re.S)
ROLE = re.compile(r"\{[Cc]hapter\}`[^`]*`")
BARE = re.compile(r"\bchapters?\s+\d+", re.I)
NO_VERB = r"(?:is|was|has|as|this|its|us|plus|versus)\b"
DOES = rf"(?:(?:will|also|then)\s+)*(?!{NO_VERB})[a-z]+s\b"  # "shows", "also proves"
PROMISE = re.compile(rf"\{{[Cc]hapter\}}`(\d+)`\s+{DOES}")


def prose(text):
    """Markdown without code, descriptions of pictures and mentions that are roles."""
    kept, fences = [], []  # open fences: the marks, and whether code stands inside
    for line in text.splitlines():
        fence = FENCE.match(line)
        if fence and fences and not fence[2] and fences[-1][0] == fence[1]:
            fences.pop()
        elif fences and fences[-1][1]:
            continue
        elif fence:
            fences.append((fence[1], not re.match(r"\{(?!raw|code)", fence[2])))
            kept.append(fence[2])
        elif not re.match(r"\s*:?alt:", line):
            kept.append(line)
    return CODE.sub("", ROLE.sub("", "\n".join(kept)))


@cache
def words(path):
    """The text of a page and the captions of the figures that its code draws."""
    cells = jupytext.read(path, fmt="md:myst").cells
    captions = [cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "") for cell in cells]
    return "\n".join([*(cell.source for cell in cells if cell.cell_type == "markdown"), *captions])


def bare(text):
    return BARE.findall(prose(text))


def promises(text):
    """Promises of chapters that are written, without a place."""
    return [found[0] for found in PROMISE.finditer(text) if int(found[1]) in WRITTEN]


@every_source
def test_no_chapter_is_mentioned_without_the_role(path):
    assert bare(words(path)) == []


@every_source
def test_a_promise_says_where_it_is_kept(path):
    assert promises(words(path)) == []


MENTIONS = ["as chapter 7 shows", "Chapter\n7 asks", "in chapters 3 to 5", "see [chapter 6](06-first-gan.md)"]
MENTIONS += [
    "```{note}\nYes.\n```\n\nchapter 7\n\n```{note}\nNo.\n```",
    "````{tip}\n```python\n1\n```\nchapter 7\n````",
]


@pytest.mark.parametrize("text", MENTIONS)
def test_a_bare_mention_is_found(text):
    assert bare(text)


@pytest.mark.parametrize("text", ["{Chapter}`7 <circ>` asks", "`chapter 7`", "```python\nchapter = 'chapter 7'\n```"])
def test_a_role_and_code_are_no_bare_mentions(text):
    assert bare(text) == []


@pytest.mark.parametrize("text", ["{chapter}`6` shows", "{Chapter}`6` also\nproves", "which {chapter}`6` explains"])
def test_a_promise_without_a_place_is_found(text):
    assert promises(text)


@pytest.mark.parametrize("text", ["{chapter}`6 <nine-steps>` shows", "the steps of {chapter}`6`", "{chapter}`6` is"])
def test_a_place_or_no_promise_is_fine(text):
    assert promises(text) == []


def test_each_page_of_a_chapter_bears_its_planned_title():
    titles = {n: re.search(r"^# (.*)$", path.read_text(encoding="utf-8"), re.M)[1] for n, path in WRITTEN.items()}
    assert {n: chapter_links.PLANNED.get(n) for n in WRITTEN} == titles


def test_the_readme_lists_the_planned_titles():
    text = (BOOK.parent / "README.md").read_text(encoding="utf-8")
    assert [f"{n}. {title}" for n, title in chapter_links.PLANNED.items()] == re.findall(r"^\d+\. .*$", text, re.M)


def test_contents_are_in_the_order_of_the_plan():
    parts = yaml.safe_load((BOOK.parent / "_toc.yml").read_text(encoding="utf-8"))["parts"]
    listed = [int(match[1]) for part in parts for page in part["chapters"] if (match := CHAPTER.match(page["file"]))]
    assert listed == sorted(WRITTEN)


def test_each_mention_on_a_built_page_leads_to_that_chapter(soup, page):
    """Whatever reads "chapter 6" and is a link leads to the page with this number."""
    links = soup(page).article.find_all("a", class_="internal")
    named = [(int(found[1]), a["href"]) for a in links if (found := re.fullmatch(r"[Cc]hapter (\d+)", a.get_text()))]
    here = Path(page).name
    wrong = [(n, href) for n, href in named if not (href.split("#")[0] or here).split("/")[-1].startswith(f"{n:02d}-")]
    assert wrong == []
