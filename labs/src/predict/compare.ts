/** What a reader expected beside what came out. No DOM. */
import { exact } from "../kit/lab";
import { readNumber } from "../kit/outside";
import type { Answer, Kind as Asked, Marks } from "../quiz/judge";

export type Kind = Extract<Asked, "single" | "multiple" | "matching" | "numeric"> | "curve";

export interface Question {
  readonly kind: Kind;
  /** What came out: the mark of each option ("x" or ""), its partner, or the numbers. */
  readonly truth: readonly (string | number)[];
  /** How far off a number may be and still count as near. */
  readonly near: Near;
  /** Of a number, in words, such as "times". */
  readonly unit: string;
}

export interface Near {
  readonly by: number;
  /** `by` is a factor, not a difference. */
  readonly factor: boolean;
}

export interface Comparison {
  /** Is it as expected? null: nothing can be compared yet, and `words` say what is missing. */
  readonly held: boolean | null;
  readonly words: string;
  /** Of each option or line: it came out (as expected), it did not, or there is nothing to say. */
  readonly marks: Marks;
}

const open = (words: string): Comparison => ({ held: null, words, marks: [] });

export const COMPARE: Readonly<Record<Kind, (question: Question, answer: Answer) => Comparison>> = { single, multiple, matching, numeric, curve };

function single({ truth }: Question, answer: Answer): Comparison {
  if (!answer.length) return open("Choose one answer first.");
  const held = truth[answer[0] as number] === "x";
  return { held, words: held ? "It is as you expected." : "It is not as you expected.", marks: cameOut(truth, answer) };
}

function multiple({ truth }: Question, answer: Answer): Comparison {
  if (!answer.length) return open("Choose at least one answer first.");
  return counted(truth.map((mark, i) => answer.includes(i) === (mark === "x")), cameOut(truth, answer));
}

function matching({ truth }: Question, answer: Answer): Comparison {
  const missing = truth.length - answer.filter(Boolean).length;
  if (missing) return open(`Choose for each line first; ${missing} ${missing === 1 ? "is" : "are"} missing.`);
  const marks = truth.map((partner, i) => answer[i] === partner);
  return counted(marks, marks);
}

/** What came out, and what was chosen and did not. */
function cameOut(truth: Question["truth"], answer: Answer): Marks {
  return truth.map((mark, i) => (mark === "x" ? true : answer.includes(i) ? false : null));
}

function counted(each: readonly boolean[], marks: Marks): Comparison {
  const right = each.filter(Boolean).length, held = right === each.length;
  return { held, words: held ? `It is as you expected, all ${right} of them.` : `${right} of ${each.length} are as you expected.`, marks };
}

function numeric({ truth, near, unit }: Question, [typed]: Answer): Comparison {
  const x = readNumber(String(typed)), came = truth[0] as number;
  if (x === null) return open("Type a number first, such as 0.5 or 100.");
  const held = isNear(x, came, near);
  const said = `It came out at ${quantity(came, unit)}`;
  return { held, words: x === came ? `${said}, as you expected.` : held ? `${said}, close to what you expected.` : `${said}${away(x, came, near)}.`, marks: [held] };
}

function curve({ truth, near }: Question, answer: Answer): Comparison {
  if (answer.length < truth.length) return open("Draw your curve first: move at least one point.");
  const marks = truth.map((came, i) => isNear(answer[i] as number, came as number, near));
  const right = marks.filter(Boolean).length, held = right === truth.length;
  const how = near.factor ? `within a factor of ${exact(near.by)}` : `within ${exact(near.by)}`;
  return { held, words: `${held ? `All ${right}` : `${right} of ${truth.length}`} points are as you expected, ${how}.`, marks };
}

export function isNear(x: number, came: number, { by, factor }: Near): boolean {
  if (!factor) return Math.abs(x - came) <= by * (1 + 1e-9);
  return x * came > 0 && Math.max(x / came, came / x) <= by * (1 + 1e-9);
}

/** How far it is from what was expected, in the words in which nearness is measured. */
function away(x: number, came: number, { factor }: Near): string {
  if (!factor) return `, ${exact(round(Math.abs(came - x)))} ${came > x ? "more" : "less"} than you expected`;
  if (x * came <= 0) return "";
  const ratio = exact(round(Math.max(x / came, came / x)));
  return Math.abs(came) > Math.abs(x) ? `, ${ratio} times what you expected` : `; you expected ${ratio} times as much`;
}

const round = (x: number): number => Number(x.toPrecision(2));

/** A number with its unit; "%" stands close. */
export function quantity(x: number | string, unit: string): string {
  return `${typeof x === "number" ? exact(x) : x}${unit ? " " : ""}${unit}`;
}

/** A guess that was kept, if it is one: what is kept is text from outside, and the question may have changed since. */
export function admitAnswer({ kind, truth }: Question, partners: readonly string[], given: unknown): Answer | null {
  if (!Array.isArray(given)) return null;
  const index = (x: unknown): boolean => Number.isInteger(x) && (x as number) >= 0 && (x as number) < truth.length;
  const fits: Readonly<Record<Kind, () => boolean>> = {
    single: () => given.length === 1 && index(given[0]),
    multiple: () => given.length > 0 && given.every(index),
    matching: () => given.length === truth.length && given.every((x) => partners.includes(x as string)),
    numeric: () => given.length === 1 && typeof given[0] === "string" && given[0].length < 40 && readNumber(given[0]) !== null,
    curve: () => given.length === truth.length && given.every((x) => typeof x === "number" && Number.isFinite(x)),
  };
  return fits[kind]() ? (given as Answer) : null;
}
