/* A look at what a link leads to: an equation, a figure, a term, a work. It comes when the pointer rests on the link or
   the keyboard reaches it, stays while either does or the pointer is in it, and goes with Escape. A tap follows the link
   as ever; a long press shows it as well, behind whatever the browser itself offers then. What stands on another page
   comes from preview-pool.js (previews.py), loaded when first needed. Without the script a link is a link. */
(() => {
  const LINKS = 'a[href*="#equation-"], a[href*="#fig-"], a[href*="#term-"], .bibtex-citation a, a:has(> .std-numref)';
  const PATIENCE = 250; // ms: as long as a pointer that passes by takes, or one that moves into the preview
  const GAP = 6; // px
  const article = document.querySelector("article");
  if (!article || !HTMLElement.prototype.showPopover) return;

  const root = new URL(document.documentElement.dataset.content_root, location.href);
  const box = document.createElement("div");
  box.className = "preview";
  box.id = "preview";
  box.role = "tooltip";
  box.popover = "manual";
  let link = null; // that is looked at
  let turn = 0; // of looking: what comes too late for its turn is not shown
  let timer, title, pool;

  function loadPool() {
    pool ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL("_static/preview-pool.js", root);
      script.onload = () => resolve(globalThis.ganlabPreviews);
      script.onerror = reject;
      document.head.append(script);
    });
    return pool;
  }

  /* What the link leads to, as new nodes; null for what has no preview. */
  async function target({ href }) {
    const { hash, pathname } = new URL(href);
    if (pathname === location.pathname) return copied(document.getElementById(decodeURIComponent(hash.slice(1))));
    const html = (await loadPool())[decodeURIComponent(href.slice(root.href.length))];
    if (!html) return null;
    const template = document.createElement("template");
    template.innerHTML = html;
    for (const image of template.content.querySelectorAll("img")) image.src = new URL(image.getAttribute("src"), root);
    return copied(template.content.firstElementChild);
  }

  function copied(found) {
    if (!found?.matches("div.math, figure, dt, div.citation")) return null;
    const copy = document.createElement("div");
    copy.append(found.cloneNode(true));
    if (found.matches("dt")) {
      let next = found.nextElementSibling;
      while (next && !next.matches("dd")) next = next.nextElementSibling;
      const name = document.createElement("strong");
      name.append(...copy.firstElementChild.childNodes);
      copy.replaceChildren(name, ...(next?.cloneNode(true).childNodes ?? []));
    }
    copy.querySelectorAll(".headerlink, .label, script, button").forEach((each) => each.remove());
    copy.querySelectorAll("a").forEach((each) => each.replaceWith(...each.childNodes)); // nothing in it takes the focus
    for (const each of copy.querySelectorAll("*")) ["id", "tabindex"].forEach((name) => each.removeAttribute(name));
    for (const each of copy.querySelectorAll('[role="region"], [role="listitem"]')) ["role", "aria-label"].forEach((name) => each.removeAttribute(name));
    return [...copy.childNodes];
  }

  /* A formula that is wider than the preview becomes smaller: what scrolls there no keyboard would reach. */
  function shrink(formula) {
    const ratio = formula.clientWidth / formula.querySelector("mjx-math").getBoundingClientRect().width;
    if (ratio < 1) formula.style.fontSize = `calc(${ratio.toFixed(3)} * ${formula.style.fontSize || "1em"})`;
  }

  async function show(wanted) {
    const mine = ++turn;
    const nodes = await target(wanted).catch(() => null);
    if (turn !== mine || !nodes) return;
    article.append(box);
    box.replaceChildren(...nodes);
    box.style.visibility = "hidden";
    box.showPopover();
    await window.MathJax?.startup?.promise;
    if (box.querySelector(".math:not(:has(mjx-container))")) await window.MathJax?.typesetPromise?.([box]);
    await Promise.all([...box.querySelectorAll("img")].filter(isShown).map(loaded));
    if (turn !== mine) return;
    box.querySelectorAll("mjx-container[display=true]").forEach(shrink);
    place(wanted.getBoundingClientRect());
    box.style.visibility = "";
    title = wanted.title; // the browser would show it, too
    wanted.removeAttribute("title");
    wanted.setAttribute("aria-describedby", box.id);
  }

  /* A figure is there in two looks, one of which is hidden, and is loaded only when it is seen. */
  const isShown = (image) => getComputedStyle(image).display !== "none";
  function loaded(image) {
    image.loading = "eager";
    return image.decode().catch(() => null);
  }

  /* Below the link, or above it where there is more room; a picture takes the room that is left. */
  function place(at) {
    const { clientWidth, clientHeight } = document.documentElement;
    const room = Math.max(at.top, clientHeight - at.bottom) - 2 * GAP;
    for (const image of box.querySelectorAll("img"))
      if (box.offsetHeight > room) image.style.maxHeight = `${Math.max(60, image.offsetHeight - box.offsetHeight + room)}px`;
    const below = at.bottom + GAP + box.offsetHeight <= clientHeight || at.top < clientHeight - at.bottom;
    const top = below ? at.bottom + GAP : at.top - GAP - box.offsetHeight;
    const left = Math.max(GAP, Math.min(at.left, clientWidth - box.offsetWidth - GAP));
    box.style.translate = `${left + scrollX}px ${top + scrollY}px`;
  }

  function hide() {
    clearTimeout(timer);
    turn += 1;
    if (!link) return;
    if (title) link.title = title;
    link.removeAttribute("aria-describedby");
    link = title = null;
    if (box.isConnected) box.hidePopover();
    box.remove();
  }

  function open(next) {
    if (next === link) return;
    hide();
    link = next;
    show(next);
  }

  const isWanted = () => link?.matches(":hover, :focus-visible") || box.matches(":hover");
  const later = (act) => { clearTimeout(timer); timer = setTimeout(act, PATIENCE); };
  const linkOf = ({ target: node }) => { const found = node.closest?.("a:not(.headerlink)"); return found?.matches(LINKS) && found; };

  function come(event) {
    const next = linkOf(event);
    if (next) later(() => { if (next.matches(":hover, :focus-visible")) open(next); });
    else if (box.contains(event.target)) clearTimeout(timer);
  }

  article.addEventListener("pointerover", (event) => { if (event.pointerType !== "touch") come(event); });
  article.addEventListener("focusin", (event) => { if (event.target.matches(":focus-visible")) come(event); });
  for (const leaving of ["pointerout", "focusout"])
    article.addEventListener(leaving, ({ pointerType }) => {
      if (pointerType === "touch") return; // a finger that is lifted leaves everything
      if (link) later(() => { if (!isWanted()) hide(); });
      else clearTimeout(timer);
    });
  article.addEventListener("contextmenu", (event) => {
    const next = event.pointerType === "touch" && linkOf(event);
    if (next) open(next);
  });
  for (const elsewhere of ["pointerdown", "click"])
    document.addEventListener(elsewhere, (event) => { if (!box.contains(event.target)) hide(); });
  document.addEventListener("keydown", ({ key }) => { if (key === "Escape") hide(); });
  addEventListener("pagehide", hide);
})();
