/** Classic script of the built book: defines the custom elements; in a worker, it trains. */
import { locate } from "./kit/cargo";
import { define } from "./kit/lab-element";
import { inWorker, serve } from "./kit/server";
import { LABS } from "./labs";
import { definePredict } from "./predict/element";
import { defineGuess } from "./predict/guess";
import { defineQuiz } from "./quiz/element";

/** In the page. */
function begin(): void {
  const here = document.currentScript as HTMLScriptElement | null;
  if (here?.src) locate(here.src);
  LABS.forEach(define);
  defineQuiz();
  definePredict();
  defineGuess();
}

if (inWorker()) serve(LABS);
else begin();
