/**
 * The 1-D GAN lab (chapter 6): both densities, D beside the best D, and what G is told, on one line.
 *
 * It starts with the chapter's settings: SGD, these rates, k = 1.
 * The generator's density is computed, not sampled, so KL, JSD, W1 and the best discriminator are exact up to the grid.
 * Arrows are the true -dL_G/dx of each sample (times the batch size), through the D of this moment.
 */
import {
  exp, Gan, Grid, log, LOSSES, Network, normalLogDensity, optimizer, Rng, Series, sigmoid, Tape,
  type LossName, type LossPair, type OptimizerName,
} from "../engine";
import { finite, format, type Keeper, type Lab, type Model, type State, type Value, type Values } from "../kit/lab";
import { DASH, roundUp, type Plot } from "../kit/plot";
import type { Ui } from "../kit/ui";
import { carriedOf, goOn, type CarriedGame } from "./carried";

const BATCH = 256;
/** Densities below this one count as this one in a logarithm. */
const TINY = 1e-12;
const SHOWN = 15;
const LEARNING_RATES = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3];

interface Component {
  readonly weight: number;
  readonly mu: number;
  readonly sigma: number;
}

function components(values: Values): Component[] {
  const mu = values["mu"] as number;
  const sigma = values["sigma"] as number;
  if (values["data"] === "one") return [{ weight: 1, mu, sigma }];
  return [-1, 1].map((side) => ({ weight: 0.5, mu: mu + side * 1.4 * sigma, sigma: 0.4 * sigma }));
}

const D_SHAPES = {
  linear: { sizes: [1, 1] },
  quadratic: { sizes: [1, 1], squares: 0.1 },
  mlp: { sizes: [1, 16, 16, 1], hidden: "leaky" },
} as const;

/** A moment of the run. */
interface Kept {
  readonly plain: object;
  readonly done: object;
  readonly x: Float64Array;
  readonly parts: readonly unknown[];
}

class GanLab1D implements Model {
  steps = 0;
  readonly done = { d: 0, g: 0 };
  readonly grid = new Grid(-12, 18, 1200);
  readonly pData: Float64Array;
  readonly pG: Float64Array;
  readonly dLoss = new Series();
  readonly gLoss = new Series();
  readonly muTrail = new Series();
  readonly sigmaTrail = new Series();
  readonly arrows: { x: Float64Array; move: Float64Array };
  last: "none" | "step" | "d" | "g" | "change" = "none";
  private readonly gan: Gan;
  private readonly bells: Component[];
  private readonly data: Rng;
  private readonly noise: Rng;
  private readonly x = new Float64Array(BATCH);
  private readonly z = new Float64Array(BATCH);
  private readonly mix = new Float64Array(BATCH);
  private readonly zGrid = Float64Array.from({ length: 2801 }, (_, i) => -14 + i / 100);
  private readonly gGrid: Tape;
  private readonly few: Tape;
  private readonly dGrid: Tape;
  private readonly shown: { g: Tape; d: Tape; real: Tape; z: Float64Array; x: Float64Array };
  private fresh = false;

  constructor(private values: Values, seed: number) {
    const weights = new Rng(seed, 1);
    this.data = new Rng(seed, 2);
    this.noise = new Rng(seed, 3);
    this.bells = components(values);
    const G = this.generator(weights);
    const D = new Network(D_SHAPES[values["capacity"] as keyof typeof D_SHAPES]);
    if (values["capacity"] === "mlp") D.init(weights); // one layer starts at zero: D = 1/2 everywhere
    this.gan = new Gan(G, D, this.optimizer("g"), this.optimizer("d"), BATCH);
    this.pData = this.grid.fill((x) => this.density(x));
    this.pG = new Float64Array(this.grid.cells);
    this.gGrid = G.tape(this.zGrid.length);
    this.few = G.tape(FEW.length);
    this.dGrid = D.tape(this.grid.cells);
    const z = Float64Array.from({ length: SHOWN }, (_, i) => quantile((i + 0.5) / SHOWN));
    this.shown = { g: G.tape(SHOWN), d: D.tape(SHOWN), real: D.tape(SHOWN), z, x: new Float64Array(SHOWN) };
    this.shown.x.forEach((_, i, x) => { x[i] = this.drawReal(new Rng(i, 9)); });
    this.arrows = { x: new Float64Array(SHOWN), move: new Float64Array(SHOWN) };
    const first = new Rng(seed, 4); // a relativistic G compares with real samples before D has seen any
    this.x.forEach((_, i, x) => { x[i] = this.drawReal(first); });
    this.record();
  }

  private generator(rng: Rng): Network {
    const affine = this.values["generator"] === "affine";
    const G = new Network(affine ? { sizes: [1, 1] } : { sizes: [1, 16, 16, 1], hidden: "tanh" });
    if (affine) G.params.set([this.values["start_sigma"] as number, this.values["start_mu"] as number]);
    else G.init(rng);
    return G;
  }

  private optimizer(player: "d" | "g"): ReturnType<typeof optimizer> {
    return optimizer(this.values["optimizer"] as OptimizerName, this.values[`lr_${player}`] as number, 0.5);
  }

  get loss(): LossPair {
    return LOSSES[this.values["loss"] as LossName];
  }

  /** Is D's output a probability once through the sigmoid? */
  get probabilistic(): boolean {
    return this.loss.probability;
  }

  /** Has a weight left the range of numbers? Nothing can bring it back. */
  get over(): boolean {
    return ![...this.gan.G.params, ...this.gan.D.params].every(Number.isFinite);
  }

  density(x: number): number {
    let p = 0;
    for (const { weight, mu, sigma } of this.bells) p += weight * exp(normalLogDensity(x, mu, sigma));
    return p;
  }

  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
    this.last = "change";
    if (key === "optimizer") {
      this.gan.optD = this.optimizer("d");
      this.gan.optG = this.optimizer("g");
    }
    // Values of another loss are no part of this one's history.
    if (key === "loss") [this.dLoss, this.gLoss].forEach((series) => series.clear());
    this.gan.optD.lr = this.values["lr_d"] as number;
    this.gan.optG.lr = this.values["lr_g"] as number;
  }

  act(action: string): void {
    if (this.over) return;
    this.last = action as "step";
    this.fresh = false;
    if (action === "d") return this.moveD();
    if (action === "g") return this.moveG();
    for (let i = this.values["k"] as number; i > 0; i--) this.moveD();
    for (let i = this.values["k_g"] as number; i > 0; i--) this.moveG();
    this.steps += 1;
    this.record();
  }

  save(): Kept {
    const { steps, last, done, x } = this;
    return { plain: { steps, last }, done, x, parts: this.keepers.map((one) => one.save()) };
  }

  load({ plain, done, x, parts }: Kept): void {
    Object.assign(this, plain, { fresh: false });
    Object.assign(this.done, done);
    this.x.set(x);
    this.keepers.forEach((one, i) => one.load(parts[i] as never));
  }

  carry(): CarriedGame {
    return carriedOf(this.game);
  }

  takeUp(carried: CarriedGame): void {
    this.steps = goOn(this.game, carried);
    this.last = "step";
    this.fresh = false;
    for (const trail of [this.muTrail, this.sigmaTrail]) trail.clear();
    this.record();
  }

  private get game(): Parameters<typeof carriedOf>[0] {
    const { steps, done, dLoss, gLoss, data, noise, gan } = this;
    return { steps, done, dLoss, gLoss, data, noise, gan };
  }

  /** What saves itself. */
  private get keepers(): readonly Keeper[] {
    return [this.data, this.noise, this.dLoss, this.gLoss, this.muTrail, this.sigmaTrail, this.gan];
  }

  private moveD(): void {
    this.x.forEach((_, i, x) => { x[i] = this.drawReal(this.data); });
    this.noise.fillNormal(this.z);
    const gp = this.values["gp"] as number;
    if (gp) this.noise.fillUniform(this.mix);
    const reg = { r1: this.values["r1"] as number, gp };
    const loss = this.gan.discriminatorStep(this.loss, this.x, this.z, reg, this.mix);
    this.done.d += 1;
    this.dLoss.push(this.done.d, loss);
  }

  private moveG(): void {
    this.noise.fillNormal(this.z);
    const loss = this.gan.generatorStep(this.loss, this.z, this.x);
    this.done.g += 1;
    this.gLoss.push(this.done.g, loss);
  }

  private drawReal(rng: Rng): number {
    let u = this.bells.length > 1 ? rng.uniform() : 0;
    const part = this.bells.find(({ weight }) => (u -= weight) < 0) ?? this.bells[0]!;
    return part.mu + part.sigma * rng.normal();
  }

  private record(): void {
    const { mu, sigma } = this.moments();
    this.muTrail.push(this.steps, mu);
    this.sigmaTrail.push(this.steps, sigma);
  }

  /** Mean and spread of G(z): read off for mu + sigma z, else summed over the noise. */
  moments(): { mu: number; sigma: number } {
    const { G } = this.gan;
    if (this.values["generator"] === "affine") return { mu: G.params[1]!, sigma: Math.abs(G.params[0]!) };
    return spreadOf(G.forward(this.few, FEW));
  }

  /** Bring the generator's density and the arrows up to date, if a step has been made since. */
  refresh(): void {
    if (this.fresh) return;
    this.fresh = true;
    const { G } = this.gan;
    this.grid.pushForward(this.zGrid, G.forward(this.gGrid, this.zGrid), this.pG);
  }

  /** D's output at every cell of the grid: a probability, or the raw score. */
  discriminator(): Float64Array {
    const logits = this.gan.D.forward(this.dGrid, this.grid.x);
    return this.probabilistic ? logits.map(sigmoid) : logits.slice();
  }

  /** The best D against the present G. Goodfellow et al. (2014), Proposition 1, and its counterparts. */
  best(): Float64Array {
    this.refresh();
    const { pData, pG, grid } = this;
    const name = this.values["loss"];
    if (name === "wasserstein") return potential(pData, pG, grid.dx);
    if (name === "hinge") return pData.map((p, i) => Math.sign(p - pG[i]!));
    if (name === "relativistic") return pData.map((p, i) => log(Math.max(p, TINY)) - log(Math.max(pG[i]!, TINY)));
    return pData.map((p, i) => (p + pG[i]! > 0 ? p / (p + pG[i]!) : 0.5));
  }

  /** -dL_G/dx at samples spread evenly over G's distribution. */
  hints(): { x: Float64Array; move: Float64Array } {
    const { gan, shown, arrows } = this;
    const fake = gan.G.forward(shown.g, shown.z);
    gan.D.forward(shown.d, fake);
    gan.D.forward(shown.real, shown.x);
    this.loss.g(shown.d.output, SHOWN, shown.d.dOutput, shown.real.output);
    gan.D.backward(shown.d, false, true);
    for (let i = 0; i < SHOWN; i++) {
      arrows.x[i] = fake[i]!;
      arrows.move[i] = -SHOWN * shown.d.dInput[i]!;
    }
    return arrows;
  }

  get metrics(): Record<"kl" | "jsd" | "w1" | "d_real" | "d_fake" | "mu" | "sigma", number> {
    this.refresh();
    const { grid, pData, pG } = this;
    const d = this.discriminator();
    const mean = (p: Float64Array): number => d.reduce((sum, v, i) => sum + v * p[i]!, 0) * grid.dx;
    const { mu, sigma } = this.moments();
    if (this.over) return { kl: NaN, jsd: NaN, w1: NaN, d_real: NaN, d_fake: NaN, mu: NaN, sigma: NaN };
    return {
      kl: grid.kl(pG, pData), jsd: grid.jsd(pG, pData), w1: grid.w1(pG, pData),
      d_real: mean(pData), d_fake: mean(pG), mu, sigma,
    };
  }

  get state(): State {
    const metrics = Object.entries(this.metrics).map(([key, value]) => [key, finite(value)] as const);
    return {
      step: this.steps, d_steps: this.done.d, g_steps: this.done.g,
      losses: { d: finite(this.dLoss.last), g: finite(this.gLoss.last) },
      metrics: Object.fromEntries(metrics) as State["metrics"],
      weights: { G: [...this.gan.G.params], D: [...this.gan.D.params] },
    };
  }

  describe(): string {
    if (this.over) return `Step ${this.steps}. The numbers have run away, so play has stopped. Take smaller learning rates, and Reset.`;
    const m = this.metrics;
    const made = `G’s samples have mean ${format(m.mu)} and spread ${format(m.sigma)}.`;
    const score = this.probabilistic ? "a probability of" : "a score of";
    const seen = `D gives real samples ${score} ${format(m.d_real, 2)}, fakes ${format(m.d_fake, 2)}.`;
    return `${this.event()} ${made} ${seen} ${this.verdict(m.jsd)}`;
  }

  private event(): string {
    if (this.done.d + this.done.g === 0) return "Nothing is trained yet.";
    if (this.last === "d") return `D moved (its step ${this.done.d}); G stood still.`;
    if (this.last === "g") return `G moved along the arrows (its step ${this.done.g}); D stood still.`;
    return `Step ${this.steps}.`;
  }

  private verdict(jsd: number): string {
    const value = `JSD = ${format(jsd)}`;
    if (jsd > 0.6) return `The curves hardly overlap: ${value}, and log 2 = 0.693 is the most it can be.`;
    const blind = this.steps > 0 && Math.abs(this.dLoss.last - this.loss.equilibrium.d.value) < 0.03;
    if (blind && jsd > 0.02) return `D’s loss says it cannot tell them apart, yet ${value}: this D does not see the difference.`;
    if (jsd < 0.002) return `The curves agree: ${value}.`;
    return `The curves still differ: ${value}.`;
  }
}

/** Places of the noise, and their shares: the trapezoid rule, which for a smooth G is as good as exact. */
const FEW = Float64Array.from({ length: 97 }, (_, i) => (i - 48) / 8);
const SHARES = FEW.map((z) => exp(normalLogDensity(z, 0, 1)) / 8);

function spreadOf(x: Float64Array): { mu: number; sigma: number } {
  const mu = x.reduce((sum, v, i) => sum + SHARES[i]! * v, 0);
  return { mu, sigma: Math.sqrt(x.reduce((sum, v, i) => sum + SHARES[i]! * (v - mu) * (v - mu), 0)) };
}

/** Quantile of the standard normal, by the logistic approximation: it only spaces the samples that carry arrows. */
function quantile(p: number): number {
  return log(p / (1 - p)) / 1.702;
}

/** A best 1-Lipschitz critic: slope +1 where the generator's distribution function is above the data's, -1 where below. */
function potential(pData: Float64Array, pG: Float64Array, dx: number): Float64Array {
  const f = new Float64Array(pData.length);
  let gap = 0;
  for (let i = 1; i < f.length; i++) {
    gap += (pG[i]! - pData[i]!) * dx;
    f[i] = f[i - 1]! + (Math.abs(gap) < 1e-6 ? 0 : Math.sign(gap)) * dx;
  }
  return f;
}

const LOW = -7;
const HIGH = 11;

function view(ui: Ui): (model: GanLab1D, values: Values) => void {
  const densities = ui.plot({
    title: "Two densities, and what G is told", height: 230, x: { min: LOW, max: HIGH, bare: true }, y: { min: 0, max: 0.5, from: 0 },
  });
  const judge = ui.plot({
    title: "What D says at each x", height: 165, x: { min: LOW, max: HIGH, label: "x" }, y: { min: 0, max: 1 },
  });
  ui.legend([
    { text: "data, p_data", color: "real", mark: "area" },
    { text: "generator, p_g", color: "fake", mark: "dashed" },
    { text: "−∇L_G at its samples", color: "fake", mark: "arrow" },
    { text: "D(x), learned", color: "d", mark: "solid" },
    { text: "D*(x), the best there is", color: "ink", mark: "dotted" },
  ]);
  const readouts = ui.readouts([
    { label: "KL(p_g‖p_data)", help: "nats; 0 = equal" },
    { label: "JSD", help: "0 to log 2 = 0.693" },
    { label: "Wasserstein-1", help: "mean distance to move" },
    { label: "D on real", help: "equal at equilibrium" },
    { label: "D on fake", help: "equal at equilibrium" },
  ]);
  const row = ui.row();
  const losses = ui.plot({ title: "Losses", height: 170, x: { min: 0, max: 100, label: "updates of each player" }, y: { min: 0, max: 2 } }, row);
  const moments = ui.plot({ title: "Mean μ and spread σ of G", height: 170, x: { min: 0, max: 100, label: "step" }, y: { min: -4, max: 4 } }, row);

  return (model, values) => {
    drawDensities(densities, model, ui);
    drawJudge(judge, model, ui);
    const m = model.metrics;
    readouts([m.kl, m.jsd, m.w1, m.d_real, m.d_fake]);
    drawLosses(losses, model, ui);
    drawMoments(moments, model, values, ui);
  };
}

function drawDensities(plot: Plot, model: GanLab1D, { colors }: Ui): void {
  model.refresh();
  const { grid, pData, pG } = model;
  const peak = Math.max(pData.reduce((a, b) => Math.max(a, b), 0), pG.reduce((a, b) => Math.max(a, b), 0));
  plot.y.max = Math.min(2, Math.max(0.4, roundUp(1.12 * peak * 10) / 10));
  plot.y.min = -0.22 * plot.y.max; // room for the samples and their arrows
  plot.begin(colors);
  const floor = { color: colors.muted, width: 1 };
  plot.line([LOW, HIGH], [0, 0], floor);
  drawShape(plot, grid.x, pData, colors.real, DASH.solid);
  if (model.over) return plot.describe("The generator’s numbers have run away.");
  drawShape(plot, grid.x, pG, colors.fake, DASH.dashed);
  const { x, move } = model.hints();
  x.forEach((at, i) => {
    const lane = plot.y.min * (0.24 + 0.28 * (i % 3)); // three lanes, so that neighbours do not hide each other
    plot.marks([at], lane, "tick", colors.fake, 4);
    plot.arrow(at, lane, Math.sign(move[i]!) * Math.min(70, 55 * Math.abs(move[i]!)), 0, { color: colors.fake, width: 1.6 });
  });
  const { mu, sigma } = model.moments();
  plot.describe(`Generator, dashed: mean ${format(mu)}, spread ${format(sigma)}. Its middle sample is told to move `
    + `${move[SHOWN >> 1]! > 0 ? "right" : "left"} with strength ${format(Math.abs(move[SHOWN >> 1]!))}.`);
}

function drawShape(plot: Plot, x: Float64Array, p: Float64Array, color: string, dash: readonly number[]): void {
  plot.area(x, p, color, 0.15);
  plot.line(x, p, { color, width: 2.5, dash });
}

function drawJudge(plot: Plot, model: GanLab1D, { colors }: Ui): void {
  const { grid } = model;
  const learned = model.discriminator();
  const best = model.best();
  if (model.probabilistic) Object.assign(plot.y, { min: 0, max: 1 });
  else centre(plot, grid, model.pData.map((p, i) => p + model.pG[i]!), learned, best);
  plot.begin(colors);
  if (model.over) return plot.describe("The numbers have run away.");
  if (model.probabilistic) plot.reference(0.5, "1/2: cannot tell");
  plot.line(grid.x, best, { color: colors.ink, width: 2, dash: DASH.dotted });
  plot.line(grid.x, learned, { color: colors.d, width: 3 });
  const far = learned.reduce((sum, v, i) => sum + Math.abs(v - best[i]!) * (model.pData[i]! + model.pG[i]!), 0) * grid.dx;
  plot.describe(`The learned D is ${format(far / 2)} away from the best D on average.`);
}

/** Scores have no fixed height: show both around their mean over all samples, on one scale, which fits where samples are. */
function centre(plot: Plot, grid: Grid, weight: Float64Array, ...curves: Float64Array[]): void {
  let reach = 1;
  for (const curve of curves) {
    const middle = curve.reduce((sum, v, i) => sum + 0.5 * v * weight[i]!, 0) * grid.dx;
    curve.forEach((v, i) => { curve[i] = v - middle; });
    reach = curve.reduce((most, v, i) => (weight[i]! > 0.01 && grid.x[i]! >= LOW && grid.x[i]! <= HIGH ? Math.max(most, Math.abs(v)) : most), reach);
  }
  const top = roundUp(reach);
  Object.assign(plot.y, { min: -top, max: top });
}

function drawLosses(plot: Plot, model: GanLab1D, { colors }: Ui): void {
  const { d, g } = model.loss.equilibrium;
  plot.x.max = roundUp(Math.max(100, model.done.d, model.done.g));
  const [low, high] = range([model.dLoss, model.gLoss], [0, d.value, g.value]);
  Object.assign(plot.y, { min: low < 0 ? -roundUp(-low) : 0, max: Math.max(2, roundUp(high)) });
  plot.begin(colors);
  plot.reference(d.value, d.label);
  if (g.value !== d.value) plot.reference(g.value, g.label);
  plot.line(model.dLoss.x, model.dLoss.y, { color: colors.d, width: 2 }, model.dLoss.length);
  plot.line(model.gLoss.x, model.gLoss.y, { color: colors.fake, width: 2, dash: DASH.dashed }, model.gLoss.length);
  label(plot, model.dLoss, "D", colors.d);
  label(plot, model.gLoss, "G", colors.fakeText);
  plot.describe(`Loss of D ${format(model.dLoss.last)}, of G ${format(model.gLoss.last)}. `
    + `At equilibrium they are ${d.label} and ${g.label}.`);
}

function drawMoments(plot: Plot, model: GanLab1D, values: Values, { colors }: Ui): void {
  plot.x.max = roundUp(Math.max(100, model.steps));
  const whole = spreadOfData(components(values));
  const [low, high] = range([model.muTrail, model.sigmaTrail], [whole.mu, whole.sigma, 0]);
  Object.assign(plot.y, { min: Math.floor(low - 0.3), max: Math.ceil(high + 0.3) });
  plot.begin(colors);
  for (const goal of [whole.mu, whole.sigma]) plot.line([0, plot.x.max], [goal, goal], { color: colors.real, width: 1.4 });
  plot.text(plot.x.max, whole.mu, `μ of the data`, { align: "right", dy: -9, color: colors.real });
  plot.text(plot.x.max, whole.sigma, `σ of the data`, { align: "right", dy: 10, color: colors.real });
  plot.line(model.muTrail.x, model.muTrail.y, { color: colors.fake }, model.muTrail.length);
  plot.line(model.sigmaTrail.x, model.sigmaTrail.y, { color: colors.fake, dash: DASH.dashed }, model.sigmaTrail.length);
  label(plot, model.muTrail, "μ", colors.fakeText);
  label(plot, model.sigmaTrail, "σ", colors.fakeText);
  plot.describe(`Mean ${format(model.muTrail.last)}, target ${format(whole.mu)}; spread ${format(model.sigmaTrail.last)}, `
    + `target ${format(whole.sigma)}.`);
}

function spreadOfData(parts: readonly Component[]): { mu: number; sigma: number } {
  const mu = parts.reduce((sum, p) => sum + p.weight * p.mu, 0);
  const square = parts.reduce((sum, p) => sum + p.weight * (p.sigma * p.sigma + (p.mu - mu) * (p.mu - mu)), 0);
  return { mu, sigma: Math.sqrt(square) };
}

function label(plot: Plot, series: Series, text: string, color: string): void {
  if (!series.length) return;
  const x = series.x[series.length - 1]!;
  plot.marks([x], [series.last], "dot", color, 3);
  const room = plot.px(plot.x.max) - plot.px(x);
  plot.text(x, series.last, text, { dx: room < 20 ? -8 : 8, dy: room < 20 ? 10 : 0, align: room < 20 ? "right" : "left", color, bold: true });
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

export const ganLab1d: Lab<GanLab1D> = {
  tag: "gan-lab-1d",
  title: "A GAN on a line",
  does: "Train G and D on a line and compare D with the best there is",
  speed: 60,
  actions: {
    step: { label: "Step", help: "k steps of D, then the steps of G: one round of Algorithm 1" },
    d: { label: "Step D", help: "One step of the discriminator; G stands still" },
    g: { label: "Step G", help: "One step of the generator along the arrows; D stands still" },
  },
  params: {
    capacity: { kind: "radio", label: "D’s logit is", group: "Discriminator", default: "quadratic", resets: true,
      options: { linear: "linear", quadratic: "quadratic", mlp: "network" }, help: "What D is able to see" },
    k: { kind: "slider", label: "D steps per round, k", group: "Discriminator", min: 0, max: 10, step: 1, default: 1 },
    lr_d: { kind: "levels", label: "learning rate of D", group: "Discriminator", values: LEARNING_RATES, default: 0.2 },
    r1: { kind: "slider", label: "R1 penalty γ", group: "Discriminator", min: 0, max: 2, step: 0.1, default: 0,
      help: "γ / 2 times the squared slope of D at real samples" },
    gp: { kind: "slider", label: "gradient penalty λ", group: "Discriminator", min: 0, max: 10, step: 0.5, default: 0,
      help: "Keeps D’s slope near 1 between real and fake; meant for the Wasserstein loss" },
    generator: { kind: "radio", label: "G(z) is", group: "Generator", default: "affine", resets: true,
      options: { affine: "μ + σz", mlp: "a network" } },
    k_g: { kind: "slider", label: "G steps per round", group: "Generator", min: 0, max: 10, step: 1, default: 1 },
    lr_g: { kind: "levels", label: "learning rate of G", group: "Generator", values: LEARNING_RATES, default: 0.1 },
    start_mu: { kind: "slider", label: "start: mean μ", group: "Generator", min: -6, max: 8, step: 0.5, default: 0, resets: true,
      help: "For G = μ + σz. A change starts the run anew" },
    start_sigma: { kind: "slider", label: "start: spread σ", group: "Generator", min: 0.2, max: 3, step: 0.1, default: 1, resets: true,
      help: "For G = μ + σz. A change starts the run anew" },
    loss: { kind: "select", label: "loss", group: "Game", default: "nonsaturating",
      options: Object.fromEntries(Object.entries(LOSSES).map(([name, pair]) => [name, pair.label])) },
    optimizer: { kind: "radio", label: "optimiser", group: "Game", default: "sgd", options: { sgd: "SGD", adam: "Adam" } },
    data: { kind: "radio", label: "data", group: "Game", default: "one", resets: true, options: { one: "one bell", two: "two bells" } },
    mu: { kind: "slider", label: "mean of the data", group: "Game", min: -3, max: 7, step: 0.5, default: 3, resets: true },
    sigma: { kind: "slider", label: "spread of the data", group: "Game", min: 0.3, max: 2.5, step: 0.1, default: 1.5, resets: true },
  },
  create: (values, seed) => new GanLab1D(values, seed),
  view,
};
