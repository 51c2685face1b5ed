/** Everything a reader can set, and the buttons. */
import type { Action, Param, Params } from "../../kit/lab";

/** Latent coordinates of the stored generator, and the steps of training after which it was stored; a test compares them with the file. */
export const DIMS = 16;
export const MOMENTS = [0, 50, 100, 200, 400, 800, 1500, 2500];
/** Directions that stand beside the digit; the others are folded away. */
export const MAIN = 4;
export const REST = `Directions ${MAIN + 1} to ${DIMS}`;

export const ACTIONS: Record<string, Action> = {
  step: { label: "Step", help: "One step of the walk, which goes from random digit to random digit on great circles" },
  draw: { label: "New digit", help: "Draw another z; the walk goes on from there" },
  other: { label: "New end", help: "Draw another z for the end of the path" },
};

const DIGITS = Object.fromEntries(Array.from({ length: 10 }, (_, digit) => [String(digit), String(digit)]));

const direction = (k: number): [string, Param] => [`z${k}`, {
  kind: "slider", label: `direction ${k}`, group: k > MAIN ? REST : "Directions", min: -3, max: 3, step: 0.1, default: 0,
  help: "How far to go from z in this direction; noise has standard deviation 1",
}];

export const PARAMS: Params = {
  label: { kind: "radio", label: "G shall draw a", group: "Digit", options: DIGITS, default: "3" },
  ...Object.fromEntries(Array.from({ length: DIMS }, (_, i) => direction(i + 1))),
  moment: { kind: "levels", label: "steps of training", group: "Training", values: MOMENTS, default: MOMENTS[MOMENTS.length - 1]! },
  to_label: { kind: "radio", label: "on the way to a", group: "Path", options: DIGITS, default: "8" },
  path: { kind: "radio", label: "path", group: "Path", options: { slerp: "great circle", lerp: "straight line" }, default: "slerp",
    help: "slerp keeps the length of z, lerp cuts through the middle" },
  t: { kind: "slider", label: "how far", group: "Path", min: 0, max: 1, step: 0.01, default: 0, help: "0 is the digit itself, 1 the end of the path" },
};
