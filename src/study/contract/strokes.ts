/**
 * What a participant draws: strokes as vectors, never pixels, so that zoom, resizing and rotation do not move them.
 * Shared by browser and server.
 */
import { z } from "zod";

/** Limits of one trial; a browser that keeps to the pages' own tools stays far below. */
export const strokeLimits = {
  pointsPerStroke: 5_000,
  strokesPerTrial: 300,
  pointsPerTrial: 20_000,
  /** Shares of the image's width. */
  radius: { least: 0.002, greatest: 0.25 },
  /** A day, in milliseconds. */
  time: 86_400_000,
} as const;

const share = z.number().min(0).max(1);

export const strokeSchema = z.strictObject({
  /** `brush` adds what it passes over, `lasso` adds the inside of its closed outline, `eraser` takes away. */
  tool: z.enum(["brush", "lasso", "eraser"]),
  /** Of brush and eraser, as a share of the image's width; a lasso's is not used. */
  radius: z.number().min(strokeLimits.radius.least).max(strokeLimits.radius.greatest),
  pointer: z.enum(["mouse", "touch", "pen", "keyboard"]),
  /** x as a share of the image's width, y as a share of its height, milliseconds since the trial's images were painted. */
  points: z
    .array(z.tuple([share, share, z.number().min(0).max(strokeLimits.time)]))
    .min(1)
    .max(strokeLimits.pointsPerStroke),
});
export type Stroke = z.infer<typeof strokeSchema>;

export const strokesSchema = z
  .array(strokeSchema)
  .max(strokeLimits.strokesPerTrial)
  .refine((strokes) => strokes.reduce((sum, { points }) => sum + points.length, 0) <= strokeLimits.pointsPerTrial, {
    message: `more than ${strokeLimits.pointsPerTrial} points`,
  });
