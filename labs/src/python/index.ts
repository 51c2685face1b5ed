/** Show me the Python: for each lab that trains, a PyTorch program that does the same with the same settings. */
import type { Values } from "../kit/params";
import { digits } from "./digits";
import { dirac, marcoPolo, ratio } from "./feedback";
import { line, plane } from "./plane";

const PROGRAMS: Record<string, (values: Values, seed: number) => string> = {
  "marco-polo": marcoPolo, "ratio-lab": ratio, "gan-lab-1d": line, "dirac-lab": dirac, "gan-lab-2d": plane, "digit-lab": digits,
};

/** Labs that have a program. */
export const TAUGHT = Object.keys(PROGRAMS);

/** The program of the lab with that tag, begun with these values. */
export function program(tag: string, values: Values, seed: number): string {
  return PROGRAMS[tag]!(values, seed);
}
