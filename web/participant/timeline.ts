/**
 * The study as a jsPsych timeline. The server says what is next, so it is one loop over the steps there are: each is
 * shown when the session stands at it, and the loop ends where no step is left.
 */
import type { JsPsych } from "jspsych";
import type { Committed, Session, StudyInfo, TrialResult } from "../../src/study/contract/api.ts";
import type { Delivery } from "./deliver.ts";
import type { Draft } from "./draft.ts";
import { keepImages, loadImage } from "./images.ts";
import { consentPage } from "./pages/consent.ts";
import { Ended } from "./pages/endings.ts";
import { formPage } from "./pages/form.ts";
import { feedbackPage, introPage, restPage, type Shown } from "./pages/short-pages.ts";
import { PairAnnotate } from "./pair-annotate.ts";
import { isRejected, type Participation } from "./participation.ts";
import { type Page, ShowPage } from "./show-page.ts";
import type { Say } from "./texts.ts";

export interface Study {
  info: StudyInfo;
  participation: Participation;
  delivery: Delivery;
  say: Say;
}

type Timeline = Parameters<JsPsych["simulate"]>[0];

/** States in which there is a step to be done. */
const steps: Session["state"][] = ["consent", "before", "trials", "after"];

export function studyTimeline({ info, participation, delivery, say }: Study): Timeline {
  const session = () => participation.session!;
  const trial = () => session().trial!;
  const at = (state: Session["state"], ...timeline: object[]) => ({
    timeline,
    conditional_function: () => (participation.session?.state ?? "consent") === state,
  });
  const showPage = (page: Page) => ({ type: ShowPage, page });

  const consent = showPage(async (root) => {
    if (await consentPage(root, info, say)) return participation.consent(info.consent.version);
    if (participation.session !== undefined) await participation.withdraw();
    throw new Ended("declined");
  });

  const form = (name: "before" | "after") =>
    showPage((root) => {
      const onSend = (answers: Parameters<Participation["writeAnswers"]>[1]) =>
        refusalOf(() => participation.answer({ form: name, answers }));
      return formPage(
        root,
        {
          title: say(`form.${name}`),
          questions: session().questions ?? [],
          answers: participation.readAnswers(name) ?? {},
          onInput: (answers) => participation.writeAnswers(name, answers),
          onSend,
        },
        say,
      );
    });

  /** Of the practice trial just committed. */
  let shown: Shown | undefined;
  /** Whether what is to be done has been said since the page was loaded; a reload in the middle does not say it again. */
  let introduced = false;

  const pair = {
    type: PairAnnotate,
    left: () => trial().left,
    right: () => trial().right,
    question: () => session().question ?? "",
    practice: () => trial().practice,
    marking: () => session().marking ?? null,
    minimum_looking_ms: () => Math.ceil(session().minimumLookingMs ?? 0),
    say,
    load_image: (url: string) => loadImage(url, delivery),
    on_load: () => loadUpcoming(session(), delivery),
    restore_draft: () => participation.readDraft(trial().id),
    keep_draft: (draft: Draft) => participation.writeDraft(trial().id, draft),
    commit: async (result: TrialResult) => {
      const { id, left, right } = trial();
      let committed: Committed | undefined;
      const why = await refusalOf(async () => {
        committed = await participation.commit(id, result);
      });
      const feedback = committed?.feedback;
      shown = undefined;
      if (feedback === undefined) return why;
      const [leftPicture, rightPicture] = await Promise.all([left, right].map(({ url }) => loadImage(url, delivery)));
      const stacked = result.display.layout === "stacked";
      shown = { feedback, chosen: result.choice, pictures: { left: leftPicture, right: rightPicture }, stacked };
      return why;
    },
  };

  return [
    {
      timeline: [
        at("consent", consent),
        at("before", form("before")),
        at(
          "trials",
          {
            timeline: [showPage((root) => introPage(root, session(), say))],
            conditional_function: () => {
              const first = !introduced && session().progress?.done === 0;
              introduced = true;
              return first && participation.readDraft(trial().id) === undefined;
            },
          },
          {
            timeline: [showPage((root) => restPage(root, session(), say))],
            conditional_function: () => trial().rest && participation.readDraft(trial().id) === undefined,
          },
          pair,
          {
            timeline: [showPage((root) => feedbackPage(root, shown!, say))],
            conditional_function: () => shown !== undefined,
          },
        ),
        at("after", form("after")),
      ],
      loop_function: () => steps.includes(session().state),
    },
  ] as Timeline;
}

/** What the server has against it, in words, where the participant can try again; anything else is thrown. */
async function refusalOf(step: () => Promise<void>): Promise<string | undefined> {
  try {
    await step();
    return undefined;
  } catch (error) {
    if (isRejected(error)) return error.message;
    throw error;
  }
}

/** Meanwhile the next trial's images; those of earlier trials are let go. */
function loadUpcoming({ trial, upcoming = [] }: Session, delivery: Delivery): void {
  keepImages([...(trial === undefined ? [] : [trial.left.url, trial.right.url]), ...upcoming]);
  const quietly: Delivery = { ...delivery, onTrouble: () => {} };
  // When they are needed, a failure is told.
  for (const url of upcoming) loadImage(url, quietly).catch(() => {});
}
