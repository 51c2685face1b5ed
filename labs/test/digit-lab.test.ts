/**
 * The digit lab: what it draws from, what it measures, and that it learns. Its engine: fast.test.ts; its judge: tests/labs/test_digit_lab.py.
 *
 * Bounds of what a run comes to leave the worst of seeds 201 to 210 and 301 to 308 (after 600 steps: 401 to 412; a D too strong: 201 to 203 and
 * 301) about once the distance from the best to the worst.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LOG2, Rng } from "../src/engine";
import { engine, tell, type Floats } from "../src/engine/fast";
import { defaults } from "../src/kit/run";
import type { Lab, Preset, Values } from "../src/kit/lab";
import { digitLab } from "../src/labs/digit-lab";
import { CLASSES, DATA, PIXELS, type Digits } from "../src/labs/digit-lab/cargo";
import { Judge } from "../src/labs/digit-lab/judge";
import { Meter } from "../src/labs/digit-lab/meter";
import { eigen, TrainedGenerator } from "../src/labs/digit-explorer/trained";
import { DigitLab, share } from "../src/labs/digit-lab/model";
import { Z } from "../src/labs/digit-lab/networks";
import { UNSEEN } from "../src/labs/digit-lab/params";
import { PRESETS } from "../src/labs/digit-lab/presets";
import { Sampler } from "../src/labs/digit-lab/sample";

/** What the ordinary tests leave out, for its time. */
const SLOW = Boolean(process.env["GANLAB_SLOW"]);
/** Of the runs that several tests look at. */
const SEEDS = SLOW ? [33, 32] : [33];

function start(values: Values = {}, seed = 31): DigitLab {
  return digitLab.create({ ...defaults(digitLab as unknown as Lab), ...values }, seed);
}

function after(steps: number, model: DigitLab): DigitLab {
  for (let i = 0; i < steps; i++) model.act();
  return model;
}

test("until the digits are there it is over, says so, and no step counts", () => {
  const model = after(3, start());
  assert.equal(model.steps, 0);
  assert.ok(model.over);
  assert.equal(model.describe(), "Loading the digits …");
  assert.equal(model.neighbours(true), null);
  assert.equal(model.sheet().length % PIXELS, 0);
});

test("the file is unpacked", async () => {
  await DATA.give(readFileSync(new URL("../../../src/ganlab/static/digit-data.js", import.meta.url), "utf8"));
  assert.equal(DATA.held!.images.length, DATA.held!.each * CLASSES * PIXELS);
  assert.equal(Math.max(...DATA.held!.images.subarray(0, 50 * PIXELS)), DATA.held!.levels);
});

const digits = (): Digits => DATA.held!;

/** Digits of the file (n, 784), of the labels 0 to 9 in turn, from the `from`-th of each on. */
function some(from: number, n: number): Floats {
  const images = new Float32Array(n * PIXELS), sampler = new Sampler(digits(), 1, [-1, 1]);
  for (let i = 0; i < n; i++) sampler.copy((i % CLASSES) * digits().each + from + Math.floor(i / CLASSES), images, i);
  return images;
}

test("batches hold the first digits of each class only, with their labels, in the range that was asked for", () => {
  const { each } = digits(), few = 3, sampler = new Sampler(digits(), few, [0, 1]), rng = new Rng(1);
  const known = new Map(Array.from({ length: few * CLASSES }, (_, i) => {
    const place = (i % CLASSES) * each + Math.floor(i / CLASSES);
    return [digits().images.subarray(place * PIXELS, (place + 1) * PIXELS).join(), i % CLASSES] as const;
  }));
  const images = new Float32Array(64 * PIXELS), labels = new Int8Array(64), met = new Set<string>();
  for (let round = 0; round < 8; round++) {
    sampler.draw(rng, images, labels);
    labels.forEach((label, s) => {
      const levels = images.subarray(s * PIXELS, (s + 1) * PIXELS).map((v) => Math.round(v * digits().levels)).join();
      assert.equal(known.get(levels), label);
      met.add(levels);
    });
  }
  assert.equal(met.size, few * CLASSES);
  assert.deepEqual([Math.min(...images), Math.max(...images)], [0, 1]);
});

test("real digits are read, vary as real ones do, and training digits alone count as copies", () => {
  const meter = new Meter(digits(), 100, new Judge(engine(1 << 24), digits().judge), true);
  const trained = meter.look(some(0, 500)), other = meter.look(some(digits().each - 50, 500)), fresh = meter.look(some(400, 500));
  for (const look of [trained, other, fresh]) {
    assert.ok(look.agreement > 0.95, String(look.agreement));
    assert.ok(Math.abs(look.variety - 1) < 0.1, String(look.variety));
    assert.equal(look.classes.reduce((sum, n) => sum + n), 500);
  }
  assert.deepEqual([trained.copies, other.copies], [1, 0]);
  assert.ok(Math.abs(fresh.copies - 0.5) < 0.2, String(fresh.copies));
  assert.equal(meter.nearest(some(7, 10).subarray(3 * PIXELS, 4 * PIXELS), 3), 3 * digits().each + 7);
  assert.ok(meter.nearest(some(digits().each - UNSEEN, 1), 0) < 100);
});

test("neighbours are looked for when something was measured or another label is asked for, also where a worker's run comes in step by step", () => {
  const small: Values = { networks: "dense", g_units: 32, d_units: 32 }, far = after(101, start(small)), near = start(small);
  near.load(structuredClone(far.save()));
  const seen = near.neighbours(true)!;
  seen.fill(2);
  near.load(structuredClone(after(1, far).save()));
  assert.equal(near.neighbours(false)![0], 2);
  near.set("label", "3");
  assert.ok(near.neighbours(false)!.every((grey) => grey <= 1));
  near.neighbours(false)!.fill(2);
  near.load(structuredClone(after(98, far).save()));
  assert.ok(near.neighbours(false)!.every((grey) => grey <= 1));
});

test("one image over and over has no variety", () => {
  const meter = new Meter(digits(), 100, new Judge(engine(1 << 24), digits().judge), true), [one] = [some(0, 1)];
  const same = new Float32Array(500 * PIXELS);
  for (let i = 0; i < 500; i++) same.set(one!, i * PIXELS);
  assert.ok(meter.look(same).variety < 1e-6);
});

test("mismatched pairs have a label that is not the image's, each of the nine in turn; without labels, or on request, there are none", () => {
  const shifts = new Set<number>(), model = start(), { gan } = model, original = gan.discriminatorStep.bind(gan);
  gan.discriminatorStep = (loss, alsoG, others) => {
    others!.forEach((other, i) => shifts.add((other - gan.labels[i]! + CLASSES) % CLASSES));
    return original(loss, alsoG, others);
  };
  after(CLASSES - 1, model);
  assert.deepEqual([...shifts], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  for (const values of [{ mismatch: false }, { fault: "labels" }, { fault: "optimiser" }] as Values[]) {
    const other = start(values);
    other.gan.discriminatorStep = (_loss, _alsoG, others) => Number(assert.equal(others, undefined));
    after(2, other);
  }
});

test("a run goes on elsewhere to the last bit, over a look and a penalty", () => {
  const model = after(95, start()), other = start();
  other.load(structuredClone(model.save()));
  assert.deepEqual(other.state, model.state);
  for (const one of [model, other]) after(10, one);
  assert.deepEqual(other.state, model.state);
  assert.ok(model.look);
  assert.deepEqual(other.gan.save(), model.gan.save());
});

test("G learns: the judge reads in nearly all fakes what G was told", () => {
  for (const seed of SEEDS) {
    const { look } = finished({}, 300, seed);
    assert.ok(look!.agreement > 0.92, JSON.stringify(look));
  }
});

test("convolutions: after a longer run fakes vary, and no speckles come where no digit has ink", { skip: !SLOW }, () => {
  const model = after(600, start());
  assert.ok(model.look!.agreement > 0.96 && model.look!.variety > 0.6, JSON.stringify(model.look));
  model.set("average", false);
  assert.ok(speckles(model) < 0.006, String(speckles(model)));
});

test("dense layers: the judge agrees as well, fakes vary less, and speckles come where no digit has ink, but not on average", { skip: !SLOW }, () => {
  const model = after(600, start(PRESETS.dense.values)), averaged = speckles(model);
  assert.ok(model.look!.agreement > 0.92 && model.look!.variety < 0.67, JSON.stringify(model.look));
  model.set("average", false);
  assert.ok(speckles(model) > 5 * averaged + 0.001, `${speckles(model)} ${averaged}`);
});

/** Share of bright pixels on the sheet, of those in which no training digit has any ink (chapter 10). */
function speckles(model: DigitLab): number {
  const { images } = digits(), inked = new Set<number>();
  images.forEach((level, i) => { if (level) inked.add(i % PIXELS); });
  const sheet = model.sheet(), bare = (i: number): boolean => !inked.has(i % PIXELS);
  return sheet.filter((x, i) => x > -0.5 && bare(i)).length / sheet.filter((_, i) => bare(i)).length;
}

test("a hundred digits are copied, and vary less than real ones", () => {
  const { agreement, copies, variety } = ill(PRESETS.copies).look!;
  assert.ok(agreement > 0.9 && copies > 0.75 && variety < 0.5, `${agreement} ${copies} ${variety}`);
});

test("a step in parts, one for each step of D, is the step at once; one that is many times the usual one is not done by the page", () => {
  const whole = after(2, start({ k: 3 })), model = start({ k: 3 });
  let parts = 0;
  for (let i = 0; i < 2; i++) for (const _ of model.parts()) parts += 1;
  assert.equal(parts, 6);
  assert.deepEqual(model.save(), whole.save());
  const cases: [Values, boolean][] = [[{}, false], [{ k: 3 }, false], [{ k: 5 }, true], [{ channels: 16 }, true], [{ fault: "strong" }, true]];
  for (const [values, heavy] of cases) assert.equal(start(values).heavy, heavy, JSON.stringify(values));
});

test("a D too strong takes ten steps for one of G, and has no penalty", () => {
  const model = after(2, start({ fault: "strong", r1: 10 })), same = after(2, start({ fault: "strong", r1: 0 })), { optG, optD } = model.gan.save();
  assert.deepEqual([optG.power2, optD.power2], [2, 20].map((n) => Array.from({ length: n }).reduce<number>((power) => power * 0.99, 1)));
  assert.deepEqual(model.gan.save(), same.gan.save());
});

test("a D too strong is sure of most images, G's loss is far above its value at equilibrium, and G learns nevertheless", { skip: !SLOW }, () => {
  const works = after(200, start()), strong = after(200, start({ fault: "strong" }));
  const { real, fake, g } = strong.curves;
  assert.ok(real.last > 0.72 && fake.last < 0.2 && g.last > 2.8, `${real.last} ${fake.last} ${g.last}`);
  assert.ok(works.curves.real.last < 0.63 && works.curves.g.last < 1.6, `${works.curves.real.last} ${works.curves.g.last}`);
  assert.ok(strong.look!.agreement > 0.9 && works.look!.agreement > 0.84, `${strong.look!.agreement} ${works.look!.agreement}`);
});

test("one optimiser for both: the same fake everywhere, D at 1/2 on it, both losses near log 2", { skip: !SLOW }, () => {
  const { look, curves } = ill(PRESETS.joint);
  assert.ok(look!.variety < 0.03 && look!.agreement < 0.2, JSON.stringify(look));
  assert.ok(Math.abs(curves.fake.last - 0.5) < 0.06 && curves.real.last > 0.98, `${curves.fake.last} ${curves.real.last}`);
  for (const loss of [curves.d, curves.g]) assert.ok(Math.abs(loss.last - LOG2) < 0.15, String(loss.last));
});

// All cures lead to the same run. The bounds in presets.ts lie between what seeds 301 to 308 read with the cure and without it:
// copies 44 to 56 % against 89 to 98 %, paper −1.00 against −0.01 to −0.03, agreement 95 to 98 % against 9 to 13 %, D's opinions 0.03 to 0.12
// apart against 0.72 to 0.82.
const RUNS = new Map<string, DigitLab>();

/** A run, which several tests look at. */
function finished(values: Values, steps: number, seed: number): DigitLab {
  const key = `${seed} ${steps} ${JSON.stringify({ ...defaults(digitLab as unknown as Lab), ...values })}`;
  if (!RUNS.has(key)) RUNS.set(key, after(steps, start(values, seed)));
  return RUNS.get(key)!;
}

/** Ill from the first step on: a look at each is enough. */
const AT_ONCE: readonly Preset[] = [PRESETS.labels, PRESETS.range];
const ill = (preset: Preset): DigitLab => finished(preset.values, AT_ONCE.includes(preset) && !SLOW ? 100 : preset.cure!.steps, SEEDS[0]!);
/** Left out for their time: ten steps of D in each, and a run that nothing else looks at. */
const LATER: readonly Preset[] = [PRESETS.strong, PRESETS.joint];

for (const preset of Object.values(PRESETS as Record<string, Preset>)) {
  if (!preset.cure) continue;
  const { cure, cure: { steps, judge } } = preset;
  test(`${preset.label}: by the disease's own measurement it is ill, and after the stated steps with the cure it is not`, { skip: LATER.includes(preset) && !SLOW }, () => {
    for (const seed of SEEDS) {
      const { healthy, reading } = judge(finished({ ...preset.values, ...cure.values }, steps, seed));
      assert.ok(healthy, `seed ${seed}, cured: ${reading}`);
    }
    const { healthy, reading } = judge(ill(preset));
    assert.ok(!healthy, `ill: ${reading}`);
  });
}

test("every way to break it is a ready-made run with a cure, and what works has none", () => {
  const broken = Object.values(PRESETS as Record<string, Preset>).filter(({ cure }) => cure), faults = broken.map(({ values }) => values["fault"]).filter(Boolean);
  assert.deepEqual(faults.sort(), Object.keys((digitLab.params["fault"] as { options: object }).options).filter((name) => name !== "none").sort());
  assert.ok(!("cure" in PRESETS.works) && !("cure" in PRESETS.dense));
});

test("a cure of a run that measured nothing is judged, and has not worked", () => {
  for (const { cure } of Object.values(PRESETS as Record<string, Preset>)) if (cure) assert.ok(!cure.judge(start()).healthy, cure.judge(start()).reading);
});

test("eigenvectors turn a symmetric matrix into its eigenvalues, the largest first", () => {
  const rng = new Rng(7), n = 6, b = Array.from({ length: n }, () => new Float64Array(n).map(() => rng.normal()));
  const a = b.map((row) => new Float64Array(n).map((_, j) => row.reduce((sum, x, k) => sum + x * b[j]![k]!, 0)));
  const { values, vectors } = eigen(a);
  assert.deepEqual(values, [...values].sort((x, y) => y - x));
  vectors.forEach((v, k) => a.forEach((row, i) => {
    assert.ok(Math.abs(row.reduce((sum, x, j) => sum + x * v[j]!, 0) - values[k]! * v[i]!) < 1e-9);
  }));
});

for (const values of [{}, { networks: "dense" }] as Values[]) test(`the explorer draws what G draws, in directions of which the first changes the image most ${JSON.stringify(values)}`, () => {
  const model = values["networks"] ? after(120, start(values)) : finished({}, 300, SEEDS[0]!), { layers } = model.G.shape, { gan } = model;
  const tape = gan.G.tape(CLASSES), labels = Int8Array.from({ length: CLASSES }, (_, i) => i);
  const own = new TrainedGenerator({ layers, numbers: model.G.weights.p }, Z), input = (label: number, k = 0, x = 0): Float64Array => {
    const full = new Float64Array(Z + CLASSES);
    full[k] = x;
    full[Z + label] = 1;
    return full;
  };
  tell(tape.a.at[0]!, new Float32Array(CLASSES * Z), labels, gan.shape);
  const wanted = model.G.forward(tape).data;
  for (const label of labels) {
    own.draw(input(label)).forEach((v, p) => assert.ok(Math.abs(v - wanted[label * PIXELS + p]!) < 1e-5));
  }
  const slope = (k: number): number => labels.reduce((sum, label) => {
    const low = own.draw(input(label, k, -0.5));
    return sum + own.draw(input(label, k, 0.5)).reduce((total, v, p) => total + (v - low[p]!) ** 2, 0);
  }, 0);
  assert.ok(slope(0) > slope(5) && slope(5) > slope(15));
  assert.ok(Math.abs(own.effect.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
  assert.deepEqual(own.effect, [...own.effect].sort((x, y) => y - x));
});

test("the rates fall as in chapter 10", () => {
  const wanted = [[0, 1], [24, 1], [25, 1], [62.5, 0.525], [100, 0.05], [200, 0.05]] as const;
  for (const [step, factor] of wanted) assert.ok(Math.abs(share(step, 100) - factor) < 1e-12, String(step));
  assert.equal(share(1e6, 0), 1);
});

test("what it says is true of the state it is in", () => {
  assert.match(after(0, start()).describe(), /^G has learned nothing yet/);
  assert.match(after(1, start()).describe(), /^After 1 step, 64 images, nothing has been measured yet\.$/);
  assert.match(after(0, start()).summary(), /^The network that draws makes ten digits a row, and so far they are noise\.$/);
  const model = finished(PRESETS.labels.values, 100, SEEDS[0]!);
  assert.match(model.summary(), /^The network that judges has looked at a real digit 6,400 times, the one that draws never\. A third.* in [\d.]+ % of 500 drawings\.$/);
  assert.match(model.describe(), /G, which is told no digit, draws/);
});
