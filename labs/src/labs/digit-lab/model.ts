/**
 * Train digits in the page: a labelled GAN on MNIST, in float32 (engine/fast); its layers: networks.ts.
 *
 * Batches of 64, Adam with beta1 = 0, as in chapter 10, and a round as there: D sees real and fake in one pass, G is judged by the D that has
 * moved.
 */
import { LOSSES, Rng, Series, sigmoid, type LossName, type LossPair } from "../../engine";
import { engine, LabelledGan, NONE, tell, type Floats, type Net, type Tape } from "../../engine/fast";
import { finite, type Model, type State, type Value, type Values } from "../../kit/lab";
import { CLASSES, DATA, PIXELS } from "./cargo";
import { Judge } from "./judge";
import { Meter, type Look } from "./meter";
import { players, Z } from "./networks";
import { played, UNSEEN } from "./params";
import { Sampler } from "./sample";
import { describe, summary } from "./words";

export const BATCH = 64;
/** Rows of the sheet, one latent vector each, and images that are measured, as many of each label. */
export const ROWS = 6;
const MEASURED = 500, PORTION = 100;
/** Steps between two points of the losses, and between two looks at what G draws. */
export const POINT = 10;
const LOOK = 100;
/** The penalty comes once in so many steps. */
const LAZY = 16;
/** Share of the newest weights in the moving average: a tenth of the steps so far count, at most some three hundred. */
const newest = (step: number): number => Math.max(0.003, 10 / (step + 10));
const MEMORY = 24 << 20;

/** Sums since the last point of the curves. */
const empty = (): Record<"d" | "g" | "real" | "fake" | "n", number> => ({ d: 0, g: 0, real: 0, fake: 0, n: 0 });

export interface Kept {
  readonly steps: number;
  readonly look: Look | null;
  readonly sums: ReturnType<typeof empty>;
  readonly data: ReturnType<Rng["save"]>;
  readonly noise: ReturnType<Rng["save"]>;
  readonly gan: ReturnType<LabelledGan["save"]>;
  readonly curves: readonly ReturnType<Series["save"]>[];
}

/** Images that are drawn again and again from the same latent vectors, as many at once as the tape holds. */
interface Fixed {
  readonly tape: Tape;
  readonly z: Floats;
}

export class DigitLab implements Model {
  steps = 0;
  readonly batch = BATCH;
  readonly curves = { d: new Series(), g: new Series(), real: new Series(), fake: new Series(), agreement: new Series() };
  look: Look | null = null;
  readonly gan: LabelledGan;
  private sums = empty();
  private readonly engine = engine(MEMORY);
  private readonly data: Rng;
  private readonly noise: Rng;
  private readonly z = new Float32Array(BATCH * Z);
  /** For each real image a label that is not its own. */
  private readonly others = new Int8Array(BATCH);
  private readonly shown: Fixed;
  private readonly measured: Fixed;
  private sampler: Sampler | null = null;
  private meter: Meter | null = null;
  private near: { readonly at: string; readonly images: Floats } | null = null;

  constructor(private values: Values, readonly seed: number) {
    this.data = new Rng(seed, 2);
    this.noise = new Rng(seed, 3);
    this.gan = new LabelledGan(this.engine, { z: Z, classes: CLASSES, ...players(values), batch: BATCH });
    this.gan.init(new Rng(seed, 1));
    this.shown = this.fixed(new Rng(seed, 4), ROWS * CLASSES);
    this.measured = this.fixed(new Rng(seed, 5), MEASURED, PORTION);
  }

  private fixed(rng: Rng, n: number, portion = n): Fixed {
    return { tape: this.gan.G.tape(portion), z: Float32Array.from({ length: n * Z }, () => rng.normal()) };
  }

  get labelled(): boolean {
    return this.values["fault"] !== "labels";
  }

  get loss(): LossPair {
    return LOSSES[this.values["loss"] as LossName];
  }

  /** Does it train in WebAssembly? */
  get speedy(): boolean {
    return this.engine.name === "simd";
  }

  /** One step alone holds up a page that has no WebAssembly, and any page where it is many times the usual one. */
  get heavy(): boolean {
    const { networks, channels } = this.values, width = networks === "dense" ? 1 : (channels as number) / 8;
    return !this.speedy || played(this.values).k * width ** 2 > 3;
  }

  /** Without the digits nothing can be done, nor when a weight has left the range of numbers. */
  get over(): boolean {
    return !DATA.held || this.lost;
  }

  get lost(): boolean {
    return this.curves.d.length > 0 && !(Number.isFinite(this.curves.d.last) && Number.isFinite(this.curves.g.last));
  }

  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
    if (key === "loss") Object.values(this.curves).forEach((curve) => curve !== this.curves.agreement && curve.clear());
  }

  // The game.

  act(): void {
    for (const _ of this.parts()); // all at once
  }

  /** A round with a pause after each step of D, of which ten may take longer than a reader waits. */
  *parts(): Generator<void> {
    if (this.over) return;
    this.begin();
    this.setRates();
    yield* this.round();
    this.steps += 1;
    if (this.steps % POINT === 0) this.record();
    if (this.steps % LOOK === 0) this.measure();
  }

  /** What needs the digits, once they are there. */
  private begin(): void {
    if (this.sampler) return;
    const digits = DATA.held!, { share, fault } = this.values;
    const each = share === "all" ? digits.each - UNSEEN : Number(share) / CLASSES;
    this.sampler = new Sampler(digits, each, fault === "range" ? [0, 1] : [-1, 1]);
    this.meter = new Meter(digits, each, new Judge(this.engine, digits.judge), this.labelled);
  }

  private *round(): Generator<void> {
    const { gan, sums, loss } = this, { fault } = this.values, joint = fault === "optimiser", { k, r1 } = played(this.values);
    const others = this.values["mismatch"] && this.labelled && !joint ? this.others : undefined;
    for (let i = 0; i < k; i++) {
      this.drawBatch();
      if (r1 && i === 0 && this.steps % LAZY === 0) gan.penaltyStep(LAZY * r1);
      sums.d += gan.discriminatorStep(loss, joint, others) / k;
      yield;
    }
    sums.real += mean(gan.logits.real, loss);
    sums.fake += mean(gan.logits.fake, loss);
    sums.g += gan.generatorStep(loss, joint);
    sums.n += 1;
    gan.blend(newest(this.steps));
  }

  private drawBatch(): void {
    const { gan, z, noise } = this;
    this.sampler!.draw(this.data, gan.real, gan.labels);
    if (!this.labelled) gan.labels.fill(NONE);
    gan.labels.forEach((label, i) => { this.others[i] = (label + 1 + (this.steps % (CLASSES - 1))) % CLASSES; });
    for (let i = 0; i < z.length; i++) z[i] = noise.normal();
    gan.tell(z);
    gan.draw();
  }

  private setRates(): void {
    const { lr_g, lr_d, fall } = this.values, factor = share(this.steps, fall as number);
    this.gan.optG.lr = (lr_g as number) * factor;
    this.gan.optD.lr = (lr_d as number) * factor;
  }

  private record(): void {
    const { sums, curves } = this;
    for (const key of ["d", "g", "real", "fake"] as const) curves[key].push(this.steps, sums[key] / sums.n);
    this.sums = empty();
  }

  private measure(): void {
    const { tape, z } = this.measured, images = new Float32Array(MEASURED * PIXELS), labels = this.labels(PORTION, "all");
    for (let from = 0; from < MEASURED; from += PORTION) {
      tell(tape.a.at[0]!, z.subarray(from * Z), labels, this.gan.shape);
      images.set(this.G.forward(tape).data, from * PIXELS);
    }
    this.look = this.meter!.look(images);
    this.curves.agreement.push(this.steps, this.look.agreement);
  }

  // What is shown.

  /** The generator that draws: with the weights of this step, or with their average. */
  get G(): Net {
    return this.values["average"] ? this.gan.average : this.gan.G;
  }

  /** Labels in turn, or one for all. */
  private labels(n: number, which: string): Int8Array {
    return Int8Array.from({ length: n }, (_, i) => (!this.labelled ? NONE : which === "all" ? i % CLASSES : Number(which)));
  }

  /** What each column was told, if it was told anything. */
  get told(): readonly string[] | null {
    const one = this.values["label"] as string;
    return !this.labelled ? null : Array.from({ length: CLASSES }, (_, digit) => (one === "all" ? String(digit) : one));
  }

  get rowsSay(): string {
    if (!this.labelled) return "one latent vector each, and no label";
    return this.values["label"] === "all" ? "one latent vector a row, told 0 to 9" : `one latent vector each, all told ${String(this.values["label"])}`;
  }

  /** The images of the sheet (60, 784). */
  sheet(): Floats {
    const { tape, z } = this.shown, n = ROWS * CLASSES, one = this.values["label"] as string;
    const shared = one === "all" && this.labelled, first = (i: number): number => i - (i % (CLASSES * Z)) + (i % Z);
    tell(tape.a.at[0]!, shared ? z.map((_, i) => z[first(i)]!) : z, this.labels(n, one), this.gan.shape);
    return this.G.forward(tape).data;
  }

  /** The training digits nearest to the first row of the sheet (10, 784); looked for anew when `now`, or when something was measured. */
  neighbours(now: boolean): Floats | null {
    const { meter, near } = this, one = this.values["label"] as string, at = `${Math.floor(this.steps / LOOK)} ${one}`;
    if (!meter || (near && !now && near.at === at)) return near?.images ?? null;
    const images = near?.images ?? new Float32Array(CLASSES * PIXELS), row = this.sheet();
    for (let i = 0; i < CLASSES; i++) {
      meter.unpack(meter.nearest(row.subarray(i * PIXELS, (i + 1) * PIXELS), one === "all" ? i : Number(one)), images, i);
    }
    this.near = { at, images };
    return images;
  }

  // Going on elsewhere.

  save(): Kept {
    const { steps, look, sums, data, noise, gan } = this;
    return { steps, look, sums, data: data.save(), noise: noise.save(), gan: gan.save(), curves: Object.values(this.curves).map((curve) => curve.save()) };
  }

  load({ data, noise, gan, curves, ...plain }: Kept): void {
    Object.assign(this, plain);
    this.data.load(data);
    this.noise.load(noise);
    this.gan.load(gan);
    Object.values(this.curves).forEach((curve, i) => curve.load(curves[i]!));
    if (DATA.held) this.begin();
  }

  get state(): State {
    const { curves, look } = this;
    const last = (curve: Series): number | null => (curve.length ? finite(curve.last) : null);
    return {
      step: this.steps,
      losses: { d: last(curves.d), g: last(curves.g) },
      metrics: {
        agreement: look?.agreement ?? null, variety: look?.variety ?? null, copies: look?.copies ?? null,
        real: last(curves.real), fake: last(curves.fake),
      },
      classes: look?.classes ?? null,
    };
  }

  describe(): string {
    return describe(this);
  }

  summary(): string {
    return summary(this);
  }
}

/** The factor of the rates: 1 for a quarter of the way, then falling to a twentieth at `until`. Chapter 10's schedule. */
export function share(step: number, until: number): number {
  const used = until ? step / until : 0;
  return used < 0.25 ? 1 : Math.max(0.05, 1 - (0.95 * (used - 0.25)) / 0.75);
}

/** D's mean opinion: a probability where the loss makes it one, else its raw output. */
function mean(logits: Float64Array, { probability }: LossPair): number {
  return logits.reduce((sum, s) => sum + (probability ? sigmoid(s) : s), 0) / logits.length;
}
