/** Paths in latent space, as in `ganlab.latent`, and an endless walk along such paths. */
import { acos, Rng, sin } from "../../engine";

export type Vector = Float64Array;
export type Path = (start: Vector, end: Vector, t: number) => Vector;

export const norm = (z: Vector): number => Math.sqrt(z.reduce((sum, x) => sum + x * x, 0));

const mix = (a: Vector, b: Vector, p: number, q: number): Vector => a.map((x, i) => p * x + q * b[i]!);

/** The straight line. */
export const lerp: Path = (start, end, t) => mix(start, end, 1 - t, t);

/** The great circle, which keeps the length. Almost parallel vectors take the straight line, to which it tends. */
export const slerp: Path = (start, end, t) => {
  const cosine = start.reduce((sum, x, i) => sum + x * end[i]!, 0) / (norm(start) * norm(end));
  const angle = acos(Math.min(1, Math.max(-1, cosine)));
  if (angle < 1e-3) return lerp(start, end, t);
  return mix(start, end, sin((1 - t) * angle) / sin(angle), sin(t * angle) / sin(angle));
};

export const PATHS: Readonly<Record<string, Path>> = { lerp, slerp };

/** Steps of the walk from one random point to the next. */
export const LEG = 60;

/** From random point to random point on great circles: every place on the way is as long as a typical one. */
export class Walk {
  private from: Vector;
  private to: Vector;
  private done = 0;

  constructor(private readonly rng: Rng, private readonly dims: number) {
    this.from = this.draw();
    this.to = this.draw();
  }

  get here(): Vector {
    return slerp(this.from, this.to, this.done / LEG);
  }

  step(): void {
    this.done += 1;
    if (this.done < LEG) return;
    this.from = this.to;
    this.to = this.draw();
    this.done = 0;
  }

  /** Go on from a fresh random point. */
  jump(): void {
    this.from = this.draw();
    this.to = this.draw();
    this.done = 0;
  }

  private draw(): Vector {
    return Float64Array.from({ length: this.dims }, () => this.rng.normal());
  }
}
