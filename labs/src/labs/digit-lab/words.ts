/** What just happened, and where that leaves us. */
import type { LossPair, Series } from "../../engine";
import { format } from "../../kit/lab";
import { DATA } from "./cargo";
import type { Look } from "./meter";

/** What the words are about: the model (model.ts). */
interface Told {
  readonly steps: number;
  readonly batch: number;
  readonly lost: boolean;
  readonly speedy: boolean;
  readonly labelled: boolean;
  readonly loss: LossPair;
  readonly look: Look | null;
  readonly curves: { readonly real: Series; readonly fake: Series };
}

/** From here on a reading is worth a sentence. */
const MISSING = 0.02, ALIKE = 0.6, COPIES = 0.75, SURE = 0.95;

export function describe(model: Told): string {
  if (DATA.failed) return `The digits did not load: ${DATA.file} must lie beside the script of the labs.`;
  if (!DATA.held) return "Loading the digits …";
  if (model.lost) return "The numbers have run away, so play has stopped. Take smaller learning rates, and press Reset.";
  if (!model.steps) return `G has learned nothing yet: whatever it is told, it draws grey noise.${model.speedy ? "" : SLOW}`;
  const steps = `${count(model.steps, "step")}, ${count(model.steps * model.batch, "image")}`;
  return [`After ${steps}, ${model.look ? verdict(model, model.look) : "nothing has been measured yet."}`, opinion(model)].filter(Boolean).join(" ");
}

/** For readers who have met none of the words above: the lab on the landing page. */
export function summary(model: Told): string {
  if (DATA.failed) return `The digits did not load: ${DATA.file} must lie beside the script of the labs.`;
  if (!DATA.asked) return "Nothing has been learned yet, so the network that draws makes noise. Play fetches real digits (0.6 MB) and begins.";
  if (!DATA.held) return "Loading the digits …";
  if (model.lost) return "The numbers have run away, so play has stopped.";
  if (!model.look) return `The network that draws makes ten digits a row, and so far they are noise.${model.speedy ? "" : SLOW}`;
  return `The network that judges has looked at a real digit ${count(model.steps * model.batch, "time")}, the one that draws never. `
    + `A third, which only reads, sees the digit that was asked for in ${percent(model.look.agreement)} of 500 drawings.`;
}

const SLOW = " Your browser has no WebAssembly SIMD, so training takes about twenty times as long; the run is the same.";

function verdict(model: Told, look: Look): string {
  if (!model.labelled) return `G, which is told no digit, draws ${kinds(look)}.`;
  return `the judge reads the digit that G was told in ${percent(look.agreement)} of its fakes. ${remark(look)}`.trim();
}

function kinds({ classes }: Look): string {
  const total = classes.reduce((sum, n) => sum + n), missing = classes.flatMap((n, digit) => (n < MISSING * total ? [digit] : []));
  return missing.length ? `hardly any ${listed(missing)}, as the judge reads them` : "all ten digits, as the judge reads them";
}

function remark({ copies, variety }: Look): string {
  if (copies > COPIES) return `It copies: ${percent(copies)} of the fakes are nearer to a training digit than to as many unseen ones.`;
  if (variety < ALIKE) return `Fakes of one digit vary only ${format(variety, 2)} times as much as real ones.`;
  return "";
}

function opinion({ curves: { real, fake }, loss }: Told): string {
  if (!real.length || !loss.probability) return "";
  if (real.last > SURE && fake.last < 1 - SURE) return `D tells real from fake nearly without error: ${format(real.last, 2)} against ${format(fake.last, 2)}.`;
  return `D says ${format(real.last, 2)} on real images and ${format(fake.last, 2)} on fakes.`;
}

const percent = (x: number): string => `${format(100 * x, 2)} %`;
const count = (n: number, what: string): string => `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`;

function listed(digits: readonly number[]): string {
  return digits.length < 2 ? String(digits[0]) : `${digits.slice(0, -1).join(", ")} or ${digits[digits.length - 1]}`;
}
