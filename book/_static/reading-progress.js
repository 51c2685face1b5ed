/* Where one has read, kept in this browser and nowhere else: which pages were opened or read to the end, and where
   one stopped. The sidebar, the cards and the map show it; the landing page and the map lead back to the place, and
   forget all of it on demand. A page takes part if it says how long reading takes. Where the browser keeps nothing,
   nothing is shown. */
(() => {
  const KEY = "ganlab-reading";
  const WORDS = { end: "read to the end", begun: "begun" };
  const SIGNS = { end: "✓", begun: "…" };
  const root = new URL(document.documentElement.dataset.content_root, location.href).href;
  const article = document.querySelector("article");
  const nameOf = ({ href }) => decodeURIComponent(href.split(/[#?]/)[0]).slice(decodeURIComponent(root).length).replace(/\.html$/, "");
  const here = nameOf(location);

  function stored() {
    try {
      const { pages, last } = JSON.parse(localStorage.getItem(KEY));
      return { pages: { ...pages }, last };
    } catch {
      return { pages: {} }; // nothing is kept, or something else
    }
  }

  function keep(change) {
    const now = stored();
    now.last = here;
    now.pages[here] = { ...now.pages[here], ...change };
    try {
      localStorage.setItem(KEY, JSON.stringify(now));
    } catch {} // refused, or full
  }

  // Reading.

  /* The last heading above the middle of the screen, and whether the end has been seen. */
  function look() {
    const passed = [...article.querySelectorAll("section[id]")].filter((section) => section.getBoundingClientRect().top < innerHeight / 2);
    const section = passed.at(-1), heading = section?.querySelector("h1, h2, h3, h4").cloneNode(true);
    heading?.querySelector(".headerlink")?.remove();
    const seen = article.getBoundingClientRect().bottom <= innerHeight + 1;
    keep({ at: section?.id, heading: heading?.textContent, ...(seen && { end: true }) });
  }

  function watch() {
    let waiting = false;
    addEventListener("scroll", () => {
      if (!waiting) setTimeout(() => { waiting = false; look(); }, 200);
      waiting = true;
    }, { passive: true });
    keep({});
    if (document.documentElement.scrollHeight <= innerHeight) look();
  }

  // Showing.

  const stateOf = (page) => page && (page.end === true ? "end" : "begun");

  function mark(link, state) {
    const made = document.createElement("span"), sign = document.createElement("span"), words = document.createElement("span");
    made.className = "read-mark";
    sign.ariaHidden = "true";
    sign.textContent = SIGNS[state];
    words.className = "visually-hidden";
    words.textContent = ` (${WORDS[state]})`;
    made.append(sign, words);
    link.append(" ", made);
  }

  function markAll({ pages }) {
    for (const link of document.querySelectorAll(".bd-links a, .chapter-cards a, svg.book-map a")) {
      const state = stateOf(pages[nameOf(new URL(link.href.baseVal ?? link.href, location.href))]);
      if (!state) continue;
      const time = link.querySelector(".map-time");
      if (time) time.textContent += ` · ${state === "end" ? "read" : "begun"}`;
      else mark(link, state);
    }
  }

  /* A way back to the place, for pages that are still in the book. */
  function offer({ pages, last }) {
    const place = article.querySelector(".lead, svg.book-map");
    const known = [...document.querySelectorAll(".bd-links a")].find((link) => nameOf(link) === last);
    if (!place || !known || !pages[last]) return;
    const { at, heading } = pages[last];
    const box = document.createElement("div"), link = document.createElement("a"), note = document.createElement("p"), forget = document.createElement("button");
    box.className = "reading-place";
    link.href = at ? `${known.href.split("#")[0]}#${encodeURIComponent(at)}` : known.href;
    const title = known.firstChild.textContent.trim();
    link.textContent = `Continue reading: ${title}${heading && !title.endsWith(heading) ? `, “${heading}”` : ""}`;
    const done = Object.values(pages).filter((page) => stateOf(page) === "end").length;
    const opened = Object.keys(pages).length;
    note.textContent = `Opened: ${opened} ${opened === 1 ? "page" : "pages"}; read to the end: ${done}. This is kept in your browser only. `;
    forget.type = "button";
    forget.textContent = "Forget it";
    forget.addEventListener("click", () => clear(box));
    note.append(forget);
    box.append(link, note);
    place.before(box);
  }

  function clear(box) {
    try {
      localStorage.removeItem(KEY);
    } catch {}
    document.querySelectorAll(".read-mark").forEach((made) => made.remove());
    document.querySelectorAll(".map-time").forEach((time) => { time.textContent = time.textContent.split(" · ")[0]; });
    box.textContent = "What you have read is forgotten.";
    box.role = "status";
    box.tabIndex = -1;
    box.focus();
  }

  const before = stored();
  markAll(before);
  if (article) offer(before);
  if (article?.querySelector(".page-head")) watch();
})();
