/**
 * Six patients to diagnose: press play, look, decide, then ask.
 *
 * What the texts say of the failures and of the cures is measured on several seeds in test/patients.test.ts.
 */
import { length } from "../../engine";
import { format, type Preset, type Verdict } from "../../kit/lab";
import type { GanLab2D } from "./model";

const MODES = 7, JSD = 0.35, REST = 0.4;

/** All modes but one at most, and the distributions near each other. */
function covers({ metrics: { modes, jsd }, mixture }: GanLab2D): Verdict {
  return {
    healthy: modes >= MODES && jsd < JSD, reading: `G covers ${modes} of ${mixture.modes} modes and JSD = ${format(jsd)}`,
    wanted: `at least ${MODES} modes and JSD below ${JSD}`,
  };
}

/** The fakes' centre has come to rest on the data. */
function rests({ trail, mixture: { x, y } }: GanLab2D): Verdict {
  const far = trail.reduce((most, _, i) => (i % 2 ? most : Math.max(most, length(trail[i]! - x[0]!, trail[i + 1]! - y[0]!))), 0);
  return {
    healthy: far < REST, reading: `in the last 200 steps the fakes’ centre was up to ${format(far)} away from that of the data`,
    wanted: `less than ${REST}`,
  };
}

export const PATIENTS = {
  strong: {
    label: "patient A",
    values: { g_units: 8, loss: "minimax", k: 10, lr_g: 0.0001, r1: 0 },
    explain: "D is too strong. Ten steps of D for one of G, no penalty, a small learning rate for G: D tells real from fake without error. "
      + "The minimax loss, log(1 − D), is then flat: its slope is D itself, nearly 0. The arrows vanish, G hardly moves, JSD stays near log 2. "
      + "Try: an R1 penalty of 0.5 (Game), which keeps D from becoming so steep, and a learning rate of 0.003 for G. Together they find all eight modes within 1,000 steps. "
      + "One alone does not: with R1, G is still too slow; with the faster G, and with the non-saturating loss, which brings the arrows back, D stays too strong and G ends on half of the modes or fewer.",
    cure: { values: { r1: 0.5, lr_g: 0.003 }, steps: 1000, judge: covers },
  },
  healthy: {
    label: "patient B",
    values: { r1: 0.5 },
    explain: "This one is healthy. All or nearly all modes are found within some hundred steps, JSD falls, and D ends near 1/2 on both. "
      + "The losses stay near log 4 and log 2 and say little; the mode count and JSD tell the story. "
      + "Try: take the R1 penalty away (Game) and start anew. G still finds most modes, but D no longer comes to rest: its arrows stay several times as long.",
  },
  rotation: {
    label: "patient C",
    values: { data: "one", g_layers: 0, d_layers: 0, loss: "wasserstein", optimizer: "sgd", lr_d: 0.03, lr_g: 0.1, r1: 0 },
    explain: "It rotates. Both players are linear: D is a slope, G shifts its cloud down that slope, and D answers by turning the slope. "
      + "Neither is ever done: the centre of the cloud runs round the data on an ellipse, wide or narrow as the seed has it, and comes no nearer, as in the Dirac-GAN. No bug, the field of the two gradients turns. "
      + "Try: R1 (Game), 0.3 or more. It pulls the slope of D to 0, so the turning dies away and the cloud comes to rest on the data. "
      + "The gradient penalty does not cure it: it pulls the slope to length 1 instead, and the centre ends on a circle of radius 1.8.",
    cure: { values: { r1: 0.3 }, steps: 900, judge: rests },
  },
  range: {
    label: "patient D",
    values: { output: "tanh" },
    explain: "A bug in the range. G ends in tanh and cannot leave the square from −1 to 1, but the data reach 2 and beyond. "
      + "The fakes pile up at the walls; D rightly tells them apart; the arrows point outward for ever and JSD stays high. "
      + "Try: a linear output (Noise and output of G). With images one scales the data into (−1, 1) instead.",
    cure: { values: { output: "linear" }, steps: 600, judge: covers },
  },
  collapse: {
    label: "patient E",
    values: { k_g: 10, lr_d: 0.003, lr_g: 0.003, r1: 0 },
    explain: "Mode collapse. G takes ten steps while D takes one: it sends all its samples to the place that D likes best at the moment. "
      + "D learns to mistrust that place, and G leaves for the next one. So at one moment a single mode is covered, or none, while G is on its way; two at once are rare, and usually it goes on like that. "
      + "Try: one step of G per round (Run), an R1 penalty of 0.5 (Game), and 0.01 as the learning rate of D, so that D keeps up; nearly all modes are covered within 1,000 steps.",
    cure: { values: { k_g: 1, r1: 0.5, lr_d: 0.01 }, steps: 600, judge: covers },
  },
  weak: {
    label: "patient F",
    values: { d_layers: 0, r1: 1 },
    explain: "D is too weak. Without a hidden layer it can only cut the plane by a straight line, and the ring lies around the fakes on all sides: "
      + "once the means agree, D says 1/2 everywhere. Its loss is log 4, as at the equilibrium, and yet JSD is high: nothing is left to tell G what is wrong. "
      + "Try: two hidden layers for D (Networks).",
    cure: { values: { d_layers: 2 }, steps: 800, judge: covers },
  },
} satisfies Record<string, Preset>;
