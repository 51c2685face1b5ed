/** Digits on canvas: sharp pixels, whatever the screen; and strips of them that fill up as there is time. */
import { h } from "../../kit/dom";
import type { Palette } from "../../kit/theme";
import { SIDE } from "./generator";

export type Image = ArrayLike<number>;

const GAP = 5;
/** Below the digits: room for the mark and for the names. */
const FOOT = 25;

/** One digit, white on black as in MNIST, as many whole device pixels for each of its own as fit. */
export class Picture {
  readonly canvas = h("canvas", { role: "img" });
  readonly element = h("figure", { class: "digit" });

  constructor(private readonly title: string, private readonly most: number) {
    this.element.append(this.canvas);
  }

  show(image: Image | null): void {
    const ratio = window.devicePixelRatio || 1;
    const side = whole(Math.min(this.most, this.element.clientWidth), ratio);
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    this.canvas.style.width = this.canvas.style.height = `${side / ratio}px`;
    const g = this.canvas.getContext("2d")!;
    g.fillStyle = "#000";
    g.fillRect(0, 0, side, side);
    if (image) stamp(g, image, 0, side);
  }

  describe(words: string): void {
    this.canvas.setAttribute("aria-label", `${this.title}. ${words}`);
  }
}

/** A frame of a strip: what it shows (as a key, to know it again), how to compute that, and its name below. */
export interface Frame {
  readonly key: string;
  readonly draw: () => Image | null;
  readonly name: string;
}

export class Film {
  readonly canvas = h("canvas", { role: "img" });
  private frames: readonly Frame[] = [];
  private images: (Image | null)[] = [];
  private keys: string[] = [];
  private next = 0;
  private here = -1;
  private colors!: Palette;

  /** `picked` is told the place of a frame that was clicked; sliders do the same by keyboard. */
  constructor(picked: (i: number) => void) {
    this.canvas.className = "film";
    this.canvas.addEventListener("click", (event) => {
      const i = Math.floor(((event.clientX - this.canvas.getBoundingClientRect().left) / this.canvas.clientWidth) * this.frames.length);
      picked(Math.min(this.frames.length - 1, Math.max(0, i)));
    });
  }

  /** What the strip shall show, and which frame is the present one (between two: a fraction; none: -1). */
  update(frames: readonly Frame[], here: number, colors: Palette): void {
    Object.assign(this, { frames, here, colors });
    this.paint();
  }

  describe(words: string): void {
    this.canvas.setAttribute("aria-label", words);
  }

  /** Compute one frame that is out of date, starting where the last call stopped, so that none is left behind. False if all are current. */
  advance(): boolean {
    for (let tried = 0; tried < this.frames.length; tried++) {
      const i = this.next;
      this.next = (i + 1) % this.frames.length;
      if (this.keys[i] === this.frames[i]!.key) continue;
      this.images[i] = this.frames[i]!.draw();
      this.keys[i] = this.frames[i]!.key;
      return true;
    }
    return false;
  }

  /** The images, where all are current. */
  get complete(): readonly (Image | null)[] | null {
    return this.frames.every(({ key }, i) => this.keys[i] === key) ? this.images : null;
  }

  paint(): void {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.max(100, this.canvas.clientWidth);
    const cell = width / this.frames.length;
    const side = Math.max(SIDE, Math.floor(cell - GAP));
    const height = side + FOOT;
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const g = this.canvas.getContext("2d")!;
    this.frames.forEach(({ name }, i) => {
      const left = Math.round((i * cell + (cell - side) / 2) * ratio);
      g.fillStyle = "#000";
      g.fillRect(left, 0, side * ratio, side * ratio);
      if (this.images[i]) stamp(g, this.images[i]!, left, Math.round(side * ratio));
      this.name(g, name, (i + 0.5) * cell, side, ratio, i === this.here);
    });
    if (this.here >= 0) this.mark(g, (this.here + 0.5) * cell, side, ratio);
  }

  private name(g: CanvasRenderingContext2D, name: string, x: number, side: number, ratio: number, here: boolean): void {
    g.font = `${here ? "600 " : ""}${11.5 * ratio}px ${getComputedStyle(this.canvas).fontFamily}`;
    g.textAlign = "center";
    g.textBaseline = "bottom";
    g.fillStyle = here ? this.colors.accent : this.colors.muted;
    g.fillText(name, x * ratio, (side + FOOT) * ratio);
  }

  /** A triangle under the present frame. */
  private mark(g: CanvasRenderingContext2D, x: number, side: number, ratio: number): void {
    g.fillStyle = this.colors.accent;
    g.beginPath();
    for (const [dx, dy] of [[0, 2], [6, 9], [-6, 9]] as const) g.lineTo((x + dx) * ratio, (side + dy) * ratio);
    g.fill();
  }
}

/** Device pixels of the largest whole enlargement that fits into so many CSS pixels; at least the digit itself. */
function whole(css: number, ratio: number): number {
  return SIDE * Math.max(1, Math.floor((css * ratio) / SIDE + 1e-6));
}

/**
 * Draw an image as a square of so many device pixels. It is enlarged to whole multiples first, with hard edges, and what is then too much
 * is taken back smoothly: pixels stay sharp and equally large at every size.
 */
function stamp(g: CanvasRenderingContext2D, image: Image, left: number, side: number): void {
  const large = SIDE * Math.ceil(side / SIDE);
  const sharp = h("canvas", { width: large, height: large });
  const pen = sharp.getContext("2d")!;
  const pixels = pen.createImageData(SIDE, SIDE);
  for (let i = 0; i < image.length; i++) {
    const grey = Math.round((image[i]! + 1) * 127.5);
    pixels.data.set([grey, grey, grey, 255], 4 * i);
  }
  pen.putImageData(pixels, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(sharp, 0, 0, SIDE, SIDE, 0, 0, large, large);
  g.imageSmoothingQuality = "high";
  g.drawImage(sharp, left, 0, side, side);
}
