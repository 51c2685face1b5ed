/**
 * Two densities on a square grid, and what separates them: KL, JSD, the best discriminator.
 *
 * Both are blurred by the same Gaussian (standard deviation `BLUR`), so a generator with 1-D noise, whose samples lie on a curve,
 * has a density too. The data's is exact: blurring a Gaussian mixture only widens it. The generator's comes from evenly spread
 * noise, handed to the grid in proportion to the distance of the four nearest cells. What is left of the finite number of samples
 * is measured, not guessed: `floor` is the reading for as many samples of the data themselves.
 */
import { exp, log, Rng } from "../../engine";
import { REACH, type Mixture } from "./mixture";

export const BLUR = 0.12;
const CELLS = 84;
const LOW = -REACH - 0.5;
const SIZE = (-2 * LOW) / CELLS;
/** log of a density that has vanished: keeps KL finite. */
const NOTHING = 1e-300;

/** Probability of a cell below which it counts as empty: a thousandth of a mean cell's. */
const NOBODY = 1e-7;

export class Field {
  readonly data = new Float64Array(CELLS * CELLS);
  readonly made = new Float64Array(CELLS * CELLS);
  private readonly logData: Float64Array;
  private readonly scratch = new Float64Array(CELLS * CELLS);
  private readonly kernel = bell(Math.sqrt(BLUR * BLUR - (SIZE * SIZE) / 6)); // the hand-over itself blurs by SIZE^2 / 6

  constructor(private readonly mixture: Mixture) {
    this.fillData();
    this.logData = this.data.map((p) => log(p + NOTHING));
  }

  private fillData(): void {
    const { x, y, sigma, count } = this.mixture;
    const spread = Math.sqrt(sigma * sigma + BLUR * BLUR);
    for (let c = 0; c < count; c++) {
      const along = (centre: number): Float64Array => Float64Array.from({ length: CELLS }, (_, i) => {
        const z = (LOW + (i + 0.5) * SIZE - centre) / spread;
        return exp(-0.5 * z * z);
      });
      const row = along(x[c]!), column = along(y[c]!);
      for (let j = 0, k = 0; j < CELLS; j++) for (let i = 0; i < CELLS; i++, k++) this.data[k] = this.data[k]! + row[i]! * column[j]!;
    }
    normalise(this.data);
  }

  /** Take n samples (n, 2) as the generator's. */
  take(samples: Float64Array, n: number): void {
    const { made } = this;
    made.fill(0);
    for (let s = 0; s < n; s++) this.drop(samples[2 * s]!, samples[2 * s + 1]!);
    this.blur(1);
    this.blur(CELLS);
    normalise(made);
  }

  private drop(px: number, py: number): void {
    const u = within((px - LOW) / SIZE - 0.5), v = within((py - LOW) / SIZE - 0.5);
    const i = Math.min(CELLS - 2, Math.floor(u)), j = Math.min(CELLS - 2, Math.floor(v));
    const a = u - i, b = v - j, k = j * CELLS + i;
    const { made } = this;
    made[k] = made[k]! + (1 - a) * (1 - b);
    made[k + 1] = made[k + 1]! + a * (1 - b);
    made[k + CELLS] = made[k + CELLS]! + (1 - a) * b;
    made[k + CELLS + 1] = made[k + CELLS + 1]! + a * b;
  }

  /** Blur along one direction: neighbours are `step` apart. */
  private blur(step: number): void {
    const { made, scratch, kernel } = this;
    const half = (kernel.length - 1) / 2;
    const across = CELLS + 1 - step; // 1 for columns, CELLS for rows
    scratch.set(made);
    made.fill(0);
    for (let line = 0; line < CELLS; line++) {
      const base = line * across;
      for (let i = 0; i < CELLS; i++) {
        const value = scratch[base + i * step]!;
        if (value === 0) continue;
        for (let t = -half; t <= half; t++) {
          const k = base + Math.min(CELLS - 1, Math.max(0, i + t)) * step;
          made[k] = made[k]! + value * kernel[t + half]!;
        }
      }
    }
  }

  /** KL(p_g || p_data) and JSD in nats, for the samples taken last. */
  divergences(): { kl: number; jsd: number } {
    const { data, made, logData } = this;
    let kl = 0, jsd = 0;
    for (let k = 0; k < data.length; k++) {
      const p = data[k]!, q = made[k]!;
      const logMiddle = log((p + q) / 2 + NOTHING);
      jsd += 0.5 * p * (logData[k]! - logMiddle);
      if (q <= 0) continue;
      const logMade = log(q);
      kl += q * (logMade - logData[k]!);
      jsd += 0.5 * q * (logMade - logMiddle);
    }
    return { kl, jsd };
  }

  /** What n samples of the data themselves read: the least that finitely many samples can be told from. */
  floor(n: number): { kl: number; jsd: number } {
    const other = new Field(this.mixture); // this one keeps the generator's samples
    other.take(this.mixture.sample(new Rng(0, 40), new Float64Array(2 * n)), n);
    return other.divergences();
  }

  /** The best discriminator p_data / (p_data + p_g) at a point (the nearest cell), for the blurred densities; 1/2 where neither is. */
  best(px: number, py: number): number {
    const i = Math.floor(within((px - LOW) / SIZE)), j = Math.floor(within((py - LOW) / SIZE));
    const p = this.data[j * CELLS + i]!, q = this.made[j * CELLS + i]!;
    return p + q > NOBODY ? p / (p + q) : 0.5;
  }
}

function within(u: number): number {
  return Math.min(CELLS - 1, Math.max(0, u === u ? u : 0));
}

function bell(sigma: number): Float64Array {
  const half = Math.ceil((3.5 * sigma) / SIZE);
  return normalise(Float64Array.from({ length: 2 * half + 1 }, (_, i) => exp(-0.5 * (((i - half) * SIZE) / sigma) ** 2)));
}

function normalise(p: Float64Array): Float64Array {
  let sum = 0;
  for (let k = 0; k < p.length; k++) sum += p[k]!;
  for (let k = 0; k < p.length; k++) p[k] = p[k]! / sum;
  return p;
}
