/**
 * Resizing as the paper's code did it, with Pillow's BILINEAR filter (a triangle that widens when shrinking, so nothing
 * is skipped), by libtorch in float32. Pillow rounds to 8 bits after each of its two passes and we once at the end:
 * results differ by one grey level at most.
 */
import { tensor } from "../torch/create.ts";
import { concatenate, resizeBilinear } from "../torch/functional.ts";
import { scope } from "../torch/scope.ts";
import type { RgbImage } from "./decode.ts";

/** The image at another size, in pixels; itself when it has that size. Its aspect ratio may change. */
export function resizeRgb(image: RgbImage, width: number, height: number): RgbImage {
  if (image.width === width && image.height === height) return image;
  return { width, height, data: resizeChannels(image.data, [image.height, image.width, 3], height, width) };
}

/**
 * A plane of values in 0..255, rounded to 8 bits after resizing.
 * @param values height × width, rows from the top
 */
export function resizePlane(
  { width, height, values }: { width: number; height: number; values: Float32Array },
  toWidth: number,
  toHeight: number,
): Uint8Array {
  return resizeChannels(values, [height, width, 1], toHeight, toWidth);
}

/** Larger images are narrowed band by band, which needs a fraction of the memory and so of the time. */
const bandLength = 2 ** 20;

function resizeChannels(
  values: Uint8Array | Float32Array,
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  toHeight: number,
  toWidth: number,
): Uint8Array {
  const rowLength = width * channels;
  const rows = Math.max(1, Math.floor(bandLength / rowLength));
  // Planes one after the other before the conversion: libtorch 1.13 resizes interleaved channels several times slower.
  const planes = (top: number, count: number) =>
    tensor(values.subarray(top * rowLength, (top + count) * rowLength), [count, width, channels])
      .permute(2, 0, 1)
      .unsqueeze(0)
      .contiguous()
      .to("float32");
  const narrowed = (top: number) =>
    scope(() => {
      const count = Math.min(rows, height - top);
      return resizeBilinear(planes(top, count), count, toWidth);
    });
  return scope(() => {
    // The filter works on one axis after the other, so that rows can be narrowed apart and the result is the same.
    const tops = Array.from({ length: Math.ceil(height / rows) }, (_, band) => band * rows);
    const input = tops.length === 1 ? planes(0, height) : concatenate(tops.map(narrowed), 2);
    const resized = resizeBilinear(input, toHeight, toWidth).round().clamp(0, 255).to("uint8");
    return resized.squeeze(0).permute(1, 2, 0).contiguous().bytes();
  });
}
