/** What a camera adds to the scene: a colour cast, exposure, a slightly soft lens, and grain. */
import type { RandomStream } from "../base/random.ts";
import { between } from "./chance.ts";
import type { Canvas } from "./raster.ts";

/** The canvas as 8-bit RGB rows. */
export function photograph(canvas: Canvas, random: RandomStream): Uint8Array {
  const { size, pixels } = canvas;
  const exposure = between(random, 0.85, 1.12);
  const cast = [between(random, 0.95, 1.05), 1, between(random, 0.95, 1.05)];
  const softness = between(random, 0, 0.14);
  const grain = between(random, 0.8, 3.2);
  const out = new Uint8Array(pixels.length);
  for (let y = 0; y < size; y++) {
    const row = y * size;
    const above = Math.max(0, y - 1) * size;
    const below = Math.min(size - 1, y + 1) * size;
    for (let x = 0; x < size; x++) {
      const before = Math.max(0, x - 1);
      const after = Math.min(size - 1, x + 1);
      const noise = grain * random.normal();
      const tint = grain * (random.uniform() - 0.5);
      for (let c = 0; c < 3; c++) {
        const around =
          pixels[(row + before) * 3 + c] +
          pixels[(row + after) * 3 + c] +
          pixels[(above + x) * 3 + c] +
          pixels[(below + x) * 3 + c];
        const value = (1 - 4 * softness) * pixels[(row + x) * 3 + c] + softness * around;
        const exposed = value * exposure * cast[c] + noise + tint * (c - 1);
        out[(row + x) * 3 + c] = Math.max(0, Math.min(255, Math.round(exposed)));
      }
    }
  }
  return out;
}
