/** What a view builds its stage from: charts, a legend, readouts. */
import { h, rich } from "./dom";
import { format } from "./lab";
import { DASH, Plot, type PlotOptions } from "./plot";
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

  constructor(readonly stage: HTMLElement) {}

  /** A chart, at the end of `parent`. */
  plot(options: PlotOptions, parent: HTMLElement = this.stage): Plot {
    const plot = new Plot(options);
    this.plots.push(plot);
    parent.append(plot.element);
    return plot;
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
  readouts(items: readonly Readout[], parent: HTMLElement = this.stage): (values: readonly (number | null)[]) => void {
    const list = h("dl", { class: "readouts" });
    const slots = items.map(({ label, help }) => {
      const slot = h("dd", {}, "–");
      list.append(h("div", { title: help }, h("dt", {}, ...rich(label)), slot, h("dd", { class: "help" }, help)));
      return slot;
    });
    parent.append(list);
    return (values) => slots.forEach((slot, i) => { slot.textContent = format(values[i] ?? null); });
  }
}

/** The sign itself, as it is drawn: dash and shape tell roles apart without colour. */
function swatch(color: keyof Palette, mark: LegendItem["mark"]): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 30 12");
  svg.setAttribute("aria-hidden", "true");
  svg.style.color = `var(--lab-${color})`;
  svg.innerHTML = {
    area: '<path d="M1 11C8 11 9 2 15 2s7 9 14 9z" fill="currentColor" fill-opacity=".22" stroke="currentColor" stroke-width="1.6"/>',
    arrow: '<path d="M2 6h24m-5-4 5 4-5 4" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    tick: '<path d="M7 2v8m8-8v8m8-8v8" stroke="currentColor" stroke-width="1.8"/>',
    dot: '<circle cx="15" cy="6" r="4" fill="currentColor"/>',
    ring: '<circle cx="15" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.8"/>',
  }[mark as string] ?? `<path d="M1 6h28" stroke="currentColor" stroke-width="2.2" stroke-dasharray="${DASH[mark as keyof typeof DASH].join(" ")}"/>`;
  return svg;
}
