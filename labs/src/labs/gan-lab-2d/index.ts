/** `<gan-lab-2d>`: the 2-D GAN lab of chapter 8. */
import type { Lab } from "../../kit/lab";
import { GanLab2D } from "./model";
import { ACTIONS, PARAMS } from "./params";
import { PATIENTS } from "./presets";
import { view } from "./view";

export const ganLab2d: Lab<GanLab2D> = {
  tag: "gan-lab-2d",
  title: "A GAN in the plane",
  does: "Train a GAN on points, make it fail, and cure it",
  speed: 60,
  actions: ACTIONS,
  params: PARAMS,
  folded: ["Run", "Game", "Networks", "Noise and output of G", "Layers"],
  presets: { label: "patient to diagnose", ask: "What is going on in this patient?", list: Object.values(PATIENTS) },
  create: (values, seed) => new GanLab2D(values, seed),
  view,
};
