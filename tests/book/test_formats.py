"""EPUB, PDF and ZIP of a small book: readable without scripts, whole, linked with their sizes."""

import re
import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from epub_pages import ANSWERS, declare, plain_drawing, readable
from loading import load_script
from pypdf import PdfReader, PdfWriter

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
PAGE = """<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title></head>
<body><div class="body">{}</div></body></html>"""
formats = load_script(ROOT / "scripts" / "formats.py")


def read(body):
    """The body of a page made readable, as XML that parses."""
    xhtml = readable(PAGE.format(body), {"E": r"\mathbb{E}"}, "https://book.org/a.html", "reader.css")
    ElementTree.fromstring(xhtml)
    return BeautifulSoup(xhtml, "html.parser")


def test_a_formula_becomes_mathml_with_the_macros_of_the_book():
    page = read(r'<span class="math">\(\E x\)</span><div class="math"><span class="eqno">(1)</span>\[a &lt; b\]</div>')
    inline, display = page.select("math")
    assert (inline["display"], display["display"]) == ("inline", "block")
    assert "𝔼" in inline.get_text() or "double-struck" in str(inline)
    assert display.find_previous_sibling(class_="eqno")
    assert "\\" not in page.get_text()


def spelled(tex):
    """Parts of a formula one after the other; a thin space is an underscore."""
    page = read(rf'<span class="math">\({tex}\)</span>')
    leaves = page.math.find_all(["mi", "mn", "mo", "mspace"])
    return " ".join("_" if leaf.name == "mspace" else leaf.get_text() for leaf in leaves)


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        (r"a\log D", "a _ log _ D"),
        (r"\log(1-D)", "log ( 1 − D )"),
        (r"\log_2 x", "log 2 _ x"),
        (r"2\exp\left(x\right)", "2 _ exp ( x )"),
        (r"x\cdot\log\log y", "x · log _ log _ y"),
        (r"(a)\tanh^2 b", "( a ) _ tanh 2 _ b"),
        (r"-\log |x|", "− log | x |"),
        (r"\arg\max_x f", "arg _ max x _ f"),
        (r"\operatorname{sd} x", "sd _ x"),
        (r"\operatorname{KL}(p)", "KL ( p )"),
        (r"\frac{\min a}{\log b}", "min _ a log _ b"),
        (r"\mathop{\operatorname{arg\,min}}_x y", "arg _ min x _ y"),
    ],
)
def test_names_keep_the_distance_that_tex_gives_them(tex, parts):
    assert spelled(tex) == parts


def test_limits_stand_below_in_a_display_and_beside_in_a_line():
    page = read(r'<div class="math">\[\min_G \log_2 \det x\]</div>')
    assert page.select_one("munder > mo[movablelimits=true]").get_text() == "min"
    assert page.select("mi[movablelimits]") == []
    assert page.select_one("msub > mi").get_text() == "log"


@pytest.mark.parametrize("name", ["aligned", "gathered", "split"])
def test_lines_of_a_formula_are_rows(name):
    tex = r"\[\begin{split}\begin{NAME} a &= b \\ &= c \end{NAME}\end{split}\]".replace("NAME", name)
    page = read(f'<div class="math">{tex.replace("&", "&amp;")}</div>')
    assert len(page.select("math mtr")) == 2
    assert "&" not in page.math.get_text()


def test_answers_stand_at_the_end_and_lead_back():
    quiz = '<gan-quiz id="q"><p class="quiz-title"><strong>Question 1</strong></p>{}</gan-quiz><p>After.</p>'
    page = read(quiz.format('<details class="quiz-answers"><summary>Answer</summary><p>B.</p></details>'))
    there, back = page.select_one(".answer-place a"), page.select_one(".answer h3 a")
    assert page.find(id=there["href"][1:]).get_text().strip().startswith("Question 1")
    assert page.find(id=back["href"][1:]) is there.parent
    assert page.get_text().index("After.") < page.get_text().index("B.")
    assert page.select("details, summary, gan-quiz") == []


INNER = ['<div class="solution">{}</div>', '<p class="bug"></p><details>{}</details>', '<p class="quiz-answers">{}</p>']


@pytest.mark.parametrize("inner", INNER)
def test_an_answer_within_an_answer_moves_with_it_as_one(inner):
    page = read(f'<p>Before.</p><p class="try"></p><details><p>Outer.</p>{inner.format("Inner.")}</details>')
    assert len(page.select(".answer-place")) == len(page.select(".answer")) == 1
    assert "Outer." in page.select_one(".answer").get_text()
    assert "Inner." in page.select_one(".answer").get_text()


def test_paper_takes_the_same_for_answers():
    script = (ROOT / "book/_static/paper.js").read_text(encoding="utf-8")
    listed = re.search(r'ANSWERS = "(.+)"', script)[1]
    assert sorted(listed.split(", ")) == sorted(ANSWERS.split(", "))


def test_a_lab_is_a_sentence_and_a_link_to_where_it_plays():
    page = read("<gan-lab seed='0'><p>Here belongs a lab, which this page cannot show.</p></gan-lab>")
    assert page.select_one("a")["href"] == "https://book.org/a.html"
    assert "seed" not in str(page)


def test_what_only_a_browser_uses_is_left_out_and_pictures_keep_their_names():
    page = readable(PAGE.format('<script>1</script><button>b</button><svg viewBox="0 0 1 1"/>'), {}, "", "a.css")
    assert re.findall("script|button", page) == []
    assert 'viewBox="0 0 1 1"' in page


def test_the_package_says_which_pages_hold_formulas_and_pictures():
    package = '<item href="a.xhtml" id="a"/><item href="nav.xhtml" properties="nav"/><item href="b.css"/>'
    said = declare(package, lambda href: "<math/><svg/>" if href != "b.css" else "")
    assert said == package.replace('<item href="a', '<item properties="mathml svg" href="a')


def test_a_drawing_asks_for_nothing_and_has_what_a_validator_wants():
    drawing = '<!DOCTYPE svg PUBLIC "a" "b"><svg><path id="space"/><g font-weight="650"><path d="M1 1"/></g></svg>'
    assert plain_drawing(drawing) == '<svg><path d="M0 0" id="space"/><g font-weight="600"><path d="M1 1"/></g></svg>'


# A small book.


def build_epub(folder):
    """Write the EPUB of tests/book/connected."""
    source = Path(__file__).with_name("connected")
    settings = ["-D", f"external_toc_path={source / '_toc.yml'}"]
    command = [sys.executable, "-m", "sphinx", "-q", "-c", ".", "-n", "-W", "-b", "epub", *settings]
    command += ["-d", folder.with_name("epub-doctrees"), source, folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture(scope="module")
def epub(once):
    """The EPUB of tests/book/connected, written a second time where a page lies that the book no longer has."""

    def build(folder):
        build_epub(folder)
        (folder / "gone.xhtml").write_text("<html/>")
        build_epub(folder)

    with zipfile.ZipFile(once("epub", build) / "learn-gans.epub") as opened:
        yield opened


def test_an_epub_that_is_written_again_has_its_pages_once(epub):
    pages = {name: epub.read(name).decode() for name in epub.namelist() if name.endswith(".xhtml")}
    assert not [name for name in pages if "gone" in name]
    for name, page in pages.items():
        names = re.findall(r'\sid="([^"]+)"', page)
        assert len(names) == len(set(names)), name


def test_every_page_of_an_epub_is_xml_without_scripts(epub):
    pages = [name for name in epub.namelist() if name.endswith(".xhtml")]
    assert len(pages) >= 4
    for name in pages:
        tree = ElementTree.fromstring(epub.read(name))
        assert not [e.tag for e in tree.iter() if re.search(r"\}(script|button|details|input)$|-", str(e.tag))]


def test_an_epub_holds_no_cargo(epub):
    assert [n for n in epub.namelist() if n.endswith((".js", ".ipynb", ".woff2")) or "mathjax" in n] == []


@pytest.fixture(scope="module")
def offered(once, connected, chromium):
    """A copy of the small site with PDF and ZIP."""

    def make(folder):
        shutil.copytree(connected, folder, dirs_exist_ok=True)
        index = folder / "index.html"
        index.write_text(index.read_text() + "<!--formats--><!--/formats-->")
        pages = [f"chapters/{path.stem}" for path in sorted((folder / "chapters").glob("*.html"))] + ["words"]
        (folder / "formats").mkdir()
        context = chromium.new_context(offline=True)
        formats.write_pdfs(context, folder, folder / "formats", pages, CONFIG)
        context.close()
        formats.write_zip(folder, folder / "formats" / "learn-gans.zip")
        formats.offer(folder)

    return once("offered", make)


def test_the_whole_has_contents_bookmarks_and_a_number_on_each_sheet(offered):
    whole = PdfReader(offered / "formats" / "learn-gans.pdf")
    assert [page.extract_text().split()[-1] for page in whole.pages] == [str(n + 1) for n in range(len(whole.pages))]
    titles = [entry.title for entry in whole.outline if not isinstance(entry, list)]
    assert titles[0] == "Contents"
    assert len(titles) == 2 + len(list((offered / "chapters").glob("*.html")))
    assert "Contents" in whole.pages[0].extract_text()


def test_bookmarks_are_spelled_as_the_headings_are(chromium, tmp_path):
    heading = "How many steps? <i>k</i>, each with a fresh minibatch"
    body = f'<h1>One<a>#</a></h1><h2 style="width: 9em">{heading}</h2><p>Text.</p><h2>Two</h2>'
    (tmp_path / "one.html").write_text(f"<title>One</title><article>{body}</article>")
    context = chromium.new_context(offline=True)
    page = formats.printed(context, tmp_path, "one")
    context.close()
    assert page.title == "One"
    assert list(page.sections()) == [("How many steps? k, each with a fresh minibatch", 0), ("Two", 0)]


def test_what_stands_on_a_sheet_is_packed(offered):
    for path in (offered / "formats").rglob("*.pdf"):
        texts = [sheet["/Contents"].get_object() for sheet in PdfReader(path).pages]
        parts = [part.get_object() for text in texts for part in (text if isinstance(text, list) else [text])]
        assert {part.get("/Filter") for part in parts} == {"/FlateDecode"}, path.name


def test_no_link_of_a_pdf_leads_to_the_disk_it_was_made_on(offered):
    for path in (offered / "formats").rglob("*.pdf"):
        targets = [target for *_, target in formats.links(PdfWriter(clone_from=path))]
        assert [target for target in targets if target.startswith(("file:", "sheet:"))] == []


def test_links_between_pages_lead_to_sheets_of_the_whole(offered):
    whole = PdfReader(offered / "formats" / "learn-gans.pdf")
    annotations = [a.get_object() for page in whole.pages for a in page.get("/Annots", ())]
    places = [a["/Dest"][0].get_object() for a in annotations if "/Dest" in a and not isinstance(a["/Dest"], str)]
    assert len(places) > 5
    assert {whole.get_page_number(place) for place in places} - {0}


def test_the_zip_is_the_site_without_these_files(offered):
    with zipfile.ZipFile(BytesIO((offered / "formats" / "learn-gans.zip").read_bytes())) as packed:
        names = packed.namelist()
    assert {"learn-gans/index.html", "learn-gans/_static/mathjax/tex-chtml.js"} <= set(names)
    assert [name for name in names if name.startswith("learn-gans/formats")] == []


def test_formats_take_the_place_of_older_ones_all_together_or_not_at_all(tmp_path):
    folder = tmp_path / "html" / "formats"
    (folder / "chapters").mkdir(parents=True)
    old = {"learn-gans.pdf": "old", "learn-gans.epub": "old", "chapters/01-one.pdf": "old"}
    for name, text in old.items():
        (folder / name).write_text(text)
    new = {"learn-gans.pdf": "new", "chapters/01-one.pdf": "new", "learn-gans.zip": "new"}

    def write(stopped):
        with formats.replacing(folder) as made:
            (made / "chapters").mkdir()
            for name, text in new.items():
                (made / name).write_text(text)
            if stopped:
                raise KeyboardInterrupt

    def found():
        return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}

    with pytest.raises(KeyboardInterrupt):
        write(stopped=True)
    assert found() == old
    write(stopped=False)
    assert found() == old | new
    assert sorted(tmp_path.rglob(".*")) == []


def test_the_landing_page_offers_what_there_is_with_its_size_and_again_the_same(offered):
    text = (offered / "index.html").read_text()
    links = BeautifulSoup(text, "html.parser").select("a[href^='formats/']")
    assert [a["href"] for a in links][:2] == ["formats/learn-gans.pdf", "formats/learn-gans.zip"]
    assert all((offered / a["href"]).is_file() for a in links)
    assert len(re.findall(r"\(\d+\.\d MB\)", text)) == 2
    formats.offer(offered)
    assert (offered / "index.html").read_text() == text
