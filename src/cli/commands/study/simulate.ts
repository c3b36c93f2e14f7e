/** `oversight study simulate`: participants who are not people take part in a study that is being served. */
import { Command } from "commander";
import { InputError } from "../../../base/errors.ts";
import { startProgress } from "../../../base/progress.ts";
import { integer, number } from "../../flag-values.ts";
import { helpNote } from "../../help-note.ts";
import { readStudyFolder } from "./opened-study.ts";

interface Flags {
  url: string;
  participants: string;
  concurrency?: string;
  arriveWithin?: string;
  seed: string;
  skill?: string;
  careless?: string;
  dropOut?: string;
  pace?: string;
  behindProxy?: true;
  json?: true;
}

export function simulateCommand(): Command {
  return new Command("simulate")
    .description("Simulated participants take part over HTTP: to try a study out, to rehearse its analysis, for load.")
    .argument("<folder>", "the folder of the study that is served: it knows what the images show")
    .requiredOption("--url <url>", "where the study is served, e.g. http://127.0.0.1:8080")
    .requiredOption("--participants <n>", "how many")
    .option("--concurrency <n>", "at a time; all at once without it")
    .option("--arrive-within <seconds>", "they arrive evenly over this time; all in one moment without it")
    .option("--seed <n>", "of what they are like and do", "1")
    .option("--skill <share>", "mean chance to see the evidence; who does not guesses (default: 0.5)")
    .option("--careless <share>", "share who do not look but guess (default: 0.05)")
    .option("--drop-out <share>", "share who leave in the middle (default: 0.1)")
    .option("--pace <share>", "how much of their own time really passes: 0 none, 1 as people do (default: 0)")
    .option("--behind-proxy", "an address for each as X-Forwarded-For; the server must run with --trust-proxy")
    .option("--json", "the summary as JSON")
    .addHelpText(
      "after",
      helpNote("Their records stay in the study: simulate in a copy of its folder, not in the study itself."),
    )
    .action(async (folder: string, flags: Flags) => {
      const share = (name: string, text: string | undefined) =>
        text === undefined ? undefined : number(name, text, 0, 1);
      const options = {
        url: webAddress(flags.url),
        participants: integer("--participants", flags.participants, 1, 100_000),
        concurrency:
          flags.concurrency === undefined ? undefined : integer("--concurrency", flags.concurrency, 1, 10_000),
        arriveWithin:
          flags.arriveWithin === undefined ? undefined : number("--arrive-within", flags.arriveWithin, 0, 86_400),
        seed: integer("--seed", flags.seed, 0),
        skill: share("--skill", flags.skill),
        careless: share("--careless", flags.careless),
        dropOut: share("--drop-out", flags.dropOut),
        pace: share("--pace", flags.pace),
        behindProxy: flags.behindProxy,
      };
      process.exitCode = await simulate(folder, options, flags.json === true);
    });
}

type Options = Omit<import("../../../study/simulate/simulate.ts").SimulationOptions, "truth">;

/** @returns the exit code: 1 where something went wrong on the way, 130 when it was stopped by Ctrl-C */
async function simulate(folder: string, options: Options, json: boolean): Promise<number> {
  const { openSecret } = await import("../../../study/secret.ts");
  const { simulateStudy } = await import("../../../study/simulate/simulate.ts");
  const { formatSimulation } = await import("../../../study/simulate/format.ts");
  const { Truth } = await import("../../../study/simulate/truth.ts");
  const study = await readStudyFolder(folder);
  const truth = new Truth(study, openSecret(study.folder));
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  const progress = startProgress();
  try {
    const summary = await simulateStudy({
      ...options,
      ...{ truth, signal: stop.signal },
      onProgress: ({ done, participants, trials }) =>
        progress.update(`simulating, ${trials} trials`, done, participants, "participants"),
    });
    progress.end();
    process.stdout.write(json ? `${JSON.stringify(summary, null, 2)}\n` : formatSimulation(summary));
    if (stop.signal.aborted) return 130;
    return summary.participants.failed > 0 ? 1 : 0;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href;
  throw new InputError(`--url: expected an address like http://127.0.0.1:8080, found "${text}"`);
}
