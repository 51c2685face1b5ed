/** Noise for G: one or two coordinates, uniform on (-1, 1) or standard normal. Random for training, evenly spread for looking. */
import { log, type Rng } from "../../engine";

export type NoiseKind = "uniform" | "normal";

export function fillNoise(rng: Rng, kind: NoiseKind, out: Float64Array): void {
  if (kind === "uniform") rng.fillUniform(out, -1, 1);
  else rng.fillNormal(out);
}

/** The value below which a share u of the noise lies. */
export function noiseQuantile(kind: NoiseKind, u: number): number {
  return kind === "uniform" ? 2 * u - 1 : normalQuantile(u);
}

/** n points (n, dims) spread evenly over the noise: a lattice with the golden ratio, which leaves neither gaps nor clumps. */
export function spreadNoise(kind: NoiseKind, dims: number, n: number): Float64Array {
  const out = new Float64Array(dims * n);
  for (let i = 0; i < n; i++) {
    out[dims * i] = noiseQuantile(kind, (i + 0.5) / n);
    if (dims === 2) out[2 * i + 1] = noiseQuantile(kind, (0.5 + i * 0.6180339887498949) % 1);
  }
  return out;
}

/** Peter Acklam's rational approximation (2003): relative error below 1.2e-9. */
export function normalQuantile(p: number): number {
  if (p < 0.02425) return tail(Math.sqrt(-2 * log(p)));
  if (p > 0.97575) return -tail(Math.sqrt(-2 * log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (q * (((((A[0]! * r + A[1]!) * r + A[2]!) * r + A[3]!) * r + A[4]!) * r + A[5]!))
    / (((((B[0]! * r + B[1]!) * r + B[2]!) * r + B[3]!) * r + B[4]!) * r + 1);
}

function tail(q: number): number {
  return (((((C[0]! * q + C[1]!) * q + C[2]!) * q + C[3]!) * q + C[4]!) * q + C[5]!)
    / ((((D[0]! * q + D[1]!) * q + D[2]!) * q + D[3]!) * q + 1);
}

const A = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
const C = [-0.007784894002430293, -0.3223964580411365, -2.400758277732438, -2.549732539343734, 4.374664141464968, 2.938163982698783];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
