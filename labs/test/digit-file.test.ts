/** A run of the digit lab as a file: it goes on to the last bit, and of what is no such file nothing is used. PyTorch's side: tests/labs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { readRun, written } from "../src/kit/file";
import type { Lab } from "../src/kit/lab";
import { Refused } from "../src/kit/outside";
import { Run } from "../src/kit/run";
import { pack, unpack, type Named, type Tensor } from "../src/kit/safetensors";
import { digitLab } from "../src/labs/digit-lab";
import { DATA } from "../src/labs/digit-lab/cargo";

const LAB = digitLab as unknown as Lab, FORMAT = LAB.file!;
let run: Run, bytes: Uint8Array<ArrayBuffer>;

function steps(n: number, of = run): void {
  for (let i = 0; i < n; i++) of.act("step");
}

before(async () => {
  await DATA.give(readFileSync(new URL("../../../src/ganlab/static/digit-data.js", import.meta.url), "utf8"));
  run = new Run(LAB, { networks: "dense", g_units: 32, d_units: 64, r1: 1 }, 5);
  steps(101);
  run.set("lr_g", 0.002);
  steps(16);
  bytes = written(run, FORMAT).bytes;
});

test("the numbers of a file are those that were packed, whatever their width", () => {
  const tensors = new Map<string, Tensor>([["a", { shape: [2, 2], data: Float32Array.of(1, -2, 3.5, 0) }], ["b", { shape: [1], data: Float64Array.of(0.1) }]]);
  const packed = pack({ tensors, metadata: { said: "ä" } }), found = unpack(packed);
  assert.deepEqual([...found.tensors].sort(([x], [y]) => (x < y ? -1 : 1)), [...tensors]);
  assert.deepEqual(found.metadata, { said: "ä" });
  assert.equal((8 + Number(new DataView(packed.buffer).getBigUint64(0, true))) % 8, 0);
});

test("a run that was read goes on as if there had been no break, and says which run it is", () => {
  const other = new Run(LAB);
  other.resume(readRun(LAB, bytes, FORMAT));
  assert.equal(other.toText(), run.toText());
  assert.deepEqual(other.state, run.state);
  for (const one of [run, other]) steps(120, one);
  assert.deepEqual(other.state, run.state);
  assert.deepEqual(written(other, FORMAT).bytes, written(run, FORMAT).bytes);
  assert.match(written(run, FORMAT).name, /^digit-lab-seed-5-step-237\.safetensors$/);
});

test("so does one of convolutions, whose maps have their channels first in the file", () => {
  const first = new Run(LAB, { channels: 16 }, 5), other = new Run(LAB);
  steps(12, first);
  const { tensors } = unpack(written(first, FORMAT).bytes);
  assert.deepEqual(["G.0.weight", "G.3.weight", "G.5.weight", "G.5.bias", "D.1.weight", "D.3.weight", "D.6.weight"].map((name) => tensors.get(name)!.shape.join()),
    ["1568,26", "32,16,4,4", "16,1,4,4", "1", "16,1,4,4", "32,16,4,4", "64,1568"]);
  other.resume(readRun(LAB, written(first, FORMAT).bytes, FORMAT));
  for (const one of [first, other]) steps(5, one);
  assert.deepEqual(written(other, FORMAT).bytes, written(first, FORMAT).bytes);
});

test("a run without a step can be saved, too", () => {
  const fresh = new Run(LAB, {}, 9), other = new Run(LAB);
  other.resume(readRun(LAB, written(fresh, FORMAT).bytes, FORMAT));
  for (const one of [fresh, other]) steps(3, one);
  assert.deepEqual(other.model.save!(), fresh.model.save!());
});

/** The file with something else in it. */
function changed(change: (file: { tensors: Map<string, Tensor>; metadata: Record<string, string> }) => void): Uint8Array {
  const { tensors, metadata } = unpack(bytes), file = { tensors: new Map(tensors), metadata: { ...metadata } };
  change(file);
  return pack(file as Named);
}

const meta = (name: string, text: string) => (): Uint8Array => changed(({ metadata }) => { metadata[name] = text; });
const tensor = (name: string, data: Tensor["data"], shape = [data.length]) => (): Uint8Array => changed(({ tensors }) => { tensors.set(name, { shape, data }); });
const rest = (change: (rest: Record<string, any>) => void) => (): Uint8Array => changed(({ metadata }) => {
  const found = JSON.parse(metadata["rest"]!);
  change(found);
  metadata["rest"] = JSON.stringify(found);
});
const raw = (header: string, length = header.length): Uint8Array => {
  const made = new Uint8Array(8 + header.length);
  new DataView(made.buffer).setBigUint64(0, BigInt(length), true);
  made.set(new TextEncoder().encode(header), 8);
  return made;
};
const entry = (text: string) => (): Uint8Array => raw(`{"a":${text}}`);

const FAULTS: Record<string, [() => Uint8Array, RegExp]> = {
  "an empty file": [() => new Uint8Array(), /has 0 bytes, too few for a header.*Choose a file/],
  "a picture": [() => new Uint8Array(2000).fill(137), /no safetensors file: its header would have \d+ bytes/],
  "a header that is cut": [() => bytes.slice(0, 200), /its header is no JSON object/],
  "numbers that are cut": [() => bytes.slice(0, -10), /ends early: “.*” should reach byte \d+, and there are \d+\. Save or copy the file again/],
  "a header that is a list": [() => raw("[1,2]"), /header is no JSON object/],
  "a tensor that is a number": [entry("3"), /“a” in the file's header is no JSON object/],
  "another type": [entry('{"dtype":"I64","shape":[1],"data_offsets":[0,8]}'), /numbers of type “I64”; F32 or F64 is expected/],
  "a negative place": [entry('{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}'), /no shape or no place/],
  "a shape that does not fit": [entry('{"dtype":"F32","shape":[9],"data_offsets":[0,0]}'), /has 0 bytes in the file; its shape \(9\) needs 36/],
  "other weights": [() => pack({ tensors: new Map(), metadata: {} }), /holds no run of a lab; “ganlab digit-lab” is expected/],
  "another version": [meta("version", "1"), /has version “1”; this lab reads version 2/],
  "a setting that there is not": [meta("link", "g_units=33"), /settings in the file cannot be used\. g_units = 33/],
  "other settings": [meta("settings", "{}"), /settings in the file are not those of its link/],
  "a change that would begin anew": [meta("link", "seed=5;run=step*117,share:100"), /not those of its link/],
  "another number of steps": [meta("steps", "12"), /says that 12 steps were done, its link says 117/],
  "a matrix of another shape": [tensor("G.0.weight", new Float32Array(6), [2, 3]), /G\.0\.weight has the shape \(2, 3\) in the file; with its settings \(16, 26\)/],
  "a matrix less": [() => changed(({ tensors }) => { tensors.delete("D.head.label"); }), /D\.head\.label is missing/],
  "a matrix more": [tensor("toString", new Float32Array(1)), /holds “toString”, which no run has/],
  "no number": [tensor("D.head.bias", Float32Array.of(NaN)), /“D\.head\.bias” in the file holds something that is no finite number/],
  "a negative square": [tensor("adam.D.head.bias", Float32Array.of(-1)), /adam\.D in the file holds a square below zero/],
  "a long curve": [tensor("curves.d", new Float64Array(2000), [2, 1000]), /has 1000 points; 512 are the most/],
  "no counters": [meta("rest", "x"), /counters and random numbers cannot be used/],
  "a random number out of range": [rest((found) => { found["data"].a = 2 ** 40; }), /counters and random numbers/],
  "an agreement of two": [rest((found) => { found["look"].agreement = 2; }), /counters and random numbers/],
  "a field more": [rest((found) => { found["steps"] = 3; }), /counters and random numbers/],
};

for (const [name, [make, words]] of Object.entries(FAULTS)) {
  test(`refused in a sentence: ${name}`, () => {
    assert.throws(() => readRun(LAB, make(), FORMAT), (error) => error instanceof Refused && words.test(error.message) && error.message.length < 300);
  });
}

test("numbers that have run away are not saved", () => {
  const lost = new Run(LAB, { networks: "dense", g_units: 32, d_units: 32 });
  (lost.model as any).gan.G.weights.p[0] = Infinity;
  assert.throws(() => written(lost, FORMAT), /have run away, so there is nothing to save/);
});
