/**
 * What a network computes, as a list of operators: recorded while it looks at one image. Any network of the house can
 * be traced, since all of them compute by operators of libtorch alone.
 */
import { toHost } from "../torch/create.ts";
import type { HostTensor } from "../torch/files/host-tensor.ts";
import type { NativeTensor } from "../torch/native.ts";
import { type Argument, type OperatorCall, observeOperators, Tensor } from "../torch/tensor.ts";

/** A tensor of the trace. Every value is written once: an operator in place gives a new one. */
export interface Value {
  readonly id: number;
}
export type TracedArgument = Value | number | boolean | string | null | undefined | readonly TracedArgument[];

export interface Operation {
  /** libtorch's name, without the underscore of an operator in place. */
  name: string;
  args: readonly TracedArgument[];
  result: Value;
}

export interface Trace {
  input: Value;
  /** In the order that the body returned them. */
  outputs: Value[];
  /** Weights and whatever else was there before. */
  constants: Map<Value, HostTensor>;
  /** In the order they ran; only those that an output depends on. */
  operations: Operation[];
}

export const isValue = (argument: TracedArgument): argument is Value =>
  typeof argument === "object" && argument !== null && "id" in argument;

/** Their results share memory with their argument: writing in place to either would change the other. */
const views = new Set(["flatten", "reshape", "permute", "narrow", "select", "unsqueeze", "squeeze"]);

/** @throws Error when the body writes to memory that two values share, which a list of values cannot express */
export function trace(input: Tensor, body: (input: Tensor) => Tensor[]): Trace {
  let count = 0;
  const fresh = (): Value => ({ id: count++ });
  const values = new Map<NativeTensor, Value>();
  const constants = new Map<Value, HostTensor>();
  const operations: Operation[] = [];
  const shared = new Set<NativeTensor>();

  const traced = (argument: Argument): TracedArgument => {
    if (Array.isArray(argument)) return argument.map(traced);
    if (!(argument instanceof Tensor)) return argument as TracedArgument;
    const known = values.get(argument.handle);
    if (known !== undefined) return known;
    const constant = fresh();
    values.set(argument.handle, constant);
    constants.set(constant, toHost(argument));
    return constant;
  };
  const dependsOnInput = (argument: Argument): boolean => {
    if (Array.isArray(argument)) return argument.some(dependsOnInput);
    const value = argument instanceof Tensor ? values.get(argument.handle) : undefined;
    return value !== undefined && !constants.has(value);
  };
  const record = ({ name, args, results, inPlace }: OperatorCall) => {
    if (results.length !== 1) throw new Error(`a trace cannot hold ${name}, which has ${results.length} results`);
    const [{ handle }] = results;
    if (inPlace && shared.has(handle)) throw new Error(`a trace cannot hold ${name}_: its argument has a view`);
    // What does not depend on the input is a constant by the time that it is used.
    if (!args.some(dependsOnInput)) return;
    const written = args.map(traced);
    if (views.has(name)) for (const one of [handle, (args[0] as Tensor).handle]) shared.add(one);
    const result = fresh();
    values.set(handle, result);
    operations.push({ name: inPlace ? name.replace(/_$/, "") : name, args: written, result });
  };

  const start = fresh();
  values.set(input.handle, start);
  const outputs = observeOperators(record, () => body(input)).map((output) => {
    const value = values.get(output.handle);
    if (value === undefined) throw new Error("an output was not computed by any operator");
    return value;
  });
  return { input: start, outputs, constants, operations: needed(operations, outputs) };
}

function valuesIn(args: readonly TracedArgument[]): Value[] {
  return args.flatMap((argument) => {
    if (Array.isArray(argument)) return valuesIn(argument);
    return isValue(argument) ? [argument] : [];
  });
}

function needed(operations: readonly Operation[], outputs: readonly Value[]): Operation[] {
  const wanted = new Set(outputs);
  const kept: Operation[] = [];
  for (const operation of [...operations].reverse()) {
    if (!wanted.has(operation.result)) continue;
    kept.push(operation);
    for (const value of valuesIn(operation.args)) wanted.add(value);
  }
  return kept.reverse();
}
