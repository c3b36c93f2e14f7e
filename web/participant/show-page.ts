/** jsPsych plugin: a page that ends when the participant has done what it asks. */
import { type JsPsych, type JsPsychPlugin, ParameterType, type PluginInfo, type TrialType } from "jspsych";

const info = {
  name: "show-page",
  version: "1.0.0",
  parameters: {
    /** Fills the element it is given; its promise is kept when the page is done. */
    page: { type: ParameterType.FUNCTION },
  },
  data: {},
} as const satisfies PluginInfo;

export type Page = (root: HTMLElement) => Promise<void>;

export class ShowPage implements JsPsychPlugin<typeof info> {
  static readonly info = info;
  private readonly jsPsych: JsPsych;

  constructor(jsPsych: JsPsych) {
    this.jsPsych = jsPsych;
  }

  async trial(root: HTMLElement, { page }: TrialType<typeof info>, onLoad: () => void): Promise<Record<string, never>> {
    root.dataset.stage = "page";
    const done = (page as Page)(root);
    onLoad();
    await done;
    return {};
  }

  async simulate(trial: TrialType<typeof info>, _mode: string, _options: object, onLoad: () => void) {
    const { actOutPage } = await import("./simulate.ts");
    const root = this.jsPsych.getDisplayElement();
    const done = this.trial(root, trial, onLoad);
    actOutPage(root);
    return done;
  }
}
