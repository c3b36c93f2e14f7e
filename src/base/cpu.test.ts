import { expect, test } from "vitest";
import { namesBfloat16 } from "./cpu.ts";

test.each([
  ["AVX512-BF16", "flags\t\t: fpu vme avx512f avx512_bf16 clzero", true],
  ["AMX, last of the line", "flags\t\t: fpu amx_tile amx_bf16\nbugs\t\t: spectre_v1", true],
  ["ARM", "processor\t: 0\nFeatures\t: fp asimd bf16 i8mm", true],
  ["AVX-512 without BF16", "flags\t\t: fpu avx512f avx512vl", false],
  ["a longer word", "Features\t: fp svebf16", false],
  ["bugs are no features", "flags\t\t: fpu\nbugs\t\t: bf16", false],
  ["no features listed", "cpu\t\t: POWER9", undefined],
])("bfloat16 by /proc/cpuinfo: %s", (_, text, expected) => {
  expect(namesBfloat16(text)).toBe(expected);
});
