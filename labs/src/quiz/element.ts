/**
 * `<gan-quiz kind="…">`: makes a form of a question that is readable without JavaScript.
 *
 * Inside it stand, as ordinary HTML of the page: `.quiz-title`, `.quiz-prompt`, `.quiz-options` (a list), for matching
 * `.quiz-choices` (a span for each partner), and `details.quiz-answers` with one item for each reason (`data-option`,
 * `data-answer`, `data-right`). They stay in the page, in slots, so formulas and links work as elsewhere.
 *
 * Public: `state` (plain JSON, read-only), `check()`, `reset()`, and the event `change`.
 */
import { Base, h, icon, ICONS } from "../kit/dom";
import { admitName, attempt, readNumber, Refused, type Faults } from "../kit/outside";
import { STYLE } from "../kit/style";
import { isDark, watchTheme } from "../kit/theme";
import { INPUTS, type Input } from "./inputs";
import { JUDGES, type Key, type Kind, type Question } from "./judge";
import { QUIZ_STYLE } from "./style";

/** What Python may ask for. */
const COMMANDS = ["check", "reset"] as const;
/** What a question consists of; options where something is chosen. */
const PARTS = [".quiz-title", ".quiz-prompt", ".quiz-answers li[data-option]"];

interface Entry extends Key {
  /** Verdict and reason, as they stand in the page. */
  readonly item: HTMLElement;
}

export class GanQuiz extends Base {
  private question!: Question;
  private input!: Input;
  private entries: Entry[] = [];
  private form!: HTMLFormElement;
  private heard = h("span", { class: "heard", role: "status" });
  private feedback = h("div", { slot: "feedback", class: "quiz-feedback", role: "status" });
  private attempts = 0;
  private right: boolean | null = null;
  private readonly faults: Faults = new Map();
  private unwatch = (): void => {};

  connectedCallback(): void {
    if (!this.shadowRoot) this.begin();
    this.dataset["lmSuppressShortcuts"] = "true"; // JupyterLab: keys pressed in here are ours
    this.unwatch = watchTheme(() => { this.dataset["labTheme"] = isDark() ? "dark" : "light"; });
    if (this.shadowRoot) this.changed();
  }

  disconnectedCallback(): void {
    this.unwatch();
  }

  /** `right` is the verdict on the last answer that was checked, null before. */
  get state(): Record<string, unknown> {
    const { attempts, right } = this;
    return this.shadowRoot ? { kind: this.question.kind, answer: [...this.input.answer()], attempts, right } : {};
  }

  /** What Python asks for. */
  command(call: unknown, _args: unknown): void {
    const name = attempt(this.faults, "message", () => admitName(call, COMMANDS));
    if (name) this[name]();
    else this.show([...this.faults.values()].join(" "), null, []);
  }

  /** Judge the answer as it stands, and tell. */
  check(): void {
    if (!this.shadowRoot) return;
    const { right, words, marks, told } = JUDGES[this.question.kind](this.question, this.input.answer());
    if (right !== null) {
      this.attempts += 1;
      this.right = right;
      this.input.mark(marks);
    }
    // Right so far, or not answered yet: nothing chosen is wrong, so no cross.
    this.show(words, right || marks.includes(false) ? right : null, told as readonly Entry[]);
    this.changed();
  }

  /** As at the start. */
  reset(): void {
    if (!this.shadowRoot) return;
    this.attempts = 0;
    this.right = null;
    this.input.set([]);
    this.input.mark([]);
    this.querySelector("details")?.removeAttribute("open");
    this.show("", null, []);
    this.changed();
  }

  /** Make a form of what stands inside; if that cannot be, it stays readable as it is, with a sentence that says why. */
  private begin(): void {
    attempt(this.faults, "question", () => this.build(this.sound()));
    for (const words of this.faults.values()) this.prepend(h("p", { class: "quiz-fault" }, `This question cannot be answered here. ${words}`));
    this.faults.clear();
  }

  /** The kind, if this is a question. */
  private sound(): Kind {
    const kind = admitName(this.getAttribute("kind"), Object.keys(JUDGES) as Kind[]);
    for (const part of PARTS) if (!this.querySelector(part)) throw new Refused(`It has no ${part} inside.`);
    const tolerance = this.getAttribute("tolerance");
    if (tolerance !== null && !((readNumber(tolerance) ?? -1) >= 0)) throw new Refused(`tolerance = “${tolerance}”: this must be a number from 0.`);
    return kind;
  }

  private build(kind: Kind): void {
    this.entries = [...this.querySelectorAll<HTMLElement>(".quiz-answers li[data-option]")].map(entry);
    const byOption = (a: Key, b: Key): number => a.option - b.option;
    const keys = kind === "ordering" ? this.entries : [...this.entries].sort(byOption);
    this.question = { kind, keys, tolerance: readNumber(this.getAttribute("tolerance") ?? "0")! };
    const options = this.fill();
    const partners = [...this.querySelectorAll(".quiz-choices span")].map((span) => span.textContent!);
    this.input = INPUTS[kind]({ options, partners, announce: (words) => { this.heard.textContent = words; } });
    this.attachShadow({ mode: "open" }).append(h("style", {}, STYLE + QUIZ_STYLE), this.card());
    this.show("", null, []);
  }

  /** Give each part of the page's HTML its slot; return the number of options. */
  private fill(): number {
    const options = [...this.querySelectorAll(".quiz-options > li")].map((item, i) => {
      const part = h("div", { slot: `option-${i}`, class: "quiz-option" });
      part.append(...item.childNodes);
      return part;
    });
    for (const name of ["title", "prompt", "answers"]) this.querySelector(`.quiz-${name}`)!.slot = name;
    this.querySelector(".quiz-choices")?.setAttribute("slot", "choices");
    this.append(...options, this.feedback);
    return options.length;
  }

  private card(): HTMLElement {
    const again = h("button", { type: "button", class: "quiet later", onclick: () => this.again() }, icon(ICONS.reset), "Start again");
    this.form = h("form", { class: "lab quiz", novalidate: true, onsubmit: (event: Event) => this.submitted(event), onchange: () => this.changed() },
      h("fieldset", {}, h("legend", {}, h("slot", { name: "title" }), h("slot", { name: "prompt" })), this.input.node,
        h("slot", { name: "choices", class: "paper" })), // menus cannot be opened on paper
      h("div", { class: "bar" }, h("button", { type: "submit", class: "play" }, "Check"), again, this.heard),
      h("div", { class: "feedback" }, h("span", { class: "sign", "aria-hidden": "true" }), h("slot", { name: "feedback" })),
      h("div", { class: "later" }, h("slot", { name: "answers" })));
    // The page and Jupyter keep their shortcuts; keys typed into an answer stay in it.
    this.form.addEventListener("keydown", (event) => event.stopPropagation());
    return this.form;
  }

  private submitted(event: Event): void {
    event.preventDefault();
    this.check();
  }

  /** The button that was pressed goes away, so the focus goes to the first control. */
  private again(): void {
    this.reset();
    this.form.querySelector<HTMLElement>("fieldset input, fieldset select, fieldset button")?.focus();
  }

  private show(words: string, right: boolean | null, told: readonly Entry[]): void {
    this.form.dataset["tried"] = String(this.attempts > 0);
    this.form.dataset["verdict"] = words === "" ? "none" : right === null ? "open" : right ? "right" : "wrong";
    this.form.querySelector(".sign")!.replaceChildren(...(right === null ? [] : [icon(right ? ICONS.right : ICONS.wrong)]));
    const alone = this.question.kind === "single" || this.question.kind === "numeric";
    const reasons = told.flatMap((each) => reason(each, !alone) ?? []);
    this.feedback.replaceChildren(...(words ? [h("p", {}, h("strong", {}, words))] : []), ...reasons);
  }

  private changed(): void {
    this.dispatchEvent(new CustomEvent("change", { bubbles: true, composed: true }));
  }
}

function entry(item: HTMLElement): Entry {
  const { option, answer, right } = item.dataset;
  return { item, option: Number(option), answer: answer!, right: right === "true" };
}

/** A copy of the reason as it is typeset by now, behind the letter of its option or without; null if there is none. */
function reason({ item }: Entry, lettered: boolean): HTMLElement | null {
  const copy = h("div", {}, ...[...item.childNodes].map((node) => node.cloneNode(true)));
  copy.querySelectorAll("[id]").forEach((node) => node.removeAttribute("id"));
  const lead = copy.querySelector(".quiz-lead")!;
  const letter = lead.querySelector("strong")!;
  lead.remove();
  if (!copy.textContent!.trim() && !copy.querySelector("mjx-container, img")) return null;
  if (lettered) copy.firstElementChild!.prepend(letter, " ");
  return copy;
}

/** Make the element known to the page. Twice does no harm. */
export function defineQuiz(): void {
  if (!customElements.get("gan-quiz")) customElements.define("gan-quiz", GanQuiz);
}
