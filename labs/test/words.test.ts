/** What the labs say: in every state true of that state. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LOSSES, type LossName } from "../src/engine";
import { format, type Lab, type Value, type Values } from "../src/kit/lab";
import { defaults, Run } from "../src/kit/run";
import { LABS } from "../src/labs";
import { ganLab2d } from "../src/labs/gan-lab-2d";
import { lastStroke } from "../src/labs/gan-lab-2d/draw";
import { mixture } from "../src/labs/gan-lab-2d/mixture";
import { CAPTIONS, phaseOf } from "../src/labs/gan-lab-2d/phases";

const lab = (tag: string): Lab => LABS.find((candidate) => candidate.tag === tag)!;

/** The run of a lab after so many steps and then some changes. */
function run(tag: string, values: Values = {}, steps = 0, changes: readonly [string, Value][] = [], seed = 7): Run {
  const made = new Run(lab(tag), values, seed);
  for (let i = 0; i < steps; i++) made.act("step");
  for (const [key, value] of changes) made.set(key, value);
  return made;
}
const words = (...at: Parameters<typeof run>): string => run(...at).model.describe();
const metrics = (...at: Parameters<typeof run>): Record<string, number | null> => run(...at).model.state.metrics;

// Sentences of any lab.

for (const each of LABS) {
  test(`${each.tag}: at the ends of every setting, before and after a step, its sentences are whole`, () => {
    for (const [key, param] of Object.entries(each.params)) {
      const ends: Value[] = param.kind === "slider" ? [param.min, param.max] : param.kind === "levels" ? [param.values[0]!, param.values.at(-1)!]
        : param.kind === "toggle" ? [true, false] : param.kind === "points" ? [[]] : Object.keys(param.options);
      for (const value of key.startsWith("z") || key.endsWith("units") ? [] : ends) {
        for (const steps of [0, 2]) {
          const said = words(each.tag, {}, steps, [[key, value]]);
          assert.doesNotMatch(said, /NaN|Infinity|undefined|null|–|  | $|\.\./, `${key} = ${String(value)}`);
          assert.match(said, /^[A-Z0-9θ].*[.…]$/u, `${key} = ${String(value)}`);
        }
      }
    }
  });
}

const WILD: Record<string, Values> = {
  "gan-lab-2d": { loss: "wasserstein", optimizer: "sgd", r1: 0, lr_d: 0.1, lr_g: 0.1 },
  "gan-lab-1d": { loss: "leastSquares", lr_d: 0.3 },
  "marco-polo": { sigma: 0.3, step_size: 1 },
};

for (const [tag, wild] of Object.entries(WILD)) {
  test(`${tag}: after numbers have run away it is over, says so, shows no reading, and no step changes anything`, () => {
    const made = run(tag, wild, 600);
    assert.ok(made.model.over);
    assert.match(made.model.describe(), /run away, so play has stopped\. Take .*smaller .* Reset\.$/);
    assert.ok(tag === "marco-polo" || Object.values(made.model.state.metrics).every((x) => x === null), JSON.stringify(made.model.state.metrics));
    const before = made.model.steps;
    made.act("step");
    assert.equal(made.model.steps, before);
    made.reset();
    assert.ok(!made.model.over);
  });
}

test("dirac-lab: off the map on both paths it is over, and the words give no distance", () => {
  const made = run("dirac-lab", { game: "xy", step_size: 1, gamma: 2, theta: 2, psi: 2 }, 0);
  assert.ok(!made.model.over);
  const far = run("dirac-lab", { game: "xy", step_size: 1 }, 400);
  assert.match(far.model.describe(), /more than a million away with simultaneous/);
});

test("measured numbers: no false zero, no long one, and rounding errors read 0", () => {
  const read: [number, string][] = [[0.0001, "1e−4"], [-0.00023, "−2.3e−4"], [0.0005, "0.001"], [0.012, "0.012"], [1e-15, "0.00"], [-1e-17, "0.00"],
    [1003871, "1e6"], [-2.34e7, "−2.3e7"], [999_999, "999999"], [Infinity, "∞"], [NaN, "–"]];
  for (const [x, said] of read) assert.equal(format(x), said, String(x));
});

// Losses.

test("sigma(logit) is a probability exactly where the best logit of 3 real ones to 1 fake is log 3", () => {
  for (const [name, loss] of Object.entries(LOSSES)) {
    const [real, fake, dReal, dFake] = [Math.log(3), Math.log(3), 0, 0].map((v) => Float64Array.of(v)) as [Float64Array, Float64Array, Float64Array, Float64Array];
    loss.d(real, fake, 1, dReal, dFake);
    assert.equal(Math.abs(3 * dReal[0]! + dFake[0]!) < 1e-12, loss.probability, name);
  }
});

test("slow motion speaks of real samples in G's step exactly where the loss of G depends on them", () => {
  for (const [name, loss] of Object.entries(LOSSES)) {
    const g = (real: number): number => loss.g(Float64Array.of(0.3), 1, new Float64Array(1), Float64Array.of(real));
    const needs = g(0) !== g(1);
    const part = phaseOf(7, (name as LossName) === "relativistic")!;
    assert.equal(part.active.includes("real"), needs, name);
    assert.equal(/no real sample is needed/.test(part.caption), !needs, name);
  }
  assert.equal(new Set(CAPTIONS).size, 11);
});

test("the relativistic D gives scores, in both labs", () => {
  assert.match(words("gan-lab-1d", { loss: "relativistic" }, 20), /a score of/);
  const slow = run("gan-lab-2d", { loss: "relativistic" });
  for (let i = 0; i < 3; i++) slow.act("sub");
  assert.match(slow.model.describe(), /Mean score/);
});

for (const tag of ["gan-lab-1d", "gan-lab-2d"]) {
  test(`${tag}: a new loss begins a new chart of losses, and no verdict rests on the old one`, () => {
    const made = run(tag, {}, 200, [["loss", "hinge"]]);
    assert.deepEqual(made.model.state.losses, { d: null, g: null });
    assert.doesNotMatch(made.model.describe(), /loss says it cannot tell/);
  });
}

// The 2-D lab.

test("before training no count of modes or good samples, whatever the data", () => {
  for (const data of Object.keys((lab("gan-lab-2d").params["data"] as { options: object }).options)) {
    for (const change of [[], [["lr_d", 0.1]]] as [string, Value][][]) {
      const said = words("gan-lab-2d", { data }, 0, change);
      assert.match(said, /^Nothing is trained yet\./, data);
      assert.doesNotMatch(said, /%|cover|modes/, data);
    }
  }
});

test("an empty drawing leaves nothing behind: no data, no readings, and play has nothing to do", () => {
  assert.equal(mixture("own", []).count, 0);
  const made = run("gan-lab-2d", { data: "own", drawn: [] }, 5);
  assert.match(made.model.describe(), /^There are no data/);
  assert.ok(made.model.over);
  assert.equal(made.model.steps, 0);
  assert.ok(Object.values(made.model.state.metrics).every((x) => x === null));
  made.set("drawn", [[1, 1]]);
  made.act("step");
  assert.equal(made.model.steps, 1);
});

test("the last stroke of a drawing begins behind its last gap", () => {
  const stroke = (x: number, n: number): [number, number][] => Array.from({ length: n }, (_, i) => [x, i / 5]);
  assert.equal(lastStroke([]), 0);
  assert.equal(lastStroke(stroke(0, 5)), 0);
  assert.equal(lastStroke([...stroke(-2, 5), ...stroke(2, 3)]), 5);
  assert.equal(lastStroke([...stroke(-2, 5), [2, 2]]), 5);
});

test("the blur is said where JSD is shown", () => {
  const values = defaults(ganLab2d as unknown as Lab);
  assert.ok(values);
  assert.match(ganLab2d.view.toString(), /blurred/);
});

// The Dirac lab: why its paths shrink, or do not.

const PLACES = [[1, 1], [-0.7, 1.4], [2, -1.5], [0.3, 0.2]] as const;
const tanh = Math.tanh;

test("dirac-lab: d(r²/2)/dt is −θψ tanh(θψ/2) with the non-saturating loss, and 0 in the other two games", () => {
  for (const [theta, psi] of PLACES) {
    const rate = (game: string): number => {
      const h = 0.01; // one simultaneous step: r² changes by 2h times the rate, and by h² v²
      const moved = run("dirac-lab", { game, theta, psi, step_size: h }, 1).model.state as unknown as { points: { simultaneous: [number, number] } };
      const [a, b] = moved.points.simultaneous;
      return (a * a + b * b - theta * theta - psi * psi - (a - theta) ** 2 - (b - psi) ** 2) / (2 * h);
    };
    const close = (got: number, want: number): void => assert.ok(Math.abs(got - want) < 1e-9, `${got} is not ${want}`);
    close(rate("nonsaturating"), -theta * psi * tanh((theta * psi) / 2));
    close(rate("minimax"), 0);
    close(rate("xy"), 0);
  }
});

test("dirac-lab: without penalty simultaneous steps end at r ≈ √(2h), alternating ones go on shrinking", () => {
  for (const h of [0.05, 0.1, 0.2, 0.4]) {
    for (const [theta, psi] of PLACES) {
      const radius = (steps: number) => metrics("dirac-lab", { theta, psi, step_size: h }, steps) as Record<string, number>;
      const [some, many] = [radius(4000), radius(30000)];
      assert.ok(Math.abs(many["radius_simultaneous"]! / Math.sqrt(2 * h) - 1) < 0.15, `h ${h}: ${many["radius_simultaneous"]}`);
      assert.ok(many["radius_alternating"]! < 0.8 * some["radius_alternating"]!);
    }
  }
  assert.match(words("dirac-lab"), /√\(2h\) = 0\.632/);
  assert.doesNotMatch(words("dirac-lab", { game: "minimax" }), /shrink|tanh/);
});

test("dirac-lab: steps that are too long are named exactly where an update grows", () => {
  for (const gamma of [0.1, 0.5, 1, 2]) {
    for (const step_size of [0.05, 0.5, 1]) {
      const at = { game: "xy", gamma, step_size };
      const m = metrics("dirac-lab", at) as Record<string, number>;
      for (const way of ["simultaneous", "alternating"]) {
        assert.equal(new RegExp(`too long.*${way}`).test(words("dirac-lab", at)), m[`factor_${way}`]! > 1 + 1e-9, JSON.stringify(at));
      }
    }
  }
});

// The others.

test("divergence-lab: KL between equal boxes is infinite everywhere but at 0, and nothing else is called the same", () => {
  for (const mu of [-3, -0.1, 0.1, 2]) assert.deepEqual([metrics("divergence-lab", { mu })["kl"], metrics("divergence-lab", { mu })["reverse"]], [null, null]);
  assert.deepEqual([metrics("divergence-lab", { mu: 0 })["kl"], metrics("divergence-lab", { mu: 0 })["reverse"]], [0, 0]);
  assert.match(words("divergence-lab", { mu: 0 }), /the same: every distance is 0/);
  assert.doesNotMatch(words("divergence-lab", { mu: 0.1 }), /the same/);
});

test("divergence-lab: bells always overlap, and their KL says how far", () => {
  assert.match(words("divergence-lab", { mu: 6 }), /No overlap.*Only Wasserstein-1/);
  const bells = words("divergence-lab", { shape: "bells", mu: 7, sigma: 0.3 });
  assert.match(bells, /Hardly any overlap.*both KL.*still say how far/);
  assert.doesNotMatch(bells, /Only|infinite/);
});

test("ratio-lab: the bells are said to have moved when they have, not when the learning rate has", () => {
  assert.match(words("ratio-lab", {}, 5, [["mu_g", 3]]), /The bells moved/);
  for (const change of [["lr", 0.1], ["batch", 8]] as [string, Value][]) assert.doesNotMatch(words("ratio-lab", {}, 5, [change]), /moved/);
});

test("class-lab: of two equal bells neither label wins; of unequal shares the larger wins everywhere", () => {
  assert.match(words("class-lab", { mu1: 0, share: 0.5 }), /either name.*equally probable everywhere/);
  assert.match(words("class-lab", { mu1: 0, share: 0.3 }), /Label 0 wins everywhere/);
  assert.match(words("class-lab", { mu1: 0, share: 0.7 }), /Label 1 wins everywhere/);
});

test("marco-polo: no answer is announced where nobody answers", () => {
  assert.match(words("marco-polo", { feedback: "none" }), /Nobody answers/);
  assert.doesNotMatch(words("marco-polo", { feedback: "none" }), /answer comes from/);
  assert.match(words("marco-polo", { feedback: "none", noise: 0 }, 3), /nothing moves/);
});

test("loss-lab: a sample is never said to have reached D = 1", () => {
  assert.doesNotMatch(words("loss-lab", { d: 0.999, likelihood: true, step_size: 0.2 }, 500), /D = 1|to 1 /);
  assert.match(words("loss-lab", { d: 0.9, likelihood: true }, 3), /maximum likelihood/);
});

test("gan-lab-1d: mean and spread of a network's samples are those of many samples, from the first moment on", () => {
  for (const seed of [3, 4]) {
    const m = metrics("gan-lab-1d", { generator: "mlp" }, 0, [], seed) as Record<string, number>;
    assert.ok(m["sigma"]! > 0.01, String(m["sigma"]));
  }
});
