/**
 * Make src/labs/gan-lab-2d/trained.ts: weights of trained players for each data set, at the lab's default settings.
 *
 * Seed 0, three learning rates of 2500 steps each, averaged weights (decay 0.99). Nothing is chosen by hand: one run a data set.
 */
import { Ema } from "../src/engine";
import { writeFileSync } from "node:fs";
import { GanLab2D } from "../src/labs/gan-lab-2d/model";
import { PARAMS } from "../src/labs/gan-lab-2d/params";

const STEPS = 2500;
/** Learning rates of D and of G. */
const RATES = [[0.01, 0.003], [0.003, 0.001], [0.001, 0.0003]] as const;
const defaults = Object.fromEntries(Object.entries(PARAMS).map(([key, param]) => [key, param.default]));

function train(data: string): number[] {
  const model = new GanLab2D({ ...defaults, data }, 0);
  const players = [model.gan.G, model.gan.D];
  const averages = players.map(({ params }) => new Ema(params, 0.99));
  for (const [d, g] of RATES) {
    model.set("lr_d", d);
    model.set("lr_g", g);
    for (let i = 0; i < STEPS; i++) {
      model.act("step");
      averages.forEach((average, p) => average.update(players[p]!.params));
    }
  }
  players.forEach(({ params }, p) => params.set(averages[p]!.average));
  const { modes, good, jsd } = model.metrics;
  console.log(`${data}: ${modes} of ${model.mixture.modes} modes, ${(100 * good).toFixed(1)} % good, JSD ${jsd.toFixed(3)}`);
  return players.flatMap(({ params }) => [...params]).map((w) => Math.round(1e3 * w) / 1e3);
}

const chosen = process.argv[2] ? [process.argv[2]] : ["line", "two", "ring", "three", "grid"];
const entries = chosen.map((data) => `  ${data}: Float64Array.of(${train(data).join(",")}),`);
writeFileSync(process.argv[3] ?? "src/labs/gan-lab-2d/trained.ts", `/** Weights of trained players, G then D. Made by \`npm run pretrain\`; do not edit. */
export const TRAINED: Record<string, Float64Array | undefined> = {
${entries.join("\n")}
};
`);
