/** For tests of the queue: a grid of two small runs, and workers as real processes on the data of a temporary folder. */
import { join } from "node:path";
import { type Running, start } from "../cli/command.ts";

/** Manifests are `data/train.csv` and `data/test.csv` beside the file. */
export function twoRuns(name: string, epochs: number) {
  return {
    name,
    data: { small: { manifest: "data/train.csv" } },
    tests: [{ name: "unseen", manifest: "data/test.csv" }],
    networks: ["resnet-small"],
    strategies: [
      { name: "classical", data: "small", guidance: "cross-entropy" },
      { name: "cyborg", data: "small", guidance: "cyborg" },
    ],
    seeds: 1,
    settings: { epochs, batch: 8, inputSize: 32 },
  };
}

/**
 * A worker that hands in every second, below `root`; it ends when the queue is empty.
 * @param heartbeat the seconds of silence after which it counts as dead, as those of `enqueue`
 */
export function startWorker(cache: string, root: string, name: string, heartbeat: number): Running {
  return start(
    ...([
      cache,
      "experiment",
      "worker",
      "--checkpoints",
      join(root, "checkpoints"),
      "--work",
      join(root, name),
    ] as const),
    ...["--device", "cpu", "--threads", "1", "--heartbeat", String(heartbeat), "--every", "1", "--until-empty"],
  );
}
