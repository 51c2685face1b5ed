/** Draw your own data: with the pointer on the picture, or with two sliders and a button. */
import { whenMoved } from "../../kit/controls";
import { h } from "../../kit/dom";
import { exact, type Value } from "../../kit/lab";
import type { SquareMap } from "./map";
import { REACH } from "./mixture";
import { PARAMS } from "./params";

/** Least distance between two points of a stroke. */
const APART = 0.16;

type Point = readonly [number, number];

export class Drawing {
  readonly element: HTMLElement;
  /** The stroke under the pointer, not yet part of the data. */
  stroke: Point[] = [];
  /** Where the sliders point, while they have the focus. */
  pen: Point | null = null;
  private points: readonly Point[] = [];
  /** Drawings before each change; void as soon as the drawing is not the one that the last change made. */
  private past: { readonly before: readonly Point[]; readonly after: readonly Point[] }[] = [];
  private on = false;
  private readonly sliders = ["x", "y"].map((axis) => slider(`pen_${axis}`, `pen: ${axis}`, REACH - 0.2, () => this.aim()));

  constructor(private readonly map: SquareMap, private readonly assign: (points: Value) => void, private readonly redraw: () => void) {
    const button = (words: string, onclick: () => void): HTMLElement => h("button", { type: "button", onclick }, words);
    this.element = h("fieldset", { class: "draw" }, h("legend", {}, "Draw on the picture, or place the pen with the sliders"),
      ...this.sliders.map((s) => s.element),
      h("div", { class: "buttons" }, button("Add a blob", () => this.add([this.at()])), button("Undo", () => this.undo()),
        button("Clear", () => this.change([]))));
    this.element.addEventListener("focusin", () => this.aim());
    this.element.addEventListener("focusout", () => { this.pen = null; this.redraw(); });
    const { canvas } = map;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => this.up());
  }

  show(values: Record<string, Value>): void {
    this.on = values["data"] === "own";
    this.element.hidden = !this.on;
    this.points = values["drawn"] as readonly Point[];
    this.map.canvas.classList.toggle("drawable", this.on);
  }

  private at(): Point {
    const [x, y] = this.sliders.map((s) => Number(s.input.value));
    return [x!, y!];
  }

  private aim(): void {
    this.pen = this.at();
    this.redraw();
  }

  /** The first stroke replaces the example. */
  private add(more: readonly Point[]): void {
    this.change([...(same(this.points, PARAMS.drawn.default) ? [] : this.points), ...more]);
  }

  private change(after: readonly Point[]): void {
    this.past.push({ before: this.points, after });
    this.assign(after);
  }

  /** Back before the last change; of a drawing that came from elsewhere, without its last stroke. */
  private undo(): void {
    const last = this.past.pop();
    if (last && same(last.after, this.points)) return this.assign(last.before);
    this.past = [];
    this.assign(this.points.slice(0, lastStroke(this.points)));
  }

  private down(event: PointerEvent): void {
    if (!this.on) return;
    this.map.canvas.setPointerCapture(event.pointerId);
    this.stroke = [this.point(event)];
    this.redraw();
  }

  private move(event: PointerEvent): void {
    if (!this.stroke.length) return;
    const next = this.point(event), last = this.stroke[this.stroke.length - 1]!;
    if (Math.hypot(next[0] - last[0], next[1] - last[1]) < APART) return;
    this.stroke.push(next);
    this.redraw();
  }

  private up(): void {
    if (!this.stroke.length) return;
    const { stroke } = this;
    this.stroke = [];
    this.add(stroke);
  }

  private point(event: PointerEvent): Point {
    const { x, y } = this.map.at(event);
    const inside = (v: number): number => Math.round(100 * Math.min(REACH - 0.2, Math.max(0.2 - REACH, v))) / 100;
    return [inside(x), inside(y)];
  }
}

function same(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Where the last stroke of a drawing begins: before it lies a gap. */
export function lastStroke(points: readonly Point[]): number {
  const gap = (i: number): number => Math.hypot(points[i]![0] - points[i - 1]![0], points[i]![1] - points[i - 1]![1]);
  let start = Math.max(0, points.length - 1);
  while (start > 0 && gap(start) < 4 * APART) start -= 1;
  return start;
}

/** A plain slider that belongs to the view, not to the run. */
export function slider(name: string, label: string, most: number, moved: () => void): { element: HTMLElement; input: HTMLInputElement; show(x: number): void } {
  const output = h("output");
  const shown = (): void => {
    const words = exact(Number(input.value));
    output.textContent = words;
    input.setAttribute("aria-valuetext", words);
    input.style.setProperty("--fill", `${50 + (50 * Number(input.value)) / most}%`);
  };
  const input = h("input", { type: "range", name, min: -most, max: most, step: 0.1, "aria-label": label });
  whenMoved(input, () => { shown(); moved(); });
  input.value = "0";
  shown();
  const element = h("div", { class: "control" }, h("div", { class: "row" }, h("span", { "aria-hidden": "true" }, label), output), input);
  return { element, input, show: (x) => { input.value = String(x); shown(); } };
}
