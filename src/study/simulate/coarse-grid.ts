/** A saliency map as a few cells. */
import type { SaliencyMap } from "../../saliency/read-map.ts";
import type { EvidenceGrid } from "../contract/simulated-participant.ts";

/** The mean of the map in each of at most `longest` cells along its longer side, 0..1; never more cells than pixels. */
export function coarseGrid({ width, height, values }: SaliencyMap, longest: number): EvidenceGrid {
  const scale = Math.min(1, longest / Math.max(width, height));
  const columns = Math.max(1, Math.round(width * scale));
  const rows = Math.max(1, Math.round(height * scale));
  const weights = new Float32Array(columns * rows);
  const pixels = new Uint32Array(columns * rows);
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x++, at++) {
      const cell = row + Math.floor((x * columns) / width);
      weights[cell] += values[at];
      pixels[cell]++;
    }
  }
  for (let cell = 0; cell < weights.length; cell++) weights[cell] /= pixels[cell];
  return { columns, rows, weights };
}
