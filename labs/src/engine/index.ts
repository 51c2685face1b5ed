/** The engine: no DOM, no dependency, no allocation in a training step. */
export * from "./density";
export * from "./gan";
export * from "./losses";
export * from "./math";
export * from "./metrics";
export * from "./network";
export * from "./optim";
export * from "./penalties";
export * from "./random";
export { useVectors, vectors } from "./room";
export * from "./roc";
export * from "./series";
export * from "./student";
export * from "./transport";
