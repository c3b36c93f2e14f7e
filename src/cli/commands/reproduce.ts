/** `oversight reproduce`: a paper's experiment as one command. */
import { Command, Option } from "commander";
import { InputError } from "../../base/errors.ts";
import { startProgress } from "../../base/progress.ts";
import type { PaperData } from "../../experiment/reproduce/locate.ts";
import type { Reproduction } from "../../experiment/reproduce/prepare.ts";
import { integer, listOf, several } from "../flag-values.ts";
import { type MachineFlags, slotsFor, withMachineFlags } from "./experiment/machine-flags.ts";

interface Flags extends MachineFlags {
  data: string;
  layout?: string;
  out: string;
  dryRun?: true;
  prepareOnly?: true;
  probe: boolean;
  seeds: string;
  strategies?: string;
  networks?: string;
  preset: "paper" | "paper-official";
  set?: string[];
}

export function reproduceCommand(): Command {
  return new Command("reproduce")
    .description("A paper's experiment as one command.")
    .addCommand(cyborgCommand())
    .addCommand(miniatureCommand());
}

function cyborgCommand(): Command {
  const command = new Command("cyborg")
    .description(
      "CYBORG (WACV 2023): 4 networks × classical, 7× the data, masks, CYBORG × 10 seeds, on six unseen GANs.",
    )
    .requiredOption("--data <root>", "folder of the data as they are handed out (UND WACV 2023 CYBORG)")
    .option("--layout <yaml>", "where this copy of the data differs; see docs/maps.md")
    .option("--out <folder>", "the experiment's folder", "experiments/cyborg")
    .option("--dry-run", "write nothing; say what would run, how long it takes here, and what disk and memory")
    .option("--prepare-only", "write the experiment and stop, to change it, or to run it on several machines")
    .option("--no-probe", "measure no speeds for --dry-run")
    .option("--seeds <n>", "runs of each strategy and network", "10")
    .option("--strategies <a,b,…>", "of classical, classical-7x, masks, cyborg; all without it")
    .option("--networks <a,b,…>", "the paper's four without it")
    .addOption(
      new Option("--preset <name>", "paper: the loss as its formula has it; paper-official: as the published code")
        .choices(["paper", "paper-official"])
        .default("paper"),
    )
    .option("--set <setting=value>", "any training setting, of all runs", several);
  return withMachineFlags(command).action(async (flags: Flags) => {
    const what = await reproduction(flags);
    const data = await findData(flags, what);
    if (flags.dryRun) await showDryRun(data, what, flags);
    else process.exitCode = await run(data, what, flags);
  });
}

function miniatureCommand(): Command {
  return new Command("miniature")
    .description("A miniature of the data that `reproduce cyborg` reads: the same names, a few dozen drawn faces.")
    .argument("<folder>", "a new or empty folder")
    .action(async (folder: string) => {
      const { makeMiniature } = await import("../../experiment/reproduce/miniature.ts");
      await makeMiniature(folder);
      process.stdout.write(
        `try it: oversight reproduce cyborg --data ${folder} --networks resnet-small --set weights=none --set epochs=2 --seeds 2\n`,
      );
    });
}

/** @throws InputError naming the flag */
async function reproduction({ strategies, networks, seeds, preset, set = [] }: Flags): Promise<Reproduction> {
  const { paperNetworks, strategyNames } = await import("../../experiment/reproduce/prepare.ts");
  const { overlay } = await import("../../training/config.ts");
  const { parseSetting } = await import("../../training/settings.ts");
  const { networkNames } = await import("../../vision/networks/index.ts");
  return {
    strategies: strategies === undefined ? strategyNames : listOf("--strategies", strategies, strategyNames),
    networks: networks === undefined ? paperNetworks : listOf("--networks", networks, networkNames),
    seeds: integer("--seeds", seeds, 1),
    preset,
    settings: set.map(parseSetting).reduce(overlay, {}),
  };
}

/** @throws InputError when something is missing, after a line for each thing */
async function findData({ data: root, layout }: Flags, what: Reproduction): Promise<PaperData> {
  const { publishedLayout, readLayout } = await import("../../experiment/reproduce/layout.ts");
  const { locate } = await import("../../experiment/reproduce/locate.ts");
  const { wantedBy } = await import("../../experiment/reproduce/prepare.ts");
  const found = locate(root, layout === undefined ? publishedLayout : readLayout(layout), wantedBy(what));
  if ("data" in found) return found.data;
  for (const line of found.missing) process.stderr.write(`missing: ${line}\n`);
  const many = found.missing.length === 1 ? "1 part of the data is" : `${found.missing.length} parts of the data are`;
  throw new InputError(`${root}: ${many} missing; where this copy has other names, say so with --layout`);
}

/** @returns the exit code, see `runExperiment` */
async function run(data: PaperData, what: Reproduction, flags: Flags): Promise<number> {
  const { describeData } = await import("../../experiment/reproduce/compare-counts.ts");
  const { prepareExperiment } = await import("../../experiment/reproduce/prepare.ts");
  const { runExperiment } = await import("./experiment/run.ts");
  const { out } = flags;
  const say = (words: string) => process.stderr.write(words);
  say(describeData(data));
  const progress = startProgress();
  const file = await prepareExperiment(data, what, out, (done, total) => progress.update("masks", done, total));
  progress.end();
  if (flags.prepareOnly) {
    say(
      `prepared ${file}: see it with oversight experiment plan ${out}, run it with oversight experiment run ${out}\n`,
    );
    return 0;
  }
  return runExperiment(out, flags);
}

async function showDryRun(data: PaperData, what: Reproduction, flags: Flags): Promise<void> {
  const { mkdtempSync, rmSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const { measureSpeeds } = await import("../../experiment/estimate.ts");
  const { dryRun } = await import("../../experiment/reproduce/dry-run.ts");
  const { formatDryRun } = await import("../dry-run-table.ts");
  const folder = mkdtempSync(join(tmpdir(), "oversight-dry-run-"));
  try {
    const { plan, contents } = await dryRun(data, what, folder);
    let slots = await slotsFor(plan, plan.runs, flags);
    // A second time where what was measured of memory leads to other threads.
    for (let threads = 0; flags.probe && threads !== slots[0].threads; slots = await slotsFor(plan, plan.runs, flags)) {
      threads = slots[0].threads;
      await measureSpeeds(folder, plan.runs, slots[0], (speed) => process.stderr.write(`measuring ${speed}\n`));
    }
    process.stdout.write(formatDryRun(data, { plan, contents }, slots, flags.out));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
