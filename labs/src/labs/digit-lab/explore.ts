/** Hand G over to the digit explorer of the page, or to a new one below the lab. */
import type { Lab } from "../../kit/lab";
import { define, type LabElement } from "../../kit/lab-element";
import { digitExplorer } from "../digit-explorer";
import { adopt } from "../digit-explorer/own";
import type { DigitLab } from "./model";

/** Can its G be explored: has it learned, from labels, and are its weights numbers? */
export function explorable({ steps, labelled, lost }: DigitLab): boolean {
  return steps > 0 && labelled && !lost;
}

/** The G that draws the sheet at this moment; the explorer comes into view and takes the focus. */
export function explore({ G, steps, seed, look }: DigitLab, host: Element): void {
  adopt({ layers: G.shape.layers, numbers: G.weights.p.slice(), steps, seed, agreement: look?.agreement ?? null });
  const explorer = explorerOf(host);
  document.querySelectorAll<LabElement>(digitExplorer.tag).forEach((lab) => lab.refresh());
  explorer.tabIndex = -1;
  explorer.scrollIntoView({ block: "start", behavior: "instant" });
  explorer.focus({ preventScroll: true });
}

function explorerOf(host: Element): HTMLElement {
  define(digitExplorer as unknown as Lab); // in a notebook, none may have been shown
  const there = document.querySelector<HTMLElement>(digitExplorer.tag);
  if (there) return there;
  const made = document.createElement(digitExplorer.tag);
  host.after(made);
  return made;
}
