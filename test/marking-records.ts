/** Records of a few people who marked images, piece by piece, for tests: whatever matters to one, it gives. */
import type { StrokeShape } from "../src/study/contract/geometry.ts";
import type { Stroke } from "../src/study/contract/strokes.ts";
import type { ImageRecord, ParticipantRecord, TrialRecord } from "../src/study/records.ts";

export function strokeOf(tool: StrokeShape["tool"], radius: number, ...points: (readonly [number, number])[]): Stroke {
  return { tool, radius, pointer: "mouse", points: points.map(([x, y], i) => [x, y, 10 * i]) };
}

export function imageRecord(id: number, given: Partial<ImageRecord> = {}): ImageRecord {
  const name = `${id}.png`;
  return {
    id,
    name,
    file: `/images/${name}`,
    label: id % 2 === 1 ? "Synthetic" : "Real",
    source: id % 2 === 1 ? "gan" : "camera",
    saliency: null,
    role: "main",
    width: 40,
    height: 30,
    ...given,
  };
}

export function participantRecord(id: number, given: Partial<ParticipantRecord> = {}): ParticipantRecord {
  return {
    id,
    condition: "choice-and-mark",
    state: "complete",
    joinedAt: "2024-05-01T10:00:00.000Z",
    begunAt: "2024-05-01T10:01:00.000Z",
    finishedAt: "2024-05-01T10:20:00.000Z",
    lastSeenAt: "2024-05-01T10:20:00.000Z",
    answersBefore: null,
    answersAfter: null,
    consentVersion: "1",
    trials: 2,
    ...given,
  };
}

/** Of a pair whose left image is the right choice; chosen left and so correct unless said otherwise. */
export function trialRecord(id: number, participant: number, given: Partial<TrialRecord> = {}): TrialRecord {
  const { choice = "left", answer = "left" } = given;
  return {
    id,
    participant,
    condition: "choice-and-mark",
    position: id,
    kind: "main",
    pair: "target-other",
    left: 1,
    right: 2,
    answer,
    correct: answer === null ? null : choice === answer,
    committedAt: "2024-05-01T10:05:00.000Z",
    choice,
    responseMs: 1500,
    markingMs: 4000,
    chosenBy: "mouse",
    strokes: { left: [], right: [] },
    undone: 0,
    display: { window: [1280, 800], image: [512, 512], pixelRatio: 1, layout: "beside" },
    blurred: 0,
    ...given,
  };
}
