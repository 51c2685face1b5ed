/** Weights in the link of a long run: what they hold, how near the run goes on, and that of what is no such text nothing is used. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lab, Values } from "../src/kit/lab";
import { Refused, type Faults } from "../src/kit/outside";
import { Run, type SavedRun } from "../src/kit/run";
import { LONG, spelled, unspelled } from "../src/kit/weights";
import { LABS } from "../src/labs";
import type { CarriedGame } from "../src/labs/carried";

const lab = (tag: string): Lab => LABS.find((candidate) => candidate.tag === tag)!;

/** What the ordinary tests leave out, for its time. */
const SLOW = Boolean(process.env["GANLAB_SLOW"]);
const SEED = 7;
/** Runs of the 2-D lab a step before they are long: a run that goes on from there is the run that was never saved (remote.test.ts). */
const KEPT = new Map<string, SavedRun>();

function train(run: Run, steps: number): Run {
  while (run.model.steps < steps && !run.model.over) run.act("step");
  return run;
}

/** A run after so many steps. */
function after(tag: string, values: Values, steps = LONG): Run {
  const run = new Run(lab(tag), values, SEED);
  if (tag === "gan-lab-2d" && steps >= LONG - 1) run.resume(nearlyLong(values));
  return train(run, steps);
}

function nearlyLong(values: Values): SavedRun {
  const key = JSON.stringify(values);
  if (!KEPT.has(key)) KEPT.set(key, train(new Run(lab("gan-lab-2d"), values, SEED), LONG - 1).save());
  return structuredClone(KEPT.get(key)!);
}

/** A run that is told as a long one, of which only so many steps were made. */
function toldAsLong(tag: string, settings: string, steps = 2): Run {
  const run = new Run(lab(tag));
  run.recall(`${settings};run=step*${LONG}`, new Map());
  return train(run, steps);
}

/** A lab that has followed a link, and what it says about it. */
function opened(tag: string, text: string): { run: Run; left: number; faults: string[] } {
  const run = new Run(lab(tag)), faults: Faults = new Map(), left = run.open(text, faults).length;
  return { run, left, faults: [...faults.values()] };
}

const players = (run: Run): number[] => Object.values((run.state as { weights: Record<string, number[]> }).weights).flat();
const apart = (a: Run, b: Run): number => Math.max(...players(a).map((w, i) => Math.abs(w - players(b)[i]!) / Math.max(1, Math.abs(w))));
const ROUNDED = 2 ** -24;

const RUNS: readonly (readonly [string, Values, number])[] = [
  ["gan-lab-1d", {}, 500], ["gan-lab-2d", {}, 8500], ["gan-lab-2d", { optimizer: "sgd", loss: "wasserstein", g_units: 6, noise_dims: "1" }, 4000],
];
const MORE: typeof RUNS = [
  ["gan-lab-1d", { capacity: "mlp", generator: "mlp", optimizer: "adam", lr_d: 0.001, lr_g: 0.001 }, 10_700],
  ["gan-lab-2d", { beta1: 0.9, d_units: 12, lr_d: 0.001, lr_g: 0.001 }, 12_100],
];

for (const [runs, skip] of [[RUNS, false], [MORE, !SLOW]] as const) for (const [tag, values, most] of runs) {
  test(`${tag} ${JSON.stringify(values)}: a long run comes with the link, and goes on nearly as it would have`, { skip }, () => {
    const run = after(tag, values), text = run.toText(), { run: again, left, faults } = opened(tag, text);
    assert.ok(text.length < most, String(text.length));
    assert.deepEqual([faults, left, again.carried, again.seed, again.values], [[], 0, true, 7, run.values]);
    assert.deepEqual(again.told, run.told);
    const [before, now] = [run.state, again.state] as [Record<string, unknown>, Record<string, unknown>];
    for (const name of ["step", "d_steps", "g_steps", "losses"]) assert.deepEqual(now[name], before[name], name);
    assert.ok(apart(run, again) <= ROUNDED);
    for (let i = 0; i < 5; i++) for (const one of [run, again]) one.act("step");
    assert.ok(apart(run, again) < 1e-4, String(apart(run, again)));
    assert.ok(apart(run, again) > 0 || tag === "gan-lab-1d");
  });
}

test("the link says which run it was: without its weights it is replayed to the last bit", () => {
  const run = after("gan-lab-1d", { mu: 1 }), again = new Run(lab("gan-lab-1d"));
  for (const _ of again.restore(run.toText())) void _;
  assert.deepEqual([again.state, again.carried], [run.state, false]);
  const { run: near } = opened("gan-lab-1d", run.toText());
  for (const _ of near.redo(near.rewind())) void _;
  assert.deepEqual([near.state, near.carried], [run.state, false]);
});

test("a run that came with a link keeps its weights in its own, until it starts anew", () => {
  const { run } = opened("gan-lab-2d", after("gan-lab-2d", {}).toText());
  run.act("step");
  const { run: again } = opened("gan-lab-2d", run.toText());
  assert.ok(again.carried && again.model.steps === LONG + 1 && apart(run, again) <= ROUNDED);
  const moved = new Run(lab("gan-lab-2d"));
  moved.resume(structuredClone(run.save()));
  assert.ok(moved.carried);
  run.reset();
  run.act("step");
  assert.ok(!run.carried && !run.toText().includes("weights="));
});

test("changes on the way are part of the run, and a network that was drawn anew as well", () => {
  const run = after("gan-lab-2d", {}, 10);
  for (const [key, value] of [["k", 2], ["g_units", 8], ["loss", "hinge"]] as const) {
    run.set(key, value);
    run.act("step");
  }
  for (let i = 0; i < LONG; i++) run.act("step");
  const { run: again, faults } = opened("gan-lab-2d", run.toText());
  assert.deepEqual([faults, again.values, again.told], [[], run.values, run.told]);
  assert.ok(again.carried && apart(run, again) <= ROUNDED);
  for (const one of [run, again]) {
    one.set("d_units", 9);
    one.act("step");
  }
  assert.ok(apart(run, again) < 1e-4, "D was drawn from the same numbers");
});

test("short runs, large networks, a step in progress, a change just made and numbers that ran away are left to the replay", () => {
  const within = after("gan-lab-2d", {});
  within.act("sub");
  const changed = after("gan-lab-2d", {});
  changed.set("lr_g", 0.001);
  const wild = toldAsLong("gan-lab-1d", "loss=leastSquares;lr_d=0.3", LONG);
  const large = toldAsLong("gan-lab-2d", "g_layers=3;g_units=20");
  assert.ok(wild.model.over && toldAsLong("gan-lab-2d", "g_layers=1;g_units=20").toText().includes("weights="));
  for (const run of [after("gan-lab-2d", {}, LONG - 1), within, changed, wild, large, after("dirac-lab", {})]) {
    assert.ok(!run.toText().includes("weights="), run.lab.tag);
  }
});

const GOOD = after("gan-lab-2d", {}), LINK = GOOD.toText();
const [PLAIN, TEXT] = LINK.split(";weights=") as [string, string];
const link = (text: string, plain = PLAIN): string => `${plain};weights=${text}`;
const CARRIED = (GOOD.model.carry as () => CarriedGame).call(GOOD.model);
/** Weights that are well made, but hold something else; numbers are put in behind the back of `spelled`, which would leave them out. */
function forged(change: (carried: any) => void): string {
  const carried = structuredClone(CARRIED);
  change(carried);
  return link(spelled(carried, PLAIN)!);
}
/** A number in the place of another, with the sum that belongs to it. */
function poisoned(at: "float32" | "float64"): string {
  const every = Number.isFinite;
  Number.isFinite = () => true;
  try {
    return forged((carried) => { if (at === "float32") carried.gan.G[3] = NaN; else carried.lossD = Infinity; });
  } finally {
    Number.isFinite = every;
  }
}

const FAULTS: Record<string, [string, RegExp]> = {
  "nothing": [link(""), /have 0 bytes; its settings need \d+/],
  "cut": [LINK.slice(0, -40), /have \d+ bytes; its settings need \d+/],
  "cut by one sign": [LINK.slice(0, -1), /have \d+ bytes; its settings need|signs that Link does not write/],
  "more than there is": [`${LINK}AAAA`, /have \d+ bytes; its settings need \d+/],
  "far more than there is": [link("A".repeat(1e6)), /have 1000000 characters; at most 12000 are read/],
  "other signs": [link(`!${TEXT.slice(1)}`), /signs that Link does not write/],
  "letters that are none of base64": [link("ünïcødé🙂"), /signs that Link does not write/],
  "one sign changed": [link(TEXT.replace(/.$/, (sign) => (sign === "A" ? "E" : "A")).replace(/^(.{9})./, (_, start: string) => `${start}${TEXT[9] === "x" ? "y" : "x"}`)), /not those of its run: the link was changed/],
  "another architecture": [`g_units=9;${LINK}`, /have \d+ bytes; its settings need \d+/],
  "another seed": [LINK.replace("seed=7", "seed=8"), /not those of its run/],
  "more steps": [LINK.replace(`step*${LONG}`, "step*4001"), /not those of its run/],
  "another learning rate": [link(TEXT, `lr_d=0.003;${PLAIN}`), /not those of its run/],
  "a weight that is no number": [poisoned("float32"), /no finite number/],
  "a loss without end": [poisoned("float64"), /no finite number/],
  "half a step": [forged((carried) => { carried.steps = 0.5; }), /steps in the link’s weights = 0\.5: this must be a whole number/],
  "a negative number of updates": [forged((carried) => { carried.d = -1; }), /d in the link’s weights = -1/],
  "a negative square": [forged((carried) => { carried.gan.optG.v[0] = -1; }), /a memory that no optimiser has/],
  "a power of three": [forged((carried) => { carried.gan.optD.power2 = 3; }), /a memory that no optimiser has/],
};

for (const [name, [text, words]] of Object.entries(FAULTS)) {
  test(`weights that are refused in a sentence, and the run replayed: ${name}`, () => {
    const { run, left, faults } = opened("gan-lab-2d", text);
    assert.equal(faults.length, 1, faults.join(" | "));
    assert.match(faults[0]!, words);
    assert.match(faults[0]!, /\. The run is replayed instead\.$/);
    assert.ok(faults[0]!.length < 300);
    assert.deepEqual([run.carried, run.model.steps, left], [false, 0, 1]);
    const fresh = new Run(run.lab, run.values, run.seed);
    assert.deepEqual(run.state, fresh.state, "nothing of it was used");
  });
}

test("what is said twice, or of a lab without networks, is told as ever", () => {
  assert.match(opened("gan-lab-2d", `${LINK};weights=x`).faults.join(), /weights stands twice/);
  assert.match(opened("dirac-lab", "weights=AAAA;run=step*3").faults.join(), /“weights” is not known here/);
});

test("numbers are spelled and read again, single ones to the last bit", () => {
  const some = { a: Math.PI, b: Float64Array.of(0.1, -3e38), c: { d: -0, e: null } };
  const read = unspelled(spelled(some, "x")!, some, "x");
  assert.deepEqual([read.a, [...read.b], read.c], [Math.PI, [0.1, -3e38].map(Math.fround), { d: -0, e: null }]);
  assert.throws(() => unspelled(spelled(some, "x")!, some, "y"), Refused);
  assert.equal(spelled({ a: NaN }, ""), null);
});
