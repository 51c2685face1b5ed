/**
 * One run of a lab: its values, its model, and the list of what was done to it.
 *
 * The list is the link: the model is deterministic, so starting values plus actions restore the run to the last bit.
 *   mu=3;seed=2;run=step*500,k:3,step*200,d      500 steps, then k set to 3, 200 steps, one step of D
 */
import type { Lab, Param, Value, Values } from "./lab";

type Entry = { readonly action: string; count: number } | { readonly key: string; value: Value };

export class Run {
  values: Values;
  seed: number;
  model!: ReturnType<Lab["create"]>;
  private start: Values = {};
  private log: Entry[] = [];

  constructor(readonly lab: Lab, values: Values = {}, seed = 0) {
    this.values = { ...defaults(lab), ...values };
    this.seed = seed;
    this.reset();
  }

  /** Back to step 0 with the present values. */
  reset(seed = this.seed): void {
    this.seed = seed;
    this.start = { ...this.values };
    this.log = [];
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

  act(action: string): void {
    this.model.act(action);
    const last = this.log[this.log.length - 1];
    if (last && "action" in last && last.action === action) last.count += 1;
    else this.log.push({ action, count: 1 });
  }

  set(key: string, value: Value): void {
    const param = this.lab.params[key];
    if (!param) throw new Error(`${this.lab.tag} has no parameter "${key}"; it has ${Object.keys(this.lab.params).join(", ")}`);
    this.values = { ...this.values, [key]: check(key, param, value) };
    if (param.resets) return this.reset();
    this.model.set(key, this.values[key]!);
    const last = this.log[this.log.length - 1];
    if (last && "key" in last && last.key === key) last.value = this.values[key]!;
    else this.log.push({ key, value: this.values[key]! });
  }

  get state(): Record<string, unknown> {
    return { lab: this.lab.tag, seed: this.seed, params: this.values, ...this.model.state };
  }

  toText(): string {
    const fallback = defaults(this.lab);
    const changed = Object.keys(this.start).filter((key) => encode(this.start[key]!) !== encode(fallback[key]!));
    const parts = changed.map((key) => `${key}=${encode(this.start[key]!)}`);
    if (this.seed) parts.push(`seed=${this.seed}`);
    const done = this.log.map((e) => ("action" in e ? `${e.action}*${e.count}` : `${e.key}:${encode(e.value)}`));
    if (done.length) parts.push(`run=${done.join(",")}`);
    return parts.join(";");
  }

  /** Replay a link. Yields after every action, so a page can do it in slices. */
  *restore(text: string): Generator<void> {
    const fields = new Map(text.split(";").filter(Boolean).map((part) => part.split(/=(.*)/s) as [string, string]));
    for (const [key, param] of Object.entries(this.lab.params)) {
      const given = fields.get(key);
      this.values[key] = given === undefined ? param.default : check(key, param, parse(param, decodeURIComponent(given)));
    }
    this.reset(Math.floor(Number(fields.get("seed") ?? 0)) || 0);
    for (const token of (fields.get("run") ?? "").split(",").filter(Boolean)) yield* this.redo(token);
  }

  private *redo(token: string): Generator<void> {
    const [key, value] = token.split(/:(.*)/s) as [string, string | undefined];
    if (value !== undefined) {
      const param = this.lab.params[key];
      if (param) this.set(key, parse(param, decodeURIComponent(value)));
      return;
    }
    const [action, count] = token.split("*") as [string, string];
    if (!(action in this.lab.actions)) return;
    for (let i = Number(count); i > 0; i--) {
      this.act(action);
      yield;
    }
  }
}

/** What the tests and instructors call without a page: the state after `actions`, each a name or a [key, value]. */
export function replay(lab: Lab, params: Values & { seed?: number }, actions: (string | [string, number | Value])[]): unknown {
  const { seed = 0, ...values } = params;
  const run = new Run(lab, values, seed);
  for (const action of actions) {
    if (typeof action === "string") run.act(action);
    else if (action[0] in lab.actions) for (let i = 0; i < (action[1] as number); i++) run.act(action[0]);
    else run.set(action[0], action[1]);
  }
  return run.state;
}

export function defaults(lab: Lab): Values {
  return Object.fromEntries(Object.entries(lab.params).map(([key, param]) => [key, param.default]));
}

function encode(value: Value): string {
  return encodeURIComponent(typeof value === "object" ? JSON.stringify(value) : String(value));
}

/** A value from an attribute or a link. */
export function parse(param: Param, text: string): Value {
  if (param.kind === "toggle") return text !== "false" && text !== "0";
  if (param.kind === "points") return JSON.parse(text) as Value;
  return param.kind === "slider" || param.kind === "levels" ? Number(text) : text;
}

/** Bring a value into range, or say what is wrong with it. */
export function check(key: string, param: Param, value: Value): Value {
  if (param.kind === "slider" || param.kind === "levels") {
    if (typeof value !== "number" || !Number.isFinite(value)) throw new Error(`${key} must be a number, got ${String(value)}`);
    return param.kind === "slider" ? Math.min(param.max, Math.max(param.min, value)) : nearest(param.values, value);
  }
  if ((param.kind === "select" || param.kind === "radio") && !(String(value) in param.options)) {
    throw new Error(`${key} must be one of ${Object.keys(param.options).join(", ")}, got ${String(value)}`);
  }
  return value;
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
