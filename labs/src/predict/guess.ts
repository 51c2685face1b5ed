/**
 * `<gan-guess data-on="…">`: where the experiment is, the guess of the predict box with that id, above the page's own words about what came out.
 *
 * Its words stand in the page, where formulas are set; only a chart is in its shadow.
 */
import { Base, h } from "../kit/dom";
import { STYLE } from "../kit/style";
import { isDark, watchTheme } from "../kit/theme";
import { chart } from "./chart";
import { GanPredict } from "./element";
import { PREDICT_STYLE } from "./style";

export class GanGuess extends Base {
  private box: GanPredict | null = null;
  private readonly drawn = h("div", {});
  private unwatch = (): void => {};

  connectedCallback(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    root.replaceChildren(h("style", {}, STYLE + PREDICT_STYLE), h("slot"), this.drawn);
    const found = document.getElementById(this.dataset["on"] ?? "");
    this.box = found instanceof GanPredict ? found : null;
    this.box?.addEventListener("change", this.show);
    this.unwatch = watchTheme(() => { this.dataset["labTheme"] = isDark() ? "dark" : "light"; });
    this.show();
  }

  disconnectedCallback(): void {
    this.box?.removeEventListener("change", this.show);
    this.unwatch();
  }

  private readonly show = (): void => {
    const found = this.box?.comparison;
    this.toggleAttribute("data-held", Boolean(found));
    this.replaceChildren(...(this.box ? (found ? this.said(this.box, found.words) : [this.asked(this.box)]) : []));
    this.drawn.replaceChildren(...(this.box?.frame && found ? [this.picture(this.box)] : []));
  };

  /** One phrase goes into the sentence, several make a list. */
  private said(box: GanPredict, words: string): HTMLElement[] {
    const phrases = box.expected();
    if (!phrases.length) return [h("p", {}, words)];
    if (phrases.length > 1) return [h("p", {}, "You expected:"), h("ul", {}, ...phrases.map((nodes) => h("li", {}, ...nodes))), h("p", {}, words)];
    const phrase = h("strong", {}, ...phrases[0]!);
    return [h("p", {}, "You expected: ", phrase, /[.?!]$/.test(phrase.textContent!) ? " " : ". ", words)];
  }

  private picture(box: GanPredict): HTMLElement {
    const { node, show } = chart(box.frame!), { answer, truth } = box.state as Record<string, number[]>;
    show(answer!, truth!);
    return node;
  }

  /** Nothing was expected yet. */
  private asked(box: GanPredict): HTMLElement {
    const question = h("a", { href: `#${box.id}` }, "the question");
    return box.state["phase"] === "skipped" ? h("p", {}, "You skipped ", question, ".") : h("p", {}, "You have not said what you expect; ", question, " waits.");
  }
}

/** Make the element known to the page, after the boxes that it asks. Twice does no harm. */
export function defineGuess(): void {
  if (!customElements.get("gan-guess")) customElements.define("gan-guess", GanGuess);
}
