/**
 * The trained generator's forward pass in evaluation mode: latent vector and label in, 28 x 28 image out.
 *
 * It runs whatever list of layers the file names. Maps are stored with a rim of zeros, so that a 3 x 3 convolution is one flat loop;
 * the garbage which that leaves in the rim is wiped afterwards. Checked against PyTorch in tests/labs/test_explorer.py.
 */
import { tanh } from "../../engine";

export type Layer =
  | { readonly op: "dense"; readonly inputs: number; readonly outputs: number; readonly channels: number }
  | { readonly op: "conv"; readonly inputs: number; readonly outputs: number }
  | { readonly op: "affine"; readonly channels: number }
  | { readonly op: "residual"; readonly layers: readonly Layer[] }
  | { readonly op: "relu" | "shuffle" | "tanh" };

type Numbers = Float32Array;
/** The numbers of a layer: weights (with their scales multiplied in) or slopes, then biases or shifts. */
interface Ready {
  readonly layer: Layer;
  readonly weight: Numbers;
  readonly bias: Numbers;
  readonly inner: readonly Ready[];
}

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
const NONE = new Float32Array(0);

export class Generator {
  private readonly dense: Ready;
  private readonly rest: readonly Ready[];

  constructor(layers: readonly Layer[], base64: string) {
    [this.dense, ...this.rest] = unpack(layers, new Reader(layers, base64)) as [Ready, ...Ready[]];
  }

  /** An image (784,) in (-1, 1); `input` is z, then the weights of the labels, which sum to 1. */
  draw(input: ArrayLike<number>): Float64Array {
    return run(this.rest, dense(input, this.dense)).inside();
  }
}

/** `channels` square maps, each with a rim of zeros. */
class Maps {
  readonly data: Float64Array;
  readonly width: number;

  constructor(readonly channels: number, readonly side: number) {
    this.width = side + 2;
    this.data = new Float64Array(channels * this.width * this.width);
  }

  get area(): number {
    return this.width * this.width;
  }

  /** Where pixel (row, column) of a channel lies. */
  at(channel: number, row: number, column: number): number {
    return channel * this.area + (row + 1) * this.width + column + 1;
  }

  wipeRim(): this {
    const { data, width, side } = this;
    for (let c = 0; c < this.channels; c++) {
      for (let row = 0; row < side; row++) data[this.at(c, row, -1)] = data[this.at(c, row, side)] = 0;
      data.fill(0, c * this.area, c * this.area + width);
      data.fill(0, (c + 1) * this.area - width, (c + 1) * this.area);
    }
    return this;
  }

  /** The pixels without the rim. */
  inside(): Float64Array {
    const { side } = this;
    const out = new Float64Array(this.channels * side * side);
    for (let i = 0; i < out.length; i++) {
      const row = Math.floor(i / side);
      out[i] = this.data[this.at(Math.floor(row / side), row % side, i % side)]!;
    }
    return out;
  }
}

function run(layers: readonly Ready[], x: Maps): Maps {
  return layers.reduce((maps, ready) => apply(ready, maps), x);
}

function apply(ready: Ready, x: Maps): Maps {
  const { layer, weight, bias } = ready;
  switch (layer.op) {
    case "dense": return dense(x.inside(), ready);
    case "conv": return conv(x, weight, bias, layer.outputs);
    case "affine": return affine(x, weight, bias);
    case "shuffle": return shuffle(x);
    case "relu": return map(x, (v) => (v > 0 ? v : 0));
    case "tanh": return map(x, tanh);
    case "residual": return add(run(ready.inner, x), x);
  }
}

function dense(x: ArrayLike<number>, { layer, weight }: Ready): Maps {
  const { inputs, outputs, channels } = layer as Extract<Layer, { op: "dense" }>;
  const out = new Maps(channels, Math.sqrt(outputs / channels));
  const area = out.side * out.side;
  for (let o = 0, w = 0; o < outputs; o++, w++) {
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += weight[w++]! * x[i]!;
    const place = o % area;
    out.data[out.at(Math.floor(o / area), Math.floor(place / out.side), place % out.side)] = sum + weight[w]!;
  }
  return out;
}

function conv(x: Maps, weight: Numbers, bias: Numbers, outputs: number): Maps {
  const out = new Maps(outputs, x.side);
  const { area, width: n } = x;
  const [first, last] = [n + 1, area - n - 2];
  for (let o = 0, w = 0; o < outputs; o++) {
    const to = out.data.subarray(o * area, (o + 1) * area);
    to.fill(bias[o]!);
    for (let i = 0; i < x.channels; i++, w += 9) {
      const from = x.data.subarray(i * area, (i + 1) * area);
      const [a, b, c, d, e, f, g, h, k] = weight.subarray(w, w + 9) as unknown as number[] as [number, number, number, number, number, number, number, number, number];
      for (let p = first; p <= last; p++) {
        to[p]! += a * from[p - n - 1]! + b * from[p - n]! + c * from[p - n + 1]! + d * from[p - 1]! + e * from[p]! + f * from[p + 1]!
          + g * from[p + n - 1]! + h * from[p + n]! + k * from[p + n + 1]!;
      }
    }
  }
  return out.wipeRim();
}

/** What BatchNorm is in evaluation mode: a straight line for each channel. */
function affine(x: Maps, slope: Numbers, shift: Numbers): Maps {
  const out = new Maps(x.channels, x.side);
  for (let p = 0; p < out.data.length; p++) {
    const c = Math.floor(p / x.area);
    out.data[p] = slope[c]! * x.data[p]! + shift[c]!;
  }
  return out.wipeRim();
}

/** Four channels become one of twice the side, as 2 x 2 pixels. */
function shuffle(x: Maps): Maps {
  const out = new Maps(x.channels / 4, 2 * x.side);
  for (let c = 0; c < x.channels; c++) {
    const [dy, dx] = [(c >> 1) & 1, c & 1];
    for (let row = 0; row < x.side; row++) {
      for (let column = 0; column < x.side; column++) out.data[out.at(c >> 2, 2 * row + dy, 2 * column + dx)] = x.data[x.at(c, row, column)]!;
    }
  }
  return out;
}

/** For functions that keep 0 (the rim). */
function map(x: Maps, f: (v: number) => number): Maps {
  const out = new Maps(x.channels, x.side);
  for (let p = 0; p < x.data.length; p++) out.data[p] = f(x.data[p]!);
  return out;
}

function add(correction: Maps, x: Maps): Maps {
  for (let p = 0; p < x.data.length; p++) correction.data[p]! += x.data[p]!;
  return correction;
}

function unpack(layers: readonly Layer[], reader: Reader): Ready[] {
  return layers.map((layer) => {
    switch (layer.op) {
      case "dense": return { layer, weight: reader.rows(layer.channels, (layer.outputs / layer.channels) * (layer.inputs + 1)), bias: NONE, inner: [] };
      case "conv": return { layer, weight: reader.rows(layer.outputs, 9 * layer.inputs), bias: reader.take(layer.outputs), inner: [] };
      case "affine": return { layer, weight: reader.take(layer.channels), bias: reader.take(layer.channels), inner: [] };
      case "residual": return { layer, weight: NONE, bias: NONE, inner: unpack(layer.layers, reader) };
      default: return { layer, weight: NONE, bias: NONE, inner: [] };
    }
  });
}

/** Hands out a moment's numbers in the order in which they were written: all float32, then all int8. */
class Reader {
  private readonly floats: Float32Array;
  private readonly ints: Int8Array;
  private nextFloat = 0;
  private nextInt = 0;

  constructor(layers: readonly Layer[], base64: string) {
    const { buffer } = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const n = layers.reduce((sum, layer) => sum + floatsOf(layer), 0);
    this.floats = new Float32Array(buffer, 0, n);
    this.ints = new Int8Array(buffer, 4 * n);
  }

  take(n: number): Float32Array {
    return this.floats.subarray(this.nextFloat, (this.nextFloat += n));
  }

  /** Rows of int8 numbers, each times its scale. */
  rows(channels: number, length: number): Float32Array {
    const scale = this.take(channels);
    const whole = this.ints.subarray(this.nextInt, (this.nextInt += channels * length));
    return Float32Array.from(whole, (q, i) => q * scale[Math.floor(i / length)]!);
  }
}

function floatsOf(layer: Layer): number {
  switch (layer.op) {
    case "dense": return layer.channels;
    case "conv": return 2 * layer.outputs;
    case "affine": return 2 * layer.channels;
    case "residual": return layer.layers.reduce((sum, inner) => sum + floatsOf(inner), 0);
    default: return 0;
  }
}
