/**
 * The 68 landmarks of a face, found by `@vladmandic/face-api` on TensorFlow.js in WebAssembly: MIT, with its weights inside
 * the package. With what it needs it is 330 MB and serves this one purpose, so it is no dependency; who wants it installs it.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { InputError } from "../../base/errors.ts";
import type { Point } from "../../saliency/non-human/convex-hull.ts";
import type { RgbImage } from "../../vision/decode.ts";

/** Undefined where no face is found; of several faces the surest. Pixels of the image. */
export type LandmarkFinder = (image: RgbImage) => Promise<Point[] | undefined>;

const packages = ["@vladmandic/face-api", "@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"];

/** A face less sure than this is none. Low: an image of the manifest is meant to show one. */
const minConfidence = 0.2;

/** What is used of face-api; its own declarations are there only where it is. */
interface FaceApi {
  tf: {
    setBackend(name: string): Promise<boolean>;
    ready(): Promise<void>;
    tensor3d(values: Int32Array, shape: [number, number, number], type: "int32"): { dispose(): void };
  };
  nets: Record<"ssdMobilenetv1" | "faceLandmark68Net", { loadFromDisk(folder: string): Promise<void> }>;
  SsdMobilenetv1Options: new (options: { minConfidence: number }) => object;
  detectSingleFace(
    image: object,
    options: object,
  ): {
    withFaceLandmarks(): Promise<{ landmarks: { positions: { x: number; y: number }[] } } | undefined>;
  };
}

/** @throws InputError where a package is missing, with what to type */
export async function openLandmarkFinder(): Promise<LandmarkFinder> {
  const require = createRequire(import.meta.url);
  const folderOf = (name: string) => dirname(require.resolve(`${name}/package.json`));
  const missing = packages.filter((name) => !isThere(require, name));
  if (missing.length > 0) {
    throw new InputError(
      `landmarks are found by packages that are not installed (${missing.join(", ")}): npm install --no-save ${packages.join(" ")}`,
    );
  }
  const [faceApi, , wasm] = packages;
  require(wasm).setWasmPaths(join(folderOf(wasm), "dist/"));
  const { tf, nets, SsdMobilenetv1Options, detectSingleFace } = require(
    `${faceApi}/dist/face-api.node-wasm.js`,
  ) as FaceApi;
  await tf.setBackend("wasm");
  await tf.ready();
  const weights = join(folderOf(faceApi), "model");
  await nets.ssdMobilenetv1.loadFromDisk(weights);
  await nets.faceLandmark68Net.loadFromDisk(weights);
  const options = new SsdMobilenetv1Options({ minConfidence });

  return async ({ width, height, data }) => {
    const image = tf.tensor3d(Int32Array.from(data), [height, width, 3], "int32");
    try {
      const found = await detectSingleFace(image, options).withFaceLandmarks();
      return found?.landmarks.positions.map(({ x, y }): Point => [x, y]);
    } finally {
      image.dispose();
    }
  };
}

function isThere(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}
