/**
 * Training steps per second of the default network of gan-lab-2d (two hidden ReLU layers of 8, 150 samples, one D and one G step, Adam), and
 * billions of operations per second of the fast products, in WebAssembly and in TypeScript.
 */
import { Adam, Gan, LOSSES, Network, Rng } from "../src/engine";
import { engine, type Matrix } from "../src/engine/fast";

export function stepsPerSecond(seconds = 2, hidden = 8, batch = 150): number {
  const rng = new Rng(0);
  const G = new Network({ sizes: [2, hidden, hidden, 2] }).init(rng);
  const D = new Network({ sizes: [2, hidden, hidden, 1] }).init(rng);
  const gan = new Gan(G, D, new Adam(0.001), new Adam(0.001), batch);
  const real = new Float64Array(2 * batch);
  const z = new Float64Array(2 * batch);
  const round = (): void => {
    rng.fillNormal(real);
    rng.fillNormal(z);
    gan.discriminatorStep(LOSSES.nonsaturating, real, z);
    rng.fillNormal(z);
    gan.generatorStep(LOSSES.nonsaturating, z);
  };
  for (let i = 0; i < 300; i++) round();
  // The best slice, because other programs on the machine only ever slow a slice down.
  const end = performance.now() + 1000 * seconds;
  let best = Infinity;
  while (performance.now() < end) {
    const start = performance.now();
    for (let i = 0; i < 50; i++) round();
    best = Math.min(best, performance.now() - start);
  }
  return 50_000 / best;
}

/** The three products of a layer with a batch: forward, to the input, to the weights. */
const TURNS = { "A B": [0, 0], "A B'": [0, 1], "A' B": [1, 0] } as const;

function gflops(name: "simd" | "plain", [m, k, n]: readonly [number, number, number], [a, b]: readonly [number, number]): number {
  const { arena, kernels } = engine(1 << 23, name);
  const filled = (rows: number, cols: number): Matrix => {
    const matrix = arena.matrix(rows, cols), rng = new Rng(rows);
    matrix.data.forEach((_, i, x) => { x[i] = rng.normal(); });
    return matrix;
  };
  const left = a ? filled(k, m).T : filled(m, k), right = b ? filled(n, k).T : filled(k, n), out = arena.matrix(m, n);
  let best = Infinity;
  for (const end = performance.now() + 250; performance.now() < end;) {
    const start = performance.now();
    kernels.multiply(out, left, right);
    best = Math.min(best, performance.now() - start);
  }
  return (2 * m * k * n) / best / 1e6;
}

function products(): void {
  for (const shape of [[64, 256, 784], [64, 128, 784], [128, 784, 128], [64, 128, 64]] as const) {
    for (const [turn, turned] of Object.entries(TURNS)) {
      const simd = gflops("simd", shape, turned), plain = gflops("plain", shape, turned);
      console.log(`${shape.join(" × ").padEnd(15)} ${turn.padEnd(4)} GFLOP/s: ${simd.toFixed(1)} in WebAssembly, ${plain.toFixed(2)} in TypeScript, ratio ${(simd / plain).toFixed(1)}`);
    }
  }
}

if (process.argv[1]?.endsWith("speed.mjs")) {
  console.log(`steps per second: ${stepsPerSecond().toFixed(0)} (hidden 8), ${stepsPerSecond(2, 14).toFixed(0)} (hidden 14)`);
  products();
}
