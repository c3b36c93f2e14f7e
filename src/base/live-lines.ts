/** Lines at the foot of a terminal that are written over as things change, under lines that stay. When piped, only those that stay. */
import type { ProgressStream } from "./progress.ts";

export interface LiveLines {
  /** A line that stays, above the live ones. */
  say(line: string): void;
  /** Replaces the live lines; at most a few times a second is drawn. */
  show(lines: readonly string[]): void;
  /** Takes the live lines away. */
  end(): void;
}

const interval = 100;

/** @param now the clock, in milliseconds */
export function startLiveLines(
  stream: ProgressStream = process.stderr,
  now: () => number = () => performance.now(),
): LiveLines {
  const terminal = stream.isTTY === true;
  let shown = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let wanted: readonly string[] = [];
  // Up to the first live line, and everything below it away.
  const clear = () => (shown > 0 ? `\u001b[${shown}A\r\u001b[J` : "");
  const draw = (above: string) => {
    // A line that fills the last column would wrap, and be two.
    const width = (stream.columns ?? 80) - 1;
    const lines = wanted.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
    stream.write(clear() + above + lines.map((line) => `${line}\n`).join(""));
    shown = lines.length;
    drawnAt = now();
  };
  return {
    say(line) {
      if (terminal) draw(`${line}\n`);
      else stream.write(`${line}\n`);
    },
    show(lines) {
      if (!terminal) return;
      wanted = lines;
      if (now() - drawnAt >= interval) draw("");
    },
    end() {
      if (shown > 0) stream.write(clear());
      shown = 0;
      wanted = [];
    },
  };
}
