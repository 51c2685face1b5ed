/**
 * What training spends its time on, in float32: twice, with the same result to the last bit.
 *
 * `simd.ts` runs it in WebAssembly, `plain.ts` in TypeScript where that cannot be had. Each sum runs in the order of k, each operation is one
 * that IEEE 754 fixes, so one seed means one run, in every browser.
 */
import type { Arena, Floats, Matrix } from "./matrix";

/** Adam's constants and its two corrections, for one step. */
export interface AdamStep {
  readonly beta1: number;
  readonly beta2: number;
  /** The learning rate over 1 - beta1^t. */
  readonly rate: number;
  /** The root of 1 / (1 - beta2^t). */
  readonly root: number;
  readonly eps: number;
}

/** Weights, gradients, and Adam's two averages: of the same length, a multiple of 4. */
export interface Weights {
  readonly p: Floats;
  readonly g: Floats;
  readonly m: Floats;
  readonly v: Floats;
}

export interface Kernels {
  /** out = start + a b, start or 0; out is dense, its columns are a multiple of 8, and b's rows one of 4 if b is a transpose. */
  multiply(out: Matrix, a: Matrix, b: Matrix, start?: Matrix): void;
  /** out = the sums of x's columns; it has as many numbers as a row of x, a multiple of 4. */
  sumRows(out: Floats, x: Floats): void;
  /** rows = the 4 x 4 patches of square maps, one for each second place of each second row, with zeros beyond the rim: a row (4, 4, channels). */
  patches(rows: Matrix, maps: Matrix, side: number): void;
  /** The transpose: add such rows to the places of the maps that they were taken from. */
  scatter(maps: Matrix, rows: Matrix, side: number): void;
  /** LeakyReLU in place; with slope 0, ReLU. Lengths here and below are multiples of 4. */
  leaky(x: Floats, slope: number): void;
  /** d times the slope of that, from its result y. */
  leakySlope(d: Floats, y: Floats, slope: number): void;
  tanh(x: Floats): void;
  tanhSlope(d: Floats, y: Floats): void;
  adam(weights: Weights, step: AdamStep): void;
  /** a + share (x - a), in place of a: a moving average. */
  blend(a: Floats, x: Floats, share: number): void;
}

export interface Engine {
  readonly name: "simd" | "plain";
  readonly arena: Arena;
  readonly kernels: Kernels;
}

/** Most columns and rows of b in a product. */
export const MOST = 2048;

/** Most numbers of a map with its rim. */
export const LARGEST = 8192;

/** Refuse what the loops cannot do. */
export function checkProduct(out: Matrix, a: Matrix, b: Matrix, start: Matrix): void {
  const fits = a.cols === b.rows && out.rows === a.rows && out.cols === b.cols && start.cols >= out.cols && start.rows >= out.rows;
  const dense = out.rowStep === out.cols && out.colStep === 1 && start.colStep === 1 && (b.colStep === 1 || b.rowStep === 1);
  if (!fits || !dense || out.cols % 8 || (b.colStep !== 1 && b.rows % 4) || Math.max(b.rows, b.cols) > MOST) {
    throw new Error(`no product of (${a.rows}, ${a.cols}) and (${b.rows}, ${b.cols}) into (${out.rows}, ${out.cols})`);
  }
}

export function checkSum(out: Floats, x: Floats): void {
  if (out.length % 4 || x.length % out.length) throw new Error(`no sums of ${x.length} numbers in rows of ${out.length}`);
}

/** `side` is even; rows of pixels are a multiple of 4 numbers. */
export function checkPatches(rows: Matrix, maps: Matrix, side: number): void {
  const channels = rows.cols / 16, fits = maps.cols === side * side * channels && 4 * rows.rows === maps.rows * side * side;
  if (!fits || side % 2 || (side * channels) % 4 || (side + 2) ** 2 * channels > LARGEST) {
    throw new Error(`no patches (${rows.rows}, ${rows.cols}) of maps (${maps.rows}, ${maps.cols}) with side ${side}`);
  }
}
