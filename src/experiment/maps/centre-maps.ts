/** One Gaussian about the middle for all images: the control for a bias towards the centre. */
import { InputError } from "../../base/errors.ts";
import { centreMap } from "../../saliency/non-human/centre.ts";
import { imageHeader } from "../../vision/image-source.ts";
import { type GreyMap, type ImageMap, type MapsInput, type NonHumanMapsSummary, writeMaps } from "./write-maps.ts";

export interface CentreOptions extends MapsInput {
  /** Standard deviation as a share of the image's width, in both directions; above 0, at most 1. */
  sigma: number;
  /** Only for images that the manifest has a map of, so that the same images are guided as by those. */
  onlyMapped?: boolean | undefined;
}

/** The same Gaussian about the middle for every image; a file for each size that images have. */
export function makeCentreMaps({ sigma, onlyMapped = false, ...input }: CentreOptions): Promise<NonHumanMapsSummary> {
  if (!(sigma > 0 && sigma <= 1)) {
    return Promise.reject(new InputError(`sigma: ${sigma}; a share of the image's width, above 0 and at most 1`));
  }
  return writeMaps(input, { kind: "centre", sigma, onlyMapped }, (samples) => {
    const maps = new Map<string, GreyMap>();
    return async (index): Promise<ImageMap> => {
      const { path, saliency } = samples[index];
      if (onlyMapped && saliency === undefined) return { without: "no human map" };
      const { width, height } = await imageHeader(path);
      const file = `${width}x${height}.png`;
      const map = maps.get(file) ?? { width, height, grey: centreMap({ width, height }, sigma) };
      maps.set(file, map);
      return { file, map };
    };
  });
}
