/** Everything a reader can set, and the button. */
import type { Action, Params, Values } from "../../kit/lab";
import { CLASSES } from "./cargo";

export const LEARNING_RATES = [0.0001, 0.0003, 0.001, 0.002, 0.003, 0.005, 0.01, 0.03];
const UNITS = [32, 64, 128, 256];
/** Digits of each class that nobody trains on: those in the file that come last. */
export const UNSEEN = 100;

/** Steps of D for one of G where D is to be too strong; it has no penalty then. */
const STRONG = 10;

/** Steps of D for one of G, and the penalty, as they are played. */
export function played({ k, r1, fault }: Values): { readonly k: number; readonly r1: number } {
  return fault === "strong" ? { k: STRONG, r1: 0 } : { k: k as number, r1: r1 as number };
}

export const ACTIONS: Record<string, Action> = {
  step: { label: "Step", help: "k steps of D and one of G, on 64 images" },
};

const DIGITS = Object.fromEntries(Array.from({ length: CLASSES }, (_, digit) => [String(digit), `only ${digit}`]));

export const PARAMS = {
  label: { kind: "select", label: "sheet", group: "Start here", default: "all", options: { all: "all ten digits", ...DIGITS },
    help: "Which labels the digits on the sheet are drawn with" },
  average: { kind: "toggle", label: "average G’s weights", group: "Start here", default: true,
    help: "Draw the digits with a moving average of G’s weights; training goes on without it" },
  share: { kind: "radio", label: "training digits", group: "Start here", default: "all", resets: true, options: { all: "9 000", 1000: "1 000", 100: "100" },
    help: "As many of each class. A change starts the run anew" },
  lr_g: { kind: "levels", label: "learning rate, G", group: "Start here", values: LEARNING_RATES, default: 0.01 },
  lr_d: { kind: "levels", label: "learning rate, D", group: "Start here", values: LEARNING_RATES, default: 0.005 },
  fall: { kind: "levels", label: "rates fall until step", group: "Start here", values: [0, 1000, 2000, 4000, 8000, 16000], default: 0,
    help: "From a quarter of that step on both rates fall, to a twentieth; 0 keeps them" },
  loss: { kind: "select", label: "loss", group: "Game", default: "nonsaturating",
    options: { nonsaturating: "non-saturating", minimax: "minimax (saturating)", leastSquares: "least squares", hinge: "hinge" } },
  r1: { kind: "levels", label: "R1 penalty γ", group: "Game", values: [0, 0.1, 0.3, 1, 3, 10], default: 0.3,
    help: "γ / 2 times the squared slope of D at real images, every 16 steps, 16 times as strong" },
  mismatch: { kind: "toggle", label: "mismatched pairs are fakes", group: "Game", default: true,
    help: "D also sees real images with labels that are not theirs, and learns to call these pairs fake. The chart leaves them out" },
  k: { kind: "slider", label: "D steps per step of G, k", group: "Game", min: 1, max: 5, step: 1, default: 1 },
  networks: { kind: "radio", label: "networks", group: "Networks", default: "convolutional", resets: true, options: { convolutional: "convolutional", dense: "dense" },
    help: "Of both players. A change starts the run anew" },
  channels: { kind: "levels", label: "channels", group: "Networks", values: [8, 16], default: 8, resets: true,
    help: "Of convolutional players: of maps of 14 × 14; those of 7 × 7 have twice as many. A change starts the run anew" },
  g_units: { kind: "levels", label: "units of a dense G", group: "Networks", values: UNITS, default: 128, resets: true,
    help: "Of its last hidden layer; the one before has half as many. A change starts the run anew" },
  d_units: { kind: "levels", label: "units of a dense D", group: "Networks", values: UNITS, default: 128, resets: true,
    help: "Of its first hidden layer; the next one has half as many. A change starts the run anew" },
  fault: { kind: "select", label: "break it", group: "Networks", default: "none", resets: true,
    options: { none: "nothing is broken", range: "real images in [0, 1]", labels: "no labels", strong: "D too strong", optimiser: "one optimiser for both" },
    help: "A mistake of many first programs. A change starts the run anew" },
} satisfies Params;
