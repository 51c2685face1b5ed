/** Is an answer right, and which reasons help? No DOM. */
import { readNumber } from "../kit/outside";

export type Kind = "single" | "multiple" | "matching" | "ordering" | "arranging" | "numeric";

/** One entry of the folded answer: the option that it is about (-1: a number), its mark or number, and the verdict. */
export interface Key {
  readonly option: number;
  readonly answer: string;
  readonly right: boolean;
}

export interface Question {
  readonly kind: Kind;
  readonly keys: readonly Key[];
  /** How far off a number may be. */
  readonly tolerance: number;
}

/** The options chosen, or in the reader's order; for arranging only those that the reader uses; for matching the partner of each option or ""; for numeric what was typed. */
export type Answer = readonly (number | string)[];

/** Of each option: right, wrong, or nothing to say about it. */
export type Marks = readonly (boolean | null)[];

export interface Verdict {
  /** null: not an answer yet. */
  readonly right: boolean | null;
  readonly words: string;
  readonly marks: Marks;
  /** Entries whose reasons are told. */
  readonly told: readonly Key[];
}

export const JUDGES: Readonly<Record<Kind, (question: Question, answer: Answer) => Verdict>> = {
  single: choices, multiple: choices, matching, ordering, arranging, numeric,
};

const open = (words: string): Verdict => ({ right: null, words, marks: [], told: [] });

/** What is missing is counted, not shown: the reader may still find it. */
function choices({ kind, keys }: Question, answer: Answer): Verdict {
  if (!answer.length) return open(kind === "single" ? "Choose one answer first." : "Choose at least one answer first.");
  const chosen = (key: Key): boolean => answer.includes(key.option);
  const wrong = keys.filter((key) => chosen(key) && !key.right);
  const missing = keys.filter((key) => key.right && !chosen(key)).length;
  const right = !wrong.length && !missing;
  const words = right ? "Right." : wrong.length ? (kind === "single" ? "No." : "Not quite.") : `Right so far, ${missing} more to find.`;
  return { right, words, marks: keys.map((key) => (chosen(key) ? key.right : null)), told: right ? keys.filter(chosen) : wrong };
}

function matching({ keys }: Question, answer: Answer): Verdict {
  const filled = answer.filter(Boolean).length;
  if (!filled) return open("Choose a partner first.");
  const marks = keys.map((key, i) => (answer[i] ? answer[i] === key.answer : null));
  const told = keys.filter((_, i) => marks[i] === false);
  const right = marks.every((mark) => mark === true);
  const left = filled < keys.length ? `, ${keys.length - filled} not answered` : "";
  return { right, marks, told, words: right ? `Right, all ${keys.length} match.` : `${filled - told.length} of ${keys.length} match${left}.` };
}

/** `keys` stand in the right order. The first step out of place always comes too early. */
function ordering({ keys }: Question, answer: Answer): Verdict {
  const first = keys.findIndex((key, place) => answer[place] !== key.option);
  const right = first < 0;
  const place = (option: number): number => answer.indexOf(option);
  const marks = keys.map((_, option) => (right || place(option) < first ? true : place(option) === first ? false : null));
  const told = keys.filter((key) => !right && key.option === answer[first]);
  const words = right ? `Right, all ${keys.length} are in place.` : `Number ${first + 1} comes too early.`;
  return { right, words, marks, told };
}

const LETTERS = "ABCEFHIJKLMNOPQRSTUVWXYZ"; // no line is called like a network, D or G
/** The letter of a line of code, as it stands in the page. */
export const letter = (option: number): string => LETTERS[option]!;

/** "4 after 2 3": the number of a line, and of those that stand above it; without "after" it follows the one before. */
function place(answer: string): { number: number; above: readonly number[] } {
  const [number, above] = answer.split(" after ");
  return { number: Number(number), above: above === undefined ? [Number(number) - 1] : above.split(" ").map(Number) };
}

/** Wrong lines first, then the first line that waits for one below it, then what is missing. Any order that lets no line wait is right. */
function arranging({ keys }: Question, answer: Answer): Verdict {
  if (!answer.length) return open("Add a line to your answer first.");
  const used = ({ option }: Key): boolean => answer.includes(option);
  const told = (words: string, reasons: readonly Key[], mark: boolean | null): Verdict =>
    ({ right: false, words, told: reasons, marks: keys.map((key) => (reasons.includes(key) && used(key) ? false : used(key) ? mark : null)) });
  const wrong = keys.filter((key) => used(key) && !key.right);
  if (wrong.length) return told(wrong.length === 1 ? "One line does not belong." : `${wrong.length} lines do not belong.`, wrong, null);
  const lines = keys.filter((key) => key.right);
  const at = (key: Key): number => answer.indexOf(key.option);
  const awaited = (key: Key): Key | undefined =>
    lines.find((other) => place(key.answer).above.includes(place(other.answer).number) && at(other) > at(key));
  const early = lines.filter(used).sort((a, b) => at(a) - at(b)).find(awaited);
  if (early) return told(`Line ${letter(early.option)} comes too early: it waits for line ${letter(awaited(early)!.option)}.`, [early], null);
  const missing = lines.filter((key) => !used(key));
  const count = missing.length === 1 ? "one line is missing" : `${missing.length} lines are missing`;
  if (missing.length) return told(`Right so far, ${count}.`, missing.length === 1 ? missing : [], true);
  return { ...told(`Right, all ${lines.length} lines are in place.`, [], true), right: true };
}

function numeric({ keys, tolerance }: Question, answer: Answer): Verdict {
  const x = readNumber(String(answer[0]));
  if (x === null) return open("Type a number, such as 0.5 or 1e-3.");
  const near = (key: Key): boolean => Math.abs(x - Number(key.answer)) <= Math.max(tolerance, 1e-9 * Math.abs(x));
  const told = keys.find((key) => key.right && near(key)) ?? keys.find(near) ?? keys.find((key) => Number.isNaN(Number(key.answer)));
  const right = told?.right ?? false;
  return { right, words: right ? "Right." : "No.", marks: [right], told: told ? [told] : [] };
}
