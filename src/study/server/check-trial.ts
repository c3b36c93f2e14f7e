/** A trial's result against the protocol. Pure. The browser asks for the same before it lets a participant go on. */
import { type Condition, type Side, sides, type TrialResult } from "../contract/api.ts";
import { type Size, unmetRequirement } from "../contract/geometry.ts";
import type { Protocol } from "../protocol.ts";

/**
 * @param sizes of the two images, pixels
 * @returns what does not meet the protocol, in words; undefined when it will do
 */
export function faultInTrial(
  { minimumLookingMs, marking }: Pick<Protocol, "minimumLookingMs" | "marking">,
  condition: Condition,
  result: TrialResult,
  sizes: Record<Side, Size>,
): string | undefined {
  const { choice, responseMs, strokes } = result;
  if (responseMs < minimumLookingMs) return `look for at least ${minimumLookingMs} ms`;
  if (condition === "choice-only") {
    return sides.some((side) => strokes[side].length > 0) ? "nothing is to be marked in this condition" : undefined;
  }
  for (const side of sides) {
    if (marking.on === "chosen" && side !== choice) {
      if (strokes[side].length > 0) return `only the chosen image is to be marked, not the ${side} one`;
      continue;
    }
    const unmet = unmetRequirement(strokes[side], sizes[side], marking);
    if (unmet?.lacking.includes("area")) {
      return `mark at least ${percent(marking.leastArea)} of the ${side} image: ${percent(unmet.area)} is marked`;
    }
    if (unmet !== undefined) {
      return `mark at least ${marking.leastRegions} separate regions of the ${side} image: there are ${unmet.regions}`;
    }
  }
  return undefined;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
