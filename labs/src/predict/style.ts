/** The look of a predict box and of the place where its guess is shown again, on top of the labs' and the questions' own. */
export const PREDICT_STYLE = `
:host { --guess: var(--act, var(--lab-second)); margin: 0; font: inherit; color: inherit; }
.quiz { padding: 0; color: var(--lab-ink); }
.quiz .bar { padding-bottom: 0.2rem; }
.quiz button.play { min-width: 5.6rem; }
.before, .after { display: none; }
[data-phase="open"] .before { display: inline-flex; }
[data-phase="committed"] .after, [data-phase="skipped"] .after { display: inline-flex; }
[data-phase="committed"] slot.after, [data-phase="skipped"] slot.after { display: block; margin-top: 0.9rem; }
.where { display: none; color: var(--lab-muted); font-size: 0.8125rem; }
[data-phase="committed"] .where { display: inline; }
button.quiet { color: var(--lab-ink); }
[data-verdict="wrong"] > .feedback { --tone: var(--guess); } /* to be surprised is no fault */
.unit { color: var(--lab-muted); }
fieldset:disabled label.row, fieldset:disabled input { cursor: default; }
fieldset:disabled input[type="text"] { opacity: 1; -webkit-text-fill-color: currentColor; }

.sheet { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: 0.5rem; max-width: 36rem; font-size: 0.8125rem; color: var(--lab-muted); font-variant-numeric: tabular-nums; }
.axis { grid-column: 1 / -1; margin: 0.2rem 0 0.75rem; }
.axis.x { margin: 0.1rem 0 0.3rem; text-align: center; }
.scale { position: relative; min-width: 1.8rem; height: 210px; }
.scale span { position: absolute; right: 0; transform: translateY(50%); line-height: 1; white-space: nowrap; }
.field { position: relative; display: flex; height: 210px; touch-action: pan-y; cursor: crosshair; user-select: none; background: var(--lab-surface); border-left: 1px solid var(--lab-edge); border-bottom: 1px solid var(--lab-edge); }
.field svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; pointer-events: none; }
.field :is(line, polyline) { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.field .grid { stroke: var(--lab-line); stroke-width: 1; }
.field polyline { stroke-width: 2.5; }
.field polyline.guess { stroke: var(--guess); stroke-dasharray: 7 5; }
.field polyline.truth { stroke: var(--lab-ink); }
.column { position: relative; flex: 1 1 0; min-width: 0; }
.column:has(:focus-visible) { outline: 3px solid var(--lab-accent); outline-offset: -1px; border-radius: 4px; }
.column input[type="range"] { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; pointer-events: none; }
.dot { position: absolute; left: 50%; box-sizing: border-box; pointer-events: none; }
.dot[hidden] { display: none; }
.dot.guess { width: 16px; height: 16px; margin: 0 0 -8px -8px; border: 3px solid var(--guess); border-radius: 50%; background: var(--lab-surface); }
.dot.truth { width: 10px; height: 10px; margin: 0 0 -5px -5px; border: 5px solid var(--lab-ink); }
.names { grid-column: 2; display: flex; margin-top: 0.35rem; }
.names span { flex: 1 1 0; min-width: 0; text-align: center; }
.key { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 0.2rem 1.4rem; margin: 0.2rem 0 0; }
.key span::before { content: ""; display: inline-block; width: 26px; margin-right: 0.45rem; vertical-align: 0.25em; border-top: 2.5px solid var(--lab-ink); }
.key .guess::before { border-top: 2.5px dashed var(--guess); }
[data-told="false"] .key .truth { display: none; }
fieldset:disabled .field, :host(gan-guess) .field { cursor: default; touch-action: auto; }
@media (forced-colors: active) { :host, :host([data-lab-theme]) { --guess: Highlight; } }
@media print {
  .where, .key { display: none !important; }
  [data-told="true"] .key { display: flex !important; }
  [data-phase="open"] .sheet .guess { display: none; } /* room to draw in */
  slot.after { display: block !important; }
}
`;
