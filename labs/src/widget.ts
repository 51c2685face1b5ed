/**
 * ES module for anywidget: the same elements, labs and questions, in sync with Python traits.
 *
 * It also exports the engine and the labs' models, so Node can run exactly what is shipped.
 */
import { h } from "./kit/dom";
import { define, type LabElement } from "./kit/lab-element";
import { inWorker, serve } from "./kit/server";
import { LABS } from "./labs";
import { defineQuiz, type GanQuiz } from "./quiz/element";
import { NOTEBOOK_STYLE } from "./quiz/style";

export * as check from "./check/deck";
export * from "./engine";
export * as fast from "./engine/fast";
export { follow } from "./kit/follow";
export { defaults, replay } from "./kit/run";
export { Judge } from "./labs/digit-lab/judge";
export { program, TAUGHT } from "./python";
export { LABS };

/** The part of anywidget's model that both ipywidgets 7.7 and 8 have. */
interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, handler: (...args: never[]) => void): void;
  off(event: string, handler: (...args: never[]) => void): void;
}

interface View {
  readonly model: WidgetModel;
  readonly el: HTMLElement;
}

/** A lab or a question: it does what a message from Python asks for, or says why not. */
interface Commanded extends HTMLElement {
  command(call: unknown, args: unknown): void;
}

const render = (view: View): (() => void) => (view.model.get("_tag") === "gan-quiz" ? renderQuiz(view) : renderLab(view));

function renderLab({ model, el }: View): () => void {
  const lab = LABS.find(({ tag }) => tag === model.get("_tag"))!;
  const cargo = model.get("_cargo");
  // Each widget brings a module of its own, which the page keeps for good; elements are those of the first, and it alone needs the cargo.
  if (cargo && !customElements.get(lab.tag)) lab.cargo?.give(cargo as string);
  define(lab);
  const element = document.createElement(lab.tag) as LabElement;
  const keys = Object.keys(lab.params);
  const give = (key: string): void => {
    const value = model.get(key);
    element.setAttribute(key.replaceAll("_", "-"), typeof value === "object" ? JSON.stringify(value) : String(value));
  };
  [...keys, "seed"].forEach(give);
  const toPython = (): void => {
    const { values, state } = element;
    for (const key of keys) if (model.get(key) !== values[key]) model.set(key, values[key]);
    model.set("seed", state["seed"]);
    model.set("state", state);
    model.set("playing", element.playing);
    model.save_changes();
  };
  const fromPython = (key: string) => (): void => {
    if (!element.shadowRoot) return give(key);
    const value = model.get(key);
    if (key === "seed" ? element.state["seed"] === value : JSON.stringify(element.values[key]) === JSON.stringify(value)) return;
    if (key === "seed") element.reset(value);
    else element.set(key, value);
  };
  return connect({ model, el }, element, toPython, [...keys, "seed"].map((key) => [`change:${key}`, fromPython(key)] as const));
}

/** The question's HTML comes from Python, the reader's answer goes there. */
function renderQuiz({ model, el }: View): () => void {
  defineQuiz();
  const frame = h("div");
  frame.innerHTML = String(model.get("_html"));
  const element = frame.querySelector<GanQuiz>("gan-quiz") ?? (document.createElement("gan-quiz") as GanQuiz);
  element.prepend(h("style", {}, NOTEBOOK_STYLE));
  return connect({ model, el }, element, () => {
    model.set("state", element.state);
    model.save_changes();
  });
}

/**
 * Show an element and keep both sides in step; returns the way to stop.
 *
 * Jupyter may put `el` into the page only later. Until then the element has nothing but its HTML.
 */
function connect(
  { model, el }: View, element: Commanded, toPython: () => void, fromPython: readonly (readonly [string, () => void])[] = [],
): () => void {
  const command = (message: { readonly call?: unknown; readonly args?: unknown } | null): void => {
    if (element.shadowRoot) element.command(message?.call, message?.args);
  };
  element.addEventListener("change", toPython);
  for (const [event, handler] of fromPython) model.on(event, handler);
  model.on("msg:custom", command);
  el.append(element); // in the page, it fires its first `change`
  return () => {
    element.removeEventListener("change", toPython);
    for (const [event, handler] of fromPython) model.off(event, handler);
    model.off("msg:custom", command);
    element.remove();
  };
}

if (inWorker()) serve(LABS);

export default { render };
