"""What a shared address shows, and what a search engine finds: description, canonical address, card, list of pages."""

import queue
import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
import sharing
import yaml
from PIL import Image

ROOT = Path(__file__).parents[2]
PAGES = ["index", *re.findall(r"- file: (\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))]
BASE = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["html"]["baseurl"]


def front_matter(page):
    text = (ROOT / "book" / f"{page}.md").read_text(encoding="utf-8")
    return yaml.safe_load(text.split("---\n")[1])


def test_a_description_has_the_length_that_is_shown_whole(page):
    description = " ".join(front_matter(page)["description"].split())
    assert 50 <= len(description) <= 160


def test_title_and_description_fit_the_card(page):
    text = (ROOT / "book" / f"{page}.md").read_text(encoding="utf-8")
    title = re.search(r"^# (.*)$", text, re.M)[1]
    description = " ".join(front_matter(page)["description"].split())
    card = np.asarray(sharing.draw("head", title, description, None).convert("L"))
    assert (card[: sharing.FIGURE_TOP, -sharing.MARGIN // 2 :] == 255).all()


@pytest.mark.parametrize("size", [(1800, 600), (300, 900), (40, 40)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_a_figure_of_any_shape_stands_whole_below_the_words(tmp_path, size, mode):
    path = tmp_path / "figure.png"
    Image.new("RGB", size, "black").convert(mode).save(path)
    card = sharing.draw("head", "A title", "A description of the page.", path)
    assert card.size == sharing.SIZE
    rows, columns = (np.asarray(card.convert("L"))[sharing.FIGURE_TOP :, :] < 40).nonzero()
    assert 0 == rows.min() < rows.max() < sharing.SIZE[1] - sharing.FIGURE_TOP - 20
    assert np.ptp(columns) / np.ptp(rows) == pytest.approx(size[0] / size[1], rel=0.05)


def test_every_page_is_listed_also_if_none_was_written_in_this_build():
    pages = queue.Queue()
    pages.put(("404.html", None))
    builder = SimpleNamespace(name="html", get_target_uri="{}.html".format)
    app = SimpleNamespace(sitemap_links=pages, builder=builder, env=SimpleNamespace(found_docs={"b", "a"}))
    sharing.list_pages(app, None)
    assert list(pages.queue) == [("a.html", None), ("b.html", None)]


@pytest.mark.parametrize("name", ["notebooks", "epub"])
def test_what_is_no_site_gets_no_list(name):
    pages = queue.Queue()
    pages.put(("a.html", None))
    sharing.list_pages(SimpleNamespace(sitemap_links=pages, builder=SimpleNamespace(name=name)), None)
    assert pages.empty()


# The built site.


def listed(site):
    return [element.text for element in ElementTree.parse(site / "sitemap.xml").iter() if element.tag.endswith("loc")]


def test_the_list_has_every_page_and_nothing_else(site):
    assert sorted(listed(site)) == sorted(f"{BASE}{page}.html" for page in PAGES)


def test_a_page_has_title_description_canonical_address_and_card(soup, site, page):
    html = soup(page)
    tags = {tag["property"]: tag["content"] for tag in html.select("meta[property^='og:']")}
    description = html.select_one("meta[name=description]")["content"]
    heading = html.select_one("h1").find(string=True, recursive=False)
    (canonical,) = (link["href"] for link in html.select("link[rel=canonical]"))
    assert heading in html.title.get_text()
    assert heading in tags["og:title"]
    assert tags["og:description"] == description
    assert canonical == tags["og:url"] == f"{BASE}{page}.html"
    assert canonical in listed(site)
    assert html.select_one("meta[name='twitter:card']")["content"] == "summary_large_image"
    with Image.open(site / tags["og:image"].removeprefix(BASE)) as card:
        assert card.size == (int(tags["og:image:width"]), int(tags["og:image:height"]))
    assert tags["og:image:alt"].startswith(heading)


def test_cards_are_light_and_two_pages_have_two(site):
    cards = [path.read_bytes() for path in (site / sharing.FOLDER).glob("*.png")]
    assert len(set(cards)) == len(cards) == len(PAGES)
    assert max(map(len, cards)) < 150_000
