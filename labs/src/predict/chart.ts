/**
 * A chart of a handful of columns whose heights a reader sets: with the pointer, by drawing across them; with the arrow keys, one by one.
 *
 * Each column is a native slider, so keyboard and screen reader treat it as one; the picture lies over the sliders and is made of the
 * page's own boxes and lines, so it follows theme, forced colours and paper by its style alone.
 */
import { SLIDES } from "../kit/controls";
import { h, set, svg } from "../kit/dom";
import { exact } from "../kit/lab";
import { ticks } from "../kit/plot";
import type { Answer } from "../quiz/judge";
import type { Input } from "../quiz/inputs";

export interface Frame {
  /** What the columns are called. */
  readonly at: readonly string[];
  /** What the axes show. */
  readonly x: string;
  readonly y: string;
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

type Heights = readonly number[];

export interface Chart {
  readonly node: HTMLElement;
  /** What is drawn in: columns from left to right. */
  readonly field: HTMLElement;
  readonly columns: readonly HTMLElement[];
  show(guess: Heights, truth: Heights | null): void;
}

export function chart(frame: Frame): Chart {
  const share = (value: number): number => (100 * (value - frame.low)) / (frame.high - frame.low);
  const sketch = svg("svg", { viewBox: `0 0 ${frame.at.length} 100`, preserveAspectRatio: "none", role: "img" });
  const lines = [svg("polyline", { class: "guess" }), svg("polyline", { class: "truth" })] as const;
  const levels = ticks(frame.low, frame.high, 4);
  for (const y of levels) sketch.append(svg("line", { class: "grid", x1: 0, x2: frame.at.length, y1: 100 - share(y), y2: 100 - share(y) }));
  sketch.append(...lines);
  const dots = frame.at.map(() => [h("i", { class: "dot guess" }), h("i", { class: "dot truth" })] as const);
  const columns = dots.map((pair) => h("div", { class: "column" }, ...pair));
  const field = h("div", { class: "field" }, sketch, ...columns);
  const scale = h("div", { class: "scale", "aria-hidden": "true" }, ...levels.map((y) => h("span", { style: `bottom: ${share(y)}%` }, exact(y))));
  const names = h("div", { class: "names", "aria-hidden": "true" }, ...frame.at.map((name) => h("span", {}, name)));
  const key = h("p", { class: "key" }, h("span", { class: "guess" }, "your prediction"), h("span", { class: "truth" }, "what came out"));
  const node = h("div", { class: "sheet" }, h("p", { class: "axis" }, frame.y), scale, field, names, h("p", { class: "axis x" }, frame.x), key);
  return {
    node, field, columns,
    show(guess, truth) {
      [guess, truth ?? []].forEach((heights, k) => {
        set(lines[k]!, { points: heights.map((value, i) => `${i + 0.5},${100 - share(value)}`).join(" ") });
        dots.forEach((pair, i) => {
          pair[k]!.hidden = heights[i] === undefined;
          if (heights[i] !== undefined) pair[k]!.style.bottom = `${share(heights[i]!)}%`;
        });
      });
      node.dataset["told"] = String(truth !== null);
      sketch.setAttribute("aria-label", `${frame.y}, by ${frame.x}. ${inWords(frame, guess, truth)}`);
    },
  };
}

function inWords({ at }: Frame, guess: Heights, truth: Heights | null): string {
  const told = at.map((name, i) => `${name}: ${exact(guess[i]!)}${truth ? `, came out ${exact(truth[i]!)}` : ""}`);
  return `Your prediction at ${told.join("; ")}.`;
}

/** A chart to draw in. Until a point is moved it is no answer. */
export class Drawing implements Input {
  readonly node: HTMLElement;
  private readonly chart: Chart;
  private readonly inputs: readonly HTMLInputElement[];
  private heights: Heights;
  private truth: Heights | null = null;
  private moved = false;

  constructor(private readonly frame: Frame) {
    this.chart = chart(frame);
    this.node = this.chart.node;
    this.inputs = frame.at.map((name, i) => h("input", { type: "range", min: frame.low, max: frame.high, step: frame.step,
      "aria-label": `${frame.x}: ${name}`, oninput: () => this.put(i, Number(this.inputs[i]!.value)) }));
    this.chart.columns.forEach((column, i) => column.prepend(this.inputs[i]!));
    this.heights = this.flat();
    byPointer(this.chart.field, (u, v) => this.point(u, v));
    this.draw();
  }

  answer(): Answer {
    return this.moved ? this.heights : [];
  }

  /** The curve that came out says it. */
  mark(): void {}

  set(answer: Answer): void {
    this.moved = answer.length > 0;
    this.heights = this.moved ? answer.map(Number) : this.flat();
    this.draw();
  }

  /** Draw what came out beside the guess, or take it away. */
  tell(truth: Heights | null): void {
    this.truth = truth;
    this.draw();
  }

  /** A level line in the middle, on a step. */
  private flat(): Heights {
    const { at, low, high, step } = this.frame;
    return at.map(() => low + step * Math.round((high - low) / step / 2));
  }

  /** Draw at a place of the field, in shares of its width and height. */
  private point(u: number, v: number): void {
    const { at, low, high } = this.frame;
    if (!this.inputs[0]!.matches(":disabled")) this.put(Math.min(at.length - 1, Math.max(0, Math.floor(u * at.length))), low + v * (high - low));
  }

  private put(i: number, value: number): void {
    const { low, high, step } = this.frame;
    const rounded = low + step * Math.round((Math.min(high, Math.max(low, value)) - low) / step);
    this.heights = this.heights.map((old, k) => (k === i ? Number(rounded.toPrecision(12)) : old));
    this.moved = true;
    this.draw();
  }

  private draw(): void {
    this.inputs.forEach((input, i) => {
      input.value = String(this.heights[i]);
      input.setAttribute("aria-valuetext", `${this.frame.y}: ${exact(this.heights[i]!)}`);
    });
    this.chart.show(this.heights, this.truth);
  }
}

/** Call `put` with shares of width and height. A finger that scrolls the page may come down here, so it draws when it goes sideways or leaves. */
function byPointer(field: HTMLElement, put: (u: number, v: number) => void): void {
  let from: { readonly x: number; readonly waits: boolean } | null = null;
  const draw = ({ clientX, clientY }: PointerEvent): void => {
    const box = field.getBoundingClientRect();
    put((clientX - box.left) / box.width, (box.bottom - clientY) / box.height);
  };
  field.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    field.setPointerCapture(event.pointerId);
    from = { x: event.clientX, waits: event.pointerType === "touch" };
    if (!from.waits) draw(event);
  });
  field.addEventListener("pointermove", (event) => {
    if (!from || (from.waits && Math.abs(event.clientX - from.x) <= SLIDES)) return;
    from = { x: from.x, waits: false };
    draw(event);
  });
  field.addEventListener("pointerup", (event) => {
    if (from) draw(event);
    from = null;
  });
  field.addEventListener("pointercancel", () => { from = null; });
}
