/** Runs the real command, as a person would, and makes small data for it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { randomStream } from "../../src/base/random.ts";

const bin = fileURLToPath(new URL("../../bin/oversight.mjs", import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcess;
  finished: Promise<Finished>;
  /** Resolves with the match when stderr has matched. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts `oversight ...args` with a cache of its own and one thread, so that tests side by side do not crowd. */
export function start(cache: string, ...args: string[]): Running {
  const env = { ...process.env, OVERSIGHT_CACHE: cache, OMP_NUM_THREADS: "1" };
  const child = spawn(process.execPath, [bin, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const said = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stderr);
        if (match !== null) resolve(match);
      };
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`ended before it said ${pattern}: ${stderr}`)));
      look();
    });
  return { process: child, finished, said };
}

export function oversight(cache: string, ...args: string[]): Promise<Finished> {
  return start(cache, ...args).finished;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "oversight-test-"));
}

/**
 * Images of noise; class B has a bright square in a corner, and its map says so. `train.csv` has train and val rows,
 * `test.csv` test rows.
 */
export async function makeData(folder: string, { train = 16, val = 8, test = 8 } = {}): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const random = randomStream(5, "cli test");
  const rows: Record<string, string[]> = { train: [], val: [], test: [] };
  for (const [split, count] of Object.entries({ train, val, test })) {
    for (let index = 0; index < count; index++) {
      const marked = index % 2 === 1;
      const name = `${split}-${index}`;
      const inSquare = (x: number, y: number) => x < 12 && y < 12;
      const pixels = Buffer.alloc(32 * 32 * 3);
      const map = Buffer.alloc(32 * 32);
      for (let i = 0; i < 32 * 32; i++) {
        const square = inSquare(i % 32, i >> 5);
        map[i] = square ? 255 : 0;
        for (let c = 0; c < 3; c++)
          pixels[i * 3 + c] = marked && square ? 230 + random.integer(26) : random.integer(200);
      }
      await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
        .png()
        .toFile(join(folder, `${name}.png`));
      await sharp(map, { raw: { width: 32, height: 32, channels: 1 } })
        .png()
        .toFile(join(folder, `${name}-map.png`));
      rows[split].push(`${split},${marked ? "B" : "A"},${name}.png,${split === "train" ? `${name}-map.png` : ""}`);
    }
  }
  const header = "split,label,path,saliency";
  writeFileSync(join(folder, "train.csv"), [header, ...rows.train, ...rows.val, ""].join("\n"));
  writeFileSync(join(folder, "test.csv"), [header, ...rows.test, ""].join("\n"));
}
