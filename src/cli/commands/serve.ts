/** `oversight serve`: a detector as an HTTP service and as a page. */
import { availableParallelism } from "node:os";
import { Command } from "commander";
import { InputError } from "../../base/errors.ts";
import { integer } from "../flag-values.ts";
import { helpNote } from "../help-note.ts";

interface Flags {
  port: string;
  host: string;
  processes?: string;
  threads?: string;
  keys?: string;
  maxWait?: string;
  maxBody?: string;
  maxPixels?: string;
}

export function serveCommand(): Command {
  return new Command("serve")
    .description("Serve a detector over HTTP, and a page that judges images in the browser, until Ctrl-C.")
    .argument("<detector>", "folder that `oversight export` made")
    .option("--port <n>", "0 takes any that is free", "8080")
    .option("--host <address>", "address to listen on; 0.0.0.0 for all", "127.0.0.1")
    .option("--processes <n>", "processes that answer (default: two, or one for each core where there are fewer)")
    .option("--threads <n>", "threads of each that judge (default: the cores shared among the processes)")
    .option("--keys <file>", "ask for a key: lines of a name and the key's SHA-256; there is then no page")
    .option("--max-wait <seconds>", "an image that would wait longer for its turn is refused with 429 (default: 2)")
    .option("--max-body <megabytes>", "of one image file (default: 20)")
    .option("--max-pixels <megapixels>", "of one image (default: 25)")
    .addHelpText(
      "after",
      helpNote("POST an image's bytes to /v1/score or /v1/explain; /openapi.json says all. Nothing is stored."),
    )
    .action(serve);
}

async function serve(detector: string, flags: Flags): Promise<void> {
  const { startService } = await import("../../detector/service/cluster.ts");
  const { readKeys } = await import("../../detector/service/keys.ts");
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const cores = availableParallelism();
  const processes = flags.processes === undefined ? Math.min(2, cores) : integer("--processes", flags.processes, 1, 64);
  const share = Math.max(1, Math.floor(cores / processes));
  const threads = flags.threads === undefined ? share : integer("--threads", flags.threads, 1, 256);
  if (flags.keys !== undefined) readKeys(flags.keys);
  const limits = {
    ...(flags.maxWait === undefined ? {} : { wait: 1_000 * positive("--max-wait", flags.maxWait) }),
    ...(flags.maxBody === undefined ? {} : { body: Math.ceil(2 ** 20 * positive("--max-body", flags.maxBody)) }),
    ...(flags.maxPixels === undefined ? {} : { pixels: 1e6 * positive("--max-pixels", flags.maxPixels) }),
  };
  const asked = untilSignal(say);
  const { host, keys } = flags;
  const port = integer("--port", flags.port, 0, 65_535);
  const service = await startService({ ...{ detector, host, port, threads, keys, limits }, processes, say });
  const address = `http://${host.includes(":") ? `[${host}]` : host}:${service.port}`;
  say(`${address}: ${processes} processes, ${threads} threads each`);
  await asked;
  await service.stop();
}

/** Resolves at Ctrl-C or SIGTERM; a second one ends the process at once, and its workers with it. */
function untilSignal(say: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = () => {
      if (asked) process.exit(130);
      asked = true;
      say("stopping: what is under way ends first; Ctrl-C again to stop at once");
      resolve();
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InputError(`${flag}: expected a number above 0, found ${text}`);
}
