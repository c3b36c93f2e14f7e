/** Where a participant stands, as their browser is told: never more than is due, above all no answer. */
import type { ImageToShow, QuestionToAsk, Session, Side, TrialToShow } from "../contract/api.ts";
import type { PlannedRow } from "../database/participants.ts";
import type { Participant } from "../database/tables.ts";
import type { ImageNames } from "../images/image-names.ts";
import type { Size } from "../images/shown-size.ts";
import type { Question } from "../protocol.ts";
import type { Study } from "../study-file.ts";

export interface SessionDependencies {
  study: Study;
  names: ImageNames;
  /** Pixels, as the image is shown. */
  sizeOf: (image: number) => Size;
}

/** @param trials the next two, at least, of those that are left */
export function sessionOf(
  { study, names, sizeOf }: SessionDependencies,
  participant: Pick<Participant, "state" | "condition" | "done" | "total" | "code">,
  trials: readonly PlannedRow[],
): Session {
  const { protocol } = study;
  const { state, condition, done, total } = participant;
  if (state === "before" || state === "after") return { state, questions: protocol.questions[state].map(toAsk) };
  if (state === "complete") return { state, completion: completionOf(study, participant.code) };
  if (state !== "trials" || condition === null) return { state };

  const at = (position: number) => trials.find((trial) => trial.position === position);
  const show = (trial: PlannedRow, side: Side): ImageToShow => {
    const image = side === "left" ? trial.left_image : trial.right_image;
    const { width, height } = sizeOf(image);
    return { url: `/images/${names.nameFor(trial.id, side, image)}`, width, height };
  };
  const next = at(done);
  if (next === undefined) throw new Error(`trial ${done} of ${total} is not there`);
  const trial: TrialToShow = {
    id: String(next.id),
    practice: next.kind === "practice",
    left: show(next, "left"),
    right: show(next, "right"),
    rest: next.rest,
  };
  const following = at(done + 1);
  return {
    state,
    condition,
    question: protocol.question.text,
    ...(condition === "choice-and-mark" ? { marking: protocol.marking } : {}),
    minimumLookingMs: protocol.minimumLookingMs,
    progress: { done, total },
    trial,
    upcoming: following === undefined ? [] : [show(following, "left").url, show(following, "right").url],
  };
}

/** Who is eligible is not told before it is asked. */
function toAsk({ eligible: _, ...question }: Question): QuestionToAsk {
  return question as QuestionToAsk;
}

function completionOf({ protocol }: Study, own: string | null): Session["completion"] {
  const { completionCode, returnUrl } = protocol.recruitment;
  const code = completionCode ?? own;
  if (code === null) throw new Error("a complete participant has no code");
  return {
    code,
    ...(returnUrl === undefined ? {} : { url: returnUrl.replaceAll("{code}", encodeURIComponent(code)) }),
  };
}
