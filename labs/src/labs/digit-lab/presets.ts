/**
 * Runs worth watching, and mistakes of many first programs with their cures.
 *
 * What the texts say of them is measured on other seeds in test/digit-lab.test.ts.
 */
import { format, type Preset, type Verdict } from "../../kit/lab";
import type { Look } from "./meter";
import type { DigitLab } from "./model";

const STEPS = 300, AGREES = 0.5, COPIES = 0.75, PAPER = -0.5, GAP = 0.3;
/** Of a run that has measured nothing. */
const BLANK: Look = { agreement: 0, classes: [], variety: 0, copies: 1 };

const percent = (x: number): string => `${Math.round(100 * x)} %`;

function obeys({ look }: DigitLab): Verdict {
  const { agreement } = look ?? BLANK;
  return { healthy: agreement > AGREES, reading: `the judge reads the digit that was asked for in ${percent(agreement)} of the fakes`, wanted: `more than ${percent(AGREES)}` };
}

function invents({ look }: DigitLab): Verdict {
  const { copies } = look ?? BLANK;
  return { healthy: copies < COPIES, reading: `${percent(copies)} of the fakes are nearer to a training digit than to unseen ones`, wanted: `less than ${percent(COPIES)}` };
}

/** Paper is the darker half of the pixels. */
function blackens(model: DigitLab): Verdict {
  const pixels = model.sheet().slice().sort(), half = pixels.subarray(0, pixels.length >> 1), paper = half.reduce((sum, x) => sum + x, 0) / half.length;
  return { healthy: paper < PAPER, reading: `the paper of the fakes is at ${format(paper, 2)}, where black is −1`, wanted: `below ${format(PAPER, 1)}` };
}

function isCalm({ curves: { real, fake } }: DigitLab): Verdict {
  return {
    healthy: real.last - fake.last < GAP, reading: `D says ${format(real.last, 2)} on real images and ${format(fake.last, 2)} on fakes`, wanted: `less than ${GAP} apart`,
  };
}

export const PRESETS = {
  works: {
    label: "it works",
    values: {},
    explain: "Within a few hundred steps the judge reads most of what G was told, and D's opinions of real and fake come near each other. "
      + "The losses settle as early, not far from their values at equilibrium, and stay there while strokes become cleaner and the fakes of one digit more different: look at variety.",
  },
  dense: {
    label: "dense layers",
    values: { networks: "dense", lr_g: 0.005, lr_d: 0.003 },
    explain: "Each pixel of G has weights of its own. Steps take half the time, and the judge agrees sooner, at first with ten pictures that hardly vary. "
      + "Strokes stay rougher than with convolutions, and when G’s weights are not averaged, speckles appear where no digit has ink.",
  },
  copies: {
    label: "a hundred digits",
    values: { share: "100" },
    explain: "D sees ten images of each digit, again and again, and soon knows them by heart: it lets pass only what looks like one of them. "
      + "Nearly every fake is nearer to a training digit than to as many unseen ones, and the row above the blue line shows it.",
    cure: { values: { share: "all" }, steps: STEPS, judge: invents },
  },
  range: {
    label: "real images in [0, 1]",
    values: { fault: "range" },
    explain: "G ends in tanh, from −1 to 1, but the real images were left in [0, 1], so their paper is 0. G learns grey paper. No loss tells; the sheet does.",
    cure: { values: { fault: "none" }, steps: STEPS, judge: blackens },
  },
  labels: {
    label: "no labels",
    values: { fault: "labels" },
    explain: "Neither player is told a label: the judge reads the wanted digit in a tenth of the fakes.",
    cure: { values: { fault: "none" }, steps: STEPS, judge: obeys },
  },
  strong: {
    label: "D too strong",
    values: { fault: "strong" },
    explain: "Ten steps of D for one of G, and no penalty: D is sure of most images, and G’s loss is several times its value at equilibrium. "
      + "With this loss, which pulls hardest where D is sure, G learns nevertheless; it is only kept waiting while D takes its ten steps.",
    cure: { values: { fault: "none" }, steps: 100, judge: isCalm },
  },
  joint: {
    label: "one optimiser for both",
    values: { fault: "optimiser" },
    explain: "One Adam holds the weights of both players. So D's step moves G as well, down the loss of D, and G's step moves D, down the loss of G. "
      + "On fakes the two cancel, and D stays at 1/2 there. Both losses rest near log 2, and every fake is the same.",
    cure: { values: { fault: "none" }, steps: STEPS, judge: obeys },
  },
} satisfies Record<string, Preset>;
