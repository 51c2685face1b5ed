/**
 * `<gan-check>`: questions drawn from all pages of the book, asked one by one, with a result by misconception; or large,
 * for a class. Inside it stands what is read without JavaScript.
 *
 * The questions come in a file beside the bundle, which the build of the book writes. Nothing is kept but in the page.
 * Public: `state` (plain JSON, read-only), `ready` (settles when the questions are there), the event `change`.
 */
import { Cargo } from "../kit/cargo";
import { Base, h } from "../kit/dom";
import { decode } from "../kit/link";
import { admitSeed, attempt, readNumber, type Faults } from "../kit/outside";
import { STYLE } from "../kit/style";
import { isDark, watchTheme } from "../kit/theme";
import type { GanQuiz } from "../quiz/element";
import { draw, isChapter, isMisconception, readAddress, result, writeAddress, type Pool, type Settings, type Topic } from "./deck";
import { Hall, slide } from "./hall";
import { CHECK_STYLE } from "./style";

const POOL = new Cargo<Pool>("quiz-pool.js", "ganlabQuizPool");
const VIEWS = ["start", "asking", "result"] as const;
type View = (typeof VIEWS)[number];

export class GanCheck extends Base {
  /** Settles when the questions are there, or cannot be had. */
  ready: Promise<void> = Promise.resolve();
  private pool!: Pool;
  private view: View = "start";
  private seed = 0;
  private from: string[] = [];
  private deck: number[] = [];
  private quizzes: (GanQuiz | null)[] = [];
  private verdicts: (boolean | null)[] = [];
  private at = 0;
  private readonly faults: Faults = new Map();
  private hall!: Hall;
  private unwatch = (): void => {};

  private readonly seedInput = h("input", { type: "number", name: "seed", min: 0, step: 1, onchange: () => this.setSeed() });
  private readonly upTo = h("select", { name: "up-to", onchange: () => this.setUpTo() });
  private readonly boxes = h("fieldset", {}, h("legend", {}, "Pages to draw from"));
  private readonly told = h("p", { class: "told", role: "status" });
  private readonly heading = h("h2", { tabindex: -1 });
  private readonly track = h("i");
  private readonly seedShown = h("span", { class: "seed" });
  private readonly source = h("p", { class: "source", role: "status" });
  private readonly back = this.button("Back", () => this.go(-1));
  private readonly next = this.button("Next", () => this.go(1), "play");
  private readonly summary = h("div");

  connectedCallback(): void {
    if (!this.shadowRoot) this.ready = POOL.load().then(() => customElements.whenDefined("gan-quiz")).then(() => this.begin());
    this.unwatch = watchTheme(() => { this.dataset["labTheme"] = isDark() ? "dark" : "light"; });
    addEventListener("hashchange", this.moved);
  }

  disconnectedCallback(): void {
    this.unwatch();
    removeEventListener("hashchange", this.moved);
  }

  get state(): Record<string, unknown> {
    const { view, seed, from, deck, verdicts, at } = this;
    return { view: this.hall?.dialog.open ? "class" : view, seed, from, at, verdicts, questions: deck.map((i) => this.address(i)) };
  }

  private begin(): void {
    if (!POOL.held?.items.length) {
      this.prepend(h("p", {}, "The questions could not be loaded."));
      return;
    }
    this.pool = POOL.held;
    this.hall = new Hall(this, { show: (at) => this.present(at), closed: () => this.remember() });
    this.addEventListener("change", (event) => this.heard(event));
    this.fillPages();
    this.attachShadow({ mode: "open" }).append(h("style", {}, STYLE + CHECK_STYLE), this.startCard(), this.asking(), this.resultCard(), this.hall.dialog);
    this.seed = fresh();
    this.from = this.pool.pages.map(({ id }) => id);
    this.moved();
  }

  // What to draw.

  private fillPages(): void {
    const chapters = this.pool.pages.filter(({ id }) => isChapter(id));
    const option = (value: string, words: string): HTMLElement => h("option", { value }, words);
    this.upTo.append(option("all", "the whole book"), ...chapters.map(({ id, title }) => option(id, `up to ${id}, ${title}`)), option("some", "the pages ticked below"));
    this.boxes.append(...this.pool.pages.map(({ id, title }) => h("label", {},
      h("input", { type: "checkbox", value: id, onchange: () => this.setBoxes() }), h("span", {}, isChapter(id) ? `${id} ${title}` : title))));
  }

  private startCard(): HTMLElement {
    const form = h("form", { class: "lab start", novalidate: true, onsubmit: (event: Event) => { event.preventDefault(); this.start(); } },
      h("div", { class: "fields" }, h("label", {}, "I have read", this.upTo), h("label", {}, "Seed", this.seedInput)),
      h("details", { class: "pages" }, h("summary", {}, "Choose single chapters"), this.boxes), this.told,
      h("div", { class: "buttons" }, h("button", { type: "submit", class: "play" }, "Start"), this.button("Show to a class", () => this.present(0)),
        this.button("New seed", () => this.renew())));
    form.addEventListener("keydown", (event) => event.stopPropagation()); // the page keeps its shortcuts
    return form;
  }

  private renew(): void {
    this.faults.clear();
    this.seed = fresh();
    this.redraw();
  }

  private setSeed(): void {
    const seed = attempt(this.faults, "seed", () => admitSeed(readNumber(this.seedInput.value) ?? this.seedInput.value));
    if (seed !== undefined) this.seed = seed;
    this.redraw();
  }

  private setUpTo(): void {
    const { value } = this.upTo;
    if (value !== "some") this.from = this.pool.pages.map(({ id }) => id).filter((id) => value === "all" || !(Number(id) > Number(value)));
    else this.shadowRoot!.querySelector("details")!.open = true;
    this.redraw();
  }

  private setBoxes(): void {
    this.from = [...this.boxes.querySelectorAll("input")].filter(({ checked }) => checked).map(({ value }) => value);
    this.redraw();
  }

  /** Which entry of the menu says what is ticked. */
  private said(): string {
    const all = this.pool.pages.map(({ id }) => id);
    const same = (upTo: string): boolean => all.filter((id) => !(Number(id) > Number(upTo))).join() === this.from.join();
    return this.from.length === all.length ? "all" : (all.find((id) => isChapter(id) && same(id)) ?? "some");
  }

  /** The settings have changed: what was asked before is over. */
  private redraw(): void {
    this.clear();
    this.remember();
    this.shown();
  }

  // Asking.

  private start(): void {
    this.clear();
    this.deck = draw(this.pool, { seed: this.seed, from: this.from });
    if (!this.deck.length) return;
    this.verdicts = this.deck.map(() => null);
    this.quizzes = this.deck.map(() => null);
    this.remember();
    this.ask(0);
  }

  /** Forget questions and answers. */
  private clear(): void {
    [this.view, this.deck, this.quizzes, this.verdicts, this.at] = ["start", [], [], [], 0];
    this.querySelectorAll(":scope > :is([slot=question], [slot^=words-])").forEach((node) => node.remove());
  }

  private asking(): HTMLElement {
    return h("section", { class: "asking", "aria-label": "Question" },
      h("div", { class: "top" }, this.heading, this.seedShown, h("span", { class: "track", "aria-hidden": "true" }, this.track)),
      h("slot", { name: "question" }), this.source,
      h("div", { class: "buttons" }, this.back, this.next, this.button("Result", () => this.finish(), "quiet"), this.button("Start over", () => this.over(), "quiet")));
  }

  private ask(at: number): void {
    [this.view, this.at] = ["asking", at];
    this.quizzes[at] ??= this.put(at);
    this.quizzes.forEach((quiz, i) => { if (quiz) quiz.hidden = i !== at; });
    this.shown();
    this.heading.focus();
  }

  /** The question's element, in the page. */
  private put(at: number): GanQuiz {
    const quiz = this.made(this.deck[at]!) as GanQuiz;
    quiz.querySelector(".quiz-title strong")!.remove(); // its number is that of its page
    quiz.slot = "question";
    this.append(quiz);
    typeset([quiz]);
    return quiz;
  }

  /** The HTML of a question, as its page has it, without names that the page of this element could have, too. */
  private made(i: number): Element {
    const frame = h("template");
    frame.innerHTML = this.pool.items[i]!.html;
    frame.content.querySelectorAll("[id]").forEach((node) => node.removeAttribute("id"));
    frame.content.querySelectorAll("a").forEach((link) => { link.target = "_blank"; });
    return document.importNode(frame.content, true).firstElementChild!;
  }

  private go(by: number): void {
    if (this.at + by === this.deck.length) this.finish();
    else this.ask(this.at + by);
  }

  /** The first verdict on an answer counts. */
  private heard({ target }: Event): void {
    const at = this.quizzes.indexOf(target as GanQuiz);
    if (at < 0 || this.verdicts[at] !== null) return;
    this.verdicts[at] = (target as GanQuiz).state["right"] as boolean | null;
    if (this.verdicts[at] !== null) this.shown();
  }

  // Result.

  private resultCard(): HTMLElement {
    return h("section", { class: "lab result", "aria-label": "Result" }, this.summary,
      h("div", { class: "buttons" }, this.button("Other questions", () => { this.seed = fresh(); this.start(); }, "play"),
        this.button("Start over", () => this.over())));
  }

  private finish(): void {
    this.view = "result";
    const right = this.verdicts.filter((verdict) => verdict === true).length;
    const open = this.verdicts.filter((verdict) => verdict === null).length;
    const topics = result(this.pool, this.deck, this.verdicts);
    this.querySelectorAll(":scope > [slot^=words-]").forEach((node) => node.remove());
    const again = topics.filter(({ wrong }) => wrong.length);
    const had = topics.filter((topic) => topic.right.length && !topic.wrong.length);
    const missing = topics.filter((topic) => !topic.right.length && !topic.wrong.length);
    const heading = h("h2", { tabindex: -1 }, `${right} of ${this.deck.length} right at the first try`);
    this.summary.replaceChildren(heading, h("p", {}, words(again.length, right, open)),
      ...this.listed("Misconceptions that may be behind it", again.filter(isMisconception)),
      ...this.listed("Topics to read again", again.filter((topic) => !isMisconception(topic))),
      ...(had.length ? [folded(`Held (${had.length})`, this.topics(had, "had"))] : []),
      ...(missing.length ? [folded(`Not answered (${missing.length})`, this.topics(missing, "missing"))] : []));
    this.shown();
    heading.focus();
    typeset([...this.querySelectorAll(":scope > [slot^=words-]")]);
  }

  private listed(words: string, topics: readonly Topic[]): HTMLElement[] {
    return topics.length ? [h("h3", {}, words), this.topics(topics, "again")] : [];
  }

  /** A list; its words stay in the page, where the page's formulas are set. */
  private topics(topics: readonly Topic[], kind: string): HTMLElement {
    return h("ul", { class: kind }, ...topics.map(({ key, wrong, right, open }) => {
      const slot = `words-${key}`, said = h("div", { slot });
      said.innerHTML = this.pool.words[key] ?? "";
      said.querySelectorAll("a").forEach((link) => { link.target = "_blank"; });
      this.append(said);
      const places = wrong.length ? wrong : right.length ? right : open;
      const links = places.flatMap((at, n) => [n ? ", " : "", this.button(`question ${at + 1}`, () => this.ask(at))]);
      return h("li", {}, h("slot", { name: slot }), h("span", { class: "tries" },
        wrong.length ? `wrong in ` : right.length ? "right in " : "", ...links, wrong.length && right.length ? `; right in ${right.length} more` : ""));
    }));
  }

  private over(): void {
    this.clear();
    this.shown();
    this.shadowRoot!.querySelector<HTMLElement>(".start select")!.focus();
  }

  // For a class.

  private present(at: number): void {
    if (!this.hall.dialog.open) this.clear();
    if (!this.deck.length) this.deck = draw(this.pool, { seed: this.seed, from: this.from, vote: true });
    const place = Math.min(at, this.deck.length - 1), item = this.pool.items[this.deck[place] ?? -1];
    if (!item) return;
    const { id, title } = this.pool.pages[item.page]!;
    const parts = this.hall.show(slide(this.made(this.deck[place]!), isChapter(id) ? `Chapter ${id}: ${title}` : title), place, this.deck.length);
    this.at = place;
    this.hall.open();
    this.shown();
    this.remember();
    this.hall.fit();
    void typeset(parts).then(() => this.hall.fit());
  }

  // The page around it.

  /** Do what the address says, if it is about this. */
  private readonly moved = (): void => {
    if (!this.pool) return;
    const given = attempt(this.faults, "address", () => readAddress(decode(location.hash), this.pool.pages));
    if (!given) return this.shown();
    const { seed = this.seed, from = this.pool.pages.map(({ id }) => id), present, at } = given;
    [this.seed, this.from] = [seed, [...from]];
    if (this.hall.dialog.open) this.hall.dialog.close();
    if (present) this.present(at ?? 0);
    else if (this.view !== "start") this.over();
    this.shown();
  };

  /** Let the address say what is asked. */
  private remember(): void {
    const settings: Settings = { seed: this.seed, from: this.from, present: this.hall.dialog.open, at: this.at };
    history.replaceState(history.state, "", writeAddress(settings, this.pool.pages));
  }

  private shown(): void {
    if (!this.shadowRoot) return;
    const { view, at, deck, pool, seed } = this;
    for (const name of VIEWS) this.shadowRoot.querySelector<HTMLElement>(`.${name}`)!.hidden = name !== view;
    this.showSettings();
    const item = pool.items[deck[at] ?? -1];
    this.heading.textContent = `Question ${at + 1} of ${deck.length}`;
    this.seedShown.textContent = `seed ${seed}`;
    this.track.style.width = `${(100 * (at + 1)) / Math.max(1, deck.length)}%`;
    this.back.disabled = at === 0;
    this.next.textContent = at + 1 === deck.length ? "Result" : "Next";
    this.source.replaceChildren(...(item && view === "asking" && (this.verdicts[at] ?? null) !== null ? this.whence(item.page, item.at) : []));
    this.dispatchEvent(new CustomEvent("change", { bubbles: true, composed: true }));
  }

  private showSettings(): void {
    this.seedInput.value = String(this.seed);
    this.upTo.value = this.said();
    for (const box of this.boxes.querySelectorAll("input")) box.checked = this.from.includes(box.value);
    const some = { seed: this.seed, from: this.from }, read = draw(this.pool, some).length, vote = draw(this.pool, { ...some, vote: true }).length;
    const stock = this.pool.items.filter(({ page }) => this.from.includes(this.pool.pages[page]!.id)).length;
    const sentence = stock ? `${read} questions, drawn from ${stock}. For a class ${vote}, each with one right answer.` : "Tick at least one page.";
    this.told.textContent = [...this.faults.values(), sentence].join(" ");
  }

  private whence(page: number, at: string): (Node | string)[] {
    const { id, title, href } = this.pool.pages[page]!;
    return ["From ", h("a", { href: `${href}#${at}`, target: "_blank" }, isChapter(id) ? `chapter ${id}, ${title}` : title), "."];
  }

  private address(i: number): string {
    const { page, at } = this.pool.items[i]!;
    return `${this.pool.pages[page]!.href}#${at}`;
  }

  private button(words: string, act: () => void, kind = ""): HTMLButtonElement {
    return h("button", { type: "button", class: kind || undefined, onclick: act }, words);
  }
}

function words(again: number, right: number, open: number): string {
  const left = open ? ` ${open} ${open === 1 ? "was" : "were"} not answered.` : "";
  if (!again) return (right ? "No first answer was wrong." : "No question was answered.") + (right ? left : "");
  return `The wrong answers touch ${again === 1 ? "one point" : `${again} points`}.${left} Links open in a new tab, so that your answers stay.`;
}

function folded(words: string, list: HTMLElement): HTMLElement {
  return h("details", {}, h("summary", {}, words), list);
}

/** A seed that is short enough to be read aloud. */
function fresh(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! % 10_000;
}

interface MathJax {
  readonly startup?: { readonly promise: Promise<void> };
  typesetPromise?(nodes: readonly Element[]): Promise<void>;
}
let typesetting: Promise<void> = Promise.resolve();

/** Set the formulas inside; one after the other, as MathJax wants it. Before it has come there is nothing to do: it sets the whole page. */
function typeset(nodes: readonly Element[]): Promise<void> {
  const { MathJax } = window as unknown as { MathJax?: MathJax };
  return (typesetting = typesetting.then(() => MathJax?.startup?.promise).then(() => MathJax?.typesetPromise?.(nodes)));
}

/** Make the element known to the page. Twice does no harm. */
export function defineCheck(): void {
  if (!customElements.get("gan-check")) customElements.define("gan-check", GanCheck);
}
