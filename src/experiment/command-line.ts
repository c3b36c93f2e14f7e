/**
 * The real command line as a child process, held by a channel: when the channel closes, because we ask for it or because
 * we are no more, the child does what it does on Ctrl-C (src/cli/main.ts).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const oversight = fileURLToPath(new URL("../../bin/oversight.mjs", import.meta.url));

export interface CommandOptions {
  /** Threads of libtorch and its libraries. */
  threads: number;
  /** Aborted: the child is to stop gracefully. */
  signal: AbortSignal;
  /** Each line that it says on stderr. */
  onLine?: (line: string) => void;
}

export interface CommandOutcome {
  code: number | null;
  /** Why it ended without 0, in one line: its last words, or the signal that killed it. */
  reason: string;
  stdout: string;
}

/** Of a child's words, as many characters are kept. */
const kept = 4000;

/** Runs `oversight ...args` to its end. Throws nothing: a child that cannot start has ended with the reason. */
export async function runCommand(args: readonly string[], options: CommandOptions): Promise<CommandOutcome> {
  try {
    return await runChild(args, options);
  } catch (error) {
    return { code: null, reason: `cannot start a process: ${(error as Error).message}`, stdout: "" };
  }
}

async function runChild(args: readonly string[], { threads, signal, onLine }: CommandOptions): Promise<CommandOutcome> {
  const child = spawn(process.execPath, [oversight, ...args], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, OMP_NUM_THREADS: String(threads) },
    // In a process group of its own: the terminal's Ctrl-C is ours to pass on, once.
    detached: true,
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("a piped child has no pipes");
  // Not `close`: that never comes once the channel has been closed from here.
  const ended = Promise.all([once(child, "exit"), once(stdout, "close"), once(stderr, "close")]);
  const stop = () => {
    if (child.connected) child.disconnect();
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);

  let printed = "";
  stdout.setEncoding("utf8").on("data", (chunk: string) => {
    printed = (printed + chunk).slice(-kept);
  });
  let last = "";
  let unended = "";
  stderr.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (unended + chunk).split("\n");
    unended = lines.pop()!.slice(-kept);
    for (const line of lines.filter((line) => line.trim() !== "")) {
      last = line;
      onLine?.(line);
    }
  });
  const [[code, killedBy]] = await ended.finally(() => signal.removeEventListener("abort", stop));
  return {
    code,
    reason: reasonOf(code, killedBy, (unended.trim() || last).replace(/^oversight: /, "")),
    stdout: printed,
  };
}

function reasonOf(code: number | null, killedBy: string | null, words: string): string {
  if (killedBy === null) return words || `ended with code ${code}`;
  const memory = killedBy === "SIGKILL" ? ", as the system does when memory is short" : "";
  return `killed by ${killedBy}${memory}${words && `; its last words: ${words}`}`;
}
