/** The runs of a trial, seed by seed; what they come to; and the trials that were seen. */
import { h } from "../../kit/dom";
import { exact } from "../../kit/lab";
import type { Plot } from "../../kit/plot";
import type { Ui } from "../../kit/ui";
import { forest, FOREST_STYLE } from "./forest";
import { capital, end, MEASURES, two, type TrialsLab } from "./model";
import { FAILED } from "./trials";

const STYLE = `
.choice { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.5rem 1.4rem; margin-bottom: 0.4rem; }
.sides { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.3rem 1.4rem; }
@container (min-width: 560px) { .choice { grid-template-columns: minmax(0, 1fr) minmax(0, 0.8fr) minmax(0, 1.3fr); } .sides { grid-template-columns: minmax(0, 1.15fr) minmax(0, 1fr); } }
.ask { display: grid; gap: 0.6rem; align-content: start; } .ask > button { justify-self: start; min-height: 40px; background: var(--lab-accent); border-color: var(--lab-accent); color: var(--lab-on-accent); font-weight: 600; }
.ask > button:hover { color: var(--lab-ink); } .key { color: var(--lab-muted); font-size: 0.8125rem; margin: 0.2rem 0; }
${FOREST_STYLE}`;

export function view(ui: Ui): (model: TrialsLab) => void {
  const left = h("div"), right = h("div", { class: "ask" }), trials = h("div", { class: "trials" });
  const choice = h("div", { class: "choice" }, ui.control("target"), ui.control("baseline"), ui.control("trick"));
  ui.stage.append(h("style", {}, STYLE), choice, h("div", { class: "sides" }, left, right), trials);
  const plot = ui.plot({ title: "Each seed without and with the trick; low is good", height: 250, x: { min: -0.5, max: 1.5, named: [[0, "baseline"], [1, "with the trick"]] }, y: { min: 0, max: 1 } }, left);
  ui.legend([{ text: "baseline", color: "d", mark: "ring" }, { text: "with the trick", color: "first", mark: "dot" }], left);
  left.append(h("p", { class: "key" }, "A line joins runs of one seed. Diamonds: geometric means."));
  const show = ui.button("show");
  right.append(ui.control("guess"), show);
  const readouts = ui.readouts([
    { label: "ratio", help: "with the trick over without; below 1 it helps" },
    { label: "95 % interval", help: "for the ratio, by the seeds that count" },
    { label: "a step costs", help: "as a multiple of the baseline’s" },
    { label: "ratio in equal time", help: "where a step costs more or less" },
  ], right);

  return (model) => {
    const { pair, effect } = model, equal = pair?.[1].equal_time;
    show.style.display = pair && !model.shown ? "" : "none";
    readouts(effect ? [two(effect.ratio), `${end(effect.low)} to ${end(effect.high)}`, `× ${two(pair![1].cost)}`, equal ? `${two(equal.ratio)} (${end(equal.low)} to ${end(equal.high)})` : "the same"] : []);
    drawRuns(plot, model, ui);
    trials.replaceChildren(...forest(model));
  };
}

function drawRuns(plot: Plot, model: TrialsLab, { colors }: Ui): void {
  const rows = model.pair?.slice(0, model.shown ? 2 : 1).map(({ values }) => values) ?? [];
  fitAxis(plot, rows.flat());
  plot.begin(colors);
  const top = plot.y.max, height = (value: number): number => (value >= FAILED ? top : Math.log10(value));
  const n = model.counted, all = model.available;
  const places = Array.from({ length: all }, (_, i) => (all > 1 ? 0.5 * (i / (all - 1) - 0.5) : 0));
  if (rows.length > 1) {
    for (let i = 0; i < n; i++) plot.line([places[i]!, 1 + places[i]!], rows.map((row) => height(row[i]!)), { color: colors.muted, width: 1, alpha: 0.6 });
  }
  rows.forEach((row, column) => {
    const [xs, ys] = [places.map((x) => column + x), row.map(height)];
    const color = column ? colors.first : colors.d, mark = column ? "dot" : "ring";
    plot.marks(xs.slice(n), ys.slice(n), mark, color, 3, all - n, 0.3);
    plot.marks(xs.slice(0, n), ys.slice(0, n), mark, color, 4, n, 0.9);
    plot.marks([column], [ys.slice(0, n).reduce((sum, y) => sum + y, 0) / n], "diamond", colors.ink, 6.5);
  });
  const told = rows.map((row, i) => `${i ? "With the trick" : "Baseline"}: ${row.slice(0, n).map(said).join(", ")}.`).join(" ");
  plot.describe(rows.length ? `${capital(MEASURES[model.target])} of ${n} seeds. ${told}${rows.length > 1 ? "" : " The trick’s results are covered."}` : "There is no such trial.");
}

const said = (value: number): string => (value >= FAILED ? "failed" : exact(value));

/** A logarithmic axis around the values, failures aside. */
function fitAxis(plot: Plot, values: readonly number[]): void {
  const logs = values.filter((value) => value > 0 && value < FAILED).map(Math.log10);
  const [low, high] = logs.length ? [Math.min(...logs), Math.max(...logs)] : [0, 1];
  const room = Math.max(0.03, 0.08 * (high - low));
  Object.assign(plot.y, { min: low - room, max: high + room, named: ticks(low - room, high + room) });
}

/** Round numbers on a logarithmic axis: three of them at least, if there are so many with two digits. */
function ticks(low: number, high: number): [number, string][] {
  for (const digits of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 7], Array.from({ length: 90 }, (_, i) => (i + 10) / 10)]) {
    const found: [number, string][] = [];
    for (let power = Math.floor(low); power <= high; power++) {
      for (const digit of digits) {
        const t = power + Math.log10(digit);
        if (t >= low && t <= high) found.push([t, exact(digit * 10 ** power)]);
      }
    }
    if (found.length >= 3) return found.length > 8 ? found.filter((_, i) => i % Math.ceil(found.length / 8) === 0) : found;
  }
  return [];
}
