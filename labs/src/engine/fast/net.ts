/**
 * A network in float32 over the fast kernels: layers, each followed by an activation; forward, backward, gradient in the input.
 *
 * Weights lie as (inputs, outputs), the transpose of PyTorch's, so that the forward pass reads them in order. All layers are one flat array,
 * which the optimiser takes as a whole. A `Tape` owns the activations of a batch and their gradients.
 */
import type { Rng } from "../random";
import type { Engine, Weights } from "./kernels";
import { ends, layer, sizesOf, sumInto, type Layer, type LayerShape } from "./layers";
import { Matrix, type Floats } from "./matrix";

export interface NetShape {
  readonly layers: readonly LayerShape[];
  /** Slope of the hidden units below zero; 0 is ReLU. */
  readonly slope: number;
  readonly output: "leaky" | "tanh";
  /** Numbers at the end of the weights that belong to the caller. */
  readonly extra?: number;
}

/** One matrix for the input and for each layer's output. */
class Stack {
  constructor(readonly at: readonly Matrix[]) {}

  get last(): Matrix {
    return this.at[this.at.length - 1]!;
  }

  part(from: number, to: number): Stack {
    return new Stack(this.at.map((matrix) => matrix.part(from, to)));
  }
}

/** A batch: activations, and the loss's gradients in them. */
export class Tape {
  constructor(readonly a: Stack, readonly d: Stack) {}

  /** Some rows of the batch, in the same memory. */
  part(from: number, to: number): Tape {
    return new Tape(this.a.part(from, to), this.d.part(from, to));
  }
}

export class Net {
  readonly weights: Weights;
  /** The caller's numbers and their gradients. */
  readonly extra: { readonly p: Floats; readonly g: Floats };
  /** Numbers of an example: of the input, then of each layer's output. */
  readonly sizes: readonly number[];
  private readonly layers: readonly Layer[];

  constructor(private readonly engine: Engine, readonly shape: NetShape) {
    const { layers, extra = 0 } = shape, used = layers.map(sizesOf).reduce((sum, { rows, cols, biases }) => sum + rows * cols + biases, 0);
    const make = (): Floats => engine.arena.floats(Math.ceil((used + extra) / 4) * 4);
    this.weights = { p: make(), g: make(), m: make(), v: make() };
    this.layers = layersOf(engine, layers, this.weights);
    this.sizes = [ends(layers[0]!)[0], ...layers.map((one) => ends(one)[1])];
    this.extra = { p: this.weights.p.subarray(used, used + extra), g: this.weights.g.subarray(used, used + extra) };
  }

  /** As PyTorch does: uniform within one over the root of the number of inputs, which for a transposed convolution are counted as if it were none. */
  init(rng: Rng): void {
    for (const { w, b } of this.layers) {
      const bound = 1 / Math.sqrt(w.rows);
      for (const data of [w.data, b]) for (let i = 0; i < data.length; i++) data[i] = bound * (2 * rng.uniform() - 1);
    }
  }

  /** Memory for a batch; the output and its gradient may be the input of another network. */
  tape(rows: number, output = this.matrix(rows), dOutput = this.matrix(rows)): Tape {
    const below = this.sizes.slice(0, -1), make = (n: number): Matrix => this.engine.arena.matrix(rows, n);
    return new Tape(new Stack([...below.map(make), output]), new Stack([...below.map(make), dOutput]));
  }

  /** From the input to the output, which it returns. */
  forward({ a }: Tape): Matrix {
    const { kernels } = this.engine;
    this.layers.forEach((one, l) => {
      const y = a.at[l + 1]!;
      one.forward(a.at[l]!, y);
      if (this.isTanh(l)) kernels.tanh(y.data);
      else kernels.leaky(y.data, this.shape.slope);
    });
    return a.last;
  }

  /** From the gradient in the output (in d) down to those before each activation, and `toInput` further to the input. */
  pull({ a, d }: Tape, toInput = false): void {
    for (let l = this.layers.length - 1; l >= 0; l--) {
      this.timesSlope(l, d.at[l + 1]!, a.at[l + 1]!);
      if (l > 0 || toInput) this.layers[l]!.pull(d.at[l + 1]!, d.at[l]!);
    }
  }

  /** From what `pull` left, the gradients of the weights, in place of the old ones. */
  collect({ a, d }: Tape): void {
    this.layers.forEach((one, l) => {
      one.collect(a.at[l]!, d.at[l + 1]!);
      sumInto(this.engine.kernels, one.gb, d.at[l + 1]!);
    });
  }

  /** From tangents t of the input, in t's first matrix, those of each layer's output, at the activations of a batch. */
  tangents({ a }: Tape, t: Stack): void {
    this.layers.forEach((one, l) => {
      one.linear(t.at[l]!, t.at[l + 1]!);
      this.timesSlope(l, t.at[l + 1]!, a.at[l + 1]!);
    });
  }

  /**
   * For a penalty on the gradient in the input that `pull` left: from its own gradient r in that (in t's first matrix), the gradients of the
   * weights, in place of the old ones; t's last is then the tangent at the output. See penalties.ts; no layer may bend.
   */
  collectTangents(tape: Tape, t: Stack): void {
    this.tangents(tape, t);
    this.layers.forEach(({ gb }, l) => {
      this.layers[l]!.collect(t.at[l]!, tape.d.at[l + 1]!);
      gb.fill(0);
    });
  }

  /** Matrices for tangents. */
  stack(rows: number): Stack {
    return new Stack(this.sizes.map((n) => this.engine.arena.matrix(rows, n)));
  }

  private timesSlope(l: number, d: Matrix, y: Matrix): void {
    if (this.isTanh(l)) this.engine.kernels.tanhSlope(d.data, y.data);
    else this.engine.kernels.leakySlope(d.data, y.data, this.shape.slope);
  }

  private isTanh(l: number): boolean {
    return l === this.layers.length - 1 && this.shape.output === "tanh";
  }

  private matrix(rows: number): Matrix {
    return this.engine.arena.matrix(rows, this.sizes[this.sizes.length - 1]!);
  }
}

function layersOf(engine: Engine, shapes: readonly LayerShape[], { p, g }: Weights): Layer[] {
  let at = 0;
  const take = (n: number): [Floats, Floats] => [p.subarray(at, at + n), g.subarray(at, (at += n))];
  return shapes.map((shape) => {
    const { rows, cols, biases } = sizesOf(shape), [w, gw] = take(rows * cols), [b, gb] = take(biases);
    return layer(engine, shape, { w: new Matrix(w, rows, cols), b, gw: new Matrix(gw, rows, cols), gb });
  });
}
