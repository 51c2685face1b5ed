/**
 * The custom element around a lab: toolbar, stage, words, controls.
 *
 * Public: `state` (plain JSON, read-only), `values`, `playing`, `step(n)`, `act(action, n)`, `play()`, `pause()`, `reset(seed)`,
 * `set(key, value)`, `link`, and the event `change`. Attributes are the parameters (`lr_d` is the attribute `lr-d`) and `seed`.
 *
 * None of them throws on a wrong value: the lab says what is wrong (see outside.ts) and goes on with what it had.
 */
import { calm, CALM_MS } from "./clock";
import { control, type Control } from "./controls";
import { Panel, PYTHON_STYLE } from "../python/panel";
import { Base, h, icon, ICONS, rich, write } from "./dom";
import { readRun, written } from "./file";
import type { Cure, Lab, Preset, Value, Values } from "./lab";
import { isFirst, readLink, writeLink } from "./link";
import { admit, admitName, admitSeed, attempt, MOST_STEPS, parse, readNumber, Refused, whole, type Faults } from "./outside";
import { Remote } from "./remote";
import { Run, type Entry } from "./run";
import { Slices, type Motor } from "./slices";
import { STYLE } from "./style";
import { isDark, palette, watchDensity, watchTheme } from "./theme";
import { Ui } from "./ui";

const SPEEDS: readonly (readonly [string, number])[] = [["slow", 4], ["medium", 60], ["fast", 400], ["full speed", Infinity]];
/** Parts of a step per second. */
const SLOW_MOTION = ["slow motion", 0.5] as const;
/** Least time between two updates of the words (and of the text alternatives) while playing. */
const WORDS_MS = 2000;
/** Least time between two updates of numbers while playing. */
const NUMBERS_MS = 125;
/** Least time between two `change` events while playing. */
const CHANGE_MS = 250;
/** Faults that are told in full, the latest first. */
const MOST_TOLD = 3;
/** What Python may ask for. */
const COMMANDS = ["step", "play", "pause", "reset"] as const;
/** Attributes that every element may have; `data-…` and `aria-…` come on top. */
const HTML = new Set(`accesskey autocapitalize autofocus class contenteditable dir draggable enterkeyhint exportparts hidden id inert inputmode is
  itemid itemprop itemref itemscope itemtype lang nonce part popover role slot spellcheck style tabindex title translate`.split(/\s+/));

/** By then, a download has begun. */
const REVOKE_MS = 60_000;
const OWN_FILE = "Choose a file that Save of this lab has written.";
/** From this width on, in pixels, settings and words stand beside the picture (an attribute tells the style, which cannot open a drawer). */
const WIDE = 860;

/** A replay that takes longer than this shows a bar. */
const LONG_MS = 300;

/** What makes the run go on at the moment: play, the replay of a link, a button whose act takes long, or a cure. */
type Task = "play" | "replay" | "press" | "cure";

export abstract class LabElement extends Base {
  static lab: Lab;
  private run!: Run;
  private motor!: Motor;
  private task: Task | null = null;
  /** What began last, while it waits for the lab's cargo. */
  private waiting: object | null = null;
  /** Acts a second of play. */
  private speed = 60;
  /** Buttons that were pressed while the act of another one takes its time. */
  private pressed: string[] = [];
  private ui!: Ui;
  private drawView!: ReturnType<Lab["view"]>;
  private controls = new Map<string, Control>();
  private buttons = new Map<string, HTMLButtonElement>();
  private playButton!: HTMLButtonElement;
  private counter!: HTMLElement;
  private seedInput?: HTMLInputElement;
  private words!: HTMLElement;
  private drawer!: HTMLDetailsElement;
  private bar!: HTMLElement;
  private dock!: HTMLElement;
  private wide = false;
  private presetMenu?: HTMLSelectElement;
  private explain?: HTMLDetailsElement;
  /** The patient whose cure was applied. */
  private treated: Preset | null = null;
  /** What the cure came to. */
  private outcome!: HTMLElement;
  private python: Panel | null = null;
  /** Does play go part by part? */
  private slow = false;
  private replayed = (): void => {};
  /** Stands there while the run is one that the weights of a link began. */
  private arrival!: HTMLElement;
  private progress!: { readonly box: HTMLElement; readonly bar: HTMLProgressElement; late: number };
  /** What the address last said about this lab, or was given to say. */
  private followed: string | null = null;
  private readonly faults: Faults = new Map();
  private notice!: HTMLElement;
  private cleanup: (() => void)[] = [];
  private spoken = 0;
  private told = 0;
  private drawn = 0;
  private counted = 0;
  private frame = 0;

  static get observedAttributes(): string[] {
    return ["seed", ...Object.keys(this.lab.params).map(attribute)];
  }

  get lab(): Lab {
    return (this.constructor as typeof LabElement).lab;
  }

  get state(): Record<string, unknown> {
    return structuredClone(this.run.state);
  }

  get values(): Values {
    return { ...this.run.values };
  }

  get playing(): boolean {
    return this.task === "play";
  }

  /** Is it in its smallest form? */
  private get compact(): boolean {
    return this.lab.compact !== undefined && this.hasAttribute("compact");
  }

  /** Settles when a link has been replayed and the cargo, if any, is there. */
  ready: Promise<void> = Promise.resolve();

  connectedCallback(): void {
    if (!this.shadowRoot) this.build();
    this.classList.toggle("full-width", !!document.querySelector(".bd-sidebar-secondary")); // sphinx-book-theme: "On this page" gives way to it
    this.dataset["lmSuppressShortcuts"] = "true"; // JupyterLab: keys pressed in here are ours
    this.cleanup = [
      watchTheme(() => this.themed()),
      this.watchSize(),
      this.watchViewport(),
      listen(document, "visibilitychange", () => document.hidden && this.pause()),
      watchDensity(() => this.drawSoon()),
      listen(window, "hashchange", () => this.follow()),
      listen(window, "beforeprint", () => this.themed(() => this.draw())), // paper waits for no frame
    ];
    this.follow();
    if (this.lab.cargo && !this.compact) this.ready = Promise.all([this.ready, this.lab.cargo.load().then(() => this.changed())]).then(() => {});
    this.changed();
  }

  disconnectedCallback(): void {
    if (this.task === "replay") this.followed = null; // begins again where the lab is put next
    this.interrupt();
    this.motor.free();
    this.cleanup.forEach((stop) => stop());
    this.cleanup = [];
  }

  /** An attribute that is taken away means the default. */
  attributeChangedCallback(name: string, _old: string | null, text: string | null): void {
    if (!this.run) return;
    if (name === "seed") return this.reset(text === null ? 0 : readNumber(text) ?? text);
    const key = name.replaceAll("-", "_"), param = this.lab.params[key]!;
    this.set(key, text === null ? param.default : parse(param, text));
  }

  /** What Python asks for. */
  command(call: unknown, args: unknown): void {
    const [first] = Array.isArray(args) ? (args as unknown[]) : [];
    const name = this.use("message", () => admitName(call, COMMANDS));
    if (name === "step") this.step(first);
    else if (name === "reset") this.reset(first);
    else if (name) this[name]();
  }

  /** What a script asks for is done when the call comes back; the page waits for it. */
  step(n: unknown = 1): void {
    this.act("step", n);
  }

  act(action: string, n: unknown = 1): void {
    const times = this.use("step", () => {
      admitName(action, Object.keys(this.lab.actions));
      return whole("steps", n, MOST_STEPS);
    });
    if (times === undefined) return;
    this.interrupt();
    for (let i = 0; i < times; i++) this.run.act(action);
    this.changed();
  }

  play(): void {
    if (!("step" in this.lab.actions)) return;
    if (this.playing) return;
    this.interrupt();
    this.go();
    this.tell();
  }

  /** Play, from now on as the menu of speeds says. */
  private go(): void {
    this.begin("play", [{ action: this.slow ? "sub" : "step", count: Infinity }], this.speed);
    this.showPlaying();
  }

  pause(): void {
    if (!this.playing && this.task !== "cure") return;
    this.interrupt();
    this.changed();
  }

  reset(seed: unknown = this.run.seed): void {
    this.interrupt();
    this.faults.clear();
    this.run.reset(this.use("seed", () => admitSeed(seed)));
    this.changed();
  }

  set(key: string, value: unknown): void {
    if (!this.playing) this.interrupt();
    this.use(key, () => this.run.set(key, value));
    this.motor.renew();
    this.changed(!this.playing);
  }

  /** What the model draws from has changed, and is no setting: another lab has handed it over. */
  refresh(): void {
    this.changed();
  }

  /** Start anew with ready-made settings. */
  preset(label: string): void {
    const list = this.lab.presets?.list ?? [];
    this.interrupt();
    this.faults.clear();
    this.use("preset", () => {
      admitName(label, list.map((preset) => preset.label));
      this.run.load(list.find((preset) => preset.label === label)!.values);
    });
    this.changed();
  }

  /** The address that restores this run, written into the address bar. */
  get link(): string {
    this.followed = this.run.toText();
    return writeLink(this.key, this.followed);
  }

  /** The lab's name in the address: its id or its kind, and a number from the second of that name on. */
  private get key(): string {
    const alike = [...(this.getRootNode() as ParentNode).querySelectorAll(this.lab.tag)].filter(({ id }) => id === this.id);
    const place = alike.indexOf(this);
    return (this.id || this.lab.tag) + (place > 0 ? `-${place + 1}` : "");
  }

  // Building, once.

  private build(): void {
    const { lab } = this;
    const { seed = 0, ...values } = Object.fromEntries(this.given());
    this.run = new Run(lab, values, seed as number);
    const listener = { moved: (share: number) => this.moved(share), done: () => this.finished() };
    this.motor = this.run.model.save ? new Remote(this.run, listener) : new Slices(this.run, listener);
    this.speed = lab.speed ?? 60;
    const stage = h("div", { class: "stage" });
    this.words = h("p", { class: "say", role: "status" });
    this.notice = h("p", { class: "notice", role: "alert", hidden: true });
    const said = h("div", { class: "said" }, this.words, ...this.explanation());
    const panel = this.panel();
    this.bar = this.toolbar();
    this.drawer = this.settings(panel);
    this.dock = h("div", { class: "dock" }, this.drawer, said);
    const section = h("section", { class: this.compact ? "lab compact" : "lab", "aria-label": lab.title },
      this.header(), this.bar, this.replayBar(), this.arrivalBar(), this.notice, h("div", { class: "desk" }, stage, this.dock));
    // Jupyter and the page keep their shortcuts; keys typed into a control stay in it.
    section.addEventListener("keydown", (event) => event.stopPropagation());
    this.python = this.compact ? null : Panel.of(lab.tag, lab.title);
    if (this.python) section.append(this.python.element);
    const root = this.attachShadow({ mode: "open" });
    root.append(h("style", {}, STYLE + PYTHON_STYLE), section);
    this.ui = new Ui(stage, this.controls, this.buttons, said, this.compact);
    this.drawView = lab.view(this.ui);
    section.querySelectorAll(".panel > :not(:has(.control))").forEach((emptied) => emptied.remove());
    this.drawer.hidden = !panel.childElementCount;
    this.arrange();
  }

  /** What the attributes set. */
  private given(): [string, Value][] {
    const keys = new Map(Object.keys(this.lab.params).map((key) => [attribute(key), key]));
    return [...this.attributes].flatMap(({ name, value: text }) => {
      if (HTML.has(name) || /^(data|aria)-/.test(name) || (name === "compact" && this.lab.compact)) return [];
      const key = keys.get(name) ?? name;
      const value = attempt(this.faults, key, () => {
        if (name === "seed") return admitSeed(readNumber(text) ?? text);
        if (!keys.has(name)) admitName(name, ["seed", ...keys.keys()]);
        return admit(this.lab, key, parse(this.lab.params[key], text));
      });
      return value === undefined ? [] : [[key, value]];
    });
  }

  private header(): HTMLElement {
    this.counter = h("b", {}, "0");
    const count = h("span", { class: "count" }, `${this.lab.counter ?? "step"} `, this.counter);
    const copy = h("button", { type: "button", class: "quiet", "data-action": "link", onclick: () => this.copyLink(),
      title: "Copy an address that restores this run" }, icon(ICONS.link), "Link");
    const what = this.compact ? [h("strong", {}, this.lab.compact!.title)]
      : [h("strong", {}, this.lab.title), h("span", { class: "does" }, ...rich(this.lab.does))];
    return h("header", {}, ...what, ...("step" in this.lab.actions ? [count] : []), copy);
  }

  private toolbar(): HTMLElement {
    const { actions } = this.lab;
    const bar = h("div", { class: "bar", role: "group", "aria-label": "Run" });
    this.playButton = h("button", { type: "button", class: "play", onclick: () => (this.playing ? this.pause() : this.play()) });
    if ("step" in actions) bar.append(this.playButton);
    for (const [name, { label, help }] of Object.entries(actions)) {
      const button = h("button", { type: "button", "data-action": name, title: help, onclick: () => this.press(name) },
        ...(name === "step" ? [icon(ICONS.step)] : []), label);
      this.buttons.set(name, button);
      bar.append(button);
    }
    bar.append(h("button", { type: "button", "data-action": "reset", onclick: () => this.reset() }, icon(ICONS.reset), "Reset"), ...this.fileButtons());
    const end = [...("step" in actions ? [this.speedMenu()] : []), ...(this.lab.seeded === false ? [] : [this.seedBox()])];
    if (end.length) bar.append(h("div", { class: "end" }, ...end));
    this.showPlaying();
    return bar;
  }

  private fileButtons(): HTMLElement[] {
    const { file } = this.lab;
    if (!file) return [];
    const chosen = h("input", { type: "file", accept: `.${file.ending}`, hidden: true, onchange: () => void this.openFile(chosen) });
    const save = h("button", { type: "button", "data-action": "save", title: "Weights and all that the run needs to go on, as a file", onclick: () => this.saveFile() }, "Save");
    const load = h("button", { type: "button", "data-action": "load", title: "Go on from a file that was saved here", onclick: () => chosen.click() }, "Load");
    return [save, load, chosen];
  }

  private saveFile(): void {
    const made = this.use("file", () => written(this.run, this.lab.file!));
    if (!made) return;
    const address = URL.createObjectURL(new Blob([made.bytes]));
    h("a", { href: address, download: made.name }).click();
    window.setTimeout(() => URL.revokeObjectURL(address), REVOKE_MS);
  }

  /** Nothing is changed until all of the file has been understood. */
  private async openFile(input: HTMLInputElement): Promise<void> {
    const file = input.files?.[0], format = this.lab.file!;
    if (!file) return;
    const bytes = file.size > format.most ? null : await file.arrayBuffer().then((read) => new Uint8Array(read), () => null);
    input.value = ""; // the same file may be chosen again
    this.interrupt();
    const run = this.use("file", () => {
      if (file.size > format.most) throw new Refused(`The file has ${megabytes(file.size)}; a saved run has ${megabytes(format.most)} at most. ${OWN_FILE}`);
      if (!bytes) throw new Refused(`The browser could not read the file. ${OWN_FILE}`);
      return readRun(this.lab, bytes, format);
    });
    if (run) this.run.resume(run);
    this.changed();
  }

  private speedMenu(): HTMLElement {
    const speeds = "sub" in this.lab.actions ? [SLOW_MOTION, ...SPEEDS] : SPEEDS;
    const menu = h("select", { name: "speed", "aria-label": "speed", title: "Steps per second of play", onchange: () => {
      this.speed = speeds[menu.selectedIndex]![1];
      this.slow = speeds[menu.selectedIndex] === SLOW_MOTION;
      if (this.playing) this.go();
    } });
    for (const [name] of speeds) menu.append(h("option", {}, name));
    menu.selectedIndex = Math.max(0, speeds.findIndex(([, speed]) => speed >= this.speed));
    return menu;
  }

  private seedBox(): HTMLElement {
    const input = h("input", { type: "number", name: "seed", min: 0, step: 1, title: "Same seed, same run: start anew with another",
      onchange: () => this.reset(readNumber(input.value) ?? input.value) });
    this.seedInput = input;
    return h("label", {}, "seed", input);
  }

  /** How far the replay of a link has come, and the way to end it. */
  private replayBar(): HTMLElement {
    const bar = h("progress", { max: 1, value: 0, "aria-label": "Run of the link" });
    const stop = h("button", { type: "button", "data-action": "stop-replay", onclick: () => this.stopReplay() }, "Stop the replay");
    const box = h("div", { class: "replay", hidden: true }, h("span", {}, "Replay"), bar, stop);
    this.progress = { box, bar, late: 0 };
    return box;
  }

  /** What it means that the weights came with the link, and the way to the exact run. */
  private arrivalBar(): HTMLElement {
    const replay = h("button", { type: "button", "data-action": "replay", onclick: () => this.replay(this.run.rewind()) }, "Repeat the run");
    const text = "The weights came with the link, rounded to seven digits: the run goes on nearly as it would have, and charts begin here.";
    return (this.arrival = h("div", { class: "replay", hidden: true }, h("span", {}, text), replay));
  }

  private panel(): HTMLElement {
    const panel = h("div", { class: "panel" });
    const groups = new Map<string, HTMLElement>();
    for (const [key, param] of Object.entries(this.lab.params)) {
      const made = control(key, param, (value) => this.set(key, value));
      if (!made) continue;
      this.controls.set(key, made);
      const name = param.group ?? "Settings";
      if (!groups.has(name)) groups.set(name, this.group(name, panel));
      groups.get(name)!.append(made.element);
    }
    return panel;
  }

  /** The settings: beside the picture where there is room, else in a drawer at the foot of the screen, which Escape closes. */
  private settings(panel: HTMLElement): HTMLDetailsElement {
    const handle = h("summary", {}, "Settings");
    const drawer = h("details", { class: "drawer", onkeydown: ({ key }: KeyboardEvent) => {
      if (key !== "Escape" || this.wide || !drawer.open) return;
      drawer.open = false;
      handle.focus();
    } }, handle, panel);
    return drawer;
  }

  /** Wide or narrow? The drawer is for the narrow page only. The style is told what stands over the picture while it scrolls. */
  private arrange(): void {
    const wide = this.clientWidth >= WIDE;
    this.style.setProperty("--lab-bar", `${this.bar.offsetHeight}px`);
    this.style.setProperty("--lab-dock", `${this.dock.offsetHeight}px`);
    if (wide === this.wide) return;
    this.wide = this.drawer.open = wide;
    this.toggleAttribute("data-wide", wide);
  }

  /** An empty group of controls in the panel, with its heading; the first one offers the presets. */
  private group(name: string, panel: HTMLElement): HTMLElement {
    const presets = panel.childElementCount ? [] : this.presetBox();
    const folded = this.lab.folded?.includes(name);
    const group = h("div", { class: "group", role: "group", "aria-label": name }, ...(folded ? [] : [h("h3", { "aria-hidden": "true" }, name)]), ...presets);
    panel.append(folded ? h("details", { class: "fold" }, h("summary", {}, name), group) : group);
    return group;
  }

  private presetBox(): HTMLElement[] {
    const { presets } = this.lab;
    if (!presets) return [];
    const menu = h("select", { name: "preset", onchange: () => menu.value && this.preset(menu.value) }, h("option", { value: "" }, "my own settings"));
    for (const { label } of presets.list) menu.append(h("option", { value: label }, label));
    this.presetMenu = menu;
    const element = h("label", { class: "control" }, presets.label, menu);
    this.controls.set("preset", { element, show: () => this.showPreset() });
    return [element];
  }

  private explanation(): HTMLElement[] {
    if (!this.lab.presets) return [];
    this.outcome = h("div", { "aria-live": "polite" });
    const cure = h("div", { class: "cure" }, h("button", { type: "button", "data-action": "cure", onclick: () => this.treat() }, "Apply the cure"), h("span"));
    this.explain = h("details", { class: "explain" }, h("summary", {}, this.lab.presets.ask), h("p"), cure, this.outcome);
    return [this.explain];
  }

  /** Start the patient on show anew, with its cure, and say after the stated number of steps whether it worked. */
  private treat(): void {
    const patient = this.shownPreset;
    if (!patient?.cure) return;
    this.interrupt();
    this.run.load({ ...patient.values, ...patient.cure.values });
    this.treated = patient;
    this.changed();
    this.outcome.textContent = `Running ${patient.cure.steps} steps with the cure …`;
    this.begin("cure", [{ action: "step", count: patient.cure.steps }], Infinity);
  }

  private judge({ steps, judge }: Cure): void {
    const { model, seed } = this.run, { healthy, reading, wanted } = judge(model);
    const found = model.over ? `the numbers ran away at step ${model.steps}` : `after ${steps} steps ${reading}`;
    this.outcome.textContent = `${healthy ? "It worked" : `It did not work on this seed (${seed})`}: ${found}; wanted: ${wanted}.`;
  }

  private get shownPreset(): Preset | undefined {
    const { treated } = this;
    if (treated && this.run.beganWith({ ...treated.values, ...treated.cure!.values })) return treated;
    this.treated = null;
    return this.lab.presets?.list.find(({ values }) => this.run.beganWith(values));
  }

  /** The settings of a cure, in words. */
  private prescription({ values, steps }: Cure): string {
    const changes = Object.entries(values).map(([key, value]) => {
      const param = this.lab.params[key]!;
      return `${param.label}: ${"options" in param ? param.options[String(value)]! : String(value)}`;
    });
    return `${changes.join("; ")}. From the start, with this seed, for ${steps} steps.`;
  }

  private showPreset(): void {
    const { presets } = this.lab;
    if (!presets || !this.presetMenu || !this.explain) return;
    const shown = this.shownPreset;
    const text = this.explain.querySelector("p")!;
    if (text.textContent !== (shown?.explain ?? "")) this.explain.open = false;
    text.textContent = shown?.explain ?? "";
    this.explain.hidden = !shown;
    this.presetMenu.value = this.treated ? "" : shown?.label ?? "";
    const cure = this.explain.querySelector<HTMLElement>(".cure")!;
    cure.hidden = !shown?.cure;
    cure.querySelector("span")!.textContent = shown?.cure ? this.prescription(shown.cure) : "";
    if (!this.treated || !this.run.model.steps) this.outcome.textContent = "";
  }

  // Watching the page.

  private themed(redraw = () => this.drawSoon()): void {
    this.dataset["labTheme"] = isDark() ? "dark" : "light";
    this.ui.colors = palette(this);
    redraw();
  }

  private watchSize(): () => void {
    const observer = new ResizeObserver(() => { this.arrange(); this.drawSoon(); });
    for (const node of [this, this.dock]) observer.observe(node);
    return () => observer.disconnect();
  }

  private watchViewport(): () => void {
    const observer = new IntersectionObserver((entries) => {
      if (!entries[entries.length - 1]!.isIntersecting) this.pause();
    });
    observer.observe(this);
    return () => observer.disconnect();
  }

  /** Restore what the address says about this lab, if that is new. */
  private follow(): void {
    const text = readLink(this.key);
    if (text === null || text === this.followed) return;
    this.interrupt();
    this.followed = text;
    this.faults.clear();
    if (isFirst(this.key)) this.comeIntoView();
    this.replay(this.run.open(text, this.faults));
  }

  private replay(entries: readonly Entry[]): void {
    this.interrupt();
    this.ready = new Promise((done) => { this.replayed = done; });
    if (!entries.length) return this.restored();
    this.begin("replay", entries, Infinity);
    this.progress.late = window.setTimeout(() => { this.progress.box.hidden = false; }, LONG_MS);
    this.showReplay(0);
  }

  /** A link leads to its lab; again when the page is complete, unless the reader has gone elsewhere. */
  private comeIntoView(): void {
    const come = (): void => this.scrollIntoView({ block: "start", behavior: "instant" });
    come();
    const { scrollY } = window;
    if (document.readyState !== "complete") window.addEventListener("load", () => { if (window.scrollY === scrollY) come(); }, { once: true });
  }

  private showReplay(share: number): void {
    const now = performance.now();
    this.progress.bar.value = share;
    write(this.counter, this.run.model.steps.toLocaleString("en-US"));
    if (share && now - this.drawn >= CALM_MS) this.draw();
    if (share && now - this.spoken < WORDS_MS) return;
    this.spoken = now;
    this.words.textContent = `Restoring the run of this link: ${Math.floor(100 * share)} % …`;
  }

  private restored(): void {
    const { box, late } = this.progress;
    window.clearTimeout(late);
    this.arrival.hidden = !this.run.carried;
    if (box.contains(this.shadowRoot!.activeElement)) this.playButton.focus(); // the button goes away, the reader stays
    box.hidden = true;
    this.changed();
    this.replayed();
  }

  /** What the reader does ends a replay; the run goes on from where it is. */
  private stopReplay(): void {
    if (this.task !== "replay") return;
    this.halt();
    this.faults.set("replay", `The run of the link was stopped at step ${this.run.model.steps.toLocaleString("en-US")}, before its end.`);
    this.restored();
  }

  private async copyLink(): Promise<void> {
    const { link } = this;
    const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
    this.words.textContent = copied
      ? "Link copied. It restores this run, step for step."
      : "The address bar now holds a link that restores this run, step for step.";
  }

  // Running.

  private begin(task: Task, entries: readonly Entry[], speed: number): void {
    const { cargo, needsCargo } = this.lab;
    this.task = task;
    if (!needsCargo || cargo!.held) return this.motor.start(entries, speed);
    const waiting = (this.waiting = {});
    void cargo!.load().then(() => { if (this.waiting === waiting) this.motor.start(entries, speed); });
    this.speak(); // it is on its way
  }

  private halt(): void {
    if (this.task === "cure") this.outcome.textContent = `Stopped at step ${this.run.model.steps}, before the cure could be judged.`;
    this.task = this.waiting = null;
    this.pressed = [];
    this.motor.stop();
  }

  private interrupt(): void {
    this.stopReplay();
    this.halt();
    this.showPlaying();
  }

  /** A button's act, at once where that takes a moment only. */
  private press(action: string): void {
    if (this.task === "press") return void this.pressed.push(action);
    if (!this.run.model.heavy) return this.act(action);
    this.interrupt();
    this.begin("press", [{ action, count: 1 }], Infinity);
  }

  private moved(share: number): void {
    if (this.task === "replay") return this.showReplay(share);
    if (this.slow) this.speak();
    if (!calm() || performance.now() - this.drawn >= CALM_MS) this.draw();
  }

  private finished(): void {
    const { task } = this;
    this.task = null;
    this.showPlaying();
    if (task === "replay") return this.restored();
    this.changed();
    if (task === "cure") this.judge(this.treated!.cure!);
    const next = this.pressed.shift();
    if (next) this.press(next);
  }

  private showPlaying(): void {
    const now = this.playing;
    this.playButton.replaceChildren(icon(now ? ICONS.pause : ICONS.play, true), now ? "Pause" : "Play");
  }

  /** After anything but a step of play: everything is brought up to date at once. */
  private changed(speak = true): void {
    for (const [key, made] of this.controls) made.show(this.run.values[key]!);
    if (this.seedInput) this.seedInput.value = String(this.run.seed);
    this.python?.show(this.run.values, this.run.seed);
    this.arrival.hidden = !this.run.carried;
    this.showFaults();
    if (speak) this.speak();
    this.counted = 0;
    this.drawSoon();
    this.tell();
  }

  /** Use something from outside, or say why it cannot be used. */
  private use<T>(name: string, use: () => T): T | undefined {
    const result = attempt(this.faults, name, use);
    this.showFaults();
    return result;
  }

  private showFaults(): void {
    const told = [...this.faults.values()].slice(-MOST_TOLD).reverse(), more = this.faults.size - told.length;
    const words = told.length ? [...told, ...(more ? [`And ${more} more.`] : []), "The lab goes on with the settings that you see."].join(" ") : "";
    if (words !== this.notice.textContent) this.notice.textContent = words;
    this.notice.hidden = !words;
  }

  private speak(): void {
    if (this.task === "replay") return; // its progress is told instead
    this.spoken = performance.now();
    const { model } = this.run;
    this.words.replaceChildren(...rich((this.compact && model.summary?.()) || model.describe()));
  }

  private tell(): void {
    this.told = performance.now();
    this.dispatchEvent(new CustomEvent("change", { bubbles: true, composed: true }));
  }

  /** Several changes in one frame, one drawing. */
  private drawSoon(): void {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.isConnected) this.draw();
    });
  }

  private draw(): void {
    const now = this.drawn = performance.now();
    const { model, values } = this.run;
    this.ui.numbers = !this.playing || now - this.counted >= NUMBERS_MS;
    if (this.ui.numbers) {
      this.counted = now;
      write(this.counter, model.steps.toLocaleString("en-US"));
    }
    this.drawView(model, values);
    if (!this.playing) return;
    if (now - this.spoken >= WORDS_MS) this.speak();
    if (now - this.told >= CHANGE_MS) this.tell();
  }
}

function attribute(key: string): string {
  return key.replaceAll("_", "-");
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e5) / 10} MB`;

function listen(target: EventTarget, type: string, handler: () => void): () => void {
  target.addEventListener(type, handler);
  return () => target.removeEventListener(type, handler);
}

/** Make the element of a lab known to the page. Twice does no harm. */
export function define(lab: Lab): void {
  if (customElements.get(lab.tag)) return;
  customElements.define(lab.tag, class extends LabElement { static override lab = lab; });
}
