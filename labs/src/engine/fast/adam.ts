/** Adam with PyTorch's semantics, in float32 over the fast kernels. */
import type { Kernels, Weights } from "./kernels";

const EPS = 1e-8;

export class FastAdam {
  private power1 = 1;
  private power2 = 1;

  constructor(public lr: number, private readonly beta1: number, private readonly beta2: number) {}

  save(): { power1: number; power2: number } {
    const { power1, power2 } = this;
    return { power1, power2 };
  }

  load(kept: ReturnType<FastAdam["save"]>): void {
    Object.assign(this, kept);
  }

  step(kernels: Kernels, weights: Weights): void {
    const { lr, beta1, beta2 } = this;
    this.power1 *= beta1;
    this.power2 *= beta2;
    kernels.adam(weights, { beta1, beta2, rate: lr / (1 - this.power1), root: Math.sqrt(1 / (1 - this.power2)), eps: EPS });
  }
}
