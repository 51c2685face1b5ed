/** What a lab is: declared parameters, a model that steps, a view that draws it. No DOM here: models run in Node too. */

import type { Ui } from "./ui";

export type Value = number | string | boolean | readonly (readonly number[])[];
export type Values = Record<string, Value>;

interface Common {
  readonly label: string;
  /** One short sentence, shown as a tooltip and read out with the control. */
  readonly help?: string;
  /** Controls with the same group stand together under that heading. */
  readonly group?: string;
  /** A change starts the run anew (another network, other data). Without it the change applies live. */
  readonly resets?: boolean;
}

export interface SliderParam extends Common {
  readonly kind: "slider";
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly default: number;
}

/** A slider over listed values: learning rates, powers of two. */
export interface LevelsParam extends Common {
  readonly kind: "levels";
  readonly values: readonly number[];
  readonly default: number;
}

/** One of several named options: `select` is a menu, `radio` a row of segments (up to four short names). */
export interface ChoiceParam extends Common {
  readonly kind: "select" | "radio";
  readonly options: Readonly<Record<string, string>>;
  readonly default: string;
}

export interface ToggleParam extends Common {
  readonly kind: "toggle";
  readonly default: boolean;
}

/** Points the reader draws or drags in the view: in links and attributes (as JSON), without a control of its own. */
export interface PointsParam extends Common {
  readonly kind: "points";
  /** Largest coordinate, in size, and largest number of points. */
  readonly reach: number;
  readonly most: number;
  readonly default: readonly (readonly number[])[];
}

export type Param = SliderParam | LevelsParam | ChoiceParam | ToggleParam | PointsParam;
export type Params = Readonly<Record<string, Param>>;

/** Plain JSON. Infinite or undefined numbers are null. */
export interface State {
  step: number;
  losses: Record<string, number | null>;
  metrics: Record<string, number | null>;
  [extra: string]: unknown;
}

/** The values a model is made from, typed by the lab itself: `seed` and one entry per parameter. */
export interface Model {
  /** Cheap: read at every frame. */
  readonly steps: number;
  /** May compute (exact divergences, say): read when someone asks. `step` in it equals `steps`. */
  readonly state: State;
  /** Do one of the lab's actions once. */
  act(action: string): void;
  /** Apply a live change of a parameter. */
  set(key: string, value: Value): void;
  /** Can no step change anything any more (numbers that ran away, no data)? Then play stops. */
  readonly over?: boolean;
  /** Two or three short sentences: what just happened, and where that leaves us. */
  describe(): string;
}

export interface Action {
  readonly label: string;
  readonly help: string;
}

/** Settings to begin with (the others take their defaults), and what there is to understand about them. */
export interface Preset {
  readonly label: string;
  readonly values: Values;
  readonly explain: string;
}

export interface Lab<M extends Model = Model> {
  /** Name of the custom element. */
  readonly tag: string;
  readonly title: string;
  readonly params: Params;
  /**
   * Buttons. `step` is what play repeats; a lab without it has no play button and no speed.
   * `sub` is a part of a step, which slow motion repeats.
   */
  readonly actions: Readonly<Record<string, Action>>;
  /** False where chance plays no part: then there is no seed box. */
  readonly seeded?: boolean;
  /** Groups of controls that are folded at first. */
  readonly folded?: readonly string[];
  /** A menu of ready-made settings; `ask` is the question that unfolds the explanation. */
  readonly presets?: { readonly label: string; readonly ask: string; readonly list: readonly Preset[] };
  /** What the steps that are counted in the header are called; "step" if nothing is said. */
  readonly counter?: string;
  /** A large file that the lab needs and that only its pages load: a page fetches it, a widget and Node are given its text. */
  readonly cargo?: { readonly file: string; load(): Promise<void>; give(text: string): void };
  /** Steps per second when play is pressed first; Infinity is as fast as the page allows. */
  readonly speed?: number;
  create(values: Values, seed: number): M;
  /** Build the stage once; the result draws the model, and is called after every change. */
  view(ui: Ui): (model: M, values: Values) => void;
}

/** A measured number for people: `digits` significant digits and no more decimals than that, or a power of ten where it is very small or large. */
export function format(x: number | null, digits = 3): string {
  if (x === null || Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const size = Math.abs(x) < NOISE ? 0 : Math.abs(x);
  if (size >= 1e6 || (size && size < 0.5 * 10 ** -digits)) return powerOfTen(Number(x.toPrecision(2)));
  const decimals = Math.min(digits, Math.max(0, digits - 1 - Math.floor(Math.log10(size || 1))));
  return x.toFixed(decimals).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
}

/** Below this size a measured number is rounding, and reads 0. */
const NOISE = 1e-12;

/** 23000 as 2.3e4, as Python has it, or with a given power: 23e3. */
export function powerOfTen(x: number, power = Math.floor(Math.log10(Math.abs(x)) + 1e-12)): string {
  return `${exact(x / 10 ** power)}e${power}`.replace("e-", "e−");
}

/** A chosen number (a setting, a tick) as it is, without the noise of binary fractions. */
export function exact(x: number): string {
  return String(Number(x.toPrecision(6))).replace("-", "−");
}

/** JSON has no infinity: null instead. */
export function finite(x: number): number | null {
  return Number.isFinite(x) ? x : null;
}
