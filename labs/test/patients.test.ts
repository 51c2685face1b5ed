/**
 * The patients of the 2-D lab: each failure and each cure that a text names, and every other advice of the labs, over seeds.
 *
 * The bounds come from 16 other seeds (101 to 116), with room; no page shows the seeds used here.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LOG2, LOG4 } from "../src/engine";
import type { Cure, Lab, Values, Verdict } from "../src/kit/lab";
import { defaults, replay, Run } from "../src/kit/run";
import { LABS } from "../src/labs";
import { ganLab2d } from "../src/labs/gan-lab-2d";
import { GanLab2D, type Metrics } from "../src/labs/gan-lab-2d/model";
import { PATIENTS } from "../src/labs/gan-lab-2d/presets";

const BOTH = [31, 32];
const SEEDS = process.env["GANLAB_SLOW"] ? BOTH : BOTH.slice(0, 1);
type Patient = keyof typeof PATIENTS;

function start(name: Patient, cure: Values, seed: number): GanLab2D {
  return ganLab2d.create({ ...defaults(ganLab2d as unknown as Lab), ...PATIENTS[name].values, ...cure }, seed);
}

/** Runs that were begun. */
const KEPT = new Map<string, GanLab2D>();

/** A patient, with or without its cure, after so many steps. It is read at once: who asks for a later step of the same run goes on with it. */
function after(name: Patient, cure: Values, steps: number, seed: number): GanLab2D {
  const key = JSON.stringify([name, cure, seed]), kept = KEPT.get(key);
  const model = kept && kept.steps <= steps ? kept : start(name, cure, seed);
  KEPT.set(key, model);
  while (model.steps < steps && !model.over) model.act("step");
  return model;
}

/** `holds` of the readings of each seed, or the test fails with them. */
function everySeed(name: Patient, cure: Values, steps: number, holds: (m: Metrics & { dLoss: number }) => boolean): void {
  for (const seed of SEEDS) {
    const model = after(name, cure, steps, seed);
    const readings = { ...model.metrics, dLoss: model.dLoss.last };
    assert.ok(holds(readings), `seed ${seed}: ${JSON.stringify(readings)}`);
  }
}

const near = (x: number, y: number, tolerance: number): boolean => Math.abs(x - y) <= tolerance;

test("A fails: D makes no errors, the arrows vanish, JSD stays near log 2", () => {
  everySeed("strong", {}, 300, (m) => m.d_real > 0.98 && m.d_fake < 0.02 && m.push < 0.01 && near(m.jsd, LOG2, 0.03) && m.w1 > 1.5);
});

test("the healthy patient has no cure", () => assert.ok(!("cure" in PATIENTS.healthy)));

const HALF_CURES: readonly (readonly [string, Values, (m: Metrics) => boolean])[] = [
  ["R1 alone leaves G too slow", { r1: 0.5 }, ({ jsd }) => jsd > 0.5],
  ["a faster G alone meets a D too strong", { lr_g: 0.003 }, ({ modes }) => modes <= 4],
  ["so does the non-saturating loss with it, which brings the arrows back", { lr_g: 0.003, loss: "nonsaturating" }, ({ modes }) => modes <= 4],
];
HALF_CURES.forEach(([why, cure, failsStill], i) => {
  test(`A is not cured by half: ${why}`, () => {
    const { metrics } = after("strong", cure, 500, BOTH[i % 2]!);
    assert.ok(failsStill(metrics), JSON.stringify(metrics));
  });
});

test("the non-saturating loss brings the arrows of A back", () => everySeed("strong", { loss: "nonsaturating" }, 100, (m) => m.push > 1));

test("B is healthy: most modes after 300 steps, then D near 1/2 and the losses near log 4 and log 2; without R1 the arrows are several times as long", () => {
  for (const seed of SEEDS) {
    assert.ok(after("healthy", {}, 300, seed).metrics.modes >= 6);
    const { metrics: calm, dLoss, gLoss } = after("healthy", {}, 800, seed);
    assert.ok(calm.modes >= 7 && calm.jsd < 0.35 && calm.w1 < 0.4, JSON.stringify(calm));
    for (const [got, want] of [[calm.d_real, 0.5], [calm.d_fake, 0.5], [dLoss.last, LOG4], [gLoss.last, LOG2]] as const) assert.ok(near(got, want, 0.1));
    const loose = after("healthy", { r1: 0 }, 800, seed).metrics;
    assert.ok(loose.modes >= 6 && loose.push > 2 * calm.push, `${loose.modes} modes, ${loose.push} against ${calm.push}`);
  }
});

/** Distances of the cloud's centre from the data, at each of so many steps. */
function distances(cure: Values, steps: number, seed: number): number[] {
  const model = start("rotation", cure, seed);
  const [x, y] = [model.mixture.x[0]!, model.mixture.y[0]!];
  return Array.from({ length: steps }, () => {
    model.act("step");
    const shift = model.gan.G.params.subarray(4); // x = A z + b: the centre is b
    return Math.hypot(shift[0]! - x, shift[1]! - y);
  });
}

/** One turn takes 115 steps. */
const TURN = 120;
const lastTurn = (cure: Values, steps: number, seed: number): number[] => distances(cure, steps, seed).slice(-TURN);

test("C rotates: the centre comes no nearer, and passes its nearest point twice in a turn", () => {
  for (const seed of SEEDS) {
    const all = distances({}, 1200, seed), early = all.slice(0, TURN), late = all.slice(-TURN);
    assert.ok(Math.max(...late) > 0.8 * Math.max(...early) && Math.max(...late) > 0.5, `${Math.max(...early)}, later ${Math.max(...late)}`);
    const dips = late.filter((d, i) => i > 2 && i < 117 && [-3, -2, -1, 1, 2, 3].every((k) => d <= late[i + k]!));
    assert.ok(dips.length >= 2, `${dips.length} nearest points`);
  }
});

test("C at the page's own seed goes round on a broad ellipse, not on a line", () => {
  const turn = distances({}, TURN, 0);
  assert.ok(Math.min(...turn) > 0.25 * Math.max(...turn), `${Math.min(...turn)} to ${Math.max(...turn)}`);
});

test("C is cured by R1: the cloud comes to rest on the data", () => {
  for (const seed of SEEDS) for (const r1 of [0.3, 2]) assert.ok(Math.max(...lastTurn({ r1 }, 900, seed)) < 0.2, `R1 ${r1}, seed ${seed}`);
});

test("C is not cured by the gradient penalty: a circle of radius 1.8, the root of the ratio of the learning rates", () => {
  for (const seed of SEEDS) {
    for (const gp of [0.5, 10]) {
      const turn = lastTurn({ gp }, 1600, seed);
      assert.ok(turn.every((d) => near(d, Math.sqrt(0.1 / 0.03), 0.12)), `λ ${gp}: ${Math.min(...turn)} to ${Math.max(...turn)}`);
    }
  }
});

test("the trail follows the cloud's centre over the last 200 steps", () => {
  const model = after("rotation", {}, 300, 31);
  assert.equal(model.trail.length, 80);
  const { x, y } = model.metrics;
  assert.ok(Math.hypot(model.trail[78]! - x, model.trail[79]! - y) < 0.1);
  assert.ok(near(model.metrics.way, Math.hypot(...[0, 1].map((c) => model.trail[2 + c]! - model.trail[c]!)) * 39, model.metrics.way));
});

test("D has a bug in the range: every fake inside the square of tanh, no mode, arrows that still point", () => {
  for (const seed of SEEDS) {
    const model = after("range", {}, 500, seed);
    assert.ok(model.hints().fake.every((v) => Math.abs(v) <= 1));
    assert.ok(model.metrics.modes === 0 && model.metrics.jsd > 0.5 && model.metrics.push > 0.1, JSON.stringify(model.metrics));
  }
});

test("E collapses: one mode or none at nearly every look, and G is on the move all the time", () => {
  for (const seed of SEEDS) {
    const looks = Array.from({ length: 40 }, (_, i) => after("collapse", {}, 210 + 10 * i, seed).metrics);
    const share = (holds: (m: Metrics) => boolean): number => looks.filter(holds).length / looks.length;
    assert.ok(share(({ modes }) => modes > 1) <= 0.1, `more than one mode: ${share(({ modes }) => modes > 1)}`);
    assert.ok(share(({ modes }) => modes === 0) > 0.25 && share(({ modes }) => modes === 1) > 0.2);
    assert.ok(Math.min(...looks.map(({ way }) => way)) > 10);
  }
});

test("F fails: D says 1/2, its loss is log 4, and JSD is high", () => {
  everySeed("weak", {}, 800, (m) => near(m.d_real, 0.5, 0.03) && near(m.d_fake, 0.5, 0.03) && near(m.dLoss, LOG4, 0.05) && m.jsd > 0.5);
});

// After the failures, whose runs go on here.
for (const [name, patient] of Object.entries(PATIENTS)) {
  if (!("cure" in patient)) continue;
  const { values, steps, judge } = patient.cure as Cure;
  test(`${patient.label}: after the stated steps the cure has worked, and by the same measurement the patient is still ill without it`, () => {
    for (const seed of SEEDS) {
      const [cured, ill] = [values, {}].map((cure) => judge(after(name as Patient, cure, steps, seed))) as [Verdict, Verdict];
      assert.ok(cured.healthy && !ill.healthy, `seed ${seed}: ${cured.reading}; without the cure ${ill.reading}`);
    }
  });
}

// Advice of the other labs, and of the words that any state may show.

const lab = (tag: string): Lab => LABS.find((candidate) => candidate.tag === tag)!;

/** Settings that run away, and what "take smaller learning rates" or "a smaller step size" makes of them. */
const WILD: readonly (readonly [string, Values, Values])[] = [
  ["gan-lab-2d", { loss: "wasserstein", optimizer: "sgd", r1: 0, lr_d: 0.1, lr_g: 0.1 }, { lr_d: 0.01, lr_g: 0.01 }],
  ["gan-lab-1d", { loss: "leastSquares", lr_d: 0.3 }, { lr_d: 0.01, lr_g: 0.01 }],
  ["marco-polo", { sigma: 0.3, step_size: 1 }, { step_size: 0.05 }],
];

for (const [tag, wild, tame] of WILD) {
  test(`${tag}: numbers that run away stop running with the cure that is named`, () => {
    for (const seed of SEEDS) {
      const run = (values: Values): Run => {
        const made = new Run(lab(tag), values, seed);
        for (let i = 0; i < 400; i++) made.act("step");
        return made;
      };
      assert.ok(run(wild).model.over, `seed ${seed} did not run away`);
      assert.ok(!run({ ...wild, ...tame }).model.over, `seed ${seed} still ran away`);
    }
  });
}

test("marco-polo: the caller follows a target that moves", () => {
  for (const seed of SEEDS) {
    const { metrics } = replay(lab("marco-polo"), { seed, noise: 0 }, [["step", 200], ["mu", -2], ["sigma", 0.8], ["step", 400]]) as { metrics: Record<string, number> };
    assert.ok(near(metrics["mu"]!, -2, 0.05) && near(metrics["sigma"]!, 0.8, 0.05), JSON.stringify(metrics));
  }
});

test("ratio-lab: a bell that is dragged throws both D off, and the quadratic one finds the new best D", () => {
  for (const seed of SEEDS) {
    const run = new Run(lab("ratio-lab"), {}, seed), error = (): number => (run.state["metrics"] as Record<string, number>)["error_quadratic"]!;
    const train = (steps: number): void => { for (let i = 0; i < steps; i++) run.act("step"); };
    train(600);
    run.set("mu_g", 4);
    const dragged = error();
    train(1500);
    assert.ok(dragged > 0.2 && error() < 0.05, `${dragged} then ${error()}`);
  }
});

test("gan-lab-2d: trained players stay at rest with small learning rates", () => {
  for (const seed of SEEDS) {
    const jsd = (steps: number): number => (replay(lab("gan-lab-2d"), { seed, start: "trained", lr_d: 0.0001, lr_g: 0.0001 }, [["step", steps]]) as { metrics: Record<string, number> }).metrics["jsd"]!;
    const [first, last] = [jsd(0), jsd(200)];
    assert.ok(near(first, last, 0.05), `${first} then ${last}`);
  }
});
