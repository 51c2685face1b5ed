/** Classic script of the built book: defines the custom elements. */
import { define } from "./kit/lab-element";
import { LABS } from "./labs";
import { locate } from "./labs/digit-explorer/weights";
import { defineQuiz } from "./quiz/element";

const here = document.currentScript as HTMLScriptElement | null;
if (here?.src) locate(here.src);
LABS.forEach(define);
defineQuiz();
