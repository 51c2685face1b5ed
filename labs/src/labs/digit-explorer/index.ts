/**
 * The digit explorer (chapters 10 and 13): a trained conditional generator answers to sliders.
 *
 * Latent directions, a random walk, the way between two digits, the training's past, and the label. The generator itself comes in a
 * file of its own (weights.ts).
 */
import type { Lab } from "../../kit/lab";
import { DigitExplorer } from "./model";
import { ACTIONS, PARAMS, REST } from "./params";
import { view } from "./view";
import { DIGITS } from "./weights";

export const digitExplorer: Lab<DigitExplorer> = {
  tag: "digit-explorer",
  title: "The digit explorer",
  does: "Turn the dials of a generator that draws digits",
  speed: 30,
  counter: "walk step",
  params: PARAMS,
  actions: ACTIONS,
  folded: [REST],
  cargo: DIGITS,
  create: (values, seed) => new DigitExplorer(values, seed),
  view,
};
