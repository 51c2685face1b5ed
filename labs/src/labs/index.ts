/** The registry: every lab, once. The elements, the Python test and the browser tests read it. */
import type { Lab } from "../kit/lab";
import { ganLab1d } from "./gan-lab-1d";
import { marcoPolo } from "./marco-polo";

export const LABS = [marcoPolo, ganLab1d] as unknown as readonly Lab[];
