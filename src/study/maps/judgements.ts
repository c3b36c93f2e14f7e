/** Which judgements become maps. Pure. */
import { excludedParticipants, participantsAboveChance } from "../analysis/index.ts";
import type { StrokeShape } from "../contract/geometry.ts";
import type { Protocol } from "../protocol.ts";
import type { StudyRecords } from "../records.ts";

/**
 * `correct`: right decisions by participants who were right in more than half of their decisions, as in the paper.
 * `all`: every decision, right, wrong, or in pairs without a right answer. Either way, only main trials in which the
 * image was marked, and nobody whom the study's exclusions leave out.
 */
export const judgementRules = ["correct", "all"] as const;
export type JudgementRule = (typeof judgementRules)[number];

/** What one participant marked on an image. */
export interface Mark {
  participant: number;
  trial: number;
  strokes: readonly StrokeShape[];
}

export interface CountedMarks {
  /** By image id; no entry for an image without a mark that counts. */
  byImage: Map<number, Mark[]>;
  /** Participants with a mark that counts. */
  participants: number;
  counted: number;
  /** Marks that do not count, each by the first reason that holds. */
  leftOut: { excludedParticipant: number; notAboveChance: number; notCorrect: number };
}

/** The marks of main trials, those that count by image; in the records' order, a mark a marked image of a trial. */
export function countMarks(records: StudyRecords, protocol: Protocol, rule: JudgementRule): CountedMarks {
  const excluded = excludedParticipants(records, protocol);
  const aboveChance = participantsAboveChance(records);
  const byImage = new Map<number, Mark[]>();
  const participants = new Set<number>();
  const leftOut = { excludedParticipant: 0, notAboveChance: 0, notCorrect: 0 };
  let counted = 0;
  for (const { id, participant, kind, correct, left, right, strokes } of records.trials) {
    if (kind !== "main") continue;
    for (const [image, drawn] of [
      [left, strokes.left],
      [right, strokes.right],
    ] as const) {
      if (drawn.length === 0) continue;
      if (excluded.has(participant)) leftOut.excludedParticipant++;
      else if (rule === "correct" && !aboveChance.has(participant)) leftOut.notAboveChance++;
      else if (rule === "correct" && correct !== true) leftOut.notCorrect++;
      else {
        counted++;
        participants.add(participant);
        const marks = byImage.get(image);
        const mark = { participant, trial: id, strokes: drawn };
        if (marks === undefined) byImage.set(image, [mark]);
        else marks.push(mark);
      }
    }
  }
  return { byImage, participants: participants.size, counted, leftOut };
}
