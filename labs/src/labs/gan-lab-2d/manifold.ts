/** A grid of noise and where G puts it; at any moment in between too, for the replay. */
import type { Network, Tape } from "../../engine";
import type { GanLab2D } from "./model";
import { noiseQuantile, type NoiseKind } from "./noise";

const SIDE_2D = 21;
const SIDE_1D = 121;

export class Manifold {
  readonly curve: boolean;
  readonly side: number;
  /** Where the noise itself is drawn (n, 2); 1-D noise lies on the horizontal axis. */
  readonly from: Float64Array;
  private readonly z: Float64Array;
  private readonly tape: Tape;
  private readonly one: Tape;
  private readonly owner: Network;
  private readonly kind: NoiseKind;

  constructor({ dims, kind, gan }: GanLab2D) {
    this.owner = gan.G;
    this.kind = kind;
    this.curve = dims === 1;
    this.side = this.curve ? SIDE_1D : SIDE_2D;
    const edge = (i: number): number => noiseQuantile(kind, 0.006 + (0.988 * i) / (this.side - 1));
    const n = this.curve ? this.side : this.side * this.side;
    this.from = new Float64Array(2 * n);
    for (let k = 0; k < n; k++) {
      this.from[2 * k] = edge(k % this.side);
      this.from[2 * k + 1] = this.curve ? 0 : edge(Math.floor(k / this.side));
    }
    this.z = this.curve ? this.from.filter((_, i) => i % 2 === 0) : this.from;
    this.tape = gan.G.tape(n);
    this.one = gan.G.tape(1);
  }

  /** Is this still the grid of that model's present generator and noise? */
  fits(model: GanLab2D): boolean {
    return this.owner === model.gan.G && this.kind === model.kind;
  }

  /** G at every node. */
  image(): Float64Array {
    return this.owner.forward(this.tape, this.z);
  }

  /** The way from the noise (t = 0) to the fakes (t = 1). */
  between(t: number): Float64Array {
    const to = this.image();
    return this.from.map((v, i) => (1 - t) * v + t * to[i]!);
  }

  /** G at one point. */
  at(z: { x: number; y: number }): { x: number; y: number } {
    const out = this.owner.forward(this.one, Float64Array.from(this.curve ? [z.x] : [z.x, z.y]));
    return { x: out[0]!, y: out[1]! };
  }

  /** The noise whose image is nearest to a point. */
  inverse(x: number, y: number): { x: number; y: number } {
    const to = this.image();
    let best = Infinity, found = 0;
    for (let i = 0; i < to.length; i += 2) {
      const square = (to[i]! - x) ** 2 + (to[i + 1]! - y) ** 2;
      if (square < best) {
        best = square;
        found = i;
      }
    }
    return { x: this.from[found]!, y: this.from[found + 1]! };
  }
}
