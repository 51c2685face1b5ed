/** What a reader can set in a lab: each parameter is declared once, and controls, attributes, links and Python traits follow. */

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
