/** Time: how many acts are due at a pace, and how often a picture may change. */

/** With `prefers-reduced-motion` the run goes on but the picture changes twice a second only. */
export const CALM_MS = 500;

export function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Acts at `speed` a second, the first one in `wait` milliseconds; what was missed is made up for a tenth of a second at most. */
export class Pace {
  private due: number;
  private previous = performance.now();

  constructor(private readonly speed: number, wait = 0) {
    this.due = speed === Infinity ? Infinity : 1 - (wait * speed) / 1000;
  }

  /** Let the time pass until now. */
  advance(now = performance.now()): void {
    if (this.speed !== Infinity) this.due = Math.min(this.due + ((now - this.previous) / 1000) * this.speed, Math.max(1, this.speed / 10));
    this.previous = now;
  }

  /** Is an act due? */
  get ready(): boolean {
    return this.due >= 1;
  }

  spend(): void {
    this.due -= 1;
  }

  /** Milliseconds until the next act is due. */
  get rest(): number {
    return this.ready ? 0 : (1000 * (1 - this.due)) / this.speed;
  }
}
