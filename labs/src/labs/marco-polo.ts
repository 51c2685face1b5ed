/**
 * Marco Polo (chapter 2): learning by feedback, with nothing but one bell curve that moves.
 *
 * The caller is the generator x = mu + sigma z. Each call gets an answer, a direction for mu and for sigma:
 * the exact slope of KL(p_g || p_data), or the slope of a discriminator's logit at the caller's samples, or nothing.
 * At the best discriminator, logit = log p_data - log p_g, and both slopes are the same.
 */
import {
  Adam, exp, gaussianKl, LOSSES, Network, normalLogDensity, Rng, Series, type Tape,
} from "../engine";
import { exact, finite, format, type Lab, type Model, type State, type Value, type Values } from "../kit/lab";
import { DASH, roundUp } from "../kit/plot";
import type { Ui } from "../kit/ui";

const BATCH = 256;
/** D's steps before each answer: enough to follow a caller that moves slowly. */
const D_STEPS = 5;
const MIN_SIGMA = 0.05;
/** Farther out than this the caller is lost. */
const FAR = 1e6;

class MarcoPolo implements Model {
  steps = 0;
  mu: number;
  sigma: number;
  /** The last answer: directions for mu and sigma, noise included. */
  readonly answer = { mu: 0, sigma: 0 };
  readonly muTrail = new Series();
  readonly sigmaTrail = new Series();
  private readonly noise: Rng;
  private readonly data: Rng;
  private readonly D: Network;
  private readonly adam = new Adam(0.02, 0.5);
  private readonly real: Tape;
  private readonly fake: Tape;
  private readonly x = new Float64Array(BATCH);
  private readonly z = new Float64Array(BATCH);
  private readonly fakes = new Float64Array(BATCH);
  private dLoss = NaN;

  constructor(private values: Values, seed: number) {
    this.mu = values["start_mu"] as number;
    this.sigma = values["start_sigma"] as number;
    this.noise = new Rng(seed, 1);
    this.data = new Rng(seed, 2);
    this.D = new Network({ sizes: [1, 1], squares: 1 });
    this.real = this.D.tape(BATCH);
    this.fake = this.D.tape(BATCH);
    this.record();
  }

  get target(): { mu: number; sigma: number } {
    return { mu: this.values["mu"] as number, sigma: this.values["sigma"] as number };
  }

  get kl(): number {
    const { mu, sigma } = this.target;
    return gaussianKl(this.mu, this.sigma, mu, sigma);
  }

  get state(): State {
    return {
      step: this.steps,
      losses: { d: finite(this.dLoss) },
      metrics: { mu: finite(this.mu), sigma: finite(this.sigma), kl: finite(this.kl) },
    };
  }

  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
  }

  act(): void {
    if (this.over) return;
    this.listen();
    const noise = this.values["noise"] as number;
    this.answer.mu += noise * this.noise.normal();
    this.answer.sigma += noise * this.noise.normal();
    const rate = this.values["step_size"] as number;
    this.mu += rate * this.answer.mu;
    this.sigma = Math.max(MIN_SIGMA, this.sigma + rate * this.answer.sigma);
    this.steps += 1;
    this.record();
  }

  private listen(): void {
    const kind = this.values["feedback"];
    if (kind === "exact") this.exactAnswer();
    else if (kind === "learned") this.learnedAnswer();
    else this.answer.mu = this.answer.sigma = 0;
  }

  /** Minus the slope of KL(p_g || p_data) in mu and sigma. */
  private exactAnswer(): void {
    const { mu, sigma } = this.target;
    this.answer.mu = -(this.mu - mu) / (sigma * sigma);
    this.answer.sigma = 1 / this.sigma - this.sigma / (sigma * sigma);
  }

  /** Teach D for a few steps; then its logit's slope at the caller's samples, averaged, is the hint. */
  private learnedAnswer(): void {
    for (let i = 0; i < D_STEPS; i++) this.teach();
    this.call();
    this.D.forward(this.fake, this.fakes);
    this.fake.dOutput.fill(1 / BATCH);
    this.D.backward(this.fake, false, true);
    this.answer.mu = this.answer.sigma = 0;
    for (let i = 0; i < BATCH; i++) {
      this.answer.mu += this.fake.dInput[i]!;
      this.answer.sigma += this.fake.dInput[i]! * this.z[i]!;
    }
  }

  private call(): void {
    this.data.fillNormal(this.z);
    for (let i = 0; i < BATCH; i++) this.fakes[i] = this.mu + this.sigma * this.z[i]!;
  }

  private teach(): void {
    const { D, real, fake } = this;
    this.data.fillNormal(this.x, this.target.mu, this.target.sigma);
    this.call();
    D.forward(real, this.x);
    D.forward(fake, this.fakes);
    this.dLoss = LOSSES.nonsaturating.d(real.output, fake.output, BATCH, real.dOutput, fake.dOutput);
    D.zeroGrad();
    D.backward(real, true, false);
    D.backward(fake, true, false);
    this.adam.step(D.params, D.grads);
  }

  private record(): void {
    this.muTrail.push(this.steps, this.mu);
    this.sigmaTrail.push(this.steps, this.sigma);
  }

  describe(): string {
    const { mu, sigma } = this.target;
    if (this.steps === 0) {
      return `The caller starts at μ = ${exact(this.mu)} with spread σ = ${exact(this.sigma)}. `
        + `${this.silent ? this.nobody() : `The answer comes from μ = ${exact(mu)}, σ = ${exact(sigma)}.`} Press play, or step once.`;
    }
    if (this.over) return `Step ${this.steps}. The numbers have run away, so play has stopped. Take a smaller step size, and Reset.`;
    return `Step ${this.steps}. The caller is at μ = ${format(this.mu)}, σ = ${format(this.sigma)}. ${this.heard()} ${this.verdict()}`;
  }

  private get silent(): boolean {
    return this.values["feedback"] === "none";
  }

  private nobody(): string {
    return this.values["noise"] ? "Nobody answers: each move is noise alone, a random walk." : "Nobody answers, and there is no noise: nothing moves.";
  }

  private heard(): string {
    if (this.silent) return this.nobody();
    const { mu, sigma } = this.answer;
    return `The last answer said: go ${mu > 0 ? "right" : "left"}, become ${sigma > 0 ? "wider" : "narrower"}.`;
  }

  /** Steps that are too long for a narrow target throw the caller farther each time. */
  get over(): boolean {
    return !(Math.abs(this.mu) < FAR && this.sigma < FAR);
  }

  private verdict(): string {
    const { kl } = this;
    const value = `KL(p_g‖p_data) = ${format(kl)} nats`;
    if (kl < 0.02) return `The curves agree: ${value}.`;
    return `The curves still differ: ${value}.`;
  }
}

function view(ui: Ui): (model: MarcoPolo, values: Values) => void {
  const main = ui.plot({
    title: "Where the caller is, and where the answer comes from", height: 250,
    x: { min: -8, max: 10, label: "x" }, y: { min: 0, max: 0.7, label: "density" },
  });
  ui.legend([
    { text: "the answer, p_data", color: "real", mark: "area" },
    { text: "the caller, p_g", color: "fake", mark: "dashed" },
    { text: "where the caller was", color: "fake", mark: "dotted" },
    { text: "the last answer, a direction for μ", color: "ink", mark: "arrow" },
  ]);
  const readouts = ui.readouts([
    { label: "caller’s mean μ", help: "where it stands" },
    { label: "caller’s spread σ", help: "how wide it calls" },
    { label: "KL(p_g‖p_data)", help: "nats; 0 = same curve" },
  ]);
  const row = ui.row();
  const mean = ui.plot({ title: "Mean μ over time", height: 150, x: { min: 0, max: 100, label: "step" }, y: { min: -6, max: 6 } }, row);
  const spread = ui.plot({ title: "Spread σ over time", height: 150, x: { min: 0, max: 100, label: "step" }, y: { min: 0, max: 4 } }, row);
  const xs = Float64Array.from({ length: 361 }, (_, i) => -8 + i / 20);
  const bell = (mu: number, sigma: number): Float64Array => xs.map((x) => exp(normalLogDensity(x, mu, sigma)));

  return (model) => {
    const { colors } = ui;
    const { mu, sigma } = model.target;
    const real = bell(mu, sigma);
    const fake = bell(model.mu, model.sigma);
    main.y.max = Math.min(3, Math.max(0.7, roundUp(1.15 * Math.max(0.4 / sigma, 0.4 / model.sigma) * 10) / 10));
    main.begin(colors);
    main.area(xs, real, colors.real);
    main.line(xs, real, { color: colors.real, width: 2.5 });
    for (const past of earlier(model)) main.line(xs, bell(past.mu, past.sigma), { color: colors.fake, width: 1.2, dash: DASH.dotted, alpha: 0.6 });
    main.area(xs, fake, colors.fake);
    main.line(xs, fake, { color: colors.fake, width: 2.5, dash: DASH.dashed });
    const top = main.y.max;
    const polo = Math.min(0.4 / sigma, 0.8 * top);
    const marco = Math.min(0.4 / model.sigma, 0.9 * top);
    const close = Math.abs(main.px(mu) - main.px(model.mu)) < 60 && Math.abs(main.py(polo) - main.py(marco)) < 20;
    main.text(mu, close ? Math.max(polo, marco) : polo, "Polo!", { align: "center", dy: close ? -30 : -12, color: colors.real, bold: true });
    main.text(model.mu, marco, "Marco!", { align: "center", dy: -12, color: colors.fakeText, bold: true });
    const length = model.over ? 0 : Math.sign(model.answer.mu) * Math.min(90, 40 * Math.abs(model.answer.mu));
    main.arrow(model.mu, 0.045 * top, length, 0, { color: colors.ink, width: 2.5 });
    main.describe(`The answer is a bell at ${format(mu)} with spread ${format(sigma)}; the caller, dashed, is at `
      + `${format(model.mu)} with spread ${format(model.sigma)}.`);
    readouts(model.over ? [null, null, null] : [model.mu, model.sigma, model.kl]);
    for (const [plot, trail, goal, name] of [[mean, model.muTrail, mu, "Mean"], [spread, model.sigmaTrail, sigma, "Spread"]] as const) {
      plot.x.max = roundUp(Math.max(100, model.steps));
      fitAxis(plot.y, trail, goal);
      plot.begin(colors);
      plot.line([0, plot.x.max], [goal, goal], { color: colors.real, width: 1.6 });
      plot.text(plot.x.max, goal, `target ${exact(goal)}`, { align: "right", dy: -9, color: colors.real });
      plot.line(trail.x, trail.y, { color: colors.fake, width: 2 }, trail.length);
      plot.marks([trail.x[trail.length - 1]!], [trail.last], "dot", colors.fake, 3.5);
      plot.describe(`${name} of the caller: ${format(trail.y[0]!)} at the start, ${format(trail.last)} now; target ${format(goal)}.`);
    }
  };
}

/** Up to six earlier places of the caller, evenly spaced over the run. */
function earlier({ muTrail, sigmaTrail }: MarcoPolo): { mu: number; sigma: number }[] {
  const count = Math.min(6, muTrail.length - 1);
  return Array.from({ length: count }, (_, i) => {
    const at = Math.floor((i * (muTrail.length - 1)) / count);
    return { mu: muTrail.y[at]!, sigma: sigmaTrail.y[at]! };
  });
}

function fitAxis(axis: { min: number; max: number }, trail: Series, goal: number): void {
  let low = goal, high = goal;
  for (let i = 0; i < trail.length; i++) {
    low = Math.min(low, trail.y[i]!);
    high = Math.max(high, trail.y[i]!);
  }
  const room = Math.max(0.5, 0.15 * (high - low));
  axis.min = axis.min === 0 ? 0 : Math.floor(low - room);
  axis.max = Math.ceil(high + room);
}

export const marcoPolo: Lab<MarcoPolo> = {
  tag: "marco-polo",
  title: "Marco Polo",
  does: "One bell finds another by its answers alone",
  speed: 60,
  actions: { step: { label: "Step", help: "One call, one answer, one move" } },
  params: {
    feedback: {
      kind: "radio", label: "what the caller hears", group: "The answer", default: "exact",
      options: { exact: "exact", learned: "learned", none: "nothing" },
      help: "The exact slope of the divergence, the slope of a discriminator trained beside it, or noise alone",
    },
    noise: { kind: "slider", label: "noise of the answer", group: "The answer", min: 0, max: 2, step: 0.1, default: 0.3,
      help: "Standard deviation of what is added to each answer" },
    step_size: { kind: "levels", label: "step size", group: "The caller", values: [0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1], default: 0.1,
      help: "How far the caller moves for an answer of 1" },
    start_mu: { kind: "slider", label: "start: mean μ", group: "The caller", min: -6, max: 8, step: 0.5, default: -3, resets: true,
      help: "A change starts the run anew" },
    start_sigma: { kind: "slider", label: "start: spread σ", group: "The caller", min: 0.3, max: 4, step: 0.1, default: 0.7, resets: true,
      help: "A change starts the run anew" },
    mu: { kind: "slider", label: "target mean μ", group: "The target", min: -6, max: 8, step: 0.1, default: 3,
      help: "Move it while playing: the caller follows" },
    sigma: { kind: "slider", label: "target spread σ", group: "The target", min: 0.3, max: 4, step: 0.1, default: 1.5,
      help: "Change it while playing: the caller follows" },
  },
  create: (values, seed) => new MarcoPolo(values, seed),
  view,
};
