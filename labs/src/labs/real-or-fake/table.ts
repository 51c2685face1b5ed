/** What each judge is worth: the number, its interval on a scale, and what is known from many images. */
import { h, svg } from "../../kit/dom";
import { format } from "../../kit/lab";
import type { Palette } from "../../kit/theme";
import type { Judge, Result } from "./model";

export interface Style {
  readonly judge: Judge;
  readonly name: string;
  readonly color: keyof Palette;
  readonly mark: "solid" | "dashed" | "dotted";
}

export const TABLE_STYLE = `
.worth { width: 100%; border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; margin: 0.35rem 0 0; }
.worth th { text-align: left; font-weight: 600; padding: 0.25rem 0.3rem 0 0; } .worth thead th { font-size: 0.75rem; font-weight: 400; color: var(--lab-muted); vertical-align: bottom; }
.worth td, .worth thead th + th { text-align: right; padding: 0.25rem 0 0 0.3rem; } .worth td:nth-child(2) { font-weight: 650; }
.worth .scale td { padding: 0; } .worth svg { display: block; width: 100%; height: 30px; overflow: visible; forced-color-adjust: none; }
.worth svg text { font-size: 10.5px; fill: var(--lab-muted); }
`;

const TICKS = [0, 0.25, 0.5, 0.75, 1];

export function table(styles: readonly Style[]): { readonly element: HTMLElement; show(results: readonly Result[], predicted: number): void } {
  const head = h("thead", {}, h("tr", {}, h("th", {}, "AUC on"), h("th", {}, "these"), h("th", {}, "95 % interval"), h("th", {}, "20,000 images")));
  const body = h("tbody");
  return {
    element: h("table", { class: "worth" }, head, body),
    show(results, predicted) {
      body.replaceChildren(...results.flatMap((result) => {
        const style = styles.find(({ judge }) => judge === result.judge)!;
        const cells = [format(result.auc, 2), `${format(result.low, 2)} to ${format(result.high, 2)}`, result.many === null ? "–" : format(result.many, 2)];
        const numbers = h("tr", {}, h("th", { scope: "row" }, style.name), ...cells.map((words) => h("td", {}, words)));
        const scale = h("td", { colspan: 4 });
        scale.append(drawScale(result, style, result.judge === "you" ? predicted : null));
        return [numbers, h("tr", { class: "scale", "aria-hidden": "true" }, scale)];
      }));
    },
  };
}

/** The interval as a line, the number as a dot; a diamond for the prediction, a bar for the number from many images. */
function drawScale({ auc, low, high, many }: Result, { color }: Style, predicted: number | null): SVGSVGElement {
  const at = (x: number): string => `${(100 * x).toFixed(2)}%`;
  const ink = `var(--lab-${color})`;
  const picture = svg("svg", {});
  picture.append(svg("line", { x1: "0%", x2: "100%", y1: 9, y2: 9, stroke: "var(--lab-edge)", "stroke-width": 1 }));
  for (const tick of TICKS) {
    const label = svg("text", { x: at(tick), y: 27, "text-anchor": tick === 0 ? "start" : tick === 1 ? "end" : "middle" });
    label.textContent = String(tick);
    picture.append(svg("line", { x1: at(tick), x2: at(tick), y1: 9, y2: 14, stroke: "var(--lab-edge)", "stroke-width": 1 }), label);
  }
  picture.append(svg("line", { x1: at(low), x2: at(high), y1: 9, y2: 9, stroke: ink, "stroke-width": 4, "stroke-linecap": "round" }));
  if (many !== null) picture.append(svg("line", { x1: at(many), x2: at(many), y1: 1, y2: 17, stroke: ink, "stroke-width": 3 }));
  picture.append(svg("circle", { cx: at(auc), cy: 9, r: 5.5, fill: ink, stroke: "var(--lab-surface)", "stroke-width": 1.5 }));
  if (predicted !== null) {
    const frame = svg("svg", { x: at(predicted), y: 9, overflow: "visible" });
    frame.append(svg("path", { d: "M0-6.5 6.5 0 0 6.5-6.5 0z", fill: "none", stroke: "var(--lab-ink)", "stroke-width": 1.6 }));
    picture.append(frame);
  }
  return picture;
}
