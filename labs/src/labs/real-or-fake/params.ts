/** What a reader can set, the answers, and sizes; a test compares them with the file. */
import type { Action, Params } from "../../kit/lab";

export type Age = "early" | "late";

/** Images in a round, half of them real. */
export const ROUND = 24;
/** Images of each kind in the file. */
export const POOL = 240;
/** Steps of training that G has had. */
export const STEPS: Readonly<Record<Age, number>> = { early: 400, late: 2500 };

/** The four answers in the order of their keys, 1 to 4: the larger, the more real. */
export const ANSWERS = ["sure_fake", "fake", "real", "sure_real"] as const;
export type Answer = (typeof ANSWERS)[number];
export const SAID: readonly string[] = ["surely fake", "rather fake", "rather real", "surely real"];

const answer = (rating: number): Action => ({ label: SAID[rating - 1]!, help: `Key ${rating}` });

export const ACTIONS: Readonly<Record<"begin" | Answer | "back" | "more", Action>> = {
  begin: { label: "Begin", help: "Show the first image; the prediction stands" },
  sure_fake: answer(1),
  fake: answer(2),
  real: answer(3),
  sure_real: answer(4),
  back: { label: "Take back", help: "Answer the last image again (key: Backspace)" },
  more: { label: `${ROUND} more`, help: "Go on with other images; all answers count" },
};

export const PARAMS: Params = {
  age: { kind: "radio", label: "the fakes are from", group: "Fakes", default: "early", resets: true,
    options: { early: `step ${STEPS.early}`, late: `step ${STEPS.late}` }, help: "Steps of training that G had when it drew them" },
  guess: { kind: "slider", label: "my AUC will be", group: "Prediction", min: 0.5, max: 1, step: 0.05, default: 0.75,
    help: "Share of pairs of a real and a fake image in which you call the real one more real: 0.5 is guessing, 1 is never wrong" },
};
