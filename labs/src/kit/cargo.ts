/**
 * A large file that only some labs need: a classic script that sets a global, so that it loads from `file://` too.
 *
 * In a page it comes when the first such lab asks for it; a widget (and Node) is given its text.
 */
let address: string | null = null;

/** Say where the files lie: beside this script. The classic script of the book calls it with its own address. */
export function locate(script: string): void {
  address = script;
}

/** `Stored` is what the file says, T what the lab makes of it. */
export class Cargo<T, Stored = T> {
  private content: T | null = null;
  private loading: Promise<void> | null = null;
  /** Was the file asked for, and did not come? */
  failed = false;

  constructor(readonly file: string, private readonly global: string, private readonly unpack?: (stored: Stored) => Promise<T>) {}

  /** What the file holds, once it is there. */
  get held(): T | null {
    return this.content;
  }

  /** Has someone asked for the file, or given it? */
  get asked(): boolean {
    return this.loading !== null || this.content !== null;
  }

  /** Take the file's text (from Python, or in Node); settles when it can be used. */
  readonly give = (text: string): Promise<void> => {
    const found = JSON.parse(text.slice(text.indexOf(`${this.global} = `) + this.global.length + 3, text.lastIndexOf(";"))) as Stored;
    return (this.loading = this.open(found));
  };

  /** Take what the page has loaded (in a worker). */
  readonly take = (content: unknown): void => {
    this.content = content as T;
  };

  /** Ask for the file, once for all labs of the page; settles when it is there, or cannot be had. */
  readonly load = (): Promise<void> => {
    if (this.content) return Promise.resolve();
    return (this.loading ??= this.fetchScript().then((found) => this.open(found)));
  };

  /** What has nothing to unpack can be used at once. */
  private open(found: Stored | undefined): Promise<void> {
    this.failed = !found;
    if (!found || !this.unpack) return Promise.resolve(this.take(found ?? null));
    return this.unpack(found).then((content) => this.take(content), () => { this.failed = true; });
  }

  private fetchScript(): Promise<Stored | undefined> {
    const given = (): Stored | undefined => (globalThis as unknown as Record<string, Stored | undefined>)[this.global];
    if (!address || given()) return Promise.resolve(given());
    return new Promise((done) => {
      const script = document.createElement("script");
      script.src = new URL(this.file, address!).href;
      script.onload = script.onerror = () => done(given());
      document.head.append(script);
    });
  }
}
