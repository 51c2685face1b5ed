/**
 * `<gan-predict kind="…" id="…">`: makes a form of a question whose answer stays folded until the reader commits to a guess or skips.
 *
 * Inside it stand, as ordinary HTML of the page, the parts of a question as in `<gan-quiz>` (`.quiz-prompt`, `.quiz-options`,
 * `.quiz-choices`) and `details.predict-answer`. They stay in the page, in slots. What came out, and what else the form has to know, is in
 * `data-*` attributes (book/_ext/predict.py). The guess is kept in the reader's browser under the element's `id`.
 *
 * Public: `state` (plain JSON, read-only), `commit()`, `skip()`, `reset()`, `expected()`, and the event `change`.
 */
import { Base, h, icon, ICONS } from "../kit/dom";
import { admitName, attempt, readNumber, Refused, type Faults } from "../kit/outside";
import { STYLE } from "../kit/style";
import { isDark, watchTheme } from "../kit/theme";
import { INPUTS, type Input } from "../quiz/inputs";
import type { Answer } from "../quiz/judge";
import { QUIZ_STYLE } from "../quiz/style";
import { Drawing, type Frame } from "./chart";
import { admitAnswer, COMPARE, quantity, type Comparison, type Kind, type Question } from "./compare";
import { keep, recall } from "./memory";
import { PREDICT_STYLE } from "./style";

type Phase = "open" | "committed" | "skipped";

export class GanPredict extends Base {
  private question!: Question;
  /** Of a curve: what it is drawn in. */
  frame: Frame | null = null;
  private partners: readonly string[] = [];
  private input!: Input;
  private phase: Phase = "open";
  private answer: Answer = [];
  private readonly feedback = h("div", { slot: "feedback", class: "quiz-feedback", role: "status" });
  private fieldset!: HTMLFieldSetElement;
  private form!: HTMLFormElement;
  private readonly faults: Faults = new Map();
  private unwatch = (): void => {};

  connectedCallback(): void {
    if (!this.shadowRoot) this.begin();
    this.unwatch = watchTheme(() => { this.dataset["labTheme"] = isDark() ? "dark" : "light"; });
  }

  disconnectedCallback(): void {
    this.unwatch();
  }

  /** `held`: is it as expected? null before the reader has committed. */
  get state(): Record<string, unknown> {
    if (!this.shadowRoot) return {};
    const { phase, answer, question: { kind, truth } } = this;
    return { kind, phase, answer: [...answer], truth: [...truth], held: this.comparison?.held ?? null };
  }

  /** What was expected beside what came out; null before the reader has committed. */
  get comparison(): Comparison | null {
    return this.phase === "committed" ? COMPARE[this.question.kind](this.question, this.answer) : null;
  }

  /** Stand by the guess as it is, and see the answer. */
  commit(): void {
    if (!this.shadowRoot || this.phase !== "open") return;
    const given = this.input.answer();
    const { held, words } = COMPARE[this.question.kind](this.question, given);
    if (held === null) return this.say(words);
    this.enter("committed", given);
    this.reveal();
  }

  /** See the answer without a guess. */
  skip(): void {
    if (!this.shadowRoot || this.phase !== "open") return;
    this.enter("skipped", []);
    this.reveal();
  }

  /** As at the start, nothing kept. */
  reset(): void {
    if (!this.shadowRoot) return;
    this.querySelector("details")!.open = false;
    this.enter("open", []);
  }

  /** The guess in words, for the place where the experiment is: a phrase, or one for each line; of a curve none. */
  expected(): readonly (readonly (Node | string)[])[] {
    const { kind, unit, truth } = this.question, given = this.answer;
    if (kind === "numeric") return [[quantity(String(given[0]).trim(), unit)]];
    if (kind === "matching") return given.map((partner, i) => [...this.option(i), `: ${partner}${partner === truth[i] ? "" : ` (it came out: ${truth[i]})`}`]);
    return kind === "curve" ? [] : given.map((i) => this.option(Number(i)));
  }

  /** A copy of an option as it is set by now, without its letter. */
  private option(i: number): Node[] {
    const copy = this.querySelector(`[slot=option-${i}]`)!.cloneNode(true) as HTMLElement;
    copy.querySelector(".quiz-lead")?.remove();
    copy.querySelectorAll("[id]").forEach((node) => node.removeAttribute("id"));
    return [...copy.querySelectorAll("p")].flatMap((line) => [...line.childNodes]);
  }

  /** Make a form of what stands inside; if that cannot be, it stays readable as it is, with a sentence that says why. */
  private begin(): void {
    attempt(this.faults, "question", () => this.build(this.sound()));
    for (const words of this.faults.values()) this.prepend(h("p", { class: "quiz-fault" }, `This question cannot be answered here. ${words}`));
  }

  private sound(): Question {
    const kind = admitName(this.getAttribute("kind"), Object.keys(COMPARE) as Kind[]);
    for (const part of [".quiz-prompt", ".predict-answer"]) if (!this.querySelector(part)) throw new Refused(`It has no ${part} inside.`);
    const [by, factor] = (this.dataset["near"] ?? "0").split(" ").reverse();
    return { kind, truth: JSON.parse(this.dataset["truth"]!) as (string | number)[], near: { by: readNumber(by!)!, factor: factor === "factor" },
      unit: this.dataset["unit"] ?? "" };
  }

  private build(question: Question): void {
    this.question = question;
    const options = this.fill();
    this.partners = [...this.querySelectorAll(".quiz-choices span")].map((span) => span.textContent!);
    if (question.kind === "curve") {
      this.frame = readFrame(this.dataset);
      this.input = new Drawing(this.frame);
    } else this.input = INPUTS[question.kind]({ options, partners: this.partners, announce: () => {} });
    this.attachShadow({ mode: "open" }).append(h("style", {}, STYLE + QUIZ_STYLE + PREDICT_STYLE), this.card());
    this.restore();
  }

  /** Give each part of the page's HTML its slot; return the number of options. */
  private fill(): number {
    const options = [...this.querySelectorAll(".quiz-options > li")].map((item, i) => {
      const part = h("div", { slot: `option-${i}`, class: "quiz-option" });
      part.append(...item.childNodes);
      return part;
    });
    this.querySelector(".quiz-prompt")!.slot = "prompt";
    this.querySelector(".predict-answer")!.slot = "answer";
    this.querySelector(".quiz-choices")?.setAttribute("slot", "choices");
    this.append(...options, this.feedback);
    return options.length;
  }

  private card(): HTMLElement {
    const unit = this.question.unit;
    if (unit) this.input.node.querySelector("label")!.append(h("span", { class: "unit" }, unit));
    this.fieldset = h("fieldset", {}, h("legend", {}, h("slot", { name: "prompt" })), this.input.node,
      h("slot", { name: "choices", class: "paper" })); // menus cannot be opened on paper
    const skip = h("button", { type: "button", class: "before", onclick: () => this.skip() }, "Skip to the answer");
    const again = h("button", { type: "button", class: "quiet after", onclick: () => this.again() }, icon(ICONS.reset), "Predict again");
    const where = h("span", { class: "where" }, "Your prediction is kept in this browser only.");
    this.form = h("form", { class: "quiz", novalidate: true, onsubmit: (event: Event) => this.submitted(event) }, this.fieldset,
      h("div", { class: "bar" }, h("button", { type: "submit", class: "play before" }, "Commit"), skip, again, where),
      h("div", { class: "feedback" }, h("slot", { name: "feedback" })),
      h("slot", { name: "answer", class: "after" }));
    this.form.addEventListener("keydown", (event) => event.stopPropagation()); // the page keeps its shortcuts
    return this.form;
  }

  private submitted(event: Event): void {
    event.preventDefault();
    this.commit();
  }

  /** What was kept, if it answers this question. */
  private restore(): void {
    const kept = recall(this.id) as { edition?: unknown; answer?: unknown } | null;
    const answer = kept?.edition === this.dataset["edition"] ? admitAnswer(this.question, this.partners, kept?.answer) : null;
    this.show(answer ? "committed" : "open", answer ?? []);
  }

  private enter(phase: Phase, answer: Answer): void {
    keep(this.id, phase === "committed" ? { edition: this.dataset["edition"], answer } : null);
    this.show(phase, answer);
  }

  private show(phase: Phase, answer: Answer): void {
    this.phase = phase;
    this.answer = [...answer];
    this.form.dataset["phase"] = phase;
    this.fieldset.disabled = phase !== "open";
    this.input.set(answer);
    const found = this.comparison;
    this.input.mark(found?.marks ?? []);
    if (this.input instanceof Drawing) this.input.tell(found ? (this.question.truth as number[]) : null);
    this.say(found?.words ?? "", found?.held);
    this.dispatchEvent(new CustomEvent("change", { bubbles: true, composed: true }));
  }

  /** The button that was pressed is gone, so the focus goes to what it has opened. */
  private reveal(): void {
    const answer = this.querySelector("details")!;
    answer.open = true;
    answer.querySelector("summary")!.focus();
  }

  /** The same here: to the first control. */
  private again(): void {
    this.reset();
    this.fieldset.querySelector<HTMLElement>("input, select")!.focus();
  }

  private say(words: string, held: boolean | null = null): void {
    this.form.dataset["verdict"] = words === "" ? "none" : held === null ? "open" : held ? "right" : "wrong";
    this.feedback.replaceChildren(...(words ? [h("p", {}, h("strong", {}, words))] : []));
  }
}

function readFrame({ at, x, y, range, step }: DOMStringMap): Frame {
  const [low, high] = range!.split(",").map(Number);
  return { at: at!.split(",").map((name) => name.trim()), x: x!, y: y!, low: low!, high: high!, step: Number(step) };
}

/** Make the element known to the page. Twice does no harm. */
export function definePredict(): void {
  if (!customElements.get("gan-predict")) customElements.define("gan-predict", GanPredict);
}
