"""Pages in a browser that runs no script: all is there to be read, or opened by what the browser itself can."""

import pytest

# The lab of the landing page plays with scripts only: the film stands in its place (tests/browser/test_digit_lab.py).
TEXTS = "article :is(p, li, pre, td, th, h1, h2, h3):not(details *, .sd-tab-content *, .hero-lab *)"
UNSEEN = "all => all.filter((e) => e.textContent.trim() && !e.getClientRects().length).map((e) => e.textContent)"


@pytest.fixture(scope="module", params=[1280, 390])
def plain(chromium, request):
    """A tab without scripts whose system is dark."""
    size = {"width": request.param, "height": 900}
    context = chromium.new_context(offline=True, java_script_enabled=False, color_scheme="dark", viewport=size)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def read(plain, address, known):
    """A function of a page's name: what is found on it, opened once for all."""

    def look(page):
        plain.goto(address(page).as_uri())
        return {
            "unseen": plain.locator(TEXTS).evaluate_all(UNSEEN),
            "buttons": plain.locator(":is(button, [role=button]):visible").all_inner_texts(),
            "contents": plain.locator(".bd-sidebar-primary a[href]").last.is_visible(),
        }

    width = plain.viewport_size["width"]
    return lambda page: known(f"plain-{width}-{page.replace('/', '-')}", lambda: look(page))


def test_no_text_is_hidden_but_behind_folds_that_open(read, any_page):
    assert read(any_page)["unseen"] == []


def test_every_fold_opens(plain, everything):
    plain.goto(everything.as_uri())
    folds = plain.locator("article details")
    for fold in folds.all():
        if fold.get_attribute("open") is None:  # a derivation is unfolded from the start
            fold.locator("> summary").click()
        assert fold.locator("> :not(summary)").first.is_visible()
    assert folds.count() >= 5
    plain.locator(".sd-tab-set > label").nth(1).click()
    assert plain.get_by_text("The second tab.").is_visible()


def test_no_button_stands_there_that_does_nothing(read, any_page):
    assert read(any_page)["buttons"] == []


def test_the_contents_can_be_reached(read, any_page):
    assert read(any_page)["contents"]


def test_the_page_has_the_colours_of_the_light_theme(plain, site):
    plain.goto((site / "notation.html").as_uri())
    box = plain.locator("html")
    assert box.get_attribute("data-theme") == "light"
