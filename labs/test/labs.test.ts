import assert from "node:assert/strict";
import { test } from "node:test";
import { Rng } from "../src/engine";
import { admit, parse, Refused, type Faults } from "../src/kit/outside";
import { replay, Run } from "../src/kit/run";
import { decode } from "../src/kit/link";
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

  test(`${lab.tag}: a control that is moved over several values is one change, in its link too`, () => {
    const run = new Run(lab, {}, 5), again = new Run(lab);
    const name = Object.keys(lab.actions)[0];
    for (const [key, param] of Object.entries(lab.params).filter(([, { resets }]) => !resets)) {
      const far = param.kind === "slider" ? param.max : param.kind === "levels" ? param.values.at(-1)
        : param.kind === "select" || param.kind === "radio" ? Object.keys(param.options).at(-1) : param.default;
      if (name) run.act(name);
      for (const value of [far, param.default]) run.set(key, value);
    }
    for (const _ of again.restore(run.toText())) void _;
    assert.deepEqual(again.state, run.state);
  });

  test(`${lab.tag}: its state is plain JSON`, () => {
    const run = new Run(lab);
    for (const name of Object.keys(lab.actions)) run.act(name);
    assert.deepEqual(JSON.parse(JSON.stringify(run.state)), run.state);
  });

  test(`${lab.tag}: what an option does not admit is refused by name, and nothing changes`, () => {
    const run = new Run(lab);
    const before = structuredClone(run.state);
    for (const key of [...Object.keys(lab.params), "no_such", ...INHERITED]) {
      for (const given of [...WRONG, ...INHERITED]) {
        assert.throws(() => run.set(key, given), (error: Error) => error instanceof Refused && error.message.includes(key), `${key}: ${String(given)}`);
      }
    }
    assert.deepEqual(run.state, before);
  });

  test(`${lab.tag}: an option admits every value that its control can show, as text too`, () => {
    for (const [key, param] of Object.entries(lab.params)) {
      const shown = param.kind === "slider" ? [param.min, param.default, param.max] : param.kind === "levels" ? param.values
        : param.kind === "toggle" ? [true, false] : param.kind === "points" ? [param.default, []] : Object.keys(param.options);
      for (const value of shown) {
        const text = typeof value === "object" ? JSON.stringify(value) : String(value);
        assert.deepEqual(admit(lab, key, parse(param, text)), value);
      }
    }
  });

  test(`${lab.tag}: any text is a link, and the lab works after it`, () => {
    const rng = new Rng(1);
    for (let i = 0; i < texts(lab.tag); i++) {
      const run = new Run(lab), faults: Faults = new Map();
      const text = nonsense(rng, [...Object.keys(lab.params), ...Object.keys(lab.actions)]);
      for (const _ of run.restore(text, faults)) void _;
      for (const [key, value] of Object.entries(run.values)) assert.deepEqual(admit(lab, key, value), value, text);
      for (const action of Object.keys(lab.actions)) run.act(action);
      const plain = new Run(lab);
      if (!faults.size) for (const _ of plain.restore(run.toText())) void _; // what is not told must have been understood
      if (!faults.size) assert.deepEqual(plain.state, run.state, text);
    }
  });
}

const INHERITED = ["toString", "constructor", "__proto__", "hasOwnProperty", "valueOf"];
const WRONG = [NaN, Infinity, -Infinity, 1e9, -1e9, null, undefined, "", " ", "ünïcødé 🙂", {}, [[]], [NaN], [["1", "2"]], [[1, 2, 3]], [[9, 9]], "9".repeat(5000)];
const PIECES = ["=", ";", ",", ":", "*", "%", "%zz", "&", "#", "[[1,2],[", "]]", "seed=", "run=", "-1", "3", "1e999", "NaN", "true", "", " ", "é", "\u0000", ...INHERITED];

/** How many links are tried: fewer where a lab takes a while to set up. */
function texts(tag: string): number {
  const slow = Boolean(process.env["GANLAB_SLOW"]);
  return tag === "digit-lab" ? (slow ? 50 : 20) : slow ? 300 : 100;
}

/** A few pieces of links in any order. */
function nonsense(rng: Rng, names: readonly string[]): string {
  const all = [...PIECES, ...PIECES, ...names];
  return Array.from({ length: 1 + rng.below(12) }, () => all[rng.below(all.length)]).join("");
}

const restored = (tag: string, text: string): { run: Run; faults: string[] } => {
  const run = new Run(LABS.find((lab) => lab.tag === tag)!), faults: Faults = new Map();
  for (const _ of run.restore(text, faults)) void _;
  return { run, faults: [...faults.values()] };
};

test("a link says of each fault what was given and what is expected, and the rest counts", () => {
  const { run, faults } = restored("gan-lab-1d", "loss=toString;k=99;k=3;mu=4;lrd=1;seed=1.5;run=step*3,mu:x,k:2,fly*2,step*-1,step");
  assert.deepEqual([run.values["loss"], run.values["k"], run.values["mu"], run.seed, run.model.steps], ["nonsaturating", 2, 4, 0, 4]);
  assert.deepEqual(faults.map((words) => words.split(/[:;]/)[0]), [
    "k stands twice in the link", "loss = “toString”", "k = 99", "“lrd” is not known here", "seed = 1.5", "mu = “x”", "“fly” is not known here", "times of step = -1",
  ]);
  assert.match(faults[1]!, /“loss” must be one of nonsaturating, minimax, leastSquares/);
  assert.match(faults[2]!, /must be a whole number from 0 to 10\./);
});

test("a list of points in a link may be written with or without percent codes", () => {
  const points = [[1, 1], [-1, 0.5]];
  for (const text of [JSON.stringify(points), encodeURIComponent(JSON.stringify(points))]) {
    const { run, faults } = restored("gan-lab-2d", decode(`data=own;drawn=${text};run=step*2,drawn:${text},step`));
    assert.deepEqual([run.values["drawn"], run.model.steps, faults], [points, 1, []]); // another drawing starts the run anew
  }
});

test("an overlong link is read in a moment", () => {
  const start = performance.now();
  restored("gan-lab-2d", `run=${"[[".repeat(50_000)},${"x,".repeat(50_000)}`);
  assert.ok(performance.now() - start < 2000);
});

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
  assert.match(run.model.describe(), /run away.*smaller learning rates/);
  const { metrics } = run.state as unknown as Answer;
  for (const name of ["kl", "jsd", "w1", "mu"]) assert.equal(metrics[name], null, name);
});
