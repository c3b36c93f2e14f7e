/** An image with everyone's marks, or the map that follows from them, laid over it. */
import { useEffect, useRef } from "preact/hooks";
import type { Condition } from "../../src/study/contract/api.ts";
import type { ImageJudgement } from "../../src/study/contract/researcher-api.ts";
import type { Route } from "../shared/route.ts";
import { addressOf } from "../shared/server.ts";
import { gridOf, meanOfMasks, paintMap, paintMask, type Rgb } from "./masks.ts";

export const overlays = ["marks", "map", "none"] as const;
export type Overlay = (typeof overlays)[number];

/** Which marks are laid over, as the address has it. */
export interface MarksFilter {
  overlay: Overlay;
  correctOnly: boolean;
  condition?: Condition;
}

export function marksFilterOf({ query }: Route): MarksFilter {
  const overlay = query.get("overlay");
  const condition = query.get("condition");
  return {
    overlay: overlays.find((name) => name === overlay) ?? "marks",
    correctOnly: query.get("correct") === "only",
    condition: condition ? (condition as Condition) : undefined,
  };
}

/** The judgements with marks that the filter lets through. */
export function markedJudgements(list: readonly ImageJudgement[], { correctOnly, condition }: MarksFilter) {
  return list.filter(
    (judgement) =>
      judgement.strokes.length > 0 &&
      (!correctOnly || judgement.correct === true) &&
      (condition === undefined || judgement.condition === condition),
  );
}

export const markColors: Record<"right" | "wrong" | "open", Rgb> = {
  right: [0, 212, 255],
  wrong: [255, 122, 26],
  open: [255, 235, 59],
};
export const colorOf = ({ correct }: { correct: boolean | null }): Rgb =>
  markColors[correct === null ? "open" : correct ? "right" : "wrong"];

interface MarkedImageProps {
  image: { id: number; name: string; width: number; height: number };
  /** Undefined while they are loaded. */
  marks?: readonly ImageJudgement[];
  overlay: Overlay;
  picture: "picture" | "thumbnail";
  /** Pixels of the overlay on its longest side. */
  side: number;
}

export function MarkedImage({ image, marks, overlay, picture, side }: MarkedImageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const grid = gridOf(image, side);
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    const pixels = new ImageData(grid.width, grid.height);
    if (overlay === "map" && marks && marks.length > 0)
      paintMap(
        pixels,
        meanOfMasks(
          marks.map(({ strokes }) => strokes),
          grid,
        ),
      );
    if (overlay === "marks") {
      // Faint, since many lie over one another; their borders tell them apart.
      const fill = 0.15;
      for (const judgement of marks ?? []) paintMask(pixels, judgement.strokes, colorOf(judgement), fill);
    }
    context.putImageData(pixels, 0, 0);
  }, [marks, overlay, grid.width, grid.height]);
  return (
    <div class="picture">
      <img
        src={addressOf(`/images/${image.id}/${picture}`)}
        width={image.width}
        height={image.height}
        alt={image.name}
        loading="lazy"
        decoding="async"
      />
      <canvas ref={canvas} width={grid.width} height={grid.height} />
    </div>
  );
}
