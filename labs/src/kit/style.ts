/** The look of every lab. In a shadow root, so a page's own rules stay out; colours come in through --lab-* variables. */
export const STYLE = `
:host {
  --lab-surface: #ffffff; --lab-soft: #f4f6f8; --lab-ink: #1b2430; --lab-muted: #5a6675; --lab-line: #e3e7ec; --lab-edge: #8a94a1;
  --lab-accent: #1f4fa3; --lab-on-accent: #ffffff; --lab-real: #0072b2; --lab-fake: #d55e00; --lab-fakeText: #b84e00; --lab-d: #6b7280; --lab-first: #00785a; --lab-second: #aa4499;
  display: block; margin: 1.5rem 0; scroll-margin-top: 4.5rem; max-width: 100%; color-scheme: light;
  font: 400 0.9375rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
:host([data-lab-theme="dark"]) {
  --lab-surface: #161b22; --lab-soft: #1e252e; --lab-ink: #e7ebf0; --lab-muted: #a5b0bd; --lab-line: #2c3540; --lab-edge: #7d8896;
  --lab-accent: #8ab8ff; --lab-on-accent: #0b1526; --lab-real: #56b4e9; --lab-fake: #ff9f45; --lab-fakeText: #ff9f45; --lab-d: #b3bcc7; --lab-first: #3ecf9f; --lab-second: #e28bd2;
  color-scheme: dark;
}
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
.lab {
  container-type: inline-size; color: var(--lab-ink); background: var(--lab-surface);
  border: 1px solid var(--lab-line); border-radius: 14px; overflow: clip;
  box-shadow: 0 1px 2px rgb(16 24 40 / 5%), 0 6px 20px rgb(16 24 40 / 6%);
}
:host([data-lab-theme="dark"]) .lab { box-shadow: none; }

header { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.75rem; padding: 0.7rem 0.7rem 0 1.1rem; }
header strong { font-size: 1rem; font-weight: 650; letter-spacing: -0.01em; }
.does { color: var(--lab-muted); font-size: 0.875rem; margin-right: auto; }
.count { margin-left: auto; color: var(--lab-muted); font-variant-numeric: tabular-nums; font-size: 0.8125rem; }
.count b { color: var(--lab-ink); font-weight: 600; }

.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem; padding: 0.75rem 1.1rem; }
.bar .end { margin-left: auto; display: flex; align-items: center; gap: 0.5rem; flex-wrap: wrap; }
.bar label { color: var(--lab-muted); font-size: 0.8125rem; display: inline-flex; align-items: center; gap: 0.4rem; }
button, select, input[type="number"] {
  font: inherit; font-size: 0.875rem; line-height: 1.2; color: var(--lab-ink); background: var(--lab-surface);
  border: 1px solid var(--lab-edge); border-radius: 8px; min-height: 34px; padding: 0 0.7rem;
}
input[type="number"] { width: 4.6rem; padding-right: 0.3rem; font-variant-numeric: tabular-nums; }
select { padding-right: 0.4rem; max-width: 100%; }
button { display: inline-flex; align-items: center; gap: 0.4rem; cursor: pointer; font-weight: 500; }
button:hover { background: var(--lab-soft); border-color: var(--lab-ink); }
button:active { transform: translateY(1px); }
button.quiet { border-color: transparent; color: var(--lab-muted); font-weight: 400; font-size: 0.8125rem; min-height: 28px; padding: 0 0.5rem; }
button.play { background: var(--lab-accent); border-color: var(--lab-accent); color: var(--lab-on-accent); min-width: 6.2rem; justify-content: center; font-weight: 600; }
button.play:hover { filter: brightness(1.08); }
.icon { width: 15px; height: 15px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; flex: none; }
.icon.filled { fill: currentColor; stroke: none; }
:focus-visible { outline: 3px solid var(--lab-accent); outline-offset: 2px; }

.replay { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 0.8rem; padding: 0 1.1rem 0.75rem; font-size: 0.875rem; }
.replay[hidden] { display: none; } .replay progress { flex: 1 1 5rem; min-width: 0; accent-color: var(--lab-accent); }
/* One screen: beside the picture, or under it at the foot of the screen, settings and words stay in sight while the picture is. */
.stage { padding: 0 1.1rem; min-width: 0; container-type: inline-size; }
.dock { position: sticky; bottom: 0; z-index: 2; min-width: 0; background: var(--lab-surface); border-top: 1px solid var(--lab-line); }
.said { max-height: 40vh; overflow: auto; }
.drawer > summary { cursor: pointer; font-size: 0.875rem; font-weight: 600; padding: 0.6rem 1.1rem 0.2rem; border-radius: 6px; outline-offset: -3px; }
.drawer > .panel { max-height: 45vh; overflow: auto; }
.stage :is(button, input, select, summary, figure) { scroll-margin: calc(var(--lab-top, 0px) + 0.5rem) 0 calc(var(--lab-dock, 9rem) + 0.5rem); }
@media (max-height: 480px) { :host(:not([data-wide])) .dock { position: static; } } /* a low screen (or a large zoom) has no room to give away */
:host([data-wide]) .desk { display: grid; grid-template-columns: minmax(0, 1fr) 21.25rem; align-items: start; }
:host([data-wide]) .bar { position: sticky; top: var(--lab-top, 0px); z-index: 3; background: var(--lab-surface); }
:host([data-wide]) .stage { padding: 0 0.9rem 0.9rem 1.1rem; } :host([data-wide]) .stage :is(button, input, select, summary, figure) { scroll-margin: calc(var(--lab-top, 0px) + var(--lab-bar, 0px) + 0.5rem) 0 1rem; }
:host([data-wide]) .dock {
  top: calc(var(--lab-top, 0px) + var(--lab-bar, 0px)); bottom: auto; z-index: 1; border: 0; padding-bottom: 0.5rem;
  max-height: calc(100vh - var(--lab-top, 0px) - var(--lab-bar, 0px) - 6rem); display: flex; flex-direction: column;
}
:host([data-wide]) .drawer { flex: 0 1 auto; min-height: 4rem; overflow: auto; } :host([data-wide]) .drawer > summary { display: none; }
:host([data-wide]) .drawer > .panel { max-height: none; overflow: visible; padding: 0.2rem 1.1rem 0.3rem 0.4rem; gap: 0.7rem; }
:host([data-wide]) .said { flex: none; padding: 0 1.1rem 0 0.4rem; } :host([data-wide]) .said > * { margin-left: 0; margin-right: 0; }
:host([data-wide]) .group { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.3rem 0.9rem; align-items: end; } :host([data-wide]) .group .control { font-size: 0.8125rem; } :host([data-wide]) .group .control:not(.toggle) { gap: 0; }
:host([data-wide]) .group > :is(h3, .toggle, .control:has(.segments label:nth-child(3)), .control:has(select)) { grid-column: 1 / -1; }
:host([data-wide]) .group .row { gap: 0.3rem; } :host([data-wide]) .group .segments span { padding: 0.28rem 0.15rem; } :host([data-wide]) .group input[type="range"] { height: 22px; }
figure { margin: 0; min-width: 0; position: relative; }
figcaption { font-size: 0.8125rem; font-weight: 600; margin: 0.35rem 0 0.1rem; }
sub { font-size: 0.75em; line-height: 0; vertical-align: -0.25em; }
canvas { display: block; width: 100%; }
.grip { position: absolute; width: 44px; height: 44px; margin: -22px 0 0 -22px; border-radius: 50%; touch-action: pan-y; cursor: grab; }
.grip::after { content: ""; position: absolute; inset: 14px; border-radius: 50%; background: currentColor; border: 3px solid var(--lab-surface); box-shadow: 0 0 0 2px currentColor; transition: transform 0.12s; }
.grip:hover::after, .grip:active::after { transform: scale(1.25); }
.grip:active { cursor: grabbing; }
.answer { min-height: 5.5em; margin: 0.2rem 0 0.5rem; padding: 0.5rem 0.7rem; border-radius: 10px; background: var(--lab-soft); font-size: 0.875rem; }
.charts { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.25rem 1.25rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; margin: 0.35rem 0 0.5rem; padding: 0; font-size: 0.8125rem; color: var(--lab-muted); }
.legend li { display: inline-flex; align-items: center; gap: 0.4rem; margin: 0; }
.legend svg { width: 30px; height: 12px; flex: none; }

.say {
  margin: 0.6rem 1.1rem; padding: 0.6rem 0.85rem; border-left: 3px solid var(--lab-accent); border-radius: 0 8px 8px 0;
  background: var(--lab-soft); min-height: 3.9em; font-size: 0.9rem;
}

.notice { margin: 0 1.1rem 0.6rem; padding: 0.5rem 0.85rem; border: 1px solid var(--lab-edge); border-radius: 8px; font-size: 0.875rem; overflow-wrap: anywhere; }

.readouts { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: 0.5rem; margin: 0.6rem 0 0.3rem; }
.readouts div { background: var(--lab-soft); border-radius: 10px; padding: 0.5rem 0.7rem; }
.readouts dt { font-size: 0.78rem; color: var(--lab-muted); }
.readouts dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: -0.02em; }
.readouts dd.help { font-size: 0.75rem; font-weight: 400; letter-spacing: 0; color: var(--lab-muted); line-height: 1.3; }

.panel { padding: 0.6rem 1.1rem 0.9rem; display: grid; gap: 1rem 1.75rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 12rem), 1fr)); }
.group { min-width: 0; margin: 0; padding: 0; border: 0; display: grid; gap: 0.6rem; align-content: start; }
.group > h3 { margin: 0; font-size: 0.72rem; font-weight: 650; letter-spacing: 0.06em; text-transform: uppercase; color: var(--lab-muted); }
:host(:not([data-wide])) .panel:has(.fold) > .group { grid-column: 1 / -1; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 0.6rem 1.75rem; }
.panel:has(.fold) > .group > h3 { grid-column: 1 / -1; }
.fold, .explain { min-width: 0; }
.fold > summary, .explain > summary { cursor: pointer; font-size: 0.875rem; font-weight: 600; padding: 0.3rem 0; border-radius: 6px; }
.fold > .group { padding-top: 0.4rem; }
.explain { margin: 0 1.1rem 0.7rem; font-size: 0.9rem; } .explain p { margin: 0.2rem 0 0.4rem; }
.explain > div:last-child { position: sticky; bottom: 0; background: var(--lab-surface); }
.cure { display: flex; flex-wrap: wrap; align-items: center; gap: 0.3rem 0.7rem; font-size: 0.875rem; } .cure[hidden] { display: none; }
.control { min-width: 0; border: 0; margin: 0; padding: 0; display: grid; gap: 0.2rem; font-size: 0.875rem; }
.control .row { display: flex; justify-content: space-between; gap: 0.75rem; align-items: baseline; }
.control legend { padding: 0; margin-bottom: 0.2rem; }
output { font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.control select { width: 100%; }

input[type="range"] { width: 100%; height: 24px; margin: 0; cursor: pointer; border-radius: 6px; touch-action: pan-y; }
@media (forced-colors: none) {
input[type="range"] { appearance: none; -webkit-appearance: none; background: none; }
input[type="range"]::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(90deg, var(--lab-accent) var(--fill, 0%), var(--lab-line) var(--fill, 0%)); }
input[type="range"]::-moz-range-track { height: 4px; border-radius: 2px; background: var(--lab-line); }
input[type="range"]::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--lab-accent); }
input[type="range"]::-webkit-slider-thumb { -webkit-appearance: none; width: 18px; height: 18px; margin-top: -7px; border-radius: 50%; background: var(--lab-surface); border: 2px solid var(--lab-accent); }
input[type="range"]::-moz-range-thumb { width: 14px; height: 14px; border-radius: 50%; background: var(--lab-surface); border: 2px solid var(--lab-accent); }
}

.segments { display: flex; background: var(--lab-soft); border: 1px solid var(--lab-edge); border-radius: 8px; padding: 2px; }
.segments label { flex: 1 1 0; position: relative; text-align: center; }
.segments input { position: absolute; inset: 0; opacity: 0; margin: 0; cursor: pointer; width: 100%; height: 100%; }
.segments span { display: block; padding: 0.28rem 0.35rem; border-radius: 6px; font-size: 0.8125rem; }
.segments input:checked + span { background: var(--lab-accent); color: var(--lab-on-accent); font-weight: 600; }
.segments input:focus-visible + span { outline: 3px solid var(--lab-accent); outline-offset: 2px; }
.toggle { display: flex; align-items: center; gap: 0.55rem; min-height: 28px; cursor: pointer; }
@media (forced-colors: none) {
.toggle input { appearance: none; -webkit-appearance: none; width: 34px; height: 20px; margin: 0; border-radius: 10px; border: 1px solid var(--lab-edge); background: var(--lab-soft); position: relative; flex: none; cursor: pointer; }
.toggle input::before { content: ""; position: absolute; top: 2px; left: 2px; width: 14px; height: 14px; border-radius: 50%; background: var(--lab-edge); transition: transform 0.12s; }
.toggle input:checked { background: var(--lab-accent); border-color: var(--lab-accent); }
.toggle input:checked::before { transform: translateX(14px); background: var(--lab-on-accent); }
}

@container (min-width: 560px) { .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
@container (max-width: 420px) {
  header, .bar, .replay, .panel, .drawer > summary { padding-left: 0.75rem; padding-right: 0.75rem; }
  .stage { padding: 0 0.75rem; } .explain { margin-left: 0.75rem; margin-right: 0.75rem; } .say { margin-left: 0.75rem; margin-right: 0.75rem; } .bar .end { margin-left: 0; }
}
/* The smallest form: picture, words and play. */
.compact :is(.dock, .explain, .count, .bar > :not(.play), button.quiet) { display: none; } .compact .desk { display: block !important; }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } button:active { transform: none; } }
/* The system's own colours: native switches and sliders, and roles in the palette that fits the ground (isDark asks it). */
@media (forced-colors: active) {
  :host, :host([data-lab-theme]) {
    --lab-surface: Canvas; --lab-soft: Canvas; --lab-ink: CanvasText; --lab-muted: CanvasText; --lab-line: GrayText; --lab-edge: CanvasText;
    --lab-accent: Highlight; --lab-on-accent: HighlightText;
  }
  /* else a browser lays the page's colour under words on the accent */
  button, .segments span, .grip, .legend svg, .overview { forced-color-adjust: none; }
}
@media print {
  .bar, .replay, .drawer, .control, .buttons, .grip, button, input, select { display: none !important; }
  .lab { box-shadow: none; break-inside: avoid; } .dock { position: static !important; } .said { max-height: none; }
  /* Drawn for the screen, a picture becomes smaller on a sheet, not narrower; without settings the words go under it. */
  .desk { display: block !important; } canvas { height: auto !important; }
}
`;
