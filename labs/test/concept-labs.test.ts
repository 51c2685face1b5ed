/** Claims of the labs for chapters 1, 3, 4, 5 and 7. Agreement with PyTorch and `ganlab` is tested from tests/labs/. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { replay } from "../src/kit/run";
import type { Value } from "../src/kit/lab";
import { LABS } from "../src/labs";

interface Answer {
  readonly metrics: Record<string, number>;
  readonly losses: Record<string, number>;
  readonly slopes: Record<string, number | null>;
  readonly boundaries: number[];
  readonly sampled: { readonly generative: number; readonly discriminative: number };
  readonly eigenvalues: { readonly re: number; readonly im: number }[];
}

const after = (tag: string, steps: number, params: Record<string, Value> = {}): Answer =>
  replay(LABS.find((lab) => lab.tag === tag)!, params as never, steps ? [["step", steps]] : []) as Answer;
const SEEDS = [0, 1, 2, 3, 4];
/** For what takes long. */
const FEW = process.env["GANLAB_SLOW"] ? SEEDS : SEEDS.slice(0, 2);
const near = (x: number, y: number, tolerance: number): void => assert.ok(Math.abs(x - y) <= tolerance, `${x} is not within ${tolerance} of ${y}`);

test("class-lab: only the generative side answers, and its pairs have the world's shares and means", () => {
  for (const seed of SEEDS) {
    const { sampled, metrics } = after("class-lab", 500, { seed, mu0: -1, share: 0.3 });
    assert.deepEqual(sampled, { generative: 10_000, discriminative: 0 });
    near(metrics["share1"]!, 0.3, 0.02); // 4 standard errors
    near(metrics["mean0"]!, -1, 0.05);
    near(metrics["mean1"]!, 2, 0.08);
  }
});

test("class-lab: a wide bell around a narrow one has two boundaries; equal bells have none", () => {
  assert.equal(after("class-lab", 0, { sigma1: 2.5, share: 0.5 }).boundaries.length, 2);
  assert.equal(after("class-lab", 0, { mu1: 0 }).boundaries.length, 0);
  assert.equal(after("class-lab", 0).boundaries.length, 1);
});

test("class-lab: a change of the world clears the pairs, a change of the given x does not", () => {
  const lab = LABS.find(({ tag }) => tag === "class-lab")!;
  const pairs = (change: [string, number]): number => (replay(lab, {}, [["step", 3], change]) as Answer).sampled.generative;
  assert.equal(pairs(["x", 2]), 60);
  assert.equal(pairs(["mu0", 1]), 0);
});

test("ratio-lab: with unequal spreads the quadratic D comes close to D* and the linear one cannot, on every seed", () => {
  for (const seed of FEW) {
    const { metrics, losses } = after("ratio-lab", 1500, { seed });
    assert.ok(metrics["error_quadratic"]! < 0.04, String(metrics["error_quadratic"]));
    assert.ok(metrics["error_linear"]! > 0.15, String(metrics["error_linear"]));
    assert.ok(losses["linear"]! > losses["quadratic"]! && losses["quadratic"]! >= losses["best"]!);
  }
});

test("ratio-lab: with equal spreads both come close, on every seed", () => {
  for (const seed of FEW) {
    const { metrics } = after("ratio-lab", 1500, { seed, sigma: 1.5, sigma_g: 1.5 });
    assert.ok(metrics["error_quadratic"]! < 0.04 && metrics["error_linear"]! < 0.04, JSON.stringify(metrics));
  }
});

test("divergence-lab: without overlap JSD stands at log 2, V at 0, both KL are infinite, and only W1 has a slope", () => {
  for (const mu of [-7, -5, 4, 6]) {
    const { metrics, slopes } = after("divergence-lab", 0, { mu });
    near(metrics["jsd"]!, Math.LN2, 1e-12);
    near(metrics["v"]!, 0, 1e-12);
    assert.equal(metrics["kl"], null);
    assert.equal(metrics["reverse"], null);
    near(metrics["w1"]!, Math.abs(mu), 1e-12);
    assert.equal(slopes["jsd"], 0);
    near(slopes["w1"]!, Math.sign(mu), 1e-6);
  }
});

test("divergence-lab: disjoint boxes: downhill on JSD nothing moves, downhill on W1 the model arrives", () => {
  assert.equal(after("divergence-lab", 500, { downhill: "jsd" }).metrics["mu"], -5);
  near(after("divergence-lab", 500).metrics["w1"]!, 0, 0.06);
});

test("divergence-lab: one bell for two: KL(data‖model) covers both, KL(model‖data) sits down on one", () => {
  const end = (downhill: string): Record<string, number> => after("divergence-lab", 800, { shape: "two", mu: 1, sigma: 1, downhill, step_size: 0.1 }).metrics;
  const [kl, reverse] = [end("kl"), end("reverse")];
  near(kl["mu"]!, 0, 0.01);
  near(kl["sigma"]!, Math.sqrt(2.5 ** 2 + 0.7 ** 2), 0.01);
  near(reverse["mu"]!, 2.5, 0.05);
  near(reverse["sigma"]!, 0.7, 0.05);
});

test("loss-lab: at D = 0.01 the non-saturating slope is 99 times the minimax slope", () => {
  const { metrics } = after("loss-lab", 0);
  near(metrics["slope_minimax"]!, -0.01, 1e-12);
  near(metrics["slope_nonsaturating"]!, -0.99, 1e-12);
  near(metrics["ratio"]!, 99, 1e-9);
});

test("loss-lab: from D = 0.01 the non-saturating sample passes 1/2 while the minimax sample has hardly moved", () => {
  const { metrics } = after("loss-lab", 120);
  assert.ok(metrics["d_nonsaturating"]! > 0.5);
  assert.ok(metrics["d_minimax"]! < 0.012);
});

test("dirac-lab: radii after 500 steps of 0.2 from 1.414, as chapter 7 says", () => {
  const radii = (game: string, gamma: number): string[] => {
    const { metrics } = after("dirac-lab", 500, { game, gamma });
    return [metrics["radius_simultaneous"]!, metrics["radius_alternating"]!].map((r) => r.toFixed(gamma ? 4 : 2));
  };
  assert.deepEqual(radii("minimax", 0), ["3.35", "1.34"]);
  assert.deepEqual(radii("nonsaturating", 0), ["0.64", "0.28"]);
  for (const game of ["minimax", "nonsaturating"]) for (const gamma of [0.3, 1]) assert.deepEqual(radii(game, gamma), ["0.0000", "0.0000"]);
});

test("dirac-lab: the eigenvalues turn below gamma = 1 and not from there on", () => {
  const turning = (gamma: number): number => Math.abs(after("dirac-lab", 0, { gamma }).eigenvalues[0]!.im);
  near(turning(0), 0.5, 1e-12);
  assert.ok(turning(0.95) > 0.1);
  assert.equal(turning(1), 0);
  assert.equal(turning(1.5), 0);
});

test("dirac-lab: simultaneous steps of the xy game grow by sqrt(1 + h^2) each; alternating ones stay", () => {
  const { metrics } = after("dirac-lab", 100, { game: "xy", step_size: 0.1, theta: 1, psi: 0 });
  near(metrics["radius_simultaneous"]!, 1.01 ** 50, 1e-9);
  near(metrics["radius_alternating"]!, 1, 0.06);
});

test("dirac-lab: a run that leaves the map stays finite", () => {
  const { metrics } = after("dirac-lab", 5000, { game: "xy" });
  assert.ok(metrics["radius_simultaneous"]! > 1e6 && Number.isFinite(metrics["radius_simultaneous"]!));
});
