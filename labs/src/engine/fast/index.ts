/** The fast engine: float32, WebAssembly SIMD where there is any. */
export { FastAdam } from "./adam";
export { engine } from "./engine";
export type { Engine, Kernels } from "./kernels";
export { LabelledGan, tell, type GanShape } from "./labelled-gan";
export { ends, KERNEL, sizesOf, type LayerShape } from "./layers";
export { Arena, Matrix, type Floats } from "./matrix";
export { Net, type NetShape, type Tape } from "./net";
export { NONE, Projection, type Labels } from "./projection";
