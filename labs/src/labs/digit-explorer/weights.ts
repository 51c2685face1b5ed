/**
 * The stored generator: its layers once, its numbers at several moments of the training.
 *
 * `scripts/train_explorer.py` writes the file, a classic script that sets a global, so that it loads from `file://` too. In a page it
 * comes when the first explorer asks for it; a widget is given its text by Python.
 */
import { Generator, type Layer } from "./generator";

export interface Weights {
  readonly seed: number;
  readonly date: string;
  readonly steps: readonly number[];
  readonly z_dim: number;
  readonly classes: number;
  /** Share of E||J||^2 of each latent direction, largest first. */
  readonly effect: readonly number[];
  readonly moments: readonly { readonly score: number; readonly agreement: number }[];
  readonly layers: readonly Layer[];
  readonly weights: readonly string[];
}

export const FILE = "digit-weights.js";
const GLOBAL = "ganlabDigits";

let stored: Weights | null = null;
let generators: Generator[] = [];
let address: string | null = null;
let loading: Promise<void> | null = null;
let failed = false;

/** Say where the file lies; the classic script of the book calls this with its own address. */
export function locate(script: string): void {
  address = new URL(FILE, script).href;
}

/** Take the file's text (from Python, or in Node). */
export function give(text: string): void {
  take(JSON.parse(text.slice(text.indexOf(`${GLOBAL} = `) + GLOBAL.length + 3, text.lastIndexOf(";"))) as Weights);
}

function take(weights: Weights): void {
  stored = weights;
  generators = [];
}

export function weights(): Weights | null {
  return stored;
}

export function loadFailed(): boolean {
  return failed;
}

/** G at the i-th moment. */
export function generatorAt(moment: number): Generator | null {
  if (!stored) return null;
  return (generators[moment] ??= new Generator(stored.layers, stored.weights[moment]!));
}

/** Ask for the file, once for all explorers of the page; settles when it is there, or cannot be had. */
export function load(): Promise<void> {
  if (stored) return Promise.resolve();
  return (loading ??= fetchScript().then((found) => {
    if (found) take(found);
    else failed = true;
  }));
}

function fetchScript(): Promise<Weights | undefined> {
  const given = (): Weights | undefined => (globalThis as unknown as Record<string, Weights | undefined>)[GLOBAL];
  if (!address || given()) return Promise.resolve(given());
  return new Promise((done) => {
    const script = document.createElement("script");
    script.src = address!;
    script.onload = script.onerror = () => done(given());
    document.head.append(script);
  });
}
