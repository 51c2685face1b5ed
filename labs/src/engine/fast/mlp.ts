/**
 * A multilayer perceptron in float32 over the fast kernels: forward, backward, gradient in the input.
 *
 * Weights lie as (inputs, outputs), the transpose of PyTorch's, so that the forward pass reads them in order. All layers are one flat array,
 * which the optimiser takes as a whole. A `Tape` owns the activations of a batch and their gradients.
 */
import type { Rng } from "../random";
import type { Engine, Weights } from "./kernels";
import { Matrix, type Floats } from "./matrix";

export interface MlpShape {
  readonly sizes: readonly number[];
  /** Slope of the hidden units below zero; 0 is ReLU. */
  readonly slope: number;
  readonly output: "leaky" | "tanh";
  /** Numbers at the end of the weights that belong to the caller. */
  readonly extra?: number;
}

interface Layer {
  readonly w: Matrix;
  readonly wT: Matrix;
  readonly b: Matrix;
  /** Their gradients. */
  readonly gw: Matrix;
  readonly gb: Matrix;
}

/** One matrix for the input and for each layer's output, and their transposes. */
class Stack {
  readonly T: readonly Matrix[];

  constructor(readonly at: readonly Matrix[]) {
    this.T = at.map((matrix) => matrix.T);
  }

  get last(): Matrix {
    return this.at[this.at.length - 1]!;
  }

  part(from: number, to: number): Stack {
    return new Stack(this.at.map((matrix) => matrix.part(from, to)));
  }
}

/** A batch: activations, the loss's gradients in them, and the tangents of a penalty. */
export class Tape {
  constructor(readonly a: Stack, readonly d: Stack, readonly ones: Matrix) {}

  /** Some rows of the batch, in the same memory. */
  part(from: number, to: number): Tape {
    return new Tape(this.a.part(from, to), this.d.part(from, to), new Matrix(this.ones.data.subarray(from, to), 1, to - from));
  }
}

export class Mlp {
  readonly weights: Weights;
  /** The caller's numbers and their gradients. */
  readonly extra: { readonly p: Floats; readonly g: Floats };
  private readonly layers: readonly Layer[];

  constructor(private readonly engine: Engine, readonly shape: MlpShape) {
    const { arena } = engine, { sizes, extra = 0 } = shape;
    const used = sizes.slice(1).reduce((sum, nOut, l) => sum + (sizes[l]! + 1) * nOut, 0);
    const make = (): Floats => arena.floats(Math.ceil((used + extra) / 4) * 4);
    this.weights = { p: make(), g: make(), m: make(), v: make() };
    this.layers = layersOf(sizes, this.weights);
    this.extra = { p: this.weights.p.subarray(used, used + extra), g: this.weights.g.subarray(used, used + extra) };
  }

  /** As PyTorch does: uniform within one over the root of the number of inputs. */
  init(rng: Rng): void {
    for (const { w, b } of this.layers) {
      const bound = 1 / Math.sqrt(w.rows);
      for (const { data } of [w, b]) for (let i = 0; i < data.length; i++) data[i] = bound * (2 * rng.uniform() - 1);
    }
  }

  /** Memory for a batch; the output and its gradient may be the input of another network. */
  tape(rows: number, output = this.matrix(rows), dOutput = this.matrix(rows)): Tape {
    const below = this.shape.sizes.slice(0, -1), make = (n: number): Matrix => this.engine.arena.matrix(rows, n);
    return new Tape(new Stack([...below.map(make), output]), new Stack([...below.map(make), dOutput]), ones(this.engine, rows));
  }

  /** From the input to the output, which it returns. */
  forward({ a }: Tape): Matrix {
    const { kernels } = this.engine;
    this.layers.forEach(({ w, b }, l) => {
      const y = a.at[l + 1]!;
      kernels.multiply(y, a.at[l]!, w, b);
      if (this.isTanh(l)) kernels.tanh(y.data);
      else kernels.leaky(y.data, this.shape.slope);
    });
    return a.last;
  }

  /** From the gradient in the output (in d) down to those before each activation, and `toInput` further to the input. */
  pull({ a, d }: Tape, toInput = false): void {
    for (let l = this.layers.length - 1; l >= 0; l--) {
      this.timesSlope(l, d.at[l + 1]!, a.at[l + 1]!);
      if (l > 0 || toInput) this.engine.kernels.multiply(d.at[l]!, d.at[l + 1]!, this.layers[l]!.wT);
    }
  }

  /** From what `pull` left, the gradients of the weights, in place of the old ones. */
  collect({ a, d, ones }: Tape): void {
    const { kernels } = this.engine;
    this.layers.forEach(({ gw, gb }, l) => {
      kernels.multiply(gw, a.T[l]!, d.at[l + 1]!);
      kernels.multiply(gb, ones, d.at[l + 1]!);
    });
  }

  /**
   * A second pass, for a penalty on the gradient in the input that `pull` left: from its own gradient r in that (in t's first matrix), the
   * gradients of the weights, in place of the old ones; t's last is then the tangent at the output. See penalties.ts; no layer may bend.
   */
  collectTangents({ a, d }: Tape, t: Stack): void {
    const { kernels } = this.engine;
    this.layers.forEach(({ w, gw, gb }, l) => {
      kernels.multiply(gw, t.T[l]!, d.at[l + 1]!);
      gb.data.fill(0);
      kernels.multiply(t.at[l + 1]!, t.at[l]!, w);
      this.timesSlope(l, t.at[l + 1]!, a.at[l + 1]!);
    });
  }

  /** Matrices for tangents. */
  tangents(rows: number): Stack {
    return new Stack(this.shape.sizes.map((n) => this.engine.arena.matrix(rows, n)));
  }

  private timesSlope(l: number, d: Matrix, y: Matrix): void {
    if (this.isTanh(l)) this.engine.kernels.tanhSlope(d.data, y.data);
    else this.engine.kernels.leakySlope(d.data, y.data, this.shape.slope);
  }

  private isTanh(l: number): boolean {
    return l === this.layers.length - 1 && this.shape.output === "tanh";
  }

  private matrix(rows: number): Matrix {
    return this.engine.arena.matrix(rows, this.shape.sizes[this.shape.sizes.length - 1]!);
  }
}

function layersOf(sizes: readonly number[], { p, g }: Weights): Layer[] {
  let at = 0;
  const take = (n: number): [Floats, Floats] => [p.subarray(at, at + n), g.subarray(at, (at += n))];
  return sizes.slice(1).map((nOut, l) => {
    const nIn = sizes[l]!, [w, gw] = take(nIn * nOut), [b, gb] = take(nOut), weight = new Matrix(w, nIn, nOut);
    return { w: weight, wT: weight.T, b: Matrix.repeated(b), gw: new Matrix(gw, nIn, nOut), gb: new Matrix(gb, 1, nOut) };
  });
}

/** A row of ones, whose product with a matrix is the sums of its columns. */
function ones({ arena }: Engine, n: number): Matrix {
  const row = arena.matrix(1, n);
  row.data.fill(1);
  return row;
}
