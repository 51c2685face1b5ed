import assert from "node:assert/strict";
import { test } from "node:test";
import { draw, MOST, ranges, readAddress, result, writeAddress, type Pool } from "../src/check/deck";

const KINDS = ["single", "multiple", "numeric", "single"] as const;
/** Eight pages with six questions each; the keys of one page are those of the next, too. */
const POOL: Pool = {
  pages: ["1", "2", "3", "4", "6", "7", "8", "refresher"].map((id) => ({ id, title: `Page ${id}`, href: `${id}.html` })),
  items: Array.from({ length: 48 }, (_, i) => ({
    page: Math.floor(i / 6), at: `question-${(i % 6) + 1}`, kind: KINDS[i % 4]!, keys: [`E${Math.floor(i / 3)}`, `T${Math.floor(i / 12)}`], html: "",
  })),
  words: {},
};
const ALL = POOL.pages.map(({ id }) => id);
const pageOf = (i: number): string => ALL[POOL.items[i]!.page]!;
const SEEDS = Array.from({ length: 60 }, (_, i) => i);

test("a seed draws the same questions in the same order, another seed others", () => {
  const [a, b, c] = [7, 7, 8].map((seed) => draw(POOL, { seed, from: ALL }).join());
  assert.equal(a, b);
  assert.notEqual(a, c);
});

test("no question comes twice, and there are twenty if there are as many", () => {
  for (const seed of SEEDS) {
    const deck = draw(POOL, { seed, from: ALL });
    assert.equal(deck.length, MOST);
    assert.equal(new Set(deck).size, MOST);
  }
  assert.equal(draw(POOL, { seed: 1, from: ["2", "refresher"] }).length, 12);
});

test("no page is asked twice more than another, and no key of a page before all others of it have been", () => {
  for (const seed of SEEDS) {
    const deck = draw(POOL, { seed, from: ALL });
    const perPage = ALL.map((id) => deck.filter((i) => pageOf(i) === id).length);
    assert.ok(Math.max(...perPage) - Math.min(...perPage) <= 1, String(perPage));
    const first = (key: string): number => deck.filter((i) => POOL.items[i]!.keys[0] === key).length;
    for (let page = 0; page < 8; page++) assert.ok(Math.abs(first(`E${2 * page}`) - first(`E${2 * page + 1}`)) <= 1);
  }
});

test("a page that asks about one thing only is asked as often as the others", () => {
  const narrow = { ...POOL, items: POOL.items.map((item) => (item.page === 2 ? { ...item, keys: ["E99"] } : { ...item, keys: [`U${item.page}${item.at}`] })) };
  for (const seed of SEEDS) assert.ok(draw(narrow, { seed, from: ALL }).filter((i) => pageOf(i) === "3").length >= 2);
});

test("neighbours are seldom of one page", () => {
  const pairs = SEEDS.flatMap((seed) => {
    const deck = draw(POOL, { seed, from: ALL });
    return deck.slice(1).map((i, at) => pageOf(i) === pageOf(deck[at]!));
  });
  assert.ok(pairs.filter(Boolean).length < 0.2 * pairs.length);
});

test("every question is drawn by some seed", () => {
  const met = new Set(SEEDS.flatMap((seed) => draw(POOL, { seed, from: ALL })));
  assert.equal(met.size, POOL.items.length);
});

test("only pages that were chosen are asked, and a class gets questions with one right answer", () => {
  const deck = draw(POOL, { seed: 3, from: ["3", "8"], vote: true });
  assert.deepEqual([...new Set(deck.map(pageOf))].sort(), ["3", "8"]);
  assert.ok(deck.every((i) => POOL.items[i]!.kind === "single"));
  assert.equal(deck.length, POOL.items.filter(({ page, kind }) => [2, 6].includes(page) && kind === "single").length);
  assert.deepEqual(draw(POOL, { seed: 3, from: [] }), []);
});

test("a question counts for each of its keys; the keys with most wrong answers come first", () => {
  const topics = result(POOL, [0, 1, 3, 12], [false, true, false, null]);
  assert.deepEqual(topics, [
    { key: "T0", wrong: [0, 2], right: [1], open: [] },
    { key: "E0", wrong: [0], right: [1], open: [] },
    { key: "E1", wrong: [2], right: [], open: [] },
    { key: "E4", wrong: [], right: [], open: [3] },
    { key: "T1", wrong: [], right: [], open: [3] },
  ]);
});

test("an address says what was chosen, and is read again", () => {
  const from = ["1", "2", "3", "6", "7", "refresher"];
  const address = writeAddress({ seed: 12, from, present: true, at: 4 }, POOL.pages);
  assert.equal(address, "#check;seed=12;from=1-3,6-7,refresher;view=class;at=5");
  assert.deepEqual(readAddress(address, POOL.pages), { seed: 12, from, present: true, at: 4 });
  assert.equal(writeAddress({ seed: 0, from: ALL }, POOL.pages), "#check;seed=0");
  assert.deepEqual(readAddress("#check", POOL.pages), { present: false, at: 0 });
});

test("a range holds the chapters that there are", () => {
  assert.deepEqual(readAddress("#check;from=3-7", POOL.pages)!.from, ["3", "4", "6", "7"]);
  assert.equal(ranges(["4", "6", "7"]), "4,6-7");
});

test("an address about something else is left alone, and nonsense is refused in words", () => {
  assert.equal(readAddress("#quiz", POOL.pages), null);
  assert.equal(readAddress("", POOL.pages), null);
  assert.throws(() => readAddress("#check;seed=-1", POOL.pages), /whole number/);
  assert.throws(() => readAddress("#check;seed=x", POOL.pages), /whole number/);
  assert.throws(() => readAddress("#check;from=99", POOL.pages), /names no page.*1-4,6-8,refresher/);
  assert.equal(readAddress("#check;at=x", POOL.pages)!.at, 0);
});
