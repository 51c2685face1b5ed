// Run GAN training in the shipped bundle, whose path is given: for each line {command, cases} of JSON on stdin one on stdout, {found} or {failed}.
// The bundle goes in as a data: address, because Node would take a .js file without a package.json for CommonJS.
// Each command makes its own labs: what was asked before must not matter.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const bundle = process.argv[2], address = `data:text/javascript;base64,${readFileSync(bundle).toString("base64")}`;
const labs = await import(address);

for (const { cargo } of labs.LABS) await cargo?.give(readFileSync(bundle.replace(/labs\.js$/, cargo.file), "utf8"));

const make = { sgd: (lr) => new labs.Sgd(lr), adam: (lr) => new labs.Adam(lr, 0.5, 0.9) };
const flat = (values) => Float64Array.from(values.flat());

function run({ loss, optimizer, penalty, g, d, lr, batches }) {
  const G = new labs.Network(g.shape);
  const D = new labs.Network(d.shape);
  G.params.set(g.params);
  D.params.set(d.params);
  const gan = new labs.Gan(G, D, make[optimizer](lr), make[optimizer](lr), batches[0].real.length);
  const ema = new labs.Ema(G.params, 0.9);
  const losses = batches.map(({ real, z, mix, z2 }) => {
    const dLoss = gan.discriminatorStep(labs.LOSSES[loss], flat(real), flat(z), penalty, Float64Array.from(mix));
    const gLoss = gan.generatorStep(labs.LOSSES[loss], flat(z2), flat(real));
    ema.update(G.params);
    return [dLoss, gLoss];
  });
  return { G: [...G.params], D: [...D.params], ema: [...ema.average], losses };
}

function digits({ shape, loss, engine, lr, joint, G, D, batches }) {
  const gan = new labs.fast.LabelledGan(labs.fast.engine(1 << 23, engine), shape);
  gan.G.weights.p.set(G);
  gan.D.weights.p.set(D);
  gan.optG.lr = gan.optD.lr = lr;
  const losses = batches.map(({ real, labels, z, penalty, others }) => {
    gan.real.set(real.flat());
    gan.labels.set(labels);
    gan.tell(z.flat());
    gan.draw();
    const value = penalty ? gan.penaltyStep(penalty) : 0;
    return [value, gan.discriminatorStep(labs.LOSSES[loss], joint, others && Int8Array.from(others)), gan.generatorStep(labs.LOSSES[loss], joint)];
  });
  return { G: [...gan.G.weights.p.subarray(0, G.length)], D: [...gan.D.weights.p.subarray(0, D.length)], losses };
}

/** Call `note` with the arguments and the result of each call of a method. */
function spy(object, method, note) {
  const original = object[method].bind(object);
  object[method] = (...args) => {
    const result = original(...args);
    note(args, result);
    return result;
  };
}

/** What a model drew and did, in the order in which the program of the lab asks for it. */
const twins = {
  gan({ gan }, seen) {
    const { real, z, mix, d, g } = seen;
    spy(gan, "discriminatorStep", ([, x, noise, reg, t], value) => {
      real.push([...x]);
      z.push([...noise]);
      if (reg.gp) mix.push([...t]);
      d.push(value);
    });
    spy(gan, "generatorStep", ([, noise, x], value) => {
      if (!real.length) real.push([...x]);
      z.push([...noise]);
      g.push(value);
    });
    return () => ({ G: [...gan.G.params], D: [...gan.D.params] });
  },
  digits({ gan }, { real, labels, z, d, g }) {
    spy(gan, "tell", ([noise]) => {
      real.push([...gan.real]);
      labels.push([...gan.labels]);
      z.push([...noise]);
    });
    spy(gan, "discriminatorStep", (_, value) => d.push(value));
    spy(gan, "generatorStep", (_, value) => g.push(value));
    return () => ({ G: [...gan.G.weights.p], D: [...gan.D.weights.p], average: [...gan.average.weights.p] });
  },
  marco(model, { real, z, mix }) {
    spy(model.noise, "normal", (_, value) => mix.push(value));
    spy(model, "teach", () => real.push([...model.x]));
    spy(model, "call", () => z.push([...model.z]));
    const path = ({ x, y, length }) => [...y.subarray(0, length)];
    return () => ({ mu: path(model.muTrail), sigma: path(model.sigmaTrail) });
  },
  ratio(model, { real, z }) {
    spy(model, "act", () => {
      real.push([...model.real]);
      z.push([...model.fake]);
    });
    return () => ({ linear: [...model.learners.linear.net.params], quadratic: [...model.learners.quadratic.net.params] });
  },
  dirac({ paths, eigenvalues }) {
    const path = ({ x, y, length }) => Array.from({ length }, (_, i) => [x[i], y[i]]);
    return () => ({ simultaneous: path(paths.simultaneous), alternating: path(paths.alternating), eigenvalues });
  },
};
const TWINS = { "gan-lab-1d": "gan", "gan-lab-2d": "gan", "digit-lab": "digits", "marco-polo": "marco", "ratio-lab": "ratio", "dirac-lab": "dirac" };

/** A lab's program, and a run of the lab: what was drawn, weights at both ends, the last losses of each round. */
function twin({ tag, values, seed = 0, rounds }) {
  const lab = labs.LABS.find((candidate) => candidate.tag === tag), all = { ...labs.defaults(lab), ...values };
  const model = lab.create(all, seed), seen = { real: [], labels: [], z: [], mix: [], d: [], g: [] };
  const look = twins[TWINS[tag]](model, seen), before = look(), losses = [];
  for (let i = 0; i < rounds; i++) {
    model.act("step");
    losses.push([seen.d, seen.g].flatMap((all) => all.slice(-1)));
  }
  return { text: labs.program(tag, all, seed), seen, before, after: look(), losses };
}

const commands = {
  twins: (cases) => cases.map(twin),
  programs: (cases) => cases.map(({ tag, values, seed = 0 }) => labs.program(tag, { ...labs.defaults(labs.LABS.find((lab) => lab.tag === tag)), ...values }, seed)),
  data: (cases) => cases.map(({ values, n }) => [...labs.LABS.find(({ tag }) => tag === "gan-lab-2d").create({ ...labs.defaults(labs.LABS.find(({ tag }) => tag === "gan-lab-2d")), ...values }, 0).mixture.sample(new labs.Rng(0), new Float64Array(2 * n))]),
  presets: () => Object.fromEntries(labs.LABS.map(({ tag, presets }) => [tag, Object.fromEntries((presets?.list ?? []).map(({ label, values }) => [label, values]))])),
  train: (cases) => cases.map(run),
  weights: (cases) => cases.map(({ tag, seed, steps }) => {
    const lab = labs.LABS.find((one) => one.tag === tag);
    const made = lab.create(Object.fromEntries(Object.entries(lab.params).map(([key, param]) => [key, param.default])), seed);
    for (let i = 0; i < steps; i++) made.act("step");
    const { G, D } = made.gan.save();
    return [G, D].map((player) => [...(player.p ?? player)]);
  }),
  digits: (cases) => cases.map(digits),
  read: (cases) => cases.map(({ images }) => {
    const { cargo } = labs.LABS.find(({ tag }) => tag === "digit-lab");
    return [...new labs.Judge(labs.fast.engine(1 << 24), cargo.held.judge).read(Float32Array.from(images), images.length / 784)];
  }),
  saved: (cases) => cases.map(({ seed, steps, values: own }) => {
    const lab = labs.LABS.find(({ tag }) => tag === "digit-lab");
    const model = lab.create({ ...labs.defaults(lab), ...own }, seed);
    for (let i = 0; i < steps; i++) model.act("step");
    const images = [...model.sheet()], { tape } = model.shown, { logits } = model.gan;
    const file = Buffer.from(lab.file.write(model, { seed: String(seed) })).toString("base64");
    model.gan.discriminatorStep(labs.LOSSES.nonsaturating); // fills in what the saved D says of the last batch, then moves
    return { file, input: [...tape.a.at[0].data], images, real: [...model.gan.real], labels: [...model.gan.labels], logits: [...logits.real] };
  }),
  math: (cases) => cases.map(({ name, x }) => x.map((v) => labs[name](v))),
  random: (cases) => cases.map(({ seed, n }) => {
    const rng = new labs.Rng(seed);
    const normal = Array.from({ length: n }, () => rng.normal());
    return { normal, uniform: Array.from({ length: n }, () => rng.uniform()) };
  }),
  w1: (cases) => cases.map(({ a, b }) => labs.sampleW1(flat(a), flat(b), a.length, a[0].length)),
  metrics: (cases) => cases.map(({ real, fake, modes, radius }) => {
    const points = labs.cloud(fake.flat());
    return { ...new labs.RealSample(labs.cloud(real.flat())).judge(points), modes: labs.modesCovered(points, modes, radius) };
  }),
  roc: (cases) => cases.map(({ real, fake }) => ({ ...labs.roc(real, fake), auc: labs.auc(real, fake), ...labs.aucInterval(labs.auc(real, fake), real.length, fake.length) })),
  student: (cases) => cases.map(({ level, freedom }) => labs.studentQuantile(level, freedom)),
  draw: (cases) => cases.map(({ pool, ...choice }) => labs.check.draw(pool, choice)),
  lab: (cases) => cases.map(({ tag, params, actions }) => {
    const lab = labs.LABS.find((candidate) => candidate.tag === tag);
    return labs.replay(lab, params, actions);
  }),
  follow: (cases) => cases.map((request) => labs.follow(labs.LABS, request)),
  specs: () => labs.LABS.map(({ tag, params, actions, seeded = true }) => ({ tag, params, actions, seeded })),
};

/** What a line asks for; an error is told with its place in the bundle, but without the bundle. */
function answer(line) {
  try {
    const { command, cases } = JSON.parse(line);
    return { found: commands[command](cases) };
  } catch (error) {
    return { failed: String(error?.stack ?? error).replaceAll(address, bundle) };
  }
}

for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${JSON.stringify(answer(line))}\n`);
