/** The part of ONNX's file format that models of the house use (github onnx/onnx, onnx/onnx.proto), by protobufjs. */
import protobuf from "protobufjs";

const { root } = protobuf.parse(
  `syntax = "proto3";
  message AttributeProto {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated float floats = 7; repeated int64 ints = 8;
    int32 type = 20;
  }
  message TensorProto { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TensorTypeProto { int32 elem_type = 1; TensorShapeProto shape = 2; }
  message TypeProto { TensorTypeProto tensor_type = 1; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; string doc_string = 3; }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
    repeated AttributeProto attribute = 5;
  }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message StringStringEntryProto { string key = 1; string value = 2; }
  message ModelProto {
    int64 ir_version = 1; string producer_name = 2; string producer_version = 3; int64 model_version = 5;
    string doc_string = 6; GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8;
    repeated StringStringEntryProto metadata_props = 14;
  }`,
  { keepCase: true },
);
const modelType = root.lookupType("ModelProto");

/** TensorProto.DataType */
export const elementTypes = { float32: 1, uint8: 2, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof elementTypes;

/** An int, a float, a string, or a list of ints; which of the numbers it is, the operator's definition says. */
export type Attribute = { int: number } | { float: number } | { string: string } | { ints: readonly number[] };

export interface Node {
  type: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, Attribute>;
}

export interface Initializer {
  name: string;
  type: ElementType;
  shape: readonly number[];
  /** Row-major, little-endian. */
  data: Uint8Array;
}

export interface Port {
  name: string;
  type: ElementType;
  /** A length, or the name of one that the caller chooses. */
  shape: readonly (number | string)[];
  /** What it is, for people. */
  description: string;
}

export interface Model {
  name: string;
  description: string;
  /** Of the domain ai.onnx. */
  opset: number;
  producerVersion: string;
  inputs: Port[];
  outputs: Port[];
  nodes: Node[];
  initializers: Initializer[];
  metadata: Record<string, string>;
}

/** ONNX 1.14 (IR 9) is the first with opset 19; readers of today take it and older operator sets. */
const irVersion = 8;

/** AttributeProto.AttributeType */
function attribute(name: string, value: Attribute) {
  if ("int" in value) return { name, type: 2, i: value.int };
  if ("float" in value) return { name, type: 1, f: value.float };
  if ("string" in value) return { name, type: 3, s: new TextEncoder().encode(value.string) };
  return { name, type: 7, ints: value.ints };
}

function port({ name, type, shape, description }: Port) {
  const dim = shape.map((length) => (typeof length === "number" ? { dim_value: length } : { dim_param: length }));
  return { name, type: { tensor_type: { elem_type: elementTypes[type], shape: { dim } } }, doc_string: description };
}

/** The model as the bytes of an `.onnx` file. */
export function encodeModel(model: Model): Uint8Array {
  const graph = {
    name: model.name,
    node: model.nodes.map(({ type, inputs, outputs, attributes }) => ({
      op_type: type,
      name: outputs[0],
      input: inputs,
      output: outputs,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    })),
    initializer: model.initializers.map(({ name, type, shape, data }) => ({
      name,
      data_type: elementTypes[type],
      dims: shape,
      raw_data: data,
    })),
    input: model.inputs.map(port),
    output: model.outputs.map(port),
  };
  return modelType
    .encode({
      ir_version: irVersion,
      producer_name: "oversight",
      producer_version: model.producerVersion,
      model_version: 1,
      doc_string: model.description,
      graph,
      opset_import: [{ domain: "", version: model.opset }],
      metadata_props: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
    })
    .finish();
}
