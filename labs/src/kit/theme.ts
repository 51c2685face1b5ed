/**
 * Light or dark, and the colours of the roles: real = blue, fake = orange, D = grey (safe for colour-blind readers).
 *
 * A page may choose by itself (sphinx-book-theme, JupyterLab, Colab, VS Code mark the document); else the system decides.
 */
export interface Palette {
  real: string;
  fake: string;
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

const NAMES = ["real", "fake", "d", "first", "second", "ink", "muted", "line", "surface", "accent"] as const;

export function palette(host: Element): Palette {
  const style = getComputedStyle(host);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--lab-${name}`).trim()])) as unknown as Palette;
}

export function isDark(): boolean {
  const { documentElement: root, body } = document;
  const said = root.dataset["theme"] ?? root.getAttribute("theme") ?? "";
  if (said === "dark" || said === "light") return said === "dark";
  if (body?.dataset["jpThemeLight"]) return body.dataset["jpThemeLight"] === "false";
  if (body?.classList.contains("vscode-dark")) return true;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Call `changed` now and whenever the page turns light or dark; returns the way to stop. */
export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  const attributeFilter = ["data-theme", "theme", "class", "data-jp-theme-light"];
  for (const node of [document.documentElement, document.body]) if (node) observer.observe(node, { attributeFilter });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", changed);
  changed();
  return () => {
    observer.disconnect();
    media.removeEventListener("change", changed);
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
