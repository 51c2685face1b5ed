// One step on both sides: draw 150 real samples and noise, one step of D and one of G with Adam, two hidden ReLU layers of 8 each,
// non-saturating loss, no penalty. Data are drawn inside the timed loop on both sides.
/* global tf */
const BATCH = 150;
const HIDDEN = 8;
const RATE = 0.003;

function element(attributes) {
  const lab = document.createElement("gan-lab-2d");
  for (const [key, value] of Object.entries(attributes)) lab.setAttribute(key, value);
  document.getElementById("lab").append(lab);
  return lab;
}

const SETTINGS = { "g-units": HIDDEN, "d-units": HIDDEN, r1: 0, "lr-d": RATE, "lr-g": RATE, data: "ring" };

/** The element as a reader has it: `step(n)`, which also keeps the charts' histories. */
window.prepareOurs = () => {
  const lab = element(SETTINGS);
  window.run = async (n) => lab.step(n);
};

function network(outputs) {
  const dense = (units, activation, inputShape) => tf.layers.dense({ units, activation, ...(inputShape ? { inputShape } : {}) });
  return tf.sequential({ layers: [dense(HIDDEN, "relu", [2]), dense(HIDDEN, "relu"), dense(outputs)] });
}

const variables = (model) => model.trainableWeights.map((weight) => weight.val);

/** The same step in TensorFlow.js, written as its documentation does: optimizer.minimize over the player's variables. */
function tensorflowStep() {
  const G = network(2), D = network(1);
  const [optD, optG] = [tf.train.adam(RATE, 0.5), tf.train.adam(RATE, 0.5)];
  const centres = tf.tensor2d(Array.from({ length: 8 }, (_, i) => [2 * Math.cos((i * Math.PI) / 4), 2 * Math.sin((i * Math.PI) / 4)]));
  const real = () => centres.gather(tf.randomUniform([BATCH], 0, 8, "int32")).add(tf.randomNormal([BATCH, 2], 0, 0.15));
  const noise = () => tf.randomNormal([BATCH, 2]);
  return () => tf.tidy(() => {
    const [x, fake] = [real(), G.apply(noise())];
    optD.minimize(() => tf.softplus(D.apply(x).neg()).mean().add(tf.softplus(D.apply(fake)).mean()).asScalar(), false, variables(D));
    const z = noise();
    optG.minimize(() => tf.softplus(D.apply(G.apply(z)).neg()).mean().asScalar(), false, variables(G));
  });
}

window.prepareTheirs = async (backend) => {
  if (!(await tf.setBackend(backend))) return false;
  await tf.ready();
  const step = tensorflowStep();
  const probe = tf.scalar(0);
  window.run = async (n) => {
    for (let i = 0; i < n; i++) step();
    await probe.data(); // work that was only queued is done now
  };
  return true;
};

/** The lab plays at full speed from now on. */
window.play = () => {
  const lab = element(SETTINGS);
  const speed = lab.shadowRoot.querySelector("select[name=speed]");
  speed.value = "full speed";
  speed.dispatchEvent(new Event("change"));
  lab.play();
};

/** For some seconds: milliseconds between frames, tasks over 50 ms as the browser itself reports them, steps made. */
window.watch = async (seconds) => {
  const lab = document.querySelector("gan-lab-2d");
  const gaps = [], longTasks = [];
  const observer = new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((entry) => entry.duration)));
  observer.observe({ type: "longtask" });
  const first = lab.state.step;
  const start = await new Promise(requestAnimationFrame);
  for (let last = start, now = start; now - start < 1000 * seconds; last = now) {
    now = await new Promise(requestAnimationFrame);
    gaps.push(now - last);
  }
  await new Promise((done) => setTimeout(done, 100)); // reports come late
  observer.disconnect();
  return { gaps, longTasks, steps: lab.state.step - first };
};
