/** Float32 numbers in one block of memory, which WebAssembly and TypeScript share, and matrices as views of it. */

export type Floats = Float32Array;

/** Blocks begin at multiples of this many bytes: a line of the cache. */
const ALIGN = 64;

/** Hands out pieces of a block from its beginning; nothing is given back, the block goes as a whole. */
export class Arena {
  private next = ALIGN; // address 0 stays free

  constructor(readonly buffer: ArrayBuffer) {}

  floats(n: number): Floats {
    const at = this.next;
    this.next += Math.ceil((4 * n) / ALIGN) * ALIGN;
    if (this.next > this.buffer.byteLength) throw new Error(`out of memory: ${this.next} bytes are needed, there are ${this.buffer.byteLength}`);
    return new Float32Array(this.buffer, at, n);
  }

  matrix(rows: number, cols: number): Matrix {
    return new Matrix(this.floats(rows * cols), rows, cols);
  }
}

/** Entry (i, j) is data[i * rowStep + j * colStep]. */
export class Matrix {
  constructor(readonly data: Floats, readonly rows: number, readonly cols: number, readonly rowStep = cols, readonly colStep = 1) {}

  /** The transpose: the same numbers, read the other way round. */
  get T(): Matrix {
    return new Matrix(this.data, this.cols, this.rows, this.colStep, this.rowStep);
  }

  /** Some rows of a dense matrix. */
  part(from: number, to: number): Matrix {
    return new Matrix(this.data.subarray(from * this.cols, to * this.cols), to - from, this.cols);
  }

  /** One row in place of each, as many as are wanted: a bias, zeros. */
  static repeated(row: Floats): Matrix {
    return new Matrix(row, Infinity, row.length, 0);
  }
}
