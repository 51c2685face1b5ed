/* Who marks a piece of text finds "Error in this paragraph?" behind it: the link at the end of the section
   (error_links.py) with the words that are marked. It comes next in the order of the keyboard, and goes when the reader
   points elsewhere or presses Escape. Nothing is sent before the link is followed, and then by the browser alone. */
(() => {
  const PARAGRAPHS = "p, dd, dt, li, td, th, figcaption";
  const LONGEST = 300; // characters that are quoted
  const QUOTED = /^(Page: .*\n\n)(> .*\n\n)?/;
  const article = document.querySelector("article");
  if (!article) return;

  const link = document.createElement("a");
  link.className = "error-here";
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = "Error in this paragraph?";

  function address(ofSection, words) {
    const url = new URL(ofSection);
    const body = url.searchParams.get("body").replace(QUOTED, (_, page) => `${page}> ${words}\n\n`);
    url.searchParams.set("body", body);
    return url.href;
  }

  /* The section's own link; a box may be a section that has none. */
  function ofSection(node) {
    for (let section = node.closest("section"); section; section = section.parentElement.closest("section")) {
      const found = section.querySelector(":scope > .error-link > a");
      if (found) return found.href;
    }
    return null;
  }

  function offer() {
    const marked = getSelection();
    const words = marked.toString().replace(/\s+/g, " ").trim().slice(0, LONGEST);
    if (!words) return;
    const { startContainer, endContainer, endOffset } = marked.getRangeAt(0);
    const end = endOffset ? endContainer : startContainer; // three clicks mark up to the beginning of what follows
    const element = end.nodeType === Node.TEXT_NODE ? end.parentElement : end;
    if (!article.contains(element) || link.contains(element)) return;
    const section = ofSection(element);
    const place = element.closest(PARAGRAPHS) ?? element.closest(".highlight, div.math, .derivation-formula");
    if (!section || !place || place.closest("button, label, [contenteditable]")) return;
    link.href = address(section, words);
    if (place.matches(PARAGRAPHS)) place.append(link);
    else place.after(link);
  }

  let timer;
  document.addEventListener("selectionchange", () => { clearTimeout(timer); timer = setTimeout(offer, 300); });
  document.addEventListener("pointerdown", ({ target }) => { if (target !== link) link.remove(); });
  document.addEventListener("keydown", ({ key }) => { if (key === "Escape") link.remove(); });
})();
