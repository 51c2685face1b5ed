/** The metric lab: its floor, what its answers say over seeds, its words. That its metrics are those of `ganlab` is tested from tests/labs/. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "../src/engine";
import type { Value, Values } from "../src/kit/lab";
import { Run } from "../src/kit/run";
import { LABS } from "../src/labs";
import { FLOOR } from "../src/labs/metric-lab/floor";
import { PRESETS } from "../src/labs/metric-lab/params";
import { floor, NAMES, range, score, type Name, type Verdict } from "../src/labs/metric-lab/score";
import { CENTRES, fromData, samples, SHARES, SIGMA } from "../src/labs/metric-lab/world";

const LAB = LABS.find(({ tag }) => tag === "metric-lab")!;
const SEEDS = Array.from({ length: 16 }, (_, i) => 100 + i);
const MORE = 30;

interface Answer {
  readonly draws: number;
  readonly metrics: Record<Name, number>;
  readonly verdicts: Record<Name, Verdict>;
  readonly right: number | null;
}

function run(values: Values = {}, steps = 0, seed = 5, changes: readonly [string, Value][] = []): Run {
  const made = new Run(LAB, values, seed);
  for (let i = 0; i < steps; i++) made.act("step");
  for (const [key, value] of changes) made.set(key, value);
  return made;
}
const answer = (...at: Parameters<typeof run>): Answer => run(...at).state as unknown as Answer;

test("the modes have distance 2 from the centre, their shares sum to 1, and samples have shares and spread as declared", () => {
  for (const [x, y] of CENTRES) assert.ok(Math.abs(Math.hypot(x, y) - 2) < 1e-12);
  assert.ok(Math.abs(SHARES.reduce((a, b) => a + b) - 1) < 1e-12);
  const points = fromData(new Rng(1), 40_000);
  const counts = SHARES.map(() => 0);
  let squares = 0;
  for (let i = 0; i < points.length; i += 2) {
    const distances = CENTRES.map(([x, y]) => (points[i]! - x) ** 2 + (points[i + 1]! - y) ** 2);
    const nearest = distances.indexOf(Math.min(...distances));
    counts[nearest]! += 1 / 40_000;
    squares += distances[nearest]! / 80_000;
  }
  counts.forEach((share, i) => assert.ok(Math.abs(share - SHARES[i]!) < 0.01, `${i}: ${share}`)); // 4 standard errors
  assert.ok(Math.abs(Math.sqrt(squares) - SIGMA) < 0.006);
});

test("the floor is what real samples get against real ones: nine of ten within, the median in the middle", () => {
  for (const n of Object.keys(FLOOR).map(Number)) {
    const pairs = Array.from({ length: n > 200 ? 60 : 200 }, (_, i) => score({ real: fromData(new Rng(i, 1), n), fake: fromData(new Rng(i, 2), n), copies: 0 }));
    for (const name of NAMES) {
      const { low, median, high } = floor(n, name), values = pairs.map((each) => each[name]);
      const within = values.filter((x) => x >= low - 1e-3 && x <= high + 1e-3).length / values.length;
      assert.ok(within > 0.78, `${name}, n = ${n}: ${within} within`); // 4 standard errors
      const error = (4 * (high - low)) / 3.3 / Math.sqrt(values.length) * 1.25 + 1e-3;
      assert.ok(Math.abs(range(values).median - median) <= error + (name === "modes" ? 0 : 1 / n), `${name}, n = ${n}: ${range(values).median}, not ${median}`);
    }
  }
});

/** In how many of the seeds each metric says so, after some more draws. */
function verdicts(values: Values): Record<Name, Record<Verdict, number>> {
  const found = Object.fromEntries(NAMES.map((name) => [name, { worse: 0, same: 0, better: 0 }])) as Record<Name, Record<Verdict, number>>;
  for (const seed of SEEDS) for (const [name, verdict] of Object.entries(answer(values, MORE, seed).verdicts)) found[name as Name][verdict] += 1;
  return found;
}

/** What the explanations say, on every seed. */
const SAID: Record<string, Partial<Record<Name, Verdict>>> = {
  "a large mode is missing": { frechet: "worse", kernel: "worse", precision: "same", recall: "worse", density: "same", coverage: "worse", modes: "worse" },
  "the rare mode is missing, n = 100": { modes: "worse", frechet: "same", kernel: "same", precision: "same", density: "same" },
  "the modes are too narrow": { precision: "better", density: "better", recall: "worse", frechet: "same", kernel: "same", modes: "same" },
  "one bell in place of five modes": { frechet: "same", modes: "same", precision: "worse", density: "worse", coverage: "worse" },
  "nothing but copies": { frechet: "better", kernel: "better", precision: "better", recall: "better", density: "better", coverage: "better", modes: "same" },
  "only copies, held-out real points": { frechet: "same", kernel: "same", precision: "same", recall: "same", density: "same", coverage: "same", modes: "same" },
  "a small shift, n = 50": { frechet: "same", kernel: "same", modes: "same" },
  "nothing is wrong": { frechet: "same", kernel: "same", precision: "same", recall: "same", density: "same", coverage: "same", modes: "same" },
};

for (const { label, values } of PRESETS) {
  test(`${label}: the metrics answer as the explanation says, on every seed`, () => {
    const found = verdicts(values);
    for (const [name, verdict] of Object.entries(SAID[label]!)) assert.equal(found[name as Name][verdict], SEEDS.length, `${name}: ${JSON.stringify(found[name as Name])}`);
  });
}

test("the rare mode, n = 100: recall and coverage see hardly anything; with n = 1000 they notice, and so does the Fréchet distance", () => {
  const few = verdicts({ modes: "no_rare", n: 100 });
  for (const name of ["recall", "coverage"] as const) assert.ok(few[name].same >= 13, JSON.stringify(few));
  for (const seed of SEEDS.slice(0, 6)) {
    const { verdicts: many } = answer({ modes: "no_rare", n: 1000 }, 20, seed);
    assert.deepEqual([many.recall, many.coverage, many.frechet], ["worse", "worse", "worse"], String(seed));
  }
});

test("a small shift: with n = 1000 both distances notice at once, on every seed", () => {
  for (const seed of SEEDS) {
    const { verdicts: found } = answer({ modes: "all", shift: 0.3, n: 1000 }, 0, seed);
    assert.deepEqual([found.frechet, found.kernel], ["worse", "worse"], String(seed));
  }
});

test("one bell: about half of the generated points look real, on every seed", () => {
  for (const seed of SEEDS) assert.ok(Math.abs(answer({ modes: "bell" }, MORE, seed).metrics.precision - 0.54) < 0.06);
});

test("copies of the training points have distance 0, precision, recall and coverage 1", () => {
  for (const seed of SEEDS) {
    const { frechet, precision, recall, coverage } = answer({ modes: "no_large", spread: 0.4, shift: 1, copies: 1 }, 0, seed).metrics;
    assert.ok(Math.abs(frechet) < 1e-12);
    assert.deepEqual([precision, recall, coverage], [1, 1, 1]);
  }
});

test("settings share their random numbers: a shift moves the very same points, copies leave the rest as it was", () => {
  const values = { modes: "all", spread: 1, shift: 0, copies: 0, against: "training", n: 50 };
  const plain = samples(values, 3, 7), moved = samples({ ...values, shift: 0.5 }, 3, 7), copied = samples({ ...values, copies: 0.4 }, 3, 7);
  plain.fake.forEach((x, i) => assert.equal(moved.fake[i], i % 2 ? x : x + 0.5));
  assert.deepEqual(copied.fake.subarray(0, 40), copied.real.subarray(0, 40));
  assert.deepEqual(copied.fake.subarray(40), plain.fake.subarray(40));
  assert.deepEqual(copied.real, plain.real);
});

test("held-out points are none of the training points, and copies are still copies of those", () => {
  const values = { modes: "all", spread: 1, shift: 0, copies: 1, against: "training", n: 50 };
  const [training, heldout] = [samples(values, 3, 7), samples({ ...values, against: "heldout" }, 3, 7)];
  assert.deepEqual(heldout.fake, training.real);
  assert.ok(heldout.real.every((x) => !training.real.includes(x)));
});

test("the words give no answer before it is shown, then count the predictions that hold and name who notices", () => {
  const guesses: [string, Value][] = [["guess_frechet", true], ["guess_precision", true]];
  assert.match(run({}, 3, 5, guesses).model.describe(), /^Generated: a large mode is missing\. 12 draws of n.=.200 are ready\. Which metrics will notice\? /);
  assert.match(run({}, 3, 5, [...guesses, ["shown", true]]).model.describe(),
    /^Your prediction holds for 2 of 7\. .* Fréchet distance, kernel distance, recall, coverage and share of modes notice; precision and density do not\.$/);
  assert.equal(answer({}, 0, 5, guesses).right, null);
  assert.equal(answer({}, 0, 5, [["shown", true], ...guesses]).right, 2); // a switch that comes after the answer counts no more
  assert.match(run({ modes: "all", copies: 1, shown: true }).model.describe(), /copies of the training points\. .*: no metric notices\. Better than real points: .* and coverage\.$/);
});

test("a change of what is made or measured begins anew and leaves the answers shown, without a verdict on the prediction", () => {
  const made = run({}, 4, 5, [["shown", true], ["shift", 0.5]]);
  assert.deepEqual([made.model.steps, made.values["shown"], (made.state as unknown as Answer).right], [0, true, null]);
});

test("the ranges hold the medians, and what is kept stays bounded", () => {
  const made = run({ n: 50 }, 260);
  const { draws, range: ranges, metrics } = made.state as unknown as Answer & { readonly range: Record<Name, [number, number]> };
  assert.equal(draws, 269);
  for (const name of NAMES) assert.ok(ranges[name][0] <= metrics[name] && metrics[name] <= ranges[name][1]);
  assert.equal((made.model as unknown as { scores: unknown[] }).scores.length, 200);
});

test("two labs that change in turn get what each would get alone", () => {
  const alone = [answer({ n: 50, shift: 0.4 }, 2, 1), answer({ n: 100, against: "heldout" }, 2, 2)];
  const [first, second] = [run({ n: 50 }, 1, 1), run({ n: 100 }, 1, 2)];
  first.set("shift", 0.4);
  second.set("against", "heldout");
  for (let i = 0; i < 2; i++) for (const each of [first, second]) each.act("step");
  assert.deepEqual([first.state, second.state].map((each) => (each as unknown as Answer).metrics), alone.map(({ metrics }) => metrics));
});
