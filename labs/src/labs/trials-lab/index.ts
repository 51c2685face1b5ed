/** `<trials-lab>`: does a trick help? Predict, then see the stored trials of chapter 12. The results come in a file of their own (trials.ts). */
import type { Lab } from "../../kit/lab";
import { TrialsLab } from "./model";
import { ACTIONS, PARAMS } from "./params";
import { TRIALS } from "./trials";
import { view } from "./view";

export const trialsLab: Lab<TrialsLab> = {
  tag: "trials-lab",
  title: "Tricks on trial",
  does: "Test a training trick on many seeds",
  seeded: false,
  params: PARAMS,
  actions: ACTIONS,
  cargo: TRIALS,
  create: (values) => new TrialsLab(values),
  view,
};
