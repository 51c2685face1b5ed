/**
 * The loops in which the small networks spend their time, in AssemblyScript: float64, two numbers at once (WebAssembly SIMD, nothing relaxed).
 *
 * `src/engine/kernels.ts`, `math.ts` and `random.ts` do the same in TypeScript, to the last bit: two neighbours are computed side by side,
 * each as there, operation for operation; nothing is summed in another order, nothing fused. Addresses and steps are in bytes. Of an
 * odd number of neighbours the last one has a partner that nobody reads: every block of numbers has room for one more.
 */

// Products of a batch with a matrix. A matrix is packed two columns of results at a time: their weights for one input lie side by side.

/**
 * y_j = s_j + sum_i m_ji x_i for n examples, m_ji at m + j rowStep + i colStep. `start` is a row of s, the same for all examples; `panel`
 * has room for 8 (nOut + 1) numbers.
 */
export function combine(
  m: usize, rowStep: usize, colStep: usize, start: usize, x: usize, nIn: i32, y: usize, nOut: i32, n: i32, panel: usize,
): void {
  const xRow = <usize>nIn << 3, yRow = <usize>nOut << 3;
  let s = start, sRow: usize = 0, i = 0;
  for (; i < nIn;) {
    const many = nIn - i >= 8 ? 8 : nIn - i >= 2 ? 2 : 1;
    pack(m, rowStep, colStep, many, nOut, panel);
    if (many == 8) addEight(panel, x, xRow, s, sRow, y, nOut, n);
    else if (many == 2) addTwo(panel, x, xRow, s, sRow, y, nOut, n);
    else addOne(panel, x, xRow, s, sRow, y, nOut, n);
    m += <usize>many * colStep;
    x += <usize>many << 3;
    s = y; // the first inputs set y, later ones add to it
    sRow = yRow;
    i += many;
  }
}

function pack(m: usize, rowStep: usize, colStep: usize, many: i32, nOut: i32, panel: usize): void {
  for (let j = 0; j < nOut; j += 2, m += 2 * rowStep) {
    const next: usize = j + 1 < nOut ? rowStep : 0;
    for (let c = 0, at = m; c < many; c++, at += colStep, panel += 16) {
      store<f64>(panel, load<f64>(at));
      store<f64>(panel, load<f64>(at + next), 8);
    }
  }
}

/** What was at s, and a sum, into y: two numbers. */
// @ts-ignore: decorator
@inline
function put(y: usize, s: usize, sum: v128): void {
  v128.store(y, f64x2.add(v128.load(s), sum));
}

/** The same for the first of them only. */
// @ts-ignore: decorator
@inline
function putOne(y: usize, s: usize, sum: v128): void {
  v128.store_lane<f64>(y, f64x2.add(v128.load_zero<f64>(s), sum), 0);
}

// @ts-ignore: decorator
@inline
function eight(w: usize, a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128): v128 {
  const ab = f64x2.add(f64x2.mul(v128.load(w), a), f64x2.mul(v128.load(w, 16), b));
  const cd = f64x2.add(f64x2.mul(v128.load(w, 32), c), f64x2.mul(v128.load(w, 48), d));
  const ef = f64x2.add(f64x2.mul(v128.load(w, 64), e), f64x2.mul(v128.load(w, 80), f));
  const gh = f64x2.add(f64x2.mul(v128.load(w, 96), g), f64x2.mul(v128.load(w, 112), h));
  return f64x2.add(f64x2.add(ab, cd), f64x2.add(ef, gh));
}

function addEight(panel: usize, x: usize, xRow: usize, s: usize, sRow: usize, y: usize, nOut: i32, n: i32): void {
  const pairs = <usize>(nOut & ~1) << 3, yRow = <usize>nOut << 3;
  for (; n > 0; n--, x += xRow, s += sRow, y += yRow) {
    const a = v128.load_splat<f64>(x), b = v128.load_splat<f64>(x, 8), c = v128.load_splat<f64>(x, 16), d = v128.load_splat<f64>(x, 24);
    const e = v128.load_splat<f64>(x, 32), f = v128.load_splat<f64>(x, 40), g = v128.load_splat<f64>(x, 48), h = v128.load_splat<f64>(x, 56);
    let j: usize = 0, w = panel;
    for (; j < pairs; j += 16, w += 128) put(y + j, s + j, eight(w, a, b, c, d, e, f, g, h));
    if (nOut & 1) putOne(y + j, s + j, eight(w, a, b, c, d, e, f, g, h));
  }
}

function addTwo(panel: usize, x: usize, xRow: usize, s: usize, sRow: usize, y: usize, nOut: i32, n: i32): void {
  const pairs = <usize>(nOut & ~1) << 3, yRow = <usize>nOut << 3;
  for (; n > 0; n--, x += xRow, s += sRow, y += yRow) {
    const a = v128.load_splat<f64>(x), b = v128.load_splat<f64>(x, 8);
    let j: usize = 0, w = panel;
    for (; j < pairs; j += 16, w += 32) put(y + j, s + j, f64x2.add(f64x2.mul(v128.load(w), a), f64x2.mul(v128.load(w, 16), b)));
    if (nOut & 1) putOne(y + j, s + j, f64x2.add(f64x2.mul(v128.load(w), a), f64x2.mul(v128.load(w, 16), b)));
  }
}

function addOne(panel: usize, x: usize, xRow: usize, s: usize, sRow: usize, y: usize, nOut: i32, n: i32): void {
  const pairs = <usize>(nOut & ~1) << 3, yRow = <usize>nOut << 3;
  for (; n > 0; n--, x += xRow, s += sRow, y += yRow) {
    const a = v128.load_splat<f64>(x);
    let j: usize = 0, w = panel;
    for (; j < pairs; j += 16, w += 16) put(y + j, s + j, f64x2.mul(v128.load(w), a));
    if (nOut & 1) putOne(y + j, s + j, f64x2.mul(v128.load(w), a));
  }
}

// Sums over a batch: each runs from the first example to the last.

/** g_ji += sum of d_j x_i over n examples: the gradient of a matrix of weights, (nOut, nIn). */
export function addOuter(d: usize, nOut: i32, x: usize, nIn: i32, g: usize, n: i32): void {
  const dRow = <usize>nOut << 3, xRow = <usize>nIn << 3;
  for (let j = 0; j < nOut;) {
    const rows = nOut - j >= 4 ? 4 : 1;
    for (let i = 0; i < nIn;) {
      const left = nIn - i, at = g + (<usize>i << 3), from = x + (<usize>i << 3);
      if (rows == 4) i += left >= 4 ? outerFourFour(d, dRow, from, xRow, at, n) : outerFourTwo(d, dRow, from, xRow, at, n, left);
      else i += left >= 8 ? outerOneEight(d, dRow, from, xRow, at, n) : outerOneTwo(d, dRow, from, xRow, at, n, left);
    }
    d += <usize>rows << 3;
    g += <usize>rows * xRow;
    j += rows;
  }
}

// @ts-ignore: decorator
@inline
function addTo(g: usize, sum: v128): void {
  put(g, g, sum);
}

/** The same where perhaps only one is left. */
function addRest(g: usize, sum: v128, left: i32): void {
  if (left > 1) put(g, g, sum);
  else putOne(g, g, sum);
}

function outerFourFour(d: usize, dRow: usize, x: usize, xRow: usize, g: usize, n: i32): i32 {
  let s00 = f64x2.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  for (; n > 0; n--) {
    const x0 = v128.load(x), x1 = v128.load(x, 16);
    let e = v128.load_splat<f64>(d);
    s00 = f64x2.add(s00, f64x2.mul(e, x0));
    s01 = f64x2.add(s01, f64x2.mul(e, x1));
    e = v128.load_splat<f64>(d, 8);
    s10 = f64x2.add(s10, f64x2.mul(e, x0));
    s11 = f64x2.add(s11, f64x2.mul(e, x1));
    e = v128.load_splat<f64>(d, 16);
    s20 = f64x2.add(s20, f64x2.mul(e, x0));
    s21 = f64x2.add(s21, f64x2.mul(e, x1));
    e = v128.load_splat<f64>(d, 24);
    s30 = f64x2.add(s30, f64x2.mul(e, x0));
    s31 = f64x2.add(s31, f64x2.mul(e, x1));
    d += dRow;
    x += xRow;
  }
  addTo(g, s00);
  addTo(g + 16, s01);
  addTo(g + xRow, s10);
  addTo(g + xRow + 16, s11);
  addTo(g + 2 * xRow, s20);
  addTo(g + 2 * xRow + 16, s21);
  addTo(g + 3 * xRow, s30);
  addTo(g + 3 * xRow + 16, s31);
  return 4;
}

function outerFourTwo(d: usize, dRow: usize, x: usize, xRow: usize, g: usize, n: i32, left: i32): i32 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n > 0; n--) {
    const v = v128.load(x);
    s0 = f64x2.add(s0, f64x2.mul(v128.load_splat<f64>(d), v));
    s1 = f64x2.add(s1, f64x2.mul(v128.load_splat<f64>(d, 8), v));
    s2 = f64x2.add(s2, f64x2.mul(v128.load_splat<f64>(d, 16), v));
    s3 = f64x2.add(s3, f64x2.mul(v128.load_splat<f64>(d, 24), v));
    d += dRow;
    x += xRow;
  }
  addRest(g, s0, left);
  addRest(g + xRow, s1, left);
  addRest(g + 2 * xRow, s2, left);
  addRest(g + 3 * xRow, s3, left);
  return 2;
}

function outerOneEight(d: usize, dRow: usize, x: usize, xRow: usize, g: usize, n: i32): i32 {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n > 0; n--) {
    const e = v128.load_splat<f64>(d);
    s0 = f64x2.add(s0, f64x2.mul(e, v128.load(x)));
    s1 = f64x2.add(s1, f64x2.mul(e, v128.load(x, 16)));
    s2 = f64x2.add(s2, f64x2.mul(e, v128.load(x, 32)));
    s3 = f64x2.add(s3, f64x2.mul(e, v128.load(x, 48)));
    d += dRow;
    x += xRow;
  }
  addTo(g, s0);
  addTo(g + 16, s1);
  addTo(g + 32, s2);
  addTo(g + 48, s3);
  return 8;
}

function outerOneTwo(d: usize, dRow: usize, x: usize, xRow: usize, g: usize, n: i32, left: i32): i32 {
  let sum = f64x2.splat(0);
  for (; n > 0; n--) {
    sum = f64x2.add(sum, f64x2.mul(v128.load_splat<f64>(d), v128.load(x)));
    d += dRow;
    x += xRow;
  }
  addRest(g, sum, left);
  return 2;
}

/** g_j += sum of d_j over n examples: the gradient of a bias. */
export function addRowSums(d: usize, nOut: i32, g: usize, n: i32): void {
  const row = <usize>nOut << 3;
  let left = nOut;
  for (; left >= 8; left -= 8, d += 64, g += 64) sumEight(d, row, g, n);
  for (; left > 0; left -= 2, d += 16, g += 16) sumTwo(d, row, g, n, left);
}

function sumEight(d: usize, row: usize, g: usize, n: i32): void {
  let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n > 0; n--, d += row) {
    s0 = f64x2.add(s0, v128.load(d));
    s1 = f64x2.add(s1, v128.load(d, 16));
    s2 = f64x2.add(s2, v128.load(d, 32));
    s3 = f64x2.add(s3, v128.load(d, 48));
  }
  addTo(g, s0);
  addTo(g + 16, s1);
  addTo(g + 32, s2);
  addTo(g + 48, s3);
}

function sumTwo(d: usize, row: usize, g: usize, n: i32, left: i32): void {
  let sum = f64x2.splat(0);
  for (; n > 0; n--, d += row) sum = f64x2.add(sum, v128.load(d));
  addRest(g, sum, left);
}

// Number by number, in place, from y or d up to `end`.

export function relu(y: usize, end: usize): void {
  const half = f64x2.splat(0.5);
  for (; y < end; y += 16) {
    const v = v128.load(y);
    v128.store(y, f64x2.mul(half, f64x2.add(v, f64x2.abs(v))));
  }
}

export function leaky(y: usize, end: usize, slope: f64): void {
  const half = f64x2.splat(0.5), below = f64x2.splat(slope);
  for (; y < end; y += 16) {
    const v = v128.load(y), size = f64x2.abs(v);
    v128.store(y, f64x2.mul(half, f64x2.sub(f64x2.add(v, size), f64x2.mul(below, f64x2.sub(size, v)))));
  }
}

export function tanh(y: usize, end: usize): void {
  const one = f64x2.splat(1), zero = f64x2.splat(0);
  for (; y < end; y += 16) {
    const v = v128.load(y), e = exp(f64x2.mul(f64x2.splat(-2), f64x2.abs(v)));
    const size = f64x2.div(f64x2.sub(one, e), f64x2.add(one, e));
    v128.store(y, v128.bitselect(f64x2.neg(size), size, f64x2.lt(v, zero)));
  }
}

const HUGE: f64 = 1e200; // as in kernels.ts
const LEAST: f64 = 1e-180; // between these two t / (t + 1) with t = HUGE y is 1, so nothing need be divided
const MOST: f64 = 1e100;

// @ts-ignore: decorator
@inline
function isPositive(y: v128): v128 {
  const sure = v128.and(f64x2.ge(y, f64x2.splat(LEAST)), f64x2.le(y, f64x2.splat(MOST)));
  if (i64x2.all_true(v128.or(sure, f64x2.eq(y, f64x2.splat(0))))) return v128.and(sure, f64x2.splat(1));
  const t = f64x2.mul(y, f64x2.splat(HUGE));
  return f64x2.div(t, f64x2.add(t, f64x2.splat(1)));
}

/** d times the slope of the function, from its result y. */
export function reluSlope(d: usize, end: usize, y: usize): void {
  for (; d < end; d += 16, y += 16) v128.store(d, f64x2.mul(v128.load(d), isPositive(v128.load(y))));
}

export function leakySlope(d: usize, end: usize, y: usize, slope: f64): void {
  const half = f64x2.splat(0.5), below = f64x2.splat(slope), rest = f64x2.splat(1 - slope);
  for (; d < end; d += 16, y += 16) {
    const v = v128.load(y), above = isPositive(f64x2.mul(half, f64x2.add(v, f64x2.abs(v))));
    v128.store(d, f64x2.mul(v128.load(d), f64x2.add(below, f64x2.mul(rest, above))));
  }
}

export function tanhSlope(d: usize, end: usize, y: usize): void {
  for (; d < end; d += 16, y += 16) {
    const v = v128.load(y);
    v128.store(d, f64x2.mul(v128.load(d), f64x2.sub(f64x2.splat(1), f64x2.mul(v, v))));
  }
}

/** softplus and sigmoid of sign x, from one exponential. */
export function logistic(x: usize, end: usize, sign: f64, softplus: usize, sigmoid: usize): void {
  const one = f64x2.splat(1), zero = f64x2.splat(0), factor = f64x2.splat(sign);
  for (; x < end; x += 16, softplus += 16, sigmoid += 16) {
    const v = f64x2.mul(factor, v128.load(x)), e = exp(f64x2.neg(f64x2.abs(v))), more = f64x2.add(one, e);
    const rest = f64x2.div(f64x2.sub(e, f64x2.sub(more, one)), more);
    v128.store(softplus, f64x2.add(v128.and(v, f64x2.gt(v, zero)), f64x2.add(logOfUnit(more), rest)));
    v128.store(sigmoid, f64x2.div(v128.bitselect(one, e, f64x2.ge(v, zero)), more));
  }
}

// Elementary functions, as in math.ts.

const LN2_HI: f64 = 0.6931471803691238;
const LN2_LO: f64 = 1.9082149292705877e-10;
const LOG2_E: f64 = 1.4426950408889634;
const SQRT2: f64 = 1.4142135623730951;

/** e^x for x <= 0. */
// @ts-ignore: decorator
@inline
function exp(x: v128): v128 {
  const k = f64x2.floor(f64x2.add(f64x2.mul(x, f64x2.splat(LOG2_E)), f64x2.splat(0.5)));
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(k, f64x2.splat(LN2_HI))), f64x2.mul(k, f64x2.splat(LN2_LO)));
  let p = f64x2.splat(1.0 / 6227020800);
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 479001600));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 39916800));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 3628800));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 362880));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 40320));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 5040));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 720));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 120));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 24));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 6));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5));
  const e = f64x2.add(f64x2.add(f64x2.mul(f64x2.mul(p, r), r), r), f64x2.splat(1));
  const exponent = i64x2.add(i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k)), i64x2.splat(1023));
  return v128.andnot(f64x2.mul(e, i64x2.shl(exponent, 52)), f64x2.lt(x, f64x2.splat(-708)));
}

/** ln (2^k m) for 1 <= m < 2. */
// @ts-ignore: decorator
@inline
function logFrom(k: v128, m: v128): v128 {
  const large = f64x2.gt(m, f64x2.splat(SQRT2)), one = f64x2.splat(1);
  const n = f64x2.add(k, v128.and(large, one)), u = v128.bitselect(f64x2.mul(m, f64x2.splat(0.5)), m, large);
  const s = f64x2.div(f64x2.sub(u, one), f64x2.add(u, one)), t = f64x2.mul(s, s);
  let p = f64x2.splat(1.0 / 23);
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.0 / 21));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.0 / 19));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.0 / 17));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.0 / 15));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.0 / 13));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.0 / 11));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.0 / 9));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.0 / 7));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.0 / 5));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(1.0 / 3));
  p = f64x2.add(f64x2.mul(p, t), one);
  const low = f64x2.add(f64x2.mul(n, f64x2.splat(LN2_LO)), f64x2.mul(f64x2.mul(f64x2.splat(2), s), p));
  return f64x2.add(f64x2.mul(n, f64x2.splat(LN2_HI)), low);
}

/** ln x for 1 <= x <= 2; 2 comes out as twice 1. */
// @ts-ignore: decorator
@inline
function logOfUnit(x: v128): v128 {
  return logFrom(f64x2.splat(0), x);
}

/** ln x for the usual positive numbers: neither subnormal nor infinite. */
// @ts-ignore: decorator
@inline
function log(x: v128): v128 {
  const exponent = i64x2.sub(i64x2.shr_u(x, 52), i64x2.splat(1023));
  const k = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponent, exponent, 0, 2, 0, 2));
  const mantissa = v128.or(v128.and(x, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3ff0000000000000));
  return logFrom(k, mantissa);
}

// Random numbers, as in random.ts: the state is four whole numbers, a, b, c and the counter.

/**
 * `pairs` pairs of normal numbers in z; before each, if `count` > 0, a whole number below it in `picks`. `squares` has room for one number
 * a pair. Drawing goes one by one; the logarithms and roots of Marsaglia's method come after it, two at once.
 */
export function normals(state: usize, z: usize, squares: usize, pairs: i32, picks: usize, count: f64): void {
  let a = load<i32>(state), b = load<i32>(state, 4), c = load<i32>(state, 8), counter = load<i32>(state, 12);
  const end = squares + (<usize>pairs << 3);
  for (let at = squares, out = z; at < end; at += 8, out += 16) {
    let first = count > 0, u: f64, v: f64, s: f64;
    for (;;) {
      u = v = 0;
      for (let i = first ? 0 : 1; i < 3; i++) { // a pick, u, v
        let t = a + b + counter++;
        a = b ^ (b >>> 9);
        b = c + (c << 3);
        c = rotl(c, 21) + t;
        const high = <u64>(<u32>t >>> 5);
        t = a + b + counter++;
        a = b ^ (b >>> 9);
        b = c + (c << 3);
        c = rotl(c, 21) + t;
        const uniform = <f64>((high << 26) + <u64>(<u32>t >>> 6)) * (1.0 / 9007199254740992);
        if (i == 0) store<f64>(picks, Math.floor(uniform * count));
        u = v;
        v = 2 * uniform - 1;
      }
      first = false;
      s = u * u + v * v;
      if (s < 1 && s != 0) break;
    }
    picks += 8;
    store<f64>(at, s);
    store<f64>(out, u);
    store<f64>(out, v, 8);
  }
  store<i32>(state, a);
  store<i32>(state, b, 4);
  store<i32>(state, c, 8);
  store<i32>(state, counter, 12);
  for (let at = squares; at < end; at += 16, z += 32) stretch(at, z);
}

/** Two pairs, by sqrt(-2 ln s / s) each. */
function stretch(squares: usize, z: usize): void {
  const s = v128.load(squares), scale = f64x2.sqrt(f64x2.div(f64x2.mul(f64x2.splat(-2), log(s)), s));
  v128.store(z, f64x2.mul(v128.load(z), v128.shuffle<i64>(scale, scale, 0, 0)));
  v128.store(z, f64x2.mul(v128.load(z, 16), v128.shuffle<i64>(scale, scale, 1, 1)), 16);
}
