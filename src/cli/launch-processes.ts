/**
 * `oversight train --nproc N`: this command again, N times, each for a share of every batch. The first speaks; the others
 * are started when it has read and decoded everything, so that what is wrong is said once. When one ends before its time
 * the others are ended too, and what happened is said here.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "../base/errors.ts";
import { parseJson } from "../base/schema.ts";
import { type Place, placeSchema, processesOf, rankOf } from "../training/place.ts";

/** What a process that trains with others tells the one that started it. */
export type Message = { kind: "prepared" } | { kind: "lost"; reason: string };

/** The exit code of a process that another one's end has stopped: a temporary failure, as in sysexits.h. */
export const exitLost = 75;
/** How long the others may take to notice by themselves that one is gone, in milliseconds. */
const grace = 10_000;
const longestWords = 1 << 16;
const variable = "OVERSIGHT_PROCESS";

/** This process's place among those that train together; undefined when it was started by a person. */
export function ownPlace(): Place | undefined {
  const text = process.env[variable];
  delete process.env[variable]; // not for what this process starts
  return text === undefined ? undefined : parseJson(placeSchema, text, variable);
}

/** `host:port` or `[address]:port`. */
export function parseAddress(text: string): { host: string; port: number } {
  const [, host, digits] = /^\[?([^\s[\]]+?)\]?:(\d+)$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65535)
    throw new InputError(`--rendezvous ${text}: expected machine 0's host and a free port there, as in 10.0.0.1:29500`);
  return { host, port };
}

interface Ended {
  local: number;
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * @param everyPlace what the processes of this machine have in common
 * @param meet where they meet; without it a file, since there is one machine
 * @returns the exit code
 */
export async function launchProcesses(
  everyPlace: Pick<Place, "machine" | "machines" | "here">,
  meet: Place["meet"] | undefined,
  say: (words: string) => void,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "oversight-"));
  const places = Array.from({ length: everyPlace.here }, (_, local) => {
    return { ...everyPlace, local, meet: meet ?? { file: join(folder, "store") } };
  });
  const children: ChildProcess[] = [];
  let stopping = false;
  const pass = (signal: NodeJS.Signals) => {
    stopping = true;
    for (const child of children) child.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, pass);
  try {
    const { ended, words, reason } = await runAll(places, children, () => stopping);
    return stopping && ended.every(({ code }) => code !== 0) ? 130 : conclude(places, ended, words, reason, say);
  } finally {
    for (const signal of signals) process.off(signal, pass);
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Outcome {
  /** Those that ended by themselves, in their order. */
  ended: Ended[];
  /** What each but the first wrote on stderr. */
  words: string[];
  /** Why one that lost the others did, in libtorch's words. */
  reason: string;
}

/** Resolves when all have ended. @param children filled with those that were started */
function runAll(places: readonly Place[], children: ChildProcess[], stopping: () => boolean): Promise<Outcome> {
  const outcome: Outcome = { ended: [], words: places.map(() => ""), reason: "" };
  return new Promise((resolve) => {
    let running = 0;
    let killed = false;
    let killer: NodeJS.Timeout | undefined;
    const endAll = () => {
      killed = true;
      for (const child of children) child.kill("SIGKILL");
    };
    const begin = (place: Place) => {
      const { local } = place;
      const child = startProcess(place);
      children.push(child);
      running += 1;
      child.stderr?.on("data", (chunk) => {
        outcome.words[local] = (outcome.words[local] + chunk).slice(-longestWords);
      });
      child.on("message", (message: Message) => {
        if (message.kind === "lost") outcome.reason ||= message.reason;
        else if (local === 0 && !stopping()) places.slice(1).forEach(begin);
      });
      child.on("close", (code, signal) => {
        if (!killed) outcome.ended.push({ local, code, signal });
        if (code !== 0) killer ??= setTimeout(endAll, grace);
        running -= 1;
        if (running > 0) return;
        clearTimeout(killer);
        resolve(outcome);
      });
    };
    begin(places[0]);
  });
}

function startProcess(place: Place): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, [variable]: JSON.stringify(place) },
    stdio: ["ignore", "inherit", place.local === 0 ? "inherit" : "pipe", "ipc"],
    // In a session of its own: Ctrl-C on a terminal then reaches it once, through us.
    detached: true,
  });
}

/** Says whose end stopped the run, unless that process has said so itself. @returns the exit code */
function conclude(
  places: readonly Place[],
  ended: readonly Ended[],
  words: readonly string[],
  reason: string,
  say: (words: string) => void,
): number {
  const resume = "run the same command to go on from the last checkpoint";
  const first = ended.find(({ code }) => code !== 0 && code !== exitLost);
  if (first === undefined) {
    if (ended.length > 0 && ended.every(({ code }) => code === 0)) return 0;
    const where = places[0].machines > 1 ? "a process of this run on another machine" : "a process of this run";
    say(`${where} ended or does not answer (${reason}); ${resume}`);
    return exitLost;
  }
  const { local, code, signal } = first;
  if (local === 0 && code !== null) return code;
  process.stderr.write(words[local]);
  const name = `process ${rankOf(places[local])} of ${processesOf(places[0])}`;
  const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  say(`${name} ${how}, so the others were stopped; ${resume}`);
  return code ?? exitLost;
}
