/** The stored study. `npm run build` writes the file from what benchmarks/tricks has stored in src/ganlab/static/trials.json. */
import { exp, log, studentQuantile } from "../../engine";
import { Cargo } from "../../kit/cargo";
import type { Target, Verdict } from "./params";

export interface Trial {
  readonly target: Target;
  readonly baseline: string;
  /** "none" is the baseline itself. */
  readonly trick: string;
  /** One number a seed, low is good: misplaced samples on the ring, the score of digits. */
  readonly values: readonly number[];
  /** Time of a step as a multiple of the baseline's. */
  readonly cost: number;
  /** With as much time as the baseline has, where a step costs more or less. */
  readonly equal_time?: Effect;
}

export interface Effect {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

export const TRIALS = new Cargo<{ readonly trials: readonly Trial[] }>("trials.js", "ganlabTrials");

/** What numbers that ran away count as. */
export const FAILED = 9999;
const LEVEL = 0.05;

export function trial(target: Target, baseline: string, trick: string): Trial | undefined {
  return TRIALS.held?.trials.find((each) => each.target === target && each.baseline === baseline && each.trick === trick);
}

/** A trial and its baseline on the seeds that both have, where there is such a trial. */
export function pair(target: Target, baseline: string, trick: string): readonly [Trial, Trial] | null {
  const [base, changed] = ["none", trick].map((name) => trial(target, baseline, name));
  if (!base || !changed) return null;
  const n = Math.min(base.values.length, changed.values.length);
  return [{ ...base, values: base.values.slice(0, n) }, { ...changed, values: changed.values.slice(0, n) }];
}

/** Number of tests in the whole study. */
export const tests = (): number => TRIALS.held!.trials.filter(({ trick }) => trick !== "none").length;

/** Ratio of two rows of values, seed by seed, and its interval by Student's t for the logarithms; `shared` among so many tests. */
export function effect(base: readonly number[], changed: readonly number[], shared = 1): Effect {
  const logs = base.map((a, i) => log(changed[i]! / a)), n = logs.length;
  const mean = logs.reduce((sum, x) => sum + x, 0) / n;
  const variance = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const reach = studentQuantile(LEVEL / shared, n - 1) * Math.sqrt(variance / n);
  return { ratio: exp(mean), low: exp(mean - reach), high: exp(mean + reach) };
}

export function verdict({ low, high }: Effect): Verdict {
  return high < 1 ? "helps" : low > 1 ? "harms" : "unclear";
}
