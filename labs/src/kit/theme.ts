/**
 * Light or dark, and the colours of the roles: real = blue, fake = orange, D = grey (safe for colour-blind readers).
 *
 * A page may choose by itself (sphinx-book-theme, JupyterLab, Colab, VS Code mark the document); else the system decides. Where the reader
 * has the system force its colours on all pages, its ground decides.
 */
import { h } from "./dom";

export interface Palette {
  real: string;
  fake: string;
  /** Orange that is dark enough for words. */
  fakeText: string;
  d: string;
  /** Two things that are compared and neither real nor fake: two classes, two losses. */
  first: string;
  second: string;
  ink: string;
  muted: string;
  line: string;
  surface: string;
  accent: string;
}

const NAMES = ["real", "fake", "fakeText", "d", "first", "second", "ink", "muted", "line", "surface", "accent"] as const;

export function palette(host: Element): Palette {
  const style = getComputedStyle(host);
  const said = (name: string): string => style.getPropertyValue(`--lab-${name}`).trim();
  return Object.fromEntries(NAMES.map((name) => [name, forced() ? resolved(said(name)) : said(name)])) as unknown as Palette;
}

/** Does the system force its colours on all pages? */
function forced(): boolean {
  return matchMedia("(forced-colors: active)").matches;
}

/** A colour in numbers: a canvas does not know what a system colour such as `CanvasText` is at the moment. */
function resolved(color: string): string {
  const probe = h("span", { style: `forced-color-adjust: none; color: ${color}` });
  document.documentElement.append(probe);
  const { color: found } = getComputedStyle(probe);
  probe.remove();
  return found;
}

export function isDark(): boolean {
  if (forced()) return brightness(resolved("Canvas")) < 128;
  const { documentElement: root, body } = document;
  const said = root.dataset["theme"] ?? root.getAttribute("theme") ?? "";
  if (said === "dark" || said === "light") return said === "dark";
  if (body?.dataset["jpThemeLight"]) return body.dataset["jpThemeLight"] === "false";
  if (body?.classList.contains("vscode-dark")) return true;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** From 0 to 255; the eye takes most of it from green. */
function brightness(color: string): number {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return 0.2 * r + 0.7 * g + 0.1 * b;
}

/** Call `changed` now and whenever the page turns light or dark; returns the way to stop. */
export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  const attributeFilter = ["data-theme", "theme", "class", "data-jp-theme-light"];
  for (const node of [document.documentElement, document.body]) if (node) observer.observe(node, { attributeFilter });
  const media = ["(prefers-color-scheme: dark)", "(forced-colors: active)"].map((query) => matchMedia(query));
  for (const each of media) each.addEventListener("change", changed);
  changed();
  return () => {
    observer.disconnect();
    for (const each of media) each.removeEventListener("change", changed);
  };
}

/** Call `changed` whenever a pixel of the page becomes more or fewer pixels of the screen (another screen, another zoom). */
export function watchDensity(changed: () => void): () => void {
  let media: MediaQueryList | null = null;
  const watch = (): void => {
    media?.removeEventListener("change", again);
    media = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    media.addEventListener("change", again);
  };
  const again = (): void => { watch(); changed(); };
  watch();
  return () => media?.removeEventListener("change", again);
}
