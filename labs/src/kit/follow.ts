/**
 * Follow a link without a page: what a grader does in Node with a run that was handed in.
 *
 * A link says which settings a run began with and what was done; the rest is computed here. It comes from outside: whatever the lab does
 * not admit refuses the whole link, since the lab would go on without it and would then show another run.
 */
import { entries } from "./link";
import type { Experiment, State } from "./model";
import { Refused, type Faults } from "./outside";
import type { Values } from "./params";
import { actionsOf, Run, type Entry } from "./run";

export interface Request {
  readonly link: string;
  /** Name of the lab that was asked for; without it, the link's only one. */
  readonly lab?: string;
  /** Most actions and changes of settings that are replayed. */
  readonly most: number;
  /** Steps between two looks at what is measured. */
  readonly every: number;
}

/** Is the time over? Asked now and then. */
type Late = () => boolean;

interface Look {
  readonly step: number;
  readonly metrics: State["metrics"];
}

export interface Followed {
  readonly lab: string;
  readonly seed: number;
  readonly start: Values;
  readonly log: readonly Entry[];
  readonly state: unknown;
  readonly looks: readonly Look[];
}

/** A link of a lab: which, and the text of its run. */
interface Found {
  readonly lab: Experiment;
  readonly text: string;
}

class OutOfTime extends Error {}

type Answer = { readonly run: Followed } | { readonly refused: readonly string[] } | { readonly late: true };

/** The run of a link, or the sentences that say why there is none, or that it took too long. */
export function follow(labs: readonly Experiment[], request: Request, late: Late = () => false): Answer {
  try {
    const { lab, text } = find(labs.filter((one) => "step" in one.actions && !one.cargo), request);
    return { run: replayed(lab, text, request, late) };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.message.split("\n") };
    if (error instanceof OutOfTime) return { late: true };
    throw error;
  }
}

function find(labs: readonly Experiment[], { link, lab }: Request): Found {
  const all = entries(link.slice(link.indexOf("#"))).flatMap((entry) => read(labs, entry));
  const found = lab === undefined ? all : all.filter((one) => one.lab.tag === lab);
  const asked = lab ?? "a lab that trains";
  if (found.length === 1) return found[0]!;
  if (found.length > 1) throw new Refused(`The link holds ${found.length} runs: hand in the link of one.`);
  if (all.length) throw new Refused(`This is the link of ${all.map((one) => one.lab.tag).join(", ")}; asked for is ${asked}.`);
  throw new Refused(`This is no link of ${asked}: it must hold #lab=${lab ?? labs.map(({ tag }) => tag).join(" or #lab=")}, as the button Link makes it.`);
}

/** The lab of an entry: its key is the lab's name, with a number from the second of that name on. */
function read(labs: readonly Experiment[], entry: string): Found[] {
  const [key, text = ""] = entry.slice("lab=".length).split(/;(.*)/s) as [string, string | undefined];
  const lab = labs.find(({ tag }) => key === tag || (key.startsWith(`${tag}-`) && /^\d+$/.test(key.slice(tag.length + 1))));
  return lab ? [{ lab, text }] : [];
}

function replayed(lab: Experiment, text: string, { most, every }: Request, late: Late): Followed {
  const faults: Faults = new Map();
  const run = new Run(lab);
  const todo = run.begin(text, faults);
  if (faults.size) throw new Refused([...faults.values()].join("\n"));
  const actions = actionsOf(todo);
  if (actions > most) throw new Refused(`The run has ${actions} steps and changes; at most ${most} are replayed.`);
  const looks = watch(run, run.redo(todo), every, late);
  return { lab: lab.tag, seed: run.seed, ...run.told, state: run.state, looks };
}

/** Do what is to be done, and look now and then; a change that starts the run anew starts the looks anew. */
function watch(run: Run, doing: Iterable<number>, every: number, late: Late): Look[] {
  let looks: Look[] = [], { model } = run, { steps } = model;
  for (const _ of doing) {
    if (late()) throw new OutOfTime();
    if (run.model !== model) [looks, model, steps] = [[], run.model, 0];
    if (model.steps === steps) continue;
    steps = model.steps;
    if (steps % every === 0) looks.push({ step: steps, metrics: model.state.metrics });
  }
  return looks;
}
