/** What the service takes and gives, once: the types, the checks of what goes out, and the OpenAPI document. */
import { z } from "zod";

const scored = z.object({
  score: z.number().min(0).max(1).describe("calibrated probability of the positive class"),
  positive: z.string().describe("the class whose probability the score is"),
  threshold: z.number().describe("from this score on the verdict is the positive class"),
  verdict: z.string(),
  logits: z.record(z.string(), z.number()).describe("by class"),
  image: z.object({ width: z.int(), height: z.int() }).describe("pixels, upright"),
  model: z.string().describe("which model gave the score: the beginning of its SHA-256"),
});
export type Scored = z.infer<typeof scored>;

const explained = scored.extend({
  cam: z
    .object({ width: z.int(), height: z.int(), values: z.array(z.number()) })
    .describe("where the evidence for the positive class is, rows from the top, 0 least, 1 greatest"),
});
export type Explained = z.infer<typeof explained>;

export const refusalCodes = {
  "not-found": 404,
  malformed: 400,
  unauthorized: 401,
  "too-large": 413,
  "too-many-pixels": 413,
  "not-an-image-type": 415,
  "unreadable-image": 422,
  busy: 429,
  internal: 500,
  stopping: 503,
  "too-slow": 503,
} as const;
export type RefusalCode = keyof typeof refusalCodes;

const refusal = z.object({
  error: z.object({ code: z.enum(Object.keys(refusalCodes) as [RefusalCode]), message: z.string() }),
});
export type Refusal = z.infer<typeof refusal>;

const health = z.object({ status: z.literal("ok"), model: z.string(), waiting: z.int() });
export type Health = z.infer<typeof health>;

const json = (schema: z.ZodType, description: string) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return { ...rest, description };
};

/** Any image is taken; these are the types that can be read. */
const imageTypes = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/avif"];
const body = {
  description: "the image file's bytes",
  content: Object.fromEntries(
    [...imageTypes, "application/octet-stream"].map((type) => [type, { schema: { type: "string", format: "binary" } }]),
  ),
};
const refusals = {
  400: json(refusal, "the request is not well-formed, or has no body"),
  401: json(refusal, "the key is missing or unknown, where keys are asked for"),
  413: json(refusal, "the body or the image is larger than allowed"),
  415: json(refusal, "the content type is none of an image"),
  422: json(refusal, "the body is no image that can be read"),
  429: json(refusal, "too many images wait; Retry-After says when to come again, in seconds"),
  503: json(refusal, "the service is stopping, or the answer took too long"),
};

export const schemas = {
  score: {
    summary: "Score an image",
    body,
    response: { 200: json(scored, "the image's score"), ...refusals },
  },
  explain: {
    summary: "Score an image and show where the evidence is",
    description:
      "Without `Accept: application/json`, the map laid over the image as PNG, the score in the header `x-score`.",
    body,
    response: {
      200: {
        description: "the overlay, or the map's values",
        content: {
          "image/png": { schema: { type: "string", format: "binary" } },
          "application/json": { schema: json(explained, "the score and the map") },
        },
      },
      ...refusals,
    },
  },
  health: { summary: "Whether the service answers", response: { 200: json(health, "it does") } },
};
