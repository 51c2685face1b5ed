/** The stored generator: its layers once, its numbers at several moments of the training. `scripts/train_explorer.py` writes the file. */
import { Cargo } from "../../kit/cargo";
import { Generator, type Layer } from "./generator";

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

const generators: Generator[] = [];

/** G at the i-th moment. */
export function generatorAt(moment: number): Generator | null {
  const stored = DIGITS.held;
  if (!stored) return null;
  return (generators[moment] ??= new Generator(stored.layers, stored.weights[moment]!));
}
