/** The stored digits, and what two machines say of each. `scripts/collect_lineup.py` writes the file. */
import { Cargo } from "../../kit/cargo";
import { PIXELS } from "../digit-explorer/generator";
import type { Age } from "./params";

export const MACHINES = ["D", "detector"] as const;
export type Machine = (typeof MACHINES)[number];

/** Logits of the stored images, and the AUC over many others. */
interface Verdicts {
  readonly real: readonly number[];
  readonly fake: readonly number[];
  readonly auc: number;
}

interface Lineup extends Readonly<Record<Age, { readonly steps: number; readonly images: string } & Readonly<Record<Machine, Verdicts>>>> {
  readonly seed: number;
  readonly date: string;
  /** Images of each kind behind the AUC. */
  readonly judged: number;
  readonly real: string;
}

export const LINEUP = new Cargo<Lineup>("digit-lineup.js", "ganlabLineup");

/** Which image: one of the real ones, or of the fakes of an age. */
export interface Item {
  readonly real: boolean;
  readonly index: number;
}

const unpacked = new Map<string, readonly Float64Array[]>();

/** The pixels (784,) in [-1, 1], once the file is there. */
export function imageOf({ real, index }: Item, age: Age): Float64Array | null {
  if (!LINEUP.held) return null;
  const kind = real ? "real" : age;
  if (!unpacked.has(kind)) unpacked.set(kind, unpack(real ? LINEUP.held.real : LINEUP.held[age].images));
  return unpacked.get(kind)![index]!;
}

export function scoreOf({ real, index }: Item, age: Age, machine: Machine): number | null {
  return LINEUP.held?.[age][machine][real ? "real" : "fake"][index] ?? null;
}

/** Images of 16 grey levels: again and again a number of black pixels, a number of others, and these, two in a byte. */
export function unpack(base64: string): Float64Array[] {
  const blob = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const images: Float64Array[] = [];
  let image = new Float64Array(0), pixel = PIXELS;
  for (let at = 0; at < blob.length;) {
    if (pixel === PIXELS) [image, pixel] = [new Float64Array(PIXELS).fill(-1), 0];
    if (pixel === 0) images.push(image);
    const ink = blob[at + 1]!;
    pixel += blob[at]!;
    at += 2;
    for (let i = 0; i < ink; i++) image[pixel++] = (((i % 2 ? blob[at + (i >> 1)]! : blob[at + (i >> 1)]! >> 4) & 15) * 2) / 15 - 1;
    at += (ink + 1) >> 1;
  }
  return images;
}
