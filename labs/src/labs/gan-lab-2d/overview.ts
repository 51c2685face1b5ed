/** The model overview: who feeds whom (solid), and where the gradient goes back (dashed). Slow motion lights up its parts. */
import { h, svg, write } from "../../kit/dom";
import type { GanLab2D } from "./model";

/** Boxes: x, y, width, height, colour, words. */
const BOXES = {
  z: [2, 18, 48, 46, "muted", "noise"],
  G: [92, 10, 68, 62, "fake", "G"],
  fake: [202, 18, 50, 46, "fake", "fake"],
  real: [202, 112, 50, 40, "real", "real"],
  D: [294, 10, 64, 62, "d", "D"],
  loss: [294, 112, 64, 40, "ink", "losses"],
} as const;

/** Arrows: from x, y to x, y; dashed ones carry gradients. */
const ARROWS = {
  "z-g": [50, 41, 92, 41, false],
  "g-fake": [160, 32, 202, 32, false],
  "fake-d": [252, 32, 294, 32, false],
  "real-d": [252, 126, 306, 72, false],
  "d-loss": [316, 72, 316, 112, false],
  "loss-d": [338, 112, 338, 72, true],
  "d-fake": [294, 52, 252, 52, true],
  "fake-g": [202, 52, 160, 52, true],
} as const;

export const OVERVIEW_STYLE = `
.overview { width: 100%; max-width: 420px; height: auto; display: block; font: 600 14px system-ui, sans-serif; }
.overview rect { fill: var(--lab-soft); stroke: currentColor; stroke-width: 1.6; }
.overview text { text-anchor: middle; fill: var(--lab-ink); }
.overview text.small { font-size: 11.5px; font-weight: 400; fill: var(--lab-muted); }
.overview .flow { fill: none; stroke: var(--lab-muted); stroke-width: 2; }
.overview .flow.back { stroke-dasharray: 4 4; }
.overview .on rect { stroke-width: 3.5; fill: var(--lab-surface); }
.overview .on.flow { stroke: var(--lab-accent); stroke-width: 3; }
.overview .on.flow, .overview.flowing .flow { stroke-dasharray: 7 5; animation: flow 0.6s linear infinite; }
@keyframes flow { from { stroke-dashoffset: 12; } to { stroke-dashoffset: 0; } }
@media (prefers-reduced-motion: reduce) { .overview .flow { animation: none !important; } }
`;

export function overview(parent: HTMLElement): (model: GanLab2D, playing: boolean) => void {
  const picture = svg("svg", { viewBox: "0 0 362 156", class: "overview", role: "img" });
  const parts = new Map<string, Element>();
  const small = new Map<string, Element>();
  picture.append(head());
  for (const [name, [x0, y0, x1, y1, back]] of Object.entries(ARROWS)) {
    const line = svg("path", { d: `M${x0} ${y0}L${x1} ${y1}`, class: back ? "flow back" : "flow", "marker-end": "url(#head)" });
    parts.set(name, line);
    picture.append(line);
  }
  for (const [name, [x, y, width, height, color, words]] of Object.entries(BOXES)) {
    const box = svg("g", { style: `color: var(--lab-${color})` });
    const note = svg("text", { x: x + width / 2, y: y + height / 2 + 15, class: "small" });
    const text = svg("text", { x: x + width / 2, y: y + height / 2 + (["z", "G", "D"].includes(name) ? -1 : 5) });
    text.textContent = words;
    box.append(svg("rect", { x, y, width, height, rx: 9 }), text, note);
    parts.set(name, box);
    small.set(name, note);
    picture.append(box);
  }
  parent.append(h("figure", {}, h("figcaption", {}, "Who feeds whom"), picture));
  return (model, playing) => {
    const active = model.phase?.active ?? [];
    picture.classList.toggle("flowing", playing && !active.length);
    parts.forEach((part, name) => part.classList.toggle("on", active.includes(name)));
    write(small.get("z")!, `${model.dims}-D`);
    for (const player of ["G", "D"] as const) {
      const sizes = [model.gan[player].nIn, ...model.gan[player].layers.map((layer) => layer.nOut)];
      const inner = sizes.slice(1, -1);
      write(small.get(player)!, inner.length === 0 ? "no hidden" : inner.length > 2 ? `${inner.length} × ${inner[0]}` : inner.join(" · "));
    }
    const lit = active.length ? ` Now: ${model.phase!.caption}` : "";
    picture.setAttribute("aria-label", "Noise goes into G, which makes fakes. Fakes and real samples go into D, D’s scores into the losses. "
      + `Gradients go back from the losses into D, and through D and the fakes into G.${lit}`);
  };
}

/** The tip of an arrow takes the colour of its line. */
function head(): Element {
  const marker = svg("marker", { id: "head", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 4.2, markerHeight: 4.2, orient: "auto" });
  marker.append(svg("path", { d: "M0 0L8 4L0 8z", fill: "context-stroke" }));
  return marker;
}
