/** The fast kernels: WebAssembly gives TypeScript's bits, TypeScript what the formulas say. Against PyTorch: tests/labs/test_fast_engine.py. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "../src/engine";
import { engine, Matrix, type Engine, type Floats } from "../src/engine/fast";

const BYTES = 1 << 22;
const both = (): readonly Engine[] => [engine(BYTES, "simd"), engine(BYTES, "plain")];

/** Normal numbers, and now and then one that is far out, tiny, or a zero of either sign. */
function numbers(rng: Rng, out: Floats): Floats {
  for (let i = 0; i < out.length; i++) out[i] = rng.normal() * [1, 1, 1, 30, 1e-6, 0, -0][rng.below(7)]!;
  return out;
}

function filled({ arena }: Engine, seed: number, rows: number, cols: number): Matrix {
  const matrix = arena.matrix(rows, cols);
  numbers(new Rng(seed), matrix.data);
  return matrix;
}

/** The same with both engines; what it returns must be the same bits. */
function sameBits(what: string, run: (one: Engine) => Floats): void {
  const [simd, plain] = both().map(run);
  simd!.forEach((x, i) => assert.ok(Object.is(x, plain![i]), `${what}, number ${i}: ${x} and ${plain![i]}`));
}

test("WebAssembly with SIMD is what Node runs", () => assert.equal(engine(BYTES).name, "simd"));

test("products, with every kind of transpose and start, have the same bits", () => {
  for (const [m, k, n] of [[1, 4, 8], [3, 8, 8], [4, 12, 16], [7, 28, 24], [64, 36, 40]] as const) {
    for (const turned of ["", "a", "b", "ab"]) {
      for (const start of ["none", "bias", "own"]) {
        sameBits(`(${m}, ${k}) (${k}, ${n}), ${turned}, ${start}`, (one) => {
          const a = turned.includes("a") ? filled(one, 1, k, m).T : filled(one, 1, m, k);
          const b = turned.includes("b") ? filled(one, 2, n, k).T : filled(one, 2, k, n);
          const out = filled(one, 3, m, n), bias = Matrix.repeated(filled(one, 4, 1, n).data);
          one.kernels.multiply(out, a, b, start === "own" ? out : start === "bias" ? bias : undefined);
          return out.data;
        });
      }
    }
  }
});

test("a product is the sum of products, in float64 to seven digits", () => {
  const [, one] = both() as [Engine, Engine], a = filled(one, 1, 5, 12), b = filled(one, 2, 8, 12).T, out = filled(one, 3, 5, 8), start = out.data.slice();
  one.kernels.multiply(out, a, b, out);
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 8; j++) {
      const terms = Array.from({ length: 12 }, (_, k) => a.data[i * 12 + k]! * b.data[j * 12 + k]!);
      const sum = terms.reduce((x, y) => x + y, start[i * 8 + j]!), size = terms.reduce((x, y) => x + Math.abs(y), Math.abs(start[i * 8 + j]!));
      assert.ok(Math.abs(out.data[i * 8 + j]! - sum) <= 1e-6 * size);
    }
  }
});

test("sums of columns are sums, and have the same bits", () => {
  for (const [rows, cols] of [[1, 4], [3, 8], [50, 64]] as const) {
    sameBits(`columns of (${rows}, ${cols})`, (one) => { const x = filled(one, 1, rows, cols), out = one.arena.floats(cols); one.kernels.sumRows(out, x.data); return out; });
  }
  const [, one] = both() as [Engine, Engine], out = one.arena.floats(4), x = one.arena.floats(12);
  x.forEach((_, i) => { x[i] = i; });
  one.kernels.sumRows(out, x);
  assert.deepEqual([...out], [12, 15, 18, 21]);
});

/** Side, channels, maps. */
const MAPS = [[2, 2, 1], [4, 1, 3], [6, 2, 2], [14, 8, 3], [28, 1, 2]] as const;

test("patches and their transpose have the same bits", () => {
  for (const [side, channels, n] of MAPS) {
    sameBits(`patches of ${n} (${side}, ${side}, ${channels})`, (one) => {
      const maps = filled(one, 1, n, side * side * channels), rows = filled(one, 2, (n * side * side) / 4, 16 * channels);
      one.kernels.patches(rows, maps, side);
      return rows.data;
    });
    sameBits(`scattered into ${n} (${side}, ${side}, ${channels})`, (one) => {
      const maps = filled(one, 1, n, side * side * channels), rows = filled(one, 2, (n * side * side) / 4, 16 * channels);
      one.kernels.scatter(maps, rows, side);
      return maps.data;
    });
  }
});

test("a patch is what lies around its place, with zeros beyond the rim; scattering is the transpose of that", () => {
  const dot = (a: Floats, b: Floats): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  for (const [side, channels, n] of MAPS) {
    const [, one] = both() as [Engine, Engine], maps = filled(one, 1, n, side * side * channels), rows = one.arena.matrix((n * side * side) / 4, 16 * channels);
    one.kernels.patches(rows, maps, side);
    const at = (image: number, y: number, x: number, c: number): number => (y < 0 || x < 0 || y >= side || x >= side ? 0 : maps.data[((image * side + y) * side + x) * channels + c]!);
    let i = 0;
    for (let image = 0; image < n; image++) for (let y = 0; y < side; y += 2) for (let x = 0; x < side; x += 2) {
      for (let v = 0; v < 4; v++) for (let u = 0; u < 4; u++) for (let c = 0; c < channels; c++) assert.equal(rows.data[i++]! + 0, at(image, y - 1 + v, x - 1 + u, c) + 0);
    }
    const given = filled(one, 2, rows.rows, rows.cols), back = one.arena.matrix(maps.rows, maps.cols);
    one.kernels.scatter(back, given, side);
    const left = dot(rows.data, given.data), right = dot(maps.data, back.data), size = Math.sqrt(dot(rows.data, rows.data) * dot(given.data, given.data));
    assert.ok(Math.abs(left - right) <= 1e-6 * size, `${left} and ${right}`);
  }
});

test("activations, their slopes and Adam have the same bits", () => {
  const weights = (one: Engine): Floats[] => [1, 2, 3, 4].map((seed) => numbers(new Rng(seed), one.arena.floats(64)));
  for (const slope of [0, 0.2, 1]) {
    sameBits("leaky", (one) => { const [x] = weights(one); one.kernels.leaky(x!, slope); return x!; });
    sameBits("its slope", (one) => { const [d, y] = weights(one); one.kernels.leakySlope(d!, y!, slope); return d!; });
  }
  sameBits("tanh", (one) => { const [x] = weights(one); one.kernels.tanh(x!); return x!; });
  sameBits("its slope", (one) => { const [d, y] = weights(one); one.kernels.tanhSlope(d!, y!); return d!; });
  sameBits("Adam", (one) => {
    const [p, g, m, v] = weights(one) as [Floats, Floats, Floats, Floats];
    v.forEach((x, i) => { v[i] = x * x; });
    one.kernels.adam({ p, g, m, v }, { beta1: 0.5, beta2: 0.99, rate: 0.01, root: 1.7, eps: 1e-8 });
    return p;
  });
});

test("moving averages have the same bits", () => {
  sameBits("blend", (one) => { const [a, x] = [1, 2].map((seed) => numbers(new Rng(seed), one.arena.floats(64))); one.kernels.blend(a!, x!, 0.01); return a!; });
});

test("tanh is exact to three units in the last place, small and large", () => {
  for (const one of both()) {
    const x = one.arena.floats(4000);
    for (let i = 0; i < x.length; i++) x[i] = (i % 2 ? 1 : -1) * 10 ** (i / 600 - 5.5);
    const want = Array.from(x, Math.tanh);
    one.kernels.tanh(x);
    x.forEach((y, i) => assert.ok(Math.abs(y - want[i]!) <= 3 * 2 ** -24 * Math.abs(want[i]!) * 2, `${want[i]}: ${y}`));
    assert.ok(x.every((y) => Math.abs(y) <= 1));
  }
});

test("what the loops cannot do is refused, not computed wrongly", () => {
  const [one] = both() as [Engine, Engine], make = (rows: number, cols: number): Matrix => one.arena.matrix(rows, cols);
  assert.throws(() => one.kernels.multiply(make(4, 12), make(4, 8), make(8, 12)), /no product of \(4, 8\) and \(8, 12\) into \(4, 12\)/);
  assert.throws(() => one.kernels.multiply(make(4, 8), make(4, 8), make(4, 8)), /no product/);
  assert.throws(() => one.kernels.multiply(make(4, 8), make(4, 6), make(8, 6).T), /no product/);
  assert.throws(() => one.kernels.multiply(make(4, 8).T, make(8, 4), make(4, 4)), /no product/);
  assert.throws(() => one.kernels.sumRows(one.arena.floats(4), one.arena.floats(10)), /no sums of 10 numbers in rows of 4/);
  assert.throws(() => one.kernels.patches(make(4, 16), make(1, 15), 4), /no patches \(4, 16\) of maps \(1, 15\) with side 4/);
  assert.throws(() => one.kernels.patches(make(3, 16), make(1, 16), 4), /no patches/);
  assert.throws(() => one.kernels.scatter(make(1, 9), make(2, 16), 3), /no patches/);
  assert.throws(() => one.kernels.scatter(make(1, 4), make(1, 16), 2), /no patches/);
  assert.throws(() => one.kernels.patches(make(196, 16 * 16), make(1, 784 * 16), 28), /no patches/);
  assert.throws(() => one.arena.floats(BYTES), /out of memory/);
});
