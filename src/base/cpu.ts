/** What the processor can do that Node.js does not tell. */
import { readFileSync } from "node:fs";

/**
 * Whether the processor multiplies bfloat16 in hardware, so that it is faster than float32 and not slower.
 * undefined where it cannot be told (anywhere but Linux).
 */
export function hasFastBfloat16(): boolean | undefined {
  if (process.platform !== "linux") return undefined;
  return namesBfloat16(readFileSync("/proc/cpuinfo", "utf8"));
}

/**
 * From the text of /proc/cpuinfo: AVX512-BF16 or AMX on x86, the BF16 extension on ARM.
 * undefined where the text lists no features at all.
 */
export function namesBfloat16(cpuinfo: string): boolean | undefined {
  const features = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1];
  if (features === undefined) return undefined;
  return /\s(?:avx512_bf16|amx_bf16|bf16)(?:\s|$)/.test(features);
}
