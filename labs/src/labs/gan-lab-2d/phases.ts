/** Slow motion: a step of D and a step of G, in five parts each. */

export interface Phase {
  readonly player: "d" | "g";
  readonly caption: string;
  /** What the overview lights up: boxes and arrows by name. */
  readonly active: readonly string[];
}

export const PHASES: readonly Phase[] = [
  { player: "d", caption: "Draw a batch of real samples.", active: ["real"] },
  { player: "d", caption: "Draw noise; G turns it into fakes. G stands still in this step.", active: ["z", "z-g", "G", "g-fake", "fake"] },
  { player: "d", caption: "D scores both batches.", active: ["real", "real-d", "fake", "fake-d", "D"] },
  { player: "d", caption: "Compare the scores with the truth: the loss of D.", active: ["D", "d-loss", "loss"] },
  { player: "d", caption: "The gradient goes back into D: its weights move, the colours shift.", active: ["loss", "loss-d", "D"] },
  { player: "g", caption: "Draw fresh noise.", active: ["z"] },
  { player: "g", caption: "G turns it into fakes.", active: ["z", "z-g", "G", "g-fake", "fake"] },
  { player: "g", caption: "D scores the fakes; no real sample is needed.", active: ["fake", "fake-d", "D"] },
  { player: "g", caption: "The loss of G, and its gradient at each fake: the arrows show the way down.", active: ["D", "d-loss", "loss", "loss-d", "d-fake"] },
  { player: "g", caption: "The gradient goes through D, which stands still, back into G: its weights move.", active: ["d-fake", "fake", "fake-g", "G"] },
];
