/** `oversight experiment probe`: measures one run's speed and prints it as JSON; `plan` reads that. */
import { Command } from "commander";
import { integer } from "../../flag-values.ts";

export function probeCommand(): Command {
  return new Command("probe")
    .argument("<settings>", "a run's settings.yaml")
    .requiredOption("--threads <n>")
    .requiredOption("--device <name>")
    .action(async (file: string, { threads, device }: { threads: string; device: string }) => {
      const { measureSpeed } = await import("../../../experiment/probe.ts");
      const { gatherConfig } = await import("../../../training/settings.ts");
      const speed = await measureSpeed(gatherConfig({ file }), {
        threads: integer("--threads", threads, 1),
        device,
      });
      process.stdout.write(`${JSON.stringify(speed)}\n`);
    });
}
