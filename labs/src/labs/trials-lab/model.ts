/** One trial after the other: the reader predicts, then the stored numbers show; predictions that held are counted. */
import { exact, finite, format, type Model, type State, type Value, type Values } from "../../kit/lab";
import type { Target, Verdict } from "./params";
import { effect, FAILED, pair, tests, trial, TRIALS, verdict, type Effect, type Trial } from "./trials";
import { CHANGES } from "./tricks";

/** A trial of which the reader has seen the results. */
export interface Seen {
  readonly target: Target;
  readonly baseline: string;
  readonly trick: string;
  readonly guess: Verdict;
}

/** Settings that begin another trial. */
const TRIAL = ["target", "baseline", "trick"];

export class TrialsLab implements Model {
  readonly steps = 0;
  /** All that was asked for; a link asks before the results are there. */
  private readonly asked: Seen[] = [];
  shown = false;

  constructor(private values: Values) {}

  private get<T = string>(key: string): T {
    return this.values[key] as T;
  }

  get target(): Target {
    return this.get<Target>("target");
  }

  get baseline(): string {
    return this.get("baseline");
  }

  get trick(): string {
    return this.get("trick");
  }

  /** The trial and its baseline, where there is one. */
  get pair(): readonly [Trial, Trial] | null {
    return pair(this.target, this.baseline, this.trick);
  }

  get available(): number {
    return this.pair?.[0].values.length ?? 0;
  }

  /** Seeds that count: as many as were asked for, or all. */
  get counted(): number {
    return Math.min(this.get<number>("seeds"), this.available);
  }

  /** Of a trial that was seen, by as many seeds as count now. */
  effectOf({ target, baseline, trick }: Seen): Effect {
    const [base, changed] = pair(target, baseline, trick)!.map(({ values }) => values.slice(0, this.get<number>("seeds")));
    return effect(base!, changed!, this.get<boolean>("all") ? tests() : 1);
  }

  /** Of the present trial, once it is shown. */
  get effect(): Effect | null {
    return this.shown && this.pair ? this.effectOf(this.present!) : null;
  }

  private get present(): Seen | undefined {
    return this.seen.find((each) => this.isPresent(each));
  }

  private isPresent({ target, baseline, trick }: Seen): boolean {
    return target === this.target && baseline === this.baseline && trick === this.trick;
  }

  /** Trials whose results were shown, in that order. */
  get seen(): readonly Seen[] {
    return this.asked.filter(({ target, baseline, trick }) => trial(target, baseline, trick));
  }

  /** Those of this target and baseline. */
  get table(): readonly Seen[] {
    return this.seen.filter(({ target, baseline }) => target === this.target && baseline === this.baseline);
  }

  get right(): number {
    return this.seen.filter((each) => this.holds(each)).length;
  }

  holds(each: Seen): boolean {
    return verdict(this.effectOf(each)) === each.guess;
  }

  act(): void {
    if (this.shown) return;
    this.shown = true;
    this.asked.push({ target: this.target, baseline: this.baseline, trick: this.trick, guess: this.get<Verdict>("guess") });
  }

  /** Another trial is covered, unless it was seen before. */
  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
    if (TRIAL.includes(key)) this.shown = this.asked.some((each) => this.isPresent(each));
  }

  get state(): State {
    const { effect: now, pair } = this;
    return {
      step: 0, losses: {}, shown: this.shown, available: this.available, right: this.right, seen: this.seen.map((each) => ({ ...each })),
      metrics: { ratio: now && finite(now.ratio), low: now && finite(now.low), high: now && finite(now.high), cost: this.shown ? pair?.[1].cost ?? null : null },
      verdict: now && verdict(now),
    };
  }

  describe(): string {
    if (TRIALS.failed) return `The results did not load: ${TRIALS.file} must lie beside the script of the labs.`;
    if (!TRIALS.held) return "Loading the results …";
    if (!this.pair) return this.missing();
    const what = `${capital(this.trick)} (${CHANGES[this.trick as keyof typeof CHANGES]}), on ${this.where()}`;
    return this.shown ? `${this.judged()} ${this.answer()}` : `${what}: does it help? Say what you expect, then show the results of ${this.available} seeds.`;
  }

  private where(): string {
    return `${PLACES[this.target]} with the baseline “${this.baseline}”`;
  }

  private missing(): string {
    const other = this.baseline === "plain" ? "ours" : "plain";
    const has = trial(this.target, other, this.trick);
    return has ? `The baseline “${this.baseline}” has this already, so there is nothing to compare. Choose another trick, or the baseline “${other}”.`
      : `“${this.trick}” was not tried on ${PLACES[this.target]}. Choose another trick, or ${this.target === "ring" ? "digits" : "the ring"}.`;
  }

  private judged(): string {
    const present = this.present!;
    return this.holds(present) ? `You expected this${this.tally()}.` : `You expected that ${EXPECTED[present.guess]}${this.tally()}.`;
  }

  private tally(): string {
    return this.seen.length > 1 ? ` (${this.right} of ${this.seen.length} predictions hold)` : "";
  }

  private answer(): string {
    const { ratio, low, high } = this.effect!, n = this.counted;
    const failed = this.pair![1].values.slice(0, n).filter((value) => value >= FAILED).length;
    const runs = failed ? ` In ${failed} of the ${n} runs the numbers ran away.` : "";
    return `${MEANS[verdict(this.effect!)]} By ${n} seeds, ${MEASURES[this.target]} ${ratio < 1 ? "falls" : "rises"} to ${two(ratio)} times the baseline’s, with an interval from ${end(low)} to ${end(high)}.${runs}`;
  }
}

const PLACES: Record<Target, string> = { ring: "the ring", digits: "digits" };
export const MEASURES: Record<Target, string> = { ring: "the share of misplaced samples", digits: "the score" };
const EXPECTED: Record<Verdict, string> = { helps: "it helps", unclear: "nothing can be decided", harms: "it harms" };
const MEANS: Record<Verdict, string> = { helps: "It helps.", unclear: "Undecided: the interval contains 1, that is, no effect.", harms: "It harms." };

export const two = (x: number): string => (x >= 100 ? exact(Math.round(x)) : format(x, x < 1 ? 2 : 3));

/** An end of an interval; by two seeds it may lie anywhere. */
export const end = (x: number): string => (x > 1000 ? "over 1000" : x < 0.001 ? "under 0.001" : two(x));
export const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
