/**
 * The players of a long run as text in its link, so that who opens it need not wait for the replay.
 *
 * Arrays are rounded to float32, single numbers are not. A checksum stands for both and for what the link says of the run: the weights of a
 * link that was cut or changed are refused, and its run is replayed.
 */
import { Refused } from "./outside";

/** Acts from which on the replay of a run would take long. */
export const LONG = 4000;
/** Characters: a link that is longer does not get through everywhere. */
const MOST = 12_000;

/** Numbers by name. */
export interface Carried {
  readonly [name: string]: number | Float64Array | Carried | null;
}

type Leaf = number | Float64Array;

/** The same with other numbers. */
function mapped(part: Carried[string], change: (leaf: Leaf) => Leaf): Carried[string] {
  if (part === null) return null;
  if (typeof part === "number" || part instanceof Float64Array) return change(part);
  return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, mapped(one, change)]));
}

const SUM = 4;
const bytesOf = (leaf: Leaf): number => (typeof leaf === "number" ? 8 : 4 * leaf.length);

/** All that there is to spell, and the bytes it takes. */
function listed(carried: Carried): { readonly leaves: readonly Leaf[]; readonly size: number } {
  const leaves: Leaf[] = [];
  mapped(carried, (leaf) => { leaves.push(leaf); return leaf; });
  return { leaves, size: leaves.reduce<number>((sum, leaf) => sum + bytesOf(leaf), SUM) };
}

/** `about`: what the link says of the run. Nothing if it would be too long, or where a number ran away. */
export function spelled(carried: Carried, about: string): string | null {
  const { leaves, size } = listed(carried), view = new DataView(new ArrayBuffer(size)), bytes = new Uint8Array(view.buffer);
  if ((4 * size) / 3 > MOST || !leaves.every((leaf) => (typeof leaf === "number" ? Number.isFinite(leaf) : leaf.every(Number.isFinite)))) return null;
  let at = SUM;
  for (const leaf of leaves) {
    if (typeof leaf === "number") view.setFloat64(at, leaf);
    else leaf.forEach((x, i) => view.setFloat32(at + 4 * i, x));
    at += bytesOf(leaf);
  }
  view.setUint32(0, checksum(bytes, about));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** What was spelled; `like` has the shape that is expected. */
export function unspelled<T extends Carried>(text: string, like: T, about: string): T {
  if (text.length > MOST) throw new Refused(`The weights in the link have ${text.length} characters; at most ${MOST} are read.`);
  const bytes = bytesIn(text), view = new DataView(bytes.buffer), { size } = listed(like);
  if (bytes.length !== size) throw new Refused(`The weights in the link have ${bytes.length} bytes; its settings need ${size}.`);
  if (view.getUint32(0) !== checksum(bytes, about)) throw new Refused("The weights in the link are not those of its run: the link was changed.");
  let at = SUM;
  return mapped(like, (leaf) => {
    const from = at;
    at += bytesOf(leaf);
    return typeof leaf === "number" ? finite(view.getFloat64(from)) : leaf.map((_, i) => finite(view.getFloat32(from + 4 * i)));
  }) as T;
}

function finite(x: number): number {
  if (Number.isFinite(x)) return x;
  throw new Refused("The weights in the link hold something that is no finite number.");
}

function bytesIn(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
  } catch {
    throw new Refused("The weights in the link hold signs that Link does not write.");
  }
}

/** FNV-1a with 32 bits, of what follows the place of the sum itself, and of the text. */
function checksum(bytes: Uint8Array, about: string): number {
  let sum = 0x811c9dc5;
  for (const byte of [...bytes.subarray(SUM), ...new TextEncoder().encode(about)]) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}
