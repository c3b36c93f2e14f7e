/**
 * What browser and server say to each other, JSON over HTTP under `/api`. A participant shows its token as
 * `Authorization: Bearer …`. Declared once here: the server checks with these schemas, the pages take their types.
 *
 * GET  /api/study            → StudyInfo                    before joining; no token
 * POST /api/join             JoinBody    → 201 Joined       a new participant and its token
 * GET  /api/session          → Session                      where the participant stands; after a refresh, too
 * POST /api/consent          ConsentBody → Session
 * POST /api/answers          AnswersBody → Session
 * POST /api/trials/:trial    TrialResult → Committed        once for each trial; the same again answers the same
 * POST /api/withdraw         → Session
 * GET  /images/:name         an image of one of the participant's trials, by a name that tells nothing
 *
 * Errors are `Refusal` with 400 (malformed), 401 (no such token), 404 (not this participant's), 409 (not now: see
 * `refusalCodes`), 413 (too large), 422 (does not meet the protocol), 429 (too many requests, with Retry-After).
 */
import { z } from "zod";
import { strokeLimits, strokesSchema } from "./strokes.ts";

export const sides = ["left", "right"] as const;
export type Side = (typeof sides)[number];

export const conditions = ["choice-only", "choice-and-mark"] as const;
/** Between subjects: only choose, or choose and mark the regions that made one choose. */
export type Condition = (typeof conditions)[number];

export const platforms = ["prolific", "mturk", "link"] as const;
export type Platform = (typeof platforms)[number];

/** Printable, without control characters. */
const externalId = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\w.@:=+/-]+$/, "only letters, digits and . @ : = + / - _");

export const joinSchema = z.strictObject({
  /** As the recruitment platform wrote them into the link; absent for a plain link. */
  recruitment: z
    .strictObject({ participant: externalId, study: externalId.optional(), session: externalId.optional() })
    .optional(),
});
export type JoinBody = z.infer<typeof joinSchema>;

export const consentSchema = z.strictObject({ version: z.string().min(1).max(100) });
export type ConsentBody = z.infer<typeof consentSchema>;

export const answersSchema = z.strictObject({
  form: z.enum(["before", "after"]),
  /** By the question's id. */
  answers: z.record(
    z.string().max(100),
    z.union([z.string().max(5_000), z.number(), z.array(z.string().max(500)).max(50)]),
  ),
});
export type AnswersBody = z.infer<typeof answersSchema>;

const duration = z.number().min(0).max(strokeLimits.time);

export const trialResultSchema = z.strictObject({
  choice: z.enum(sides),
  /** Milliseconds from both images painted to the choice, by a monotonic clock. */
  responseMs: duration,
  /** Milliseconds from the choice to "continue"; 0 where nothing is to be marked. */
  markingMs: duration,
  chosenBy: z.enum(["mouse", "touch", "pen", "keyboard"]),
  /** In the order they were drawn. Both empty in the condition `choice-only`. */
  strokes: z.strictObject({ left: strokesSchema, right: strokesSchema }),
  /** Strokes taken back with undo. */
  undone: z.number().int().min(0).max(10_000),
  display: z.strictObject({
    /** CSS pixels of the window and of one image as first painted. */
    window: z.tuple([z.number().min(0).max(100_000), z.number().min(0).max(100_000)]),
    image: z.tuple([z.number().min(0).max(100_000), z.number().min(0).max(100_000)]),
    pixelRatio: z.number().min(0.1).max(20),
    layout: z.enum(["beside", "stacked"]),
  }),
  /** How often the page was hidden or lost focus during the trial. */
  blurred: z.number().int().min(0).max(100_000),
});
export type TrialResult = z.infer<typeof trialResultSchema>;

export interface QuestionToAsk {
  id: string;
  text: string;
  type: "text" | "long-text" | "number" | "one-of" | "some-of";
  required: boolean;
  /** Of `one-of` and `some-of`. */
  options?: string[];
  /** Of `number`. */
  least?: number;
  greatest?: number;
}

export interface MarkingRule {
  /** Whether the chosen image is marked, or both. */
  on: "chosen" | "both";
  /** On each image that is to be marked: the least share of its area, 0..1, and the least number of separate regions. */
  leastArea: number;
  leastRegions: number;
}

/** What everybody may know of the study. */
export interface StudyInfo {
  title: string;
  platform: Platform;
  /** BCP 47. */
  language: string;
  /** The pages' texts by their names; `{name}` stands for a value. */
  texts: Record<string, string>;
  /** Text in Markdown's paragraphs. */
  consent: { version: string; text: string; withdrawal: "delete" | "keep" };
}

export interface ImageToShow {
  url: string;
  /** Pixels. */
  width: number;
  height: number;
}

export interface TrialToShow {
  id: string;
  practice: boolean;
  left: ImageToShow;
  right: ImageToShow;
  /** A rest is offered before it. */
  rest: boolean;
}

export const sessionStates = [
  "consent",
  "before",
  "trials",
  "after",
  "complete",
  /** Answered so that the study is not for them. */
  "ineligible",
  /** No image needs another judgement. */
  "full",
  /** Away for longer than the protocol allows. */
  "expired",
  "withdrawn",
] as const;
export type SessionState = (typeof sessionStates)[number];

export interface Session {
  state: SessionState;
  /** In `before` and `after`. */
  questions?: QuestionToAsk[];
  /** From `trials` on. */
  condition?: Condition;
  question?: string;
  /** In the condition `choice-and-mark`. */
  marking?: MarkingRule;
  minimumLookingMs?: number;
  /** Trials committed, of all, practice included. */
  progress?: { done: number; total: number };
  /** In `trials`: the one to be done now. */
  trial?: TrialToShow;
  /** Images of the trial after it, to be loaded meanwhile. */
  upcoming?: string[];
  /** In `complete`: what the participant takes back to the platform. */
  completion?: { code: string; url?: string };
}

export interface Joined {
  token: string;
  session: Session;
}

export interface Committed {
  trial: string;
  /** After a practice trial only. */
  feedback?: { correct: boolean; answer: Side };
  session: Session;
}

export const refusalCodes = [
  "malformed",
  "unauthorized",
  "not-found",
  /** This trial was committed before with another content; the first stands. */
  "already-committed",
  /** Another step is next: ask for the session. */
  "out-of-order",
  /** The recruitment platform's participant has taken part already, or does so in another browser. */
  "already-joined",
  "requirement-not-met",
  "too-large",
  "too-many-requests",
  "internal",
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export interface Refusal {
  error: { code: RefusalCode; message: string };
}
