/** Play: training in slices of at most 8 ms a frame, so the page stays smooth; stopping is immediate. */

const SLICE_MS = 8;
/** With `prefers-reduced-motion` the run goes on but the picture changes twice a second only. */
const CALM_MS = 500;

export class Clock {
  speed: number;
  private frame = 0;
  private previous = 0;
  private due = 0;
  private drawn = 0;

  /** `tick` does one step and says whether there is more to do. */
  constructor(speed: number, private readonly tick: () => boolean, private readonly draw: () => void) {
    this.speed = speed;
  }

  get running(): boolean {
    return this.frame !== 0;
  }

  start(): void {
    if (this.running) return;
    this.previous = performance.now();
    this.due = 1;
    this.frame = requestAnimationFrame(this.slice);
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  private readonly slice = (): void => {
    const start = performance.now();
    this.due = Math.min(this.due + ((start - this.previous) / 1000) * this.speed, Math.max(1, this.speed / 10));
    this.previous = start;
    while (this.due >= 1 && this.running && performance.now() - start < SLICE_MS) {
      this.due -= 1;
      if (!this.tick()) return;
    }
    if (!this.running) return;
    if (!calm() || start - this.drawn >= CALM_MS) {
      this.drawn = start;
      this.draw();
    }
    this.frame = requestAnimationFrame(this.slice);
  };
}

export function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
