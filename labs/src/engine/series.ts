/** A history of bounded size: when full, every second point goes and the stride doubles, so a run of any length fits a chart. */
export class Series {
  readonly x: Float64Array;
  readonly y: Float64Array;
  length = 0;
  private stride = 1;
  private seen = 0;

  constructor(private readonly capacity = 512) {
    this.x = new Float64Array(capacity);
    this.y = new Float64Array(capacity);
  }

  push(x: number, y: number): void {
    if (this.seen++ % this.stride !== 0) return;
    if (this.length === this.capacity) this.halve();
    this.x[this.length] = x;
    this.y[this.length] = y;
    this.length += 1;
  }

  get last(): number {
    return this.length ? this.y[this.length - 1]! : NaN;
  }

  clear(): void {
    this.length = 0;
    this.stride = 1;
    this.seen = 0;
  }

  save(): { x: Float64Array; y: Float64Array; length: number; stride: number; seen: number } {
    const { x, y, length, stride, seen } = this;
    return { x, y, length, stride, seen };
  }

  load({ x, y, ...counts }: ReturnType<Series["save"]>): void {
    this.x.set(x);
    this.y.set(y);
    Object.assign(this, counts);
  }

  private halve(): void {
    this.length = this.capacity / 2;
    for (let i = 0; i < this.length; i++) {
      this.x[i] = this.x[2 * i]!;
      this.y[i] = this.y[2 * i]!;
    }
    this.stride *= 2;
  }
}
