/**
 * The small judge: two convolutions of stride 2 and a dense layer, trained on other digits (see scripts/collect_digits.py).
 *
 * A convolution is a matrix product: each place of the map has a row that holds the patch below it. Maps lie place by place, channels last.
 */
import { Matrix, type Engine, type Floats } from "../../engine/fast";
import { bytes, CLASSES, PIXELS, SIDE } from "./cargo";

/** Images that are read at once. */
const PORTION = 50;
/** Columns of the last product, a multiple of 8. */
const WIDTH = 16;

interface Conv {
  readonly side: number;
  readonly channels: number;
  readonly kernel: number;
  readonly outputs: number;
}

const CONVS: readonly Conv[] = [
  { side: SIDE, channels: 1, kernel: 5, outputs: 8 },
  { side: SIDE / 2, channels: 8, kernel: 3, outputs: 16 },
];

interface Product {
  readonly rows: Matrix;
  readonly w: Matrix;
  readonly b: Matrix;
  readonly out: Matrix;
}

export class Judge {
  private readonly convs: readonly Product[];
  private readonly dense: Product;

  constructor(private readonly engine: Engine, stored: string) {
    const { arena } = engine, read = reader(stored);
    this.convs = CONVS.map(({ side, channels, kernel, outputs }) => {
      const places = (PORTION * side * side) / 4, inputs = kernel * kernel * channels;
      return product(engine, arena.matrix(places, inputs), outputs, read(inputs, outputs));
    });
    const maps = new Matrix(this.convs[1]!.out.data, PORTION, PIXELS);
    this.dense = product(engine, maps, WIDTH, read(PIXELS, CLASSES));
  }

  /** The digit that each of n images (n, 784), in [-1, 1], shows. */
  read(images: Floats, n: number): Uint8Array {
    const found = new Uint8Array(n);
    for (let from = 0; from < n; from += PORTION) {
      const portion = images.subarray(from * PIXELS, Math.min(n, from + PORTION) * PIXELS);
      this.logits(portion);
      for (let s = from; s < Math.min(n, from + PORTION); s++) found[s] = largest(this.dense.out.data, (s - from) * WIDTH);
    }
    return found;
  }

  private logits(images: Floats): void {
    const { kernels } = this.engine;
    let maps = images;
    this.convs.forEach(({ rows, w, b, out }, l) => {
      patches(CONVS[l]!, maps, rows.data);
      kernels.multiply(out, rows, w, b);
      kernels.leaky(out.data, 0);
      maps = out.data;
    });
    kernels.multiply(this.dense.out, this.dense.rows, this.dense.w, this.dense.b);
  }
}

interface Numbers {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** A product with its weights in place, its columns filled up to a multiple of 8 with zeros. */
function product({ arena }: Engine, rows: Matrix, width: number, { weight, bias }: Numbers): Product {
  const w = arena.matrix(rows.cols, width), b = arena.floats(width), n = bias.length;
  for (let i = 0; i < rows.cols; i++) w.data.set(weight.subarray(i * n, (i + 1) * n), i * width);
  b.set(bias);
  return { rows, w, b: Matrix.repeated(b), out: arena.matrix(rows.rows, width) };
}

/** Biases and scales of all layers come first, in float32; then the weights, int8, each column times its scale. */
function reader(stored: string): (inputs: number, outputs: number) => Numbers {
  const { buffer } = bytes(stored);
  const floats = new Float32Array(buffer, 0, 2 * (CONVS.reduce((sum, { outputs }) => sum + outputs, 0) + CLASSES));
  const wholes = new Int8Array(buffer, floats.byteLength);
  let at = 0, next = 0;
  const take = (n: number): Float32Array => floats.subarray(at, (at += n));
  return (inputs, outputs) => {
    const bias = take(outputs), scale = take(outputs);
    const weight = Float32Array.from(wholes.subarray(next, (next += inputs * outputs)), (q, i) => q * scale[i % outputs]!);
    return { weight, bias };
  };
}

/** For each second place of each second row of the maps, what lies under the kernel; 0 beyond the rim. */
function patches({ side, channels, kernel }: Conv, maps: Floats, rows: Floats): void {
  const pad = (kernel - 1) / 2, row = side * channels, images = maps.length / (side * row);
  let t = 0;
  for (let image = 0; image < images; image++) {
    for (let y = -pad; y < side - pad; y += 2) {
      for (let x = -pad; x < side - pad; x += 2) {
        for (let v = y; v < y + kernel; v++) {
          const inside = v >= 0 && v < side, from = image * side * row + v * row + x * channels;
          const low = Math.max(0, -x) * channels, high = Math.min(kernel, side - x) * channels;
          for (let u = 0; u < kernel * channels; u++) rows[t++] = inside && u >= low && u < high ? maps[from + u]! : 0;
        }
      }
    }
  }
}

function largest(x: Floats, at: number): number {
  let best = 0;
  for (let i = 1; i < CLASSES; i++) if (x[at + i]! > x[at + best]!) best = i;
  return best;
}
