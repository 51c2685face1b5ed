/** From noise to fakes: the grid of noise, one point followed through G (pointer or sliders), and the replay of the whole grid. */
import { h } from "../../kit/dom";
import { calm, CALM_MS } from "../../kit/clock";
import type { Ui } from "../../kit/ui";
import { slider } from "./draw";
import { Manifold } from "./manifold";
import { SquareMap } from "./map";
import type { GanLab2D } from "./model";

const REPLAY_MS = 1600;
/** Where the replay stands still, for readers who asked for less motion, and for how long. */
const STATIONS = [[0, "The noise z."], [0.25, "A quarter of the way."], [0.5, "Half-way."], [0.75, "Three quarters of the way."], [1, "G(z), the fakes."]] as const;
const STATION_MS = 2 * CALM_MS;

export class Follow {
  readonly element: HTMLDetailsElement;
  manifold!: Manifold;
  /** How far the replay has come: 0 = noise, 1 = fakes; null = no replay. */
  way: number | null = null;
  private readonly map = new SquareMap("Noise z", 2.8);
  private readonly sliders = ["z₁", "z₂"].map((name, i) => slider(`z${i + 1}`, name, 2.5, () => this.redraw()));
  private readonly said = h("p", { class: "note" });
  private started = 0;
  /** The button and what it says: they stand at the main picture, in which the grid walks. */
  readonly watch: HTMLElement;
  private readonly station = h("span", { "aria-live": "polite" });

  constructor(private readonly ui: Ui, main: SquareMap, private readonly redraw: () => void) {
    this.watch = h("p", { class: "watch" }, h("button", { type: "button", onclick: () => this.replay() }, "Watch z become G(z)"), this.station);
    this.element = h("details", { class: "fold follow" }, h("summary", {}, "Follow the noise through G"),
      h("div", { class: "two" }, this.map.element, h("div", { class: "group" }, ...this.sliders.map((s) => s.element), this.said)));
    this.element.addEventListener("toggle", redraw);
    this.map.canvas.addEventListener("pointerenter", () => this.replay());
    this.map.canvas.addEventListener("pointermove", (event) => this.choose(this.map.at(event)));
    main.canvas.addEventListener("pointermove", (event) => {
      const { x, y } = main.at(event);
      if (this.element.open && this.manifold && !event.buttons) this.choose(this.manifold.inverse(x, y));
    });
  }

  private get z(): { x: number; y: number } {
    const [x, y] = this.sliders.map((s) => Number(s.input.value));
    return { x: x!, y: this.manifold.curve ? 0 : y! };
  }

  private choose(z: { x: number; y: number }): void {
    this.sliders[0]!.show(z.x);
    this.sliders[1]!.show(z.y);
    this.redraw();
  }

  /** The grid walks from the noise to the fakes; from station to station for readers who asked for less motion. */
  private replay(): void {
    if (this.way !== null) return;
    if (calm()) return this.halt(0);
    this.started = performance.now();
    this.way = 0;
    const frame = (): void => {
      const t = (performance.now() - this.started) / REPLAY_MS;
      this.way = t < 1 && this.element.isConnected ? t * t * (3 - 2 * t) : null;
      this.redraw();
      if (this.way !== null) requestAnimationFrame(frame);
    };
    frame();
  }

  private halt(i: number): void {
    const [way, words] = STATIONS[i] ?? [null, ""];
    this.way = this.element.isConnected ? way : null;
    this.station.textContent = words;
    this.redraw();
    if (this.way !== null) window.setTimeout(() => this.halt(i + 1), STATION_MS);
  }

  /** Make sure that the grid is that of the present G. */
  follow(model: GanLab2D): void {
    if (!this.manifold?.fits(model)) this.manifold = new Manifold(model);
  }

  /** Draw the noise and, in the main picture, the point followed. */
  draw(main: SquareMap): void {
    if (!this.element.open) return;
    const { z, manifold, map } = this;
    this.sliders[1]!.element.hidden = manifold.curve;
    map.begin(this.ui.colors).frame();
    map.mesh(manifold.from, manifold.side, manifold.curve);
    map.mark(z.x, z.y, "z");
    const to = manifold.at(z);
    main.mark(to.x, to.y, "G(z)");
    if (!this.ui.numbers) return;
    const said = (x: number): string => x.toFixed(2).replace("-", "−");
    this.said.textContent = `z = (${said(z.x)}${manifold.curve ? "" : `, ${said(z.y)}`}) becomes G(z) = (${said(to.x)}, ${said(to.y)}).`;
    map.describe(`A grid that holds equal shares of the noise between its lines. ${this.said.textContent}`);
  }
}
