/**
 * The real command line as a child process, held by a channel: when the channel closes, because we ask for it or because
 * we are no more, the child does what it does on Ctrl-C (src/cli/main.ts).
 */
import { spawn } from "node:child_process";
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
export function runCommand(
  args: readonly string[],
  { threads, signal, onLine }: CommandOptions,
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [oversight, ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, OMP_NUM_THREADS: String(threads) },
      // In a process group of its own: the terminal's Ctrl-C is ours to pass on, once.
      detached: true,
    });
    const stop = () => {
      if (child.connected) child.disconnect();
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);

    let stdout = "";
    child.stdout!.on("data", (chunk) => {
      stdout = (stdout + chunk).slice(-kept);
    });
    let last = "";
    let open = "";
    child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (open + chunk).split("\n");
      open = lines.pop()!.slice(-kept);
      for (const line of lines.filter((line) => line.trim() !== "")) {
        last = line;
        onLine?.(line);
      }
    });
    let failure = "";
    child.on("error", (error) => {
      failure = error.message;
    });
    child.on("close", (code, killedBy) => {
      signal.removeEventListener("abort", stop);
      const words = (open.trim() || last).replace(/^oversight: /, "");
      const memory = killedBy === "SIGKILL" ? ", as the system does when memory is short" : "";
      const reason =
        failure ||
        (killedBy === null
          ? words || `ended with code ${code}`
          : `killed by ${killedBy}${memory}; last words: ${words}`);
      resolve({ code, reason, stdout });
    });
  });
}
