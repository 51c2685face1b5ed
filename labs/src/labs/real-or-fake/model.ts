/**
 * Rounds of images that a reader calls real or fake, and what the answers are worth.
 *
 * A round has as many real images as fakes, in random order; truth comes at its end, so that nobody can count what must still come. No
 * image comes twice.
 */
import { auc, aucInterval, Rng, roc } from "../../engine";
import { exact, format, type Model, type State, type Value, type Values } from "../../kit/lab";
import { pieces, read, words } from "./look";
import { imageOf, LINEUP, MACHINES, scoreOf, type Item, type Machine } from "./lineup";
import { ANSWERS, POOL, ROUND, SAID, STEPS, type Age } from "./params";

export type Judge = "you" | Machine;

/** What a judge is worth on the images that were answered, and what is known of it from many. */
export interface Result {
  readonly judge: Judge;
  readonly auc: number;
  readonly low: number;
  readonly high: number;
  readonly curve: { readonly x: readonly number[]; readonly y: readonly number[] };
  /** AUC on thousands of images; the reader has none. */
  readonly many: number | null;
}

type Phase = "predict" | "ask" | "told";

export class RealOrFake implements Model {
  phase: Phase = "predict";
  /** The reader's AUC as it was predicted when the images began. */
  predicted: number | null = null;
  /** From 1, surely fake, to 4, surely real; in the order of `items`. */
  readonly ratings: number[] = [];
  readonly items: readonly Item[];

  constructor(private values: Values, seed: number) {
    const pool = (rng: Rng, real: boolean): Item[] => shuffled(rng, Array.from({ length: POOL }, (_, index) => ({ real, index })));
    const late = this.age === "late", rng = new Rng(seed, late ? 16 : 15), half = ROUND / 2;
    const real = pool(new Rng(seed, 14), true), fake = pool(rng, false);
    if (late) real.reverse(); // who plays both ages does not meet the real ones of the other before long
    this.items = Array.from({ length: POOL / half }, (_, i) => i * half).flatMap((at) => shuffled(rng, [...real.slice(at, at + half), ...fake.slice(at, at + half)]));
  }

  get steps(): number {
    return this.ratings.length;
  }

  get age(): Age {
    return this.values["age"] as Age;
  }

  get round(): number {
    return Math.max(1, Math.ceil((this.steps + (this.phase === "ask" ? 1 : 0)) / ROUND));
  }

  /** Place of the present image in its round, from 1. */
  get place(): number {
    return (this.steps % ROUND) + 1;
  }

  /** Pixels of the image that is asked about. */
  get image(): Float64Array | null {
    return this.phase === "ask" ? imageOf(this.items[this.steps]!, this.age) : null;
  }

  /** Are there images for another round? */
  get more(): boolean {
    return this.phase === "told" && this.steps < this.items.length;
  }

  act(action: string): void {
    const rating = ANSWERS.indexOf(action as (typeof ANSWERS)[number]) + 1;
    if (rating && this.phase === "ask") {
      this.ratings.push(rating);
      if (this.steps % ROUND === 0) this.phase = "told";
    } else if (action === "begin" && this.phase === "predict") {
      this.predicted = this.values["guess"] as number;
      this.phase = "ask";
    } else if (action === "more" && this.more) this.phase = "ask";
    else if (action === "back" && this.phase === "ask" && this.place > 1) this.ratings.pop();
  }

  /** The prediction is the only live setting, and it counts until the images begin. */
  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
  }

  /** The answers of which the truth is known. */
  get told(): number {
    return this.steps - (this.phase === "ask" ? this.steps % ROUND : 0);
  }

  /** Reader and machines on the images of which the truth is known; the machines once their scores are there. */
  get results(): readonly Result[] {
    return (["you", ...MACHINES] as const).flatMap((judge) => this.result(judge, 0) ?? []);
  }

  /** The reader's AUC in each round alone. */
  get rounds(): readonly number[] {
    return Array.from({ length: this.told / ROUND }, (_, i) => this.result("you", i * ROUND, (i + 1) * ROUND)!.auc);
  }

  private result(judge: Judge, from: number, to = this.told): Result | null {
    const items = this.items.slice(from, to);
    const scores = items.map((item, i) => (judge === "you" ? this.ratings[from + i]! : scoreOf(item, this.age, judge)));
    if (!items.length || scores.includes(null)) return null;
    const of = (real: boolean): number[] => (scores as number[]).filter((_, i) => items[i]!.real === real);
    const [real, fake] = [of(true), of(false)];
    const measured = auc(real, fake);
    const many = judge === "you" ? null : LINEUP.held![this.age][judge].auc;
    return { judge, auc: measured, ...aucInterval(measured, real.length, fake.length), curve: roc(real, fake), many };
  }

  get state(): State {
    const [you, D, detector] = this.results;
    return {
      step: this.steps, phase: this.phase, losses: {}, predicted: this.predicted,
      metrics: { auc: you?.auc ?? null, low: you?.low ?? null, high: you?.high ?? null, D: D?.auc ?? null, detector: detector?.auc ?? null },
      many: { D: D?.many ?? null, detector: detector?.many ?? null }, rounds: [...this.rounds], ratings: [...this.ratings],
      truth: this.items.slice(0, this.told).map(({ real }) => real), image: this.image && Array.from(this.image, (v) => Math.round((v + 1) * 127.5)),
    };
  }

  describe(): string {
    if (LINEUP.failed) return `The images did not load: ${LINEUP.file} must lie beside the script of the labs.`;
    if (this.phase === "predict") {
      return `${ROUND} digits will come one by one, ${ROUND / 2} of them from MNIST. The others were drawn by G after ${STEPS[this.age].toLocaleString("en-US")} steps of training. `
        + "How well will you tell them apart? Move the slider, then press Begin.";
    }
    if (this.phase === "ask") return `${this.last()}Image ${this.place} of ${ROUND}: real or fake? ${this.look()}`;
    return this.verdict();
  }

  private last(): string {
    return this.place > 1 ? `Noted: ${SAID[this.ratings[this.steps - 1]! - 1]}. ` : "";
  }

  /** The image in words, for those who do not see it, by one rule for real ones and fakes. */
  look(): string {
    const image = this.image;
    if (!image) return "Loading the images …";
    const n = pieces(image);
    return `${words(read(image), true)} It is in ${n} piece${n === 1 ? "" : "s"}.`;
  }

  private verdict(): string {
    const [you, ...machines] = this.results;
    const { auc: measured, low, high } = you!;
    const known = [["guessing", 0.5], ["your prediction", this.predicted!], ...machines.map(({ judge, many }) => [NAMES[judge], many!])] as [string, number][];
    const listed = (words: string, wanted: (x: number) => boolean): string => {
      const found = known.filter(([, x]) => wanted(x)).map(([name, x]) => `${name} (${exact(Number(x.toFixed(2)))})`);
      return found.length ? ` ${words} it: ${found.join(", ")}.` : "";
    };
    return `Your AUC is ${two(measured)}, and ${this.told} answers leave room from ${two(low)} to ${two(high)}.`
      + listed("Within", (x) => x >= low && x <= high) + listed("Below", (x) => x < low) + listed("Above", (x) => x > high);
  }
}

const NAMES: Record<Judge, string> = { you: "you", D: "D", detector: "the detector" };

const two = (x: number): string => format(x, 2);

/** In random order. */
function shuffled<T>(rng: Rng, given: readonly T[]): T[] {
  const all = [...given];
  for (let i = all.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}
