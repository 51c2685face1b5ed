import assert from "node:assert/strict";
import { test } from "node:test";
import { assignment, LOG2, Rng, sampleW1 } from "../src/engine";
import { defaults, replay } from "../src/kit/run";
import { ganLab2d } from "../src/labs/gan-lab-2d";
import { Field } from "../src/labs/gan-lab-2d/field";
import { mixture } from "../src/labs/gan-lab-2d/mixture";
import { GanLab2D } from "../src/labs/gan-lab-2d/model";
import { noiseQuantile, normalQuantile, spreadNoise } from "../src/labs/gan-lab-2d/noise";
import { Pairs, PAIRS } from "../src/labs/gan-lab-2d/pairs";
import type { Lab, Values } from "../src/kit/lab";

const SEEDS = [0, 1, 2];
const DATA = ["line", "two", "ring", "three", "grid", "one", "own"];
const SMALL = { g_units: 8, d_units: 8 };
const drawn = defaults(ganLab2d as unknown as Lab)["drawn"] as [number, number][];

const lab = (values: Values = {}, seed = 0): GanLab2D => ganLab2d.create({ ...defaults(ganLab2d as unknown as Lab), ...values }, seed);
const data = (name: string) => mixture(name, drawn);
const close = (a: number, b: number, tolerance: number): void => assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b} ± ${tolerance}`);

function after(steps: number, values: Values, seed: number): GanLab2D {
  const model = lab(values, seed);
  for (let i = 0; i < steps; i++) model.act("step");
  return model;
}

// What is measured.

test("a perfect generator reads about 0 on every data set", () => {
  for (const name of DATA) {
    const field = new Field(data(name));
    field.take(data(name).sample(new Rng(77), new Float64Array(4096)), 2048);
    const { kl, jsd } = field.divergences();
    assert.ok(jsd < 0.01 && jsd >= 0, `${name}: JSD ${jsd}`);
    assert.ok(kl < 0.035 && kl >= 0, `${name}: KL ${kl}`);
  }
});

test("the reading falls towards 0 as samples of the data grow in number", () => {
  const field = new Field(data("ring"));
  const readings = [200, 2000, 20000].map((n) => field.floor(n).jsd);
  assert.ok(readings[0]! > 4 * readings[1]! && readings[1]! > 4 * readings[2]!, String(readings));
});

test("disjoint distributions read log 2", () => {
  const field = new Field(data("ring"));
  field.take(new Float64Array(400), 200);
  close(field.divergences().jsd, LOG2, 1e-3);
});

test("JSD of two equal Gaussians agrees with numerical integration over the plane", () => {
  const one = mixture("own", [[-0.6, 0]]);
  const field = new Field(one);
  field.take(mixture("own", [[-0.2, 0]]).sample(new Rng(5), new Float64Array(80000)), 40000);
  const sigma = Math.sqrt(0.14 ** 2 + 0.12 ** 2);
  const density = (x: number, m: number): number => Math.exp(-0.5 * ((x - m) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));
  let exact = 0; // along the line of the centres; across it both are equal
  for (let x = -2; x < 1.5; x += 1e-3) {
    const p = density(x, -0.6), q = density(x, -0.2), m = (p + q) / 2;
    exact += 0.5e-3 * ((p && p * Math.log(p / m)) + (q && q * Math.log(q / m)));
  }
  close(field.divergences().jsd, exact, 0.01);
});

test("W1 of a shifted point set is the length of the shift; of an equal set, in any order, 0", () => {
  for (const seed of SEEDS) {
    const points = data("ring").sample(new Rng(seed), new Float64Array(2 * PAIRS));
    const moved = points.map((v, i) => v + (i % 2 ? 0.4 : -0.3));
    close(sampleW1(points, moved, PAIRS), 0.5, 1e-12);
    const order = [...points.keys()].filter((i) => i % 2 === 0).reverse();
    assert.equal(sampleW1(points, Float64Array.from(order.flatMap((i) => [points[i]!, points[i + 1]!])), PAIRS), 0);
  }
});

test("W1 on a line is the mean distance of the sorted points", () => {
  for (const seed of SEEDS) {
    const rng = new Rng(seed);
    const [a, b] = [0, 1].map(() => Float64Array.from({ length: 50 }, () => rng.normal()));
    const sorted = b!.slice().sort();
    const mean = a!.slice().sort().reduce((sum, v, i) => sum + Math.abs(v - sorted[i]!), 0) / 50;
    close(sampleW1(a!, b!, 50, 1), mean, 1e-12);
  }
});

test("W1 from one point is the mean distance to it, ties and all; a number that ran away gives no number", () => {
  const points = data("grid").sample(new Rng(0), new Float64Array(2 * PAIRS));
  let sum = 0;
  for (let i = 0; i < PAIRS; i++) sum += Math.hypot(points[2 * i]! - 1, points[2 * i + 1]!);
  close(sampleW1(points.map((_, i) => 1 - (i % 2)), points, PAIRS), sum / PAIRS, 1e-12);
  assert.ok(Number.isNaN(sampleW1(points.map((v, i) => (i ? v : Infinity)), points, PAIRS)));
  assert.ok(Number.isNaN(sampleW1(points, points.map((v, i) => (i ? v : NaN)), PAIRS)));
});

test("the cheapest assignment of all, by trying every one", () => {
  const orders = (items: number[]): number[][] => (items.length ? items.flatMap((x) => orders(items.filter((y) => y !== x)).map((rest) => [x, ...rest])) : [[]]);
  for (let seed = 0; seed < 30; seed++) {
    const rng = new Rng(seed);
    const cost = Float64Array.from({ length: 36 }, () => rng.below(7)); // small whole numbers: many ties
    const price = (columns: ArrayLike<number>): number => Array.from(columns).reduce((sum, j, i) => sum + cost[6 * i + j]!, 0);
    const found = assignment(cost, 6);
    assert.equal(new Set(found).size, 6);
    assert.equal(price(found), Math.min(...orders([0, 1, 2, 3, 4, 5]).map(price)));
  }
});

test("the reading of W1 for real samples is small beside that of a generator that misses half of the data", () => {
  for (const name of DATA) {
    const pairs = new Pairs(data(name));
    const half = data(name).sample(new Rng(5), new Float64Array(2 * PAIRS)).map((v, i) => (i % 2 ? v : Math.abs(v)));
    assert.ok(pairs.floor > 0.02 && pairs.floor < 0.35, `${name}: ${pairs.floor}`);
    assert.ok(pairs.distance(half) > 2.5 * pairs.floor, `${name}: ${pairs.distance(half)} against ${pairs.floor}`);
  }
});

test("the best D is 1/2 where both densities agree, and knows real from fake where they do not", () => {
  const field = new Field(data("two"));
  const half = data("two").sample(new Rng(1), new Float64Array(8000)).map((v, i, all) => (i % 2 ? v : Math.abs(v) * Math.sign(all[i + 1]!)));
  field.take(half, 4000);
  close(field.best(1.2, 0.8), 0.5, 0.06);
  field.take(half.map(Math.abs), 4000); // everything in one mode
  close(field.best(1.2, 0.8), 1 / 3, 0.06);
  assert.ok(field.best(-1.2, -0.8) > 0.99);
});

test("samples of the data cover all modes and 98.9 % of them are good", () => {
  for (const [name, modes] of [["line", 1], ["two", 2], ["ring", 8], ["three", 3], ["grid", 25], ["one", 1]] as const) {
    const judged = data(name).judge(data(name).sample(new Rng(3), new Float64Array(8000)), 4000);
    assert.equal(data(name).modes, modes);
    assert.equal(judged.modes, modes);
    assert.ok(judged.good > 0.98, name);
  }
});

test("a generator that makes one point covers one mode", () => {
  assert.deepEqual(data("ring").judge(Float64Array.of(2, 0, 2, 0), 2), { good: 1, modes: 1 });
  assert.deepEqual(data("ring").judge(Float64Array.of(0, 0, 0, 0), 2), { good: 0, modes: 0 });
});

test("strokes that touch are one mode, strokes apart are two", () => {
  assert.equal(mixture("own", [[0, 0], [0.3, 0], [0.6, 0]]).modes, 1);
  assert.equal(mixture("own", [[0, 0], [0.3, 0], [2, 0]]).modes, 2);
});

test("an empty drawing is empty: no density, no samples", () => {
  assert.equal(mixture("own", []).count, 0);
});

test("a spot on a line does not cover the line, though all of it lies near the data", () => {
  const spot = new Float64Array(400).map((_, i) => (i % 2 ? -0.04 : 0.02));
  assert.deepEqual(data("line").judge(spot, 200), { good: 1, modes: 0 });
});

test("quantiles of the noise: closed forms and the tables", () => {
  for (const [p, z] of [[0.5, 0], [0.975, 1.959963985], [0.001, -3.090232306], [0.01, -2.326347874]] as const) close(normalQuantile(p), z, 1e-7);
  close(noiseQuantile("uniform", 0.25), -0.5, 1e-15);
});

test("evenly spread noise has the moments of the noise", () => {
  const z = spreadNoise("normal", 2, 2048);
  for (const c of [0, 1]) {
    const axis = z.filter((_, i) => i % 2 === c);
    close(axis.reduce((a, b) => a + b, 0) / 2048, 0, 0.01);
    close(axis.reduce((a, b) => a + b * b, 0) / 2048, 1, 0.02);
  }
  close(z.reduce((sum, v, i) => (i % 2 ? sum + v * z[i - 1]! : sum), 0) / 2048, 0, 0.02);
});

// The game.

test("arrows are the true -dL_G/dx: finite differences of the loss of one sample", () => {
  for (const loss of ["nonsaturating", "minimax", "leastSquares", "wasserstein", "hinge"]) {
    const model = after(20, { ...SMALL, loss, activation: "tanh" }, 0);
    const { fake, move } = model.hints();
    const points = fake.slice();
    const one = model.gan.D.tape(1);
    const at = (x: number, y: number): number => {
      const out = model.gan.D.forward(one, Float64Array.of(x, y));
      return model.loss.g(out, 1, new Float64Array(1), out);
    };
    for (let i = 0; i < 10; i++) {
      const [x, y] = [points[2 * i]!, points[2 * i + 1]!];
      close(move[2 * i]!, -(at(x + 1e-5, y) - at(x - 1e-5, y)) / 2e-5, 1e-6);
      close(move[2 * i + 1]!, -(at(x, y + 1e-5) - at(x, y - 1e-5)) / 2e-5, 1e-6);
    }
  }
});

test("ten parts of slow motion are one step, to the last bit", () => {
  for (const [extra, parts] of [[{}, 10], [{ k: 2, k_g: 3, gp: 1 }, 25]] as [Values, number][]) {
    const whole = replay(ganLab2d as unknown as Lab, { ...SMALL, ...extra }, [["step", 3]]) as { step: number; weights: unknown; metrics: unknown };
    const slow = replay(ganLab2d as unknown as Lab, { ...SMALL, ...extra }, [["sub", 3 * parts]]) as typeof whole;
    assert.equal(slow.step, 3);
    assert.deepEqual(slow.weights, whole.weights);
    assert.deepEqual(slow.metrics, whole.metrics);
  }
});

test("each part of slow motion has its own caption; weights move in the fifth only", () => {
  const model = lab(SMALL);
  const captions = new Set<string>();
  for (let part = 1; part <= 10; part++) {
    const [D, G] = [model.gan.D.params.slice(), model.gan.G.params.slice()];
    model.act("sub");
    captions.add(model.describe());
    assert.equal(!model.gan.D.params.every((w, i) => w === D[i]), part === 5, `D in part ${part}`);
    assert.equal(!model.gan.G.params.every((w, i) => w === G[i]), part === 10, `G in part ${part}`);
  }
  assert.equal(captions.size, 10);
});

test("a live change of one player's network leaves the other untouched", () => {
  const model = after(5, SMALL, 0);
  const [D, G] = [model.gan.D.params.slice(), model.gan.G.params.slice()];
  model.set("d_units", 4);
  assert.deepEqual(model.gan.G.params, G);
  assert.notDeepEqual(model.gan.D.params, D);
  model.act("step");
  assert.equal(model.steps, 6);
});

test("a live change of loss, optimiser or rates keeps all weights", () => {
  const model = after(5, SMALL, 0);
  const before = [...model.gan.D.params, ...model.gan.G.params];
  for (const [key, value] of [["loss", "hinge"], ["optimizer", "sgd"], ["beta1", 0.9], ["lr_d", 0.1], ["k", 4], ["noise", "uniform"]] as const) model.set(key, value);
  assert.deepEqual([...model.gan.D.params, ...model.gan.G.params], before);
  assert.equal(model.gan.optD.lr, 0.1);
});

test("every combination of loss and regulariser stays finite", () => {
  for (const loss of ["nonsaturating", "minimax", "leastSquares", "wasserstein", "hinge", "relativistic"]) {
    for (const reg of [{ r1: 0 }, { r1: 1 }, { gp: 5 }, { clip: 0.1 }] as Values[]) {
      const { metrics } = after(15, { ...SMALL, loss, ...reg, noise_dims: "1", data: "own" }, 1);
      assert.ok(Object.values(metrics).every(Number.isFinite), `${loss} ${JSON.stringify(reg)}`);
    }
  }
});

test("no hidden layer, five layers of 100 neurons, and one neuron all work", () => {
  for (const [layers, units] of [[0, 16], [5, 100], [1, 1]] as const) {
    const model = after(1, { g_layers: layers, d_layers: layers, g_units: units, d_units: units }, 0);
    assert.ok(Number.isFinite(model.metrics.jsd));
  }
});

test("trained players are good from the start, on all five data sets", () => {
  for (const [name, modes] of [["line", 1], ["two", 2], ["ring", 8], ["three", 3], ["grid", 15]] as const) {
    const model = lab({ data: name, start: "trained" });
    assert.ok(model.stored, name);
    assert.ok(model.metrics.modes >= modes, `${name}: ${model.metrics.modes} modes`);
    assert.ok(model.metrics.jsd < 0.25, `${name}: JSD ${model.metrics.jsd}`);
    assert.ok(model.metrics.w1 < 3 * model.pairs.floor, `${name}: W1 ${model.metrics.w1}`);
  }
});

test("trained players for other networks: it says that there are none", () => {
  const model = lab({ start: "trained", g_units: 5 });
  assert.ok(!model.stored);
  assert.match(model.describe(), /No trained players/);
});
