/**
 * Wasserstein-1 by samples: the mean distance between fakes and real samples that are paired as well as can be.
 *
 * Exact for the samples. Those of G are evenly spread and the real ones hold the fair share of every component, so that luck plays
 * little part; both stay the same all the time. Two sets of samples of one distribution are some way apart, too: see `floor`.
 */
import { Rng, sampleW1 } from "../../engine";
import type { Mixture } from "./mixture";

/** Samples on either side: the best pairing of twice as many takes eight times as long. */
export const PAIRS = 160;
const OTHERS = 4;

/** Readings of real samples in place of fakes, once for each data set. */
const floors = new WeakMap<Mixture, number>();

export class Pairs {
  private readonly reals: Float64Array;

  constructor(private readonly mixture: Mixture) {
    this.reals = mixture.sampleFairly(new Rng(0, 41), new Float64Array(2 * PAIRS));
  }

  /** W1 between the real samples and as many fakes (PAIRS, 2). */
  distance(fakes: Float64Array): number {
    return sampleW1(fakes, this.reals, PAIRS);
  }

  /** What real samples read in place of fakes, on average over a few sets: a perfect generator reads about that. */
  get floor(): number {
    const known = floors.get(this.mixture);
    if (known !== undefined) return known;
    let sum = 0;
    for (let i = 0; i < OTHERS; i++) sum += this.distance(this.mixture.sampleFairly(new Rng(i, 42), new Float64Array(2 * PAIRS)));
    floors.set(this.mixture, sum / OTHERS);
    return sum / OTHERS;
  }
}
