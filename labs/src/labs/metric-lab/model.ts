/** Draws: each gives every metric once; medians over the draws are compared with what real samples get. */
import { exact, type Model, type State, type Value, type Values } from "../../kit/lab";
import { floor, Known, NAMES, range, score, verdict, WORDS, type Name, type Range, type Scores, type Verdict } from "./score";
import { samples, type Samples } from "./world";

/** Draws that are kept, the latest. */
const WINDOW = 200;

const KNOWN = new Known();

/** One row: what the generated points get, what real ones get, and what to think of it. */
export interface Reading {
  readonly name: Name;
  readonly fake: Range;
  readonly real: Range;
  readonly verdict: Verdict;
  /** Did the reader expect that it notices? */
  readonly expected: boolean;
}

export class MetricLab implements Model {
  steps = 0;
  last!: Samples;
  /** The predictions that were on when the answers were shown, under the settings that they were made for. */
  private guesses: Values | null = null;
  private readonly scores: Scores[] = [];
  private known: readonly Reading[] | null = null;

  /** Some draws at once, so that a slider is answered; fewer of many points, which say more each and take longer. */
  constructor(private values: Values, private readonly seed: number) {
    this.draw(this.first);
  }

  private get first(): number {
    return (this.values["n"] as number) > 500 ? 5 : 9;
  }

  get draws(): number {
    return this.first + this.steps;
  }

  get shown(): boolean {
    return this.values["shown"] as boolean;
  }

  act(): void {
    this.steps += 1;
    this.draw(1);
  }

  private draw(times: number): void {
    const { n, against } = this.values;
    for (let i = times; i > 0; i--) {
      const index = this.draws - i;
      this.last = samples(this.values, this.seed, index);
      this.scores.push(score(this.last, KNOWN.at(index, `${this.seed} ${n} ${against}`, this.last)));
    }
    if (this.scores.length > WINDOW) this.scores.shift();
    this.known = null;
  }

  /** Only predictions and the cover change in a run; all else starts anew. */
  set(key: string, value: Value): void {
    this.values = { ...this.values, [key]: value };
    if (key === "shown") this.guesses = value ? this.values : null;
    this.known = null;
  }

  /** Have the answers been shown after a prediction? */
  get judged(): boolean {
    return this.guesses !== null;
  }

  get readings(): readonly Reading[] {
    const guesses = this.guesses ?? this.values;
    this.known ??= NAMES.map((name) => {
      const real = floor(this.values["n"] as number, name);
      const fake = range(this.scores.map((each) => each[name]));
      return { name, real, fake, verdict: verdict(name, fake.median, real), expected: guesses[`guess_${name}`] as boolean };
    });
    return this.known;
  }

  /** Of the seven predictions, how many hold. */
  get right(): number {
    return this.readings.filter(isRight).length;
  }

  get state(): State {
    const each = <T>(of: (reading: Reading) => T): Record<string, T> => Object.fromEntries(this.readings.map((reading) => [reading.name, of(reading)]));
    return {
      step: this.steps, draws: this.draws, losses: {}, metrics: each(({ fake }) => fake.median),
      range: each(({ fake }) => [fake.low, fake.high]), floor: each(({ real }) => [real.low, real.median, real.high]),
      verdicts: each((reading) => reading.verdict), right: this.judged ? this.right : null,
    };
  }

  describe(): string {
    const n = exact(this.values["n"] as number);
    if (!this.shown) return `${capital(this.made())}. ${this.draws} draws of n\u00a0=\u00a0${n} are ready. Which metrics will notice? Switch on those that you expect to, then show the answers.`;
    return `${this.judged ? `Your prediction holds for ${this.right} of 7. ` : ""}${capital(this.made())}. Medians of ${this.draws} draws of n\u00a0=\u00a0${n}: ${this.answers()}`;
  }

  /** What the generator does, in words. */
  made(): string {
    const { modes, shift, spread, copies, against } = this.values as Record<string, never>;
    const others = against === "training" ? "" : ", compared with other real points";
    if (copies === 1) return `the generated points are copies of the training points${others}`;
    const changes = [
      MADE[modes]!, spread === 1 ? "" : `${exact(spread)} times as wide as real`, shift ? `moved by ${exact(shift)}` : "",
      copies ? `${Math.round(100 * copies)} % copies of the training points${others}` : "",
    ].filter(Boolean);
    return changes.length ? `generated: ${changes.join("; ")}` : "the generated points are as good as real ones";
  }

  private answers(): string {
    const of = (wanted: Verdict): string => list(this.readings.filter((reading) => reading.verdict === wanted).map(({ name }) => WORDS[name]));
    const [worse, same, better] = [of("worse"), of("same"), of("better")];
    const noticed = worse ? `${worse} notice${same ? `; ${same} do not` : ""}.` : "no metric notices.";
    return better ? `${noticed} Better than real points: ${better}.` : noticed;
  }
}

const list = (words: readonly string[]): string => words.join(", ").replace(/, ([^,]*)$/, " and $1");

const MADE: Readonly<Record<string, string>> = {
  all: "", no_large: "a large mode is missing", no_rare: "the rare mode is missing", one: "one mode, four are missing", bell: "one bell, with the mean and the covariance of the data",
};

export function isRight({ expected, verdict }: Reading): boolean {
  return expected === (verdict === "worse");
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
