/**
 * A GAN that is told labels: G (z, label) -> image, D (image, label) -> logit.
 *
 * A round is that of chapter 10: D sees real images and fakes in one pass, then G is judged by the D that has moved, on the same fakes. The
 * real images, the noise and the labels of a batch are written by the caller into `real`, `z` and `labels`. D may also be shown real images
 * with labels of others, pairs that it is to call fake: the matching-aware discriminator of Reed et al. (2016).
 */
import type { LossPair } from "../losses";
import type { Rng } from "../random";
import { FastAdam } from "./adam";
import type { Engine, Weights } from "./kernels";
import { ends, type LayerShape } from "./layers";
import type { Floats, Matrix } from "./matrix";
import { Net, type NetShape, type Tape } from "./net";
import { NONE, Projection, type Labels } from "./projection";

export interface GanShape {
  readonly z: number;
  readonly classes: number;
  /** D's last layer makes the units that the label is projected on. */
  readonly layersG: readonly LayerShape[];
  readonly layersD: readonly LayerShape[];
  readonly batch: number;
}

/** Weights, and the memory of their squared gradients. */
interface Pair {
  readonly p: Floats;
  readonly v: Floats;
}

interface Kept {
  readonly G: Pair;
  readonly D: Pair;
  readonly average: Floats;
  readonly optG: ReturnType<FastAdam["save"]>;
  readonly optD: ReturnType<FastAdam["save"]>;
}

const SLOPE = 0.2; // of D's LeakyReLU; G has ReLU
export const BETAS = [0, 0.99] as const;

export class LabelledGan {
  readonly G: Net;
  /** G with a moving average of its weights. */
  readonly average: Net;
  readonly D: Net;
  readonly head: Projection;
  readonly optG = new FastAdam(0, ...BETAS);
  readonly optD = new FastAdam(0, ...BETAS);
  /** The batch: real images (batch, pixels), the noise beside the label (batch, z + classes), and a label for each pair. */
  readonly real: Floats;
  readonly labels: Labels;
  readonly logits: { readonly real: Float64Array; readonly fake: Float64Array };
  private readonly told: Labels;
  private readonly gen: Tape;
  private readonly both: Tape;
  private readonly ofReal: Tape;
  private readonly ofFake: Tape;
  private readonly tangents: ReturnType<Net["stack"]>;
  private readonly allLogits: Float64Array;
  private readonly slopes: Float64Array;
  /** Of mismatched pairs: logits, the loss's gradient in them, and that in the matching ones, which nobody needs twice. */
  private readonly mismatched: { readonly logits: Float64Array; readonly slopes: Float64Array; readonly spare: Float64Array };

  constructor(private readonly engine: Engine, readonly shape: GanShape) {
    const { classes, layersG, layersD, batch: n } = shape, units = ends(layersD[layersD.length - 1]!)[1];
    const shapeG: NetShape = { layers: layersG, slope: 0, output: "tanh" };
    this.G = new Net(engine, shapeG);
    this.average = new Net(engine, shapeG);
    this.D = new Net(engine, { layers: layersD, slope: SLOPE, output: "leaky", extra: Projection.size(units, classes) });
    this.head = new Projection(this.D, units);
    this.both = this.D.tape(2 * n);
    this.ofReal = this.both.part(0, n);
    this.ofFake = this.both.part(n, 2 * n);
    this.gen = this.G.tape(n, this.ofFake.a.at[0]!, this.ofFake.d.at[0]!); // G writes where D reads, and the other way back
    this.tangents = this.D.stack(n);
    this.real = this.ofReal.a.at[0]!.data;
    this.told = new Int8Array(2 * n);
    this.labels = this.told.subarray(0, n);
    this.allLogits = new Float64Array(2 * n);
    this.slopes = new Float64Array(2 * n);
    this.mismatched = { logits: new Float64Array(n), slopes: new Float64Array(n), spare: new Float64Array(n) };
    this.logits = { real: this.allLogits.subarray(0, n), fake: this.allLogits.subarray(n) };
  }

  init(rng: Rng): void {
    this.G.init(rng);
    this.average.weights.p.set(this.G.weights.p);
    this.D.init(rng);
    this.head.init(rng);
  }

  /** Noise (batch, z) for the next fakes; their labels are those of the batch. */
  tell(z: ArrayLike<number>): void {
    tell(this.gen.a.at[0]!, z, this.labels, this.shape);
    this.told.copyWithin(this.shape.batch, 0, this.shape.batch);
  }

  /** G draws what it was told. */
  draw(): void {
    this.G.forward(this.gen);
  }

  /**
   * Move D one step; returns its loss on real images and fakes. With `alsoG`, G moves too, down the same loss: the mistake of one optimiser
   * for both. With labels of `others`, the real images with these count among the fakes.
   */
  discriminatorStep(loss: LossPair, alsoG = false, others?: Labels): number {
    const { D, head, both, slopes, told, logits, shape: { batch: n } } = this;
    head.logits(D.forward(both), told, this.allLogits);
    const value = loss.d(logits.real, logits.fake, n, slopes.subarray(0, n), slopes.subarray(n));
    head.pull(slopes, told, both.d.last);
    head.collect(slopes, told, both.a.last);
    if (others) this.refuse(loss, others);
    D.pull(both, alsoG);
    D.collect(both);
    if (alsoG) this.moveG();
    this.optD.step(this.engine.kernels, D.weights);
    return value;
  }

  /** Move G one step, on the fakes that D saw last; returns its loss. With `alsoD`, D moves too, down the same loss. */
  generatorStep(loss: LossPair, alsoD = false): number {
    const { D, head, ofFake, labels, slopes, logits, shape: { batch: n } } = this, own = slopes.subarray(n);
    if (alsoD) this.draw(); // G has moved with D
    head.logits(D.forward(ofFake), labels, logits.fake);
    const value = loss.g(logits.fake, n, own, logits.real);
    head.pull(own, labels, ofFake.d.last);
    D.pull(ofFake, true);
    if (alsoD) {
      head.collect(own, labels, ofFake.a.last);
      D.collect(ofFake);
      this.optD.step(this.engine.kernels, D.weights);
    }
    this.moveG();
    return value;
  }

  /** Move D one step down weight / 2 E||grad D(x)||^2 on the real images; returns that. */
  penaltyStep(weight: number): number {
    const { D, head, ofReal, labels, tangents, slopes, shape: { batch: n } } = this, own = slopes.subarray(0, n).fill(1);
    D.forward(ofReal);
    head.pull(own, labels, ofReal.d.last);
    D.pull(ofReal, true);
    const gradient = ofReal.d.at[0]!.data, r = tangents.at[0]!.data;
    let square = 0;
    for (let i = 0; i < r.length; i++) {
      square += gradient[i]! * gradient[i]!;
      r[i] = (weight / n) * gradient[i]!;
    }
    D.collectTangents(ofReal, tangents);
    head.collect(own, labels, tangents.last);
    D.extra.g[D.extra.g.length - 1] = 0; // the bias has no part in a slope
    this.optD.step(this.engine.kernels, D.weights);
    return (weight * square) / (2 * n);
  }

  /** Move the average towards G by this share of the way. */
  blend(share: number): void {
    this.engine.kernels.blend(this.average.weights.p, this.G.weights.p, share);
  }

  /** All that steps change. (Adam's average of the gradients is no memory: its beta is 0.) */
  save(): Kept {
    const copy = ({ p, v }: Weights): Pair => ({ p: p.slice(), v: v.slice() });
    return { G: copy(this.G.weights), D: copy(this.D.weights), average: this.average.weights.p.slice(), optG: this.optG.save(), optD: this.optD.save() };
  }

  load({ G, D, average, optG, optD }: Kept): void {
    for (const [net, { p, v }] of [[this.G, G], [this.D, D]] as const) {
      net.weights.p.set(p);
      net.weights.v.set(v);
    }
    this.average.weights.p.set(average);
    this.optG.load(optG);
    this.optD.load(optD);
  }

  /** Add what mismatched pairs ask of D. Its body has read these images already, so they cost no product. */
  private refuse(loss: LossPair, labels: Labels): void {
    const { head, ofReal, logits, mismatched, shape: { batch: n } } = this;
    head.logits(ofReal.a.last, labels, mismatched.logits);
    loss.d(logits.real, mismatched.logits, n, mismatched.spare, mismatched.slopes);
    head.pull(mismatched.slopes, labels, ofReal.d.last, true);
    head.collect(mismatched.slopes, labels, ofReal.a.last, true);
  }

  /** G's step, once the loss's gradient in the fakes is there. */
  private moveG(): void {
    const { G, gen } = this;
    G.pull(gen);
    G.collect(gen);
    this.optG.step(this.engine.kernels, G.weights);
  }
}

/** Write noise and labels side by side into G's input; no label is ten zeros. */
export function tell(input: Matrix, z: ArrayLike<number>, labels: Labels, { z: dims, classes }: Pick<GanShape, "z" | "classes">): void {
  const { data, rows, cols } = input;
  for (let s = 0; s < rows; s++) {
    const at = s * cols;
    for (let i = 0; i < dims; i++) data[at + i] = z[s * dims + i]!;
    data.fill(0, at + dims, at + dims + classes);
    if (labels[s] !== NONE) data[at + dims + labels[s]!] = 1;
  }
}
