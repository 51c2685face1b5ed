/** What a view builds its stage from: charts, a legend, readouts. */
import { SLIDES, type Control } from "./controls";
import { h, rich, svg, write } from "./dom";
import { format } from "./numbers";
import type { Params, Value, Values } from "./params";
import { DASH, Plot, type PlotOptions } from "./plot";
import { snap } from "./run";
import type { Palette } from "./theme";

export interface LegendItem {
  readonly text: string;
  readonly color: keyof Palette;
  readonly mark: "solid" | "dashed" | "dotted" | "long" | "area" | "arrow" | "tick" | "dot" | "ring";
}

export interface Readout {
  readonly label: string;
  readonly help: string;
}

export class Ui {
  colors!: Palette;
  readonly plots: Plot[] = [];
  /** Are numbers written in this drawing? In some only, while a lab plays: nobody reads sixty a second, and the page is laid out anew for them. */
  numbers = true;

  /** `words`, the live region, stands in the dock unless the view of a smallest form puts it elsewhere. */
  constructor(
    readonly stage: HTMLElement, private readonly controls: ReadonlyMap<string, Control>, private readonly buttons: ReadonlyMap<string, HTMLButtonElement>,
    readonly words: HTMLElement,
    /** Is the lab in its smallest form? */
    readonly compact = false,
  ) {}

  /** Take the control of a parameter (or the menu of presets, `preset`) out of the panel, to stand in the stage. */
  control(key: string): HTMLElement {
    return this.controls.get(key)!.element;
  }

  /** Take the button of an action out of the bar, to stand in the stage. */
  button(action: string): HTMLButtonElement {
    return this.buttons.get(action)!;
  }

  /** A chart, at the end of `parent`. */
  plot(options: PlotOptions, parent: HTMLElement = this.stage): Plot {
    const plot = new Plot(options);
    this.plots.push(plot);
    parent.append(plot.element);
    return plot;
  }

  /** Is the lab playing? Then a view may leave costly parts of its drawing to every few frames. */
  get playing(): boolean {
    return ((this.stage.getRootNode() as ShadowRoot).host as unknown as Host).playing;
  }

  /** Give a parameter without a slider (points, say) another value: the change is recorded and in the link. */
  assign(key: string, value: Value): void {
    ((this.stage.getRootNode() as ShadowRoot).host as unknown as Host).set(key, value);
  }

  /** What the labs of this kind draw from has changed, and is no parameter: bring all of them up to date. */
  refresh(): void {
    const { tagName } = (this.stage.getRootNode() as ShadowRoot).host;
    document.querySelectorAll(tagName).forEach((lab) => (lab as unknown as Host).refresh());
  }

  /** Change parameters from within the view, as their sliders would: the change is recorded and in the link. */
  set(changes: Readonly<Record<string, number>>): void {
    const host = (this.stage.getRootNode() as ShadowRoot).host as unknown as Host;
    for (const [key, x] of Object.entries(changes)) {
      const value = snap(host.lab.params[key]!, x);
      if (value !== host.values[key]) host.set(key, value);
    }
  }

  /**
   * A round grip in a chart that follows the pointer. Sliders do the same by keyboard, so it is hidden from assistive technology.
   * A finger that scrolls the page may come down on it, so it follows a finger only once that has gone sideways.
   */
  grip(plot: Plot, color: keyof Palette, dragged: (at: { x: number; y: number }) => void): (x: number, y: number) => void {
    const node = h("div", { class: "grip", "aria-hidden": "true" });
    node.style.color = `var(--lab-${color})`;
    let from = { x: 0, y: 0 }; // where on the grip it was taken
    let waits: number | null = null; // where a finger came down that may still scroll
    node.addEventListener("pointerdown", (event) => {
      const box = node.getBoundingClientRect();
      from = { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
      waits = event.pointerType === "touch" ? event.clientX : null;
      node.setPointerCapture(event.pointerId);
    });
    node.addEventListener("pointermove", (event) => {
      if (!node.hasPointerCapture(event.pointerId)) return;
      if (waits !== null && Math.abs(event.clientX - waits) <= SLIDES) return;
      waits = null;
      dragged(plot.at({ clientX: event.clientX - from.x, clientY: event.clientY - from.y }));
    });
    plot.element.append(node);
    return (x, y) => {
      plot.over.set(node, [plot.px(clamp(x, plot.x)), plot.py(clamp(y, plot.y))]);
      node.style.left = `${plot.canvas.offsetLeft + plot.px(clamp(x, plot.x))}px`;
      node.style.top = `${plot.canvas.offsetTop + plot.py(clamp(y, plot.y))}px`;
    };
  }

  /** Charts side by side; below each other where the page is narrow. */
  row(): HTMLElement {
    const row = h("div", { class: "charts" });
    this.stage.append(row);
    return row;
  }

  legend(items: readonly LegendItem[], parent: HTMLElement = this.stage): void {
    const list = h("ul", { class: "legend" });
    for (const { text, color, mark } of items) list.append(h("li", {}, swatch(color, mark), h("span", {}, ...rich(text))));
    parent.append(list);
  }

  /** Named numbers; returns the way to fill them in, in the same order. */
  readouts(items: readonly Readout[], parent: HTMLElement = this.stage): (values: readonly (number | string | null)[]) => void {
    const list = h("dl", { class: "readouts" });
    const slots = items.map(({ label, help }) => {
      const slot = h("dd", {}, "–");
      list.append(h("div", { title: help }, h("dt", {}, ...rich(label)), slot, h("dd", { class: "help" }, help)));
      return slot;
    });
    parent.append(list);
    return (values) => {
      if (!this.numbers) return;
      slots.forEach((slot, i) => {
        const value = values[i] ?? null;
        write(slot, typeof value === "string" ? value : format(value));
      });
    };
  }
}

/** The part of the element that a view uses. */
interface Host {
  readonly lab: { readonly params: Params };
  readonly values: Values;
  readonly playing: boolean;
  set(key: string, value: Value): void;
  refresh(): void;
}

function clamp(x: number, { min, max }: { min: number; max: number }): number {
  return Math.min(max, Math.max(min, x));
}

/** The sign itself, as it is drawn: dash and shape tell roles apart without colour. */
function swatch(color: keyof Palette, mark: LegendItem["mark"]): SVGSVGElement {
  const sign = svg("svg", { viewBox: "0 0 30 12", "aria-hidden": "true" });
  sign.style.color = `var(--lab-${color})`;
  sign.innerHTML = {
    area: '<path d="M1 11C8 11 9 2 15 2s7 9 14 9z" fill="currentColor" fill-opacity=".22" stroke="currentColor" stroke-width="1.6"/>',
    arrow: '<path d="M2 6h24m-5-4 5 4-5 4" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    tick: '<path d="M7 2v8m8-8v8m8-8v8" stroke="currentColor" stroke-width="1.8"/>',
    dot: '<circle cx="15" cy="6" r="4" fill="currentColor"/>',
    ring: '<circle cx="15" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.8"/>',
  }[mark as string] ?? `<path d="M1 6h28" stroke="currentColor" stroke-width="2.2" stroke-dasharray="${DASH[mark as keyof typeof DASH].join(" ")}"/>`;
  return sign;
}
