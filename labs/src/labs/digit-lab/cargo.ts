/** The digits to train on and the weights of the small judge. `scripts/collect_digits.py` writes the file. */
import { Cargo } from "../../kit/cargo";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

/** As the file has it. */
interface Stored {
  readonly seed: number;
  readonly date: string;
  /** Digits of each class. */
  readonly each: number;
  /** The largest grey level. */
  readonly levels: number;
  /** Share of MNIST's 10 000 test images that the judge reads right. */
  readonly accuracy: number;
  readonly judge: string;
  readonly images: string;
}

export interface Digits extends Omit<Stored, "images"> {
  /** Grey levels, image after image, class after class. */
  readonly images: Uint8Array;
}

export const DATA = new Cargo<Digits, Stored>("digit-data.js", "ganlabDigitData", async (stored) => {
  const strips = await inflated(bytes(stored.images));
  return { ...stored, images: unpacked(strips, stored.each * CLASSES) };
});

/** The bytes of a base64 text. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

async function inflated(deflated: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A byte holds four pixels, one above the other, the topmost in its lowest bits. */
function unpacked(strips: Uint8Array, n: number): Uint8Array {
  const images = new Uint8Array(n * PIXELS);
  strips.forEach((strip, i) => {
    const at = Math.floor(i / SIDE) * 4 * SIDE + (i % SIDE);
    for (let row = 0; row < 4; row++) images[at + row * SIDE] = (strip >> (2 * row)) & 3;
  });
  return images;
}
