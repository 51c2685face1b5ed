/** `<real-or-fake>`: the reader is the discriminator (chapter 14). The images come in a file of their own (lineup.ts). */
import type { Lab } from "../../kit/lab";
import { LINEUP } from "./lineup";
import { RealOrFake } from "./model";
import { ACTIONS, PARAMS } from "./params";
import { view } from "./view";

export const realOrFake: Lab<RealOrFake> = {
  tag: "real-or-fake",
  title: "Real or fake?",
  does: "You are the discriminator: sort digits and see your ROC curve",
  params: PARAMS,
  actions: ACTIONS,
  cargo: LINEUP,
  create: (values, seed) => new RealOrFake(values, seed),
  view,
};
