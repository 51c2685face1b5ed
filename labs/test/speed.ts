/** Training steps per second of the default network of gan-lab-2d: two hidden ReLU layers of 8, 150 samples, one D and one G step, Adam. */
import { Adam, Gan, LOSSES, Network, Rng } from "../src/engine";

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

if (process.argv[1]?.endsWith("speed.mjs")) {
  console.log(`steps per second: ${stepsPerSecond().toFixed(0)} (hidden 8), ${stepsPerSecond(2, 14).toFixed(0)} (hidden 14)`);
}
