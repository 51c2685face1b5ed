/**
 * Densities on a 1-D grid of equal cells, and what separates two of them: KL, JSD, Wasserstein-1.
 *
 * The push-forward of noise through G is computed, not sampled: each small interval of z hands its probability to the stretch
 * of x that G maps it to. So the generator's density is exact up to the grid, for any continuous G.
 */
import { exp, log, normalLogDensity } from "./math";

export class Grid {
  readonly x: Float64Array;
  readonly dx: number;

  constructor(readonly low: number, readonly high: number, readonly cells = 600) {
    this.dx = (high - low) / cells;
    this.x = Float64Array.from({ length: cells }, (_, i) => low + (i + 0.5) * this.dx);
  }

  fill(density: (x: number) => number): Float64Array {
    return this.x.map(density);
  }

  /** Density of G(z), z ~ N(0, 1): `z` equally spaced points and `gz` = G at those points. */
  pushForward(z: Float64Array, gz: Float64Array, out: Float64Array): Float64Array {
    out.fill(0);
    const dz = z[1]! - z[0]!;
    for (let i = 0; i + 1 < z.length; i++) {
      const mass = exp(normalLogDensity((z[i]! + z[i + 1]!) / 2, 0, 1)) * dz;
      this.spread(gz[i]!, gz[i + 1]!, mass / this.dx, out);
    }
    return out;
  }

  /** Add `height` cells of probability, spread evenly between a and b; what falls outside the grid goes into its edge cells. */
  private spread(a: number, b: number, height: number, out: Float64Array): void {
    const lo = (Math.min(a, b) - this.low) / this.dx;
    const hi = (Math.max(a, b) - this.low) / this.dx;
    const first = this.cell(lo);
    const last = this.cell(hi);
    if (first === last) {
      out[first] = out[first]! + height;
      return;
    }
    for (let c = first; c <= last; c++) {
      const left = c === first ? lo : c;
      const right = c === last ? hi : c + 1;
      out[c] = out[c]! + (height * (right - left)) / (hi - lo);
    }
  }

  private cell(position: number): number {
    return Math.min(this.cells - 1, Math.max(0, Math.floor(position)));
  }

  /** KL(p || q) in nats; infinite where q misses p. */
  kl(p: Float64Array, q: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.cells; i++) if (p[i]! > 0) sum += p[i]! * (log(p[i]!) - log(q[i]!));
    return sum * this.dx;
  }

  /** Jensen-Shannon divergence in nats: 0 when equal, log 2 when disjoint. */
  jsd(p: Float64Array, q: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.cells; i++) {
      const m = (p[i]! + q[i]!) / 2;
      if (p[i]! > 0) sum += 0.5 * p[i]! * log(p[i]! / m);
      if (q[i]! > 0) sum += 0.5 * q[i]! * log(q[i]! / m);
    }
    return sum * this.dx;
  }

  /** Wasserstein-1: the area between the two distribution functions. */
  w1(p: Float64Array, q: Float64Array): number {
    let gap = 0;
    let area = 0;
    for (let i = 0; i < this.cells; i++) {
      gap += (p[i]! - q[i]!) * this.dx;
      area += Math.abs(gap) * this.dx;
    }
    return area;
  }
}

/** KL(N(mu, sigma^2) || N(m, s^2)) in closed form. */
export function gaussianKl(mu: number, sigma: number, m: number, s: number): number {
  return log(s / sigma) + (sigma * sigma + (mu - m) * (mu - m)) / (2 * s * s) - 0.5;
}
