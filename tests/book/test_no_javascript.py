"""Pages in a browser that runs no script: all is there to be read, or opened by what the browser itself can."""

import pytest

# The lab of the landing page plays with scripts only: the film stands in its place (tests/browser/test_digit_lab.py).
TEXTS = "article :is(p, li, pre, td, th, h1, h2, h3):not(details *, .sd-tab-content *, .hero-lab *)"
UNSEEN = "all => all.filter((e) => e.textContent.trim() && !e.getClientRects().length).map((e) => e.textContent)"


WIDTHS = (1280, 390)
each_width = pytest.mark.parametrize("width", WIDTHS)


@pytest.fixture(scope="module")
def plain(chromium):
    """A tab without scripts whose system is dark."""
    context = chromium.new_context(offline=True, java_script_enabled=False, color_scheme="dark")
    yield context.new_page()
    context.close()


def become(tab, width):
    tab.set_viewport_size({"width": width, "height": 900})


@pytest.fixture(scope="module")
def read(plain, address, known):
    """A function of a page's name and a width: what is found on it, opened once for all, since no script runs."""

    def seen():
        return {
            "unseen": plain.locator(TEXTS).evaluate_all(UNSEEN),
            "buttons": plain.locator(":is(button, [role=button]):visible").all_inner_texts(),
            "contents": plain.locator(".bd-sidebar-primary a[href]").last.is_visible(),
        }

    def look(page):
        plain.goto(address(page).as_uri())
        found = {}
        for width in WIDTHS:
            become(plain, width)
            found[str(width)] = seen()
        return found

    return lambda page, width: known(f"plain-{page.replace('/', '-')}", lambda: look(page))[str(width)]


@each_width
def test_no_text_is_hidden_but_behind_folds_that_open(read, kind_of_page, width):
    assert read(kind_of_page, width)["unseen"] == []


@each_width
def test_every_fold_opens(plain, everything, width):
    become(plain, width)
    plain.goto(everything.as_uri())
    folds = plain.locator("article details")
    for fold in folds.all():
        if fold.get_attribute("open") is None:  # a derivation is unfolded from the start
            fold.locator("> summary").click()
        assert fold.locator("> :not(summary)").first.is_visible()
    assert folds.count() >= 5
    plain.locator(".sd-tab-set > label").nth(1).click()
    assert plain.get_by_text("The second tab.").is_visible()


@each_width
def test_no_button_stands_there_that_does_nothing(read, kind_of_page, width):
    assert read(kind_of_page, width)["buttons"] == []


@each_width
def test_the_contents_can_be_reached(read, kind_of_page, width):
    assert read(kind_of_page, width)["contents"]


def test_the_page_has_the_colours_of_the_light_theme(plain, site):
    plain.goto((site / "notation.html").as_uri())
    box = plain.locator("html")
    assert box.get_attribute("data-theme") == "light"
