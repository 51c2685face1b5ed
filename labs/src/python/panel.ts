/** The folded panel of a lab that shows its program, to copy or to download as a notebook. On paper the code alone is left, if it is open. */
import { h } from "../kit/dom";
import type { Values } from "../kit/params";
import { program, TAUGHT } from "./index";
import { notebook } from "./notebook";

export const PYTHON_STYLE = `
.python { border-top: 1px solid var(--lab-line); padding: 0.5rem 1.1rem; }
.python > summary { cursor: pointer; font-size: 0.875rem; font-weight: 600; padding: 0.3rem 0; border-radius: 6px; }
.python p { margin: 0.3rem 0 0.6rem; font-size: 0.875rem; }
.python .do { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; }
.python pre {
  margin: 0.6rem 0; padding: 0.7rem 0.85rem; max-height: 30rem; overflow: auto; background: var(--lab-soft); border: 1px solid var(--lab-line); border-radius: 8px;
  font: 400 0.8125rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; tab-size: 4;
}
.python code { font: inherit; } .python i { color: var(--lab-muted); }
@container (max-width: 420px) { .python { padding: 0.5rem 0.75rem; } }
@media print { .python:not([open]), .python > :not(pre) { display: none; } .python pre { max-height: none; white-space: pre-wrap; } }
`;

const TOLD = "A complete program with the settings on the screen, in PyTorch and Matplotlib. It begins anew, and its random numbers are PyTorch’s: "
  + "expect the curves of another seed, not the same ones.";

export class Panel {
  readonly element: HTMLDetailsElement;
  private readonly code = h("code");
  private readonly said = h("span", { "aria-live": "polite" });
  private text = "";
  private settings: readonly [values: Values, seed: number] = [{}, 0];

  /** The panel of the lab with that tag, or nothing where the lab has no program. */
  static of(tag: string, title: string): Panel | null {
    return TAUGHT.includes(tag) ? new Panel(tag, title) : null;
  }

  private constructor(private readonly tag: string, private readonly title: string) {
    const button = (name: string, does: string, onclick: () => void): HTMLElement => h("button", { type: "button", "data-action": name, onclick }, does);
    this.element = h("details", { class: "python", ontoggle: () => this.write() },
      h("summary", {}, "Show me the Python"), h("p", {}, TOLD),
      h("div", { class: "do" }, button("copy-python", "Copy", () => void this.copy()), button("notebook", "Download a notebook", () => this.download()), this.said),
      h("pre", { tabindex: 0, role: "region", "aria-label": "Program in Python" }, this.code));
  }

  /** The lab's settings are these now. */
  show(values: Values, seed: number): void {
    this.settings = [values, seed];
    if (this.element.open) this.write();
  }

  private write(): void {
    const text = program(this.tag, ...this.settings);
    if (text === this.text) return;
    this.text = text;
    this.said.textContent = "";
    this.code.replaceChildren(...text.split(/(#.*)/).map((part, i) => (i % 2 ? h("i", {}, part) : part)));
  }

  /** Without a clipboard (another origin's frame, no permission) the older way; where that is refused too, the reader copies what is selected. */
  private async copy(): Promise<void> {
    const done = (await navigator.clipboard?.writeText(this.text).then(() => true, () => false)) || this.copySelected();
    this.said.textContent = done ? "Copied." : "The browser refuses to copy. The program is selected: press Ctrl+C or ⌘C.";
  }

  private copySelected(): boolean {
    getSelection()?.selectAllChildren(this.code);
    const copied = document.execCommand("copy");
    if (copied) getSelection()?.removeAllRanges();
    return copied;
  }

  private download(): void {
    const words = `# ${this.title}\n\nThe program of the lab, with its settings. It needs \`torch\`${this.text.includes("torchvision") ? ", `torchvision`" : ""} and \`matplotlib\`.`;
    const url = URL.createObjectURL(new Blob([notebook(words, this.text)], { type: "application/x-ipynb+json" }));
    h("a", { href: url, download: `${this.tag}.ipynb` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    this.said.textContent = `Saved as ${this.tag}.ipynb, where your browser keeps downloads.`;
  }
}
