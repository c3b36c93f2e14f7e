/** A study as its YAML file describes it. Declared once: the type, the check and its messages follow from the schema. */
import { z } from "zod";
import { conditions, platforms } from "./contract/api.ts";

const identifier = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "must be lower-case letters, digits and -, at most 40");
const text = z.string().trim().min(1).max(20_000);
const count = z.number().int().min(0).max(10_000);
const share = z.number().min(0).max(1);

const questionSchema = z
  .strictObject({
    id: identifier,
    text,
    type: z.enum(["text", "long-text", "number", "one-of", "some-of"]),
    required: z.boolean().default(true),
    options: z.array(z.string().trim().min(1).max(500)).min(2).max(50).optional(),
    least: z.number().optional(),
    greatest: z.number().optional(),
    /** Eligibility: whoever answers otherwise is thanked and does not begin. Only before the trials. */
    eligible: z
      .strictObject({
        options: z.array(z.string()).min(1).optional(),
        least: z.number().optional(),
        greatest: z.number().optional(),
      })
      .optional(),
  })
  .refine(({ type, options }) => (type === "one-of" || type === "some-of") === (options !== undefined), {
    message: "options belong to one-of and some-of, which need them",
  });
export type Question = z.infer<typeof questionSchema>;

const distinctIds = (questions: readonly Question[]) =>
  new Set(questions.map(({ id }) => id)).size === questions.length;
const form = z.array(questionSchema).max(100).refine(distinctIds, { message: "two questions have one id" }).default([]);

/** Which participants' trials are left out of the analysis, applied in the order they are listed. */
const exclusionSchema = z.discriminatedUnion("rule", [
  z.strictObject({ rule: z.literal("incomplete") }),
  z.strictObject({ rule: z.literal("failed-catch"), moreThan: count }),
  /** The median response time of the main trials lies below. */
  z.strictObject({ rule: z.literal("too-fast"), medianBelowMs: z.number().min(0) }),
  /** One side was chosen in a greater share of the main trials. */
  z.strictObject({ rule: z.literal("one-side"), shareAbove: share }),
  /** The page lost focus more often. */
  z.strictObject({ rule: z.literal("distracted"), blurredMoreThan: count }),
]);
export type Exclusion = z.infer<typeof exclusionSchema>;

export const protocolSchema = z.strictObject({
  /** Names the study in the database and in exports. */
  name: identifier,
  title: text,
  /** BCP 47. */
  language: z.string().min(2).max(35).default("en"),
  /** YAML with the pages' texts, for a translation; relative to the study's folder. */
  texts: z.string().optional(),
  images: z.strictObject({
    /** Manifest of the images to be judged; relative to the study's folder. All of its splits are used. */
    manifest: z.string().min(1),
    /** Manifests for practice and catch trials, none of whose images is judged otherwise. */
    practice: z.string().min(1).optional(),
    catch: z.string().min(1).optional(),
    /** Larger images are shown reduced to so many pixels on their longest side. */
    longestSide: z.number().int().min(32).max(4096).default(1024),
  }),
  question: z.strictObject({
    text,
    /** The label that is asked for: the image to be chosen is the one that has it. */
    target: z.string().min(1),
  }),
  /** Main trials of each participant by what the pair shows; only the first kind has a right answer. */
  pairs: z
    .strictObject({ targetOther: count, targetTarget: count.default(0), otherOther: count.default(0) })
    .refine(({ targetOther }) => targetOther > 0, { message: "targetOther must be at least 1" }),
  /** Participants are spread evenly over them. */
  conditions: z
    .array(z.enum(conditions))
    .min(1)
    .default([...conditions])
    .refine((list) => new Set(list).size === list.length, { message: "a condition is named twice" }),
  /** Judgements wanted of each image in each condition. */
  targetJudgements: z.number().int().min(1).max(100_000).default(6),
  practiceTrials: count.default(2),
  catchTrials: count.default(2),
  minimumLookingMs: z.number().min(0).max(600_000).default(500),
  marking: z
    .strictObject({
      on: z.enum(["chosen", "both"]).default("chosen"),
      leastArea: share.default(0.005),
      leastRegions: z.number().int().min(1).max(20).default(1),
    })
    .prefault({}),
  /** A rest is offered after so many trials; 0 for none. */
  restEvery: count.default(20),
  /** Whoever stays away for longer is taken to have dropped out, and their open trials go back into the pool. */
  resumeWithinHours: z
    .number()
    .positive()
    .max(24 * 90)
    .default(24),
  consent: z.strictObject({
    version: z.string().min(1).max(100),
    text,
    /** What becomes of the records of someone who withdraws. */
    withdrawal: z.enum(["delete", "keep"]).default("delete"),
  }),
  questions: z.strictObject({ before: form, after: form }).prefault({}),
  recruitment: z
    .strictObject({
      platform: z.enum(platforms).default("link"),
      /** Prolific's completion code; others get a code of their own. */
      completionCode: z.string().min(1).max(100).optional(),
      /** Where "return" leads at the end; `{code}` stands for the code. */
      returnUrl: z.url({ protocol: /^https?$/ }).optional(),
    })
    .prefault({}),
  exclusions: z.array(exclusionSchema).default([{ rule: "incomplete" }, { rule: "failed-catch", moreThan: 0 }]),
  seed: z.number().int().min(0).default(1),
});
export type Protocol = z.infer<typeof protocolSchema>;
