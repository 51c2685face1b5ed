/** Train digits in the page (chapter 10): a labelled GAN learns to write MNIST's digits while one watches. */
import type { Lab } from "../../kit/lab";
import type { Named } from "../../kit/safetensors";
import { DATA } from "./cargo";
import { kept, read, write } from "./file";
import { DigitLab } from "./model";
import { ACTIONS, PARAMS } from "./params";
import { PRESETS } from "./presets";
import { view } from "./view";

export const digitLab: Lab<DigitLab> = {
  tag: "digit-lab",
  title: "Train digits, here",
  compact: { title: "Press play: a GAN learns to write digits, here, in your browser" },
  does: "Train a GAN that draws handwritten digits",
  speed: Infinity,
  params: PARAMS,
  actions: ACTIONS,
  presets: { label: "ready-made run", ask: "What is there to see?", list: Object.values(PRESETS) },
  folded: ["Networks"],
  file: { ending: "safetensors", most: 16 << 20, write: (model, about) => write(model.gan, model.save(), about), read, kept: (model, stored) => kept(model.gan, stored as Named) },
  cargo: DATA,
  needsCargo: true,
  create: (values, seed) => new DigitLab(values, seed),
  view,
};
