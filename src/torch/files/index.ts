/** Weights in files: safetensors, and what PyTorch saves. None of it needs libtorch. */
import { failWith, readBytes } from "./bytes.ts";
import type { HostTensor } from "./host-tensor.ts";
import { parsePth } from "./pth.ts";
import { isSaved } from "./pth-file.ts";
import { isSafetensors, parseSafetensors } from "./safetensors.ts";

export { byteLength, type HostTensor } from "./host-tensor.ts";
export { readPth } from "./pth.ts";
export { readSafetensors, type Safetensors, writeSafetensors } from "./safetensors.ts";

/**
 * The tensors of a weights file by name. The format is told from the content, whatever the file is called.
 * @throws InputError naming the file, and the tensor where there is one
 */
export function readWeights(path: string): Map<string, HostTensor> {
  const bytes = readBytes(path);
  if (isSafetensors(bytes)) return parseSafetensors(bytes, path).tensors;
  if (isSaved(bytes)) return parsePth(bytes, path);
  return failWith(path)("it holds no weights: neither safetensors nor a .pth file of PyTorch");
}
