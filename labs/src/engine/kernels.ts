/**
 * The loops in which a lab spends its time, in TypeScript: where WebAssembly SIMD cannot be had, and the oracle of `assembly/doubles.ts`,
 * which does the same to the last bit (room.ts chooses).
 *
 * Batches are row-major, example after example, as in PyTorch: x[s * nIn + i]. Up to eight inputs of one example sit in registers while
 * the weights stream past; that was twice as fast in V8 (no SIMD for plain JavaScript) as the feature-major blockings tried.
 * `| 0` tells the compiler that an index is a small integer: without it every addition is checked for overflow.
 * Numbers are float64: JavaScript's arithmetic is, and rounding each store to float32 costs time and gains nothing here.
 */
import { tanh } from "./math";

type Vec = Float64Array;

export type Activation = "linear" | "relu" | "leaky" | "tanh";

/** What follows, as one implementation. */
export interface Kernels {
  readonly combine: typeof combine;
  readonly addOuter: typeof addOuter;
  readonly addRowSums: typeof addRowSums;
  readonly activate: typeof activate;
  readonly timesSlope: typeof timesSlope;
}

/**
 * y_j = b_j + sum_i m_ji x_i for each of n examples, with m_ji = m[at + j * rowStep + i * colStep]; `bias` < 0 means no b.
 * Swapping the two steps multiplies by the transpose.
 */
export function combine(
  m: Vec, at: number, rowStep: number, colStep: number, bias: number, x: Vec, nIn: number, y: Vec, nOut: number, n: number,
): void {
  let i = 0;
  for (; i + 7 < nIn; i += 8) addEight(m, at + i * colStep, rowStep | 0, colStep | 0, bias | 0, x, i, nIn | 0, y, nOut | 0, n | 0);
  for (; i + 1 < nIn; i += 2) addTwo(m, at + i * colStep, rowStep | 0, colStep | 0, bias | 0, x, i, nIn | 0, y, nOut | 0, n | 0);
  if (i < nIn) addOne(m, at + i * colStep, rowStep | 0, bias | 0, x, i, nIn | 0, y, nOut | 0, n | 0);
}

/** Two examples at once, so that each weight is read once for both. The first inputs set y (to the bias or 0), later ones add. */
function addEight(
  m: Vec, at: number, rowStep: number, colStep: number, bias: number, x: Vec, from: number, nIn: number, y: Vec, nOut: number, n: number,
): void {
  const c2 = (2 * colStep) | 0, c3 = (3 * colStep) | 0, c4 = (4 * colStep) | 0;
  const c5 = (5 * colStep) | 0, c6 = (6 * colStep) | 0, c7 = (7 * colStep) | 0;
  const last = (n - 1) | 0;
  for (let s = 0; s < n; s = (s + 2) | 0) {
    let o = (from + s * nIn) | 0;
    const a = x[o]!, b = x[(o + 1) | 0]!, c = x[(o + 2) | 0]!, d = x[(o + 3) | 0]!;
    const e = x[(o + 4) | 0]!, f = x[(o + 5) | 0]!, g = x[(o + 6) | 0]!, h = x[(o + 7) | 0]!;
    const skip = s < last ? 1 : 0; // an odd one out goes with itself
    o = (o + skip * nIn) | 0;
    const a2 = x[o]!, b2 = x[(o + 1) | 0]!, cc = x[(o + 2) | 0]!, d2 = x[(o + 3) | 0]!;
    const e2 = x[(o + 4) | 0]!, f2 = x[(o + 5) | 0]!, g2 = x[(o + 6) | 0]!, h2 = x[(o + 7) | 0]!;
    let k = (s * nOut) | 0;
    let l = (k + skip * nOut) | 0;
    let r = at | 0;
    for (let j = 0; j < nOut; j = (j + 1) | 0) {
      const m0 = m[r]!, m1 = m[(r + colStep) | 0]!, m2 = m[(r + c2) | 0]!, m3 = m[(r + c3) | 0]!;
      const m4 = m[(r + c4) | 0]!, m5 = m[(r + c5) | 0]!, m6 = m[(r + c6) | 0]!, m7 = m[(r + c7) | 0]!;
      const start = bias < 0 ? 0 : m[(bias + j) | 0]!;
      const first = from > 0 ? y[k]! : start, second = from > 0 ? y[l]! : start;
      y[k] = first + (m0 * a + m1 * b + (m2 * c + m3 * d) + (m4 * e + m5 * f + (m6 * g + m7 * h)));
      y[l] = second + (m0 * a2 + m1 * b2 + (m2 * cc + m3 * d2) + (m4 * e2 + m5 * f2 + (m6 * g2 + m7 * h2)));
      k = (k + 1) | 0;
      l = (l + 1) | 0;
      r = (r + rowStep) | 0;
    }
  }
}

function addTwo(
  m: Vec, at: number, rowStep: number, colStep: number, bias: number, x: Vec, from: number, nIn: number, y: Vec, nOut: number, n: number,
): void {
  let o = from | 0;
  let k = 0;
  for (let s = 0; s < n; s = (s + 1) | 0) {
    const a = x[o]!, b = x[(o + 1) | 0]!;
    let r = at | 0;
    for (let j = 0; j < nOut; j = (j + 1) | 0) {
      const first = from > 0 ? y[k]! : bias < 0 ? 0 : m[(bias + j) | 0]!;
      y[k] = first + (m[r]! * a + m[(r + colStep) | 0]! * b);
      k = (k + 1) | 0;
      r = (r + rowStep) | 0;
    }
    o = (o + nIn) | 0;
  }
}

function addOne(
  m: Vec, at: number, rowStep: number, bias: number, x: Vec, from: number, nIn: number, y: Vec, nOut: number, n: number,
): void {
  let o = from | 0;
  let k = 0;
  for (let s = 0; s < n; s = (s + 1) | 0) {
    const a = x[o]!;
    let r = at | 0;
    for (let j = 0; j < nOut; j = (j + 1) | 0) {
      const first = from > 0 ? y[k]! : bias < 0 ? 0 : m[(bias + j) | 0]!;
      y[k] = first + m[r]! * a;
      k = (k + 1) | 0;
      r = (r + rowStep) | 0;
    }
    o = (o + nIn) | 0;
  }
}

/** g[at + j * nIn + i] += sum_s d_j x_i: the gradient of a weight matrix, summed over the batch. */
export function addOuter(d: Vec, nOut: number, x: Vec, nIn: number, g: Vec, at: number, n: number): void {
  for (let j = 0; j < nOut; j++) {
    let i = 0;
    for (; i + 7 < nIn; i += 8) outerEight(d, j | 0, nOut | 0, x, i | 0, nIn | 0, g, at + j * nIn + i, n | 0);
    for (; i + 1 < nIn; i += 2) outerTwo(d, j | 0, nOut | 0, x, i | 0, nIn | 0, g, at + j * nIn + i, n | 0);
    for (; i < nIn; i++) outerOne(d, j | 0, nOut | 0, x, i | 0, nIn | 0, g, at + j * nIn + i, n | 0);
  }
}

function outerEight(
  d: Vec, j: number, nOut: number, x: Vec, i: number, nIn: number, g: Vec, at: number, n: number,
): void {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
  for (let s = 0; s < n; s = (s + 1) | 0) {
    const e = d[j]!;
    s0 += e * x[i]!;
    s1 += e * x[(i + 1) | 0]!;
    s2 += e * x[(i + 2) | 0]!;
    s3 += e * x[(i + 3) | 0]!;
    s4 += e * x[(i + 4) | 0]!;
    s5 += e * x[(i + 5) | 0]!;
    s6 += e * x[(i + 6) | 0]!;
    s7 += e * x[(i + 7) | 0]!;
    j = (j + nOut) | 0;
    i = (i + nIn) | 0;
  }
  g[at] = g[at]! + s0;
  g[at + 1] = g[at + 1]! + s1;
  g[at + 2] = g[at + 2]! + s2;
  g[at + 3] = g[at + 3]! + s3;
  g[at + 4] = g[at + 4]! + s4;
  g[at + 5] = g[at + 5]! + s5;
  g[at + 6] = g[at + 6]! + s6;
  g[at + 7] = g[at + 7]! + s7;
}

function outerTwo(d: Vec, j: number, nOut: number, x: Vec, i: number, nIn: number, g: Vec, at: number, n: number): void {
  let s0 = 0, s1 = 0;
  for (let s = 0; s < n; s = (s + 1) | 0) {
    const e = d[j]!;
    s0 += e * x[i]!;
    s1 += e * x[(i + 1) | 0]!;
    j = (j + nOut) | 0;
    i = (i + nIn) | 0;
  }
  g[at] = g[at]! + s0;
  g[at + 1] = g[at + 1]! + s1;
}

function outerOne(d: Vec, j: number, nOut: number, x: Vec, i: number, nIn: number, g: Vec, at: number, n: number): void {
  let sum = 0;
  for (let s = 0; s < n; s = (s + 1) | 0) {
    sum += d[j]! * x[i]!;
    j = (j + nOut) | 0;
    i = (i + nIn) | 0;
  }
  g[at] = g[at]! + sum;
}

/** g[at + j] += sum_s d_j: the gradient of a bias. */
export function addRowSums(d: Vec, nOut: number, g: Vec, at: number, n: number): void {
  let j = 0;
  for (; j + 3 < nOut; j += 4) rowSumsFour(d, j | 0, nOut | 0, g, (at + j) | 0, n | 0);
  for (; j < nOut; j++) {
    let sum = 0;
    for (let s = 0, k = j | 0; s < n; s = (s + 1) | 0, k = (k + nOut) | 0) sum += d[k]!;
    g[at + j] = g[at + j]! + sum;
  }
}

function rowSumsFour(d: Vec, k: number, nOut: number, g: Vec, at: number, n: number): void {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (let s = 0; s < n; s = (s + 1) | 0) {
    s0 += d[k]!;
    s1 += d[(k + 1) | 0]!;
    s2 += d[(k + 2) | 0]!;
    s3 += d[(k + 3) | 0]!;
    k = (k + nOut) | 0;
  }
  g[at] = g[at]! + s0;
  g[at + 1] = g[at + 1]! + s1;
  g[at + 2] = g[at + 2]! + s2;
  g[at + 3] = g[at + 3]! + s3;
}

/** Signs of activations are a coin toss, and `Math.max` compiles to a branch: (y + |y|) / 2 is max(y, 0) exactly, without one. */
export function activate(kind: Activation, y: Float64Array, size: number, slope: number): void {
  if (kind === "relu") for (let i = 0; i < size; i++) y[i] = 0.5 * (y[i]! + Math.abs(y[i]!));
  else if (kind === "leaky") for (let i = 0; i < size; i++) y[i] = 0.5 * (y[i]! + Math.abs(y[i]!) - slope * (Math.abs(y[i]!) - y[i]!));
  else if (kind === "tanh") for (let i = 0; i < size; i++) y[i] = tanh(y[i]!);
}

/** 1 for y > 0, 0 for y = 0, without a branch (see `activate`): t / (t + 1) rounds to 1 for every t above 2^53. */
const HUGE = 1e200;

function isPositive(y: number): number {
  const t = y * HUGE;
  return t / (t + 1);
}

/** d *= activation'(u), written in terms of the output y = activation(u). */
export function timesSlope(kind: Activation, y: Float64Array, d: Float64Array, size: number, slope: number): void {
  if (kind === "relu") for (let i = 0; i < size; i++) d[i] = d[i]! * isPositive(y[i]!);
  else if (kind === "leaky") {
    for (let i = 0; i < size; i++) d[i] = d[i]! * (slope + (1 - slope) * isPositive(0.5 * (y[i]! + Math.abs(y[i]!))));
  } else if (kind === "tanh") for (let i = 0; i < size; i++) d[i] = d[i]! * (1 - y[i]! * y[i]!);
}

export const PLAIN: Kernels = { combine, addOuter, addRowSums, activate, timesSlope };
