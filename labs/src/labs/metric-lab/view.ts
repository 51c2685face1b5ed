/** The points on one side, the seven metrics on the other. */
import { h } from "../../kit/dom";
import { exact, format } from "../../kit/lab";
import { DASH, type Plot } from "../../kit/plot";
import type { Ui } from "../../kit/ui";
import { meter, METER_STYLE } from "./meter";
import type { MetricLab } from "./model";
import { NAMES } from "./score";
import { CENTRES, RADIUS, type Samples } from "./world";

/** Points of each kind that are drawn. */
const DRAWN = 300;
/** While playing, other points come at this pace: 60 sets in a second are a flicker. */
const POINTS_MS = 400;
/** What has to be seen, a little to the right because of the shift. */
const ROOM = { left: -3.2, right: 4.3, up: 3.2 };

const STYLE = `
.sides { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.3rem 1.4rem; }
@container (min-width: 580px) { .sides { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
.sides > div { min-width: 0; } .sides .key { color: var(--lab-muted); font-size: 0.8125rem; margin: 0.2rem 0; }
.sides > div > .toggle { font-weight: 600; margin-top: 0.2rem; }
${METER_STYLE}`;

export function view(ui: Ui): (model: MetricLab) => void {
  const left = h("div"), right = h("div");
  ui.stage.append(h("style", {}, STYLE), h("div", { class: "sides" }, left, right));
  left.append(ui.control("preset"));
  const plot = ui.plot({ title: "Real and generated points", height: 290, x: { min: ROOM.left, max: ROOM.right }, y: { min: -ROOM.up, max: ROOM.up } }, left);
  ui.legend([
    { text: "real", color: "real", mark: "dot" },
    { text: "generated", color: "fake", mark: "ring" },
    { text: "a mode’s reach", color: "muted", mark: "dotted" },
  ], left);
  const meters = NAMES.map((name) => meter(name, ui.control(`guess_${name}`)));
  const headings = ["", "", "real", ""].map((words, i) => h("span", { class: i ? "number" : "" }, words));
  const list = h("ul", { class: "meters" }, h("li", { class: "head", "aria-hidden": "true" }, ...headings), ...meters.map(({ element }) => element));
  left.append(h("p", { class: "key" }, "Box: nine of ten real samples, compared with real ones. Dot and line: median and nine of ten generated samples."));
  right.append(list, ui.control("shown"));
  let points: Samples | null = null, since = 0;

  return (model) => {
    const now = performance.now();
    if (!points || !ui.playing || now - since > POINTS_MS) [points, since] = [model.last, now];
    drawPoints(plot, points, model, ui);
    if (!ui.numbers) return;
    const readings = model.readings;
    meters.forEach((each, i) => each.show(readings[i]!, model));
    list.classList.toggle("covered", !model.shown);
    headings[0]!.textContent = model.judged ? "✓ ✗ your prediction" : model.shown ? "" : "expect it to notice?";
    headings[1]!.textContent = model.shown ? "generated" : "";
  };
}

function drawPoints(plot: Plot, { real, fake, copies }: Samples, model: MetricLab, { colors }: Ui): void {
  fitRoom(plot);
  plot.begin(colors);
  for (const [x, y] of CENTRES) plot.line(TURN.map(([c]) => x + RADIUS * c), TURN.map(([, s]) => y + RADIUS * s), { color: colors.muted, width: 1.2, dash: DASH.dotted });
  const [rx, ry] = split(real), [fx, fy] = split(fake);
  plot.marks(rx, ry, "dot", colors.real, 2, rx.length, 0.7);
  plot.marks(fx, fy, "ring", colors.fake, 3, fx.length, 0.8);
  const [x, y] = CENTRES[CENTRES.length - 1]!;
  plot.text(x, y + RADIUS, "rare: 1 in 20", { dy: -9, align: "center", color: colors.muted });
  plot.describe(`Five modes on a ring around the origin, the upper left one rare. ${model.made()}. Of ${exact(model.draws)} draws this is one with n = ${real.length / 2}: `
    + `mean of the real points ${at(rx, ry)}, of the generated ones ${at(fx, fy)}${copies ? `; ${copies} are copies` : ""}.`);
}

const TURN = Array.from({ length: 49 }, (_, i) => [Math.cos((2 * Math.PI * i) / 48), Math.sin((2 * Math.PI * i) / 48)] as const);

/** Equal units in both directions, and all modes in sight. */
function fitRoom(plot: Plot): void {
  plot.fit();
  Object.assign(plot.x, { min: ROOM.left, max: ROOM.right });
  Object.assign(plot.y, { min: -ROOM.up, max: ROOM.up });
  const across = (plot.px(1) - plot.px(0)) / (plot.py(0) - plot.py(1)); // too long in x if above 1
  const middle = (ROOM.left + ROOM.right) / 2, half = ((ROOM.right - ROOM.left) / 2) * Math.max(1, across);
  Object.assign(plot.x, { min: middle - half, max: middle + half });
  const up = ROOM.up * Math.max(1, 1 / across);
  Object.assign(plot.y, { min: -up, max: up });
}

function split(points: Float64Array): [Float64Array, Float64Array] {
  const n = Math.min(DRAWN, points.length / 2);
  return [Float64Array.from({ length: n }, (_, i) => points[2 * i]!), Float64Array.from({ length: n }, (_, i) => points[2 * i + 1]!)];
}

function at(x: Float64Array, y: Float64Array): string {
  const mean = (v: Float64Array): string => format(v.reduce((a, b) => a + b, 0) / v.length, 2);
  return `(${mean(x)}, ${mean(y)})`;
}
