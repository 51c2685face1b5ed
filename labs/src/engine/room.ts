/**
 * Blocks of WebAssembly memory, in which the kernels of `assembly/doubles.ts` work: two float64 numbers at once, the same bits as kernels.ts.
 *
 * Whoever wants numbers there asks for all that belong together; where there is no SIMD, or no memory, there is no room, and kernels.ts
 * does it. Nothing is given back: when a block is full the next one begins, and JavaScript lets go of a block when nobody has a view of it.
 */
import binary from "wasm:doubles";
import { compiled } from "./binary";
import type { Activation, Kernels } from "./kernels";

const PAGE = 65536;
const BLOCK = 1 << 22;
/** Numbers begin at a line of the cache, and have room for one more behind them. */
const LINE = 64;
/** Most units of a layer. */
const WIDEST = 512;
const PANEL = 8;

/** What the binary exports: addresses, then numbers. */
type Export = (...numbers: number[]) => void;
type Exports = Readonly<Record<"combine" | "addOuter" | "addRowSums" | "relu" | "leaky" | "tanh" | "reluSlope" | "leakySlope" | "tanhSlope"
  | "logistic" | "normals", Export>>;

const place = (n: number): number => Math.ceil((8 * (n + 1)) / LINE) * LINE;

export class Room {
  readonly wasm: Exports;
  readonly kernels: Kernels;
  private readonly buffer: ArrayBuffer;
  private next = LINE;

  constructor(module: WebAssembly.Module, bytes: number) {
    const memory = new WebAssembly.Memory({ initial: Math.ceil((bytes + LINE) / PAGE) });
    this.buffer = memory.buffer;
    this.wasm = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
    this.kernels = wrapped(this.wasm, this.floats(PANEL * (WIDEST + 1)).byteOffset, this.floats(WIDEST).byteOffset);
  }

  has(bytes: number): boolean {
    return this.next + bytes <= this.buffer.byteLength;
  }

  floats(n: number): Float64Array {
    const at = this.next;
    this.next += place(n);
    return new Float64Array(this.buffer, at, n);
  }
}

const OWN = place(PANEL * (WIDEST + 1)) + place(WIDEST);

let wanted = true;
let module: WebAssembly.Module | null | undefined;
let last: Room | null = null;

/** For tests: what is made from now on is made with or without vectors. */
export function useVectors(yes: boolean): void {
  wanted = yes;
}

/** Does WebAssembly compute? */
export function vectors(): boolean {
  if (module === undefined) module = compiled(binary);
  return wanted && module !== null;
}

/** Room for arrays of these lengths, side by side, for layers of at most `widest` units; or none. */
export function room(lengths: readonly number[], widest = 0): Room | null {
  if (widest > WIDEST || !vectors()) return null;
  const bytes = lengths.reduce((sum, n) => sum + place(n), 0);
  if (last?.has(bytes)) return last;
  try {
    return (last = new Room(module!, Math.max(BLOCK, OWN + bytes)));
  } catch {
    return null; // no memory
  }
}

function wrapped(wasm: Exports, panel: number, zeros: number): Kernels {
  const slopes: Record<Activation, Export> = { linear: () => {}, relu: wasm.reluSlope, leaky: wasm.leakySlope, tanh: wasm.tanhSlope };
  const functions: Record<Activation, Export> = { linear: () => {}, relu: wasm.relu, leaky: wasm.leaky, tanh: wasm.tanh };
  return {
    combine(m, at, rowStep, colStep, bias, x, nIn, y, nOut, n): void {
      const from = m.byteOffset, start = bias < 0 ? zeros : from + 8 * bias;
      wasm.combine(from + 8 * at, 8 * rowStep, 8 * colStep, start, x.byteOffset, nIn, y.byteOffset, nOut, n, panel);
    },
    addOuter: (d, nOut, x, nIn, g, at, n) => wasm.addOuter(d.byteOffset, nOut, x.byteOffset, nIn, g.byteOffset + 8 * at, n),
    addRowSums: (d, nOut, g, at, n) => wasm.addRowSums(d.byteOffset, nOut, g.byteOffset + 8 * at, n),
    activate: (kind, y, size, slope) => functions[kind](y.byteOffset, y.byteOffset + 8 * size, slope),
    timesSlope: (kind, y, d, size, slope) => slopes[kind](d.byteOffset, d.byteOffset + 8 * size, y.byteOffset, slope),
  };
}
