/**
 * The data of the 2-D lab: equal round Gaussians, so that the density is known everywhere, for a drawing too.
 *
 * A mode is a group of Gaussians that touch: the line is one mode, the ring eight, a drawing as many as it has strokes apart.
 */
import { length, type Rng } from "../../engine";

export type Points = readonly (readonly number[])[];

/** Half the side of the square the lab shows. */
export const REACH = 3.2;
/** Two Gaussians closer than this many standard deviations belong to one mode. */
const TOUCH = 4;
/** Samples farther from every centre than this many standard deviations are not good ones; 1.1 % of the data are (exp(-4.5)). */
export const GOOD = 3;

export class Mixture {
  readonly count: number;
  /** Mode of each component: 0 ... modes - 1. */
  readonly mode: Int32Array;
  readonly modes: number;

  constructor(readonly x: Float64Array, readonly y: Float64Array, readonly sigma: number) {
    this.count = x.length;
    this.mode = new Int32Array(this.count).fill(-1);
    let modes = 0;
    for (let i = 0; i < this.count; i++) if (this.mode[i]! < 0) this.flood(i, modes++);
    this.modes = modes;
  }

  private flood(start: number, mode: number): void {
    const open = [start];
    this.mode[start] = mode;
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      for (let j = 0; j < this.count; j++) {
        if (this.mode[j]! >= 0 || length(this.x[i]! - this.x[j]!, this.y[i]! - this.y[j]!) > TOUCH * this.sigma) continue;
        this.mode[j] = mode;
        open.push(j);
      }
    }
  }

  /** Fill (n, 2) samples; of no data, no numbers. */
  sample(rng: Rng, out: Float64Array): Float64Array {
    if (!this.count) return out.fill(NaN);
    rng.fillAround(out, this.x, this.y, this.sigma);
    return out;
  }

  /** Fill (n, 2) samples as `sample` does, but with the fair share of every component: leaves the luck of the shares out. */
  sampleFairly(rng: Rng, out: Float64Array): Float64Array {
    if (!this.count) return out.fill(NaN);
    for (let i = 0; i < out.length; i += 2) {
      const c = Math.floor((i * this.count) / out.length);
      out[i] = this.x[c]! + this.sigma * rng.normal();
      out[i + 1] = this.y[c]! + this.sigma * rng.normal();
    }
    return out;
  }

  /** Component whose centre is nearest to a point, or -1 if none is within `GOOD` standard deviations. */
  nearest(px: number, py: number): number {
    let best = (GOOD * this.sigma) ** 2;
    let found = -1;
    for (let c = 0; c < this.count; c++) {
      const dx = px - this.x[c]!, dy = py - this.y[c]!;
      const square = dx * dx + dy * dy;
      if (square <= best) {
        best = square;
        found = c;
      }
    }
    return found;
  }

  /**
   * Of n samples (n, 2): the share near the data, and the number of modes that are covered. A Gaussian is covered if it holds a quarter
   * of its fair share, a mode if at least half of its Gaussians are: a spot on a line does not cover the line.
   */
  judge(samples: Float64Array, n: number): { good: number; modes: number } {
    const held = new Float64Array(this.count);
    let good = 0;
    for (let i = 0; i < n; i++) {
      const c = this.nearest(samples[2 * i]!, samples[2 * i + 1]!);
      if (c < 0) continue;
      good += 1;
      held[c] = held[c]! + 1;
    }
    const balance = new Float64Array(this.modes); // Gaussians covered minus Gaussians missed
    this.mode.forEach((mode, c) => { balance[mode] = balance[mode]! + (held[c]! >= (0.25 * n) / this.count ? 1 : -1); });
    return { good: good / n, modes: balance.filter((b) => b >= 0).length };
  }
}

function segment(from: readonly number[], to: readonly number[], count: number): number[][] {
  return Array.from({ length: count }, (_, i) => {
    const t = count > 1 ? i / (count - 1) : 0;
    return [from[0]! + t * (to[0]! - from[0]!), from[1]! + t * (to[1]! - from[1]!)];
  });
}

const HALF = Math.SQRT1_2;
/** Eight directions, written out: `Math.cos` may differ between browsers. */
const COMPASS = [[1, 0], [HALF, HALF], [0, 1], [-HALF, HALF], [-1, 0], [-HALF, -HALF], [0, -1], [HALF, -HALF]];
const TICKS = [-2.2, -1.1, 0, 1.1, 2.2];

const SHAPES: Record<string, { readonly points: Points; readonly sigma: number }> = {
  line: { points: segment([-2, -1.2], [2, 1.2], 32), sigma: 0.12 },
  one: { points: [[-1.2, 0.4]], sigma: 0.35 },
  two: { points: [[-1.2, -0.8], [1.2, 0.8]], sigma: 0.35 },
  ring: { points: COMPASS.map(([x, y]) => [2 * x!, 2 * y!]), sigma: 0.15 },
  three: { points: [...segment([-2.2, 0.4], [-1, 1.8], 8), ...segment([1, 1.8], [2.2, 0.4], 8), ...segment([-0.9, -1.8], [0.9, -1.8], 8)], sigma: 0.13 },
  grid: { points: TICKS.flatMap((x) => TICKS.map((y) => [x, y])), sigma: 0.1 },
};
const DRAWN_SIGMA = 0.14;

const known = new Map<string, Mixture>();

/** The mixture of that name, made once; `own` is made of the reader's points. An empty drawing is empty: no density, no samples. */
export function mixture(name: string, drawn: Points): Mixture {
  const shape = SHAPES[name];
  if (!shape) return made(drawn, DRAWN_SIGMA);
  if (!known.has(name)) known.set(name, made(shape.points, shape.sigma));
  return known.get(name)!;
}

function made(points: Points, sigma: number): Mixture {
  return new Mixture(Float64Array.from(points, (p) => p[0]!), Float64Array.from(points, (p) => p[1]!), sigma);
}
