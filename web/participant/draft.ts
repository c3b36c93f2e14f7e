/**
 * A trial under way, as it is kept in the browser: a reload goes on where it stopped. Time counts while the images are
 * on the screen; the time away does not.
 */
import type { Side, TrialResult } from "../../src/study/contract/api.ts";
import type { Strokes } from "./marking/editing.ts";

export type Choice = Pick<TrialResult, "responseMs" | "chosenBy"> & { side: Side };

export interface Draft {
  /** Milliseconds the images have been on the screen. */
  elapsedMs: number;
  choice: Choice | undefined;
  /** Whether a mark was begun, which makes the choice final. */
  begun: boolean;
  strokes: Strokes;
  undone: number;
  blurred: number;
  /** As first painted. */
  display: TrialResult["display"] | undefined;
}

export const newDraft: Draft = {
  elapsedMs: 0,
  choice: undefined,
  begun: false,
  strokes: { left: [], right: [] },
  undone: 0,
  blurred: 0,
  display: undefined,
};

/**
 * What is sent of a finished trial.
 * @param doneMs when "continue" was pressed, milliseconds since the images were painted; undefined where nothing is
 * marked
 */
export function toResult(
  draft: Draft,
  choice: Choice,
  display: TrialResult["display"],
  doneMs: number | undefined,
): TrialResult {
  return {
    choice: choice.side,
    responseMs: tenths(choice.responseMs),
    markingMs: doneMs === undefined ? 0 : tenths(Math.max(0, doneMs - choice.responseMs)),
    chosenBy: choice.chosenBy,
    strokes: { left: [...draft.strokes.left], right: [...draft.strokes.right] },
    undone: draft.undone,
    display,
    blurred: draft.blurred,
  };
}

const tenths = (milliseconds: number) => Math.round(10 * milliseconds) / 10;
