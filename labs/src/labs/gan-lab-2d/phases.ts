/** Slow motion: a step of D and a step of G, in five parts each. */

export interface Phase {
  readonly player: "d" | "g";
  readonly caption: string;
  /** What the overview lights up: boxes and arrows by name. */
  readonly active: readonly string[];
}

const PHASES: readonly Phase[] = [
  { player: "d", caption: "Draw a batch of real samples.", active: ["real"] },
  { player: "d", caption: "Draw noise; G turns it into fakes. G stands still in this step.", active: ["z", "z-g", "G", "g-fake", "fake"] },
  { player: "d", caption: "D scores both batches.", active: ["real", "real-d", "fake", "fake-d", "D"] },
  { player: "d", caption: "From the scores of both batches: the loss of D.", active: ["D", "d-loss", "loss"] },
  { player: "d", caption: "The gradient goes back into D: its weights move, the colours shift.", active: ["loss", "loss-d", "D"] },
  { player: "g", caption: "Draw fresh noise.", active: ["z"] },
  { player: "g", caption: "G turns it into fakes.", active: ["z", "z-g", "G", "g-fake", "fake"] },
  { player: "g", caption: "D scores the fakes; no real sample is needed.", active: ["fake", "fake-d", "D"] },
  { player: "g", caption: "The loss of G, and its gradient at each fake: the arrows show the way down.", active: ["D", "d-loss", "loss", "loss-d", "d-fake"] },
  { player: "g", caption: "The gradient goes through D, which stands still, back into G: its weights move.", active: ["d-fake", "fake", "fake-g", "G"] },
];

/** The relativistic loss of G compares: it needs the scores of real samples, too. */
const COMPARED: Phase = {
  player: "g", caption: "D scores the fakes, and the real batch again: this loss of G compares the two.", active: ["real", "real-d", "fake", "fake-d", "D"],
};

/** The part that stands at that place (-1: none). */
export function phaseOf(part: number, relativistic: boolean): Phase | null {
  return relativistic && part === 7 ? COMPARED : PHASES[part] ?? null;
}

/** All captions, so that a view can keep room for the longest. */
export const CAPTIONS: readonly string[] = [...PHASES, COMPARED].map(({ caption }) => caption);
