/** Settings of the lab, and questions that are ready to be asked. */
import type { Params, Preset } from "../../kit/lab";
import { NAMES, WORDS, type Name } from "./score";

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
const guess = (name: Name): Params => ({
  [`guess_${name}`]: { kind: "toggle", label: capital(WORDS[name]), group: "Prediction", default: false, help: `Will it notice? ${ASKS[name]}` },
});

/** What each metric asks. */
export const ASKS: Record<Name, string> = {
  frechet: "Are mean and covariance the same? 0 is best",
  kernel: "Are all moments up to the third the same? 0 is best, below 0 is chance",
  precision: "Share of generated points that look real",
  recall: "Share of real points that the generator could have made",
  density: "How thickly real points lie around the generated ones; 1 is like real",
  coverage: "Share of real points with a generated one near",
  modes: "Share of the five modes with a generated point near",
};

export const PARAMS: Params = {
  modes: { kind: "select", label: "the generator makes", group: "What it makes", default: "no_large", resets: true,
    options: { all: "all five modes", no_large: "all but a large one", no_rare: "all but the rare one", one: "one mode only", bell: "one bell" },
    help: "The data have four large modes and a rare one, with 1 of 20 points. The bell has the mean and the covariance of the data" },
  copies: { kind: "slider", label: "share of copies", group: "What it makes", min: 0, max: 1, step: 0.1, default: 0, resets: true,
    help: "So many of the generated points are training points, copied" },
  spread: { kind: "slider", label: "width of the modes", group: "How it makes them", min: 0.2, max: 2, step: 0.1, default: 1, resets: true, help: "1 is as wide as real" },
  shift: { kind: "slider", label: "shift to the right", group: "How it makes them", min: 0, max: 1.5, step: 0.1, default: 0, resets: true,
    help: "A real mode has standard deviation 0.35" },
  n: { kind: "levels", label: "points in a sample, n", group: "How we measure", values: [50, 100, 200, 500, 1000], default: 200, resets: true,
    help: "As many real ones as generated ones" },
  against: { kind: "radio", label: "real points to compare with", group: "How we measure", default: "training", resets: true,
    options: { training: "training", heldout: "held-out" }, help: "Points that the generator was trained on, or others" },
  ...Object.assign({}, ...NAMES.map(guess)) as Params,
  shown: { kind: "toggle", label: "Show the answers", group: "Prediction", default: false, help: "First say which metrics will notice" },
};

export const PRESETS: readonly Preset[] = [
  { label: "a large mode is missing", values: {},
    explain: "Precision and density go from generated point to generated point and ask whether it looks real. All do. What is missing shows only to those that "
      + "begin with the real points: recall, coverage and the modes; and to both distances, because mean and covariance have changed." },
  { label: "the rare mode is missing, n = 100", values: { modes: "no_rare", n: 100 },
    explain: "About five of a hundred real points lie there. Two real samples differ by about as much, so the others see hardly anything; only the share of modes is told "
      + "where to look. With n = 1000 recall and coverage notice too, and with more draws so does the Fréchet distance." },
  { label: "the modes are too narrow", values: { modes: "all", spread: 0.6 },
    explain: "Points in the middle of a mode look more real than real ones: precision and density rise above what real points get. Recall pays for it. "
      + "Both distances say nothing, because the modes’ own width is a small part of the covariance." },
  { label: "one bell in place of five modes", values: { modes: "bell" },
    explain: "Mean and covariance are those of the data, and the Fréchet distance looks at nothing else. All modes have points near. But about half of the points lie between "
      + "the modes: precision and density see those, and coverage sees that too few are left for the modes." },
  { label: "nothing but copies", values: { modes: "all", copies: 1 },
    explain: "Compared with its training points, a copy is better than real: distance 0, precision and recall 1. A number below the floor is the sign." },
  { label: "only copies, held-out real points", values: { modes: "all", copies: 1, against: "heldout" },
    explain: "To points that it has not seen, a set of copies is a real sample like any other. No metric here can notice; only a look at the nearest training point does." },
  { label: "a small shift, n = 50", values: { modes: "all", shift: 0.3, n: 50 },
    explain: "The shift is nearly a standard deviation of a mode, but with 50 points both distances stay within what real samples get. With n = 1000 they notice." },
  { label: "nothing is wrong", values: { modes: "all" },
    explain: "None should notice. What you see is the floor: distances above 0, precision and recall below 1, for perfect points, at this n." },
];
