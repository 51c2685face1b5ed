/** Everything a reader can set, and the buttons. */
import { LOSSES } from "../../engine";
import type { Action, Params } from "../../kit/lab";

export const LEARNING_RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];

export const ACTIONS: Record<string, Action> = {
  step: { label: "Step", help: "k steps of D, then the steps of G: one round of Algorithm 1" },
  d: { label: "Step D", help: "One step of the discriminator; G stands still" },
  g: { label: "Step G", help: "One step of the generator along the arrows; D stands still" },
  sub: { label: "Next part", help: "Slow motion: the next of the five parts of a step of D or of G" },
};

/** What "your drawing" begins with: a smile, to be cleared or drawn over. */
const SMILE = [
  [-2.4, 0.35], [-2, 0], [-1.6, -0.29], [-1.2, -0.51], [-0.8, -0.67], [-0.4, -0.77], [0, -0.8],
  [0.4, -0.77], [0.8, -0.67], [1.2, -0.51], [1.6, -0.29], [2, 0], [2.4, 0.35],
];

export const PARAMS = {
  data: { kind: "select", label: "data", group: "Start here", default: "ring", resets: true,
    options: { line: "a line", two: "two Gaussians", ring: "a ring of 8", three: "three apart", grid: "a grid of 25", one: "one Gaussian", own: "your drawing" },
    help: "What G shall learn to make. A change starts the run anew" },
  lr_d: { kind: "levels", label: "learning rate, D", group: "Start here", values: LEARNING_RATES, default: 0.01 },
  lr_g: { kind: "levels", label: "learning rate, G", group: "Start here", values: LEARNING_RATES, default: 0.003 },
  k: { kind: "slider", label: "D steps per round, k", group: "Start here", min: 0, max: 10, step: 1, default: 1 },
  start: { kind: "radio", label: "start", group: "Run", default: "scratch", resets: true, options: { scratch: "from scratch", trained: "trained" },
    help: "Stored weights exist for the first five data sets and the networks you see first. To see them at rest, take small learning rates. A change starts the run anew" },
  k_g: { kind: "slider", label: "G steps per round", group: "Run", min: 0, max: 10, step: 1, default: 1 },
  optimizer: { kind: "radio", label: "optimiser", group: "Run", default: "adam", options: { sgd: "SGD", adam: "Adam" } },
  beta1: { kind: "levels", label: "Adam’s β₁", group: "Run", values: [0, 0.5, 0.9], default: 0, help: "Memory of the gradient: how much momentum" },
  loss: { kind: "select", label: "loss", group: "Game", default: "nonsaturating",
    options: Object.fromEntries(Object.entries(LOSSES).map(([name, pair]) => [name, pair.label])) },
  r1: { kind: "slider", label: "R1 penalty γ", group: "Game", min: 0, max: 2, step: 0.1, default: 0.3,
    help: "γ / 2 times the squared slope of D at real samples" },
  gp: { kind: "slider", label: "gradient penalty λ", group: "Game", min: 0, max: 10, step: 0.5, default: 0,
    help: "Keeps D’s slope near 1 between real and fake; meant for the Wasserstein loss" },
  clip: { kind: "levels", label: "weight clip of D", group: "Game", values: [0, 0.01, 0.03, 0.1, 0.3, 1], default: 0,
    help: "Keeps every weight of D in this range; 0 = no clip; meant for the Wasserstein loss" },
  d_layers: { kind: "slider", label: "hidden layers of D", group: "Networks", min: 0, max: 5, step: 1, default: 2, help: "A change gives D new weights; G stays" },
  d_units: { kind: "slider", label: "neurons per layer of D", group: "Networks", min: 1, max: 100, step: 1, default: 16, help: "A change gives D new weights; G stays" },
  g_layers: { kind: "slider", label: "hidden layers of G", group: "Networks", min: 0, max: 5, step: 1, default: 2, help: "A change gives G new weights; D stays" },
  g_units: { kind: "slider", label: "neurons per layer of G", group: "Networks", min: 1, max: 100, step: 1, default: 16, help: "A change gives G new weights; D stays" },
  activation: { kind: "radio", label: "hidden activation", group: "Networks", default: "relu", options: { relu: "ReLU", leaky: "leaky", tanh: "tanh" },
    help: "A change gives both players new weights" },
  noise: { kind: "radio", label: "noise z", group: "Noise and output of G", default: "normal", options: { normal: "Gaussian", uniform: "uniform" } },
  noise_dims: { kind: "radio", label: "coordinates of z", group: "Noise and output of G", default: "2", options: { 1: "1-D", 2: "2-D" }, help: "A change gives G new weights; D stays" },
  output: { kind: "radio", label: "G’s output", group: "Noise and output of G", default: "linear", options: { linear: "linear", tanh: "tanh" }, help: "tanh cannot leave (−1, 1). A change gives G new weights; D stays" },
  show_real: { kind: "toggle", label: "real", group: "Layers", default: true },
  show_fake: { kind: "toggle", label: "fake", group: "Layers", default: true },
  show_d: { kind: "toggle", label: "D", group: "Layers", default: true },
  show_manifold: { kind: "toggle", label: "G’s grid", group: "Layers", default: false },
  show_arrows: { kind: "toggle", label: "arrows", group: "Layers", default: true },
  heat: { kind: "radio", label: "ground", group: "Layers", default: "learned", options: { learned: "learned D", best: "best D*" } },
  drawn: { kind: "points", label: "your drawing", reach: 3.2, most: 300, default: SMILE, resets: true },
} satisfies Params;
