/**
 * Training steps per second of GAN Lab's network (two hidden ReLU layers of 8, 150 samples, one D and one G step, Adam) and of the largest
 * that gan-lab-2d has, and billions of operations per second of the fast products, in WebAssembly and in TypeScript.
 */
import { Adam, Gan, LOSSES, Network, Rng, useVectors } from "../src/engine";
import { engine, type Matrix } from "../src/engine/fast";

const BATCH = 150;

/** `round()` makes a step of D and one of G. */
function game(hidden: readonly number[]): () => void {
  const rng = new Rng(0), batch = BATCH;
  const G = new Network({ sizes: [2, ...hidden, 2] }).init(rng);
  const D = new Network({ sizes: [2, ...hidden, 1] }).init(rng);
  const gan = new Gan(G, D, new Adam(0.001), new Adam(0.001), batch);
  const real = new Float64Array(2 * batch);
  const z = new Float64Array(2 * batch);
  return () => {
    rng.fillNormal(real);
    rng.fillNormal(z);
    gan.discriminatorStep(LOSSES.nonsaturating, real, z);
    rng.fillNormal(z);
    gan.generatorStep(LOSSES.nonsaturating, z);
  };
}

/** Microseconds of this process's processor time for a round, over some hundred milliseconds. */
function cost(round: () => void): number {
  const spent = (): number => { const { user, system } = process.cpuUsage(); return user + system; };
  const start = spent();
  let rounds = 0;
  for (; spent() - start < 200_000; rounds++) round();
  return (spent() - start) / rounds;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Both ways in turns, so that what else the machine does slows both. */
function steps(hidden: readonly number[], turns = 7): void {
  const ways = [true, false].map((wanted) => { useVectors(wanted); return game(hidden); });
  const rows = Array.from({ length: turns + 1 }, () => ways.map((round, i) => { useVectors(i === 0); return cost(round); })).slice(1);
  const [fast, slow] = [0, 1].map((i) => median(rows.map((row) => row[i]!))), ratios = rows.map(([a, b]) => b! / a!);
  const spread = `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
  console.log(`2-${hidden.join("-")}: ${(1e6 / fast!).toFixed(0)} steps a second of processor time in WebAssembly, ${(1e6 / slow!).toFixed(0)} in TypeScript, ratio ${spread}`);
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
  for (const hidden of [[8, 8], [16, 16], [100, 100, 100, 100, 100]]) steps(hidden);
  products();
}
