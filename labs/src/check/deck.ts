/** Which questions of the book are drawn, what the answers say, and the address that draws them again. No DOM. */
import { Rng } from "../engine";
import { admitSeed, readNumber, Refused } from "../kit/outside";
import type { Kind } from "../quiz/judge";

export interface Page {
  /** A chapter's number, or the name of another page. */
  readonly id: string;
  readonly title: string;
  readonly href: string;
}

/** Chapters are called by their number, other pages by their name. */
export const isChapter = (id: string): boolean => /^\d+$/.test(id);

export interface Item {
  /** Index of its page. */
  readonly page: number;
  /** Its name there. */
  readonly at: string;
  readonly kind: Kind;
  /** What it is about. */
  readonly keys: readonly string[];
  readonly html: string;
}

/** As the build of the book writes it (book/_ext/quiz_pool.py). */
export interface Pool {
  readonly pages: readonly Page[];
  readonly items: readonly Item[];
  /** Of each key, its words and the places that explain, as HTML. */
  readonly words: Readonly<Record<string, string>>;
}

export interface Choice {
  readonly seed: number;
  /** Names of pages. */
  readonly from: readonly string[];
  /** Only questions that a class can vote on: one right option. */
  readonly vote?: boolean;
}

export const MOST = 20;

/**
 * Indices of at most `MOST` items: each time one from a page that has been asked least, and there one whose keys have
 * been asked least. In the end they are shuffled, so that neighbours are rarely of one chapter.
 */
export function draw({ pages, items }: Pool, { seed, from, vote = false }: Choice): number[] {
  const rng = new Rng(seed);
  const left = shuffled(rng, items.flatMap((item, i) => (from.includes(pages[item.page]!.id) && (!vote || item.kind === "single") ? [i] : [])));
  const asked = new Map<number | string, number>();
  const times = (topic: number | string): number => asked.get(topic) ?? 0;
  const drawn: number[] = [];
  while (drawn.length < MOST && left.length) {
    const weigh = (i: number): number => 1000 * times(items[i]!.page) + items[i]!.keys.reduce((sum, key) => sum + times(key), 0);
    const least = Math.min(...left.map(weigh));
    const [next] = left.splice(left.findIndex((i) => weigh(i) === least), 1);
    for (const topic of [items[next!]!.page, ...items[next!]!.keys]) asked.set(topic, times(topic) + 1);
    drawn.push(next!);
  }
  return shuffled(rng, drawn);
}

function shuffled<T>(rng: Rng, things: readonly T[]): T[] {
  const all = [...things];
  for (let i = all.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

/** Of one key, the places in the deck where the first answer was wrong, right, or is missing. */
export interface Topic {
  readonly key: string;
  readonly wrong: number[];
  readonly right: number[];
  readonly open: number[];
}

/** Errors and questions are misconceptions; topics and formulas are what a chapter teaches. */
export const isMisconception = ({ key }: Topic): boolean => /^[EU]/.test(key);

/** What the first answers say of each key that was asked about; the keys with most wrong answers first. */
export function result({ items }: Pool, deck: readonly number[], verdicts: readonly (boolean | null)[]): Topic[] {
  const topics = new Map<string, Topic>();
  deck.forEach((i, place) => items[i]!.keys.forEach((key) => {
    if (!topics.has(key)) topics.set(key, { key, wrong: [], right: [], open: [] });
    const verdict = verdicts[place] ?? null;
    topics.get(key)![verdict === null ? "open" : verdict ? "right" : "wrong"].push(place);
  }));
  return [...topics.values()].sort((a, b) => b.wrong.length - a.wrong.length);
}

export interface Settings {
  readonly seed?: number;
  readonly from?: readonly string[];
  /** For a class, and at which question. */
  readonly present?: boolean;
  readonly at?: number;
}

/** `#check;seed=7;from=1-6,10;view=class;at=3`; nothing for an address that is about something else. */
export function readAddress(hash: string, pages: readonly Page[]): Settings | null {
  const [name, ...parts] = hash.replace(/^#/, "").split(";");
  if (name !== "check") return null;
  const given = new Map(parts.map((part) => part.split("=") as [string, string]));
  const number = (key: string): unknown => readNumber(given.get(key) ?? "") ?? given.get(key);
  return {
    ...(given.has("seed") ? { seed: admitSeed(number("seed")) } : {}),
    ...(given.has("from") ? { from: admitPages(given.get("from")!, pages) } : {}),
    present: given.get("view") === "class",
    at: Math.max(0, Math.trunc(Number(number("at"))) - 1 || 0),
  };
}

export function writeAddress({ seed, from, present, at }: Settings, pages: readonly Page[]): string {
  const all = !from || from.length === pages.length;
  return ["#check", `seed=${seed}`, ...(all ? [] : [`from=${ranges(from)}`]), ...(present ? ["view=class", `at=${(at ?? 0) + 1}`] : [])].join(";");
}

/** "1-6,10,refresher": chapters that follow each other are joined. */
export function ranges(from: readonly string[]): string {
  const parts: string[][] = [];
  for (const id of from) {
    const last = parts.at(-1);
    if (last && Number(last.at(-1)) + 1 === Number(id)) last.push(id);
    else parts.push([id]);
  }
  return parts.map((part) => (part.length > 1 ? `${part[0]}-${part.at(-1)}` : part[0])).join(",");
}

function admitPages(text: string, pages: readonly Page[]): string[] {
  const wanted = text.split(",").map((part) => part.split("-"));
  const within = ({ id }: Page): boolean => wanted.some(([low, high]) => id === low || (high !== undefined && Number(low) <= Number(id) && Number(id) <= Number(high)));
  const found = pages.filter(within).map(({ id }) => id);
  if (found.length) return found;
  throw new Refused(`from = “${text.slice(0, 40)}” names no page with questions; there is ${ranges(pages.map(({ id }) => id))}.`);
}
