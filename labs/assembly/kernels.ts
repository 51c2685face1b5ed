/**
 * The loops in which the digit lab spends its time, in AssemblyScript: float32, four numbers at once (WebAssembly SIMD, nothing relaxed).
 *
 * `src/engine/fast/plain.ts` does the same in TypeScript, to the last bit: each sum runs in the same order (over k, one product after the
 * other), each operation is one that IEEE 754 fixes, and none is fused. Addresses and steps are in bytes.
 */

const LANES = 8; // columns of a block: two vectors

/**
 * C = S + A B, C (m, n) dense, n a multiple of 8. Steps: from row to row, from column to column; S's rows may be one and the same
 * (a bias, zeros: sRow = 0), or C itself. `panel` has room for 8 k numbers.
 */
export function multiply(
  c: usize, s: usize, sRow: usize, a: usize, aRow: usize, aCol: usize, b: usize, bRow: usize, bCol: usize,
  m: i32, k: i32, n: i32, panel: usize,
): void {
  const cRow = <usize>n << 2;
  for (let j: usize = 0; j < cRow; j += LANES << 2) {
    if (bCol == 4) copyColumns(b + j, bRow, k, panel);
    else turnColumns(b + <usize>(j >> 2) * bCol, bCol, k, panel);
    let i = 0;
    for (; i + 3 < m; i += 4) fourRows(c + <usize>i * cRow + j, cRow, s + <usize>i * sRow + j, sRow, a + <usize>i * aRow, aRow, aCol, panel, k);
    for (; i < m; i++) oneRow(c + <usize>i * cRow + j, s + <usize>i * sRow + j, a + <usize>i * aRow, aCol, panel, k);
  }
}

/** Eight columns of B, row after row. */
function copyColumns(b: usize, bRow: usize, k: i32, panel: usize): void {
  for (let end = panel + (<usize>k << 5); panel < end; panel += 32) {
    v128.store(panel, v128.load(b));
    v128.store(panel, v128.load(b, 16), 16);
    b += bRow;
  }
}

/** The same where B's columns lie dense (B is a transposed matrix); k is a multiple of 4. */
function turnColumns(b: usize, bCol: usize, k: i32, panel: usize): void {
  for (let i = 0; i < k; i += 4) {
    turnFour(b, bCol, panel);
    turnFour(b + (bCol << 2), bCol, panel + 16);
    b += 16;
    panel += 128;
  }
}

function turnFour(b: usize, bCol: usize, panel: usize): void {
  const r0 = v128.load(b), r1 = v128.load(b + bCol), r2 = v128.load(b + 2 * bCol), r3 = v128.load(b + 3 * bCol);
  const low01 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
  const low23 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
  v128.store(panel, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(panel, v128.shuffle<i64>(low01, low23, 1, 3), 32);
  v128.store(panel, v128.shuffle<i64>(high01, high23, 0, 2), 64);
  v128.store(panel, v128.shuffle<i64>(high01, high23, 1, 3), 96);
}

/** Four rows and eight columns of C: eight sums in registers. */
function fourRows(
  c: usize, cRow: usize, s: usize, sRow: usize, a: usize, aRow: usize, aCol: usize, panel: usize, k: i32,
): void {
  const s1 = s + sRow, s2 = s1 + sRow, s3 = s2 + sRow;
  let c00 = v128.load(s), c01 = v128.load(s, 16), c10 = v128.load(s1), c11 = v128.load(s1, 16);
  let c20 = v128.load(s2), c21 = v128.load(s2, 16), c30 = v128.load(s3), c31 = v128.load(s3, 16);
  let a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
  for (let end = panel + (<usize>k << 5); panel < end; panel += 32) {
    const b0 = v128.load(panel), b1 = v128.load(panel, 16);
    let x = v128.load_splat<f32>(a);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a1);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a2);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a3);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    a += aCol;
    a1 += aCol;
    a2 += aCol;
    a3 += aCol;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c + cRow, c10);
  v128.store(c + cRow, c11, 16);
  v128.store(c + 2 * cRow, c20);
  v128.store(c + 2 * cRow, c21, 16);
  v128.store(c + 3 * cRow, c30);
  v128.store(c + 3 * cRow, c31, 16);
}

function oneRow(c: usize, s: usize, a: usize, aCol: usize, panel: usize, k: i32): void {
  let c0 = v128.load(s), c1 = v128.load(s, 16);
  for (let end = panel + (<usize>k << 5); panel < end; panel += 32) {
    const x = v128.load_splat<f32>(a);
    c0 = f32x4.add(c0, f32x4.mul(x, v128.load(panel)));
    c1 = f32x4.add(c1, f32x4.mul(x, v128.load(panel, 16)));
    a += aCol;
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
}

/** Sums of the columns of a dense matrix; their number is a multiple of 4. */
export function sumRows(out: usize, outEnd: usize, x: usize, end: usize): void {
  const row = outEnd - out;
  for (; out < outEnd; out += 16, x += 16) {
    let sum = f32x4.splat(0);
    for (let at = x; at < end; at += row) sum = f32x4.add(sum, v128.load(at));
    v128.store(out, sum);
  }
}

// Convolutions of kernel 4 and stride 2 with a rim of one, as products: the patch below each second place of each second row makes a row.
// Maps lie place by place, channels last: `pixel` bytes each, `side` pixels a row; a row of pixels is a multiple of 16 bytes.

/** Patches of maps, one a row: 4 times 4 pixels. `rim` has room for a map with its rim. */
export function patches(rows: usize, maps: usize, end: usize, side: usize, pixel: usize, rim: usize): void {
  const four = pixel << 2, wide = (side + 2) * pixel;
  clear(rim, rim + wide * (side + 2));
  for (; maps < end; maps += side * side * pixel) {
    inset(rim, maps, side, pixel);
    for (let y = rim, below = rim + wide * side; y < below; y += 2 * wide) {
      for (let x = y, right = y + side * pixel; x < right; x += 2 * pixel) {
        for (let line = x, last = x + four * (side + 2); line < last; line += wide) {
          for (let p: usize = 0; p < four; p += 16) v128.store(rows + p, v128.load(line + p));
          rows += four;
        }
      }
    }
  }
}

/** The transpose: add each row to the patch that it belongs to; what falls on the rim is dropped. */
export function scatter(rows: usize, maps: usize, end: usize, side: usize, pixel: usize, rim: usize): void {
  const four = pixel << 2, wide = (side + 2) * pixel;
  for (; maps < end; maps += side * side * pixel) {
    inset(rim, maps, side, pixel);
    for (let y = rim, below = rim + wide * side; y < below; y += 2 * wide) {
      for (let x = y, right = y + side * pixel; x < right; x += 2 * pixel) {
        for (let line = x, last = x + four * (side + 2); line < last; line += wide) {
          for (let p: usize = 0; p < four; p += 16) v128.store(line + p, f32x4.add(v128.load(line + p), v128.load(rows + p)));
          rows += four;
        }
      }
    }
    outset(rim, maps, side, pixel);
  }
}

function clear(at: usize, end: usize): void {
  for (; at < end; at += 16) v128.store(at, f32x4.splat(0));
}

/** A map goes into the middle of its rim, */
function inset(rim: usize, map: usize, side: usize, pixel: usize): void {
  const row = side * pixel;
  let to = rim + row + 3 * pixel;
  for (const end = map + side * row; map < end; to += 2 * pixel) {
    for (const stop = map + row; map < stop; map += 16, to += 16) v128.store(to, v128.load(map));
  }
}

/** and back. */
function outset(rim: usize, map: usize, side: usize, pixel: usize): void {
  const row = side * pixel;
  let from = rim + row + 3 * pixel;
  for (const end = map + side * row; map < end; from += 2 * pixel) {
    for (const stop = map + row; map < stop; map += 16, from += 16) v128.store(map, v128.load(from));
  }
}

// Number by number, in place; all lengths are multiples of 4, `end` is where the numbers end.

/** x where x > 0, else slope * x: LeakyReLU, and with slope 0 ReLU. */
export function leaky(x: usize, end: usize, slope: f32): void {
  const below = f32x4.splat(slope), zero = f32x4.splat(0);
  for (; x < end; x += 16) {
    const v = v128.load(x);
    v128.store(x, v128.bitselect(v, f32x4.mul(v, below), f32x4.gt(v, zero)));
  }
}

/** d times the slope of that function, from its result y. */
export function leakySlope(d: usize, end: usize, y: usize, slope: f32): void {
  const below = f32x4.splat(slope), zero = f32x4.splat(0);
  for (; d < end; d += 16, y += 16) {
    const v = v128.load(d);
    v128.store(d, v128.bitselect(v, f32x4.mul(v, below), f32x4.gt(v128.load(y), zero)));
  }
}

const LOG2_E: f32 = 1.4426950408889634;
const LN2_HIGH: f32 = 0.693145751953125; // ln 2 with its last bits zero, so that k times it is exact
const LN2_LOW: f32 = 1.4286068203094172e-6;
const SMALLEST: f32 = -20; // e^-20: below it, 1 - e rounds to 1

/**
 * tanh x = (1 - e) / (1 + e) with e = e^(-2|x|), from e - 1, which keeps small x exact: -2|x| = k ln 2 + r, |r| <= ln 2 / 2, and with the
 * Taylor polynomial q of e^r - 1 (degree 7, remainder 5e-9), e - 1 = 2^k q + (2^k - 1).
 */
export function tanh(x: usize, end: usize): void {
  const one = f32x4.splat(1);
  for (; x < end; x += 16) {
    const v = v128.load(x);
    const t = f32x4.max(f32x4.mul(f32x4.abs(v), f32x4.splat(-2)), f32x4.splat(SMALLEST));
    const k = f32x4.floor(f32x4.add(f32x4.mul(t, f32x4.splat(LOG2_E)), f32x4.splat(0.5)));
    const r = f32x4.sub(f32x4.sub(t, f32x4.mul(k, f32x4.splat(LN2_HIGH))), f32x4.mul(k, f32x4.splat(LN2_LOW)));
    let q = f32x4.splat(1.0 / 5040);
    q = f32x4.add(f32x4.mul(q, r), f32x4.splat(1.0 / 720));
    q = f32x4.add(f32x4.mul(q, r), f32x4.splat(1.0 / 120));
    q = f32x4.add(f32x4.mul(q, r), f32x4.splat(1.0 / 24));
    q = f32x4.add(f32x4.mul(q, r), f32x4.splat(1.0 / 6));
    q = f32x4.add(f32x4.mul(q, r), f32x4.splat(0.5));
    q = f32x4.add(f32x4.mul(q, r), one);
    q = f32x4.mul(q, r);
    const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(k), i32x4.splat(127)), 23);
    const less = f32x4.add(f32x4.mul(power, q), f32x4.sub(power, one)); // e - 1
    const size = f32x4.div(less, f32x4.add(less, f32x4.splat(2))); // -tanh |x|
    v128.store(x, v128.bitselect(size, f32x4.neg(size), f32x4.lt(v, f32x4.splat(0))));
  }
}

/** d times the slope of tanh, from its result y. */
export function tanhSlope(d: usize, end: usize, y: usize): void {
  for (; d < end; d += 16, y += 16) {
    const v = v128.load(y);
    v128.store(d, f32x4.mul(v128.load(d), f32x4.sub(f32x4.splat(1), f32x4.mul(v, v))));
  }
}

/**
 * Adam (Kingma and Ba 2015, Algorithm 1), epsilon outside the root as in PyTorch; `rate` and `root` hold the corrections of the bias.
 * p, g, m, v: weights, gradients, and the two averages.
 */
export function adam(
  p: usize, end: usize, g: usize, m: usize, v: usize, beta1: f32, beta2: f32, rest1: f32, rest2: f32, rate: f32, root: f32, eps: f32,
): void {
  const b1 = f32x4.splat(beta1), b2 = f32x4.splat(beta2), r1 = f32x4.splat(rest1), r2 = f32x4.splat(rest2);
  const lr = f32x4.splat(rate), correct = f32x4.splat(root), epsilon = f32x4.splat(eps);
  for (; p < end; p += 16, g += 16, m += 16, v += 16) {
    const grad = v128.load(g);
    const mean = f32x4.add(f32x4.mul(b1, v128.load(m)), f32x4.mul(r1, grad));
    const square = f32x4.add(f32x4.mul(b2, v128.load(v)), f32x4.mul(f32x4.mul(r2, grad), grad));
    v128.store(m, mean);
    v128.store(v, square);
    const scale = f32x4.add(f32x4.mul(f32x4.sqrt(square), correct), epsilon);
    v128.store(p, f32x4.sub(v128.load(p), f32x4.div(f32x4.mul(lr, mean), scale)));
  }
}

/** a + share (x - a), in place of a. */
export function blend(a: usize, end: usize, x: usize, share: f32): void {
  const part = f32x4.splat(share);
  for (; a < end; a += 16, x += 16) {
    const old = v128.load(a);
    v128.store(a, f32x4.add(old, f32x4.mul(part, f32x4.sub(v128.load(x), old))));
  }
}
