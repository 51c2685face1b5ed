/**
 * A chart on canvas: axes, curves, areas, rugs, arrows, reference lines; sharp on any screen, in the colours of the page.
 *
 * The canvas is an image to a screen reader: `describe` keeps its text alternative current.
 */
import { h, rich } from "./dom";
import { arrange, Ink, type Box, type Label } from "./labels";
import { exact, powerOfTen } from "./numbers";
import type { Palette } from "./theme";

export interface Axis {
  min: number;
  max: number;
  readonly label?: string;
  /** Leave the tick labels out (a chart that shares the axis of the one below). */
  readonly bare?: boolean;
  /** Ticks and their names, in place of round numbers. */
  named?: readonly (readonly [number, string])[];
  /** No tick below this one (room for marks under a density, say). */
  readonly from?: number;
}

export interface PlotOptions {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Height in CSS pixels. */
  readonly height: number;
}

export interface Stroke {
  readonly color: string;
  readonly width?: number;
  readonly dash?: readonly number[];
  readonly alpha?: number;
}

/** Words in a chart that wait for their place until all else is drawn. */
interface Waiting extends Label {
  readonly color: string;
  readonly font: string;
}

type Numbers = ArrayLike<number>;
export type Marker = "dot" | "ring" | "cross" | "tick" | "diamond";

export const DASH = { solid: [], dashed: [7, 5], dotted: [1.5, 4], long: [12, 5] } as const;

export class Plot {
  readonly element: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly x: Axis;
  readonly y: Axis;
  colors!: Palette;
  private readonly g: CanvasRenderingContext2D;
  private width = 0;
  private ratio = 1;
  private readonly left = 47;
  private readonly right = 18;
  private readonly top = 10;
  private readonly bottom: number;
  private ink = new Ink(0, 0);
  private waiting: Waiting[] = [];
  private placed: Box[] = [];
  private scheduled = false;
  /** What lies over the chart, in its pixels: grips. */
  readonly over = new Map<object, readonly [number, number]>();

  constructor(private readonly options: PlotOptions) {
    this.x = { ...options.x };
    this.y = { ...options.y };
    this.bottom = options.x.bare ? 8 : options.x.label ? 38 : 24;
    this.canvas = h("canvas", { role: "img", "aria-label": options.title });
    this.canvas.style.height = `${options.height}px`;
    this.element = h("figure", { class: "plot" }, h("figcaption", {}, ...rich(options.title)), this.canvas);
    this.g = this.canvas.getContext("2d")!;
  }

  /** The words a reader would hear on the telephone. */
  describe(text: string): void {
    this.canvas.setAttribute("aria-label", `${this.options.title}. ${text}`);
  }

  px(x: number): number {
    return this.left + ((x - this.x.min) / (this.x.max - this.x.min)) * (this.width - this.left - this.right);
  }

  py(y: number): number {
    const { height } = this.options;
    return height - this.bottom - ((y - this.y.min) / (this.y.max - this.y.min)) * (height - this.bottom - this.top);
  }

  /** Data coordinates of a pointer, for labs in which things are dragged or drawn. */
  at(event: Pick<PointerEvent, "clientX" | "clientY">): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    const u = (event.clientX - box.left - this.left) / (this.width - this.left - this.right);
    const v = (this.options.height - this.bottom - (event.clientY - box.top)) / (this.options.height - this.bottom - this.top);
    return { x: this.x.min + u * (this.x.max - this.x.min), y: this.y.min + v * (this.y.max - this.y.min) };
  }

  /** Clear, and draw the axes. Call first in every drawing. */
  begin(colors: Palette): this {
    this.colors = colors;
    this.fit();
    const { g } = this;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.width, this.options.height);
    g.font = `11.5px ${getComputedStyle(this.canvas).fontFamily}`;
    g.lineCap = "round";
    g.lineJoin = "round";
    this.ink.clear();
    this.waiting = [];
    if (!this.scheduled) queueMicrotask(() => this.label());
    this.scheduled = true;
    this.axes();
    return this;
  }

  /** When all is drawn: the words, where they cover least. */
  private label(): void {
    this.scheduled = false;
    const { g } = this;
    for (const [x, y] of this.over.values()) this.ink.disc(x, y, 12, 20);
    const room = { left: this.left + 2, top: 1, right: this.width - 2, bottom: this.py(this.y.min) - 1 };
    this.placed = arrange(this.waiting, this.ink, room, this.placed);
    g.textAlign = "left";
    g.textBaseline = "middle";
    g.lineWidth = 3.5;
    g.strokeStyle = this.colors.surface; // a halo, where a place without ink was not to be had
    this.waiting.forEach(({ words, color, font }, i) => {
      const { left, top, bottom } = this.placed[i]!;
      g.font = font;
      g.strokeText(words, left, (top + bottom) / 2);
      g.fillStyle = color;
      g.fillText(words, left, (top + bottom) / 2);
    });
  }

  /** Take the size of the page; `px` and `py` are right from then on. */
  fit(): void {
    const width = Math.max(120, Math.floor(this.canvas.clientWidth));
    const ratio = window.devicePixelRatio || 1;
    if (width === this.width && ratio === this.ratio) return;
    this.width = width;
    this.ratio = ratio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(this.options.height * ratio);
    this.ink = new Ink(width, this.options.height);
  }

  private axes(): void {
    const { g, x, y, colors, options } = this;
    const floor = this.py(y.min);
    g.fillStyle = colors.muted;
    g.textBaseline = "middle";
    g.textAlign = "right";
    for (const [t, words] of this.named(y, Math.max(y.min, y.from ?? y.min), options.height / 34, this.left - 9)) {
      this.segment(this.px(x.min), this.py(t), this.px(x.max), this.py(t), { color: colors.line, width: 1 });
      g.fillText(words, this.left - 8, this.py(t));
    }
    if (x.bare) return;
    g.textAlign = "center";
    g.textBaseline = "top";
    for (const [t, words] of this.named(x, x.min, this.width / 70, 50)) {
      this.segment(this.px(t), floor, this.px(t), floor + 4, { color: colors.muted, width: 1 });
      const half = g.measureText(words).width / 2;
      g.fillText(words, Math.min(this.px(t), this.width - half - 1), floor + 7);
    }
    if (x.label) g.fillText(x.label, Math.max((this.left + this.width - this.right) / 2, g.measureText(x.label).width / 2 + 1), options.height - 14);
  }

  /** The ticks of an axis and their names, each at most so wide. */
  private named(axis: Axis, from: number, count: number, most: number): readonly (readonly [number, string])[] {
    const all = axis.named ? [] : ticks(from, axis.max, count);
    return axis.named?.filter(([t]) => t >= from && t <= axis.max) ?? all.map((t) => [t, this.tick(t, all, most)]);
  }

  /** A tick in words, in powers of ten where it would be too wide. */
  private tick(t: number, all: readonly number[], most: number): string {
    const plain = exact(t);
    const wide = all.some((other) => this.g.measureText(exact(other)).width > most);
    return wide && t ? powerOfTen(t, Math.floor(Math.log10(all[1]! - all[0]!) + 1e-9)) : plain;
  }

  private segment(x0: number, y0: number, x1: number, y1: number, stroke: Stroke): void {
    const { g } = this;
    this.pen(stroke);
    g.beginPath();
    g.moveTo(x0, y0);
    g.lineTo(x1, y1);
    g.stroke();
    this.lift();
  }

  private pen({ color, width = 2, dash = [], alpha = 1 }: Stroke): void {
    const { g } = this;
    g.strokeStyle = color;
    g.lineWidth = width;
    g.globalAlpha = alpha;
    g.setLineDash(dash as number[]);
  }

  private lift(): void {
    this.g.setLineDash([]);
    this.g.globalAlpha = 1;
  }

  /** Keep what follows inside the axes. */
  private clipped(draw: () => void): void {
    const { g } = this;
    g.save();
    g.beginPath();
    g.rect(this.left, this.top - 4, this.width - this.left - this.right, this.py(this.y.min) - this.top + 6);
    g.clip();
    draw();
    g.restore();
  }

  /** A path through the points, leaving out those within a pixel and a half of the one before. */
  private trace(xs: Numbers, ys: Numbers, n: number): void {
    const { g } = this;
    g.beginPath();
    let x0 = Infinity, y0 = Infinity;
    for (let i = 0; i < n; i++) {
      const x = this.px(xs[i]!), y = this.py(ys[i]!);
      if (Math.abs(x - x0) < 1.5 && Math.abs(y - y0) < 1.5 && i < n - 1) continue;
      g.lineTo(x, y); // the first lineTo of a path only moves there
      if (x0 < Infinity) this.ink.line(x0, y0, x, y);
      x0 = x;
      y0 = y;
    }
  }

  line(xs: Numbers, ys: Numbers, stroke: Stroke, n = xs.length): void {
    if (n < 2) return;
    this.clipped(() => {
      this.pen(stroke);
      this.trace(xs, ys, n);
      this.g.stroke();
    });
  }

  /** The surface between a curve and zero. */
  area(xs: Numbers, ys: Numbers, color: string, alpha = 0.16, n = xs.length): void {
    if (n < 2) return;
    const { g } = this;
    this.clipped(() => {
      this.trace(xs, ys, n);
      g.lineTo(this.px(xs[n - 1]!), this.py(0));
      g.lineTo(this.px(xs[0]!), this.py(0));
      g.closePath();
      g.globalAlpha = alpha;
      g.fillStyle = color;
      g.fill();
    });
  }

  /** Bars of equal width from `low` to `high`, heights in data units. */
  bars(heights: Numbers, low: number, high: number, color: string, alpha = 0.35): void {
    const { g } = this;
    const w = (high - low) / heights.length;
    this.clipped(() => {
      g.globalAlpha = alpha;
      g.fillStyle = color;
      for (let i = 0; i < heights.length; i++) {
        const left = this.px(low + i * w);
        const top = this.py(heights[i]!);
        g.fillRect(left + 0.5, top, Math.max(1, this.px(low + (i + 1) * w) - left - 1), this.py(this.y.min) - top);
      }
    });
  }

  /** A horizontal line at a value worth knowing (log 2, log 4, 1/2), with its name above or below it. */
  reference(value: number, label: string, color = this.colors.muted): void {
    if (value < this.y.min || value > this.y.max) return;
    const y = this.py(value);
    this.segment(this.px(this.x.min), y, this.px(this.x.max), y, { color, width: 1.25, dash: DASH.dotted });
    this.ink.line(this.px(this.x.min), y, this.px(this.x.max), y);
    if (label) this.text(this.x.max, value, label, { align: "right", dy: -11, color, slides: true });
  }

  vertical(value: number, stroke: Stroke): void {
    if (value < this.x.min || value > this.x.max) return;
    this.segment(this.px(value), this.py(this.y.min), this.px(value), this.py(this.y.max), stroke);
    this.ink.line(this.px(value), this.py(this.y.min), this.px(value), this.py(this.y.max));
  }

  /** An arrow from (x, y) by dx, dy in pixels. */
  arrow(x: number, y: number, dx: number, dy: number, stroke: Stroke): void {
    const size = Math.hypot(dx, dy);
    if (size < 1) return;
    const x0 = this.px(x), y0 = this.py(y), x1 = x0 + dx, y1 = y0 + dy;
    const head = Math.min(6, size * 0.6);
    const ux = dx / size, uy = dy / size;
    this.ink.line(x0, y0, x1, y1);
    this.clipped(() => {
      const { g } = this;
      this.pen(stroke);
      g.beginPath();
      g.moveTo(x0, y0);
      g.lineTo(x1, y1);
      g.moveTo(x1 - head * (ux + 0.6 * uy), y1 - head * (uy - 0.6 * ux));
      g.lineTo(x1, y1);
      g.lineTo(x1 - head * (ux - 0.6 * uy), y1 - head * (uy + 0.6 * ux));
      g.stroke();
    });
  }

  marks(xs: Numbers, ys: Numbers | number, marker: Marker, color: string, size = 4, n = xs.length, alpha = 0.85): void {
    const { g } = this;
    this.clipped(() => {
      this.pen({ color, width: 1.6, alpha });
      g.fillStyle = color;
      for (let i = 0; i < n; i++) {
        this.mark(this.px(xs[i]!), this.py(typeof ys === "number" ? ys : ys[i]!), marker, size);
      }
    });
  }

  private mark(x: number, y: number, marker: Marker, r: number): void {
    const { g } = this;
    this.ink.disc(x, y, r, 1);
    g.beginPath();
    if (marker === "dot" || marker === "ring") g.arc(x, y, r, 0, 2 * Math.PI);
    else if (marker === "tick") { g.moveTo(x, y - r); g.lineTo(x, y + r); }
    else if (marker === "cross") { g.moveTo(x - r, y - r); g.lineTo(x + r, y + r); g.moveTo(x - r, y + r); g.lineTo(x + r, y - r); }
    else { g.moveTo(x, y - r); g.lineTo(x + r, y); g.lineTo(x, y + r); g.lineTo(x - r, y); g.closePath(); }
    if (marker === "dot" || marker === "diamond") g.fill();
    else g.stroke();
  }

  /** Words at a place, moved by dx, dy in pixels, and farther if something is drawn there. */
  text(
    x: number, y: number, words: string,
    { align = "left", dx = 0, dy = 0, color = this.colors.ink, bold = false, slides = false }:
    { align?: Label["align"]; dx?: number; dy?: number; color?: string; bold?: boolean; slides?: boolean } = {},
  ): void {
    const { g } = this;
    const plain = g.font;
    if (bold) g.font = `600 ${plain}`;
    this.waiting.push({ words, width: g.measureText(words).width, x: this.px(x), y: this.py(y), dx, dy, align, slides, color, font: g.font });
    g.font = plain;
  }
}

/** Round numbers from a to b, about `count` of them. */
export function ticks(a: number, b: number, count: number): number[] {
  const rough = (b - a) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
  const first = Math.ceil(a / step - 1e-9);
  const last = Math.floor(b / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The least round number above x: a time axis that grows in calm jumps. */
export function roundUp(x: number): number {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * ([1, 2, 5, 10].find((m) => m * power >= x * (1 - 1e-12)) ?? 10);
}
