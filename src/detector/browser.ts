/**
 * The detector in a browser: `detector.json` and `model.onnx` are fetched, images are judged on the visitor's own device.
 * By WebGPU where the browser has it, else by WebAssembly.
 */
import { type Detector, makeDetector, resizeNode } from "./detector.ts";
import type { DetectorFile } from "./detector-file.ts";

export { type Cam, type Detector, fromRgba, type Judgement } from "./detector.ts";
export type { DetectorFile } from "./detector-file.ts";
export { overlayPixels } from "./overlay.ts";

export interface BrowserOptions {
  /** Folder of onnxruntime-web's `.wasm` and `.mjs` files; beside the script without it. */
  wasmPaths?: string;
  /** Bytes fetched of the model, and of how many, where the server tells. */
  onProgress?: (done: number, total: number | undefined) => void;
}

export interface BrowserDetector extends Detector {
  provider: "webgpu" | "wasm";
}

/** What a page or a worker of it has; src/ is type-checked without the DOM. */
const page = globalThis as {
  document?: { baseURI: string };
  navigator?: { hardwareConcurrency?: number; gpu?: { requestAdapter(): Promise<unknown> } };
  crossOriginIsolated?: boolean;
};

/**
 * @param source the folder of the two files, relative to the page or absolute
 * @throws Error when they cannot be fetched or are none of a detector
 */
export async function loadDetector(source: string | URL, options: BrowserOptions = {}): Promise<BrowserDetector> {
  const { wasmPaths, onProgress } = options;
  const folder = new URL(String(source).replace(/\/?$/, "/"), page.document?.baseURI);
  const about = (await (await fetchFile(new URL("detector.json", folder))).json()) as DetectorFile;
  if (about.format !== 1) throw new Error(`${folder}detector.json: not a detector of format 1`);
  const model = await readAll(await fetchFile(new URL("model.onnx", folder)), onProgress);

  if (await hasWebGpu()) {
    try {
      return await openWith("webgpu", await import("onnxruntime-web/webgpu"), model, about, wasmPaths);
    } catch {
      // A graphics processor that cannot hold or run the model; `provider` says what did.
    }
  }
  // A build of its own: half the size, and compiled in a third of the time.
  return openWith("wasm", await import("onnxruntime-web/wasm"), model, about, wasmPaths);
}

/** In its other layout onnxruntime 1.30 moves a Transpose through Resize and gives that a shape which it then refuses. */
const webGpu = { name: "webgpu", preferredLayout: "NCHW", forceCpuNodeNames: [resizeNode] } as const;

type Runtime = typeof import("onnxruntime-web");

async function openWith(
  provider: BrowserDetector["provider"],
  runtime: Runtime,
  model: Uint8Array,
  about: DetectorFile,
  wasmPaths: string | undefined,
): Promise<BrowserDetector> {
  const { crossOriginIsolated, navigator } = page;
  if (wasmPaths !== undefined) runtime.env.wasm.wasmPaths = wasmPaths;
  // Threads need shared memory, which browsers give to pages that are isolated from others.
  runtime.env.wasm.numThreads = crossOriginIsolated === true ? Math.min(4, navigator?.hardwareConcurrency ?? 1) : 1;
  const executionProviders = [provider === "webgpu" ? webGpu : provider];
  const detector = await makeDetector(runtime, model, about, { executionProviders, logSeverityLevel: 3 });
  // The first pass compiles, and shows whether the provider can run all of the model.
  const size = about.inputSize;
  await detector.score([{ width: size, height: size, data: new Uint8Array(size * size * 3) }]);
  return { ...detector, provider };
}

async function hasWebGpu(): Promise<boolean> {
  try {
    return (await page.navigator?.gpu?.requestAdapter()) != null;
  } catch {
    // A browser that names WebGPU and forbids it has none.
    return false;
  }
}

async function fetchFile(url: URL): Promise<Response> {
  const response = await fetch(url);
  if (response.ok) return response;
  throw new Error(`cannot fetch ${url}: the server answers ${response.status}`);
}

async function readAll(response: Response, onProgress: BrowserOptions["onProgress"]): Promise<Uint8Array> {
  // A length of what is sent compressed is not the length of the file.
  const told = response.headers.has("content-encoding") ? undefined : response.headers.get("content-length");
  const total = told == null ? undefined : Number(told);
  const chunks: Uint8Array[] = [];
  let done = 0;
  const reader = response.body!.getReader();
  for (let { value } = await reader.read(); value !== undefined; { value } = await reader.read()) {
    chunks.push(value);
    done += value.byteLength;
    onProgress?.(done, total);
  }
  const all = new Uint8Array(done);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
