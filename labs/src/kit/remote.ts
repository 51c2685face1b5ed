/**
 * A run that goes on in a worker; the page's run takes what was made there once a frame.
 *
 * The page's run counts: `stop` is immediate, and what the worker has made since the last frame is forgotten. Until a worker has come, and
 * for good where none comes, the page does it itself: in slices on its own run, or, where one act takes long, with a server of its own.
 */
import type { Experiment } from "./model";
import { actionsOf, after, type Entry, type Run } from "./run";
import { Server, type Look, type Order } from "./server";
import { Slices, type Listener, type Motor } from "./slices";

export class Remote implements Motor {
  private readonly here: Slices;
  private line: Line | null = null;
  private turn = 0;
  private frame = 0;
  private look: Look | null = null;
  private entries: readonly Entry[] = [];
  private speed = 0;
  private total = 0;
  /** Acts and changes that this turn has done. */
  private acts = 0;
  private moved = -Infinity;

  constructor(private readonly run: Run, private readonly listener: Listener) {
    this.here = new Slices(run, { moved: (share) => this.tell(Math.round(share * actionsOf(this.entries)) || 0), done: () => this.finish() });
  }

  get running(): boolean {
    return this.frame !== 0 || this.here.running;
  }

  start(entries: readonly Entry[], speed: number): void {
    this.stop();
    this.entries = entries;
    this.speed = speed;
    this.total = actionsOf(entries);
    this.moved = -Infinity;
    this.send();
  }

  stop(): void {
    this.here.stop();
    this.leave();
  }

  /** Take nothing more from the server. */
  private leave(): void {
    if (!this.frame) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.look = null;
    this.line!.post({ kind: "stop" });
  }

  renew(): void {
    if (!this.running || (this.here.running && this.near)) return;
    this.here.stop();
    this.entries = after(this.entries, this.acts);
    this.send();
  }

  free(): void {
    this.stop();
    this.line?.close();
    this.line = null;
  }

  /** Are the page's own slices the place for this run? */
  private get near(): boolean {
    return !this.line?.far && !this.run.model.heavy;
  }

  private send(): void {
    const { run, entries, speed } = this;
    this.line ??= new Line(run, (look) => { if (this.frame) this.look = look; }, () => this.renew());
    this.turn += 1;
    this.acts = 0;
    this.look = null;
    if (this.near) {
      this.leave();
      return this.here.start(entries, speed);
    }
    this.frame ||= requestAnimationFrame(this.draw);
    const wait = speed === Infinity ? 0 : Math.max(0, 1000 / speed - (performance.now() - this.moved));
    this.line.post({ kind: "start", turn: this.turn, tag: run.lab.tag, run: run.save(), entries, speed, wait });
    this.line.post({ kind: "look", turn: this.turn });
  }

  private readonly draw = (): void => {
    this.frame = requestAnimationFrame(this.draw);
    const { look, turn } = this;
    this.look = null;
    if (look?.turn !== turn) return;
    this.run.resume(look.run);
    if (look.done) return this.finish();
    this.line!.post({ kind: "look", turn });
    this.tell(look.acts);
  };

  private tell(acts: number): void {
    this.acts = acts;
    this.moved = performance.now();
    this.listener.moved(this.total === Infinity ? 0 : 1 - (actionsOf(this.entries) - acts) / this.total);
  }

  private finish(): void {
    this.stop();
    this.listener.done();
  }
}

/** Where no worker could start, none is tried again. */
let refused = false;
/** A few steps before the run goes there, so that the worker has made its model and its code is fast. */
const WARM = { turn: -1, entries: [{ action: "step", count: 10 }], speed: Infinity, wait: 0 };

/** To a server: in a worker, or on the page if there is none. `moved` is called when the run should go on at the other end. */
class Line {
  /** Has the worker begun? */
  far = false;
  private page: Server | null = null;
  private worker: Worker | null = null;
  private address = "";
  /** Has the worker been given the lab's cargo? */
  private laden = false;
  private readonly lab: Experiment;

  constructor(run: Run, private readonly heard: (look: Look) => void, private readonly moved: () => void) {
    this.lab = run.lab;
    try {
      if (!refused) this.open();
    } catch {
      refused = true;
    }
    if (!this.worker) return;
    this.post({ kind: "start", tag: run.lab.tag, run: run.save(), ...WARM });
    this.post({ kind: "look", turn: WARM.turn });
  }

  post(order: Order): void {
    if (!this.worker) return (this.page ??= this.here()).take(structuredClone(order));
    const { tag, cargo } = this.lab;
    if (!this.laden && cargo?.held) {
      this.laden = true;
      this.worker.postMessage({ kind: "cargo", tag, content: cargo.held } satisfies Order);
    }
    this.worker.postMessage(order);
  }

  close(): void {
    this.page?.take({ kind: "stop" });
    this.worker?.terminate();
    URL.revokeObjectURL(this.address);
  }

  private here(): Server {
    return new Server([this.lab], (look) => this.heard(structuredClone(look)), (go, wait) => setTimeout(go, wait));
  }

  private open(): void {
    const text = program();
    if (!text) return;
    this.address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    this.worker = new Worker(this.address);
    this.worker.onmessage = ({ data }) => this.hear(data as Look);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.lose();
    };
  }

  private hear(look: Look): void {
    if (look.turn !== WARM.turn) this.heard(look);
    if (this.far) return;
    this.far = true;
    URL.revokeObjectURL(this.address);
    if (look.turn === WARM.turn) this.moved();
  }

  /** No worker, or no more. */
  private lose(): void {
    refused = true;
    this.far = false;
    this.close();
    this.worker = null;
    this.moved();
  }
}

/** The function around the whole bundle (build.mjs), which the same text in a worker runs again. */
declare const ganlabProgram: unknown;

function program(): string | null {
  return typeof ganlabProgram === "function" ? `(${ganlabProgram as () => void})();` : null;
}
