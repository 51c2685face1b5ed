// Play the digit lab of the shipped bundle, whose path is given: {settings, seed, steps, draws} as JSON on stdin, what was seen on stdout.
// `looks`: every hundred steps, with the lab's own measures; `drawn`: 2000 fakes of averaged weights at each step of `draws`, float32 in base64.
// The bundle goes in as a data: address, because Node would take a .js file without a package.json for CommonJS.
import { readFileSync } from "node:fs";

const bundle = process.argv[2];
const labs = await import(`data:text/javascript;base64,${readFileSync(bundle).toString("base64")}`);
const lab = labs.LABS.find(({ tag }) => tag === "digit-lab"), { cargo } = lab;
await cargo.give(readFileSync(bundle.replace(/labs\.js$/, cargo.file), "utf8"));

const { settings, seed, steps, draws } = JSON.parse(readFileSync(0, "utf8"));
const model = lab.create({ ...labs.defaults(lab), ...settings }, seed);
if (!model.speedy) throw new Error("this Node has no SIMD in WebAssembly: the numbers would be others");

const PIXELS = 784, CLASSES = 10, FAKES = 2000, PORTION = 100;
const inked = new Uint8Array(PIXELS);
cargo.held.images.forEach((level, i) => { inked[i % PIXELS] |= level; });

/** Of the pixels in which no digit has ink, the share on the sheet that is brighter than a quarter of the way to white. */
function bright(average) {
  model.set("average", average);
  const bare = model.sheet().filter((_, i) => !inked[i % PIXELS]);
  model.set("average", true);
  return bare.filter((x) => x > -0.5).length / bare.length;
}

const tape = draws.length ? model.gan.average.tape(PORTION) : null;

function fakes() {
  const { average, shape } = model.gan, rng = new labs.Rng(seed, 6), all = new Float32Array(FAKES * PIXELS); // the lab draws from streams 1 to 5
  for (let from = 0; from < FAKES; from += PORTION) {
    const z = Float32Array.from({ length: PORTION * shape.z }, () => rng.normal());
    labs.fast.tell(tape.a.at[0], z, Int8Array.from({ length: PORTION }, (_, i) => i % CLASSES), shape);
    all.set(average.forward(tape).data, from * PIXELS);
  }
  return Buffer.from(all.buffer).toString("base64");
}

const looks = [], drawn = [];
let used = 0;
for (let step = 1; step <= steps; step++) {
  const before = process.cpuUsage();
  model.act("step");
  const { user, system } = process.cpuUsage(before);
  used += user + system;
  if (step % 100 === 0) {
    const { losses, metrics: { agreement, copies, real, fake } } = model.state;
    looks.push({ agreement, copies, real, fake, g: losses.g, bright: bright(false), averaged: bright(true) });
  }
  if (draws.includes(step)) drawn.push(fakes());
}
process.stdout.write(JSON.stringify({ looks, drawn, ms_a_step: used / 1000 / steps }));
