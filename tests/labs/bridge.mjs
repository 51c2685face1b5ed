// Run GAN training in the shipped bundle: reads {bundle, cases} as JSON on stdin, writes the resulting parameters.
// The bundle goes in as a data: address, because Node would take a .js file without a package.json for CommonJS.
import { readFileSync } from "node:fs";

const { bundle, cases } = JSON.parse(readFileSync(0, "utf8"));
const source = readFileSync(bundle).toString("base64");
const labs = await import(`data:text/javascript;base64,${source}`);

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
  const losses = batches.map(({ real, labels, z, penalty }) => {
    gan.real.set(real.flat());
    gan.labels.set(labels);
    gan.tell(z.flat());
    gan.draw();
    const value = penalty ? gan.penaltyStep(penalty) : 0;
    return [value, gan.discriminatorStep(labs.LOSSES[loss], joint), gan.generatorStep(labs.LOSSES[loss], joint)];
  });
  return { G: [...gan.G.weights.p.subarray(0, G.length)], D: [...gan.D.weights.p.subarray(0, D.length)], losses };
}

const commands = {
  train: () => cases.map(run),
  digits: () => cases.map(digits),
  read: () => cases.map(({ images }) => {
    const { cargo } = labs.LABS.find(({ tag }) => tag === "digit-lab");
    return [...new labs.Judge(labs.fast.engine(1 << 24), cargo.held.judge).read(Float32Array.from(images), images.length / 784)];
  }),
  saved: () => cases.map(({ seed, steps }) => {
    const lab = labs.LABS.find(({ tag }) => tag === "digit-lab");
    const values = Object.fromEntries(Object.entries(lab.params).map(([key, param]) => [key, param.default]));
    const model = lab.create(values, seed);
    for (let i = 0; i < steps; i++) model.act("step");
    const images = [...model.sheet()], { tape } = model.shown, { logits } = model.gan;
    const file = Buffer.from(lab.file.write(model, { seed: String(seed) })).toString("base64");
    model.gan.discriminatorStep(labs.LOSSES.nonsaturating); // fills in what the saved D says of the last batch, then moves
    return { file, input: [...tape.a.at[0].data], images, real: [...model.gan.real], labels: [...model.gan.labels], logits: [...logits.real] };
  }),
  math: () => cases.map(({ name, x }) => x.map((v) => labs[name](v))),
  random: () => cases.map(({ seed, n }) => {
    const rng = new labs.Rng(seed);
    const normal = Array.from({ length: n }, () => rng.normal());
    return { normal, uniform: Array.from({ length: n }, () => rng.uniform()) };
  }),
  w1: () => cases.map(({ a, b }) => labs.sampleW1(flat(a), flat(b), a.length, a[0].length)),
  metrics: () => cases.map(({ real, fake, modes, radius }) => {
    const points = labs.cloud(fake.flat());
    return { ...new labs.RealSample(labs.cloud(real.flat())).judge(points), modes: labs.modesCovered(points, modes, radius) };
  }),
  roc: () => cases.map(({ real, fake }) => ({ ...labs.roc(real, fake), auc: labs.auc(real, fake), ...labs.aucInterval(labs.auc(real, fake), real.length, fake.length) })),
  student: () => cases.map(({ level, freedom }) => labs.studentQuantile(level, freedom)),
  draw: () => cases.map(({ pool, ...choice }) => labs.check.draw(pool, choice)),
  lab: () => cases.map(({ tag, params, actions }) => {
    const lab = labs.LABS.find((candidate) => candidate.tag === tag);
    return labs.replay(lab, params, actions);
  }),
  follow: () => cases.map((request) => labs.follow(labs.LABS, request)),
  specs: () => labs.LABS.map(({ tag, params, actions, seeded = true }) => ({ tag, params, actions, seeded })),
};
process.stdout.write(JSON.stringify(commands[process.argv[2]]()));
