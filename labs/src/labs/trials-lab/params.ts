/** What a reader can set. */
import type { Action, Params } from "../../kit/lab";
import { TRICKS } from "./tricks";

export const TARGETS = { ring: "ring of 8", digits: "digits" } as const;
export type Target = keyof typeof TARGETS;
export const VERDICTS = { helps: "helps", unclear: "undecided", harms: "harms" } as const;
export type Verdict = keyof typeof VERDICTS;

export const ACTIONS: Readonly<Record<"show", Action>> = {
  show: { label: "Show the results", help: "The prediction stands" },
};

export const PARAMS: Params = {
  target: { kind: "radio", label: "what is learned", group: "Trial", options: TARGETS, default: "digits" },
  baseline: { kind: "radio", label: "baseline", group: "Trial", options: { plain: "plain", ours: "ours" }, default: "plain",
    help: "Plain: a DCGAN as in many tutorials. Ours: no momentum, rates that fall, R1" },
  trick: { kind: "select", label: "trick", group: "Trial", options: Object.fromEntries(TRICKS.map((name) => [name, name])), default: "one-sided smoothing" },
  guess: { kind: "radio", label: "my prediction: the trick", group: "Prediction", options: VERDICTS, default: "unclear",
    help: "Undecided: the interval of the ratio contains 1" },
  seeds: { kind: "levels", label: "seeds that count", group: "Evidence", values: [2, 3, 5, 8, 16, 32], default: 32, help: "The first so many, or all if there are fewer" },
  all: { kind: "toggle", label: "An interval for all tests at once", group: "Evidence", default: false, help: "Bonferroni: the level 5 % is shared among all trials" },
};
