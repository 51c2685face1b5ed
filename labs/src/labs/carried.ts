/** What a link carries of a game of two small networks, and how one goes on from it (kit/weights.ts). */
import type { Gan, Rng, Series } from "../engine";
import type { Carried } from "../kit/lab";
import { MOST_REPEATS, Refused, whole } from "../kit/outside";

interface Game {
  readonly steps: number;
  readonly done: { d: number; g: number };
  readonly dLoss: Series;
  readonly gLoss: Series;
  readonly data: Rng;
  readonly noise: Rng;
  readonly gan: Gan;
}

/** Random numbers go on as they would have; a stream with one number left over is met within an update only. */
export function carriedOf({ steps, done, dLoss, gLoss, data, noise, gan }: Game): CarriedGame {
  const { spare: _, ...real } = data.save(), { spare: __, ...z } = noise.save();
  return { steps, d: done.d, g: done.g, lossD: dLoss.last, lossG: gLoss.last, data: real, noise: z, gan: gan.carry() };
}

export interface CarriedGame extends Carried {
  readonly steps: number;
  readonly d: number;
  readonly g: number;
  readonly lossD: number;
  readonly lossG: number;
  readonly data: Omit<ReturnType<Rng["save"]>, "spare">;
  readonly noise: Omit<ReturnType<Rng["save"]>, "spare">;
  readonly gan: ReturnType<Gan["carry"]>;
}

/** Returns the steps that were done. The histories begin anew, with the last losses. */
export function goOn({ done, dLoss, gLoss, data, noise, gan }: Game, carried: CarriedGame): number {
  const count = (name: "steps" | "d" | "g"): number => whole(`${name} in the link’s weights`, carried[name], MOST_REPEATS * MOST_K);
  const steps = count("steps");
  Object.assign(done, { d: count("d"), g: count("g") });
  for (const kept of [carried.gan.optG, carried.gan.optD]) if (kept && !isMemory(kept)) throw new Refused("The weights in the link hold a memory that no optimiser has.");
  gan.load(carried.gan);
  data.load({ ...carried.data, spare: NaN });
  noise.load({ ...carried.noise, spare: NaN });
  for (const [series, n, loss] of [[dLoss, done.d, carried.lossD], [gLoss, done.g, carried.lossG]] as const) {
    series.clear();
    if (n) series.push(n, loss);
  }
  return steps;
}

/** Updates of a player in a step, at most. */
const MOST_K = 10;

function isMemory({ v, power1, power2 }: { v: Float64Array; power1: number; power2: number }): boolean {
  return v.every((x) => x >= 0) && [power1, power2].every((power) => power >= 0 && power <= 1);
}
