/** The trials that were seen: ratio and interval of each on one scale, and whether the prediction holds. */
import { h, icon, ICONS, svg } from "../../kit/dom";
import { end, two, type Seen, type TrialsLab } from "./model";
import { verdict, type Effect } from "./trials";

export const FOREST_STYLE = `
.forest { list-style: none; margin: 0.2rem 0 0.9rem; padding: 0; font-size: 0.875rem; }
.forest li { display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: 1rem; align-items: center; margin: 0 0 0.15rem; }
.forest .numbers { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .forest .scale { grid-column: 1 / -1; }
@container (min-width: 560px) { .forest li { grid-template-columns: minmax(0, 17rem) 8.5rem minmax(0, 1fr); } .forest .scale { grid-column: 3; } }
.forest .icon { width: 13px; height: 13px; vertical-align: -2px; margin-right: 0.35rem; } .forest .present { font-weight: 650; }
.forest svg.bar { display: block; width: 100%; height: 20px; overflow: visible; forced-color-adjust: none; } .forest svg.bar text { font-size: 10.5px; fill: var(--lab-muted); }
.forest li:first-child { margin-bottom: 0.9rem; }
.trials h3 { margin: 0.5rem 0 0.3rem; font-size: 0.8125rem; font-weight: 600; } .trials h3 span { font-weight: 400; color: var(--lab-muted); }
`;

/** Ratios from a quarter to four; what is beyond stands at the end. */
const ENDS = 4;
const TICKS = [0.25, 0.5, 1, 2, 4];
const at = (ratio: number): string => `${(50 + 50 * Math.max(-1, Math.min(1, Math.log(ratio) / Math.log(ENDS)))).toFixed(2)}%`;

export function forest(model: TrialsLab): Node[] {
  const rows = model.table;
  if (!rows.length) return [];
  const list = h("ul", { class: "forest" }, h("li", { "aria-hidden": "true" }, scale()), ...rows.map((each) => row(each, model)));
  return [h("h3", {}, "Trials so far ", h("span", {}, `✓ ✗ your prediction; to the left of 1 it helps; ${model.right} of ${model.seen.length} predictions hold`)), list];
}

function row(each: Seen, model: TrialsLab): HTMLElement {
  const effect = model.effectOf(each), holds = model.holds(each);
  const present = each.trick === model.trick;
  const name = h("span", present ? { class: "present" } : {}, icon(holds ? ICONS.right : ICONS.wrong), each.trick);
  name.title = holds ? "You expected this" : "You expected something else";
  const numbers = h("span", { class: "numbers" }, `${two(effect.ratio)} (${end(effect.low)} to ${end(effect.high)})`);
  return h("li", {}, name, numbers, interval(effect));
}

function interval(effect: Effect): Element {
  const bar = frame();
  bar.append(line("50%", "50%", 0, 20, "var(--lab-edge)", 1), line(at(effect.low), at(effect.high), 10, 10, COLORS[verdict(effect)], 4));
  bar.append(svg("circle", { cx: at(effect.ratio), cy: 10, r: 5.5, fill: COLORS[verdict(effect)], stroke: "var(--lab-surface)", "stroke-width": 1.5 }));
  return h("span", { class: "scale", "aria-hidden": "true" }, bar);
}

/** Where an interval lies says the same as its colour. */
const COLORS = { helps: "var(--lab-first)", unclear: "var(--lab-d)", harms: "var(--lab-second)" };

function scale(): Element {
  const bar = frame();
  bar.append(line("0%", "100%", 17, 17, "var(--lab-edge)", 1));
  for (const tick of TICKS) {
    const label = svg("text", { x: at(tick), y: 11, "text-anchor": tick === TICKS[0] ? "start" : tick === ENDS ? "end" : "middle" });
    label.textContent = tick === TICKS[0] ? `≤ ${tick}` : tick === ENDS ? `≥ ${tick}` : String(tick);
    bar.append(label, line(at(tick), at(tick), 14, 20, "var(--lab-edge)", 1));
  }
  return h("span", { class: "scale" }, bar);
}

const frame = (): SVGSVGElement => svg("svg", { class: "bar" });

function line(x1: string, x2: string, y1: number, y2: number, stroke: string, width: number): SVGElement {
  return svg("line", { x1, x2, y1, y2, stroke, "stroke-width": width, "stroke-linecap": width > 1 ? "round" : "butt" });
}
