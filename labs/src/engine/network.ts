/**
 * A multilayer perceptron on flat arrays: forward, backward, gradient with respect to the input.
 *
 * `Network` owns parameters and gradients; a `Tape` owns the activations of one batch, so D can hold real and fake at once.
 * Batches are row-major, (n, units), as in PyTorch. No BatchNorm: the labs need per-example input gradients.
 */
import { PLAIN, type Activation, type Kernels } from "./kernels";
import type { Rng } from "./random";
import { room } from "./room";

export type { Activation } from "./kernels";

export interface Shape {
  /** Units per layer: input, hidden ..., output. */
  readonly sizes: readonly number[];
  readonly hidden?: Activation;
  readonly output?: Activation;
  /** LeakyReLU's slope below zero. Radford et al. (2016) use 0.2. */
  readonly slope?: number;
  /** Feed [x, squares * x^2] instead of x: with no hidden layer, a quadratic logit. A factor below 1 keeps both of similar size. */
  readonly squares?: number;
}

interface Layer {
  readonly nIn: number;
  readonly nOut: number;
  readonly w: number;
  readonly b: number;
  readonly activation: Activation;
}

export class Network {
  readonly params: Float64Array;
  readonly grads: Float64Array;
  readonly layers: readonly Layer[];
  readonly nIn: number;
  readonly nOut: number;
  readonly squares: number;
  readonly slope: number;

  constructor(shape: Shape) {
    const { sizes, hidden = "relu", output = "linear", slope = 0.2, squares = 0 } = shape;
    this.nIn = sizes[0]!;
    this.nOut = sizes[sizes.length - 1]!;
    this.squares = squares;
    this.slope = slope;
    let at = 0;
    this.layers = sizes.slice(1).map((nOut, l) => {
      const nIn = l === 0 && squares ? 2 * sizes[0]! : sizes[l]!;
      const layer = { nIn, nOut, w: at, b: at + nIn * nOut, activation: l === sizes.length - 2 ? output : hidden };
      at += nIn * nOut + nOut;
      return layer;
    });
    this.params = new Float64Array(at);
    this.grads = new Float64Array(at);
  }

  /** PyTorch's default for `nn.Linear`: weights and biases uniform on +-1 / sqrt(fan_in). */
  init(rng: Rng): this {
    for (const { w, b, nIn, nOut } of this.layers) {
      const bound = 1 / Math.sqrt(nIn);
      for (let i = w; i < b + nOut; i++) this.params[i] = bound * (2 * rng.uniform() - 1);
    }
    return this;
  }

  /** Most units of a layer. */
  get widest(): number {
    return Math.max(...this.layers.map(({ nIn, nOut }) => Math.max(nIn, nOut)));
  }

  zeroGrad(): void {
    this.grads.fill(0);
  }

  /** A tape for batches of up to `n`, with room for `more` stacks of the same size. */
  tape(n: number, more = 0): Tape {
    return new Tape(this, n, more);
  }

  /** Fill the tape with the activations for x, of shape (n, nIn); returns the output, of shape (n, nOut). */
  forward(tape: Tape, x: Float64Array, n = tape.capacity): Float64Array {
    const { combine, activate } = tape.kernels, params = tape.weights(this);
    tape.n = n;
    tape.x = x;
    lift(x, tape.a[0]!, this.nIn, n, this.squares);
    this.layers.forEach((layer, l) => {
      const y = tape.a[l + 1]!;
      combine(params, layer.w, layer.nIn, 1, layer.b, tape.a[l]!, layer.nIn, y, layer.nOut, n);
      activate(layer.activation, y, layer.nOut * n, this.slope);
    });
    return tape.output;
  }

  /**
   * Carry tape.dOutput (the loss's gradient in the output) back. Adds to `grads` if `toParams`;
   * fills tape.dInput (gradient in x) if `toInput`.
   */
  backward(tape: Tape, toParams: boolean, toInput: boolean): void {
    const { n, kernels } = tape, params = tape.weights(this), grads = tape.sums(this);
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const { nIn, nOut, w, b, activation } = this.layers[l]!;
      const d = tape.d[l + 1]!;
      kernels.timesSlope(activation, tape.a[l + 1]!, d, nOut * n, this.slope);
      if (toParams) {
        kernels.addOuter(d, nOut, tape.a[l]!, nIn, grads, w, n);
        kernels.addRowSums(d, nOut, grads, b, n);
      }
      if (l > 0 || toInput) kernels.combine(params, w, 1, nIn, -1, d, nOut, tape.d[l]!, nIn, n);
    }
    if (toParams) tape.giveBack(this);
    if (toInput) unlift(tape.x, tape.d[0]!, tape.dInput, this.nIn, n, this.squares);
  }
}

/** Fewer examples are not worth the way to WebAssembly; without a hidden layer there is too little to do. */
const WORTH = 8;

export class Tape {
  n: number;
  x: Float64Array = new Float64Array(0);
  readonly kernels: Kernels;
  /** a[0] is the (lifted) input, a[l] the output of layer l, d[l] the gradient at the same place. */
  readonly a: readonly Float64Array[];
  readonly d: readonly Float64Array[];
  readonly dInput: Float64Array;
  readonly more: readonly (readonly Float64Array[])[];
  /** In a room, which has no other numbers: the network's weights and gradients for one pass. */
  private readonly own: { readonly params: Float64Array; readonly grads: Float64Array } | null;

  constructor(net: Network, readonly capacity: number, more: number) {
    this.n = capacity;
    const sizes = [net.layers[0]!.nIn, ...net.layers.map((layer) => layer.nOut)].map((size) => size * capacity);
    const weights = [net.params.length, net.params.length], stacks = Array.from({ length: 2 + more }, () => sizes);
    const here = sizes.length > 2 && capacity >= WORTH ? room([...weights, ...stacks.flat(), net.nIn * capacity], net.widest) : null;
    const make = (n: number): Float64Array => here?.floats(n) ?? new Float64Array(n);
    this.kernels = here?.kernels ?? PLAIN;
    this.own = here && { params: make(weights[0]!), grads: make(weights[1]!) };
    [this.a, this.d, ...this.more] = stacks.map((stack) => stack.map(make)) as [Float64Array[], Float64Array[]];
    this.dInput = make(net.nIn * capacity);
  }

  get output(): Float64Array {
    return this.a[this.a.length - 1]!;
  }

  get dOutput(): Float64Array {
    return this.d[this.d.length - 1]!;
  }

  /** The network's weights, where the kernels find them. */
  weights({ params }: Network): Float64Array {
    if (!this.own) return params;
    this.own.params.set(params);
    return this.own.params;
  }

  /** Its gradients so far, to be added to; then `giveBack`. */
  sums({ grads }: Network): Float64Array {
    if (!this.own) return grads;
    this.own.grads.set(grads);
    return this.own.grads;
  }

  giveBack({ grads }: Network): void {
    if (this.own) grads.set(this.own.grads);
  }
}

function copy(from: Float64Array, to: Float64Array, n: number): void {
  to.set(from.length === n ? from : from.subarray(0, n));
}

function lift(x: Float64Array, out: Float64Array, dims: number, n: number, squares: number): void {
  if (!squares) copy(x, out, dims * n);
  else {
    for (let s = 0, k = 0, i = 0; s < n; s++, k += 2 * dims) {
      for (let c = 0; c < dims; c++, i++) {
        out[k + c] = x[i]!;
        out[k + dims + c] = squares * x[i]! * x[i]!;
      }
    }
  }
}

function unlift(x: Float64Array, d: Float64Array, out: Float64Array, dims: number, n: number, squares: number): void {
  if (!squares) copy(d, out, dims * n);
  else {
    for (let s = 0, k = 0, i = 0; s < n; s++, k += 2 * dims) {
      for (let c = 0; c < dims; c++, i++) out[i] = d[k + c]! + 2 * squares * x[i]! * d[k + dims + c]!;
    }
  }
}

/** The tangent of `lift`: how a small move r of x moves [x, squares * x^2]. */
export function liftTangent(x: Float64Array, r: Float64Array, out: Float64Array, dims: number, n: number, squares: number): void {
  if (!squares) copy(r, out, dims * n);
  else {
    for (let s = 0, k = 0, i = 0; s < n; s++, k += 2 * dims) {
      for (let c = 0; c < dims; c++, i++) {
        out[k + c] = r[i]!;
        out[k + dims + c] = 2 * squares * x[i]! * r[i]!;
      }
    }
  }
}
