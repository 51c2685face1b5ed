// Node has no HTMLElement; there the models are used without elements.
export const Base = (typeof HTMLElement === "undefined" ? class {} : HTMLElement) as typeof HTMLElement;

/** `h("button", { type: "button", onclick }, "Play")`: an element, its properties or attributes, its children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, props: Record<string, unknown> = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value as EventListener);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}

/** Words with subscripts: `p_data` becomes p and a lowered "data". */
export function rich(text: string): (Node | string)[] {
  return text.split(/(?<=\b[pLDE])_(\w+)/u).map((part, i) => (i % 2 ? h("sub", {}, part) : part));
}

const written = new WeakMap<Element, string>();

/** The words of an element, with subscripts as in `rich`. The same ones again are left alone: the page would be laid out anew for them. */
export function write(node: Element, text: string): void {
  if (written.get(node) === text) return;
  written.set(node, text);
  node.replaceChildren(...rich(text));
}

/** `svg("path", { d })`: an element of a drawing, and its attributes. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string | number> = {}): SVGElementTagNameMap[K] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(node, attributes);
  return node;
}

/** Give an element of a drawing other attributes. */
export function set(node: SVGElement, attributes: Record<string, string | number>): void {
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
}

/** A 16 x 16 line icon; decoration only, the button's words carry the meaning. */
export function icon(path: string, filled = false): SVGSVGElement {
  const drawing = svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: filled ? "icon filled" : "icon" });
  drawing.append(svg("path", { d: path }));
  return drawing;
}

export const ICONS = {
  play: "M4.5 2.8v10.4a.6.6 0 0 0 .9.5l8.3-5.2a.6.6 0 0 0 0-1L5.4 2.3a.6.6 0 0 0-.9.5z",
  pause: "M4 2.5h2.8v11H4zM9.2 2.5H12v11H9.2z",
  step: "M3 3v10l6-5zM12 3v10",
  reset: "M13 8a5 5 0 1 1-1.5-3.6M13 2.2v3.2H9.8",
  link: "M6.7 9.3a2.7 2.7 0 0 0 3.9 0l2.2-2.2a2.7 2.7 0 0 0-3.9-3.9l-.9.9M9.3 6.7a2.7 2.7 0 0 0-3.9 0L3.2 8.9a2.7 2.7 0 0 0 3.9 3.9l.9-.9",
  right: "M2.8 8.6l3.4 3.4 7-8",
  wrong: "M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4",
  up: "M8 13V3.2M3.6 7.4L8 3l4.4 4.4",
  plus: "M8 3v10M3 8h10",
  down: "M8 3v9.8M3.6 8.6L8 13l4.4-4.4",
};
