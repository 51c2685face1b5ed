/** Classic script of the built book: defines the custom elements. */
import { define } from "./kit/lab-element";
import { LABS } from "./labs";
import { defineQuiz } from "./quiz/element";

LABS.forEach(define);
defineQuiz();
