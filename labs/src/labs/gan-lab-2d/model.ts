/**
 * The 2-D GAN lab (chapter 8): the game, its slow motion, and what can be measured because the data are known.
 *
 * Arrows are the true -dL_G/dx of each sample (times the batch size), through the D of this moment.
 */
import {
  Gan, length, LOSSES, Network, optimizer, Rng, Series, sigmoid,
  type Activation, type LossName, type LossPair, type Optimizer, type OptimizerName, type Tape,
} from "../../engine";
import { finite, format, type Keeper, type Model, type State, type Value, type Values } from "../../kit/lab";
import { carriedOf, goOn, type CarriedGame } from "../carried";
import { Field } from "./field";
import { mixture, type Mixture, type Points } from "./mixture";
import { fillNoise, spreadNoise, type NoiseKind } from "./noise";
import { Pairs, PAIRS } from "./pairs";
import { PARAMS } from "./params";
import { phaseOf, type Phase } from "./phases";
import { TRAINED } from "./trained";

export const BATCH = 150;
/** The charts of divergence and modes get this many points for each doubling of the number of rounds. */
const POINTS_PER_OCTAVE = 16;
/** Multiplications one reading may cost: with large networks it uses fewer samples. */
const EFFORT = 2e6;
/** Weights that a step moves from which on a page would stand still for one step: about 25 ms. */
const HEAVY = 1e5;
/** Rounds between two looks at where the fakes stand, and looks that are kept: the trail. */
const LOOK = 5;
const LOOKS = 40;

const NEEDS_NEW = {
  d: new Set(["d_layers", "d_units", "activation"]),
  g: new Set(["g_layers", "g_units", "activation", "noise_dims", "output"]),
};

export interface Metrics {
  readonly jsd: number;
  readonly kl: number;
  /** Between samples: compare it with `w1_floor` of the state. */
  readonly w1: number;
  readonly modes: number;
  readonly good: number;
  readonly d_real: number;
  readonly d_fake: number;
  /** Mean length of the arrows. */
  readonly push: number;
  /** Way of the fakes' centre over the last 200 rounds. */
  readonly way: number;
  readonly x: number;
  readonly y: number;
}

/** A moment of the run. What is measured goes along, so that it is measured once. */
interface Kept {
  readonly plain: object;
  readonly counts: readonly object[];
  readonly x: Float64Array;
  readonly parts: readonly unknown[];
  readonly made: Float64Array | null;
}

/** The batch in hand, and where each of its fakes is told to go. */
interface Hints {
  readonly fake: Float64Array;
  readonly move: Float64Array;
}

export class GanLab2D implements Model {
  steps = 0;
  readonly done = { d: 0, g: 0 };
  readonly mixture: Mixture;
  readonly field: Field;
  readonly pairs: Pairs;
  readonly dLoss = new Series();
  readonly gLoss = new Series();
  readonly jsd = new Series();
  readonly kl = new Series();
  /** The batch in hand: what slow motion shows. */
  readonly x = new Float64Array(2 * BATCH);
  z = new Float64Array(2 * BATCH);
  /** Part of the step that slow motion shows: 0 ... 9, or -1. */
  part = -1;
  gan!: Gan;
  last: "none" | "step" | "d" | "g" | "sub" | "change" = "none";
  private readonly round = { d: 0, g: 0 };
  private readonly mix = new Float64Array(BATCH);
  private readonly data: Rng;
  private readonly noise: Rng;
  private readonly reals: Float64Array;
  /** How often weights were drawn anew, also before the last change; and what that was a change of. */
  private renewed = { before: 0, now: 0, key: "" };
  private probe!: { z: Float64Array; tape: Tape; d: Tape; real: Tape };
  private few!: { z: Float64Array; tape: Tape };
  /** Where the centre of the fakes was, oldest first, over the last 200 rounds: x and y in turn. */
  trail: number[] = [];
  private measured: Metrics | null = null;
  private former: Metrics | null = null;
  private hinted: Hints | null = null;

  constructor(private values: Values, readonly seed: number) {
    this.data = new Rng(seed, 2);
    this.noise = new Rng(seed, 3);
    this.mixture = mixture(values["data"] as string, values["drawn"] as Points);
    this.field = new Field(this.mixture);
    this.pairs = new Pairs(this.mixture);
    this.reals = this.mixture.sample(new Rng(seed, 5), new Float64Array(2 * BATCH));
    const weights = new Rng(seed, 1);
    this.assemble(this.network("g").init(weights), this.network("d").init(weights), this.optimizer("g"), this.optimizer("d"));
    if (values["start"] === "trained") this.recall();
    this.mixture.sample(this.data, this.x);
    this.drawNoise();
    this.record();
  }

  // The players.

  private network(player: "d" | "g"): Network {
    const { values } = this;
    const units = Array.from({ length: values[`${player}_layers`] as number }, () => values[`${player}_units`] as number);
    const sizes = player === "g" ? [this.dims, ...units, 2] : [2, ...units, 1];
    const output = player === "g" ? (values["output"] as Activation) : "linear";
    return new Network({ sizes, hidden: values["activation"] as Activation, output });
  }

  private optimizer(player: "d" | "g"): Optimizer {
    const { values } = this;
    return optimizer(values["optimizer"] as OptimizerName, values[`lr_${player}`] as number, values["beta1"] as number);
  }

  private assemble(G: Network, D: Network, optG: Optimizer, optD: Optimizer): void {
    this.gan = new Gan(G, D, optG, optD, BATCH);
    const n = this.samples;
    this.z = new Float64Array(this.dims * BATCH);
    this.probe = { z: spreadNoise(this.kind, this.dims, n), tape: G.tape(n), d: D.tape(n), real: D.tape(BATCH) };
    this.few = { z: spreadNoise(this.kind, this.dims, PAIRS), tape: G.tape(PAIRS) };
    this.measured = this.hinted = null;
    this.trail = [];
  }

  /** Does a stored pair of players fit these settings? */
  get stored(): boolean {
    const weights = TRAINED[this.values["data"] as string];
    if (!weights) return false;
    const keys = ["d_layers", "d_units", "g_layers", "g_units", "activation", "noise", "noise_dims", "output"] as const;
    return keys.every((key) => this.values[key] === PARAMS[key].default);
  }

  private recall(): void {
    if (!this.stored) return;
    const weights = TRAINED[this.values["data"] as string]!;
    this.gan.G.params.set(weights.slice(0, this.gan.G.params.length));
    this.gan.D.params.set(weights.slice(this.gan.G.params.length));
  }

  get dims(): number {
    return Number(this.values["noise_dims"]);
  }

  get kind(): NoiseKind {
    return this.values["noise"] as NoiseKind;
  }

  get loss(): LossPair {
    return LOSSES[this.values["loss"] as LossName];
  }

  /** Is D's output a probability once through the sigmoid? */
  get probabilistic(): boolean {
    return this.loss.probability;
  }

  /** Nothing was drawn, so there is nothing to learn. */
  get empty(): boolean {
    return this.mixture.count === 0;
  }

  /** Has a weight left the range of numbers? Nothing can bring it back. */
  get lost(): boolean {
    return !sound(this.gan.G.params) || !sound(this.gan.D.params);
  }

  get heavy(): boolean {
    const { G, D } = this.gan;
    return (G.params.length + D.params.length) * ((this.values["k"] as number) + (this.values["k_g"] as number)) > HEAVY;
  }

  get over(): boolean {
    return this.empty || this.lost;
  }

  /** Samples of G a reading uses. */
  get samples(): number {
    const { G, D } = this.gan;
    return Math.max(200, Math.min(2048, Math.floor(EFFORT / (G.params.length + D.params.length))));
  }

  set(key: string, value: Value): void {
    // A slider that is moved on is one change, also in a link: it draws from the same numbers again.
    const { renewed } = this;
    if (this.last === "change" && renewed.key === key) renewed.now = renewed.before;
    else Object.assign(renewed, { before: renewed.now, key });
    this.values = { ...this.values, [key]: value };
    this.last = "change";
    this.measured = this.hinted = null;
    this.part = -1;
    let { G, D, optG, optD } = this.gan;
    const weights = (): Rng => new Rng(this.seed, 100 + renewed.now++);
    const anew = key === "optimizer" || key === "beta1";
    if (NEEDS_NEW.d.has(key)) D = this.network("d").init(weights());
    if (NEEDS_NEW.g.has(key)) G = this.network("g").init(weights());
    if (D !== this.gan.D || anew) optD = this.optimizer("d");
    if (G !== this.gan.G || anew) optG = this.optimizer("g");
    optD.lr = this.values["lr_d"] as number;
    optG.lr = this.values["lr_g"] as number;
    if (D !== this.gan.D || G !== this.gan.G || key === "noise") this.assemble(G, D, optG, optD);
    else Object.assign(this.gan, { optG, optD });
    // Values of another loss are no part of this one's history.
    if (key === "loss") [this.dLoss, this.gLoss].forEach((series) => series.clear());
  }

  // The game.

  act(action: string): void {
    for (const _ of this.parts(action)); // all at once
  }

  /** An update of one player each. */
  *parts(action: string): Generator<void> {
    if (this.over) return;
    this.last = action as "step";
    this.measured = this.hinted = null;
    if (action === "sub") return this.next();
    this.part = -1;
    this.round.d = this.round.g = 0;
    if (action === "d") return this.moveD();
    if (action === "g") return this.moveG();
    for (let i = this.values["k"] as number; i > 0; i--) {
      this.moveD();
      yield;
    }
    for (let i = this.values["k_g"] as number; i > 0; i--) {
      this.moveG();
      yield;
    }
    this.finishRound();
  }

  private moveD(): void {
    this.mixture.sample(this.data, this.x);
    this.drawNoise();
    this.updateD();
  }

  private moveG(): void {
    this.drawNoise();
    this.updateG();
  }

  private drawNoise(): void {
    fillNoise(this.noise, this.kind, this.z);
  }

  private updateD(): void {
    const gp = this.values["gp"] as number;
    if (gp) this.noise.fillUniform(this.mix);
    const reg = { r1: this.values["r1"] as number, gp, clip: this.values["clip"] as number };
    const loss = this.gan.discriminatorStep(this.loss, this.x, this.z, reg, this.mix);
    this.done.d += 1;
    this.dLoss.push(this.done.d, loss);
  }

  private updateG(): void {
    const loss = this.gan.generatorStep(this.loss, this.z, this.x);
    this.done.g += 1;
    this.gLoss.push(this.done.g, loss);
  }

  private finishRound(): void {
    this.round.d = this.round.g = 0;
    this.steps += 1;
    if (this.over) return;
    if (this.steps % LOOK === 0) this.look();
    const stride = 2 ** Math.max(0, 31 - Math.clz32(this.steps / POINTS_PER_OCTAVE));
    if (this.steps % stride === 0) this.record();
  }

  /** Slow motion: one part further. */
  private next(): void {
    const k = this.values["k"] as number, kG = this.values["k_g"] as number;
    if (k + kG === 0) return this.finishRound();
    const between = this.part === -1 || this.part === 4 || this.part === 9;
    this.part = between ? (this.round.d < k ? 0 : 5) : this.part + 1;
    if (this.part === 0) this.mixture.sample(this.data, this.x);
    if (this.part === 1 || this.part === 5) this.drawNoise();
    if (this.part === 4) {
      this.updateD();
      this.round.d += 1;
    }
    if (this.part === 9) {
      this.updateG();
      this.round.g += 1;
    }
    if (this.round.d >= k && this.round.g >= kG) this.finishRound();
  }

  get phase(): Phase | null {
    return phaseOf(this.part, this.values["loss"] === "relativistic");
  }

  // Looking.

  private look(): void {
    const { x, y } = this.centre(64);
    this.trail.push(x, y);
    if (this.trail.length > 2 * LOOKS) this.trail.splice(0, 2);
  }

  private centre(n: number): { x: number; y: number } {
    const stride = Math.floor(this.samples / n);
    const z = new Float64Array(this.dims * n);
    for (let i = 0; i < n; i++) for (let c = 0; c < this.dims; c++) z[i * this.dims + c] = this.probe.z[i * stride * this.dims + c]!;
    const out = this.gan.G.forward(this.probe.tape, z, n);
    return middle(out, n);
  }

  /** For the chart: the divergences only, so that keeping a history costs little. */
  private record(): void {
    if (this.empty) return;
    this.take();
    const { jsd, kl } = this.field.divergences();
    this.jsd.push(this.steps, jsd);
    this.kl.push(this.steps, kl);
  }

  /** G's evenly spread samples (n, 2), into the field too. */
  private take(): Float64Array {
    const fakes = this.gan.G.forward(this.probe.tape, this.probe.z);
    this.field.take(fakes, this.samples);
    return fakes;
  }

  /** Computed when asked, once a step; also brings `field` up to date. */
  get metrics(): Metrics {
    if (this.over) return NO_METRICS;
    if (this.measured) return this.measured;
    const { gan, probe, samples: n, mixture: data, field } = this;
    const fakes = this.take();
    const score = this.score;
    const onReal = mean(gan.D.forward(probe.real, this.reals), BATCH, score);
    const onFake = mean(gan.D.forward(probe.d, fakes), n, score);
    const { good, modes } = data.judge(fakes, n);
    this.measured = {
      ...field.divergences(), w1: this.pairs.distance(gan.G.forward(this.few.tape, this.few.z)), modes, good, d_real: onReal, d_fake: onFake,
      push: this.push(n), way: path(this.trail), ...middle(fakes, n),
    };
    this.former = this.measured;
    return this.measured;
  }

  /** Has this moment been measured? */
  get fresh(): boolean {
    return this.over || this.measured !== null;
  }

  /** The last reading, perhaps some steps old: for drawing at every frame. */
  get recent(): Metrics {
    return this.over ? NO_METRICS : this.former ?? this.metrics;
  }

  private get score(): (logit: number) => number {
    return this.probabilistic ? sigmoid : (logit) => logit;
  }

  private push(n: number): number {
    const { gan, probe } = this;
    const real = gan.D.forward(gan.real, this.reals).slice();
    const few = Math.min(n, BATCH);
    gan.D.forward(probe.d, probe.tape.output, few);
    this.loss.g(probe.d.output, few, probe.d.dOutput, real);
    gan.D.backward(probe.d, false, true);
    let sum = 0;
    for (let i = 0; i < few; i++) sum += length(probe.d.dInput[2 * i]!, probe.d.dInput[2 * i + 1]!);
    return sum;
  }

  /** The batch of this moment: fakes, and -dL_G/dx at each, times the batch size. */
  hints(): Hints {
    if (this.hinted) return this.hinted;
    this.gan.generatorLoss(this.loss, this.z, this.x);
    this.hinted = { fake: this.gan.gen.output.slice(), move: this.gan.fake.dInput.map((d) => -BATCH * d) };
    return this.hinted;
  }

  /** D at points (n, 2): a probability, or the raw score. */
  judge(points: Float64Array, tape: Tape): Float64Array {
    return this.gan.D.forward(tape, points, points.length / 2).map(this.score);
  }

  prepare(full: boolean): void {
    if (this.over) return;
    this.hints();
    if (full) void this.metrics;
  }

  // Going on elsewhere.

  save(): Kept {
    const { steps, part, last, trail, z, measured, former, hinted } = this;
    return {
      plain: { steps, part, last, trail, z, measured, former, hinted }, counts: this.counts, x: this.x,
      parts: this.keepers.map((one) => one.save()), made: measured && this.field.made,
    };
  }

  load({ plain, counts, x, parts, made }: Kept): void {
    Object.assign(this, plain);
    this.counts.forEach((own, i) => Object.assign(own, counts[i]));
    this.x.set(x);
    this.keepers.forEach((one, i) => one.load(parts[i] as never));
    if (made) this.field.made.set(made);
  }

  carry(): CarriedGame | null {
    return this.part < 0 ? { ...carriedOf(this.game), renewed: this.renewed.now } : null;
  }

  /** The batch in hand is the one that comes next, since the last one is gone. */
  takeUp(carried: CarriedGame): void {
    this.steps = goOn(this.game, carried);
    Object.assign(this.renewed, { before: carried["renewed"], now: carried["renewed"], key: "" });
    this.last = "step";
    this.measured = this.former = this.hinted = null;
    this.mixture.sample(ahead(this.data), this.x);
    fillNoise(ahead(this.noise), this.kind, this.z);
    for (const series of [this.jsd, this.kl]) series.clear();
    this.record();
  }

  private get game(): Parameters<typeof carriedOf>[0] {
    const { steps, done, dLoss, gLoss, data, noise, gan } = this;
    return { steps, done, dLoss, gLoss, data, noise, gan };
  }

  private get counts(): readonly object[] {
    return [this.done, this.round, this.renewed];
  }

  /** What saves itself. */
  private get keepers(): readonly Keeper[] {
    return [this.data, this.noise, this.dLoss, this.gLoss, this.jsd, this.kl, this.gan];
  }

  get state(): State {
    const { metrics } = this;
    const plain = Object.fromEntries(Object.entries(metrics).map(([key, value]) => [key, finite(value)]));
    return {
      step: this.steps, d_steps: this.done.d, g_steps: this.done.g, part: this.part + 1,
      losses: { d: finite(this.dLoss.last), g: finite(this.gLoss.last) },
      metrics: plain, modes_of: this.mixture.modes, w1_floor: this.pairs.floor,
      weights: { G: [...this.gan.G.params], D: [...this.gan.D.params] },
    };
  }

  // Words.

  describe(): string {
    if (this.empty) return "There are no data: draw on the picture, or place blobs with the two sliders.";
    if (this.lost) return `Step ${this.steps}. The numbers have run away, so play has stopped. Take smaller learning rates, and Reset.`;
    if (this.last === "sub") return this.describePart();
    return this.untrained ? `${this.start()} ${this.distance()}` : `${this.event()} ${this.made()} ${this.verdict()}`;
  }

  /** Random weights: where the fakes lie is chance, and says nothing about G. */
  private get untrained(): boolean {
    const { d, g } = this.done;
    return d + g === 0 && !(this.values["start"] === "trained" && this.stored);
  }

  private describePart(): string {
    const { phase } = this;
    if (!phase) return "Both players have 0 steps per round: nothing moves.";
    const n = (this.part % 5) + 1;
    return `Step of ${phase.player === "d" ? "D" : "G"}, part ${n} of 5. ${phase.caption} ${this.number()}`;
  }

  /** The number that belongs to a part of the step. */
  private number(): string {
    const { gan } = this;
    const score = this.score;
    const said = this.probabilistic ? "probability of being real" : "score";
    if (this.part === 2) {
      const fake = mean(gan.D.forward(gan.fake, gan.G.forward(gan.gen, this.z)), BATCH, score);
      return `Mean ${said}: real ${format(mean(gan.D.forward(gan.real, this.x), BATCH, score))}, fake ${format(fake)}.`;
    }
    if (this.part === 7) return `Mean ${said}: ${format(mean(gan.D.forward(gan.fake, gan.G.forward(gan.gen, this.z)), BATCH, score))}.`;
    if (this.part === 8) return `L_G = ${format(gan.generatorLoss(this.loss, this.z, this.x))}.`;
    if (this.part === 4) return `The loss was L_D = ${format(this.dLoss.last)}.`;
    if (this.part === 9) return `The loss was L_G = ${format(this.gLoss.last)}.`;
    return "";
  }

  private event(): string {
    if (this.last === "none") return this.start();
    if (this.last === "d") return `D moved (its step ${this.done.d}); G stood still.`;
    if (this.last === "g") return `G moved along the arrows (its step ${this.done.g}); D stood still.`;
    return `Step ${this.steps}.`;
  }

  private start(): string {
    if (this.values["start"] !== "trained") return "Nothing is trained yet.";
    return this.stored ? "These players are trained." : "No trained players are stored for these settings, so nothing is trained yet.";
  }

  private made(): string {
    const { modes, good } = this.metrics;
    const of = this.mixture.modes;
    const kept = of === 1 ? (modes ? "G covers the data" : "G does not cover the data") : `G covers ${modes} of ${of} modes`;
    return `${kept}; ${Math.round(100 * good)} % of its samples lie near ${of === 1 ? "them" : "one"}.`;
  }

  private verdict(): string {
    const { jsd, w1, d_real: real, d_fake: fake, push } = this.metrics;
    const value = `JSD = ${format(jsd)}`, way = `W1 = ${format(w1)}`;
    if (this.probabilistic && real - fake > 0.9) {
      return `D tells them apart nearly always; the mean arrow has length ${format(push)}. ${value}, log 2 = 0.693 is the most it can be; ${way} still says how far.`;
    }
    if (this.probabilistic && this.done.d > 0 && jsd > 0.2 && Math.abs(real - fake) < 0.06) {
      return `D gives both nearly the same, yet ${value} and ${way}: at this moment D does not see the difference.`;
    }
    return this.distance();
  }

  private distance(): string {
    const { jsd, w1 } = this.metrics;
    return `The two distributions ${jsd < 0.03 ? "agree closely" : "differ"}: JSD = ${format(jsd)}, W1 = ${format(w1)} (two sets of real samples: ${format(this.pairs.floor, 2)}).`;
  }
}

/** The same stream once more. */
function ahead(rng: Rng): Rng {
  const copy = new Rng(0);
  copy.load(rng.save());
  return copy;
}

function sound(weights: Float64Array): boolean {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += 0 * weights[i]!;
  return sum === 0;
}

function mean(values: Float64Array, n: number, f: (v: number) => number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += f(values[i]!);
  return sum / n;
}

function middle(points: Float64Array, n: number): { x: number; y: number } {
  let x = 0, y = 0;
  for (let i = 0; i < n; i++) {
    x += points[2 * i]!;
    y += points[2 * i + 1]!;
  }
  return { x: x / n, y: y / n };
}

function path(points: readonly number[]): number {
  let sum = 0;
  for (let i = 2; i < points.length; i += 2) sum += length(points[i]! - points[i - 2]!, points[i + 1]! - points[i - 1]!);
  return sum;
}

/** Numbers for readings that cannot be taken. */
const NO_METRICS: Metrics = { jsd: NaN, kl: NaN, w1: NaN, modes: NaN, good: NaN, d_real: NaN, d_fake: NaN, push: NaN, way: NaN, x: NaN, y: NaN };

