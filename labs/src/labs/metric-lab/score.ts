/** The seven metrics: their names, what they say of two samples, and what they say of two real ones. */
import { cloud, modesCovered, RealSample } from "../../engine";
import { FLOOR } from "./floor";
import { CENTRES, RADIUS, type Samples } from "./world";

export const NAMES = ["frechet", "kernel", "precision", "recall", "density", "coverage", "modes"] as const;
export type Name = (typeof NAMES)[number];
export type Scores = Readonly<Record<Name, number>>;

/** In the words of a sentence. */
export const WORDS: Record<Name, string> = {
  frechet: "Fréchet distance", kernel: "kernel distance", precision: "precision", recall: "recall", density: "density", coverage: "coverage",
  modes: "share of modes",
};

/** `known` is the real sample, where it has been looked at before. */
export function score({ real, fake }: Samples, known = new RealSample(cloud(real))): Scores {
  const points = cloud(fake);
  return { ...known.judge(points), modes: modesCovered(points, CENTRES, RADIUS) / CENTRES.length };
}

/** The real samples of the first draws, which stay the same while a slider changes the generated ones. */
export class Known {
  private key = "";
  private kept: RealSample[] = [];

  at(index: number, key: string, { real }: Samples): RealSample {
    if (key !== this.key) this.kept = [];
    this.key = key;
    if (index >= MOST_KEPT) return new RealSample(cloud(real));
    return (this.kept[index] ??= new RealSample(cloud(real)));
  }
}

const MOST_KEPT = 9;

/** The middle nine tenths and the median of many draws. */
export interface Range {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export function range(numbers: readonly number[]): Range {
  const sorted = Float64Array.from(numbers).sort();
  const quantile = (q: number): number => {
    const at = q * (sorted.length - 1), i = Math.floor(at);
    return sorted[i]! + (at - i) * (sorted[Math.min(i + 1, sorted.length - 1)]! - sorted[i]!);
  };
  return { low: quantile(0.05), median: quantile(0.5), high: quantile(0.95) };
}

/** What a real sample of n points gets against another. */
export function floor(n: number, name: Name): Range {
  const [low, median, high] = FLOOR[n]![NAMES.indexOf(name)]!;
  return { low, median, high };
}

/** Is the median on the bad side of what real samples get, among it, or on the good side? */
export type Verdict = "worse" | "same" | "better";

export function verdict(name: Name, median: number, { low, high }: Range): Verdict {
  if (median >= low && median <= high) return "same";
  const isDistance = name === "frechet" || name === "kernel";
  return median > high === isDistance ? "worse" : "better";
}
