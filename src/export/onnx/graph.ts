/** A graph under construction: nodes in the order they may run, every value named once. */
import type { Attribute, ElementType, Initializer, Node } from "./proto.ts";

export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  #count = 0;

  /** Adds a node with one output. @param name of the output; one is made up without it */
  add(type: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}, name?: string): string {
    const output = name ?? `${type.toLowerCase()}_${this.#count++}`;
    this.nodes.push({ type, inputs: [...inputs], outputs: [output], attributes });
    return output;
  }
  constant(initializer: Initializer): string {
    this.initializers.push(initializer);
    return initializer.name;
  }
  floats(name: string, values: readonly number[] | Float32Array, shape: readonly number[] = [values.length]): string {
    return this.constant({ name, type: "float32", shape, data: bytesOf(Float32Array.from(values)) });
  }
  integers(name: string, values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant({ name, type: "int64", shape, data: bytesOf(BigInt64Array.from(values, BigInt)) });
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

export const elementTypeOf: Partial<Record<string, ElementType>> = {
  float32: "float32",
  uint8: "uint8",
  int64: "int64",
  bool: "bool",
};
