/**
 * Penalties on D's input gradient g = dD/dx: R1 (Mescheder et al. 2018) and the gradient penalty (Gulrajani et al. 2017).
 *
 * Their gradient in the weights needs a second pass. With u_l = W_l a_(l-1) + b_l, a_l = f(u_l) and, going back,
 * v_l = f'(u_l) * W_(l+1)^T v_(l+1), g = W_1^T v_1, and r = dP/dg held fixed, dP/dW is the weight gradient of <r, g>:
 *
 *   t_0 = r;  W_l gets v_l t_(l-1)^T;  t_l = f'(u_l) * (W_l t_(l-1))            one more forward pass, without biases
 *
 * and where f bends, u_l gets f''(u_l) c_l * (W_l t_(l-1)), c_l = dD/da_l, carried down by one ordinary backward pass.
 * For tanh, f'' c = -2 a f' c = -2 a v; for (Leaky)ReLU it is zero. D's output must be linear.
 */
import { liftTangent, type Network, type Tape } from "./network";

export type PenaltyKind = "r1" | "gp";

export class InputPenalty {
  private readonly tape: Tape;
  private readonly t: readonly Float64Array[];
  private readonly e: readonly Float64Array[];
  private readonly r: Float64Array;

  constructor(private readonly net: Network, capacity: number) {
    this.tape = net.tape(capacity, 2);
    [this.t, this.e] = this.tape.more as [Float64Array[], Float64Array[]];
    this.r = new Float64Array(net.nIn * capacity);
  }

  /**
   * Add weight * mean penalty to the gradients of the network; returns that value.
   * r1: weight / 2 * mean |g|^2; gp: weight * mean (|g| - 1)^2.
   */
  add(kind: PenaltyKind, x: Float64Array, n: number, weight: number): number {
    const { net, tape } = this;
    net.forward(tape, x, n);
    tape.dOutput.fill(1, 0, n);
    net.backward(tape, false, true);
    const value = penaltyAndSlope(kind, tape.dInput, this.r, net.nIn, n, weight);
    const params = tape.weights(net), grads = tape.sums(net);
    this.tangentPass(n, params, grads);
    if (net.layers[0]!.activation === "tanh") this.curvaturePass(n, params, grads);
    tape.giveBack(net);
    return value;
  }

  private tangentPass(n: number, params: Float64Array, grads: Float64Array): void {
    const { net, tape, t, e } = this, { kernels } = tape;
    liftTangent(tape.x, this.r, t[0]!, net.nIn, n, net.squares);
    for (let l = 0; l < net.layers.length; l++) {
      const { nIn, nOut, w, activation } = net.layers[l]!;
      const v = tape.d[l + 1]!;
      kernels.addOuter(v, nOut, t[l]!, nIn, grads, w, n);
      if (l === net.layers.length - 1) return;
      const next = t[l + 1]!;
      kernels.combine(params, w, nIn, 1, -1, t[l]!, nIn, next, nOut, n);
      if (activation === "tanh") {
        const a = tape.a[l + 1]!;
        const bend = e[l + 1]!;
        for (let i = 0; i < nOut * n; i++) bend[i] = -2 * a[i]! * v[i]! * next[i]!;
      }
      kernels.timesSlope(activation, tape.a[l + 1]!, next, nOut * n, net.slope);
    }
  }

  private curvaturePass(n: number, params: Float64Array, grads: Float64Array): void {
    const { net, tape, e, t } = this, { kernels } = tape;
    for (let l = net.layers.length - 2; l >= 0; l--) {
      const { nIn, nOut, w, b, activation } = net.layers[l]!;
      const own = e[l + 1]!;
      if (l < net.layers.length - 2) {
        const above = net.layers[l + 1]!;
        const carried = t[l + 1]!; // free again after the tangent pass
        kernels.combine(params, above.w, 1, above.nIn, -1, e[l + 2]!, above.nOut, carried, nOut, n);
        kernels.timesSlope(activation, tape.a[l + 1]!, carried, nOut * n, net.slope);
        for (let i = 0; i < nOut * n; i++) own[i] = own[i]! + carried[i]!;
      }
      kernels.addOuter(own, nOut, tape.a[l]!, nIn, grads, w, n);
      kernels.addRowSums(own, nOut, grads, b, n);
    }
  }
}

/** Value of the penalty, and r = its gradient in g (shape (n, dims)). */
function penaltyAndSlope(
  kind: PenaltyKind, g: Float64Array, r: Float64Array, dims: number, n: number, weight: number,
): number {
  let total = 0;
  for (let s = 0; s < n; s++) {
    let square = 0;
    for (let i = 0; i < dims; i++) square += g[s * dims + i]! * g[s * dims + i]!;
    const norm = Math.sqrt(square);
    total += kind === "r1" ? 0.5 * square : (norm - 1) * (norm - 1);
    const scale = kind === "r1" ? 1 : norm > 0 ? (2 * (norm - 1)) / norm : 0;
    for (let i = 0; i < dims; i++) r[s * dims + i] = (weight * scale * g[s * dims + i]!) / n;
  }
  return (weight * total) / n;
}
