/** Runs worth watching. What the texts say of them is measured on other seeds in test/digit-lab.test.ts. */
import type { Preset } from "../../kit/lab";

export const PRESETS = {
  works: {
    label: "it works",
    values: {},
    explain: "Within a few hundred steps the judge reads most of what G was told, and D's opinions of real and fake come near each other. "
      + "The losses settle as early, not far from their values at equilibrium, and stay there while strokes become cleaner and the fakes of one digit more different: look at variety.",
  },
  copies: {
    label: "a hundred digits",
    values: { share: "100" },
    explain: "D sees ten images of each digit, again and again, and soon knows them by heart: it lets pass only what looks like one of them. "
      + "So the judge agrees more often than with 9 000 digits, and nearly every fake is nearer to a training digit than to as many unseen ones. "
      + "Only the readings of copies and of variety, and the row above the blue line, show what is wrong.",
  },
  joint: {
    label: "one optimiser for both",
    values: { fault: "optimiser" },
    explain: "One Adam holds the weights of both players. So D's step moves G as well, down the loss of D: G helps D to tell its fakes apart. "
      + "And G's step moves D, down the loss of G: D helps G. On fakes the two halves of a step cancel, and D stays at 1/2 there. "
      + "Both losses rest near log 2, which looks like peace, and every fake is the same.",
  },
} satisfies Record<string, Preset>;
