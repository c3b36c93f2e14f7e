/** From operators of libtorch to ONNX's, one rule an operator. */
import type { HostTensor } from "../../torch/files/host-tensor.ts";
import { isValue, type Operation, type Trace, type TracedArgument, type Value } from "../trace.ts";
import { elementTypeOf, type GraphBuilder } from "./graph.ts";
import type { Attribute } from "./proto.ts";

/** What a rule may ask. */
interface Lowering {
  graph: GraphBuilder;
  /** The name of a tensor, or of a number as a constant. */
  tensor(argument: TracedArgument): string;
}
type Rule = (args: readonly TracedArgument[], lowering: Lowering) => string;

const ints = (argument: TracedArgument): Attribute => ({ ints: argument as readonly number[] });
const int = (argument: TracedArgument): Attribute => ({ int: Number(argument) });
const pads = (argument: TracedArgument): Attribute => {
  const [vertical, horizontal] = argument as readonly [number, number];
  return { ints: [vertical, horizontal, vertical, horizontal] };
};

const elementwise =
  (type: string): Rule =>
  ([first, second, scale = 1], { graph, tensor }) => {
    if (scale !== 1) throw new Error(`${type} of a scaled argument has no rule`);
    return graph.add(type, [tensor(first), tensor(second)]);
  };
/** Dropout in evaluation, and changes of layout. */
const identity: Rule = ([input], { tensor }) => tensor(input);

const rules: Readonly<Record<string, Rule>> = {
  conv2d: ([input, weight, bias, strides, padding, dilations, groups], { graph, tensor }) =>
    graph.add("Conv", [tensor(input), tensor(weight), ...(bias === null ? [] : [tensor(bias)])], {
      strides: ints(strides),
      pads: pads(padding),
      dilations: ints(dilations),
      group: int(groups),
    }),
  batch_norm: ([input, scale, shift, mean, variance, training, , epsilon], { graph, tensor }) => {
    if (training === true) throw new Error("batch norm in training mode has no rule");
    const inputs = [input, scale, shift, mean, variance].map(tensor);
    return graph.add("BatchNormalization", inputs, { epsilon: { float: Number(epsilon) } });
  },
  linear: ([input, weight, bias], { graph, tensor }) =>
    graph.add("Gemm", [tensor(input), tensor(weight), ...(bias === null ? [] : [tensor(bias)])], { transB: int(1) }),
  max_pool2d: ([input, kernel, strides, padding, dilations, ceil], { graph, tensor }) =>
    graph.add("MaxPool", [tensor(input)], {
      kernel_shape: ints(kernel),
      strides: ints(strides),
      pads: pads(padding),
      dilations: ints(dilations),
      ceil_mode: int(ceil),
    }),
  avg_pool2d: ([input, kernel, strides, padding, ceil, countPadding], { graph, tensor }) =>
    graph.add("AveragePool", [tensor(input)], {
      kernel_shape: ints(kernel),
      strides: ints(strides),
      pads: pads(padding),
      ceil_mode: int(ceil),
      count_include_pad: int(countPadding),
    }),
  adaptive_avg_pool2d: ([input, size], { graph, tensor }) => {
    if (String(size) !== "1,1") throw new Error(`adaptive average pooling to ${size} has no rule`);
    return graph.add("GlobalAveragePool", [tensor(input)]);
  },
  flatten: ([input, from], { graph, tensor }) => graph.add("Flatten", [tensor(input)], { axis: int(from) }),
  cat: ([tensors, axis], { graph, tensor }) =>
    graph.add("Concat", (tensors as readonly TracedArgument[]).map(tensor), { axis: int(axis) }),
  relu: ([input], { graph, tensor }) => graph.add("Relu", [tensor(input)]),
  add: elementwise("Add"),
  sub: elementwise("Sub"),
  mul: elementwise("Mul"),
  div: elementwise("Div"),
  dropout: identity,
  contiguous: identity,
};

/**
 * Adds the trace to the graph.
 * @param input the name of what stands for the trace's input
 * @returns the names of its outputs
 * @throws Error naming the operator that has no rule
 */
export function lower(trace: Trace, graph: GraphBuilder, input: string): string[] {
  const names = new Map<Value, string>([[trace.input, input]]);
  const tensor = (argument: TracedArgument): string => {
    if (typeof argument === "number") return graph.floats(`number_${graph.initializers.length}`, [argument], []);
    if (!isValue(argument)) throw new Error(`expected a tensor, found ${String(argument)}`);
    const known = names.get(argument);
    if (known !== undefined) return known;
    const constant = trace.constants.get(argument);
    if (constant === undefined) throw new Error(`value ${argument.id} is used before it is computed`);
    const name = addConstant(graph, `weight_${argument.id}`, constant);
    names.set(argument, name);
    return name;
  };
  for (const { name, args, result } of trace.operations) {
    const rule = rules[name];
    if (rule === undefined) throw new Error(`the operator ${name} has no rule for ONNX (src/export/onnx/lower.ts)`);
    names.set(result, rule(args, { graph, tensor }));
  }
  return trace.outputs.map(tensor);
}

function addConstant(graph: GraphBuilder, name: string, { dtype, shape, data }: HostTensor): string {
  const type = elementTypeOf[dtype];
  if (type === undefined) throw new Error(`constants of type ${dtype} have no rule for ONNX`);
  return graph.constant({ name, type, shape, data });
}

/**
 * Folds each batch norm that alone reads a convolution into its weights: y = s·(Wx + b − m) + t is a convolution with
 * weights s·W and bias s·(b − m) + t, where s = scale / √(variance + ε).
 */
export function foldNorms(trace: Trace): Trace {
  const readers = new Map<Value, number>();
  const count = (args: readonly TracedArgument[]): void => {
    for (const argument of args) {
      if (Array.isArray(argument)) count(argument);
      else if (isValue(argument)) readers.set(argument, (readers.get(argument) ?? 0) + 1);
    }
  };
  for (const { args } of trace.operations) count(args);
  count(trace.outputs);

  const constants = new Map(trace.constants);
  const floatsOf = (value: TracedArgument): Float32Array | undefined => {
    const constant = isValue(value) ? constants.get(value) : undefined;
    if (constant?.dtype !== "float32") return undefined;
    return new Float32Array(constant.data.slice().buffer);
  };
  let next = Math.max(...trace.operations.map(({ result }) => result.id), trace.input.id) + 1;
  const addFloats = (values: Float32Array, shape: number[]): Value => {
    const value = { id: next++ };
    constants.set(value, { dtype: "float32", shape, data: new Uint8Array(values.buffer) });
    return value;
  };
  const byResult = new Map<Value, Operation>();
  const dropped = new Set<Operation>();
  const operations = trace.operations.map((operation) => {
    const { name, args, result } = operation;
    byResult.set(result, operation);
    const conv = name === "batch_norm" && isValue(args[0]) ? byResult.get(args[0]) : undefined;
    if (conv?.name !== "conv2d" || readers.get(conv.result) !== 1) return operation;
    const [scale, shift, mean, variance] = args.slice(1, 5).map(floatsOf);
    const weight = floatsOf(conv.args[1]);
    const bias = conv.args[2] === null ? new Float32Array(scale?.length ?? 0) : floatsOf(conv.args[2]);
    if (!scale || !shift || !mean || !variance || !weight || !bias) return operation;
    const factors = scale.map((value, k) => value / Math.sqrt(variance[k] + Number(args[7])));
    const perOutput = weight.length / factors.length;
    const folded = weight.map((value, index) => value * factors[Math.floor(index / perOutput)]);
    const { shape } = constants.get(conv.args[1] as Value)!;
    const newBias = bias.map((value, k) => (value - mean[k]) * factors[k] + shift[k]);
    dropped.add(conv);
    const merged: Operation = {
      name: "conv2d",
      args: [conv.args[0], addFloats(folded, shape), addFloats(newBias, [newBias.length]), ...conv.args.slice(3)],
      result,
    };
    byResult.set(result, merged);
    return merged;
  });
  return { ...trace, constants, operations: operations.filter((operation) => !dropped.has(operation)) };
}
