/* The page on paper: light whatever the screen shows, nothing folded, each answer at the end of its section.
   What only a screen can do is hidden by the print rules of book.css, which also unfold where no script runs. */
(() => {
  const root = document.documentElement;
  const ANSWERS = ".predict-answer, .bug + details, .try + details, .solution, .quiz-answers";
  const SHEET = 640; // px of text on A4 or Letter, inside wide margins
  const TYPE = 14; // px: the 10.5 points of book.css
  const undo = [];

  function change(apply, restore) {
    apply();
    undo.unshift(restore); // the last change is undone first
  }

  function lighten() {
    const { theme } = root.dataset;
    change(() => { root.dataset.theme = "light"; }, () => { root.dataset.theme = theme; });
  }

  /* The key to a test stays as it is: it is printed if the reader has opened it. */
  function unfold() {
    for (const fold of document.querySelectorAll("article details:not([open], .answer-key)"))
      change(() => { fold.open = true; }, () => { fold.open = false; });
    for (const box of document.querySelectorAll("article .toggle-hidden"))
      change(() => box.classList.remove("toggle-hidden"), () => box.classList.add("toggle-hidden"));
  }

  /* Help in steps is for the screen: on paper it would answer where one is asked. */
  function leaveOut(help) {
    const place = document.createComment("help in steps");
    change(() => help.replaceWith(place), () => place.replaceWith(help));
  }

  /* A formula cannot be broken, so one that is wider than the sheet becomes smaller. */
  function shrink(formula) {
    const { fontSize } = formula.style;
    const shown = parseFloat(getComputedStyle(formula.closest("article")).fontSize);
    const ratio = SHEET / ((formula.querySelector("mjx-math").getBoundingClientRect().width * TYPE) / shown);
    if (ratio < 1) change(() => { formula.style.fontSize = `calc(${ratio.toFixed(3)} * ${fontSize})`; }, () => { formula.style.fontSize = fontSize; });
  }

  /* Away from its question, an answer says which one it belongs to. */
  function nameAnswer(answer) {
    const quiz = answer.closest("gan-quiz")?.querySelector(".quiz-title strong");
    const box = answer.closest(".predict")?.querySelector(".admonition-title").firstChild;
    const question = quiz ?? box ?? answer.previousElementSibling?.querySelector(".admonition-title");
    const title = answer.querySelector(":scope > summary > .sd-summary-text, :scope > summary:not(:has(> *))");
    if (!title || !question) return;
    const name = document.createTextNode(`: ${question.textContent.trim()}`);
    change(() => title.append(name), () => name.remove());
  }

  /* Who reads on paper guesses first, too: the answer goes to the end of its section, or, if the page opens with the
     question, to the very end. (Boxes have sections of their own, which are not meant.) */
  function putAtTheEnd(answer) {
    const section = answer.parentElement.closest("section:not(.admonition > section)");
    const nested = section.parentElement.closest("section");
    const place = document.createElement("p");
    place.className = "answer-place";
    place.slot = answer.slot; // inside a form that is where the answer stood
    place.textContent = `The answer is at the ${nested ? "end of this section" : "very end"}.`;
    const next = nested && section.querySelector(":scope > section");
    change(
      () => { answer.replaceWith(place); section.insertBefore(answer, next); },
      () => place.replaceWith(answer),
    );
  }

  function lay() {
    if (undo.length) return;
    lighten();
    document.querySelectorAll(".ladder").forEach(leaveOut);
    unfold();
    document.querySelectorAll("article mjx-container[display=true]").forEach(shrink);
    const answers = document.querySelectorAll(ANSWERS);
    answers.forEach(nameAnswer);
    answers.forEach(putAtTheEnd);
  }

  function restore() {
    undo.splice(0).forEach((step) => step());
  }

  addEventListener("beforeprint", lay);
  addEventListener("afterprint", restore);
  matchMedia("print").addEventListener("change", ({ matches }) => (matches ? lay() : restore()));
})();
