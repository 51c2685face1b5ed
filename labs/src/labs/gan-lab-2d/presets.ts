/**
 * Six patients to diagnose: press play, look, decide, then ask.
 *
 * What the texts say is measured on several seeds in test/gan-lab-2d.test.ts.
 */
import type { Preset } from "../../kit/lab";

const SMALL = { g_units: 8, d_units: 8 };

export const PATIENTS = {
  strong: {
    label: "patient A",
    values: { g_units: 8, loss: "minimax", k: 10, lr_g: 0.0001, r1: 0 },
    explain: "D is too strong. Ten steps of D for one of G, no penalty, a small learning rate for G: D tells real from fake without error. "
      + "The minimax loss, log(1 − D), is then flat: its slope is D itself, nearly 0. The arrows vanish, G hardly moves, JSD stays at log 2. "
      + "Try: the non-saturating loss, whose slope is 1 − D; or fewer steps of D and an R1 penalty.",
  },
  healthy: {
    label: "patient B",
    values: { r1: 0.5 },
    explain: "This one is healthy. All or nearly all modes are found within some hundred steps, JSD falls, and D ends near 1/2 on both. "
      + "The losses stay near log 4 and log 2 and say little; the mode count and JSD tell the story. "
      + "Try: take the R1 penalty away (Game) and start anew.",
  },
  rotation: {
    label: "patient C",
    values: { g_layers: 0, d_layers: 0, loss: "wasserstein", optimizer: "sgd", lr_d: 0.01, lr_g: 0.1, r1: 0 },
    explain: "It rotates. Both players are linear: D is a slope, G shifts its cloud down that slope. D answers by turning the slope. "
      + "Neither is ever done: the cloud circles the data and comes no nearer, as in the Dirac-GAN. No bug, the field of the two gradients turns. "
      + "Try: the gradient penalty, or R1, which damp the turning.",
  },
  range: {
    label: "patient D",
    values: { output: "tanh" },
    explain: "A bug in the range. G ends in tanh and cannot leave the square from −1 to 1, but the data reach 2 and beyond. "
      + "The fakes pile up at the walls; D rightly tells them apart; the arrows point outward for ever and JSD stays high. "
      + "Try: a linear output. (With images one scales the data into (−1, 1) instead.)",
  },
  collapse: {
    label: "patient E",
    values: { ...SMALL, k_g: 5, lr_d: 0.003, lr_g: 0.003, r1: 0 },
    explain: "Mode collapse. G takes five steps while D takes one: it sends all its samples to the place D likes best at the moment. "
      + "D learns to mistrust that place, G jumps to the next one. At no time are more than two of the eight modes covered. "
      + "Try: one step of G per round, and an R1 penalty; then watch the mode count.",
  },
  weak: {
    label: "patient F",
    values: { d_layers: 0, r1: 1 },
    explain: "D is too weak. Without a hidden layer it can only cut the plane by a straight line, and the ring lies around the fakes on all sides: "
      + "once the means agree, D says 1/2 everywhere. Its loss is log 4, as at the equilibrium, and yet JSD is high: nothing is left to tell G what is wrong. "
      + "Try: two hidden layers for D (Networks).",
  },
} satisfies Record<string, Preset>;
