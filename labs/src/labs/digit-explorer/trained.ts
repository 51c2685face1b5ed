/**
 * A generator that was trained on this page (digit-lab), with the inputs of the stored one.
 *
 * Its latent space is turned as that of the stored one was (scripts/train_explorer.py): the first direction changes the image most.
 */
import { Rng } from "../../engine";
import { engine, Net, type Floats, type LayerShape } from "../../engine/fast";

/** Layers with ReLU between them and tanh at the end, and all their weights. */
export interface Weights {
  readonly layers: readonly LayerShape[];
  readonly numbers: Floats;
}

/** Places at which the slopes are measured, as many for each label. */
const EACH = 5;
const CLASSES = 10;
const MEMORY = 8 << 20;

export class TrainedGenerator {
  /** Share of E||J||^2 of each latent direction, largest first. */
  readonly effect: readonly number[];
  private readonly net: Net;
  private readonly one;

  /** The first `dims` inputs are z. */
  constructor({ layers, numbers }: Weights, private readonly dims: number) {
    this.net = new Net(engine(MEMORY), { layers, slope: 0, output: "tanh" });
    this.net.weights.p.set(numbers);
    this.one = this.net.tape(1);
    const { values, vectors } = this.directions(), total = values.reduce((sum, value) => sum + value, 0);
    this.effect = values.map((value) => value / total);
    this.turn(vectors);
  }

  /** An image (784,) in (-1, 1); `input` is z, then the weights of the labels, which sum to 1. */
  draw(input: ArrayLike<number>): Float64Array {
    this.one.a.at[0]!.data.set(input);
    return Float64Array.from(this.net.forward(this.one).data);
  }

  /** Eigenvalues of E J'J, largest first, and its eigenvectors; each makes more ink on average than less. */
  private directions(): { values: number[]; vectors: Float64Array[] } {
    const slopes = this.slopes(), outer = slopes.map((a) => Float64Array.from(slopes, (b) => dot(a, b)));
    const ink = slopes.map((slope) => slope.reduce((sum, v) => sum + v, 0)), { values, vectors } = eigen(outer);
    return { values, vectors: vectors.map((v) => (dot(v, ink) < 0 ? v.map((x) => -x) : v)) };
  }

  /** For each of the first inputs, the derivatives of images of all labels in it. */
  private slopes(): Floats[] {
    const { net, dims } = this, n = EACH * CLASSES, tape = net.tape(n), tangents = net.stack(n), { data } = tape.a.at[0]!, rng = new Rng(0, 1);
    data.forEach((_, i) => {
      const s = Math.floor(i / (dims + CLASSES)), at = i % (dims + CLASSES);
      data[i] = at < dims ? rng.normal() : Number(at - dims === s % CLASSES);
    });
    net.forward(tape);
    return Array.from({ length: dims }, (_, k) => {
      const first = tangents.at[0]!.data;
      first.forEach((_, i) => { first[i] = Number(i % (dims + CLASSES) === k); });
      net.tangents(tape, tangents);
      return tangents.last.data.slice();
    });
  }

  /** From now on z is measured along these directions. */
  private turn(vectors: readonly Float64Array[]): void {
    const { dims, net: { weights: { p }, sizes } } = this, n = sizes[1]!, old = p.slice(0, dims * n);
    for (let k = 0; k < dims; k++) {
      for (let j = 0; j < n; j++) p[k * n + j] = vectors[k]!.reduce((sum, x, i) => sum + x * old[i * n + j]!, 0);
    }
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
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
