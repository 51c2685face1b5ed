/** Acts of a run on the page, in slices: for models whose acts take a moment only, and that are never sent elsewhere. */
import { Pace } from "./clock";
import type { Entry, Run } from "./run";

/** What makes a run go on: here, or elsewhere (remote.ts). */
export interface Motor {
  readonly running: boolean;
  /** Do these entries, one after the other, at most `speed` acts a second. */
  start(entries: readonly Entry[], speed: number): void;
  /** At once; the run stays where the page sees it. */
  stop(): void;
  /** Go on from what the run has become: the page has changed it. */
  renew(): void;
  /** Let go of whatever is held outside the page. */
  free(): void;
}

/** What a motor tells, once a frame at most. */
export interface Listener {
  /** The run has moved on; of the entries this share is done. */
  moved(share: number): void;
  /** All entries are done, or nothing can change any more. */
  done(): void;
}

export const SLICE_MS = 8;

export class Slices implements Motor {
  private frame = 0;
  private pace = new Pace(0);
  private work: Iterator<number> = [].values();

  constructor(private readonly run: Run, private readonly listener: Listener) {}

  get running(): boolean {
    return this.frame !== 0;
  }

  start(entries: readonly Entry[], speed: number): void {
    this.stop();
    this.work = this.run.redo(entries);
    this.pace = new Pace(speed);
    this.frame = requestAnimationFrame(this.slice);
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  /** Nothing to do: what was changed is the run itself. */
  renew(): void {}

  free(): void {}

  private readonly slice = (): void => {
    this.frame = requestAnimationFrame(this.slice);
    this.pace.advance();
    let share: number | null = null;
    for (const end = performance.now() + SLICE_MS; this.pace.ready && performance.now() < end; this.pace.spend()) {
      const { done, value } = this.work.next();
      if (done) return this.finish();
      share = value;
    }
    if (share !== null) this.listener.moved(share);
  };

  private finish(): void {
    this.stop();
    this.listener.done();
  }
}
