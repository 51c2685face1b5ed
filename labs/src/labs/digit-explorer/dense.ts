/**
 * A generator that was trained on this page (digit-lab): dense layers with ReLU, tanh at the end, and the inputs of the stored one.
 *
 * Its latent space is turned as that of the stored one was (scripts/train_explorer.py): the first direction changes the image most.
 */
import { Rng, tanh } from "../../engine";

/** Weights (inputs, outputs), then biases, layer after layer. */
export interface DenseWeights {
  readonly sizes: readonly number[];
  readonly numbers: Float32Array;
}

interface Layer {
  readonly w: Float64Array;
  readonly b: Float64Array;
}

/** Places at which the slopes are measured, as many for each label. */
const EACH = 5;
const CLASSES = 10;

export class DenseGenerator {
  /** Share of E||J||^2 of each latent direction, largest first. */
  readonly effect: readonly number[];
  private readonly layers: readonly Layer[];

  /** The first `dims` inputs are z. */
  constructor({ sizes, numbers }: DenseWeights, dims: number) {
    this.layers = layersOf(sizes, numbers);
    const { values, vectors } = this.directions(dims), total = values.reduce((sum, value) => sum + value, 0);
    this.effect = values.map((value) => value / total);
    this.turn(vectors, dims);
  }

  /** An image (784,) in (-1, 1); `input` is z, then the weights of the labels, which sum to 1. */
  draw(input: ArrayLike<number>): Float64Array {
    return this.layers.reduce<Float64Array>((x, layer, l) => this.bend(affine(x, layer), l), Float64Array.from(input));
  }

  private bend(y: Float64Array, l: number): Float64Array {
    return y.map(l === this.layers.length - 1 ? tanh : (v) => (v > 0 ? v : 0));
  }

  /** Eigenvalues of E J'J, largest first, and its eigenvectors; each makes more ink on average than less. */
  private directions(dims: number): { values: number[]; vectors: Float64Array[] } {
    const rng = new Rng(0, 1), outer = Array.from({ length: dims }, () => new Float64Array(dims)), ink = new Float64Array(dims);
    for (let s = 0; s < EACH * CLASSES; s++) {
      const slopes = this.slopes(this.place(rng, dims, s % CLASSES), dims);
      slopes.forEach((slope, i) => {
        ink[i]! += slope.reduce((sum, v) => sum + v, 0);
        slopes.forEach((other, j) => { outer[i]![j]! += slope.reduce((sum, v, p) => sum + v * other[p]!, 0); });
      });
    }
    const { values, vectors } = eigen(outer);
    return { values, vectors: vectors.map((v) => (v.reduce((sum, x, i) => sum + x * ink[i]!, 0) < 0 ? v.map((x) => -x) : v)) };
  }

  private place(rng: Rng, dims: number, label: number): Float64Array {
    const input = new Float64Array(dims + CLASSES).map((_, i) => (i < dims ? rng.normal() : 0));
    input[dims + label] = 1;
    return input;
  }

  /** The derivative of the image in each of the first `dims` inputs. */
  private slopes(input: Float64Array, dims: number): Float64Array[] {
    let x = input, tangents = Array.from({ length: dims }, (_, i) => new Float64Array(input.length).map((_, j) => (i === j ? 1 : 0)));
    this.layers.forEach((layer, l) => {
      const y = this.bend(affine(x, layer), l), last = l === this.layers.length - 1;
      tangents = tangents.map((t) => affine(t, layer, false).map((v, j) => v * (last ? 1 - y[j]! * y[j]! : y[j]! > 0 ? 1 : 0)));
      x = y;
    });
    return tangents;
  }

  /** From now on z is measured along these directions. */
  private turn(vectors: readonly Float64Array[], dims: number): void {
    const { w, b } = this.layers[0]!, n = b.length, old = w.slice(0, dims * n);
    for (let k = 0; k < dims; k++) {
      for (let j = 0; j < n; j++) w[k * n + j] = vectors[k]!.reduce((sum, x, i) => sum + x * old[i * n + j]!, 0);
    }
  }
}

function layersOf(sizes: readonly number[], numbers: Float32Array): Layer[] {
  let at = 0;
  const take = (n: number): Float64Array => Float64Array.from(numbers.subarray(at, (at += n)));
  return sizes.slice(1).map((outputs, l) => ({ w: take(sizes[l]! * outputs), b: take(outputs) }));
}

function affine(x: Float64Array, { w, b }: Layer, shifted = true): Float64Array {
  const n = b.length, y = shifted ? b.slice() : new Float64Array(n);
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    if (v) for (let j = 0, at = i * n; j < n; j++, at++) y[j]! += v * w[at]!;
  }
  return y;
}

/** Eigenvalues of a symmetric matrix, largest first, and its eigenvectors: Jacobi's rotations. */
export function eigen(matrix: readonly Float64Array[]): { values: number[]; vectors: Float64Array[] } {
  const n = matrix.length, a = matrix.map((row) => row.slice()), v = a.map((_, i) => new Float64Array(n).map((_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) if (a[p]![q]!) rotate(a, v, p, q);
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v[i]!) };
}

/** Make entry (p, q) zero; the rows of v become the eigenvectors. */
function rotate(a: readonly Float64Array[], v: readonly Float64Array[], p: number, q: number): void {
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!), t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1), s = t * c;
  for (const row of a) [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!];
  for (const rows of [a, v]) {
    const [x, y] = [rows[p]!.slice(), rows[q]!.slice()];
    x.forEach((value, j) => { rows[p]![j] = c * value - s * y[j]!; rows[q]![j] = s * value + c * y[j]!; });
  }
}
