/* A table that is wider than its column is set in small type and, if that does not help, as a list of records: one row
   after the other under its first cell, the others with the names of their columns. Without the script it scrolls. */
(() => {
  const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell", TH: "columnheader" };
  const GRADES = ["small", "records"];

  /** Give each cell the name of its column, and each part the role that `display: block` takes away. */
  function prepare(table) {
    table.dataset.prepared = "";
    const names = [...table.tHead.rows[0].cells];
    for (const part of [table, ...table.querySelectorAll("thead, tbody, tr, th, td")]) part.role = ROLES[part.tagName];
    for (const row of table.tBodies[0].rows) [...row.cells].forEach((cell, i) => label(cell, i > 0 && names[i]));
  }

  function label(cell, name) {
    if (cell.tagName === "TH") cell.role = "rowheader";
    const content = document.createElement("div"), shown = document.createElement("div");
    content.className = "cell-content";
    content.append(...cell.childNodes);
    shown.className = "cell-name";
    shown.ariaHidden = "true"; // a screen reader names the column by itself
    if (name) shown.innerHTML = name.innerHTML.replace(/<\/?a\b[^>]*>/g, "").replace(/ id="[^"]*"/g, "");
    cell.append(...(name ? [shown, content] : [content]));
  }

  function fit(box) {
    const table = box.querySelector(":scope > table.table");
    if (table?.tHead?.rows.length !== 1 || table.tBodies.length !== 1) return;
    table.classList.remove(...GRADES);
    for (const grade of GRADES) {
      if (box.scrollWidth <= box.clientWidth) return;
      if (grade === "records" && !("prepared" in table.dataset)) prepare(table);
      table.classList.add(grade);
    }
  }

  addEventListener("load", async () => {
    await window.MathJax?.startup?.promise;
    const widths = new Map();
    const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => {
      if (widths.get(target) === target.clientWidth) return; // only its height changed
      widths.set(target, target.clientWidth);
      fit(target);
    }));
    document.querySelectorAll("article .pst-scrollable-table-container").forEach((box) => sizes.observe(box));
  });
})();
