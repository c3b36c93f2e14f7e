/**
 * A trained network as a whole detector in one ONNX graph: 8-bit pixels of any size in, score, logits and class
 * activation map out. Resizing and normalisation are inside, so that nobody can feed it wrongly.
 *
 *     images  uint8 N×H×W×3, sRGB       rows from the top, as a decoder gives them
 *     score   float32 N                 probability of the positive class, calibrated by temperature and bias
 *     logits  float32 N×K               in the order of the classes
 *     cam     float32 N×h×w             true CAM of the positive class, 0 least and 1 greatest; 0 where it has no shape
 */
import { resizeNode } from "../detector/detector.ts";
import type { Calibration } from "../evaluation/calibration.ts";
import { zeros } from "../torch/create.ts";
import { noGrad } from "../torch/modes.ts";
import { scope } from "../torch/scope.ts";
import type { Classifier } from "../vision/classifier.ts";
import { GraphBuilder } from "./onnx/graph.ts";
import { foldNorms, lower } from "./onnx/lower.ts";
import type { Model } from "./onnx/proto.ts";
import { trace } from "./trace.ts";

/** The first with Resize over stated axes and an antialiasing filter. */
const opset = 18;
/** As `hasShape` in vision/cam.ts: a range below is rounding. */
const flatness = { relative: 1e-6, absolute: 1e-20 };

export interface DetectorAbout {
  name: string;
  description: string;
  version: string;
  calibration: Calibration;
  metadata: Record<string, string>;
}

/** @throws Error when the network uses an operator that has no rule for ONNX */
export function detectorGraph(classifier: Classifier, about: DetectorAbout): Model {
  const { network, input, classes, positive } = classifier;
  const target = classes.indexOf(positive);
  network.train(false);
  const traced = scope(() =>
    noGrad(() =>
      trace(zeros([1, 3, input.size, input.size]), (images) => {
        const features = network.features(images);
        return [features, network.head(features)];
      }),
    ),
  );

  const graph = new GraphBuilder();
  const [features, head] = lower(foldNorms(traced), graph, prepare(graph, classifier));
  const logits = graph.add("Identity", [head], {}, "logits");
  addScore(graph, logits, { target, count: classes.length, calibration: about.calibration });
  const weight = scope(() => network.classifier.weight.select(0, target).float32());
  const [, channels] = network.classifier.weight.shape;
  addCam(graph, features, graph.floats("cam_weight", weight, [1, channels, 1, 1]));

  return {
    name: about.name,
    description: about.description,
    opset,
    producerVersion: about.version,
    inputs: [
      { name: "images", type: "uint8", shape: ["N", "H", "W", 3], description: "sRGB pixels, rows from the top" },
    ],
    outputs: [
      { name: "score", type: "float32", shape: ["N"], description: `calibrated probability of ${positive}` },
      { name: "logits", type: "float32", shape: ["N", classes.length], description: classes.join(", ") },
      { name: "cam", type: "float32", shape: ["N", "h", "w"], description: `evidence for ${positive}, 0..1` },
    ],
    nodes: graph.nodes,
    initializers: graph.initializers,
    metadata: about.metadata,
  };
}

/** The pixels as training saw them: squeezed to a square by an antialiased filter, rounded to grey levels, normalised. */
function prepare(graph: GraphBuilder, { input: { size, mean, std } }: Classifier): string {
  const floats = graph.add("Cast", ["images"], { to: { int: 1 } });
  const planes = graph.add("Transpose", [floats], { perm: { ints: [0, 3, 1, 2] } });
  const target = graph.integers("input_size", [size, size]);
  const filter = {
    mode: { string: "linear" },
    antialias: { int: 1 },
    axes: { ints: [2, 3] },
    coordinate_transformation_mode: { string: "half_pixel" },
  };
  const rounded = graph.add("Round", [graph.add("Resize", [planes, "", "", target], filter, resizeNode)]);
  const levels = graph.add("Clip", [rounded, graph.floats("black", [0], []), graph.floats("white", [255], [])]);
  const scale = std.map((deviation) => 1 / (255 * deviation));
  const shift = mean.map((value, channel) => -value / std[channel]);
  const scaled = graph.add("Mul", [levels, graph.floats("scale", scale, [1, 3, 1, 1])]);
  return graph.add("Add", [scaled, graph.floats("shift", shift, [1, 3, 1, 1])]);
}

/** σ((z_target − log Σ exp z_other) / T + b) */
function addScore(
  graph: GraphBuilder,
  logits: string,
  { target, count, calibration }: { target: number; count: number; calibration: Calibration },
): void {
  const others = Array.from({ length: count }, (_, index) => index).filter((index) => index !== target);
  const pick = (name: string, indices: number[]) =>
    graph.add("Gather", [logits, graph.integers(name, indices)], { axis: { int: 1 } });
  const rest = graph.add("ReduceLogSumExp", [pick("other_classes", others), graph.integers("class_axis", [1])], {
    keepdims: { int: 1 },
  });
  const odds = graph.add("Sub", [pick("target_class", [target]), rest]);
  const calm = graph.add("Div", [odds, graph.floats("temperature", [calibration.temperature], [])]);
  const shifted = graph.add("Add", [calm, graph.floats("bias", [calibration.bias], [])]);
  graph.add("Squeeze", [graph.add("Sigmoid", [shifted]), "class_axis"], {}, "score");
}

/** W[target] · f, min-max per image. */
function addCam(graph: GraphBuilder, features: string, weight: string): void {
  const evidence = graph.add("Squeeze", [graph.add("Conv", [features, weight]), graph.integers("channel_axis", [1])]);
  const axes = graph.integers("map_axes", [1, 2]);
  const least = graph.add("ReduceMin", [evidence, axes], { keepdims: { int: 1 } });
  const greatest = graph.add("ReduceMax", [evidence, axes], { keepdims: { int: 1 } });
  const range = graph.add("Sub", [greatest, least]);
  const magnitude = graph.add("Max", [graph.add("Abs", [least]), graph.add("Abs", [greatest])]);
  const relative = graph.add("Mul", [magnitude, graph.floats("flatness", [flatness.relative], [])]);
  const bound = graph.add("Add", [relative, graph.floats("flatness_floor", [flatness.absolute], [])]);
  const hasShape = graph.add("Greater", [range, bound]);
  const divisor = graph.add("Where", [hasShape, range, graph.floats("one", [1], [])]);
  const stretched = graph.add("Div", [graph.add("Sub", [evidence, least]), divisor]);
  graph.add("Where", [hasShape, stretched, graph.floats("zero", [0], [])], {}, "cam");
}
