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

export interface Drawing extends Input {
  /** Draw what came out beside the guess, or take it away. */
  tell(truth: Heights | null): void;
}

/** A chart to draw in. Until a point is moved it is no answer. */
export function drawing(frame: Frame): Drawing {
  const { low, high, step, at } = frame;
  const flat = low + step * Math.round((high - low) / step / 2);
  const { node, field, columns, show } = chart(frame);
  let heights = at.map(() => flat), moved = false, truth: Heights | null = null;
  const inputs = at.map((name, i) => h("input", { type: "range", min: low, max: high, step, "aria-label": `${frame.x}: ${name}`,
    oninput: () => put(i, Number(inputs[i]!.value)) }));
  columns.forEach((column, i) => column.prepend(inputs[i]!));
  const draw = (): void => {
    inputs.forEach((input, i) => {
      input.value = String(heights[i]);
      input.setAttribute("aria-valuetext", `${frame.y}: ${exact(heights[i]!)}`);
    });
    show(heights, truth);
  };
  const put = (i: number, value: number): void => {
    const rounded = low + step * Math.round((Math.min(high, Math.max(low, value)) - low) / step);
    heights = heights.map((old, k) => (k === i ? Number(rounded.toPrecision(12)) : old));
    moved = true;
    draw();
  };
  byPointer(field, (u, v) => put(Math.min(at.length - 1, Math.max(0, Math.floor(u * at.length))), low + v * (high - low)),
    () => inputs[0]!.matches(":disabled"));
  draw();
  return {
    node,
    answer: () => (moved ? heights : []),
    mark: () => {}, // the curve that came out says it
    set(answer: Answer) {
      moved = answer.length > 0;
      heights = moved ? answer.map(Number) : at.map(() => flat);
      draw();
    },
    tell(told) {
      truth = told;
      draw();
    },
  };
}

/** Call `put` with shares of width and height. A finger that scrolls the page may come down here, so it draws when it goes sideways or leaves. */
function byPointer(field: HTMLElement, put: (u: number, v: number) => void, off: () => boolean): void {
  let from: { readonly x: number; readonly waits: boolean } | null = null;
  const draw = ({ clientX, clientY }: PointerEvent): void => {
    const box = field.getBoundingClientRect();
    put((clientX - box.left) / box.width, (box.bottom - clientY) / box.height);
  };
  field.addEventListener("pointerdown", (event) => {
    if (off() || event.button !== 0) return;
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
    if (from) {
      draw(event);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    from = null;
  });
  field.addEventListener("pointercancel", () => { from = null; });
}
