/** WebAssembly gives the bits of TypeScript, wherever the engine of the small networks uses it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Adam, Gan, LOSSES, Network, Rng, useVectors, vectors, type Activation, type LossName, type Shape } from "../src/engine";
import { logistic } from "../src/engine/desk";
import type { Lab, Values } from "../src/kit/lab";
import { replay } from "../src/kit/run";
import { LABS } from "../src/labs";

const SEEDS = [0, 1, 2];

/** What `run` gives with vectors and without: the same bits. */
function sameBits(what: string, run: () => unknown): void {
  const [fast, plain] = [true, false].map((wanted) => {
    useVectors(wanted);
    assert.equal(vectors(), wanted);
    return run();
  });
  useVectors(true);
  assert.deepStrictEqual(fast, plain, what);
}

/** Numbers of all kinds: usual ones, far out, tiny, subnormal, zeros of either sign. */
function numbers(rng: Rng, n: number, kinds = [1, 1, 1, 30, 1e3, 1e-6, 1e-190, 1e-320, 0, -0]): Float64Array {
  return Float64Array.from({ length: n }, () => rng.normal() * kinds[rng.below(kinds.length)]!);
}

const SIZES = [[2, 8, 8, 2], [1, 1, 1], [3, 5, 7, 1], [1, 16, 16, 1], [2, 9, 3], [2, 11, 10, 4], [2, 100, 17, 1]];

test("forward and backward passes have the same bits, for every shape and function", () => {
  for (const sizes of SIZES) {
    for (const hidden of ["relu", "leaky", "tanh", "linear"] as Activation[]) {
      for (const [n, squares] of [[8, 0], [33, 0.3]] as const) {
        sameBits(`${sizes}, ${hidden}, ${n} examples`, () => {
          const rng = new Rng(n), shape: Shape = { sizes, hidden, output: sizes.length === 4 ? "tanh" : "linear", squares };
          const net = new Network(shape).init(rng), tape = net.tape(40);
          net.grads.set(numbers(rng, net.grads.length, [1]));
          net.params[0] = 1e-200; // where its input is small, too, a neuron hardly fires
          const out = net.forward(tape, numbers(rng, net.nIn * n), n).slice();
          tape.dOutput.set(numbers(rng, net.nOut * n));
          net.backward(tape, true, true);
          return [out.subarray(0, net.nOut * n), net.grads.slice(), tape.dInput.slice(0, net.nIn * n)];
        });
      }
    }
  }
});

test("training has the same bits, with every loss and penalty", () => {
  for (const loss of Object.keys(LOSSES) as LossName[]) {
    for (const reg of [{}, { r1: 0.7 }, { gp: 1.3 }, { clip: 0.1 }]) {
      for (const hidden of ["relu", "leaky", "tanh"] as const) {
        sameBits(`${loss}, ${JSON.stringify(reg)}, ${hidden}`, () => {
          const rng = new Rng(4), n = 21;
          const G = new Network({ sizes: [2, 8, 5, 2], hidden }).init(rng), D = new Network({ sizes: [2, 10, 7, 1], hidden }).init(rng);
          const gan = new Gan(G, D, new Adam(0.01), new Adam(0.01), n);
          const draw = (): Float64Array => { const out = new Float64Array(2 * n); rng.fillNormal(out); return out; };
          const losses = Array.from({ length: 5 }, () => {
            const x = draw();
            return [gan.discriminatorStep(LOSSES[loss], x, draw(), reg, draw()), gan.generatorStep(LOSSES[loss], draw(), x)];
          });
          return [losses, G.params, D.params];
        });
      }
    }
  }
});

test("softplus and sigmoid have the same bits, from -1000 to 1000, at zeros, and where numbers ran away", () => {
  const x = Float64Array.of(0, -0, 708, -708, 708.5, -709, 1000, -1000, Infinity, -Infinity, NaN, 1e-300, -1e-17, ...numbers(new Rng(1), 900));
  for (const sign of [1, -1] as const) {
    sameBits("logistic", () => { const { softplus, sigmoid } = logistic(x, x.length, sign); return [softplus, sigmoid].map((all) => Array.from(all.subarray(0, x.length))); }); // as numbers: not-a-numbers differ in bits that nobody sees
  }
});

test("random numbers have the same bits in any order of calls, and each stream goes on alike", () => {
  const centres = [Float64Array.of(1, 2, 3), Float64Array.of(-1, 0, 1)] as const;
  for (const seed of SEEDS) {
    sameBits(`seed ${seed}`, () => {
      const order = new Rng(seed, 9), rng = new Rng(seed);
      return Array.from({ length: 60 }, () => {
        const out = new Float64Array(order.below(3) ? order.below(90) : 2000 + order.below(900)), what = order.below(4);
        if (what === 0) return [rng.normal(), rng.uniform(), rng.save()];
        if (what === 1) rng.fillAround(out.subarray(out.length % 2), ...centres, 0.3);
        else rng.fillNormal(out, 0.1 * what, what);
        return [out, rng.save()];
      });
    });
  }
});

test("random numbers are drawn one after the other, whoever draws them", () => {
  const [one, many] = [new Rng(5), new Rng(5)], out = new Float64Array(5001);
  many.fillNormal(out);
  assert.deepStrictEqual(out, Float64Array.from(out, () => one.normal()));
  assert.deepStrictEqual(many.save(), one.save());
});

test("a run of each lab is the same with and without vectors", () => {
  const settings: Record<string, Values[]> = {
    "gan-lab-2d": [{}, { r1: 0, gp: 5, loss: "wasserstein", activation: "leaky", data: "grid" }, { activation: "tanh", noise_dims: "1", noise: "uniform", k: 3, output: "tanh" }],
    "gan-lab-1d": [{}, { capacity: "mlp", generator: "mlp", optimizer: "adam" }],
  };
  for (const lab of LABS as readonly Lab[]) {
    if (!lab.actions["step"] || lab.cargo) continue;
    for (const values of settings[lab.tag] ?? [{}]) sameBits(`${lab.tag} ${JSON.stringify(values)}`, () => replay(lab, values, [["step", 40]]));
  }
});

test("without hidden layers, with few examples or very wide layers TypeScript does it", () => {
  for (const [sizes, n] of [[[2, 1], 50], [[2, 4, 1], 3], [[2, 600, 1], 9]] as const) {
    const net = new Network({ sizes }).init(new Rng(0));
    assert.ok(net.tape(n).output.buffer.byteLength === 8 * n, `${sizes}`);
  }
});
