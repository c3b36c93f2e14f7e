/**
 * Progress of long work: on a terminal one line with rate and time left that is written over again and again; when
 * piped, a plain line now and then.
 */

/** What is counted. Bytes are shown in MB. */
export type ProgressUnit = "images" | "participants" | "trials" | "runs" | "bytes";

export interface ProgressState {
  label: string;
  done: number;
  total: number;
  unit: ProgressUnit;
  /** Units a second; undefined while nothing is known. */
  rate: number | undefined;
}

export interface Progress {
  /** The label may change with every step. Less done than before, or another total, begins a new count of time. */
  update: (label: string, done: number, total: number, unit?: ProgressUnit) => void;
  /** Clears the terminal's line, for other words to take its place; a later update shows it anew. */
  end: () => void;
}

/** The part of a stream that progress needs: `process.stderr` has it. */
export interface ProgressStream {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
  write(text: string): unknown;
}

const terminalInterval = 100;
const pipedInterval = 10_000;

/** @param now the clock, in milliseconds */
export function startProgress(
  stream: ProgressStream = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  const terminal = stream.isTTY === true;
  let phase = { startedAt: now(), doneAtStart: 0, done: 0, total: -1 };
  let writtenAt = terminal ? Number.NEGATIVE_INFINITY : now();
  let shown = false;
  return {
    update(label, done, total, unit = "images") {
      const time = now();
      if (done < phase.done || total !== phase.total) phase = { startedAt: time, doneAtStart: done, done, total };
      phase.done = done;
      if (time - writtenAt < (terminal ? terminalInterval : pipedInterval)) return;
      writtenAt = time;
      const seconds = (time - phase.startedAt) / 1000;
      const rate = seconds > 0 && done > phase.doneAtStart ? (done - phase.doneAtStart) / seconds : undefined;
      const state = { label, done, total, unit, rate };
      if (!terminal) {
        stream.write(`${formatProgress(state, Number.POSITIVE_INFINITY)}\n`);
        return;
      }
      // A line that fills the last column would wrap.
      stream.write(`\r${formatProgress(state, (stream.columns ?? 80) - 1)}\u001b[K`);
      shown = true;
    },
    end() {
      if (shown) stream.write("\r\u001b[K");
      shown = false;
      if (terminal) writtenAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** `train images  120/1200  33.2 images/s  0:33 left`, or what of it fits into `width` columns. */
export function formatProgress({ label, done, total, unit, rate }: ProgressState, width: number): string {
  const amount = unit === "bytes" ? `${megabytes(done)}/${megabytes(total)} MB` : `${done}/${total}`;
  const percent = total > 0 ? `${Math.floor((100 * done) / total)}%` : "";
  const known = rate !== undefined && rate > 0;
  const longRate = known ? (unit === "bytes" ? `${figure(rate / 1e6)} MB/s` : `${figure(rate)} ${unit}/s`) : "";
  const shortRate = known ? (unit === "bytes" ? longRate : `${figure(rate)}/s`) : "";
  const left = known ? `${formatDuration((total - done) / rate)} left` : "";
  const forms = [
    [label, amount, longRate, left],
    [label, percent, longRate, left],
    [label, percent, shortRate, left],
    [label, percent, left],
  ].map((parts) => parts.filter((part) => part !== "").join("  "));
  const fitting = forms.find((form) => form.length <= width);
  if (fitting !== undefined) return fitting;
  const tail = percent === "" ? "" : `  ${percent}`;
  return `${label.slice(0, Math.max(0, width - tail.length - 1))}…${tail}`.slice(0, Math.max(0, width));
}

/** Seconds as `m:ss` or `h:mm:ss`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** About three significant digits, never in exponent form. */
function figure(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes >= 1e8 ? 0 : 1);
}
