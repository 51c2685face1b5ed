/* What test_paper.py asks of a page in print media; the elements of shadow roots are looked at, too. */
window.paper = (() => {
  function* every(root) {
    for (const e of root.querySelectorAll("*")) {
      yield e;
      if (e.shadowRoot) yield* every(e.shadowRoot);
    }
  }
  const style = (e) => getComputedStyle(e);
  const seen = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && e.getClientRects().length > 0;
  const name = (e) => `${e.localName}.${e.className?.baseVal ?? e.className} ${(e.textContent ?? "").trim().slice(0, 60)}`;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const COLOURS = ["color", "backgroundColor", "borderLeftColor", "filter", "fill", "stroke", "colorScheme"];
  const CONTROLS = "button, .btn, input, select, textarea, dialog, nav, .headerlink, .grip, [role=button], [role=slider], [role=switch]";
  const FOLDS = "details > *, .toggle > *, .toggle-details > *, .sd-tab-content, .cell_input, .cell_output";
  const ANSWER = ".solution, .quiz-answers, .predict-answer, .sd-dropdown:not(.admonition .sd-dropdown)";
  const sideways = (e) => /auto|scroll/.test(style(e).overflowX) && e.scrollWidth > e.clientWidth + 1;
  const down = (e) => /auto|scroll/.test(style(e).overflowY) && e.scrollHeight > e.clientHeight + 1;
  const over = (e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1;

  const canvases = () => [...every(document.body)].filter((e) => e.localName === "canvas").map((e) => e.toDataURL());

  const firstFive = (kinds = {}) => (e) => !e.matches(".highlight pre span") || (kinds[e.className] = (kinds[e.className] ?? 0) + 1) <= 5;

  return {
    /** Formulas are set, links replayed, and pictures that are drawn bit by bit complete. */
    settled: async () => {
      await window.MathJax?.startup?.promise;
      await Promise.all([...every(document.body)].map((e) => e.ready));
      for (let last = null, now = canvases().join(); now !== last; [last, now] = [now, canvases().join()]) {
        await new Promise((done) => setTimeout(done, 300));
      }
    },
    /** The colours of everything but the parts of a formula, which take those of the text, and words of programs whose
     * kind was seen five times. */
    colours: (isNew = firstFive()) => [...every(document.body)].filter((e) => !e.matches("mjx-container *") && isNew(e) && seen(e))
      .map((e) => [name(e), ...COLOURS.map((key) => style(e)[key])].join(" ")),
    /** The pictures of the labs, as they are when the browser takes them for paper: no frame later. */
    pictures: () => {
      dispatchEvent(new Event("beforeprint"));
      const drawn = canvases();
      dispatchEvent(new Event("afterprint"));
      return drawn;
    },
    /** What a reader would have to click. */
    controls: () => [...every(document)].filter((e) => e.matches(CONTROLS) && seen(e)).map(name),
    folded: () => all(`:is(${FOLDS}):not(summary, script, style, .answer-place, .answer-key > *)`)
      .filter((e) => e.textContent.trim() && !(seen(e) && e.getBoundingClientRect().height > 8)).map(name),
    /** What reaches over the sheet's edge, and what would have to be scrolled. */
    cut: () => all("article *:not(mjx-math *, mjx-assistive-mml, mjx-assistive-mml *, svg *)")
      .filter((e) => seen(e) && (over(e) || sideways(e) || down(e))).map(name),
    /** What follows the first answer of a section, before its subsections, and is no answer. */
    afterAnswers: () => all("section:not(.admonition > section)").flatMap((section) => {
      const own = [...section.children].filter((e) => e.localName !== "section" && seen(e));
      const first = own.findIndex((e) => e.matches(ANSWER));
      return first < 0 ? [] : own.slice(first).filter((e) => !e.matches(ANSWER)).map(name);
    }),
    /** The article without what follows its width: tab stops and names of boxes that scroll. */
    structure: () => document.querySelector("article")?.outerHTML.replace(/ (tabindex|role|aria-label)="[^"]*"/g, ""),
  };
})();
