/** The fast engine: float32, WebAssembly SIMD where there is any. */
export { FastAdam } from "./adam";
export { engine } from "./engine";
export type { Engine, Kernels } from "./kernels";
export { LabelledGan, tell, type GanShape } from "./labelled-gan";
export { Arena, Matrix, type Floats } from "./matrix";
export { Mlp, type Tape } from "./mlp";
export { NONE, Projection, type Labels } from "./projection";
