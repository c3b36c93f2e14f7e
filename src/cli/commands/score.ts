/** `oversight score`: a detector on any images, without libtorch. */
import { extname } from "node:path";
import { Command, Option } from "commander";
import { type Progress, startProgress } from "../../base/progress.ts";
import type { Found } from "../../detector/find-images.ts";
import type { ScoreFormat, ScoreLine } from "../../detector/score-lines.ts";
import { integer } from "../flag-values.ts";
import { helpNote } from "../help-note.ts";

interface Flags {
  detector: string;
  out?: string;
  format?: ScoreFormat;
  explain?: string;
  imageRoot?: string;
  threads?: string;
}

export function scoreCommand(): Command {
  return new Command("score")
    .description("Score images with a detector; bad files are reported and do not stop the rest.")
    .argument(
      "<path...>",
      "images, folders, patterns, .csv tables with a column path, or - for paths on standard input",
    )
    .requiredOption("--detector <folder>", "what `oversight export` made, or its web address")
    .option("--out <file>", "scores go there, not to standard output; what it holds already is not scored again")
    .addOption(
      new Option("--format <name>", "jsonl, or csv (default: by the name of --out, else jsonl)").choices([
        "jsonl",
        "csv",
      ]),
    )
    .option("--explain <folder>", "write for each image where the evidence is, laid over it, as PNG")
    .option("--image-root <folder>", "what paths in tables are relative to (default: the table's folder)")
    .option("--threads <n>", "threads that judge (default: the processor's cores)")
    .addHelpText("after", helpNote("Exit code 1 when a file could not be scored; its line then says why."))
    .action(score);
}

async function score(given: string[], flags: Flags): Promise<void> {
  const { countImages, findImages } = await import("../../detector/find-images.ts");
  const { loadDetector } = await import("../../detector/load-detector.ts");
  const { scoreFiles } = await import("../../detector/score-files.ts");
  const threads = flags.threads === undefined ? undefined : integer("--threads", flags.threads, 1);
  const find = { imageRoot: flags.imageRoot, stdin: process.stdin };

  const detector = await loadDetector(flags.detector, { threads });
  const progress = startProgress();
  const count = { scored: 0, failed: 0, skipped: 0 };
  let firstFailure = "";
  const interruption = onInterruption();
  try {
    const total = await countImages(given, find);
    const sink = await openSink(flags, detector);
    try {
      const fresh = onlyFresh(findImages(given, find), sink.done, interruption, () => count.skipped++);
      for await (const line of scoreFiles(fresh, detector, { explain: flags.explain })) {
        await sink.add(line);
        if ("error" in line) {
          if (count.failed++ === 0) firstFailure = `${line.path}: ${line.error}`;
        } else count.scored++;
        show(progress, count, total);
      }
    } finally {
      await sink.close();
    }
  } finally {
    interruption.end();
    await detector.close();
  }
  progress.end();
  const { scored, failed, skipped } = count;
  const parts = [`${scored} scored`];
  if (skipped > 0) parts.push(`${skipped} had their scores or were given twice`);
  if (failed > 0) parts.push(`${failed} failed (first: ${firstFailure})`);
  if (interruption.asked) parts.push("interrupted; the same command goes on");
  process.stderr.write(`${parts.join(", ")}\n`);
  if (interruption.asked) process.exitCode = 130;
  else if (failed > 0) process.exitCode = 1;
}

function show(progress: Progress, count: Record<"scored" | "failed" | "skipped", number>, total: number | undefined) {
  const done = count.scored + count.failed + count.skipped;
  // Of standard input nobody knows how much comes.
  if (total !== undefined) progress.update("scored", done, total);
}

/** What is new, until the user interrupts. */
async function* onlyFresh(
  found: AsyncIterable<Found>,
  done: ReadonlySet<string>,
  interruption: { asked: boolean },
  onSkip: () => void,
): AsyncGenerator<Found> {
  const seen = new Set(done);
  for await (const item of found) {
    if (interruption.asked) return;
    if (seen.has(item.path)) onSkip();
    else {
      seen.add(item.path);
      yield item;
    }
  }
}

interface Sink {
  done: ReadonlySet<string>;
  add(line: ScoreLine): Promise<void>;
  close(): Promise<void>;
}

async function openSink(
  { out, format }: Flags,
  { about, model }: { about: { classes: string[] }; model: string },
): Promise<Sink> {
  const { lineFormat } = await import("../../detector/score-lines.ts");
  const lines = lineFormat(format ?? (extname(out ?? "").toLowerCase() === ".csv" ? "csv" : "jsonl"), about);
  if (out !== undefined) {
    const { openScoresFile } = await import("../../detector/scores-file.ts");
    return openScoresFile(out, lines, model);
  }
  // Whoever reads slowly is waited for.
  const write = (text: string) =>
    new Promise<void>((resolve, reject) =>
      process.stdout.write(text, (error) => (error == null ? resolve() : reject(error))),
    );
  if (lines.header !== "") await write(lines.header);
  return { done: new Set(), add: (line) => write(lines.write(line)), close: async () => {} };
}

/** Ctrl-C lets what is under way end; a second one ends the process at once. */
function onInterruption(): { asked: boolean; end(): void } {
  const state = {
    asked: false,
    end() {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
  const stop = () => {
    if (state.asked) process.exit(130);
    state.asked = true;
    // Paths that may never come are not waited for.
    process.stdin.destroy();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return state;
}
