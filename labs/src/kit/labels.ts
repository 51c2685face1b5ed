/**
 * Where the words of a chart go: each label takes the place, of those near the one it asked for, where it covers least.
 *
 * What is drawn is noted in a coarse grid (`Ink`); a label pays for the ink under it, for labels that stand already, and a little for
 * the way from where it belongs. It keeps its place while a better one is hardly better, so that words do not jump while a run plays.
 */

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Label {
  readonly words: string;
  readonly width: number;
  /** The place it names, and where it would like to stand from there. */
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly align: "left" | "right" | "center";
  /** May it slide along a horizontal line at y? */
  readonly slides: boolean;
}

const CELL = 4;
/** Half the height of a line of words. */
export const HALF = 8;
const ROWS = [0, 10, -10, 18, -18, 28, -28, 40, -40, 54, -54, 72, -72, 92, -92];
/** Shares of the way from the left end to the right end of a line. */
const SLIDE = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0];
const COST = { ink: 3, label: 400, pixel: 0.12, moved: 6 };

/** A coarse picture of what is drawn: how often each square of 4 pixels was. */
export class Ink {
  private readonly columns: number;
  private readonly rows: number;
  private readonly cells: Uint8Array;

  constructor(width: number, height: number) {
    this.columns = Math.ceil(width / CELL);
    this.rows = Math.ceil(height / CELL);
    this.cells = new Uint8Array(this.columns * this.rows);
  }

  clear(): void {
    this.cells.fill(0);
  }

  dot(x: number, y: number, weight = 1): void {
    const i = Math.floor(x / CELL), j = Math.floor(y / CELL);
    if (!(i >= 0 && j >= 0 && i < this.columns && j < this.rows)) return;
    const k = j * this.columns + i;
    this.cells[k] = Math.max(this.cells[k]!, weight);
  }

  line(x0: number, y0: number, x1: number, y1: number): void {
    const steps = Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0)) / CELL);
    if (!(steps < 4096)) return;
    for (let i = 0; i <= steps; i++) this.dot(x0 + ((x1 - x0) * i) / (steps || 1), y0 + ((y1 - y0) * i) / (steps || 1));
  }

  disc(x: number, y: number, radius: number, weight: number): void {
    for (let v = -radius; v <= radius; v += CELL) for (let u = -radius; u <= radius; u += CELL) if (u * u + v * v <= radius * radius) this.dot(x + u, y + v, weight);
  }

  under({ left, top, right, bottom }: Box): number {
    let sum = 0;
    for (let j = Math.max(0, Math.floor(top / CELL)); j < Math.min(this.rows, Math.ceil(bottom / CELL)); j++) {
      for (let i = Math.max(0, Math.floor(left / CELL)); i < Math.min(this.columns, Math.ceil(right / CELL)); i++) sum += this.cells[j * this.columns + i]!;
    }
    return sum;
  }
}

/** Left ends and middles of the labels' boxes inside `room`, in the order given; `before` are those of the last drawing. */
export function arrange(labels: readonly Label[], ink: Ink, room: Box, before: readonly (Box | undefined)[]): Box[] {
  const placed: Box[] = [];
  labels.forEach((label, i) => {
    const boxes = places(label, room);
    const cost = (box: Box): number => COST.ink * ink.under({ ...box, top: box.top + 2, bottom: box.bottom - 2 }) + COST.label * placed.filter((other) => touch(box, other)).length
      + COST.pixel * (Math.abs(box.left - boxes[0]!.left) + Math.abs(box.top - boxes[0]!.top)) + (before[i] && near(before[i]!, box) ? 0 : COST.moved);
    placed.push(least(boxes, cost));
  });
  return placed;
}

/** The place asked for, then others near it: other rows, the other side, further along the line. */
function places(label: Label, room: Box): Box[] {
  const { x, dx, align, width } = label;
  const start = (at: number, side: Label["align"], by: number): number => at + by - (side === "right" ? width : side === "center" ? width / 2 : 0);
  const along = label.slides ? SLIDE.map((t) => room.left + t * (room.right - room.left - width))
    : align === "center" ? [start(x, "left", 8), start(x, "right", -8)] : [start(x, align === "left" ? "right" : "left", -dx), start(x, "center", 0)];
  const rows = label.slides ? [label.dy, -label.dy] : ROWS.map((row) => label.dy + row);
  return [start(x, align, dx), ...along].flatMap((left) => rows.map((dy) => inside(left, label.y + dy, width, room)));
}

function inside(left: number, middle: number, width: number, room: Box): Box {
  const x = Math.max(room.left, Math.min(room.right - width, left));
  const y = Math.max(room.top + HALF, Math.min(room.bottom - HALF, middle));
  return { left: x, top: y - HALF, right: x + width, bottom: y + HALF };
}

function touch(a: Box, b: Box): boolean {
  return a.left < b.right + 4 && b.left < a.right + 4 && a.top < b.bottom && b.top < a.bottom;
}

function near(a: Box, b: Box): boolean {
  return Math.abs(a.left - b.left) < 12 && Math.abs(a.top - b.top) < 6;
}

function least(boxes: readonly Box[], cost: (box: Box) => number): Box {
  let best = boxes[0]!, lowest = Infinity;
  for (const box of boxes) {
    const now = cost(box);
    if (now < lowest) [best, lowest] = [box, now];
  }
  return best;
}
