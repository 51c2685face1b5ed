/** A run as a file that its reader keeps: written and read by its lab, which settings and steps it has decided here. */
import type { Experiment, Model } from "./model";
import { Refused, type Faults } from "./outside";
import { Run, type SavedRun } from "./run";

/** What a file says of its run, in texts, and numbers that only its lab understands. */
export interface Stored {
  readonly metadata: Readonly<Record<string, string>>;
}

export interface FileFormat<M extends Model = Model, S extends Stored = Stored> {
  readonly ending: string;
  /** Bytes of a file, at most. */
  readonly most: number;
  write(model: M, about: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer>;
  /** What can be read without knowing the settings; refuses what is no file of this lab. */
  read(bytes: Uint8Array): S;
  /** What such a model loads. */
  kept(model: M, stored: S): unknown;
}

const OTHER = "It was changed, or another edition of the book has written it.";

export function written(run: Run, format: FileFormat): { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } {
  const { lab, seed, model } = run, about = { settings: settings(run), seed: String(seed), link: run.toText() };
  return { name: `${lab.tag}-seed-${seed}-step-${model.steps}.${format.ending}`, bytes: format.write(model, about) };
}

/** The run of a file, as a whole or not at all. */
export function readRun(lab: Experiment, bytes: Uint8Array, format: FileFormat): SavedRun {
  const stored = format.read(bytes), { link = "", steps } = stored.metadata, run = new Run(lab), faults: Faults = new Map();
  const done = run.recall(link, faults);
  if (faults.size) throw new Refused(`The settings in the file cannot be used. ${[...faults.values()][0]}`);
  if (run.toText() !== link || settings(run) !== stored.metadata["settings"]) throw new Refused(`The settings in the file are not those of its link. ${OTHER}`);
  if (String(done) !== steps) throw new Refused(`The file says that ${steps ?? "no number of"} steps were done, its link says ${done}. ${OTHER}`);
  run.model.load!(format.kept(run.model, stored));
  return run.save();
}

function settings({ values }: Run): string {
  return JSON.stringify(Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))));
}
