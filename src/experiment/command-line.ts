/**
 * The real command line as a child process, held by a channel: when the channel closes, because we ask for it or because
 * we are no more, the child does what it does on Ctrl-C (src/cli/main.ts).
 *
 * A process takes one command after another, since loading libtorch takes longer than a small run's training. It is let
 * go when a command has failed, and once it is a minute old: then a new one's start counts for little, and begins with
 * clean memory.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** src/cli/served.ts, as compiled. */
const served = fileURLToPath(new URL("../../dist/cli/served.js", import.meta.url));

export interface CommandOptions {
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

/** What a served process is told: the command, and whether it is to end after it. */
export interface Order {
  args: readonly string[];
  last: boolean;
}

/** Of a child's words, as many characters are kept. */
const kept = 4000;
/** The age at which a process gets no further command (ms). */
const oldAge = 60_000;

/** Runs `oversight ...args` in a process of its own. Throws nothing: a child that cannot start has ended with the reason. */
export async function runCommand(
  args: readonly string[],
  { threads, ...options }: CommandOptions & { threads: number },
): Promise<CommandOutcome> {
  const commands = new CommandProcess(threads);
  return commands.run(args, options, { last: true });
}

/** Runs commands one at a time, in as few processes as is sound. */
export class CommandProcess {
  private readonly threads: number;
  private running: { child: ChildProcess; begun: number } | undefined;

  /** @param threads of libtorch and its libraries */
  constructor(threads: number) {
    this.threads = threads;
  }

  /** Runs `oversight ...args`. Throws nothing: a child that cannot start has ended with the reason. */
  async run(args: readonly string[], options: CommandOptions, { last = false } = {}): Promise<CommandOutcome> {
    try {
      const child = this.youngEnough() ?? this.start();
      return await order(child, { args, last }, options);
    } catch (error) {
      return { code: null, reason: `cannot start a process: ${(error as Error).message}`, stdout: "" };
    }
  }

  /** Between commands. */
  close(): void {
    if (this.running?.child.connected) this.running.child.disconnect();
    this.running = undefined;
  }

  private youngEnough(): ChildProcess | undefined {
    if (this.running === undefined) return undefined;
    const { child, begun } = this.running;
    if (child.connected && performance.now() - begun < oldAge) return child;
    this.close();
    return undefined;
  }

  private start(): ChildProcess {
    const child = spawn(process.execPath, [served], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, OMP_NUM_THREADS: String(this.threads) },
      // In a process group of its own: the terminal's Ctrl-C is ours to pass on, once.
      detached: true,
    });
    child.stdout!.setEncoding("utf8");
    child.stderr!.setEncoding("utf8");
    this.running = { child, begun: performance.now() };
    return child;
  }
}

async function order(child: ChildProcess, told: Order, { signal, onLine }: CommandOptions): Promise<CommandOutcome> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("a piped child has no pipes");
  const stop = () => {
    if (child.connected) child.disconnect();
  };
  let printed = "";
  const onPrinted = (chunk: string) => {
    printed = (printed + chunk).slice(-kept);
  };
  let last = "";
  let unended = "";
  const onSaid = (chunk: string) => {
    const lines = (unended + chunk).split("\n");
    unended = lines.pop()!.slice(-kept);
    for (const line of lines.filter((line) => line.trim() !== "")) {
      last = line;
      onLine?.(line);
    }
  };
  stdout.on("data", onPrinted);
  stderr.on("data", onSaid);
  signal.addEventListener("abort", stop);
  const watching = new AbortController();
  const until = (what: ChildProcess | typeof stdout, event: string) => once(what, event, { signal: watching.signal });
  try {
    // Not `close`: that never comes once the channel has been closed from here.
    const ended = Promise.all([until(child, "exit"), until(stdout, "close"), until(stderr, "close")]);
    // Of a last command none is sent.
    const done = until(child, "message").then(() => undefined);
    // One that cannot be told any more is about to end.
    child.send(told, () => {});
    if (signal.aborted) stop();
    const exit = await Promise.race([ended, done]);
    if (exit === undefined) return { code: 0, reason: "", stdout: printed };
    const [[code, killedBy]] = exit;
    // Whoever is done says so.
    if (code === 0 && !told.last) return { code: null, reason: "its process ended in the middle", stdout: printed };
    const words = (unended.trim() || last).replace(/^oversight: /, "");
    return { code, reason: reasonOf(code, killedBy, words), stdout: printed };
  } finally {
    watching.abort();
    signal.removeEventListener("abort", stop);
    stdout.off("data", onPrinted);
    stderr.off("data", onSaid);
  }
}

function reasonOf(code: number | null, killedBy: string | null, words: string): string {
  if (killedBy === null) return words || `ended with code ${code}`;
  const memory = killedBy === "SIGKILL" ? ", as the system does when memory is short" : "";
  return `killed by ${killedBy}${memory}${words && `; its last words: ${words}`}`;
}
