/** What the exported tables hold. Pure. */
import { conditions, sessionStates, sides, trialResultSchema } from "../contract/api.ts";
import { markedArea, rasterise, regionCount, requirementGrid } from "../contract/geometry.ts";
import type { Protocol, Question } from "../protocol.ts";
import type { ImageRecord, ParticipantRecord } from "../records.ts";
import type { Column } from "./column.ts";
import type { MarkRow, TrialRow } from "./rows.ts";

const kinds = ["practice", "catch", "main"];
const pairs = ["target-other", "target-target", "other-other"];
const guardNote = "an apostrophe stands before text that begins with = + - or @";
const millisecondsOf = "milliseconds, by the browser's monotonic clock";

const imageColumns = (side: "left" | "right"): Column<TrialRow>[] => {
  const of = (value: (image: ImageRecord) => unknown) => (row: TrialRow) => value(row[side]);
  return [
    {
      name: `${side}_image`,
      type: "text",
      description: `the ${side} image's name in the study's manifest; ${guardNote}`,
      of: of(({ name }) => name),
    },
    { name: `${side}_label`, type: "text", description: `its label; ${guardNote}`, of: of(({ label }) => label) },
    {
      name: `${side}_source`,
      type: "text",
      description: `where it comes from, empty where the manifest does not say; ${guardNote}`,
      of: of(({ source }) => source),
    },
  ];
};

const markColumns = (side: "left" | "right"): Column<TrialRow>[] => [
  {
    name: `${side}_strokes`,
    type: "integer",
    description: `strokes drawn on the ${side} image, erasers included`,
    of: ({ trial }) => trial.strokes[side].length,
  },
  {
    name: `${side}_area`,
    type: "number",
    description: `share of the ${side} image that is marked, 0 to 1, on a grid of at most 256 pixels; empty without strokes`,
    of: (row) => gridMask(row, side, ({ mask }) => markedArea(mask)),
  },
  {
    name: `${side}_regions`,
    type: "integer",
    description: `separate marked regions of the ${side} image; empty without strokes`,
    of: (row) => gridMask(row, side, ({ mask, width, height }) => regionCount(mask, width, height)),
  },
];

function gridMask(
  row: TrialRow,
  side: "left" | "right",
  measure: (grid: { mask: Uint8Array; width: number; height: number }) => number,
): number | null {
  const strokes = row.trial.strokes[side];
  if (strokes.length === 0) return null;
  const { width, height } = requirementGrid(row[side]);
  return measure({ mask: rasterise(strokes, width, height), width, height });
}

/** `trials.csv` */
export const trialColumns: Column<TrialRow>[] = [
  { name: "trial", type: "integer", description: "the trial's number, unique in the study", of: (r) => r.trial.id },
  { name: "participant", type: "integer", description: "as in participants.csv", of: (r) => r.trial.participant },
  {
    name: "condition",
    type: "choice",
    values: conditions,
    description: "whether the participant only chose or also marked",
    of: (r) => r.trial.condition,
  },
  {
    name: "position",
    type: "integer",
    description: "place in the participant's order, 0 first",
    of: (r) => r.trial.position,
  },
  {
    name: "kind",
    type: "choice",
    values: kinds,
    description: "practice (with feedback), catch (with a known answer) or main",
    of: (r) => r.trial.kind,
  },
  {
    name: "pair",
    type: "choice",
    values: pairs,
    description: "which of the two images have the label that is asked for",
    of: (r) => r.trial.pair,
  },
  ...imageColumns("left"),
  ...imageColumns("right"),
  {
    name: "answer",
    type: "choice",
    values: sides,
    description: "the side of the image that is asked for; empty where the pair has no right answer",
    of: (r) => r.trial.answer,
  },
  { name: "choice", type: "choice", values: sides, description: "the side that was chosen", of: (r) => r.trial.choice },
  {
    name: "correct",
    type: "boolean",
    description: "whether the choice is the answer; empty where there is none",
    of: (r) => r.trial.correct,
  },
  {
    name: "response_ms",
    type: "number",
    description: `from both images painted to the choice: ${millisecondsOf}`,
    of: (r) => r.trial.responseMs,
  },
  {
    name: "marking_ms",
    type: "number",
    description: `from the choice to "continue"; 0 where nothing was to be marked: ${millisecondsOf}`,
    of: (r) => r.trial.markingMs,
  },
  {
    name: "chosen_by",
    type: "choice",
    values: trialResultSchema.shape.chosenBy.options,
    description: "what the choice was made with",
    of: (r) => r.trial.chosenBy,
  },
  ...markColumns("left"),
  ...markColumns("right"),
  { name: "undone", type: "integer", description: "strokes taken back with undo", of: (r) => r.trial.undone },
  {
    name: "blurred",
    type: "integer",
    description: "how often the page was hidden or lost focus during the trial",
    of: (r) => r.trial.blurred,
  },
  { name: "window_width", type: "number", description: "CSS pixels", of: (r) => r.trial.display.window[0] },
  { name: "window_height", type: "number", description: "CSS pixels", of: (r) => r.trial.display.window[1] },
  {
    name: "image_width",
    type: "number",
    description: "CSS pixels of one image as first painted",
    of: (r) => r.trial.display.image[0],
  },
  {
    name: "image_height",
    type: "number",
    description: "CSS pixels of one image as first painted",
    of: (r) => r.trial.display.image[1],
  },
  {
    name: "pixel_ratio",
    type: "number",
    description: "device pixels to a CSS pixel",
    of: (r) => r.trial.display.pixelRatio,
  },
  {
    name: "layout",
    type: "choice",
    values: trialResultSchema.shape.display.shape.layout.options,
    description: "how the images were arranged",
    of: (r) => r.trial.display.layout,
  },
  {
    name: "committed_at",
    type: "time",
    description: "when the server stored the trial, ISO 8601, UTC",
    of: (r) => r.trial.committedAt,
  },
];

/** `strokes.jsonl`: a line for each image that a participant marked. */
export const strokeFields: Column<MarkRow>[] = [
  { name: "trial", type: "integer", description: "as in trials.csv", of: (r) => r.trial.id },
  { name: "participant", type: "integer", description: "as in participants.csv", of: (r) => r.trial.participant },
  { name: "image", type: "text", description: "the image's name in the study's manifest", of: (r) => r.image.name },
  { name: "side", type: "choice", values: sides, description: "where the image was shown", of: (r) => r.side },
  { name: "kind", type: "choice", values: kinds, description: "as in trials.csv", of: (r) => r.trial.kind },
  { name: "correct", type: "boolean", description: "as in trials.csv; null for none", of: (r) => r.trial.correct },
  { name: "width", type: "integer", description: "pixels of the original image", of: (r) => r.image.width },
  { name: "height", type: "integer", description: "pixels of the original image", of: (r) => r.image.height },
  {
    name: "strokes",
    type: "json",
    description:
      "in the order drawn: tool (brush, lasso, eraser), radius as a share of the width (of brush and eraser), pointer, and points as [x, y, t]: shares of width and height, milliseconds since the images were painted",
    of: (r) => r.strokes,
  },
];

const times = ["joinedAt", "begunAt", "finishedAt", "lastSeenAt"] as const;
const timeWords: Record<(typeof times)[number], [string, string]> = {
  joinedAt: ["joined_at", "opened the study"],
  begunAt: ["begun_at", "was given the first trial"],
  finishedAt: ["finished_at", "completed the study"],
  lastSeenAt: ["last_seen_at", "last did anything"],
};

/** `participants.csv`, with a column for each of the study's questions. What a recruitment platform calls them is not in it. */
export function participantColumns({ questions }: Protocol): Column<ParticipantRecord>[] {
  return [
    { name: "participant", type: "integer", description: "the participant's number in this study", of: (p) => p.id },
    {
      name: "condition",
      type: "choice",
      values: conditions,
      description: "empty until trials are assigned",
      of: (p) => p.condition,
    },
    { name: "state", type: "choice", values: sessionStates, description: "where they stand", of: (p) => p.state },
    ...times.map(
      (key): Column<ParticipantRecord> => ({
        name: timeWords[key][0],
        type: "time",
        description: `when they ${timeWords[key][1]}, ISO 8601, UTC; empty if never`,
        of: (p) => p[key],
      }),
    ),
    {
      name: "consent_version",
      type: "text",
      description: `the consent text that was agreed to; ${guardNote}`,
      of: (p) => p.consentVersion,
    },
    { name: "trials", type: "integer", description: "trials assigned, of all kinds", of: (p) => p.trials },
    ...questions.before.map((question) => answerColumn("before", question)),
    ...questions.after.map((question) => answerColumn("after", question)),
  ];
}

function answerColumn(form: "before" | "after", { id, text, type, options }: Question): Column<ParticipantRecord> {
  const types = {
    text: "text",
    "long-text": "text",
    number: "number",
    "one-of": "text",
    "some-of": "json",
  } as const;
  const note = types[type] === "text" ? `; ${guardNote}` : "";
  return {
    name: `${form}_${id}`,
    type: types[type],
    ...(options === undefined ? {} : { values: options }),
    description: `answer ${form} the trials to "${text}"${note}`,
    of: (p) => (form === "before" ? p.answersBefore : p.answersAfter)?.[id],
  };
}
