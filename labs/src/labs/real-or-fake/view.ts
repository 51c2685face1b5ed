/** The stage: first the prediction, then one image after the other, then what the answers are worth. */
import { h, icon, ICONS } from "../../kit/dom";
import { DASH, type Plot } from "../../kit/plot";
import type { Ui } from "../../kit/ui";
import { Picture } from "../digit-explorer/film";
import { imageOf, LINEUP } from "./lineup";
import type { RealOrFake } from "./model";
import { ANSWERS, ROUND, SAID } from "./params";
import { table, TABLE_STYLE, type Style } from "./table";

/** Sides of the large image and of those on the sheet, in CSS pixels: whole multiples of 28. */
const LARGE = 252, SMALL = 56;

const STYLE = `
.lineup { border-radius: 10px; margin-bottom: 0.7rem; }
.halves { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.7rem 1.6rem; align-items: start; }
@container (min-width: 560px) { .halves.asking { grid-template-columns: ${LARGE + 4}px minmax(0, 1fr); } .halves.told { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
.digit canvas { border-radius: 8px; margin: 0 auto; }
.ask { display: grid; gap: 0.5rem; align-content: start; } .ask p { margin: 0; font-size: 0.875rem; color: var(--lab-muted); }
.ask .place { color: var(--lab-ink); font-weight: 600; font-variant-numeric: tabular-nums; }
.ask button { justify-self: start; } .answers { display: grid; gap: 0.4rem; grid-template-columns: repeat(2, minmax(0, 1fr)); }
.answers button { min-height: 44px; justify-self: stretch; padding: 0 0.5rem; }
kbd { font: inherit; font-size: 0.8125rem; border: 1px solid var(--lab-edge); border-radius: 5px; padding: 0 0.35rem; color: var(--lab-muted); }
.begin { background: var(--lab-accent); border-color: var(--lab-accent); color: var(--lab-on-accent); font-weight: 600; min-height: 40px; padding: 0 1.2rem; }
.begin:hover { color: var(--lab-ink); }
.sheet h3 { margin: 0.7rem 0 0.3rem; font-size: 0.8125rem; font-weight: 600; } .sheet h3 span { font-weight: 400; color: var(--lab-muted); }
.sheet ol { list-style: none; display: flex; flex-wrap: wrap; gap: 4px; margin: 0; padding: 0; }
.sheet li { margin: 0; width: ${SMALL}px; text-align: center; font-size: 0.75rem; } .sheet figure { margin: 0; } .sheet .icon { width: 12px; height: 12px; vertical-align: -1px; margin-left: 0.2rem; }
${TABLE_STYLE}`;

/** How each judge is drawn. */
const LOOKS: readonly Style[] = [
  { judge: "you", name: "you", color: "first", mark: "solid" },
  { judge: "D", name: "D", color: "d", mark: "dashed" },
  { judge: "detector", name: "detector", color: "second", mark: "dotted" },
];

export function view(ui: Ui): (model: RealOrFake) => void {
  const picture = new Picture("Image to judge", LARGE);
  const side = h("div", { class: "ask" });
  const asking = h("div", { class: "halves asking" }, picture.element, side);
  const top = h("div"), sheet = h("div", { class: "sheet" });
  const stage = h("div", { class: "lineup", role: "group", tabindex: -1, "aria-label": "Images and answers" }, top, sheet);
  ui.stage.append(h("style", {}, STYLE), stage);

  const predict = [h("p", {}, "You are the discriminator. Truth comes at the end of the round."), ui.control("guess"), ui.button("begin")];
  ui.button("begin").className = "begin";
  const place = h("p", { class: "place" });
  const answers = ANSWERS.map((name, i) => {
    ui.button(name).prepend(h("kbd", { "aria-hidden": "true" }, String(i + 1)));
    return ui.button(name);
  });
  const back = ui.button("back");
  back.classList.add("quiet");
  const ask = [place, h("div", { class: "answers", role: "group", "aria-label": "Your answer" }, ...answers), h("p", {}, "Keys 1 to 4 answer, Backspace takes the last answer back."), back];

  const curves = h("div"), rows = table(LOOKS);
  const plot = ui.plot({ title: "ROC curves: share of real ones called real", height: 262, x: { min: 0, max: 1, label: "share of fakes called real" }, y: { min: 0, max: 1 } }, curves);
  ui.legend([...LOOKS.map(({ name, color, mark }) => ({ text: name, color, mark })), { text: "guessing", color: "muted" as const, mark: "long" as const }], curves);
  const more = ui.button("more");
  const told = h("div", { class: "halves told" }, curves, h("div", { class: "ask" }, rows.element, more));
  side.append(...predict);

  listen(stage, (key) => (key === "Backspace" ? back : answers[Number(key) - 1]));
  let before = "";
  return (model) => {
    const { phase } = model, now = `${phase} ${model.told} ${LINEUP.held !== null}`;
    if (now !== before) {
      before = now;
      const focused = stage.contains((stage.getRootNode() as ShadowRoot).activeElement);
      side.replaceChildren(...(phase === "predict" ? predict : ask));
      top.replaceChildren(phase === "told" ? told : asking);
      if (focused) stage.focus({ preventScroll: true }); // the button that was pressed is gone; keys must still be heard
      sheet.replaceChildren(...(phase === "told" ? [true, false].flatMap((real) => sorted(real, model)) : []));
    }
    if (phase === "told") {
      rows.show(model.results, model.predicted!);
      drawCurves(plot, model, ui);
      more.style.display = model.more ? "" : "none";
      return;
    }
    picture.show(model.image);
    picture.describe(phase === "ask" ? `Number ${model.place} of ${ROUND}. ${model.look()}` : "Covered until you begin.");
    place.textContent = `Image ${model.place} of ${ROUND}${model.round > 1 ? `, round ${model.round}` : ""}`;
    back.style.display = model.place > 1 ? "" : "none";
  };
}

/** Keys press the buttons, but not while a reader holds one down or types elsewhere. */
function listen(stage: HTMLElement, button: (key: string) => HTMLButtonElement | undefined): void {
  stage.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const pressed = button(event.key);
    if (!pressed?.isConnected || !pressed.checkVisibility()) return;
    event.preventDefault();
    pressed.click();
  });
}

function drawCurves(plot: Plot, model: RealOrFake, { colors }: Ui): void {
  plot.begin(colors);
  plot.line([0, 1], [0, 1], { color: colors.muted, width: 1.2, dash: DASH.long });
  const results = model.results;
  for (const { judge, curve: { x, y } } of [...results].reverse()) {
    const { color, mark } = LOOKS.find((look) => look.judge === judge)!;
    plot.line(x, y, { color: colors[color], width: judge === "you" ? 3 : 2, dash: DASH[mark] });
    if (judge === "you") plot.marks(x.slice(1, -1), y.slice(1, -1), "dot", colors[color], 4.5);
  }
  plot.describe(results.map(({ judge, auc, curve: { x, y } }) => {
    const corners = judge === "you" ? `: ${x.map((share, i) => `of ${percent(share)} of the fakes, ${percent(y[i]!)} of the real ones`).slice(1, -1).join("; ")}` : "";
    return `${judge === "you" ? "You" : judge}: AUC ${auc.toFixed(2)}${corners}.`;
  }).join(" "));
}

const percent = (x: number): string => `${Math.round(100 * x)} %`;

/** The round's images of one kind with what the reader said, those called most real first. */
function sorted(real: boolean, model: RealOrFake): Node[] {
  const from = model.told - ROUND;
  const all = model.items.slice(from, model.told).map((item, i) => ({ ...item, number: i + 1, rating: model.ratings[from + i]! }));
  const items = all.filter((item) => item.real === real).sort((a, b) => b.rating - a.rating);
  const isRight = ({ rating }: { readonly rating: number }): boolean => rating > 2 === real;
  const wrong = items.filter((item) => !isRight(item)).length;
  const list = h("ol");
  for (const item of items) {
    const picture = new Picture(`Image ${item.number} of the round`, SMALL);
    picture.element.style.width = `${SMALL}px`;
    picture.describe(`It was ${real ? "real" : "fake"}, and you said ${SAID[item.rating - 1]}.`);
    queueMicrotask(() => picture.show(imageOf(item, model.age))); // once it has its place
    list.append(h("li", {}, picture.element, `${item.rating}`, icon(isRight(item) ? ICONS.right : ICONS.wrong)));
  }
  const heading = real ? "The real ones " : "The fakes ";
  return [h("h3", {}, heading, h("span", {}, `${wrong} of ${items.length} called ${real ? "fake" : "real"}; the number is your answer`)), list];
}
