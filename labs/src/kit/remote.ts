/**
 * A run that goes on in a worker, or in slices on the page until a worker has started; the page's run takes what was made once a frame.
 *
 * The page's run counts: `stop` is immediate, and what the worker has made since the last frame is forgotten.
 */
import type { Experiment } from "./model";
import { actionsOf, after, type Entry, type Run } from "./run";
import { Server, type Look, type Order } from "./server";
import type { Listener, Motor } from "./slices";

export class Remote implements Motor {
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

  constructor(private readonly run: Run, private readonly listener: Listener) {}

  get running(): boolean {
    return this.frame !== 0;
  }

  start(entries: readonly Entry[], speed: number): void {
    this.stop();
    this.entries = entries;
    this.speed = speed;
    this.total = actionsOf(entries);
    this.moved = -Infinity;
    this.frame = requestAnimationFrame(this.draw);
    this.send();
  }

  stop(): void {
    if (!this.running) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.look = null;
    this.line!.post({ kind: "stop" });
  }

  renew(): void {
    if (!this.running) return;
    this.entries = after(this.entries, this.acts);
    this.send();
  }

  free(): void {
    this.stop();
    this.line?.close();
    this.line = null;
  }

  private send(): void {
    const { run, entries, speed } = this;
    this.line ??= new Line(run.lab, (look) => { if (this.running) this.look = look; }, () => this.renew());
    this.turn += 1;
    this.acts = 0;
    this.look = null;
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
    this.acts = look.acts;
    this.moved = performance.now();
    if (look.done) return this.finish();
    this.line!.post({ kind: "look", turn });
    this.listener.moved(this.total === Infinity ? 0 : 1 - (actionsOf(this.entries) - look.acts) / this.total);
  };

  private finish(): void {
    this.stop();
    this.listener.done();
  }
}

/** Where no worker could start, none is tried again. */
let refused = false;

/** To a server: on the page until a worker has come, which may be never; then `moved` asks to start again, there. */
class Line {
  private page: Server | null;
  private worker: Worker | null = null;
  private address = "";
  /** Has the worker been given the lab's cargo? */
  private laden = false;

  constructor(private readonly lab: Experiment, private readonly heard: (look: Look) => void, private readonly moved: () => void) {
    this.page = this.here();
    try {
      if (!refused) this.open();
    } catch {
      refused = true;
    }
  }

  post(order: Order): void {
    if (this.page) return this.page.take(structuredClone(order));
    const { tag, cargo } = this.lab;
    if (!this.laden && cargo?.held) {
      this.laden = true;
      this.worker!.postMessage({ kind: "cargo", tag, content: cargo.held } satisfies Order);
    }
    this.worker!.postMessage(order);
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
    this.worker.onmessage = ({ data }) => (data === "ready" ? this.goThere() : this.heard(data as Look));
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.comeBack();
    };
  }

  private goThere(): void {
    URL.revokeObjectURL(this.address);
    this.page?.take({ kind: "stop" });
    this.page = null;
    this.moved();
  }

  /** No worker, or no more. */
  private comeBack(): void {
    refused = true;
    this.worker?.terminate();
    if (this.page) return;
    this.page = this.here();
    this.moved();
  }
}

/** The function around the whole bundle (build.mjs), which the same text in a worker runs again. */
declare const ganlabProgram: unknown;

function program(): string | null {
  return typeof ganlabProgram === "function" ? `(${ganlabProgram as () => void})();` : null;
}
