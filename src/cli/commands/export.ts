/** `oversight export`: a trained run as a detector that needs no libtorch. */
import { Command } from "commander";
import { startProgress } from "../../base/progress.ts";

interface Flags {
  to?: string;
  licence: string;
}

export function exportCommand(): Command {
  return new Command("export")
    .description("Write a run's best weights as an ONNX detector with its calibration and model card.")
    .argument("<run>", "run folder that `oversight train` made")
    .option("--to <folder>", "where the detector goes (default: <run>/detector)")
    .option("--licence <name>", "of the detector, as an SPDX expression", "other")
    .action(async (run: string, flags: Flags) => {
      const { detectorFolder, exportRun, requireLicence } = await import("../../export/export-run.ts");
      const to = flags.to ?? detectorFolder(run);
      const progress = startProgress();
      const { about, check, size } = await exportRun({
        ...{ runFolder: run, to, licence: requireLicence(flags.licence) },
        onProgress: progress.update,
      });
      progress.end();
      const { temperature, bias, eceBefore, eceAfter } = about.calibration;
      const lines = [
        `detector: ${to} (model.onnx ${(size / 1e6).toFixed(1)} MB)`,
        `against libtorch on ${check.images} images: largest logit difference ${check.largestDifference.toExponential(1)}`,
        ...(check.auc === null ? [] : [`AUC ${check.auc.onnx.toFixed(4)} (libtorch ${check.auc.libtorch.toFixed(4)})`]),
        `temperature ${temperature.toPrecision(3)}, bias ${bias.toPrecision(3)}; calibration error ${eceBefore.toFixed(3)} before, ${eceAfter.toFixed(3)} after`,
      ];
      process.stdout.write(`${lines.join("\n")}\n`);
    });
}
