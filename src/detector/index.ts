/** `import { loadDetector } from "oversight"`: detectors that `oversight export` made, without libtorch. */
export { InputError } from "../base/errors.ts";
export { type DecodeOptions, decodeImage, type RgbImage } from "../vision/decode.ts";
export { type Cam, type Detector, fromRgba, type Judgement } from "./detector.ts";
export type { DetectorFile } from "./detector-file.ts";
export { type LoadOptions, loadDetector, type NodeDetector } from "./load-detector.ts";
export { overlayPixels } from "./overlay.ts";
