import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { InputError } from "../base/errors.ts";
import { type EpochMetrics, readMetrics } from "./metrics.ts";

const folder = mkdtempSync(join(tmpdir(), "metrics-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "metrics.jsonl");

const epoch = (number: number): EpochMetrics => ({
  kind: "epoch",
  epoch: number,
  epochs: 12,
  learningRate: 0.005,
  train: { loss: 1, crossEntropy: 0.6, guidance: null, accuracy: 0.5 },
  validation: { auc: null, accuracy: 0.5, crossEntropy: 0.7 },
  best: true,
  images: 1200,
  guided: 1180,
  imagesPerSecond: 100.5,
  seconds: 12,
  time: 1_700_000_000,
});
const lines = (...epochs: EpochMetrics[]) => epochs.map((metrics) => `${JSON.stringify(metrics)}\n`).join("");

test("epochs come back as they were written", () => {
  writeFileSync(file, lines(epoch(1), epoch(2)));
  expect(readMetrics(file)).toEqual([epoch(1), epoch(2)]);
  writeFileSync(file, "");
  expect(readMetrics(file)).toEqual([]);
});

test("a fault is refused, naming line and field", () => {
  const place = (line: number) => `${file}: line ${line}: `;
  const refused = (text: string, message: string) => {
    writeFileSync(file, text);
    expect(() => readMetrics(file)).toThrow(InputError);
    expect(() => readMetrics(file)).toThrow(message);
  };
  refused(`${lines(epoch(1))}{"kind":\n`, `${place(2)}it is not JSON`);
  refused(lines(epoch(1), epoch(2)).slice(0, -9), `${place(2)}it is not JSON`);
  refused(lines(epoch(1), epoch(3), epoch(2)), `${place(3)}epoch 2 does not come after epoch 3`);
  refused(lines({ ...epoch(1), images: 1.5 }), `${place(1)}images: `);
  refused(lines({ ...epoch(1), train: { ...epoch(1).train, accuracy: 2 } }), `${place(1)}train.accuracy: `);
});
