/** What the page's own style sheet says about the HTML in the slots, for Jupyter, which has no such sheet. */
export const NOTEBOOK_STYLE = `
gan-quiz { color: var(--lab-ink); }
gan-quiz .quiz-title, gan-quiz .quiz-prompt { margin: 0; }
gan-quiz .quiz-title strong { color: var(--lab-ink); margin-right: 0.35rem; }
gan-quiz .quiz-lead strong { display: inline-block; min-width: 1.1em; }
gan-quiz .quiz-option .quiz-lead strong { color: var(--lab-muted); font-weight: 500; }
gan-quiz :is(.quiz-prompt, .quiz-option, .quiz-feedback, .quiz-answers) :is(p, ul, ol, div.math) { margin: 0 0 0.35rem; }
gan-quiz :is(.quiz-prompt, .quiz-option, .quiz-feedback, .quiz-feedback > div) > :last-child { margin-bottom: 0; }
gan-quiz .quiz-answers { margin-top: 0.9rem; font-size: 0.95rem; }
gan-quiz .quiz-answers > summary { width: fit-content; cursor: pointer; color: var(--lab-accent); }
gan-quiz .quiz-answers > ul { list-style: none; margin: 0.5rem 0 0; padding: 0; }
gan-quiz :is(.quiz-prompt, .quiz-option, .quiz-feedback, .quiz-answers) a { color: var(--lab-accent); text-decoration: underline; }
gan-quiz :is(.quiz-prompt, .quiz-option, .quiz-feedback, .quiz-answers) code { font-size: 0.9em; }
gan-quiz .quiz-option code { overflow-wrap: anywhere; }
gan-quiz .quiz-option:has(> .quiz-code) { display: flex; gap: 0.5rem; align-items: baseline; }
gan-quiz .quiz-code { min-width: 0; margin: 0; padding: 0; border: 0; background: none; font-size: 0.85rem; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; color: inherit; }
gan-quiz .quiz-code code { display: block; padding: 0 0 0 calc((var(--indent, -2) + 2) * 1ch); text-indent: calc((var(--indent, -2) + 2) * -1ch); font-size: 1em; color: inherit; background: none; white-space: inherit; }
@media (max-width: 575px) { gan-quiz .quiz-code { margin-left: -2.5ch; font-size: 0.8rem; } }
gan-quiz div.math { overflow-x: auto; overflow-y: hidden; padding: 0.25rem 0; }
`;

/** The look of a question, on top of the labs' own. */
export const QUIZ_STYLE = `
:host { --quiz-right: #0b7250; --quiz-wrong: #b3261e; font-size: 1rem; line-height: 1.55; }
:host([data-lab-theme="dark"]) { --quiz-right: #5cc79c; --quiz-wrong: #f28b82; }
.quiz { padding: 1.1rem; }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
legend { display: block; width: 100%; padding: 0; margin: 0 0 0.8rem; }
slot[name="title"] { display: block; margin-bottom: 0.35rem; font-size: 0.8125rem; color: var(--lab-muted); }

.rows { display: grid; gap: 0.45rem; margin: 0; padding: 0; list-style: none; }
.row {
  display: flex; align-items: center; gap: 0.3rem 0.7rem; min-width: 0; min-height: 44px; padding: 0.5rem 0.8rem;
  border: 1px solid var(--lab-line); border-radius: 10px; background: var(--lab-surface);
}
label.row { cursor: pointer; }
label.row:hover { border-color: var(--lab-edge); background: var(--lab-soft); }
label.row:has(:checked) { border-color: var(--lab-accent); box-shadow: inset 0 0 0 1px var(--lab-accent); }
label.row:has(:focus-visible) { outline: 3px solid var(--lab-accent); outline-offset: 2px; }
label.row input:focus-visible { outline: none; }
input[type="radio"], input[type="checkbox"] { width: 18px; height: 18px; margin: 0; flex: none; accent-color: var(--lab-accent); }
.text { flex: 1 1 auto; min-width: 0; display: block; }
.row.wide { flex-wrap: wrap; }
.row.wide .mark { display: inline-flex; min-width: 3.9rem; }
.row.wide label { flex: 1 1 14rem; min-width: 0; }
.row label:has(input) { display: flex; align-items: center; gap: 0.7rem; flex-wrap: wrap; }
.row.number { border: 0; padding: 0; background: none; box-shadow: none; }
input[type="text"] {
  font: inherit; color: var(--lab-ink); background: var(--lab-surface); border: 1px solid var(--lab-edge);
  border-radius: 8px; min-height: 38px; width: 9rem; padding: 0 0.7rem; font-variant-numeric: tabular-nums;
}
ol.rows { counter-reset: place; }
ol .row { counter-increment: place; }
ol .row::before { content: counter(place) "."; color: var(--lab-muted); font-variant-numeric: tabular-nums; min-width: 1.3em; }
.caption { margin: 0.9rem 0 0.4rem; font-size: 0.8125rem; font-weight: 600; color: var(--lab-muted); }
.caption:first-child { margin-top: 0; }
.hollow { margin: 0; padding: 0.7rem 0.8rem; border: 1px dashed var(--lab-edge); border-radius: 10px; color: var(--lab-muted); font-size: 0.875rem; }
.hollow[hidden], ol.rows:empty { display: none; }
.row.line { flex-wrap: wrap; padding: 0.3rem 0.5rem 0.3rem 0.8rem; }
.row.line .text { flex: 1 1 11rem; }
ol .row.line .text { flex-basis: 9rem; }
.moves { display: inline-flex; gap: 0.3rem; flex: none; margin-left: auto; }
.line button.move { width: 40px; min-height: 40px; }
button.move { padding: 0; width: 34px; justify-content: center; flex: none; }
button.move[aria-disabled="true"] { opacity: 0.35; cursor: default; }

.mark { display: none; align-items: center; gap: 0.3rem; flex: none; font-size: 0.8125rem; font-weight: 600; }
[data-mark="right"] > .mark { display: inline-flex; color: var(--quiz-right); }
[data-mark="wrong"] > .mark { display: inline-flex; color: var(--quiz-wrong); }

.quiz .bar { padding: 0.9rem 0 0; }
.quiz button.play { min-height: 38px; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.feedback { display: flex; gap: 0.65rem; align-items: baseline; }
.feedback { --tone: var(--lab-accent); }
[data-verdict]:not([data-verdict="none"]) > .feedback {
  margin-top: 0.9rem; padding: 0.7rem 0.9rem; border-left: 3px solid var(--tone);
  border-radius: 0 8px 8px 0; background: var(--lab-soft);
}
[data-verdict="right"] > .feedback { --tone: var(--quiz-right); }
[data-verdict="wrong"] > .feedback { --tone: var(--quiz-wrong); }
.sign { color: var(--tone); flex: none; }
.sign .icon { stroke-width: 2.4; position: relative; top: 2px; }
.sign:empty { display: none; }
::slotted([slot="feedback"]) { min-width: 0; flex: 1 1 auto; }
[data-tried="false"] .later { display: none; }
@container (max-width: 420px) { .mark { font-size: 0.75rem; } }
@media (max-width: 480px) { .row.line { padding-right: 0.35rem; column-gap: 0.35rem; } }
@media (max-width: 480px) { .quiz { padding: 0.9rem 0.6rem; } .row { padding: 0.5rem 0.6rem; gap: 0.3rem 0.5rem; } }
@media (forced-colors: active) { label.row:has(:checked) { border-color: Highlight; } }
.paper { display: none; }
@media print { .quiz .bar { display: none; } .paper { display: block; } label:has(input[type="text"])::after { content: ": ________"; } }
`;
