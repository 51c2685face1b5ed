/**
 * One run of a lab: its values, its model, and the list of what was done to it.
 *
 * The list is the link: the model is deterministic, so starting values plus actions restore the run to the last bit.
 *   mu=3;seed=2;run=step*500,k:3,step*200,d      500 steps, then k set to 3, 200 steps, one step of D
 * The link of a long run carries the weights as well, where they are few, for those who would not wait.
 */
import { spell, unspell } from "./link";
import type { Experiment, Model } from "./model";
import { admit, admitName, admitSeed, attempt, MOST_REPEATS, parse, readNumber, whole, type Faults } from "./outside";
import type { Param, Value, Values } from "./params";
import { LONG, spelled, unspelled } from "./weights";

export type Entry = { readonly action: string; count: number } | { readonly key: string; value: Value };

/** A run as it stands, for `structuredClone`. */
export interface SavedRun {
  readonly values: Values;
  readonly seed: number;
  readonly start: Values;
  readonly log: Entry[];
  readonly carried: boolean;
  readonly model: unknown;
}

export class Run {
  values: Values;
  seed: number;
  model!: Model;
  /** Did it come from the weights of a link? Then a replay differs, since they were rounded. */
  carried = false;
  private start: Values = {};
  private log: Entry[] = [];

  constructor(readonly lab: Experiment, values: Values = {}, seed = 0) {
    this.values = { ...defaults(lab), ...values };
    this.seed = seed;
    this.reset();
  }

  /** Back to step 0 with the present values. */
  reset(seed = this.seed): void {
    this.seed = seed;
    this.start = { ...this.values };
    this.log = [];
    this.carried = false;
    this.model = this.lab.create(this.values, seed);
  }

  /** Start anew with these values; the others take their defaults. */
  load(values: Values): void {
    this.values = { ...defaults(this.lab), ...values };
    this.reset();
  }

  /** Did the run begin with these values, and the defaults for the others? */
  beganWith(values: Values): boolean {
    const wanted = { ...defaults(this.lab), ...values };
    return Object.keys(wanted).every((key) => encode(this.start[key]!) === encode(wanted[key]!));
  }

  /** What can change nothing any more is not worth a place in the link. */
  act(action: string): void {
    if (this.model.over) return;
    this.model.act(action);
    this.note(action);
  }

  private note(action: string): void {
    const last = this.log[this.log.length - 1];
    if (last && "action" in last && last.action === action) last.count += 1;
    else this.log.push({ action, count: 1 });
  }

  /** Change a value, if it is one that the lab knows. */
  set(key: string, value: unknown): void {
    this.values = { ...this.values, [key]: admit(this.lab, key, value) };
    if (this.lab.params[key]!.resets) return this.reset();
    this.model.set(key, this.values[key]!);
    const last = this.log[this.log.length - 1];
    if (last && "key" in last && last.key === key) last.value = this.values[key]!;
    else this.log.push({ key, value: this.values[key]! });
  }

  /** For a model that can be saved. */
  save(): SavedRun {
    const { values, seed, start, log, carried } = this;
    return { values, seed, start, log, carried, model: this.model.save!() };
  }

  /** Become the run that was saved, which is then no one else's. */
  resume({ values, seed, start, log, carried, model }: SavedRun): void {
    const changed = Object.keys(values).filter((key) => encode(values[key]!) !== encode(this.values[key]!));
    const anew = seed !== this.seed || changed.some((key) => this.lab.params[key]!.resets);
    Object.assign(this, { values, seed, start, log, carried });
    if (anew) this.model = this.lab.create(values, seed);
    else for (const key of changed) this.model.set(key, values[key]!);
    this.model.load!(model);
  }

  get state(): Record<string, unknown> {
    return { lab: this.lab.tag, seed: this.seed, params: this.values, ...this.model.state };
  }

  /** The values it began with, and what was done since. */
  get told(): { readonly start: Values; readonly log: readonly Entry[] } {
    return { start: this.start, log: this.log };
  }

  /** With the weights, if they are worth their length. */
  toText(): string {
    const { plain } = this, weights = this.spellWeights(plain);
    return weights ? `${plain};weights=${weights}` : plain;
  }

  private spellWeights(plain: string): string | null {
    const { log, model } = this, last = log[log.length - 1];
    if (!last || "key" in last || !(this.carried || actionsOf(log) >= LONG)) return null;
    const carried = model.carry?.();
    return carried ? spelled(carried, plain) : null;
  }

  /** The link without weights. */
  private get plain(): string {
    const fallback = defaults(this.lab);
    const changed = Object.keys(this.start).filter((key) => encode(this.start[key]!) !== encode(fallback[key]!));
    const parts = changed.map((key) => `${key}=${encode(this.start[key]!)}`);
    if (this.seed) parts.push(`seed=${this.seed}`);
    const done = this.log.map((e) => ("action" in e ? `${e.action}*${e.count}` : `${e.key}:${encode(e.value)}`));
    if (done.length) parts.push(`run=${done.join(",")}`);
    return parts.join(";");
  }

  /**
   * Replay a link; what it holds and this lab cannot use goes into `faults`. Yields the share that is done, again and again, so that a page
   * can do it in slices.
   */
  *restore(text: string, faults: Faults = new Map()): Generator<number> {
    const entries = this.begin(text, faults);
    yield 0;
    yield* this.redo(entries);
  }

  /** Begin as a link says; returns what is then to be done. */
  begin(text: string, faults: Faults): Entry[] {
    const fields = split(text, faults);
    const seed = fields.get("seed"), run = fields.get("run") ?? "";
    if (this.model.takeUp) fields.delete("weights"); // a replay needs none
    fields.delete("seed");
    fields.delete("run");
    this.values = defaults(this.lab);
    for (const [key, given] of fields) {
      attempt(faults, key, () => { this.values[key] = admit(this.lab, key, parse(this.lab.params[key], unspell(given))); });
    }
    this.reset(seed === undefined ? 0 : attempt(faults, "seed", () => admitSeed(readNumber(seed) ?? seed)) ?? 0);
    return tokens(run).flatMap((token) => attempt(faults, token, () => this.read(token)) ?? []);
  }

  /** The same, but where a link carries the weights nothing is left to be done. */
  open(text: string, faults: Faults): Entry[] {
    const weights = /(?:^|;)weights=([^;]*)/.exec(text)?.[1];
    if (weights === undefined || !this.model.takeUp) return this.begin(text, faults);
    attempt(faults, "weights", () => {
      this.recall(text, faults);
      this.model.takeUp!(unspelled(weights, this.model.carry!()!, this.plain) as never);
      this.carried = true;
    });
    if (this.carried) return [];
    faults.set("weights", `${faults.get("weights")!} The run is replayed instead.`);
    return this.begin(text, faults);
  }

  /** Begin anew; returns what was done since then. */
  rewind(): Entry[] {
    return this.begin(this.plain, new Map());
  }

  /** Take over what a link says, but do none of its acts: the model is loaded from elsewhere. Returns the number of steps. */
  recall(text: string, faults: Faults): number {
    let steps = 0;
    for (const entry of this.begin(text, faults)) {
      if ("key" in entry) this.set(entry.key, entry.value);
      else this.log.push(entry);
      if ("action" in entry && entry.action === "step") steps += entry.count;
    }
    return steps;
  }

  /** `step*20`, `d` or `k:3`. */
  private read(token: string): Entry {
    const [key, text] = token.split(/:(.*)/s) as [string, string | undefined];
    if (text !== undefined) return { key, value: admit(this.lab, key, parse(this.lab.params[key], unspell(text))) };
    const [action, times = "1"] = token.split(/\*(.*)/s) as [string, string | undefined];
    return {
      action: admitName(action, Object.keys(this.lab.actions)),
      count: whole(`times of ${action}`, readNumber(times) ?? times, MOST_REPEATS),
    };
  }

  /** Do it again, and yield the share that is done. An entry without end goes on until no step can change anything. */
  *redo(entries: readonly Entry[]): Generator<number> {
    const total = actionsOf(entries);
    let done = 0;
    for (const whole of this.pieces(entries)) if (whole) yield (done += 1) / total;
  }

  /** The same; yields false within an act that is done in pieces, true after each act and change. */
  *pieces(entries: readonly Entry[]): Generator<boolean> {
    for (const entry of entries) {
      for (let i = times(entry); i > 0; i--) {
        if ("key" in entry) this.set(entry.key, entry.value);
        else if (this.model.parts && !this.model.over) {
          for (const _ of this.model.parts(entry.action)) yield false;
          this.note(entry.action);
        } else this.act(entry.action);
        yield true;
        if (i === Infinity && this.model.over) break;
      }
    }
  }
}

const times = (entry: Entry): number => ("action" in entry ? entry.count : 1);

/** Number of actions and changes. */
export function actionsOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + times(entry), 0);
}

/** What is left of the entries when so many actions and changes are done. */
export function after(entries: readonly Entry[], done: number): Entry[] {
  let skip = done;
  return entries.flatMap((entry): Entry[] => {
    const used = Math.min(times(entry), skip), left = times(entry) - used;
    skip -= used;
    return !left ? [] : "key" in entry ? [entry] : [{ ...entry, count: left }];
  });
}

/** What stands between commas; those within a list of points are its own. */
function tokens(run: string): string[] {
  const found: string[] = [];
  let open = false;
  for (const piece of run.split(",")) {
    found.push(open ? `${found.pop()},${piece}` : piece);
    open = (open || piece.includes("[[")) && !piece.endsWith("]]");
  }
  return found.filter(Boolean);
}

/** Parts of a link by name; of two with one name the first counts. */
function split(text: string, faults: Faults): Map<string, string> {
  const fields = new Map<string, string>();
  for (const part of text.split(";").filter(Boolean)) {
    const [key, value = ""] = part.split(/=(.*)/s) as [string, string | undefined];
    if (fields.has(key)) faults.set(`${key}, again`, `${key} stands twice in the link; the first counts.`);
    else fields.set(key, value);
  }
  return fields;
}

/** What the tests and instructors call without a page: the state after `actions`, each a name or a [key, value]. */
export function replay(lab: Experiment, params: Values & { seed?: number }, actions: (string | [string, number | Value])[]): unknown {
  const { seed = 0, ...values } = params;
  const run = new Run(lab, values, seed);
  for (const action of actions) {
    if (typeof action === "string") run.act(action);
    else if (action[0] in lab.actions) for (let i = 0; i < (action[1] as number); i++) run.act(action[0]);
    else run.set(action[0], action[1]);
  }
  return run.state;
}

export function defaults(lab: Experiment): Values {
  return Object.fromEntries(Object.entries(lab.params).map(([key, param]) => [key, param.default]));
}

function encode(value: Value): string {
  return encodeURIComponent(typeof value === "string" ? spell(value) : JSON.stringify(value));
}

/** A value that the parameter's slider can show: in range, on a step. */
export function snap(param: Param, x: number): number {
  if (param.kind === "levels") return nearest(param.values, x);
  if (param.kind !== "slider") throw new Error(`"${param.label}" has no steps to snap to`);
  const steps = Math.round((Math.min(param.max, Math.max(param.min, x)) - param.min) / param.step);
  return Number((param.min + steps * param.step).toPrecision(12));
}

export function nearest(values: readonly number[], x: number): number {
  return values.reduce((best, v) => (Math.abs(v - x) < Math.abs(best - x) ? v : best));
}
