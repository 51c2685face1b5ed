"""What every built page must hold, read from its HTML."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from execution import STAND_IN
from words import words

ROOT = Path(__file__).parents[2]
LOADED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "preconnect", "dns-prefetch", "prefetch", "manifest"}
LOADING = {"src", "srcset", "poster", "data"}
CSS_ADDRESS = re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')\s]+)""")
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))


def external(address: str) -> bool:
    return address.startswith(("http:", "https:", "//"))


def loaded_addresses(html):
    """Yield every address that a browser fetches without being asked to."""
    for tag in html.find_all(True):
        yield from (tag[name] for name in LOADING if name in tag.attrs and tag.name != "a")
        if tag.name == "link" and LOADED_LINKS & set(tag.get("rel", [])):
            yield tag["href"]
        if tag.name in {"use", "image"}:
            yield tag.get("href", tag.get("xlink:href", ""))
        yield from CSS_ADDRESS.findall(tag.get("style", ""))
    for style in html.find_all("style"):
        yield from CSS_ADDRESS.findall(style.get_text())


def prose(html) -> str:
    """Return the text of the article without code and formulas."""
    other = {"pre", "code", "script", "style", "svg"}
    return " ".join(words(html.article, lambda tag: tag.name in other or "math" in tag.get("class", ())))


def test_every_page_of_the_contents_is_built(site, page):
    assert (site / f"{page}.html").is_file()


def test_every_chapter_file_is_in_the_contents():
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    written = [f"chapters/{path.stem}" for path in (ROOT / "book" / "chapters").glob("*.md")]
    assert [name for name in written if f"file: {name}\n" not in contents] == []


def test_a_page_loads_nothing_from_elsewhere(soup, page):
    assert [address for address in loaded_addresses(soup(page)) if external(address)] == []


def test_a_page_carries_no_widget_code(soup, page):
    assert soup(page).select('script[type="application/vnd.jupyter.widget-state+json"]') == []


def test_stylesheets_load_nothing_from_elsewhere(site):
    sheets = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.css")}
    assert sheets
    assert {path: CSS_ADDRESS.findall(text) for path, text in sheets.items() if CSS_ADDRESS.search(text)} == {}


def test_every_local_address_resolves(site, soup, page):
    folder = (site / page).parent
    addresses = [urlsplit(a["href"]) for a in soup(page).select("a[href]") if not external(a["href"])]
    local = [a.path for a in addresses if a.scheme in {"", "file"} and a.path]
    assert [path for path in local if not (folder / unquote(path)).resolve().is_file()] == []


def test_every_anchor_exists(site, soup, anchors, page):
    links = [urlsplit(a["href"]) for a in soup(page).select("article a[href*='#']") if not external(a["href"])]
    here = (site / f"{page}.html").resolve()
    targets = [((here.parent / unquote(a.path)).resolve() if a.path else here, unquote(a.fragment)) for a in links]
    names = [(path.relative_to(site).with_suffix("").as_posix(), anchor) for path, anchor in targets if anchor]
    assert [(name, anchor) for name, anchor in names if anchor not in anchors(name)] == []


def test_colab_opens_a_notebook_of_the_repository(soup, chapter):
    repository = CONFIG["repository"]["url"].removeprefix("https://github.com")
    stored = f"{CONFIG['launch_buttons']['colab_url']}/github{repository}/blob/{CONFIG['repository']['branch']}/"
    (address,) = (a["href"] for a in soup(chapter).select("a.launch") if external(a["href"]))
    assert address.startswith(stored)
    assert (ROOT / address.removeprefix(stored)).is_file()


def test_download_is_the_notebook_of_the_page(site, soup, chapter):
    (link,) = soup(chapter).select("a.launch[download]")
    target = ((site / chapter).parent / link["href"]).resolve()
    assert target.read_bytes() == (ROOT / "notebooks" / f"{Path(chapter).name}.ipynb").read_bytes()


def test_each_figure_has_a_look_for_the_dark(soup, page):
    """But pictures of pages, which are as they were."""
    one_look = soup(page).select("article :is(figure, .cell_output) img:not(.light-look, .dark-look)")
    assert [image["src"] for image in one_look if "/course-" not in image["src"]] == []


def test_every_image_is_described(soup, page):
    pictures = soup(page).select("article img, article svg[role=img]")
    texts = [picture.get("alt", picture.get("aria-label", "")) for picture in pictures]
    assert [text for text in texts if len(text.split()) < 8 or re.search(r"\.(png|svg|jpg)\b", text)] == []


def test_an_id_names_one_element(soup, any_page):
    ids = [element["id"] for element in soup(any_page).select("[id]")]
    assert [name for name in set(ids) if ids.count(name) > 1] == []


def test_every_page_of_the_contents_is_described(soup, page):
    """The sentence that a search engine shows, and the card of a chapter."""
    (text,) = (meta["content"] for meta in soup(page).select("meta[name=description]"))
    assert 6 <= len(text.split()) <= 40
    assert text.endswith(".")


def test_two_pages_have_two_descriptions(site):
    described = re.compile(r'<meta name="description" content="([^"]*)"')
    texts = [text for path in site.rglob("*.html") for text in described.findall(path.read_text(encoding="utf-8"))]
    assert sorted(set(texts)) == sorted(texts)


def test_the_card_of_a_chapter_shows_its_description(soup, chapter):
    (card,) = (a.find_parent("li") for a in soup("index").select(".chapter-cards a") if f"{chapter}.html" == a["href"])
    description = soup(chapter).select_one("meta[name=description]")["content"]
    assert description == " ".join(card.select("p")[1].get_text().split())


def test_no_markup_is_left_over(soup, page):
    assert re.findall(r"\{[A-Za-z][\w:.-]*\}|:::|\[\[|\]\(|``", prose(soup(page))) == []
    assert soup(page).select("article cite, article .system-message, article .problematic") == []


def test_mathjax_and_its_macros_are_there(site, soup, page):
    (script,) = soup(page).select("script[src*='mathjax/']")
    assert ((site / page).parent / script["src"].split("?")[0]).resolve().is_file()
    assert r"p_{\\text{data}}" in next(s.text for s in soup(page).find_all("script") if "window.MathJax" in s.text)


def test_a_page_has_one_search_box(soup, page):
    assert len(soup(page).select("input[type=search]")) == 1


def test_a_chapter_has_the_number_of_its_file(soup, chapter):
    number = soup(chapter).select_one("h1 .section-number").get_text().strip(" .")
    assert Path(chapter).name.startswith(f"{int(number):02d}-")


def test_no_cell_shows_a_warning_but_that_of_the_stand_in_digits(soup, chapter):
    messages = [output.get_text() for output in soup(chapter).select("article .output.stderr")]
    assert [message for message in messages if not any(words in message for words in STAND_IN)] == []


def test_the_page_for_a_wrong_address_stands_alone(soup):
    page = soup("404")
    assert list(loaded_addresses(page)) == []
    assert all(external(a["href"]) for a in page.select("a"))


def test_the_landing_page_links_to_every_chapter(soup, chapter):
    assert f"{chapter}.html" in [a["href"] for a in soup("index").select(".chapter-cards a")]
