/**
 * D measures a ratio (chapter 3): two bells, two small discriminators trained on their samples, and the best one beside them.
 *
 * Both learn by binary cross-entropy (Adam, a fresh batch of each kind every step): one with logit a + b x, one with a + b x + c x^2.
 * The best logit is log p_data - log p_g, a quadratic in x: the second can reach it, the first only where both spreads are equal.
 */
import { Adam, exp, Grid, log, LOG4, LOSSES, Network, normalLogDensity, Rng, Series, sigmoid, softplus } from "../engine";
import { finite, format, type Lab, type Model, type State, type Value, type Values } from "../kit/lab";
import { DASH, roundUp, type Plot } from "../kit/plot";
import type { Ui } from "../kit/ui";

const LOW = -6;
const HIGH = 10;
/** Samples of each kind that the chart shows: the first of the batch. */
const SHOWN = 24;
const KINDS = ["linear", "quadratic"] as const;
type Kind = (typeof KINDS)[number];

/** What moves D*; the other settings are about learning. */
const BELLS = new Set(["mu", "sigma", "mu_g", "sigma_g"]);

/** One discriminator and what it needs to learn. */
class Learner {
  readonly net: Network;
  readonly error = new Series();
  private readonly adam = new Adam(0.03, 0.9);

  constructor(kind: Kind) {
    this.net = new Network({ sizes: [1, 1], squares: kind === "quadratic" ? 1 : 0 });
  }

  learn(x: Float64Array, y: Float64Array, rate: number): void {
    const n = x.length;
    const [real, fake] = [this.net.tape(n), this.net.tape(n)];
    this.net.forward(real, x);
    this.net.forward(fake, y);
    LOSSES.nonsaturating.d(real.output, fake.output, n, real.dOutput, fake.dOutput);
    this.net.zeroGrad();
    this.net.backward(real, true, false);
    this.net.backward(fake, true, false);
    this.adam.lr = rate;
    this.adam.step(this.net.params, this.net.grads);
  }

  logit(x: number): number {
    const [b, c, a] = this.net.squares ? this.net.params : [this.net.params[0]!, 0, this.net.params[1]!];
    return a! + b! * x + c! * x * x;
  }
}

class RatioLab implements Model {
  steps = 0;
  readonly grid = new Grid(LOW - 4, HIGH + 4, 480);
  readonly learners = { linear: new Learner("linear"), quadratic: new Learner("quadratic") };
  /** The last batch of each kind. */
  real = new Float64Array(0);
  fake = new Float64Array(0);
  private readonly rng: Rng;
  private moved = false;
  private p!: Float64Array;
  private q!: Float64Array;

  constructor(private values: Values, seed: number) {
    this.rng = new Rng(seed, 1);
    this.tabulate();
    this.record();
  }

  at(key: string): number {
    return this.values[key] as number;
  }

  logP(x: number): number {
    return normalLogDensity(x, this.at("mu"), this.at("sigma"));
  }

  logQ(x: number): number {
    return normalLogDensity(x, this.at("mu_g"), this.at("sigma_g"));
  }

  act(): void {
    const n = this.at("batch");
    this.real = new Float64Array(n);
    this.fake = new Float64Array(n);
    this.rng.fillNormal(this.real, this.at("mu"), this.at("sigma"));
    this.rng.fillNormal(this.fake, this.at("mu_g"), this.at("sigma_g"));
    for (const kind of KINDS) this.learners[kind].learn(this.real, this.fake, this.at("lr"));
    this.steps += 1;
    this.moved = false;
    this.record();
  }

  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
    if (!BELLS.has(key)) return;
    this.moved = true;
    this.tabulate();
  }

  private tabulate(): void {
    this.p = this.grid.fill((x) => exp(this.logP(x)));
    this.q = this.grid.fill((x) => exp(this.logQ(x)));
  }

  private record(): void {
    for (const kind of KINDS) this.learners[kind].error.push(this.steps, this.error(kind));
  }

  private mean(f: (x: number, p: number, q: number) => number): number {
    return this.grid.x.reduce((sum, x, i) => sum + f(x, this.p[i]!, this.q[i]!), 0) * this.grid.dx;
  }

  /** Mean distance of D from D*, over real and fake samples alike. */
  error(kind: Kind): number {
    const learner = this.learners[kind];
    return this.mean((x, p, q) => 0.5 * (p + q) * Math.abs(sigmoid(learner.logit(x)) - sigmoid(this.logP(x) - this.logQ(x))));
  }

  /** Binary cross-entropy, its exact mean over both bells. */
  private loss(logit: (x: number) => number): number {
    return this.mean((x, p, q) => p * softplus(-logit(x)) + q * softplus(logit(x)));
  }

  get metrics(): Record<"error_linear" | "error_quadratic" | "loss_linear" | "loss_quadratic" | "loss_best" | "jsd", number> {
    const { linear, quadratic } = this.learners;
    const best = this.loss((x) => this.logP(x) - this.logQ(x));
    return {
      error_linear: this.error("linear"), error_quadratic: this.error("quadratic"),
      loss_linear: this.loss((x) => linear.logit(x)), loss_quadratic: this.loss((x) => quadratic.logit(x)),
      loss_best: best, jsd: (LOG4 - best) / 2,
    };
  }

  get state(): State {
    const { loss_linear, loss_quadratic, loss_best, ...metrics } = this.metrics;
    return {
      step: this.steps,
      losses: { linear: finite(loss_linear), quadratic: finite(loss_quadratic), best: finite(loss_best) },
      metrics,
      weights: { linear: [...this.learners.linear.net.params], quadratic: [...this.learners.quadratic.net.params] },
      best: this.best,
    };
  }

  /** The best logit, a + b x + c x^2. */
  get best(): { a: number; b: number; c: number } {
    const [m, s, n, t] = ["mu", "sigma", "mu_g", "sigma_g"].map((key) => this.at(key)) as [number, number, number, number];
    const [u, v] = [1 / (s * s), 1 / (t * t)];
    return { a: log(t / s) + (n * n * v - m * m * u) / 2, b: m * u - n * v, c: (v - u) / 2 };
  }

  describe(): string {
    if (this.moved && this.steps) return `The bells moved, and D* with them. The two D still know the old ones: press play. ${this.verdict()}`;
    if (!this.steps) return "Both D say 1/2 everywhere: nothing is learned yet. Press play; then drag a bell while they learn.";
    return `Step ${this.steps}. ${this.verdict()}`;
  }

  private verdict(): string {
    const [line, curve] = KINDS.map((kind) => this.error(kind)) as [number, number];
    const found = `The quadratic D is off by ${format(curve)} on average, the linear one by ${format(line)}.`;
    const { b, c } = this.best;
    if (Math.abs(c) < 1e-9) {
      const best = Math.abs(b) < 1e-9 ? "The bells are the same, so the best logit is 0: nothing can be told apart." : "Equal spreads: the best logit is a straight line, and both D can draw it.";
      return `${found} ${best}`;
    }
    return `${found} The spreads differ, so the best logit is bent ${c > 0 ? "up" : "down"}: no straight line is right.`;
  }
}

function view(ui: Ui): (model: RatioLab) => void {
  const x = { min: LOW, max: HIGH };
  const bells = ui.plot({ title: "Two densities, and the samples that D sees", height: 200, x: { ...x, bare: true }, y: { min: 0, max: 0.5, from: 0 } });
  const judge = ui.plot({ title: "D(x): how probably real", height: 190, x: { ...x, label: "x" }, y: { min: 0, max: 1 } });
  ui.legend([
    { text: "real, p_data", color: "real", mark: "area" },
    { text: "fake, p_g", color: "fake", mark: "dashed" },
    { text: "D*, the best", color: "ink", mark: "dotted" },
    { text: "quadratic D", color: "d", mark: "solid" },
    { text: "linear D", color: "d", mark: "long" },
  ]);
  const readouts = ui.readouts([
    { label: "error, linear", help: "mean of |D − D*|" },
    { label: "error, quadratic", help: "mean of |D − D*|" },
    { label: "loss, linear", help: "exact mean" },
    { label: "loss, quadratic", help: "exact mean" },
    { label: "loss of D*", help: "log 4 − 2 JSD" },
  ]);
  const row = ui.row();
  const logits = ui.plot({ title: "The same as logits", height: 190, x: { ...x, label: "x" }, y: { min: -8, max: 8 } }, row);
  const errors = ui.plot({ title: "Error while learning", height: 190, x: { min: 0, max: 100, label: "step" }, y: { min: 0, max: 0.3 } }, row);
  const spread = (y: number): number => 0.3989 / Math.max(0.02, y);
  const grips = [
    ui.grip(bells, "real", (to) => ui.set({ mu: to.x, sigma: spread(to.y) })),
    ui.grip(bells, "fake", (to) => ui.set({ mu_g: to.x, sigma_g: spread(to.y) })),
  ] as const;

  return (model) => {
    drawBells(bells, model, ui);
    grips[0](model.at("mu"), 0.3989 / model.at("sigma"));
    grips[1](model.at("mu_g"), 0.3989 / model.at("sigma_g"));
    const best = (x: number): number => model.logP(x) - model.logQ(x);
    judge.begin(ui.colors).reference(0.5, "1/2");
    drawCurves(judge, model, ui, (logit) => sigmoid(logit));
    const m = model.metrics;
    judge.describe(`The quadratic D is off by ${format(m.error_quadratic)} on average, the linear one by ${format(m.error_linear)}. `
      + `At the far left the best D says ${format(sigmoid(best(LOW)), 2)}, at the far right ${format(sigmoid(best(HIGH)), 2)}.`);
    logits.begin(ui.colors).reference(0, "");
    drawCurves(logits, model, ui, (logit) => logit);
    logits.describe(`The best logit is ${Math.abs(model.best.c) < 1e-9 ? "a straight line" : "a parabola"}.`);
    drawErrors(errors, model, ui);
    readouts([m.error_linear, m.error_quadratic, m.loss_linear, m.loss_quadratic, m.loss_best]);
  };
}

function drawBells(plot: Plot, model: RatioLab, { colors }: Ui): void {
  const { grid } = model;
  const peak = 0.3989 / Math.min(model.at("sigma"), model.at("sigma_g"));
  plot.y.max = Math.max(0.4, Math.ceil(11 * peak) / 10);
  plot.y.min = -0.2 * plot.y.max; // room for the samples
  plot.begin(colors);
  plot.line([LOW, HIGH], [0, 0], { color: colors.muted, width: 1 });
  const sides = [[colors.real, DASH.solid, model.real, (x: number) => model.logP(x)], [colors.fake, DASH.dashed, model.fake, (x: number) => model.logQ(x)]] as const;
  sides.forEach(([color, dash, batch, logDensity], i) => {
    const p = grid.fill((x) => exp(logDensity(x)));
    plot.area(grid.x, p, color, 0.14);
    plot.line(grid.x, p, { color, width: 2.5, dash });
    plot.marks(batch.slice(0, SHOWN), plot.y.min * (0.32 + 0.4 * i), i ? "cross" : "tick", color, 4);
  });
  const seen = model.steps ? ` The last batch has means ${format(mean(model.real))} and ${format(mean(model.fake))}.` : "";
  plot.describe(`Real: mean ${format(model.at("mu"))}, spread ${format(model.at("sigma"))}. Fake, dashed: mean ${format(model.at("mu_g"))}, spread ${format(model.at("sigma_g"))}.${seen}`);
}

const mean = (x: Float64Array): number => x.reduce((a, b) => a + b, 0) / x.length;

function drawCurves(plot: Plot, model: RatioLab, { colors }: Ui, shown: (logit: number) => number): void {
  const { grid, learners } = model;
  plot.line(grid.x, grid.fill((x) => shown(learners.quadratic.logit(x))), { color: colors.d, width: 3 });
  plot.line(grid.x, grid.fill((x) => shown(learners.linear.logit(x))), { color: colors.d, width: 2, dash: DASH.long });
  plot.line(grid.x, grid.fill((x) => shown(model.logP(x) - model.logQ(x))), { color: colors.ink, width: 2.2, dash: DASH.dotted });
}

function drawErrors(plot: Plot, model: RatioLab, { colors }: Ui): void {
  const { linear, quadratic } = model.learners;
  plot.x.max = roundUp(Math.max(100, model.steps));
  plot.y.max = Math.max(0.1, roundUp(Math.max(...linear.error.y.slice(0, linear.error.length), ...quadratic.error.y.slice(0, quadratic.error.length))));
  plot.begin(colors);
  plot.line(quadratic.error.x, quadratic.error.y, { color: colors.d, width: 2 }, quadratic.error.length);
  plot.line(linear.error.x, linear.error.y, { color: colors.d, width: 2, dash: DASH.long }, linear.error.length);
  plot.describe(`Linear ${format(linear.error.last)}, quadratic ${format(quadratic.error.last)} after ${model.steps} steps.`);
}

export const ratioLab: Lab<RatioLab> = {
  tag: "ratio-lab",
  title: "D measures a ratio",
  does: "Watch a straight and a curved D learn p_data / (p_data + p_g)",
  speed: 60,
  actions: { step: { label: "Step", help: "One fresh batch of each kind, one update of both D" } },
  params: {
    mu: { kind: "slider", label: "mean", group: "Real", min: -4, max: 8, step: 0.1, default: 2 },
    sigma: { kind: "slider", label: "spread", group: "Real", min: 0.4, max: 3, step: 0.1, default: 2 },
    mu_g: { kind: "slider", label: "mean", group: "Fake", min: -4, max: 8, step: 0.1, default: 1 },
    sigma_g: { kind: "slider", label: "spread", group: "Fake", min: 0.4, max: 3, step: 0.1, default: 0.8 },
    batch: { kind: "levels", label: "samples of each kind", group: "Learning", values: [8, 32, 128, 512], default: 128 },
    lr: { kind: "levels", label: "learning rate", group: "Learning", values: [0.003, 0.01, 0.03, 0.1], default: 0.03 },
  },
  create: (values, seed) => new RatioLab(values, seed),
  view,
};
