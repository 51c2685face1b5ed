/** How well a score tells real from fake: ROC curve, area under it, and what so few examples prove. */

/** Shares of the fakes (x) and of the real examples (y) whose score is at least a threshold, for all thresholds, from (0, 0) to (1, 1). */
export function roc(real: readonly number[], fake: readonly number[]): { readonly x: number[]; readonly y: number[] } {
  const thresholds = [...new Set([...real, ...fake])].sort((a, b) => b - a);
  const shares = (scores: readonly number[]): number[] => [0, ...thresholds.map((t) => scores.filter((s) => s >= t).length / scores.length)];
  return { x: shares(fake), y: shares(real) };
}

/** Probability that a random real example scores higher than a random fake; a tie counts one half. */
export function auc(real: readonly number[], fake: readonly number[]): number {
  const sum = real.reduce((total, r) => total + fake.reduce((wins, f) => wins + (r > f ? 1 : r === f ? 0.5 : 0), 0), 0);
  return sum / (real.length * fake.length);
}

/** Quantile 0.975 of the normal distribution. */
const Z = 1.959964;

/**
 * 95 % interval of an AUC that was measured on n real and m fake examples: all values that lie within Z of their own standard errors.
 *
 * Newcombe (2006), method 5: the error is that of Hanley and McNeil (1982) at the value in question, not at the measured one, so an
 * interval has a length even if all answers were right.
 */
export function aucInterval(measured: number, n: number, m: number): { readonly low: number; readonly high: number } {
  const extra = (n + m) / 2 - 1;
  const error = (a: number): number => Math.sqrt((a * (1 - a) * (1 + extra * ((1 - a) / (2 - a) + a / (1 + a)))) / (n * m));
  /** Between an end of [0, 1], which is too far away, and the measured value. */
  const edge = (far: number): number => {
    let near = measured;
    for (let i = 0; i < 50; i++) {
      const middle = (far + near) / 2;
      if (Math.abs(measured - middle) > Z * error(middle)) far = middle;
      else near = middle;
    }
    return near;
  };
  return { low: edge(0), high: edge(1) };
}
