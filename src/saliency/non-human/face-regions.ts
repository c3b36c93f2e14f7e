/**
 * Regions of a face that stand in for human maps: the "non-human saliency" that the paper compares with. Which parts a
 * region is made of is declared here once, for both kinds of input: label images a part (CelebAMask-HQ) and 68 landmarks.
 */

export const faceRegions = ["face", "features", "skin"] as const;
/** `face`: the whole face; `features`: eyes, nose and mouth; `skin`: the face without eyes, nose and mouth. */
export type FaceRegion = (typeof faceRegions)[number];

/**
 * The parts of CelebAMask-HQ (Lee et al., CVPR 2020), as its files are named: `00000_l_eye.png`. Its `skin` is the face
 * with all that lies on it; brows and glasses reach beyond it. Ears, neck, hair and what is worn are no part of a region.
 */
export const labelParts = [
  ...["skin", "l_brow", "r_brow", "l_eye", "r_eye", "eye_g", "nose", "mouth", "u_lip", "l_lip"],
  ...["l_ear", "r_ear", "ear_r", "neck", "neck_l", "cloth", "hair", "hat"],
] as const;

interface PartsOfRegion {
  /** Their union, */
  of: readonly string[];
  /** less the union of these. */
  without: readonly string[];
}

const features = ["l_eye", "r_eye", "nose", "mouth", "u_lip", "l_lip"];
const face = ["skin", "l_brow", "r_brow", "eye_g", ...features];

export const labelsOfRegion: Readonly<Record<FaceRegion, PartsOfRegion>> = {
  face: { of: face, without: [] },
  features: { of: features, without: [] },
  skin: { of: ["skin"], without: features },
};

/**
 * Points of the 68 landmarks (iBUG 300-W; dlib, face-api), from first to last, whose convex hull is a part. The forehead
 * is above the uppermost landmarks, the brows, and so in no region.
 */
const landmarkParts = {
  face: [0, 67],
  rightEye: [36, 41],
  leftEye: [42, 47],
  nose: [27, 35],
  mouth: [48, 67],
} as const;
type LandmarkPart = keyof typeof landmarkParts;

const landmarkFeatures: readonly LandmarkPart[] = ["rightEye", "leftEye", "nose", "mouth"];

export const landmarkCount = 68;

export const landmarksOfRegion: Readonly<Record<FaceRegion, { of: LandmarkPart[]; without: LandmarkPart[] }>> = {
  face: { of: ["face"], without: [] },
  features: { of: [...landmarkFeatures], without: [] },
  skin: { of: ["face"], without: [...landmarkFeatures] },
};

/** The landmarks of a part. @param landmarks all 68, in their order */
export function pointsOfPart<T>(landmarks: readonly T[], part: LandmarkPart): T[] {
  const [first, last] = landmarkParts[part];
  return landmarks.slice(first, last + 1);
}
