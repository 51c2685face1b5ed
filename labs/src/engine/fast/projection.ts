/**
 * The head of a discriminator that is told a label: s(h, y) = b + (w + e_y) . h, the projection of Miyato and Koyama (2018) with one embedding
 * e_y for each label. Without a label only w counts. One output is too little for the kernels, so this is plain TypeScript on either path.
 */
import type { Rng } from "../random";
import type { Floats, Matrix } from "./matrix";
import type { Net } from "./net";

/** A label for each example, or NONE. */
export type Labels = Int8Array;
export const NONE = -1;

export class Projection {
  private readonly p: Floats;
  private readonly g: Floats;

  /** How many numbers it keeps at the end of a network's weights: w, then e_y label by label, then b. */
  static size(units: number, classes: number): number {
    return units * (classes + 1) + 1;
  }

  constructor(net: Net, private readonly units: number) {
    this.p = net.extra.p;
    this.g = net.extra.g;
  }

  /** As PyTorch's layer with one output; the labels begin alike. */
  init(rng: Rng): void {
    const bound = 1 / Math.sqrt(this.units), { p } = this;
    p.fill(0);
    for (let j = 0; j < this.units; j++) p[j] = bound * (2 * rng.uniform() - 1);
    p[p.length - 1] = bound * (2 * rng.uniform() - 1);
  }

  logits(h: Matrix, labels: Labels, out: Float64Array): void {
    const { p, units } = this;
    for (let s = 0; s < h.rows; s++) {
      const at = s * units, e = this.embedding(labels[s]!);
      let sum = p[p.length - 1]!;
      for (let j = 0; j < units; j++) sum += h.data[at + j]! * (e ? p[j]! + p[e + j]! : p[j]!);
      out[s] = sum;
    }
  }

  /** From the loss's gradient in the logits that in h; `more` adds it to what is there. */
  pull(slopes: Float64Array, labels: Labels, dh: Matrix, more = false): void {
    const { p, units } = this;
    if (!more) dh.data.fill(0);
    for (let s = 0; s < dh.rows; s++) {
      const at = s * units, e = this.embedding(labels[s]!), slope = slopes[s]!;
      for (let j = 0; j < units; j++) dh.data[at + j]! += slope * (e ? p[j]! + p[e + j]! : p[j]!);
    }
  }

  /** The gradients of the weights: sums over the batch of slope times h; `more` adds them to those that are there. */
  collect(slopes: Float64Array, labels: Labels, h: Matrix, more = false): void {
    const { g, units } = this;
    let sum = 0; // in float64: where slopes of both signs cancel, Adam would blow up what rounding leaves
    if (!more) g.fill(0);
    for (let s = 0; s < h.rows; s++) {
      const at = s * units, e = this.embedding(labels[s]!), slope = slopes[s]!;
      sum += slope;
      for (let j = 0; j < units; j++) {
        const part = slope * h.data[at + j]!;
        g[j]! += part;
        if (e) g[e + j]! += part;
      }
    }
    g[g.length - 1]! += sum;
  }

  /** Where the embedding of a label begins; 0, where none can, for no label. */
  private embedding(label: number): number {
    return label === NONE ? 0 : this.units * (label + 1);
  }
}
