/** A block of memory and the functions that work in it: in WebAssembly where that can be had, else in TypeScript. */
import type { Engine } from "./kernels";
import { plain } from "./plain";
import { simd } from "./simd";

/** `wanted` is for tests. */
export function engine(bytes: number, wanted?: Engine["name"]): Engine {
  return (wanted !== "plain" && simd(bytes)) || plain(bytes);
}
