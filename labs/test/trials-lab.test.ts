/** The trials lab, on made-up results: what is predicted and shown when, intervals, verdicts, words. The stored study: tests/labs/. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng, studentQuantile } from "../src/engine";
import type { Value } from "../src/kit/lab";
import { Run } from "../src/kit/run";
import { LABS } from "../src/labs";
import { PARAMS } from "../src/labs/trials-lab/params";
import { effect, FAILED, TRIALS, verdict } from "../src/labs/trials-lab/trials";
import { CHANGES, TRICKS } from "../src/labs/trials-lab/tricks";

const LAB = LABS.find(({ tag }) => tag === "trials-lab")!;
const BASE = [100, 110, 90, 105, 95, 100, 120, 85];
const times = (factor: number): number[] => BASE.map((value, i) => value * factor * (1 + 0.02 * (i % 3)));
const row = (trick: string, values: number[], more: object = {}): object => ({ target: "digits", baseline: "plain", trick, values, cost: 1, ...more });
TRIALS.give(`x = 1; ganlabTrials = ${JSON.stringify({ trials: [
  row("none", BASE), row("R1", times(0.5), { cost: 1.3, equal_time: { ratio: 0.6, low: 0.5, high: 0.7 } }), row("k = 5", times(2)), row("k = 2", times(0.5).slice(0, 5)), row("uniform z", BASE.map((v, i) => v * (i % 2 ? 1.1 : 0.92))),
  row("SGD for D", BASE.map((v, i) => (i < 2 ? FAILED : v))), { ...row("none", BASE), baseline: "ours" }, { ...row("no R1", times(2)), baseline: "ours" },
] })};`);

function played(...changes: (readonly [string, Value] | "show")[]): Run {
  const run = new Run(LAB, { trick: "R1" });
  for (const change of changes) {
    if (change === "show") run.act("show");
    else run.set(...change);
  }
  return run;
}

test("results are covered until they are shown, and covered again for each new trial, but not for one that was seen", () => {
  const verdicts = [played(), played("show"), played("show", ["trick", "k = 5"]), played("show", ["trick", "k = 5"], "show"), played("show", ["trick", "k = 5"], ["trick", "R1"])]
    .map((run) => run.state["verdict"]);
  assert.deepEqual(verdicts, [null, "helps", null, "harms", "helps"]);
});

test("a prediction stands when the results are shown", () => {
  const run = played(["guess", "harms"], "show", ["guess", "helps"], "show");
  assert.deepEqual([run.state["right"], (run.state["seen"] as { guess: string }[]).map(({ guess }) => guess)], [0, ["harms"]]);
});

test("predictions that hold are counted over trials", () => {
  const run = played(["guess", "helps"], "show", ["trick", "k = 5"], "show", ["trick", "uniform z"], ["guess", "unclear"], "show");
  assert.equal(run.state["right"], 2);
  assert.match(run.model.describe(), /^You expected this \(2 of 3 predictions hold\)\. Undecided: the interval contains 1/);
});

test("what the baseline has already, and what was not tried, is no trial", () => {
  assert.match(played(["baseline", "ours"], "show").model.describe(), /^The baseline “ours” has this already/);
  assert.match(played(["target", "ring"], "show").model.describe(), /^“R1” was not tried on the ring/);
  assert.deepEqual(played(["baseline", "ours"], "show").state["seen"], []);
});

test("words give ratio, interval and seeds, and the runs that failed", () => {
  assert.match(played("show").model.describe(), /By 8 seeds, the score falls to 0\.51 times the baseline’s, with an interval from 0\.50 to 0\.52\.$/);
  assert.match(played(["trick", "SGD for D"], "show").model.describe(), /In 2 of the 8 runs the numbers ran away\.$/);
});

test("fewer seeds and more tests at once make wider intervals", () => {
  const length = (...changes: (readonly [string, Value] | "show")[]): number => {
    const { low, high } = played(["trick", "uniform z"], "show", ...changes).state["metrics"] as Record<string, number>;
    return high! / low!;
  };
  assert.ok(length() < length(["seeds", 5]) && length(["seeds", 5]) < length(["seeds", 3]) && length(["seeds", 3]) < length(["seeds", 2]));
  assert.ok(length() < length(["all", true]));
  assert.equal(length(), length(["seeds", 8]));
});

test("a trick that was tried on fewer seeds is compared on those", () => {
  const run = played(["trick", "k = 2"], "show");
  assert.equal(run.state["available"], 5);
  assert.match(run.model.describe(), /By 5 seeds, the score falls to 0\.51 times/);
});

test("quantiles of Student’s t are those of the tables", () => {
  for (const [freedom, wanted] of [[1, 12.706], [2, 4.303], [4, 2.776], [7, 2.365], [31, 2.04], [1000, 1.962]]) assert.ok(Math.abs(studentQuantile(0.05, freedom!) - wanted!) < 1e-3);
  assert.ok(Math.abs(studentQuantile(0.01, 9) - 3.25) < 1e-3);
});

for (const n of [2, 5, 8, 32]) {
  test(`nineteen of twenty intervals by ${n} seeds hold the true ratio`, () => {
    const rng = new Rng(3);
    let held = 0;
    for (let i = 0; i < 4000; i++) {
      const base = Array.from({ length: n }, () => Math.exp(rng.normal()));
      const { low, high } = effect(base, base.map((a) => a * 0.8 * Math.exp(0.3 * rng.normal())));
      held += Number(low <= 0.8 && 0.8 <= high);
    }
    assert.ok(Math.abs(held / 4000 - 0.95) < 0.012, String(held / 4000)); // three and a half standard errors
  });
}

test("three seeds in place of 32 make the interval about six times as long on average", () => {
  const rng = new Rng(4);
  let [few, all] = [0, 0];
  for (let i = 0; i < 4000; i++) {
    const base = Array.from({ length: 32 }, () => 1), changed = base.map(() => Math.exp(0.3 * rng.normal()));
    const length = (n: number): number => { const { low, high } = effect(base.slice(0, n), changed.slice(0, n)); return Math.log(high / low); };
    few += length(3);
    all += length(32);
  }
  assert.ok(Math.abs(few / all - 6.1) < 0.3, String(few / all));
});

test("an interval that does not contain 1 decides", () => {
  assert.deepEqual([[0.5, 0.9], [0.9, 1.1], [1.1, 2]].map(([low, high]) => verdict({ ratio: 1, low: low!, high: high! })), ["helps", "unclear", "harms"]);
});

test("each trick can be chosen and says what it changes", () => {
  assert.deepEqual(Object.keys(CHANGES), [...TRICKS]);
  assert.deepEqual(Object.keys((PARAMS["trick"] as { options: object }).options), [...TRICKS]);
});
