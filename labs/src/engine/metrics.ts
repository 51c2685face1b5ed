/**
 * Metrics between two samples of the plane, as in `ganlab.metrics`: Fréchet and kernel distance, precision and recall, density and coverage, modes.
 *
 * Fast enough for a slider: the kernel distance goes through moments, neighbours are looked for from the nearest in x on. Only +, -, *, / and sqrt.
 */

/** Points of the plane by increasing x: the order in which neighbours are found quickly. */
export interface Cloud {
  readonly n: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** From x0, y0, x1, y1, ... */
export function cloud(points: ArrayLike<number>): Cloud {
  const n = points.length / 2;
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => points[2 * i]! - points[2 * j]!);
  return { n, x: Float64Array.from(order, (i) => points[2 * i]!), y: Float64Array.from(order, (i) => points[2 * i + 1]!) };
}

export interface Quality {
  /** Squared 2-Wasserstein distance of the Gaussians with the samples' means and covariances (Heusel et al. 2017, eq. 6). */
  readonly frechet: number;
  /** Squared maximum mean discrepancy with the kernel (x . y / 2 + 1)^3, without bias, so it may be negative (Binkowski et al. 2018, section 4). */
  readonly kernel: number;
  /** Kynkäänniemi et al. (2019), eq. 1 and 2, with the third neighbour. */
  readonly precision: number;
  readonly recall: number;
  /** Naeem et al. (2020), eq. 5 and 8, with the fifth neighbour. */
  readonly density: number;
  readonly coverage: number;
}

const K_SUPPORT = 3;
const K_DENSITY = 5;

/** A real sample with what does not depend on the fakes: its balls. More than five points of each are needed. */
export class RealSample {
  private readonly moments: Moments;
  private readonly support: Float64Array;
  private readonly dense: Float64Array;

  constructor(readonly real: Cloud) {
    this.moments = moments(real);
    [this.support, this.dense] = radii(real, [K_SUPPORT, K_DENSITY]) as [Float64Array, Float64Array];
  }

  judge(fake: Cloud): Quality {
    const { real } = this;
    const other = moments(fake);
    const [own] = radii(fake, [K_SUPPORT]) as [Float64Array];
    const near = balls(real, this.dense, fake, this.support), back = balls(fake, own, real);
    return {
      frechet: frechet(this.moments, other), kernel: kernel(this.moments, other),
      precision: near.reached / fake.n, recall: back.reached / real.n,
      density: near.pairs / (K_DENSITY * fake.n), coverage: near.holding / real.n,
    };
  }
}

/** Number of centres with at least one point within `radius`. */
export function modesCovered(points: Cloud, centres: readonly (readonly [number, number])[], radius: number): number {
  const near = (i: number, [a, b]: readonly [number, number]): boolean => (points.x[i]! - a) ** 2 + (points.y[i]! - b) ** 2 <= radius * radius;
  return centres.filter((centre) => points.x.some((_, i) => near(i, centre))).length;
}

interface Moments {
  readonly n: number;
  readonly mean: readonly [number, number];
  /** Variances and covariance, divided by n - 1. */
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
  /** Means of x^i y^j, in the order of `FACTORS`. */
  readonly raw: Float64Array;
  /** Mean of the kernel of a point with itself. */
  readonly self: number;
}

/** Factors of (x u)^i (y v)^j in (x u / 2 + y v / 2 + 1)^3, for i = 0 ... 3 and j = 0 ... 3 - i. */
const FACTORS = [1, 3 / 2, 3 / 4, 1 / 8, 3 / 2, 6 / 4, 3 / 8, 3 / 4, 3 / 8, 1 / 8];

function moments({ n, x, y }: Cloud): Moments {
  const raw = new Float64Array(FACTORS.length);
  let self = 0, mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
  for (let p = 0; p < n; p++) {
    const u = x[p]!, v = y[p]!;
    let power = 1; // u^i
    for (let i = 0, t = 0; i < 4; i++, power *= u) for (let j = 0, term = power; j < 4 - i; j++, t++, term *= v) raw[t]! += term;
    const own = (u * u + v * v) / 2 + 1;
    self += own * own * own;
    mx += u;
    my += v;
  }
  mx /= n;
  my /= n;
  for (let p = 0; p < n; p++) {
    const u = x[p]! - mx, v = y[p]! - my;
    xx += u * u;
    xy += u * v;
    yy += v * v;
  }
  return { n, mean: [mx, my], xx: xx / (n - 1), xy: xy / (n - 1), yy: yy / (n - 1), raw: raw.map((sum) => sum / n), self: self / n };
}

/** For two matrices of 2 x 2, tr (A B)^(1/2) = (tr A B + 2 (det A det B)^(1/2))^(1/2): both eigenvalues of A B are at least 0. */
function frechet(a: Moments, b: Moments): number {
  const det = Math.max(0, a.xx * a.yy - a.xy * a.xy) * Math.max(0, b.xx * b.yy - b.xy * b.xy);
  const overlap = Math.sqrt(a.xx * b.xx + 2 * a.xy * b.xy + a.yy * b.yy + 2 * Math.sqrt(det));
  return (a.mean[0] - b.mean[0]) ** 2 + (a.mean[1] - b.mean[1]) ** 2 + a.xx + a.yy + b.xx + b.yy - 2 * overlap;
}

function kernel(a: Moments, b: Moments): number {
  const within = (m: Moments): number => (m.n * meanKernel(m, m) - m.self) / (m.n - 1);
  return within(a) + within(b) - 2 * meanKernel(a, b);
}

/** Over all pairs: a polynomial of products is a sum of products of moments. */
function meanKernel(a: Moments, b: Moments): number {
  return FACTORS.reduce((sum, factor, t) => sum + factor * a.raw[t]! * b.raw[t]!, 0);
}

/** Squared distances to the neighbours of the given ranks, for each point. */
function radii({ n, x, y }: Cloud, ranks: readonly number[]): Float64Array[] {
  const best = new Float64Array(Math.max(...ranks)), last = best.length - 1;
  const found = ranks.map(() => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    best.fill(Infinity);
    const a = x[i]!, b = y[i]!;
    for (let j = i + 1; j < n; j++) {
      const across = (x[j]! - a) * (x[j]! - a);
      if (across >= best[last]!) break;
      insert(best, across + (y[j]! - b) * (y[j]! - b));
    }
    for (let j = i - 1; j >= 0; j--) {
      const across = (x[j]! - a) * (x[j]! - a);
      if (across >= best[last]!) break;
      insert(best, across + (y[j]! - b) * (y[j]! - b));
    }
    for (let r = 0; r < ranks.length; r++) found[r]![i] = best[ranks[r]! - 1]!;
  }
  return found;
}

/** Keep the least, in order. */
function insert(best: Float64Array, square: number): void {
  let at = best.length - 1;
  if (square >= best[at]!) return;
  for (; at > 0 && best[at - 1]! > square; at--) best[at] = best[at - 1]!;
  best[at] = square;
}

/** Points in balls, rims included: how many balls hold one, how many pairs there are, and how many points are in any of the smaller balls `inner`. */
function balls(centres: Cloud, squares: Float64Array, points: Cloud, inner = squares): { readonly reached: number; readonly holding: number; readonly pairs: number } {
  const inside = new Uint8Array(points.n), { x, y } = points;
  let holding = 0, pairs = 0;
  for (let c = 0; c < centres.n; c++) {
    const before = pairs, a = centres.x[c]!, b = centres.y[c]!, square = squares[c]!, small = inner[c]!, radius = Math.sqrt(square) + 1e-9;
    for (let p = lowest(x, a - radius); p < points.n && x[p]! <= a + radius; p++) {
      const apart = (x[p]! - a) * (x[p]! - a) + (y[p]! - b) * (y[p]! - b);
      if (apart > square) continue;
      pairs += 1;
      if (apart <= small) inside[p] = 1;
    }
    if (pairs > before) holding += 1;
  }
  return { reached: inside.reduce((sum, one) => sum + one, 0), holding, pairs };
}

/** The first place whose number is at least `x`. */
function lowest(sorted: Float64Array, x: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
