/** Stochastic gradient descent with momentum, as torch.optim.SGD computes it, over all parameters at once. */

import { fromHost, toHost } from "../create.ts";
import type { HostTensor } from "../files/host-tensor.ts";
import { stack } from "../functional.ts";
import { noGrad } from "../modes.ts";
import { native } from "../native.ts";
import { keep, scope } from "../scope.ts";
import { operatorInPlace, operatorMany, Tensor } from "../tensor.ts";

export interface SgdOptions {
  /** In [0, 1); 0 keeps no velocities. */
  momentum: number;
  /** Added to the gradient as `weightDecay · parameter`. */
  weightDecay: number;
}

export class Sgd {
  readonly #parameters: ReadonlyMap<string, Tensor>;
  readonly #options: SgdOptions;
  /** v ← momentum · v + gradient, by parameter name; a parameter enters at its first gradient. */
  readonly #velocities = new Map<string, Tensor>();

  constructor(parameters: ReadonlyMap<string, Tensor>, options: SgdOptions) {
    this.#parameters = parameters;
    this.#options = options;
  }

  zeroGrad(): void {
    native.clearGradients([...this.#parameters.values()].map((parameter) => parameter.handle));
  }

  /**
   * Scales all gradients so that their joint Euclidean norm is at most `limit`.
   * @returns the norm before
   */
  clipGradients(limit: number): number {
    return noGrad(() =>
      scope(() => {
        const gradients = [...this.#withGradients().values()].map(({ gradient }) => gradient);
        const norms = stack(operatorMany("_foreach_norm", "Scalar", gradients, 2));
        const norm = Math.sqrt(norms.square().sum().item());
        if (norm > limit) operatorInPlace("_foreach_mul_", "Scalar", gradients, limit / norm);
        return norm;
      }),
    );
  }

  /**
   * v ← momentum · v + (gradient + weightDecay · parameter); parameter ← parameter − learningRate · v.
   * The gradients are used up. A parameter that backward has not reached stays as it is.
   */
  step(learningRate: number): void {
    const { momentum, weightDecay } = this.#options;
    noGrad(() =>
      scope(() => {
        const reached = this.#withGradients();
        if (reached.size === 0) return;
        const parameters = [...reached.values()].map(({ parameter }) => parameter);
        let updates = [...reached.values()].map(({ gradient }) => gradient);
        if (weightDecay !== 0) operatorInPlace("_foreach_add_", "List", updates, parameters, weightDecay);
        if (momentum !== 0) {
          const moving = [...reached].filter(([name]) => this.#velocities.has(name));
          if (moving.length > 0) {
            const velocities = moving.map(([name]) => this.#velocities.get(name)!);
            operatorInPlace("_foreach_mul_", "Scalar", velocities, momentum);
            operatorInPlace(
              "_foreach_add_",
              "List",
              velocities,
              moving.map(([, { gradient }]) => gradient),
              1,
            );
          }
          for (const [name, { gradient }] of reached) {
            if (!this.#velocities.has(name)) this.#velocities.set(name, keep(gradient.clone()));
          }
          updates = [...reached.keys()].map((name) => this.#velocities.get(name)!);
        }
        operatorInPlace("_foreach_add_", "List", parameters, updates, -learningRate);
      }),
    );
  }

  #withGradients(): Map<string, { parameter: Tensor; gradient: Tensor }> {
    const gradients = native.gradients([...this.#parameters.values()].map((parameter) => parameter.handle));
    const reached = new Map<string, { parameter: Tensor; gradient: Tensor }>();
    [...this.#parameters].forEach(([name, parameter], index) => {
      const gradient = gradients[index];
      if (gradient !== null) reached.set(name, { parameter, gradient: new Tensor(gradient) });
    });
    return reached;
  }

  /** The velocities by parameter name. */
  state(): Map<string, HostTensor> {
    return new Map([...this.#velocities].map(([name, velocity]) => [name, toHost(velocity)]));
  }

  /** Takes up the velocities that `state` gave; they are laid out as their parameters are. */
  loadState(state: ReadonlyMap<string, HostTensor>): void {
    for (const [name, host] of state) {
      const parameter = this.#parameters.get(name);
      if (parameter === undefined) throw new Error(`the optimiser has no parameter ${name}`);
      const velocity = noGrad(() => parameter.detach().clone());
      const given = fromHost(host);
      velocity.copyFrom(given);
      given.dispose();
      this.#velocities.get(name)?.dispose();
      this.#velocities.set(name, keep(velocity));
    }
  }
}
