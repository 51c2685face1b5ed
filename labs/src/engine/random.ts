/**
 * Seeded random numbers: sfc32 (C. Doty-Humphrey, PractRand), 128 bits of state, seeded through splitmix32.
 *
 * Normal numbers come from Marsaglia's polar method, which needs `log` and `sqrt` only, so streams are the same everywhere.
 * `stream` separates independent uses of one seed (weights, data, noise), so a change in one leaves the others as they were.
 */
import { desk, MOST } from "./desk";
import { log } from "./math";

/** Fewer numbers are not worth the way to WebAssembly. */
const WORTH = 16;

export class Rng {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;
  private spare = NaN;

  constructor(seed: number, stream = 0) {
    let h = (Math.floor(seed) ^ Math.imul(stream, 0x9e3779b9)) | 0;
    const next = (): number => {
      h = (h + 0x9e3779b9) | 0;
      let t = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
      t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
      return (t ^ (t >>> 15)) | 0;
    };
    this.a = next();
    this.b = next();
    this.c = next();
    for (let i = 0; i < 12; i++) this.word();
  }

  /** The stream as it stands. */
  save(): { a: number; b: number; c: number; counter: number; spare: number } {
    const { a, b, c, counter, spare } = this;
    return { a, b, c, counter, spare };
  }

  /** Go on from where another stream was saved. */
  load(kept: ReturnType<Rng["save"]>): void {
    Object.assign(this, kept);
  }

  /** 32 random bits as a signed integer. */
  private word(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t;
    this.c |= 0;
    return t;
  }

  /** Uniform on [0, 1) with 53 bits. */
  uniform(): number {
    const high = this.word() >>> 5;
    return (high * 67108864 + (this.word() >>> 6)) / 9007199254740992;
  }

  /** Integer in 0 ... n - 1. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  normal(): number {
    if (this.spare === this.spare) {
      const z = this.spare;
      this.spare = NaN;
      return z;
    }
    let u = 0;
    let v = 0;
    let s = 0;
    do {
      u = 2 * this.uniform() - 1;
      v = 2 * this.uniform() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s === 0);
    const scale = Math.sqrt((-2 * log(s)) / s);
    this.spare = v * scale;
    return u * scale;
  }

  fillNormal(out: Float64Array, mu = 0, sigma = 1): void {
    let i = 0;
    if (this.spare === this.spare && out.length) out[i++] = mu + sigma * this.normal();
    for (; out.length - i >= WORTH && desk(); ) {
      const { z } = desk()!, n = Math.min(2 * MOST, out.length - i);
      this.draw((n + 1) >> 1);
      for (let k = 0; k < n; k++, i++) out[i] = mu + sigma * z[k]!;
      if (n % 2) this.spare = z[n]!;
    }
    for (; i < out.length; i++) out[i] = mu + sigma * this.normal();
  }

  /** Points (n, 2) around centres that are drawn at random, each coordinate with a normal number times sigma. */
  fillAround(out: Float64Array, x: Float64Array, y: Float64Array, sigma: number): void {
    let i = 0;
    for (; out.length - i >= WORTH && this.spare !== this.spare && desk(); ) {
      const { z, picks } = desk()!, n = Math.min(MOST, (out.length - i) >> 1);
      this.draw(n, x.length);
      for (let k = 0; k < n; k++, i += 2) {
        out[i] = x[picks[k]!]! + sigma * z[2 * k]!;
        out[i + 1] = y[picks[k]!]! + sigma * z[2 * k + 1]!;
      }
    }
    for (; i < out.length; i += 2) {
      const c = this.below(x.length);
      out[i] = x[c]! + sigma * this.normal();
      out[i + 1] = y[c]! + sigma * this.normal();
    }
  }

  /** Pairs of normal numbers onto the desk, each after a pick if there is something to pick from. */
  private draw(pairs: number, below = 0): void {
    const here = desk()!, { words } = here;
    words[0] = this.a;
    words[1] = this.b;
    words[2] = this.c;
    words[3] = this.counter;
    here.normals(pairs, below);
    this.a = words[0]!;
    this.b = words[1]!;
    this.c = words[2]!;
    this.counter = words[3]!;
  }

  fillUniform(out: Float64Array, low = 0, high = 1): void {
    for (let i = 0; i < out.length; i++) out[i] = low + (high - low) * this.uniform();
  }
}
