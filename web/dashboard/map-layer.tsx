/** A map in the project's colours, laid over the picture that it is of. */
import { useEffect, useRef } from "preact/hooks";
import { overlayPixels } from "../../src/detector/overlay.ts";
import type { PlainMap } from "../../src/experiment/dashboard/contract.ts";

/** Pixels of the layer, which the browser stretches over the picture: enough for what maps hold. */
const side = 160;

export function MapLayer({ map, opacity }: { map: PlainMap; opacity: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const blank = { width: side, height: side, data: new Uint8Array(side * side * 3) };
    const { data } = overlayPixels(blank, { ...map, values: Float32Array.from(map.values) }, 1);
    const context = canvas.current!.getContext("2d")!;
    const pixels = context.createImageData(side, side);
    for (let i = 0; i < side * side; i++) {
      pixels.data.set(data.subarray(3 * i, 3 * i + 3), 4 * i);
      pixels.data[4 * i + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
  }, [map]);
  return <canvas ref={canvas} width={side} height={side} style={{ opacity }} />;
}
