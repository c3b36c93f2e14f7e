/**
 * jsPsych plugin: a pair of images, a choice between them, and free-hand marks of what made one choose. Parameters and
 * data columns are declared below, as jsPsych 8 has them; the work is done in pair-task.ts.
 *
 * The response time runs from the frame in which both images were painted to the event of the choice, both by the
 * browser's monotonic clock. Strokes are vectors in shares of the image, so nothing about the screen is in them.
 */
import { type JsPsych, type JsPsychPlugin, ParameterType, type PluginInfo, type TrialType } from "jspsych";
import type { TrialResult } from "../../src/study/contract/api.ts";
import { PairTask, type PairTrial } from "./pair-task.ts";

const info = {
  name: "pair-annotate",
  version: "1.0.0",
  parameters: {
    /** `ImageToShow`: address, width and height in pixels. */
    left: { type: ParameterType.OBJECT },
    right: { type: ParameterType.OBJECT },
    /** Shown above the images. */
    question: { type: ParameterType.STRING },
    practice: { type: ParameterType.BOOL, default: false },
    /** `MarkingRule`; null when nothing is to be marked, and the choice ends the trial. */
    marking: { type: ParameterType.OBJECT, default: null },
    /** Milliseconds before a choice is taken. */
    minimum_looking_ms: { type: ParameterType.INT, default: 0 },
    /** `Say`: the words of the page. */
    say: { type: ParameterType.FUNCTION },
    /** From an address to a promise of the decoded image. */
    load_image: { type: ParameterType.FUNCTION },
    /** Called with the `Draft` whenever it changes, so that a reload loses nothing. */
    keep_draft: { type: ParameterType.FUNCTION, default: () => {} },
    /** Gives the `Draft` to go on with, or undefined. */
    restore_draft: { type: ParameterType.FUNCTION, default: () => undefined },
    /** Given the `TrialResult`; the trial stays on the screen until its promise is kept, and again if it says why not. */
    commit: { type: ParameterType.FUNCTION, default: async () => undefined },
  },
  data: {
    choice: { type: ParameterType.STRING },
    responseMs: { type: ParameterType.FLOAT },
    markingMs: { type: ParameterType.FLOAT },
    chosenBy: { type: ParameterType.STRING },
    /** By side, lists of strokes: tool, radius, pointer, points [x, y, ms]. */
    strokes: { type: ParameterType.OBJECT },
    undone: { type: ParameterType.INT },
    /** Window, image and pixel ratio as first painted, and the layout. */
    display: { type: ParameterType.OBJECT },
    blurred: { type: ParameterType.INT },
  },
} as const satisfies PluginInfo;

type Info = typeof info;

export class PairAnnotate implements JsPsychPlugin<Info> {
  static readonly info = info;
  private readonly jsPsych: JsPsych;

  constructor(jsPsych: JsPsych) {
    this.jsPsych = jsPsych;
  }

  trial(root: HTMLElement, trial: TrialType<Info>, onLoad: () => void): Promise<TrialResult> {
    return new PairTask(root, asPairTrial(trial), onLoad).result;
  }

  /** `data-only` commits at once; `visual` acts it out on the screen, in its own time. */
  async simulate(
    trial: TrialType<Info>,
    mode: "data-only" | "visual",
    options: { data?: Partial<TrialResult> },
    onLoad: () => void,
  ): Promise<TrialResult> {
    const { simulateResult } = await import("./simulate.ts");
    const given = asPairTrial(trial);
    const result = { ...simulateResult(given), ...options.data };
    if (mode === "visual") {
      const task = new PairTask(this.jsPsych.getDisplayElement(), given, onLoad);
      task.actOut(result);
      return task.result;
    }
    onLoad();
    const refused = await given.commit(result);
    if (refused !== undefined) throw new Error(refused);
    return result;
  }
}

/** jsPsych types parameters by kind alone; the timeline builds them from the session. */
function asPairTrial(trial: TrialType<Info>): PairTrial {
  const { left, right, question, practice, marking, say } = trial as unknown as Record<string, never>;
  return {
    left,
    right,
    question,
    practice,
    marking: marking ?? undefined,
    minimumLookingMs: trial.minimum_looking_ms!,
    say,
    loadImage: trial.load_image as PairTrial["loadImage"],
    keepDraft: trial.keep_draft as PairTrial["keepDraft"],
    restoreDraft: trial.restore_draft as PairTrial["restoreDraft"],
    commit: trial.commit as PairTrial["commit"],
  };
}
