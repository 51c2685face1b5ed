/**
 * The layers of both players: convolutions, D that of DCGAN in small and G the same turned round, or dense layers.
 *
 * G: 16 noise + 10 label -> (7, 7, 2c) -> (14, 14, c) -> (28, 28, 1), or -> u/2 -> u -> 784. D: the same way back, with 64 units at its end,
 * or 784 -> u -> u/2. What D makes at the end is projected on the label.
 */
import type { LayerShape } from "../../engine/fast";
import type { Values } from "../../kit/params";
import { CLASSES, PIXELS, SIDE } from "./cargo";

/** Numbers of noise. */
export const Z = 16;
/** Units of D behind its convolutions. */
const UNITS = 64;

export interface Players {
  readonly layersG: readonly LayerShape[];
  readonly layersD: readonly LayerShape[];
}

export function players({ networks, channels, g_units, d_units }: Values): Players {
  return networks === "dense" ? dense(g_units as number, d_units as number) : convolutional(channels as number);
}

function dense(g: number, d: number): Players {
  return { layersG: chain(Z + CLASSES, g / 2, g, PIXELS), layersD: chain(PIXELS, d, d / 2) };
}

const chain = (...sizes: readonly number[]): LayerShape[] => sizes.slice(1).map((outputs, l) => ({ kind: "dense", inputs: sizes[l]!, outputs }));

function convolutional(c: number): Players {
  const fine = { side: SIDE, fine: 1, coarse: c } as const, coarse = { side: SIDE / 2, fine: c, coarse: 2 * c } as const, flat = (PIXELS / 8) * c;
  return {
    layersG: [...chain(Z + CLASSES, flat), { kind: "up", ...coarse }, { kind: "up", ...fine }],
    layersD: [{ kind: "down", ...fine }, { kind: "down", ...coarse }, ...chain(flat, UNITS)],
  };
}
