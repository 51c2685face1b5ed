"""From one document to the next with what the page has stored, in a browser that at times loses it."""

#: What is stored, or null where the document may not or cannot store.
STORED = "() => { try { localStorage.setItem('witness', ''); return { ...localStorage }; } catch { return null; } }"


def leave(page, go, tries=5):
    """Do `go`, which leaves the document; put back what the browser has lost on the way, and go again.

    Under load Chromium loses what a document has stored just before it is left, whatever stored it: 3 of 200 plain
    `setItem` with four browsers on two cores, some for good, some until the next document. A witness stored beside it
    is lost with it; if the page has lost or forgotten its own, the witness is there.
    """
    for _ in range(tries):
        before = page.evaluate(STORED)
        go()
        if before is None or page.evaluate("'witness' in localStorage"):
            return
        page.evaluate("before => { localStorage.clear(); Object.assign(localStorage, before); }", before)
    raise AssertionError(f"the browser lost what was stored {tries} times")
