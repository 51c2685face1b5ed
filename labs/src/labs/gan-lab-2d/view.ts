/** The stage of the 2-D lab: the picture with its layers, the overview, numbers, charts; folded away: following the noise, drawing. */
import { LOG2, type Series } from "../../engine";
import { h, write } from "../../kit/dom";
import { format, type Values } from "../../kit/lab";
import { DASH, roundUp, type Plot, type Stroke } from "../../kit/plot";
import type { Ui } from "../../kit/ui";
import { Drawing } from "./draw";
import { BLUR } from "./field";
import { Follow } from "./follow";
import { SquareMap } from "./map";
import { REACH } from "./mixture";
import type { GanLab2D } from "./model";
import { PAIRS } from "./pairs";
import { CAPTIONS } from "./phases";
import { overview, OVERVIEW_STYLE } from "./overview";

/** Multiplications a heat map may cost: large networks get a coarser one. */
const EFFORT = 2.5e6;
const SHOWN_ARROWS = 60;
/** While playing, numbers and charts follow at this pace, the picture at every frame. */
const MEASURE_MS = 200;

const STYLE = `
.split { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.4rem 1.4rem; }
@container (min-width: 580px) { .split { grid-template-columns: minmax(0, 1.3fr) minmax(0, 1fr); } }
.part { display: grid; margin: 0.3rem 0; padding: 0.35rem 0.8rem; border-radius: 8px; background: var(--lab-soft); border-left: 4px solid var(--lab-d); font-size: 0.875rem; }
.part > * { grid-area: 1 / 1; } .part > .room { visibility: hidden; }
.part[data-player="g"] { border-left-color: var(--lab-fake); } .part b { white-space: nowrap; } .part b:not(:empty) { margin-right: 0.4rem; }
.map canvas { max-width: 100%; }
.map canvas.drawable { touch-action: none; cursor: crosshair; }
.layers { display: flex; flex-wrap: wrap; gap: 0.1rem 0.9rem; margin: 0.3rem 0; }
.layers .toggle { min-height: 30px; }
.beside { display: inline-flex; align-items: center; gap: 0.5rem; } .beside legend { float: left; margin: 0; } .beside .segments { flex: none; white-space: nowrap; }
.watch { display: flex; flex-wrap: wrap; align-items: center; gap: 0.2rem 0.7rem; margin: 0.4rem 0; font-size: 0.875rem; }
.key { color: var(--lab-muted); font-size: 0.8125rem; margin: 0.2rem 0; }
.draw { border: 1px solid var(--lab-line); border-radius: 10px; padding: 0.5rem 0.8rem 0.8rem; margin: 0.4rem 0; display: grid; gap: 0.4rem; min-width: 0; }
.draw[hidden] { display: none; } .draw legend { font-size: 0.8125rem; font-weight: 600; padding: 0 0.3rem; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.two { display: grid; gap: 0.6rem 1.2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 12rem), 1fr)); max-width: 34rem; }
.note { margin: 0; font-size: 0.875rem; }
.split .readouts { grid-template-columns: repeat(3, minmax(0, 1fr)); } .numbers .readouts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
@container (max-width: 420px) { .split .readouts dd:not(.help) { font-size: 1.05rem; } }
${OVERVIEW_STYLE}`;

export function view(ui: Ui): (model: GanLab2D, values: Values) => void {
  let measured = 0;
  let now: { model: GanLab2D; values: Values } | null = null;
  const redraw = (): void => { if (now) draw(now.model, now.values); };
  const map = new SquareMap("Real samples, fakes, and what D says");
  const drawing = new Drawing(map, (points) => ui.assign("drawn", points), redraw);
  const follow = new Follow(ui, map, redraw);
  const side = h("div", { class: "numbers" });
  const caption = captionBox();
  const key = h("p", { class: "key" });
  const left = h("div", {}, map.element, caption, follow.watch, layers(ui), key, drawing.element);
  ui.stage.append(h("style", {}, STYLE), h("div", { class: "split" }, left, side));
  const drawOverview = overview(side);
  const players = ui.readouts([
    { label: "D on real", help: "mean" },
    { label: "D on fake", help: "mean" },
    { label: "push", help: "mean arrow on G" },
  ], left);
  const quality = ui.readouts([
    { label: "modes", help: "that G covers" },
    { label: "near the data, %", help: "within 3 σ; real samples: 98.9" },
    { label: "JSD, blurred", help: `both by ${BLUR}; at most log 2 = 0.693` },
    { label: "W1", help: "mean way, fake to real" },
  ], side);
  const row = ui.row();
  const losses = ui.plot({ title: "Losses", height: 170, x: { min: 0, max: 100, label: "updates of each player" }, y: { min: 0, max: 2 } }, row);
  const distance = ui.plot({ title: "Distance of G from the data, both blurred", height: 170, x: { min: 0, max: 100, label: "step" }, y: { min: 0, max: 1 } }, row);
  const note = h("p", { class: "key" });
  ui.stage.append(note, follow.element);

  function draw(model: GanLab2D, values: Values): void {
    const time = performance.now();
    const due = MEASURE_MS * (model.fresh ? 1 : 2); // where it trains, it is measured at this pace
    ui.numbers = !ui.playing || model !== now?.model || time - measured >= due;
    now = { model, values };
    if (ui.numbers) {
      measured = time;
      numbers(model, values);
    }
    follow.follow(model);
    drawMap(map, model, values, ui, follow);
    if (drawing.stroke.length) map.points(drawing.stroke.flat(), "real", 7);
    if (drawing.pen) map.mark(...drawing.pen, "pen");
    follow.draw(map);
  }

  /** All but the picture. */
  function numbers(model: GanLab2D, values: Values): void {
    drawing.show(values);
    drawOverview(model, ui.playing);
    showPart(caption, model);
    write(key, keyWords(model, values));
    const floor = drawDistance(distance, model, ui);
    const m = model.metrics;
    players([m.d_real, m.d_fake, m.push]);
    quality([model.over ? null : `${m.modes} of ${model.mixture.modes}`, 100 * m.good, m.jsd, m.w1]);
    drawLosses(losses, model, values, ui);
    map.describe(telephone(model, values));
    note.hidden = model.empty;
    write(note, `Both densities are blurred by ${BLUR}, so that a curve has one too. The reading uses ${model.samples.toLocaleString("en-US")} evenly spread samples; `
      + `as many samples of the data themselves read JSD ${format(floor.jsd)}, KL ${format(floor.kl)}: a perfect G reads about that. `
      + `W1 is exact between ${PAIRS} fakes and ${PAIRS} real samples, paired as well as can be; two such sets of real samples are about ${format(model.pairs.floor, 2)} apart: a perfect G does not read 0.`);
  }
  return draw;
}

/** Room for every caption of slow motion from the start, so that none moves the picture. The words below say the same, aloud. */
function captionBox(): HTMLElement {
  const rooms = CAPTIONS.map((text) => h("span", { class: "room" }, h("b", {}, "Step of D ●●●●●"), ` ${text}`));
  return h("div", { class: "part", "aria-hidden": "true" }, ...rooms, h("span", { class: "now" }, h("b"), h("span")));
}

/** Slow motion: whose step, which of its five parts. */
function showPart(caption: HTMLElement, { phase, part }: GanLab2D): void {
  const [whose, now] = caption.querySelectorAll(".now > *");
  caption.dataset["player"] = phase?.player ?? "";
  const dots = [0, 1, 2, 3, 4].map((i) => (i <= part % 5 ? "●" : "○")).join("");
  write(whose!, phase ? `Step of ${phase.player.toUpperCase()} ${dots}` : "");
  write(now!, phase ? ` ${phase.caption}` : "Next part shows a step in five parts; so does play in slow motion.");
}

function layers(ui: Ui): HTMLElement {
  const keys = ["show_real", "show_fake", "show_d", "show_manifold", "show_arrows"];
  const row = h("div", { class: "layers", role: "group", "aria-label": "Layers of the picture" }, ...keys.map((key) => ui.control(key)));
  const ground = ui.control("heat");
  ground.classList.add("beside");
  row.append(ground);
  return h("div", {}, row);
}

/** What the signs of the picture mean, for the loss and the ground of this moment. */
function keyWords(model: GanLab2D, values: Values): string {
  const line = model.probabilistic ? "D says 1/2" : "half-way between D’s mean scores";
  const learned = `Blue ground: D says real; orange: fake; the grey line: ${line}.`;
  const best = "Ground: D* = p_data/(p_data + p_g), the best D of the logistic loss, whatever the loss is; the grey line: D* = 1/2.";
  return `Blue rings: real. Orange diamonds: fake. ${values["heat"] === "best" ? best : learned} `
    + "Arrows: where each fake is told to go. Thin line with a ring: the way of the fakes’ centre in the last 200 steps.";
}

function drawMap(map: SquareMap, model: GanLab2D, values: Values, ui: Ui, follow: Follow): void {
  map.begin(ui.colors);
  const { part } = model;
  if (model.lost) return void map.frame();
  if (values["show_d"] && !model.empty) drawHeat(map, model, values["heat"] === "best");
  map.frame();
  // Slow motion shows a batch only from the part on in which it is drawn.
  const reals = part === -1 || part < 5 || (part > 6 && values["loss"] === "relativistic");
  const fakes = part === -1 || (part >= 1 && part !== 5);
  if (values["show_real"]) map.points(model.x, "real", 2.6, reals ? 0.85 : 0.25);
  if (values["show_manifold"] || follow.way !== null) {
    const { manifold } = follow;
    map.mesh(follow.way === null ? manifold.image() : manifold.between(follow.way), manifold.side, manifold.curve);
  }
  const { fake, move } = model.hints();
  if (values["show_fake"] && fakes && follow.way === null) map.points(fake, "fake", 2.6);
  const arrows = part === -1 || part >= 8;
  if (values["show_arrows"] && arrows && follow.way === null) map.arrows(fake.subarray(0, 2 * SHOWN_ARROWS), move, 1.2 * (map.span / (2 * REACH)), 0.14 * map.span);
  if (values["show_fake"] && follow.way === null && part === -1) map.trail(model.trail);
  if (values["show_fake"] && follow.way === null) map.outside(fake);
}

function telephone(model: GanLab2D, values: Values): string {
  const m = model.metrics;
  const names: Record<string, string> = { line: "a line", two: "two Gaussians", ring: "a ring of eight", three: "three strokes apart", grid: "a grid of 25", one: "one Gaussian", own: "a drawing" };
  if (model.empty) return "There are no data.";
  if (model.lost) return "The numbers have run away; there is nothing to see.";
  return `The data are ${names[values["data"] as string]}. The fakes, around (${format(m.x, 2)}, ${format(m.y, 2)}), cover ${m.modes} of ${model.mixture.modes} modes; `
    + `${Math.round(100 * m.good)} percent lie on the data. Arrows on the fakes have mean length ${format(m.push, 2)}.`;
}

/** D, or the best D, at every place: from -1, surely fake, to 1, surely real. */
function drawHeat(map: SquareMap, model: GanLab2D, best: boolean): void {
  const { D } = model.gan;
  const n = best ? 56 : Math.max(14, Math.min(40, Math.floor(Math.sqrt(EFFORT / D.params.length))));
  const points = new Float64Array(2 * n * n);
  for (let k = 0; k < n * n; k++) {
    points[2 * k] = (((k % n) + 0.5) / n) * 2 * REACH - REACH;
    points[2 * k + 1] = ((Math.floor(k / n) + 0.5) / n) * 2 * REACH - REACH;
  }
  if (best) map.heat(points.subarray(0, n * n).map((_, k) => 2 * model.field.best(points[2 * k]!, points[2 * k + 1]!) - 1), n);
  else map.heat(centred(model, model.judge(points, tape(model, n * n))), n);
}

const tapes = new WeakMap<object, ReturnType<GanLab2D["gan"]["D"]["tape"]>>();

/** Drawing every frame must not allocate a tape every frame. */
function tape({ gan: { D } }: GanLab2D, n: number): ReturnType<typeof D.tape> {
  const kept = tapes.get(D);
  if (kept?.capacity === n) return kept;
  const made = D.tape(n);
  tapes.set(D, made);
  return made;
}

/** Probabilities around 1/2; scores around the middle between real and fake, in units of their reach. */
function centred(model: GanLab2D, said: Float64Array): Float64Array {
  if (model.probabilistic) return said.map((p) => 2 * p - 1);
  const { d_real: real, d_fake: fake } = model.recent;
  const middle = (real + fake) / 2;
  const reach = said.reduce((most, v) => Math.max(most, Math.abs(v - middle)), 1e-9);
  return said.map((v) => (v - middle) / reach);
}

function drawLosses(plot: Plot, model: GanLab2D, values: Values, { colors }: Ui): void {
  const { d, g } = model.loss.equilibrium;
  const floor = values["loss"] === "wasserstein" && !values["gp"] && !values["clip"];
  plot.x.max = roundUp(1.1 * Math.max(90, model.done.d, model.done.g));
  const [low, high] = range([model.dLoss, model.gLoss], [0, d.value, g.value]);
  Object.assign(plot.y, { min: low < 0 ? -roundUp(-low) : 0, max: Math.max(2, roundUp(high)) });
  plot.begin(colors);
  if (!floor) plot.reference(d.value, d.label);
  if (g.value !== d.value && !floor) plot.reference(g.value, g.label);
  plot.line(model.dLoss.x, model.dLoss.y, { color: colors.d, width: 1.6 }, model.dLoss.length);
  plot.line(model.gLoss.x, model.gLoss.y, { color: colors.fake, width: 1.6, dash: DASH.dashed }, model.gLoss.length);
  label(plot, model.dLoss, "D", colors.d);
  label(plot, model.gLoss, "G", colors.fakeText);
  plot.describe(`Loss of D ${format(model.dLoss.last)}, of G ${format(model.gLoss.last)}. At equilibrium they are ${d.label} and ${g.label}.`);
}

const floors = new WeakMap<object, Map<number, { kl: number; jsd: number }>>();

/** What a perfect generator would read, measured once for each data set and number of samples. */
function floorOf(model: GanLab2D): { kl: number; jsd: number } {
  const known = floors.get(model.mixture) ?? new Map<number, { kl: number; jsd: number }>();
  floors.set(model.mixture, known);
  const n = model.samples;
  if (!known.has(n)) known.set(n, model.field.floor(n));
  return known.get(n)!;
}

function drawDistance(plot: Plot, model: GanLab2D, { colors }: Ui): { kl: number; jsd: number } {
  const floor = floorOf(model);
  plot.x.max = roundUp(1.1 * Math.max(90, model.steps));
  const [, high] = range([model.jsd], [LOG2]);
  plot.y.max = Math.min(2, Math.max(1, high));
  plot.begin(colors);
  plot.reference(LOG2, "log 2: disjoint");
  const { jsd, kl } = model.metrics;
  trail(plot, model.kl, model.steps, kl, { color: colors.muted, width: 1.6, dash: DASH.dashed });
  trail(plot, model.jsd, model.steps, jsd, { color: colors.ink, width: 2.2 });
  name(plot, model.steps, jsd, "JSD", colors.ink, Math.abs(jsd - LOG2) < 0.1 ? 13 : 0); // not on the words of the line at log 2
  name(plot, model.steps, kl, kl > plot.y.max ? `KL(G‖data) = ${format(kl)} ↑` : "KL(G‖data)", colors.muted);
  plot.describe(`JSD ${format(jsd)}, at most log 2 = 0.693; KL of p_g from p_data ${format(kl)}. A perfect generator reads about ${format(floor.jsd, 2)}.`);
  return floor;
}

/** A history that is noted only now and then, and from its end to the present reading. */
function trail(plot: Plot, series: Series, x: number, y: number, stroke: Stroke): void {
  plot.line(series.x, series.y, stroke, series.length);
  plot.line([series.x[series.length - 1]!, x], [series.last, y], stroke);
}

function label(plot: Plot, series: Series, text: string, color: string): void {
  if (series.length) name(plot, series.x[series.length - 1]!, series.last, text, color);
}

/** Words at the end of a curve; under the upper edge where the curve is above it. */
function name(plot: Plot, x: number, value: number, text: string, color: string, drop = value > plot.y.max ? 9 : 0): void {
  if (!Number.isFinite(value)) return;
  const y = Math.min(plot.y.max, value);
  const near = plot.px(plot.x.max) - plot.px(x) < 20 + 6 * text.length;
  plot.text(x, y, text, { dx: near ? -4 : 8, dy: drop || (near ? -10 : 0), align: near ? "right" : "left", color, bold: true });
}

/** Larger numbers are on their way to infinity: the chart leaves them out. */
const RAN_AWAY = 1e5;

function range(series: readonly Series[], values: readonly number[]): [number, number] {
  let low = Math.min(...values), high = Math.max(...values);
  for (const s of series) {
    for (let i = 0; i < s.length; i++) {
      if (!(Math.abs(s.y[i]!) < RAN_AWAY)) continue;
      low = Math.min(low, s.y[i]!);
      high = Math.max(high, s.y[i]!);
    }
  }
  return [low, high];
}

