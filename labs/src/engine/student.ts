/** Student's t distribution: how far the mean of a few numbers may be off. */
import { sin } from "./math";

/**
 * The t that |T| exceeds with probability `level`, for T with `freedom` degrees of freedom.
 *
 * With T = sqrt(freedom) tan(a), the density of the angle a is proportional to a power of its cosine, whose integral is elementary.
 */
export function studentQuantile(level: number, freedom: number): number {
  const all = cosineIntegral(Math.PI / 2, freedom - 1);
  let low = 0, high = Math.PI / 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (cosineIntegral(middle, freedom - 1) < (1 - level) * all) low = middle;
    else high = middle;
  }
  return (Math.sqrt(freedom) * sin(low)) / cos(low);
}

const cos = (a: number): number => sin(Math.PI / 2 - a);

/** Integral of cos^n from 0 to a, by parts: n I(n) = cos^(n - 1) sin + (n - 1) I(n - 2). */
function cosineIntegral(a: number, n: number): number {
  const s = sin(a), c = cos(a);
  let power = n % 2 ? c * c : c, sum = n % 2 ? s : a; // cos^(k - 1), and I of 1 or 0
  for (let k = n % 2 ? 3 : 2; k <= n; k += 2) {
    sum = (power * s + (k - 1) * sum) / k;
    power *= c * c;
  }
  return sum;
}
