/** The tricks of chapter 12 in the order of its text. A test compares them with the stored study. */
export const TRICKS = [
  "one-sided smoothing", "two-sided smoothing", "random soft labels", "5 % wrong labels", "minimax loss for G",
  "separate passes", "k = 2", "k = 5", "D four times as fast", "G four times as fast", "β₁ = 0", "β₁ = 0.5", "β₁ = 0.9", "SGD for D", "constant rates",
  "falling rates", "average of G's weights",
  "D rests below a loss of 1", "fading noise", "augmentation", "dropout in D", "R1", "no R1", "spectral norm in D",
  "BatchNorm in D", "BatchNorm in D, mixed batch", "batch spread in D", "no BatchNorm in G", "virtual BatchNorm in G", "dropout in G", "ReLU in D",
  "N(0, 0.02²) weights", "Xavier weights", "PyTorch's weights", "D twice as wide", "D half as wide", "uniform z", "few coordinates in z",
  "many coordinates in z",
] as const;

/** What each of them changes, in a few words. */
export const CHANGES: Readonly<Record<(typeof TRICKS)[number], string>> = {
  "one-sided smoothing": "D’s target for real examples is 0.9", "two-sided smoothing": "D’s targets are 0.9 and 0.1",
  "random soft labels": "D’s targets are random, around 0.95 and 0.15", "5 % wrong labels": "one label in twenty is wrong",
  "minimax loss for G": "G descends log(1 − D)", "separate passes": "D calls backward once for real examples, once for fakes",
  "k = 2": "two steps of D for one of G", "k = 5": "five steps of D for one of G", "D four times as fast": "D’s rate doubled, G’s halved",
  "G four times as fast": "G’s rate doubled, D’s halved", "β₁ = 0": "Adam without momentum", "β₁ = 0.5": "Adam with some momentum",
  "β₁ = 0.9": "Adam with its usual momentum", "SGD for D": "D moves by plain SGD", "constant rates": "learning rates stay",
  "falling rates": "learning rates fall", "average of G's weights": "a running average of G is judged",
  "D rests below a loss of 1": "D moves only while its loss is above 1", "fading noise": "noise on all images, less and less",
  "augmentation": "D sees shifted, partly covered images", "dropout in D": "D drops 30 % of its features", "R1": "a penalty on D’s slope",
  "no R1": "the penalty on D’s slope is left out", "spectral norm in D": "each layer of D is normalised",
  "BatchNorm in D": "BatchNorm in D, and no R1", "BatchNorm in D, mixed batch": "real and fake in one batch through that BatchNorm",
  "batch spread in D": "D sees how much a batch varies", "no BatchNorm in G": "BatchNorm is left out",
  "virtual BatchNorm in G": "normalised by a fixed batch", "dropout in G": "G drops half of its features", "ReLU in D": "ReLU in place of LeakyReLU",
  "N(0, 0.02²) weights": "smaller first weights", "Xavier weights": "first weights as Glorot and Bengio have them",
  "PyTorch's weights": "first weights as PyTorch has them", "D twice as wide": "twice the channels", "D half as wide": "half the channels",
  "uniform z": "uniform noise in place of normal", "few coordinates in z": "a small latent space", "many coordinates in z": "a large latent space",
};
