/** The kernels in WebAssembly; `build.mjs` compiles assembly/kernels.ts and puts the binary, in hexadecimal, in place of `wasm:kernels`. */
import binary from "wasm:kernels";
import { compiled } from "../binary";
import { checkPatches, checkProduct, checkSum, LARGEST, MOST, type AdamStep, type Engine, type Kernels, type Weights } from "./kernels";
import { Arena, Matrix, type Floats } from "./matrix";

const PAGE = 65536;
const PANEL = 8; // columns of a product that are computed together

/** What the binary exports: addresses, then numbers. */
type Export = (...numbers: number[]) => void;
type Exports = Readonly<Record<keyof Kernels, Export>>;

let module: WebAssembly.Module | null | undefined;

export function simd(bytes: number): Engine | null {
  module ??= compiled(binary);
  if (!module) return null;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const arena = new Arena(memory.buffer);
  return { name: "simd", arena, kernels: wrapped(exports as unknown as Exports, arena) };
}

const end = (x: Floats): number => x.byteOffset + x.byteLength;

function wrapped(wasm: Exports, arena: Arena): Kernels {
  const panel = arena.floats(PANEL * MOST).byteOffset, zeros = Matrix.repeated(arena.floats(MOST));
  const rim = arena.floats(LARGEST).byteOffset;
  const patched = (run: Export, rows: Matrix, maps: Matrix, side: number): void => {
    checkPatches(rows, maps, side);
    run(rows.data.byteOffset, maps.data.byteOffset, end(maps.data), side, rows.cols / 4, rim);
  };
  return {
    patches: (rows, maps, side) => patched(wasm.patches, rows, maps, side),
    scatter: (maps, rows, side) => patched(wasm.scatter, rows, maps, side),
    multiply(out: Matrix, a: Matrix, b: Matrix, start = zeros): void {
      checkProduct(out, a, b, start);
      wasm.multiply(
        out.data.byteOffset, start.data.byteOffset, 4 * start.rowStep, a.data.byteOffset, 4 * a.rowStep, 4 * a.colStep,
        b.data.byteOffset, 4 * b.rowStep, 4 * b.colStep, out.rows, a.cols, out.cols, panel,
      );
    },
    sumRows(out, x): void {
      checkSum(out, x);
      wasm.sumRows(out.byteOffset, end(out), x.byteOffset, end(x));
    },
    leaky: (x, slope) => wasm.leaky(x.byteOffset, end(x), slope),
    leakySlope: (d, y, slope) => wasm.leakySlope(d.byteOffset, end(d), y.byteOffset, slope),
    tanh: (x) => wasm.tanh(x.byteOffset, end(x)),
    tanhSlope: (d, y) => wasm.tanhSlope(d.byteOffset, end(d), y.byteOffset),
    blend: (a, x, share) => wasm.blend(a.byteOffset, end(a), x.byteOffset, share),
    adam({ p, g, m, v }: Weights, { beta1, beta2, rate, root, eps }: AdamStep): void {
      wasm.adam(
        p.byteOffset, end(p), g.byteOffset, m.byteOffset, v.byteOffset, beta1, beta2, 1 - beta1, 1 - beta2, rate, root, eps,
      );
    },
  };
}
