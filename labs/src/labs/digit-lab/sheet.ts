/** A sheet of digits: so many beside each other, row under row, sharp at every size. */
import { h } from "../../kit/dom";
import type { Palette } from "../../kit/theme";
import { CLASSES, PIXELS, SIDE } from "./cargo";

/** Pixels of a digit between one and the next, and between the first row, of real ones, and the others. */
const GAP = 2, APART = 5;
const PITCH = SIDE + GAP;

export class Sheet {
  readonly canvas = h("canvas", { role: "img", class: "digits" });
  private readonly small = h("canvas");
  private readonly large = h("canvas");
  private readonly pixels: ImageData;
  private readonly g: CanvasRenderingContext2D;

  constructor(private readonly rows: number) {
    const { small } = this;
    Object.assign(small, { width: CLASSES * PITCH - GAP, height: (rows + 1) * PITCH - GAP + APART });
    this.g = small.getContext("2d")!;
    this.pixels = this.g.createImageData(small.width, small.height);
  }

  /** Images (n, 784) in [-1, 1]: the first row, real, may be missing yet. */
  show(real: ArrayLike<number> | null, fake: ArrayLike<number>, { real: blue }: Palette): void {
    for (let i = 0; i < CLASSES; i++) this.stamp(real, i, i, 0);
    for (let i = 0; i < this.rows * CLASSES; i++) this.stamp(fake, i, i % CLASSES, (1 + Math.floor(i / CLASSES)) * PITCH + APART);
    this.g.putImageData(this.pixels, 0, 0);
    this.g.fillStyle = blue;
    this.g.fillRect(0, SIDE + GAP, this.small.width, 1);
    this.enlarge();
  }

  describe(words: string): void {
    this.canvas.setAttribute("aria-label", words);
  }

  private stamp(images: ArrayLike<number> | null, i: number, column: number, top: number): void {
    const { data, width } = this.pixels;
    for (let y = 0; y < SIDE; y++) {
      let to = 4 * ((top + y) * width + column * PITCH);
      for (let p = i * PIXELS + y * SIDE, end = p + SIDE; p < end; p++, to += 4) {
        data[to] = data[to + 1] = data[to + 2] = images ? (images[p]! + 1) * 127.5 : 0; // rounded, as the array is clamped
        data[to + 3] = 255;
      }
    }
  }

  /** To whole multiples with hard edges first; what is then too much is taken back smoothly. */
  private enlarge(): void {
    const { canvas, small, large } = this, ratio = window.devicePixelRatio || 1;
    const width = Math.max(small.width, Math.round(canvas.clientWidth * ratio)), times = Math.ceil(width / small.width);
    const height = Math.round((width * small.height) / small.width);
    if (canvas.width !== width) Object.assign(canvas, { width, height });
    if (large.width !== times * small.width) Object.assign(large, { width: times * small.width, height: times * small.height });
    const [to, g] = [large.getContext("2d")!, canvas.getContext("2d")!];
    to.imageSmoothingEnabled = false;
    to.clearRect(0, 0, large.width, large.height);
    to.drawImage(small, 0, 0, large.width, large.height);
    g.imageSmoothingQuality = "high";
    g.clearRect(0, 0, width, height);
    g.drawImage(large, 0, 0, width, height);
  }
}
