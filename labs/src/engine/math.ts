/**
 * Elementary functions from +, -, *, / and sqrt alone.
 *
 * IEEE 754 fixes those five to the last bit; `Math.exp`, `Math.log` and `Math.tanh` may differ between engines
 * (V8 and SpiderMonkey port fdlibm, JavaScriptCore calls the system's libm).
 * With these, one seed gives one run in every browser and in Node. Accuracy: about one unit in the last place.
 */

const LN2_HI = 0.6931471803691238; // ln 2 with its last 21 bits zero, so that k * LN2_HI is exact
const LN2_LO = 1.9082149292705877e-10;
const LOG2_E = 1.4426950408889634;

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer); // little endian: words[1] holds sign, exponent, 20 bits of mantissa

/** 2^-1023 ... 2^1023. A table, as a double put together from two words and read at once stalls the processor. */
const POWERS = new Float64Array(2047);
for (let k = 0, power = 1.1125369292536007e-308; k < 2047; k++, power *= 2) POWERS[k] = power;

/** 2^k for -1023 <= k <= 1023, exactly. */
function power2(k: number): number {
  return POWERS[(k + 1023) | 0]!;
}

/** e^x by x = k ln 2 + r, |r| <= ln 2 / 2, and a Taylor polynomial of degree 13 in r (remainder 4e-18). */
export function exp(x: number): number {
  if (x > 709.7) return Infinity;
  if (x < -708) return x === x ? 0 : NaN;
  if (x !== x) return NaN;
  const k = Math.floor(x * LOG2_E + 0.5);
  const r = x - k * LN2_HI - k * LN2_LO;
  let p = 1 / 6227020800;
  p = p * r + 1 / 479001600;
  p = p * r + 1 / 39916800;
  p = p * r + 1 / 3628800;
  p = p * r + 1 / 362880;
  p = p * r + 1 / 40320;
  p = p * r + 1 / 5040;
  p = p * r + 1 / 720;
  p = p * r + 1 / 120;
  p = p * r + 1 / 24;
  p = p * r + 1 / 6;
  p = p * r + 0.5;
  return (p * r * r + r + 1) * power2(k);
}

/** ln x by x = 2^k m, m in [sqrt(1/2), sqrt 2), and ln m = 2 artanh((m - 1) / (m + 1)) to degree 23. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  if (x < 2.3e-308) return log(x * 18014398509481984) - 54 * Math.LN2; // subnormal: scale by 2^54 first
  bits[0] = x;
  let k = (words[1]! >>> 20) - 1023;
  let m = x * power2(-k);
  if (m > Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  const s = (m - 1) / (m + 1);
  const t = s * s;
  let p = 1 / 23;
  p = p * t + 1 / 21;
  p = p * t + 1 / 19;
  p = p * t + 1 / 17;
  p = p * t + 1 / 15;
  p = p * t + 1 / 13;
  p = p * t + 1 / 11;
  p = p * t + 1 / 9;
  p = p * t + 1 / 7;
  p = p * t + 1 / 5;
  p = p * t + 1 / 3;
  p = p * t + 1;
  return k * LN2_HI + (k * LN2_LO + 2 * s * p);
}

/** ln(1 + x), exact for small x too: the second term adds back what rounding 1 + x took away. */
export function log1p(x: number): number {
  const u = 1 + x;
  return log(u) + (x - (u - 1)) / u;
}

export function tanh(x: number): number {
  const e = exp(-2 * Math.abs(x));
  const y = (1 - e) / (1 + e);
  return x < 0 ? -y : y;
}

/** The length of (x, y). `Math.hypot` differs between browsers in the last digit. */
export function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** sin x for 0 <= x <= pi, by a Taylor polynomial of degree 21 on the half that is nearer to 0 (remainder 2e-18). */
export function sin(x: number): number {
  const y = x > Math.PI / 2 ? Math.PI - x : x;
  let p = 1;
  for (let n = 20; n > 0; n -= 2) p = 1 - (p * y * y) / (n * (n + 1));
  return y * p;
}

/** The angle in [0, pi] whose cosine is c, by Newton's method from the right, where it cannot overshoot. */
export function acos(c: number): number {
  if (c < 0) return Math.PI - acos(-c);
  if (c >= 1) return 0;
  let x = Math.PI / 2;
  for (let i = 0; i < 60; i++) x += (sin(Math.PI / 2 - x) - c) / sin(x);
  return x;
}

/** 1 / (1 + e^-x), without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** ln(1 + e^x) = -ln sigmoid(-x), finite and exact for every logit. */
export function softplus(x: number): number {
  return (x > 0 ? x : 0) + log1p(exp(-Math.abs(x)));
}

/** sigmoid(x) and softplus(x) from e = exp(-|x|): one exponential for both, the same to the last bit. */
export function sigmoidFrom(x: number, e: number): number {
  return (x >= 0 ? 1 : e) / (1 + e);
}

export function softplusFrom(x: number, e: number): number {
  return (x > 0 ? x : 0) + log1p(e);
}

export const LOG2 = Math.LN2;
export const LOG4 = 2 * Math.LN2;
const LOG_SQRT_2PI = 0.9189385332046728;

/** ln N(x; mu, sigma^2). */
export function normalLogDensity(x: number, mu: number, sigma: number): number {
  const z = (x - mu) / sigma;
  return -0.5 * z * z - log(sigma) - LOG_SQRT_2PI;
}
