/** The stage: the sheet that grows, what is measured on it, and the curves of the run. */
import type { Series } from "../../engine";
import { h, write } from "../../kit/dom";
import { format } from "../../kit/lab";
import { DASH, roundUp, type Plot } from "../../kit/plot";
import type { Ui } from "../../kit/ui";
import { CLASSES, DATA } from "./cargo";
import { explorable, explore } from "./explore";
import { BATCH, POINT, ROWS, type DigitLab } from "./model";
import { Sheet } from "./sheet";

const STYLE = `
.top { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.2rem 1.4rem; align-items: start; }
@container (min-width: 580px) { .top { grid-template-columns: minmax(0, 1.25fr) minmax(0, 1fr); } }
.digits { border-radius: 4px; } .told { display: grid; grid-template-columns: repeat(10, 1fr); min-height: 1.1rem; text-align: center; font-size: 0.75rem; color: var(--lab-muted); }
.note { margin: 0.25rem 0 0.4rem; font-size: 0.78rem; color: var(--lab-muted); }
.stage button[aria-disabled="true"] { opacity: 0.55; cursor: default; } .after { margin: 0.2rem 0 0.9rem; }
.compact .top { padding-bottom: 1rem; } .compact .say { margin-top: 1.1rem; min-height: 8.6em; }
`;

const HEIGHT = 150;
const SHARES = [[0, "0"], [0.5, "50 %"], [1, "100 %"]] as const;
const TENS = Array.from({ length: CLASSES }, (_, digit) => [digit, String(digit)] as const);
const percent = (x: number | null): string | null => (x === null ? null : `${format(100 * x, 2)} %`);

type Draw = (model: DigitLab) => void;

export function view(ui: Ui): Draw {
  return ui.compact ? small(ui) : full(ui);
}

/** Picture, a sentence, time and speed. */
function small(ui: Ui): Draw {
  const sheet = new Sheet(ROWS), columns = new Columns(), beside = h("div");
  ui.stage.append(h("style", {}, STYLE), h("div", { class: "top" }, h("figure", {}, columns.element, sheet.canvas), beside));
  beside.append(ui.words, h("p", { class: "note" }, "Above the line: the real digits that are most like the row below it."));
  const readouts = ui.readouts([
    { label: "images a second", help: "trained on, while it plays" },
    { label: "time", help: "of training, in this page" },
  ], beside);
  const stopwatch = new Stopwatch();
  return (model) => {
    sheet.show(model.neighbours(!ui.playing), model.sheet(), ui.colors);
    if (!ui.playing) sheet.describe(`${ROWS} rows of ten drawings by the network that draws, asked for 0 to 9. ${model.summary()}`);
    columns.show(model);
    const { time, rate } = stopwatch.read(model, ui.playing);
    readouts([rate === null ? null : rate.toLocaleString("en-US"), time]);
  };
}

/** What each column of the sheet was told. */
class Columns {
  private readonly names = Array.from({ length: CLASSES }, () => h("span"));
  readonly element = h("div", { class: "told", "aria-hidden": "true" }, ...this.names);

  show({ told }: DigitLab): void {
    this.names.forEach((name, i) => write(name, told?.[i] ?? ""));
  }
}

function full(ui: Ui): Draw {
  const sheet = new Sheet(ROWS), columns = new Columns(), note = h("p", { class: "note" });
  const beside = h("div");
  ui.stage.append(h("style", {}, STYLE), h("div", { class: "top" }, h("figure", {}, columns.element, sheet.canvas, note), beside));
  const x = { min: 0, max: 500, label: "step" };
  const losses = ui.plot({ title: "Losses", height: HEIGHT, x, y: { min: 0, max: 2 } }, beside);
  const opinions = ui.plot({ title: "What D says, mean over a batch", height: HEIGHT, x, y: { min: 0, max: 1 } }, beside);
  const row = ui.row();
  const agreement = ui.plot({ title: "How often the judge reads what G was told", height: HEIGHT, x, y: { min: 0, max: 1, named: SHARES } }, row);
  const classes = ui.plot({ title: "What the judge reads in 500 fakes", height: HEIGHT, x: { min: -0.5, max: 9.5, named: TENS, label: "digit" }, y: { min: 0, max: 0.3 } }, row);
  const readouts = ui.readouts([
    { label: "judge agrees", help: "reads the digit that G was told, in 500 fakes" },
    { label: "variety", help: "of the fakes of one digit; 1 = as real ones" },
    { label: "copies", help: "nearer to a training digit than to unseen ones; 50 % is chance" },
    { label: "images a second", help: "trained on, while it plays" },
    { label: "time", help: "of training, in this page" },
  ]);
  const stopwatch = new Stopwatch(), explorer = exploreButton(ui), changed = changes();

  return (model) => {
    explorer(model);
    drawSheet(sheet, model, ui);
    columns.show(model);
    write(note, `Below the line, what G draws: ${model.rowsSay}. Above it, the training digits nearest to the row below.`);
    const { look } = model, { time, rate } = stopwatch.read(model, ui.playing);
    readouts([percent(look?.agreement ?? null), look?.variety ?? null, percent(look?.copies ?? null), rate === null ? null : rate.toLocaleString("en-US"), time]);
    if (ui.playing && !changed(Math.floor(model.steps / POINT), model.loss, ui.colors, ui.stage.clientWidth)) return;
    drawLosses(losses, model, ui);
    drawOpinions(opinions, model, ui);
    drawAgreement(agreement, model, ui);
    drawClasses(classes, model, ui);
  };
}

/** Asks whether anything is another than when it was last asked. */
function changes(): (...now: readonly unknown[]) => boolean {
  let last: readonly unknown[] = [];
  return (...now) => {
    const same = now.every((one, i) => one === last[i]);
    last = now;
    return !same;
  };
}

/** Its G in the explorer, with sliders; returns the way to say which model is meant. */
function exploreButton(ui: Ui): Draw {
  let shown: DigitLab | null = null;
  const button = h("button", { type: "button", "data-action": "explore", title: "Move through the latent space of the G that draws this sheet, once it has learned from labels",
    onclick: () => shown && explorable(shown) && explore(shown, (ui.stage.getRootNode() as ShadowRoot).host) }, "Explore your generator");
  ui.stage.append(h("p", { class: "after" }, button));
  return (model) => {
    shown = model;
    button.setAttribute("aria-disabled", String(!explorable(model))); // the keyboard reaches it all the same
  };
}

/** Time of play, and images a second over the last second of it. The model knows nothing of clocks. */
class Stopwatch {
  private model: DigitLab | null = null;
  private seconds = 0;
  private last = 0;
  private mark = { at: 0, steps: 0 };
  private rate: number | null = null;

  read(model: DigitLab, playing: boolean): { time: string; rate: number | null } {
    const now = performance.now();
    if (model !== this.model || model.steps < this.mark.steps) Object.assign(this, { model, seconds: 0, rate: null, last: 0 });
    if (!playing) this.last = 0;
    else {
      if (this.last) this.seconds += (now - this.last) / 1000;
      else this.mark = { at: now, steps: model.steps };
      this.last = now;
      if (now - this.mark.at >= 1000) {
        this.rate = Math.round((BATCH * 1000 * (model.steps - this.mark.steps)) / (now - this.mark.at) / 100) * 100;
        this.mark = { at: now, steps: model.steps };
      }
    }
    return { time: `${Math.floor(this.seconds)} s`, rate: this.rate };
  }
}

function drawSheet(sheet: Sheet, model: DigitLab, ui: Ui): void {
  sheet.show(model.neighbours(!ui.playing), model.sheet(), ui.colors);
  if (!ui.playing) sheet.describe(`${ROWS} rows of ten digits that G draws: ${model.rowsSay}. ${model.describe()}`);
}

function stretch(plot: Plot, model: DigitLab): void {
  plot.x.max = roundUp(Math.max(500, model.steps));
}

function drawLosses(plot: Plot, model: DigitLab, { colors }: Ui): void {
  const { d, g } = model.curves, { equilibrium } = model.loss;
  stretch(plot, model);
  const all = [d, g].flatMap(values), low = Math.min(0, equilibrium.g.value, ...all), high = Math.max(2, ...all);
  Object.assign(plot.y, { min: low < 0 ? -roundUp(-low) : 0, max: roundUp(high) });
  plot.begin(colors);
  plot.reference(equilibrium.d.value, equilibrium.d.label);
  plot.reference(equilibrium.g.value, equilibrium.g.label);
  curve(plot, d, "D", colors.d, colors.d, DASH.solid);
  curve(plot, g, "G", colors.fake, colors.fakeText, DASH.dashed);
  plot.describe(d.length ? `Loss of D ${format(d.last)}, of G ${format(g.last)}. At equilibrium they are ${equilibrium.d.label} and ${equilibrium.g.label}.` : "No step yet.");
}

function drawOpinions(plot: Plot, model: DigitLab, { colors }: Ui): void {
  const { real, fake } = model.curves, sure = model.loss.probability;
  stretch(plot, model);
  const reach = sure ? 1 : roundUp(Math.max(1, ...[real, fake].flatMap(values).map(Math.abs)));
  Object.assign(plot.y, { min: sure ? 0 : -reach, max: reach });
  plot.begin(colors);
  if (sure) plot.reference(0.5, "1/2: cannot tell");
  curve(plot, real, "real", colors.real, colors.real, DASH.solid);
  curve(plot, fake, "fake", colors.fake, colors.fakeText, DASH.dashed);
  plot.describe(real.length ? `D says ${format(real.last, 2)} on real images, ${format(fake.last, 2)} on fakes.` : "No step yet.");
}

function drawAgreement(plot: Plot, model: DigitLab, { colors }: Ui): void {
  const { agreement } = model.curves, best = DATA.held?.accuracy;
  stretch(plot, model);
  plot.begin(colors);
  plot.reference(0.1, "guessing");
  if (best) plot.reference(best, "on real digits");
  curve(plot, agreement, "", colors.fake, colors.fakeText, DASH.solid);
  plot.describe(agreement.length ? `${percent(agreement.last)} at step ${agreement.x[agreement.length - 1]}.` : "Nothing measured yet.");
}

function drawClasses(plot: Plot, { look }: DigitLab, { colors }: Ui): void {
  const total = look?.classes.reduce((sum, n) => sum + n, 0) ?? 1, shares = look?.classes.map((n) => n / total) ?? [];
  plot.y.max = roundUp(Math.max(0.2, ...shares));
  plot.begin(colors);
  plot.bars(shares, -0.5, 9.5, colors.fake);
  plot.reference(0.1, "a tenth");
  plot.describe(look ? `Shares of the digits 0 to 9: ${shares.map((share) => percent(share)).join(", ")}.` : "Nothing measured yet.");
}

/** Larger numbers are on their way to infinity: the charts leave them out. */
const RAN_AWAY = 1e5;

function values({ y, length }: Series): number[] {
  return [...y.subarray(0, length)].filter((value) => Math.abs(value) < RAN_AWAY);
}

/** A curve with a dot and a name at its end. */
function curve(plot: Plot, { x, y, length }: Series, name: string, color: string, ink: string, dash: readonly number[]): void {
  if (!length) return;
  plot.line(x, y, { color, width: 2, dash }, length);
  const [at, value] = [x[length - 1]!, y[length - 1]!];
  plot.marks([at], [value], "dot", color, 3);
  if (!name) return;
  const near = plot.px(plot.x.max) - plot.px(at) < 40;
  plot.text(at, value, name, { dx: near ? -8 : 8, dy: near ? 10 : 0, align: near ? "right" : "left", color: ink, bold: true });
}
