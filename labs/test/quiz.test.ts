import assert from "node:assert/strict";
import { test } from "node:test";
import { readNumber } from "../src/kit/outside";
import { JUDGES, type Answer, type Key, type Kind, type Verdict } from "../src/quiz/judge";

const key = (option: number, answer: string, right = answer === "x"): Key => ({ option, answer, right });
const TICKS = [key(0, ""), key(1, "x"), key(2, "x"), key(3, "")];
const NUMBERS = [key(-1, "28", true), key(-1, "7"), key(-1, "otherwise")];
const PAIRS = [key(0, "G"), key(1, "D"), key(2, "D")];
const STEPS = [key(2, "1"), key(0, "2"), key(1, "3")]; // the right order is 2, 0, 1

const judge = (kind: Kind, keys: readonly Key[], answer: Answer, tolerance = 0): Verdict =>
  JUDGES[kind]({ kind, keys, tolerance }, answer);
const told = (verdict: Verdict): string[] => verdict.told.map(({ option, answer }) => `${option}:${answer}`);

for (const [kind, keys, answer] of [["single", TICKS, []], ["multiple", TICKS, []], ["matching", PAIRS, ["", "", ""]],
  ["numeric", NUMBERS, [""]], ["numeric", NUMBERS, ["about 2"]]] as const) {
  test(`${kind}: ${JSON.stringify(answer)} is no answer yet`, () => {
    assert.equal(judge(kind, keys, answer).right, null);
  });
}

test("single: the option chosen is judged, and its reason told", () => {
  const verdict = judge("single", TICKS.slice(0, 2), [0]);
  assert.equal(verdict.right, false);
  assert.deepEqual(verdict.marks, [false, null]);
  assert.deepEqual(told(verdict), ["0:"]);
  assert.equal(judge("single", TICKS.slice(0, 2), [1]).right, true);
});

test("multiple: a missing option is counted, not given away", () => {
  const verdict = judge("multiple", TICKS, [1]);
  assert.equal(verdict.right, false);
  assert.match(verdict.words, /1 more/);
  assert.deepEqual(verdict.marks, [null, true, null, null]);
  assert.deepEqual(told(verdict), []);
});

test("multiple: every wrong choice has its reason, and all right choices are right", () => {
  assert.deepEqual(told(judge("multiple", TICKS, [0, 1, 3])), ["0:", "3:"]);
  assert.equal(judge("multiple", TICKS, [1, 2]).right, true);
});

test("matching: each item is judged on its own, an open one is not", () => {
  const verdict = judge("matching", PAIRS, ["D", "D", ""]);
  assert.deepEqual(verdict.marks, [false, true, null]);
  assert.deepEqual(told(verdict), ["0:G"]);
  assert.match(verdict.words, /1 of 3 match, 1 not answered/);
  assert.equal(judge("matching", PAIRS, ["G", "D", "D"]).right, true);
});

test("ordering: the first step out of place is named, those before it are right", () => {
  assert.equal(judge("ordering", STEPS, [2, 0, 1]).right, true);
  const verdict = judge("ordering", STEPS, [2, 1, 0]);
  assert.deepEqual(verdict.marks, [null, false, true]);
  assert.deepEqual(told(verdict), ["1:3"]);
  assert.match(verdict.words, /Number 2/);
});

// Lines A, B, C, E, F: E (1), A (2, anywhere), C (3 after both), B does not belong, F (4).
const LINES = [key(0, "2 after 0", true), key(1, "", false), key(2, "3 after 1 2", true), key(3, "1", true), key(4, "4", true)];

test("arranging: every order in which no line waits is right", () => {
  for (const order of [[3, 0, 2, 4], [0, 3, 2, 4]]) {
    const verdict = judge("arranging", LINES, order);
    assert.equal(verdict.right, true);
    assert.deepEqual(verdict.marks, [true, null, true, true, true]);
    assert.match(verdict.words, /all 4 lines/);
  }
});

test("arranging: wrong lines are named before anything else", () => {
  const verdict = judge("arranging", LINES, [4, 1, 3]);
  assert.equal(verdict.right, false);
  assert.deepEqual(told(verdict), ["1:"]);
  assert.deepEqual(verdict.marks, [null, false, null, null, null]);
});

test("arranging: the first line that waits for one below it is named, with the one that it waits for", () => {
  const verdict = judge("arranging", LINES, [0, 2, 3, 4]);
  assert.equal(verdict.words, "Line C comes too early: it waits for line E.");
  assert.deepEqual(told(verdict), ["2:3 after 1 2"]);
  assert.match(judge("arranging", LINES, [3, 0, 4, 2]).words, /^Line F .* line C\.$/);
});

test("arranging: missing lines are counted; the last one alone is told about", () => {
  const verdict = judge("arranging", LINES, [3, 2]);
  assert.equal(verdict.words, "Right so far, 2 lines are missing.");
  assert.deepEqual([verdict.right, told(verdict)], [false, []]);
  assert.ok(!verdict.marks.includes(false));
  const last = judge("arranging", LINES, [3, 0, 4]);
  assert.equal(last.words, "Right so far, one line is missing.");
  assert.deepEqual(told(last), ["2:3 after 1 2"]);
  assert.equal(judge("arranging", LINES, []).right, null);
});

test("ordering: a first step never comes too early, so it needs no reason", () => {
  for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 1, 0]]) {
    assert.notDeepEqual(told(judge("ordering", STEPS, order)), ["2:1"]);
  }
});

test("numeric: within the tolerance, a mistake we know, any other number", () => {
  assert.equal(judge("numeric", NUMBERS, ["28.0"]).right, true);
  assert.equal(judge("numeric", NUMBERS, ["28.01"]).right, false);
  assert.equal(judge("numeric", NUMBERS, ["28.01"], 0.02).right, true);
  assert.deepEqual(told(judge("numeric", NUMBERS, ["7"])), ["-1:7"]);
  assert.deepEqual(told(judge("numeric", NUMBERS, ["-3"])), ["-1:otherwise"]);
});

test("numbers are read as people write them", () => {
  assert.deepEqual(["0,5", " 1e-3", "−2", ".5", "", "1/2", "5 px"].map(readNumber), [0.5, 0.001, -2, 0.5, null, null, null]);
});
