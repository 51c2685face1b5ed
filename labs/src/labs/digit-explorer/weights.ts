/** The stored generator: its layers once, its numbers at several moments of the training. `scripts/train_explorer.py` writes the file. */
import { Cargo } from "../../kit/cargo";
import { Generator, type Layer } from "./generator";
import { own } from "./own";

export interface Weights {
  readonly seed: number;
  readonly date: string;
  readonly steps: readonly number[];
  readonly z_dim: number;
  readonly classes: number;
  /** Share of E||J||^2 of each latent direction, largest first. */
  readonly effect: readonly number[];
  readonly moments: readonly { readonly score: number; readonly agreement: number }[];
  readonly layers: readonly Layer[];
  readonly weights: readonly string[];
}

export const DIGITS = new Cargo<Weights>("digit-weights.js", "ganlabDigits");

/** Draws an image (784,) in (-1, 1) from z and the weights of the labels. */
export interface Draws {
  draw(input: ArrayLike<number>): Float64Array;
}

const generators: Generator[] = [];

/** G at the i-th moment of its training, or the reader's, which has one moment only. */
export function generatorAt(moment: number): Draws | null {
  const yours = own();
  if (yours) return yours.generator;
  const stored = DIGITS.held;
  if (!stored) return null;
  return (generators[moment] ??= new Generator(stored.layers, stored.weights[moment]!));
}

/** What is known of G at the i-th moment; the score of the reader's G is not. */
export function reportAt(moment: number): { readonly steps: number; readonly agreement: number | null; readonly score: number | null } | null {
  const yours = own(), stored = DIGITS.held;
  if (yours) return { ...yours.trained, score: null };
  return stored && { steps: stored.steps[moment]!, ...stored.moments[moment]! };
}
