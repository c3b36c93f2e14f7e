/**
 * ImageNet weights: where they are published, and how they come into the cache. The file names hold the first digits of
 * the files' SHA-256 (PyTorch Hub's convention): enough to notice any damage, not a defence against an attacker, which
 * the reader of the files does not need (see torch/files/pickle.ts).
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { checkSha256, type DownloadOptions, download } from "../base/download.ts";

/** The files of torchvision's `IMAGENET1K_V1`, and for Xception of Cadene's pretrained-models.pytorch. */
export const imagenetSources = {
  resnet50: "https://download.pytorch.org/models/resnet50-0676ba61.pth",
  densenet121: "https://download.pytorch.org/models/densenet121-a639ec97.pth",
  inception_v3: "https://download.pytorch.org/models/inception_v3_google-0cc3c7bd.pth",
  // The copy that timm serves by HTTPS; the original is http://data.lip6.fr/cadene/pretrainedmodels/ with the same name.
  xception: "https://github.com/huggingface/pytorch-image-models/releases/download/v0.1-cadene/xception-43020ad28.pth",
} as const;

export type PretrainedNetwork = keyof typeof imagenetSources;

export interface WeightsOptions extends Omit<DownloadOptions, "sha256"> {
  /** Where downloads are kept, under their published names. */
  cacheFolder: string;
  /** A folder that holds the same files, in place of the official ones. */
  baseUrl?: string;
}

/**
 * The path of the network's ImageNet weights: found in the cache folder or in PyTorch's own cache, else downloaded.
 * @throws InputError as `download` does, and when a file that was found is not what its name promises
 */
export function imagenetWeights(network: PretrainedNetwork, options: WeightsOptions): Promise<string> {
  const source = imagenetSources[network];
  const { baseUrl } = options;
  return cachedWeights(baseUrl === undefined ? source : `${baseUrl.replace(/\/$/, "")}/${basename(source)}`, options);
}

/** As `imagenetWeights`, for any file that is called `<name>-<first digits of its SHA-256>.<extension>`. */
export async function cachedWeights(url: string, { cacheFolder, ...options }: WeightsOptions): Promise<string> {
  const file = basename(new URL(url).pathname);
  const sha256 = /-([0-9a-f]{8,64})\.\w+$/.exec(file)?.[1];
  if (sha256 === undefined) throw new Error(`the file name ${file} does not end with the digits of a SHA-256`);
  for (const folder of [cacheFolder, ...torchHubFolders()]) {
    const path = join(folder, file);
    if (!existsSync(path)) continue;
    await checkSha256(path, sha256);
    return path;
  }
  const path = join(cacheFolder, file);
  await download(url, path, { ...options, sha256 });
  return path;
}

/** Where `torch.hub` keeps its downloads: `TORCH_HOME` first, then the place where it is by default. */
function torchHubFolders(): string[] {
  const { TORCH_HOME, XDG_CACHE_HOME } = process.env;
  const standard = join(XDG_CACHE_HOME || join(homedir(), ".cache"), "torch");
  return [...(TORCH_HOME ? [TORCH_HOME] : []), standard].map((home) => join(home, "hub", "checkpoints"));
}
