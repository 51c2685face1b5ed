/**
 * What can be said of G's images without a chart: which digit the judge reads, how much they vary, and whether they are copies.
 *
 * All of it compares with real digits, those that are trained on and those that nobody trains on.
 */
import type { Floats } from "../../engine/fast";
import { CLASSES, PIXELS, SIDE, type Digits } from "./cargo";
import type { Judge } from "./judge";
import { UNSEEN } from "./params";

/** What was found at a step. */
export interface Look {
  /** Share of images in which the judge reads the label that G was told. */
  readonly agreement: number;
  /** Images of each class, as the judge reads them. */
  readonly classes: readonly number[];
  /** How much images of one label differ, as a share of how much real ones do. */
  readonly variety: number;
  /** Share of images that are nearer to a training digit than to as many unseen ones: one half without copying. */
  readonly copies: number;
}

/** Side of the squares whose means are compared: single pixels would count speckles as variety. */
const SQUARE = 4;
const CELLS = (SIDE / SQUARE) ** 2;
/** The square that a pixel is in. */
const CELL = Uint8Array.from({ length: PIXELS }, (_, p) => Math.floor(p / SIDE / SQUARE) * (SIDE / SQUARE) + Math.floor((p % SIDE) / SQUARE));
/** Training digits, and unseen ones, of each class that an image is compared with, at most. */
const NEIGHBOURS = UNSEEN;

export class Meter {
  private readonly realSpread: number;

  /** `each`: digits of each class that are trained on; with `labelled`, an image counts among those of its label. */
  constructor(private readonly digits: Digits, private readonly each: number, private readonly judge: Judge, private readonly labelled: boolean) {
    const unseen = new Float32Array(UNSEEN * CLASSES * PIXELS);
    for (let i = 0; i < UNSEEN * CLASSES; i++) this.unpack(this.place(i % CLASSES, digits.each - 1 - Math.floor(i / CLASSES)), unseen, i);
    this.realSpread = this.spread(unseen);
  }

  /** Images (n, 784), told the labels 0 to 9 in turn. The last hundred are compared with single digits. */
  look(images: Floats): Look {
    const n = images.length / PIXELS, found = this.judge.read(images, n), classes = new Array<number>(CLASSES).fill(0);
    let right = 0;
    found.forEach((digit, i) => {
      classes[digit]! += 1;
      if (digit === i % CLASSES) right += 1;
    });
    const last = images.subarray(Math.max(0, n - 100) * PIXELS);
    return { agreement: right / n, classes, variety: this.spread(images) / this.realSpread, copies: this.copies(last) };
  }

  /** The training digit that is nearest to an image (784,): its place in the file. */
  nearest(image: Floats, label: number): number {
    return this.closest(image, this.labelled ? [label] : ALL, 0, this.labelled ? this.each : Math.min(NEIGHBOURS, this.each)).place;
  }

  /** Grey levels of a digit of the file, in [-1, 1], as the i-th image of `out`. */
  unpack(place: number, out: Floats, i: number): void {
    const { images, levels } = this.digits;
    for (let p = 0; p < PIXELS; p++) out[i * PIXELS + p] = (2 * images[place * PIXELS + p]!) / levels - 1;
  }

  private place(label: number, i: number): number {
    return label * this.digits.each + i;
  }

  private copies(images: Floats): number {
    const n = images.length / PIXELS, { labelled, digits: { each } } = this, m = Math.min(labelled ? NEIGHBOURS : NEIGHBOURS / CLASSES, this.each);
    let copied = 0;
    for (let s = 0; s < n; s++) {
      const image = images.subarray(s * PIXELS, (s + 1) * PIXELS), labels = labelled ? [s % CLASSES] : ALL;
      const { distance } = this.closest(image, labels, 0, m);
      if (this.closest(image, labels, each - m, each, distance).place < 0) copied += 1;
    }
    return copied / n;
  }

  /** Of some digits of these labels, the nearest, if there is one within `most`. */
  private closest(image: Floats, labels: readonly number[], from: number, to: number, most = Infinity): { place: number; distance: number } {
    let best = { place: -1, distance: most };
    for (const label of labels) {
      for (let i = from; i < to; i++) {
        const distance = this.distance(image, this.place(label, i), best.distance);
        if (distance < best.distance) best = { place: this.place(label, i), distance };
      }
    }
    return best;
  }

  /** Squared distance, or at least `most` where it is that far already. */
  private distance(image: Floats, place: number, most: number): number {
    const { images, levels } = this.digits, scale = 2 / levels, from = place * PIXELS;
    let sum = 0;
    for (let p = 0; p < PIXELS && sum < most;) {
      for (const row = p + SIDE; p < row; p++) {
        const gap = image[p]! + 1 - scale * images[from + p]!;
        sum += gap * gap;
      }
    }
    return sum;
  }

  /** Variance of the means of small squares, within a label (without labels: within all), added up over the squares. */
  private spread(images: Floats): number {
    const groups = this.labelled ? CLASSES : 1, n = images.length / PIXELS, sums = new Float64Array(groups * CELLS), cell = new Float64Array(CELLS);
    let squares = 0;
    for (let s = 0; s < n; s++) {
      cell.fill(0);
      for (let p = 0; p < PIXELS; p++) cell[CELL[p]!]! += images[s * PIXELS + p]!;
      const at = (s % groups) * CELLS;
      for (let c = 0; c < CELLS; c++) {
        sums[at + c]! += cell[c]!;
        squares += cell[c]! * cell[c]!;
      }
    }
    return (squares - (sums.reduce((total, x) => total + x * x, 0) * groups) / n) / (n - groups);
  }
}

const ALL = Array.from({ length: CLASSES }, (_, label) => label);
