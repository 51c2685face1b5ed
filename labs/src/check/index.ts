/** Classic script of a page with a `<gan-check>`. The questions in it are elements of the book's own script. */
import { locate } from "../kit/cargo";
import { defineCheck } from "./element";

const here = document.currentScript as HTMLScriptElement | null;
if (here?.src) locate(here.src);
defineCheck();
