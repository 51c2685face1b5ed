/** Real or fake: the rounds, what may be done when, and what an interval of so few answers is worth. Scores and images: tests/labs/. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { auc, aucInterval, Rng } from "../src/engine";
import { Run } from "../src/kit/run";
import { LABS } from "../src/labs";
import { pieces } from "../src/labs/real-or-fake/look";
import { RealOrFake } from "../src/labs/real-or-fake/model";
import { ANSWERS, POOL, ROUND } from "../src/labs/real-or-fake/params";

const LAB = LABS.find(({ tag }) => tag === "real-or-fake")!;
const SEEDS = Array.from({ length: 16 }, (_, i) => 100 + i);
const ROUNDS = (2 * POOL) / ROUND;

function begun(seed = 1): Run {
  const run = new Run(LAB, {}, seed);
  run.act("begin");
  return run;
}
const model = (run: Run): RealOrFake => run.model as unknown as RealOrFake;
function answerRound(run: Run, answer: (i: number) => string): void {
  if (model(run).phase === "told") run.act("more");
  for (let i = 0; i < ROUND; i++) run.act(answer(i));
}

test("each round has as many real images as fakes, in another order each, and no image comes twice", () => {
  for (const seed of SEEDS) {
    const { items } = new RealOrFake({ age: "early", guess: 0.75 }, seed);
    assert.equal(new Set(items.map(({ real, index }) => `${real} ${index}`)).size, 2 * POOL);
    const orders = Array.from({ length: ROUNDS }, (_, round) => items.slice(round * ROUND, (round + 1) * ROUND).map(({ real }) => Number(real)));
    for (const order of orders) assert.equal(order.reduce((a, b) => a + b), ROUND / 2);
    assert.ok(new Set(orders.map(String)).size > ROUNDS - 2);
  }
});

test("whoever plays both ages with one seed learns nothing from one for the other: other real images, in other places", () => {
  const half = POOL;
  for (const seed of SEEDS) {
    const [early, late] = ["early", "late"].map((age) => new RealOrFake({ age, guess: 0.75 }, seed).items.slice(0, half));
    const known = new Set(early!.filter(({ real }) => real).map(({ index }) => index));
    assert.ok(late!.every(({ real, index }) => !real || !known.has(index)));
    const agree = late!.filter(({ real }, i) => real === early[i]!.real).length;
    assert.ok(Math.abs(agree - half / 2) < 35, String(agree)); // four and a half standard deviations
  }
});

test("at each place of a round, real ones are about as frequent as fakes over seeds", () => {
  const counts = Array.from({ length: ROUND }, () => 0);
  for (let seed = 0; seed < 400; seed++) new RealOrFake({ age: "early", guess: 0.75 }, seed).items.slice(0, ROUND).forEach(({ real }, i) => { counts[i]! += Number(real); });
  for (const count of counts) assert.ok(Math.abs(count - 200) < 45, String(counts)); // four and a half standard deviations
});

test("truth and numbers come at the end of a round, and not before", () => {
  const run = begun();
  for (let i = 1; i < ROUND; i++) {
    run.act("real");
    assert.deepEqual([run.state["truth"], (run.state["metrics"] as { auc: unknown }).auc], [[], null]);
  }
  run.act("real");
  assert.equal((run.state["truth"] as unknown[]).length, ROUND);
  run.act("more");
  run.act("fake");
  assert.equal((run.state["truth"] as unknown[]).length, ROUND);
});

test("the prediction stands when the images begin", () => {
  const run = new Run(LAB, {}, 1);
  run.set("guess", 0.9);
  run.act("begin");
  run.set("guess", 0.6);
  run.act("begin");
  assert.equal(run.state["predicted"], 0.9);
});

test("an answer counts only while an image is shown; the last one of the round can be taken back until its end", () => {
  const run = new Run(LAB, {}, 1);
  run.act("real");
  assert.equal(model(run).steps, 0);
  run.act("begin");
  run.act("back");
  run.act("real");
  run.act("sure_fake");
  run.act("back");
  assert.deepEqual(run.state["ratings"], [3]);
  while (model(run).phase === "ask") run.act("fake");
  run.act("back");
  run.act("real");
  assert.equal(model(run).steps, ROUND);
  run.act("more");
  run.act("back");
  assert.equal(model(run).steps, ROUND);
});

test("who knows the truth has AUC 1 and an interval with a length; who knows its contrary has AUC 0", () => {
  for (const [right, wanted] of [[true, 1], [false, 0]] as const) {
    const run = begun();
    answerRound(run, (i) => (model(run).items[i]!.real === right ? "sure_real" : "fake"));
    const { auc: measured, low, high } = run.state["metrics"] as Record<string, number>;
    assert.equal(measured, wanted);
    assert.equal((right ? low! : 1 - high!).toFixed(2), "0.83");
  }
});

test("who always gives the same answer has AUC 1/2; 24 answers leave room from 0.29 to 0.71, 96 from 0.39 to 0.61", () => {
  for (const answer of ANSWERS) {
    const run = begun();
    const room = (): string => {
      const { auc: measured, low, high } = run.state["metrics"] as Record<string, number>;
      return [measured, low, high].map((x) => x!.toFixed(2)).join(" ");
    };
    answerRound(run, () => answer);
    assert.equal(room(), "0.50 0.29 0.71");
    for (let i = 0; i < 3; i++) answerRound(run, () => answer);
    assert.equal(room(), "0.50 0.39 0.61");
  }
});

test("when all images have been shown there are no more, and the lab says what the answers are worth", () => {
  const run = begun();
  for (let i = 0; i < ROUNDS; i++) answerRound(run, () => "real");
  run.act("more");
  run.act("real");
  assert.equal(model(run).steps, 2 * POOL);
  assert.match(run.model.describe(), /^Your AUC is 0\.50, and 480 answers/);
});

test("the words after a round name each number on its side of the interval", () => {
  const run = begun();
  answerRound(run, () => "real");
  assert.equal(run.model.describe(), "Your AUC is 0.50, and 24 answers leave room from 0.29 to 0.71. Within it: guessing (0.5). Above it: your prediction (0.75).");
});

// Intervals.

/** A judge with four answers: their probabilities for fakes and for real images. */
const JUDGES = { guesser: [[0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]], weak: [[0.35, 0.3, 0.2, 0.15], [0.15, 0.2, 0.3, 0.35]], good: [[0.6, 0.25, 0.1, 0.05], [0.05, 0.1, 0.25, 0.6]], best: [[0.85, 0.1, 0.05, 0], [0, 0.05, 0.1, 0.85]] };

for (const [name, [fake, real]] of Object.entries(JUDGES) as [string, [number[], number[]]][]) {
  test(`nineteen of twenty intervals hold the true AUC of a ${name}, and few of them less`, () => {
    const truth = real.reduce((sum, p, i) => sum + p * fake.reduce((below, q, j) => below + q * (j < i ? 1 : j === i ? 0.5 : 0), 0), 0);
    const rng = new Rng(7);
    const draw = (shares: number[]): number => {
      let rest = rng.uniform(), i = 0;
      while (i < 3 && (rest -= shares[i]!) >= 0) i += 1;
      return i;
    };
    let held = 0;
    for (let i = 0; i < 4000; i++) {
      const measured = auc(Array.from({ length: 12 }, () => draw(real)), Array.from({ length: 12 }, () => draw(fake)));
      const { low, high } = aucInterval(measured, 12, 12);
      held += Number(low <= truth && truth <= high);
    }
    assert.ok(held / 4000 > 0.935 && held / 4000 <= 1, `${name}: AUC ${truth}, held ${held / 4000}`);
  });
}

test("an interval lies in [0, 1], holds what was measured, mirrors, and shrinks by about the root of the number", () => {
  for (let i = 0; i <= 20; i++) {
    const a = i / 20, { low, high } = aucInterval(a, 12, 12), mirrored = aucInterval(1 - a, 12, 12), more = aucInterval(a, 48, 48);
    assert.ok(low >= 0 && low <= a && a <= high && high <= 1 && high - low > 0.1);
    assert.ok(Math.abs(low + mirrored.high - 1) < 1e-9);
    assert.ok((high - low) / (more.high - more.low) > 1.8, String(a));
  }
});

// Images in words.

const drawing = (rows: readonly string[]): Float64Array => Float64Array.from({ length: 784 }, (_, i) => (rows[Math.floor(i / 28)]?.[i % 28] === "#" ? 1 : -1));

test("pieces of ink are counted: touching corners join, the rim does not wrap", () => {
  assert.equal(pieces(drawing([])), 0);
  assert.equal(pieces(drawing(["##", "  #", " # "])), 1);
  assert.equal(pieces(drawing(["# #", "", "# #"])), 4);
  assert.equal(pieces(drawing([`#${" ".repeat(26)}#`])), 2);
  assert.equal(pieces(drawing([`${" ".repeat(27)}#`, "#"])), 2);
});
