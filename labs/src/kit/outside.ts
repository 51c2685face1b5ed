/**
 * Text and values from outside: links, attributes, settings and messages of Python, scripts of the page, what a reader types.
 *
 * None of it is trusted and none of it may stop a lab. Here, and nowhere else, it is decided what an option admits. Whatever it does not
 * admit becomes a sentence that says what was given and what is expected; the lab shows the sentence and goes on with what it had.
 */
import { exact } from "./numbers";
import type { Param, Params, Value } from "./params";

/** Most steps in one call, which the page has to wait for. */
export const MOST_STEPS = 10_000;
/** Most repetitions in a link, which are done in slices and can be stopped. */
export const MOST_REPEATS = 10_000_000;
const MOST_SEED = 2 ** 32 - 1;
const MOST_QUOTED = 40;
/** Characters of the options that a sentence names. */
const MOST_LISTED = 300;

/** The message is a sentence for the reader. */
export class Refused extends Error {}

/** What could not be used: by name, the sentence about it. */
export type Faults = Map<string, string>;

/** Use something from outside; if it is refused, note why and return nothing. What is well again is struck off. */
export function attempt<T>(faults: Faults, name: string, use: () => T): T | undefined {
  faults.delete(name);
  try {
    return use();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    faults.set(name, error.message);
    return undefined;
  }
}

/** The value of an option, if the lab admits it. */
export function admit(lab: { readonly params: Params }, key: string, given: unknown): Value {
  if (!Object.hasOwn(lab.params, key)) throw unknown(key, Object.keys(lab.params));
  const param = lab.params[key]!;
  if (!fits(param, given)) throw new Refused(`${key} = ${quote(given)}: “${param.label}” must be ${expected(param)}.`);
  return given as Value;
}

export function admitSeed(given: unknown): number {
  return whole("seed", given, MOST_SEED);
}

/** A number of times. */
export function whole(name: string, given: unknown, most: number): number {
  if (Number.isInteger(given) && (given as number) >= 0 && (given as number) <= most) return given as number;
  throw new Refused(`${name} = ${quote(given)}: this must be a whole number from 0 to ${most}.`);
}

/** One of the names that there are. */
export function admitName<T extends string>(name: unknown, names: readonly T[]): T {
  if (!names.includes(name as T)) throw unknown(name, names);
  return name as T;
}

function unknown(name: unknown, names: readonly string[]): Refused {
  return new Refused(`${quote(name)} is not known here; there is ${names.join(", ")}.`);
}

/** The value that a text stands for; a text that stands for none is left as it is, to be refused in its own words. */
export function parse(param: Param | undefined, text: string): unknown {
  switch (param?.kind) {
    case "slider": case "levels": return readNumber(text) ?? text;
    case "toggle": return TOGGLES.get(text) ?? text;
    case "points": return readJson(text) ?? text;
    default: return text;
  }
}

/** An attribute without a value is set, as in HTML. */
const TOGGLES = new Map([["true", true], ["1", true], ["", true], ["false", false], ["0", false]]);

/** A number as people write it, with a comma or a true minus sign; null if it is none or too large to be one. */
export function readNumber(text: string): number | null {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  const x = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(x) ? x : null;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fits(param: Param, given: unknown): boolean {
  switch (param.kind) {
    case "slider": return isWithin(given, param.min, param.max) && (!isWhole(param) || Number.isInteger(given));
    case "levels": return param.values.includes(given as number);
    case "toggle": return typeof given === "boolean";
    case "points": return Array.isArray(given) && given.length <= param.most && given.every((point) => isPoint(point, param.reach));
    case "select": case "radio": return typeof given === "string" && Object.hasOwn(param.options, given);
  }
}

function expected(param: Param): string {
  switch (param.kind) {
    case "slider": return `a ${isWhole(param) ? "whole " : ""}number from ${exact(param.min)} to ${exact(param.max)}`;
    case "levels": return `one of ${listed(param.values.map(exact))}`;
    case "toggle": return "true or false";
    case "points": return `a list of at most ${param.most} points [x, y] with coordinates from ${exact(-param.reach)} to ${exact(param.reach)}`;
    case "select": case "radio": return `one of ${listed(Object.keys(param.options))}`;
  }
}

/** As many names as a reader bears, and the number of the others. */
function listed(names: readonly string[]): string {
  const shown = names.filter((_, i) => names.slice(0, i + 1).join(", ").length <= MOST_LISTED);
  return shown.join(", ") + (shown.length < names.length ? ` and ${names.length - shown.length} more` : "");
}

/** Does the slider count things? */
function isWhole({ min, step }: { readonly min: number; readonly step: number }): boolean {
  return Number.isInteger(min) && Number.isInteger(step);
}

function isWithin(x: unknown, low: number, high: number): boolean {
  return typeof x === "number" && x >= low && x <= high;
}

function isPoint(point: unknown, reach: number): boolean {
  return Array.isArray(point) && point.length === 2 && point.every((x) => isWithin(x, -reach, reach));
}

/** What was given, in a length that can be read. */
function quote(given: unknown): string {
  const text = typeof given === "object" ? JSON.stringify(given) : String(given);
  const cut = text.length > MOST_QUOTED ? `${text.slice(0, MOST_QUOTED)}…` : text;
  return typeof given === "number" ? cut : `“${cut}”`;
}
