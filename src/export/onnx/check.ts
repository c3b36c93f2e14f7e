/** The rules of ONNX's checker that a graph of the house could break; what shapes allow, the runtime tells. */
import type { ElementType, Model } from "./proto.ts";

const bytesPerElement: Record<ElementType, number> = { float32: 4, uint8: 1, int64: 8, bool: 1 };

/** @throws Error naming the value or node that breaks a rule */
export function checkModel({ inputs, outputs, nodes, initializers }: Model): void {
  const defined = new Set<string>();
  const define = (name: string) => {
    if (name === "") throw new Error("a value has no name");
    if (defined.has(name)) throw new Error(`the value ${name} is defined twice`);
    defined.add(name);
  };
  for (const { name } of inputs) define(name);
  for (const { name, type, shape, data } of initializers) {
    define(name);
    const elements = shape.reduce((product, length) => product * length, 1);
    if (data.byteLength !== elements * bytesPerElement[type])
      throw new Error(`the constant ${name} has ${data.byteLength} bytes for ${elements} elements of ${type}`);
  }
  for (const { type, inputs: read, outputs: written } of nodes) {
    if (written.length === 0) throw new Error(`a node ${type} has no output`);
    // An empty name stands for an optional input that is left out.
    const unknown = read.find((name) => name !== "" && !defined.has(name));
    if (unknown !== undefined)
      throw new Error(`${type} ${written[0]} reads ${unknown}, which is not computed before it`);
    for (const name of written) define(name);
  }
  const missing = outputs.find(({ name }) => !defined.has(name));
  if (missing !== undefined) throw new Error(`the output ${missing.name} is not computed`);
}
