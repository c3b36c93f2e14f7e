/** Strokes on a canvas, as geometry.ts reckons them: one colour, and the eraser takes away. */
import type { Stroke } from "../../../src/study/contract/strokes.ts";
import { toFrame, type View } from "./view.ts";

/**
 * Paints anew, sharp at the canvas's own resolution. Marks are opaque: the canvas as a whole is see-through, so that
 * strokes that overlap are no darker.
 * @param current the stroke being drawn; a lasso shows its inside before it is closed
 */
export function paint(
  canvas: HTMLCanvasElement,
  strokes: readonly Stroke[],
  current: Stroke | undefined,
  view: View,
  colour: string,
): void {
  const { width, height } = canvas;
  const pen = canvas.getContext("2d")!;
  pen.clearRect(0, 0, width, height);
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.fillStyle = colour;
  pen.strokeStyle = colour;
  for (const stroke of current === undefined ? strokes : [...strokes, current]) {
    pen.globalCompositeOperation = stroke.tool === "eraser" ? "destination-out" : "source-over";
    pen.beginPath();
    for (const [i, [x, y]] of stroke.points.entries()) {
      const [u, v] = toFrame(view, [x, y]);
      if (i === 0) pen.moveTo(u * width, v * height);
      else pen.lineTo(u * width, v * height);
    }
    if (stroke.tool === "lasso") {
      pen.closePath();
      pen.fill();
      if (stroke !== current) continue;
      pen.lineWidth = Math.max(1.5, width / 400);
      pen.stroke();
    } else {
      // A line of no length is painted as a dot only when it has an end.
      if (stroke.points.length === 1) pen.closePath();
      pen.lineWidth = 2 * stroke.radius * width * view.scale;
      pen.stroke();
    }
  }
}
