/**
 * `npm run bench -- step|score|epoch --network NAME --batch N [--device cuda]`: ours and PyTorch's in turn, several
 * rounds, medians; `npm run bench -- study --participants N`: the study's server. The last line is one JSON object.
 *
 * step   one training step on a batch that is ready, against the published code's step and a tuned one
 * score  scoring images from their files, decoding included, against PyTorch scoring tensors that are ready
 * epoch  an epoch of the real training loop from the dataset cache, against our own bare step
 * parallel  the step by one process of one thread, by one of several threads, and by several of one thread each
 * study  commits of simulated participants, on PGlite and on PostgreSQL
 * queue  tiny runs through the experiments' queue, on PostgreSQL and on PGlite
 * report the report of a large experiment, from the files that its runs leave
 */
import { cpus } from "node:os";
import { Command, Option } from "commander";
import { hasFastBfloat16 } from "../base/cpu.ts";
import { InputError } from "../base/errors.ts";
import { type NetworkName, networkNames } from "../vision/networks/index.ts";
import type { OursTask } from "./ours.ts";
import { type PeerRun, runPeer } from "./peer.ts";
import { race, round } from "./race.ts";
import { runOurs } from "./run-ours.ts";

interface Flags {
  network: NetworkName;
  batch: string;
  device: string;
  rounds: string;
  steps: string;
  threads: string;
}

async function bench(kind: "step" | "score" | "epoch", flags: Flags): Promise<void> {
  const { network, device } = flags;
  const [batch, rounds, steps, threads] = [flags.batch, flags.rounds, flags.steps, flags.threads].map(Number);
  const where = { network, batch, steps, threads, device: device === "cuda" ? "cuda:0" : device };
  const precision = device !== "cpu" || hasFastBfloat16() ? "bfloat16" : "float32";
  let peak = 0;
  const measureOurs = (what: OursTask["kind"]) => async () => {
    const result = await runOurs({ kind: what, ...where, precision });
    peak = Math.max(peak, result.peakMegabytes);
    return result;
  };
  const peer = (mode: PeerRun["mode"]) => () => runPeer({ ...where, mode });
  const about = { bench: kind, network, batch, device, threads, precision, cpu: cpus()[0].model };
  if (kind === "epoch") {
    const { bare, epoch } = await race(
      [
        ["bare", measureOurs("step")],
        ["epoch", measureOurs("epoch")],
      ],
      rounds,
    );
    console.log(
      JSON.stringify({ ...about, ours: epoch, bareStep: bare, ratioBare: round(epoch / bare), peakMegabytes: peak }),
    );
    return;
  }
  const prefix = kind === "score" ? "score-" : "";
  const speeds = await race(
    [
      ["ours", measureOurs(kind)],
      ["official", peer(`${prefix}official` as PeerRun["mode"])],
      ["tuned", peer(`${prefix}tuned` as PeerRun["mode"])],
    ],
    rounds,
  );
  const ratios = { ratioOfficial: round(speeds.ours / speeds.official), ratioTuned: round(speeds.ours / speeds.tuned) };
  const line = {
    ...about,
    ours: speeds.ours,
    peer: { official: speeds.official, tuned: speeds.tuned },
    ...ratios,
    peakMegabytes: peak,
  };
  console.log(JSON.stringify(line));
}

const program = new Command("bench").description("Race ours against PyTorch in one run; images per second and ratios.");
for (const kind of ["step", "score", "epoch"] as const) {
  program
    .command(kind)
    .addOption(new Option("--network <name>").choices(networkNames).makeOptionMandatory())
    .option("--batch <n>", "images a step", "20")
    .option("--device <name>", "cpu or cuda", "cpu")
    .option("--rounds <n>", "turns of each contender", "3")
    .option("--steps <n>", "steps timed in a turn", "3")
    .option("--threads <n>", "of both", String(cpus().length))
    .action((flags: Flags) => bench(kind, flags));
}
program
  .command("parallel")
  .addOption(new Option("--network <name>").choices(networkNames).makeOptionMandatory())
  .option("--batch <n>", "images a step, of all processes together", "20")
  .option("--processes <n>", "and threads that one process is given instead", "2")
  .option("--rounds <n>", "turns of each contender", "3")
  .option("--steps <n>", "steps timed in a turn", "3")
  .action(async (flags: Record<"batch" | "processes" | "rounds" | "steps", string> & { network: NetworkName }) => {
    const { benchParallel } = await import("./parallel.ts");
    const [batch, processes, rounds, steps] = [flags.batch, flags.processes, flags.rounds, flags.steps].map(Number);
    await benchParallel({ network: flags.network, batch, processes, rounds, steps });
  });
program
  .command("study")
  .option("--participants <n>", "at the same time; also runs 50, to see how times grow", "500")
  .option("--trials <n>", "of each participant", "10")
  .option("--arrive-within <seconds>", "they arrive evenly over this time; 0: all in one moment", "30")
  .action(async (flags: { participants: string; trials: string; arriveWithin: string }) => {
    const { benchStudy } = await import("./study.ts");
    const participants = [...new Set([50, Number(flags.participants)])];
    await benchStudy({ participants, trials: Number(flags.trials), arriveWithin: Number(flags.arriveWithin) });
  });
program
  .command("queue")
  .option("--runs <n>", "tiny runs, of one epoch on 16 images", "1000")
  .option("--workers <n>", "at the same time", "8")
  .action(async (flags: { runs: string; workers: string }) => {
    const { benchQueue } = await import("./queue.ts");
    await benchQueue({ runs: Number(flags.runs), workers: Number(flags.workers) });
  });
program
  .command("report")
  .option("--runs <n>", "of four strategies on four networks", "400")
  .option("--test-sets <n>", "of each run", "8")
  .option("--images <n>", "of each test set", "10000")
  .action(async (flags: { runs: string; testSets: string; images: string }) => {
    const { benchReport } = await import("./report.ts");
    const [runs, testSets, images] = [flags.runs, flags.testSets, flags.images].map(Number);
    await benchReport({ runs, testSets, images });
  });
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}
