/** What an image looks like in words, for those who cannot see it: ink, lean, and in how many pieces it is. */
import { SIDE } from "../digit-explorer/generator";

export { read, words } from "../digit-explorer/reading";

/** A pixel is ink from this grey level on (of -1 to 1). */
const INK = -0.4;

/** Number of pieces of ink that do not touch, not even at corners. */
export function pieces(image: ArrayLike<number>): number {
  const left = new Set(Array.from(image, (_, i) => i).filter((i) => image[i]! > INK));
  let count = 0;
  while (left.size) {
    count += 1;
    const [first] = left;
    for (const open = [first!]; open.length;) {
      const i = open.pop()!;
      if (!left.delete(i)) continue;
      for (const column of [(i % SIDE) - 1, i % SIDE, (i % SIDE) + 1]) {
        if (column >= 0 && column < SIDE) for (const row of [-SIDE, 0, SIDE]) open.push(i - (i % SIDE) + row + column);
      }
    }
  }
  return count;
}
