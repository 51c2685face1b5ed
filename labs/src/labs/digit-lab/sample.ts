/** Batches of real digits, at most so many of each class, and the noise that goes with them. */
import type { Floats, Labels } from "../../engine/fast";
import type { Rng } from "../../engine";
import { CLASSES, PIXELS, type Digits } from "./cargo";

/** Real images from the lowest to the highest value. */
export type Range = readonly [number, number];

export class Sampler {
  private readonly values: readonly number[];

  /** `each`: digits of each class that may be drawn, the first in the file. */
  constructor(private readonly digits: Digits, private readonly each: number, [low, high]: Range) {
    this.values = Array.from({ length: digits.levels + 1 }, (_, level) => low + ((high - low) * level) / digits.levels);
  }

  /** Draw images (n, 784) and their labels, with replacement. */
  draw(rng: Rng, images: Floats, labels: Labels): void {
    for (let s = 0; s < labels.length; s++) {
      const pick = rng.below(this.each * CLASSES), label = pick % CLASSES;
      labels[s] = label;
      this.copy(label * this.digits.each + Math.floor(pick / CLASSES), images, s);
    }
  }

  /** The i-th image of the file, as the s-th of `images`. */
  copy(i: number, images: Floats, s: number): void {
    const { digits, values } = this;
    for (let p = 0; p < PIXELS; p++) images[s * PIXELS + p] = values[digits.images[i * PIXELS + p]!]!;
  }
}
