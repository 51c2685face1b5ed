/**
 * A small room for what is computed number by number: softplus and sigmoid of logits, normal random numbers. In WebAssembly where that can
 * be had, to the last bit as in math.ts and random.ts.
 */
import { exp, sigmoidFrom, softplusFrom } from "./math";
import { room, vectors, type Room } from "./room";

/** Most numbers at once. */
export const MOST = 1024;

/** softplus and sigmoid of some numbers. */
export interface Logistic {
  readonly softplus: Float64Array;
  readonly sigmoid: Float64Array;
}

class Desk {
  private readonly room: Room;
  private readonly x: Float64Array;
  private readonly slots: readonly [Logistic, Logistic];
  private readonly squares: Float64Array;
  /** The state of a generator of random numbers: a, b, c and the counter. */
  readonly words: Int32Array;
  /** Pairs of normal numbers, and a pick for each. */
  readonly z: Float64Array;
  readonly picks: Float64Array;

  constructor(room: Room) {
    const make = (n = MOST): Float64Array => room.floats(n), words = make(2);
    this.room = room;
    this.x = make();
    this.slots = [{ softplus: make(), sigmoid: make() }, { softplus: make(), sigmoid: make() }];
    this.words = new Int32Array(words.buffer, words.byteOffset, 4);
    [this.squares, this.z, this.picks] = [make(), make(2 * MOST + 2), make()];
  }

  logistic(logits: Float64Array, n: number, sign: number, at: 0 | 1): Logistic {
    const { x, room: { wasm } } = this, { softplus, sigmoid } = this.slots[at];
    for (let i = 0; i < n; i++) x[i] = logits[i]!;
    wasm.logistic(x.byteOffset, x.byteOffset + 8 * n, sign, softplus.byteOffset, sigmoid.byteOffset);
    return this.slots[at];
  }

  /** Fill z with so many pairs, and with `below` > 0 also picks; the words go on. */
  normals(pairs: number, below: number): void {
    const { words, z, picks, squares, room: { wasm } } = this;
    wasm.normals(words.byteOffset, z.byteOffset, squares.byteOffset, pairs, picks.byteOffset, below);
  }
}

const LENGTHS = [MOST, MOST, MOST, MOST, MOST, 2, MOST, 2 * MOST + 2, MOST];
let kept: Desk | null = null;

/** Null without vectors. */
export function desk(): Desk | null {
  if (!vectors()) return null;
  if (kept) return kept;
  const here = room(LENGTHS);
  return here && (kept = new Desk(here));
}

const slots: [Logistic, Logistic] = [slot(0), slot(0)];

function slot(n: number): Logistic {
  return { softplus: new Float64Array(n), sigmoid: new Float64Array(n) };
}

/** softplus and sigmoid of sign * logit, which stay until the next call with the same `at`. */
export function logistic(logits: Float64Array, n: number, sign: 1 | -1, at: 0 | 1 = 0): Logistic {
  const here = n <= MOST ? desk() : null;
  if (here) return here.logistic(logits, n, sign, at);
  if (slots[at].softplus.length < n) slots[at] = slot(n);
  const { softplus, sigmoid } = slots[at];
  for (let i = 0; i < n; i++) {
    const x = sign * logits[i]!, e = exp(-Math.abs(x));
    softplus[i] = softplusFrom(x, e);
    sigmoid[i] = sigmoidFrom(x, e);
  }
  return slots[at];
}
