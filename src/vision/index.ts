/** Images, networks and class activation maps. */
export { classActivationMap, hasShape, normaliseMap } from "./cam.ts";
export { type Classifier, infer, type Precision, prepareImages } from "./classifier.ts";
export { mapColor } from "./colormap.ts";
export { type DecodeOptions, decodeImage, type RgbImage } from "./decode.ts";
export { type ImageHeader, type ImageSource, imageHeader, pixelLimit } from "./image-source.ts";
export * from "./networks/index.ts";
export { toTorchvisionNames } from "./pretrained.ts";
export { resizePlane, resizeRgb } from "./resize.ts";
export { imagenetWeights } from "./weights.ts";
