/**
 * Where a lab trains when the page only draws: it takes a run, goes on with it, and shows it when it is asked.
 *
 * The page's run is the one that counts. What is made here counts when the page has taken it; so the page may stop, or begin with other
 * settings, at any moment, whatever is being computed here.
 */
import { Pace } from "./clock";
import type { Experiment } from "./model";
import { Run, type Entry, type SavedRun } from "./run";
import { SLICE_MS } from "./slices";

/** What the page says. `turn` numbers the starts: what belongs to an earlier one is of no interest any more. */
export type Order =
  | { readonly kind: "start"; readonly turn: number; readonly tag: string; readonly run: SavedRun; readonly entries: readonly Entry[];
    readonly speed: number; readonly wait: number }
  | { readonly kind: "look"; readonly turn: number }
  | { readonly kind: "stop" }
  | { readonly kind: "cargo"; readonly tag: string; readonly content: unknown };

/** What it is shown: the run after so many acts and changes of this turn. */
export interface Look {
  readonly turn: number;
  readonly run: SavedRun;
  readonly acts: number;
  readonly done: boolean;
}

/** Do something in `wait` milliseconds, after what else has come to be done. */
export type Later = (go: () => void, wait: number) => void;

/** Least time between two looks that hold all that can be measured. */
const FULL_MS = 200;
/** An act that is nearly done is worth some waiting, since only whole acts can be shown. */
const PATIENCE_MS = 16;

export class Server {
  private run: Run | null = null;
  private work: Iterator<boolean> | null = null;
  private pace = new Pace(0);
  private turn = 0;
  private acts = 0;
  private shown = 0;
  /** Is an act done in part? */
  private within = false;
  private asked = false;
  private full = 0;

  constructor(private readonly labs: readonly Experiment[], private readonly show: (look: Look) => void, private readonly later: Later) {}

  take(order: Order): void {
    if (order.kind === "start") this.start(order);
    else if (order.kind === "stop") this.turn = 0;
    else if (order.kind === "cargo") this.lab(order.tag).cargo!.take(order.content);
    else if (order.turn === this.turn) this.ask(order.turn);
  }

  private ask(turn: number): void {
    this.asked = true;
    this.later(() => { if (turn === this.turn && this.news) this.answer(); }, 0);
  }

  private lab(tag: string): Experiment {
    return this.labs.find((lab) => lab.tag === tag)!;
  }

  private start({ turn, tag, run, entries, speed, wait }: Order & { readonly kind: "start" }): void {
    const lab = this.lab(tag);
    if (this.run?.lab !== lab) this.run = new Run(lab, run.values, run.seed);
    this.run.resume(run);
    this.work = this.run.pieces(entries);
    this.pace = new Pace(speed, wait);
    Object.assign(this, { turn, acts: 0, shown: 0, within: false, asked: false });
    this.later(() => this.slice(turn), this.pace.rest);
  }

  private slice(turn: number): void {
    if (turn !== this.turn) return;
    if (this.news) this.answer();
    else this.goOn();
    if (this.news || this.work) this.later(() => this.slice(turn), this.news ? 0 : this.pace.rest);
  }

  private goOn(): void {
    this.pace.advance();
    const end = performance.now() + SLICE_MS;
    while (this.work && this.pace.ready && (performance.now() < end || (this.within && performance.now() < end + PATIENCE_MS))) this.piece();
  }

  private piece(): void {
    const { done, value } = this.work!.next();
    if (done) this.work = null;
    this.within = value === false;
    if (!value) return;
    this.acts += 1;
    this.pace.spend();
  }

  /** Is something new to be shown? */
  private get news(): boolean {
    return this.asked && !this.within && (!this.work || this.acts > this.shown);
  }

  private answer(): void {
    const done = !this.work, now = performance.now(), full = done || now - this.full >= FULL_MS;
    if (full) this.full = now;
    this.asked = false;
    this.shown = this.acts;
    this.run!.model.prepare?.(full);
    this.show({ turn: this.turn, run: this.run!.save(), acts: this.acts, done });
  }
}

/** In a worker: serve the page that made it. */
export function serve(labs: readonly Experiment[]): void {
  const scope = globalThis as unknown as Worker; // what a worker's own scope has of it: postMessage, onmessage
  const server = new Server(labs, (look) => scope.postMessage(look), laterHere());
  scope.onmessage = ({ data }) => server.take(data as Order);
}

/** A timer waits for some milliseconds at least; a message to oneself does not. */
function laterHere(): Later {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()!();
  return (go, wait) => {
    if (wait >= 1) return void setTimeout(go, wait);
    waiting.push(go);
    port2.postMessage(0);
  };
}

/** Is this script a worker's? */
export function inWorker(): boolean {
  const { WorkerGlobalScope: Scope } = globalThis as { readonly WorkerGlobalScope?: new () => unknown };
  return Scope !== undefined && globalThis instanceof Scope;
}
