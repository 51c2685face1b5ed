/** `<metric-lab>`: disturb a generator and see which metric notices (chapter 11). */
import type { Lab } from "../../kit/lab";
import { MetricLab } from "./model";
import { PARAMS, PRESETS } from "./params";
import { view } from "./view";

export const metricLab: Lab<MetricLab> = {
  tag: "metric-lab",
  title: "Which metric notices?",
  does: "Damage a generator and see which metrics respond",
  counter: "more draws",
  speed: 60,
  actions: { step: { label: "Draw", help: "Fresh real and generated points, and every metric once more" } },
  params: PARAMS,
  presets: { label: "question", ask: "Why? (Show the answers first.)", list: PRESETS },
  create: (values, seed) => new MetricLab(values, seed),
  view,
};
