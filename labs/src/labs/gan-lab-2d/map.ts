/** The square picture: a heat map, samples, a grid, arrows, in data coordinates with the same scale along both axes. */
import { h } from "../../kit/dom";
import type { Palette } from "../../kit/theme";
import { REACH } from "./mixture";

const PAD = { left: 24, right: 6, top: 6, bottom: 20 };
const MOST = 440;

export class SquareMap {
  readonly element: HTMLElement;
  readonly canvas = h("canvas", { role: "img" });
  private readonly g = this.canvas.getContext("2d")!;
  private readonly small = h("canvas");
  private size = 0;
  private ratio = 1;
  private resized = true;
  private colors!: Palette;

  constructor(private readonly title: string, private readonly reach = REACH) {
    this.element = h("figure", { class: "map" }, h("figcaption", {}, title), this.canvas);
    new ResizeObserver(() => { this.resized = true; }).observe(this.element); // asking for the width at every frame costs a layout
  }

  describe(text: string): void {
    this.canvas.setAttribute("aria-label", `${this.title}. ${text}`);
  }

  get span(): number {
    return this.size - PAD.left - PAD.right;
  }

  px(x: number): number {
    return PAD.left + ((x + this.reach) / (2 * this.reach)) * this.span;
  }

  py(y: number): number {
    return PAD.top + ((this.reach - y) / (2 * this.reach)) * (this.size - PAD.top - PAD.bottom);
  }

  at(event: PointerEvent): { x: number; y: number } {
    const box = this.canvas.getBoundingClientRect();
    const u = (event.clientX - box.left - PAD.left) / this.span;
    const v = (event.clientY - box.top - PAD.top) / (this.size - PAD.top - PAD.bottom);
    return { x: (2 * u - 1) * this.reach, y: (1 - 2 * v) * this.reach };
  }

  begin(colors: Palette): this {
    this.colors = colors;
    this.fit();
    const { g } = this;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.size, this.size);
    g.lineCap = g.lineJoin = "round";
    return this;
  }

  private fit(): void {
    if (!this.resized && this.ratio === (window.devicePixelRatio || 1)) return;
    this.resized = this.element.clientWidth === 0; // not shown yet, or folded away
    const size = Math.max(100, Math.min(MOST, Math.floor(this.canvas.parentElement!.clientWidth)));
    const ratio = window.devicePixelRatio || 1;
    if (size === this.size && ratio === this.ratio) return;
    this.size = size;
    this.ratio = ratio;
    this.canvas.style.width = this.canvas.style.height = `${size}px`;
    this.canvas.width = this.canvas.height = Math.round(size * ratio);
  }

  /** Frame and ticks, over the heat map and under the samples. */
  frame(): void {
    const { g, colors, reach } = this;
    g.strokeStyle = colors.line;
    g.lineWidth = 1;
    g.strokeRect(this.px(-reach), this.py(reach), this.px(reach) - this.px(-reach), this.py(-reach) - this.py(reach));
    g.fillStyle = colors.muted;
    g.font = `11px ${getComputedStyle(this.canvas).fontFamily}`;
    for (const t of [-2, 0, 2].filter((v) => Math.abs(v) < reach)) {
      const words = String(t).replace("-", "−");
      g.textAlign = "center";
      g.textBaseline = "top";
      g.fillText(words, this.px(t), this.py(-reach) + 5);
      g.textAlign = "right";
      g.textBaseline = "middle";
      g.fillText(words, PAD.left - 5, this.py(t));
    }
  }

  /**
   * n x n values from -1 (the fake's colour) to 1 (the real's), row by row from the lower left, and the line where they are 0.
   */
  heat(values: Float64Array, n: number): void {
    const { g, small } = this;
    const real = rgb(this.colors.real), fake = rgb(this.colors.fake);
    small.width = small.height = n;
    const pen = small.getContext("2d")!;
    const image = pen.createImageData(n, n);
    for (let j = 0; j < n; j++) {
      for (let i = 0; i < n; i++) {
        const v = values[j * n + i]!;
        const k = 4 * ((n - 1 - j) * n + i);
        const color = v > 0 ? real : fake;
        for (let c = 0; c < 3; c++) image.data[k + c] = color[c]!;
        image.data[k + 3] = 140 * Math.min(1, Math.abs(v));
      }
    }
    pen.putImageData(image, 0, 0);
    g.imageSmoothingEnabled = true;
    const left = this.px(-this.reach), top = this.py(this.reach);
    g.drawImage(small, left, top, this.px(this.reach) - left, this.py(-this.reach) - top);
    this.border(values, n);
  }

  /** Where the values change sign: marching squares. */
  private border(values: Float64Array, n: number): void {
    const { g } = this;
    const at = (i: number): number => ((i + 0.5) / n) * 2 * this.reach - this.reach;
    g.beginPath();
    for (let j = 0; j + 1 < n; j++) {
      for (let i = 0; i + 1 < n; i++) {
        const corner = [values[j * n + i]!, values[j * n + i + 1]!, values[(j + 1) * n + i + 1]!, values[(j + 1) * n + i]!];
        if (corner.includes(0)) continue; // exactly 0: nothing is known there
        const ends: [number, number][] = [];
        for (let e = 0; e < 4; e++) {
          const a = corner[e]!, b = corner[(e + 1) % 4]!;
          if (a > 0 === b > 0) continue;
          const t = a / (a - b);
          const [dx, dy] = [[t, 0], [1, t], [1 - t, 1], [0, 1 - t]][e]!;
          ends.push([at(i + dx!), at(j + dy!)]);
        }
        for (let e = 0; e + 1 < ends.length; e += 2) {
          g.moveTo(this.px(ends[e]![0]), this.py(ends[e]![1]));
          g.lineTo(this.px(ends[e + 1]![0]), this.py(ends[e + 1]![1]));
        }
      }
    }
    g.strokeStyle = this.colors.d;
    g.lineWidth = 1.5;
    g.stroke();
  }

  clipped(draw: (g: CanvasRenderingContext2D) => void): void {
    const { g, reach } = this;
    g.save();
    g.beginPath();
    g.rect(this.px(-reach), this.py(reach), this.px(reach) - this.px(-reach), this.py(-reach) - this.py(reach));
    g.clip();
    draw(g);
    g.restore();
  }

  /** Points (n, 2): real ones are rings, fakes are filled diamonds, so the shape says what the colour says. */
  points(points: ArrayLike<number>, role: "real" | "fake", size = 3, alpha = 0.8): void {
    this.clipped((g) => {
      g.globalAlpha = alpha;
      g.beginPath();
      for (let i = 0; i + 1 < points.length; i += 2) {
        const x = this.px(points[i]!), y = this.py(points[i + 1]!);
        if (role === "real") {
          g.moveTo(x + size, y);
          g.arc(x, y, size, 0, 2 * Math.PI);
        } else {
          const r = size * 1.25;
          g.moveTo(x - r, y);
          g.lineTo(x, y - r);
          g.lineTo(x + r, y);
          g.lineTo(x, y + r);
          g.closePath();
        }
      }
      if (role === "real") {
        g.strokeStyle = this.colors.real;
        g.lineWidth = 1.4;
        g.stroke();
      } else {
        g.fillStyle = this.colors.fake;
        g.fill();
      }
    });
  }

  /** The way that a point went (n, 2), to a ring where it is now. */
  trail(points: ArrayLike<number>): void {
    const n = points.length;
    if (n < 4) return;
    this.clipped((g) => {
      for (const [color, width] of [[this.colors.surface, 5], [this.colors.ink, 2]] as const) {
        g.strokeStyle = color;
        g.lineWidth = width;
        g.beginPath();
        for (let i = 0; i < n; i += 2) g.lineTo(this.px(points[i]!), this.py(points[i + 1]!));
        g.moveTo(this.px(points[n - 2]!) + 5, this.py(points[n - 1]!));
        g.arc(this.px(points[n - 2]!), this.py(points[n - 1]!), 5, 0, 2 * Math.PI);
        g.stroke();
      }
    });
  }

  /** Say how many fakes the picture does not show. */
  outside(points: ArrayLike<number>): void {
    const { g, reach, colors } = this;
    let away = 0;
    for (let i = 0; i + 1 < points.length; i += 2) if (Math.max(Math.abs(points[i]!), Math.abs(points[i + 1]!)) > reach) away += 1;
    if (!away) return;
    const words = `${away} of ${points.length / 2} fakes are outside`;
    g.font = `600 12px ${getComputedStyle(this.canvas).fontFamily}`;
    g.textAlign = "right";
    g.textBaseline = "top";
    g.lineWidth = 4;
    g.strokeStyle = colors.surface;
    g.strokeText(words, this.px(reach) - 6, this.py(reach) + 6);
    g.fillStyle = colors.fakeText;
    g.fillText(words, this.px(reach) - 6, this.py(reach) + 6);
  }

  /** One arrow a point; `scale` turns data units into pixels. */
  arrows(points: ArrayLike<number>, moves: ArrayLike<number>, scale: number, most: number): void {
    this.clipped((g) => {
      g.strokeStyle = this.colors.ink;
      g.lineWidth = 1.3;
      g.globalAlpha = 0.85;
      g.beginPath();
      for (let i = 0; i + 1 < points.length; i += 2) this.arrow(g, this.px(points[i]!), this.py(points[i + 1]!), scale * moves[i]!, -scale * moves[i + 1]!, most);
      g.stroke();
    });
  }

  private arrow(g: CanvasRenderingContext2D, x: number, y: number, dx: number, dy: number, most: number): void {
    const size = Math.hypot(dx, dy);
    if (!(size > 2)) return;
    const ux = dx / size, uy = dy / size;
    const length = Math.min(size, most);
    const tipX = x + ux * length, tipY = y + uy * length;
    const head = Math.min(5, 0.5 * length);
    g.moveTo(x, y);
    g.lineTo(tipX, tipY);
    g.moveTo(tipX - head * (ux + 0.55 * uy), tipY - head * (uy - 0.55 * ux));
    g.lineTo(tipX, tipY);
    g.lineTo(tipX - head * (ux - 0.55 * uy), tipY - head * (uy + 0.55 * ux));
  }

  /** A grid of (side x side) points, or a curve of `side` points; cells that are crowded get more colour, as each holds the same share. */
  mesh(points: Float64Array, side: number, curve: boolean): void {
    this.clipped((g) => {
      g.strokeStyle = g.fillStyle = this.colors.fake;
      const node = (i: number, j: number): [number, number] => [this.px(points[2 * (j * side + i)]!), this.py(points[2 * (j * side + i) + 1]!)];
      if (!curve) this.cells(g, node, side);
      g.globalAlpha = curve ? 0.9 : 0.55;
      g.lineWidth = curve ? 2.5 : 0.9;
      g.beginPath();
      for (let j = 0; j < (curve ? 1 : side); j++) for (let i = 0; i < side; i++) g[i ? "lineTo" : "moveTo"](...node(i, j));
      if (!curve) for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) g[j ? "lineTo" : "moveTo"](...node(i, j));
      g.stroke();
    });
  }

  private cells(g: CanvasRenderingContext2D, node: (i: number, j: number) => [number, number], side: number): void {
    const fair = (this.span / (side - 1)) ** 2;
    for (let j = 0; j + 1 < side; j++) {
      for (let i = 0; i + 1 < side; i++) {
        const corners = [node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)];
        let area = 0;
        corners.forEach(([x, y], c) => { const [u, v] = corners[(c + 1) % 4]!; area += x * v - u * y; });
        g.globalAlpha = Math.min(0.6, (0.1 * fair) / (Math.abs(area) / 2 + 1));
        g.beginPath();
        corners.forEach(([x, y], c) => g[c ? "lineTo" : "moveTo"](x, y));
        g.fill();
      }
    }
  }

  /** A cross hair with words, if the place is in the picture. */
  mark(x: number, y: number, words: string): void {
    const { g, colors } = this;
    if (!(Math.max(Math.abs(x), Math.abs(y)) <= this.reach)) return;
    const u = this.px(x), v = this.py(y);
    for (const [color, width] of [[colors.surface, 5], [colors.ink, 2]] as const) {
      g.strokeStyle = color;
      g.lineWidth = width;
      g.beginPath();
      g.arc(u, v, 7, 0, 2 * Math.PI);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
        g.moveTo(u + 5 * dx, v + 5 * dy);
        g.lineTo(u + 12 * dx, v + 12 * dy);
      }
      g.stroke();
    }
    g.font = `600 12px ${getComputedStyle(this.canvas).fontFamily}`;
    g.textAlign = u > this.size - 70 ? "right" : "left";
    g.textBaseline = "middle";
    const dx = u > this.size - 70 ? -15 : 15;
    g.lineWidth = 4;
    g.strokeStyle = colors.surface;
    const dy = v < 26 ? 12 : -12;
    g.strokeText(words, u + dx, v + dy);
    g.fillStyle = colors.ink;
    g.fillText(words, u + dx, v + dy);
  }
}

function rgb(hex: string): [number, number, number] {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
