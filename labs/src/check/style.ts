/** The look of "Check yourself" and of its view for a class, on top of the labs' own. */
export const CHECK_STYLE = `
:host { --good: #0b7250; --bad: #b3261e; font-size: 1rem; line-height: 1.5; }
:host([data-lab-theme="dark"]) { --good: #5cc79c; --bad: #f28b82; }
[hidden] { display: none !important; }
h2 { margin: 0; font-size: 1.0625rem; font-weight: 650; letter-spacing: -0.01em; }
h3 { margin: 1.1rem 0 0.3rem; font-size: 0.9375rem; font-weight: 650; }
h2:focus { outline: none; } h2:focus-visible { outline: 3px solid var(--lab-accent); outline-offset: 3px; border-radius: 3px; }
button { min-height: 38px; }
.start, .result { padding: 1.1rem; }
.fields { display: flex; flex-wrap: wrap; gap: 0.6rem 1.4rem; align-items: end; }
.fields label { display: grid; gap: 0.2rem; font-size: 0.875rem; color: var(--lab-muted); }
.fields :is(input, select) { min-height: 38px; font-size: 0.9375rem; }
.fields input[type="number"] { width: 8.2rem; }
.pages { margin-top: 0.7rem; font-size: 0.9rem; }
.pages summary { cursor: pointer; width: fit-content; padding: 0.25rem 0; color: var(--lab-accent); border-radius: 6px; }
.pages fieldset { border: 0; margin: 0; padding: 0.2rem 0 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 0 1.2rem; }
.pages legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.pages label { display: flex; gap: 0.6rem; align-items: center; min-height: 32px; cursor: pointer; }
.pages input { width: 18px; height: 18px; margin: 0; flex: none; accent-color: var(--lab-accent); }
.told { margin: 0.8rem 0 0; font-size: 0.9rem; color: var(--lab-muted); }
.told:empty { display: none; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; margin-top: 0.9rem; }
.buttons .play { min-height: 38px; }

.top { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.2rem 1rem; margin-bottom: -0.6rem; }
.top .seed, .source { color: var(--lab-muted); font-size: 0.875rem; }
.top .seed { margin-left: auto; }
.track { flex: 1 0 100%; height: 4px; border-radius: 2px; background: var(--lab-line); overflow: hidden; }
.track i { display: block; height: 100%; background: var(--lab-accent); }
.source { margin: -0.6rem 0 0; min-height: 1.5em; }
.asking .buttons { margin-top: 0.5rem; }
.asking, .check { display: block; min-width: 0; }

.result p { margin: 0.4rem 0; }
.result ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.55rem; }
.result li { padding: 0.55rem 0.8rem; border-left: 3px solid var(--lab-edge); border-radius: 0 8px 8px 0; background: var(--lab-soft); overflow-wrap: anywhere; }
.result .again li { border-color: var(--bad); }
.result .had li { border-color: var(--good); }
.result .tries { display: block; font-size: 0.875rem; color: var(--lab-muted); }
.result li button { min-height: 24px; padding: 0 0.4rem; font-size: 0.8125rem; vertical-align: baseline; }
.result summary { cursor: pointer; width: fit-content; margin: 1.1rem 0 0.3rem; font-size: 0.9375rem; font-weight: 650; border-radius: 6px; }

dialog { border: 0; margin: 0; padding: 0; width: 100vw; height: 100vh; height: 100dvh; max-width: none; max-height: none; color: var(--lab-ink); background: var(--lab-surface); }
.hall { display: grid; grid-template-rows: auto minmax(0, 1fr) auto; height: 100%; }
.hall header, .hall footer { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; padding: 0.7rem clamp(0.9rem, 3vw, 2.5rem); color: var(--lab-muted); font-size: 1rem; }
.hall header h2 { margin: 0; font-size: 1.125rem; color: var(--lab-ink); font-weight: 650; }
.hall header .seed { margin-left: auto; }
.hall footer { border-top: 1px solid var(--lab-line); gap: 0.5rem; }
.hall footer .end { margin-left: auto; display: flex; gap: 0.5rem; flex-wrap: wrap; }
kbd { font: inherit; font-size: 0.75rem; border: 1px solid var(--lab-edge); border-radius: 4px; padding: 0 0.3rem; color: inherit; }
.slide { overflow: auto; padding: 0.5rem clamp(0.9rem, 3vw, 2.5rem) 1rem; line-height: 1.35; }
.slide:focus-visible { outline-offset: -3px; }
.slide .ask { display: block; margin: 0 0 0.75em; font-weight: 550; }
.slide ol { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.45em; }
.slide li { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 0.6em; align-items: center; padding: 0.32em 0.6em; border: 2px solid var(--lab-line); border-radius: 0.4em; }
.slide .letter { display: grid; place-items: center; width: 1.6em; height: 1.6em; border-radius: 50%; background: var(--lab-soft); border: 2px solid var(--lab-edge); font-weight: 700; }
.slide .mark { display: none; align-items: center; gap: 0.3em; font-size: 0.75em; font-weight: 650; }
.slide .mark .icon { width: 1.1em; height: 1.1em; stroke-width: 2.4; }
.slide .why { display: none; grid-column: 2 / -1; font-size: 0.72em; margin-top: 0.15em; color: var(--lab-ink); }
.open .slide :is(.mark, .why) { display: flex; } .open .slide .why { display: block; }
.open li[data-right="true"] { border-color: var(--good); } .open li[data-right="true"] :is(.mark) { color: var(--good); }
.open li[data-right="true"] .letter { background: var(--good); border-color: var(--good); color: var(--lab-surface); }
.open li[data-right="false"] .mark { color: var(--bad); }
@media (max-width: 480px) { .start, .result { padding: 0.9rem 0.8rem; } .fields > * { flex: 1 1 8rem; } .fields :is(select, input[type="number"]) { width: 100%; } kbd { display: none; } }
@media print { .start, .asking .buttons, .result .buttons, dialog, .track { display: none !important; } }
`;
