/**
 * Why it circles (chapter 7): two numbers play. The field of the game, two ways to follow it, and the eigenvalues that tell the end.
 *
 * theta is the generator's (a point mass at theta; the data are a point mass at 0), psi the discriminator's, D(x) = sigma(psi x).
 * xy is the game min_theta max_psi theta psi. Mescheder, Geiger and Nowozin (2018), sections 2 to 4.
 * The same formulas as `ganlab.dynamics`; a test compares the paths.
 */
import { length, Series, sigmoid } from "../engine";
import { finite, format, type Lab, type Model, type State, type Value, type Values } from "../kit/lab";
import { DASH, roundUp, type Plot } from "../kit/plot";
import type { Ui } from "../kit/ui";

export interface Point {
  readonly theta: number;
  readonly psi: number;
}

/** A player's move at a point, for a step of length 1. */
interface Game {
  theta(at: Point): number;
  psi(at: Point): number;
  /** Turning speed at the equilibrium: the field is (turn psi, -turn theta - gamma psi) there, up to the sign of both. */
  readonly turn: number;
}

const GAMES: Record<string, Game> = {
  xy: { theta: ({ psi }) => -psi, psi: ({ theta }) => theta, turn: 1 },
  minimax: {
    theta: ({ theta, psi }) => psi * sigmoid(theta * psi),
    psi: ({ theta, psi }) => -theta * sigmoid(theta * psi),
    turn: 0.5,
  },
  nonsaturating: {
    theta: ({ theta, psi }) => psi * sigmoid(-theta * psi),
    psi: ({ theta, psi }) => -theta * sigmoid(theta * psi),
    turn: 0.5,
  },
};

const WAYS = ["simultaneous", "alternating"] as const;
type Way = (typeof WAYS)[number];
/** Farther out than this nothing is left to see. */
const FAR = 1e6;

class DiracLab implements Model {
  steps = 0;
  readonly start: Point;
  readonly now: Record<Way, Point>;
  readonly paths: Record<Way, Series> = { simultaneous: new Series(4096), alternating: new Series(4096) };
  readonly radii: Record<Way, Series> = { simultaneous: new Series(), alternating: new Series() };

  constructor(private values: Values) {
    this.start = { theta: values["theta"] as number, psi: values["psi"] as number };
    this.now = { simultaneous: this.start, alternating: this.start };
    this.record();
  }

  get game(): Game {
    return GAMES[this.values["game"] as string]!;
  }

  get h(): number {
    return this.values["step_size"] as number;
  }

  get gamma(): number {
    return this.values["gamma"] as number;
  }

  velocity(at: Point): Point {
    return { theta: this.game.theta(at), psi: this.game.psi(at) - this.gamma * at.psi };
  }

  act(): void {
    for (const way of WAYS) if (radius(this.now[way]) < FAR) this.now[way] = this.move(way, this.now[way]);
    this.steps += 1;
    this.record();
  }

  private move(way: Way, at: Point): Point {
    const psi = at.psi + this.h * this.velocity(at).psi;
    // Alternating: D moves first, and G answers to where it now is.
    const seen = way === "alternating" ? { ...at, psi } : at;
    return { theta: at.theta + this.h * this.velocity(seen).theta, psi };
  }

  private record(): void {
    for (const way of WAYS) {
      this.paths[way].push(this.now[way].theta, this.now[way].psi);
      this.radii[way].push(this.steps, radius(this.now[way]));
    }
  }

  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
  }

  /** Eigenvalues of the field's Jacobian at the equilibrium: lambda^2 + gamma lambda + turn^2 = 0. */
  get eigenvalues(): Complex[] {
    return roots(-this.gamma, this.game.turn ** 2);
  }

  /** Eigenvalues of one update at the equilibrium; both inside the unit circle means that small errors shrink. */
  updateEigenvalues(way: Way): Complex[] {
    const { h, gamma } = this;
    const turned = (h * this.game.turn) ** 2;
    const brake = 1 - h * gamma;
    return way === "simultaneous" ? roots(1 + brake, brake + turned) : roots(1 + brake - turned, brake);
  }

  get critical(): number {
    return 2 * this.game.turn;
  }

  get state(): State {
    return {
      step: this.steps,
      losses: {},
      metrics: {
        radius_simultaneous: finite(radius(this.now.simultaneous)), radius_alternating: finite(radius(this.now.alternating)),
        factor_simultaneous: this.growth("simultaneous"), factor_alternating: this.growth("alternating"), critical_gamma: this.critical,
      },
      points: { simultaneous: Object.values(this.now.simultaneous), alternating: Object.values(this.now.alternating) },
      eigenvalues: this.eigenvalues,
    };
  }

  get over(): boolean {
    return WAYS.every((way) => radius(this.now[way]) >= FAR);
  }

  describe(): string {
    const from = format(radius(this.start));
    const [both, turns] = WAYS.map((way) => away(this.now[way])) as [string, string];
    const where = this.steps
      ? `Step ${this.steps}. Started ${from} from the equilibrium; now ${both} away with simultaneous steps, ${turns} with alternating ones.`
      : `The start is ${from} from the equilibrium at (0, 0).`;
    return `${where} ${this.verdict()}`;
  }

  private verdict(): string {
    const [first] = this.eigenvalues as [Complex, Complex];
    if (!this.gamma) return `The eigenvalues ±${format(Math.abs(first.im))}i only turn: near the equilibrium nothing in the field pulls inwards. ${this.farther()}`;
    const kind = this.gamma < this.critical ? "still turn, and pull inwards" : "pull inwards and no longer turn";
    return `With γ = ${format(this.gamma, 2)} the eigenvalues ${kind} (critical γ = ${this.critical}).${this.overshoot()}`;
  }

  /** What the eigenvalues do not see, without a penalty: d(r^2 / 2)/dt is 0, or -theta psi tanh(theta psi / 2). */
  private farther(): string {
    if (this.values["game"] !== "nonsaturating") return "Nor does it farther out: the flow keeps its distance, and a simultaneous step, which leaves along the tangent, ends a little farther away.";
    return "Farther out this game does: d(r²/2)/dt = −θψ tanh(θψ/2) ≤ 0. So both paths shrink, ever more slowly, "
      + `the simultaneous one only until its steps, which leave along the tangent, undo it: at r ≈ √(2h) = ${format(Math.sqrt(2 * this.h))}.`;
  }

  /** The field pulls inwards; steps that are too long end farther out all the same. */
  private overshoot(): string {
    const out = WAYS.filter((way) => this.growth(way) > 1 + 1e-9);
    return out.length ? ` But steps of ${this.h} are too long: near the equilibrium ${out.join(" and ")} ones lead outwards.` : "";
  }

  growth(way: Way): number {
    return Math.max(...this.updateEigenvalues(way).map(size));
  }
}

export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** Roots of x^2 - sum x + product. */
function roots(sum: number, product: number): Complex[] {
  const middle = sum / 2 + 0; // + 0: JSON knows no -0
  const d = middle * middle - product;
  const root = Math.sqrt(Math.abs(d));
  return [1, -1].map((side) => (d < 0 ? { re: middle, im: side * root } : { re: middle + side * root, im: 0 }));
}

const percent = (factor: number): number => 100 * (factor - 1);
const size = ({ re, im }: Complex): number => length(re, im);
const radius = ({ theta, psi }: Point): number => length(theta, psi);
const away = (at: Point): string => (radius(at) < FAR ? format(radius(at)) : "more than a million");

function view(ui: Ui): (model: DiracLab) => void {
  const row = ui.row();
  const portrait = ui.plot({ title: "The field, and two ways to follow it", height: 340, x: { min: -2, max: 2, label: "θ, the generator" }, y: { min: -2, max: 2 } }, row);
  const side = row.appendChild(document.createElement("div"));
  const distance = ui.plot({ title: "Distance from the equilibrium", height: 158, x: { min: 0, max: 100, label: "step" }, y: { min: 0, max: 2 } }, side);
  const plane = ui.plot({ title: "Eigenvalues of the field at (0, 0)", height: 158, x: { min: -2.2, max: 0.6, label: "real part: left of 0 pulls inwards" }, y: { min: -1.4, max: 1.4 } }, side);
  ui.legend([
    { text: "simultaneous steps", color: "fake", mark: "solid" },
    { text: "alternating steps", color: "second", mark: "dashed" },
    { text: "start", color: "ink", mark: "dot" },
    { text: "equilibrium", color: "real", mark: "dot" },
    { text: "field", color: "d", mark: "arrow" },
  ]);
  const readouts = ui.readouts([
    { label: "radius now", help: "simultaneous" },
    { label: "radius now", help: "alternating" },
    { label: "growth, % a step", help: "simultaneous, near 0" },
    { label: "growth, % a step", help: "alternating, near 0" },
    { label: "critical γ", help: "from here no turning" },
  ]);
  const grip = ui.grip(portrait, "ink", ({ x, y }) => ui.set({ theta: x, psi: y }));

  return (model) => {
    drawPortrait(portrait, model, ui);
    grip(model.start.theta, model.start.psi);
    drawDistance(distance, model, ui);
    drawPlane(plane, model, ui);
    const { metrics: m } = model.state;
    readouts([far(model.now.simultaneous), far(model.now.alternating), percent(m["factor_simultaneous"]!), percent(m["factor_alternating"]!), m["critical_gamma"]!]);
  };
}

const far = (at: Point): number | string => (radius(at) < FAR ? radius(at) : "> 10⁶");

const styles = ({ colors }: Ui): Record<Way, { color: string; dash: readonly number[] }> => ({
  simultaneous: { color: colors.fake, dash: DASH.solid },
  alternating: { color: colors.second, dash: DASH.dashed },
});

function drawPortrait(plot: Plot, model: DiracLab, ui: Ui): void {
  const { colors } = ui;
  const reach = Math.max(...WAYS.map((way) => model.radii[way].y.slice(0, model.radii[way].length).reduce((a, b) => Math.max(a, b), 0)));
  equalScales(plot, reach <= 2.2 ? 2.2 : roundUp(reach));
  plot.begin(colors);
  drawField(plot, model, colors);
  plot.line([plot.x.min, plot.x.max], [0, 0], { color: colors.muted, width: 1 });
  plot.vertical(0, { color: colors.muted, width: 1 });
  for (const way of WAYS) {
    const { x, y, length } = model.paths[way];
    plot.line(x, y, { ...styles(ui)[way], width: 2 }, length);
    plot.marks([model.now[way].theta], [model.now[way].psi], way === "simultaneous" ? "dot" : "diamond", styles(ui)[way].color, 5);
  }
  plot.marks([0], [0], "dot", colors.real, 4.5);
  plot.text(plot.x.min, plot.y.max, "ψ, the discriminator", { dx: 6, dy: 9, color: colors.muted });
  const outcome = WAYS.map((way) => `${way} steps: from ${format(radius(model.start))} to ${away(model.now[way])}`).join("; ");
  plot.describe(`Arrows turn around the equilibrium in the middle. Distance after ${model.steps} ${outcome}.`);
}

/** At least +-reach in both directions, and one unit as long in x as in y, so that a circle looks like one. */
function equalScales(plot: Plot, reach: number): void {
  plot.fit();
  const wide = Math.max(1, plot.px(plot.x.max) - plot.px(plot.x.min));
  const high = Math.max(1, plot.py(plot.y.min) - plot.py(plot.y.max));
  const unit = Math.min(wide, high) / reach;
  Object.assign(plot.x, { min: -wide / unit, max: wide / unit });
  Object.assign(plot.y, { min: -high / unit, max: high / unit });
}

function drawField(plot: Plot, model: DiracLab, colors: Ui["colors"]): void {
  const rows = 11;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      const at = { theta: plot.x.min + ((j + 0.5) * (plot.x.max - plot.x.min)) / rows, psi: plot.y.min + ((i + 0.5) * (plot.y.max - plot.y.min)) / rows };
      const v = model.velocity(at);
      const length = 16 * Math.min(1, (1.6 * radius(v)) / plot.y.max);
      const unit = length / (radius(v) || 1);
      plot.arrow(at.theta, at.psi, v.theta * unit, -v.psi * unit, { color: colors.d, width: 1.2, alpha: 0.55 });
    }
  }
}

function drawDistance(plot: Plot, model: DiracLab, ui: Ui): void {
  const { colors } = ui;
  plot.x.max = roundUp(Math.max(100, model.steps));
  plot.y.max = Math.max(2, roundUp(Math.max(...WAYS.map((way) => model.radii[way].y.slice(0, model.radii[way].length).reduce((a, b) => Math.max(a, b), 0)))));
  plot.begin(colors);
  plot.reference(radius(model.start), "start");
  for (const way of WAYS) plot.line(model.radii[way].x, model.radii[way].y, { ...styles(ui)[way], width: 2 }, model.radii[way].length);
  plot.describe(WAYS.map((way) => `${way}: ${away(model.now[way])}`).join("; ") + ` after ${model.steps} steps.`);
}

function drawPlane(plot: Plot, model: DiracLab, { colors }: Ui): void {
  plot.begin(colors);
  plot.vertical(0, { color: colors.ink, width: 1.4 });
  plot.line([plot.x.min, plot.x.max], [0, 0], { color: colors.line, width: 1 });
  const points = model.eigenvalues;
  plot.marks(points.map((p) => p.re), points.map((p) => p.im), "cross", colors.accent, 6);
  const { re, im } = points[0]!;
  const words = im ? `${re ? format(re) + " " : ""}± ${format(Math.abs(im))}i` : `${format(points[1]!.re)} and ${format(re)}`;
  plot.text(plot.x.min, plot.y.max, words, { dx: 6, dy: 9, bold: true });
  plot.describe(`They are ${words}: ${re < 0 ? "the field pulls small errors in" : "the field turns small errors and does not pull them in"}.`);
}

export const diracLab: Lab<DiracLab> = {
  tag: "dirac-lab",
  title: "Why it circles",
  does: "Follow the two simplest players round their equilibrium",
  seeded: false,
  speed: 60,
  actions: { step: { label: "Step", help: "One step of both players, in both orders" } },
  params: {
    game: { kind: "select", label: "game", group: "The game", default: "nonsaturating", resets: true,
      options: { xy: "xy: min over θ, max over ψ of θψ", minimax: "Dirac-GAN, minimax", nonsaturating: "Dirac-GAN, non-saturating" } },
    gamma: { kind: "slider", label: "R1 penalty γ", group: "The game", min: 0, max: 2, step: 0.05, default: 0, help: "Holds D back: ψ moves by −γψ more" },
    step_size: { kind: "slider", label: "step size h", group: "The steps", min: 0.01, max: 1, step: 0.01, default: 0.2 },
    theta: { kind: "slider", label: "start: θ", group: "The steps", min: -2, max: 2, step: 0.1, default: 1, resets: true, help: "Drag it in the chart, or move it here" },
    psi: { kind: "slider", label: "start: ψ", group: "The steps", min: -2, max: 2, step: 0.1, default: 1, resets: true, help: "Drag it in the chart, or move it here" },
  },
  create: (values) => new DiracLab(values),
  view,
};
