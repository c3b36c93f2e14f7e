import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, formatProgress, startProgress } from "./progress.ts";

const state = { label: "train images", done: 120, total: 1200, unit: "images", rate: 33.21 } as const;

test("a wide line has everything", () => {
  expect(formatProgress(state, 80)).toBe("train images  120/1200  33.2 images/s  0:33 left");
});

test("40 columns hold what matters", () => {
  expect(formatProgress(state, 40)).toBe("train images  10%  33.2/s  0:33 left");
});

test("bytes are shown in MB", () => {
  const download = { label: "weights", done: 12_345_678, total: 244_000_000, unit: "bytes", rate: 5_500_000 } as const;
  expect(formatProgress(download, 80)).toBe("weights  12.3/244 MB  5.50 MB/s  0:42 left");
});

test("without a rate there is no time left", () => {
  expect(formatProgress({ ...state, rate: undefined }, 80)).toBe("train images  120/1200");
});

test("nothing to do is no division by zero", () => {
  expect(formatProgress({ ...state, done: 0, total: 0, rate: undefined }, 80)).toBe("train images  0/0");
});

test("no line is wider than the terminal", () => {
  const states = fc.record({
    label: fc.string({ maxLength: 100, unit: "grapheme-ascii" }),
    done: fc.nat(),
    total: fc.nat(),
    unit: fc.constantFrom("images" as const, "bytes" as const),
    rate: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
  });
  fc.assert(
    fc.property(states, fc.integer({ min: 0, max: 200 }), (given, width) => {
      expect(formatProgress(given, width).length).toBeLessThanOrEqual(width);
    }),
  );
});

test("durations", () => {
  expect([0, 59.6, 3599, 3600, 90_061].map(formatDuration)).toEqual(["0:00", "1:00", "59:59", "1:00:00", "25:01:01"]);
});

function recorded(terminal: boolean) {
  const written: string[] = [];
  let time = 0;
  const stream = { isTTY: terminal, columns: 60, write: (text: string) => written.push(text) };
  const progress = startProgress(stream, () => time);
  return {
    written,
    progress,
    at(seconds: number, label: string, done: number, total: number) {
      time = seconds * 1000;
      progress.update(label, done, total);
    },
  };
}

test("a terminal's line is written over, at most ten times a second, and cleared at the end", () => {
  const { written, progress, at } = recorded(true);
  at(0, "a", 0, 100);
  at(0.05, "a", 5, 100);
  at(1, "a", 10, 100);
  progress.end();
  expect(written).toEqual(["\ra  0/100\u001b[K", "\ra  10/100  10.0 images/s  0:09 left\u001b[K", "\r\u001b[K"]);
});

test("time is counted anew when less is done than before", () => {
  const { written, at } = recorded(true);
  at(0, "epoch 1", 0, 100);
  at(10, "epoch 1", 100, 100);
  at(20, "epoch 2", 10, 100);
  at(21, "epoch 2", 30, 100);
  expect(written.at(-1)).toContain("20.0 images/s");
});

test("what was done before a run was resumed does not count into the rate", () => {
  const { written, at } = recorded(true);
  at(0, "a", 90, 100);
  at(5, "a", 95, 100);
  expect(written.at(-1)).toContain("1.00 images/s  0:05 left");
});

test("when piped, a whole line every ten seconds and no control characters", () => {
  const { written, progress, at } = recorded(false);
  for (let second = 0; second <= 25; ++second)
    at(second, "a label that is longer than any terminal is wide", second, 100);
  progress.end();
  expect(written).toEqual([
    "a label that is longer than any terminal is wide  10/100  1.00 images/s  1:30 left\n",
    "a label that is longer than any terminal is wide  20/100  1.00 images/s  1:20 left\n",
  ]);
});
