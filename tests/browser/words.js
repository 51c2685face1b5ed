// Loaded before the labs: notes the words and curves that they draw, so that `window.faults(lab)` can say what is cut, covered or pale.
(() => {
  const pen = CanvasRenderingContext2D.prototype;
  const seen = new WeakMap();
  const drawn = (canvas) => seen.get(canvas) ?? (seen.set(canvas, { words: [], curves: [], marks: [] }), seen.get(canvas));
  const wrap = (name, before) => {
    const original = pen[name];
    pen[name] = function (...args) { before.call(this, ...args); return original.apply(this, args); };
  };
  wrap("clearRect", function () { seen.delete(this.canvas); });
  wrap("fillText", function (text, x, y) {
    const m = this.measureText(text), { a, d, e, f } = this.getTransform();
    const ratio = this.canvas.width / (this.canvas.clientWidth || 1);
    const [left, right] = [x - m.actualBoundingBoxLeft, x + m.actualBoundingBoxRight].map((v) => (a * v + e) / ratio);
    const [top, bottom] = [y - m.actualBoundingBoxAscent, y + m.actualBoundingBoxDescent].map((v) => (d * v + f) / ratio);
    if (text.trim()) drawn(this.canvas).words.push({ text, left, right, top, bottom, color: this.fillStyle });
  });
  let path = [], inside = () => true;
  wrap("beginPath", () => { path = []; });
  wrap("rect", function (x, y, w, h) { const { a, d, e, f } = this.getTransform(); path.rect = [a * x + e, d * y + f, a * (x + w) + e, d * (y + h) + f]; });
  wrap("clip", () => { const [l, t, r, b] = path.rect; inside = ([x, y]) => x >= l && x <= r && y >= t && y <= b; });
  wrap("restore", () => { inside = () => true; });
  wrap("lineTo", function (x, y) { const { a, d, e, f } = this.getTransform(); path.push([a * x + e, d * y + f]); });
  wrap("stroke", function () {
    const ratio = this.canvas.width / (this.canvas.clientWidth || 1);
    if (path.length < 8 || this.lineWidth < 1.5) return;
    if (this.canvas.closest(".map")) return void drawn(this.canvas).marks.push([this.lineWidth, path.length]); // full: words have a halo there
    drawn(this.canvas).curves.push(path.filter(inside).map(([x, y]) => [x / ratio, y / ratio]));
  });

  const show = ({ text, left, top }) => `“${text}” at ${Math.round(left)}, ${Math.round(top)}`;
  const overlap = (a, b, by = 1) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > by && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by;
  const pairs = (boxes) => boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => overlap(a, b)).map((b) => `${show(a)} and ${show(b)} overlap`));

  function crosses({ left, right, top, bottom }, curve) {
    for (let i = 1; i < curve.length; i++) {
      const [[x0, y0], [x1, y1]] = [curve[i - 1], curve[i]];
      const n = Math.ceil(Math.hypot(x1 - x0, y1 - y0) / 2) || 1;
      if (!(n < 5000)) continue;
      for (let k = 0; k <= n; k++) {
        const x = x0 + ((x1 - x0) * k) / n, y = y0 + ((y1 - y0) * k) / n;
        if (x > left + 1 && x < right - 1 && y > top + 2 && y < bottom - 2) return true;
      }
    }
    return false;
  }

  const channels = (color) => (color.startsWith("#") ? [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16)) : color.match(/[\d.]+/g).slice(0, 3).map(Number));
  function light(color) {
    const [r, g, b] = channels(color).map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function contrast(a, b) {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  }

  function inCanvas(canvas, surface) {
    const { words, curves } = drawn(canvas);
    const box = canvas.getBoundingClientRect();
    const grips = [...canvas.parentElement.querySelectorAll(".grip")].map((grip) => {
      const { left, top, width, height } = grip.getBoundingClientRect();
      const [x, y] = [left + width / 2 - box.left, top + height / 2 - box.top];
      return { left: x - 10, right: x + 10, top: y - 10, bottom: y + 10 };
    });
    return [
      ...words.filter((w) => w.left < -0.5 || w.top < -0.5 || w.right > box.width + 0.5 || w.bottom > box.height + 0.5).map((w) => `${show(w)} is cut`),
      ...pairs(words),
      ...words.filter((w) => grips.some((grip) => overlap(w, grip, 2))).map((w) => `${show(w)} is under a grip`),
      ...words.filter((w) => curves.some((curve) => crosses(w, curve))).map((w) => `${show(w)} lies on a curve`),
      ...words.filter((w) => contrast(w.color, surface) < 4.5).map((w) => `${show(w)} has contrast ${contrast(w.color, surface).toFixed(2)}`),
    ];
  }

  /** The lines of words of the page itself, each as a box; SVG included, code, which may scroll, left out. */
  function lines(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const owner = node.parentElement;
      if (!node.data.trim() || owner.closest("select, style, script, pre")) continue;
      if (!owner.checkVisibility({ visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const { left, right, top, bottom, width } of range.getClientRects()) if (width) found.push({ text: node.data.trim(), left, right, top: top + 2, bottom: bottom - 2, owner });
    }
    return found;
  }

  const measure = document.createElement("canvas").getContext("2d");
  function cutInMenu(menu) {
    const style = getComputedStyle(menu);
    measure.font = style.font;
    const room = menu.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 16; // the arrow
    return [...menu.options].filter(({ text }) => measure.measureText(text).width > room).map(({ text }) => `“${text}” is cut in its menu`);
  }

  window.drawnOn = drawn;

  window.faults = (lab) => {
    const root = lab.shadowRoot, section = root.querySelector(".lab"), frame = section.getBoundingClientRect();
    const surface = getComputedStyle(lab).getPropertyValue("--lab-surface").trim();
    const words = lines(section), docked = ({ owner }) => owner.closest(".dock");
    const unscrolled = ({ owner, top, bottom }) => [owner.closest(".panel"), owner.closest(".drawer, .said")].every((box) => {
      const clip = box?.getBoundingClientRect();
      return !clip || (top >= clip.top - 3 && bottom <= clip.bottom + 3);
    });
    return [
      ...[...root.querySelectorAll("canvas")].filter((c) => c.clientWidth).flatMap((canvas) => inCanvas(canvas, surface)),
      ...words.filter((w) => w.left < frame.left || w.right > frame.right).map((w) => `${show(w)} leaves the lab`),
      ...words.filter((w) => { const box = w.owner.closest("button, label, .readouts div, .say, .part, .answer, figure, legend")?.getBoundingClientRect(); return box && (w.right > box.right + 1 || w.bottom > box.bottom + 1); })
        .map((w) => `${show(w)} leaves its box`),
      ...pairs(words.filter(docked).filter(unscrolled)), ...pairs(words.filter((w) => !docked(w))), // the dock may lie over the stage
      ...[...root.querySelectorAll("select")].filter((menu) => menu.clientWidth).flatMap(cutInMenu),
      ...[...root.querySelectorAll("input[type=number]")].filter((input) => input.scrollWidth > input.clientWidth).map((input) => `the number ${input.value} is cut`),
    ];
  };
})();
