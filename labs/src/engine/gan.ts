/**
 * One half of Algorithm 1 (Goodfellow et al. 2014) each: `discriminatorStep` and `generatorStep`.
 *
 * Batches and noise are arguments, so a step can be replayed against PyTorch on the same numbers.
 */
import type { LossPair } from "./losses";
import type { Network, Tape } from "./network";
import { clipWeights, type Optimizer } from "./optim";
import { InputPenalty } from "./penalties";

export interface Regularizer {
  /** gamma of gamma / 2 * E|grad D(x)|^2 at real points. */
  r1?: number;
  /** lambda of lambda * E(|grad D| - 1)^2 between real and fake; needs `mix`. */
  gp?: number;
  /** Clip D's weights to [-clip, clip] after its step. */
  clip?: number;
}

export class Gan {
  readonly real: Tape;
  readonly fake: Tape;
  readonly gen: Tape;
  private readonly penalty: InputPenalty;
  private readonly between: Float64Array;

  constructor(
    readonly G: Network, readonly D: Network, public optG: Optimizer, public optD: Optimizer, readonly batch: number,
  ) {
    this.real = D.tape(batch);
    this.fake = D.tape(batch);
    this.gen = G.tape(batch);
    this.penalty = new InputPenalty(D, batch);
    this.between = new Float64Array(D.nIn * batch);
  }

  /** Move D one step down its loss with G held fixed. `mix` holds one uniform number per example for the gradient penalty. */
  discriminatorStep(loss: LossPair, real: Float64Array, z: Float64Array, reg: Regularizer = {}, mix?: Float64Array): number {
    const { D, G, batch } = this;
    const fake = G.forward(this.gen, z);
    D.forward(this.real, real);
    D.forward(this.fake, fake);
    let value = loss.d(this.real.output, this.fake.output, batch, this.real.dOutput, this.fake.dOutput);
    D.zeroGrad();
    D.backward(this.real, true, false);
    D.backward(this.fake, true, false);
    if (reg.r1) value += this.penalty.add("r1", real, batch, reg.r1);
    if (reg.gp) value += this.penalty.add("gp", this.mixed(real, fake, mix!), batch, reg.gp);
    this.optD.step(D.params, D.grads);
    if (reg.clip) clipWeights(D.params, reg.clip);
    return value;
  }

  /** Move G one step down its loss through the current D. `real` matters to the relativistic loss only. */
  generatorStep(loss: LossPair, z: Float64Array, real?: Float64Array): number {
    const { G } = this;
    const value = this.generatorLoss(loss, z, real);
    this.gen.dOutput.set(this.fake.dInput);
    G.zeroGrad();
    G.backward(this.gen, true, false);
    this.optG.step(G.params, G.grads);
    return value;
  }

  /** G's loss; leaves its gradient in the samples (times 1 / batch) in `fake.dInput`. Nothing moves. */
  generatorLoss(loss: LossPair, z: Float64Array, real?: Float64Array): number {
    const { D, G, batch } = this;
    D.forward(this.fake, G.forward(this.gen, z));
    if (real) D.forward(this.real, real);
    const value = loss.g(this.fake.output, batch, this.fake.dOutput, this.real.output);
    D.backward(this.fake, false, true);
    return value;
  }

  /** The players as they stand. */
  save(): { G: Float64Array; D: Float64Array; optG: unknown; optD: unknown } {
    const { G, D, optG, optD } = this;
    return { G: G.params, D: D.params, optG: optG.save(), optD: optD.save() };
  }

  /** The same with all memory of the optimisers in full length, and no more than is needed to go on. */
  carry(): ReturnType<Gan["save"]> & { optG: ReturnType<Optimizer["carry"]>; optD: ReturnType<Optimizer["carry"]> } {
    const { G, D, optG, optD } = this;
    return { G: G.params, D: D.params, optG: optG.carry(G.params.length), optD: optD.carry(D.params.length) };
  }

  /** Take over from players of the same shapes and optimisers. */
  load({ G, D, optG, optD }: ReturnType<Gan["save"]>): void {
    this.G.params.set(G);
    this.D.params.set(D);
    this.optG.load(optG);
    this.optD.load(optD);
  }

  private mixed(real: Float64Array, fake: Float64Array, mix: Float64Array): Float64Array {
    const { between, D } = this;
    for (let i = 0; i < between.length; i++) {
      const t = mix[Math.floor(i / D.nIn)]!;
      between[i] = t * real[i]! + (1 - t) * fake[i]!;
    }
    return between;
  }
}
