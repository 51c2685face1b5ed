/**
 * Wasserstein-1 between two point sets of the same size: the least mean distance of a one-to-one assignment.
 *
 * Exact for the samples (Kantorovich's plan between n and n equal masses can be taken one-to-one); only +, -, *, / and sqrt.
 */

/** Mean Euclidean distance of the best assignment of n points (n, dims) to n others; NaN if a coordinate is not finite. */
export function sampleW1(a: ArrayLike<number>, b: ArrayLike<number>, n: number, dims = 2): number {
  const cost = new Float64Array(n * n);
  for (let i = 0, k = 0; i < n; i++) {
    for (let j = 0; j < n; j++, k++) {
      let square = 0;
      for (let c = 0; c < dims; c++) square += (a[i * dims + c]! - b[j * dims + c]!) ** 2;
      cost[k] = Math.sqrt(square);
    }
  }
  if (!cost.every(Number.isFinite)) return NaN;
  return assignment(cost, n).reduce((sum, j, i) => sum + cost[i * n + j]!, 0) / n;
}

/**
 * The column of each row in the cheapest one-to-one assignment of an n x n cost matrix (row by row).
 *
 * Jonker and Volgenant (1987): columns have prices; each row gets its column by the shortest augmenting path in cost minus price,
 * which is Dijkstra's algorithm, as the prices keep all lengths from falling below 0.
 */
export function assignment(cost: Float64Array, n: number): Int32Array {
  const price = new Float64Array(n), length = new Float64Array(n);
  const rowOf = new Int32Array(n).fill(-1), columnOf = new Int32Array(n).fill(-1);
  const from = new Int32Array(n), open = new Int32Array(n);
  reduce(cost, n, price, rowOf, columnOf);
  for (let start = 0; start < n; start++) {
    if (columnOf[start]! >= 0) continue;
    for (let j = 0; j < n; j++) open[j] = j;
    length.fill(Infinity);
    let row = start, reached = 0, closed = n, column = -1;
    // Columns open[closed ...] have their final length.
    do {
      const base = row * n, offset = column < 0 ? 0 : cost[base + column]! - price[column]! - reached;
      let best = 0, least = Infinity;
      for (let t = 0; t < closed; t++) {
        const j = open[t]!;
        const there = cost[base + j]! - price[j]! - offset;
        if (there < length[j]!) {
          length[j] = there;
          from[j] = row;
        }
        // Of equally near columns a free one ends the search.
        if (length[j]! < least || (length[j]! === least && rowOf[j]! < 0)) {
          least = length[j]!;
          best = t;
        }
      }
      reached = least;
      column = open[best]!;
      open[best] = open[--closed]!;
      open[closed] = column;
      row = rowOf[column]!;
    } while (row >= 0);
    for (let t = closed; t < n; t++) price[open[t]!] = price[open[t]!]! + length[open[t]!]! - reached;
    while (column >= 0) { // turn the path round: every row on it takes the column by which it was left
      const i = from[column]!;
      const former = columnOf[i]!;
      rowOf[column] = i;
      columnOf[i] = column;
      column = i === start ? -1 : former;
    }
  }
  return columnOf;
}

/** A first price for each column, its least cost, and a first partner where the row with that cost is still free. */
function reduce(cost: Float64Array, n: number, price: Float64Array, rowOf: Int32Array, columnOf: Int32Array): void {
  for (let j = 0; j < n; j++) {
    let row = 0;
    for (let i = 1; i < n; i++) if (cost[i * n + j]! < cost[row * n + j]!) row = i;
    price[j] = cost[row * n + j]!;
    if (columnOf[row]! >= 0) continue;
    rowOf[j] = row;
    columnOf[row] = j;
  }
}
