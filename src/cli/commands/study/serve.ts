/** `oversight study serve`: the pages of participants and researcher, and what they ask for. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { Command } from "commander";
import type { FastifyInstance } from "fastify";
import { InputError, systemErrorCode } from "../../../base/errors.ts";
import { readTextFile } from "../../../base/files.ts";
import { startProgress } from "../../../base/progress.ts";
import type { LogStream } from "../../../study/server/log.ts";
import { integer } from "../../flag-values.ts";
import { helpNote } from "../../help-note.ts";
import { placeOf, readStudyFolder } from "./opened-study.ts";

interface Flags {
  port: string;
  host: string;
  trustProxy?: true;
  passwordFile?: string;
}

export function serveCommand(): Command {
  return new Command("serve")
    .description("Serve a study to participants and to its researcher, until Ctrl-C.")
    .argument("<folder>", "the study's folder")
    .option("--port <n>", "0 takes any that is free", "8080")
    .option("--host <address>", "address to listen on; 0.0.0.0 for all", "127.0.0.1")
    .option("--trust-proxy", "addresses come from the X-Forwarded-For of the proxy in front")
    .option("--password-file <file>", "sets the researcher's password; OVERSIGHT_STUDY_PASSWORD does it, too")
    .addHelpText(
      "after",
      helpNote(
        "Records lie in the study's folder, or in PostgreSQL where DATABASE_URL names one.\nWithout a password the researcher's pages open by a link that is printed at start.",
      ),
    )
    .action(async (folder: string, flags: Flags) => {
      const port = integer("--port", flags.port, 0, 65_535);
      const password = passwordFrom(flags.passwordFile);
      await serve(folder, { ...flags, port, password });
    });
}

interface Settings extends Omit<Flags, "port"> {
  port: number;
  password: string | undefined;
}

async function serve(folder: string, { host, port, trustProxy, password }: Settings): Promise<void> {
  const { openStore } = await import("../../../store/index.ts");
  const { prepareImages } = await import("../../../study/images/prepare.ts");
  const { openSecret, setPassword } = await import("../../../study/secret.ts");
  const { builtPages } = await import("../../../study/server/pages.ts");
  const { makeStudyServer } = await import("../../../study/server/server.ts");
  const say = (line: string) => process.stderr.write(`${line}\n`);

  const study = await readStudyFolder(folder);
  for (const note of study.notes) say(`note: ${note}`);
  const place = await placeOf(study);
  if ("folder" in place && !existsSync(place.folder)) say("making the database; that takes some seconds, once");
  // The store first: whoever cannot have it need not prepare anything.
  const store = await openStore(place);
  try {
    if (password !== undefined) await setPassword(folder, password);
    const secret = openSecret(folder);
    const progress = startProgress();
    await prepareImages(study, (done, total) => progress.update("preparing images", done, total));
    progress.end();
    const researcherToken = randomBytes(32).toString("base64url");
    const server = await makeStudyServer({
      ...{ study, store, secret, researcherToken, trustProxy, pages: builtPages, log: logStream() },
    });
    const stopping = untilSignal(say);
    try {
      const address = await listen(server, host, port);
      const { title, recruitment } = study.protocol;
      say(`${title}: ${study.images.length} images, records in ${store.kind === "pglite" ? folder : "PostgreSQL"}`);
      say(`participants  ${address}/${parametersOf[recruitment.platform]}`);
      say(`researcher    ${address}/researcher${secret.password === undefined ? `#token=${researcherToken}` : ""}`);
      await stopping;
    } finally {
      await server.close();
    }
  } finally {
    await store.close();
  }
}

/** The log goes to stdout; a terminal is spared the lines on what went well. */
function logStream(): LogStream {
  const { stdout } = process;
  return {
    write: (line) => {
      if (stdout.isTTY !== true || !line.startsWith('{"level":"info"')) stdout.write(line);
    },
  };
}

/** What the recruitment platform puts into the link. */
const parametersOf = {
  link: "",
  prolific: "?PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}",
  mturk: "?workerId=…&assignmentId=…&hitId=…",
} as const;

async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    const code = systemErrorCode(error);
    const reasons: Record<string, string> = {
      EADDRINUSE: "another program listens there; choose another --port",
      EACCES: "permission denied; ports from 1024 on need no rights",
      EADDRNOTAVAIL: "this machine has no such address; choose another --host",
      ENOTFOUND: "there is no such host; choose another --host",
    };
    if (code === undefined || !(code in reasons)) throw error;
    throw new InputError(`cannot listen on ${host}, port ${port}: ${reasons[code]}`);
  }
}

/** Resolves at Ctrl-C or SIGTERM; a second one ends the process at once. */
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

/** @throws InputError when the file cannot be read, or holds more than one line */
function passwordFrom(file: string | undefined): string | undefined {
  if (file === undefined) return process.env.OVERSIGHT_STUDY_PASSWORD || undefined;
  const password = readTextFile(file).replace(/\r?\n$/, "");
  if (/[\r\n]/.test(password)) throw new InputError(`${file}: expected the password and nothing else, on one line`);
  return password;
}
