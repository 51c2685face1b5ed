/** One question large, for a class that votes: letters, and the answer with its reasons when a key is pressed. */
import { h, icon, ICONS } from "../kit/dom";

/** What is shown of a question: parts of the page's HTML, which stay in the page so that its formulas are set. */
export interface Slide {
  readonly prompt: readonly Node[];
  readonly options: readonly { readonly text: readonly Node[]; readonly why: readonly Node[]; readonly right: boolean }[];
  readonly source: string;
}

/** px; the largest at which all can be seen. */
const SIZES = [44, 40, 36, 33, 30, 27, 24, 22, 20, 18];
const LETTERS = "ABCDEFGHIJ";

/** Take a question of the book apart. */
export function slide(quiz: Element, source: string): Slide {
  const inside = (node: Element): Node[] => {
    node.querySelector(".quiz-lead")?.remove();
    return [...node.childNodes];
  };
  const reasons = [...quiz.querySelectorAll<HTMLElement>(".quiz-answers li[data-option]")];
  const options = [...quiz.querySelectorAll(".quiz-options > li")].map((item, i) => {
    const reason = reasons.find(({ dataset }) => dataset["option"] === String(i))!;
    return { text: inside(item), why: inside(reason), right: reason.dataset["right"] === "true" };
  });
  return { prompt: [...quiz.querySelector(".quiz-prompt")!.childNodes], options, source };
}

export interface Events {
  /** Another question, by its place. */
  show(at: number): void;
  closed(): void;
}

export class Hall {
  readonly dialog: HTMLDialogElement;
  private readonly heading = h("h2");
  private readonly source = h("span", { class: "seed" });
  private readonly list = h("ol");
  private readonly stage: HTMLElement;
  private readonly answer: HTMLButtonElement;
  private at = 0;
  private count = 0;
  private told = "";

  /** `host` is the element of the page that keeps the slotted parts. */
  constructor(private readonly host: HTMLElement, private readonly events: Events) {
    const button = (words: string, key: string, act: () => void, kind = ""): HTMLButtonElement =>
      h("button", { type: "button", class: kind, onclick: act }, h("span", {}, words), h("kbd", { "aria-hidden": "true" }, key));
    this.answer = button("Show answer", "A", () => this.toggle(), "play");
    this.stage = h("div", { class: "slide", role: "region", "aria-label": "Question", tabindex: 0 }, h("slot", { name: "prompt", class: "ask" }), this.list);
    this.dialog = h("dialog", { "aria-label": "Questions for a class", onclose: () => this.left() },
      h("div", { class: "hall" }, h("header", {}, h("div", { role: "status" }, this.heading), this.source), this.stage,
        h("footer", {}, button("Previous", "←", () => this.go(-1)), this.answer, button("Next", "→", () => this.go(1)),
          h("span", { class: "end" }, button("Full screen", "F", () => this.fill()), button("Close", "Esc", () => this.dialog.close())))));
    this.dialog.addEventListener("keydown", (event) => this.pressed(event));
    new ResizeObserver(() => this.fit()).observe(this.stage);
  }

  open(): void {
    if (!this.dialog.open) this.dialog.showModal();
    this.answer.focus();
  }

  get revealed(): boolean {
    return this.dialog.classList.contains("open");
  }

  /** Show a question; the nodes of the one before leave the page. */
  show({ prompt, options, source }: Slide, at: number, count: number): HTMLElement[] {
    [this.at, this.count, this.told] = [at, count, source];
    this.host.querySelectorAll(":scope > [data-slide]").forEach((node) => node.remove());
    const part = (slot: string, nodes: readonly Node[]): HTMLElement => h("div", { slot, class: "quiz-slide", "data-slide": "" }, ...nodes);
    const parts = [part("prompt", prompt), ...options.flatMap(({ text, why }, i) => [part(`choice-${i}`, text), part(`why-${i}`, why)])];
    this.host.append(...parts);
    this.list.replaceChildren(...options.map(({ right }, i) => h("li", { "data-right": String(right) },
      h("span", { class: "letter" }, LETTERS[i]!), h("slot", { name: `choice-${i}` }),
      h("span", { class: "mark" }, icon(right ? ICONS.right : ICONS.wrong), right ? "right" : "wrong"), h("slot", { name: `why-${i}`, class: "why" }))));
    this.heading.textContent = `Question ${at + 1} of ${count}`;
    this.reveal(false);
    this.stage.scrollTop = 0;
    return parts;
  }

  /** The largest type with which nothing has to be scrolled. */
  fit(): void {
    if (!this.dialog.open) return;
    for (const size of SIZES) {
      this.stage.style.fontSize = `${size}px`;
      if (this.stage.scrollHeight <= this.stage.clientHeight && this.stage.scrollWidth <= this.stage.clientWidth) return;
    }
  }

  private reveal(open: boolean): void {
    this.dialog.classList.toggle("open", open);
    this.answer.firstElementChild!.textContent = open ? "Hide answer" : "Show answer";
    this.source.textContent = open ? this.told : "";
    this.fit();
  }

  private toggle(): void {
    this.reveal(!this.revealed);
  }

  private go(by: number): void {
    const to = this.at + by;
    if (to >= 0 && to < this.count) this.events.show(to);
  }

  private fill(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    else void document.documentElement.requestFullscreen?.().catch(() => undefined); // a browser may refuse
  }

  /** Arrows, and the keys that presenters' remote controls send. */
  private pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const onButton = (event.composedPath()[0] as Element).closest("button, a") !== null;
    const act = ({
      ArrowRight: () => this.go(1), PageDown: () => this.go(1), ArrowLeft: () => this.go(-1), PageUp: () => this.go(-1),
      a: () => this.toggle(), f: () => this.fill(), ...(onButton ? {} : { " ": () => this.toggle(), Enter: () => this.toggle() }),
    } as Readonly<Record<string, () => void>>)[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    event.stopPropagation(); // the page has shortcuts of its own
    if (!act) return;
    event.preventDefault();
    act();
  }

  private left(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    this.host.querySelectorAll(":scope > [data-slide]").forEach((node) => node.remove());
    this.events.closed();
  }
}
