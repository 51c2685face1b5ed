/** The registry: every lab, once. The elements, the Python test and the browser tests read it. */
import type { Lab } from "../kit/lab";
import { classLab } from "./class-lab";
import { digitExplorer } from "./digit-explorer";
import { digitLab } from "./digit-lab";
import { diracLab } from "./dirac-lab";
import { divergenceLab } from "./divergence-lab";
import { ganLab1d } from "./gan-lab-1d";
import { ganLab2d } from "./gan-lab-2d";
import { lossLab } from "./loss-lab";
import { marcoPolo } from "./marco-polo";
import { metricLab } from "./metric-lab";
import { ratioLab } from "./ratio-lab";
import { realOrFake } from "./real-or-fake";
import { trialsLab } from "./trials-lab";

export const LABS = [
  classLab, marcoPolo, ratioLab, divergenceLab, lossLab, ganLab1d, diracLab, ganLab2d, digitExplorer, digitLab, metricLab, trialsLab, realOrFake,
] as unknown as readonly Lab[];
