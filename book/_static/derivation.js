/* A derivation is unfolded step by step; without this script, and on paper, all of it is shown. The steps wait until
   the formulas are set, since nothing that is hidden has a size to set them in. */
(() => {
  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function fold(box) {
    const steps = [...box.querySelectorAll(".derivation-step")].slice(1);
    const status = document.createElement("p");
    status.className = "derivation-status";
    status.role = "status";
    let shown = 0;

    function show(count) {
      shown = count;
      steps.forEach((step, i) => { step.hidden = i >= shown; });
      const done = shown === steps.length;
      next.hidden = all.hidden = done;
      again.hidden = !done;
      status.textContent = shown ? `Step ${shown} of ${steps.length}.` : "";
    }

    const next = button("Next step", () => {
      show(shown + 1);
      if (next.hidden) again.focus();
    });
    const all = button("Show all", () => { show(steps.length); again.focus(); });
    const again = button("Fold again", () => { show(0); next.focus(); });
    const bar = document.createElement("div");
    bar.className = "derivation-bar";
    bar.append(next, all, again, status);
    box.querySelectorAll(".derivation-why").forEach((why) => { why.open = false; });
    box.append(bar);
    show(0);
  }

  addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    document.querySelectorAll(".derivation").forEach(fold);
  });
})();
