/** The size in which an image is shown: its own, or reduced to `longestSide` pixels on its longest side. */
export interface Size {
  /** Pixels. */
  width: number;
  height: number;
}

export function shownSize({ width, height }: Size, longestSide: number): Size {
  const scale = Math.min(1, longestSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
