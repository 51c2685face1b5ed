import assert from "node:assert/strict";
import { test } from "node:test";
import { Gan, Grid, InputPenalty, LOG2, LOSSES, Network, Rng, Series, Sgd, gaussianKl, normalLogDensity, exp } from "../src/engine";

const near = (got: number, want: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(got - want) <= tolerance, `${got} is not ${want}`);

function linearCritic(...w: number[]): Network {
  const D = new Network({ sizes: [w.length, 1] });
  D.params.set([...w, 0.3]);
  return D;
}

test("R1 of a linear critic is |w|^2, and its gradient 2 w", () => {
  const D = linearCritic(3, 4);
  near(new InputPenalty(D, 5).add("r1", new Float64Array(10).fill(0.7), 5, 2), 25);
  near(D.grads[0]!, 6);
  near(D.grads[1]!, 8);
});

test("gradient penalty of a linear critic is (|w| - 1)^2", () => {
  const D = linearCritic(3, 4);
  near(new InputPenalty(D, 5).add("gp", new Float64Array(10).fill(0.7), 5, 1), 16);
  near(D.grads[0]!, (2 * 4 * 3) / 5);
});

test("equilibrium losses are what the charts draw in", () => {
  const s = new Float64Array(4), d = new Float64Array(4), e = new Float64Array(4);
  for (const name of ["nonsaturating", "minimax", "relativistic"] as const) {
    const { equilibrium, ...loss } = LOSSES[name];
    near(loss.d(s, s, 4, d, e), equilibrium.d.value);
    near(loss.g(s, 4, d, s), equilibrium.g.value);
  }
  const half = new Float64Array(4).fill(0.5);
  near(LOSSES.leastSquares.d(half, half, 4, d, e), LOSSES.leastSquares.equilibrium.d.value);
  near(LOSSES.leastSquares.g(half, 4, d), LOSSES.leastSquares.equilibrium.g.value);
});

test("a D step leaves G as it was, a G step leaves D as it was", () => {
  const rng = new Rng(0);
  const G = new Network({ sizes: [1, 4, 1] }).init(rng);
  const D = new Network({ sizes: [1, 4, 1] }).init(rng);
  const gan = new Gan(G, D, new Sgd(0.1), new Sgd(0.1), 8);
  const x = new Float64Array(8).fill(1), z = new Float64Array(8).fill(0.5);
  const g = G.params.slice(), d = D.params.slice();
  gan.discriminatorStep(LOSSES.nonsaturating, x, z);
  assert.deepEqual(G.params, g);
  assert.notDeepEqual(D.params, d);
  const after = D.params.slice();
  gan.generatorStep(LOSSES.nonsaturating, z);
  assert.deepEqual(D.params, after);
  assert.notDeepEqual(G.params, g);
});

test("divergences of two Gaussians on the grid agree with closed forms", () => {
  const grid = new Grid(-15, 15, 3000);
  const bell = (mu: number, sigma: number): Float64Array => grid.fill((x) => exp(normalLogDensity(x, mu, sigma)));
  near(grid.kl(bell(0, 1), bell(1, 2)), gaussianKl(0, 1, 1, 2), 1e-6);
  near(grid.w1(bell(-1, 1), bell(2, 1)), 3, 1e-6);
  near(grid.jsd(bell(-8, 0.3), bell(8, 0.3)), LOG2, 1e-6);
  near(grid.jsd(bell(0, 1), bell(0, 1)), 0);
});

test("the push-forward of noise through mu + sigma z is its normal density", () => {
  const grid = new Grid(-12, 12, 480);
  const z = Float64Array.from({ length: 2801 }, (_, i) => -14 + i / 100);
  const out = grid.pushForward(z, z.map((v) => 1 - 1.5 * v), new Float64Array(480));
  out.forEach((p, i) => near(p, exp(normalLogDensity(grid.x[i]!, 1, 1.5)), 1e-4));
});

test("a series keeps its first point, its order and its bound", () => {
  const series = new Series(8);
  for (let i = 0; i < 1000; i++) series.push(i, i * i);
  assert.ok(series.length <= 8);
  assert.equal(series.x[0], 0);
  for (let i = 1; i < series.length; i++) assert.ok(series.x[i]! > series.x[i - 1]!);
});
