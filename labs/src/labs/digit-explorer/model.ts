/**
 * One digit: a latent vector, a label, a moment of the training.
 *
 * z lies on a path from the walk's place to a second random point, `t` of the way, and is then moved along the directions. The label goes
 * from one digit to the other in the same proportion: G takes any mixture.
 */
import { Rng } from "../../engine";
import { exact, format, type Model, type State, type Value, type Values } from "../../kit/lab";
import { norm, PATHS, Walk, type Vector } from "./latent";
import { DIMS, MOMENTS } from "./params";
import { article, compared, read, words, type Reading } from "./reading";
import { own } from "./own";
import { DIGITS, generatorAt, reportAt } from "./weights";

/** Grey levels differ visibly from here. */
const VISIBLE = 32 / 127.5;

/** What was done last, and the picture before it. */
interface Change {
  readonly key: string;
  readonly from: Value;
  readonly before: Float64Array | null;
}

export class DigitExplorer implements Model {
  steps = 0;
  private readonly walk: Walk;
  private readonly ends: Walk;
  private change: Change | null = null;

  constructor(private values: Values, seed: number) {
    this.walk = new Walk(new Rng(seed, 4), DIMS);
    this.ends = new Walk(new Rng(seed, 10), DIMS);
  }

  get moment(): number {
    return MOMENTS.indexOf(this.values["moment"] as number);
  }

  get t(): number {
    return this.values["t"] as number;
  }

  get labels(): readonly [string, string] {
    return [this.values["label"] as string, this.values["to_label"] as string];
  }

  /** What G is given: z, then the weights of the ten labels. `changed` values replace the present ones. */
  input(changed: Values = {}): Vector {
    const values = { ...this.values, ...changed };
    const t = values["t"] as number;
    const z = PATHS[values["path"] as string]!(this.walk.here, this.ends.here, t);
    const input = new Float64Array(DIMS + 10);
    input.set(z.map((x, i) => x + (values[`z${i + 1}`] as number)));
    input[DIMS + Number(values["label"])]! += 1 - t;
    input[DIMS + Number(values["to_label"])]! += t;
    return input;
  }

  /** ||z||; noise in d dimensions has a length near the root of d. */
  get length(): number {
    return norm(this.input().subarray(0, DIMS));
  }

  /** The image (784,) in (-1, 1), once the weights are there. */
  image(): Float64Array | null {
    return generatorAt(this.moment)?.draw(this.input()) ?? null;
  }

  act(action: string): void {
    this.change = null;
    if (action === "draw") this.walk.jump();
    else if (action === "other") this.ends.jump();
    else {
      this.walk.step();
      this.steps += 1;
    }
  }

  set(key: string, value: Value): void {
    // A slider that is dragged makes many changes: they count as one.
    if (this.change?.key !== key) this.change = { key, from: this.values[key]!, before: this.image() };
    this.values = { ...this.values, [key]: value };
  }

  get state(): State {
    const image = this.image();
    const reading = image && read(image);
    const report = reportAt(this.moment);
    return {
      step: this.steps,
      losses: {},
      metrics: {
        length: this.length, ink: reading?.ink ?? null, lean: reading?.lean ?? null,
        agreement: report?.agreement ?? null, score: report?.score ?? null,
      },
      z: [...this.input().subarray(0, DIMS)],
      image: image && Array.from(image, (v) => Math.round((v + 1) * 127.5)),
    };
  }

  describe(): string {
    const image = this.image();
    if (!image) return DIGITS.failed ? `The weights did not load: ${DIGITS.file} must lie beside the script of the labs.` : "Loading the trained generator …";
    const reading = read(image);
    const clear = (reportAt(this.moment)!.agreement ?? 0) > 0.5;
    return `${this.told()} ${this.change ? this.changed(image, reading, clear) : words(reading, clear)}`;
  }

  /** What G was told, and when. */
  private told(): string {
    const [from, to] = this.labels;
    const what = this.t === 0 || (this.t < 1 && from === to) ? from : this.t === 1 ? to : null;
    const order = what ? `${own() ? "Your G" : "G"} was told to draw ${article(what)}` : `${Math.round(100 * this.t)} % of the way from ${article(from)} to ${article(to)}`;
    const walked = this.steps ? `, ${count(this.steps, "step")} into the walk` : "";
    return `${order}${walked}, after ${count(reportAt(this.moment)!.steps, "step")} of training.`;
  }

  private changed(image: Float64Array, reading: Reading, clear: boolean): string {
    const { key, before } = this.change!;
    if (!before) return words(reading, clear);
    if (key === "moment" && !own()) return `The judge reads the label in ${percent(DIGITS.held!.moments[this.moment]!.agreement)} of G’s digits at this moment.`;
    const visible = image.filter((v, i) => Math.abs(v - before[i]!) > VISIBLE).length / image.length;
    return `${this.action()}${percent(visible)} of the pixels changed visibly. ${compared(read(before), reading, clear)}`;
  }

  /** What the reader did last, where the first sentence does not say it anyway. */
  private action(): string {
    const { key, from } = this.change!;
    const now = this.values[key]!;
    if (key === "path") return `Now on the ${now === "lerp" ? "straight line" : "great circle"}: `;
    return key.startsWith("z") ? `Direction ${key.slice(1)} went from ${exact(from as number)} to ${exact(now as number)}: ` : "";
  }
}

const percent = (x: number): string => `${format(100 * x, 2)} %`;
const count = (n: number, what: string): string => `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`;
