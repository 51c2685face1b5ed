/**
 * Distances between distributions (chapters 4 and 9): slide p_g over p_data and read five of them; or let p_g go downhill on one.
 *
 * Boxes have closed forms; bells are summed on a fine grid, from log-densities, so nothing underflows.
 * V is the game's value at the best D: V(D*, G) = -log 4 + 2 JSD. Goodfellow et al. (2014), Theorem 1.
 */
import { exp, log, LOG2, LOG4, normalLogDensity, Series } from "../engine";
import { finite, format, type Lab, type Model, type State, type Value, type Values } from "../kit/lab";
import { DASH, roundUp, type Plot } from "../kit/plot";
import type { Ui } from "../kit/ui";

const LOW = -8;
const HIGH = 8;
const ROOT3 = Math.sqrt(3);
/** Bounds of p_g while it goes downhill. */
const LIMIT = { mu: 7, low: 0.3, high: 4 };

type Distances = Record<"kl" | "reverse" | "jsd" | "w1", number>;
type Name = keyof Distances;
const NAMES: readonly Name[] = ["kl", "reverse", "jsd", "w1"];
const WORDS: Record<Name, string> = { kl: "KL(p_data‖p_g)", reverse: "KL(p_g‖p_data)", jsd: "JSD", w1: "Wasserstein-1" };

interface Place {
  readonly mu: number;
  readonly sigma: number;
}

/** A pair of shapes: the data stands still, p_g has a place and a spread. */
interface Shapes {
  data(x: number): number;
  model(x: number, at: Place): number;
  distances(at: Place): Distances;
}

/** Boxes of standard deviation 1 (data, at 0) and sigma: half as wide as sqrt 3 times that. */
const boxes: Shapes = {
  data: (x) => (Math.abs(x) <= ROOT3 ? 0.5 / ROOT3 : 0),
  model: (x, { mu, sigma }) => (Math.abs(x - mu) <= ROOT3 * sigma ? 0.5 / (ROOT3 * sigma) : 0),
  distances({ mu, sigma }) {
    const p = 0.5 / ROOT3;
    const q = p / sigma;
    const overlap = Math.max(0, Math.min(ROOT3, mu + ROOT3 * sigma) - Math.max(-ROOT3, mu - ROOT3 * sigma));
    const inside = (height: number): boolean => overlap * height > 1 - 1e-9; // the whole box of this height
    const alone = 1 - 0.5 * overlap * (p + q);
    const shared = 0.5 * overlap * (p * log((2 * p) / (p + q)) + q * log((2 * q) / (p + q)));
    return {
      kl: inside(p) ? log(sigma) : Infinity,
      reverse: inside(q) ? log(1 / sigma) : Infinity,
      jsd: alone * LOG2 + shared,
      w1: meanGap(mu, ROOT3 * (sigma - 1)),
    };
  },
};

/** Mean of |shift + widen u| for u uniform on (-1, 1): boxes are moved quantile by quantile. */
function meanGap(shift: number, widen: number): number {
  const [m, w] = [Math.abs(shift), Math.abs(widen)];
  return w <= m ? m : (m * m + w * w) / (2 * w);
}

const CELLS = 1200;
const SPAN = 16;
const DX = (2 * SPAN) / CELLS;
const GRID = Float64Array.from({ length: CELLS }, (_, i) => -SPAN + (i + 0.5) * DX);

/** A bell as model; the data given by its log-density. */
function bellAgainst(logData: (x: number) => number): Shapes {
  const logP = GRID.map(logData);
  const p = logP.map(exp);
  return {
    data: (x) => exp(logData(x)),
    model: (x, { mu, sigma }) => exp(normalLogDensity(x, mu, sigma)),
    distances({ mu, sigma }) {
      let kl = 0, reverse = 0, jsd = 0, w1 = 0, gap = 0;
      for (let i = 0; i < CELLS; i++) {
        const lq = normalLogDensity(GRID[i]!, mu, sigma);
        const [lp, a, b] = [logP[i]!, p[i]!, exp(lq)];
        const lm = (lp > lq ? lp + log(1 + exp(lq - lp)) : lq + log(1 + exp(lp - lq))) - LOG2;
        kl += a * (lp - lq);
        reverse += b * (lq - lp);
        jsd += 0.5 * (a * (lp - lm) + b * (lq - lm));
        gap += (a - b) * DX;
        w1 += Math.abs(gap);
      }
      return { kl: kl * DX, reverse: reverse * DX, jsd: Math.max(0, jsd * DX), w1: w1 * DX };
    },
  };
}

const logTwo = (x: number): number => {
  const [a, b] = [normalLogDensity(x, -2.5, 0.7), normalLogDensity(x, 2.5, 0.7)];
  return Math.max(a, b) + log(1 + exp(-Math.abs(a - b))) - LOG2;
};
const SHAPES: Record<string, Shapes> = { boxes, bells: bellAgainst((x) => normalLogDensity(x, 0, 1)), two: bellAgainst(logTwo) };

class DivergenceLab implements Model {
  steps = 0;
  mu: number;
  sigma: number;
  readonly trail = new Series();
  /** Minus the slope of the chosen distance: where p_g is told to go. */
  readonly pull = { mu: 0, sigma: 0 };

  constructor(private values: Values) {
    this.mu = values["mu"] as number;
    this.sigma = values["sigma"] as number;
    this.look();
    this.trail.push(0, this.distances[this.chosen]);
  }

  get shapes(): Shapes {
    return SHAPES[this.values["shape"] as string]!;
  }

  get chosen(): Name {
    return this.values["downhill"] as Name;
  }

  get distances(): Distances {
    return this.shapes.distances(this);
  }

  /** Central differences; an infinite distance has no slope. */
  slope(name: Name, key: "mu" | "sigma"): number {
    const at = (h: number): number => this.shapes.distances({ mu: this.mu, sigma: this.sigma, [key]: this[key] + h })[name];
    const slope = (at(1e-4) - at(-1e-4)) / 2e-4;
    return Math.abs(slope) < 1e-9 ? 0 : slope;
  }

  private look(): void {
    this.pull.mu = -this.slope(this.chosen, "mu");
    this.pull.sigma = -this.slope(this.chosen, "sigma");
  }

  act(): void {
    const rate = this.values["step_size"] as number;
    const { pull } = this;
    if (Number.isFinite(pull.mu)) this.mu = Math.max(-LIMIT.mu, Math.min(LIMIT.mu, this.mu + rate * pull.mu));
    if (Number.isFinite(pull.sigma)) this.sigma = Math.max(LIMIT.low, Math.min(LIMIT.high, this.sigma + rate * pull.sigma));
    this.steps += 1;
    this.look();
    this.trail.push(this.steps, this.distances[this.chosen]);
  }

  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
    this.look();
    if (key === "downhill") this.trail.clear();
  }

  get state(): State {
    const { kl, reverse, jsd, w1 } = this.distances;
    const slopes = Object.fromEntries(NAMES.map((name) => [name, finite(this.slope(name, "mu"))]));
    return {
      step: this.steps,
      losses: { chosen: finite(this.distances[this.chosen]) },
      metrics: { v: 2 * jsd - LOG4, kl: finite(kl), reverse: finite(reverse), jsd, w1, mu: this.mu, sigma: this.sigma },
      slopes,
    };
  }

  describe(): string {
    const d = this.distances;
    const where = `${this.steps ? `Step ${this.steps}: p_g` : "Now p_g"} is at ${format(this.mu)} with spread ${format(this.sigma)}.`;
    const values = `JSD = ${format(d.jsd)}, Wasserstein-1 = ${format(d.w1)}.`;
    if (d.jsd > LOG2 - 1e-6) return `${where} ${this.apart()}${this.advice()}`;
    if (d.jsd < 1e-6 && d.kl < 1e-6 && d.reverse < 1e-6) return `${where} The two are the same: every distance is 0, and V = −log 4.`;
    return `${where} ${values}${this.advice()}`;
  }

  /** Without overlap, as good as none: what still says how far. */
  private apart(): string {
    const { kl, w1 } = this.distances;
    if (!Number.isFinite(kl)) return `No overlap: JSD stands at log 2 = 0.693 and both KL are infinite. Only Wasserstein-1 = ${format(w1)} still says how far.`;
    return `Hardly any overlap: JSD is at log 2 = 0.693 to six places. Wasserstein-1 = ${format(w1)} and both KL, ${format(kl)} and ${format(this.distances.reverse)}, still say how far.`;
  }

  private advice(): string {
    const { mu, sigma } = this.pull;
    const name = WORDS[this.chosen];
    if (!Number.isFinite(this.distances[this.chosen])) return ` ${name} is infinite here and gives no direction.`;
    if (!Number.isFinite(mu) || !Number.isFinite(sigma)) return ` At this edge ${name} jumps: no slope.`;
    const told = [Math.abs(mu) > 1e-3 ? `go ${mu > 0 ? "right" : "left"}` : "", Math.abs(sigma) > 1e-3 ? `become ${sigma > 0 ? "wider" : "narrower"}` : ""];
    return ` Downhill on ${name}: ${told.filter(Boolean).join(" and ") || "stay, its slope is 0"}.`;
  }
}

const SWEEP = Float64Array.from({ length: 97 }, (_, i) => -7.2 + 0.15 * i);

function view(ui: Ui): (model: DivergenceLab, values: Values) => void {
  const densities = ui.plot({ title: "Slide p_g over p_data", height: 220, x: { min: LOW, max: HIGH, label: "x" }, y: { min: 0, max: 0.5, from: 0 } });
  ui.legend([
    { text: "data, p_data", color: "real", mark: "area" },
    { text: "model, p_g", color: "fake", mark: "dashed" },
    { text: "downhill", color: "fake", mark: "arrow" },
    { text: "p_g is here", color: "fake", mark: "dot" },
  ]);
  const readouts = ui.readouts([
    { label: "V(D*, G)", help: "−log 4 + 2 JSD" },
    { label: "KL(p_data‖p_g)", help: "∞ where the model misses data" },
    { label: "KL(p_g‖p_data)", help: "∞ where it leaves the data" },
    { label: "JSD", help: "0 to log 2 = 0.693" },
    { label: "Wasserstein-1", help: "mean distance to move" },
  ]);
  const row = ui.row();
  const small = (title: string, y: { min: number; max: number }): Plot =>
    ui.plot({ title, height: 160, x: { min: SWEEP[0]!, max: -SWEEP[0]!, label: "place of the model" }, y: { ...y } }, row);
  const charts = {
    jsd: small("JSD", { min: 0, max: 0.8 }), w1: small("Wasserstein-1", { min: 0, max: 8 }),
    v: small("V(D*, G), what the best D reaches", { min: -2, max: 0.4 }), kl: small("KL(p_data‖p_g) solid, KL(p_g‖p_data) dashed", { min: 0, max: 10 }),
  };
  const grip = ui.grip(densities, "fake", ({ x }) => ui.set({ mu: x }));
  const cached = sweeper();

  return (model, values) => {
    drawShapes(densities, model, ui);
    grip(model.mu, peak(model) / 2);
    const d = model.distances;
    readouts([2 * d.jsd - LOG4, d.kl, d.reverse, d.jsd, d.w1]);
    drawSweeps(charts, model, cached(String(values["shape"]), model), ui);
  };
}

/** All distances at every place of p_g; kept until its shape or spread changes. */
function sweeper(): (shape: string, model: DivergenceLab) => readonly Distances[] {
  let key = "";
  let swept: readonly Distances[] = [];
  return (shape, { shapes, sigma }) => {
    if (key !== `${shape} ${sigma}`) swept = Array.from(SWEEP, (mu) => shapes.distances({ mu, sigma }));
    key = `${shape} ${sigma}`;
    return swept;
  };
}

const peak = (model: DivergenceLab): number => model.shapes.model(model.mu, model);

function drawShapes(plot: Plot, model: DivergenceLab, { colors }: Ui): void {
  const xs = Float64Array.from({ length: 1601 }, (_, i) => LOW + i / 100);
  plot.y.max = Math.max(0.5, Math.ceil(11 * peak(model)) / 10);
  plot.begin(colors);
  const [p, q] = [xs.map((x) => model.shapes.data(x)), xs.map((x) => model.shapes.model(x, model))];
  plot.area(xs, p, colors.real, 0.16);
  plot.line(xs, p, { color: colors.real, width: 2.5 });
  plot.area(xs, q, colors.fake, 0.16);
  plot.line(xs, q, { color: colors.fake, width: 2.5, dash: DASH.dashed });
  const { mu } = model.pull;
  const length = Number.isFinite(mu) ? Math.sign(mu) * Math.min(90, 70 * Math.abs(mu)) : 0;
  plot.arrow(model.mu, peak(model) / 2, length, 0, { color: colors.fake, width: 2.5 });
  plot.describe(`Data around ${model.shapes === SHAPES["two"] ? "−2.5 and 2.5" : "0"}; p_g, dashed, at ${format(model.mu)} with spread ${format(model.sigma)}.`);
}

/** Stretches [from, to) of finite and of infinite values: no line joins the two. */
function runs(values: readonly number[]): [number, number][] {
  const cuts = values.flatMap((v, i) => (i === 0 || (v === Infinity) !== (values[i - 1] === Infinity) ? [i] : []));
  return cuts.map((from, i) => [from, cuts[i + 1] ?? values.length]);
}

function drawSweeps(charts: Record<"jsd" | "w1" | "v" | "kl", Plot>, model: DivergenceLab, swept: readonly Distances[], { colors }: Ui): void {
  const { jsd, w1, v, kl } = charts;
  const now = model.distances;
  w1.y.max = roundUp(Math.max(4, ...swept.map((d) => d.w1)));
  for (const plot of Object.values(charts)) plot.begin(colors);
  jsd.reference(LOG2, "log 2");
  v.reference(0, "0: no overlap");
  v.reference(-LOG4, "−log 4: equal");
  const draw = (plot: Plot, pick: (d: Distances) => number, dash: readonly number[], name: string): void => {
    const at = pick(now);
    const shown = (x: number): number => (x === Infinity ? plot.y.max : x); // infinite: along the upper edge
    const values = swept.map(pick);
    for (const [from, to] of runs(values)) {
      const part = Float64Array.from(values.slice(from, to), shown);
      if (to - from > 1) plot.line(SWEEP.subarray(from, to), part, { color: colors.ink, width: 2, dash });
      else plot.marks([SWEEP[from]!], part, "dot", colors.ink, 3);
    }
    plot.vertical(model.mu, { color: colors.fake, width: 1, dash: DASH.dotted });
    plot.marks([model.mu], [shown(at)], "dot", colors.fake, 4.5);
    plot.describe(`${name} is ${format(at)} with p_g at ${format(model.mu)}.`);
  };
  draw(jsd, (d) => d.jsd, DASH.solid, "It");
  draw(w1, (d) => d.w1, DASH.solid, "It");
  draw(v, (d) => 2 * d.jsd - LOG4, DASH.solid, "It");
  draw(kl, (d) => d.reverse, DASH.dashed, "KL(p_g‖p_data)");
  draw(kl, (d) => d.kl, DASH.solid, "KL(p_data‖p_g)");
  if (swept.some((d) => d.kl === Infinity)) kl.text(kl.x.min, kl.y.max, "∞", { dx: 4, dy: 11, bold: true });
  kl.describe(`With p_g at ${format(model.mu)}: KL(p_data‖p_g) is ${format(now.kl)}, KL(p_g‖p_data) is ${format(now.reverse)}.`);
}

export const divergenceLab: Lab<DivergenceLab> = {
  tag: "divergence-lab",
  title: "How far apart?",
  does: "Slide one distribution over another and compare five distances",
  seeded: false,
  speed: 60,
  actions: { step: { label: "Step", help: "One step of p_g downhill on the chosen distance" } },
  params: {
    shape: { kind: "radio", label: "data and model", group: "Shapes", default: "boxes", resets: true,
      options: { boxes: "boxes", bells: "bells", two: "two bells" }, help: "Boxes can be disjoint; bells always overlap; two bells cannot be matched by one" },
    mu: { kind: "slider", label: "place of the model", group: "Shapes", min: -7, max: 7, step: 0.1, default: -5, resets: true, help: "Drag it in the chart, or move it here. It starts anew from there" },
    sigma: { kind: "slider", label: "spread of the model", group: "Shapes", min: 0.3, max: 3, step: 0.1, default: 1, resets: true, help: "Standard deviation; the data’s is 1. A change starts anew" },
    downhill: { kind: "select", label: "the model goes downhill on", group: "Play", default: "w1",
      options: { kl: "KL(data‖model)", reverse: "KL(model‖data)", jsd: "JSD", w1: "Wasserstein-1" }, help: "Play moves place and spread against the slope of this distance" },
    step_size: { kind: "levels", label: "step size", group: "Play", values: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2], default: 0.05 },
  },
  create: (values) => new DivergenceLab(values),
  view,
};
