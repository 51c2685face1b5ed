/**
 * GAN losses in pairs, from logits: each returns the batch mean and writes its gradient in each logit.
 *
 * Real means 1. `d` and `g` are both minimised. `equilibrium` holds the values at p_g = p_data with the best D (D = 1/2),
 * which the loss charts draw in. References: Goodfellow et al. (2014); Mao et al. (2017); Arjovsky et al. (2017);
 * Lim and Ye (2017); Jolicoeur-Martineau (2019).
 */
import { logistic } from "./desk";
import { LOG2, LOG4, sigmoid, softplus } from "./math";

type Logits = Float64Array;

export interface LossPair {
  readonly label: string;
  /** Is sigma(D's output) the probability of being real, by D? The relativistic D knows only differences of outputs. */
  readonly probability: boolean;
  /** Mean loss of D; gradients in dReal and dFake. */
  d(real: Logits, fake: Logits, n: number, dReal: Logits, dFake: Logits): number;
  /** Mean loss of G; gradient in dFake. `real` (logits of a real batch) matters to the relativistic loss only. */
  g(fake: Logits, n: number, dFake: Logits, real: Logits): number;
  readonly equilibrium: { readonly d: Reference; readonly g: Reference };
}

export interface Reference {
  readonly value: number;
  readonly label: string;
}

const at = (value: number, label: string): Reference => ({ value, label });

/** -log D(x) - log(1 - D(G(z))): what D minimises in both of the original games. */
function crossEntropyD(real: Logits, fake: Logits, n: number, dReal: Logits, dFake: Logits): number {
  const r = logistic(real, n, -1, 0), f = logistic(fake, n, 1, 1);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += r.softplus[i]! + f.softplus[i]!;
    dReal[i] = -r.sigmoid[i]! / n;
    dFake[i] = f.sigmoid[i]! / n;
  }
  return sum / n;
}

function criticG(fake: Logits, n: number, dFake: Logits): number {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum -= fake[i]!;
    dFake[i] = -1 / n;
  }
  return sum / n;
}

export const LOSSES = {
  nonsaturating: {
    label: "non-saturating",
    probability: true,
    d: crossEntropyD,
    /** -log D(G(z)); slope -(1 - D). */
    g(fake, n, dFake) {
      const { softplus, sigmoid } = logistic(fake, n, -1);
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum += softplus[i]!;
        dFake[i] = -sigmoid[i]! / n;
      }
      return sum / n;
    },
    equilibrium: { d: at(LOG4, "log 4"), g: at(LOG2, "log 2") },
  },
  minimax: {
    label: "minimax (saturating)",
    probability: true,
    d: crossEntropyD,
    /** log(1 - D(G(z))); slope -D. */
    g(fake, n, dFake) {
      const { softplus, sigmoid } = logistic(fake, n, 1);
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum -= softplus[i]!;
        dFake[i] = -sigmoid[i]! / n;
      }
      return sum / n;
    },
    equilibrium: { d: at(LOG4, "log 4"), g: at(-LOG2, "\u2212log 2") },
  },
  leastSquares: {
    label: "least squares",
    probability: false,
    /** (D(x) - 1)^2 / 2 + D(G(z))^2 / 2 on raw outputs; targets 1, 0 and, for G, 1. */
    d(real, fake, n, dReal, dFake) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const r = real[i]! - 1;
        sum += 0.5 * (r * r + fake[i]! * fake[i]!);
        dReal[i] = r / n;
        dFake[i] = fake[i]! / n;
      }
      return sum / n;
    },
    g(fake, n, dFake) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const r = fake[i]! - 1;
        sum += 0.5 * r * r;
        dFake[i] = r / n;
      }
      return sum / n;
    },
    equilibrium: { d: at(0.25, "1/4"), g: at(0.125, "1/8") },
  },
  wasserstein: {
    label: "Wasserstein",
    probability: false,
    d(real, fake, n, dReal, dFake) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        sum += fake[i]! - real[i]!;
        dReal[i] = -1 / n;
        dFake[i] = 1 / n;
      }
      return sum / n;
    },
    g: criticG,
    equilibrium: { d: at(0, "0"), g: at(0, "0") },
  },
  hinge: {
    label: "hinge",
    probability: false,
    d(real, fake, n, dReal, dFake) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const r = 1 - real[i]!;
        const f = 1 + fake[i]!;
        sum += (r > 0 ? r : 0) + (f > 0 ? f : 0);
        dReal[i] = r > 0 ? -1 / n : 0;
        dFake[i] = f > 0 ? 1 / n : 0;
      }
      return sum / n;
    },
    g: criticG,
    equilibrium: { d: at(2, "2"), g: at(0, "0") },
  },
  relativistic: {
    label: "relativistic",
    probability: false,
    /** softplus(-(D(x_i) - D(G(z_i)))), pairs in batch order. */
    d(real, fake, n, dReal, dFake) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const gap = real[i]! - fake[i]!;
        sum += softplus(-gap);
        dReal[i] = -sigmoid(-gap) / n;
        dFake[i] = sigmoid(-gap) / n;
      }
      return sum / n;
    },
    g(fake, n, dFake, real) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const gap = fake[i]! - real[i]!;
        sum += softplus(-gap);
        dFake[i] = -sigmoid(-gap) / n;
      }
      return sum / n;
    },
    equilibrium: { d: at(LOG2, "log 2"), g: at(LOG2, "log 2") },
  },
} satisfies Record<string, LossPair>;

export type LossName = keyof typeof LOSSES;
