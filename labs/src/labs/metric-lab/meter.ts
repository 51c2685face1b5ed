/** A row of the lab: a metric's name, its number, the floor, and both on a scale. */
import { h, icon, ICONS, set, svg } from "../../kit/dom";
import { format } from "../../kit/lab";
import { isRight, type Reading } from "./model";
import { WORDS, type Name, type Range, type Verdict } from "./score";

/** Distances have far more to show than shares: their scales are even near 0 and go by powers of ten beyond `bend`. */
interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly bend?: number;
}

const SHARE: Scale = { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1] };
const SCALES: Record<Name, Scale> = {
  frechet: { low: 0, high: 12, ticks: [0, 0.1, 1, 10], bend: 0.05 }, kernel: { low: -1.5, high: 100, ticks: [-1, 0, 1, 10, 100], bend: 0.2 },
  precision: SHARE, recall: SHARE, density: { low: 0, high: 2, ticks: [0, 0.5, 1, 1.5, 2] }, coverage: SHARE, modes: SHARE,
};
const SIGNS: Record<Verdict, string> = { worse: "worse", same: "as real", better: "better" };

export const METER_STYLE = `
.meters { list-style: none; margin: 0; padding: 0; font-size: 0.875rem; }
.meters li { display: grid; grid-template-columns: minmax(0, 1fr) 3.2rem 3.2rem 3.2rem; align-items: center; column-gap: 0.2rem; margin: 0; }
.meters .head { color: var(--lab-muted); font-size: 0.75rem; min-height: 22px; }
.meters .toggle { min-height: 24px; } .meters .toggle input { flex: none; }
.meters .name { display: flex; align-items: center; gap: 0.25rem; min-height: 24px; } .meters .icon { display: block; width: 13px; }
.meters .number { text-align: right; font-variant-numeric: tabular-nums; } .meters b.number { font-weight: 650; }
.meters .verdict { text-align: right; font-size: 0.8125rem; white-space: nowrap; } .meters .verdict.worse { font-weight: 650; }
.meters .real { color: var(--lab-muted); }
.meters svg.scale { grid-column: 1 / -1; width: 100%; height: 27px; overflow: visible; forced-color-adjust: none; margin-bottom: 3px; }
.meters svg text { font-size: 10.5px; fill: var(--lab-muted); }
.meters .gone { display: none; }
.meters.covered li { grid-template-columns: minmax(0, 1fr) 1rem 3.4rem 0; }
@container (max-width: 340px) { .meters { font-size: 0.8125rem; } .meters li { grid-template-columns: minmax(0, 1fr) 2.7rem 2.9rem 2.8rem; column-gap: 0.15rem; } .meters .verdict { font-size: 0.75rem; } }
@media print { .meters .name.gone { display: flex; } }
`;

/** The way to show a reading, or the floor alone while the answers are covered. */
export interface Meter {
  readonly element: HTMLElement;
  show(reading: Reading, answers: { readonly shown: boolean; readonly judged: boolean }): void;
}

/** `guess` is the switch of the prediction; it gives way to the name when the answers are shown. */
export function meter(name: Name, guess: HTMLElement): Meter {
  const words = h("span", {}, WORDS[name].charAt(0).toUpperCase() + WORDS[name].slice(1));
  const sign = h("span", { class: "sign" });
  const title = h("span", { class: "name" }, words, sign);
  const [value, real, verdict] = [h("b", { class: "number" }), h("span", { class: "number real" }), h("span", { class: "verdict" })];
  const scale = drawScale(SCALES[name]);
  const element = h("li", {}, h("div", {}, guess, title), value, real, verdict, scale.element);
  return {
    element,
    show(reading, { shown, judged }) {
      guess.classList.toggle("gone", shown);
      title.classList.toggle("gone", !shown);
      value.textContent = shown ? format(reading.fake.median) : "?";
      real.textContent = format(reading.real.median);
      verdict.textContent = shown ? SIGNS[reading.verdict] : "";
      verdict.className = `verdict ${shown ? reading.verdict : ""}`;
      sign.replaceChildren(...(judged ? [icon(isRight(reading) ? ICONS.right : ICONS.wrong)] : []));
      sign.title = judged ? `You expected ${reading.expected ? "" : "no "}notice` : "";
      scale.show(reading.real, shown ? reading.fake : null);
      scale.element.setAttribute("aria-label", `${WORDS[name]}: ${shown ? `${said(reading.fake)}, ${SIGNS[reading.verdict]}` : "covered"}. Real points: ${said(reading.real)}.`);
    },
  };
}

const said = ({ low, median, high }: Range): string => `${format(median)}, nine of ten draws from ${format(low)} to ${format(high)}`;

function drawScale(scale: Scale): { readonly element: SVGSVGElement; show(real: Range, fake: Range | null): void } {
  const at = (x: number): string => `${(100 * place(scale, x)).toFixed(2)}%`;
  const element = svg("svg", { class: "scale", role: "img" });
  element.append(svg("line", { x1: "0%", x2: "100%", y1: 8, y2: 8, stroke: "var(--lab-edge)", "stroke-width": 1 }));
  for (const tick of scale.ticks) {
    const anchor = place(scale, tick) > 0.97 ? "end" : place(scale, tick) < 0.03 ? "start" : "middle";
    const label = svg("text", { x: at(tick), y: 25, "text-anchor": anchor, "aria-hidden": "true" });
    label.textContent = String(tick).replace("-", "−");
    element.append(svg("line", { x1: at(tick), x2: at(tick), y1: 8, y2: 13, stroke: "var(--lab-edge)", "stroke-width": 1 }), label);
  }
  const band = svg("rect", { y: 2.5, height: 11, rx: 2, fill: "var(--lab-real)", "fill-opacity": 0.25, stroke: "var(--lab-real)", "stroke-width": 1 });
  const middle = svg("line", { y1: 2.5, y2: 13.5, stroke: "var(--lab-real)", "stroke-width": 2 });
  const span = svg("line", { y1: 8, y2: 8, stroke: "var(--lab-fake)", "stroke-width": 3, "stroke-linecap": "round" });
  const dot = svg("circle", { cy: 8, r: 5, fill: "var(--lab-fake)", stroke: "var(--lab-surface)", "stroke-width": 1.5 });
  element.append(band, middle, span, dot);
  return {
    element,
    show(real, fake) {
      const width = Math.max(0.006, place(scale, real.high) - place(scale, real.low));
      set(band, { x: `${(100 * Math.min(1 - width, place(scale, real.low))).toFixed(2)}%`, width: `${(100 * width).toFixed(2)}%` });
      set(middle, { x1: at(real.median), x2: at(real.median) });
      for (const node of [span, dot]) node.style.display = fake ? "" : "none";
      if (!fake) return;
      set(span, { x1: at(fake.low), x2: at(fake.high) });
      set(dot, { cx: at(fake.median) });
    },
  };
}

/** Where on the scale, from 0 to 1; beyond an end, at it. */
function place({ low, high, bend }: Scale, x: number): number {
  const bent = (y: number): number => (bend ? Math.asinh(y / bend) : y);
  return Math.min(1, Math.max(0, (bent(x) - bent(low)) / (bent(high) - bent(low))));
}
