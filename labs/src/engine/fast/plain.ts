/**
 * The kernels in TypeScript: for browsers without WebAssembly SIMD, and the oracle of those in `assembly/kernels.ts`.
 *
 * A product or a sum of two float32 numbers, computed in float64 and rounded once, is the float32 one, since float64 has more than twice as
 * many bits; the same holds for quotients and roots. So `fround` after each operation gives what the vector unit gives.
 */
import { checkPatches, checkProduct, checkSum, MOST, type AdamStep, type Engine, type Kernels, type Weights } from "./kernels";
import { Arena, Matrix, type Floats } from "./matrix";

const { fround } = Math;

export function plain(bytes: number): Engine {
  return { name: "plain", arena: new Arena(new ArrayBuffer(bytes)), kernels: KERNELS };
}

const ZEROS = Matrix.repeated(new Float32Array(MOST));
const KERNELS: Kernels = { multiply, sumRows, patches, scatter, leaky, leakySlope, tanh, tanhSlope, adam, blend };

function multiply(out: Matrix, a: Matrix, b: Matrix, start = ZEROS): void {
  checkProduct(out, a, b, start);
  const column = new Float32Array(4 * b.rows);
  for (let j = 0; j < out.cols; j += 4) {
    copyColumns(b, j, column);
    for (let i = 0; i < out.rows; i++) fourSums(out, a, column, start, i, j);
  }
}

/** Four columns of b, row after row. */
function copyColumns(b: Matrix, j: number, into: Floats): void {
  for (let k = 0, t = 0; k < b.rows; k++) {
    for (let c = j; c < j + 4; c++) into[t++] = b.data[k * b.rowStep + c * b.colStep]!;
  }
}

function fourSums(out: Matrix, a: Matrix, b: Floats, start: Matrix, i: number, j: number): void {
  const { data: x, colStep } = a, from = i * start.rowStep + j, to = i * out.cols + j;
  let c0 = start.data[from]!, c1 = start.data[from + 1]!, c2 = start.data[from + 2]!, c3 = start.data[from + 3]!;
  for (let t = 0, at = i * a.rowStep; t < b.length; t += 4, at += colStep) {
    const v = x[at]!;
    c0 = fround(c0 + fround(v * b[t]!));
    c1 = fround(c1 + fround(v * b[t + 1]!));
    c2 = fround(c2 + fround(v * b[t + 2]!));
    c3 = fround(c3 + fround(v * b[t + 3]!));
  }
  out.data[to] = c0;
  out.data[to + 1] = c1;
  out.data[to + 2] = c2;
  out.data[to + 3] = c3;
}

function sumRows(out: Floats, x: Floats): void {
  checkSum(out, x);
  out.fill(0);
  for (let at = 0; at < x.length; at += out.length) for (let j = 0; j < out.length; j++) out[j] = out[j]! + x[at + j]!;
}

function patches(rows: Matrix, maps: Matrix, side: number): void {
  rows.data.fill(0);
  eachLine(rows, maps, side, (row, map, n) => { for (let i = 0; i < n; i++) rows.data[row + i] = maps.data[map + i]!; });
}

function scatter(maps: Matrix, rows: Matrix, side: number): void {
  eachLine(rows, maps, side, (row, map, n) => { for (let i = 0; i < n; i++) maps.data[map + i] = maps.data[map + i]! + rows.data[row + i]!; });
}

/** For each line of each patch, the part inside the map: where it lies among the rows and in the maps, and how many numbers it has. */
function eachLine(rows: Matrix, maps: Matrix, side: number, visit: (row: number, map: number, n: number) => void): void {
  checkPatches(rows, maps, side);
  const channels = rows.cols / 16, half = side / 2;
  for (let patch = 0; patch < rows.rows; patch++) {
    const image = Math.floor(patch / (half * half)), top = 2 * (Math.floor(patch / half) % half) - 1, left = 2 * (patch % half) - 1;
    const from = Math.max(left, 0), n = (Math.min(left + 4, side) - from) * channels;
    for (let v = 0; v < 4; v++) {
      const y = top + v;
      if (y >= 0 && y < side) visit(patch * rows.cols + (4 * v + from - left) * channels, ((image * side + y) * side + from) * channels, n);
    }
  }
}

function leaky(x: Floats, slope: number): void {
  const below = fround(slope);
  for (let i = 0; i < x.length; i++) if (!(x[i]! > 0)) x[i] = x[i]! * below;
}

function leakySlope(d: Floats, y: Floats, slope: number): void {
  const below = fround(slope);
  for (let i = 0; i < d.length; i++) if (!(y[i]! > 0)) d[i] = d[i]! * below;
}

const LOG2_E = fround(Math.LOG2E);
const LN2_HIGH = 0.693145751953125;
const LN2_LOW = fround(1.4286068203094172e-6);
const POWERS = Float32Array.from({ length: 31 }, (_, k) => 1 / (1 << k)); // 2^-k
const TAYLOR = [1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1].map(fround);

function tanh(x: Floats): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!, t = Math.max(-2 * Math.abs(v), -20);
    const k = Math.floor(fround(fround(t * LOG2_E) + 0.5));
    const r = fround(fround(t - fround(k * LN2_HIGH)) - fround(k * LN2_LOW));
    let q = fround(1 / 5040);
    for (const term of TAYLOR) q = fround(fround(q * r) + term);
    q = fround(q * r);
    const power = POWERS[-k]!, less = fround(fround(power * q) + fround(power - 1));
    const size = fround(less / fround(less + 2));
    x[i] = v < 0 ? size : -size;
  }
}

function tanhSlope(d: Floats, y: Floats): void {
  for (let i = 0; i < d.length; i++) d[i] = d[i]! * fround(1 - fround(y[i]! * y[i]!));
}

function adam({ p, g, m, v }: Weights, step: AdamStep): void {
  const [b1, b2, r1, r2] = [step.beta1, step.beta2, 1 - step.beta1, 1 - step.beta2].map(fround) as [number, number, number, number];
  const rate = fround(step.rate), root = fround(step.root), eps = fround(step.eps);
  for (let i = 0; i < p.length; i++) {
    const grad = g[i]!;
    const mean = fround(fround(b1 * m[i]!) + fround(r1 * grad));
    const square = fround(fround(b2 * v[i]!) + fround(fround(r2 * grad) * grad));
    m[i] = mean;
    v[i] = square;
    p[i] = p[i]! - fround(fround(rate * mean) / fround(fround(fround(Math.sqrt(square)) * root) + eps));
  }
}

function blend(a: Floats, x: Floats, share: number): void {
  const part = fround(share);
  for (let i = 0; i < a.length; i++) a[i] = a[i]! + fround(part * fround(x[i]! - a[i]!));
}
