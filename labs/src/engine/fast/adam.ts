/** Adam with PyTorch's semantics, in float32 over the fast kernels. */
import type { Kernels, Weights } from "./kernels";

const EPS = 1e-8;

export class FastAdam {
  private power1 = 1;
  private power2 = 1;

  constructor(public lr: number, private readonly beta1: number, private readonly beta2: number) {}

  step(kernels: Kernels, weights: Weights): void {
    const { lr, beta1, beta2 } = this;
    this.power1 *= beta1;
    this.power2 *= beta2;
    kernels.adam(weights, { beta1, beta2, rate: lr / (1 - this.power1), root: Math.sqrt(1 / (1 - this.power2)), eps: EPS });
  }
}
