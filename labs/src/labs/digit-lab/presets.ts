/** Runs worth watching. What the texts say is measured on seeds that no page shows: tests/labs and benchmarks. */
import type { Preset } from "../../kit/lab";

export const PRESETS: readonly Preset[] = [
  { label: "it works", values: {}, explain: "…" },
];
