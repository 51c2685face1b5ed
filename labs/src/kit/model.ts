/** What is tried in a lab: a model that steps, and how a run of it begins. No DOM here: models run in Node too. */
import type { Params, Value, Values } from "./params";
import type { Carried } from "./weights";

/** Plain JSON. Infinite or undefined numbers are null. */
export interface State {
  step: number;
  losses: Record<string, number | null>;
  metrics: Record<string, number | null>;
  [extra: string]: unknown;
}

/** Deterministic: made of values and a seed, and changed by actions and settings only. */
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
  /**
   * All that steps change, as `structuredClone` takes it (no view of a larger buffer, which would travel whole). With `save` and `load`
   * a lab trains in a worker: `load` takes what another model of the same settings and seed saved, and goes on from there.
   */
  save?(): unknown;
  load?(kept: unknown): void;
  /**
   * What a link carries in place of a long replay: enough to go on nearly as the run would have. Null where it is not, within a step say.
   * `takeUp` takes it from another model of the same settings and seed; it refuses what no run can have come to.
   */
  carry?(): Carried | null;
  takeUp?(carried: never): void;
  /** Do an action in pieces of some 50 ms at most, where one act may take longer; `act` does the same at once. */
  parts?(action: string): Generator<void>;
  /** Compute and keep (for `save`) what a picture needs at every frame; `full`: also what it needs a few times a second. */
  prepare?(full: boolean): void;
  /** Would the page be felt to stand still for one act? Then a button's act, too, is done by the worker. */
  readonly heavy?: boolean;
  /** Two or three short sentences: what just happened, and where that leaves us. */
  describe(): string;
  /** The same in a sentence or two, for the lab in its smallest form: nothing that only the full lab explains. */
  summary?(): string;
}

/** A part of a model that saves and loads itself: random numbers, histories, players. */
export interface Keeper {
  save(): unknown;
  load(kept: never): void;
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
  readonly cure?: Cure;
}

/** What makes a broken preset work: these settings on top of its own, from the start, for so many steps. */
export interface Cure {
  readonly values: Values;
  readonly steps: number;
  /** By the measurement that shows the disease. */
  judge(model: Model): Verdict;
}

export interface Verdict {
  readonly healthy: boolean;
  /** What is measured, and what it has to be: parts of a sentence. */
  readonly reading: string;
  readonly wanted: string;
}

/** A lab without its picture: all that a run needs, in Node too. */
export interface Experiment<M extends Model = Model> {
  /** Name of the custom element. */
  readonly tag: string;
  readonly title: string;
  /** What one does with it, in a few words: stands beside the title. */
  readonly does: string;
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
  readonly cargo?: {
    readonly file: string;
    /** What the file holds, once it is there; a worker takes it from the page. */
    readonly held: unknown;
    load(): Promise<void>;
    give(text: string): unknown;
    take(content: unknown): void;
  };
  /** Can nothing be done without the cargo? Then play, and the replay of a link, wait for it. */
  readonly needsCargo?: boolean;
  /** Steps per second when play is pressed first; Infinity is as fast as the page allows. */
  readonly speed?: number;
  create(values: Values, seed: number): M;
}
