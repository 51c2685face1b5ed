/**
 * What a network applies between two activations: x -> x W + b, W a matrix, or what amounts to one, over the fast kernels.
 *
 * A batch has one example a row. Maps lie place by place, channels last. A convolution has kernel 4, stride 2 and a rim of one, as in DCGAN
 * (Radford, Metz and Chintala 2016), so each layer halves or doubles the side; the one that doubles is the transpose of the one that halves.
 */
import type { Engine, Kernels } from "./kernels";
import { Matrix, type Floats } from "./matrix";

/** `side` is that of the finer maps: (side, side, fine) and (side / 2, side / 2, coarse). */
export type LayerShape =
  | { readonly kind: "dense"; readonly inputs: number; readonly outputs: number }
  | { readonly kind: "down" | "up"; readonly side: number; readonly fine: number; readonly coarse: number };

export const KERNEL = 4;
/** Maps that are taken apart at once: their patches stay in the cache. */
const PORTION = 8;

/** A layer's numbers: weights as a matrix, biases, and the gradients of both. */
export interface Numbers {
  readonly w: Matrix;
  readonly b: Floats;
  readonly gw: Matrix;
  readonly gb: Floats;
}

export interface Layer extends Numbers {
  /** y = x W + b */
  forward(x: Matrix, y: Matrix): void;
  /** y = x W */
  linear(x: Matrix, y: Matrix): void;
  /** dx = dy W' */
  pull(dy: Matrix, dx: Matrix): void;
  /** The gradient of the weights, x' dy, in place of the old one. */
  collect(x: Matrix, dy: Matrix): void;
}

/** Rows and columns of the weights, and the number of biases. */
export function sizesOf(shape: LayerShape): { readonly rows: number; readonly cols: number; readonly biases: number } {
  if (shape.kind === "dense") return { rows: shape.inputs, cols: shape.outputs, biases: shape.outputs };
  const { kind, fine, coarse } = shape;
  return { rows: KERNEL ** 2 * fine, cols: coarse, biases: kind === "down" ? coarse : fine };
}

/** Numbers that go in and come out, for one example. */
export function ends(shape: LayerShape): readonly [number, number] {
  if (shape.kind === "dense") return [shape.inputs, shape.outputs];
  const { kind, side, fine, coarse } = shape, maps = [side ** 2 * fine, (side ** 2 * coarse) / 4] as const;
  return kind === "down" ? maps : [maps[1], maps[0]];
}

export function layer(engine: Engine, shape: LayerShape, numbers: Numbers): Layer {
  return shape.kind === "dense" ? dense(engine, numbers) : shape.kind === "down" ? down(engine, shape, numbers) : up(engine, shape, numbers);
}

function dense({ kernels }: Engine, numbers: Numbers): Layer {
  const { w, b, gw } = numbers, wT = w.T, bias = Matrix.repeated(b);
  return {
    ...numbers,
    forward: (x, y) => kernels.multiply(y, x, w, bias),
    linear: (x, y) => kernels.multiply(y, x, w),
    pull: (dy, dx) => kernels.multiply(dx, dy, wT),
    collect: (x, dy) => kernels.multiply(gw, x.T, dy),
  };
}

type MapShape = Exclude<LayerShape, { kind: "dense" }>;

function down(engine: Engine, shape: MapShape, numbers: Numbers): Layer {
  const { halve, double, collect } = convolution(engine, shape, numbers), bias = Matrix.repeated(numbers.b);
  return {
    ...numbers,
    forward: (x, y) => halve(x, y, bias),
    linear: (x, y) => halve(x, y),
    pull: (dy, dx) => double(dy, dx),
    collect: (x, dy) => collect(x, dy),
  };
}

function up(engine: Engine, shape: MapShape, numbers: Numbers): Layer {
  const { halve, double, collect } = convolution(engine, shape, numbers);
  return {
    ...numbers,
    forward: (x, y) => double(x, y, numbers.b),
    linear: (x, y) => double(x, y),
    pull: (dy, dx) => halve(dy, dx),
    collect: (x, dy) => collect(dy, x),
  };
}

/** A convolution from fine maps to coarse ones, its transpose, and the gradient of the weights, which is one for both. */
function convolution(engine: Engine, { side, fine, coarse }: MapShape, { w, gw }: Numbers) {
  const { kernels, arena } = engine, places = side ** 2 / 4, room = arena.matrix(PORTION * places, KERNEL ** 2 * fine), wT = w.T;
  const inPortions = (fineMaps: Matrix, coarseMaps: Matrix, each: (fine: Matrix, coarse: Matrix, rows: Matrix) => void): void => {
    for (let from = 0; from < fineMaps.rows; from += PORTION) {
      const to = Math.min(fineMaps.rows, from + PORTION), n = (to - from) * places;
      each(fineMaps.part(from, to), new Matrix(coarseMaps.part(from, to).data, n, coarse), room.part(0, n));
    }
  };
  return {
    halve: (x: Matrix, y: Matrix, bias?: Matrix): void => inPortions(x, y, (maps, out, rows) => {
      kernels.patches(rows, maps, side);
      kernels.multiply(out, rows, w, bias);
    }),
    double: (x: Matrix, y: Matrix, bias?: Floats): void => {
      fill(y.data, bias);
      inPortions(y, x, (maps, given, rows) => {
        kernels.multiply(rows, given, wT);
        kernels.scatter(maps, rows, side);
      });
    },
    collect: (x: Matrix, dy: Matrix): void => {
      gw.data.fill(0);
      inPortions(x, dy, (maps, slopes, rows) => {
        kernels.patches(rows, maps, side);
        kernels.multiply(gw, rows.T, slopes, gw);
      });
    },
  };
}

/** The same few numbers again and again, or zeros. */
function fill(x: Floats, pattern?: Floats): void {
  if (!pattern) x.fill(0);
  else {
    x.set(pattern);
    for (let done = pattern.length; done < x.length; done *= 2) x.copyWithin(done, 0, done);
  }
}

/** The gradient of biases: sums over the batch, and over the places of maps. */
export function sumInto(kernels: Kernels, gb: Floats, { data }: Matrix): void {
  if (gb.length > 1) kernels.sumRows(gb, data);
  else gb[0] = data.reduce((sum, x) => sum + x, 0);
}
