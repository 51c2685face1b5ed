/**
 * Named arrays in one file, as PyTorch's users know it: 8 bytes with the length of a JSON header, the header, the numbers.
 *
 * A file comes from outside: whatever is wrong with it is refused in a sentence, before any of it is used.
 */
import { Refused } from "./outside";

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export interface Named {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Texts about them. */
  readonly metadata: Readonly<Record<string, string>>;
}

const PREFIX = 8;
const ALIGN = 8;
const MOST_HEADER = 1 << 20;
const TYPES = { F32: Float32Array, F64: Float64Array } as const;
const CURE = "Choose a file that Save of this lab has written.";

/** What is stored first must have the wider numbers, so that all of them lie at multiples of their size. */
export function pack({ tensors, metadata }: Named): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, data }] of sorted) {
    header[name] = { dtype: data instanceof Float64Array ? "F64" : "F32", shape, data_offsets: [end, (end += data.byteLength)] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header)), length = Math.ceil(text.length / ALIGN) * ALIGN;
  const bytes = new Uint8Array(PREFIX + length + end).fill(0x20, PREFIX, PREFIX + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, PREFIX);
  let at = PREFIX + length;
  for (const [, { data }] of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

export function unpack(bytes: Uint8Array): Named {
  if (bytes.length < PREFIX + 2) throw new Refused(`The file has ${bytes.length} bytes, too few for a header. ${CURE}`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MOST_HEADER) throw new Refused(`This is no safetensors file: its header would have ${length} bytes. ${CURE}`);
  const body = bytes.subarray(PREFIX + length), { __metadata__: about = {}, ...entries } = header(bytes.subarray(PREFIX, PREFIX + length));
  const metadata = Object.fromEntries(Object.entries(record(about, "__metadata__")).map(([name, text]) => [name, String(text)]));
  return { metadata, tensors: new Map(Object.entries(entries).map(([name, entry]) => [name, tensor(name, record(entry, name), body)])) };
}

function header(bytes: Uint8Array): Record<string, unknown> {
  try {
    return record(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), "the header");
  } catch {
    throw new Refused(`This is no safetensors file: its header is no JSON object. ${CURE}`);
  }
}

function record(given: unknown, name: string): Record<string, unknown> {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given as Record<string, unknown>;
  throw new Refused(`${short(name)} in the file's header is no JSON object. ${CURE}`);
}

function tensor(name: string, { dtype, shape, data_offsets: offsets }: Record<string, unknown>, body: Uint8Array): Tensor {
  if (dtype !== "F32" && dtype !== "F64") throw new Refused(`${short(name)} in the file has numbers of type ${short(dtype)}; F32 or F64 is expected. ${CURE}`);
  if (!wholes(shape) || !wholes(offsets) || offsets.length !== 2) throw new Refused(`${short(name)} has no shape or no place in the file. ${CURE}`);
  const Numbers = TYPES[dtype], [from, to] = offsets as [number, number], size = shape.reduce((product, n) => product * n, Numbers.BYTES_PER_ELEMENT);
  if (to > body.length) throw new Refused(`The file ends early: ${short(name)} should reach byte ${to}, and there are ${body.length}. Save or copy the file again.`);
  if (to - from !== size) throw new Refused(`${short(name)} has ${to - from} bytes in the file; its shape (${shape.join(", ")}) needs ${size}. ${CURE}`);
  const data = new Numbers(body.slice(from, to).buffer);
  if (!data.every(Number.isFinite)) throw new Refused(`${short(name)} in the file holds something that is no finite number. ${CURE}`);
  return { shape, data };
}

function wholes(given: unknown): given is number[] {
  return Array.isArray(given) && given.length <= 8 && given.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** A name from the file, in a length that can be read. */
export function short(given: unknown): string {
  const text = String(given);
  return `“${text.length > 40 ? `${text.slice(0, 40)}…` : text}”`;
}
