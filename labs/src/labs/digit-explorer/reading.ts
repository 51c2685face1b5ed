/** Two numbers that one can see in a digit: how much ink, and how far it leans. */
import { format } from "../../kit/lab";
import { SIDE } from "./generator";

export interface Reading {
  /** Mean of the grey levels, from 0 to 1. */
  readonly ink: number;
  /** How far the strokes move to the right over a height of 1, by the ink's second moments. */
  readonly lean: number;
}

export function read(image: Float64Array): Reading {
  const ink = image.map((v) => (v + 1) / 2);
  const sum = (weigh: (x: number, y: number) => number): number =>
    ink.reduce((total, v, i) => total + v * weigh(i % SIDE, Math.floor(i / SIDE)), 0);
  const mass = sum(() => 1);
  const [cx, cy] = [sum((x) => x) / mass, sum((_, y) => y) / mass];
  const lean = -sum((x, y) => (x - cx) * (y - cy)) / sum((_, y) => (y - cy) ** 2);
  return { ink: mass / image.length, lean };
}

/** In words; the lean only where there is a digit (`clear`). */
export function words({ ink, lean }: Reading, clear: boolean): string {
  return `Ink covers ${share(ink)} of the square${clear ? `, and the digit ${leaning(lean, "stands upright", "leans ")}` : ""}.`;
}

export function compared(old: Reading, now: Reading, clear: boolean): string {
  const turned = clear ? `, the lean from ${leaning(old.lean, "upright")} to ${leaning(now.lean, "upright")}` : "";
  return `Ink went from ${share(old.ink)} to ${share(now.ink)} of the square${turned}.`;
}

export const article = (digit: string): string => `${digit === "8" ? "an" : "a"} ${digit}`;

const share = (x: number): string => `${format(100 * x, 2)} %`;

function leaning(lean: number, upright: string, verb = ""): string {
  const degrees = Math.round((Math.atan(lean) * 180) / Math.PI);
  return degrees ? `${verb}${Math.abs(degrees)}° to the ${degrees > 0 ? "right" : "left"}` : upright;
}
