/**
 * Two generator losses (chapter 5): one fake, its logit s, and how strongly each loss pushes it.
 *
 * D stands still and is as plain as possible: the logit of a sample is its place on the line, D = sigma(s). So one axis carries all:
 * samples, losses and slopes. minimax: log(1 - D), slope -D. Non-saturating: -log D, slope -(1 - D). Maximum likelihood: -e^s.
 * Play lets copies of the same samples follow -dL_G/ds, one set for each loss.
 */
import { exp, log, sigmoid, softplus } from "../engine";
import { h } from "../kit/dom";
import { exact, finite, format, type Lab, type Model, type State, type Value, type Values } from "../kit/lab";
import { DASH, type Plot } from "../kit/plot";
import type { Ui } from "../kit/ui";

const LOW = -10;
const HIGH = 10;
/** Places of the samples around their middle. */
const CLOUD = [-0.8, -0.4, 0, 0.4, 0.8];
const D_LEVELS = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5,
  0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999,
];

interface GLoss {
  readonly label: string;
  value(s: number): number;
  slope(s: number): number;
}

const GAMES = {
  minimax: { label: "minimax", value: (s) => -softplus(s), slope: (s) => -sigmoid(s) },
  nonsaturating: { label: "non-saturating", value: (s) => softplus(-s), slope: (s) => -sigmoid(-s) },
  likelihood: { label: "maximum likelihood", value: (s) => -exp(s), slope: (s) => -exp(s) },
} satisfies Record<string, GLoss>;
type Game = keyof typeof GAMES;

const logit = (d: number): number => log(d / (1 - d));

class LossLab implements Model {
  steps = 0;
  readonly start: number;
  readonly samples: Record<Game, Float64Array>;

  constructor(private values: Values) {
    this.start = logit(values["d"] as number);
    const cloud = (): Float64Array => Float64Array.from(CLOUD, (offset) => this.start + offset);
    this.samples = { minimax: cloud(), nonsaturating: cloud(), likelihood: cloud() };
  }

  /** The losses on show. */
  get games(): Game[] {
    return this.values["likelihood"] ? ["minimax", "nonsaturating", "likelihood"] : ["minimax", "nonsaturating"];
  }

  /** The middle sample. */
  at(game: Game): number {
    return this.samples[game][CLOUD.length >> 1]!;
  }

  act(): void {
    const rate = this.values["step_size"] as number;
    for (const [game, samples] of Object.entries(this.samples)) {
      for (let i = 0; i < samples.length; i++) samples[i] = Math.min(HIGH, samples[i]! - rate * GAMES[game as Game].slope(samples[i]!));
    }
    this.steps += 1;
  }

  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
  }

  get state(): State {
    const { start } = this;
    const pairs = <T>(f: (game: Game) => T): Record<Game, T> => ({ minimax: f("minimax"), nonsaturating: f("nonsaturating"), likelihood: f("likelihood") });
    const [minimax, nonsaturating] = [GAMES.minimax.slope(start), GAMES.nonsaturating.slope(start)];
    return {
      step: this.steps,
      losses: pairs((game) => finite(GAMES[game].value(this.at(game)))),
      metrics: { d: sigmoid(start), logit: start, ratio: nonsaturating / minimax, ...prefixed("slope", pairs((game) => GAMES[game].slope(start))), ...prefixed("d", pairs((game) => sigmoid(this.at(game)))) },
      samples: pairs((game) => [...this.samples[game]]),
    };
  }

  private third(slope: number): string {
    return this.values["likelihood"] ? ` Maximum likelihood has slope ${format(slope)}.` : "";
  }

  describe(): string {
    const { start } = this;
    const d = sigmoid(start);
    const slopes = `At D(G(z)) = ${two(d)} the minimax loss has slope −${two(d)}, the non-saturating one −${exact(Number((1 - d).toPrecision(6)))}`;
    const ratio = d < 0.5 ? `, ${format((1 - d) / d, 2)} times as steep.` : d > 0.5 ? `; minimax is ${format(d / (1 - d), 2)} times as steep.` : ", just as steep.";
    if (!this.steps) return `${slopes}${ratio}${d < 0.1 ? " D is sure of its fake: the minimax arrow all but vanishes." : ""}${this.third(GAMES.likelihood.slope(start))}`;
    const [a, b, c] = (["minimax", "nonsaturating", "likelihood"] as const).map((game) => two(sigmoid(this.at(game)))) as [string, string, string];
    return `Step ${this.steps}. D stood still. The middle sample went from D = ${two(d)} to ${a} with the minimax loss, to ${b} with the non-saturating one${this.values["likelihood"] ? `, to ${c} with maximum likelihood` : ""}.`;
  }
}

/** A probability to two significant digits, of what is missing to 1 where it is near 1. */
const two = (x: number): string => exact(x > 0.9 ? 1 - Number((1 - x).toPrecision(2)) : Number(x.toPrecision(2)));
const prefixed = (prefix: string, numbers: Record<Game, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(numbers).map(([game, x]) => [`${prefix}_${game}`, x]));

type Look = Record<Game, { readonly color: string; readonly dash: readonly number[] }>;
const looks = ({ colors }: Ui): Look => ({
  minimax: { color: colors.first, dash: DASH.solid },
  nonsaturating: { color: colors.second, dash: DASH.dashed },
  likelihood: { color: colors.ink, dash: DASH.dotted },
});

function view(ui: Ui): (model: LossLab) => void {
  const x = { min: LOW, max: HIGH };
  const scene = ui.plot({ title: "The fakes, and where each loss sends them", height: 165, x: { ...x, label: "logit s of the fake; D = σ(s)" }, y: { min: 0, max: 3, from: 9 } });
  const row = ui.row();
  const losses = ui.plot({ title: "Generator losses", height: 210, x: { ...x, label: "s" }, y: { min: -6, max: 6 } }, row);
  const slopes = ui.plot({ title: "Their slopes in s", height: 210, x: { ...x, label: "s" }, y: { min: -1.5, max: 0.2 } }, row);
  ui.legend([
    { text: "minimax, log(1 − D)", color: "first", mark: "solid" },
    { text: "non-saturating, −log D", color: "second", mark: "dashed" },
    { text: "the fake", color: "fake", mark: "dot" },
  ]);
  const third = ui.stage.appendChild(h("div"));
  ui.legend([{ text: "maximum likelihood, −D/(1 − D)", color: "ink", mark: "dotted" }], third);
  const readouts = ui.readouts([
    { label: "logit s", help: "log D − log(1 − D)" },
    { label: "slope, minimax", help: "−σ(s), that is −D" },
    { label: "slope, non-saturating", help: "−(1 − D)" },
    { label: "ratio of the slopes", help: "(1 − D) / D" },
  ]);
  const grip = ui.grip(scene, "fake", ({ x: s }) => ui.set({ d: sigmoid(nearestLogit(s)) }));

  return (model) => {
    third.hidden = model.games.length < 3;
    drawScene(scene, model, ui);
    grip(model.start, 2.72);
    drawCurves(losses, model, ui, "value");
    drawCurves(slopes, model, ui, "slope");
    const d = sigmoid(model.start);
    readouts([model.start, -d, d - 1, (1 - d) / d]);
  };
}

/** The level of D whose logit is next to s. */
function nearestLogit(s: number): number {
  return D_LEVELS.map(logit).reduce((best, at) => (Math.abs(at - s) < Math.abs(best - s) ? at : best));
}

function drawScene(plot: Plot, model: LossLab, ui: Ui): void {
  const { colors } = ui;
  plot.begin(colors);
  plot.vertical(0, { color: colors.muted, width: 1.2, dash: DASH.dotted });
  plot.vertical(model.start, { color: colors.fake, width: 1.2, dash: DASH.dotted });
  plot.text(LOW, 2.72, "← D: fake", { dx: 4, color: colors.muted });
  plot.text(HIGH, 2.72, "D: real →", { align: "right", dx: -2, color: colors.muted });
  const look = looks(ui);
  const lanes = model.games.length;
  model.games.forEach((game, i) => {
    const lane = 2.2 - ((i + 0.5) * 2.2) / lanes;
    const { color } = look[game];
    const { label, slope } = GAMES[game];
    const left = model.at(game) > 0;
    plot.text(left ? LOW : HIGH, lane, label, { align: left ? "left" : "right", dx: left ? 4 : -2, dy: -10, color, bold: true });
    model.samples[game].forEach((s, j) => {
      const y = lane + 0.12 * (j - 2);
      plot.marks([s], y, "dot", colors.fake, 3);
      plot.arrow(s, y, Math.min(200, -70 * slope(s)), 0, { color, width: 2 });
    });
  });
  plot.describe(model.games.map((game) => `${GAMES[game].label}: middle sample at s = ${format(model.at(game))}, pushed right with strength ${format(-GAMES[game].slope(model.at(game)))}`).join("; ") + ".");
}

const XS = Float64Array.from({ length: 401 }, (_, i) => LOW + i / 20);

function drawCurves(plot: Plot, model: LossLab, ui: Ui, what: "value" | "slope"): void {
  const { colors } = ui;
  const look = looks(ui);
  plot.begin(colors);
  plot.line([LOW, HIGH], [0, 0], { color: colors.muted, width: 1 });
  plot.vertical(model.start, { color: colors.fake, width: 1.2, dash: DASH.dotted });
  for (const game of model.games) {
    plot.line(XS, XS.map((s) => Math.max(-1e3, GAMES[game][what](s))), { ...look[game], width: 2.5 });
    plot.marks([model.at(game)], [GAMES[game][what](model.at(game))], "dot", colors.fake, 4.5);
  }
  plot.describe(`At s = ${exact(Number(model.start.toFixed(2)))}: ` + model.games.map((game) => `${GAMES[game].label} ${format(GAMES[game][what](model.start))}`).join(", ") + ".");
}

export const lossLab: Lab<LossLab> = {
  tag: "loss-lab",
  title: "Two generator losses",
  does: "Set what D says of a fake and see how hard each loss pushes it",
  seeded: false,
  speed: 60,
  actions: { step: { label: "Step", help: "Each set of samples moves by step size times −dL_G/ds; D stands still" } },
  params: {
    d: { kind: "levels", label: "D(G(z)), at the start", group: "The fake", values: D_LEVELS, default: 0.01, resets: true,
      help: "How real D finds the middle sample. A change starts anew" },
    likelihood: { kind: "toggle", label: "show the maximum-likelihood game", group: "The fake", default: false, help: "−D/(1 − D) = −e^s: Goodfellow et al.’s third loss" },
    step_size: { kind: "levels", label: "step size", group: "Play", values: [0.01, 0.02, 0.05, 0.1, 0.2], default: 0.05, help: "How far a sample moves for a slope of 1" },
  },
  create: (values) => new LossLab(values),
  view,
};
