/** The stage: one large digit, its directions with what they do, its past, and the way to a second digit. */
import { h, write } from "../../kit/dom";
import { format, type Values } from "../../kit/lab";
import type { Ui } from "../../kit/ui";
import { Film, Picture, type Frame } from "./film";
import type { DigitExplorer } from "./model";
import { DIMS, MAIN, MOMENTS } from "./params";
import { article, read, words } from "./reading";
import { OWN, own } from "./own";
import { DIGITS, generatorAt, reportAt } from "./weights";

/** Time for strips in a frame. */
const SLICE_MS = 6;
const OFFSETS = [-3, -1.5, 0, 1.5, 3];
const STATIONS = 8;

const STYLE = `
.top { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.6rem 1.4rem; }
@container (min-width: 580px) { .top { grid-template-columns: minmax(0, 308px) minmax(0, 1fr); } }
.digit canvas { border-radius: 10px; margin: 0 auto; } .film { cursor: pointer; margin-top: 0.15rem; }
.side { display: grid; gap: 0.55rem; align-content: start; min-width: 0; }
.part { border-top: 1px solid var(--lab-line); margin-top: 0.7rem; padding-top: 0.6rem; }
.part .pair { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.5rem 1.4rem; margin-bottom: 0.4rem; }
@container (min-width: 580px) { .part .pair { grid-template-columns: minmax(0, 1.4fr) minmax(0, 1fr); } }
.made { margin: 0.5rem 0 0.8rem; font-size: 0.78rem; color: var(--lab-muted); }
.made:empty, .whose[hidden] { display: none; }
.whose { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 0.8rem; margin: 0 0 0.6rem; font-weight: 600; }
`;

interface Strip {
  readonly film: Film;
  /** Its frames and the place of the present one. */
  frames(model: DigitExplorer, values: Values): [Frame[], number];
  describe(images: readonly (ArrayLike<number> | null)[], values: Values): string;
}

export function view(ui: Ui): (model: DigitExplorer, values: Values) => void {
  ui.stage.append(h("style", {}, STYLE));
  const picture = new Picture("The digit", 308);
  const left = h("div", {}, picture.element);
  const side = h("div", { class: "side" }, ui.control("label"));
  ui.stage.append(h("div", { class: "top" }, left, side));
  const readouts = ui.readouts([
    { label: "length of z", help: `4 is typical of ${DIMS} dimensions` },
    { label: "ink", help: "mean grey level" },
    { label: "judge agrees", help: "reads the label, in many digits of this moment" },
    { label: "score", help: "Fréchet distance at this moment; lower is better" },
  ], left);
  const directions = Array.from({ length: MAIN }, (_, i) => direction(ui, `z${i + 1}`));
  directions.forEach(({ film }, i) => side.append(h("div", {}, ui.control(`z${i + 1}`), film.canvas)));
  side.append(zeroButton(ui));
  const past = h("div"), whose = chooser(ui);
  ui.stage.append(past);
  const strips = [...directions, training(ui, past), passage(ui)];
  const made = ui.stage.appendChild(h("p", { class: "made" }));

  let shown: Values = {};
  const fill = filler(strips, () => shown, ui.stage);
  return (model, values) => {
    shown = values;
    const image = model.image();
    const report = reportAt(model.moment), yours = own();
    whose.update();
    past.hidden = yours !== null;
    picture.show(image);
    if (!ui.playing) picture.describe(model.describe());
    readouts([model.length, image ? percent(read(image).ink) : null, report && report.agreement !== null ? percent(report.agreement) : null, report?.score ?? null]);
    for (const strip of strips) strip.film.update(...strip.frames(model, values), ui.colors);
    write(made, origin());
    fill();
  };
}

/** Computes frames that are out of date, a few milliseconds of each animation frame, until none is left or the lab is taken away. */
function filler(strips: readonly Strip[], values: () => Values, stage: HTMLElement): () => void {
  let frame = 0;
  const slice = (): void => {
    const start = performance.now();
    frame = 0;
    if (!stage.isConnected) return;
    let more = true;
    while (more && performance.now() - start < SLICE_MS) more = strips.reduce((any, { film }) => film.advance() || any, false);
    frame = more ? requestAnimationFrame(slice) : 0;
    if (!more) strips.forEach((strip) => strip.film.complete && strip.film.describe(strip.describe(strip.film.complete, values())));
  };
  return () => { frame ||= requestAnimationFrame(slice); };
}

/** The present digit with other values of some parameters. */
function frame(model: DigitExplorer, values: Values, changed: Values, name: string): Frame {
  const moment = MOMENTS.indexOf((changed["moment"] ?? values["moment"]) as number);
  const input = model.input(changed);
  const generator = generatorAt(moment);
  return { key: generator ? `${own() ? `yours ${OWN.version}` : moment} ${input.join(" ")}` : "", draw: () => generator?.draw(input) ?? null, name };
}

const signed = (x: number): string => `${x > 0 ? "+" : x < 0 ? "−" : ""}${Math.abs(x)}`;
const percent = (x: number): string => `${format(100 * x, x < 0.995 ? 2 : 3)} %`;

/** What one direction does to the digit. */
function direction(ui: Ui, key: string): Strip {
  return {
    film: new Film((i) => ui.set({ [key]: OFFSETS[i]! })),
    frames: (model, values) => [
      OFFSETS.map((x) => frame(model, values, { [key]: x }, signed(x))),
      OFFSETS.indexOf(values[key] as number),
    ],
    describe: (images) => {
      const [low, high] = [images[0], images[images.length - 1]].map((image) => (image ? words(read(Float64Array.from(image)), true) : ""));
      return `Direction ${key.slice(1)}. At −3: ${low} At +3: ${high}`;
    },
  };
}

function training(ui: Ui, parent: HTMLElement): Strip {
  const film = new Film((i) => ui.set({ moment: MOMENTS[i]! }));
  parent.append(h("div", { class: "part" }, ui.control("moment"), film.canvas));
  return {
    film,
    frames: (model, values) => [
      MOMENTS.map((moment) => frame(model, values, { moment }, String(moment))),
      MOMENTS.indexOf(values["moment"] as number),
    ],
    describe: () => {
      const reports = DIGITS.held?.moments.map(({ agreement }, i) => `${MOMENTS[i]}: ${percent(agreement)}`);
      return `The same z and label at ${STATIONS} moments of the training. Share of digits that the judge reads as told, by step: ${reports?.join(", ")}.`;
    },
  };
}

function passage(ui: Ui): Strip {
  const film = new Film((i) => ui.set({ t: Math.round((100 * i) / (STATIONS - 1)) / 100 }));
  const pair = h("div", { class: "pair" }, ui.control("to_label"), ui.control("path"));
  ui.stage.append(h("div", { class: "part" }, pair, ui.control("t"), film.canvas));
  return {
    film,
    frames: (model, values) => [
      Array.from({ length: STATIONS }, (_, i) => frame(model, values, { t: i / (STATIONS - 1) }, stationName(i, values))),
      (values["t"] as number) * (STATIONS - 1),
    ],
    describe: (_, values) => `${STATIONS} digits on the way from ${article(String(values["label"]))} to ${article(String(values["to_label"]))}.`,
  };
}

function stationName(i: number, values: Values): string {
  if (i === 0) return article(String(values["label"]));
  return i === STATIONS - 1 ? article(String(values["to_label"])) : "";
}

function zeroButton(ui: Ui): HTMLElement {
  const zeros = Object.fromEntries(Array.from({ length: DIMS }, (_, i) => [`z${i + 1}`, 0]));
  return h("button", { type: "button", class: "quiet", onclick: () => ui.set(zeros) }, "All directions to 0");
}

/** Whose generator draws: a line with a button, once the reader has one. */
function chooser(ui: Ui): { readonly update: () => void } {
  const text = h("span"), button = h("button", { type: "button", "data-action": "whose", onclick: () => {
    OWN.shown = !OWN.shown;
    ui.refresh();
  } });
  const line = h("p", { class: "whose", hidden: true }, text, button);
  ui.stage.prepend(line);
  return { update: () => {
    line.hidden = !OWN.held;
    write(text, own() ? "This is your generator." : "This is the generator that comes with the book.");
    write(button, own() ? "Back to the book’s" : "Show yours");
  } };
}

function origin(): string {
  const yours = own(), from = DIGITS.held;
  if (yours) {
    const { trained: { steps, seed }, generator: { effect } } = yours;
    return `Trained in the digit lab of this page for ${steps.toLocaleString("en-US")} steps, seed ${seed}; a link does not carry it. ${ordered(effect)}`;
  }
  if (!from) return "";
  return `Trained on MNIST for ${from.steps[from.steps.length - 1]!.toLocaleString("en-US")} steps, seed ${from.seed}, ${from.date}; weights in 8 bits. ${ordered(from.effect)}`;
}

function ordered(effect: readonly number[]): string {
  const shares = effect.slice(0, MAIN).map((share) => Math.round(100 * share)).join(", ");
  return `The directions are ordered by how strongly they change the image: the first four carry ${shares} % of the effect.`;
}
