/** What a reader answers with: native controls around the slots that hold the options. */
import { h, icon, ICONS } from "../kit/dom";
import { letter, type Answer, type Kind, type Marks } from "./judge";

export interface Input {
  readonly node: HTMLElement;
  answer(): Answer;
  /** Show what is right and wrong, by icon and word. */
  mark(marks: Marks): void;
  /** Show an answer as the reader's; none is as at the start. */
  set(answer: Answer): void;
}

export interface Parts {
  /** Number of options. */
  readonly options: number;
  /** Partners of a matching question. */
  readonly partners: readonly string[];
  /** Tell what a move did to those who cannot see it. */
  readonly announce: (words: string) => void;
}

export const INPUTS: Readonly<Record<Kind, (parts: Parts) => Input>> = {
  single: ({ options }) => ticks("radio", options),
  multiple: ({ options }) => ticks("checkbox", options),
  matching, ordering, arranging, numeric,
};

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const option = (i: number): HTMLElement => h("span", { class: "text" }, h("slot", { name: `option-${i}` }));

/** A place for a mark at the end of a row. */
function marker(row: HTMLElement): (mark: boolean | null | undefined) => void {
  const place = h("span", { class: "mark" });
  row.append(place);
  return (mark) => {
    row.dataset["mark"] = mark === true ? "right" : mark === false ? "wrong" : "";
    place.replaceChildren(...(typeof mark === "boolean" ? [icon(mark ? ICONS.right : ICONS.wrong), mark ? "right" : "wrong"] : []));
  };
}

function ticks(type: "radio" | "checkbox", options: number): Input {
  const inputs = range(options).map((i) => h("input", { type, name: "answer", value: i }));
  const rows = inputs.map((input, i) => h("label", { class: "row" }, input, option(i)));
  const markers = rows.map(marker);
  return {
    node: h("div", { class: "rows" }, ...rows),
    answer: () => inputs.flatMap((input, i) => (input.checked ? [i] : [])),
    mark: (marks) => markers.forEach((set, i) => set(marks[i])),
    set: (answer) => inputs.forEach((input, i) => { input.checked = answer.includes(i); }),
  };
}

function matching({ options, partners }: Parts): Input {
  const selects = range(options).map((i) => h("select", { id: `partner-${i}` },
    h("option", { value: "" }, "choose …"), ...partners.map((partner) => h("option", { value: partner }, partner))));
  const rows = selects.map((select, i) => h("div", { class: "row wide" }, h("label", { for: select.id }, option(i)), select));
  const markers = rows.map(marker);
  return {
    node: h("div", { class: "rows" }, ...rows),
    answer: () => selects.map((select) => select.value),
    mark: (marks) => markers.forEach((set, i) => set(marks[i])),
    set: (answer) => selects.forEach((select, i) => { select.value = String(answer[i] ?? ""); }),
  };
}

/** The rows stay where they are; the options move from row to row. */
function ordering({ options, announce }: Parts): Input {
  let order = range(options);
  const rows = order.map((i) => h("li", { class: "row" }, option(i)));
  const markers = rows.map(marker);
  const buttons = rows.map((row, i) => ([-1, 1] as const).map((by) => {
    const button = h("button", { type: "button", class: "move", "aria-disabled": i + by < 0 || i + by >= options,
      "aria-label": `Move ${by < 0 ? "up" : "down"} number ${i + 1}`, onclick: () => move(i, by) }, icon(by < 0 ? ICONS.up : ICONS.down));
    row.append(button);
    return button;
  }));
  const show = (): void => rows.forEach((row, i) => { row.querySelector("slot")!.name = `option-${order[i]}`; });
  const mark = (marks: Marks): void => markers.forEach((set, i) => set(marks[order[i]!]));
  const move = (from: number, by: -1 | 1): void => {
    const to = from + by;
    if (to < 0 || to >= options) return;
    [order[from], order[to]] = [order[to]!, order[from]!];
    show();
    mark([]);
    buttons[to]![by < 0 ? 0 : 1]!.focus();
    announce(`Now number ${to + 1} of ${options}.`);
    rows[to]!.dispatchEvent(new Event("change", { bubbles: true }));
  };
  return { node: h("ol", { class: "rows" }, ...rows), answer: () => [...order], mark,
    set: (answer) => { order = answer.length ? answer.map(Number) : range(options); show(); } };
}

/** Lines of code in two lists: those to choose from, and the answer. Each line is a row, which moves with its buttons. */
function arranging({ options, announce }: Parts): Input {
  let order: number[] = [];
  const rows = range(options).map((i) => h("li", { class: "row line" }, option(i)));
  const markers = rows.map(marker);
  const places = rows.map((row) => row.appendChild(h("span", { class: "moves" })));
  const button = (name: string, label: string, path: string, act: () => void, off = false): HTMLElement =>
    h("button", { type: "button", class: "move", "data-move": name, "aria-label": label, "aria-disabled": off, onclick: act }, icon(path));
  const answer = h("ol", { class: "rows", "aria-label": "Your answer" });
  const rest = h("ul", { class: "rows", "aria-label": "Lines to choose from" });
  const none = h("p", { class: "hollow" }, "No line yet: add lines from below, in the order in which they shall run.");
  const left = (): number[] => range(options).filter((i) => !order.includes(i));
  const show = (): void => {
    order.forEach((i, at) => places[i]!.replaceChildren(
      button("up", `Move line ${letter(i)} up`, ICONS.up, () => move(i, -1), at === 0),
      button("down", `Move line ${letter(i)} down`, ICONS.down, () => move(i, 1), at === order.length - 1),
      button("out", `Take line ${letter(i)} out`, ICONS.wrong, () => out(i))));
    left().forEach((i) => places[i]!.replaceChildren(button("add", `Add line ${letter(i)}`, ICONS.plus, () => add(i))));
    answer.replaceChildren(...order.map((i) => rows[i]!));
    rest.replaceChildren(...left().map((i) => rows[i]!));
    none.hidden = order.length > 0;
  };
  const mark = (marks: Marks): void => markers.forEach((set, i) => set(marks[i]));
  /** After a change: the focus stays on what the reader is likely to do next. */
  const told = (words: string, i: number | undefined, name: string): void => {
    show();
    mark([]);
    (places[i ?? -1]?.querySelector<HTMLElement>(`[data-move="${name}"]`))?.focus();
    announce(words);
    answer.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const where = (i: number): string => `Line ${letter(i)} is now number ${order.indexOf(i) + 1} of ${order.length} in your answer.`;
  const add = (i: number): void => {
    const at = left().indexOf(i);
    order.push(i);
    const next = left()[Math.min(at, left().length - 1)];
    told(where(i), next ?? i, next === undefined ? "up" : "add");
  };
  const out = (i: number): void => {
    const at = order.indexOf(i);
    order.splice(at, 1);
    const next = order[Math.min(at, order.length - 1)];
    told(`Line ${letter(i)} is out of your answer, which has ${order.length} of the lines now.`, next ?? i, next === undefined ? "add" : "out");
  };
  const move = (i: number, by: -1 | 1): void => {
    const from = order.indexOf(i), to = from + by;
    if (to < 0 || to >= order.length) return;
    [order[from], order[to]] = [order[to]!, order[from]!];
    told(where(i), i, by < 0 ? "up" : "down");
  };
  show();
  const node = h("div", { class: "lists" }, h("p", { class: "caption" }, "Your answer"), none, answer,
    h("p", { class: "caption" }, "Lines to choose from"), rest);
  return { node, answer: () => [...order], mark, set: (answer) => { order = answer.map(Number); show(); } };
}

function numeric(): Input {
  const input = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false" });
  const row = h("div", { class: "row number" }, h("label", {}, "Your number", input));
  const mark = marker(row);
  return { node: row, answer: () => [input.value], mark: (marks) => mark(marks[0]),
    set: (answer) => { input.value = String(answer[0] ?? ""); } };
}
