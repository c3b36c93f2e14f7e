/** `oversight export`: a trained run as a detector that needs no libtorch. */
import { Command } from "commander";
import { startProgress } from "../../base/progress.ts";

interface Flags {
  to?: string;
  licence: string;
  framing?: string;
}

export function exportCommand(): Command {
  return new Command("export")
    .description("Write a run's best weights as an ONNX detector with its calibration and model card.")
    .argument("<run>", "run folder that `oversight train` made")
    .option("--to <folder>", "where the detector goes (default: <run>/detector)")
    .option("--licence <name>", "of the detector, as an SPDX expression", "other")
    .option("--framing <words>", "how the training images were framed, so that users of the page frame theirs alike")
    .action(async (run: string, flags: Flags) => {
      const { detectorFolder, exportRun, requireFraming, requireLicence } = await import("../../export/export-run.ts");
      const to = flags.to ?? detectorFolder(run);
      const progress = startProgress();
      const { about, check, size } = await exportRun({
        ...{ runFolder: run, to, licence: requireLicence(flags.licence) },
        framing: flags.framing === undefined ? undefined : requireFraming(flags.framing),
        onProgress: progress.update,
      });
      progress.end();
      const { temperature, bias, eceBefore, eceAfter } = about.calibration;
      const lines = [
        `detector: ${to} (model.onnx ${(size / 1e6).toFixed(1)} MB)`,
        `against libtorch in float32 on ${check.images} images: largest logit difference ${check.largestDifference.toExponential(1)}`,
        `the same where the model resizes the images itself: ${check.largestDifferenceAlone.toExponential(1)}`,
        ...(check.auc === null ? [] : [`AUC ${check.auc.onnx.toFixed(4)} (libtorch ${check.auc.libtorch.toFixed(4)})`]),
        `temperature ${temperature.toPrecision(3)}, bias ${bias.toPrecision(3)}; calibration error ${eceBefore.toFixed(3)} before, ${eceAfter.toFixed(3)} after`,
      ];
      process.stdout.write(`${lines.join("\n")}\n`);
    });
}
