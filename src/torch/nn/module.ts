/**
 * A part of a network that owns parameters. Names follow PyTorch's: a child's parameters are called
 * `child.parameter`, so that weights trained elsewhere load with no table.
 */
import { InputError } from "../../base/errors.ts";
import { fromHost, toHost } from "../create.ts";
import type { HostTensor } from "../files/host-tensor.ts";
import { noGrad } from "../modes.ts";
import { keep, scope } from "../scope.ts";
import type { MemoryFormat, Tensor } from "../tensor.ts";

export type StateDict = Map<string, HostTensor>;

export abstract class Module {
  readonly #children = new Map<string, Module>();
  readonly #parameters = new Map<string, Tensor>();
  readonly #buffers = new Map<string, Tensor>();
  #training = true;

  abstract forward(input: Tensor): Tensor;

  /** Whether batch norm uses the batch's statistics and dropout drops. */
  get training(): boolean {
    return this.#training;
  }

  protected child<M extends Module>(name: string, module: M): M {
    this.#children.set(name, module);
    return module;
  }
  protected parameter(name: string, value: Tensor): Tensor {
    this.#parameters.set(name, keep(value).setRequiresGrad());
    return value;
  }
  /** State that is saved but not trained. */
  protected buffer(name: string, value: Tensor): Tensor {
    this.#buffers.set(name, keep(value));
    return value;
  }

  train(training = true): this {
    for (const module of this.modules().values()) module.#training = training;
    return this;
  }

  /** This module (under `""`) and all below it, by path, in the order of definition. */
  modules(prefix = ""): Map<string, Module> {
    const found = new Map<string, Module>([[prefix, this]]);
    for (const [name, child] of this.#children) {
      for (const [path, module] of child.modules(join(prefix, name))) found.set(path, module);
    }
    return found;
  }

  namedParameters(): Map<string, Tensor> {
    return this.#named((module) => module.#parameters);
  }
  parameters(): Tensor[] {
    return [...this.namedParameters().values()];
  }
  namedBuffers(): Map<string, Tensor> {
    return this.#named((module) => module.#buffers);
  }
  #named(of: (module: Module) => Map<string, Tensor>): Map<string, Tensor> {
    const found = new Map<string, Tensor>();
    for (const [path, module] of this.modules()) {
      for (const [name, value] of of(module)) found.set(join(path, name), value);
    }
    return found;
  }

  /** Scalars that are saved under a name but counted in JavaScript. */
  protected counters(): Map<string, number> {
    return new Map();
  }
  protected setCounter(_name: string, _value: number): void {}

  /** A copy of every parameter and buffer, in the order in which PyTorch names them. */
  stateDict(): StateDict {
    const state: StateDict = new Map();
    for (const [path, module] of this.modules()) {
      for (const [name, value] of [...module.#parameters, ...module.#buffers])
        state.set(join(path, name), toHost(value));
      for (const [name, count] of module.counters()) {
        const data = new Uint8Array(BigInt64Array.of(BigInt(count)).buffer);
        state.set(join(path, name), { dtype: "int64", shape: [], data });
      }
    }
    return state;
  }

  /**
   * Overwrites every parameter and buffer. Counters may be absent: old checkpoints have none.
   * @param origin what the error calls the weights, e.g. the file's name
   * @throws InputError naming the first tensor that is missing, of another shape, or not known; nothing is changed then
   */
  loadStateDict(state: StateDict, origin: string): void {
    const own = new Map([...this.namedParameters(), ...this.namedBuffers()]);
    const counters = new Map<string, { module: Module; leaf: string }>();
    for (const [path, module] of this.modules()) {
      for (const leaf of module.counters().keys()) counters.set(join(path, leaf), { module, leaf });
    }
    for (const [name, value] of own) {
      const given = state.get(name);
      if (given === undefined) throw new InputError(`${origin}: these weights have no tensor ${name}`);
      if (given.shape.join() !== value.shape.join()) {
        const shapes = `shape [${given.shape}], this network needs [${value.shape}]`;
        throw new InputError(`${origin}: the tensor ${name} has ${shapes}`);
      }
    }
    for (const name of state.keys()) {
      if (!own.has(name) && !counters.has(name)) {
        throw new InputError(`${origin}: this network has no tensor ${name}`);
      }
    }
    noGrad(() => {
      for (const [name, value] of own) {
        const given = fromHost(state.get(name)!);
        value.copyFrom(given);
        given.dispose();
      }
    });
    for (const [name, { module, leaf }] of counters) {
      const count = state.get(name);
      if (count !== undefined)
        module.setCounter(leaf, Number(new DataView(count.data.slice().buffer).getBigInt64(0, true)));
    }
  }

  /** Moves everything to a device, and convolution weights to a memory format. */
  to(device: string, format: MemoryFormat = "contiguous"): this {
    noGrad(() => {
      for (const value of this.namedParameters().values()) place(value, device, format).setRequiresGrad();
      for (const value of this.namedBuffers().values()) place(value, device, format);
    });
    return this;
  }
}

function place(value: Tensor, device: string, format: MemoryFormat): Tensor {
  return scope(() => {
    const moved = value.toDevice(device);
    return value.become(keep(value.shape.length === 4 ? moved.contiguous(format) : moved.detach()));
  });
}

function join(prefix: string, name: string): string {
  return prefix === "" ? name : `${prefix}.${name}`;
}
