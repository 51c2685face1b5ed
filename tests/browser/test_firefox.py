"""Same seed, same weights in Chromium, Firefox and Node."""

import hashlib
import json

import pytest
from bridge import ask_node
from firefox import find_firefox, firefox
from lab_page import BUNDLE, PAGE

SEED = 3
STEPS = {"gan-lab-1d": 300, "gan-lab-2d": 300, "digit-lab": 20}
#: A page of TypeScript alone, and one with WebAssembly's vectors.
PLAIN, VECTORS = "<script>delete window.WebAssembly</script>", ""
RUN = """(async () => {
  const e = document.querySelector('TAG');
  await e.ready;
  e.reset(SEED);
  e.step(STEPS);
  const { G, D } = e.run.model.gan.save();
  return [G, D].map(player => Array.from(player.p ?? player));
})()"""


def digest(players):
    """Short, so that a failure can be read; each number to its last bit."""
    bits = json.dumps([[float(w).hex() for w in player] for player in players])
    return hashlib.sha256(bits.encode()).hexdigest()[:12]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    program = find_firefox()
    if not program:
        pytest.skip("Firefox is not installed: Debian's package is firefox-esr")
    with firefox(program, tmp_path_factory.mktemp("firefox")) as started:
        yield started


@pytest.mark.slow
@pytest.mark.parametrize("before", [PLAIN, VECTORS], ids=["TypeScript", "vectors"])
@pytest.mark.parametrize("tag", STEPS)
def test_same_seed_same_weights_in_chromium_firefox_and_node(open_page, browser, tmp_path, tag, before):
    file = tmp_path / "page.html"
    text = PAGE.format(labs=f"<{tag}></{tag}>{before}", script=BUNDLE.as_uri(), theme="light")
    file.write_text(text, encoding="utf-8")
    run = RUN.replace("TAG", tag).replace("SEED", str(SEED)).replace("STEPS", str(STEPS[tag]))
    browser.open(file)
    there = browser.evaluate("'WebAssembly' in window")
    assert there == (before == VECTORS)
    (in_node,) = ask_node("weights", [{"tag": tag, "seed": SEED, "steps": STEPS[tag]}])
    found = {
        "Chromium": digest(open_page(file).evaluate(run)),
        f"Firefox {browser.version}": digest(browser.evaluate(run)),
        "Node": digest(in_node),
    }
    assert len(set(found.values())) == 1, found
