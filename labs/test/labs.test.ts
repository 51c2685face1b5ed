import assert from "node:assert/strict";
import { test } from "node:test";
import { replay, Run } from "../src/kit/run";
import { LABS } from "../src/labs";

interface Answer {
  readonly metrics: Record<string, number>;
  readonly losses: Record<string, number>;
}

const after = (tag: string, steps: number, params: Record<string, number | string>): Answer =>
  replay(LABS.find((lab) => lab.tag === tag)!, params, [["step", steps]]) as Answer;
const SEEDS = [0, 1, 2, 3, 4];
const within = (x: number, low: number, high: number): void => assert.ok(x >= low && x <= high, `${x} is not in [${low}, ${high}]`);

for (const lab of LABS) {
  test(`${lab.tag}: a link replays to the same state`, () => {
    const run = new Run(lab, {}, 5);
    const change = Object.entries(lab.params).find(([, p]) => p.kind === "slider" && !p.resets);
    const names = Object.keys(lab.actions);
    for (const name of names) for (let i = 0; i < 20; i++) run.act(name);
    if (change) run.set(change[0], (change[1] as { max: number }).max);
    for (const name of names) run.act(name);
    const again = new Run(lab);
    for (const _ of again.restore(run.toText())) void _;
    assert.deepEqual(again.state, run.state);
  });

  test(`${lab.tag}: its state is plain JSON`, () => {
    const run = new Run(lab);
    for (const name of Object.keys(lab.actions)) run.act(name);
    assert.deepEqual(JSON.parse(JSON.stringify(run.state)), run.state);
  });

  test(`${lab.tag}: wrong values are refused by name`, () => {
    assert.throws(() => new Run(lab).set("no_such", 1), /no_such/);
  });
}

test("marco-polo: with exact and with learned answers the caller arrives, on every seed", () => {
  for (const feedback of ["exact", "learned"]) {
    for (const seed of SEEDS) {
      const { metrics } = after("marco-polo", 500, { seed, feedback, noise: 0 });
      within(metrics["mu"]!, 2.9, 3.1);
      within(metrics["sigma"]!, 1.4, 1.6);
    }
  }
});

test("marco-polo: without an answer the caller walks at random and does not arrive", () => {
  const ends = SEEDS.map((seed) => after("marco-polo", 500, { seed, feedback: "none" }).metrics["mu"]!);
  for (const mu of ends) within(mu, -6, 0);
  assert.ok(ends.some((mu) => mu > -3) && ends.some((mu) => mu < -3));
});

test("gan-lab-1d: with a quadratic logit G arrives, on every seed", () => {
  for (const seed of SEEDS) {
    const { metrics } = after("gan-lab-1d", 2000, { seed });
    within(metrics["mu"]!, 2.9, 3.1);
    within(metrics["sigma"]!, 1.4, 1.6);
    within(metrics["jsd"]!, 0, 0.002);
  }
});

test("gan-lab-1d: with a linear logit every dial says converged and the spread is far too small", () => {
  for (const seed of SEEDS) {
    const { metrics, losses } = after("gan-lab-1d", 2000, { seed, capacity: "linear" });
    within(metrics["d_real"]!, 0.47, 0.53);
    within(metrics["d_fake"]!, 0.47, 0.53);
    within(losses["d"]!, 1.37, 1.4);
    within(metrics["mu"]!, 2.9, 3.1);
    within(metrics["sigma"]!, 0, 0.5);
  }
});

test("gan-lab-1d: numbers that ran away are named, and no distance is shown", () => {
  const run = new Run(LABS.find((lab) => lab.tag === "gan-lab-1d")!, { loss: "leastSquares", lr_d: 0.3 });
  for (let i = 0; i < 500; i++) run.act("step");
  assert.match(run.model.describe(), /a learning rate is too large/);
  const { metrics } = run.state as unknown as Answer;
  for (const name of ["kl", "jsd", "w1", "mu"]) assert.equal(metrics[name], null, name);
});
