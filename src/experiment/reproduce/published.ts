/**
 * The paper's data as its authors hand them out ("UND WACV 2023 CYBORG"): names of files and folders, and how many images
 * each holds. The names are those that the published code and its follow-ups read; nobody here has seen the whole
 * collection, so a copy that differs is described by a layout file (layout.ts).
 *
 *     csvs/original.csv                      train and validation (called `test`), rows like train,Real,/train/….png
 *     csvs/large_dataset_7x.csv              the same with seven times the training images
 *     Data/train/original_data/0_real, 1_fake
 *     Data/train/7x_data/0_real, 1_fake
 *     Data/train/heatmaps                    human maps, named as their images
 *     Data/val/0_real, 1_fake
 *     Data/test/0_real/celeba-hq_real_aligned, ffhq_aligned
 *     Data/test/1_fake/progan_aligned, stargan_aligned, stylegan1-0.5_aligned, …   some with folders below
 */

export const labels = { real: "Real", synthetic: "Synthetic" } as const;
export type ClassName = keyof typeof labels;
export const classNames = Object.keys(labels) as ClassName[];

/** Where images lie below the data's root; the first of them that is there. */
export const imageFolders = ["Data", "ALL_IMAGES", "."];

export const csvFolders = ["csvs", "."];
export const csvNames = { original: "original.csv", large: "large_dataset_7x.csv" } as const;

export const classFolders = { real: "0_real", synthetic: "1_fake" } as const;
export const trainingFolders = { original: "train/original_data", large: "train/7x_data" } as const;
export const validationFolder = "val";
export const testFolder = "test";
export const mapFolder = "train/heatmaps";
/** Ours: masks were not handed out, as far as is known. Label images a part, or landmarks. */
export const maskPlaces = { labels: "train/masks", landmarks: "train/landmarks.csv" } as const;

const celebA = { name: "CelebA-HQ", folder: "celeba-hq_real_aligned", images: 30_000 };
const ffhq = { name: "FFHQ", folder: "ffhq_aligned", images: 70_000 };

interface TestSet {
  /** The generator. */
  name: string;
  folder: string;
  images: number;
  /** What it was trained on, and is tested against. */
  real: typeof celebA;
}

export const testSets: readonly TestSet[] = [
  { name: "ProGAN", folder: "progan_aligned", images: 100_000, real: celebA },
  { name: "StarGANv2", folder: "stargan_aligned", images: 100_000, real: celebA },
  { name: "StyleGAN", folder: "stylegan1-0.5_aligned", images: 100_000, real: ffhq },
  { name: "StyleGAN2", folder: "stylegan2-0.5_aligned", images: 100_000, real: ffhq },
  { name: "StyleGAN2-ADA", folder: "stylegan-ada-0.5_aligned", images: 100_000, real: ffhq },
  { name: "StyleGAN3", folder: "stylegan3-0.5_aligned", images: 100_000, real: ffhq },
];

/** How many images the paper had: training real + synthetic, and validation. */
export const paperCounts = {
  original: { train: { real: 919, synthetic: 902 }, val: { real: 10_000, synthetic: 10_000 } },
  large: { train: { real: 6433, synthetic: 6314 }, val: { real: 10_000, synthetic: 10_000 } },
} as const;
