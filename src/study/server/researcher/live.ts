/** The live page's numbers from the overview. Pure. */
import { wilsonInterval } from "../../../evaluation/statistics/wilson.ts";
import { dropOutCurve } from "../../analysis/drop-out.ts";
import type { Condition } from "../../contract/api.ts";
import type { Live, Share } from "../../contract/researcher-api.ts";
import type { ParticipantSums } from "../../database/researcher-queries.ts";
import type { Study } from "../../study-file.ts";
import type { Overview } from "./overview.ts";

export function liveFrom(study: Study, { readAt, reusedMs, participants, images, times }: Overview): Live {
  const { title, question, conditions, targetJudgements, catchTrials, exclusions } = study.protocol;
  const rule = exclusions.find((exclusion) => exclusion.rule === "failed-catch");
  const of = (condition: Condition) => participants.filter((participant) => participant.condition === condition);
  return {
    title,
    question: question.text,
    conditions,
    targetJudgements,
    catchTrials,
    catchFailuresAllowed: rule?.moreThan ?? null,
    readAt: readAt.toISOString(),
    lastActivityAt: participants.reduce<string | null>(
      (last, { lastSeenAt }) => (last === null || lastSeenAt > last ? lastSeenAt : last),
      null,
    ),
    reusedForSeconds: reusedMs / 1000,
    participants: tally(participants, ({ state, condition }) => ({ state, condition })),
    trials: sum(participants, ({ done }) => done),
    judgements: conditions.map((condition) => {
      const given = new Map(
        images.filter((sums) => sums.condition === condition).map(({ image, judgements }) => [image, judgements]),
      );
      const counts = study.images
        .filter(({ role }) => role === "main")
        .map(({ id }) => ({ judgements: given.get(id) ?? 0 }));
      return {
        condition,
        total: sum(counts, ({ judgements }) => judgements),
        images: tally(counts, ({ judgements }) => ({ judgements }))
          .map(({ count, judgements }) => ({ judgements, images: count }))
          .sort((a, b) => a.judgements - b.judgements),
      };
    }),
    accuracy: conditions.map((condition) => {
      const graded = of(condition).filter((participant) => participant.graded > 0);
      return { condition, participants: graded.length, result: shareOf(graded) };
    }),
    times: conditions.map((condition) => {
      const found = times.find((row) => row.condition === condition);
      return { condition, response: found?.response ?? null, marking: found?.marking ?? null };
    }),
    catches: conditions.flatMap((condition) =>
      tally(
        of(condition).filter(({ catches }) => catches > 0),
        ({ catchesFailed }) => ({ condition, failed: catchesFailed }),
      )
        .map(({ count, ...row }) => ({ ...row, participants: count }))
        .sort((a, b) => a.failed - b.failed),
    ),
    dropOut: conditions.map((condition) => {
      // Of someone whose records were deleted nothing tells how far they came.
      const began = of(condition).filter(({ begunAt }) => begunAt !== null);
      const standings = tally(began, ({ done, trials, state }) => ({
        done,
        fate: (state === "expired" || state === "withdrawn") && done < trials ? ("left" as const) : ("there" as const),
      })).map(({ count, ...standing }) => ({ ...standing, participants: count }));
      return {
        condition,
        began: began.length,
        left: sum(standings, ({ fate, participants }) => (fate === "left" ? participants : 0)),
        curve: dropOutCurve(standings),
      };
    }),
  };
}

/** The right ones of all graded trials together; null where there are none. */
export function shareOf(sums: readonly Pick<ParticipantSums, "graded" | "correct">[]): Share | null {
  const of = sum(sums, ({ graded }) => graded);
  if (of === 0) return null;
  const correct = sum(sums, (row) => row.correct);
  return { correct, of, share: correct / of, ...wilsonInterval(correct, of) };
}

export function sum<T>(rows: readonly T[], value: (row: T) => number): number {
  return rows.reduce((total, row) => total + value(row), 0);
}

/** How many rows have each description. */
function tally<T, Description extends object>(
  rows: readonly T[],
  describe: (row: T) => Description,
): (Description & { count: number })[] {
  const found = new Map<string, Description & { count: number }>();
  for (const row of rows) {
    const description = describe(row);
    const key = JSON.stringify(description);
    const known = found.get(key);
    if (known) known.count++;
    else found.set(key, { ...description, count: 1 });
  }
  return [...found.values()];
}
