/** SGD and Adam with PyTorch's semantics (`torch.optim`), weight clipping, and the moving average of weights. */

export interface Optimizer {
  lr: number;
  step(params: Float64Array, grads: Float64Array): void;
  /** What it remembers of the steps so far; `load` takes it from another one with the same settings. */
  save(): unknown;
  load(kept: unknown): void;
  /** What is worth carrying of it, in full length though no step was made, for so many weights. */
  carry(n: number): ReturnType<Adam["carry"]> | null;
}

export class Sgd implements Optimizer {
  constructor(public lr: number) {}

  step(params: Float64Array, grads: Float64Array): void {
    for (let i = 0; i < params.length; i++) params[i] = params[i]! - this.lr * grads[i]!;
  }

  save(): null {
    return null;
  }

  load(): void {}

  carry(): null {
    return null;
  }
}

/** Kingma and Ba (2015), Algorithm 1, epsilon outside the root as in PyTorch. */
export class Adam implements Optimizer {
  private m = new Float64Array(0);
  private v = new Float64Array(0);
  private power1 = 1;
  private power2 = 1;

  constructor(public lr: number, private beta1 = 0.9, private beta2 = 0.999, private eps = 1e-8) {}

  step(params: Float64Array, grads: Float64Array): void {
    if (this.m.length !== params.length) {
      this.m = new Float64Array(params.length);
      this.v = new Float64Array(params.length);
    }
    const { m, v, beta1, beta2, eps } = this;
    this.power1 *= beta1;
    this.power2 *= beta2;
    const rate = this.lr / (1 - this.power1);
    const root = Math.sqrt(1 - this.power2);
    for (let i = 0; i < params.length; i++) {
      const g = grads[i]!;
      const mi = beta1 * m[i]! + (1 - beta1) * g;
      const vi = beta2 * v[i]! + (1 - beta2) * g * g;
      m[i] = mi;
      v[i] = vi;
      params[i] = params[i]! - (rate * mi) / (Math.sqrt(vi) / root + eps);
    }
  }

  save(): { m: Float64Array; v: Float64Array; power1: number; power2: number } {
    const { m, v, power1, power2 } = this;
    return { m, v, power1, power2 };
  }

  load(kept: ReturnType<Adam["save"]>): void {
    Object.assign(this, kept);
    if (this.m.length !== this.v.length) this.m = new Float64Array(this.v.length);
  }

  /** Without memory of the gradient (beta1 = 0) there is no mean to be carried. */
  carry(n: number): ReturnType<Adam["save"]> {
    const { m, v, power1, power2, beta1 } = this, full = (x: Float64Array): Float64Array => (x.length ? x : new Float64Array(n));
    return { m: beta1 ? full(m) : new Float64Array(0), v: full(v), power1, power2 };
  }
}

export type OptimizerName = "sgd" | "adam";

export function optimizer(name: OptimizerName, lr: number, beta1 = 0.9): Optimizer {
  return name === "adam" ? new Adam(lr, beta1) : new Sgd(lr);
}

/** Clamp every weight to [-c, c]: Arjovsky et al. (2017), Algorithm 1, line 7. */
export function clipWeights(params: Float64Array, c: number): void {
  for (let i = 0; i < params.length; i++) params[i] = Math.min(c, Math.max(-c, params[i]!));
}

/** Exponential moving average of weights: average = decay * average + (1 - decay) * params. Yazici et al. (2019). */
export class Ema {
  readonly average: Float64Array;

  constructor(params: Float64Array, public decay: number) {
    this.average = params.slice();
  }

  update(params: Float64Array): void {
    const { average, decay } = this;
    for (let i = 0; i < params.length; i++) average[i] = decay * average[i]! + (1 - decay) * params[i]!;
  }
}
