/** The detector's card for people, in the form that Hugging Face reads: YAML facts above, Markdown below. */
import { stringify } from "yaml";
import type { DetectorFile } from "../detector/detector-file.ts";
import type { SelfCheck } from "./self-check.ts";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");

export function modelCard(about: DetectorFile, check: SelfCheck): string {
  const { name, positive, classes, training, calibration, inputSize, licence, oversight } = about;
  const facts = {
    license: licence,
    library_name: "onnx",
    pipeline_tag: "image-classification",
    tags: ["oversight", "cyborg", "human-saliency", about.network],
  };
  return `---
${stringify(facts).trim()}
---

# ${name}

Tells whether an image is **${positive}** (of ${classes.join(", ")}), and shows where it found the evidence. Made by
Oversight ${oversight}; trained on ${training.images} images with ${guidanceWords(training.guidance)}, seed ${training.seed}.
Fingerprint of the training data: \`${training.data}\`.

## Use

\`model.onnx\` takes 8-bit sRGB pixels of any size (\`images\`, N×H×W×3); it squeezes them to ${inputSize}×${inputSize} and
normalises them itself. Crop images as the training images were cropped${about.framing === undefined ? "" : `: ${about.framing}`}. It gives \`score\` (calibrated probability of
${positive}), \`logits\` (${classes.join(", ")}) and \`cam\` (evidence for ${positive}, least 0, greatest 1).

An image is called ${positive} from a score of ${about.threshold.toPrecision(4)} on (${about.thresholdRule}, chosen on
validation images).

## What it was measured to do

${testTable(about)}

On ${calibration.images} validation images, from the same source as the training images:

| false alarms allowed | threshold | share of ${cell(positive)} found (95 % interval) |
| --- | --- | --- |
${about.operatingPoints
  .map(
    ({ fpr, threshold, tpr }) =>
      `| ${percent(fpr)} | ${threshold.toPrecision(4)} | ${percent(tpr.value)} (${percent(tpr.low)} to ${percent(tpr.high)}) |`,
  )
  .join("\n")}

Expected calibration error ${calibration.eceBefore.toFixed(3)} before and ${calibration.eceAfter.toFixed(3)} after
calibration (temperature ${calibration.temperature.toPrecision(3)}, bias ${calibration.bias.toPrecision(3)}), on the images that it was fitted on; see
\`reliability.svg\`.

Threshold and calibration come from scores in float32, as the file gives them. The file was compared with the network that
it was made from, in float32: on ${check.images} images the logits differ by ${check.largestDifference.toExponential(1)} at most${check.auc === null ? "" : `, and the AUC is ${check.auc.onnx.toFixed(4)} against ${check.auc.libtorch.toFixed(4)}`}.

## Limits

A score speaks of images like those that it was trained and tested on. From another generator, camera, crop or
compression its meaning can change or turn round. It is evidence to be weighed by a person, not proof; do not decide about
people by it alone. The map shows where the network found evidence, not what is wrong there.
`;
}

function guidanceWords(guidance: string): string {
  return guidance === "cross-entropy" ? "plain cross-entropy" : `${guidance} guidance by saliency maps`;
}

function testTable({ tests, positive }: DetectorFile): string {
  if (tests.length === 0)
    return "No test set was evaluated before export: nothing is known of images from other sources.";
  const rows = tests.map(({ name, images, auc, apcer, bpcer }) => {
    const area = auc === null ? "–" : `${auc.value.toFixed(3)} (${auc.low.toFixed(3)} to ${auc.high.toFixed(3)})`;
    const rate = (value: number | null) => (value === null ? "–" : percent(value));
    return `| ${cell(name)} | ${images} | ${area} | ${rate(apcer)} | ${rate(bpcer)} |`;
  });
  return `| test set | images | AUC (95 % interval) | ${cell(positive)} missed (APCER) | others accused (BPCER) |
| --- | --- | --- | --- | --- |
${rows.join("\n")}`;
}
