/** What the page and the worker that judges say to each other. */
import type { DetectorFile, Judgement } from "../../src/detector/browser.ts";
import type { Crop } from "./crop.ts";

export type ToWorker = { load: { folder: string } } | { judge: { ticket: number; file: Blob; crop: Crop } };

export type FromWorker =
  | { progress: { done: number; total: number | undefined } }
  | { ready: { about: DetectorFile; provider: "webgpu" | "wasm" } }
  | { broken: { message: string } }
  | { judged: { ticket: number; judgement: Judgement; seconds: number } }
  | { failed: { ticket: number; message: string } };
