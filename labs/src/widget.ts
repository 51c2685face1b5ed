/**
 * ES module for anywidget: the same elements, their parameters in sync with Python traits.
 *
 * It also exports the engine and the labs' models, so Node can run exactly what is shipped.
 */
import { define, type LabElement } from "./kit/lab-element";
import type { Value } from "./kit/lab";
import { LABS } from "./labs";

export * from "./engine";
export { replay } from "./kit/run";
export { LABS };

/** The part of anywidget's model that both ipywidgets 7.7 and 8 have. */
interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, handler: (...args: never[]) => void): void;
  off(event: string, handler: (...args: never[]) => void): void;
}

interface Command {
  readonly call: "step" | "act" | "play" | "pause" | "reset";
  readonly args: never[];
}

function render({ model, el }: { model: WidgetModel; el: HTMLElement }): () => void {
  const lab = LABS.find(({ tag }) => tag === model.get("_tag"))!;
  const cargo = model.get("_cargo");
  if (cargo) lab.cargo?.give(cargo as string);
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
  // Jupyter may put `el` into the page only later. Until then the element has nothing but its attributes.
  const fromPython = (key: string) => (): void => {
    if (!element.shadowRoot) return give(key);
    const value = model.get(key) as Value;
    if (key === "seed" ? element.state["seed"] === value : JSON.stringify(element.values[key]) === JSON.stringify(value)) return;
    if (key === "seed") element.reset(value as number);
    else element.set(key, value);
  };
  const command = ({ call, args }: Command): void => {
    if (element.shadowRoot) (element[call] as (...args: never[]) => void)(...args);
  };
  element.addEventListener("change", toPython);
  const handlers = [...keys, "seed"].map((key) => [`change:${key}`, fromPython(key)] as const);
  for (const [event, handler] of handlers) model.on(event, handler);
  model.on("msg:custom", command);
  el.append(element); // in the page, it fires its first `change`
  return () => {
    element.removeEventListener("change", toPython);
    for (const [event, handler] of handlers) model.off(event, handler);
    model.off("msg:custom", command);
    element.remove();
  };
}

export default { render };
