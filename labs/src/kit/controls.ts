/** One control per declared parameter: a labelled native input, so keyboard, screen reader and touch work as people know them. */
import { h } from "./dom";
import { exact } from "./numbers";
import type { ChoiceParam, LevelsParam, Param, SliderParam, Value } from "./params";
import { nearest } from "./run";

export interface Control {
  readonly element: HTMLElement;
  show(value: Value): void;
}

type Changed = (value: Value) => void;
let serial = 0;
const newId = (): string => `lab-${(serial += 1)}`;

export function control(key: string, param: Param, changed: Changed): Control | null {
  switch (param.kind) {
    case "slider": return slider(key, param, changed);
    case "levels": return slider(key, param, changed);
    case "select": return select(key, param, changed);
    case "radio": return segments(key, param, changed);
    case "toggle": return toggle(key, param, changed);
    case "points": return null;
  }
}

function slider(key: string, param: SliderParam | LevelsParam, changed: Changed): Control {
  const levels = param.kind === "levels" ? param.values : null;
  const { min, max, step } = param.kind === "slider" ? param : { min: 0, max: param.values.length - 1, step: 1 };
  const id = newId();
  const value = (): number => (levels ? levels[Number(input.value)]! : Number(input.value));
  const input = h("input", { type: "range", id, name: key, min, max, step, title: param.help });
  whenMoved(input, () => { shown(value()); changed(value()); });
  const output = h("output", { for: id });
  const shown = (x: number): void => {
    output.textContent = exact(x);
    input.setAttribute("aria-valuetext", exact(x));
    input.style.setProperty("--fill", `${(100 * (Number(input.value) - min)) / (max - min)}%`);
  };
  const element = h("div", { class: "control" }, h("div", { class: "row" }, h("label", { for: id }, param.label), output), input);
  return {
    element,
    show: (x) => {
      input.value = String(levels ? levels.indexOf(nearest(levels, x as number)) : x);
      shown(x as number);
    },
  };
}

/** How far a finger goes sideways, in pixels, before it is known not to scroll the page. */
export const SLIDES = 8;

/**
 * Call `moved` when a slider is moved. A finger that scrolls the page may begin on a slider, so what a touch changes counts when the
 * finger has gone along the slider or has left it; if the browser makes it a scroll, the slider goes back.
 */
export function whenMoved(input: HTMLInputElement, moved: () => void): void {
  let held: { readonly value: string; readonly x: number } | null = null;
  const settle = (): void => {
    const changed = held && held.value !== input.value;
    held = null;
    if (changed) moved();
  };
  input.addEventListener("pointerdown", ({ pointerType, clientX: x }) => { if (pointerType === "touch") held = { value: input.value, x }; });
  input.addEventListener("pointermove", ({ clientX }) => { if (held && Math.abs(clientX - held.x) > SLIDES) settle(); });
  input.addEventListener("pointerup", settle);
  input.addEventListener("pointercancel", () => {
    if (held) input.value = held.value;
    held = null;
  });
  input.addEventListener("input", () => { if (!held) moved(); });
}

function select(key: string, param: ChoiceParam, changed: Changed): Control {
  const id = newId();
  const input = h("select", { id, name: key, title: param.help, onchange: () => changed(input.value) });
  for (const [value, text] of Object.entries(param.options)) input.append(h("option", { value }, text));
  const element = h("div", { class: "control" }, h("label", { for: id }, param.label), input);
  return { element, show: (x) => { input.value = x as string; } };
}

function segments(key: string, param: ChoiceParam, changed: Changed): Control {
  const name = newId();
  const inputs = Object.entries(param.options).map(([value, text]) => {
    const input = h("input", { type: "radio", name, value, "data-key": key, onchange: () => changed(value) });
    return { input, label: h("label", {}, input, h("span", {}, text)) };
  });
  const row = h("div", { class: "segments" }, ...inputs.map((i) => i.label));
  const element = h("fieldset", { class: "control", title: param.help }, h("legend", {}, param.label), row);
  return { element, show: (x) => inputs.forEach(({ input }) => { input.checked = input.value === x; }) };
}

function toggle(key: string, param: Param, changed: Changed): Control {
  const input = h("input", { type: "checkbox", name: key, onchange: () => changed(input.checked) });
  const element = h("label", { class: "control toggle", title: param.help }, input, h("span", {}, param.label));
  return { element, show: (x) => { input.checked = Boolean(x); } };
}
