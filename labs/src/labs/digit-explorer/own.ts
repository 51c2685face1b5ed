/** The generator that the reader has trained in the digit lab of the same page, in place of the stored one. */
import { DIMS } from "./params";
import { TrainedGenerator, type Weights } from "./trained";

/** What is handed over. */
export interface Trained extends Weights {
  readonly steps: number;
  readonly seed: number;
  /** Share of its digits in which the judge reads the label, if that was measured. */
  readonly agreement: number | null;
}

export interface Own {
  readonly generator: TrainedGenerator;
  readonly trained: Trained;
}

/** Of this page, as the stored weights are. */
export const OWN = { held: null as Own | null, shown: false, version: 0 };

/** Show this generator in all explorers of the page, from the next drawing on. */
export function adopt(trained: Trained): void {
  Object.assign(OWN, { held: { generator: new TrainedGenerator(trained, DIMS), trained }, shown: true, version: OWN.version + 1 });
}

/** The reader's generator, while it is the one that draws. */
export const own = (): Own | null => (OWN.shown ? OWN.held : null);
