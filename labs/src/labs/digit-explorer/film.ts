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
    stamp(g, image, 0, side);
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
  readonly canvas = h("canvas", { role: "img", class: "film" });
  private frames: readonly Frame[] = [];
  private images: (Image | null)[] = [];
  private keys: string[] = [];
  private next = 0;
  /** All that the drawing depends on but the images, as text: width, names, mark, colours. */
  private look = "";
  private cell = 0;
  private side = 0;
  private ratio = 1;

  /** `picked` is told the place of a frame that was clicked; sliders do the same by keyboard. */
  constructor(picked: (i: number) => void) {
    this.canvas.addEventListener("click", (event) => {
      const i = Math.floor((event.clientX - this.canvas.getBoundingClientRect().left) / this.cell);
      picked(Math.min(this.frames.length - 1, Math.max(0, i)));
    });
  }

  /** What the strip shall show, and which frame is the present one (between two: a fraction; none: -1). */
  update(frames: readonly Frame[], here: number, colors: Palette): void {
    this.frames = frames;
    this.fit();
    const look = [this.cell, this.ratio, here, colors.accent, ...frames.map(({ name }) => name)].join();
    if (look === this.look) return;
    this.look = look;
    this.foot(here, colors);
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
      this.stamp(i);
      return true;
    }
    return false;
  }

  /** The images, where all are current. */
  get complete(): readonly (Image | null)[] | null {
    return this.frames.every(({ key }, i) => this.keys[i] === key) ? this.images : null;
  }

  /** A canvas as large as its place; a new size begins with the images that are there. */
  private fit(): void {
    const ratio = window.devicePixelRatio || 1;
    const cell = Math.max(100, this.canvas.clientWidth) / this.frames.length;
    if (cell === this.cell && ratio === this.ratio) return;
    Object.assign(this, { cell, ratio, side: Math.max(SIDE, Math.floor(cell - GAP)), look: "" });
    this.canvas.style.height = `${this.side + FOOT}px`;
    this.canvas.width = Math.round(cell * this.frames.length * ratio);
    this.canvas.height = Math.round((this.side + FOOT) * ratio);
    this.frames.forEach((_, i) => this.stamp(i));
  }

  private stamp(i: number): void {
    const left = Math.round((i * this.cell + (this.cell - this.side) / 2) * this.ratio);
    stamp(this.canvas.getContext("2d")!, this.images[i] ?? null, left, Math.round(this.side * this.ratio));
  }

  /** Names, and a triangle under the present frame. */
  private foot(here: number, { accent, muted }: Palette): void {
    const g = this.canvas.getContext("2d")!;
    const { cell, side } = this;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, side, this.canvas.clientWidth, FOOT);
    g.textAlign = "center";
    g.textBaseline = "bottom";
    this.frames.forEach(({ name }, i) => {
      g.font = `${i === here ? "600 " : ""}11.5px ${getComputedStyle(this.canvas).fontFamily}`;
      g.fillStyle = i === here ? accent : muted;
      g.fillText(name, (i + 0.5) * cell, side + FOOT);
    });
    g.fillStyle = accent;
    g.beginPath();
    if (here >= 0) for (const [dx, dy] of [[0, 2], [6, 9], [-6, 9]] as const) g.lineTo((here + 0.5) * cell + dx, side + dy);
    g.fill();
    g.setTransform(1, 0, 0, 1, 0, 0);
  }
}

/** Device pixels of the largest whole enlargement that fits into so many CSS pixels; at least the digit itself. */
function whole(css: number, ratio: number): number {
  return SIDE * Math.max(1, Math.floor((css * ratio) / SIDE + 1e-6));
}

/**
 * Draw an image as a square of so many device pixels; without one, a black square. It is enlarged to whole multiples first, with hard
 * edges, and what is then too much is taken back smoothly: pixels stay sharp and equally large at every size.
 */
function stamp(g: CanvasRenderingContext2D, image: Image | null, left: number, side: number): void {
  g.fillStyle = "#000";
  g.fillRect(left, 0, side, side);
  if (!image) return;
  const [small, large] = scratch(SIDE * Math.ceil(side / SIDE));
  const pixels = small.createImageData(SIDE, SIDE);
  for (let i = 0; i < image.length; i++) pixels.data.fill(Math.round((image[i]! + 1) * 127.5), 4 * i, 4 * i + 3);
  for (let i = 3; i < pixels.data.length; i += 4) pixels.data[i] = 255;
  small.putImageData(pixels, 0, 0);
  large.imageSmoothingEnabled = false;
  large.drawImage(small.canvas, 0, 0, large.canvas.width, large.canvas.width);
  g.imageSmoothingQuality = "high";
  g.drawImage(large.canvas, left, 0, side, side);
}

type Pen = CanvasRenderingContext2D;
const pens = new Map<number, Pen>();

/** Two canvases nobody sees: one of the image's own size, one of so many pixels. */
function scratch(size: number): [Pen, Pen] {
  const pen = (width: number): Pen => {
    if (!pens.has(width)) pens.set(width, h("canvas", { width, height: width }).getContext("2d")!);
    return pens.get(width)!;
  };
  return [pen(SIDE), pen(size)];
}
