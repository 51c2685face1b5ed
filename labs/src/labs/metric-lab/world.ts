/** The real distribution, five modes on a ring, and what the reader makes of the generated one. */
import { Rng } from "../../engine";
import type { Values } from "../../kit/lab";

export type Point = readonly [number, number];

/** Standard deviation of a mode. */
export const SIGMA = 0.35;
/** A mode counts as covered if a point is as near as this. */
export const RADIUS = 3 * SIGMA;
/** The last mode is the rare one. */
export const SHARES: readonly number[] = [0.2375, 0.2375, 0.2375, 0.2375, 0.05];

/** cos and sin of a fifth of a turn, exactly the same in every browser. */
const C = (Math.sqrt(5) - 1) / 4;
const S = Math.sqrt(1 - C * C);
/** Corners of a pentagon at distance 2 from the centre, from the top on. */
export const CENTRES: readonly Point[] = [[0, 2], [2 * S, 2 * C], [4 * S * C, 2 * (2 * C * C - 1)], [-4 * S * C, 2 * (2 * C * C - 1)], [-2 * S, 2 * C]];

const mean = (of: (at: Point) => number): number => CENTRES.reduce((sum, at, i) => sum + SHARES[i]! * of(at), 0);
const MEAN: Point = [mean(([x]) => x), mean(([, y]) => y)];
const COVARIANCE = {
  xx: mean(([x]) => (x - MEAN[0]) ** 2) + SIGMA * SIGMA, xy: mean(([x, y]) => (x - MEAN[0]) * (y - MEAN[1])),
  yy: mean(([, y]) => (y - MEAN[1]) ** 2) + SIGMA * SIGMA,
};

/** Which modes are left. */
const LEFT: Readonly<Record<string, readonly number[]>> = { all: [0, 1, 2, 3, 4], no_large: [0, 2, 3, 4], no_rare: [0, 1, 2, 3], one: [0], bell: [] };

/** x0, y0, x1, y1, ... of n points from some of the modes, each `spread` times as wide as a real one. */
function fromModes(rng: Rng, n: number, modes: readonly number[], spread = 1): Float64Array {
  const total = modes.reduce((sum, mode) => sum + SHARES[mode]!, 0);
  const points = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    let rest = rng.uniform() * total, at = 0;
    while (at < modes.length - 1 && (rest -= SHARES[modes[at]!]!) >= 0) at += 1;
    const [x, y] = CENTRES[modes[at]!]!;
    points[2 * i] = x + spread * SIGMA * rng.normal();
    points[2 * i + 1] = y + spread * SIGMA * rng.normal();
  }
  return points;
}

export const fromData = (rng: Rng, n: number): Float64Array => fromModes(rng, n, LEFT["all"]!);

/** One Gaussian with the mean and the covariance of the data (times `spread` squared). */
function fromBell(rng: Rng, n: number, spread: number): Float64Array {
  const a = Math.sqrt(COVARIANCE.xx), b = COVARIANCE.xy / a, c = Math.sqrt(COVARIANCE.yy - b * b);
  const points = new Float64Array(2 * n);
  for (let i = 0; i < n; i++) {
    const u = spread * rng.normal(), v = spread * rng.normal();
    points[2 * i] = MEAN[0] + a * u;
    points[2 * i + 1] = MEAN[1] + b * u + c * v;
  }
  return points;
}

/** Real points to compare with, generated ones, and how many of these (the first) are copies of training points. */
export interface Samples {
  readonly real: Float64Array;
  readonly fake: Float64Array;
  readonly copies: number;
}

/** Draw number `index` of a seed: under all settings from the same random numbers, so that differences come from the settings. */
export function samples(values: Values, seed: number, index: number): Samples {
  const n = values["n"] as number, spread = values["spread"] as number;
  const stream = (use: number): Rng => new Rng(seed, 4 * index + use);
  const training = fromData(stream(1), n);
  const fake = values["modes"] === "bell" ? fromBell(stream(2), n, spread) : fromModes(stream(2), n, LEFT[values["modes"] as string]!, spread);
  for (let i = 0; i < n; i++) fake[2 * i]! += values["shift"] as number;
  const copies = Math.round((values["copies"] as number) * n);
  fake.set(training.subarray(0, 2 * copies));
  return { real: values["against"] === "training" ? training : fromData(stream(3), n), fake, copies };
}
