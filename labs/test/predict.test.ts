import assert from "node:assert/strict";
import { test } from "node:test";
import { admitAnswer, COMPARE, isNear, type Comparison, type Kind, type Question } from "../src/predict/compare";
import type { Answer } from "../src/quiz/judge";

const ABSOLUTE = { by: 1, factor: false }, FACTOR = { by: 2, factor: true };
const TRUTH: Readonly<Record<Kind, readonly (string | number)[]>> = {
  single: ["", "x", ""], multiple: ["x", "", "x"], matching: ["helps", "harms", "helps"], numeric: [99], curve: [8, 4, 1],
};
const question = (kind: Kind, near = ABSOLUTE, unit = ""): Question => ({ kind, truth: TRUTH[kind], near, unit });
const compare = (kind: Kind, answer: Answer, near = ABSOLUTE, unit = ""): Comparison => COMPARE[kind](question(kind, near, unit), answer);

for (const [kind, answer] of [["single", []], ["multiple", []], ["matching", ["helps", "", "helps"]], ["numeric", ["many"]], ["curve", []]] as const) {
  test(`${kind}: what is not an answer yet is not compared, and it is said what is missing`, () => {
    assert.equal(compare(kind, answer).held, null);
    assert.match(compare(kind, answer).words, /first/);
  });
}

test("single: what came out is marked, and the choice if it is another", () => {
  assert.deepEqual(compare("single", [1]), { held: true, words: "It is as you expected.", marks: [null, true, null] });
  assert.deepEqual(compare("single", [2]), { held: false, words: "It is not as you expected.", marks: [null, true, false] });
});

test("multiple: an option that is left out is a prediction, too, and what came out is marked", () => {
  const found = compare("multiple", [0, 1]);
  assert.deepEqual(found.marks, [true, false, true]);
  assert.equal(found.words, "1 of 3 are as you expected.");
  assert.equal(compare("multiple", [0, 2]).held, true);
});

test("matching: each line is compared with what came out for it", () => {
  assert.deepEqual(compare("matching", ["helps", "helps", "helps"]).marks, [true, false, true]);
  assert.equal(compare("matching", TRUTH.matching).held, true);
  assert.match(compare("matching", ["", "", "helps"]).words, /2 are missing/);
});

test("numeric: the words say how far off it is, in the measure of the question", () => {
  assert.equal(compare("numeric", ["99"]).words, "It came out at 99, as you expected.");
  assert.equal(compare("numeric", ["60"], FACTOR, "times").words, "It came out at 99 times, close to what you expected.");
  assert.equal(compare("numeric", ["2"], FACTOR, "times").words, "It came out at 99 times, 50 times what you expected.");
  assert.equal(compare("numeric", ["990"], FACTOR).words, "It came out at 99; you expected 10 times as much.");
  assert.equal(compare("numeric", ["90"]).words, "It came out at 99, 9 more than you expected.");
  assert.equal(compare("numeric", ["101,5"]).words, "It came out at 99, 2.5 less than you expected.");
  assert.equal(compare("numeric", ["−1"], FACTOR).words, "It came out at 99.");
});

test("curve: each point is near or not", () => {
  const found = compare("curve", [8, 6, 2]);
  assert.deepEqual(found.marks, [true, false, true]);
  assert.equal(found.words, "2 of 3 points are as you expected, within 1.");
  assert.equal(compare("curve", [4, 8, 2], FACTOR).words, "All 3 points are as you expected, within a factor of 2.");
});

test("near is symmetric in the measure of the question, and its end belongs to it", () => {
  for (const [x, y, near] of [[0.1, 0.3, { by: 0.2, factor: false }], [2, 4, FACTOR]] as const) {
    assert.ok(isNear(x, y, near) && isNear(y, x, near));
    assert.ok(!isNear(x, y * 1.01, near));
  }
  assert.ok(!isNear(0, 1, FACTOR) && !isNear(-1, 1, FACTOR));
});

const GOOD: Readonly<Record<Kind, Answer>> = { single: [2], multiple: [0, 2], matching: ["helps", "harms", "harms"], numeric: ["1e2"], curve: [0, 0.5, 8] };
for (const kind of Object.keys(GOOD) as Kind[]) {
  test(`${kind}: a guess that was kept is taken if it answers the question, and else left`, () => {
    const admit = (given: unknown): Answer | null => admitAnswer(question(kind), ["harms", "helps"], given);
    assert.deepEqual(admit(JSON.parse(JSON.stringify(GOOD[kind]))), GOOD[kind]);
    for (const bad of [null, {}, "x", [], [null], [7, 8, 9, 10], [NaN], ["toString"], [[0]], ["<b>", "helps", "helps"]]) assert.equal(admit(bad), null, JSON.stringify(bad));
  });
}
