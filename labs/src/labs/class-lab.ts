/**
 * Two classes on a line (chapter 1): the joint p(x, y) beside the conditional p(y | x), and who can draw new pairs.
 *
 * Both sides describe the same world and name a given x alike. Asked for new pairs, the generative side draws
 * y from p(y), then x from p(x | y); the discriminative side has no p(x) to draw from, and says so.
 */
import { exp, log, normalLogDensity, Rng, sigmoid } from "../engine";
import { h, rich } from "../kit/dom";
import { exact, format, type Lab, type Model, type State, type Value, type Values } from "../kit/lab";
import { DASH, type Plot } from "../kit/plot";
import type { Ui } from "../kit/ui";

const PAIRS = 20;
const LOW = -5;
const HIGH = 7;
const BIN = 0.4;
const BINS = Math.round((HIGH - LOW) / BIN);
const XS = Float64Array.from({ length: 481 }, (_, i) => LOW + i / 40);

interface Bell {
  readonly share: number;
  readonly mu: number;
  readonly sigma: number;
}

class ClassLab implements Model {
  steps = 0;
  /** Sampled pairs of each label in each bin of x, since the world last changed. */
  counts = [new Float64Array(BINS), new Float64Array(BINS)];
  /** The last pairs drawn: x of each label. */
  last: number[][] = [[], []];
  private drawn = [0, 0];
  private sum = [0, 0];
  private readonly rng: Rng;

  constructor(private values: Values, seed: number) {
    this.rng = new Rng(seed, 1);
  }

  get x(): number {
    return this.values["x"] as number;
  }

  get bells(): readonly [Bell, Bell] {
    const at = (key: string): number => this.values[key] as number;
    const share = at("share");
    return [{ share: 1 - share, mu: at("mu0"), sigma: at("sigma0") }, { share, mu: at("mu1"), sigma: at("sigma1") }];
  }

  get pairs(): number {
    return this.drawn[0]! + this.drawn[1]!;
  }

  joint(label: 0 | 1, x: number): number {
    const { share, mu, sigma } = this.bells[label];
    return share * exp(normalLogDensity(x, mu, sigma));
  }

  /** p(y = 1 | x), by Bayes' rule. */
  posterior(x: number): number {
    return sigmoid(this.logit(x));
  }

  private logit(x: number): number {
    const [a, b] = this.bells;
    return log(b.share / a.share) + normalLogDensity(x, b.mu, b.sigma) - normalLogDensity(x, a.mu, a.sigma);
  }

  /** Where both labels are equally probable: the logit is a quadratic, so at none, one or two places. */
  get boundaries(): number[] {
    const c = this.logit(0);
    const [up, down] = [this.logit(1), this.logit(-1)];
    const a = (up + down) / 2 - c;
    const b = (up - down) / 2;
    if (Math.abs(a) < 1e-12) return Math.abs(b) < 1e-12 ? [] : [-c / b];
    const root = b * b - 4 * a * c;
    if (root <= 0) return [];
    return [-1, 1].map((side) => (-b + side * Math.sqrt(root)) / (2 * a)).sort((p, q) => p - q);
  }

  /** Share of pairs that the best classifier names right. */
  get accuracy(): number {
    const grid = Array.from({ length: 4000 }, (_, i) => -20 + (i + 0.5) / 100);
    return grid.reduce((sum, x) => sum + Math.max(this.joint(0, x), this.joint(1, x)), 0) / 100;
  }

  act(): void {
    this.last = [[], []];
    for (let i = 0; i < PAIRS; i++) this.draw();
    this.steps += 1;
  }

  /** First the label, then the number: p(x, y) = p(y) p(x | y). */
  private draw(): void {
    const label = this.rng.uniform() < this.bells[1].share ? 1 : 0;
    const { mu, sigma } = this.bells[label];
    const x = mu + sigma * this.rng.normal();
    this.last[label]!.push(x);
    this.drawn[label] = this.drawn[label]! + 1;
    this.sum[label] = this.sum[label]! + x;
    const bin = Math.floor((x - LOW) / BIN);
    if (bin >= 0 && bin < BINS) this.counts[label]![bin]! += 1;
  }

  /** Pairs of the old world say nothing about the new one. */
  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
    if (key === "x") return;
    this.counts.forEach((count) => count.fill(0));
    this.last = [[], []];
    this.drawn = [0, 0];
    this.sum = [0, 0];
  }

  get state(): State {
    const mean = (label: 0 | 1): number | null => (this.drawn[label] ? this.sum[label]! / this.drawn[label]! : null);
    return {
      step: this.steps,
      losses: {},
      metrics: {
        posterior: this.posterior(this.x), joint0: this.joint(0, this.x), joint1: this.joint(1, this.x), accuracy: this.accuracy,
        pairs: this.pairs, share1: this.pairs ? this.drawn[1]! / this.pairs : null, mean0: mean(0), mean1: mean(1),
      },
      boundaries: this.boundaries,
      sampled: { generative: this.pairs, discriminative: 0 },
    };
  }

  private get named(): string {
    const p = this.posterior(this.x);
    return Math.abs(p - 0.5) < 1e-9 ? "so either name will do" : `so the name is ${Number(p > 0.5)}`;
  }

  private border(): string {
    if (this.boundaries.length) return boundaryWords(this.boundaries);
    const p = this.posterior(this.x);
    return Math.abs(p - 0.5) < 1e-9 ? "Both labels are equally probable everywhere: there is no boundary." : `Label ${Number(p > 0.5)} wins everywhere: there is no boundary.`;
  }

  describe(): string {
    const asked = this.pairs
      ? `The generative model has drawn ${this.pairs} pairs; the discriminative model none: it has no p(x) to draw x from.`
      : "Press Sample to ask both models for 20 new pairs.";
    const named = `At x = ${exact(this.x)} both say p(y = 1 | x) = ${format(this.posterior(this.x), 2)}, ${this.named}.`;
    return `${asked} ${named} ${this.border()}`;
  }
}

function boundaryWords(at: readonly number[]): string {
  if (!at.length) return "There is no boundary.";
  return at.length === 1 ? `The boundary is at x = ${format(at[0]!)}.` : `There are two boundaries, at x = ${format(at[0]!)} and ${format(at[1]!)}.`;
}

function view(ui: Ui): (model: ClassLab) => void {
  const row = ui.row();
  const sides = [h("div"), h("div")] as const;
  row.append(...sides);
  const joint = ui.plot({ title: "Generative: the joint p(x, y)", height: 250, x: { min: LOW, max: HIGH, label: "x" }, y: { min: 0, max: 0.4, from: 0 } }, sides[0]);
  const conditional = ui.plot({ title: "Discriminative: p(y = 1 | x)", height: 250, x: { min: LOW, max: HIGH, label: "x" }, y: { min: -0.24, max: 1.06, from: 0 } }, sides[1]);
  const answers = sides.map((side) => side.appendChild(h("p", { class: "answer" })));
  ui.legend([
    { text: "label 0", color: "first", mark: "area" },
    { text: "label 1", color: "second", mark: "dashed" },
    { text: "p(x), both together", color: "muted", mark: "dotted" },
    { text: "boundary", color: "ink", mark: "long" },
    { text: "the given x", color: "accent", mark: "solid" },
  ]);
  const readouts = ui.readouts([
    { label: "p(x, y = 0)", help: "at the given x" },
    { label: "p(x, y = 1)", help: "at the given x" },
    { label: "p(y = 1 | x)", help: "at the given x" },
    { label: "best accuracy", help: "of any classifier here" },
  ]);
  const grips = ([0, 1] as const).map((label) => ui.grip(joint, label ? "second" : "first", ({ x, y }) => {
    const share = Number(label ? values["share"] : 1 - (values["share"] as number));
    ui.set({ [`mu${label}`]: x, [`sigma${label}`]: (0.3989 * share) / Math.max(0.01, y) });
  }));
  const probe = ui.grip(conditional, "accent", ({ x }) => ui.set({ x }));
  let values: Values = {};

  return (model) => {
    values = { share: model.bells[1].share };
    drawJoint(joint, model, ui);
    drawConditional(conditional, model, ui);
    model.bells.forEach(({ mu, sigma, share }, label) => grips[label]!(mu, (0.3989 * share) / sigma));
    probe(model.x, model.posterior(model.x));
    if (ui.numbers) answer(answers, model);
    readouts([model.joint(0, model.x), model.joint(1, model.x), model.posterior(model.x), model.accuracy]);
  };
}

function drawJoint(plot: Plot, model: ClassLab, { colors }: Ui): void {
  const peak = Math.max(...model.bells.map(({ share, sigma }) => (0.3989 * share) / sigma));
  plot.y.max = Math.max(0.3, Math.ceil(11.5 * peak) / 10);
  plot.y.min = -0.16 * plot.y.max;
  plot.begin(colors);
  plot.line([LOW, HIGH], [0, 0], { color: colors.muted, width: 1 });
  const curves = ([0, 1] as const).map((label) => XS.map((x) => model.joint(label, x)));
  plot.line(XS, XS.map((_, i) => curves[0]![i]! + curves[1]![i]!), { color: colors.muted, width: 1.6, dash: DASH.dotted });
  [colors.first, colors.second].forEach((color, label) => {
    const dash = label ? DASH.dashed : DASH.solid;
    if (model.pairs) drawBars(plot, model.counts[label]!, 1 / (model.pairs * BIN), color, dash);
    else plot.area(XS, curves[label]!, color, 0.13);
    plot.line(XS, curves[label]!, { color, width: 2.5, dash });
    plot.marks(model.last[label]!, plot.y.min * (0.35 + 0.4 * label), label ? "cross" : "tick", color, 4);
  });
  drawPlaces(plot, model, colors);
  const [a, b] = model.bells;
  plot.describe(`Label 0: a bell at ${format(a.mu)} with spread ${format(a.sigma)} and share ${format(a.share, 2)}; label 1, dashed: at ${format(b.mu)}, `
    + `spread ${format(b.sigma)}, share ${format(b.share, 2)}. ${model.pairs} sampled pairs.`);
}

/** A histogram as a staircase: heights on the scale of the joint density, so that it settles on the curve. */
function drawBars(plot: Plot, counts: Float64Array, scale: number, color: string, dash: readonly number[]): void {
  const xs: number[] = [];
  const ys: number[] = [];
  counts.forEach((count, i) => {
    xs.push(LOW + i * BIN, LOW + (i + 1) * BIN);
    ys.push(count * scale, count * scale);
  });
  plot.area(xs, ys, color, 0.2);
  plot.line(xs, ys, { color, width: 1, dash, alpha: 0.7 });
}

function drawConditional(plot: Plot, model: ClassLab, { colors }: Ui): void {
  plot.begin(colors);
  plot.reference(0.5, "1/2");
  plot.line(XS, XS.map((x) => model.posterior(x)), { color: colors.second, width: 2.5, dash: DASH.dashed });
  drawPlaces(plot, model, colors);
  const edges = [LOW, ...model.boundaries.filter((x) => x > LOW && x < HIGH), HIGH];
  for (let i = 1; i < edges.length; i++) {
    const [from, to] = [edges[i - 1]!, edges[i]!];
    const one = model.posterior((from + to) / 2) > 0.5;
    const color = one ? colors.second : colors.first;
    plot.line([from, to], [-0.07, -0.07], { color, width: 5, dash: one ? [9, 8] : [] });
    const room = plot.px(to) - plot.px(from);
    if (room > 20) plot.text((from + to) / 2, -0.16, room > 70 ? `named ${Number(one)}` : String(Number(one)), { align: "center", color, bold: true });
  }
  plot.describe(`At x = ${exact(model.x)} it is ${format(model.posterior(model.x), 2)}. ${boundaryWords(model.boundaries)}`);
}

function drawPlaces(plot: Plot, model: ClassLab, colors: Ui["colors"]): void {
  for (const x of model.boundaries) plot.vertical(x, { color: colors.ink, width: 1.2, dash: DASH.long });
  plot.vertical(model.x, { color: colors.accent, width: 1.4 });
}

function answer(answers: readonly HTMLElement[], model: ClassLab): void {
  const [count, refused] = answers as [HTMLElement, HTMLElement];
  if (!model.pairs) {
    count.replaceChildren("Ask me for pairs: I draw y from p(y), then x from p(x | y).");
    refused.replaceChildren("Ask me about a given x, and I say how probable each label is.");
    return;
  }
  const { share1, mean0, mean1 } = model.state.metrics as Record<string, number | null>;
  count.replaceChildren(...rich(`${model.pairs} pairs so far. Share of label 1: ${format(share1!, 2)}. Mean x: ${format(mean0!, 2)} and ${format(mean1!, 2)}.`));
  refused.replaceChildren(h("b", {}, "I cannot. "), "Give me an x and I draw its label. Which x occur, and how often, I never learned: that is p(x).");
}

export const classLab: Lab<ClassLab> = {
  tag: "class-lab",
  title: "Two kinds of models",
  does: "Move two classes and see what a generative and a discriminative model say",
  speed: 60,
  actions: { step: { label: "Sample", help: "Ask both models for 20 new pairs (x, y)" } },
  params: {
    share: { kind: "slider", label: "share of label 1", group: "The world", min: 0.05, max: 0.95, step: 0.05, default: 0.4,
      help: "p(y = 1). A change of the world clears the pairs" },
    x: { kind: "slider", label: "a given x", group: "The world", min: -4.5, max: 6.5, step: 0.1, default: 0.5, help: "Both models name it" },
    mu0: { kind: "slider", label: "mean", group: "Label 0", min: -4, max: 6, step: 0.1, default: 0 },
    sigma0: { kind: "slider", label: "spread", group: "Label 0", min: 0.3, max: 2.5, step: 0.1, default: 1 },
    mu1: { kind: "slider", label: "mean", group: "Label 1", min: -4, max: 6, step: 0.1, default: 2 },
    sigma1: { kind: "slider", label: "spread", group: "Label 1", min: 0.3, max: 2.5, step: 0.1, default: 1 },
  },
  create: (values, seed) => new ClassLab(values, seed),
  view,
};
