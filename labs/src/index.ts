/** Classic script of the built book: defines the custom elements. */
import { defineCheck } from "./check/element";
import { locate } from "./kit/cargo";
import { define } from "./kit/lab-element";
import { LABS } from "./labs";
import { definePredict } from "./predict/element";
import { defineGuess } from "./predict/guess";
import { defineQuiz } from "./quiz/element";

const here = document.currentScript as HTMLScriptElement | null;
if (here?.src) locate(here.src);
LABS.forEach(define);
defineQuiz();
defineCheck();
definePredict();
defineGuess();
