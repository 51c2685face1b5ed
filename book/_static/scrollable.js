/* What is wider than its box scrolls, and then the keyboard must reach it, under a name. The theme sees to code, outputs
   and tables when the window changes; here formulas join them, and all that is unfolded, or comes, later. */
(() => {
  const NAMES = { ".bd-sidebar-secondary": "Contents of the page", "mjx-container[display=true]": "Formula", ".derivation-formula": "Step", ".pst-scrollable-table-container": "Table", ".cell_output, .cell_output > .output": "Output", pre: "Code" };
  const SCROLLING = Object.keys(NAMES).join(", ");
  let count = 0;

  function look(box) {
    const down = getComputedStyle(box).overflowY !== "hidden" && box.scrollHeight > box.clientHeight;
    if (!down && box.scrollWidth <= box.clientWidth) return ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
    box.tabIndex = 0;
    if (box.role === "region") return;
    const [, name] = Object.entries(NAMES).find(([selector]) => box.matches(selector));
    box.role = "region";
    box.ariaLabel = `${name} ${++count}, scrolls`; // two regions of one page differ in name
  }

  addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    const main = document.getElementById("main-content");
    const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => look(target)));
    const watch = () => main.querySelectorAll(SCROLLING).forEach((box) => { if (!box.closest(".preview")) sizes.observe(box); }); // nothing in a preview scrolls
    new MutationObserver(watch).observe(main, { childList: true, subtree: true });
    watch();
  });
})();
